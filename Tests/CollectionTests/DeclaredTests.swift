import Basics
import Control
import Enrolment
import Fund
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// From 2027 on the demonstration city's employers declare to the tax office themselves.
@Suite("单位向税务机关自行申报:申报、到账、退费、更正都走办件")
struct DeclaredTests {
    private static let at = Moment(Day("2027-02-10")!, hour: 9)
    private static let month = "2027-01"
    private static let heading = Contributions.declarationColumns.joined(separator: ",") + "\n"

    /// A person's month as the employer declares it: 310, 510 and 330 of a base of 8,000 yuan.
    private static func lines(_ person: Int, employer: Int64 = 600, personal: Int64 = 160) -> String {
        let head = "\(County.creditCode(person / 4)),,\(County.idNumber(person)),\(month)"
        return """
            \(head),310,8000.00,\(employer).00,\(personal).00,
            \(head),510,8000.00,40.00,0.00,正常
            \(head),330,8000.00,5.00,5.00,

            """
    }

    private static func receipts(_ lines: [(serial: String, employer: Int, amount: String, original: String)]) -> String
    {
        lines.reduce("电子税票号码,应缴单号,纳税人识别号,纳税人名称,费款所属期,实缴金额,入库日期,原电子税票号码\n") { text, line in
            text + "\(line.serial),,\(County.creditCode(line.employer)),示例单位,\(month),\(line.amount),2027-02-08,"
                + "\(line.original)\n"
        }
    }

    private func bills(_ desk: Desk) async throws -> [LevyBill] {
        try await desk.store.read { try Contributions.bills($0, area: County.area, after: ID(0), limit: 100) }
    }

