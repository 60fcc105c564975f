import Agency
import Basics
import Catalogue
import Control
import Demonstration
import Storage
import TestKit
import Testing

/// Every field that a catalogue query may give acts on what it finds.
///
/// Beside the house's forty items, which all began in 2020, stand an operation whose caps rise in July 2026 and lack
/// one tier from then on, and an examination that ended with the year 2025.
@Suite("Catalogue queries: 1312, 1316–1319")
struct CatalogueQueryTests {
    private static let operation = "003301000010000"
    private static let examination = "002401000010000"
    private static let listed = """
        hilist_code,hilist_name,list_type,med_chrgitm_type,chrgitm_lv,selfpay_prop,begndate,enddate,cap_tier3,\
        cap_tier2,cap_tier1,traits,limit
        \(operation),示例限价手术,201,05,01,0,2025-07-01,,300,200,100,restricted,限三级医院申报
        \(operation),示例限价手术,201,05,02,0.1,2026-07-01,,330,220,,restricted,限三级医院申报
        \(examination),示例停用检查,201,05,02,0.2,2024-01-01,2025-12-31,50,,,maternity,
        """

    typealias Conditions = [String: String]

    private func withCatalogue(_ kind: StoreKind, _ body: (Hospital) async throws -> Void) async throws {
        try await withTestHouse(kind) { house async throws in
            let sheet = try Catalogue.readItems(Self.listed, file: "items.csv")
            let origin = ImportOrigin(area: house.house.area, actor: .system, at: house.clock.now)
            try await house.house.agency.store.write { tx in _ = try Catalogue.importItems(tx, sheet, by: origin) }
            house.house.agency.refresh()
            try await body(Hospital(sender: house.hospital))
        }
    }

    /// A hospital that asks for pages of the catalogue.
    private struct Hospital {
        let sender: TestSender

        func input(_ conditions: Conditions, page: Int, size: Int) -> String {
            let given = conditions.map { #""\#($0.key)":"\#($0.value)","# }.joined()
            return #"{"data":{\#(given)"page_num":\#(page),"page_size":\#(size)}}"#
        }

        func ask(_ infno: String, _ conditions: Conditions, page: Int = 1, size: Int = 100) async throws -> JSON {
            try await sender.ask(infno, input(conditions, page: page, size: size))
        }

        /// What began in 2024 or later, each row by some of its fields.
        func recent(_ infno: String, _ conditions: Conditions, by fields: [JSON.Key]) async throws -> [String] {
            let since = ["begndate": "2024-01-01"].merging(conditions) { $1 }
            let output = try await ask(infno, since)
            let rows = output["data"].map { Array($0.elements) } ?? []
            #expect(output["paging"]?["recordCounts"]?.int == Int64(rows.count))
            return rows.map { row in
                fields.map { row[$0].map { $0.text ?? $0.description } ?? "" }.joined(separator: " ")
            }
        }

        func refused(_ infno: String, _ conditions: Conditions) async throws -> TestHouse.Reply {
            try await sender.send(infno, input(conditions, page: 1, size: 10))
        }
    }

    /// Rows that end in 有效标志, with another one.
    private func flagged(_ rows: [String], _ flag: String) -> [String] { rows.map { String($0.dropLast()) + flag } }

