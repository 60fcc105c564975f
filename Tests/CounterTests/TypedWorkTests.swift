import Agency
import Basics
import Contributions
import Control
import Demonstration
import Foundation
import HTTPTypes
import Storage
import TestKit
import Testing

@testable import Counter

/// A clerk types once: whatever is refused comes back as it was typed, with everything that is wrong with it.
@Suite("Typed work is not lost")
struct TypedWorkTests {
    private static let status = "/matters/new/enrolment.person.status"

    /// Whether a field is marked as wrong.
    private static func isMarked(_ page: Visit.Page, _ input: String) -> Bool {
        page.text.split(separator: "<").contains { $0.contains("name=\"\(input)\"") && $0.contains("aria-invalid") }
    }

    private static func version(_ page: Visit.Page) -> String {
        guard let start = page.text.range(of: "name=\"version\" value=\"") else { return "" }
        return String(page.text[start.upperBound...].prefix { $0 != "\"" })
    }

    /// The desk's two people: whoever accepts, and whoever reviews.
    private static func desk(_ house: TestHouse) async throws -> (clerk: Visit, reviewer: Visit) {
        let (clerk, reviewer) = (try await Visit(house), try await Visit(house))
        try await clerk.signIn(["enrolment.reception"])
        try await reviewer.signIn(["enrolment.review"], login: "wang.shi")
        return (clerk, reviewer)
    }

    private static func number(of login: String, _ house: TestHouse) async throws -> ID<StaffMember> {
        try await house.house.agency.store.read { [area = house.house.area] tx in
            try #require(try Staff.all(tx, area: area).first { $0.login == login }).id
        }
    }

    /// An employer's registration, accepted with its paper or put by without.
    @discardableResult
    private static func registration(
        _ house: TestHouse, _ name: String, _ number: Int, accept: Bool = false
    ) async throws -> ID<Matter> {
        let (agency, area) = (house.house.agency, house.house.area)
        let body = "91990100MA" + String(1_000_000 + number)
        let code = "0123456789ABCDEFGHJKLMNPQRTUWXY".lazy.map { body + String($0) }.first {
            (try? CreditCode($0)) != nil
        }
        let papers =
            accept
            ? [
                AttachedPaper(
                    code: "licence", name: "执照.pdf",
                    hash: try await agency.attach(area, name: "执照.pdf", bytes: Array("%PDF-1.4 示例".utf8)))
            ] : []
        return try await agency.openMatter(
            area, "enrolment.employer.register",
            form: [
                "name": name, "creditCode": try #require(code), "management": "1", "contact": "例甲",
                "phone": "0990-1234567", "day": "2026-03-02",
            ], papers: papers, by: try await Self.number(of: "li.shi", house), accept: accept, opinion: ""
        ).matter
    }