    @Test("核定归税务:按月核定不开单位的单,基数申报和更正都退回,并说该怎么办", arguments: StoreKind.allCases)
    func notAssessed(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            #expect(try await desk.carryOut("contributions.run.month", ["month": Self.month], at: Self.at) == [])
            #expect(try await bills(desk).isEmpty)
            let employer = try await store.read { try Enrolment.employers($0, area: County.area, limit: 1)[0].id }
            let wages = "证件类型,证件号码,姓名,月平均工资,起始月\n,\(County.idNumber(0)),示例0,8000,\n"
            let refused = try await desk.carryOut(
                "contributions.wages.declare", ["employer": "\(employer)", "year": "2027"], file: wages, at: Self.at)
            #expect(refused.map(\.code) == ["contributions.base.declaredMode"])
            #expect(refused.first?.message.contains("接收税务申报") == true)
        }
    }

    @Test("错行逐格退回,疑点核实前不收:一个也不写", arguments: StoreKind.allCases)
    func wrongCells(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            let stranger = County.idNumber(70)
            let unknownEmployer = County.creditCode(40)
            let wrongDigit = String(County.idNumber(1).dropLast()) + (County.idNumber(1).last == "0" ? "1" : "0")
            let text =
                Self.heading + """
                    \(County.creditCode(0)),,\(wrongDigit),2027-01,310,8000,600,160,
                    \(County.creditCode(0)),,\(County.idNumber(1)),2027-13,310,8000,600,160,
                    \(County.creditCode(0)),,\(County.idNumber(2)),2027-01,999,8000,-600,160,
                    \(County.creditCode(0)),,\(County.idNumber(3)),2027-01,310,8000,600,160,补报

                    """
            let cells = try await desk.carryOut("contributions.declared.take", [:], file: text, at: Self.at)
            #expect(
                cells.map { "\($0.field ?? "") \($0.code)" } == [
                    "表.csv:2 证件号码 contributions.idNumber", "表.csv:3 费款所属期 import.month",
                    "表.csv:4 险种 import.code", "表.csv:4 单位缴纳 contributions.declared.negative",
                    "表.csv:5 申报类型 contributions.declared.kind",
                ])
            let strangers = try await desk.carryOut(
                "contributions.declared.take", ["verified": "1"],
                file: Self.heading + """
                    \(County.creditCode(0)),,\(stranger),2027-01,310,8000,600,160,
                    \(unknownEmployer),,\(County.idNumber(0)),2027-01,310,8000,600,160,
                    \(County.creditCode(0)),,\(County.idNumber(0)),2026-12,310,8000,600,160,

                    """, at: Self.at)
            #expect(
                Set(strangers.map { "\($0.field ?? "") \($0.code)" }) == [
                    "表.csv:4 费款所属期 contributions.declared.assessedMode",
                    "表.csv:2 证件号码 contributions.person.unknown",
                    "表.csv:3 统一社会信用代码 contributions.declared.employer",
                ])
            let doubtful = Self.heading + Self.lines(0) + Self.lines(1, employer: 500) + Self.lines(2)
            let doubts = try await desk.carryOut("contributions.declared.take", [:], file: doubtful, at: Self.at)
            #expect(
                doubts.map { "\($0.field ?? "") \($0.code)" } == [
                    "表.csv:5 单位缴纳 contributions.declared.amount",
                    "表.csv:2 统一社会信用代码 contributions.declared.leftOut",
                ])
            #expect(try await bills(desk).isEmpty)
            #expect(
                try await desk.carryOut(
                    "contributions.declared.take", ["verified": "1"], file: doubtful, at: Self.at) == [])
            #expect(try await bills(desk).map(\.payable) == [Money(yuan: 710 + 810 + 810)])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("申报、到账、划入、更正申报、退费、记账一条链;同一文件再来一遍什么也不做", arguments: StoreKind.allCases)
    func chain(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            let declared = Self.heading + (0..<8).map { Self.lines($0) }.joined()
            for _ in 0..<2 {
                #expect(try await desk.carryOut("contributions.declared.take", [:], file: declared, at: Self.at) == [])
                let bills = try await bills(desk)
                #expect(bills.map(\.purpose) == [.declared, .declared])
                #expect(bills.map(\.payable) == [Money(yuan: 3_240), Money(yuan: 3_240)])
            }
            let paid = Self.receipts([("T1", 0, "3240.00", ""), ("T2", 1, "3240.00", "")])
            for _ in 0..<2 {
                #expect(
                    try await desk.carryOut(
                        "contributions.receipts.take", ["source": "1"], file: paid, at: Self.at) == [])
            }
            #expect(try await standings(desk) == [.paid, .paid])
            #expect(
                try await desk.carryOut("contributions.run.credits", ["month": Self.month], at: Self.at) == [])
            let account = try await store.read { tx in
                try Contributions.balance(tx, area: County.area, of: try person(tx, 0))
            }
            #expect(account == Money(yuan: 160))

            // Declared 100 yuan too much for one person: the employer corrects it with the tax office, which gives back.
            let changed = Self.lines(0, employer: 525, personal: 135)
            let different = try await desk.carryOut(
                "contributions.declared.take", ["verified": "1"], file: Self.heading + changed, at: Self.at)
            #expect(different.map(\.code) == ["contributions.declared.different"])
            let correction = Self.heading + changed.replacing("135.00,", with: "135.00,更正")
            for _ in 0..<2 {
                #expect(
                    try await desk.carryOut(
                        "contributions.declared.take", ["verified": "1"], file: correction, at: Self.at) == [])
            }
            #expect(try await suspense(desk) == [Money(yuan: 100)])
            let back = Self.receipts([("T3", 0, "-100.00", "T1")])
            for _ in 0..<2 {
                #expect(
                    try await desk.carryOut(
                        "contributions.receipts.take", ["source": "1"], file: back, at: Self.at) == [])
            }
            #expect(try await suspense(desk) == [])
            #expect(try await standings(desk) == [.reversed, .paid, .reversed, .paid])
            #expect(try await desk.carryOut("contributions.book", [:], at: Self.at) == [])
            #expect(try await booked(desk, .premiumIncome) == Money(yuan: 6_380))
            #expect(try await booked(desk, .suspense) == .zero)
            #expect(try await booked(desk, .treasuryDeposit) == Money(yuan: -6_380))
            #expect(try await desk.broken() == [])
        }
    }

    @Test("一个文件里先有退费行后有原缴费行:先入账再退,不退回文件", arguments: StoreKind.allCases)
    func refundInTheSameFile(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            #expect(
                try await desk.carryOut(
                    "contributions.declared.take", [:], file: Self.heading + (0..<4).map { Self.lines($0) }.joined(),
                    at: Self.at) == [])
            let text = Self.receipts([("T9", 0, "-60.00", "T8"), ("T8", 0, "3300.00", "")])
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "1"], file: text, at: Self.at) == [])
            #expect(try await standings(desk) == [.paid])
            #expect(try await suspense(desk) == [])
            #expect(try await desk.broken() == [])
        }
    }

    // MARK: Looking

    private func person(_ tx: any Transaction, _ number: Int) throws -> ID<Person> {
        let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
        return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
    }

    private func standings(_ desk: Desk) async throws -> [BillStanding.State] {
        let bills = try await bills(desk)
        return try await desk.store.read { tx in
            try bills.map {
                try Contributions.standing(tx, area: County.area, of: $0, terms: nil, on: Self.at.day).state
            }
        }
    }

    private func suspense(_ desk: Desk) async throws -> [Money] {
        try await desk.store.read { try Contributions.suspense($0, area: County.area, limit: 10).map(\.amount) }
    }

    /// What the books have of an account at the end of the month, all books together; a credit is positive.
    private func booked(_ desk: Desk, _ account: AccountKey) async throws -> Money {
        try await desk.store.read { tx in
            try Balances.trial(
                tx, area: County.area, ledger: .general, month: Month(year: 2027, month: 2),
                chart: try FundDesk.chart(tx, area: County.area)
            ).filter { $0.account.key == account }.map { -$0.closing }.total()
        }
    }
}
