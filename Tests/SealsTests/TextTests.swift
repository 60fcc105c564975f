import Seals
import Testing

@Suite("Bytes as text")
struct TextTests {
    @Test("Hex reads what it wrote, in both cases, and nothing else")
    func hex() {
        let all = (0...255).map { UInt8($0) }
        #expect(Hex.decode(Hex.encode(all)) == all)
        #expect(Hex.decode("66C7") == [0x66, 0xc7])
        #expect(Hex.decode("6") == nil)
        #expect(Hex.decode("6g") == nil)
        #expect(Hex.encode([]) == "")
    }

    @Test(
        "Base64: the examples of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test("Base64 for cookies has no padding and no reserved characters")
    func urlSafe() {
        let bytes: [UInt8] = [0xfb, 0xff, 0xfe, 0x01]
        let text = Base64.encode(bytes, urlSafe: true)
        #expect(text == "-__-AQ")
        #expect(Base64.decode(text, urlSafe: true) == bytes)
        #expect(Base64.decode(text) == nil)
    }

    @Test("Base64 refuses stray bits, foreign characters and impossible lengths")
    func base64Refusals() {
        #expect(Base64.decode("Zh==") == nil)
        #expect(Base64.decode("Zg=a") == nil)
        #expect(Base64.decode("Zm9vY") == nil)
    }
}
