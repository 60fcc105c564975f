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

/// Whoever approves sees whom the matter means; what is printed names them too.
@Suite("Names on a matter's page and on its prints")
struct MatterNameTests {
    private static let scan: [UInt8] = Array("%PDF-1.4 示例材料".utf8)

    private static func version(_ page: Visit.Page) -> String {
        guard let start = page.text.range(of: "name=\"version\" value=\"") else { return "" }
        return String(page.text[start.upperBound...].prefix { $0 != "\"" })
    }

    private func handIn(
        _ clerk: Visit, _ kind: String, _ form: [String: String], papers: [String] = []
    ) async throws -> String {
        let path = "/matters/new/\(kind)"
        var fields = ["csrf": try await clerk.get(path).formToken, "do": "submit"]
        for (name, value) in form { fields["form." + name] = value }
        let page = try await clerk.upload(
            path, fields, files: papers.map { ("paper." + $0, "材料.pdf", Self.scan) })
        try #require(page.status == 303, "\(page.text)")
        return try #require(page.headers[.location])
    }

    private func agree(_ reviewer: Visit, _ path: String) async throws {
        let page = try await reviewer.get(path)
        let done = try await reviewer.post(
            path, ["csrf": page.formToken, "version": Self.version(page), "act": "agree", "opinion": "同意"])
        try #require(done.status == 303, "\(done.text)")
    }

    private func visitors(_ house: TestHouse) async throws -> (clerk: Visit, reviewer: Visit, chief: Visit) {
        let (clerk, reviewer, chief) = (try await Visit(house), try await Visit(house), try await Visit(house))
        try await clerk.signIn(["enrolment.reception"], login: "li.shi")
        try await reviewer.signIn(["enrolment.review"], login: "wang.shi")
        try await chief.signIn(["enrolment.chief"], login: "zhao.shi")
        return (clerk, reviewer, chief)
    }

    private static func number(_ digits: String) -> String { digits + String(NationalID.checkDigit(digits.utf8)) }

