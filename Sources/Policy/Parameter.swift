import Basics

/// A type that a parameter's value can be read as.
public protocol PolicyReadable: Sendable {
    static var shape: Shape { get }
    /// The unit that the files must state beside a value of this type; nil when the declaration decides.
    static var unit: String? { get }
    /// Nil when the value was read by another shape.
    init?(policyValue: PolicyValue)
}

extension PolicyReadable {
    public static var unit: String? { "" }
}

/// One of a closed list of terms (取值), as an enum whose cases say their Chinese name.
public protocol PolicyChoice: PolicyReadable, CaseIterable {
    var policyTerm: String { get }
}

extension PolicyChoice {
    public static var shape: Shape { .choice(allCases.map(\.policyTerm)) }

    public init?(policyValue: PolicyValue) {
        guard case .text(let text) = policyValue,
            let choice = Self.allCases.first(where: { $0.policyTerm == text })
        else { return nil }
        self = choice
    }
}

/// A list of assistance groups is written by their names.
extension AssistanceGroup: PolicyChoice {
    public var policyTerm: String { name }
}

/// An amount that may be without bound (限额).
public enum Limit: Hashable, Sendable {
    case upTo(Money)
    case unlimited

    public var amount: Money? {
        if case .upTo(let money) = self { money } else { nil }
    }
}

/// Bands that join from nothing to infinity (分段比例).
public struct Bands: Hashable, Sendable {
    public let all: [Band]
}

extension Money: PolicyReadable {
    public static var shape: Shape { .money }
    public static var unit: String? { "元" }
    public init?(policyValue: PolicyValue) {
        guard case .money(let money) = policyValue else { return nil }
        self = money
    }
}

extension Limit: PolicyReadable {
    public static var shape: Shape { .limit }
    public static var unit: String? { "元" }
    public init?(policyValue: PolicyValue) {
        switch policyValue {
        case .money(let money): self = .upTo(money)
        case .unlimited: self = .unlimited
        default: return nil
        }
    }
}

extension Rate: PolicyReadable {
    public static var shape: Shape { .rate }
    public static var unit: String? { "%" }
    public init?(policyValue: PolicyValue) {
        guard case .rate(let rate) = policyValue else { return nil }
        self = rate
    }
}

extension Int64: PolicyReadable {
    public static var shape: Shape { .count }
    public static var unit: String? { nil }
    public init?(policyValue: PolicyValue) {
        guard case .count(let count) = policyValue else { return nil }
        self = count
    }
}

extension Bool: PolicyReadable {
    public static var shape: Shape { .flag }
    public init?(policyValue: PolicyValue) {
        guard case .flag(let flag) = policyValue else { return nil }
        self = flag
    }
}

extension String: PolicyReadable {
    public static var shape: Shape { .text }
    public init?(policyValue: PolicyValue) {
        guard case .text(let text) = policyValue else { return nil }
        self = text
    }
}

extension Bands: PolicyReadable {
    public static var shape: Shape { .bands }
    public static var unit: String? { "%" }
    public init?(policyValue: PolicyValue) {
        guard case .bands(let bands) = policyValue else { return nil }
        all = bands
    }
}

extension Array: PolicyReadable where Element: PolicyReadable {
    public static var shape: Shape { .list(Element.shape) }
    public static var unit: String? { Element.unit }
    public init?(policyValue: PolicyValue) {
        guard case .list(let values) = policyValue else { return nil }
        let elements = values.compactMap { Element(policyValue: $0) }
        guard elements.count == values.count else { return nil }
        self = elements
    }
}

/// What the check needs to know of a parameter, whatever its type.
public struct Declaration: Sendable {
    /// `inpatient.deductible`: English standard terms, the desk's subject first.
    public let key: String
    /// 中文名称, for messages; the files carry their own.
    public let title: String
    public let shape: Shape
    public let dimensions: [Dimension]
    /// `元`, `%`, `天`, `次`; empty when the value has none.
    public let unit: String
    /// The insurances whose files must state it, without a gap from the area's first day on.
    public let requiredFor: Set<Insurance>
    /// Whether the desk's own type accepts a value of the right shape: fields of a record may contradict each other.
    let accepts: @Sendable (PolicyValue) -> Bool

    /// Two desks may read the same parameter if they declare it alike.
    func agrees(with other: Declaration) -> Bool {
        key == other.key && shape == other.shape && dimensions == other.dimensions && unit == other.unit
    }
}

/// A parameter (参数) as the desk that reads it declares it: key, type, dimensions.
///
///     static let deductible = Parameter<Money>("inpatient.deductible", title: "住院起付标准", by: [.tier, .stay])
///     let amount = try view.value(deductible, .tier(.third), .stay(2))
public struct Parameter<Value: PolicyReadable>: Sendable {
    public let declaration: Declaration

    public init(
        _ key: String, title: String, by dimensions: [Dimension] = [], unit: String? = nil,
        requiredFor: Set<Insurance> = []
    ) {
        declaration = Declaration(
            key: key, title: title, shape: Value.shape, dimensions: dimensions,
            unit: unit ?? Value.unit ?? "",
            requiredFor: requiredFor, accepts: { Value(policyValue: $0) != nil })
    }
}
