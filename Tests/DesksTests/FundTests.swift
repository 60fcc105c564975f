import Basics
import Control
import Foundation
import Fund
import Storage
import StoreKit
import Testing

/// The books of a demonstration area with its chart loaded.
struct FundBooks {
    static let area = AreaCode(990100)
    static let march = Month(year: 2026, month: 3)
    static let day = march.first + 4

    let store: any Store
    let chart: Chart
    let accountant: ID<StaffMember>
    let reviewer: ID<StaffMember>

    static func shippedChart() throws -> Chart {
        let path = repositoryRoot + "/knowledge/fund/chart.csv"
        return try Chart(csv: String(contentsOfFile: path, encoding: .utf8), file: "chart.csv")
    }

    static func open(_ kind: StoreKind, _ body: (FundBooks) async throws -> Void) async throws {
        try await withStore(kind, ControlSchema.migrations + FundDesk.migrations) { store in
            let shipped = try shippedChart()
            let (chart, a, b) = try await store.write { tx in
                try FundDesk.load(tx, area: area, shipped, by: .system, at: Moment(march.first))
                let people = try ["kuaiji", "fuhe"].map { login in
                    try Staff.open(
                        tx, area: area, login: login, displayName: "演示\(login)",
                        on: Ground("建库", by: .system, at: Moment(march.first)))
                }
                return (try FundDesk.chart(tx, area: area), people[0], people[1])
            }
            try await body(FundBooks(store: store, chart: chart, accountant: a, reviewer: b))
        }
    }

    /// An inpatient bill: pool 800, large amount 100, account 50, cash 50.
    static func payable(_ settlement: Int64, provider: Int64 = 7, day: Day = day) -> Payable {
        Payable(
            area: area, settlement: ID(settlement), provider: ID(provider), insurance: .employee, care: .inpatient,
            clearing: .inpatient, day: day, total: Money(yuan: 1000),
            shares: [
                Payable.Share(fund: .employeePool, amount: Money(yuan: 800)),
                Payable.Share(fund: .largeAmount, amount: Money(yuan: 100)),
                Payable.Share(fund: .personalAccount, amount: Money(yuan: 50)),
            ], cash: Money(yuan: 50), hospital: .zero)
    }

    /// A resident's purchase at a pharmacy, paid in cash alone.
    static func cashOnly(_ settlement: Int64, provider: Int64 = 8, day: Day = day) -> Payable {
        Payable(
            area: area, settlement: ID(settlement), provider: ID(provider), insurance: .resident, care: .pharmacy,
            clearing: .pharmacy, day: day, total: Money(yuan: 30), shares: [], cash: Money(yuan: 30), hospital: .zero)
    }

    @discardableResult
    func post(_ payable: Payable) async throws -> Int {
        try await store.write { [chart] tx in try FundDesk.post(tx, payable, chart: chart).count }
    }

    func reverse(_ original: Int64, by red: Int64, day: Day = day) async throws {
        try await store.write { tx in
            _ = try FundDesk.reverse(tx, area: FundBooks.area, original: ID(original), by: ID(red), day: day)
        }
    }

    func verify() async throws -> [String] {
        try await store.read { tx in
            try Verifier(area: FundBooks.area, sources: FundDesk.evidence, checks: [FundDesk.verify]).run(tx).problems
                .all.map(\.code)
        }
    }

    func trial(_ ledger: Ledger, _ month: Month = march) async throws -> [AccountBalance] {
        try await store.read { [chart] tx in
            try Balances.trial(tx, area: FundBooks.area, ledger: ledger, month: month, chart: chart)
        }
    }

    /// The problem's code with which something is refused.
    func refused(_ body: @escaping @Sendable (any Transaction) throws -> Void) async -> [String] {
        do {
            try await store.write(body)
            return []
        } catch let problem as Problem {
            return [problem.code]
        } catch let problems as Problems {
            return problems.all.map(\.code)
        } catch {
            return ["\(error)"]
        }
    }

    func tamper(_ table: String, _ statement: SQL) async throws {
        try await store.write { tx in
            if tx.dialect == .sqlite {
                try tx.execute(SQL("DROP TRIGGER IF EXISTS \(table)_refuses_update"))
                try tx.execute(SQL("DROP TRIGGER IF EXISTS \(table)_refuses_delete"))
            } else {
                try tx.execute(SQL("ALTER TABLE \(table) DISABLE TRIGGER USER"))
            }
            try tx.execute(statement)
        }
    }
}

