import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// Matters of enrolment whose effects reach into other desks: an account that moves, a spell that rests on nothing.
@Suite("跨科室的参保办件:并户、撤销登记")
struct PeopleMatterTests {
    private static func person(_ tx: any Transaction, _ number: Int) throws -> ID<Person> {
        let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
        return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
    }

    private static func balance(_ desk: Desk, _ person: ID<Person>) async throws -> Money {
        try await desk.store.read { try Contributions.balance($0, area: County.area, of: person) ?? .zero }
    }

    /// A second number of person 0: a passport, insured in 2024, with 100 yuan, and shared with by person 1.
    private static func duplicate(_ tx: any Transaction) throws -> ID<Person> {
        let origin = ActOrigin(area: County.area, actor: .system, at: County.at, ground: "示例")
        let twin = try Enrolment.register(
            tx,
            PersonParticulars(
                paper: IdentityPaper(kind: .passport, checked: "E00000001"), name: "示例零", sex: .male,
                birth: Day("1980-05-17")!), by: origin)
        let spells = try Enrolment.readSpells(
            "psn_cert_type,certno,insutype,psn_type,begndate,enddate,emp_uscc,emp_name\n"
                + "08,E00000001,310,1103,2024-03-01,2024-12-31,,\n", file: "former.csv")
        _ = try Enrolment.importSpells(
            tx, spells, by: ImportOrigin(area: County.area, actor: .system, at: County.at))
        let ground = Ground("示例划入", by: .system, at: Moment(Day("2025-12-20")!, hour: 9))
        try Agency.creditAccounts(
            tx, area: County.area, month: Month(year: 2025, month: 12),
            [
                AccountPosting(person: twin, amount: Money(yuan: 100)),
                AccountPosting(person: try person(tx, 1), amount: Money(yuan: 50)),
            ], ground)
        _ = try Contributions.share(
            tx, area: County.area, owner: try person(tx, 1), beneficiary: twin, .spouse, from: Day("2026-01-01")!,
            by: .system, at: County.at)
        return twin
    }

