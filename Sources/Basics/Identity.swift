/// Sex (性别) as the national dictionary codes it.
public enum Sex: Int64, Sendable, CaseIterable {
    case male = 1
    case female = 2
}

/// A resident identity number (公民身份号码, GB 11643): 18 characters, the last a check digit (ISO 7064 MOD 11-2).
public struct NationalID: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public enum Failure: Error, Equatable, Sendable {
        case length, characters, birthDate, checkDigit(expected: Character)
    }

    public init(_ text: some StringProtocol) throws(Failure) {
        let upper = text.uppercased()
        let bytes = Array(upper.utf8)
        guard bytes.count == 18 else { throw .length }
        guard bytes[..<17].allSatisfy({ (0x30...0x39).contains($0) }),
            (0x30...0x39).contains(bytes[17]) || bytes[17] == UInt8(ascii: "X")
        else { throw .characters }
        guard Day(upper.dropFirst(6).prefix(8)) != nil else { throw .birthDate }
        let expected = NationalID.checkDigit(bytes[..<17])
        guard bytes[17] == expected.asciiValue else { throw .checkDigit(expected: expected) }
        description = upper
    }

    /// The check digit of the first 17 digits.
    public static func checkDigit(_ digits: some Sequence<UInt8>) -> Character {
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(digits, weights).reduce(0) { $0 + Int($1.0 - 0x30) * $1.1 }
        return Array("10X98765432")[sum % 11]
    }

    /// A number of the first generation (15 digits, withdrawn on 1 January 2013) as the 18 digits it became: the
    /// century of 1900 before the year, and the check digit behind. Nil when it is no such number.
    public init?(fifteen text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 15, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let widened = digits[..<6] + Array("19".utf8) + digits[6...]
        let number = String(decoding: widened, as: UTF8.self) + String(NationalID.checkDigit(widened))
        guard let id = try? NationalID(number) else { return nil }
        self = id
    }

    /// The 15 digits that stood on the paper of the first generation; nil for who was not born in the 1900s.
    public var fifteen: String? {
        let digits = Array(description.utf8)
        guard digits[6...7].elementsEqual("19".utf8) else { return nil }
        return String(decoding: digits[..<6] + digits[8..<17], as: UTF8.self)
    }

    public var birthDate: Day { Day(description.dropFirst(6).prefix(8))! }
    public var sex: Sex { (Array(description.utf8)[16] - 0x30) % 2 == 1 ? .male : .female }
}

/// A unified social credit code (统一社会信用代码, GB 32100): 18 characters, the last a check character.
public struct CreditCode: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public enum Failure: Error, Equatable, Sendable {
        case length, characters, checkDigit(expected: Character)
    }

    static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY")

    public init(_ text: some StringProtocol) throws(Failure) {
        let upper = Array(text.uppercased())
        guard upper.count == 18 else { throw .length }
        guard let expected = CreditCode.checkDigit(upper[..<17]), CreditCode.alphabet.contains(upper[17])
        else { throw .characters }
        guard upper[17] == expected else { throw .checkDigit(expected: expected) }
        description = String(upper)
    }

    /// Nil when a character is not of the code's alphabet.
    public static func checkDigit(_ characters: some Sequence<Character>) -> Character? {
        var weight = 1
        var sum = 0
        for character in characters {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            sum += value * weight
            weight = weight * 3 % 31
        }
        return alphabet[(31 - sum % 31) % 31]
    }
}
