import CCrypto

/// SM3 (GB/T 32905), the national digest of 32 bytes: what the event chain, the row digests and the
/// content addresses of policies are made of.
///
/// ```swift
/// Hex.encode(SM3.hash("abc"))   // 66c7f0f462eeedd9d1f2d46bdc10e4e2…
/// ```
public enum SM3 {
    /// Length of a digest in bytes.
    public static let length = 32

    /// The digest of some bytes.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] { DigestContext.hash(bytes, with: .sm3) }

    /// The digest of a text's UTF-8 bytes.
    public static func hash(_ text: String) -> [UInt8] { hash(Array(text.utf8)) }
}

/// SHA-256, for neighbours that do not speak SM3 (published files, packages).
///
/// ```swift
/// Hex.encode(SHA256.hash("abc"))   // ba7816bf8f01cfea…
/// ```
public enum SHA256 {
    public static let length = 32

    public static func hash(_ bytes: [UInt8]) -> [UInt8] { DigestContext.hash(bytes, with: .sha256) }
    public static func hash(_ text: String) -> [UInt8] { hash(Array(text.utf8)) }
}

/// SM3 over bytes that arrive in pieces. One hasher serves any number of digests one after another,
/// so that a hot path allocates its context once. Belongs to one thread at a time.
///
/// ```swift
/// let hasher = SM3Hasher()
/// hasher.update("ab")
/// hasher.update("c")
/// hasher.finish() == SM3.hash("abc")   // and the hasher is fresh again
/// ```
public final class SM3Hasher {
    private let context = DigestContext(.sm3)

    public init() {}

    public func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { context.update($0) } }
    public func update(_ bytes: UnsafeRawBufferPointer) { context.update(bytes) }

    public func update(_ text: String) {
        var text = text
        text.withUTF8 { context.update(UnsafeRawBufferPointer($0)) }
    }

    /// The digest of all that came since the last `finish`; the hasher begins anew.
    public func finish() -> [UInt8] {
        let digest = context.finish()
        context.begin()
        return digest
    }
}

/// A digest algorithm, fetched from the library once: fetching by name at each call costs more than the digest.
struct DigestAlgorithm: @unchecked Sendable {
    let method: OpaquePointer
    let length: Int

    static let sm3 = DigestAlgorithm("SM3")
    static let sha256 = DigestAlgorithm("SHA256")

    private init(_ name: String) {
        guard let method = EVP_MD_fetch(nil, name, nil) else {
            // Debian's and Ubuntu's OpenSSL 3 carry both; a library without them cannot run this system at all.
            preconditionFailure("OpenSSL lacks \(name)")
        }
        self.method = method
        length = Int(EVP_MD_get_size(method))
    }
}

/// One EVP context bound to an algorithm. Every failure here is a lack of memory, so it stops the program.
final class DigestContext {
    let raw: OpaquePointer
    private let algorithm: DigestAlgorithm

    init(_ algorithm: DigestAlgorithm) {
        guard let raw = EVP_MD_CTX_new() else { preconditionFailure("EVP_MD_CTX_new: out of memory") }
        self.raw = raw
        self.algorithm = algorithm
        begin()
    }

    deinit { EVP_MD_CTX_free(raw) }

    static func hash(_ bytes: [UInt8], with algorithm: DigestAlgorithm) -> [UInt8] {
        let context = DigestContext(algorithm)
        bytes.withUnsafeBytes { context.update($0) }
        return context.finish()
    }

    func begin() {
        let begun = EVP_DigestInit_ex2(raw, algorithm.method, nil)
        precondition(begun == 1, "EVP_DigestInit_ex2")
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        let taken = EVP_DigestUpdate(raw, bytes.baseAddress, bytes.count)
        precondition(taken == 1, "EVP_DigestUpdate")
    }

    func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.length) { buffer, count in
            let finished = EVP_DigestFinal_ex(raw, buffer.baseAddress, nil)
            precondition(finished == 1, "EVP_DigestFinal_ex")
            count = algorithm.length
        }
    }

    /// Takes over the state of another context of the same algorithm.
    func copy(_ other: DigestContext) {
        let copied = EVP_MD_CTX_copy_ex(raw, other.raw)
        precondition(copied == 1, "EVP_MD_CTX_copy_ex")
    }
}