    @Test("重复人员合并:账户连本带息转入,共济改到保留的编号,参保年限合并计算;撤销合并原路退回", arguments: StoreKind.allCases)
    func merge(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (twin, kept, relative) = try await store.write { tx in
                (try Self.duplicate(tx), try Self.person(tx, 0), try Self.person(tx, 1))
            }
            let form = ["duplicate": "\(twin)", "survivor": "\(kept)", "ground": "同一人两个编号"]
            #expect(try await desk.carryOut("enrolment.person.merge", form) == [])
            #expect(try await Self.balance(desk, twin) == .zero)
            let moved = try await Self.balance(desk, kept)
            #expect(moved >= Money(yuan: 100))
            let (shared, spells) = try await store.read { tx in
                let policy = try Agency.law(tx, area: County.area)
                let cover = try Agency.coverCase(tx, area: County.area, of: kept, policy, asOf: County.at.day)
                return (
                    try Contributions.sharings(tx, area: County.area, of: relative).map(\.beneficiary),
                    cover?.spells.map(\.period.first)
                )
            }
            #expect(shared == [twin, kept])
            #expect(spells == [Day("2024-03-01")!, Day("2025-01-01")!])
            // A day insured under the old number is answered under the one that counts.
            let answer = try await store.read {
                try Enrolment.requireInsured($0, area: County.area, kept).entitlement(
                    on: Day("2024-06-01")!, under: .employee)
            }
            #expect(answer.coverage?.insurance == .employee)
            #expect(try await desk.broken() == [])

            let back = ["person": "\(twin)", "ground": "经核实不是同一人"]
            #expect(try await desk.carryOut("enrolment.person.separate", back) == [])
            #expect(try await Self.balance(desk, kept) == .zero)
            #expect(try await Self.balance(desk, twin) == moved)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("撤销参保登记:有应缴单、有划入先退回,更正后当作没有登记过,同日可以重新参保", arguments: StoreKind.allCases)
    func void(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let resident = try await store.read { try Self.person($0, 4) }
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            let form = ["person": "\(resident)", "insurance": "390", "from": "2025-01-01", "ground": "冒名登记"]
            let refused = try await desk.carryOut("enrolment.spell.void", form)
            #expect(refused.map(\.code) == ["enrolment.void.billed"])
            #expect(refused[0].message.contains("应缴更正"))
            let unknown = form.merging(["from": "2025-01-02"]) { $1 }
            #expect(try await desk.carryOut("enrolment.spell.void", unknown).map(\.code) == ["enrolment.void.none"])

            let bill = try await store.read {
                try Contributions.bills($0, area: County.area, after: ID(0), limit: 9)[0]
            }
            #expect(
                try await desk.carryOut("contributions.resident.correct", ["bill": "\(bill.id)", "reason": "错登"]) == [])
            #expect(try await desk.carryOut("enrolment.spell.void", form) == [])
            let (after, history) = try await store.read { tx in
                (
                    try Enrolment.requireInsured(tx, area: County.area, resident).spells,
                    try Enrolment.history(tx, area: County.area, of: resident).map(\.title)
                )
            }
            #expect(after.isEmpty)
            #expect(history.contains { $0.hasPrefix("撤销登记:自 2025-01-01 的城乡居民基本医疗保险") })
            #expect(try await desk.broken() == [])

            let again = ["person": "\(resident)", "category": "1501", "from": "2025-01-01", "reason": "1"]
            #expect(try await desk.carryOut("enrolment.spell.open", again) == [])
            #expect(try await desk.carryOut("enrolment.spell.void", form) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("已划入个人账户的月份没有冲回,撤销职工参保登记退回", arguments: StoreKind.allCases)
    func voidAfterCredit(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let employee = try await store.write { tx in
                let person = try Self.person(tx, 0)
                try Agency.creditAccounts(
                    tx, area: County.area, month: County.january,
                    [AccountPosting(person: person, amount: Money(yuan: 160))],
                    Ground("示例划入", by: .system, at: County.at))
                return person
            }
            let form = ["person": "\(employee)", "insurance": "310", "from": "2025-01-01", "ground": "错登"]
            #expect(try await desk.carryOut("enrolment.spell.void", form).map(\.code) == ["enrolment.void.credited"])
            let entry = try await store.read {
                try Contributions.entries($0, area: County.area, of: employee)[0].id
            }
            #expect(try await desk.carryOut("accounts.correct", ["entry": "\(entry)", "reason": "错登"]) == [])
            #expect(try await desk.carryOut("enrolment.spell.void", form) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("居民断保补缴:按当年标准逐年开单,在保的年度退回;缴清后修复当年的等待期", arguments: StoreKind.allCases)
    func repair(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let resident = try await store.read { try Self.person($0, 4) }
            var form = ["person": "\(resident)", "first": "2023", "last": "2025", "reason": "外出务工断保"]
            #expect(
                try await desk.carryOut("contributions.resident.repair", form).map(\.code)
                    == ["contributions.repair.insured"])
            form["last"] = "2026"
            #expect(
                try await desk.carryOut("contributions.resident.repair", form).map(\.code)
                    == ["contributions.repair.years"])
            form["last"] = "2024"
            #expect(try await desk.carryOut("contributions.resident.repair", form) == [])
            #expect(
                try await desk.carryOut("contributions.resident.repair", form).map(\.code)
                    == ["contributions.repair.billed", "contributions.repair.billed"])
            let file = try await desk.county.bankFile()
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            let repairs = try await store.read { tx in
                try Agency.coverCase(
                    tx, area: County.area, of: resident, try Agency.law(tx, area: County.area), asOf: County.at.day
                )?.repairs
            }
            #expect(repairs == [WaitingRepair(year: 2026, years: 2)])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("退休核定:月数留空按缴费记录计算,填得不同要写依据,补缴没到账的不再核定,到账日期以到账记录为准", arguments: StoreKind.allCases)
    func retirement(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let person = try await store.read { try Self.person($0, 0) }
            // Insured since January 2025 by a file, and no bill is known: fifteen months up to March 2026.
            let counted = try await store.read {
                try Agency.insuredMonths($0, area: County.area, of: person, through: Month(year: 2026, month: 3))
            }
            #expect(counted == InsuredMonths(paid: 15, localPaid: 15, deemed: 0))
            var form = ["person": "\(person)", "day": "2026-01-15", "deemed": "0", "way": "2", "paid": "20"]
            let differs = try await desk.carryOut("enrolment.retirement", form)
            #expect(differs.map(\.code) == ["enrolment.retirement.differs"])
            #expect(differs[0].message.contains("实际缴费 13 个月"))
            form["paid"] = nil
            #expect(try await desk.carryOut("enrolment.retirement", form) == [])
            let decided = try await store.read { try Enrolment.retirements($0, area: County.area, of: person) }
            #expect(decided.map(\.months.paid) == [13])
            #expect(decided[0].lumpSum > .zero)

            #expect(
                try await desk.carryOut("enrolment.retirement", form).map(\.code) == ["enrolment.retirement.lumpUnpaid"]
            )
            // Nobody types the day of payment: the bank's file tells it.
            #expect(
                try await desk.carryOut("enrolment.retirement", form.merging(["paidOn": "2026-01-18"]) { $1 })
                    .map(\.code) == ["matter.form.unknown"])
            let (billed, paid) = (Moment(Day("2026-02-05")!, hour: 9), Moment(Day("2026-02-20")!, hour: 9))
            let lump = ["person": "\(person)"]
            #expect(try await desk.carryOut("contributions.lump", lump, at: billed) == [])
            #expect(
                try await desk.carryOut("contributions.lump", lump, at: billed).map(\.code)
                    == ["contributions.lump.billed"])
            let file = try await desk.county.bankFile(on: Day("2026-02-10")!)
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: paid) == [])
            #expect(try await desk.carryOut("enrolment.retirement", form, at: paid + 600) == [])
            let again = try await store.read { try Enrolment.retirements($0, area: County.area, of: person) }
            #expect(again.map(\.retiredFrom) == [nil, Day("2026-03-01")!])
            #expect(again[1].steps.last?.contains("2026-02-10 补缴到账") == true)
            // The decision that recorded the payment asks for nothing more, though its sum is a new decision's.
            #expect(
                try await desk.carryOut("contributions.lump", lump, at: paid + 1_200).map(\.code)
                    == ["contributions.lump.settled"])
            #expect(
                try await store.read { try Contributions.bills($0, area: County.area, of: .person(person)) }.count == 1)
            let retired = try await store.read { try Enrolment.requireInsured($0, area: County.area, person).spells }
            #expect(retired.last?.period.first == Day("2026-03-01")!)
            #expect(retired.last?.category == .retired)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("退休一次性补缴:缴清后认定了视同年限的,按新核定改单,多缴的转暂收;整单冲正的可以再核定", arguments: StoreKind.allCases)
    func lumpDecidedLower(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let person = try await store.read { try Self.person($0, 0) }
            let lump = ["person": "\(person)"]
            var form = ["person": "\(person)", "day": "2026-01-15", "deemed": "0", "way": "2"]
            @Sendable func at(_ day: String) -> Moment { Moment(Day(day)!, hour: 9) }
            @Sendable func bills() async throws -> [LevyBill] {
                try await store.read { try Contributions.bills($0, area: County.area, of: .person(person)) }
            }
            @Sendable func waiting() async throws -> Money {
                try await store.read { try Contributions.suspense($0, area: County.area, limit: 10) }
                    .map(\.amount).total()
            }
            #expect(try await desk.carryOut("enrolment.retirement", form, at: at("2026-02-03")) == [])
            #expect(try await desk.carryOut("contributions.lump", lump, at: at("2026-02-04")) == [])
            let first = try await bills()[0]
            let file = try await desk.county.bankFile(on: Day("2026-02-10")!)
            #expect(
                try await desk.carryOut(
                    "contributions.receipts.take", ["source": "2"], file: file, at: at("2026-02-11")) == [])
            // Twelve months turn out to be deemed: the sum that was paid retires, and twelve months of it were too much.
            form["deemed"] = "12"
            #expect(try await desk.carryOut("enrolment.retirement", form, at: at("2026-02-12")) == [])
            #expect(try await desk.carryOut("contributions.lump", lump, at: at("2026-02-13")) == [])
            let less = Money(yuan: 442) * Int64(12)
            let standing = try #require(
                try await store.read {
                    try Contributions.lumpBill($0, area: County.area, of: person)
                })
            #expect(standing.payable == first.payable - less)
            #expect(try await waiting() == less)
            #expect(
                try await desk.carryOut("contributions.lump", lump, at: at("2026-02-13")).map(\.code)
                    == ["contributions.lump.settled"])
            // Taken back whole, the decision has no bill any more and may be billed anew.
            _ = try await store.write {
                try Contributions.correct(
                    $0, area: County.area, standing.id, to: [], policyVersion: "",
                    Ground("整单冲正", by: .system, at: at("2026-02-14")))
            }
            #expect(try await waiting() == first.payable)
            #expect(try await desk.carryOut("contributions.lump", lump, at: at("2026-02-15")) == [])
            #expect(
                try await store.read { try Contributions.lumpBill($0, area: County.area, of: person) }?.payable
                    == standing.payable)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("退休一次性补缴:重新核定后只补差额;改为按月续缴的,应缴单冲正、已缴的转暂收", arguments: StoreKind.allCases)
    func lumpDecidedAnew(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let person = try await store.read { try Self.person($0, 0) }
            let lump = ["person": "\(person)"]
            var form = ["person": "\(person)", "day": "2026-01-15", "deemed": "12", "way": "2"]
            func bills() async throws -> [LevyBill] {
                try await store.read { try Contributions.bills($0, area: County.area, of: .person(person)) }
            }
            @Sendable func at(_ day: String) -> Moment { Moment(Day(day)!, hour: 9) }
            #expect(try await desk.carryOut("enrolment.retirement", form, at: at("2026-02-03")) == [])
            #expect(try await desk.carryOut("contributions.lump", lump, at: at("2026-02-04")) == [])
            let first = try await bills()[0]
            let file = try await desk.county.bankFile(on: Day("2026-02-10")!)
            #expect(
                try await desk.carryOut(
                    "contributions.receipts.take", ["source": "2"], file: file, at: at("2026-02-11"))
                    == [])
            // Twelve months were deemed that nothing proves: twelve more are missing, at 5,200 × 8.5 %.
            form["deemed"] = "0"
            #expect(try await desk.carryOut("enrolment.retirement", form, at: at("2026-02-12")) == [])
            #expect(try await desk.carryOut("contributions.lump", lump, at: at("2026-02-13")) == [])
            let more = Money(yuan: 442) * Int64(12)
            let standing = try await bills().filter { $0.purpose == .corrected }
            #expect(standing.map(\.payable) == [first.payable + more])
            let owed = try await store.read {
                try Contributions.standing($0, area: County.area, of: standing[0], terms: nil, on: at("2026-02-13").day)
            }
            #expect(owed.outstanding == more, "the difference, and nothing twice")

            form["way"] = "3"
            #expect(try await desk.carryOut("enrolment.retirement", form, at: at("2026-02-14")) == [])
            #expect(try await bills().map(\.payable).total() == .zero)
            #expect(
                try await store.read { try Contributions.suspense($0, area: County.area, limit: 10) }.map(\.amount)
                    .total() == first.payable)
            #expect(
                try await desk.carryOut("contributions.lump", lump, at: at("2026-02-15")).map(\.code)
                    == ["contributions.lump.none"])
            #expect(try await desk.broken() == [])
        }
    }
}
