import Agency
import Basics
import Control
import Demonstration
import Foundation
import HTTPTypes
import Portability
import Storage
import TestKit
import Testing

@testable import Agency
@testable import Counter

@Suite("Matters at the counter")
struct MatterPageTests {
    private static let licence: [UInt8] = Array("%PDF-1.4 示例执照".utf8)
    private static let register = "/matters/new/enrolment.employer.register"

    /// Two people of the enrolment desk: one who accepts, one who reviews.
    private func desk(
        _ kind: StoreKind, _ body: (_ clerk: Visit, _ reviewer: Visit) async throws -> Void
    ) async throws {
        try await withTestHouse(kind) { house in
            let clerk = try await Visit(house)
            try await clerk.signIn(["enrolment.reception"], login: "li.shi")
            let reviewer = try await Visit(house)
            try await reviewer.signIn(["enrolment.review"], login: "wang.shi")
            try await body(clerk, reviewer)
        }
    }

    private static func employer(_ token: String, name: String = "示范测试有限公司") -> [String: String] {
        [
            "csrf": token, "do": "submit", "form.creditCode": "91990100MA0000004Q", "form.name": name,
            "form.management": "1", "form.contact": "例甲", "form.phone": "0990-1234567", "form.day": "2026-03-02",
        ]
    }

    /// The check character of a credit code (GB 32100-2015), so that the test's code is a valid one.
    private static func creditCode(_ body: String) -> String {
        let letters = Array("0123456789ABCDEFGHJKLMNPQRTUWXY")
        return letters.lazy.map { body + String($0) }.first { (try? CreditCode($0)) != nil }!
    }

    private func registered(_ clerk: Visit, name: String = "示范测试有限公司") async throws -> String {
        let form = try await clerk.get(Self.register)
        var fields = Self.employer(form.formToken, name: name)
        fields["form.creditCode"] = Self.creditCode("91990100MA0000004")
        let page = try await clerk.upload(
            Self.register, fields, files: [("paper.licence", "执照.pdf", Self.licence)])
        try #require(page.status == 303, "\(page.text)")
        return try #require(page.headers[.location])
    }

    private static func version(_ page: Visit.Page) -> String { hidden("version", page) }

    private static func hidden(_ name: String, _ page: Visit.Page) -> String {
        guard let start = page.text.range(of: "name=\"\(name)\" value=\"") else { return "" }
        return String(page.text[start.upperBound...].prefix { $0 != "\"" })
    }

