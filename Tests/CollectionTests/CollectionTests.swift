import Basics
import Control
import Enrolment
import Fund
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

@Suite("Collecting across the desks: bills, receipts, accounts, books")
struct CollectionTests {
    @Test(
        "A month from the register to the books: billed, paid by a bank's file, credited, booked",
        arguments: StoreKind.allCases)
    func aMonth(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let county = try await County.open(store)
            try await county.declareWages()
            let run = CollectionRun(area: County.area, .month(County.january), pageSize: 2)
            let billed = try await county.agency.carryOut(run, County.ground())
            #expect(billed.bills == 5 && billed.payable == Money(yuan: 5 * 4 * 810))
            let residents = try await county.agency.carryOut(
                CollectionRun(area: County.area, .residents(year: 2026), pageSize: 3), County.ground())
            #expect(residents.bills == 7 && residents.payable == Money(yuan: 2800))

            let file = Array(try await county.bankFile().utf8)
            let paid = try await county.agency.importReceipts(
                County.area, from: .bank, file, name: "0119.csv", by: .staff(County.clerk))
            #expect(paid.taken == 12 && paid.matched == 12 && paid.inSuspense == .zero)
            let twice = try await county.agency.importReceipts(
                County.area, from: .bank, file, name: "0119.csv", by: .staff(County.clerk))
            #expect(twice.taken == 0 && twice.known == 12)

            let credited = try await county.agency.carryOut(
                CollectionRun(area: County.area, .credits(County.january), pageSize: 2), County.ground())
            #expect(credited.credited == 20)
            try await book(county)
            #expect(try await county.broken() == [])
        }
    }

    private func book(_ county: County) async throws {
        let done = try await county.store.write { tx in
            let staff = try county.bookkeepers(tx)
            return try Agency.bookCollections(
                tx, area: County.area, limit: 100, preparedBy: staff.preparing, reviewedBy: staff.reviewing,
                at: County.at)
        }
        #expect(done.amount == Money(yuan: 16_200 + 2_800))
        let again = try await county.store.write { tx in
            let staff = try county.bookkeepers(tx)
            return try Agency.bookCollections(
                tx, area: County.area, limit: 100, preparedBy: staff.preparing, reviewedBy: staff.reviewing,
                at: County.at)
        }
        #expect(again.acts == 0)
        let books = try await county.store.read { tx in
            try [Insurance.employee, .largeAmount, .resident].map { book in
                try Vouchers.list(tx, area: County.area, book: book, month: County.january, limit: 10).map(\.total)
                    .total()
            }
        }
        // 20 people × (600 + 160 + 40), 20 × 10, 7 × 400.
        #expect(books == [Money(yuan: 16_000), Money(yuan: 200), Money(yuan: 2_800)])
    }

    @Test(
        "The power fails in a run: opened again it goes on, and nothing is billed or credited twice",
        arguments: StoreKind.allCases)
    func powerCut(_ kind: StoreKind) async throws {
        try await withStorePlace(kind) { open in
            let run = CollectionRun(area: County.area, .month(County.january), pageSize: 1)
            var store = try await open()
            var county = try await County.open(store)
            try await county.declareWages()
            var cursor: Int64 = 0
            for _ in 0..<3 {
                let place = cursor
                cursor = try #require(
                    try await county.store.write { try run.step($0, from: place, County.ground()) }.next)
            }
            // The fourth step did its work, but the power failed before it was kept.
            struct PowerCut: Error {}
            let place = cursor
            await #expect(throws: PowerCut.self) {
                try await county.store.write { tx in
                    _ = try run.step(tx, from: place, County.ground())
                    throw PowerCut()
                }
            }
            try await store.close()

            store = try await open()
            county = try await County.open(store)
            let rest = try await county.agency.carryOut(run, from: cursor, County.ground())
            #expect(rest.bills == 2)
            let anew = try await county.agency.carryOut(run, County.ground())
            #expect(anew.bills == 0)
            let bills = try await county.store.read {
                try Contributions.bills($0, area: County.area, after: ID(0), limit: 100)
            }
            #expect(bills.count == 5 && Set(bills.map(\.payer)).count == 5)
            #expect(try await county.broken() == [])
            try await store.close()
        }
    }

    @Test(
        "A file of the bank in GB18030 is taken in like one in UTF-8; a broken one is refused whole",
        arguments: StoreKind.allCases)
    func encodings(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let county = try await County.open(store, employers: 1, residents: 1)
            let header = "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n"
            let mixed =
                Array((header + "B1,,X,").utf8) + [0xCA, 0xBE, 0xC0, 0xFD]
                + Array(",10.00,2026-01-19\nB2,,X,示例,10.00,2026-01-19\n".utf8)
            await #expect(throws: (any Error).self) {
                try await county.agency.importReceipts(County.area, from: .bank, mixed, name: "mixed.csv", by: .system)
            }
            let taken = try await county.store.read {
                try Contributions.receipts($0, area: County.area, arrived: County.at.day...County.at.day, limit: 10)
            }
            #expect(taken.isEmpty)
        }
    }

    @Test(
        "A base raised after the bill was paid: the difference is billed beside it and stays owed",
        arguments: StoreKind.allCases)
    func baseCorrected(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let county = try await County.open(store, employers: 1, residents: 1)
            try await county.declareWages()
            try await county.agency.carryOut(CollectionRun(area: County.area, .month(County.january)), County.ground())
            _ = try await county.agency.importReceipts(
                County.area, from: .bank, Array(try await county.bankFile().utf8), name: "a.csv", by: .system)
            let rebilled = try await county.store.write { tx in
                let employer = try Enrolment.employers(tx, area: County.area, limit: 1)[0].id
                let person = try Enrolment.members(tx, area: County.area, employer: employer, month: County.january)[0]
                    .person
                return try Agency.correctBase(
                    tx, area: County.area, employer: employer, person: person, from: County.january,
                    wage: Money(yuan: 10_000),
                    County.ground("少报工资"))
            }
            #expect(rebilled == 1)
            let owed = try await county.store.read { tx in
                let employer = try Enrolment.employers(tx, area: County.area, limit: 1)[0].id
                return try Contributions.owed(
                    tx, area: County.area, employer: employer, on: County.at.day,
                    lateFees: Agency.lateFees(try Agency.law(tx, area: County.area)))
            }
            // 2,000 × (7.5 % + 2 % + 0.5 %)
            #expect(owed.principal == Money(yuan: 200))
            #expect(try await county.broken() == [])
        }
    }
}

