import Agency
import Basics
import Control
import Demonstration
import Foundation
import HTTPTypes
import Storage
import TestKit
import Testing

@testable import Counter

@Suite("What was typed is neither lost nor taken twice")
struct SecondSendingTests {
    private static let register = "/matters/new/enrolment.employer.register"
    private static let licence: [UInt8] = Array("%PDF-1.4 示例执照".utf8)

    private func clerk(
        _ kind: StoreKind, _ body: (_ house: TestHouse, _ clerk: Visit) async throws -> Void
    ) async throws {
        try await withTestHouse(kind) { house in
            let clerk = try await Visit(house)
            try await clerk.signIn(["enrolment.reception"], login: "li.shi")
            // A matter that nobody could review is not opened.
            try await clerk.openAccount(["enrolment.review"], login: "zhao.shi")
            try await body(house, clerk)
        }
    }

    private static func hidden(_ name: String, in page: Visit.Page) -> String? {
        guard let start = page.text.range(of: "name=\"\(name)\" value=\"") else { return nil }
        return String(page.text[start.upperBound...].prefix { $0 != "\"" })
    }

    /// All hidden fields of a page, as its form sends them.
    private static func hiddenFields(_ page: Visit.Page) -> [String: String] {
        var fields: [String: String] = [:]
        for tag in page.text.components(separatedBy: "<input type=\"hidden\" name=\"").dropFirst() {
            let halves = tag.components(separatedBy: "\" value=\"")
            fields[halves[0]] = halves[1].components(separatedBy: "\">")[0]
        }
        return fields
    }

    private static func employer(_ form: Visit.Page, name: String = "示范测试有限公司") throws -> [String: String] {
        let letters = Array("0123456789ABCDEFGHJKLMNPQRTUWXY")
        let code = letters.lazy.map { "91990100MA0000004" + String($0) }.first { (try? CreditCode($0)) != nil }
        return [
            "csrf": form.formToken, "mark": try #require(hidden("mark", in: form)), "do": "submit",
            "form.creditCode": try #require(code), "form.name": name, "form.management": "1", "form.contact": "例甲",
            "form.phone": "0990-1234567", "form.day": "2026-03-02",
        ]
    }

    private static func send(_ clerk: Visit, _ fields: [String: String]) async throws -> Visit.Page {
        try await clerk.upload(register, fields, files: [("paper.licence", "执照.pdf", licence)])
    }

    private static func openedCount(_ house: TestHouse) async throws -> Int64 {
        try await house.house.agency.store.read { [area = house.house.area] tx in
            try tx.first("SELECT count(*) FROM matter WHERE area = ?", Value(area)) { try $0.int(0) } ?? 0
        }
    }

    @Test(
        "A form that is sent twice opens one matter, also when both arrive together; drawn anew it opens another",
        arguments: StoreKind.allCases)
    func twice(_ kind: StoreKind) async throws {
        try await clerk(kind) { house, clerk in
            let before = try await Self.openedCount(house)
            let fields = try Self.employer(try await clerk.get(Self.register))
            async let first = Self.send(clerk, fields)
            async let second = Self.send(clerk, fields)
            let (one, other) = try await (first, second)
            #expect(one.status == 303 && one.headers[.location] == other.headers[.location])
            let late = try await Self.send(clerk, fields)
            #expect(late.headers[.location] == one.headers[.location])
            #expect(try await Self.openedCount(house) == before + 1)
            // Changed after going back, it is another matter.
            var changed = fields
            changed["form.name"] = "示范另一有限公司"
            let third = try await Self.send(clerk, changed)
            #expect(third.headers[.location] != one.headers[.location])
        }
    }

    @Test(
        "A form sent after the session ran out comes back with its file when the same person signs in again",
        arguments: StoreKind.allCases)
    func lapsed(_ kind: StoreKind) async throws {
        try await clerk(kind) { house, clerk in
            let before = try await Self.openedCount(house)
            let fields = try Self.employer(try await clerk.get(Self.register))
            house.clock.now = house.clock.now + 31 * 60
            let door = try await Self.send(clerk, fields)
            #expect(door.status == 401)
            #expect(door.text.contains("填写的都在") && door.text.contains("value=\"li.shi\""))
            #expect(!door.text.contains("name=\"lapsed.csrf\""))
            #expect(try await Self.openedCount(house) == before)
            var answer = Self.hiddenFields(door)
            answer["login"] = "li.shi"
            answer["password"] = "wrong"
            // A mistyped password loses nothing.
            let again = try await clerk.post("/sign-in", answer)
            #expect(again.status == 401)
            answer = Self.hiddenFields(again)
            answer["login"] = "li.shi"
            answer["password"] = Visit.password
            let back = try await clerk.post("/sign-in", answer)
            #expect(back.status == 200 && back.text.contains("现在提交"))
            #expect(try await Self.openedCount(house) == before)
            let done = try await clerk.post(Self.register, Self.hiddenFields(back))
            let matter = try #require(done.headers[.location], "\(done.text)")
            #expect(try await clerk.get(matter).text.contains("执照.pdf"))
        }
    }

