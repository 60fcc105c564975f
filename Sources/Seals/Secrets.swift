import CCrypto

/// Whether two byte strings are the same, in a time that does not depend on where they differ:
/// for tokens and codes that someone may be guessing.
public func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return a.withUnsafeBytes { a in b.withUnsafeBytes { b in CRYPTO_memcmp(a.baseAddress, b.baseAddress, a.count) == 0 }
    }
}

/// Random bytes that nobody can foretell: tokens, keys, first passwords. (What must be repeatable —
/// demonstrations, samples — takes `SeededRandom` instead.)
///
/// ```swift
/// let token = SecureRandom.bytes(32)
/// ```
public struct SecureRandom: RandomNumberGenerator, Sendable {
    public init() {}

    public static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let drawn = RAND_bytes(buffer.baseAddress, Int32(count))
            // A system that cannot draw random bytes must not go on giving out secrets.
            precondition(drawn == 1, "RAND_bytes")
            filled = count
        }
    }

    public mutating func next() -> UInt64 {
        SecureRandom.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
