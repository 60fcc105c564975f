import Agency
import Basics
import Catalogue
import Control
import Providers
import Settlement
import Storage

/// Catalogue queries and a provider's mapping of its own items: 1312, 1316–1319, 3301, 3302.
enum CatalogueMessages {
    /// 1312
    static func items(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        var filter = try filter(message)
        filter.name = fields.optional("hilist_name")
        filter.listType = fields.code("list_type")
        filter.chargeType = fields.code("med_chrgitm_type")
        filter.feeClass = fields.code("chrgitm_lv")
        filter.require(.restricted, fields.flagOrNil("lmt_used_flag"))
        filter.require(.maternity, fields.flagOrNil("matn_used_flag"))
        return try await entries(filter, message, agency) { json, entry in
            let item = entry.item
            json.field("hilist_code", item.code)
            json.field("hilist_name", item.name)
            json.field("med_chrgitm_type", item.chargeType.code)
            json.field("chrgitm_lv", item.terms.feeClass.code)
            json.field("lmt_used_flag", item.terms.traits.contains(.restricted) ? "1" : "0")
            json.field("matn_used_flag", item.terms.traits.contains(.maternity) ? "1" : "0")
            json.field("list_type", String(item.listType.rawValue))
            json.field("memo", item.limit)
        }
    }

    /// 1316: in this house a medical code and its insurance code are one and the same.
    static func nationalMappings(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        var filter = try filter(message)
        filter.code = fields.optional("hilist_code") ?? fields.optional("medins_list_codg")
        filter.listType = fields.code("list_type")
        return try await entries(filter, message, agency) { json, entry in
            json.field("med_list_codg", entry.item.code)
            json.field("hilist_code", entry.item.code)
            json.field("list_type", String(entry.item.listType.rawValue))
            json.field("memo", "")
        }
    }

    /// 1318: a row for each tier whose price is capped. 限价类型 is the tier of the institution it holds for: 3, 2, 1;
    /// what lies above the cap is the person's own (超限处理方式 1).
    static func priceCaps(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        var filter = try termsFilter(message)
        let number = try RecordNumber(fields, isByTier: true)
        filter.number = number?.row
        let tiers = [number?.tier, fields.code("hilist_lmtpric_type", Tier.self)].compactMap(\.self)
        let (area, paging) = (message.head.area, Paging(fields))
        let found = try await agency.store.read { [filter] tx in
            try Catalogue.queryPriceCaps(tx, area: area, filter, tiers: tiers, page: paging.page, size: paging.size)
        }
        return Outputs.page(found.rows, paging, total: found.total) { json, row in
            json.field("hilist_code", row.entry.item.code)
            json.field("hilist_lmtpric_type", String(row.tier.rawValue))
            json.field("overlmt_dspo_way", CodeDictionary.paidByPerson)
            json.field("hilist_pric_uplmt_amt", row.cap)
            json.standing(row.entry, RecordNumber(row: row.entry.number, tier: row.tier), area)
        }
    }

    /// 1319
    static func firstSelfPayments(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        var filter = try termsFilter(message)
        filter.number = try RecordNumber(message.node("data"), isByTier: false)?.row
        return try await entries(filter, message, agency) { json, entry in
            json.field("hilist_code", entry.item.code)
            json.field("selfpay_prop_psn_type", CodeDictionary.everyPerson)
            json.field("selfpay_prop_type", CodeDictionary.firstSelfPayment)
            json.field("selfpay_prop", entry.item.terms.firstSelfPay)
        }
    }

    /// What all of these queries ask for. Without a day of its own a query is about every row that was ever listed;
    /// with one, about those in force then, unless it asks for the others.
    private static func filter(
        _ message: Message, areas: [JSON.Key] = ["insu_admdvs"]
    ) throws(Problems) -> ItemFilter {
        let fields = message.node("data")
        try requireOwnArea(fields, areas, message.head.area)
        let day = fields.day("query_date")
        var filter = ItemFilter(day: day ?? message.receivedAt.day, code: fields.optional("hilist_code"))
        filter.isInForce = fields.flagOrNil("vali_flag") ?? (day == nil ? nil : true)
        filter.beginsFrom = fields.day("begndate")
        filter.updatedSince = fields.moment("updt_time")
        return filter
    }

    /// What 1318 and 1319 ask for besides.
    private static func termsFilter(_ message: Message) throws(Problems) -> ItemFilter {
        var filter = try filter(message, areas: ["insu_admdvs", "poolarea_no"])
        filter.endsBy = message.node("data").day("enddate")
        return filter
    }

