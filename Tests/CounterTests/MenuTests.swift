import Basics
import Control
import Demonstration
import HTTPTypes
import Hummingbird
import TestKit
import Testing

@testable import Counter

/// Every page that the menu leads to, in a house where next to nothing has happened yet.
@Suite("The menu's pages")
struct MenuTests {
    /// Whoever leads the agency sees all but the trail of events and the house's own upkeep.
    private static func post(for path: String) -> PostCode {
        switch Desk.all.flatMap(\.pages).first(where: { $0.path == path })?.needs {
        case .events: "security.audit"
        case .accounts: "system"
        default: "director"
        }
    }

    @Test("Each opens with its heading and shows no raw value", arguments: Desk.all.flatMap(\.pages).map(\.path))
    func opens(_ path: String) async throws {
        try await withTestHouse { house in
            let visit = try await Visit(house)
            try await visit.signIn([Self.post(for: path)])
            let page = try await visit.get(path)
            #expect(page.status == 200)
            #expect(page.text.contains("<h1>"))
            for raw in ["Optional(", ">nil<", "缺少页面模板"] { #expect(!page.text.contains(raw), "\(raw)") }
        }
    }

    @Test(
        "Lists that hang together with the menu open too, and go out as files",
        arguments: [
            "/targets/all", "/targets?measure=3&step=%E6%8C%89%E5%91%A8", "/transfers/statistics/steps",
            "/hand-overs?kind=2", "/transfers?direction=2&state=3", "/unbilled?way=withoutBase",
            "/unbilled?way=leftOut",
        ])
    func lists(_ path: String) async throws {
        try await withTestHouse { house in
            let visit = try await Visit(house)
            try await visit.signIn(["director"])
            #expect(try await visit.get(path).status == 200)
            let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
            let query = parts.count > 1 ? "?" + parts[1] : ""
            for (ending, type) in [(".csv", "text/csv"), (".xlsx", "application/vnd")] {
                let file = try await visit.get(parts[0] + ending + query)
                #expect(file.status == 200)
                #expect(file.headers[.contentType]?.hasPrefix(type) == true)
            }
        }
    }

    @Test("An employee's page tells of his account; the list of accounts leads there, and says who has none")
    func accounts() async throws {
        try await withTestHouse { house in
            let visit = try await Visit(house)
            try await visit.signIn(["director"])
            let found = try await visit.get("/accounts?q=\(house.employee.certificate)")
            #expect(found.text.contains("/people/\(house.employee.id)/account"))
            #expect(found.text.contains("2,000.00"))
            let none = try await visit.get("/accounts?q=\(house.resident.certificate)")
            #expect(none.text.contains("没有账户"))
            let empty = try await visit.get("/people/\(house.employee.id)/contributions")
            #expect(empty.status == 200)
        }
    }
}