    @Test("1318: each condition chooses among the caps of the tiers", arguments: StoreKind.allCases)
    func priceCaps(_ kind: StoreKind) async throws {
        try await withCatalogue(kind) { hospital in
            let examination = ["2024-01-01 3 0"]
            let now = ["2025-07-01 3 1", "2025-07-01 2 1", "2025-07-01 1 1"]
            let next = ["2026-07-01 3 0", "2026-07-01 2 0"]
            let all = examination + now + next
            let others = examination + next
            let lastAugust = flagged(examination, "1") + now
            let besidesNext = examination + flagged(now, "0")
            let situations: [(Conditions, [String])] = [
                ([:], all), (["vali_flag": "1"], now), (["vali_flag": "0"], others),
                (["query_date": "2026-03-02"], now), (["query_date": "2025-08-01"], lastAugust),
                (["query_date": "2026-07-01"], flagged(next, "1")),
                (["query_date": "2026-07-01", "vali_flag": "0"], besidesNext),
                (["hilist_code": Self.operation], now + next),
                (["hilist_lmtpric_type": "2"], [now[1], next[1]]), (["hilist_lmtpric_type": "1"], [now[2]]),
                (["overlmt_dspo_way": "1"], all), (["begndate": "2025-07-02"], next),
                (["enddate": "2025-12-31"], examination), (["enddate": "2025-12-30"], []),
                (["insu_admdvs": "990100"], all), (["poolarea_no": "990102"], all),
                (["updt_time": "2026-03-02 08:30:00"], all), (["updt_time": "2026-03-02 08:30:01"], []),
            ]
            for (conditions, expected) in situations {
                let found = try await hospital.recent(
                    "1318", conditions, by: ["begndate", "hilist_lmtpric_type", "vali_flag"])
                #expect(found == expected, "\(conditions)")
            }
        }
    }

    @Test(
        "1318: a page holds rows, not items, and all pages together hold each row once", arguments: StoreKind.allCases)
    func pages(_ kind: StoreKind) async throws {
        try await withCatalogue(kind) { hospital in
            // Eight of the house's items have three caps each.
            var numbers: [String] = []
            for (page, count) in [(1, 10), (2, 10), (3, 7), (4, 0)] {
                let output = try await hospital.ask("1318", ["query_date": "2026-03-02"], page: page, size: 10)
                let rows = output["data"].map { Array($0.elements) } ?? []
                #expect(rows.count == count, "\(page)")
                #expect(output["paging"]?["recordCounts"]?.int == 27)
                #expect(output["paging"]?["pages"]?.int == 3)
                numbers += rows.compactMap { $0["rid"]?.text }
            }
            #expect(numbers.count == 27)
            #expect(Set(numbers).count == 27)

            let number = try #require(numbers.last)
            let alone = try await hospital.ask("1318", ["rid": number])
            #expect(alone["data"]?.elements.map { $0["rid"]?.text } == [number])
            let tier = try #require(number.last)
            let another = try await hospital.ask(
                "1318", ["rid": number, "hilist_lmtpric_type": tier == "1" ? "2" : "1"])
            #expect(another["paging"]?["recordCounts"]?.int == 0)
        }
    }

    @Test("1319 and 1312: each condition chooses among the items", arguments: StoreKind.allCases)
    func items(_ kind: StoreKind) async throws {
        try await withCatalogue(kind) { hospital in
            let (examination, now, next) = ("2024-01-01 0", "2025-07-01 1", "2026-07-01 0")
            let of1319: [(Conditions, [String])] = [
                ([:], [examination, now, next]),
                (["vali_flag": "1"], [now]),
                (["vali_flag": "0"], [examination, next]),
                (["query_date": "2025-12-31"], ["2024-01-01 1", now]),
                (["selfpay_prop_psn_type": "0", "selfpay_prop_type": "1"], [examination, now, next]),
                (["begndate": "2026-01-01"], [next]),
                (["enddate": "2026-01-01"], [examination]),
                (["insu_admdvs": "990100", "poolarea_no": "990100"], [examination, now, next]),
            ]
            for (conditions, expected) in of1319 {
                let found = try await hospital.recent("1319", conditions, by: ["begndate", "vali_flag"])
                #expect(found == expected, "\(conditions)")
            }
            let of1312: [(Conditions, [String])] = [
                ([:], [examination, now, next]),
                (["vali_flag": "0"], [examination, next]),
                (["lmt_used_flag": "1"], [now, next]),
                (["lmt_used_flag": "0"], [examination]),
                (["matn_used_flag": "1"], [examination]),
                (["matn_used_flag": "0"], [now, next]),
                (["begndate": "2025-07-01"], [now, next]),
                (["insu_admdvs": "990101"], [examination, now, next]),
                (["hilist_name": "限价", "chrgitm_lv": "02"], [next]),
            ]
            for (conditions, expected) in of1312 {
                let found = try await hospital.recent("1312", conditions, by: ["begndate", "vali_flag"])
                #expect(found == expected, "\(conditions)")
            }
            let matched = try await hospital.recent("1316", ["vali_flag": "0"], by: ["begndate", "vali_flag"])
            #expect(matched == [examination, next])

            let rows = try await hospital.ask("1319", ["hilist_code": Self.operation])["data"]
            let numbers = rows?.elements.compactMap { $0["rid"]?.text } ?? []
            #expect(Set(numbers).count == 2)
            let alone = try await hospital.ask("1319", ["rid": numbers.last ?? ""])["data"]
            #expect(alone?.elements.map { $0["begndate"]?.text } == ["2026-07-01"])
        }
    }