    @Test(
        "A person nobody knows, a day that is none, a blank and a paper that lacks are told together",
        arguments: StoreKind.allCases)
    func together(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let clerk = try await Visit(house)
            try await clerk.signIn(["enrolment.reception"])
            let page = try await clerk.upload(
                Self.status,
                [
                    "csrf": try await clerk.get(Self.status).formToken, "do": "submit", "form.person": "查无此人",
                    "form.status": "", "form.from": "2026-02-30", "form.ground": "民政名单",
                ], files: [])
            #expect(page.status == 400)
            for input in ["form.person", "form.status", "form.from", "paper.list"] {
                #expect(Self.isMarked(page, input), "\(input)")
            }
            #expect(!Self.isMarked(page, "form.ground"))
            #expect(page.text.contains("value=\"查无此人\"") && page.text.contains("value=\"2026-02-30\""))
            #expect(page.text.contains("有 4 处需要改正"))
        }
    }

    @Test("A refused act among colleagues comes back whole, each wrong figure marked", arguments: StoreKind.allCases)
    func act(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (_, reviewer) = try await Self.desk(house)
            try await reviewer.openAccount(["enrolment.review"], login: "zhao.shi")
            let path = "/matters/\(try await Self.registration(house, "示范会签有限公司", 1, accept: true))"
            let page = try await reviewer.get(path)
            let colleague = try await Self.number(of: "zhao.shi", house)
            let given = [
                "csrf": page.formToken, "version": Self.version(page), "act": "addSigners", "opinion": "请会签把关",
                "colleague": "\(colleague)", "place": "after", "signing": "percent", "percent": "三分之二", "limit": "0",
            ]
            let refused = try await reviewer.post(path, given)
            #expect(refused.status == 400)
            #expect(Self.isMarked(refused, "percent") && Self.isMarked(refused, "limit"))
            for kept in [
                "value=\"请会签把关\"", "value=\"三分之二\"", "value=\"\(colleague)\" checked", "value=\"after\" selected",
                "value=\"percent\" selected", "<details class=\"panel more\" open>",
            ] { #expect(refused.text.contains(kept), "\(kept)") }
            // A page of an earlier session does nothing, and loses nothing.
            let earlier = try await reviewer.post(path, given.merging(["csrf": "x"]) { $1 })
            #expect(earlier.status == 400 && earlier.text.contains("填写的都在"))
            #expect(earlier.text.contains("value=\"请会签把关\""))
            // What is typed above leaves what is below as it is offered.
            let unreasoned = try await reviewer.post(
                path, ["csrf": page.formToken, "version": Self.version(page), "act": "disagree", "opinion": ""])
            #expect(unreasoned.status == 400 && Self.isMarked(unreasoned, "opinion"))
            #expect(unreasoned.text.contains("name=\"percent\" value=\"67\""))
            let nobody = try await reviewer.post(
                path,
                ["csrf": page.formToken, "version": Self.version(page), "act": "handOver", "opinion": "请接着办"])
            #expect(nobody.text.contains("请先选择同事") && nobody.text.contains("value=\"请接着办\""))
        }
    }

    @Test("What many acts at once refuse stays ticked, with the opinion", arguments: StoreKind.allCases)
    func batch(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (clerk, _) = try await Self.desk(house)
            let matter = try await Self.registration(house, "示范批办有限公司", 1)
            let token = try await clerk.get("/work").formToken
            let none = try await clerk.post(
                "/work", ["csrf": token, "bench": "todo", "act": "agree", "opinion": "写了很久的意见"])
            #expect(none.status == 400 && none.text.contains("还没有勾选办件"))
            #expect(none.text.contains("value=\"写了很久的意见\"") && none.text.contains("示范批办有限公司"))
            // It waits for its acceptance: there is nothing to agree to.
            let refused = try await clerk.post(
                "/work",
                [
                    "csrf": token, "bench": "todo", "act": "agree", "opinion": "写了很久的意见", "matter": "\(matter)_1",
                ])
            #expect(refused.text.contains("value=\"写了很久的意见\""))
            let row = refused.text.split(separator: "<").first { $0.contains("aria-label=\"选择办件 \(matter)\"") }
            #expect(row?.contains("checked") == true)
        }
    }

    @Test("A bench is searched to its end, not only on the page that is open", arguments: StoreKind.allCases)
    func search(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (clerk, _) = try await Self.desk(house)
            for number in 1...51 { try await Self.registration(house, "示范寻常有限公司", number) }
            try await Self.registration(house, "示范深处有限公司", 99)
            let first = try await clerk.get("/work")
            #expect(!first.text.contains("示范深处有限公司") && first.text.contains("下一页"))
            let words = "深处".utf8.map { "%" + String($0, radix: 16, uppercase: true) }.joined()
            let found = try await clerk.get("/work?q=\(words)")
            #expect(found.text.contains("示范深处有限公司") && !found.text.contains("示范寻常有限公司"))
            #expect(!found.text.contains("下一页"))
            let none = try await clerk.get("/work?q=\(words)\(words)")
            #expect(none.text.contains("没有含“深处深处”的办件"))
        }
    }

    @Test(
        "A receipt is named by its printed number, and whoever approves sees whose money it is",
        arguments: StoreKind.allCases)
    func receipt(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (agency, area) = (house.house.agency, house.house.area)
            let today = agency.clock().day
            try await agency.store.write { tx in
                try Contributions.takeIn(
                    tx, area: area, from: .bank,
                    [
                        PaymentLine(
                            serial: "W1", payerCode: "", payerName: "例付款人", amount: Money(yuan: 120), paidDay: today)
                    ], find: { _ in [:] }, lateFees: { _ in nil },
                    Ground("银行到账", by: .system, at: Moment(today, hour: 10)))
            }
            let clerk = try await Visit(house)
            try await clerk.signIn(["contributions.receipts"])
            let reviewer = try await Visit(house)
            try await reviewer.signIn(["contributions.review"], login: "wang.shi")
            let number = "\(today.year)-00000001"
            let list = try await clerk.get("/receipts?q=\(number)&from=2020-01-01&to=2020-01-02")
            #expect(list.text.contains("例付款人"))
            let path = "/matters/new/contributions.refund"
            let form = try await clerk.get("\(path)?receipt=\(number)")
            #expect(form.text.contains("到账 \(number)") && form.text.contains("120.00 元"))
            let sent = try await clerk.upload(
                path,
                [
                    "csrf": form.formToken, "do": "submit", "form.receipt": number, "form.amount": "120",
                    "form.payee": "例付款人", "form.account": "示例银行 1", "form.reason": "误缴",
                ], files: [])
            let matter = try #require(sent.headers[.location], "\(sent.text)")
            let seen = try await reviewer.get(matter)
            #expect(seen.text.contains("到账 \(number) · ") && seen.text.contains("例付款人 · "))
            let done = try await reviewer.post(
                matter, ["csrf": seen.formToken, "version": Self.version(seen), "act": "agree", "opinion": "同意"])
            #expect(done.status == 303, "\(done.text)")
            let result = try await clerk.get(matter)
            #expect(result.text.contains("到账 \(number) 的暂收款 120.00 元已核准退费"))
            #expect(result.text.contains("href=\"/receipts/") && result.text.contains(">到账 \(number) · "))
        }
    }
}