@Suite("The ledger of amounts due")
struct FundPayableTests {
    @Test(
        "A settlement posts one head and one entry a fund, and both sides are the same", arguments: StoreKind.allCases)
    func posting(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            #expect(try await books.post(FundBooks.payable(1)) == 4)
            #expect(try await books.post(FundBooks.cashOnly(2)) == 1)
            let trial = try await books.trial(.payable)
            #expect(trial.map(\.closing).total() == .zero)
            #expect(trial.map(\.debit).total() == Money(yuan: 950))
            #expect(trial.map(\.credit).total() == Money(yuan: 950))
            let inpatient = try #require(trial.first { $0.account.key == BenefitKind.inpatient.account })
            #expect(inpatient.closing == Money(yuan: 900))
            let account = try #require(trial.first { $0.account.key == BenefitKind.personalAccount.account })
            #expect(account.closing == Money(yuan: 50))
            let due = try await books.store.read { [chart = books.chart] tx in
                try Balances.dueToProviders(tx, area: FundBooks.area, through: FundBooks.day, chart: chart)
            }
            #expect(due.map(\.amount) == [Money(yuan: 800), Money(yuan: 50), Money(yuan: 100)])
            #expect(due.map(\.fund) == [.employeePool, .personalAccount, .largeAmount])
            #expect(try await books.verify() == [])
        }
    }

    @Test("The rows read again are the rows written", arguments: StoreKind.allCases)
    func rereading(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            let (written, read) = try await books.store.write { [chart = books.chart] tx in
                let written = try FundDesk.post(tx, FundBooks.payable(1), chart: chart)
                let read = try FundDesk.rows(tx, area: FundBooks.area, settlement: ID(1))
                return (written.map { $0.values }, read.map { $0.values })
            }
            #expect(written == read)
        }
    }

    @Test("A reversal stands in red: the same accounts and sides, every amount negative", arguments: StoreKind.allCases)
    func reversal(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            try await books.post(FundBooks.payable(1))
            try await books.post(FundBooks.payable(2))
            try await books.reverse(1, by: 3)
            let trial = try await books.trial(.payable)
            #expect(trial.map(\.debit).total() == Money(yuan: 950))
            #expect(trial.map(\.closing).total() == .zero)
            let totals = try await books.store.read { tx in
                try FundDesk.totals(
                    tx, area: FundBooks.area, provider: ID(7), from: FundBooks.day, through: FundBooks.day)
            }
            #expect(totals.count == 1)
            #expect(totals[0].normal.count == 2)
            #expect(totals[0].red.count == 1)
            #expect(totals[0].red.total == Money(yuan: -1000))
            #expect(totals[0].net.fund == Money(yuan: 900))
            #expect(totals[0].net.account == Money(yuan: 50))
            #expect(totals[0].net.cash == Money(yuan: 50))
            let again = await books.refused { tx in
                _ = try FundDesk.reverse(tx, area: FundBooks.area, original: ID(1), by: ID(4), day: FundBooks.day)
            }
            #expect(again == ["fund.payable.reversedBefore"])
            let ofRed = await books.refused { tx in
                _ = try FundDesk.reverse(tx, area: FundBooks.area, original: ID(3), by: ID(4), day: FundBooks.day)
            }
            #expect(ofRed == ["fund.payable.red"])
            let unknown = await books.refused { tx in
                _ = try FundDesk.reverse(tx, area: FundBooks.area, original: ID(99), by: ID(4), day: FundBooks.day)
            }
            #expect(unknown == ["fund.payable.unknown"])
            #expect(try await books.verify() == [])
        }
    }

    @Test("Payers that do not sum to the bill are refused", arguments: StoreKind.allCases)
    func unbalanced(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            var payable = FundBooks.payable(1)
            payable.cash = Money(yuan: 49)
            let wrong = payable
            let codes = await books.refused { [chart = books.chart] tx in
                _ = try FundDesk.post(tx, wrong, chart: chart)
            }
            #expect(codes == ["fund.payable.unbalanced"])
        }
    }

    @Test("SQL has no way to write half an entry, and refuses heads that do not add up", arguments: StoreKind.allCases)
    func schema(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            try await books.post(FundBooks.payable(1))
            let statements: [SQL] = [
                "INSERT INTO payable_entry VALUES (990100, 1, 9, 310100, 101, 101, 100)",
                "INSERT INTO payable_entry VALUES (990100, 1, 9, 310100, 101, 120, 0)",
                "INSERT INTO payable_entry VALUES (990100, 1, 9, 310100, 101, NULL, 100)",
                "INSERT INTO payable_entry VALUES (990100, 1, 9, 310100, 101, 999, 100)",
                "INSERT INTO payable_entry VALUES (990100, 77, 1, 310100, 101, 120, 100)",
                "INSERT INTO payable VALUES (990100, 5, NULL, 7, 310, 21, 21, 20000, 100, 50, 0, 49, 0)",
                "INSERT INTO payable VALUES (990100, 5, NULL, 7, 310, 21, 21, 20000, -100, -100, 0, 0, 0)",
                "INSERT INTO payable VALUES (990100, 5, 1, 7, 310, 21, 21, 20000, 100, 100, 0, 0, 0)",
                "UPDATE payable SET provider = 8", "DELETE FROM payable_entry", "DELETE FROM payable",
            ]
            for statement in statements {
                await #expect(throws: StoreError.self, "\(statement)") {
                    _ = try await books.store.write { tx in try tx.execute(statement) }
                }
            }
        }
    }

    static let attacks: [(String, SQL)] = [
        ("payable_entry", "UPDATE payable_entry SET amount_fen = amount_fen + 1 WHERE settlement = 1 AND line = 1"),
        ("payable_entry", "DELETE FROM payable_entry WHERE settlement = 1 AND line = 2"),
        ("payable_entry", "UPDATE payable_entry SET debit_account = 1 WHERE settlement = 1 AND line = 1"),
        ("payable_entry", "UPDATE payable_entry SET fund = 310200 WHERE settlement = 1 AND line = 1"),
        ("payable", "UPDATE payable SET fund_fen = fund_fen + 1, cash_fen = cash_fen - 1 WHERE settlement = 1"),
        ("payable", "UPDATE payable SET provider = 9 WHERE settlement = 3"),
        ("payable", "UPDATE payable SET cash_fen = cash_fen + 1, hospital_fen = hospital_fen - 1 WHERE settlement = 3"),
        ("voucher_entry", "UPDATE voucher_entry SET amount_fen = amount_fen + 1"),
        ("voucher", "UPDATE voucher SET total_fen = total_fen + 1"),
        ("voucher", "UPDATE voucher SET number = 2"),
        ("voucher", "UPDATE voucher SET summary = '改'"),
        ("account_label", "UPDATE account_label SET name = '改' WHERE account = 1"),
        ("fund_period", "UPDATE fund_period SET happened_at = happened_at + 1"),
    ]

    @Test("Changed postings, vouchers, titles and periods are named", arguments: StoreKind.allCases)
    func attacked(_ kind: StoreKind) async throws {
        for (table, statement) in FundPayableTests.attacks {
            try await FundBooks.open(kind) { books in
                try await books.post(FundBooks.payable(1))
                try await books.post(FundBooks.payable(2))
                try await books.reverse(2, by: 3)
                try await FundVoucherTests.enter(books, FundVoucherTests.payment)
                #expect(try await books.verify() == [])
                try await books.tamper(table, statement)
                #expect(!(try await books.verify()).isEmpty, "\(statement)")
            }
        }
    }

    @Test("What is due is told by kind of benefit", arguments: CareType.allCases)
    func kinds(_ care: CareType) {
        #expect(BenefitKind(care, paidBy: .personalAccount) == .personalAccount)
        let kind = BenefitKind(care, paidBy: .employeePool)
        #expect((kind == .inpatient || kind == .maternity) || !care.isInpatient)
        #expect(AccountKey("due.\(kind.rawValue)") == kind.account)
    }
}

