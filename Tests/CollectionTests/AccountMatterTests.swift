import Basics
import Control
import Enrolment
import Fund
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// What the desk of personal accounts does, each thing by a matter; the fund's ledger follows every day.
@Suite("个人账户办件:共济、清退、继承、更正、结息")
struct AccountMatterTests {
    private static func person(_ tx: any Transaction, _ number: Int) throws -> ID<Person> {
        let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
        return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
    }

    private static func balance(_ desk: Desk, _ person: ID<Person>) async throws -> Money? {
        try await desk.store.read { try Contributions.balance($0, area: County.area, of: person) }
    }

    /// Two employees with 160 yuan each, credited in December 2025.
    private static func owners(_ desk: Desk) async throws -> (ID<Person>, ID<Person>) {
        try await desk.store.write { tx in
            let (one, two) = (try person(tx, 0), try person(tx, 1))
            try Agency.creditAccounts(
                tx, area: County.area, month: Month(year: 2025, month: 12),
                [one, two].map { AccountPosting(person: $0, amount: Money(yuan: 160)) },
                Ground("示例划入", by: .system, at: Moment(Day("2025-12-20")!, hour: 9)))
            return (one, two)
        }
    }

    private static func event(
        _ desk: Desk, _ kind: PersonAct.Kind, _ person: ID<Person>, certificate: String = ""
    ) async throws -> [Problem] {
        try await desk.carryOut(
            "enrolment.person.life",
            [
                "person": "\(person)", "event": "\(kind.rawValue)", "day": "2026-01-10", "certificate": certificate,
                "ground": "证明材料",
            ])
    }

