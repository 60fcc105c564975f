import Seals
import Testing

@Suite("Digests, against published vectors")
struct DigestTests {
    @Test("SM3: the two examples of GB/T 32905")
    func sm3Vectors() {
        #expect(
            Hex.encode(SM3.hash("abc")) == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
        let sixteenTimes = String(repeating: "abcd", count: 16)
        #expect(
            Hex.encode(SM3.hash(sixteenTimes)) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732")
        #expect(Hex.encode(SM3.hash("")) == "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b")
    }

    @Test("SHA-256: the example of FIPS 180")
    func sha256Vector() {
        #expect(
            Hex.encode(SHA256.hash("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("A message in pieces has the digest of the whole, and the hasher serves again")
    func pieces() {
        let hasher = SM3Hasher()
        for _ in 0..<3 {
            hasher.update("a")
            hasher.update([0x62])
            hasher.update("c")
            #expect(hasher.finish() == SM3.hash("abc"))
        }
        #expect(hasher.finish() == SM3.hash(""))
    }

    /// Both values computed with `openssl dgst -sm3 -mac HMAC`.
    @Test("HMAC-SM3 under a short key, and under one longer than a block")
    func hmac() {
        let fox = "The quick brown fox jumps over the lazy dog"
        let key = HMACSM3(key: Array("key".utf8))
        #expect(
            Hex.encode(key.code(for: fox)) == "bd4a34077888162b210645b8ebf74b9af357303789357a27c7fc457244ebd398")
        let long = HMACSM3(key: [UInt8](repeating: 0x61, count: 100))
        #expect(
            Hex.encode(long.code(for: "abc")) == "1533ed7c33a2d4fa5f9eff0a5f9797e01cc44adc088ab9e00eb9d11a525aa91e")
    }

    @Test("A code is accepted for its own message alone, and whole")
    func hmacRefusals() {
        let key = HMACSM3(key: SecureRandom.bytes(32))
        let code = key.code(for: "一笔结算")
        #expect(key.accepts(code, for: "一笔结算"))
        #expect(!key.accepts(code, for: "两笔结算"))
        #expect(!key.accepts(Array(code.dropLast()), for: "一笔结算"))
        #expect(!HMACSM3(key: SecureRandom.bytes(32)).accepts(code, for: "一笔结算"))
    }
}
