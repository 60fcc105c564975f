import Basics
import Contributions
import Control
import Demonstration
import Storage
import TestKit
import Testing

@testable import Agency
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

    @Test(
        "Each day's accounts stand beside the books; a closed account tells who took what, and on what proof",
        arguments: StoreKind.allCases)
    func accounts(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (agency, area, person) = (house.house.agency, house.house.area, house.employee.id)
            let day = house.clock.now.day
            let shares = [
                AccountShare(.bank(name: "示例子", account: "示例银行 1"), parts: 2, relation: .child, proof: "公证书1号"),
                AccountShare(.bank(name: "示例女", account: "示例银行 2"), relation: .child, proof: "公证书2号"),
            ]
            try await agency.store.write { tx in
                let ground = Ground("死亡", by: .system, at: house.clock.now)
                let closed = try Contributions.closeAccount(
                    tx, area: area, of: person, .death, on: day, among: shares, .statutory,
                    try Agency.law(tx, area: area), ground)
                try Agency.post(tx, area: area, closed.runs, by: .system, at: house.clock.now)
            }
            house.clock.now = Moment(day + 1, hour: 1)
            _ = try await agency.daily(area)
            let visit = try await Visit(house)
            _ = try await visit.signIn(["director"])
            let days = try await visit.get("/accounts/days").text
            #expect(days.contains("\(day)") && days.contains("相符") && !days.contains("不符,自"))
            let held = try await agency.store.read { try Contributions.totalBalance($0, area: area) }
            #expect(days.contains(held.grouped))
            #expect(try await visit.get("/accounts/days.csv").text.contains("\(day)"))
            let account = try await visit.get("/people/\(person)/account").text
            for words in ["法定继承", "示例女", "子女", "公证书2号", "划入 示例银行 1"] {
                #expect(account.contains(words), "\(words)")
            }
        }
    }
}
