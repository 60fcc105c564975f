import Basics
import Benefits
import Contributions
import Control
import Demonstration
import Policy
import Settlement
import Storage
import TestKit
import Testing

@testable import Agency

/// Settlements that are laid anew after an earlier one was reversed (冲正重算): the law and the facts of their day, the
/// accounts of today. The second-tier hospital charges 500 at the year's first stay of 2026 and 250 from the second on,
/// and the pool pays 88 % of the rest.
@Suite("撤销非末次结算以后的重算:账户已用、已清退、已不共济,跨年,其后两笔,同次住院和转院")
struct RecomputationTests {
    private static let recompute = [("须先撤销其后结算", "其后结算重算")]

    private static let later = Moment(day("2026-03-05"), hour: 10)

    /// A stay in the second-tier hospital, settled. Each unit costs 11 yuan.
    private static func stay(
        _ town: Town, _ person: ID<Person>, _ first: String, _ last: String, units: Int64, account: Bool
    ) async throws -> SettlementStatement {
        let reference = try await town.stay(
            person, at: town.otherHospital, from: day(first),
            [town.line(20, units, serial: "1", on: day(first))])
        try await town.discharge(reference, at: town.otherHospital, on: day(last))
        return try await town.settleStay(reference, at: town.otherHospital, account: account)
    }

    /// The year's first stay of 3,300 yuan, of which 836 fall on the patient.
    private static func first(_ town: Town, account: Bool = false) async throws -> SettlementStatement {
        try await stay(town, town.employee, "2026-01-10", "2026-01-20", units: 300, account: account)
    }

    /// The second of 4,400, of which 748 fall on the patient, and 968 were it the first.
    private static func second(_ town: Town) async throws -> SettlementStatement {
        try await stay(town, town.employee, "2026-02-01", "2026-02-10", units: 400, account: true)
    }

    /// Another employee, who has 2,000 yuan of his own.
    private static func relative(_ town: Town) -> ID<Person> {
        town.house.people.last { $0.insurance == .employee }!.id
    }

    private static func share(_ town: Town, _ owner: ID<Person>, with beneficiary: ID<Person>) async throws {
        let (area, at) = (town.area, town.clock.now)
        try await town.agency.store.write { tx in
            _ = try Contributions.share(
                tx, area: area, owner: owner, beneficiary: beneficiary, .spouse, from: day("2026-01-01"), by: .system,
                at: at)
        }
    }

    /// A costly stay of the relative: 3,344 yuan fall on him, first out of his own account.
    private static func spendByRelative(_ town: Town) async throws {
        let spent = try await stay(
            town, relative(town), "2026-02-12", "2026-02-20", units: 2_200, account: true)
        #expect(spent.bill.amounts.personal == Money(yuan: 3_344))
    }

    private static func close(_ town: Town, _ person: ID<Person>, on closing: String) async throws {
        let (area, at) = (town.area, Moment(day(closing), hour: 9))
        try await town.agency.store.write { tx in
            let closed = try Contributions.closeAccount(
                tx, area: area, of: person, .emigration, on: day(closing),
                to: .bank(name: "示例甲", account: "6222000000000000"), Agency.law(tx, area: area),
                Ground("出境定居", by: .system, at: at))
            try Agency.post(tx, area: area, closed.runs, by: .system, at: at)
        }
    }

    /// What stands of an encounter: the settlement laid anew, where there is one.
    private static func standing(_ town: Town, _ statement: SettlementStatement) async throws -> SettlementRow {
        let (area, encounter) = (town.area, statement.bill.encounter)
        return try await town.agency.store.read { tx in
            try #require(try SettlementDesk.standingSettlements(area, encounter, tx).last)
        }
    }

