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

    @Test("Each opens with its heading and shows no raw value", arguments: StoreKind.allCases)
    func opens(_ kind: StoreKind) async throws {
        let paths = Desk.all.flatMap(\.pages).map(\.path)
        try await withTestHouse(kind) { house in
            for (post, paths) in Dictionary(grouping: paths, by: Self.post) {
                let visit = try await Visit(house)
                try await visit.signIn([post], login: post.text)
                for path in paths {
                    let page = try await visit.get(path)
                    #expect(page.status == 200, "\(path)")
                    #expect(page.text.contains("<h1>"), "\(path)")
                    for raw in ["Optional(", ">nil<", "缺少页面模板"] { #expect(!page.text.contains(raw), "\(path) \(raw)") }
                }
            }
        }
    }

    @Test("Lists that hang together with the menu open too, and go out as files", arguments: StoreKind.allCases)
    func lists(_ kind: StoreKind) async throws {
        let paths = [
            "/targets/all", "/targets?measure=3&step=%E6%8C%89%E5%91%A8", "/transfers/statistics/steps",
            "/hand-overs?kind=2", "/transfers?direction=2&state=3", "/unbilled?way=withoutBase",
            "/unbilled?way=leftOut",
        ]
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.signIn(["director"])
            for path in paths {
                #expect(try await visit.get(path).status == 200, "\(path)")
                let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
                let query = parts.count > 1 ? "?" + parts[1] : ""
                for (ending, type) in [(".csv", "text/csv"), (".xlsx", "application/vnd")] {
                    let file = try await visit.get(parts[0] + ending + query)
                    #expect(file.status == 200, "\(path)\(ending)")
                    #expect(file.headers[.contentType]?.hasPrefix(type) == true, "\(path)\(ending)")
                }
            }
        }
    }

    @Test(
        "An employee's page tells of his account; the list of accounts leads there, and says who has none",
        arguments: StoreKind.allCases)
    func accounts(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
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