    @Test("死亡:先登记死亡才能清退,本息划入继承人账户,共济随之终止;不能清退两次", arguments: StoreKind.allCases)
    func death(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (dead, heir) = try await Self.owners(desk)
            let sharing = ["owner": "\(dead)", "beneficiary": "\(heir)", "relation": "1", "from": "2026-01-20"]
            #expect(try await desk.carryOut("accounts.sharing.begin", sharing) == [])
            let form = ["person": "\(dead)", "reason": "1", "payee": "heir", "heir": "\(heir)"]
            #expect(
                try await desk.carryOut("accounts.close", form).map(\.code) == ["contributions.account.alive"])
            #expect(try await Self.event(desk, .died, dead, certificate: "示死1号") == [])
            #expect(
                try await desk.carryOut("accounts.close", form.merging(["heir": ""]) { $1 }).map(\.code)
                    == ["contributions.account.heir"])
            #expect(
                try await desk.carryOut("accounts.close", form, without: ["heirship"]).map(\.code)
                    == ["matter.paper.missing"])
            #expect(try await desk.carryOut("accounts.close", form) == [])
            #expect(try await Self.balance(desk, dead) == .zero)
            let inherited = try #require(try await Self.balance(desk, heir))
            #expect(inherited >= Money(yuan: 320))
            let shared = try await store.read { try Contributions.sharings($0, area: County.area, of: dead) }
            #expect(shared.map { $0.last != nil } == [true])
            #expect(
                try await desk.carryOut("accounts.close", form).map(\.code)
                    == ["contributions.account.closedBefore"])
            #expect(try await desk.broken() == [])
        }
    }

    private static func paper(_ number: Int) -> String { County.idNumber(number) }

    @Test("几位继承人:名单逐格核对,二顺位不与一顺位同分;分配到分,银行的部分记账,各人证明留痕", arguments: StoreKind.allCases)
    func heirs(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (dead, heir) = try await Self.owners(desk)
            #expect(try await Self.event(desk, .died, dead, certificate: "示死1号") == [])
            let form = ["person": "\(dead)", "reason": "1", "payee": "heirs", "manner": "1"]
            let heading = "姓名,证件号码,与死者关系,份额,继承关系证明,去向,开户银行和账号\n"
            func close(_ lines: [String], _ changes: [String: String] = [:]) async throws -> [String] {
                try await desk.carryOut(
                    "accounts.close", form.merging(changes) { $1 }, file: heading + lines.joined(separator: "\n")
                ).map(\.code)
            }
            let own = "示例1,\(Self.paper(1)),配偶,2,公证书1号,个人账户,"
            let bank = "示例外,\(Self.paper(900)),子女,1,公证书2号,银行账户,示例银行 6222000000000001"
            #expect(
                try await close(["示例1,\(Self.paper(1)),邻居,零,公证书1号,个人账户,", "示例外,9901,子女,1,,银行账户,"])
                    == [
                        "contributions.heirs.choice", "contributions.heirs.parts", "contributions.heirs.paper",
                        "import.missing", "contributions.account.payee",
                    ])
            #expect(
                try await close([own.replacing("示例1,", with: "另一人,"), bank.replacing("银行账户", with: "个人账户")])
                    == ["contributions.heirs.name", "contributions.heirs.unknown"])
            #expect(
                try await close([own, bank.replacing("子女", with: "兄弟姐妹")]) == ["contributions.heirs.order"])
            let twice = own.replacing("个人账户,", with: "银行账户,示例银行 1").replacing("配偶", with: "子女")
            #expect(try await close([own, twice]) == ["contributions.heirs.twice"])
            #expect(
                try await close([bank.replacing(Self.paper(900), with: Self.paper(0))])
                    == ["contributions.account.heirSelf"])
            #expect(try await close([own, bank], ["manner": ""]) == ["contributions.heirs.manner"])
            #expect(try await Self.balance(desk, dead) == Money(yuan: 160))

            let before = try #require(try await Self.balance(desk, heir))
            #expect(try await close([own, bank]) == [])
            #expect(try await Self.balance(desk, dead) == .zero)
            let closing = try #require(
                try await store.read { try Contributions.closings($0, area: County.area, of: dead) }.first)
            #expect(closing.payees.map(\.amount).total() == closing.amount && closing.amount > Money(yuan: 160))
            #expect(closing.payees.map(\.share.proof) == ["公证书1号", "公证书2号"])
            #expect(try await Self.balance(desk, heir) == before + closing.payees[0].amount)
            let booked = try await store.read {
                try Vouchers.list($0, area: County.area, book: .employee, month: County.january, limit: 10).map(\.total)
            }
            #expect(booked == [closing.payees[1].amount])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("余额满一万元的清退,科长审批以后还要分管领导审批,金额以账面为准;死者的钱划入银行也要继承关系证明", arguments: StoreKind.allCases)
    func largeBalance(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (dead, _) = try await Self.owners(desk)
            try await store.write { tx in
                try Agency.creditAccounts(
                    tx, area: County.area, month: Month(year: 2025, month: 11),
                    [AccountPosting(person: dead, amount: Money(yuan: 9_840))],
                    Ground("示例划入", by: .system, at: Moment(Day("2025-12-20")!, hour: 10)))
            }
            #expect(try await Self.event(desk, .died, dead, certificate: "示死1号") == [])
            let form = [
                "person": "\(dead)", "reason": "1", "payee": "bank", "payee_name": "示例继承人",
                "payee_account": "示例银行 6222000000000000",
            ]
            #expect(
                try await desk.carryOut("accounts.close", form, without: ["heirship"]).map(\.code)
                    == ["matter.paper.missing"])
            let agreed = try await desk.approve("accounts.close", form)
            #expect(agreed.state == .underWay)
            #expect(try await Self.balance(desk, dead) == Money(yuan: 10_000))
            let closed = try await store.write { tx in
                try desk.matters.act(
                    tx, agreed.matter, .agree("同意"), seen: agreed.version, by: desk.staff["deputy"]!,
                    at: County.at + 300)
            }
            #expect(closed.isCarriedOut && closed.problems == [])
            #expect(try await Self.balance(desk, dead) == .zero)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("清退以后才缴清的月份:下月划入时补划,不再留在风险清单,补清退给继承人", arguments: StoreKind.allCases)
    func paidAfterClosing(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (dead, heir) = try await Self.owners(desk)
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            #expect(try await Self.event(desk, .died, dead, certificate: "示死1号") == [])
            let form = ["person": "\(dead)", "reason": "1", "payee": "heir", "heir": "\(heir)"]
            #expect(try await desk.carryOut("accounts.close", form) == [])
            let file = try await store.read { tx in
                try Contributions.bills(tx, area: County.area, after: ID(0), limit: 10).filter {
                    $0.months.lowerBound == County.january
                }
            }.reduce("交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n") {
                $0 + "B\($1.id),\($1.id),,示例单位0,\($1.payable),2026-02-10\n"
            }
            let late = Moment(Day("2026-02-20")!, hour: 9)
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: late) == [])
            func uncredited() async throws -> Int {
                let agency = try await Agency.open(store, policies: County.policies.get(), clock: { late })
                let report = try await agency.riskCheck(County.area, from: Day("2026-01-01")!, through: late.day)
                return try #require(report.points.first { $0.code == "accounts.uncredited" }).rowCount
            }
            #expect(try await uncredited() == 4)
            #expect(try await desk.carryOut("contributions.run.credits", ["month": "2026-02"], at: late) == [])
            #expect(try await uncredited() == 0)
            let waiting = try await store.read { try Contributions.closedWithBalance($0, area: County.area) }
            #expect(waiting.map(\.person) == [dead] && waiting.map(\.balance) == [Money(yuan: 160)])
            let before = try #require(try await Self.balance(desk, heir))
            #expect(try await desk.carryOut("accounts.close", form, at: late) == [])
            #expect(try await Self.balance(desk, dead) == .zero)
            #expect(try #require(try await Self.balance(desk, heir)) >= before + Money(yuan: 160))
            #expect(try await desk.broken() == [])
        }
    }

    @Test("出境定居:先登记才能清退,付到本人银行账户并记账;清退后不再补记", arguments: StoreKind.allCases)
    func emigration(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (leaver, heir) = try await Self.owners(desk)
            let form = [
                "person": "\(leaver)", "reason": "2", "payee": "bank", "payee_name": "示例0",
                "payee_account": "示例银行 6222000000000000",
            ]
            #expect(
                try await desk.carryOut("accounts.close", form).map(\.code) == ["contributions.account.notAbroad"])
            #expect(try await Self.event(desk, .abroad, leaver) == [])
            let inherited = form.merging(["payee": "heir", "heir": "\(heir)"]) { $1 }
            #expect(
                try await desk.carryOut("accounts.close", inherited).map(\.code)
                    == ["contributions.account.payeeAlive"])
            #expect(try await desk.carryOut("accounts.close", form, without: ["heirship"]) == [])
            #expect(try await Self.balance(desk, leaver) == .zero)
            let paid = try await store.read {
                try Vouchers.list($0, area: County.area, book: .employee, month: County.january, limit: 10).map(\.total)
            }
            #expect(paid.count == 1 && paid[0] >= Money(yuan: 160))
            let supplement = ["person": "\(leaver)", "month": "2025-11", "amount": "10", "reason": "漏记"]
            #expect(
                try await desk.carryOut("accounts.supplement", supplement).map(\.code)
                    == ["contributions.account.closed"])
            let reopen = ["person": "\(leaver)", "reason": "并未出境"]
            #expect(try await desk.carryOut("accounts.reopen", reopen) == [])
            #expect(try await desk.carryOut("accounts.supplement", supplement) == [])
            #expect(try await Self.balance(desk, leaver) == Money(yuan: 10))
            #expect(try await desk.broken() == [])
        }
    }

    @Test("流水红字更正一次为限;年度结息由办件成批办理,再办一次不多结", arguments: StoreKind.allCases)
    func correctionAndInterest(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (one, two) = try await Self.owners(desk)
            #expect(try await desk.carryOut("accounts.interest.settle", ["year": "2025"]) == [])
            let settled = try #require(try await Self.balance(desk, one))
            #expect(settled >= Money(yuan: 160))
            #expect(try await desk.carryOut("accounts.interest.settle", ["year": "2025"]) == [])
            #expect(try await Self.balance(desk, one) == settled)
            #expect(
                try await desk.carryOut("accounts.interest.settle", ["year": "2026"]).map(\.code)
                    == ["contributions.interest.early"])
            let entry = try await store.read {
                try Contributions.entries($0, area: County.area, of: two).last { $0.kind == .monthlyCredit }?.id
            }
            let form = ["entry": "\(try #require(entry))", "reason": "重复划入"]
            #expect(try await desk.carryOut("accounts.correct", form) == [])
            #expect(
                try await desk.carryOut("accounts.correct", form).map(\.code)
                    == ["contributions.entry.correctedBefore"])
            #expect(try await Self.balance(desk, two) == settled - Money(yuan: 160))
            #expect(try await desk.broken() == [])
        }
    }
}
