import Basics
import Contributions
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency

/// Whom a month's billing bills, with what, and what of it reaches the accounts.
@Suite("核定与划入:一人一月一个单位、迟缴补划、补缴按身份、填错年月不办")
struct BillingMatterTests {
    private static func wages(_ people: Range<Int>, _ yuan: Int) -> String {
        people.reduce("证件类型,证件号码,姓名,月平均工资,起始月\n") { $0 + ",\(County.idNumber($1)),示例\($1),\(yuan),\n" }
    }

    private static func employers(_ desk: Desk) async throws -> [ID<Employer>] {
        try await desk.store.read { try Enrolment.employers($0, area: County.area, limit: 10).map(\.id) }
    }

    /// 8,000 yuan declared for everybody of two employers: 810 a person and month.
    private static func declare(_ desk: Desk) async throws {
        for (index, employer) in try await employers(desk).enumerated() {
            let file = wages(index * 4..<index * 4 + 4, 8000)
            #expect(
                try await desk.carryOut(
                    "contributions.wages.declare", ["employer": "\(employer)", "year": "2026"], file: file) == [])
        }
    }

    private static func person(_ desk: Desk, _ number: Int) async throws -> ID<Person> {
        try await desk.store.read { tx in
            let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
            return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
        }
    }

    /// Somebody more, whom a former system's file brings: a category and perhaps an employer.
    private static func bring(_ desk: Desk, _ number: Int, _ category: String, employer: Int? = nil) async throws
        -> ID<Person>
    {
        let id = County.idNumber(number)
        let place = employer.map { "\(County.creditCode($0)),示例单位\($0)" } ?? ","
        let people = try Enrolment.readPeople(
            "psn_cert_type,certno,psn_name,gend,brdy\n01,\(id),示例\(number),1,1980-05-17\n", file: "\(number)人.csv")
        let spells = try Enrolment.readSpells(
            "psn_cert_type,certno,insutype,psn_type,begndate,enddate,emp_uscc,emp_name\n"
                + "01,\(id),310,\(category),2025-01-01,,\(place)\n", file: "\(number)参保.csv")
        try await desk.store.write { tx in
            let origin = ImportOrigin(area: County.area, actor: .system, at: County.at)
            _ = try Enrolment.importPeople(tx, people, by: origin)
            _ = try Enrolment.importSpells(tx, spells, by: origin)
        }
        return try await person(desk, number)
    }

    private static func bills(_ desk: Desk) async throws -> [LevyBill] {
        try await desk.store.read { try Contributions.bills($0, area: County.area, after: ID(0), limit: 100) }
    }

    private static func pay(_ desk: Desk, _ bill: LevyBill, on day: String) async throws {
        let file =
            "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\nB\(bill.id),\(bill.id),,示例户名,\(bill.payable),\(day)\n"
        #expect(
            try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: moment(day)) == [])
    }

    private static func moment(_ day: String) -> Moment { Moment(Day(day)!, hour: 9) }

    /// Carries a run out and reads what it says of itself.
    private static func words(
        _ desk: Desk, _ code: String, _ form: [String: String], file: String? = nil, at: Moment = County.at
    ) async throws -> String {
        let outcome = try await desk.approve(code, form, file: file, at: at)
        #expect(try await desk.matters.runJobs(desk.store) { at + 120 }.flatMap(\.problems) == [])
        return try await desk.store.read { tx in
            try desk.matters.view(
                tx, outcome.matter, for: desk.staff["contributions.review"]!, at: at + 600
            ).acts.last?.opinion ?? ""
        }
    }

    private static func balances(_ desk: Desk) async throws -> [Money] {
        try await desk.store.read { tx in
            try tx.rows("SELECT balance_fen FROM personal_account WHERE area = ? ORDER BY person", Value(County.area)) {
                try $0.money(0)
            }
        }
    }

    // MARK: Credits

    @Test("划入之后才缴清的月份,下月划入时补划一次;在此之前风险检查逐人列出", arguments: StoreKind.allCases)
    func paidLate(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await Self.declare(desk)
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            let bills = try await Self.bills(desk)
            try await Self.pay(desk, bills[0], on: "2026-01-20")
            #expect(
                try await Self.words(
                    desk, "contributions.run.credits", ["month": "2026-01"], at: Self.moment("2026-01-21"))
                    == "2026-01 已划入 4 人 640.00 元")
            try await Self.pay(desk, bills[1], on: "2026-02-13")

            func risk(_ day: String) async throws -> RiskPoint {
                let agency = try await Agency.open(store, policies: County.policies.get(), clock: { Self.moment(day) })
                let report = try await agency.riskCheck(County.area, from: Day("2026-01-01")!, through: Day(day)!)
                return try #require(report.points.first { $0.code == "accounts.uncredited" })
            }
            // 2 % of 8,000 for each of four people.
            let waiting = try await risk("2026-02-14")
            #expect(waiting.figure == "4 人月 640.00 元" && waiting.verdict == .attention)
            #expect(waiting.rows.map { $0.cells[1] } == Array(repeating: "2026-01", count: 4))
            #expect(waiting.rows.allSatisfy { $0.cells[5] == "160.00" && $0.cells[6] == "2026-02-13" })
            #expect(try await risk("2026-04-01").verdict == .finding)

            let late = Self.moment("2026-02-18")
            #expect(
                try await Self.words(desk, "contributions.run.credits", ["month": "2026-02"], at: late)
                    == "2026-02 已划入 0 人 0.00 元;以前月份此后缴清的,补划 4 人月 640.00 元")
            for month in ["2026-01", "2026-02"] {
                #expect(try await desk.carryOut("contributions.run.credits", ["month": month], at: late) == [])
            }
            #expect(try await Self.balances(desk) == Array(repeating: Money(yuan: 160), count: 8))
            #expect(try await risk("2026-04-01").verdict == .sound)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("提高基数的差额迟缴、用补记补过、红字收回的,补划时各按其数", arguments: StoreKind.allCases)
    func differences(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            try await Self.declare(desk)
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            try await Self.pay(desk, try await Self.bills(desk)[0], on: "2026-01-20")
            let (raised, givenBack) = (try await Self.person(desk, 0), try await Self.person(desk, 1))
            #expect(try await desk.carryOut("contributions.run.credits", ["month": "2026-01"]) == [])
            let employer = try await Self.employers(desk)[0]
            #expect(
                try await desk.carryOut(
                    "contributions.base.correct",
                    [
                        "employer": "\(employer)", "person": "\(raised)", "from": "2026-01", "wage": "10000",
                        "reason": "少报工资",
                    ]) == [])
            let entry = try await store.read {
                try #require(try Contributions.entries($0, area: County.area, of: givenBack).last?.id)
            }
            #expect(try await desk.carryOut("accounts.correct", ["entry": "\(entry)", "reason": "错划"]) == [])
            try await Self.pay(desk, try #require(try await Self.bills(desk).last), on: "2026-02-13")
            for month in ["2026-02", "2026-03"] {
                let at = Self.moment("2026-03-18")
                #expect(try await desk.carryOut("contributions.run.credits", ["month": month], at: at) == [])
            }
            // 200 for the one whose base was raised; what was taken back in red stays so.
            #expect(try await Self.balances(desk).sorted() == [0, 160, 160, 200].map { Money(yuan: $0) })
            #expect(try await desk.broken() == [])
        }
    }

    // MARK: One payer a month

    @Test("月中单位合并:当月只由存续单位缴一次,申报过的基数随人承继", arguments: StoreKind.allCases)
    func merger(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await Self.declare(desk)
            let employers = try await Self.employers(desk)
            #expect(
                try await desk.carryOut(
                    "enrolment.employer.merge",
                    [
                        "employer": "\(employers[1])", "successor": "\(employers[0])", "day": "2026-01-21",
                        "ground": "合并协议",
                    ], at: Self.moment("2026-01-21")) == [])
            #expect(
                try await Self.words(
                    desk, "contributions.run.month", ["month": "2026-01"], at: Self.moment("2026-01-22"))
                    == "2026-01 已核定应缴单 1 张,应缴 6480.00 元")
            let bills = try await Self.bills(desk)
            // Eight people at 810 each: nobody at the average wage's 760.
            #expect(bills.map(\.payer) == [.employer(employers[0])] && bills[0].payable == Money(yuan: 8 * 810))
            #expect(try await desk.broken() == [])
        }
    }

    @Test("已由原单位核定的人,合并后再办核定不重复", arguments: StoreKind.allCases)
    func billedBeforeTheMerger(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await Self.declare(desk)
            let employers = try await Self.employers(desk)
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            let first = try #require(try await Self.bills(desk).first { $0.payer == .employer(employers[0]) })
            let whole = ["bill": "\(first.id)", "reason": "重复核定"]
            #expect(try await desk.carryOut("contributions.bill.correct", whole) == [])
            let back = [
                "employer": "\(employers[0])", "person": "\(try await Self.person(desk, 4))", "first": "2026-01",
                "last": "2026-01", "wage": "8000", "at_fault": "0", "reason": "漏缴",
            ]
            #expect(
                try await desk.carryOut("contributions.back", back).map(\.code) == ["contributions.back.notInsured"])
            #expect(
                try await desk.carryOut("contributions.back", back.merging(["employer": "\(employers[1])"]) { $1 })
                    .map(\.code) == ["contributions.back.billed"])
        }
    }

    @Test("同月两段参保:按政策取月末或月初所在单位;退休当月由原单位缴")
    func payingSpell() throws {
        let january = County.january
        func spell(_ id: Int64, _ category: PersonCategory, _ employer: Int64, _ first: String, _ last: String?)
            throws -> Spell
        {
            Spell(
                id: ID(id), insurance: .employee, category: category, employer: employer == 0 ? nil : ID(employer),
                period: try #require(Period(from: Day(first)!, through: last.map { Day($0)! })))
        }
        let moved = try [
            spell(1, .employed, 4, "2025-01-01", "2026-01-09"), spell(2, .civilServant, 5, "2026-01-10", nil),
        ]
        #expect(Agency.payingSpell(of: moved, january, by: .last)?.employer == ID(5))
        #expect(Agency.payingSpell(of: moved, january, by: .first)?.employer == ID(4))
        #expect(Agency.payingSpell(of: moved, january + 1, by: .first)?.employer == ID(5))
        let retired = try [
            spell(1, .employed, 4, "2025-01-01", "2026-01-20"), spell(2, .retired, 4, "2026-01-21", nil),
        ]
        #expect(Agency.payingSpell(of: retired, january, by: .last)?.id == ID(1))
        #expect(Agency.payingSpell(of: [retired[1]], january, by: .last) == nil)
    }

    // MARK: Back-payment and bases

    @Test("补缴按当月身份:灵活就业低档 275 元、公务员含补助 1130 元;从未在那里参保的退回", arguments: StoreKind.allCases)
    func backPayment(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 2)
            let employers = try await Self.employers(desk)
            let flexible = try await Self.bring(desk, 60, "1103")
            let servant = try await Self.bring(desk, 61, "1102", employer: 0)
            let choice = ["person": "\(flexible)", "from": "2026-01", "wage": "5000", "tier": "low"]
            #expect(try await desk.carryOut("contributions.base.choose", choice) == [])
            func back(_ person: ID<Person>, _ employer: ID<Employer>?, _ wage: Int) async throws -> [String] {
                try await desk.carryOut(
                    "contributions.back",
                    [
                        "employer": employer.map(\.description) ?? "", "person": "\(person)", "first": "2026-01",
                        "last": "2026-01", "wage": "\(wage)", "at_fault": "0", "reason": "漏缴",
                    ]
                ).map(\.code)
            }
            #expect(try await back(servant, employers[1], 8000) == ["contributions.back.notInsured"])
            #expect(try await back(servant, nil, 8000) == ["contributions.back.notInsured"])
            #expect(try await back(flexible, employers[0], 5000) == ["contributions.back.notInsured"])
            #expect(try await back(flexible, nil, 5000) == [])
            #expect(try await back(servant, employers[0], 8000) == [])
            // 5,000 × 5.5 %; 8,000 × (7.5 % + 2 % + 0.5 % + 4 %) + 10.
            #expect(try await Self.bills(desk).map(\.payable) == [Money(yuan: 275), Money(yuan: 1_130)])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("基数更正须在该单位参保,基数选择须是灵活就业人员", arguments: StoreKind.allCases)
    func strangers(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            let (employers, person) = (try await Self.employers(desk), try await Self.person(desk, 0))
            let base = [
                "employer": "\(employers[1])", "person": "\(person)", "from": "2026-01", "wage": "9000", "reason": "少报",
            ]
            #expect(
                try await desk.carryOut("contributions.base.correct", base).map(\.code)
                    == ["contributions.base.notMember"])
            let choice = ["person": "\(person)", "from": "2026-01", "wage": "5000", "tier": "full"]
            #expect(
                try await desk.carryOut("contributions.base.choose", choice).map(\.code)
                    == ["contributions.base.notFlexible"])
        }
    }

    // MARK: Runs

    @Test("填错年月的批处理当场退回:未到的月份、过去和过远的年度", arguments: StoreKind.allCases)
    func mistypedRuns(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            func refused(_ code: String, _ field: String, _ value: String, on day: String = "2026-01-20") async throws
                -> [String]
            {
                try await desk.carryOut(code, [field: value], at: Self.moment(day)).map {
                    "\($0.field ?? "") \($0.code)"
                }
            }
            for run in ["contributions.run.month", "contributions.run.credits"] {
                #expect(try await refused(run, "month", "2031-03") == ["month contributions.run.early"])
                #expect(try await refused(run, "month", "2026-02") == ["month contributions.run.early"])
            }
            let residents = "contributions.run.residents"
            #expect(try await refused(residents, "year", "2062") == ["year contributions.run.early"])
            #expect(try await refused(residents, "year", "2025") == ["year contributions.run.past"])
            #expect(try await refused(residents, "year", "2027", on: "2026-09-30") == ["year contributions.run.early"])
            #expect(try await Self.bills(desk).isEmpty)
            #expect(try await refused(residents, "year", "2027", on: "2026-10-08") == [])
            #expect(try await Self.bills(desk).count == 3)
        }
    }

    @Test("核定以后才申报工资:110% 核定的月份按申报结算,少的补、多的冲、已缴的转暂收,再申报一遍不重复", arguments: StoreKind.allCases)
    func declaredLate(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let form = ["employer": "\(try await Self.employers(desk)[0])", "year": "2026"]
            // Nobody is declared: January on the average wage of 7,500, February at 110 % of that.
            for (month, day) in [("2026-01", "2026-01-20"), ("2026-02", "2026-02-20")] {
                #expect(
                    try await desk.carryOut("contributions.run.month", ["month": month], at: Self.moment(day)) == [])
            }
            #expect(try await Self.bills(desk).map(\.payable) == [Money(yuan: 3_040), Money(yuan: 3_344)])
            try await Self.pay(desk, Self.bills(desk)[1], on: "2026-02-25")

            // 8,000 for all: 810 a person and month; January costs 200 more, February 104 less.
            let late = Self.moment("2026-03-05")
            let sheet = Self.wages(0..<4, 8000)
            #expect(
                try await Self.words(desk, "contributions.wages.declare", form, file: sheet, at: late)
                    == "已核定 2026 年度 4 人的缴费基数;已核定的月份按申报结算,开出应缴单 2 张,个人账户多划的见风险检查")
            func owed(_ month: Int) async throws -> Money {
                try await Self.bills(desk).filter { $0.months.lowerBound.month == month }.map(\.payable).total()
            }
            #expect(try await (owed(1), owed(2)) == (Money(yuan: 3_240), Money(yuan: 3_240)))
            let waiting = try await store.read { try Contributions.suspense($0, area: County.area, limit: 10) }
            #expect(waiting.map(\.amount) == [Money(yuan: 104)])
            // Declared again as it stands, nothing is left to settle.
            let count = try await Self.bills(desk).count
            #expect(try await desk.carryOut("contributions.wages.declare", form, file: sheet, at: late + 3_600) == [])
            #expect(try await Self.bills(desk).count == count)
            #expect(try await desk.carryOut("contributions.book", [:], at: late + 7_200) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("更正一月的基数,不动另有申报的三月;以后各月也按各自的基数", arguments: StoreKind.allCases)
    func correctedUntilTheNextChange(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let employer = try await Self.employers(desk)[0]
            let (head, id) = ("证件类型,证件号码,姓名,月平均工资,起始月\n", County.idNumber(0))
            let rest = Self.wages(1..<4, 8000).dropFirst(head.count)
            let sheet = head + ",\(id),示例0,8000,\n" + rest
            #expect(
                try await desk.carryOut(
                    "contributions.wages.declare", ["employer": "\(employer)", "year": "2026"], file: sheet) == [])
            let change = ["employer": "\(employer)", "person": "\(try await Self.person(desk, 0))", "reason": "工资变动"]
            let march = change.merging(["from": "2026-03", "wage": "9000"]) { $1 }
            #expect(try await desk.carryOut("contributions.base.correct", march) == [])
            for (month, day) in [("2026-01", "2026-01-21"), ("2026-03", "2026-03-20")] {
                #expect(
                    try await desk.carryOut("contributions.run.month", ["month": month], at: Self.moment(day)) == [])
            }
            let before = try await Self.bills(desk)
            #expect(before.map(\.payable) == [Money(yuan: 3_240), Money(yuan: 3_340)])
            let january = change.merging(["from": "2026-01", "wage": "8500"]) { $1 }
            #expect(
                try await desk.carryOut("contributions.base.correct", january, at: Self.moment("2026-03-25")) == [])
            let made = try await Self.bills(desk).dropFirst(before.count)
            #expect(made.map(\.payable) == [Money(yuan: 50)] && made.first?.months.lowerBound == County.january)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("核定结果说明谁没有申报、谁没有选基数,名单可查;补办后不再列出", arguments: StoreKind.allCases)
    func told(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            let flexible = try await Self.bring(desk, 60, "1103")
            let employers = try await Self.employers(desk)
            let declaration = ["employer": "\(employers[0])", "year": "2026"]
            #expect(
                try await desk.carryOut("contributions.wages.declare", declaration, file: Self.wages(0..<3, 8000)) == []
            )
            // 3 × 810 + 5 at the average wage of 7,500: 562.50 + 150 + 37.50 + 10.
            #expect(
                try await Self.words(desk, "contributions.run.month", ["month": "2026-01"])
                    == "2026-01 已核定应缴单 2 张,应缴 6230.00 元;2 家单位的 5 人没有申报工资,按上月缴费额的规定比例核定;"
                    + "1 名灵活就业人员没有选择缴费基数,没有核定;名单见“征缴”中的“未申报未核定”")
            let (undeclared, waiting) = try await store.read { tx in
                (
                    try Contributions.undeclared(
                        tx, area: County.area, month: County.january, baseYear: 2026, limit: 100),
                    try Agency.withoutBase(tx, area: County.area, month: County.january, after: ID(0), limit: 100)?
                        .people
                )
            }
            #expect(undeclared.count == 5 && undeclared.filter { $0.employer == employers[1] }.count == 4)
            #expect(waiting == [flexible])
            let choice = ["person": "\(flexible)", "from": "2026-01", "wage": "5000", "tier": "full"]
            #expect(try await desk.carryOut("contributions.base.choose", choice) == [])
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            let rest = try await store.read {
                try Agency.withoutBase($0, area: County.area, month: County.january, after: ID(0), limit: 100)?.people
            }
            #expect(rest == [])
            #expect(try await Self.bills(desk).last?.payable == Money(yuan: 485))
            #expect(try await desk.broken() == [])
        }
    }
}