    @Test(
        "A wrong form keeps what was typed and the file that came, and marks every wrong field",
        arguments: StoreKind.allCases)
    func wrongForm(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, _ in
            let form = try await clerk.get(Self.register)
            var fields = Self.employer(form.formToken)
            fields["form.creditCode"] = "91990100MA000000XX"
            fields["form.phone"] = ""
            let page = try await clerk.upload(
                Self.register, fields, files: [("paper.licence", "执照.pdf", Self.licence)])
            #expect(page.status == 400)
            #expect(page.text.contains("value=\"示范测试有限公司\""))
            #expect(page.text.contains("请填写“联系电话”"))
            #expect(page.text.contains("href=\"#field-creditCode\""))
            let kept = try #require(page.text.range(of: "name=\"kept.paper.licence\" value=\""))
            let hash = String(page.text[kept.upperBound...].prefix { $0 != "\"" })
            #expect(hash.count == 64)
            // The file need not be chosen again.
            fields["form.creditCode"] = Self.creditCode("91990100MA0000004")
            fields["form.phone"] = "0990-1234567"
            fields["kept.paper.licence"] = hash
            let right = try await clerk.upload(Self.register, fields, files: [])
            #expect(right.status == 303, "\(right.text)")
        }
    }

    @Test("A file that somebody else sent is not taken over by its fingerprint", arguments: StoreKind.allCases)
    func foreignFile(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, reviewer in
            let form = try await clerk.get(Self.register)
            var fields = Self.employer(form.formToken)
            fields["do"] = "check"
            _ = try await clerk.upload(Self.register, fields, files: [("paper.licence", "执照.pdf", Self.licence)])
            let other = try await Visit(reviewer.house)
            try await other.signIn(["enrolment.reception"], login: "zhao.shi")
            fields["csrf"] = try await other.get(Self.register).formToken
            fields["kept.paper.licence"] = ContentHash(of: Self.licence).description
            let page = try await other.upload(Self.register, fields, files: [])
            #expect(page.status == 400)
            #expect(page.text.contains("之前上传的文件没有保留下来"))
        }
    }

    @Test(
        "A check keeps nothing; submission goes to another person's list, and approval registers the employer",
        arguments: StoreKind.allCases)
    func approval(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, reviewer in
            let form = try await clerk.get(Self.register)
            var fields = Self.employer(form.formToken)
            fields["form.creditCode"] = Self.creditCode("91990100MA0000004")
            fields["do"] = "check"
            let checked = try await clerk.upload(
                Self.register, fields, files: [("paper.licence", "执照.pdf", Self.licence)])
            #expect(checked.status == 200)
            #expect(checked.text.contains("检查通过"))
            let before = try await reviewer.get("/work")
            #expect(before.text.contains("没有待办"))

            let path = try await registered(clerk)
            let mine = try await clerk.get("/work?bench=opened")
            #expect(mine.text.contains("示范测试有限公司"))
            let list = try await reviewer.get("/work")
            #expect(list.text.contains("\(path)\""))
            let page = try await reviewer.get(path)
            for words in ["单位参保登记", "执照.pdf", "复核", "办理记录"] { #expect(page.text.contains(words)) }
            let done = try await reviewer.post(
                path, ["csrf": page.formToken, "version": Self.version(page), "act": "agree", "opinion": "材料齐全"])
            #expect(done.status == 303, "\(done.text)")
            let after = try await reviewer.get(path)
            #expect(after.text.contains("已办结"))
            #expect(after.text.contains("材料齐全"))
            let found = try await clerk.get(
                "/employers?q=" + "示范测试".addingPercentEncoding(withAllowedCharacters: .alphanumerics)!)
            #expect(found.text.contains("示范测试有限公司"))
            let receipt = try await clerk.get("\(path)/print/receipt")
            #expect(receipt.text.contains("社会保险登记回执") && receipt.text.contains("执照.pdf"))
        }
    }

    @Test("Nobody approves what they opened, whatever the form says", arguments: StoreKind.allCases)
    func ownMatter(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, _ in
            let path = try await registered(clerk)
            let page = try await clerk.get(path)
            #expect(!page.text.contains("value=\"agree\""))
            let forged = try await clerk.post(
                path,
                [
                    "csrf": page.formToken, "version": Self.version(page), "act": "agree", "opinion": "同意",
                    "staff": "2", "by": "wang.shi",
                ])
            #expect(forged.status == 400)
            #expect(!(try await clerk.get(path)).text.contains("已办结"))
        }
    }

    @Test("An act on an old page is refused with a sentence and keeps the opinion", arguments: StoreKind.allCases)
    func oldPage(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, reviewer in
            let path = try await registered(clerk)
            let seen = try await reviewer.get(path)
            let papers = try await reviewer.post(
                path, ["csrf": seen.formToken, "version": Self.version(seen), "act": "askForPapers", "opinion": "请补章程"])
            #expect(papers.status == 303)
            let late = try await reviewer.post(
                path, ["csrf": seen.formToken, "version": Self.version(seen), "act": "agree", "opinion": "写了很久的意见"])
            #expect(late.status == 400)
            #expect(late.text.contains("写了很久的意见"))
            // What was missing is supplied on the same form.
            let edit = try await clerk.get(path + "/edit")
            #expect(edit.text.contains("提交补正") && edit.text.contains("已收到 执照.pdf"))
        }
    }

    @Test(
        "What is not whole yet is put by; its page says what is missing, and it is accepted when that has come",
        arguments: StoreKind.allCases)
    func putBy(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, reviewer in
            let form = try await clerk.get(Self.register)
            #expect(form.text.contains("暂存(一次告知缺什么)"))
            var fields = Self.employer(form.formToken)
            fields["mark"] = Self.hidden("mark", form)
            fields["form.creditCode"] = Self.creditCode("91990100MA0000004")
            fields["form.phone"] = ""
            fields["do"] = "keep"
            let kept = try await clerk.upload(Self.register, fields, files: [])
            try #require(kept.status == 303, "\(kept.text)")
            let path = try #require(kept.headers[.location])
            // Sent twice it is one matter; filled in and submitted from the same drawing, it is that matter still.
            #expect(try await clerk.upload(Self.register, fields, files: []).headers[.location] == path)
            let whole = fields.merging(["form.phone": "0990-1234567", "do": "submit"]) { $1 }
            let again = try await clerk.upload(Self.register, whole, files: [("paper.licence", "执照.pdf", Self.licence)])
            #expect(again.status == 400 && again.text.contains("已暂存为办件 \(path.split(separator: "/").last!)"))
            let page = try await clerk.get(path)
            #expect(page.text.contains("待补正") && page.text.contains("通知补正"))
            for missing in ["请填写“联系电话”"] { #expect(page.text.contains(missing), "\(missing)") }
            let early = try await clerk.post(
                path, ["csrf": page.formToken, "version": Self.version(page), "act": "accept"])
            #expect(early.status == 400 && !early.text.contains("已办结"))
            #expect(try await reviewer.get("/work").text.contains("没有待办"))
            let edit = try await clerk.get(path + "/edit")
            fields = Self.employer(edit.formToken)
            fields["form.creditCode"] = Self.creditCode("91990100MA0000004")
            fields["version"] = Self.version(edit)
            let saved = try await clerk.upload(
                path + "/edit", fields, files: [("paper.licence", "执照.pdf", Self.licence)])
            try #require(saved.status == 303, "\(saved.text)")
            let ready = try await clerk.get(path)
            #expect(ready.text.contains("待受理") && !ready.text.contains("还办不成"))
            let accepted = try await clerk.post(
                path, ["csrf": ready.formToken, "version": Self.version(ready), "act": "accept"])
            #expect(accepted.status == 303, "\(accepted.text)")
            #expect(try await reviewer.get("/work").text.contains("\(path)\""))
        }
    }

    @Test(
        "Work is handed to one colleague, a share of signers is a number, and the page tells the tally",
        arguments: StoreKind.allCases)
    func colleagues(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, reviewer in
            for login in ["sun.shi", "qian.shi"] {
                try await reviewer.openAccount(["enrolment.people"], login: login)
            }
            let path = try await registered(clerk)
            let page = try await reviewer.get(path)
            let signers = try await reviewer.house.house.agency.store.read { [area = reviewer.house.house.area] tx in
                try Staff.all(tx, area: area).filter { ["sun.shi", "qian.shi"].contains("\($0.login)") }.map {
                    "\($0.id)"
                }
            }
            try #require(signers.count == 2)
            func act(_ act: String, _ more: [(String, String)]) async throws -> Visit.Page {
                try await reviewer.post(
                    path,
                    pairs: [
                        ("csrf", page.formToken), ("version", Self.version(page)), ("act", act), ("opinion", "请共同把关"),
                    ] + signers.map { ("colleague", $0) } + more)
            }
            #expect(try await act("handOver", []).text.contains("只能交给一位同事"))
            #expect(try await act("delegate", []).text.contains("只能交给一位同事"))
            for share in ["六成", "0", ""] {
                let wrong = try await act(
                    "addSigners", [("place", "before"), ("signing", "percent"), ("percent", share)])
                #expect(wrong.status == 400 && wrong.text.contains("会签比例请填 1 到 100"), "\(share)")
            }
            let late = try await act("addSigners", [("place", "before"), ("signing", "all"), ("limit", "三天")])
            #expect(late.text.contains("会签时限请填 1 到 30 个工作日"))
            let asked = try await act(
                "addSigners", [("place", "before"), ("signing", "percent"), ("percent", "60"), ("limit", "2")])
            #expect(asked.status == 303, "\(asked.text)")
            let tally = "60% 同意(2 人中至少 2 人):同意 0,不同意 0,弃权 0,未表态 2"
            #expect(try await clerk.get(path).text.contains(tally))
        }
    }

    @Test("Many are approved at once; one that is refused holds up none of the others", arguments: StoreKind.allCases)
    func batch(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, reviewer in
            let path = try await registered(clerk)
            let number = path.split(separator: "/").last!
            let version = Self.version(try await reviewer.get(path))
            let list = try await reviewer.get("/work")
            let page = try await reviewer.post(
                "/work",
                ["csrf": list.formToken, "bench": "todo", "act": "agree", "matter": "\(number)_\(version)"])
            #expect(page.status == 200)
            #expect(page.text.contains("已办结"))
            let none = try await reviewer.post("/work", ["csrf": list.formToken, "act": "agree"])
            #expect(none.text.contains("还没有勾选"))
            let stale = try await reviewer.post(
                "/work", ["csrf": list.formToken, "act": "agree", "matter": "999_1"])
            #expect(stale.status == 200 && stale.text.contains("没有编号为 999 的办件"))
        }
    }

    @Test("A paper is served to those who may see its matter, and to nobody else", arguments: StoreKind.allCases)
    func papers(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, reviewer in
            let path = try await registered(clerk)
            let paper = "\(path)/papers/\(ContentHash(of: Self.licence))"
            let seen = try await reviewer.get(paper)
            #expect(seen.status == 200 && seen.bytes == Self.licence)
            let stranger = try await Visit(clerk.house)
            try await stranger.signIn(["settlement.review"], login: "zhao.shi")
            let refused = try await stranger.get(paper)
            #expect(refused.status != 200 && refused.bytes != Self.licence)
            let page = try await stranger.get(path)
            #expect(page.text.contains("没有编号为"))
        }
    }

    @Test(
        "A list names the line and column of everything wrong; its template is a workbook",
        arguments: StoreKind.allCases)
    func list(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, reviewer in
            let path = try await registered(clerk)
            let page = try await reviewer.get(path)
            _ = try await reviewer.post(
                path, ["csrf": page.formToken, "version": Self.version(page), "act": "agree"])
            let form = "/matters/new/enrolment.list.joiners"
            let template = try await clerk.get("\(form)/template?field=sheet")
            #expect(template.bytes.starts(with: [0x50, 0x4B]))
            let table = """
                姓名,证件类型,证件号码,性别,出生日期,人员类别,开始日期,街道乡镇代码,确认不是同名人员
                例甲,01,990100198001010000,男,1980-01-01,,2026-03-01,,
                例乙,01,990100199002300018,女,,,2026-13-01,,
                """
            let checked = try await clerk.upload(
                form,
                [
                    "csrf": try await clerk.get(form).formToken, "do": "check", "form.employer": "示范测试",
                ], files: [("form.sheet", "增员.csv", Array(table.utf8))])
            #expect(checked.text.contains("表格中的问题"))
            #expect(
                checked.text.contains("<td class=\"num\">2</td>") && checked.text.contains("<td class=\"num\">3</td>"))
        }
    }

    @Test(
        "A person is looked up by name or number; a name that several bear is offered for choice",
        arguments: StoreKind.allCases)
    func lookUp(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, _ in
            let form = "/matters/new/enrolment.spell.act"
            let person = clerk.house.employee
            let page = try await clerk.upload(
                form,
                ["csrf": try await clerk.get(form).formToken, "do": "look", "form.person": person.certificate],
                files: [])
            #expect(page.text.contains("value=\"\(person.id)\""))
            #expect(page.text.contains(person.name))
            let none = try await clerk.upload(
                form,
                ["csrf": try await clerk.get(form).formToken, "do": "look", "form.person": "查无此人"], files: [])
            #expect(none.status == 400 && none.text.contains("没有找到“查无此人”"))
        }
    }

    @Test("Kinds are offered to the posts that accept them, and opened by these alone", arguments: StoreKind.allCases)
    func kinds(_ kind: StoreKind) async throws {
        try await desk(kind) { clerk, reviewer in
            let offered = try await clerk.get("/matters/new")
            #expect(offered.text.contains("单位参保登记") && !offered.text.contains("授予岗位"))
            let other = try await reviewer.get(Self.register)
            #expect(other.status == 403)
            let unknown = try await clerk.get("/matters/new/nothing.at.all")
            #expect(unknown.status == 404)
        }
    }
}