    /// 参保机构医保区划, 统筹区: the catalogue of the insured person's area is asked, as the envelope names it.
    private static func requireOwnArea(
        _ fields: Fields, _ names: [JSON.Key], _ area: AreaCode
    ) throws(Problems) {
        var problems = Problems()
        for name in names {
            guard let asked = fields.optional(name), AreaCode(asked)?.lies(in: area) != true else { continue }
            problems.add(
                "catalogue.query.otherArea", field: "data.\(name.name)",
                "“\(asked)”不属于参保地 \(area);要查其他统筹区的目录,请在报文信封的 insuplc_admdvs 填写该统筹区")
        }
        try problems.throwIfAny()
    }

    private static func entries(
        _ filter: ItemFilter, _ message: Message, _ agency: Agency,
        _ write: (inout JSONWriter, CatalogueEntry) -> Void
    ) async throws -> [UInt8] {
        let (area, paging) = (message.head.area, Paging(message.node("data")))
        let found = try await agency.store.read { tx in
            try Catalogue.query(tx, area: area, filter, page: paging.page, size: paging.size)
        }
        return Outputs.page(found.rows, paging, total: found.total) { json, entry in
            write(&json, entry)
            json.standing(entry, RecordNumber(row: entry.number), area)
        }
    }

    // MARK: 目录对照

    /// 1317
    static func ownMappings(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let paging = Paging(fields)
        try requireOwnArea(fields, ["insu_admdvs"], message.head.area)
        // A provider sees its own mappings, whatever number it writes.
        var filter = MappingFilter(provider: message.head.provider, ownCode: fields.optional("medins_list_codg"))
        filter.ownName = fields.optional("medins_list_name")
        filter.nationalCode = fields.optional("med_list_codg")
        filter.listType = fields.code("list_type")
        filter.isLive = fields.flagOrNil("vali_flag")
        filter.beginsFrom = fields.day("begndate")
        filter.day = fields.day("query_date")
        filter.updatedSince = fields.moment("updt_time")
        let area = message.head.area
        let found = try await agency.store.read { [filter] tx in
            try Catalogue.queryMappings(tx, area: area, filter, page: paging.page, size: paging.size)
        }
        return Outputs.page(found.mappings, paging, total: found.total) { json, mapping in json.mapping(mapping) }
    }

    /// 3301
    static func submitMappings(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let drafts = try message.elements("data").map { try draft($0, message) }
        let catalogue = try await agency.catalogue(message.head.area)
        let actor = try await actor(message, agency)
        _ = try await agency.once(message.head, kind: .mappingsSubmitted, subject: 0) { tx, _ in
            for draft in drafts { _ = try Catalogue.submitMapping(tx, draft, catalogue: catalogue, by: actor) }
            return .nothing
        }
        return Outputs.none
    }

    /// 3302
    static func withdrawMapping(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let own = fields.text("fixmedins_hilist_id")
        let national = fields.text("med_list_codg")
        let head = message.head
        let at = message.receivedAt
        let actor = try await actor(message, agency)
        _ = try await agency.once(head, kind: .mappingWithdrawn, subject: 0) { tx, _ in
            _ = try Catalogue.withdrawMapping(
                tx, area: head.area, provider: head.provider, ownCode: own, nationalCode: national, by: actor,
                at: at)
            return .nothing
        }
        return Outputs.none
    }

    private static func actor(_ message: Message, _ agency: Agency) async throws -> Actor {
        let provider = try await agency.providers(message.head.area)[message.head.provider]
        return provider.map { .provider($0.id) } ?? .system
    }

    private static func draft(_ fields: Fields, _ message: Message) throws -> ItemMapping {
        guard let listType = fields.code("list_type", ListType.self) else {
            throw Problem("gateway.field.dictionary", field: "list_type", "目录类别不在字典内,请核对")
        }
        return ItemMapping(
            id: ID(0), area: message.head.area, provider: message.head.provider,
            ownCode: fields.text("fixmedins_hilist_id"), ownName: fields.text("fixmedins_hilist_name"),
            listType: listType, nationalCode: fields.text("med_list_codg"),
            first: try fields.requiredDay("begndate"), last: try fields.requiredDay("enddate"),
            details: MappingDetails(
                approval: fields.text("aprvno"), form: fields.text("dosform"), excluded: fields.text("exct_cont"),
                content: fields.text("item_cont"), unit: fields.text("prcunt"), spec: fields.text("spec"),
                pack: fields.text("pacspec"), memo: fields.text("memo")),
            uploaded: message.receivedAt)
    }
}

