import Basics
import Storage

extension ItemMapping: Record, WritableRecord {
    /// The mapping with the state after its last act.
    static let selection = """
        SELECT m.id, m.provider_code, m.own_code, m.own_name, m.list_type, m.national_code, m.first_day, m.last_day,
            m.approval, m.form, m.excluded, m.content, m.unit, m.spec, m.pack, m.memo, m.at, m.area, \(state)
        FROM item_mapping m
        """

    /// The state of mapping `m`: that of its last act, or waiting when nobody has acted.
    static let state = """
        COALESCE((SELECT a.state FROM item_mapping_act a WHERE a.area = m.area AND a.mapping = m.id
            ORDER BY a.seq DESC LIMIT 1), \(State.submitted.rawValue))
        """

    public init(_ row: any Row) throws {
        self.init(
            id: try row.id(0), area: AreaCode(try row.int(17)), provider: try row.text(1), ownCode: try row.text(2),
            ownName: try row.text(3),
            listType: try row.code(4), nationalCode: try row.text(5), first: try row.day(6), last: try row.day(7),
            details: MappingDetails(
                approval: try row.text(8), form: try row.text(9), excluded: try row.text(10),
                content: try row.text(11), unit: try row.text(12), spec: try row.text(13), pack: try row.text(14),
                memo: try row.text(15)),
            uploaded: try row.moment(16), state: try row.code(18))
    }

    public static let insertion: SQL = """
        INSERT INTO item_mapping (id, provider_code, own_code, own_name, list_type, national_code, first_day, last_day,
            approval, form, excluded, content, unit, spec, pack, memo, at, area)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    public var values: [Value] {
        [
            Value(id), .text(provider), .text(ownCode), .text(ownName), Value(code: listType), .text(nationalCode),
            Value(first), Value(last), .text(details.approval), .text(details.form), .text(details.excluded),
            .text(details.content), .text(details.unit), .text(details.spec), .text(details.pack), .text(details.memo),
            Value(uploaded), Value(area),
        ]
    }
}

/// Which mappings a query looks for (1316, 1317). Nil means any.
public struct MappingFilter: Hashable, Sendable {
    public var provider: String?
    public var ownCode: String?
    /// Part of the provider's own name for the item.
    public var ownName: String?
    public var nationalCode: String?
    public var listType: ListType?
    /// 有效标志: waiting or approved, or only those returned or withdrawn.
    public var isLive: Bool?
    /// 开始日期: begins on this day or later.
    public var beginsFrom: Day?
    /// Within its period on this day.
    public var day: Day?
    /// Uploaded at this moment or later.
    public var updatedSince: Moment?

    public init(provider: String? = nil, ownCode: String? = nil) {
        self.provider = provider
        self.ownCode = ownCode
    }

    var conditions: (sql: String, values: [Value]) {
        var parts = ["m.area = ?"]
        var values: [Value] = []
        func add(_ part: String, _ value: Value...) {
            parts.append(part)
            values += value
        }
        if let provider { add("m.provider_code = ?", .text(provider)) }
        if let ownCode { add("m.own_code = ?", .text(ownCode)) }
        if let ownName { add("m.own_name LIKE ? ESCAPE '!'", .text(Catalogue.pattern(containing: ownName))) }
        if let isLive {
            let live = ItemMapping.State.allCases.filter(\.isLive).map { String($0.rawValue) }
            add("\(ItemMapping.state) \(isLive ? "" : "NOT ")IN (\(live.joined(separator: ", ")))")
        }
        if let beginsFrom { add("m.first_day >= ?", Value(beginsFrom)) }
        if let nationalCode { add("m.national_code = ?", .text(nationalCode)) }
        if let listType { add("m.list_type = ?", Value(code: listType)) }
        if let day { add("m.first_day <= ? AND m.last_day >= ?", Value(day), Value(day)) }
        if let updatedSince { add("m.at >= ?", Value(updatedSince)) }
        return (parts.joined(separator: " AND "), values)
    }
}
