import Basics

/// A node of a message that has passed its form: what is asked for here has the right type already, and a field that
/// may be absent answers nil or empty text.
struct Fields {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    private func present(_ name: JSON.Key) -> JSON? {
        guard let value = json[name], !value.isNull else { return nil }
        return value
    }

    func isBlank(_ name: JSON.Key) -> Bool { optional(name) == nil }

    /// Empty when absent.
    func text(_ name: JSON.Key) -> String { present(name)?.text ?? "" }

    /// Nil when absent or empty.
    func optional(_ name: JSON.Key) -> String? { present(name)?.text.flatMap { $0.isEmpty ? nil : $0 } }

    func money(_ name: JSON.Key) -> Money? { fixed(name, 2).map { Money(fen: $0) } }
    func quantity(_ name: JSON.Key) -> Quantity? { fixed(name, 4).map { Quantity(tenThousandths: $0) } }
    func price(_ name: JSON.Key) -> UnitPrice? { fixed(name, 6).map { UnitPrice(microYuan: $0) } }
    func whole(_ name: JSON.Key) -> Int64? { fixed(name, 0) }
    func flag(_ name: JSON.Key) -> Bool { optional(name) == "1" }
    /// Nil when the flag is not given.
    func flagOrNil(_ name: JSON.Key) -> Bool? { optional(name).map { $0 == "1" } }
    func moment(_ name: JSON.Key) -> Moment? { optional(name).flatMap { Moment($0) } }
    func day(_ name: JSON.Key) -> Day? { moment(name)?.day }

    func code<Code: RawRepresentable<Int64>>(_ name: JSON.Key, _: Code.Type = Code.self) -> Code? {
        optional(name).flatMap { Int64($0) }.flatMap { Code(rawValue: $0) }
    }

    /// A number that the house gave out as text (`psn_no`, `mdtrt_id`, `setl_id`): anything else names nothing.
    func id<Kind>(_ name: JSON.Key, _: Kind.Type = Kind.self) -> ID<Kind>? {
        optional(name).flatMap { Int64($0) }.flatMap { $0 > 0 ? ID($0) : nil }
    }

    func area(_ name: JSON.Key) -> AreaCode? { optional(name).flatMap { AreaCode($0) } }

    private func fixed(_ name: JSON.Key, _ decimals: Int) -> Int64? {
        guard let value = present(name) else { return nil }
        return (try? value.fixed(decimals: decimals)) ?? nil
    }
}