@Suite("Lists and papers at the counter")
struct DeskPageTests {
    @Test(
        "Every list opens for its desk, and goes out as CSV and Excel where it has rows", arguments: StoreKind.allCases)
    func lists(_ kind: StoreKind) async throws {
        let paths = [
            "/employers", "/lists", "/bills", "/unbilled", "/arrears", "/receipts", "/suspense", "/blanks",
            "/collection", "/targets", "/population", "/hand-overs", "/transfers", "/transfers/receipts",
            "/transfers/statistics", "/organisation", "/organisation/staff", "/organisation/incompatible",
        ]
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.signIn(["director"])
            for path in paths {
                let page = try await visit.get(path)
                #expect(page.status == 200, "\(path) \(page.text)")
                guard page.text.contains("导出 Excel") else { continue }
                let csv = try await visit.get(path + ".csv")
                #expect(csv.headers[.contentType]?.hasPrefix("text/csv") == true, "\(path)")
                #expect(try await visit.get(path + ".xlsx").bytes.starts(with: [0x50, 0x4B]), "\(path)")
            }
        }
    }

    @Test("Pages of other desks stay shut", arguments: StoreKind.allCases)
    func shut(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.signIn(["security.audit"])
            for path in ["/employers", "/transfers", "/organisation", "/people/1/account"] {
                let page = try await visit.get(path)
                #expect(page.status == (path == "/organisation" ? 200 : 403), "\(path)")
            }
        }
    }

    @Test("A person's statement of account adds up from opening to closing", arguments: StoreKind.allCases)
    func statement(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.signIn(["director"])
            let page = try await visit.get("/people/\(house.employee.id)/account?year=2026")
            #expect(page.status == 200, "\(page.text)")
            #expect(page.text.contains("期末余额") && page.text.contains("2,000.00"))
            #expect(page.text.contains("流水号") && !page.text.contains("accounts.correct?entry="))
            let paper = try await visit.get("/people/\(house.employee.id)/account/print?year=2026")
            #expect(paper.text.contains("个人账户对账单") && paper.text.contains("流水号") && paper.text.contains("贰仟元整"))
            // Whoever takes corrections in opens one from the entry itself.
            let desk = try await Visit(house)
            try await desk.signIn(["accounts.reception"], login: "zhang.hu")
            let own = try await desk.get("/people/\(house.employee.id)/account?year=2026")
            #expect(own.text.contains("/matters/new/accounts.correct?entry="))
        }
    }

    /// A transfer into here whose form came on paper, accepted by somebody of this house.
    private static func transfer(_ house: TestHouse) async throws -> ID<Transfer> {
        let (area, person, now) = (house.house.area, house.employee.id, house.clock.now)
        return try await house.house.agency.store.write { tx in
            let clerk = try Staff.open(
                tx, area: area, login: "wang.wu", displayName: "例丙", on: Ground("测试", by: .system, at: now))
            let ground = Ground("转入申请", by: .staff(clerk), at: now)
            let there = TransferAgency(
                area: AreaCode(990_200), name: "邻市医疗保险中心", address: "邻市路2号", phone: "0000-7654321", bank: "示例银行",
                account: "示例户 02")
            try Portability.register(tx, area: area, PortabilityPeer(agency: there), ground)
            let transfer = try Portability.apply(
                tx, area: area,
                TransferApplication(
                    .incoming, scene: .employee, person: person, from: .employee, to: .employee, other: there.area,
                    applicant: .person, appliedOn: now.day, insuredFrom: now.day, isOnPaper: true), ground)
            try Portability.take(tx, area: area, transfer, .accepted, on: now.day, ground)
            let (first, last) = (Month("2024-01")!, Month("2025-12")!)
            let form = InformationForm(
                number: transfer.number, person: try Agency.traveller(tx, area: area, person), insurance: .employee,
                origin: there, destination: try Agency.letterhead(tx, area: area),
                record: InsuranceRecord(
                    firstEver: first, first: first, last: last, paidMonths: 24, lastPaid: last,
                    lastBase: Money(yuan: 6_000)),
                principal: Money(fen: 123_456), interest: Money(fen: 78), handler: "经办丁", reviewer: "复核戊",
                sealedOn: now.day)
            try Portability.record(tx, area: area, form, .paper, for: transfer, ground)
            return transfer.id
        }
    }

    @Test("Every cell of a printed form stands in its PDF too: statement, contact letter, information form")
    func pdfText() async throws {
        guard PDFText.isReadable else { return }
        try await withTestHouse(.sqlite) { house in
            let visit = try await Visit(house)
            try await visit.signIn(["director"])
            let transfer = try await Self.transfer(house)
            let account = "/people/\(house.employee.id)/account/print"
            for (path, query, words) in [
                (account, "?year=2026", ["个人账户对账单", "贰仟元整", "2,000.00"]),
                ("/transfers/\(transfer)/letter", "", ["邻市医疗保险中心", "例丙"]),
                ("/transfers/\(transfer)/form", "", ["1,235.34", "壹仟贰佰叁拾伍元叁角肆分", "复核戊"]),
            ] {
                let page = try await visit.get(path + query)
                #expect(page.status == 200, "\(path)")
                let pdf = try await visit.get(path + ".pdf" + query)
                #expect(pdf.headers[.contentType] == "application/pdf")
                let text = try PDFText.read(pdf.bytes)
                let cells = PDFText.cells(page.text)
                #expect(cells.count >= 6, "\(path)")
                for cell in cells + words { #expect(text.contains(PDFText.packed(cell)), "\(path):\(cell)") }
            }
        }
    }

    @Test("Without the PDF program the page says what to do; with it the file is a PDF")
    func pdf() async throws {
        let missing = PDFWriter(path: "/nowhere")
        await #expect { try await missing.pdf(of: Array("<p>示例</p>".utf8)) } throws: {
            ($0 as? Problem)?.code == "counter.pdf.missing"
        }
        let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        guard places.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/weasyprint") }) else {
            return
        }
        let pdf = try await PDFWriter().pdf(of: Array("<meta charset=utf-8><p>示例</p>".utf8))
        #expect(pdf.starts(with: Array("%PDF-".utf8)))
    }
}
