import Basics
import Contributions
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency

/// A month that its run left out is found, told beforehand, billed once, and costs a late fee only where somebody was late.
@Suite("补收:核定之后增员、迟登记、灵活就业漏核定")
struct SupplementTests {
    private static func moment(_ day: String) -> Moment { Moment(Day(day)!, hour: 9) }

    private static func employer(_ desk: Desk) async throws -> ID<Employer> {
        try await desk.store.read { try Enrolment.employers($0, area: County.area, limit: 1)[0].id }
    }

    /// January to a month billed to one employer of four people, at 810 a person.
    private static func billed(_ desk: Desk, _ months: [String], on day: String) async throws {
        try await desk.county.declareWages()
        for month in months {
            #expect(
                try await desk.carryOut("contributions.run.month", ["month": month], at: moment(day)) == [])
        }
    }

    /// An employee whom his employer brings to the desk on a day.
    private static func join(
        _ desk: Desk, _ number: Int, _ employer: ID<Employer>, from: String, on day: String
    ) async throws -> ID<Person> {
        let form = [
            "paperKind": "1", "paperNumber": County.idNumber(number), "name": "示例\(number)", "sex": "1",
            "birth": "1980-05-17", "category": "1101", "employer": "\(employer)", "from": from,
        ]
        #expect(try await desk.carryOut("enrolment.person.register", form, at: moment(day)) == [])
        return try await desk.store.read { tx in
            let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
            return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
        }
    }

    private static func bills(_ desk: Desk, of payer: Payer) async throws -> [LevyBill] {
        let always = Month(year: 2025, month: 1)...Month(year: 2026, month: 12)
        return try await desk.store.read {
            try Contributions.liveBills($0, area: County.area, of: payer, months: always)
        }.filter { $0.purpose == .supplement }
    }

    private static func lateFee(_ desk: Desk, _ bill: LevyBill, on day: String) async throws -> Money {
        try await desk.store.read { tx in
            let fees = Agency.lateFees(try Agency.law(tx, area: County.area))
            return try Contributions.standing(
                tx, area: County.area, of: bill, terms: fees(bill.months.lowerBound), on: Day(day)!
            ).lateFeeOutstanding
        }
    }

    private static func leftOut(_ desk: Desk, _ month: Month) async throws -> [ID<Person>] {
        try await desk.store.read {
            try Agency.unbilled($0, area: County.area, month: month, limit: 500).found.map(\.person)
        }
    }

    private static func supplement(
        _ desk: Desk, _ form: [String: String], on day: String
    ) async throws -> [String] {
        try await desk.carryOut("contributions.supplement", form, at: moment(day)).map(\.code)
    }

    @Test("核定之后按时增员:名单和风险检查都看得见,补收一次,下个缴费期限前没有滞纳金,计入个人账户", arguments: StoreKind.allCases)
    func timely(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            try await Self.billed(desk, ["2026-01"], on: "2026-01-20")
            let employer = try await Self.employer(desk)
            let newcomer = try await Self.join(desk, 60, employer, from: "2026-01-22", on: "2026-01-26")
            #expect(try await Self.leftOut(desk, County.january) == [newcomer])
            let agency = try await Agency.open(
                store, policies: County.policies.get(), clock: { Self.moment("2026-02-20") })
            let report = try await agency.riskCheck(
                County.area, from: Day("2026-01-01")!, through: Day("2026-01-31")!)
            let point = try #require(report.points.first { $0.code == "contributions.unbilled" })
            #expect(point.figure == "1 人月" && point.verdict == .attention)

            let form = ["employer": "\(employer)", "last": "2026-01"]
            #expect(
                try await Self.supplement(desk, form.merging(["last": "2026-02"]) { $1 }, on: "2026-02-10")
                    == ["contributions.supplement.notRun"])
            #expect(try await Self.supplement(desk, form, on: "2026-02-20") == [])
            // Nobody declared his wage: the average of 7,500 at 7.5 % + 2 % + 0.5 %, and 10.
            let bills = try await Self.bills(desk, of: .employer(employer))
            #expect(bills.map(\.payable) == [Money(yuan: 760)])
            #expect(bills.map(\.due) == [Day("2026-03-15")!])
            #expect(try await Self.lateFee(desk, bills[0], on: "2026-03-15") == .zero)
            #expect(try await Self.lateFee(desk, bills[0], on: "2026-03-20") > .zero)
            #expect(try await Self.supplement(desk, form, on: "2026-02-20") == ["contributions.supplement.nothing"])
            #expect(try await Self.leftOut(desk, County.january).isEmpty)

            let file =
                "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\nB1,\(bills[0].id),,示例户名,760.00,2026-03-10\n"
            let march = Self.moment("2026-03-20")
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: march) == [])
            #expect(try await desk.carryOut("contributions.run.credits", ["month": "2026-03"], at: march) == [])
            let credited = try await store.read {
                try Contributions.credited($0, area: County.area, newcomer, month: County.january)
            }
            #expect(credited == Money(yuan: 150))
            #expect(try await desk.broken() == [])
        }
    }

    @Test("单位迟登记:各月自其缴费期限次日起加收;同月按时登记的另开一单不加收", arguments: StoreKind.allCases)
    func late(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            try await Self.billed(desk, ["2026-01", "2026-02"], on: "2026-02-20")
            let employer = try await Self.employer(desk)
            let hidden = try await Self.join(desk, 60, employer, from: "2026-01-05", on: "2026-03-20")
            let told = try await Self.join(desk, 61, employer, from: "2026-02-25", on: "2026-03-20")
            let form = ["employer": "\(employer)", "last": "2026-02"]
            let outcome = try await desk.approve("contributions.supplement", form, at: Self.moment("2026-03-23"))
            #expect(outcome.problems == [] && outcome.state == .carriedOut)
            let bills = try await Self.bills(desk, of: .employer(employer))
            #expect(bills.map(\.months.lowerBound.month) == [1, 2, 2])
            #expect(bills.map(\.due) == ["2026-02-15", "2026-03-15", "2026-04-15"].map { Day($0)! })
            let people = try await store.read { tx in
                try bills.map { Set(try Contributions.everyLine(tx, area: County.area, of: $0.id).map(\.person)) }
            }
            #expect(people == [[hidden], [hidden], [told]])
            // 760 × 0.05 % × 36 days; × 8 days.
            #expect(try await Self.lateFee(desk, bills[0], on: "2026-03-24") == Money(fen: 1_368))
            #expect(try await Self.lateFee(desk, bills[1], on: "2026-03-24") == Money(fen: 304))
            #expect(try await Self.lateFee(desk, bills[2], on: "2026-03-24") == .zero)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("灵活就业:没选基数说明先选,选定后补收一次,按月核定不再核定", arguments: StoreKind.allCases)
    func flexible(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            try await Self.billed(desk, ["2026-01"], on: "2026-01-20")
            let form = [
                "paperKind": "1", "paperNumber": County.idNumber(60), "name": "示例60", "sex": "1",
                "birth": "1980-05-17", "category": "1103", "from": "2026-01-08",
            ]
            let day = Self.moment("2026-01-28")
            #expect(try await desk.carryOut("enrolment.person.register", form, at: day) == [])
            let person = try #require(try await Self.leftOut(desk, County.january).first)
            let own = ["person": "\(person)", "last": "2026-01"]
            #expect(try await Self.supplement(desk, own, on: "2026-02-20") == ["contributions.supplement.noBase"])
            #expect(try await Self.supplement(desk, ["last": "2026-01"], on: "2026-02-20").count == 1)
            let choice = ["person": "\(person)", "from": "2026-01", "wage": "5000", "tier": "full"]
            #expect(try await desk.carryOut("contributions.base.choose", choice, at: day) == [])
            #expect(try await Self.supplement(desk, own, on: "2026-02-20") == [])
            #expect(
                try await desk.carryOut(
                    "contributions.run.month", ["month": "2026-01"], at: Self.moment("2026-02-21")) == [])
            let bills = try await Self.bills(desk, of: .person(person))
            #expect(bills.map(\.payable) == [Money(yuan: 485)] && bills.map(\.due) == [Day("2026-03-15")!])
            #expect(try await Self.supplement(desk, own, on: "2026-02-21") == ["contributions.supplement.nothing"])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("复核人看得到要开的单;两件同时在办,后批的一件退回而不重开", arguments: StoreKind.allCases)
    func twice(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            try await Self.billed(desk, ["2026-01"], on: "2026-01-20")
            let employer = try await Self.employer(desk)
            let newcomer = try await Self.join(desk, 60, employer, from: "2026-01-22", on: "2026-01-26")
            let at = Self.moment("2026-02-20")
            let form = ["employer": "\(employer)", "person": "\(newcomer)", "last": "2026-01"]
            let (clerk, reviewer) = (desk.staff["contributions.base"]!, desk.staff["contributions.review"]!)
            let opened = try await store.write { tx in
                try (0..<2).map { _ in
                    try desk.matters.open(tx, "contributions.supplement", form: form, by: clerk, at: at)
                }
            }
            let preview = try await store.read {
                try desk.matters.view($0, opened[0].matter, for: reviewer, at: at).preview
            }
            #expect(
                preview == [
                    "2026-01 示例60(\(newcomer)):缴费基数 7500.00 元(未申报工资),应缴 760.00 元,2026-03-15 前缴清不加收滞纳金",
                    "共 1 人 1 个月,应缴 760.00 元",
                ])
            var problems: [[String]] = []
            for one in opened {
                let outcome = try await store.write { tx in
                    try desk.matters.act(
                        tx, one.matter, .agree("同意"), seen: one.version, by: reviewer, at: at + 60)
                }
                problems.append(outcome.problems.map(\.code))
            }
            #expect(problems == [[], ["contributions.supplement.nothing"]])
            #expect(try await Self.bills(desk, of: .employer(employer)).count == 1)
            #expect(try await desk.broken() == [])
        }
    }
}