    @Test(
        "An employer's closure names the employer: in the list, on the page with a link, and on the receipt",
        arguments: StoreKind.allCases)
    func closure(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (clerk, reviewer, chief) = try await visitors(house)
            let code = "91990100MA0YBYB01"
            let creditCode = code + String(CreditCode.checkDigit(code)!)
            let registered = try await handIn(
                clerk, "enrolment.employer.register",
                [
                    "creditCode": creditCode, "name": "示范测试有限公司", "management": "1", "contact": "例甲",
                    "phone": "0990-1234567", "day": "2026-03-02",
                ], papers: ["licence"])
            try await agree(reviewer, registered)
            let closing = try await handIn(
                clerk, "enrolment.employer.close",
                ["employer": creditCode, "day": "2026-03-02", "ground": "清算组注销通知"], papers: ["proof"])
            let list = try await reviewer.get("/work")
            #expect(list.text.contains("<td>示范测试有限公司</td>") && !list.text.contains("清算组注销通知"))
            let page = try await reviewer.get(closing)
            #expect(page.text.contains("示范测试有限公司 · \(creditCode)</a>") && page.text.contains("href=\"/employers/"))
            try await agree(reviewer, closing)
            try await agree(chief, closing)
            let receipt = try await clerk.get("\(closing)/print/receipt")
            #expect(receipt.text.contains("社会保险注销登记回执"))
            #expect(receipt.text.contains("<td>示范测试有限公司 · \(creditCode)</td>"))
        }
    }

    @Test(
        "A decision on retirement prints who retires, what was counted, and every step", arguments: StoreKind.allCases)
    func retirement(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (clerk, reviewer, chief) = try await visitors(house)
            let number = Self.number("99010019660201001")
            let registered = try await handIn(
                clerk, "enrolment.person.register",
                [
                    "paperKind": "1", "paperNumber": number, "name": "示范退休", "sex": "1", "birth": "1966-02-01",
                    "category": "1103", "from": "2026-01-01",
                ], papers: ["identity"])
            try await agree(reviewer, registered)
            let desk = try await Visit(house)
            try await desk.signIn(["enrolment.retirement"], login: "qian.shi")
            let deciding = try await handIn(
                desk, "enrolment.retirement",
                [
                    "person": number, "day": "2026-02-28", "paid": "350", "local": "350", "deemed": "0",
                    "differs": "手工台账第 3 页", "way": "2",
                ], papers: ["approval"])
            let page = try await reviewer.get(deciding)
            #expect(page.text.contains("示范退休 · \(number)</a>"))
            try await agree(reviewer, deciding)
            try await agree(chief, deciding)
            let sheet = try await desk.get("\(deciding)/print/assessment").text
            for words in [
                "退休待遇核定表", "<td>示范退休</td>", "<td>\(number)</td>", "实际缴费", "350 个月,其中本地 350 个月", "规定年限",
                "<td>10 个月</td>", "<td>4,420.00 元</td>", "核定步骤", "<li>一次性补缴 = 基数", "补足年限后再核定",
            ] {
                #expect(sheet.contains(words), "\(words)")
            }
        }
    }

    @Test("Delegated work has its button, and comes back by it", arguments: StoreKind.allCases)
    func recall(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (clerk, reviewer, _) = try await visitors(house)
            let delegate = try await Visit(house)
            try await delegate.signIn(["portability.review"], login: "sun.shi")
            let path = try await handIn(
                clerk, "enrolment.person.register",
                [
                    "paperKind": "1", "paperNumber": Self.number("99010019900101001"), "name": "示范受托", "sex": "1",
                    "birth": "1990-01-01", "category": "1501", "from": "2026-01-01",
                ], papers: ["identity"])
            var page = try await reviewer.get(path)
            #expect(!page.text.contains("value=\"recall\""))
            let colleague = try await house.house.agency.store.read { [area = house.house.area] tx in
                try Staff.find(tx, area: area, login: LoginName("sun.shi")!)?.id
            }
            func act(_ fields: [String: String]) async throws -> Visit.Page {
                let form = ["csrf": page.formToken, "version": Self.version(page), "opinion": "出差"]
                return try await reviewer.post(path, form.merging(fields) { $1 })
            }
            let given = try await act(["act": "delegate", "colleague": "\(try #require(colleague))"])
            try #require(given.status == 303, "\(given.text)")
            page = try await reviewer.get(path)
            #expect(page.text.contains("value=\"recall\"") && !page.text.contains("value=\"agree\""))
            #expect(page.text.contains("请先“收回委托”"))
            let taken = try await act(["act": "recall"])
            #expect(taken.status == 303, "\(taken.text)")
            page = try await reviewer.get(path)
            #expect(page.text.contains("value=\"agree\"") && page.text.contains("<b>收回委托</b>"))
        }
    }

    @Test(
        "A print that has a page of its own is sent there, as PDF to the PDF",
        arguments: [
            ("transfer.return", "transfer", false, "/transfers/5/return"),
            ("transfer.return", "transfer", true, "/transfers/5/return.pdf"),
            ("transfer.withdrawal", "transfer", false, "/transfers/5/withdrawal"),
            ("transfer.order", "transferOrder", true, "/transfers/orders/5/print.pdf"),
            ("account.statement", "person", true, "/people/5/account/print.pdf"), ("receipt", "employer", true, nil),
        ])
    func ownPages(code: String, kind: String, asPDF: Bool, expected: String?) {
        #expect(MatterPrints.ownPage(code, [Carried.Subject(kind: kind, id: 5)], asPDF: asPDF) == expected)
    }

    @Test(
        "From November on the system administrator reads that next year's calendar is lacking; nobody else does",
        arguments: StoreKind.allCases)
    func calendar(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            func firstPage(_ post: PostCode, _ login: String) async throws -> String {
                let visit = try await Visit(house)
                try await visit.signIn([post], login: login)
                let page = try await visit.get("/")
                #expect(page.text.contains("近 30 天"))
                return page.text
            }
            let lacking = "还没有 2027 年的放假安排"
            let before = try await firstPage("system", "li.shi")
            #expect(!before.contains(lacking))
            house.clock.now = Moment("2026-11-02 08:30:00")!
            let administrator = try await firstPage("system", "wang.shi")
            #expect(administrator.contains(lacking))
            let director = try await firstPage("director", "zhao.shi")
            #expect(!director.contains(lacking))
        }
    }
}
