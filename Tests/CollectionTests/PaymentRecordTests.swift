import Basics
import Control
import Enrolment
import Foundation
import Policy
import Portability
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// What a person's papers say that he paid, and who counts as having paid.
@Suite("缴费记录:自行申报、合并编号、断缴年度都如实载明")
struct PaymentRecordTests {
    private static func person(_ tx: any Transaction, _ number: Int) throws -> ID<Person> {
        let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
        return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
    }

    private static func record(_ desk: Desk, _ person: ID<Person>, on day: String) async throws -> InsuranceRecord {
        try await desk.store.read {
            try Agency.insuranceRecord($0, area: County.area, person, today: Day(day)!)
        }
    }

    private static func certificate(
        _ desk: Desk, _ person: ID<Person>, on day: String
    ) async throws -> [Certificate.Spell] {
        try await desk.store.read {
            try Agency.certificateDraft($0, area: County.area, .payments, of: person, today: Day(day)!).spells
        }
    }

    private static func pay(_ desk: Desk, at: Moment = County.at) async throws {
        let file = try await desk.county.bankFile()
        #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: at) == [])
    }

    @Test("单位自行向税务申报的月份没有核定基数,信息表和缴费证明照样载明", arguments: StoreKind.allCases)
    func declared(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 0)
            let at = Moment(Day("2027-02-10")!, hour: 9)
            let lines = (0..<4).map { number in
                let head = "\(County.creditCode(0)),,\(County.idNumber(number)),2027-01"
                return "\(head),310,8000.00,600.00,160.00,\n\(head),510,8000.00,40.00,0.00,正常\n"
                    + "\(head),330,8000.00,5.00,5.00,\n"
            }
            let file = Contributions.declarationColumns.joined(separator: ",") + "\n" + lines.joined()
            #expect(try await desk.carryOut("contributions.declared.take", [:], file: file, at: at) == [])
            let receipts =
                "电子税票号码,应缴单号,纳税人识别号,纳税人名称,费款所属期,实缴金额,入库日期,原电子税票号码\n"
                + "T1,,\(County.creditCode(0)),示例单位,2027-01,3240.00,2027-02-08,\n"
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "1"], file: receipts, at: at) == [])
            let person = try await store.read { try Self.person($0, 0) }
            let record = try await Self.record(desk, person, on: "2027-02-10")
            #expect(record.lastPaid == Month("2027-01") && record.lastBase == Money(yuan: 8_000))
            // 24 months from before this house's first bill, and the one declared here.
            #expect(record.paidMonths == 25)
            let spells = try await Self.certificate(desk, person, on: "2027-02-10")
            #expect(spells.map(\.months) == [24, 1] && spells.map(\.paid) == [.zero, Money(yuan: 160)])
        }
    }

    @Test("合并的编号下缴的月份,在保留编号的信息表和缴费证明上,一个月只算一次", arguments: StoreKind.allCases)
    func merged(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 0)
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            try await Self.pay(desk)
            let (former, kept) = try await store.write { tx in
                let particulars = PersonParticulars(
                    paper: IdentityPaper(kind: .passport, checked: "E00000001"), name: "示例零", sex: .male,
                    birth: Day("1980-05-17")!)
                let origin = ActOrigin(area: County.area, actor: .system, at: County.at, ground: "示例")
                return (try Self.person(tx, 0), try Enrolment.register(tx, particulars, by: origin))
            }
            let merge = ["duplicate": "\(former)", "survivor": "\(kept)", "ground": "同一人两个编号"]
            #expect(try await desk.carryOut("enrolment.person.merge", merge) == [])
            let record = try await Self.record(desk, kept, on: "2026-01-25")
            #expect(record.paidMonths == 13 && record.lastPaid == County.january)
            #expect(record.lastBase == Money(yuan: 8_000))
            let spells = try await Self.certificate(desk, kept, on: "2026-01-25")
            #expect(spells.map(\.months).reduce(0, +) == 13)
            #expect(spells.map(\.paid).total() == Money(yuan: 160))
            let counted = try await store.read { try Agency.payments($0, area: County.area, of: kept) }
            #expect(counted.map(\.months) == [County.january...County.january])
        }
    }

    @Test("居民没有缴费的年度不算参保年度,列入应保未保;缴清后两处都改正", arguments: StoreKind.allCases)
    func unpaidYear(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let towns = "乡镇代码,乡镇名称,包片科室\n990100001,东镇,参保登记科\n"
            #expect(try await desk.carryOut("enrolment.towns.set", [:], file: towns) == [])
            let list = try await store.write { tx in
                try Enrolment.keep(
                    tx,
                    [
                        PopulationLine(
                            paper: try IdentityPaper(kind: .residentID, number: County.idNumber(4)), name: "示例4",
                            birth: Day("1980-05-17")!, town: "990100001")
                    ], kind: .population, name: "户籍人口", asOf: County.at.day,
                    on: TargetGround(area: County.area, actor: .system, at: County.at))
            }
            let person = try await store.read { try Self.person($0, 4) }
            func words() async throws -> [String] {
                try await store.read {
                    try Agency.compare($0, area: County.area, list: list, on: County.at.day).map(\.word)
                }
            }
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            #expect(try await Self.record(desk, person, on: "2026-01-20").residentYears == [2025])
            #expect(try await words() == ["登记在册,2026 年度未缴费"])
            let report = try await store.read {
                try Agency.populationReport($0, area: County.area, list: list, on: County.at.day)
            }
            #expect(report.missing.count == 1 && report.towns.map(\.insured) == [0])
            try await Self.pay(desk)
            #expect(try await Self.record(desk, person, on: "2026-01-20").residentYears == [2025, 2026])
            #expect(try await words() == ["已参保(\(Insurance.resident.name))"])
        }
    }

    @Test("资助参保就高不叠加:排在后面的给得多就按后面的,排在前面的没有资助就按有资助的", arguments: StoreKind.allCases)
    func highestSubsidy(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let county = try await County.open(store, employers: 0, residents: 3)
            let altered = try await Self.policiesWhereLaterGroupsGetMore()
            _ = try await Agency.open(store, policies: altered, clock: { County.at + 60 })
            let people = try await store.write { tx in
                let people = try (0..<3).map { try Self.person(tx, $0) }
                let groups: [(Int, AssistanceGroup)] = [
                    (0, .lowIncome), (0, .fallenBack), (1, .destitute), (1, .lowIncome),
                ]
                for (number, group) in groups {
                    let status = SpecialStatus(
                        kind: .assistance(group), period: Period(from: Day("2025-06-01")!, through: nil)!)
                    _ = try Enrolment.record(
                        tx, status, for: people[number],
                        by: ActOrigin(area: County.area, actor: .system, at: County.at, ground: "民政名单"))
                }
                _ = try Agency.billResidents(
                    tx, area: County.area, year: 2026, after: ID(0), limit: 100, County.ground())
                return people
            }
            let bills = try await store.read { tx in
                try people.flatMap { try Contributions.bills(tx, area: County.area, of: .person($0)) }
            }
            #expect(bills.map(\.aidGroup) == [.fallenBack, .lowIncome, nil])
            #expect(bills.map(\.aid) == [Money(yuan: 240), Money(yuan: 100), .zero])
            #expect(try await county.broken() == [])
        }
    }

    /// The demonstration city's policies, in which 特困人员 are given nothing and 低保对象 less than 返贫致贫人口.
    private static func policiesWhereLaterGroupsGetMore() async throws -> PolicyBook {
        try await withTemporaryFolder { folder in
            let copy = folder + "/demo"
            try FileManager.default.copyItem(atPath: repositoryRoot + "/policies/demo", toPath: copy)
            let file = copy + "/resident/enrolment.yaml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let altered =
                text
                .replacingOccurrences(of: "          特困人员: {比例: 100%, 出资: 医疗救助资金}\n", with: "")
                .replacingOccurrences(of: "低保对象: {定额: 240", with: "低保对象: {定额: 100")
            #expect(altered != text)
            try altered.write(toFile: file, atomically: true, encoding: .utf8)
            return try PolicyBook.load(copy)
        }
    }

    @Test("催缴通知书印的是审批过的限期和金额;没有催缴过就没有通知书", arguments: StoreKind.allCases)
    func letter(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 0)
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            let employer = try await store.read { try Enrolment.employers($0, area: County.area, limit: 1)[0].id }
            func sent() async throws -> (sent: Dunning, arrears: [Arrear])? {
                try await store.read { try Agency.sentDunning($0, area: County.area, to: employer) }
            }
            #expect(try await sent() == nil)
            let at = Moment(Day("2026-03-31")!, hour: 9)
            #expect(try await desk.carryOut("contributions.dun", ["pay_by": "2026-04-27"], at: at) == [])
            let letter = try #require(try await sent())
            #expect(letter.sent.payBy == Day("2026-04-27") && letter.sent.on == at.day)
            #expect(letter.sent.total == Money(yuan: 3_240) + Money(fen: 6_966))
            #expect(letter.arrears.map(\.total) == [letter.sent.total])
            // Taken back since: the letter still says what was approved, without the bills of today.
            let bill = try #require(letter.arrears.first?.bill.id)
            let correction = ["bill": "\(bill)", "reason": "错登"]
            #expect(try await desk.carryOut("contributions.bill.correct", correction, at: at) == [])
            let after = try #require(try await sent())
            #expect(after.sent == letter.sent && after.arrears.isEmpty)
        }
    }
}
