import Basics
import Benefits
import Policy

/// The calculation alone: a 30-line stay with deductible, bands, ceiling and further payers, on one core.
enum Calculation {
    static func measure(_ report: inout Report, policies: PolicyBook) throws {
        let day = Day("2026-03-02")!
        let policy = try policies.area(AreaCode(990_100))
        for insurance in [Insurance.employee, .resident] {
            let terms = try BenefitTerms(try policy.on(day, for: insurance))
            let bill = bill(insurance, day)
            // Warm up, then five runs; the results are used, so that nothing is left out.
            var cash = try run(bill, terms, times: 2_000)
            let count = 100_000
            var rates: [Double] = []
            for _ in 0..<5 {
                let took = try seconds { cash += try run(bill, terms, times: count) }
                rates.append(Double(count) / took)
            }
            precondition(cash != .zero)
            let rate = median(rates)
            report.add(
                "calculation, 30 lines, \(insurance.name), one core", "\(Int(rate)) a second",
                bound: "≥ 100,000 a second",
                holds: rate >= 100_000)
        }
    }

    private static func run(_ bill: Bill, _ terms: BenefitTerms, times: Int) throws -> Money {
        var cash = Money.zero
        var bill = bill
        for turn in 0..<times {
            bill.lines[0].quantity = Quantity(Int64(turn % 7 + 1))
            bill.lines[0].amount = bill.lines[0].price * bill.lines[0].quantity
            cash += try Benefits.settle(bill, terms: terms, soFar: YearToDate()).parts.cash
        }
        return cash
    }

    /// Thirty lines of all three levels, some above their cap.
    private static func bill(_ insurance: Insurance, _ day: Day) -> Bill {
        let lines = (1...30).map { number in
            let price = UnitPrice(microYuan: Int64(number) * 37_310_000 + 1_250_000)
            let level: FeeClass = number % 10 == 0 ? .selfPaid : number % 3 == 0 ? .b : .a
            return BillLine(
                price: price, quantity: Quantity(Int64(number % 4 + 1)), feeClass: level,
                priceCap: number % 5 == 0 ? UnitPrice(microYuan: price.microYuan - 2_000_000) : nil,
                selfPayRatio: level == .b ? .percent(10) : .zero, day: day - 5)
        }
        return Bill(
            insured: Insured(
                insurance: insurance, category: insurance == .employee ? .retired : .elderly, age: 68,
                assistance: insurance == .resident ? AssistanceGroups(.lowIncome) : []),
            visit: Visit(care: .inpatient, tier: .third, begin: day - 8, end: day), lines: lines,
            accounts: Accounts(balance: Money(yuan: 1_200)))
    }
}
