import Agency
import Basics
import Contributions
import Control
import Demonstration
import Storage
import TestKit
import Testing

@testable import Counter

/// Money that waits too long in suspense stands on the first page of whoever can see to it.
@Suite("Suspense on the pages")
struct SuspensePagesTests {
    @Test(
        "What is over the limit is shown to the desk that clears it and to the director, to nobody else",
        arguments: StoreKind.allCases)
    func overdue(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (agency, area) = (house.house.agency, house.house.area)
            let today = agency.clock().day
            try await agency.store.write { tx in
                for (serial, yuan, day) in [("W1", 120, today - 31), ("W2", 80, today - 30)] {
                    try Contributions.takeIn(
                        tx, area: area, from: .bank,
                        [
                            PaymentLine(
                                serial: serial, payerCode: "", payerName: "无名氏", amount: Money(yuan: Int64(yuan)),
                                paidDay: day)
                        ], find: { _ in [:] }, lateFees: { _ in nil },
                        Ground("银行到账", by: .system, at: Moment(day, hour: 10)))
                }
            }
            let warning = "有 1 笔 120.00 元超过清理期限,最早的自 \(today - 31) 起"
            let clerk = try await Visit(house)
            _ = try await clerk.signIn(["contributions.receipts"], login: "shou.kuan")
            #expect(try await clerk.get("/").text.contains(warning))
            let director = try await Visit(house)
            _ = try await director.signIn(["director"], login: "wang.wu")
            #expect(try await director.get("/").text.contains(warning))
            let other = try await Visit(house)
            _ = try await other.signIn(["settlement.review"], login: "zhao.liu")
            #expect(try await !other.get("/").text.contains("超过清理期限"))
            let list = try await clerk.get("/suspense").text
            #expect(list.contains("W1") && list.contains("W2") && list.contains("转入暂收"))
        }
    }
}
