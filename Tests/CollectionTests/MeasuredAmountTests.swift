import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// The amount that decides how far up a matter goes is what really leaves (分级授权).
@Suite("The level of approval goes by the whole amount")
struct MeasuredAmountTests {
    private static let january = Ground("示例划入", by: .system, at: Moment(Day("2025-12-20")!, hour: 10))

    private static func person(_ tx: any Transaction) throws -> ID<Person> {
        let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(0))
        return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
    }

    /// Somebody who has died and left so much, in December 2025.
    private static func estate(_ desk: Desk, _ amount: Money) async throws -> ID<Person> {
        let dead = try await desk.store.write { tx in
            let dead = try person(tx)
            try Agency.creditAccounts(
                tx, area: County.area, month: Month(year: 2025, month: 12),
                [AccountPosting(person: dead, amount: amount)], january)
            return dead
        }
        let died = [
            "person": "\(dead)", "event": "\(PersonAct.Kind.died.rawValue)", "day": "2026-01-10",
            "certificate": "示死1号", "ground": "证明材料",
        ]
        #expect(try await desk.carryOut("enrolment.person.life", died) == [])
        return dead
    }

    private static func closing(_ dead: ID<Person>) -> [String: String] {
        [
            "person": "\(dead)", "reason": "1", "payee": "bank", "payee_name": "示例继承人",
            "payee_account": "示例银行 6222000000000000",
        ]
    }

    private static func agree(
        _ desk: Desk, _ outcome: MatterOutcome, _ post: PostCode, at moment: Moment
    ) async throws -> MatterOutcome {
        try await desk.store.write { [matters = desk.matters, staff = desk.staff] tx in
            try matters.act(
                tx, outcome.matter, .agree("同意"), seen: outcome.version, by: staff[post]!, at: moment)
        }
    }

    @Test("清退的金额是余额加到昨日的利息,与实付相等;利息把它带过一万元的,也要分管领导审批", arguments: StoreKind.allCases)
    func interestToDate(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let dead = try await Self.estate(desk, Money("9999.99"))
            let agreed = try await desk.approve("accounts.close", Self.closing(dead))
            #expect(agreed.state == .underWay, "the interest since December is more than a fen")
            let worth = try await store.read { tx in
                try Contributions.worthOnClosing(
                    tx, area: County.area, of: dead, on: County.at.day, Agency.law(tx, area: County.area))
            }
            let closed = try await Self.agree(desk, agreed, "deputy", at: County.at + 300)
            #expect(closed.isCarriedOut)
            let words = try await desk.store.read { [matters = desk.matters, staff = desk.staff] tx in
                try matters.view(tx, closed.matter, for: staff["deputy"]!, at: County.at + 400).acts.last?.opinion
            }
            #expect(worth! >= Money(yuan: 10_000))
            #expect(words?.hasPrefix("账户已清退 \(worth!) 元") == true, "\(words ?? "")")
            #expect(try await desk.broken() == [])
        }
    }

    @Test("跨年没有结息的清退,试算的利息与实付也相等", arguments: StoreKind.allCases)
    func unsettledYear(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let dead = try await Self.estate(desk, Money(yuan: 500))
            // Next year, before the yearly run has come to this account.
            let late = Moment(Day("2026-12-29")!, hour: 9)
            let worth = try await store.read { tx in
                try Contributions.worthOnClosing(
                    tx, area: County.area, of: dead, on: late.day, Agency.law(tx, area: County.area))
            }
            let outcome = try await desk.approve("accounts.close", Self.closing(dead), at: late)
            #expect(outcome.isCarriedOut && outcome.problems == [])
            let words = try await desk.store.read { [matters = desk.matters, staff = desk.staff] tx in
                try matters.view(tx, outcome.matter, for: staff["deputy"]!, at: late + 400).acts.last?.opinion
            }
            #expect(words?.hasPrefix("账户已清退 \(worth!) 元") == true, "\(words ?? "") \(worth!)")
        }
    }

    @Test("受理以后账户又进了钱,科长同意以后还要分管领导审批,没有付出去", arguments: StoreKind.allCases)
    func grown(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let dead = try await Self.estate(desk, Money(yuan: 9_000))
            let opened = try await desk.hand("accounts.close", Self.closing(dead))
            let reviewed = try await Self.agree(desk, opened, "accounts.review", at: County.at + 60)
            try await store.write { tx in
                try Agency.creditAccounts(
                    tx, area: County.area, month: Month(year: 2025, month: 11),
                    [AccountPosting(person: dead, amount: Money(yuan: 1_500))], Self.january)
            }
            let chief = try await Self.agree(desk, reviewed, "contributions.chief", at: County.at + 120)
            #expect(chief.state == .underWay && chief.problems == [])
            #expect(
                try await store.read { try Contributions.balance($0, area: County.area, of: dead) }
                    == Money(yuan: 10_500))
            #expect(try await Self.agree(desk, chief, "deputy", at: County.at + 180).isCarriedOut)
            #expect(try await desk.broken() == [])
        }
    }

    // MARK: Cut up

    /// 20,000 yuan that nobody can place, paid in by the county's first employer.
    private static func unplaced(_ desk: Desk) async throws -> (receipt: ID<Receipt>, payer: EmployerRecord) {
        try await desk.store.write { tx in
            let payer = try #require(try Enrolment.employers(tx, area: County.area).first)
            try Contributions.takeIn(
                tx, area: County.area, from: .bank,
                [
                    PaymentLine(
                        serial: "W1", payerCode: payer.creditCode, payerName: payer.name, amount: Money(yuan: 20_000),
                        paidDay: County.at.day)
                ], find: { _ in [:] }, lateFees: { _ in nil },
                Ground("银行到账", by: .system, at: County.at))
            let item = try #require(try Contributions.suspense(tx, area: County.area, after: ID(0), limit: 1).first)
            return (item.receipt.id, payer)
        }
    }

    @Test("一笔到账分几次退,按累计金额分级:第二笔过一万元的要科长审批", arguments: StoreKind.allCases)
    func refundInParts(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (receipt, _) = try await Self.unplaced(desk)
            func form(_ amount: String) -> [String: String] {
                ["receipt": "\(receipt)", "amount": amount, "payee": "示例单位", "account": "1", "reason": "多缴"]
            }
            // Both are handed in before either is approved.
            let one = try await desk.hand("contributions.refund", form("9000"))
            let two = try await desk.hand("contributions.refund", form("6000"))
            #expect(try await Self.agree(desk, one, "contributions.review", at: County.at + 60).isCarriedOut)
            let second = try await Self.agree(desk, two, "contributions.review", at: County.at + 120)
            #expect(second.state == .underWay && second.problems == [])
            let view = try await store.read { [matters = desk.matters, staff = desk.staff] tx in
                try matters.view(tx, second.matter, for: staff["contributions.chief"]!, at: County.at + 130)
            }
            #expect(view.amount == Money(yuan: 15_000))
            #expect(view.preview == ["到账 \(receipt) 此前已退 9000.00 元,连同本次 6000.00 元合计 15000.00 元,按合计分级审批"])
            #expect(try await Self.agree(desk, second, "contributions.chief", at: County.at + 180).isCarriedOut)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("一个月分几次补记,按累计金额分级:合计满一千元的要科长审批", arguments: StoreKind.allCases)
    func supplementInParts(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let owner = try await store.write { tx in
                let owner = try Self.person(tx)
                try Agency.creditAccounts(
                    tx, area: County.area, month: Month(year: 2025, month: 12),
                    [AccountPosting(person: owner, amount: Money(yuan: 160))], Self.january)
                return owner
            }
            func form(_ amount: String, _ month: String = "2025-12") -> [String: String] {
                ["person": "\(owner)", "month": month, "amount": amount, "reason": "基数更正"]
            }
            #expect(try await desk.approve("accounts.supplement", form("600")).isCarriedOut)
            #expect(try await desk.approve("accounts.supplement", form("600", "2025-11")).isCarriedOut)
            let second = try await desk.approve("accounts.supplement", form("400"))
            #expect(second.state == .underWay && second.problems == [])
            #expect(try await Self.agree(desk, second, "contributions.chief", at: County.at + 180).isCarriedOut)
            #expect(
                try await store.read { try Contributions.balance($0, area: County.area, of: owner) }
                    == Money(yuan: 1_760))
            #expect(try await desk.broken() == [])
        }
    }

    @Test("退费、认领、更正到账也涉及付款人:登记过回避的人不能办", arguments: StoreKind.allCases)
    func remitter(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (receipt, payer) = try await Self.unplaced(desk)
            let kinds = Agency.matterKinds.filter { $0.field("receipt") != nil && $0.section == .contributions }
            #expect(kinds.map(\.code).contains("contributions.refund"))
            for kind in kinds {
                let concerns = try await store.read { tx in
                    try kind.concerns(tx, area: County.area, FormValues(["receipt": "\(receipt)"]))
                }
                #expect(concerns == [.employer(payer.id)], "\(kind.code)")
            }
            let owner = try await store.write { tx in
                let owner = try Self.person(tx)
                try Agency.creditAccounts(
                    tx, area: County.area, month: Month(year: 2025, month: 12),
                    [AccountPosting(person: owner, amount: Money(yuan: 160))], Self.january)
                return owner
            }
            let correction = try desk.matters.kind("accounts.correct")
            let concerns = try await store.read { tx in
                let entry = try tx.first("SELECT max(id) FROM account_entry") { try $0.int(0) } ?? 0
                return try correction.concerns(tx, area: County.area, FormValues(["entry": "\(entry)"]))
            }
            #expect(concerns == [.person(owner)])
        }
    }
}
