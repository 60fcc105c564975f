import Basics
import Storage

/// Which rows of the catalogue a query looks for (1312 目录信息, 1316 匹配, 1318 限价, 1319 先自付比例). Nil means any.
public struct ItemFilter: Hashable, Sendable {
    /// 查询时间点: the day on which a row is in force or not.
    public var day: Day
    /// 有效标志: only the rows in force on the day, or only the others.
    public var isInForce: Bool?
    public var code: String?
    /// Part of the name.
    public var name: String?
    public var listType: ListType?
    public var chargeType: ChargeType?
    public var feeClass: FeeClass?
    /// Traits that a row must have, and such as it must not have.
    public var traits: ItemTraits = []
    public var absentTraits: ItemTraits = []
    /// 开始日期: begins on this day or later.
    public var beginsFrom: Day?
    /// 结束日期: ends on this day or earlier; a row without an end is none of these.
    public var endsBy: Day?
    /// Came in at this moment or later (`updt_time`).
    public var updatedSince: Moment?
    /// 唯一记录号: this row alone, unless a later version has corrected it.
    public var number: ItemRowNumber?

    public init(day: Day, isInForce: Bool? = true, code: String? = nil) {
        self.day = day
        self.isInForce = isInForce
        self.code = code
    }
}

/// What tells one row of the catalogue from every other (`rid`): a version may bring an item from several days on.
public struct ItemRowNumber: Hashable, Sendable {
    public let code: String
    public let first: Day
    public let version: Int64

    public init(code: String, first: Day, version: Int64) {
        self.code = code
        self.first = first
        self.version = version
    }
}

/// A row of the catalogue as a query finds it.
public struct CatalogueEntry: Record, Hashable {
    public let item: CatalogueItem
    public let version: Int64
    /// When its version came in (`updt_time`).
    public let updated: Moment
    /// Whether it was in force on the day of the query (`vali_flag`).
    public let isInForce: Bool

    public var number: ItemRowNumber { ItemRowNumber(code: item.code, first: item.first, version: version) }

    public init(_ row: any Row) throws {
        let dated = try ItemRow(row)
        item = dated.item
        version = dated.version
        updated = try row.moment(18)
        isInForce = try row.flag(19)
    }
}

/// 限价: the highest price of an item that counts at institutions of one tier (1318).
public struct PriceCapEntry: Record, Hashable {
    public let entry: CatalogueEntry
    public let tier: Tier
    public let cap: UnitPrice

    public init(_ row: any Row) throws {
        entry = try CatalogueEntry(row)
        tier = try row.code(20)
        cap = UnitPrice(microYuan: try row.int(21))
    }
}

/// One page of a query, and how many rows there are in all.
public struct CataloguePage<Found: Record>: Sendable {
    public let total: Int
    public let rows: [Found]
}

extension Catalogue {
    /// Items that meet a filter, by code and first day, in pages as the national queries number them.
    ///
    /// - Parameter page: from 1.
    public static func query(
        _ tx: any Transaction, area: AreaCode, _ filter: ItemFilter, page: Int, size: Int
    ) throws -> CataloguePage<CatalogueEntry> {
        try ItemQuery(area: area, filter: filter).page(tx, page, size: size)
    }

    /// The price caps of the items that meet a filter, a row for each tier, the highest tier first.
    ///
    /// - Parameter tiers: a cap must be of each of these tiers, so that two different ones find nothing.
    public static func queryPriceCaps(
        _ tx: any Transaction, area: AreaCode, _ filter: ItemFilter, tiers: [Tier] = [], page: Int, size: Int
    ) throws -> CataloguePage<PriceCapEntry> {
        var query = ItemQuery(area: area, filter: filter)
        query.splitByTier(tiers)
        return try query.page(tx, page, size: size)
    }
}

/// The statement of a query: rows of `i` (the item) with `v` (the version that brought it).
private struct ItemQuery {
    private let day: Day
    private var columns: [String]
    private var source = "catalogue_item i JOIN catalogue_version v ON v.area = i.area AND v.version = i.version"
    private var conditions: [String] = []
    private var values: [Value] = []
    private var order = "i.code, i.first_day"

