import Basics
import Control
import Storage

/// The hospitals' mapping of their own items (目录对照, 3301, 3302).
extension Catalogue {
    /// Takes in a hospital's mapping. The same mapping again while the first one is live is answered with it.
    ///
    /// - Parameter draft: its number and state are given here, whatever they say.
    public static func submitMapping(
        _ tx: any Transaction, _ draft: ItemMapping, catalogue: CatalogueIndex, by actor: Actor = .system
    ) throws -> ItemMapping {
        let item = try catalogue.requireItem(draft.nationalCode, on: draft.first, field: "med_list_codg")
        guard item.listType == draft.listType else {
            throw Problem(
                "catalogue.mapping.listType", field: "list_type",
                "编码 \(draft.nationalCode) 属于目录类别 \(item.listType.rawValue),不是 \(draft.listType.rawValue),请改正后重传")
        }
        guard draft.first <= draft.last else {
            throw Problem("catalogue.mapping.period", field: "enddate", "结束日期早于开始日期,请核对后重传")
        }
        let live = try mappings(tx, area: draft.area, provider: draft.provider, ownCode: draft.ownCode).filter(
            \.state.isLive)
        if let same = live.first(where: { $0.repeats(draft) }) { return same }
        if let other = live.first(where: { $0.first <= draft.last && draft.first <= $0.last }) {
            throw Problem(
                "catalogue.mapping.overlap", field: "fixmedins_hilist_id",
                "院内编码 \(draft.ownCode) 在 \(other.first) 至 \(other.last) 已对照到 \(other.nationalCode),请先撤销(3302)再上传")
        }
        var mapping = draft
        mapping.id = try tx.nextID(ItemMapping.self, "item_mapping")
        mapping.state = .submitted
        try tx.insert(mapping)
        try Evidence.mappingSubmitted.record(
            tx, area: mapping.area, subject: mapping.id.raw, by: actor, at: mapping.uploaded)
        return mapping
    }

    /// Records an act upon a mapping: approval, return, withdrawal.
    public static func decideMapping(
        _ tx: any Transaction, _ mapping: ItemMapping, _ state: ItemMapping.State, by actor: Actor, ground: String,
        at: Moment
    ) throws {
        guard
            let current = try tx.one(
                ItemMapping.self, mappingByID, Value(mapping.area), Value(mapping.id))
        else { throw Problem("catalogue.mapping.unknown", field: "fixmedins_hilist_id", "没有这条目录对照,请刷新后重试") }
        guard current.state.mayBecome(state) else {
            throw Problem(
                "catalogue.mapping.state", field: "fixmedins_hilist_id",
                "这条目录对照\(current.state.name),不能再改为\(state.name),请刷新后核对")
        }
        // At most two acts: an approval or return, and a withdrawal after an approval.
        let seq: Int64 = current.state == .submitted ? 1 : 2
        try tx.execute(
            mappingActInsertion, Value(mapping.area), Value(mapping.id), .int(seq), Value(code: state),
            .int(actor.columns.kind), .int(actor.columns.number), .text(ground), Value(at))
        try tx.execute(revisionStep, Value(mapping.area), .text(mapping.provider))
        try Evidence.mappingDecided.record(
            tx, area: mapping.area, subject: mapping.id.raw, record: seq, by: actor, at: at)
    }

    private static let revisionStep: SQL = """
        INSERT INTO item_mapping_revision (area, provider_code, revision) VALUES (?, ?, 1)
        ON CONFLICT (area, provider_code) DO UPDATE SET revision = item_mapping_revision.revision + 1
        """

    private static let mappingActInsertion: SQL = """
        INSERT INTO item_mapping_act (area, mapping, seq, state, actor_kind, actor, ground, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """

    private static let mappingByID = SQL("\(ItemMapping.selection) WHERE m.area = ? AND m.id = ?")

    /// Withdraws a hospital's live mapping of one of its codes (3302).
    public static func withdrawMapping(
        _ tx: any Transaction, area: AreaCode, provider: String, ownCode: String, nationalCode: String,
        by actor: Actor = .system,
        at: Moment
    ) throws -> ItemMapping {
        let all = try mappings(tx, area: area, provider: provider, ownCode: ownCode)
        guard let mapping = all.last(where: { $0.state.isLive && $0.nationalCode == nationalCode }) else {
            throw Problem(
                "catalogue.mapping.unknown", field: "fixmedins_hilist_id",
                "院内编码 \(ownCode) 没有对照到 \(nationalCode) 的有效记录,请查询(1317)后再撤销")
        }
        try decideMapping(tx, mapping, .withdrawn, by: actor, ground: "医药机构撤销对照", at: at)
        var withdrawn = mapping
        withdrawn.state = .withdrawn
        return withdrawn
    }

