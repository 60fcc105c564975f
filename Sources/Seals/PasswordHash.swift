import CCrypt
import Glibc

/// Password hashes with yescrypt (libxcrypt, `$y$…`): slow and hungry for memory on purpose.
/// A hash takes tens of milliseconds of a core: call it off the cooperative pool, never inside a transaction.
///
/// ```swift
/// let hash = PasswordHash.make("一句很长的话")
/// PasswordHash.accepts("一句很长的话", hash)   // true
/// ```
public enum PasswordHash {
    /// Cost 5 is the library's default (about 4 MiB and some tens of milliseconds); each step doubles.
    public static let defaultCost = 5

    /// A new salted hash. `cost` 1…11.
    public static func make(_ password: String, cost: Int = defaultCost) -> String {
        precondition((1...11).contains(cost))
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        let salted = crypt_gensalt_rn("$y$", UInt(cost), nil, 0, &setting, Int32(setting.count)) != nil
        guard salted, let hash = crypt(password, setting) else {
            preconditionFailure("libxcrypt lacks yescrypt")
        }
        return String(decoding: hash.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a password is the one that was hashed. False for a damaged hash.
    public static func accepts(_ password: String, _ hash: String) -> Bool {
        guard hash.hasPrefix("$y$") else { return false }
        let setting = hash.utf8CString
        guard let again = crypt(password, Array(setting)) else { return false }
        return constantTimeEqual(again.map { UInt8(bitPattern: $0) }, Array(hash.utf8))
    }

    /// `crypt_ra` with its own working memory, so that threads do not meet; nil when the setting is refused.
    /// Answers the characters without the closing zero.
    private static func crypt(_ password: String, _ setting: [CChar]) -> [CChar]? {
        var memory: UnsafeMutableRawPointer?
        var size: Int32 = 0
        defer {
            if let memory {
                // The working memory held the password: wipe it before it goes back.
                memory.initializeMemory(as: UInt8.self, repeating: 0, count: Int(size))
                free(memory)
            }
        }
        guard let answer = crypt_ra(password, setting, &memory, &size) else { return nil }
        return Array(UnsafeBufferPointer(start: answer, count: strlen(answer)))
    }
}
