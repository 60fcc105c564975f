/// HMAC with SM3 under one secret key: how a hospital's system signs its messages.
///
/// The key's two padded blocks are digested once; each code then starts from copies of them. The
/// prepared contexts are only read afterwards, so one value serves all threads.
///
/// ```swift
/// let key = HMACSM3(key: secret)
/// let code = key.code(for: message)
/// key.accepts(code, for: message)   // compared in constant time
/// ```
public final class HMACSM3: @unchecked Sendable {
    private let inner = DigestContext(.sm3)
    private let outer = DigestContext(.sm3)

    /// SM3 works on blocks of 64 bytes; a longer key is replaced by its digest (GB/T 15852.2, RFC 2104).
    private static let blockLength = 64

    public init(key: [UInt8]) {
        var block = key.count > HMACSM3.blockLength ? SM3.hash(key) : key
        block += [UInt8](repeating: 0, count: HMACSM3.blockLength - block.count)
        block.map { $0 ^ 0x36 }.withUnsafeBytes { inner.update($0) }
        block.map { $0 ^ 0x5c }.withUnsafeBytes { outer.update($0) }
    }

    /// The authentication code of a message, 32 bytes.
    public func code(for message: [UInt8]) -> [UInt8] {
        let context = DigestContext(.sm3)
        context.copy(inner)
        message.withUnsafeBytes { context.update($0) }
        let digest = context.finish()
        context.copy(outer)
        digest.withUnsafeBytes { context.update($0) }
        return context.finish()
    }

    public func code(for message: String) -> [UInt8] { code(for: Array(message.utf8)) }

    /// Whether a code is the message's own, compared without telling by its time where they differ.
    public func accepts(_ code: [UInt8], for message: [UInt8]) -> Bool {
        constantTimeEqual(code, self.code(for: message))
    }

    public func accepts(_ code: [UInt8], for message: String) -> Bool { accepts(code, for: Array(message.utf8)) }
}
