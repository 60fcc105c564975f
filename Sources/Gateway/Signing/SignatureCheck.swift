import Basics
import Seals
import Synchronization

/// A key that checks a provider's signatures.
enum SigningKey: Sendable {
    case hmac(HMACSM3)
    case sm2(SM2PublicKey)
}

/// Decides whether a request was made by the provider it names, for this message, now.
struct SignatureCheck: Sendable {
    /// Seconds by which the sender's clock may differ from the agency's.
    let toleranceSeconds: Int64

    func check(
        _ signature: Signature, by key: SigningKey?, path: String, digest: [UInt8], now: Moment
    ) throws(Problem) {
        let drift = now.seconds - signature.moment.seconds
        guard drift.magnitude <= UInt64(toleranceSeconds) else {
            throw Problem(
                "gateway.signature.stale", field: "X-Yibao-Time",
                "签名时间 \(signature.moment) 与中心时间 \(now) 相差超过 \(toleranceSeconds) 秒,请校准时钟后重新签名")
        }
        guard let key else {
            throw Problem(
                "gateway.signature.noKey", field: "X-Yibao-Provider",
                "机构 \(signature.providerCode) 没有登记签名密钥,请联系医保经办机构领取")
        }
        let text = Signature.text(
            method: "POST", path: path, time: signature.time, messageID: signature.messageID, digest: digest)
        guard accepts(signature, text, key) else {
            throw Problem(
                "gateway.signature.wrong", field: "X-Yibao-Signature",
                "签名不符:请核对密钥,并确认签名的是请求方法、路径、时间、报文ID和报文体 SM3 摘要")
        }
    }

    /// The signed headers must speak of the same provider and message as the body they came with.
    func match(_ signature: Signature, _ envelope: Envelope) throws(Problem) {
        guard envelope.providerCode == signature.providerCode else {
            throw Problem(
                "gateway.signature.otherProvider", field: "fixmedins_code",
                "报文的机构 \(envelope.providerCode) 与签名的机构 \(signature.providerCode) 不是同一家,请用本机构的密钥发送本机构的报文")
        }
        guard envelope.messageID == signature.messageID else {
            throw Problem(
                "gateway.signature.otherMessage", field: "msgid", "请求头的报文ID与报文内的 msgid 不一致,请重新签名")
        }
    }

    private func accepts(_ signature: Signature, _ text: [UInt8], _ key: SigningKey) -> Bool {
        switch (key, signature.method) {
        case (.hmac(let key), .hmac): key.accepts(signature.bytes, for: text)
        case (.sm2(let key), .sm2): key.accepts(signature.bytes, for: text)
        default: false
        }
    }
}

/// Prepared keys by what they were made of: preparing one costs more than using it.
final class KeyRing: Sendable {
    private let prepared = Mutex<[[UInt8]: SigningKey]>([:])

    func hmac(_ secret: [UInt8]) -> SigningKey { key(secret) { .hmac(HMACSM3(key: secret)) } }

    /// Nil when the text is no SM2 public key.
    func sm2(_ pem: [UInt8]) -> SigningKey? {
        if let known = prepared.withLock({ $0[pem] }) { return known }
        guard let made = try? SM2PublicKey(pem: String(decoding: pem, as: UTF8.self)) else { return nil }
        return key(pem) { .sm2(made) }
    }

    private func key(_ material: [UInt8], make: () -> SigningKey) -> SigningKey {
        if let known = prepared.withLock({ $0[material] }) { return known }
        let made = make()
        prepared.withLock { $0[material] = made }
        return made
    }
}