    /// The proof holds, and all accounts together hold what the fund's two ledgers of accounts say.
    private static func requireSound(_ town: Town, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await town.verify() == [], sourceLocation: sourceLocation)
        let accounts = try await town.number("SELECT CAST(SUM(balance_fen) AS BIGINT) FROM personal_account")
        let posted = try await town.number("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM account_ledger")
        let settled = try await town.number("SELECT CAST(SUM(account_fen) AS BIGINT) FROM payable")
        #expect(accounts == posted - settled, sourceLocation: sourceLocation)
    }

    private static func expect(
        _ row: SettlementRow, own: Int64, shared: Int64 = 0, cash: Int64,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(row.kind == .recomputation, sourceLocation: sourceLocation)
        #expect(
            [row.amounts.account, row.amounts.sharedAccount, row.amounts.cash]
                == [Money(yuan: own), Money(yuan: shared), Money(yuan: cash)], sourceLocation: sourceLocation)
    }

    // MARK: The patient's own account

    @Test("账户其后已用完:重算最多再用原来用过的,差额转现金", arguments: StoreKind.allCases)
    func spent(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            let one = try await Self.first(town)
            let two = try await Self.second(town)
            #expect(two.bill.amounts.account == Money(yuan: 748))
            try await Self.share(town, town.employee, with: Self.relative(town))
            try await Self.spendByRelative(town)
            #expect(try await town.balance(of: town.employee) == .zero)
            _ = try await town.reverse(one, at: town.otherHospital)
            let anew = try await Self.standing(town, two)
            Self.expect(anew, own: 748, cash: 220)
            #expect(anew.accountBalance == .zero)
            #expect(try await town.balance(of: town.employee) == .zero)
            try await Self.requireSound(town)
            // What was laid anew is taken back like any other, as it now stands.
            _ = try await town.agency.reverse(
                ReversalRequest(settlement: anew.id, encounter: anew.encounter, person: anew.person),
                town.head("2305", from: town.otherHospital))
            #expect(try await town.balance(of: town.employee) == Money(yuan: 748))
            #expect(try await town.year(of: town.employee) == YearToDate())
            try await Self.requireSound(town)
        }
    }

    @Test("被撤销的结算退回的账户资金可以接着用;其后划入的不因此多用", arguments: StoreKind.allCases)
    func returned(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            let one = try await Self.first(town, account: true)
            #expect(one.bill.amounts.account == Money(yuan: 836))
            try await Self.share(town, town.employee, with: Self.relative(town))
            // The relative leaves nothing: the second stay is paid in cash.
            let (area, at) = (town.area, town.clock.now)
            try await Self.spendByRelative(town)
            #expect(try await town.balance(of: town.employee) == .zero)
            let two = try await Self.second(town)
            #expect(two.bill.amounts.cash == Money(yuan: 748))
            try await town.agency.store.write { tx in
                try Agency.creditAccounts(
                    tx, area: area, month: at.day.month,
                    [AccountPosting(person: town.employee, amount: Money(yuan: 500))],
                    Ground("三月划入", by: .system, at: at))
            }
            _ = try await town.reverse(one, at: town.otherHospital)
            Self.expect(try await Self.standing(town, two), own: 836, cash: 132)
            #expect(try await town.balance(of: town.employee) == Money(yuan: 500))
            try await Self.requireSound(town)
        }
    }

    @Test("账户其后已清退:只再用原来用过的,退回的余额待补清退", arguments: StoreKind.allCases)
    func closed(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            let one = try await Self.first(town, account: true)
            let two = try await Self.second(town)
            try await Self.close(town, town.employee, on: "2026-03-02")
            town.clock.now = Self.later
            _ = try await town.reverse(one, at: town.otherHospital)
            Self.expect(try await Self.standing(town, two), own: 748, cash: 220)
            let (area, person) = (town.area, town.employee)
            let waiting = try await town.agency.store.read { try Contributions.closedWithBalance($0, area: area) }
            #expect(waiting.map(\.person) == [person] && waiting.map(\.balance) == [Money(yuan: 836)])
            try await Self.requireSound(town)
        }
    }

    @Test("其后有两笔:前一笔重算不占后一笔原来用过的账户资金", arguments: StoreKind.allCases)
    func twoLater(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            let one = try await Self.first(town)
            let two = try await Self.second(town)
            let three = try await Self.stay(
                town, town.employee, "2026-02-12", "2026-02-20", units: 2_000, account: true)
            // 250 and 12 % of 21,750; what is left on the account is all it gets.
            #expect(three.bill.amounts.account == Money(yuan: 1_252) && three.bill.amounts.cash == Money(yuan: 1_608))
            _ = try await town.reverse(one, at: town.otherHospital)
            let twoAnew = try await Self.standing(town, two)
            Self.expect(twoAnew, own: 748, cash: 220)
            Self.expect(try await Self.standing(town, three), own: 1_252, cash: 1_608)
            #expect(try await town.balance(of: town.employee) == .zero)
            try await Self.requireSound(town)

            // The second goes as well: the third is the first now, and what the second took is there for it.
            _ = try await town.agency.reverse(
                ReversalRequest(settlement: twoAnew.id, encounter: twoAnew.encounter, person: twoAnew.person),
                town.head("2305", from: town.otherHospital))
            Self.expect(try await Self.standing(town, three), own: 2_000, cash: 1_080)
            #expect(try await town.year(of: town.employee)[.stays] == 1)
            try await Self.requireSound(town)
        }
    }

    // MARK: A relative's account

    /// What became of the relative's account after it paid.
    enum Since: CaseIterable {
        case nothing, sharedNoLonger, closed, spent
    }

    @Test("家属账户共济支付过的:仍共济且有余额的可以多用,已终止、已清退、已用完的只再用原来用过的", arguments: StoreKind.allCases, Since.allCases)
    func family(_ kind: StoreKind, _ since: Since) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            let relative = Self.relative(town)
            try await Self.share(town, relative, with: town.employee)
            let one = try await Self.first(town)
            let two = try await Self.stay(
                town, town.employee, "2026-02-01", "2026-02-10", units: 2_000, account: true)
            #expect(two.bill.amounts.account == Money(yuan: 2_000))
            #expect(two.bill.amounts.sharedAccount == Money(yuan: 860) && two.bill.amounts.cash == .zero)
            switch since {
            case .nothing: break
            case .sharedNoLonger: try await Self.unshare(town, relative)
            case .closed: try await Self.close(town, relative, on: "2026-03-02")
            case .spent: try await Self.spendByRelative(town)
            }
            town.clock.now = Self.later
            let before = try await town.balance(of: relative)
            _ = try await town.reverse(one, at: town.otherHospital)
            // 500 and 12 % of 21,500
            let more: Int64 = since == .nothing ? 220 : 0
            Self.expect(try await Self.standing(town, two), own: 2_000, shared: 860 + more, cash: 220 - more)
            #expect(try await town.balance(of: relative) == before - Money(yuan: more))
            try await Self.requireSound(town)
        }
    }

    private static func unshare(_ town: Town, _ owner: ID<Person>) async throws {
        let (area, at) = (town.area, town.clock.now)
        try await town.agency.store.write { tx in
            for sharing in try Contributions.sharings(tx, area: area, of: owner) {
                try Contributions.endSharing(
                    tx, area: area, sharing.id, last: at.day, by: .system, ground: "终止共济", at: at)
            }
        }
    }

    // MARK: Years

    @Test("跨年撤销:上年的按上年标准重算,记在今天,本年的结算不动", arguments: StoreKind.allCases)
    func overTheYearsEnd(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            town.clock.now = Moment(day("2025-12-28"), hour: 9)
            let one = try await Self.stay(
                town, town.employee, "2025-12-01", "2025-12-10", units: 300, account: false)
            let two = try await Self.stay(
                town, town.employee, "2025-12-15", "2025-12-25", units: 400, account: true)
            // 300 and 16 % of 4,100
            #expect(two.bill.year == 2025 && two.bill.amounts.account == Money(yuan: 956))
            town.clock.now = Self.later
            let three = try await Self.first(town, account: true)
            _ = try await town.reverse(one, at: town.otherHospital)
            let anew = try await Self.standing(town, two)
            // 600 and 16 % of 3,800 are 1,208; the account has 208 besides what it paid then.
            Self.expect(anew, own: 1_164, cash: 44)
            #expect(anew.year == 2025 && anew.settledDay == Self.later.day && anew.costDay == two.bill.costDay)
            #expect(try await Self.standing(town, three) == three.bill)
            #expect(try await town.balance(of: town.employee) == .zero)
            #expect(try await town.year(of: town.employee)[.stays] == 1)
            try await Self.requireSound(town)
        }
    }

    @Test("被年末分开的住院,本年部分已结算的,须先撤销本年部分", arguments: StoreKind.allCases)
    func dividedStay(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute + [("按结算年度", "年末中途结算")]) { town in
            town.clock.now = Moment(day("2026-01-05"), hour: 10)
            let one = try await Self.stay(
                town, town.employee, "2025-12-01", "2025-12-10", units: 300, account: false)
            let stay = try await town.stay(
                town.employee, from: day("2025-12-20"),
                [
                    town.line(20, 100, serial: "1", on: day("2025-12-21")),
                    town.line(20, 50, serial: "2", on: day("2026-01-02")),
                ])
            _ = try await town.settleStay(stay, interim: true)
            try await town.discharge(stay)
            let rest = try await town.settleStay(stay)
            let before = try await town.contents()
            #expect(
                try await refusal { try await town.reverse(one, at: town.otherHospital) } == [
                    "settlement.reversal.laterFirst"
                ])
            #expect(try await town.contents() == before)
            _ = try await town.reverse(rest)
            _ = try await town.reverse(one, at: town.otherHospital)
            try await Self.requireSound(town)
        }
    }

    // MARK: Stays that go on from another settlement

    @Test("同次住院的中途结算和出院结算一起重算:中途没收足的起付线由出院结算补收", arguments: StoreKind.allCases)
    func interim(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            let one = try await Self.first(town)
            let stay = try await town.stay(
                town.employee, at: town.otherHospital, from: day("2026-02-10"),
                [town.line(20, 30, serial: "1", on: day("2026-02-11"))])
            let interim = try await town.settleStay(stay, at: town.otherHospital, interim: true, account: false)
            let more = FeeUpload(reference: stay, lines: [town.line(20, 100, serial: "2", on: day("2026-02-15"))])
            _ = try await town.agency.uploadLines(more, town.head("2301", from: town.otherHospital))
            try await town.discharge(stay, at: town.otherHospital, on: day("2026-02-20"))
            let last = try await town.settleStay(stay, at: town.otherHospital, account: false)
            #expect([interim, last].map(\.bill.amounts.deductible) == [Money(yuan: 250), .zero])

            _ = try await town.reverse(one, at: town.otherHospital)
            let (area, encounter) = (town.area, stay.encounter)
            let anew = try await town.agency.store.read {
                try SettlementDesk.standingSettlements(area, encounter, $0)
            }
            // All 330 of the first part, and the rest of 500 from the second.
            #expect(anew.map(\.kind) == [.recomputation, .recomputation])
            #expect(anew.map(\.amounts.deductible) == [Money(yuan: 330), Money(yuan: 170)])
            #expect(anew.map(\.amounts.pool) == [.zero, Money(fen: 81_840)])
            #expect(try await town.year(of: town.employee)[.stays] == 1)
            try await Self.requireSound(town)
            for row in anew.reversed() {
                _ = try await town.agency.reverse(
                    ReversalRequest(settlement: row.id, encounter: row.encounter, person: row.person),
                    town.head("2305", from: town.otherHospital))
            }
            #expect(try await town.year(of: town.employee) == YearToDate())
            try await Self.requireSound(town)
        }
    }

    @Test("转出医院的结算撤销了,转入的住院不再补差,按首次住院重算", arguments: StoreKind.allCases)
    func transfer(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            let one = try await Self.first(town)
            let referral = FilingRequest(
                kind: .referral, person: town.employee, insurance: .employee, providerCode: town.hospital,
                providerName: "示例第一医院", first: day("2026-01-20"), last: nil)
            _ = try await town.agency.file(referral, town.head("2501", from: town.otherHospital))
            let stay = try await town.stay(
                town.employee, from: day("2026-01-21"), [town.line(20, 300, serial: "1", on: day("2026-01-22"))])
            try await town.discharge(stay, on: day("2026-02-01"))
            let moved = try await town.settleStay(stay, account: false)
            // The third tier's 1,000 less the 500 paid before the move.
            #expect(moved.bill.amounts.deductible == Money(yuan: 500))
            _ = try await town.reverse(one, at: town.otherHospital)
            let anew = try await Self.standing(town, moved)
            #expect(anew.kind == .recomputation && anew.amounts.deductible == Money(yuan: 1_000))
            // 85 % of 2,300
            #expect(anew.amounts.pool == Money(yuan: 1_955))
            #expect(try await town.year(of: town.employee)[.stays] == 1)
            try await Self.requireSound(town)
        }
    }

    @Test("转院跨了年,转入的住院已在次年结算的,须先撤销它,起付线才不会少收", arguments: StoreKind.allCases)
    func transferBeyondYear(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            town.clock.now = Moment(day("2026-01-15"), hour: 10)
            let one = try await Self.stay(
                town, town.employee, "2025-12-10", "2025-12-28", units: 300, account: false)
            let referral = FilingRequest(
                kind: .referral, person: town.employee, insurance: .employee, providerCode: town.hospital,
                providerName: "示例第一医院", first: day("2025-12-28"), last: nil)
            _ = try await town.agency.file(referral, town.head("2501", from: town.otherHospital))
            let stay = try await town.stay(
                town.employee, from: day("2025-12-29"), [town.line(20, 300, serial: "1", on: day("2025-12-30"))])
            try await town.discharge(stay, on: day("2026-01-10"))
            let moved = try await town.settleStay(stay, account: false)
            #expect(one.bill.year == 2025 && moved.bill.year == 2026)
            #expect(moved.bill.amounts.deductible < Money(yuan: 1_000), "按转院补差")
            let before = try await town.contents()
            #expect(
                try await refusal { try await town.reverse(one, at: town.otherHospital) } == [
                    "settlement.reversal.laterFirst"
                ])
            #expect(try await town.contents() == before)
            _ = try await town.reverse(moved)
            _ = try await town.reverse(one, at: town.otherHospital)
            try await Self.requireSound(town)
        }
    }
}
