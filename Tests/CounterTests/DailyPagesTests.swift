import Agency
import Basics
import Control
import Demonstration
import Storage
import TestKit
import Testing

@testable import Counter

/// What of the day's work was not done stands on the first page of whoever can see to it.
@Suite("The days' work on the pages")
struct DailyPagesTests {
    @Test(
        "A part that failed is shown to the system administrator, with its reason; to others in the list alone",
        arguments: StoreKind.allCases)
    func failures(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (agency, area) = (house.house.agency, house.house.area)
            try await agency.store.write { tx in
                try tx.execute("ALTER TABLE exchange_file RENAME TO exchange_file_away")
            }
            let report = try await agency.daily(area)
            #expect(report.failures.map(\.part).contains(.expiry))
            let administrator = try await Visit(house)
            _ = try await administrator.signIn(["system"])
            let first = try await administrator.get("/").text
            #expect(first.contains("“过期清理”没有办完") && first.contains("重试"))
            let director = try await Visit(house)
            _ = try await director.signIn(["director"], login: "wang.wu")
            let quiet = try await director.get("/").text
            #expect(!quiet.contains("没有办完"))
            let list = try await director.get("/daily").text
            #expect(list.contains("没有办完") && list.contains("已办完") && list.contains("封存事件"))
        }
    }
}