    @Test("What no row can answer to is refused with what may be asked", arguments: StoreKind.allCases)
    func refusals(_ kind: StoreKind) async throws {
        try await withCatalogue(kind) { hospital in
            let situations: [(String, Conditions, Int64, String)] = [
                ("1318", ["hilist_lmtpric_type": "9"], 10205, "可填:1、2、3"),
                ("1318", ["overlmt_dspo_way": "2"], 10205, "可填:1"),
                ("1319", ["selfpay_prop_psn_type": "11"], 10205, "可填:0"),
                ("1319", ["selfpay_prop_type": "2"], 10205, "可填:1"),
                ("1312", ["insu_admdvs": "110000"], 22000, "insuplc_admdvs"),
                ("1317", ["insu_admdvs": "110000"], 22000, "insuplc_admdvs"),
                ("1318", ["poolarea_no": "北京"], 22000, "insuplc_admdvs"),
                ("1319", ["rid": "1"], 10202, "唯一记录号"),
                // The number of an item is not that of one of its caps.
                ("1318", ["rid": "\(Self.operation).20270.3"], 10202, "唯一记录号"),
            ]
            for (infno, conditions, code, words) in situations {
                let reply = try await hospital.refused(infno, conditions)
                #expect(reply.code == code, "\(infno) \(conditions) \(reply.error)")
                #expect(reply.error.contains(words), "\(infno) \(reply.error)")
            }
        }
    }

    @Test("1317: a hospital's own items by name, beginning and whether they stand", arguments: StoreKind.allCases)
    func ownItems(_ kind: StoreKind) async throws {
        try await withCatalogue(kind) { hospital in
            func own(_ number: String, _ name: String, _ begins: String) -> String {
                """
                {"fixmedins_hilist_id":"\(number)","fixmedins_hilist_name":"\(name)","list_type":"201",\
                "med_list_codg":"\(Self.operation)","begndate":"\(begins)","enddate":"2026-12-31"}
                """
            }
            let both = own("S1", "甲式手术", "2026-03-02") + "," + own("S2", "乙式手术", "2026-08-01")
            _ = try await hospital.sender.ask("3301", #"{"data":[\#(both)]}"#)
            _ = try await hospital.sender.ask(
                "3302",
                #"{"data":{"fixmedins_hilist_id":"S1","list_type":"201","med_list_codg":"\#(Self.operation)"}}"#)
            for (conditions, expected) in [
                ([:], ["S1", "S2"]), (["medins_list_name": "乙式"], ["S2"]), (["begndate": "2026-08-01"], ["S2"]),
                (["vali_flag": "0"], ["S1"]), (["vali_flag": "1"], ["S2"]), (["insu_admdvs": "990100"], ["S1", "S2"]),
            ] as [(Conditions, [String])] {
                let found = try await hospital.ask("1317", conditions)["data"]
                #expect(found?.elements.map { $0["medins_list_codg"]?.text } == expected, "\(conditions)")
            }
        }
    }
}
