import Basics

/// Kind of identity paper (证件类型 `psn_cert_type`).
public enum IdentityPaperKind: Int64, Sendable, CaseIterable {
    /// 居民身份证(户口簿)
    case residentID = 1
    /// 军官证
    case officer = 2
    /// 武警警官证
    case armedPolice = 3
    /// 香港特区护照、通行证
    case hongKong = 4
    /// 澳门特区护照、通行证
    case macau = 5
    /// 台湾居民通行证
    case taiwan = 6
    /// 外国人永久居留证
    case permanentResidence = 7
    /// 外国人护照
    case passport = 8
    /// 港澳台居民居住证
    case residencePermit = 17
    /// 社会保障卡
    case socialSecurityCard = 90
    /// 其他
    case other = 99

    public var name: String {
        switch self {
        case .residentID: "居民身份证(户口簿)"
        case .officer: "军官证"
        case .armedPolice: "武警警官证"
        case .hongKong: "香港特区护照或通行证"
        case .macau: "澳门特区护照或通行证"
        case .taiwan: "台湾居民通行证"
        case .permanentResidence: "外国人永久居留证"
        case .passport: "外国人护照"
        case .residencePermit: "港澳台居民居住证"
        case .socialSecurityCard: "社会保障卡"
        case .other: "其他证件"
        }
    }

    /// `"01"`.
    public var code: String { rawValue < 10 ? "0\(rawValue)" : "\(rawValue)" }
}

/// A paper that tells who somebody is (证件): its number is checked where the number can be.
public struct IdentityPaper: Hashable, Sendable, CustomStringConvertible {
    public let kind: IdentityPaperKind
    public let number: String

    public init(kind: IdentityPaperKind, number: String) throws(NationalID.Failure) {
        self.kind = kind
        self.number = kind == .residentID ? try NationalID(number).description : number.uppercased()
    }

    /// From the store, where only checked papers stand.
    public init(kind: IdentityPaperKind, checked number: String) {
        self.kind = kind
        self.number = number
    }

    public init(_ id: NationalID) {
        kind = .residentID
        number = id.description
    }

    public var description: String { "\(kind.code) \(number)" }

    /// The papers under which the same number may have been registered already (同号异类): the identity number of
    /// a household register entered as some other paper, with 15 digits or 18.
    public var namesakes: [IdentityPaper] {
        var numbers = [number]
        if let id = try? NationalID(number), let fifteen = id.fifteen { numbers.append(fifteen) }
        if let id = NationalID(fifteen: number) { numbers.append(id.description) }
        return IdentityPaperKind.allCases.flatMap { kind in
            numbers.map { IdentityPaper(kind: kind, checked: $0) }
        }.filter { $0 != self }
    }
}
