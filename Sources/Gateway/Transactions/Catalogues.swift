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
        var filter = filter(fields)
        filter.name = fields.optional("hilist_name")
        filter.listType = fields.code("list_type")
        filter.chargeType = fields.code("med_chrgitm_type")
        filter.feeClass = fields.code("chrgitm_lv")
        return try await page(filter, message, agency) { json, entry in
            let item = entry.item
            json.field("hilist_code", item.code)
            json.field("hilist_name", item.name)
            json.field("insu_admdvs", message.head.area.description)
            json.days(item.first, item.last)
            json.field("med_chrgitm_type", item.chargeType.code)
            json.field("chrgitm_lv", item.terms.feeClass.code)
            json.field("lmt_used_flag", item.terms.traits.contains(.restricted) ? "1" : "0")
            json.field("list_type", String(item.listType.rawValue))
            json.field("memo", item.limit)
        }
    }

    /// 1318: a row for each tier whose price is capped.
    static func priceCaps(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        var filter = filter(message.node("data"))
        filter.isCapped = true
        return try await page(filter, message, agency, rows: capRows) { json, row in
            json.field("hilist_code", row.entry.item.code)
            json.field("hilist_lmtpric_type", row.tier)
            json.field("overlmt_dspo_way", "1")
            json.field("insu_admdvs", message.head.area.description)
            json.days(row.entry.item.first, row.entry.item.last)
            json.field("hilist_pric_uplmt_amt", row.cap)
        }
    }

    /// 限价类型 is the tier of the institution it holds for: 3, 2, 1.
    private struct CapRow {
        let entry: CataloguePage.Entry
        let tier: String
        let cap: UnitPrice
    }

    private static func capRows(_ entry: CataloguePage.Entry) -> [CapRow] {
        [Tier.third, .second, .first].compactMap { tier in
            entry.item.terms.caps[tier].map { CapRow(entry: entry, tier: String(tier.rawValue), cap: $0) }
        }
    }

    /// 1319
    static func firstSelfPayments(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        try await page(filter(message.node("data")), message, agency) { json, entry in
            json.field("hilist_code", entry.item.code)
            json.field("selfpay_prop_psn_type", "0")
            json.field("selfpay_prop_type", "1")
            json.field("insu_admdvs", message.head.area.description)
            json.days(entry.item.first, entry.item.last)
            json.field("selfpay_prop", entry.item.terms.firstSelfPay)
        }
    }

    /// 1316: in this house a medical code and its insurance code are one and the same.
    static func nationalMappings(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        var filter = filter(fields)
        filter.code = fields.optional("hilist_code") ?? fields.optional("medins_list_codg")
        filter.listType = fields.code("list_type")
        return try await page(filter, message, agency) { json, entry in
            json.field("med_list_codg", entry.item.code)
            json.field("hilist_code", entry.item.code)
            json.field("list_type", String(entry.item.listType.rawValue))
            json.field("insu_admdvs", message.head.area.description)
            json.days(entry.item.first, entry.item.last)
            json.field("memo", "")
        }
    }

    private static func filter(_ fields: Fields) -> ItemFilter {
        var filter = ItemFilter(day: fields.day("query_date"), code: fields.optional("hilist_code"))
        filter.updatedSince = fields.moment("updt_time")
        return filter
    }

    private static func page(
        _ filter: ItemFilter, _ message: Message, _ agency: Agency,
        _ write: (inout JSONWriter, CataloguePage.Entry) -> Void
    ) async throws -> [UInt8] {
        try await page(filter, message, agency, rows: { [$0] }, write)
    }

    private static func page<Row>(
        _ filter: ItemFilter, _ message: Message, _ agency: Agency, rows: (CataloguePage.Entry) -> [Row],
        _ write: (inout JSONWriter, Row) -> Void
    ) async throws -> [UInt8] {
        let paging = Paging(message.node("data"))
        let area = message.head.area
        let found = try await agency.store.read { tx in
            try Catalogue.query(tx, area: area, filter, page: paging.page, size: paging.size)
        }
        return Outputs.object { json in
            json.array("data") { json in
                for entry in found.entries {
                    for row in rows(entry) {
                        json.object { json in
                            write(&json, row)
                            json.field("vali_flag", "1")
                            json.field("rid", "\(entry.item.code).\(entry.version)")
                            json.field("poolarea_no", area.description)
                        }
                    }
                }
            }
            json.paging(paging, total: found.total)
        }
    }

    // MARK: 目录对照

    /// 1317
    static func ownMappings(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let paging = Paging(fields)
        // A provider sees its own mappings, whatever number it writes.
        var filter = MappingFilter(provider: message.head.provider, ownCode: fields.optional("medins_list_codg"))
        filter.nationalCode = fields.optional("med_list_codg")
        filter.listType = fields.code("list_type")
        filter.day = fields.day("query_date")
        filter.updatedSince = fields.moment("updt_time")
        let area = message.head.area
        let found = try await agency.store.read { [filter] tx in
            try Catalogue.queryMappings(tx, area: area, filter, page: paging.page, size: paging.size)
        }
        return Outputs.object { json in
            json.array("data") { json in
                for mapping in found.mappings { json.object { $0.mapping(mapping) } }
            }
            json.paging(paging, total: found.total)
        }
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

extension JSONWriter {
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
