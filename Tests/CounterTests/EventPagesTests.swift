import Agency
import Basics
import Contributions
import Control
import Demonstration
import Foundation
import Storage
import StoreKit
import TestKit
import Testing

@testable import Counter

/// An auditor reads what was done in words; what was written down stands behind a fold, to the letter.
@Suite("The event browser")
struct EventPagesTests {
    @Test("Every kind of event that the proof knows has a name in Chinese")
    func names() {
        let nameless = Agency.evidence.flatMap(\.kinds).filter { EventWords.of($0) == $0.name }
        #expect(nameless.isEmpty)
        let deskless = Agency.evidence.flatMap(\.kinds).filter { kind in
            !EventWords.desks.contains { kind.name.hasPrefix($0.code) }
        }
        #expect(deskless.isEmpty)
    }

    @Test("What happens in a house is told without a field's name from the program", arguments: StoreKind.allCases)
    func told(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (agency, area) = (house.house.agency, house.house.area)
            let today = agency.clock().day
            try await agency.store.write { tx in
                try Contributions.takeIn(
                    tx, area: area, from: .bank,
                    [
                        PaymentLine(
                            serial: "W1", payerCode: "", payerName: "无名氏", amount: Money(yuan: 1_203), paidDay: today)
                    ], find: { _ in [:] }, lateFees: { _ in nil },
                    Ground("银行到账", by: .system, at: Moment(today, hour: 10)))
            }
            let auditor = try await Visit(house)
            try await auditor.signIn(["audit"])
            let page = try await auditor.get("/events").text
            for words in ["征缴办理", "来源</i> 银行", "金额</i> 1,203.00 元", "岗位</i> 稽核岗", "登录名</i> li.shi", "结果</i> 成功"] {
                #expect(page.contains(words), "\(words)")
            }
            // What was written down is there too, but only behind the fold.
            let written = page.components(separatedBy: "<details class=\"written\">")
            #expect(written.count > 3)
            #expect(page.contains("{&quot;login&quot;:&quot;li.shi&quot;"))
            #expect(
                written.allSatisfy { ($0.components(separatedBy: "</details>").last ?? "").contains("&quot;") == false }
            )

            let events = try await agency.store.read { tx in try EventLog.latest(tx, area: area, limit: 1_000) }
            let names = Set(try events.flatMap { try JSON.parse($0.detail).members.map { $0.name } })
            #expect(names.count > 5)
            #expect(names.subtracting(EventFacts.labels.keys).isEmpty)
        }
    }

    @Test("A link stands only where it does not lead to a refusal", arguments: StoreKind.allCases)
    func links(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            for (post, login, isLinked) in [("audit", "li.shi", true), ("security.audit", "wang.shi", false)] {
                let visit = try await Visit(house)
                try await visit.signIn([PostCode(post)], login: login)
                let page = try await visit.get("/events?subject=1&kind=providers").text
                #expect(page.contains("登记机构签名密钥"))
                #expect(page.contains("href=\"/providers/H") == isLinked)
                let address = page.components(separatedBy: "href=\"/providers/").dropFirst().first?.prefix {
                    $0 != "\""
                }
                if let address { #expect(try await visit.get("/providers/\(address)").status == 200) }
            }
        }
    }

    @Test("What an event is about leads to its page", arguments: StoreKind.allCases)
    func subjects(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let (agency, area) = (house.house.agency, house.house.area)
            let facts = EventFacts(
                names: [ID(7): "例甲"], providers: try await agency.providers(area),
                plan: try await agency.store.read { tx in try Organisation.plan(tx, area: area) })
            func event(_ kind: EventKind, _ subject: Int64, _ detail: String = "{}") -> Event {
                Event(area: area, kind: kind, subject: subject, actor: .system, at: agency.clock(), detail: detail)
            }
            let expected: [(EventKind, Int64, String, String)] = [
                ("settlement.settled", 5, "结算 5", "/settlements/5"), ("settlement.linesUploaded", 5, "就诊 5", ""),
                ("matter.agreed", 6, "办件 6", "/matters/6"), ("matter.sampled", 6, "抽查 6", ""),
                ("enrolment.spell.opened", 8, "参保人 8", "/people/8"),
                ("staff.opened", 7, "人员 例甲", "/organisation/staff/7"),
                ("gateway.signedOn", 0, " ", ""),
            ]
            for (kind, subject, words, href) in expected {
                let fact = facts.subject(of: event(kind, subject))
                #expect("\(fact.label) \(fact.words)" == words)
                #expect(fact.href == href)
            }
            let month = Month(year: 2026, month: 3)
            #expect(facts.subject(of: event("fund.periodClosed", Int64(month.number))).words == "2026-03")
            let told = facts.facts(
                of: event(
                    "settlement.settled", 5, #"{"provider":1,"settlements":"5","total":"-1203.45","funds":"0.00"}"#))
            #expect(told.map(\.label) == ["机构", "结算", "医疗费", "基金支付"])
            #expect(told[0].href.hasPrefix("/providers/"))
            #expect(told[1].href == "/settlements/5")
            #expect(told[2].words == "-1,203.45 元")
            #expect(facts.facts(of: event("matter.agreed", 6, #"{"act":"同意","post":"audit"}"#)).map(\.words) == ["稽核岗"])
        }
    }
}
