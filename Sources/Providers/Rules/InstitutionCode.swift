import Basics

/// Code of a designated provider (定点医药机构编号): `H` hospital or `P` pharmacy, six digits of the division,
/// five of the sequence.
public struct InstitutionCode: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public enum Failure: Error, Equatable, Sendable {
        case length, prefix, digits
    }

    public init(_ text: some StringProtocol) throws(Failure) {
        let bytes = Array(text.utf8)
        guard bytes.count == 12 else { throw .length }
        guard bytes[0] == UInt8(ascii: "H") || bytes[0] == UInt8(ascii: "P") else { throw .prefix }
        guard bytes[1...].allSatisfy({ (0x30...0x39).contains($0) }) else { throw .digits }
        description = String(text)
    }

    public var kind: InstitutionKind { description.hasPrefix("P") ? .pharmacy : .hospital }
}

/// Kind of a designated provider (定点医药机构类型 `fixmedins_type`).
public enum InstitutionKind: Int64, Sendable, CaseIterable {
    /// 定点医疗机构
    case hospital = 1
    /// 定点零售药店
    case pharmacy = 2

    public var name: String { self == .hospital ? "定点医疗机构" : "定点零售药店" }
}

/// How a provider's claims are cleared (清算方式 `clr_way`).
public enum ClearingWay: Int64, Sendable, CaseIterable {
    /// 按项目
    case feeForService = 1
    /// 单病种
    case singleDisease = 20
    /// 按病种分值
    case diseasePoints = 30
    /// DRG
    case drg = 40
    /// 按床日
    case bedDays = 50
    /// 按人头
    case capitation = 60
    /// 其他
    case other = 99
}
