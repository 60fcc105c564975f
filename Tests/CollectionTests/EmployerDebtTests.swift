import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// An employer closes when nothing is owed: not by itself, not by one merged into it, and no month is left to be billed.
@Suite("单位欠费:合并承继、注销前核定")
struct EmployerDebtTests {
    private static let bank = "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n"
    private static let february = Moment(Day("2026-02-10")!, hour: 9)

    private static func employers(_ desk: Desk) async throws -> [ID<Employer>] {
        try await desk.store.read { try Enrolment.employers($0, area: County.area, limit: 10).map(\.id) }
    }

    private static func bills(_ desk: Desk, of employer: ID<Employer>) async throws -> [LevyBill] {
        try await desk.store.read { try Contributions.bills($0, area: County.area, of: .employer(employer)) }
    }

    private static func pay(_ desk: Desk, _ bills: [LevyBill]) async throws {
        let file = bills.reduce(bank) { $0 + "Q\($1.id),\($1.id),,示例户名,\($1.payable),2026-02-10\n" }
        #expect(
            try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: february) == [])
    }

    /// January billed to two employers, 3,240 yuan each; then the first is merged into the second.
    private static func merged(_ desk: Desk) async throws -> (gone: ID<Employer>, heir: ID<Employer>) {
        try await desk.county.declareWages()
        #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
        let employers = try await employers(desk)
        let form = [
            "employer": "\(employers[0])", "successor": "\(employers[1])", "day": "2026-02-01", "ground": "吸收合并",
        ]
        #expect(try await desk.carryOut("enrolment.employer.merge", form) == [])
        return (employers[0], employers[1])
    }

    private static func closing(_ employer: ID<Employer>, on day: String) -> [String: String] {
        ["employer": "\(employer)", "day": day, "ground": "注销通知书"]
    }

    @Test("被并单位的欠费由存续单位承继:合计、催缴都算,缴清以前存续单位不能注销", arguments: StoreKind.allCases)
    func inherited(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            let (gone, heir) = try await Self.merged(desk)
            let (owed, letters) = try await store.read { tx in
                (
                    try Agency.owedSum(tx, area: County.area, employer: heir, on: County.at.day),
                    try [gone, heir].map {
                        try Agency.dunning(
                            tx, area: County.area, of: $0, on: Day("2026-03-31")!, payBy: Day("2026-04-15")!)
                    }
                )
            }
            #expect(owed.bills == 2 && owed.total == Money(yuan: 6_480))
            #expect(letters[0] == letters[1] && letters[0]?.payer == .employer(heir))
            #expect(letters[0]?.principal == Money(yuan: 6_480))

            #expect(
                try await desk.carryOut("contributions.run.month", ["month": "2026-02"], at: Self.february) == [])
            try await Self.pay(desk, try await Self.bills(desk, of: heir))
            let form = Self.closing(heir, on: "2026-02-28")
            let refused = try await desk.carryOut("enrolment.employer.close", form, at: Self.february)
            #expect(refused.map(\.code) == ["enrolment.employer.owes"])
            #expect(refused[0].message.contains("3240.00"))
            try await Self.pay(desk, try await Self.bills(desk, of: gone))
            #expect(try await desk.carryOut("enrolment.employer.close", form, at: Self.february) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("存续单位缓缴,被并单位同月的欠费一并缓缴:不催缴、不加收", arguments: StoreKind.allCases)
    func deferred(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            let (gone, heir) = try await Self.merged(desk)
            let form = [
                "employer": "\(heir)", "first": "2026-01", "last": "2026-01", "pay_by": "2026-06-30", "reason": "受灾停产",
            ]
            #expect(try await desk.carryOut("contributions.defer", form, at: Self.february) == [])
            let (letter, owed) = try await store.read { tx in
                (
                    try Agency.dunning(
                        tx, area: County.area, of: gone, on: Day("2026-03-31")!, payBy: Day("2026-04-15")!),
                    try Agency.owedSum(tx, area: County.area, employer: heir, on: Day("2026-06-30")!)
                )
            }
            #expect(letter == nil)
            #expect(owed.principal == Money(yuan: 6_480) && owed.lateFee == .zero)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("向全部欠费单位催缴:合并的几家只发一份,发给存续单位", arguments: StoreKind.allCases)
    func dunnedOnce(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            let (gone, heir) = try await Self.merged(desk)
            let late = Moment(Day("2026-03-31")!, hour: 9)
            #expect(try await desk.carryOut("contributions.dun", ["pay_by": "2026-04-15"], at: late) == [])
            let sent = try await store.read { tx in
                try [gone, heir].map { try Contributions.dunnings(tx, area: County.area, of: .employer($0)) }
            }
            #expect(sent.map(\.count) == [0, 1])
            #expect(sent[1][0].bills == 2 && sent[1][0].principal == Money(yuan: 6_480))
            #expect(try await desk.broken() == [])
        }
    }

    @Test("有在保人员而没有核定的月份:不能注销,说出哪几个月;核定缴清以后才注销,以后也不再核定", arguments: StoreKind.allCases)
    func unbilled(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let company = try await Self.company(desk, joined: "2025-12-15")
            let form = Self.closing(company, on: "2026-02-28")
            let refused = try await desk.carryOut("enrolment.employer.close", form, at: Self.february)
            #expect(refused.map(\.code) == ["enrolment.employer.unbilled"])
            #expect(refused[0].message.contains("2025-12、2026-01、2026-02"))
            // What a former system's data tell of the time before the first bill was paid there.
            let imported = try await Self.employers(desk)[0]
            func unbilledMonths(of employer: ID<Employer>) async throws -> [String] {
                try await store.read {
                    try Agency.unbilledMonths(
                        $0, area: County.area, of: employer, through: Month(year: 2026, month: 2)
                    ).map(\.description)
                }
            }
            #expect(try await unbilledMonths(of: imported) == [])
            for month in ["2025-12", "2026-01"] {
                #expect(
                    try await desk.carryOut("contributions.run.month", ["month": month], at: Self.february) == [])
            }
            #expect(try await unbilledMonths(of: imported) == ["2026-02"])
            let second = try await desk.carryOut("enrolment.employer.close", form, at: Self.february)
            #expect(second.map(\.code) == ["enrolment.employer.owes", "enrolment.employer.unbilled"])
            #expect(
                try await desk.carryOut("contributions.run.month", ["month": "2026-02"], at: Self.february) == [])
            let bills = try await Self.bills(desk, of: company)
            #expect(bills.count == 3)
            let file = try await Self.settling(desk, bills)
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: Self.february)
                    == [])
            #expect(try await desk.carryOut("enrolment.employer.close", form, at: Self.february) == [])
            let march = Moment(Day("2026-03-10")!, hour: 9)
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-03"], at: march) == [])
            #expect(try await Self.bills(desk, of: company).count == 3)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("被并单位还没有核定的月份随它走:存续单位注销时照样说出来,核定开给原单位", arguments: StoreKind.allCases)
    func unbilledAbsorbed(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let heir = try await Self.employers(desk)[0]
            let company = try await Self.company(desk, joined: "2026-01-05")
            let form = [
                "employer": "\(company)", "successor": "\(heir)", "day": "2026-02-01", "ground": "吸收合并",
            ]
            #expect(try await desk.carryOut("enrolment.employer.merge", form) == [])
            let refused = try await desk.carryOut(
                "enrolment.employer.close", Self.closing(heir, on: "2026-02-28"), at: Self.february)
            let named = refused.filter { $0.code == "enrolment.employer.unbilled" }.map(\.message)
            #expect(named.count == 2 && named[1].hasPrefix("被并单位 \(company) 2026-01有在保人员"))
            #expect(
                try await desk.carryOut("contributions.run.month", ["month": "2026-01"], at: Self.february) == [])
            #expect(try await Self.bills(desk, of: company).count == 1)
            let owed = try await store.read {
                try Agency.owedSum($0, area: County.area, employer: heir, on: Self.february.day)
            }
            #expect(owed.bills == 2)
            #expect(try await desk.broken() == [])
        }
    }

    /// A file that pays bills with their late fees.
    private static func settling(_ desk: Desk, _ bills: [LevyBill]) async throws -> String {
        try await desk.store.read { tx in
            let fees = Agency.lateFees(try Agency.law(tx, area: County.area))
            return try bills.reduce(bank) { text, bill in
                let standing = try Contributions.standing(
                    tx, area: County.area, of: bill, terms: fees(bill.months.lowerBound), on: february.day)
                return text
                    + "Q\(bill.id),\(bill.id),,示例户名,\(standing.outstanding + standing.lateFeeOutstanding),2026-02-10\n"
            }
        }
    }

    /// An employer registered at the desk with one employee, whom nobody has billed.
    private static func company(_ desk: Desk, joined: String) async throws -> ID<Employer> {
        let register = [
            "creditCode": County.creditCode(77), "name": "示例新公司", "management": "1", "contact": "示例联系人",
            "phone": "0990-1234567", "day": joined,
        ]
        #expect(try await desk.carryOut("enrolment.employer.register", register) == [])
        let company = try #require(try await employers(desk).last)
        let person = [
            "paperKind": "1", "paperNumber": County.idNumber(90), "name": "示例九十", "sex": "1", "birth": "1980-05-17",
            "category": "1101", "employer": "\(company)", "from": joined,
        ]
        #expect(try await desk.carryOut("enrolment.person.register", person) == [])
        return company
    }
}
