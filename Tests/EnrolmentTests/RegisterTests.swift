import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@Suite("参保登记册:导入与查询")
struct RegisterTests {
    /// Valid check digits of a division that does not exist.
    static func id(_ birth: String, _ sequence: Int) -> String {
        let digits = "990100" + birth + String("00\(sequence)".suffix(3))
        return digits + String(NationalID.checkDigit(digits.utf8))
    }

    static let worker = id("19800101", 1)
    static let child = id("20150601", 2)
    static let people = """
        psn_cert_type,certno,psn_name,gend,brdy,card_no,died_date
        01,\(worker),示范张三,1,1980-01-01,SF0001,
        01,\(child),示范小四,2,2015-06-01,,
        """
    static let spellHeader = "psn_cert_type,certno,insutype,psn_type,emp_uscc,emp_name,begndate,enddate,trt_begndate\n"

    static func importPeople(_ store: any Store, _ text: String = people) async throws -> ImportOutcome {
        let sheet = try Enrolment.readPeople(text, file: "people.csv")
        return try await store.write { try Enrolment.importPeople($0, sheet, by: Given.origin) }
    }

    static func importSpells(_ store: any Store, _ lines: String...) async throws -> ImportOutcome {
        let sheet = try Enrolment.readSpells(spellHeader + lines.joined(separator: "\n"), file: "spells.csv")
        return try await store.write { try Enrolment.importSpells($0, sheet, by: Given.origin) }
    }

    static func insured(_ store: any Store, _ number: String) async throws -> InsuredPerson {
        try await store.read { tx in
            let paper = try IdentityPaper(kind: .residentID, number: number)
            let id = try #require(try Enrolment.find(tx, area: Given.area, paper: paper))
            return try Enrolment.requireInsured(tx, area: Given.area, id)
        }
    }

