import Agency
import Basics
import Control
@testable import Counter
import Demonstration
import Foundation
import Hummingbird
import Storage
import TestKit
import Testing

@Suite("The counter's door")
struct DoorTests {
    @Test(
        "Without a session every page leads to the sign-in and back to where one wanted to go",
        arguments: StoreKind.allCases)
    func noSession(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            for path in ["/", "/settlements", "/settlements.csv", "/people", "/providers", "/policies", "/events"] {
                let page = try await visit.get(path)
                #expect(page.status == 303)
                #expect(page.headers[.location]?.hasPrefix("/sign-in?next=") == true, "\(path)")
            }
        }
    }

    @Test(
        "The session's cookie is out of reach of scripts and other sites; signing out ends it",
        arguments: StoreKind.allCases)
    func cookie(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            let signedIn = try await visit.signIn()
            #expect(signedIn.status == 303)
            let cookie = try #require(signedIn.headers[.setCookie])
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite"))
            let first = try await visit.get("/")
            #expect(first.status == 200)
            let out = try await visit.post("/sign-out", ["csrf": first.formToken])
            #expect(out.headers[.location] == "/sign-in")
            let after = try await visit.get("/")
            #expect(after.status == 303)
        }
    }

    @Test("A form without its token, or with another session's, is refused", arguments: StoreKind.allCases)
    func forgery(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.signIn()
            let other = try await Visit(house)
            try await other.signIn(login: "wang.shi")
            let foreign = try await other.get("/").formToken
            for token in ["", "x", foreign] {
                let page = try await visit.post("/sign-out", ["csrf": token])
                #expect(page.status == 400)
                #expect(page.text.contains("页面已经过期"))
            }
            let still = try await visit.get("/")
            #expect(still.status == 200)
        }
    }

    @Test(
        "A wrong password keeps what was typed; five of them lock the account, also against the right one",
        arguments: StoreKind.allCases)
    func lockOut(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.openAccount(["settlement.review"], login: "li.shi")
            for _ in 1...5 {
                let page = try await visit.post("/sign-in", ["login": "li.shi", "password": "wrong"])
                #expect(page.status == 401)
                #expect(page.text.contains("登录名或密码不对"))
                #expect(page.text.contains("value=\"li.shi\""))
            }
            let right = try await visit.post("/sign-in", ["login": "li.shi", "password": Visit.password])
            #expect(right.status == 401)
            #expect(right.text.contains("分钟后再试"))
            house.clock.now = house.clock.now + 16 * 60
            let later = try await visit.post("/sign-in", ["login": "li.shi", "password": Visit.password])
            #expect(later.status == 303)
        }
    }

    @Test(
        "Sign-in never leads to another site, and takes no form that another site posts", arguments: StoreKind.allCases)
    func redirects(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.openAccount(["settlement.review"], login: "li.shi")
            for next in ["//evil.example", "https://evil.example", "/\\evil.example"] {
                let page = try await visit.post(
                    "/sign-in", ["login": "li.shi", "password": Visit.password, "next": next])
                #expect(page.headers[.location] == "/work")
            }
            let foreign = try await visit.post(
                "/sign-in", ["login": "li.shi", "password": Visit.password], headers: ["Origin": "https://evil.example"]
            )
            #expect(foreign.status == 400)
        }
    }

    @Test(
        "A sign-in is recorded with the address it came from, which a header alone cannot change",
        arguments: StoreKind.allCases)
    func addresses(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.openAccount(["settlement.review"], login: "li.shi")
            _ = try await visit.post(
                "/sign-in", ["login": "li.shi", "password": Visit.password], headers: ["X-Forwarded-For": "1.2.3.4"])
            let addresses = try await house.house.agency.store.read { [area = house.house.area] tx in
                try tx.rows("SELECT came_from FROM sign_in WHERE area = ?", Value(area)) { try $0.text(0) }
            }
            #expect(addresses == ["10.20.30.40"])
        }
    }

    @Test(
        "Only a proxy on this machine is believed when it names another address",
        arguments: [
            ("10.0.0.7", "1.2.3.4", "10.0.0.7"), ("127.0.0.1", "1.2.3.4", "1.2.3.4"),
            ("::1", "9.9.9.9, 1.2.3.4", "1.2.3.4"), ("127.0.0.1", nil, "127.0.0.1"), ("127.0.0.1", "", "127.0.0.1"),
            ("127.0.0.1", " ", "127.0.0.1"), (nil, "1.2.3.4", ""),
        ] as [(String?, String?, String)])
    func forwarded(peer: String?, header: String?, address: String) {
        #expect(Caller.address(peer: peer, forwarded: header) == address)
    }

    @Test("A new password ends all open sessions; the old one no longer opens", arguments: StoreKind.allCases)
    func passwordChange(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.signIn()
            let form = try await visit.get("/password")
            let weak = try await visit.post(
                "/password", ["csrf": form.formToken, "old": Visit.password, "new": "short", "again": "short"])
            #expect(weak.status == 400)
            #expect(weak.text.contains("密码太短"))
            let new = "Another-staple-38"
            let done = try await visit.post(
                "/password", ["csrf": form.formToken, "old": Visit.password, "new": new, "again": new])
            #expect(done.headers[.location] == "/sign-in")
            let old = try await visit.post("/sign-in", ["login": "li.shi", "password": Visit.password])
            #expect(old.status == 401)
            let again = try await visit.post("/sign-in", ["login": "li.shi", "password": new])
            #expect(again.status == 303)
        }
    }
}

