/// An identifier that cannot be mistaken for another kind's: `ID<Person>` is not `ID<Provider>`.
/// The type parameter is a mere name and is never instantiated.
public struct ID<Kind>: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var raw: Int64

    @inlinable
    public init(_ raw: Int64) { self.raw = raw }

    @inlinable public static func < (a: ID, b: ID) -> Bool { a.raw < b.raw }
    public var description: String { String(raw) }
}

/// The kinds of identifier that cross desks. Each desk's own kinds stand in the desk.
public enum Person {}
public enum Employer {}
public enum Provider {}
public enum Encounter {}
public enum FeeLine {}
public enum SettlementRecord {}
public enum StaffMember {}
/// 办件: what a member of staff has accepted and others approve.
public enum Matter {}

/// A pooling area (统筹区) by its six digits, GB/T 2260 or the insurance's own (医保区划).
public struct AreaCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var raw: Int64

    @inlinable
    public init(_ raw: Int64) { self.raw = raw }

    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 6, let raw = Int64(text), raw >= 100_000 else { return nil }
        self.raw = raw
    }

    @inlinable public static func < (a: AreaCode, b: AreaCode) -> Bool { a.raw < b.raw }
    public var description: String { String(raw) }

    /// Whether this division belongs to an area (属地): all of a province for `…0000`, else all of the city, since a
    /// county's people are treated in its city as at home.
    public func lies(in area: AreaCode) -> Bool {
        area.raw % 10_000 == 0 ? raw / 10_000 == area.raw / 10_000 : raw / 100 == area.raw / 100
    }
}
