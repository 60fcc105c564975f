import Basics
import Seals

/// The signature of a request (报文签名), carried in four headers beside the body.
///
/// Signed is the text `METHOD LF PATH LF TIME LF MSGID LF SM3(body) in hex`, with the key the agency gave the provider
/// (HMAC-SM3) or with the provider's own SM2 key. The digest of the body binds every byte of the envelope.
struct Signature: Sendable {
    /// `X-Yibao-Provider`
    let providerCode: String
    /// `X-Yibao-Time`: `yyyyMMddHHmmss`, Beijing time
    let time: String
    let moment: Moment
    /// `X-Yibao-Msgid`
    let messageID: String
    let method: Method
    let bytes: [UInt8]

    enum Method: String, Sendable {
        case hmac = "HMAC-SM3"
        case sm2 = "SM2"
    }

    /// The four headers; anything missing or unreadable is told.
    init(provider: String?, time: String?, messageID: String?, signature: String?) throws(Problem) {
        guard let provider, let time, let messageID, let signature else {
            throw Problem(
                "gateway.signature.absent", field: "X-Yibao-Signature",
                "请求没有签名:请带上 X-Yibao-Provider、X-Yibao-Time、X-Yibao-Msgid 和 X-Yibao-Signature 四个请求头")
        }
        guard let moment = Signature.moment(time) else {
            throw Problem(
                "gateway.signature.form", field: "X-Yibao-Time", "签名时间应为 14 位数字 yyyyMMddHHmmss,请核对")
        }
        let parts = signature.split(separator: " ")
        guard parts.count == 2, let method = Method(rawValue: String(parts[0])),
            let bytes = Hex.decode(String(parts[1]))
        else {
            throw Problem(
                "gateway.signature.form", field: "X-Yibao-Signature", "签名应写成“HMAC-SM3 十六进制”或“SM2 十六进制”,请核对")
        }
        providerCode = provider
        self.time = time
        self.moment = moment
        self.messageID = messageID
        self.method = method
        self.bytes = bytes
    }

    /// What is signed.
    static func text(method: String, path: String, time: String, messageID: String, digest: [UInt8]) -> [UInt8] {
        Array("\(method)\n\(path)\n\(time)\n\(messageID)\n\(Hex.encode(digest))".utf8)
    }

    private static func moment(_ text: String) -> Moment? {
        let digits = Array(text.utf8)
        guard digits.count == 14, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let day = Day(String(decoding: digits[..<8], as: UTF8.self))
        else { return nil }
        func two(_ index: Int) -> Int { Int(digits[index] - 0x30) * 10 + Int(digits[index + 1] - 0x30) }
        guard two(8) < 24, two(10) < 60, two(12) < 60 else { return nil }
        return Moment(day, hour: two(8), minute: two(10), second: two(12))
    }
}
