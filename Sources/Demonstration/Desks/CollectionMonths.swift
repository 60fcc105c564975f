import Agency
import Basics
import Contributions
import Control
import Storage
import Synchronization

/// What the county collects, month by month (征缴年历): wages declared once a year by every employer, bills on the
/// first days of a month, the tax office's file in its middle, credits to accounts and the books at its end; the month
/// before reconciled and its books closed in the second week; interest once a year; from October on the residents' bills
/// for the coming year. All of it as matters, like everything at the desks.
final class CollectionMonths: Sendable {
    private let work: DeskWork
    private let county: County
    private let wages: Wages
    private let choices: BaseChoices
    private let register: CountyRegister
    private let employers: [ID<Employer>: Int]
    private let progress = Mutex(Progress())

    /// The tax office's file comes on the fifteenth.
    static let fileDay = 14
    /// Some debts of the last months are still open at the end.
    private static let openDays = 120
    /// Payments without a bill's number are looked into within so many days.
    private static let unclaimedDays = 45

    /// What has been paid and what not.
    private struct Progress {
        /// The last bill that a file dealt with.
        var billed = ID<LevyBill>(0)
        /// Bills whose payers are late.
        var late: [Late] = []
        /// The bill behind each payment that came without its number.
        var unnamed: [String: ID<LevyBill>] = [:]
    }

    private struct Late {
        let bill: LevyBill
        let paysIn: Month
    }

    init(_ work: DeskWork, county: County, register: CountyRegister, employers: [ID<Employer>]) {
        self.work = work
        choices = BaseChoices(work, county: county, register: register)
        self.county = county
        self.register = register
        self.employers = Dictionary(uniqueKeysWithValues: employers.enumerated().map { ($1, $0) })
        wages = Wages(work, county: county, employers: employers)
    }

    /// Does what a day of the month brings; days off are worked, as computers do.
    func live(_ day: Day) async throws {
        try await open(day)
        let month = day.month
        let morning = Moment(day, hour: 9)
        switch day - month.first {
        case 2 where month.month == 1 || month == (county.first + 31).month:
            try await wages.declareAll(month.year, at: morning)
            try await choices.make(for: month, at: morning + 14_400)
        case 2: try await choices.make(for: month, at: morning)
        case 3: try await carry("contributions.run.month", ["month": month.description], at: morning)
        case 4 where month.month == 1 && month.year > county.first.year:
            try await carry("accounts.interest.settle", ["year": String(month.year - 1)], at: morning)
        case 4 where month.month >= 10:
            // Again in the last months of the year (集中征缴期): whoever came since October is billed too.
            try await carry("contributions.run.residents", ["year": String(month.year + 1)], at: morning)
        case 6: try await reconcile(month + -1, on: day)
        case 8: try await carry("contributions.book", [:], at: morning)
        case 9 where !isLastTime(day) && month + -1 >= county.first.month:
            try await carry("fund.period.close", ["month": (month + -1).description], at: morning)
        case Self.fileDay: try await takeIn(month, at: morning)
        case 16: try await carry("contributions.dun", ["pay_by": (day + 15).description], at: morning)
        case 18: try await carry("contributions.run.credits", ["month": month.description], at: morning)
        case 20: try await carry("contributions.book", [:], at: morning)
        case 22: try await claim(at: morning)
        default: break
        }
    }

    /// An agency that opens late in the year bills the coming one at once: nobody else has.
    private func open(_ day: Day) async throws {
        let begins = county.first + 2
        guard county.first.month.month >= 10, (begins + 2).year == begins.year else { return }
        if day == begins {
            try await carry("contributions.run.residents", ["year": String(day.year + 1)], at: Moment(day, hour: 8))
        }
        if day == begins + 2 { try await takeIn(day.month, at: Moment(day, hour: 8)) }
    }

    private func carry(_ kind: String, _ form: [String: String], at moment: Moment) async throws {
        try await work.once { try await self.work.carry(kind, form, at: moment) }
    }

    // MARK: Money in

    /// The tax office's file: what has been billed since the last one, less those who are late, and those who were.
    private func takeIn(_ month: Month, at moment: Moment) async throws {
        var lines: [String] = []
        var unnamed: [String: ID<LevyBill>] = [:]
        let bearers = register.bearers
        for (bill, amount) in try await due(in: month, on: moment.day) {
            let serial = "示税\(moment.day.compact)-\(bill.id)"
            // One in a hundred forgets the bill's number: the money waits until somebody claims it.
            let isUnnamed = bill.id.raw % 97 == 0
            if isUnnamed { unnamed[serial] = bill.id }
            let number = isUnnamed ? "" : bill.id.description
            let payer = named(bill.payer, bearers)
            lines.append(
                "\(serial),\(number),\(isUnnamed ? "" : payer.code),\(payer.name),\(bill.months.lowerBound),"
                    + "\(amount),\(moment.day),")
        }
        if lines.isEmpty { return }
        progress.withLock { progress in progress.unnamed.merge(unnamed) { $1 } }
        let file = DeskWork.Sheet("税务入库\(moment.day).csv", heading: Self.taxHeading, lines)
        try await work.once {
            try await self.work.carry(
                "contributions.receipts.take", ["source": String(ReceiptSource.tax.rawValue)], sheet: file, at: moment)
        }
    }