/// A page as the queries ask for it, from 1, with the house's hard maximum.
struct Paging: Sendable {
    let page: Int
    let size: Int

    init(_ fields: Fields) {
        page = Int(max(1, fields.whole("page_num") ?? 1))
        size = Int(min(max(1, fields.whole("page_size") ?? 100), Int64(Catalogue.pageLimit)))
    }
}

/// 唯一记录号 `rid` as the answers write it: code, first day, version and, of a price cap, its tier.
private struct RecordNumber {
    var row: ItemRowNumber
    var tier: Tier?

    init(row: ItemRowNumber, tier: Tier? = nil) {
        self.row = row
        self.tier = tier
    }

    /// The number that a query names; nil when it names none.
    init?(_ fields: Fields, isByTier: Bool) throws(Problem) {
        guard let text = fields.optional("rid") else { return nil }
        var parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let tier = isByTier ? parts.popLast().flatMap { Int64($0) }.flatMap { Tier(rawValue: $0) } : nil
        // The code stands first and may hold a point of its own.
        guard isByTier == (tier != nil), let version = parts.popLast().flatMap({ Int64($0) }),
            let day = parts.popLast().flatMap({ Int32($0) }), !parts.isEmpty
        else {
            throw Problem("gateway.field.type", field: "data.rid", "“唯一记录号”应照查询返回的原样填写,请核对")
        }
        row = ItemRowNumber(code: parts.joined(separator: "."), first: Day(number: day), version: version)
        self.tier = tier
    }

    var text: String {
        "\(row.code).\(row.first.number).\(row.version)" + (tier.map { ".\($0.rawValue)" } ?? "")
    }
}

extension ItemFilter {
    /// A flag of the message asks for the items with a trait, or for those without it.
    fileprivate mutating func require(_ trait: ItemTraits, _ flag: Bool?) {
        guard let flag else { return }
        if flag { traits.insert(trait) } else { absentTraits.insert(trait) }
    }
}

extension Outputs {
    /// One page of rows and its 分页信息.
    fileprivate static func page<Row>(
        _ rows: [Row], _ paging: Paging, total: Int, _ write: (inout JSONWriter, Row) -> Void
    ) -> [UInt8] {
        object { json in
            json.array("data") { json in
                for row in rows { json.object { write(&$0, row) } }
            }
            json.paging(paging, total: total)
        }
    }
}

extension JSONWriter {
    /// Where and when a row of the catalogue holds, and whether it does on the day of the query.
    fileprivate mutating func standing(_ entry: CatalogueEntry, _ number: RecordNumber, _ area: AreaCode) {
        field("insu_admdvs", area.description)
        days(entry.item.first, entry.item.last)
        field("vali_flag", entry.isInForce ? "1" : "0")
        field("rid", number.text)
        field("updt_time", entry.updated)
        field("poolarea_no", area.description)
    }

    mutating func days(_ first: Day, _ last: Day?) {
        field("begndate", first)
        if let last { field("enddate", last) } else { null("enddate") }
    }

    mutating func paging(_ paging: Paging, total: Int) {
        object("paging") {
            $0.field("size", Int64(paging.size))
            $0.field("pages", Int64((total + paging.size - 1) / paging.size))
            $0.field("recordCounts", Int64(total))
        }
    }

    mutating func mapping(_ mapping: ItemMapping) {
        field("fixmedins_code", mapping.provider)
        field("medins_list_codg", mapping.ownCode)
        field("medins_list_name", mapping.ownName)
        field("insu_admdvs", mapping.area.description)
        field("list_type", String(mapping.listType.rawValue))
        field("med_list_codg", mapping.nationalCode)
        days(mapping.first, mapping.last)
        field("aprvno", mapping.details.approval)
        field("dosform", mapping.details.form)
        field("exct_cont", mapping.details.excluded)
        field("item_cont", mapping.details.content)
        field("prcunt", mapping.details.unit)
        field("spec", mapping.details.spec)
        field("pacspec", mapping.details.pack)
        // 备注 also tells where the mapping stands, for which the specification has no field.
        field("memo", [mapping.state.name, mapping.details.memo].filter { !$0.isEmpty }.joined(separator: ";"))
        field("vali_flag", mapping.state.isLive ? "1" : "0")
        field("rid", mapping.id.description)
    }
}
