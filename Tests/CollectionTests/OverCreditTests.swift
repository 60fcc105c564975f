import Basics
import Contributions
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency

/// A base lowered after its month was credited leaves too much on the account: it is found, taken back in red as far as
/// the account reaches, and the fund's ledger follows.
@Suite("个人账户多划冲减")
struct OverCreditTests {
    private static let day = Moment(Day("2026-01-21")!, hour: 9)

    private static func person(_ desk: Desk, _ number: Int) async throws -> ID<Person> {
        try await desk.store.read { tx in
            let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
            return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
        }
    }

    private static func balance(_ desk: Desk, _ person: ID<Person>) async throws -> Money? {
        try await desk.store.read { try Contributions.balance($0, area: County.area, of: person) }
    }

    /// January billed on 8,000, paid and credited with 160 each; then a person's wage is put right to another one.
    private static func lowered(_ desk: Desk, _ number: Int, to wage: Int) async throws -> ID<Person> {
        try await desk.county.declareWages()
        #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
        let bill = try await desk.store.read {
            try Contributions.bills($0, area: County.area, after: ID(0), limit: 1)[0]
        }
        let file =
            "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\nB1,\(bill.id),,示例单位0,\(bill.payable),2026-01-19\n"
        #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
        #expect(try await desk.carryOut("contributions.run.credits", ["month": "2026-01"]) == [])
        let (employer, person) = (
            try await desk.store.read { try Enrolment.employers($0, area: County.area, limit: 1)[0].id },
            try await person(desk, number)
        )
        let form = [
            "employer": "\(employer)", "person": "\(person)", "from": "2026-01", "wage": "\(wage)", "reason": "多报工资",
        ]
        #expect(try await desk.carryOut("contributions.base.correct", form, at: day) == [])
        return person
    }

    private static func risk(_ desk: Desk) async throws -> RiskPoint {
        let agency = try await Agency.open(desk.store, policies: County.policies.get(), clock: { day })
        let report = try await agency.riskCheck(County.area, from: Day("2026-01-01")!, through: day.day)
        return try #require(report.points.first { $0.code == "accounts.overcredited" })
    }

    private static func reduce(_ desk: Desk, _ person: ID<Person>, by amount: String) async throws -> [String] {
        try await desk.carryOut(
            "accounts.reduce",
            ["person": "\(person)", "month": "2026-01", "amount": amount, "reason": "基数更正"], at: day
        ).map(\.code)
    }

    @Test("基数更正后多划的:风险检查列出并预填,红字冲减到应划数,账户之和与基金账一致;不能再冲一次", arguments: StoreKind.allCases)
    func whole(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let person = try await Self.lowered(desk, 0, to: 6_000)
            let found = try await Self.risk(desk)
            #expect(found.figure == "1 人月 40.00 元" && found.verdict == .finding)
            #expect(found.rows.map(\.subject) == [.overCredit(person, County.january, Money(yuan: 40))])
            let others = try await Self.person(desk, 1)
            #expect(try await Self.reduce(desk, others, by: "40") == ["contributions.overcredit.none"])
            #expect(try await Self.reduce(desk, person, by: "40.01") == ["contributions.overcredit.amount"])
            #expect(try await Self.reduce(desk, person, by: "40") == [])
            #expect(try await Self.balance(desk, person) == Money(yuan: 120))
            #expect(try await Self.balance(desk, others) == Money(yuan: 160))
            #expect(try await Self.reduce(desk, person, by: "40") == ["contributions.overcredit.none"])
            #expect(try await Self.risk(desk).verdict == .sound)
            // The next run finds nothing to make up.
            #expect(
                try await desk.carryOut(
                    "contributions.run.credits", ["month": "2026-02"], at: Moment(Day("2026-02-20")!, hour: 9)) == [])
            #expect(try await Self.balance(desk, person) == Money(yuan: 120))
            let kinds = try await store.read {
                try Contributions.entries($0, area: County.area, of: person).map { ($0.kind, $0.amount.fen) }
            }
            #expect(kinds.map(\.0) == [.correction, .supplement, .monthlyCredit])
            #expect(kinds.map(\.1) == [-16_000, 12_000, 16_000])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("已经用掉的:没有余额就退回并说向谁追;有多少冲多少,其余继续列出,以后再冲", arguments: StoreKind.allCases)
    func spent(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let person = try await Self.lowered(desk, 0, to: 4_500)
            try await store.write { tx in
                let ground = Ground("转出", by: .system, at: Self.day)
                let gone = try Contributions.transferOut(
                    tx, area: County.area, of: person, on: Self.day.day, try Agency.law(tx, area: County.area), ground)
                try Agency.post(tx, area: County.area, gone.runs, by: .system, at: Self.day)
            }
            #expect(try await Self.reduce(desk, person, by: "70") == ["contributions.overcredit.spent"])
            func give(_ amount: String) async throws {
                let form = ["person": "\(person)", "month": "2025-12", "amount": amount, "reason": "漏记"]
                #expect(try await desk.carryOut("accounts.supplement", form, at: Self.day) == [])
            }
            try await give("30")
            #expect(try await Self.reduce(desk, person, by: "70") == ["contributions.overcredit.amount"])
            #expect(try await Self.reduce(desk, person, by: "30") == [])
            #expect(try await Self.balance(desk, person) == .zero)
            #expect(try await Self.risk(desk).rows.map { $0.cells[4] } == ["40.00"])
            try await give("100")
            #expect(try await Self.reduce(desk, person, by: "40") == [])
            #expect(try await Self.balance(desk, person) == Money(yuan: 60))
            #expect(try await Self.risk(desk).verdict == .sound)
            #expect(try await desk.broken() == [])
        }
    }
}
