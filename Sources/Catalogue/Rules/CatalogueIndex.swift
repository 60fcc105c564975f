import Basics

/// What a fee line needs to know of its item on a day.
public struct PricedItem: Hashable, Sendable {
    public let terms: PaymentTerms
    public let listType: ListType
    public let chargeType: ChargeType
    /// Where the item's words stand: `index.name(of:)`.
    public let position: Int32

    /// 定价上限 at an institution of this tier.
    @inlinable public func cap(for tier: Tier) -> UnitPrice? { terms.caps[tier] }
    @inlinable public var feeClass: FeeClass { terms.feeClass }
    @inlinable public var firstSelfPay: Rate { terms.firstSelfPay }
}

/// One area's catalogue at one version, in memory: every fee line asks it, so it answers without the store.
///
/// An immutable snapshot. When a new version has been imported, the holder loads another and lets this one go;
/// a bill under way keeps the one it began with.
public struct CatalogueIndex: Sendable {
    public let area: AreaCode
    /// The newest catalogue version that this snapshot contains (0 when the catalogue is empty).
    public let version: Int64

    /// A code's rows stand together, the newest first day first.
    private let slots: [String: Slot]
    private let rows: [DatedRow]
    private let names: [String]

    private struct Slot: Sendable {
        let start: Int32
        let count: Int32
    }

    private struct DatedRow: Sendable {
        let first: Day
        let last: Day?
        let item: PricedItem
    }

    /// - Parameter items: all rows of the area, ordered by code, then first day descending, then version descending.
    public init(area: AreaCode, version: Int64, items: some Sequence<CatalogueItem>) {
        var slots: [String: Slot] = [:]
        var rows: [DatedRow] = []
        var names: [String] = []
        var code: String?
        var start = 0
        for item in items {
            if item.code != code {
                if let code { slots[code] = Slot(start: Int32(start), count: Int32(rows.count - start)) }
                code = item.code
                start = rows.count
            } else if rows[rows.count - 1].first == item.first {
                // The same first day again is an older version, which the newer one corrected.
                continue
            }
            let priced = PricedItem(
                terms: item.terms, listType: item.listType, chargeType: item.chargeType, position: Int32(rows.count))
            rows.append(DatedRow(first: item.first, last: item.last, item: priced))
            names.append(item.name)
        }
        if let code { slots[code] = Slot(start: Int32(start), count: Int32(rows.count - start)) }
        self.area = area
        self.version = version
        self.slots = slots
        self.rows = rows
        self.names = names
    }

    /// Number of distinct codes.
    public var count: Int { slots.count }

    /// The item as it holds on a day; nil when the code is unknown, not yet in force, or withdrawn.
    public func item(_ code: String, on day: Day) -> PricedItem? {
        guard let slot = slots[code] else { return nil }
        for row in rows[Int(slot.start)..<Int(slot.start + slot.count)] where row.first <= day {
            if let last = row.last, day > last { return nil }
            return row.item
        }
        return nil
    }

    /// Whether the code stands in the catalogue at all, on whatever day.
    public func contains(_ code: String) -> Bool { slots[code] != nil }

    public func name(of item: PricedItem) -> String { names[Int(item.position)] }

    /// The item on a day, or the sentence that tells the hospital why it cannot be charged.
    public func requireItem(
        _ code: String, on day: Day, field: @autoclosure () -> String
    ) throws(Problem) -> PricedItem {
        if let item = item(code, on: day) { return item }
        if contains(code) {
            throw Problem(
                "catalogue.item.notInForce", field: field(),
                "目录编码 \(code) 在 \(day) 不在有效期内,请下载最新目录后改用有效编码")
        }
        throw Problem("catalogue.item.unknown", field: field(), "目录中没有编码 \(code),请下载最新目录并核对目录对照")
    }
}