@Suite("Vouchers of collecting")
struct CollectionVoucherTests {
    private let act = LevyAct(
        id: ID(1), area: County.area, kind: .clearing, period: 0, policyVersion: "", ground: "", actor: .system,
        at: County.at)

    private func lines(_ parts: [(IncomePart, Int64)]) -> [VoucherLine] {
        Agency.voucher(
            for: act,
            parts.map { BookingLine(book: .employee, part: $0.0, source: .tax, amount: Money(yuan: $0.1)) },
            on: County.at.day
        ).lines
    }

    @Test("Money that came in is debited where it lies; late fees are an income of their own")
    func income() {
        #expect(
            lines([(.employer, 600), (.personal, 160), (.lateFee, 5)]) == [
                VoucherLine(.debit, .treasuryDeposit, Money(yuan: 765)),
                VoucherLine(.credit, .premiumIncome, Money(yuan: 760)),
                VoucherLine(.credit, .otherIncome, Money(yuan: 5)),
            ])
    }

    @Test("What went back is red; what was cleared out of suspense moves without touching the bank")
    func redAndMoved() {
        #expect(
            lines([(.suspense, -100)]) == [
                VoucherLine(.debit, .treasuryDeposit, Money(yuan: -100)),
                VoucherLine(.credit, .suspense, Money(yuan: -100)),
            ])
        #expect(
            lines([(.employer, 100), (.suspense, -100)]) == [
                VoucherLine(.credit, .premiumIncome, Money(yuan: 100)),
                VoucherLine(.debit, .suspense, Money(yuan: 100)),
            ])
    }
}

@Suite("Matters of collecting")
struct ContributionMatterTests {
    @Test("Fixing bases and taking money in begin at different posts, and nobody approves what he accepted")
    func posts() {
        for kind in ContributionMatters.kinds {
            #expect(kind.section == .contributions && kind.steps.count >= 2, "\(kind.code)")
            #expect(Set(kind.steps.map(\.post)).count == kind.steps.count, "\(kind.code)")
        }
        let base = ContributionMatters.kinds.filter { $0.steps[0].post == "contributions.base" }.map(\.code)
        #expect(base.contains("contributions.wages.declare") && !base.contains("contributions.receipts.take"))
    }

    @Test("A refund goes up with its amount", arguments: [(500, 2), (10_000, 3), (100_000, 4), (1_000_000, 6)])
    func amountLevels(_ yuan: Int64, _ steps: Int) {
        #expect(ContributionMatters.refund.steps(for: Money(yuan: yuan)).count == steps)
    }
}
