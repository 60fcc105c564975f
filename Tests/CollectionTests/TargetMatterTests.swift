import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// Goals and lists, each set, imported and handed over by a matter.
@Suite("目标任务、应保未保、防返贫:办件到效果")
struct TargetMatterTests {
    private static let towns = "乡镇代码,乡镇名称,包片科室\n990100001,东镇,参保登记科\n990100002,西镇,征缴科\n"

    @Test("乡镇和目标由办件下达;单位的征缴收入记在它登记的乡镇", arguments: StoreKind.allCases)
    func goals(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            #expect(try await desk.carryOut("enrolment.towns.set", [:], file: Self.towns) == [])
            let less = "年度,指标,乡镇代码,科室,目标\n2026,职工征缴收入,,,10000\n2026,职工征缴收入,990100001,,900\n"
            let refused = try await desk.carryOut("enrolment.targets.set", [:], file: less)
            #expect(!refused.isEmpty && refused.allSatisfy { $0.code.hasPrefix("enrolment.target.") })
            let split = less + "2026,职工征缴收入,990100002,,9100\n"
            #expect(try await desk.carryOut("enrolment.targets.set", [:], file: split) == [])

            let employer = try await store.read { try Enrolment.employers($0, area: County.area, limit: 1)[0] }
            let moved = [
                "employer": "\(employer.id)", "creditCode": employer.creditCode, "name": employer.name,
                "management": "1", "contact": "示范联系人", "phone": "0990-1234567", "division": "990100002",
                "day": "2026-01-20",
            ]
            #expect(try await desk.carryOut("enrolment.employer.change", moved) == [])
            #expect(
                try await desk.carryOut("enrolment.employer.change", moved.merging(["division": "西镇"]) { $1 })
                    .map(\.code) == ["enrolment.employer.division"])
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            let file = try await desk.county.bankFile()
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            let report = try await store.read {
                try Agency.targetReport($0, area: County.area, year: 2026, by: .month, through: County.at.day)
            }
            let reached = Dictionary(uniqueKeysWithValues: report.goals.map { ($0.holderName, Money(fen: $0.reached)) })
            #expect(reached == ["全县": Money(yuan: 3_240), "东镇": .zero, "西镇": Money(yuan: 3_240)])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("居民参保人数只算缴清了本年度的:没有缴的不算,缴清那天起算,全额资助的一直算", arguments: StoreKind.allCases)
    func paidResidents(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let desk = try await Desk.open(store, employers: 0, residents: 3)
            #expect(
                try await desk.carryOut("enrolment.targets.set", [:], file: "年度,指标,乡镇代码,科室,目标\n2026,居民参保人数,,,3\n")
                    == [])
            let people = try await store.read { tx in
                try (0..<3).map { number in
                    let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
                    return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
                }
            }
            try await store.write { tx in
                let status = SpecialStatus(
                    kind: .assistance(.destitute), period: Period(from: Day("2025-06-01")!, through: nil)!)
                _ = try Enrolment.record(
                    tx, status, for: people[0],
                    by: ActOrigin(area: County.area, actor: .system, at: County.at, ground: "民政名单"))
            }
            func reached(on day: String) async throws -> Int64 {
                let report = try await store.read {
                    try Agency.targetReport($0, area: County.area, year: 2026, by: .month, through: Day(day)!)
                }
                return report.goals[0].reached
            }
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            #expect(try await reached(on: "2026-01-20") == 1, "只有全额资助的")
            let bills = try await store.read {
                try Contributions.bills($0, area: County.area, of: .person(people[1]))
            }
            let bill = try #require(bills.first)
            let file =
                "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n"
                + "R1,\(bill.id),,示例,\(bill.payable - Money(yuan: 1)),2026-01-15\n"
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            #expect(try await reached(on: "2026-01-20") == 1, "还差一元,没有缴清")
            let rest = file.replacing("R1", with: "R2").replacing("\(bill.payable - Money(yuan: 1))", with: "1.00")
                .replacing("01-15", with: "01-18")
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: rest) == [])
            #expect(try await reached(on: "2026-01-17") == 1)
            #expect(try await reached(on: "2026-01-18") == 2, "自缴清之日起算")

            // Somebody who leaves without having paid is not taken off a second time.
            try await store.write { tx in
                let spell = try #require(
                    try Enrolment.requireInsured(tx, area: County.area, people[2]).spells.first)
                try Enrolment.act(
                    tx, person: people[2], spell: spell.id, Spell.Act(kind: .ended, day: Day("2026-01-19")!),
                    by: ActOrigin(area: County.area, actor: .system, at: County.at, ground: "迁出"))
            }
            #expect(try await reached(on: "2026-01-20") == 2)
        }
    }

    @Test("名单导入后比对,未参保的移交所在乡镇,每月一人一次", arguments: StoreKind.allCases)
    func missing(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            #expect(try await desk.carryOut("enrolment.towns.set", [:], file: Self.towns) == [])
            let header = "证件号码,姓名,乡镇代码,证件类型,出生日期,救助类别,联系电话\n"
            let form = ["kind": "1", "name": "2026年户籍人口", "asOf": "2026-01-01"]
            let wrong = try await desk.carryOut(
                "enrolment.population.import", form, file: header + "123,甲,990100001,,,,\n")
            #expect(wrong.map(\.code) == ["enrolment.person.id", "import.missing"])
            let elsewhere = header + "\(County.idNumber(4)),示例4,990100009,,,,\n"
            #expect(
                try await refusals { try await desk.approve("enrolment.population.import", form, file: elsewhere) }
                    == ["enrolment.population.town"])
            let text =
                header + "\(County.idNumber(4)),示例4,990100001,,,,\n" + "\(County.idNumber(60)),示例丙,990100002,,,,\n"
            let imported = try await desk.approve("enrolment.population.import", form, file: text)
            #expect(imported.state == .carrying, "批准后转入批量办理")
            let progress = try await desk.matters.runJobs(store) { County.at + 120 }
            #expect(progress.map(\.state) == [.carriedOut])
            #expect(
                try await desk.carryOut("enrolment.missing.handOver", ["list": "99"]).map(\.code)
                    == ["enrolment.population.unknown"])
            for expected in [1, 1] {
                #expect(try await desk.carryOut("enrolment.missing.handOver", ["list": "1"]) == [])
                let made = try await store.read {
                    try $0.first("SELECT count(*) FROM hand_over WHERE area = ?", Value(County.area)) { try $0.int(0) }
                }
                #expect(made == Int64(expected))
            }
            #expect(try await desk.broken() == [])
        }
    }

    @Test("同一份名单再交被拒;导入到一半终止了的,同一份文件接着导,一行不重", arguments: StoreKind.allCases)
    func sameFile(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 0, residents: 1)
            #expect(try await desk.carryOut("enrolment.towns.set", [:], file: Self.towns) == [])
            let text =
                "证件号码,姓名,乡镇代码,证件类型,出生日期,救助类别,联系电话\n"
                + (60...62).map { "\(County.idNumber($0)),示例\($0),990100001,,,,\n" }.joined()
            let form = ["kind": "1", "name": "2026年户籍人口", "asOf": "2026-01-01"]
            // As a job leaves it that was ended after its first part.
            try await store.write { tx in
                let lines = try Enrolment.readPopulation(text, file: "表.csv").lines.map(\.row)
                let ground = TargetGround(area: County.area, actor: .system, at: County.at, matter: ID(900))
                let list = try Enrolment.beginList(
                    tx, lines, kind: .population, name: "2026年户籍人口", asOf: Day("2026-01-01")!,
                    digest: Enrolment.digest(ofPopulation: text, kind: .population), on: ground)
                _ = try Enrolment.keepNext(tx, lines, of: list, after: 0, atMost: 2, on: ground)
            }
            #expect(try await desk.carryOut("enrolment.population.import", form, file: text) == [])
            let (lists, findings) = try await store.read { tx in
                let lists = try Enrolment.populationLists(tx, area: County.area)
                return (
                    lists,
                    try lists.flatMap {
                        try Enrolment.compare(tx, area: County.area, list: $0.id, on: County.at.day)
                    }
                )
            }
            #expect(lists.map(\.isWhole) == [true])
            #expect(findings.map(\.given.name) == ["示例60", "示例61", "示例62"])
            #expect(
                try await desk.carryOut("enrolment.population.import", form, file: text).map(\.code)
                    == ["enrolment.population.repeated"])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("防返贫移交:月份没有结束不能办;没有达到标准的人,不生成移交单", arguments: StoreKind.allCases)
    func burdens(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            #expect(
                try await desk.carryOut("enrolment.burden.handOver", ["month": "2026-01"]).map(\.code)
                    == ["enrolment.burden.month"])
            #expect(try await desk.carryOut("enrolment.burden.handOver", ["month": "2025-12"]) == [])
            #expect(try await desk.broken() == [])
        }
    }
}
