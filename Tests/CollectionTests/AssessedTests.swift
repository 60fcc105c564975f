import Basics
import Control
import Enrolment
import Portability
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// What the section of contributions does in a month, each thing by a matter and its effect looked at.
@Suite("征缴办件:打开、复核、审批、办结")
struct AssessedTests {
    private static let bank = "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n"

    private static func wages(_ people: Range<Int>, _ yuan: Int) -> String {
        people.reduce("证件类型,证件号码,姓名,月平均工资,起始月\n") { $0 + ",\(County.idNumber($1)),示例\($1),\(yuan),\n" }
    }

    /// Wages declared and January billed: 3,240 yuan an employer of four people.
    private static func billed(_ desk: Desk) async throws {
        for (index, employer) in try await employers(desk).enumerated() {
            let file = wages(index * 4..<index * 4 + 4, 8000)
            #expect(
                try await desk.carryOut(
                    "contributions.wages.declare", ["employer": "\(employer)", "year": "2026"], file: file) == [])
        }
        #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
    }

    private static func employers(_ desk: Desk) async throws -> [ID<Employer>] {
        try await desk.store.read { try Enrolment.employers($0, area: County.area, limit: 10).map(\.id) }
    }

    private static func bills(_ desk: Desk) async throws -> [LevyBill] {
        try await desk.store.read { try Contributions.bills($0, area: County.area, after: ID(0), limit: 100) }
    }

    private static func standing(_ desk: Desk, _ bill: LevyBill, on day: Day) async throws -> BillStanding {
        try await desk.store.read { tx in
            try Contributions.standing(
                tx, area: County.area, of: bill,
                terms: try Agency.lateFees(try Agency.law(tx, area: County.area))(bill.months.lowerBound), on: day)
        }
    }

    private static func suspense(_ desk: Desk) async throws -> [SuspenseItem] {
        try await desk.store.read { try Contributions.suspense($0, area: County.area, limit: 10) }
    }

    private static func moment(_ day: String) -> Moment { Moment(Day(day)!, hour: 9) }

    @Test("申报工资、按月核定:一人工资为负、一人不在本单位,逐格退回;改好后核定一次", arguments: StoreKind.allCases)
    func declaration(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            let employer = try await Self.employers(desk)[0]
            let form = ["employer": "\(employer)", "year": "2026"]
            let negative = try await desk.carryOut(
                "contributions.wages.declare", form,
                file: "证件类型,证件号码,姓名,月平均工资,起始月\n,\(County.idNumber(0)),示例0,-8000,\n")
            #expect(
                negative.map { "\($0.field ?? "") \($0.code)" } == ["表.csv:2 月平均工资 contributions.wage.notPositive"])
            #expect(negative[0].message.contains("是负数"))
            let elsewhere = try await desk.carryOut(
                "contributions.wages.declare", form, file: Self.wages(3..<5, 8000))
            #expect(
                elsewhere.map { "\($0.field ?? "") \($0.code)" } == ["表.csv:3 证件号码 contributions.wage.elsewhere"])
            try await Self.billed(desk)
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            #expect(try await Self.bills(desk).map(\.payable) == [Money(yuan: 3_240), Money(yuan: 3_240)])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("到账、暂收、认领、退费、到账更正:钱在每一步都说得清;同一文件再来不重复", arguments: StoreKind.allCases)
    func money(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await Self.billed(desk)
            let bills = try await Self.bills(desk)
            let file =
                Self.bank + "B1,\(bills[0].id),,示例户名,3300.00,2026-01-19\nB2,,,无名氏,3240.00,2026-01-19\n"
            for _ in 0..<2 {
                #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            }
            var waiting = try await Self.suspense(desk)
            #expect(waiting.map(\.amount) == [Money(yuan: 60), Money(yuan: 3_240)])
            let (over, unknown) = (waiting[0].receipt.id, waiting[1].receipt.id)

            let tooMuch = ["receipt": "\(over)", "bill": "\(bills[1].id)", "amount": "61.00", "reason": "认领"]
            #expect(
                try await desk.carryOut("contributions.suspense.clear", tooMuch).map(\.code)
                    == ["contributions.suspense.short"])
            let claim = ["receipt": "\(unknown)", "bill": "\(bills[1].id)", "amount": "3240.00", "reason": "付款人来电"]
            #expect(try await desk.carryOut("contributions.suspense.clear", claim) == [])
            #expect(try await Self.standing(desk, bills[1], on: County.at.day).state == .paid)

            let back = [
                "receipt": "\(over)", "amount": "60.00", "payee": "示例单位0", "account": "示例银行 001", "reason": "多缴",
            ]
            #expect(try await desk.giveBack(back) == [])
            #expect(
                try await desk.giveBack(back).map(\.code) == ["contributions.suspense.short"])
            waiting = try await Self.suspense(desk)
            #expect(waiting.isEmpty)

            let void = ["receipt": "\(unknown)", "reason": "银行退票"]
            #expect(try await desk.carryOut("contributions.receipt.void", void) == [])
            #expect(
                try await desk.carryOut("contributions.receipt.void", void).map(\.code)
                    == ["contributions.receipt.voidedBefore"])
            #expect(try await Self.standing(desk, bills[1], on: County.at.day).state == .open)
            #expect(try await desk.carryOut("contributions.book", [:]) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("缴费证明把本系统建立前的月数和在这里缴的月数、金额分开载明", arguments: StoreKind.allCases)
    func certified(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await Self.billed(desk)
            let bill = try await Self.bills(desk)[0]
            let file = Self.bank + "C\(bill.id),\(bill.id),,示例户名,3240.00,2026-01-19\n"
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            let draft = try await store.read { tx in
                let person = try #require(
                    try Contributions.everyLine(tx, area: County.area, of: bill.id).map(\.person).first)
                return try Agency.certificateDraft(
                    tx, area: County.area, .payments, of: person, today: County.at.day)
            }
            #expect(draft.spells.map(\.isTakenOver) == [true, false])
            #expect(draft.spells.map(\.months) == [12, 1])
            #expect(draft.spells.map(\.paid) == [.zero, Money(yuan: 160)])
            #expect(draft.spells[0].last == Month("2025-12") && draft.spells[1].first == Month("2026-01"))
            #expect(draft.spells[1].last == nil)
        }
    }

    @Test("基数更正、剔除人员、整单冲正:红字加新单,多缴的转暂收", arguments: StoreKind.allCases)
    func corrections(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await Self.billed(desk)
            let bills = try await Self.bills(desk)
            let employers = try await Self.employers(desk)
            let file = Self.bank + bills.map { "C\($0.id),\($0.id),,示例户名,3240.00,2026-01-19\n" }.joined()
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            let people = try await store.read { tx in
                try Contributions.everyLine(tx, area: County.area, of: bills[0].id).map(\.person)
            }
            #expect(try await desk.carryOut("contributions.run.credits", ["month": "2026-01"]) == [])
            // 10,000 instead of 8,000 yuan: 7.5 % + 2 % + 0.5 % of 2,000 more.
            let base = [
                "employer": "\(employers[0])", "person": "\(people[0])", "from": "2026-01", "wage": "10000",
                "reason": "少报工资",
            ]
            #expect(try await desk.carryOut("contributions.base.correct", base) == [])
            let difference = try #require(try await Self.bills(desk).last)
            #expect(difference.purpose == .supplement && difference.payable == Money(yuan: 200))
            // The others' month stays paid, and his own too.
            #expect(try await Self.standing(desk, bills[0], on: County.at.day).state == .paid)

            // Paid, the month's run adds to the account what it is worth more: 2 % of 2,000.
            let rest = Self.bank + "C99,\(difference.id),,示例户名,200.00,2026-01-19\n"
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: rest) == [])
            for _ in 0..<2 {
                #expect(try await desk.carryOut("contributions.run.credits", ["month": "2026-01"]) == [])
                let account = try await store.read {
                    try Contributions.balance($0, area: County.area, of: people[0])
                }
                #expect(account == Money(yuan: 200))
            }
            // Lowered to 9,000 yuan: the difference gives way, the month's bill stays; 100 yuan too much was paid.
            #expect(
                try await desk.carryOut("contributions.base.correct", base.merging(["wage": "9000"]) { $1 }) == [])
            let corrected = try #require(try await Self.bills(desk).last { $0.purpose == .corrected })
            #expect(corrected.payable == Money(yuan: 100))
            for bill in [bills[0], corrected] {
                #expect(try await Self.standing(desk, bill, on: County.at.day).state == .paid)
            }
            #expect(try await Self.suspense(desk).map(\.amount) == [Money(yuan: 100)])

            let dropped = ["bill": "\(bills[0].id)", "person": "\(people[0])", "reason": "已调出"]
            #expect(try await desk.carryOut("contributions.bill.correct", dropped) == [])
            #expect(try await Self.suspense(desk).map(\.amount).total() == Money(yuan: 910))
            #expect(
                try await desk.carryOut("contributions.bill.correct", dropped).map(\.code)
                    == ["contributions.bill.reversedBefore"])

            let whole = ["bill": "\(bills[1].id)", "reason": "重复核定"]
            #expect(try await desk.carryOut("contributions.bill.correct", whole) == [])
            #expect(
                try await Self.suspense(desk).map(\.amount).total() == Money(yuan: 910 + 3_240))
            #expect(try await desk.carryOut("contributions.book", [:]) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("居民应缴更正:连同财政补助和资助一起冲正,按实际身份重开;整单冲正转暂收再退", arguments: StoreKind.allCases)
    func residents(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            let bills = try await Self.bills(desk)
            #expect(bills.map(\.payable) == Array(repeating: Money(yuan: 400), count: 3))
            let file = Self.bank + bills.map { "R\($0.id),\($0.id),,示例户名,400.00,2026-01-19\n" }.joined()
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])

            let wrongMatter = ["bill": "\(bills[0].id)", "reason": "有误"]
            #expect(
                try await desk.carryOut("contributions.bill.correct", wrongMatter).map(\.code)
                    == ["contributions.bill.resident"])
            let poor = ["bill": "\(bills[0].id)", "class": "2", "group": "1", "reason": "漏认定特困"]
            #expect(try await desk.carryOut("contributions.resident.correct", poor) == [])
            let made = try await Self.bills(desk).suffix(2)
            #expect(made.map(\.purpose) == [.red, .corrected])
            #expect(made.first?.fiscal == Money(yuan: -720) && made.first?.payable == Money(yuan: -400))
            let anew = try #require(made.last)
            #expect(anew.fiscal == Money(yuan: 720) && anew.payable + anew.aid == Money(yuan: 400) && anew.aid > .zero)
            #expect(anew.aidGroup == .destitute)
            #expect(try await Self.suspense(desk).map(\.amount) == [anew.aid])

            let twice = ["bill": "\(bills[1].id)", "reason": "已在外地参保"]
            #expect(try await desk.carryOut("contributions.resident.correct", twice) == [])
            #expect(try await Self.suspense(desk).map(\.amount).total() == anew.aid + Money(yuan: 400))
            #expect(
                try await desk.carryOut("contributions.resident.correct", twice).map(\.code)
                    == ["contributions.bill.reversedBefore"])
            // The year's run, repeated, bills nobody again.
            let count = try await Self.bills(desk).count
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            #expect(try await Self.bills(desk).count == count)
            #expect(try await desk.carryOut("contributions.book", [:]) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("居民个人核定:年中参保的单独核定,年度批处理不再重复;职工和已核定的退回", arguments: StoreKind.allCases)
    func oneResident(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let (residents, employees) = try await store.read { tx in
                (
                    try Enrolment.insured(tx, area: County.area, insurance: .resident, on: County.at.day).map(\.person),
                    try Enrolment.insured(tx, area: County.area, insurance: .employee, on: County.at.day).map(\.person)
                )
            }
            let form = ["person": "\(residents[1])", "year": "2026"]
            #expect(try await desk.carryOut("contributions.bill.resident", form) == [])
            let bills = try await Self.bills(desk)
            #expect(bills.map(\.payable) == [Money(yuan: 400)] && bills[0].payer == .person(residents[1]))
            #expect(
                try await desk.carryOut("contributions.bill.resident", form).map(\.code)
                    == ["contributions.resident.billed"])
            #expect(
                try await desk.carryOut(
                    "contributions.bill.resident", ["person": "\(employees[0])", "year": "2026"]
                ).map(\.code) == ["contributions.resident.none"])
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            #expect(try await Self.bills(desk).count == residents.count)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("欠费:催缴、分期、按期不催不加收、误期恢复;已缴滞纳金减免后退还", arguments: StoreKind.allCases)
    func arrears(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await Self.billed(desk)
            let employer = try await Self.employers(desk)[0]
            let bill = try await Self.bills(desk)[0]
            func dunned(_ day: String) async throws -> Money? {
                try await store.read { tx in
                    try Contributions.dunning(
                        tx, area: County.area, .employer(employer), on: Day(day)!, payBy: Day(day)! + 15,
                        lateFees: Agency.lateFees(try Agency.law(tx, area: County.area)))?.total
                }
            }
            // Due on 15 February, asked for on 31 March: 43 whole days late, 3,240 × 0.05 % × 43.
            #expect(try await dunned("2026-02-15") == nil)
            #expect(try await dunned("2026-03-31") == Money(yuan: 3_240) + Money(fen: 6_966))

            let demand = ["pay_by": "2026-04-15"]
            #expect(
                try await desk.carryOut("contributions.dun", demand, at: Self.moment("2026-04-15")).map(\.code)
                    == ["contributions.dunning.day"])
            #expect(try await desk.carryOut("contributions.dun", demand, at: Self.moment("2026-03-31")) == [])
            let sent = try await store.read {
                try Contributions.dunnings($0, area: County.area, of: .employer(employer))
            }
            #expect(sent.map(\.principal) == [Money(yuan: 3_240)] && sent[0].lateFee == Money(fen: 6_966))

            let tooLong = ["employer": "\(employer)", "first": "2026-04", "count": "36", "reason": "周转困难"]
            #expect(
                try await desk.carryOut("contributions.instalments", tooLong, at: Self.moment("2026-03-31")).map(\.code)
                    == ["contributions.instalments.count"])
            let parts = ["employer": "\(employer)", "first": "2026-04", "count": "3", "reason": "周转困难"]
            #expect(try await desk.carryOut("contributions.instalments", parts, at: Self.moment("2026-03-31")) == [])
            #expect(try await dunned("2026-06-30") == nil)
            #expect(
                try await desk.carryOut(
                    "contributions.dun", ["employer": "\(employer)", "pay_by": "2026-07-15"],
                    at: Self.moment("2026-06-30")
                ).map(\.code) == ["contributions.dunning.nothing"])
            #expect(try await Self.standing(desk, bill, on: Day("2026-06-30")!).lateFee == Money(fen: 6_966))
            // Ten days past the last part: 10 − 1 days more, the day of payment not counted.
            #expect(try await dunned("2026-07-10") == Money(yuan: 3_240) + Money(fen: 6_966 + 1_458))

            let paid = Self.bank + "D1,\(bill.id),,示例户名,3324.24,2026-07-10\n"
            #expect(
                try await desk.carryOut(
                    "contributions.receipts.take", ["source": "2"], file: paid, at: Self.moment("2026-07-10")) == [])
            #expect(try await Self.suspense(desk).isEmpty)
            let waiver = ["bill": "\(bill.id)", "amount": "84.25", "reason": "不可抗力"]
            #expect(
                try await desk.carryOut("contributions.waive", waiver, at: Self.moment("2026-07-20")).map(\.code)
                    == ["contributions.waiver.amount"])
            #expect(
                try await desk.carryOut(
                    "contributions.waive", waiver.merging(["amount": "84.24"]) { $1 }, at: Self.moment("2026-07-20"))
                    == [])
            #expect(try await Self.suspense(desk).map(\.amount) == [Money(fen: 8_424)])
            // What is waived in parts goes by the sum of them.
            let kind = try desk.matters.kind("contributions.waive")
            let together = try await store.read { tx in
                try kind.amount(tx, area: County.area, of: FormValues(waiver), on: Day("2026-07-21")!)
            }
            #expect(together == Money(fen: 8_424 + 8_425))
            let standing = try await Self.standing(desk, bill, on: Day("2026-07-20")!)
            #expect(standing.state == .paid && standing.lateFee == .zero && standing.lateFeePaid == .zero)
            #expect(
                try await desk.carryOut("contributions.book", [:], at: Self.moment("2026-07-20")) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("缓缴:期限以内不催不加收,过长退回;分期、缓缴的单更正后仍按新期限", arguments: StoreKind.allCases)
    func deferral(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await Self.billed(desk)
            let employers = try await Self.employers(desk)
            let bill = try await Self.bills(desk)[0]
            let form = [
                "employer": "\(employers[0])", "first": "2026-01", "last": "2026-01", "pay_by": "2026-09-30",
                "reason": "洪灾",
            ]
            #expect(
                try await desk.carryOut("contributions.defer", form).map(\.code) == ["contributions.deferral.length"])
            #expect(
                try await desk.carryOut("contributions.defer", form.merging(["pay_by": "2026-06-30"]) { $1 }) == [])
            #expect(try await Self.standing(desk, bill, on: Day("2026-06-30")!).lateFee == .zero)

            let parts = ["employer": "\(employers[1])", "first": "2026-04", "count": "2", "reason": "周转困难"]
            #expect(try await desk.carryOut("contributions.instalments", parts, at: Self.moment("2026-03-31")) == [])
            let other = try await Self.bills(desk)[1]
            let leaver = try await store.read { tx in
                try Contributions.everyLine(tx, area: County.area, of: other.id)[0].person
            }
            #expect(
                try await desk.carryOut(
                    "contributions.bill.correct", ["bill": "\(other.id)", "person": "\(leaver)", "reason": "已调出"],
                    at: Self.moment("2026-04-02")) == [])
            let corrected = try #require(try await Self.bills(desk).last)
            let fee = try await Self.standing(desk, corrected, on: Day("2026-03-31")!).lateFee
            #expect(try await Self.standing(desk, corrected, on: Day("2026-05-31")!).lateFee == fee && fee > .zero)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("空白票据:入库、领用、使用、作废;没有的号不能领,领走的不能再领", arguments: StoreKind.allCases)
    func blanks(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            func move(_ movement: BlankMovement, _ first: Int, _ last: Int, _ who: String) async throws -> [String] {
                try await desk.carryOut(
                    "contributions.blanks.move",
                    [
                        "series": "2026A", "movement": "\(movement.rawValue)", "first": "\(first)", "last": "\(last)",
                        "custodian": who,
                    ]
                ).map(\.code)
            }
            #expect(try await move(.stocked, 1, 100, "票据库") == [])
            #expect(try await move(.issued, 1, 20, "示范小学") == [])
            #expect(try await move(.issued, 20, 30, "示范村") == ["contributions.blank.elsewhere"])
            #expect(try await move(.issued, 101, 110, "示范村") == ["contributions.blank.elsewhere"])
            #expect(try await move(.used, 1, 5, "示范小学") == [])
            #expect(try await move(.voided, 6, 6, "示范小学") == [])
            #expect(try await move(.returned, 7, 20, "示范小学") == [])
            let custody = try await store.read { try Contributions.custody($0, area: County.area, series: "2026A") }
            #expect(custody.count(in: .store) == 94)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("POS 按日、税务按月对账:相符的说相符,差异逐笔列出", arguments: StoreKind.allCases)
    func reconciliation(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await Self.billed(desk)
            let bills = try await Self.bills(desk)
            let header = "参考号,应缴单号,证件号码,姓名,缴费年度,交易金额,交易日期\n"
            func line(_ serial: String, _ bill: Int, _ amount: String, _ day: String = "2026-01-19") -> String {
                "\(serial),\(bills[bill].id),,示例,,\(amount),\(day)\n"
            }
            #expect(
                try await desk.carryOut(
                    "contributions.receipts.take", ["source": "3"],
                    file: header + line("P1", 0, "3240.00") + line("P2", 1, "3000.00")) == [])
            func reconcile(_ text: String, _ last: String = "2026-01-19") async throws -> MatterOutcome {
                try await desk.approve(
                    "contributions.reconcile", ["source": "3", "first": "2026-01-19", "last": last],
                    file: header + text)
            }
            func opinion(_ outcome: MatterOutcome) async throws -> String {
                try await store.read { [desk] tx in
                    try desk.matters.view(
                        tx, outcome.matter, for: desk.staff["contributions.review"]!, at: County.at + 600
                    ).acts.last?.opinion ?? ""
                }
            }
            let agreed = try await reconcile(line("P1", 0, "3240.00") + line("P2", 1, "3000.00"))
            #expect(try await opinion(agreed).contains("相符:2 笔 6240.00 元"))
            let differing = try await reconcile(
                line("P1", 0, "3240.00") + line("P2", 1, "3010.00") + line("P3", 1, "230.00"))
            let told = try await opinion(differing)
            #expect(told.contains("2 笔差异") && told.contains("P2金额不符") && told.contains("P3对方有我方无"))
            await #expect(throws: (any Error).self) {
                _ = try await reconcile(line("P1", 0, "3240.00"), "2026-01-18")
            }
            #expect(try await desk.broken() == [])
        }
    }

    @Test("年度批处理中断电:重开后从断点接着办,应缴、到账、划入都不重复", arguments: StoreKind.allCases, [1, 3])
    func powerCut(_ kind: StoreKind, _ cut: Int) async throws {
        struct PowerCut: Error {}
        try await withStorePlace(kind) { open in
            var store = try await open()
            var desk = try await Desk.open(store, employers: 3, residents: 4)
            try await Self.billed(desk)
            let residents = try await desk.approve("contributions.run.residents", ["year": "2026"])
            #expect(residents.state == .carrying)
            for _ in 1..<cut {
                _ = try? await desk.store.write { [desk] tx in
                    try desk.matters.carryChunk(tx, residents.matter, at: County.at)
                }
            }
            await #expect(throws: PowerCut.self) {
                try await desk.store.write { [desk] tx in
                    _ = try? desk.matters.carryChunk(tx, residents.matter, at: County.at)
                    throw PowerCut()
                }
            }
            try await store.close()

            store = try await open()
            desk = try await Desk.open(store, employers: 3, residents: 4)
            _ = try await desk.matters.runJobs(desk.store) { County.at }
            #expect(try await Self.bills(desk).filter { $0.insurance == .resident }.count == 4)
            let file = try await desk.county.bankFile()
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            for _ in 0..<2 {
                #expect(try await desk.carryOut("contributions.run.credits", ["month": "2026-01"]) == [])
            }
            let balances = try await desk.store.read { tx in
                try tx.rows("SELECT balance_fen FROM personal_account WHERE area = ?", Value(County.area)) {
                    try $0.money(0)
                }
            }
            #expect(balances == Array(repeating: Money(yuan: 160), count: 12))
            #expect(try await desk.broken() == [])
            try await store.close()
        }
    }
}
