import Basics
import Contributions
import Control
import Fund
import Storage
import StoreKit
import Testing

@testable import Agency

/// Each insurance's money stands in its own books, also what nobody knows the bill of.
@Suite("暂收款分险种记账:按文件的险种,认领时转账,退费由出纳付出,每个账套各自平衡")
struct SuspenseBooksTests {
    private static let heading = "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期,险种\n"

    /// What a book has on an account; debits positive.
    private static func balance(_ desk: Desk, _ book: Insurance, _ account: AccountKey) async throws -> Money {
        try await desk.store.read { tx in
            try Balances.trial(
                tx, area: County.area, ledger: .general, month: County.january,
                chart: try FundDesk.chart(tx, area: County.area)
            ).filter { $0.book == book && $0.account.key == account }.map(\.closing).total()
        }
    }

    private static func book(_ desk: Desk) async throws {
        #expect(try await desk.carryOut("contributions.book", [:]) == [])
        for book in [Insurance.employee, .resident] {
            let sum = try await desk.store.read { tx in
                try Balances.trial(
                    tx, area: County.area, ledger: .general, month: County.january,
                    chart: try FundDesk.chart(tx, area: County.area)
                ).filter { $0.book == book }.map(\.closing).total()
            }
            #expect(sum == .zero, "\(book.name)")
        }
        #expect(try await desk.broken() == [])
    }

    @Test("一行写险种、一行随文件、一行按来源:各入各账;认领跨险种转账,退费出纳付款后才出账", arguments: StoreKind.allCases)
    func books(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            let bill = try await store.read {
                try Contributions.bills($0, area: County.area, after: ID(0), limit: 1)[0]
            }
            let file =
                Self.heading + "B1,,,无名氏,3240.00,2026-01-19,390\n" + "B2,,,无名氏,50.00,2026-01-19,\n"
            #expect(
                try await desk.carryOut(
                    "contributions.receipts.take", ["source": "2"],
                    file: Self.heading + "B0,,,无名氏,1.00,2026-01-19,居民保\n"
                ).map { "\($0.field ?? "") \($0.code)" } == ["表.csv:2 险种 contributions.receipt.insurance"])
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            let school = "参考号,应缴单号,证件号码,姓名,缴费年度,交易金额,交易日期\nP1,,,无名氏,2026,400.00,2026-01-19\n"
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "3"], file: school) == [])
            try await Self.book(desk)
            #expect(try await Self.balance(desk, .resident, .suspense) == Money(yuan: -3_640))
            #expect(try await Self.balance(desk, .employee, .suspense) == Money(yuan: -50))

            let receipt = try await store.read { try Contributions.receipts($0, area: County.area, serial: "B1")[0].id }
            let claim = ["receipt": "\(receipt)", "bill": "\(bill.id)", "amount": "3200.00", "reason": "单位说明"]
            #expect(try await desk.carryOut("contributions.suspense.clear", claim) == [])
            try await Self.book(desk)
            #expect(try await Self.balance(desk, .resident, .suspense) == Money(yuan: -440))
            #expect(try await Self.balance(desk, .resident, .incomeAccount) == Money(yuan: 440))

            let back = [
                "receipt": "\(receipt)", "amount": "40.00", "payee": "示例单位0", "account": "示例银行 001", "reason": "多缴",
            ]
            #expect(try await desk.carryOut("contributions.refund", back) == [])
            try await Self.book(desk)
            #expect(try await Self.balance(desk, .resident, .incomeAccount) == Money(yuan: 440), "核准不是付款")
            #expect(
                try await desk.carryOut("contributions.suspense.clear", claim.merging(["amount": "40.00"]) { $1 })
                    .map(\.code) == ["contributions.suspense.short"])
            let order = try await store.read { try Contributions.refunds($0, area: County.area, limit: 1)[0] }
            let paid = ["refund": "\(order.act)", "outcome": "1", "answer": "付1", "day": "2026-01-20"]
            #expect(try await desk.carryOut("contributions.refund.answer", paid) == [])
            try await Self.book(desk)
            #expect(try await Self.balance(desk, .resident, .incomeAccount) == Money(yuan: 400))
            #expect(try await Self.balance(desk, .resident, .suspense) == Money(yuan: -400))
        }
    }
}
