import Basics
import Contributions
import Control
import Enrolment
import Foundation
import Fund
import Policy
import Storage
import StoreKit
import Testing

@testable import Agency

/// An agency that also collects pension, unemployment and work injury (统一征收): the area switches them on in its policy
/// files, and nothing else is done for it. On a base of 8,000 yuan a person owes 810 as elsewhere, and 1,920 + 80 + 16
/// besides: 2,826, and four people 11,304.
@Suite("统一征收养老、失业、工伤保险的统筹区:从申报到核定、到账、划入、记账")
struct OtherInsurancesTests {
    /// The demonstration city's law with three insurances more from 2026 on.
    private static let law = Result {
        let temporary = FileManager.default.temporaryDirectory.appendingPathComponent("yibao-law-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: temporary) }
        let source = URL(fileURLWithPath: repositoryRoot + "/policies").resolvingSymlinksInPath()
        try FileManager.default.copyItem(at: source, to: temporary)
        let file = temporary.appendingPathComponent("demo/employee/contributions.yaml").path
        var text = try String(contentsOfFile: file, encoding: .utf8)
        for (old, new) in switchedOn {
            try #require(text.contains(old), "\(old)")
            text = text.replacingOccurrences(of: old, with: new)
        }
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return try PolicyBook.load(temporary.path)
    }

    private static let switchedOn = [
        (
            "        value: [职工基本医疗保险, 生育保险, 公务员医疗补助, 大额医疗费用补助]\n",
            """
                    value: [职工基本医疗保险, 生育保险, 公务员医疗补助, 大额医疗费用补助]
                  - from: 2026-01-01
                    basis: 示府发〔2025〕40号第二条(示例)
                    value: [职工基本医疗保险, 生育保险, 公务员医疗补助, 大额医疗费用补助, 企业职工基本养老保险, 失业保险, 工伤保险]

            """
        ),
        (
            "          职工:\n            职工基本医疗保险: {单位: 7.5%, 个人: 2%}\n",
            """
                      职工:
                        职工基本医疗保险: {单位: 7.5%, 个人: 2%}
                        企业职工基本养老保险: {单位: 16%, 个人: 8%}
                        失业保险: {单位: 0.5%, 个人: 0.5%}
                        工伤保险: {单位: 0.2%, 个人: 0%}

            """
        ),
    ]

    private static let late = Moment(Day("2026-03-01")!, hour: 9)

    private static func wages(_ people: Range<Int>) -> String {
        people.reduce("证件类型,证件号码,姓名,月平均工资,起始月\n") { $0 + ",\(County.idNumber($1)),示例\($1),8000,\n" }
    }

    private static func employer(_ desk: Desk) async throws -> ID<Employer> {
        try await desk.store.read { try Enrolment.employers($0, area: County.area, limit: 1)[0].id }
    }

    private static func bills(_ desk: Desk) async throws -> [LevyBill] {
        try await desk.store.read { try Contributions.bills($0, area: County.area, after: ID(0), limit: 100) }
    }

    /// A month's debits of an insurance's book: what came in and was booked there.
    private static func booked(_ desk: Desk, _ book: Insurance, _ month: Month) async throws -> Money {
        try await desk.store.read {
            try Vouchers.list($0, area: County.area, book: book, month: month, limit: 100).map(\.total).total()
        }
    }

    @Test("基数申报、按月核定、逾期到账、划入、记账、冲正:各险种各入各账,滞纳金随本金归各基金", arguments: StoreKind.allCases)
    func assessed(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1, law: Self.law.get())
            let employer = try await Self.employer(desk)
            let form = ["employer": "\(employer)", "year": "2026"]
            #expect(
                try await desk.carryOut("contributions.wages.declare", form, file: Self.wages(0..<4)) == [])
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            let bill = try #require(try await Self.bills(desk).first)
            #expect(bill.payable == Money(yuan: 11_304))
            let lines = try await store.read { try Contributions.everyLine($0, area: County.area, of: bill.id) }
            let first = lines.filter { $0.person == lines[0].person }.map(\.part)
            #expect(
                first.map(\.insurance) == [.pension, .unemployment, .employee, .largeAmount, .maternity, .workInjury])
            #expect(first.map(\.total) == [1_920, 80, 760, 10, 40, 16].map { Money(yuan: $0) })

            // Due on 15 February; thirteen days at 0.05 % of 11,304 are 73.48.
            let file = """
                交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期
                B1,\(bill.id),,示例单位0,11377.48,2026-03-01

                """
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: Self.late) == []
            )
            #expect(
                try await desk.carryOut("contributions.run.credits", ["month": "2026-01"], at: Self.late) == [])
            let credited = try await store.read { tx in
                try lines.prefix(1).map { try Contributions.balance(tx, area: County.area, of: $0.person) }
            }
            #expect(credited == [Money(yuan: 160)], "养老保险个人缴费不进医保个人账户")

            #expect(try await desk.carryOut("contributions.book", [:], at: Self.late) == [])
            let march = Self.late.day.month
            let books: [Insurance] = [.pension, .unemployment, .employee, .largeAmount, .workInjury]
            let sums = try await books.asyncMap { try await Self.booked(desk, $0, march) }
            // Principal and its share of the late fee; the supplement's share goes to the employees' fund.
            let expected: [Int64] = [768_000 + 4_992, 32_000 + 208, 320_000 + 2_106, 4_000, 6_400 + 42]
            #expect(sums.map(\.fen) == expected)
            #expect(try await desk.broken() == [])

            let receipt = try await store.read {
                try #require(
                    try Contributions.receipts(
                        $0, area: County.area, arrived: Self.late.day...Self.late.day, limit: 10
                    ).first)
            }
            #expect(
                try await desk.carryOut(
                    "contributions.receipt.void", ["receipt": "\(receipt.id)", "reason": "银行退票"], at: Self.late) == [])
            #expect(try await desk.carryOut("contributions.book", [:], at: Self.late) == [])
            let after = try await books.asyncMap { try await Self.booked(desk, $0, march) }
            #expect(after == Array(repeating: .zero, count: books.count))
            #expect(try await desk.broken() == [])
        }
    }

    /// A person's month as the employer declares it to the tax office.
    private static func declared(_ person: Int) -> String {
        let head = "\(County.creditCode(person / 4)),,\(County.idNumber(person)),2027-01"
        return """
            \(head),110,8000.00,1280.00,640.00,
            \(head),210,8000.00,40.00,40.00,
            \(head),310,8000.00,600.00,160.00,
            \(head),330,8000.00,5.00,5.00,
            \(head),510,8000.00,40.00,0.00,
            \(head),901,8000.00,16.00,0.00,

            """
    }

    @Test("单位自行申报:开征的险种收下;没有开征的逐行退回", arguments: StoreKind.allCases)
    func declaredToTheTaxOffice(_ kind: StoreKind) async throws {
        let at = Moment(Day("2027-02-10")!, hour: 9)
        let file = Contributions.declarationColumns.joined(separator: ",") + "\n" + (0..<4).map(Self.declared).joined()
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1, law: Self.law.get())
            #expect(try await desk.carryOut("contributions.declared.take", [:], file: file, at: at) == [])
            #expect(try await Self.bills(desk).map(\.payable) == [Money(yuan: 11_304)])
            #expect(try await desk.broken() == [])
        }
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let refused = try await desk.carryOut("contributions.declared.take", ["verified": "1"], file: file, at: at)
            #expect(refused.count == 12 && Set(refused.map(\.code)) == ["contributions.declared.notLevied"])
            #expect(refused.first?.field == "表.csv:2 险种")
            #expect(try await Self.bills(desk).isEmpty)
        }
    }

    @Test("新开征的月份没有申报:原有险种按上月 110%,新险种按上月基数的 110%;停征的不再核定")
    func undeclared() throws {
        let area = try #require(Self.law.get().areas[County.area])
        let (december, january) = (Month(year: 2025, month: 12), County.january)
        let lastMonth = try LevyTerms(area, month: december).levy(.employee, on: Money(yuan: 8_000))
        let parts = try LevyTerms(area, month: january).undeclared(.employee, lastMonth: lastMonth)
        let pension = try #require(parts.first { $0.insurance == .pension })
        #expect(pension.base == Money(yuan: 8_800))
        #expect(pension.employer == Money(yuan: 1_408) && pension.personal == Money(yuan: 704))
        let basic = try #require(parts.first { $0.insurance == .employee })
        // 8 % and 2 % of 8,000 in December, at 110 %
        #expect(basic.employer == Money(yuan: 704) && basic.personal == Money(yuan: 176))
        let stopped = try LevyTerms(area, month: december).undeclared(.employee, lastMonth: parts)
        #expect(stopped.map(\.insurance) == lastMonth.map(\.insurance))
    }
}

extension Sequence {
    /// One after another, in order.
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