    @Test("人员导入两次不重复;证件和社保卡都能找到人", arguments: StoreKind.allCases)
    func people(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let first = try await Self.importPeople(store)
            let again = try await Self.importPeople(store)
            let longer = try await Self.importPeople(store, Self.people + "\n08,SF-P-0001,示范外宾,1,1990-05-05,,")
            #expect((first.written, again.isRepeat, longer.written, longer.unchanged) == (2, true, 1, 2))
            let person = try await Self.insured(store, Self.worker).person
            #expect(person.name == "示范张三")
            let byCard = try await store.read { try Enrolment.find($0, area: Given.area, card: "SF0001") }
            #expect(byCard == person.id)
            let found = try await store.read { try Enrolment.search($0, area: Given.area, name: "示范") }
            #expect(found.count == 3)
        }
    }

    @Test("身份证校验位、性别、出生日期不符,同证异名:都说出在哪一行", arguments: StoreKind.allCases)
    func problems(_ kind: StoreKind) async throws {
        let wrong = String(Self.worker.dropLast()) + (Self.worker.last == "0" ? "1" : "0")
        let refused = #expect(throws: Problems.self) {
            try Enrolment.readPeople(
                """
                psn_cert_type,certno,psn_name,gend,brdy
                01,\(wrong),示范甲,1,1980-01-01
                01,\(Self.worker),,2,1981-01-01
                01,\(Self.child),示范乙,1,2015-06-02
                """, file: "people.csv")
        }
        #expect(
            refused?.all.map { "\($0.field!.prefix(12)) \($0.code)" } == [
                "people.csv:2 enrolment.person.id", "people.csv:3 import.missing",
                "people.csv:4 enrolment.person.birth",
                "people.csv:4 enrolment.person.sex",
            ])
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            _ = try await Self.importPeople(store)
            let renamed = """
                psn_cert_type,certno,psn_name,gend,brdy
                01,\(Self.worker),示范换名,1,1980-01-01
                01,\(Self.worker),示范换名,1,1980-01-01
                """
            let codes = try await refusals { _ = try await Self.importPeople(store, renamed) }
            #expect(codes == ["enrolment.person.different", "enrolment.person.doubled"])
        }
    }

    @Test("参保时段:续报终止日期是一次终止,其余不同或重叠都拒绝,职工与居民不并存", arguments: StoreKind.allCases)
    func spells(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            _ = try await Self.importPeople(store)
            let open = "01,\(Self.worker),310,1101,,,2025-01-01,,"
            let closed = "01,\(Self.worker),310,1101,,,2025-01-01,2025-12-31,"
            #expect(try await Self.importSpells(store, open).written == 1)

            let overlapping = [
                "01,\(Self.worker),390,1501,,,2025-06-01,,", "01,\(Self.worker),310,1103,,,2024-06-01,2025-01-01,",
                "01,\(Self.worker),310,1103,,,2025-01-01,,", "01,\(Self.id("19990909", 9)),390,1501,,,2025-06-01,,",
            ]
            let codes = try await refusals {
                _ = try await Self.importSpells(store, overlapping[0], overlapping[1], overlapping[2], overlapping[3])
            }
            #expect(
                codes == [
                    "enrolment.spell.overlap", "enrolment.spell.overlap", "enrolment.spell.different",
                    "enrolment.person.unknown",
                ])

            let next = "01,\(Self.worker),390,1501,,,2026-01-01,,"
            let outcome = try await Self.importSpells(store, closed, next)
            #expect((outcome.read, outcome.written) == (2, 2))
            let person = try await Self.insured(store, Self.worker)
            #expect(person.spells.map(\.period.description) == ["2025-01-01…2025-12-31", "2026-01-01…"])
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
        }
    }

    @Test("库里挡得住:一人不会有两段未终止的基本医保", arguments: StoreKind.allCases)
    func openTwice(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            _ = try await Self.importPeople(store)
            _ = try await Self.importSpells(store, "01,\(Self.worker),310,1101,,,2025-01-01,,")
            let person = try await Self.insured(store, Self.worker).person.id
            await #expect(throws: StoreError.self) {
                try await store.write { tx in
                    try tx.execute(
                        """
                        INSERT INTO insurance_spell (area, person, id, insurance, exclusion, category, first_day,
                            entitled_day, reason)
                        SELECT area, person, id + 1000000, 390, 1, 1501, first_day + 400, first_day + 400, 1
                        FROM insurance_spell WHERE area = ? AND person = ?
                        """, Value(Given.area), Value(person))
                }
            }
        }
    }

    @Test("待遇资格:等待期、暂停、恢复、终止、险种不符、死亡,逐日说明", arguments: StoreKind.allCases)
    func entitlement(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            _ = try await Self.importPeople(store)
            _ = try await Self.importSpells(
                store, "01,\(Self.worker),310,1103,\(Self.creditCode),示范公司,2025-01-01,2025-12-31,2025-03-01")
            let id = try await Self.insured(store, Self.worker)
            for (act, day) in [(Spell.Act.Kind.suspended, "2025-06-01"), (.resumed, "2025-08-01")] {
                try await store.write {
                    try Enrolment.act(
                        $0, person: id.person.id, spell: id.spells[0].id,
                        Spell.Act(kind: act, day: Given.day(day), reason: .arrears), by: Given.acts("欠费"))
                }
            }
            try await store.write {
                try Enrolment.recordLife(
                    $0, id.person.id, .died, on: Given.day("2026-02-01"), certificate: "示死证0001",
                    by: Given.acts("死亡医学证明"))
            }
            let person = try await Self.insured(store, Self.worker)
            func code(_ day: String, _ insurance: Insurance? = nil) -> String {
                switch person.entitlement(on: Given.day(day), under: insurance) {
                case .covered(let coverage): "\(coverage.category)"
                case .refused(let refusal): refusal.problem.code.split(separator: ".").last.map(String.init) ?? ""
                }
            }
            let table = [
                ("2024-12-31", "notInsured"), ("2025-02-28", "waiting"), ("2025-03-01", "flexible"),
                ("2025-05-31", "flexible"), ("2025-06-01", "suspended"), ("2025-07-31", "suspended"),
                ("2025-08-01", "flexible"), ("2025-12-31", "flexible"), ("2026-01-01", "ended"),
                ("2026-02-01", "ended"),
                ("2026-02-02", "dead"),
            ]
            #expect(table.map { code($0.0) } == table.map(\.1))
            #expect(code("2025-09-01", .resident) == "otherInsurance")
            let employer = try #require(person.spells[0].employer)
            let name = try await store.read { try Enrolment.employer($0, area: Given.area, employer)?.name }
            #expect(name == "示范公司")
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    static let creditCode: String = {
        let digits = "91990100MA0YBYB01"
        return digits + String(CreditCode.checkDigit(digits)!)
    }()

    @Test("救助身份就高不叠加;补助标志按日期有效", arguments: StoreKind.allCases)
    func statuses(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            _ = try await Self.importPeople(store)
            func take(_ lines: String...) async throws -> ImportOutcome {
                let header = "psn_cert_type,certno,psn_idet_type,begndate,enddate\n"
                let sheet = try Enrolment.readStatuses(header + lines.joined(separator: "\n"), file: "statuses.csv")
                return try await store.write { try Enrolment.importStatuses($0, sheet, by: Given.origin) }
            }
            let margin = "01,\(Self.worker),5,2025-01-01,"
            let outcome = try await take(
                margin, "01,\(Self.worker),3,2026-01-01,2026-06-30", "01,\(Self.worker),320,2026-01-01,")
            #expect(outcome.written == 3)
            #expect(try await take(margin, "01,\(Self.worker),320,2026-01-01,2026-03-31").written == 1)
            #expect(
                try await refusals { _ = try await take("01,\(Self.worker),3,2026-06-01,") } == [
                    "enrolment.status.overlap"
                ])
            let person = try await Self.insured(store, Self.worker)
            #expect(person.assistance(on: Given.day("2025-06-01")) == [.lowIncomeMargin])
            #expect(person.assistance(on: Given.day("2026-06-01")) == [.lowIncome, .lowIncomeMargin])
            #expect(person.has(.civilServantSubsidy, on: Given.day("2026-03-31")))
            #expect(!person.has(.civilServantSubsidy, on: Given.day("2026-04-01")))
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("导入的日期有界限:还没有到的、久远的、期限过长的,逐行说明,一行也不导入", arguments: StoreKind.allCases)
    func bounds(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            func places(_ work: () async throws -> ImportOutcome) async throws -> [String] {
                do { _ = try await work() } catch let problems as Problems {
                    return problems.all.map { "\($0.field ?? "") \($0.code)" }
                }
                return []
            }
            let people = """
                psn_cert_type,certno,psn_name,gend,brdy,card_no,died_date
                08,SF-P-0001,示范外宾,1,2026-05-05,,
                08,SF-P-0002,示范外宾,1,1890-05-05,,
                08,SF-P-0003,示范外宾,1,1990-05-05,,2026-03-02
                """
            #expect(
                try await places { try await Self.importPeople(store, people) } == [
                    "people.csv:2 enrolment.person.birth", "people.csv:3 enrolment.person.birth",
                    "people.csv:4 enrolment.person.died",
                ])
            _ = try await Self.importPeople(store)
            let spell = "01,\(Self.worker),310,1101,,,"
            #expect(
                try await places {
                    try await Self.importSpells(
                        store, spell + "1926-01-01,,", spell + "2028-01-01,,",
                        spell + "2025-01-01,2125-01-01,",
                        spell + "2024-01-01,2024-12-31,2099-01-01")
                } == (2...5).map { "spells.csv:\($0) enrolment.day.bounds" })
            let statuses = """
                psn_cert_type,certno,psn_idet_type,begndate,enddate
                01,\(Self.worker),3,0026-01-01,
                01,\(Self.worker),3,2026-01-01,2062-12-31
                01,\(Self.worker),3,2027-02-01,
                """
            let sheet = try Enrolment.readStatuses(statuses, file: "statuses.csv")
            #expect(
                try await places { try await store.write { try Enrolment.importStatuses($0, sheet, by: Given.origin) } }
                    == (2...4).map { "statuses.csv:\($0) enrolment.day.bounds" })
            let person = try await Self.insured(store, Self.worker)
            #expect(person.spells.isEmpty && person.statuses.isEmpty)
            let longer = try #require(Period(from: Given.day("2026-01-01"), through: Given.day("2062-12-31")))
            let status = SpecialStatus(kind: .assistance(.lowIncome), period: longer)
            let objection = try #require(person.objection(to: status, today: Given.at.day))
            #expect(objection.code == "enrolment.day.bounds" && objection.field == "until")
            #expect(objection.message.contains("长期有效的不填结束日期"))
        }
    }

    @Test("登记册的一个字改动,核验能找到", arguments: StoreKind.allCases)
    func evidence(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            _ = try await Self.importPeople(store)
            _ = try await Self.importSpells(store, "01,\(Self.worker),310,1101,,,2025-01-01,2025-12-31,")
            let verifier = Verifier(area: Given.area, sources: Enrolment.evidence, checks: [Enrolment.verify])
            #expect(try await store.read { try verifier.run($0) }.problems.all == [])
            try await store.write { tx in
                try tx.execute(
                    "UPDATE insurance_spell SET category = 1102 WHERE area = ? AND category = 1101", Value(Given.area))
            }
            #expect(try await store.read { try verifier.run($0) }.problems.all.count == 1)
        }
    }

    @Test("死亡未停保的人查得出来;登记有误撤销后不再列出", arguments: StoreKind.allCases)
    func insuredAfterDeath(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let dead = Self.people.split(separator: "\n").enumerated()
                .map { $0.offset == 1 ? $0.element + "2026-02-01" : $0.element }
            _ = try await Self.importPeople(store, dead.joined(separator: "\n"))
            _ = try await Self.importSpells(
                store, "01,\(Self.worker),310,1101,,,2025-01-01,,", "01,\(Self.child),390,1403,,,2025-01-01,,")
            let found = try await store.read {
                try Enrolment.insuredAfterDeath($0, area: Given.area).map(\.died)
            }
            #expect(found == [Given.day("2026-02-01")])
            let id = try await Self.insured(store, Self.worker).person.id
            try await store.write {
                try Enrolment.recordLife(
                    $0, id, .restored, on: Given.day("2026-02-10"), certificate: "", by: Given.acts("登记有误"))
            }
            #expect(try await store.read { try Enrolment.insuredAfterDeath($0, area: Given.area).isEmpty })
        }
    }
}
