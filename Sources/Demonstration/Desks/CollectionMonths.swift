import Agency
import Basics
import Contributions
import Control
import Storage

/// What the county collects, month by month (征缴年历): wages declared once a year by every employer, bills on the
/// first days of a month, the tax office's file in its middle, credits to accounts and the books at its end; in
/// October the residents' bills for the coming year. All of it as matters, like everything at the desks.
struct CollectionMonths: Sendable {
    private let work: DeskWork
    private let county: County
    private let people: [ID<Person>]
    private let employers: [ID<Employer>]

    init(_ work: DeskWork, county: County, people: [ID<Person>], employers: [ID<Employer>]) {
        self.work = work
        self.county = county
        self.people = people
        self.employers = employers
    }

    /// Does what a day of the month brings; days off are worked, as computers do.
    func live(_ day: Day) async throws {
        let month = day.month
        switch day - month.first {
        case 2 where month.month == 1 || month == (county.first + 31).month:
            try await declareWages(month.year, at: Moment(day, hour: 9))
        case 3: try await carry("contributions.run.month", ["month": month.description], at: Moment(day, hour: 9))
        case 4 where month.month == 10:
            try await carry("contributions.run.residents", ["year": String(month.year + 1)], at: Moment(day, hour: 9))
        case 14 where month.month == 11:
            // The residents' collection of the coming year (集中征缴期), beside the month's own.
            try await takeIn(billsOf: month, at: Moment(day, hour: 9))
            try await takeIn(billsOf: Month(year: month.year + 1, month: 1), at: Moment(day, hour: 11))
        case 14: try await takeIn(billsOf: month, at: Moment(day, hour: 9))
        case 18: try await carry("contributions.run.credits", ["month": month.description], at: Moment(day, hour: 9))
        case 20: try await carry("contributions.book", [:], at: Moment(day, hour: 9))
        default: break
        }
    }

    private func carry(_ kind: String, _ form: [String: String], at moment: Moment) async throws {
        try await work.carry(kind, form, at: moment)
    }

    // MARK: Wages

    private func declareWages(_ year: Int, at moment: Moment) async throws {
        var rows: [[String]] = Array(repeating: [], count: employers.count)
        for resident in county.residents {
            guard let employer = resident.employer, [.employed, .civilServant].contains(resident.category),
                resident.left.map({ $0 > moment.day }) ?? true
            else { continue }
            rows[employer].append("01,\(resident.nationalID),\(resident.name),\(wage(of: resident, in: year)),")
        }
        for (index, lines) in rows.enumerated() where !lines.isEmpty {
            let text = "证件类型,证件号码,姓名,月平均工资,起始月\n" + lines.joined(separator: "\n") + "\n"
            try await work.carry(
                "contributions.wages.declare", ["employer": employers[index].description, "year": String(year)],
                sheets: [("sheet", "\(year)年工资申报.csv", Array(text.utf8))], at: moment + Int64(index % 400) * 60,
                turn: index)
        }
    }

    /// Between 3,200 and 24,000 yuan, a twentieth more each year.
    private func wage(of resident: County.Resident, in year: Int) -> Money {
        var random = SeededRandom(seed: county.seed &* 17 &+ UInt64(resident.number))
        let wage = Int64(random.within(3_200...9_000)) * (random.chance(60_000) ? 3 : 1)
        return Money(yuan: wage + wage * Int64(year - 2024) / 20)
    }

    // MARK: Money in

    /// The tax office's file: nineteen bills in twenty are paid in full, a few in part or by an unknown number.
    private func takeIn(billsOf month: Month, at moment: Moment) async throws {
        let area = county.area
        let bills = try await work.agency.store.read { tx in
            var bills: [LevyBill] = []
            var last = ID<LevyBill>(0)
            while true {
                let page = try Contributions.bills(tx, area: area, after: last, limit: 5_000)
                bills += page.filter { $0.months.lowerBound == month && $0.payable > .zero }
                guard let end = page.last else { return bills }
                last = end.id
            }
        }
        var text = "电子税票号码,应缴单号,纳税人识别号,纳税人名称,费款所属期,实缴金额,入库日期,原电子税票号码\n"
        for bill in bills where bill.id.raw % 20 != 7 || county.last - moment.day > 120 {
            let number = bill.id.raw % 97 == 0 ? "" : bill.id.description
            text += "示税\(month.description)-\(bill.id),\(number),,示范缴费人,\(month),\(bill.payable),\(moment.day),\n"
        }
        try await work.carry(
            "contributions.receipts.take", ["source": String(ReceiptSource.tax.rawValue)],
            sheets: [("sheet", "税务入库\(month).csv", Array(text.utf8))], at: moment)
    }
}