    @Test(
        "Nobody else gets what was typed: not another who signs in, not a form without its session's token",
        arguments: StoreKind.allCases)
    func lapsedForOthers(_ kind: StoreKind) async throws {
        try await clerk(kind) { house, clerk in
            try await clerk.openAccount(["enrolment.reception"], login: "wang.shi")
            let fields = try Self.employer(try await clerk.get(Self.register))
            house.clock.now = house.clock.now + 31 * 60
            var forged = fields
            forged["csrf"] = "x"
            let refused = try await Self.send(clerk, forged)
            #expect(refused.status == 303)
            var answer = Self.hiddenFields(try await Self.send(clerk, fields))
            answer["login"] = "wang.shi"
            answer["password"] = Visit.password
            let other = try await clerk.post("/sign-in", answer)
            #expect(other.status == 303 && other.headers[.location] == "/work")
        }
    }

    @Test(
        "Hours later, after signing out, and for passwords the door simply asks to sign in",
        arguments: StoreKind.allCases)
    func notKept(_ kind: StoreKind) async throws {
        try await clerk(kind) { house, clerk in
            let form = try await clerk.get("/password")
            let fields = try Self.employer(try await clerk.get(Self.register))
            house.clock.now = house.clock.now + 31 * 60
            let password = try await clerk.post("/password", ["csrf": form.formToken, "old": "a", "new": "b"])
            #expect(password.status == 303)
            let back = try await clerk.get("/sign-in?next=%2Fwork")
            #expect(back.text.contains("登录后回到刚才的页面"))
            house.clock.now = house.clock.now + 12 * 3600
            let late = try await Self.send(clerk, fields)
            #expect(late.status == 303)
        }
    }

    @Test(
        "A page of an earlier session opens nothing, and shows again what was typed in it",
        arguments: StoreKind.allCases)
    func olderPage(_ kind: StoreKind) async throws {
        try await clerk(kind) { house, clerk in
            let before = try await Self.openedCount(house)
            let fields = try Self.employer(try await clerk.get(Self.register))
            _ = try await clerk.post("/sign-in", ["login": "li.shi", "password": Visit.password])
            let page = try await Self.send(clerk, fields)
            #expect(page.status == 400)
            #expect(page.text.contains("页面已经过期") && page.text.contains("value=\"示范测试有限公司\""))
            #expect(try await Self.openedCount(house) == before)
        }
    }
}

@Suite("A page that cannot be shown")
struct ErrorPageTests {
    @Test("The menu stays for whoever is signed in", arguments: StoreKind.allCases)
    func menu(_ kind: StoreKind) async throws {
        let paths = ["/people/1/nothing", "/nothing/at/all", "/matters/1/print", "/settlements/999999999"]
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            for path in paths {
                let outside = try await visit.get(path)
                #expect(outside.status == (path.hasPrefix("/settlements") ? 303 : 404), "\(path)")
            }
            try await visit.signIn()
            for path in paths {
                let page = try await visit.get(path)
                #expect(page.status == 404, "\(path)")
                #expect(page.text.contains("没有找到") && page.text.contains("aria-label=\"业务\""), "\(path)")
            }
        }
    }

    @Test("Only a page of this site is gone back to", arguments: StoreKind.allCases)
    func back(_ kind: StoreKind) async throws {
        let pages = [
            ("http://localhost/bills?payer=1", "/bills?payer=1"), ("http://evil.example/bills", ""),
            ("http://localhost//evil.example", ""), ("http://localhost/sign-in", ""), ("", ""),
            ("http://localhost/people/0", ""),
        ]
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.signIn()
            for (from, to) in pages {
                let page = try await visit.get("/people/0", headers: ["Referer": from])
                #expect(page.text.contains("返回上一页") == !to.isEmpty, "\(from)")
                if !to.isEmpty { #expect(page.text.contains("href=\"\(to)\""), "\(from)") }
            }
        }
    }
}