@Suite("The counter's pages")
struct PageTests {
    /// A purchase settled through the gateway, and a browser signed in.
    private func settled(
        _ kind: StoreKind, _ posts: Set<PostCode> = ["settlement.review"],
        _ body: (Visit, TestHouse, String) async throws -> Void
    ) async throws {
        try await withTestHouse(kind) { house in
            let drug = house.house.items[0]
            let person = house.employee
            let reply = try await house.pharmacy.send(
                "2102A",
                """
                {"druginfo":{"psn_no":"\(person.id)","mdtrt_cert_type":"02","mdtrt_cert_no":"\(person.certificate)",\
                "begntime":"2026-03-02 08:20:00","medfee_sumamt":\(drug.price * Quantity(2)),"insutype":"310",\
                "med_type":"41","acct_used_flag":"1"},\
                "drugdetail":[{"feedetl_sn":"1","fee_ocur_time":"2026-03-02 08:20:00","med_list_codg":"\(drug.code)",\
                "medins_list_codg":"Y1","det_item_fee_sumamt":\(drug.price * Quantity(2)),"cnt":2.0000,\
                "pric":\(drug.price.exact)}]}
                """)
            try #require(reply.code == 0, "\(reply.error)")
            let id = try #require(reply.output?["setlinfo"]?["setl_id"]?.text)
            let visit = try await Visit(house)
            try await visit.signIn(posts)
            try await body(visit, house, id)
        }
    }

    @Test("A settlement is found in the list, explains itself, and prints", arguments: StoreKind.allCases)
    func settlement(_ kind: StoreKind) async throws {
        try await settled(kind) { visit, house, id in
            let list = try await visit.get("/settlements?from=2026-03-02&to=2026-03-02")
            #expect(list.text.contains("/settlements/\(id)\""))
            let page = try await visit.get("/settlements/\(id)")
            #expect(page.status == 200)
            for words in ["医疗费总额", "怎样算出来的", "政策版本", house.employee.name] { #expect(page.text.contains(words)) }
            let sheet = try await visit.get("/settlements/\(id)/print")
            #expect(sheet.text.contains("医疗费用结算单"))
            let day = try await visit.get("/")
            #expect(day.text.contains("今日结算"))
        }
    }

    @Test("Lists go out as CSV and Excel with the same rows", arguments: StoreKind.allCases)
    func exports(_ kind: StoreKind) async throws {
        try await settled(kind) { visit, _, id in
            let csv = try await visit.get("/settlements.csv")
            #expect(csv.headers[.contentType]?.hasPrefix("text/csv") == true)
            let table = try CSVTable(csv.text, file: "settlements.csv", required: ["结算编号", "医疗费总额"])
            #expect(table.rows.map { $0["结算编号"] } == [id])
            let excel = try await visit.get("/settlements.xlsx")
            #expect(excel.bytes.starts(with: [0x50, 0x4B]))
        }
    }

    @Test(
        "People are found by name, number and card; their page shows cover and account", arguments: StoreKind.allCases)
    func people(_ kind: StoreKind) async throws {
        try await settled(kind) { visit, house, id in
            let person = house.employee
            for asked in [person.name, person.certificate, person.id.description] {
                let page = try await visit.get(
                    "/people?q=" + asked.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!)
                #expect(page.text.contains("/people/\(person.id)\""), "\(asked)")
            }
            let one = try await visit.get("/people/\(person.id)")
            for words in ["待遇享受", "可以享受", "个人账户流水", "/settlements/\(id)\""] { #expect(one.text.contains(words)) }
        }
    }

    @Test("The event browser is for auditors alone", arguments: StoreKind.allCases)
    func events(_ kind: StoreKind) async throws {
        try await settled(kind) { visit, _, _ in
            let page = try await visit.get("/events")
            #expect(page.status == 403)
            #expect(page.text.contains("没有权限"))
        }
        try await settled(kind, ["audit"]) { visit, _, id in
            let page = try await visit.get("/events")
            #expect(page.status == 200)
            #expect(page.text.contains("settlement.purchased"))
            let one = try await visit.get("/events?subject=\(id)&kind=settlement")
            #expect(one.status == 200)
        }
    }

    @Test("The law of a day is shown with its basis; a date before the files says so", arguments: StoreKind.allCases)
    func policies(_ kind: StoreKind) async throws {
        try await settled(kind) { visit, _, _ in
            let page = try await visit.get("/policies?on=2025-06-01")
            #expect(page.status == 200)
            #expect(page.text.contains("示医保发"))
            let early = try await visit.get("/policies?on=1999-01-01")
            #expect(early.status == 400)
            #expect(early.text.contains("没有 1999-01-01 的规定"))
        }
    }

    @Test("What is not there is said in words; text is never markup", arguments: StoreKind.allCases)
    func missing(_ kind: StoreKind) async throws {
        try await settled(kind) { visit, _, _ in
            for path in ["/settlements/999", "/people/999", "/providers/H00000000000", "/nothing"] {
                let page = try await visit.get(path)
                #expect(page.status == 404, "\(path)")
                #expect(page.text.contains("没有找到"), "\(path)")
            }
        }
    }

    @Test("What was typed into a search comes back as text", arguments: StoreKind.allCases)
    func escaping(_ kind: StoreKind) async throws {
        try await settled(kind) { visit, _, _ in
            let page = try await visit.get("/people?q=%3Cscript%3Ealert(1)%3C/script%3E")
            #expect(page.status == 200)
            #expect(!page.text.contains("<script>alert"))
        }
    }
}
