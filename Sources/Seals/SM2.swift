import CCrypto

/// SM2 signatures (GB/T 32918) with SM3 and the standard's default signer identity.
///
/// ```swift
/// let key = try SM2PrivateKey.generate()
/// let signature = try key.sign(Array("日终链头".utf8))
/// key.publicKey.accepts(signature, for: Array("日终链头".utf8))   // true
/// ```
public enum SM2 {
    /// The signer identity that GB/T 35276 sets when both sides agreed on no other.
    public static let defaultIdentity = Array("1234567812345678".utf8)
}

/// What goes wrong with keys that come from outside.
public enum SealError: Error, Sendable, Equatable {
    /// The text is no PEM block of the expected kind.
    case notAKey
    /// A key, but of another algorithm than SM2.
    case notSM2
    /// The library refused; its own words for the log.
    case library(String)

    static func lastOfLibrary(_ what: String) -> SealError {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &text, text.count)
        ERR_clear_error()
        let words = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return .library("\(what): \(String(decoding: words, as: UTF8.self))")
    }
}

/// An SM2 private key: it signs. Immutable after its making, and the library counts its references
/// atomically, so it may be used from any thread.
public final class SM2PrivateKey: @unchecked Sendable {
    private let key: KeyHandle

    private init(_ key: KeyHandle) { self.key = key }

    /// A new key pair on the recommended curve.
    public static func generate() throws(SealError) -> SM2PrivateKey {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "SM2", nil) else { throw .lastOfLibrary("SM2") }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_generate(context, &made) == 1, let made else {
            throw .lastOfLibrary("EVP_PKEY_generate")
        }
        return SM2PrivateKey(KeyHandle(made))
    }

    /// A key from PEM text (PKCS #8, or the older EC PRIVATE KEY block), unencrypted.
    public init(pem: String) throws(SealError) {
        key = try KeyHandle(pem: pem) { PEM_read_bio_PrivateKey($0, nil, nil, nil) }
    }

    /// PKCS #8 PEM, unencrypted: whoever stores it guards it.
    public func pem() throws(SealError) -> String {
        try key.pem { PEM_write_bio_PKCS8PrivateKey($0, $1, nil, nil, 0, nil, nil) }
    }

    public var publicKey: SM2PublicKey { SM2PublicKey(key) }

    /// The signature of a message, DER (`SEQUENCE { r, s }`).
    public func sign(_ message: [UInt8], identity: [UInt8] = SM2.defaultIdentity) throws(SealError) -> [UInt8] {
        let signer = try SignatureContext(key, identity: identity)
        guard EVP_DigestSignInit_ex(signer.digest, nil, "SM3", nil, nil, key.raw, nil) == 1 else {
            throw .lastOfLibrary("EVP_DigestSignInit_ex")
        }
        var length = 0
        guard EVP_DigestSign(signer.digest, nil, &length, message, message.count) == 1 else {
            throw .lastOfLibrary("EVP_DigestSign")
        }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(signer.digest, &signature, &length, message, message.count) == 1 else {
            throw .lastOfLibrary("EVP_DigestSign")
        }
        return Array(signature.prefix(length))
    }
}

/// An SM2 public key: it checks signatures.
public final class SM2PublicKey: @unchecked Sendable {
    private let key: KeyHandle

    init(_ key: KeyHandle) { self.key = key }

    /// A key from PEM text (`PUBLIC KEY`).
    public init(pem: String) throws(SealError) {
        key = try KeyHandle(pem: pem) { PEM_read_bio_PUBKEY($0, nil, nil, nil) }
    }

    public func pem() throws(SealError) -> String { try key.pem { PEM_write_bio_PUBKEY($0, $1) } }

    /// Whether a signature (DER) is this key's over the message. A damaged signature is simply not accepted.
    public func accepts(
        _ signature: [UInt8], for message: [UInt8], identity: [UInt8] = SM2.defaultIdentity
    ) -> Bool {
        guard let checker = try? SignatureContext(key, identity: identity),
            EVP_DigestVerifyInit_ex(checker.digest, nil, "SM3", nil, nil, key.raw, nil) == 1
        else { return false }
        let verdict = EVP_DigestVerify(checker.digest, signature, signature.count, message, message.count)
        if verdict != 1 { ERR_clear_error() }
        return verdict == 1
    }

    /// A short name of the key for lists and reports: the first 16 hex digits of SM3 over its PEM.
    public var fingerprint: String { (try? pem()).map { Hex.encode(SM3.hash($0).prefix(8)) } ?? "" }
}

/// Owns one `EVP_PKEY`.
final class KeyHandle {
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) { self.raw = raw }

    init(pem: String, read: (OpaquePointer) -> OpaquePointer?) throws(SealError) {
        let text = Array(pem.utf8)
        guard let memory = BIO_new_mem_buf(text, Int32(text.count)) else { throw .lastOfLibrary("BIO_new_mem_buf") }
        defer { BIO_free(memory) }
        guard let raw = read(memory) else {
            ERR_clear_error()
            throw .notAKey
        }
        guard EVP_PKEY_is_a(raw, "SM2") == 1 else {
            EVP_PKEY_free(raw)
            throw .notSM2
        }
        self.raw = raw
    }

    deinit { EVP_PKEY_free(raw) }

    func pem(write: (OpaquePointer, OpaquePointer) -> Int32) throws(SealError) -> String {
        guard let memory = BIO_new(BIO_s_mem()) else { throw .lastOfLibrary("BIO_new") }
        defer { BIO_free(memory) }
        guard write(memory, raw) == 1 else { throw .lastOfLibrary("PEM_write_bio") }
        var text = [UInt8](repeating: 0, count: Int(BIO_ctrl_pending(memory)))
        let count = BIO_read(memory, &text, Int32(text.count))
        guard count == text.count else { throw .lastOfLibrary("BIO_read") }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A digest context that knows key and signer identity. The identity enters SM2's digest before the
/// message does, so it must be set before the digest begins.
private final class SignatureContext {
    let digest: OpaquePointer
    private let key: OpaquePointer

    init(_ handle: KeyHandle, identity: [UInt8]) throws(SealError) {
        guard let digest = EVP_MD_CTX_new() else { throw .lastOfLibrary("EVP_MD_CTX_new") }
        guard let key = EVP_PKEY_CTX_new_from_pkey(nil, handle.raw, nil) else {
            EVP_MD_CTX_free(digest)
            throw .lastOfLibrary("EVP_PKEY_CTX_new_from_pkey")
        }
        self.digest = digest
        self.key = key
        EVP_MD_CTX_set_pkey_ctx(digest, key)
        guard EVP_PKEY_CTX_set1_id(key, identity, Int32(identity.count)) == 1 else {
            throw .lastOfLibrary("EVP_PKEY_CTX_set1_id")
        }
    }

    deinit {
        EVP_MD_CTX_free(digest)
        EVP_PKEY_CTX_free(key)
    }
}