    init(area: AreaCode, filter: ItemFilter) {
        day = filter.day
        columns = ItemColumns.selection.split(separator: ",").map { "i." + $0.filter { !$0.isWhitespace } }
        columns += ["v.at", "CASE WHEN \(ItemQuery.inForce) THEN 1 ELSE 0 END"]
        require("i.area = ?", Value(area))
        // Of the versions of one first day, the newest counts.
        require(
            """
            NOT EXISTS (SELECT 1 FROM catalogue_item n WHERE n.area = i.area AND n.code = i.code
            AND n.first_day = i.first_day AND n.version > i.version)
            """)
        requireKind(filter)
        requireTime(filter)
    }

    /// In force: begun, not ended, and not followed by a row of a later first day.
    private static let inForce = """
        (i.first_day <= ? AND (i.last_day IS NULL OR i.last_day >= ?)
        AND NOT EXISTS (SELECT 1 FROM catalogue_item n WHERE n.area = i.area AND n.code = i.code
        AND n.first_day > i.first_day AND n.first_day <= ?))
        """

    private mutating func require(_ condition: String, _ value: Value...) {
        conditions.append(condition)
        values += value
    }

    private mutating func requireKind(_ filter: ItemFilter) {
        if let code = filter.code { require("i.code = ?", .text(code)) }
        if let name = filter.name { require("i.name LIKE ? ESCAPE '!'", .text(Catalogue.pattern(containing: name))) }
        if let listType = filter.listType { require("i.list_type = ?", Value(code: listType)) }
        if let chargeType = filter.chargeType { require("i.charge_type = ?", Value(code: chargeType)) }
        if let feeClass = filter.feeClass { require("i.fee_class = ?", Value(code: feeClass)) }
        let (present, absent) = (filter.traits.rawValue, filter.absentTraits.rawValue)
        if present != 0 { require("(i.traits & ?) = ?", .int(present), .int(present)) }
        if absent != 0 { require("(i.traits & ?) = 0", .int(absent)) }
    }

    private mutating func requireTime(_ filter: ItemFilter) {
        if let isInForce = filter.isInForce {
            require((isInForce ? "" : "NOT ") + ItemQuery.inForce, Value(day), Value(day), Value(day))
        }
        if let first = filter.beginsFrom { require("i.first_day >= ?", Value(first)) }
        if let last = filter.endsBy { require("i.last_day <= ?", Value(last)) }
        if let since = filter.updatedSince { require("v.at >= ?", Value(since)) }
        if let number = filter.number {
            require(
                "i.code = ? AND i.first_day = ? AND i.version = ?", .text(number.code), Value(number.first),
                .int(number.version))
        }
    }

    /// Makes a row of each capped tier.
    mutating func splitByTier(_ tiers: [Tier]) {
        let (third, second, first) = (Tier.third.rawValue, Tier.second.rawValue, Tier.first.rawValue)
        let cap = """
            CASE t.tier WHEN \(third) THEN i.cap_third_e6 WHEN \(second) THEN i.cap_second_e6 ELSE i.cap_first_e6 END
            """
        columns += ["t.tier", cap]
        source += " CROSS JOIN (SELECT \(third) AS tier UNION ALL SELECT \(second) UNION ALL SELECT \(first)) t"
        require("\(cap) IS NOT NULL")
        for tier in tiers { require("t.tier = ?", Value(code: tier)) }
        order += ", t.tier DESC"
    }

    /// One page, counted in the rows that it shows.
    func page<Found: Record>(_ tx: any Transaction, _ page: Int, size: Int) throws -> CataloguePage<Found> {
        let size = max(1, min(size, Catalogue.pageLimit))
        let rest = "FROM \(source) WHERE \(conditions.joined(separator: " AND "))"
        // Whether a row is in force stands among the columns, before the conditions.
        let days = Array(repeating: Value(day), count: 3)
        let total = try tx.first(SQL("SELECT count(*) \(rest)"), values) { Int(try $0.int(0)) }
        let rows = try tx.rows(
            SQL("SELECT \(columns.joined(separator: ", ")) \(rest) ORDER BY \(order) LIMIT ? OFFSET ?"),
            days + values + [.int(Int64(size)), .int(Int64(max(0, page - 1) * size))]
        ) { try Found($0) }
        return CataloguePage(total: total ?? 0, rows: rows)
    }
}

extension Catalogue {
    /// The pattern that finds a text anywhere in a name, with its own signs taken literally.
    static func pattern(containing text: String) -> String {
        let literal = text.map { "%_!".contains($0) ? "!\($0)" : String($0) }.joined()
        return "%" + literal + "%"
    }
}