@Suite("Periods, vouchers and the chart")
struct FundVoucherTests {
    static let payment = VoucherDraft(
        book: .employee, day: FundBooks.day, summary: "拨付定点机构费用", attachments: 2,
        lines: [
            VoucherLine(.debit, .benefitExpense, Money(yuan: 900)), VoucherLine(.debit, "advances", Money(yuan: 100)),
            VoucherLine(.credit, .expenseAccount, Money(yuan: 700)), VoucherLine(.credit, "suspense", Money(yuan: 300)),
        ])

    @discardableResult
    static func enter(_ books: FundBooks, _ draft: VoucherDraft) async throws -> Voucher {
        try await books.store.write { tx in
            try Vouchers.enter(
                tx, area: FundBooks.area, draft, chart: books.chart, preparedBy: books.accountant,
                reviewedBy: books.reviewer, at: Moment(FundBooks.day, hour: 16))
        }
    }

    @Test(
        "A voucher of many lines comes back as it was written, numbered by book and month",
        arguments: StoreKind.allCases)
    func entering(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            let voucher = try await FundVoucherTests.enter(books, FundVoucherTests.payment)
            #expect(voucher.number == 1)
            #expect(voucher.total == Money(yuan: 1000))
            let second = try await FundVoucherTests.enter(books, FundVoucherTests.payment)
            #expect(second.number == 2)
            var residents = FundVoucherTests.payment
            residents.book = .resident
            #expect(try await FundVoucherTests.enter(books, residents).number == 1)
            let lines = try await books.store.read { tx in
                try Vouchers.lines(tx, area: FundBooks.area, voucher: voucher.id, chart: books.chart)
            }
            #expect(lines == FundVoucherTests.payment.lines)
            let trial = try await books.trial(.general)
            #expect(trial.filter { $0.book == .employee }.map(\.closing).total() == .zero)
            #expect(trial.first { $0.account.key == .benefitExpense }?.debit == Money(yuan: 1800))
            #expect(try await books.verify() == [])
        }
    }

    @Test("A voucher is taken back in red, once", arguments: StoreKind.allCases)
    func redVoucher(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            let voucher = try await FundVoucherTests.enter(books, FundVoucherTests.payment)
            let reverse: @Sendable (any Transaction) throws -> Voucher = { tx in
                try Vouchers.reverse(
                    tx, area: FundBooks.area, voucher: voucher.id, on: FundBooks.day + 1, preparedBy: books.accountant,
                    reviewedBy: books.reviewer, at: Moment(FundBooks.day + 1))
            }
            let red = try await books.store.write(reverse)
            #expect(red.total == Money(yuan: -1000))
            #expect(red.original == voucher.id)
            #expect(await books.refused { _ = try reverse($0) } == ["fund.voucher.reversedBefore"])
            #expect(try await books.trial(.general).allSatisfy { $0.closing == .zero && $0.debit == .zero })
            #expect(try await books.verify() == [])
        }
    }

    @Test("All that is wrong with a voucher is said at once", arguments: StoreKind.allCases)
    func refusals(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            let draft = VoucherDraft(
                book: .employee, day: FundBooks.day, summary: "", attachments: -1,
                lines: [
                    VoucherLine(.debit, "cash", Money(yuan: 5)), VoucherLine(.credit, "cash", Money(yuan: -3)),
                    VoucherLine(.credit, .providerPayable, .zero),
                ])
            let codes = await books.refused { tx in
                try Vouchers.enter(
                    tx, area: FundBooks.area, draft, chart: books.chart, preparedBy: books.accountant,
                    reviewedBy: books.reviewer, at: Moment(FundBooks.day))
            }
            #expect(
                codes == [
                    "fund.voucher.summary", "fund.voucher.attachments", "fund.voucher.account", "fund.voucher.zero",
                    "fund.voucher.unbalanced", "fund.voucher.mixedSigns", "fund.voucher.sameAccount",
                ])
            let alone = await books.refused { tx in
                try Vouchers.enter(
                    tx, area: FundBooks.area, FundVoucherTests.payment, chart: books.chart,
                    preparedBy: books.accountant, reviewedBy: books.accountant, at: Moment(FundBooks.day))
            }
            #expect(alone == ["fund.voucher.samePerson"])
        }
    }

    @Test(
        "A closed month takes nothing more, nor does any month before it; balances carry on",
        arguments: StoreKind.allCases)
    func closing(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            let (march, april) = (FundBooks.march, FundBooks.march + 1)
            try await books.post(FundBooks.payable(1))
            try await books.post(FundBooks.payable(2, day: april.first))
            let actor = Actor.staff(books.accountant)
            let close: @Sendable (Month) -> @Sendable (any Transaction) throws -> Void = { month in
                { try Periods.close($0, area: FundBooks.area, month: month, by: actor, at: Moment(april.last)) }
            }
            #expect(await books.refused(close(april)) == ["fund.period.order"])
            #expect(await books.refused(close(april + 1)) == ["fund.period.unused"])
            #expect(await books.refused(close(march)) == [])
            #expect(await books.refused(close(march)) == ["fund.period.closedBefore"])
            for day in [march.last, march.first - 1] {
                let late = FundBooks.payable(9, day: day)
                let codes = await books.refused { _ = try FundDesk.post($0, late, chart: books.chart) }
                #expect(codes == ["fund.period.closed"])
            }
            // What was settled in March and taken back in April stands in April, in red.
            try await books.reverse(1, by: 3, day: april.first + 1)
            let trial = try await books.trial(.payable, april)
            #expect(trial.first { $0.account.key == .providerPayable }?.opening == Money(yuan: -950))
            #expect(trial.first { $0.account.key == .providerPayable }?.closing == Money(yuan: -950))
            #expect(trial.map(\.closing).total() == .zero)
            let states = try await books.store.read { tx in
                try [march + -1, march, april].map { try Periods.state(tx, area: FundBooks.area, month: $0) }
            }
            #expect(states == [.unused, .closed, .open])
            #expect(try await books.verify() == [])
            // The index is the only way in: an entry smuggled into March is found.
            try await books.tamper(
                "payable", SQL("UPDATE payable SET day = \(march.last.number) WHERE settlement = 2"))
            #expect(try await books.verify().contains("fund.verify.closedMonth"))
        }
    }

    @Test(
        "The shipped chart loads once; a new number or title is added, an identity never changes",
        arguments: StoreKind.allCases)
    func chart(_ kind: StoreKind) async throws {
        try await FundBooks.open(kind) { books in
            let shipped = try FundBooks.shippedChart()
            #expect(books.chart.accounts == shipped.accounts)
            let moment = Moment(FundBooks.day)
            let again = try await books.store.write { tx in
                try FundDesk.load(tx, area: FundBooks.area, shipped, by: .system, at: moment)
            }
            #expect(again == 0)
            var accounts = shipped.accounts
            let place = try #require(accounts.firstIndex { $0.key == "cash" })
            accounts[place].number = "1001-1"
            let renumbered = Chart(accounts)
            let (count, chart) = try await books.store.write { tx in
                let count = try FundDesk.load(tx, area: FundBooks.area, renumbered, by: .system, at: moment)
                return (count, try FundDesk.chart(tx, area: FundBooks.area))
            }
            #expect(count == 1)
            #expect(chart["cash"]?.number == "1001-1")
            let other = Chart([
                Account(id: 1, key: "till", kind: .asset, ledger: .general, name: "库存现金", number: "1001")
            ])
            let codes = await books.refused { tx in
                try FundDesk.load(tx, area: FundBooks.area, other, by: .system, at: moment)
            }
            #expect(codes == ["fund.chart.identity"])
            #expect(try await books.verify() == [])
        }
    }

    @Test("Every problem of a chart's file is named with its line")
    func chartProblems() {
        let text = """
            id,key,name,kind,ledger,number
            1,cash,库存现金,asset,general,1001
            x,bank,存款,money,somewhere,1002
            1,till,备用金,asset,general,1003
            3,,空,asset,general,1004
            """
        do {
            _ = try Chart(csv: text, file: "chart.csv")
            Issue.record("read")
        } catch {
            let codes = error.all.filter { $0.field != "chart.csv" }.map { "\($0.field ?? "") \($0.code)" }
            #expect(
                codes == [
                    "chart.csv:3 fund.chart.id", "chart.csv:3 fund.chart.kind", "chart.csv:3 fund.chart.ledger",
                    "chart.csv:4 fund.chart.doubled", "chart.csv:5 fund.chart.empty",
                ])
            #expect(error.all.contains { $0.code == "fund.chart.missing" })
        }
    }
}
