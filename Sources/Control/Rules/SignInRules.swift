import Basics

/// What the agency asks of passwords and sessions (登录规则). The defaults follow the third protection level
/// of GB/T 22239; each figure is the agency's own to set.
public struct SignInRules: Sendable, Hashable {
    /// Wrong passwords in a row until a name is locked.
    public var failuresMax = 5
    /// How long it stays locked, and the time in which the failures are counted.
    public var lockMinutes = 15
    /// A session ends when nothing is asked for so long.
    public var idleMinutes = 30
    /// A session ends after so long in any case.
    public var sessionHours = 12
    /// Characters a password has at least.
    public var passwordLengthMin = 10
    /// Kinds of characters (capital, small, digit, other) a short password must have.
    public var characterKindsMin = 3
    /// From this length on a password need not mix kinds: a sentence is better than `P@ssw0rd`.
    public var sentenceLengthMin = 16
    /// Days after which a password must be changed; nil for never.
    public var passwordDaysMax: Int? = 90

    public init() {}

    /// The end of a lock after these failures (newest first), or nil when the name is not locked.
    /// Failures up to `since` (the last unlocking) are forgiven.
    public func lockedUntil(failures: [Moment], since: Moment?, now: Moment) -> Moment? {
        let window = now + Int64(-lockMinutes * 60)
        let begin = max(window, since ?? window)
        let counted = failures.filter { $0 > begin }
        guard counted.count >= failuresMax, let newest = counted.max() else { return nil }
        return newest + Int64(lockMinutes * 60)
    }

    /// Everything that speaks against a new password, in words that say what to do.
    public func problems(password: String, login: String, displayName: String) -> [Problem] {
        var problems: [Problem] = []
        func add(_ code: String, _ message: String) {
            problems.append(Problem("control.password.\(code)", field: "password", message))
        }
        if password.count < passwordLengthMin {
            add("short", "密码太短,请至少用 \(passwordLengthMin) 个字符,可以用一句好记的话")
        }
        if password.utf8.count > 200 { add("long", "密码太长,请不超过 200 个字节") }
        if password.count < sentenceLengthMin, SignInRules.characterKinds(password) < characterKindsMin {
            add(
                "kinds",
                "请在大写字母、小写字母、数字和其他字符中至少用 \(characterKindsMin) 种,或者写满 \(sentenceLengthMin) 个字符")
        }
        let lowered = password.lowercased()
        if SignInRules.contains(lowered, login.lowercased()) || SignInRules.contains(lowered, displayName) {
            add("name", "密码里不要包含登录名或姓名,请换一个")
        }
        if SignInRules.isRepetitive(password) { add("repetitive", "密码不要用重复或连续的字符,请换一个") }
        return problems
    }

    /// How many of the four kinds occur: capital letters, small letters, digits, all else.
    static func characterKinds(_ password: String) -> Int {
        var kinds = [false, false, false, false]
        for character in password {
            let kind =
                if character.isASCII, character.isUppercase { 0 } else if character.isASCII, character.isLowercase {
                    1
                } else if character.isASCII, character.isNumber { 2 } else { 3 }
            kinds[kind] = true
        }
        return kinds.count { $0 }
    }

    /// Fewer than four different characters, or each one more than the one before (`abcdefghij`, `1234567890`).
    static func isRepetitive(_ password: String) -> Bool {
        if Set(password).count < 4 { return true }
        let scalars = password.unicodeScalars.map(\.value)
        let steps = zip(scalars.dropFirst(), scalars).map { Int64($0) - Int64($1) }
        guard let first = steps.first else { return true }
        let allBut = steps.count { $0 == first }
        return abs(first) <= 1 && allBut >= steps.count - 1
    }

    private static func contains(_ text: String, _ part: String) -> Bool {
        let text = Array(text), part = Array(part)
        guard part.count >= 2, text.count >= part.count else { return false }
        return (0...(text.count - part.count)).contains { text[$0..<($0 + part.count)].elementsEqual(part) }
    }
}

/// A login name (登录名): 2 to 30 small letters, digits, `.`, `_` or `-`, beginning with a letter.
public struct LoginName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// Capitals are read as small letters. Nil when it is no login name.
    public init?(_ text: some StringProtocol) {
        let lowered = text.lowercased()
        let bytes = Array(lowered.utf8)
        func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
        func isInside(_ byte: UInt8) -> Bool {
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "._-".utf8.contains(byte)
        }
        guard (2...30).contains(bytes.count), isLetter(bytes[0]), bytes.allSatisfy(isInside) else { return nil }
        description = lowered
    }
}