    /// A hospital's mappings of one of its codes, by number.
    static func mappings(
        _ tx: any Transaction, area: AreaCode, provider: String, ownCode: String
    ) throws -> [ItemMapping] {
        try tx.all(ItemMapping.self, mappingsByCode, Value(area), .text(provider), .text(ownCode))
    }

    private static let mappingsByCode = SQL(
        "\(ItemMapping.selection) WHERE m.area = ? AND m.provider_code = ? AND m.own_code = ? ORDER BY m.id")

    /// The approved mapping of a hospital's code on a day.
    public static func mapping(
        _ tx: any Transaction, area: AreaCode, provider: String, ownCode: String, on day: Day
    ) throws -> ItemMapping? {
        try mappings(tx, area: area, provider: provider, ownCode: ownCode).last { $0.holds(on: day) }
    }

    // MARK: - Snapshots

    /// Grows with each decision on a provider's mappings; `ProviderMappings` of an older revision are out of date.
    public static func mappingRevision(_ tx: any Transaction, area: AreaCode, provider: String) throws -> Int64 {
        try tx.first(newestRevision, Value(area), .text(provider)) { try $0.int(0) } ?? 0
    }

    private static let newestRevision: SQL = """
        SELECT revision FROM item_mapping_revision WHERE area = ? AND provider_code = ?
        """

    /// Loads all mappings of a provider that stand approved now.
    public static func loadMappings(
        _ tx: any Transaction, area: AreaCode, provider: String
    ) throws -> ProviderMappings {
        ProviderMappings(
            revision: try mappingRevision(tx, area: area, provider: provider),
            mappings: try tx.all(ItemMapping.self, mappingsApproved, Value(area), .text(provider)))
    }

    private static let mappingsApproved = SQL(
        """
        \(ItemMapping.selection) WHERE m.area = ? AND m.provider_code = ?
            AND EXISTS (SELECT 1 FROM item_mapping_act y WHERE y.area = m.area AND y.mapping = m.id AND y.state = 1)
            AND NOT EXISTS (SELECT 1 FROM item_mapping_act w WHERE w.area = m.area AND w.mapping = m.id AND w.state = 3)
        ORDER BY m.id
        """)

    // MARK: - Lists

    /// A hospital's mappings that wait to be decided (待审批), by number.
    public static func waitingMappings(
        _ tx: any Transaction, area: AreaCode, provider: String, limit: Int
    ) throws -> [ItemMapping] {
        try tx.all(ItemMapping.self, mappingsWaiting, Value(area), .text(provider), .int(Int64(limit)))
    }

    private static let mappingsWaiting = SQL(
        """
        \(ItemMapping.selection) WHERE m.area = ? AND m.provider_code = ? AND NOT EXISTS (
            SELECT 1 FROM item_mapping_act w WHERE w.area = m.area AND w.mapping = m.id)
        ORDER BY m.id LIMIT ?
        """)

    /// Mappings that meet a filter, by number, in pages from 1 as the national queries number them (1316, 1317).
    public static func queryMappings(
        _ tx: any Transaction, area: AreaCode, _ filter: MappingFilter, page: Int, size: Int
    ) throws -> (total: Int, mappings: [ItemMapping]) {
        let (conditions, filterValues) = filter.conditions
        let values = [Value(area)] + filterValues
        let size = max(1, min(size, pageLimit))
        let total = try tx.first(SQL("SELECT count(*) FROM item_mapping m WHERE \(conditions)"), values) {
            Int(try $0.int(0))
        }
        let rows = try tx.rows(
            SQL("\(ItemMapping.selection) WHERE \(conditions) ORDER BY m.id LIMIT ? OFFSET ?"),
            values + [.int(Int64(size)), .int(Int64(max(0, page - 1) * size))]
        ) { try ItemMapping($0) }
        return (total ?? 0, rows)
    }
}