    private static let taxHeading = "电子税票号码,应缴单号,纳税人识别号,纳税人名称,费款所属期,实缴金额,入库日期,原电子税票号码"

    /// Who pays, as the tax office calls them.
    private func named(_ payer: Payer, _ bearers: [ID<Person>: Int]) -> (code: String, name: String) {
        let known: (String, String)? =
            switch payer {
            case .employer(let id): employers[id].map { (county.employers[$0].creditCode, county.employers[$0].name) }
            case .person(let id): bearers[id].map { (county.residents[$0].nationalID, county.residents[$0].name) }
            }
        return known ?? ("", "示范缴费人")
    }

    /// Who pays on the day, and how much: the late ones with their late fee (滞纳金).
    private func due(in month: Month, on day: Day) async throws -> [(bill: LevyBill, amount: Money)] {
        let (late, onTime) = try await payers(in: month, on: day)
        let area = county.area
        let owed: [(bill: LevyBill, amount: Money)] = try await work.agency.store.read { tx in
            let lateFees = Agency.lateFees(try Agency.law(tx, area: area))
            return try late.map { bill in
                let terms = bill.insurance == .resident ? nil : try lateFees(bill.months.lowerBound)
                let standing = try Contributions.standing(tx, area: area, of: bill, terms: terms, on: day)
                return (bill: bill, amount: standing.outstanding + standing.lateFeeOutstanding)
            }
        }
        return owed.filter { $0.amount > .zero } + onTime.map { (bill: $0, amount: $0.payable) }
    }

    private func payers(in month: Month, on day: Day) async throws -> (late: [LevyBill], onTime: [LevyBill]) {
        let fresh = try await newBills()
        let isEnding = county.last - day <= Self.openDays
        return progress.withLock { progress in
            let (now, later) = (progress.late.filter { $0.paysIn <= month }, progress.late.filter { $0.paysIn > month })
            progress.late = later
            var paid: [LevyBill] = []
            for bill in fresh {
                if isEnding, bill.id.raw % 20 == 7 { continue }
                if bill.id.raw % 40 == 7 {
                    progress.late.append(Late(bill: bill, paysIn: month + 2))
                } else {
                    paid.append(bill)
                }
            }
            return (now.map(\.bill), paid)
        }
    }

    private func newBills() async throws -> [LevyBill] {
        var (bills, last) = ([LevyBill](), progress.withLock { $0.billed })
        while true {
            let (area, after) = (county.area, last)
            let page = try await work.agency.store.read { tx in
                try Contributions.bills(tx, area: area, after: after, limit: 5_000)
            }
            guard let end = page.last else { break }
            bills += page.filter { $0.payable > .zero && $0.purpose != .red }
            last = end.id
        }
        let reached = last
        progress.withLock { $0.billed = reached }
        return bills
    }

    // MARK: The month before

    /// Whether no further month of the county's comes to this day.
    private func isLastTime(_ day: Day) -> Bool { (day.month + 1).first + (day - day.month.first) > county.last }

    /// The tax office's list of the month before (税务月对账): it agrees with what was taken in, but for the last one, which
    /// holds a payment of which the county knows nothing.
    private func reconcile(_ month: Month, on day: Day) async throws {
        var lines = try await takenIn(month).map {
            "\($0.serial),,\($0.payerCode),\($0.payerName),\(month),\($0.amount),\($0.paidDay),"
        }
        if lines.isEmpty { return }
        if isLastTime(day) { lines.append("示税\(month.last.compact)-000,,,示例未到账单位,\(month),1234.00,\(month.last),") }
        let file = DeskWork.Sheet("税务\(month)入库明细.csv", heading: Self.taxHeading, lines)
        try await work.once {
            try await self.work.carry(
                "contributions.reconcile",
                [
                    "source": String(ReceiptSource.tax.rawValue), "first": month.first.description,
                    "last": month.last.description,
                ], sheet: file, at: Moment(day, hour: 9))
        }
    }

    private func takenIn(_ month: Month) async throws -> [Receipt] {
        var (receipts, last) = ([Receipt](), ID<Receipt>(0))
        while true {
            let (area, after) = (county.area, last)
            let page = try await work.agency.store.read { tx in
                try Contributions.receipts(
                    tx, area: area, arrived: month.first...month.last, after: after, limit: 500)
            }
            guard let end = page.last else { return receipts }
            receipts += page.filter { $0.source == .tax }
            last = end.id
        }
    }

    // MARK: Money without a number

    /// Payments that came without a bill's number are given to the bills they were meant for (暂收款认领).
    private func claim(at moment: Moment) async throws {
        let area = county.area
        let waiting = try await work.agency.store.read { tx in
            try Contributions.suspense(tx, area: area, limit: 500)
        }
        let known = progress.withLock { $0.unnamed }
        let claims = waiting.compactMap { item in known[item.receipt.serial].map { (item, $0) } }.filter {
            county.last - $0.0.receipt.paidDay > Self.unclaimedDays
        }
        try await work.each(claims) { number, claim in
            try await self.work.carry(
                "contributions.suspense.clear",
                [
                    "receipt": claim.0.receipt.id.description, "bill": claim.1.description,
                    "amount": claim.0.amount.description, "reason": "缴费人补充说明了应缴单号",
                ], at: moment + Int64(number) * 120, turn: number)
        }
    }
}
