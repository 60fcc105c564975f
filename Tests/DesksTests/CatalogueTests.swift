import Basics
import Catalogue
import Control
import Storage
import StoreKit
import Testing

@Suite("三目录")
struct CatalogueTests {
    static let header = """
        hilist_code,hilist_name,list_type,med_chrgitm_type,chrgitm_lv,selfpay_prop,begndate,enddate,\
        cap_tier3,cap_tier2,cap_tier1,traits,limit

        """
    static let drug = "XA10BAD084A001010100001"
    static let bed = "001109000010000"
    static let items =
        header + """
            \(drug),示范二甲双胍片,101,09,02,20%,2024-01-01,,,,,,
            \(bed),示范普通床位,201,01,01,0,2024-01-01,,40,32,24,,
            001105000010000,示范体检,201,03,03,100%,2024-01-01,2025-12-31,,,,,
            """

    static func imported(_ tx: any Transaction, _ text: String, file: String = "items.csv") throws -> ImportOutcome {
        try Catalogue.importItems(tx, Catalogue.readItems(text, file: file), by: Given.origin)
    }

    @Test("同一文件导入两次只生效一次,改一行的文件只带来那一行", arguments: StoreKind.allCases)
    func twice(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Catalogue.migrations) { store in
            let first = try await store.write { try Self.imported($0, Self.items) }
            let again = try await store.write { try Self.imported($0, Self.items) }
            let changed = Self.items + "\n001102000010000,示范诊查费,201,02,01,0,2024-01-01,,8,6.5,5,,"
            let third = try await store.write { try Self.imported($0, changed) }
            #expect((first.read, first.written, first.isRepeat) == (3, 3, false))
            #expect((again.batch, again.written, again.isRepeat) == (first.batch, 0, true))
            #expect((third.written, third.unchanged) == (1, 3))
            let version = try await store.read { try Catalogue.version($0, area: Given.area) }
            #expect(version == 2)
        }
    }

    @Test("文件里的全部问题一次列出,各带文件和行号")
    func problems() throws {
        let text =
            Self.header + """
                X1,太短,101,09,02,20%,2024-01-01,,,,,,
                \(Self.drug),甲类却有自付,101,09,01,20%,2024-01-01,,,,,,
                \(Self.bed),日期不对,201,01,01,0,2024-13-01,,40,,,,
                001102000010000,价格不对,201,02,01,0,2024-01-01,,八元,,,,
                001103000010000,标志不对,201,05,04,0,2024-01-01,,,,,nothing,
                """
        let refused = #expect(throws: Problems.self) { try Catalogue.readItems(text, file: "items.csv") }
        let problems = try #require(refused).all
        #expect(
            problems.map(\.code) == [
                "catalogue.item.code", "catalogue.item.ratio", "import.day", "import.number", "import.code",
                "catalogue.item.trait",
            ])
        #expect(problems.map { $0.field?.split(separator: " ").first } == [2, 3, 4, 5, 6, 6].map { "items.csv:\($0)" })
    }

    @Test("同一编码同一天写两行,不知以哪行为准:拒绝", arguments: StoreKind.allCases)
    func doubled(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Catalogue.migrations) { store in
            let text =
                Self.header
                + "\(Self.drug),甲,101,09,01,0,2024-01-01,,,,,,\n\(Self.drug),乙,101,09,02,10%,2024-01-01,,,,,,"
            let codes = try await refusals { _ = try await store.write { try Self.imported($0, text) } }
            #expect(codes == ["catalogue.item.doubled"])
        }
    }

    @Test("等级和限价按日期、按医院级别取值;更正以新版本为准", arguments: StoreKind.allCases)
    func dated(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Catalogue.migrations) { store in
            _ = try await store.write { try Self.imported($0, Self.items) }
            let change = Self.header + "\(Self.drug),示范二甲双胍片,101,09,01,0,2026-01-01,,,,,essential,"
            _ = try await store.write { try Self.imported($0, change) }
            let correction = Self.header + "\(Self.drug),示范二甲双胍片,101,09,02,10%,2024-01-01,,,,,,"
            _ = try await store.write { try Self.imported($0, correction) }
            let index = try await store.read { try Catalogue.loadIndex($0, area: Given.area) }

            #expect(index.version == 3)
            #expect(index.count == 3)
            #expect(index.item(Self.drug, on: Given.day("2023-12-31")) == nil)
            #expect(index.item(Self.drug, on: Given.day("2025-12-31"))?.firstSelfPay == .percent(10))
            let today = try #require(index.item(Self.drug, on: Given.day("2026-01-01")))
            #expect(today.feeClass == .a)
            #expect(today.terms.traits == .essential)
            #expect(index.name(of: today) == "示范二甲双胍片")

            let bed = try #require(index.item(Self.bed, on: Given.day("2026-01-01")))
            #expect(bed.chargeType == .bed)
            #expect(
                Tier.allCases.map { bed.cap(for: $0) } == ["24", "24", "32", "40"].map { try? UnitPrice($0) })

            #expect(index.item("001105000010000", on: Given.day("2025-12-31"))?.feeClass == .selfPaid)
            #expect(index.item("001105000010000", on: Given.day("2026-01-01")) == nil)
            let refused = #expect(throws: Problem.self) {
                try index.requireItem("001105000010000", on: Given.day("2026-01-01"), field: "med_list_codg")
            }
            #expect(refused?.code == "catalogue.item.notInForce")
        }
    }

    @Test("下载从上次的版本接着取,分页取完一行不多一行不少", arguments: StoreKind.allCases)
    func download(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Catalogue.migrations) { store in
            let rows = (1...7).map { "00110200000000\($0),示范项目\($0),201,05,01,0,2024-01-01,,1,1,1,," }
            let later = (5...9).map { "00110200000000\($0),示范项目\($0),201,05,02,10%,2026-01-01,,1,1,1,," }
            _ = try await store.write { try Self.imported($0, Self.header + rows.joined(separator: "\n")) }
            _ = try await store.write { try Self.imported($0, Self.header + later.joined(separator: "\n")) }
            let all = try await store.read { try Self.pages($0, after: 0) }
            let fresh = try await store.read { try Self.pages($0, after: 1) }
            #expect(all.count == 12)
            #expect(Set(all).count == 12)
            #expect(fresh.map(\.item.code) == (5...9).map { "00110200000000\($0)" })
        }
    }

    static func pages(_ tx: any Transaction, after version: Int64) throws -> [ItemRow] {
        var position = DownloadPosition.after(version: version)
        var all: [ItemRow] = []
        while true {
            let page = try Catalogue.download(tx, area: Given.area, list: .service, from: position, limit: 3)
            if page.rows.isEmpty { return all }
            all += page.rows
            position = page.next
        }
    }

    @Test("目录查询按日期、名称过滤;不指定日期时每行各说当日是否有效", arguments: StoreKind.allCases)
    func query(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Catalogue.migrations) { store in
            _ = try await store.write { try Self.imported($0, Self.items) }
            let change = Self.header + "\(Self.drug),示范二甲双胍片,101,09,01,0,2026-01-01,,,,,,"
            _ = try await store.write { try Self.imported($0, change) }
            let day = Given.day("2026-03-01")
            let found: [[String]] = try await store.read { tx in
                var named = ItemFilter(day: day)
                named.name = "二甲"
                var literal = ItemFilter(day: day, isInForce: nil)
                literal.name = "%"
                let others = ItemFilter(day: day, isInForce: false)
                let all = ItemFilter(day: day, isInForce: nil)
                return try [ItemFilter(day: Given.day("2025-06-01")), named, literal, others, all].map { filter in
                    try Catalogue.query(tx, area: Given.area, filter, page: 1, size: 10).rows.map {
                        "\($0.item.code) \($0.item.terms.feeClass.code) \($0.isInForce)"
                    }
                }
            }
            let ended = "001105000010000 03 false"
            #expect(found[0].count == 3)
            #expect(found[1] == ["\(Self.drug) 01 true"])
            #expect(found[2].isEmpty)
            #expect(found[3] == [ended, "\(Self.drug) 02 false"])
            #expect(found[4] == [ended, "\(Self.bed) 01 true", "\(Self.drug) 02 false", "\(Self.drug) 01 true"])
        }
    }

    @Test("限价查询一行一个级别:分页按行计,一行不多一行不少;更正后只剩新的一行", arguments: StoreKind.allCases)
    func priceCaps(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Catalogue.migrations) { store in
            _ = try await store.write { try Self.imported($0, Self.items) }
            let second = "001102000010000,示范诊查费,201,02,01,0,2024-01-01,,8,,5,,"
            _ = try await store.write { try Self.imported($0, Self.header + second) }
            let filter = ItemFilter(day: Given.day("2026-03-01"))
            let pages = try await store.read { tx in
                try (1...4).map {
                    try Catalogue.queryPriceCaps(tx, area: Given.area, filter, page: $0, size: 2)
                }
            }
            #expect(pages.map(\.total) == [5, 5, 5, 5])
            #expect(pages.map(\.rows.count) == [2, 2, 1, 0])
            let rows = pages.flatMap(\.rows)
            #expect(rows.map(\.tier) == [.third, .first, .third, .second, .first])
            #expect(rows.map(\.cap) == ["8", "5", "40", "32", "24"].map { try? UnitPrice($0) })

            let before = try #require(rows.first)
            let correction = "001102000010000,示范诊查费,201,02,01,0,2024-01-01,,,,6,,"
            _ = try await store.write { try Self.imported($0, Self.header + correction) }
            func caps(_ number: ItemRowNumber) async throws -> [UnitPrice] {
                var filter = filter
                filter.number = number
                return try await store.read { [filter] tx in
                    try Catalogue.queryPriceCaps(tx, area: Given.area, filter, page: 1, size: 10).rows.map(\.cap)
                }
            }
            let number = before.entry.number
            let corrected = ItemRowNumber(code: number.code, first: number.first, version: number.version + 1)
            #expect(try await caps(number).isEmpty)
            #expect(try await caps(corrected) == [UnitPrice("6")])
        }
    }

    @Test("诊断编码表按日期有效,两次导入不重复", arguments: StoreKind.allCases)
    func codes(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Catalogue.migrations) { store in
            let sheet = try Catalogue.readCodes(
                "code,name\nA00.000,霍乱\nI10.x00,高血压\n", file: "icd.csv", table: .diagnosis,
                first: Given.day("2024-01-01"))
            let outcome = try await store.write {
                try Catalogue.importCodes($0, sheet, table: .diagnosis, by: Given.origin)
            }
            let index = try await store.read { try Catalogue.loadCodes($0, area: Given.area, table: .diagnosis) }
            #expect(outcome.written == 2)
            #expect(index.name("I10.x00", on: Given.day("2026-01-01")) == "高血压")
            #expect(index.name("I10.x00", on: Given.day("2023-01-01")) == nil)
            #expect(try await brokenPlaces(of: store, Catalogue.evidence) == [])
        }
    }

    @Test("院内目录对照:上传、审批、撤销都留痕,重叠的拒绝", arguments: StoreKind.allCases)
    func mapping(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Catalogue.migrations) { store in
            _ = try await store.write { try Self.imported($0, Self.items) }
            let index = try await store.read { try Catalogue.loadIndex($0, area: Given.area) }
            let draft = ItemMapping(
                id: ID(0), area: Given.area, provider: "H99010000001", ownCode: "YN001", ownName: "二甲双胍",
                listType: .westernDrug, nationalCode: Self.drug, first: Given.day("2026-01-01"),
                last: Given.day("2026-12-31"), uploaded: Given.at)
            let mapping = try await store.write { try Catalogue.submitMapping($0, draft, catalogue: index) }
            let repeated = try await store.write { try Catalogue.submitMapping($0, draft, catalogue: index) }
            #expect(mapping.id == repeated.id)

            var other = draft
            other.nationalCode = Self.bed
            other.listType = .service
            let overlapping = other
            #expect(
                try await refusals {
                    _ = try await store.write { try Catalogue.submitMapping($0, overlapping, catalogue: index) }
                } == ["catalogue.mapping.overlap"])

            func holding() async throws -> ItemMapping.State? {
                try await store.read {
                    try Catalogue.mapping(
                        $0, area: Given.area, provider: "H99010000001", ownCode: "YN001", on: Given.day("2026-03-01")
                    )?.state
                }
            }
            #expect(try await holding() == nil)
            try await store.write {
                try Catalogue.decideMapping($0, mapping, .approved, by: .system, ground: "编码一致", at: Given.at)
            }
            #expect(try await holding() == .approved)
            _ = try await store.write {
                try Catalogue.withdrawMapping(
                    $0, area: Given.area, provider: "H99010000001", ownCode: "YN001", nationalCode: Self.drug,
                    at: Given.at)
            }
            #expect(try await holding() == nil)
            #expect(
                try await refusals {
                    try await store.write {
                        try Catalogue.decideMapping($0, mapping, .approved, by: .system, ground: "再批", at: Given.at)
                    }
                } == ["catalogue.mapping.state"])
            #expect(try await brokenPlaces(of: store, Catalogue.evidence) == [])
        }
    }

    @Test("分类支付标准:最长前缀优先,一项可有多个日期的标准")
    func terms() throws {
        let rules = try Catalogue.readTerms(
            """
            list_type,code_prefix,chrgitm_lv,selfpay_prop,traits,limit,begndate,enddate
            101,X,02,10%,,,2024-01-01,
            101,XA10,02,20%,,,2024-01-01,
            101,XA10,01,0,,,2026-01-01,
            """, file: "terms.csv")
        let list = "hilist_code,hilist_name,list_type\n\(Self.drug),示范二甲双胍片,101\nXB01AAD084A001010100001,示范华法林片,101\n"
        let items = try Catalogue.readItems(list, file: "drugs.csv", terms: rules).lines.map(\.row)
        let index = CatalogueIndex(
            area: Given.area, version: 1, items: items.sorted { ($0.code, $1.first) < ($1.code, $0.first) })
        #expect(index.item(Self.drug, on: Given.day("2025-06-01"))?.firstSelfPay == .percent(20))
        #expect(index.item(Self.drug, on: Given.day("2026-06-01"))?.feeClass == .a)
        #expect(index.item("XB01AAD084A001010100001", on: Given.day("2026-06-01"))?.firstSelfPay == .percent(10))
        let refused = #expect(throws: Problems.self) {
            try Catalogue.readItems(
                "hilist_code,hilist_name,list_type\nT000100057,薄荷,103\n", file: "herbs.csv", terms: rules)
        }
        #expect(refused?.all.map(\.code) == ["catalogue.item.noTerms"])
    }

    @Test("随附的目录文件全部可读,数目与来源说明一致")
    func shipped() throws {
        let folder = repositoryRoot + "/knowledge/catalogue/"
        func read(_ name: String) throws -> String { try text(of: folder + name) }
        let terms = try Catalogue.readTerms(try read("demo/terms.csv"), file: "terms.csv")
        let drugs = try Catalogue.readItems(try read("drugs.csv"), file: "drugs.csv", terms: terms)
        let services = try Catalogue.readItems(try read("services.csv"), file: "services.csv", terms: terms)
        let consumables = try Catalogue.readItems(
            try read("demo/consumables.csv"), file: "consumables.csv", terms: terms)
        #expect(Set(drugs.lines.map(\.row.code)).count == 18_555)
        #expect(Set(services.lines.map(\.row.code)).count == 4_299)
        #expect(consumables.lines.count == 15)
        let first = Given.day("2024-01-01")
        for (file, table, count) in [
            ("diagnoses.csv", CodeTable.diagnosis, 33_304), ("procedures.csv", .procedure, 13_686),
            ("divisions.csv", .division, 2_978), ("../dictionaries/national.csv", .dictionary, 138),
        ] {
            #expect(
                try Catalogue.readCodes(try read(file), file: file, table: table, first: first).lines.count == count)
        }
    }
}
