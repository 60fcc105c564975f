import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// A year's run (年度征缴批处理): bills and account credits of a month or a year, step by step. The cursor says where
/// the run stands, every step is one transaction, and every part of a step passes over what was done before: a run that
/// was cut off goes on, and one that is begun anew finds nothing to do.
public struct CollectionRun: Sendable, Hashable {
    public enum Scope: Sendable, Hashable {
        /// 职工按月核定: employers, then those who pay themselves.
        case month(Month)
        /// 居民按年核定
        case residents(year: Int)
        /// 个人账户按月划入: of bills that are paid in full, of the retired, and of earlier months paid since
        case credits(Month)
    }

    public var area: AreaCode
    public var scope: Scope
    /// Payers a step
    public var pageSize: Int

    public init(area: AreaCode, _ scope: Scope, pageSize: Int = 500) {
        self.area = area
        self.scope = scope
        self.pageSize = min(pageSize, 500)
    }

    /// What a run has done so far.
    public struct Progress: Sendable, Hashable {
        public var bills = 0
        public var payable: Money = .zero
        public var credited = 0
        public init() {}
    }

    /// Where the run stands: its parts begin at growing cursors, so that they only ever grow.
    private enum Part: Int64, CaseIterable {
        case first = 0
        case second = 0x4000_0000_0000_0000
        case third = 0x6000_0000_0000_0000
    }

    private func place(_ cursor: Int64) -> (part: Part, after: Int64) {
        let part = Part.allCases.last { $0.rawValue <= cursor } ?? .first
        return (part, cursor - part.rawValue)
    }

    private func cursor(_ part: Part, after: Int64) -> Int64 { part.rawValue + after }

    /// Does one step from a cursor; answers the next cursor, nil when all is done.
    public func step(
        _ tx: any Transaction, from cursor: Int64, _ ground: Ground
    ) throws -> (next: Int64?, progress: Progress) {
        switch scope {
        case .month(let month): try billing(tx, month, cursor, ground)
        case .residents(let year): try residents(tx, year, cursor, ground)
        case .credits(let month): try credits(tx, month, cursor, ground)
        }
    }

    private func billing(
        _ tx: any Transaction, _ month: Month, _ cursor: Int64, _ ground: Ground
    ) throws -> (next: Int64?, progress: Progress) {
        let place = place(cursor)
        // Where employers declare to the tax office, only those who pay themselves are billed here.
        let isDeclared = try LevyTerms(Agency.law(tx, area: area), month: month).mode == .declared
        if place.part == .first, !isDeclared {
            let page = try Agency.billEmployers(
                tx, area: area, month: month, after: ID(place.after), limit: pageSize, ground)
            let next =
                page.last.map { self.cursor(.first, after: $0.raw) } ?? self.cursor(.second, after: 0)
            return (next, progress(page.outcome))
        }
        let page = try Agency.billFlexible(
            tx, area: area, month: month, after: ID(place.part == .second ? place.after : 0), limit: pageSize, ground)
        return (page.last.map { self.cursor(.second, after: $0.raw) }, progress(page.outcome))
    }

    private func residents(
        _ tx: any Transaction, _ year: Int, _ cursor: Int64, _ ground: Ground
    ) throws -> (next: Int64?, progress: Progress) {
        let page = try Agency.billResidents(
            tx, area: area, year: year, after: ID(cursor), limit: pageSize, ground)
        return (page.last?.raw, progress(page.outcome))
    }

    /// How far the run has come, in bills. Nobody knows beforehand how many there will be: the month or year before says
    /// what to expect.
    public func progress(_ tx: any Transaction, at cursor: Int64) throws -> (done: Int, of: Int) {
        func count(_ insurance: Insurance, _ month: Month) throws -> Int {
            try Contributions.billCount(tx, area: area, insurance, month: month)
        }
        switch scope {
        case .month(let month):
            let done = try count(.employee, month)
            return (done, max(done + 1, try count(.employee, month + -1)))
        case .residents(let year):
            let january = Month(year: year, month: 1)
            let done = try count(.resident, january)
            return (done, max(done + 1, try count(.resident, january + -12)))
        case .credits(let month):
            let place = place(cursor)
            let done = try Contributions.billCount(
                tx, area: area, .employee, month: month, through: place.part == .first ? ID(place.after) : nil)
            return (done, max(done + 1, try count(.employee, month)))
        }
    }

    private func progress(_ outcome: BillingOutcome) -> Progress {
        var progress = Progress()
        progress.bills = outcome.bills
        progress.payable = outcome.payable
        return progress
    }

    /// Credits what a month brings to accounts (按月划入): first those whose bills are paid in full, then the retired, then
    /// earlier months that were paid in full after their own run.
    private func credits(
        _ tx: any Transaction, _ month: Month, _ cursor: Int64, _ ground: Ground
    ) throws -> (next: Int64?, progress: Progress) {
        let terms = try AccountCreditTerms(Agency.law(tx, area: area), month: month)
        let place = place(cursor)
        if place.part == .third { return try creditEarlier(tx, than: month, after: ID(place.after), ground) }
        if place.part == .second {
            let page = try Enrolment.insured(
                tx, area: area, insurance: .employee, on: month.last, after: ID(place.after), limit: pageSize)
            let retired = page.filter { $0.spell.category.isRetired }.map(\.person)
            let amounts = Dictionary(uniqueKeysWithValues: Set(retired).map { ($0, terms.amount(for: .retired)) })
            let own = try Agency.underOneNumber(tx, area: area, month: month, amounts)
            let credited = try credit(tx, month, own, ground)
            return (
                page.last.map { self.cursor(.second, after: $0.person.raw) } ?? self.cursor(.third, after: 0), credited
            )
        }
        let page = try Contributions.paidLines(tx, area: area, month: month, after: ID(place.after), bills: pageSize)
        guard let last = page.last else { return (self.cursor(.second, after: 0), Progress()) }
        var amounts: [ID<Person>: Money] = [:]
        // A person with two paid bills of a month is credited for the higher base, once.
        for line in page.lines where line.part.personal > .zero {
            let amount = terms.amount(for: .employed(base: line.part.base))
            amounts[line.person] = max(amounts[line.person] ?? .zero, amount)
        }
        let own = try Agency.underOneNumber(tx, area: area, month: month, amounts)
        return (self.cursor(.first, after: last.raw), try credit(tx, month, own, ground))
    }

    /// What of earlier months was paid too late for their own run (补划已缴清的以前月份), of the next bills after a number.
    /// Whose account was closed meanwhile is credited too: the money is his heirs', and waits to be paid out (待补清退).
    private func creditEarlier(
        _ tx: any Transaction, than month: Month, after bill: ID<LevyBill>, _ ground: Ground
    ) throws -> (next: Int64?, progress: Progress) {
        let due = try Agency.uncredited(tx, area: area, after: bill, before: month)
        var total = Progress()
        for (earlier, lines) in Dictionary(grouping: due, by: \.month).sorted(by: { $0.key < $1.key }) {
            let amounts = Dictionary(uniqueKeysWithValues: lines.map { ($0.person, $0.worth) })
            total.credited += try credit(tx, earlier, amounts, intoClosed: true, ground).credited
        }
        let next = bill.raw + Int64(Contributions.billsALook)
        let isOver = try Contributions.lastBill(tx, area: area).raw <= next
        return (isOver ? nil : cursor(.third, after: next), total)
    }

    private func credit(
        _ tx: any Transaction, _ month: Month, _ amounts: [ID<Person>: Money], intoClosed: Bool = false,
        _ ground: Ground
    ) throws -> Progress {
        var progress = Progress()
        let people = amounts.keys.sorted()
        for start in stride(from: 0, to: people.count, by: Contributions.postingsMax) {
            let chunk = people[start..<min(people.count, start + Contributions.postingsMax)]
            let outcome = try Agency.creditAccounts(
                tx, area: area, month: month, chunk.map { AccountPosting(person: $0, amount: amounts[$0]!) },
                intoClosed: intoClosed,
                ground)
            progress.credited += outcome.posted
        }
        return progress
    }
}

extension CollectionRun {
    /// What a run came to, in words for the matter's page (办理结果): how much was billed or credited, and whom it could
    /// not bill as it should.
    func sentence(_ tx: any Transaction, matter: ID<Matter>) throws -> String {
        switch scope {
        case .month(let month): try billedWords(tx, month)
        case .residents(let year):
            try words(Contributions.billed(tx, area: area, .resident, month: Month(year: year, month: 1)), "\(year) 年度")
        case .credits(let month): try creditedWords(tx, month, matter)
        }
    }

    private func words(_ billed: (bills: Int, payable: Money), _ period: String) -> String {
        "\(period)已核定应缴单 \(billed.bills) 张,应缴 \(billed.payable) 元"
    }

    private func billedWords(_ tx: any Transaction, _ month: Month) throws -> String {
        let terms = try LevyTerms(Agency.law(tx, area: area), month: month)
        let undeclared = try Contributions.undeclaredCount(
            tx, area: area, month: month, baseYear: terms.baseYear(of: month))
        var after = ID<Person>(0)
        var withoutBase = 0
        while let page = try Agency.withoutBase(tx, area: area, month: month, after: after, limit: 5_000) {
            withoutBase += page.people.count
            after = page.last
        }
        var text = words(try Contributions.billed(tx, area: area, .employee, month: month), "\(month) ")
        if undeclared.people > 0 {
            text += ";\(undeclared.employers) 家单位的 \(undeclared.people) 人没有申报工资,按上月缴费额的规定比例核定"
        }
        if withoutBase > 0 { text += ";\(withoutBase) 名灵活就业人员没有选择缴费基数,没有核定" }
        return undeclared.people + withoutBase == 0 ? text : text + ";名单见“征缴”中的“未申报未核定”"
    }

    private func creditedWords(_ tx: any Transaction, _ month: Month, _ matter: ID<Matter>) throws -> String {
        let months = try Contributions.credited(tx, area: area, by: matter)
        let own = months.filter { $0.month == month }
        let earlier = months.filter { $0.month != month }
        let text = "\(month) 已划入 \(own.map(\.people).reduce(0, +)) 人 \(own.map(\.total).total()) 元"
        guard !earlier.isEmpty else { return text }
        let people = earlier.map(\.people).reduce(0, +)
        return text + ";以前月份此后缴清的,补划 \(people) 人月 \(earlier.map(\.total).total()) 元"
    }
}

extension Agency {
    /// Months before a given one that are paid in full and not on the accounts yet (已缴清未划入): of the next bills after a
    /// number.
    static func uncredited(
        _ tx: any Transaction, area: AreaCode, after bill: ID<LevyBill>, before month: Month
    ) throws -> [UncreditedMonth] {
        let policy = try law(tx, area: area)
        var terms: [Month: AccountCreditTerms] = [:]
        let found = try Contributions.uncredited(tx, area: area, after: bill, before: month) { month, base in
            let law = try terms[month] ?? AccountCreditTerms(policy, month: month)
            terms[month] = law
            return law.amount(for: .employed(base: base))
        }
        return try underOneNumber(tx, area: area, found)
    }

    /// A page of those who pay for themselves, chose no base for a month and are not billed (未选基数、未核定); nil after the
    /// last.
    public static func withoutBase(
        _ tx: any Transaction, area: AreaCode, month: Month, after: ID<Person>, limit: Int
    ) throws -> (people: [ID<Person>], last: ID<Person>)? {
        let terms = try LevyTerms(law(tx, area: area), month: month)
        let page = try ownPayers(tx, area: area, month, after: after, limit: limit, by: terms.payerOfMonth)
        guard let last = page.last else { return nil }
        let people = try Contributions.withoutBase(
            tx, area: area, month: month, baseYear: terms.baseYear(of: month), among: page.people)
        return (people, last)
    }

    /// Carries a run to its end, step by step.
    @discardableResult
    public func carryOut(
        _ run: CollectionRun, from start: Int64 = 0, _ ground: Ground
    ) async throws -> CollectionRun.Progress {
        var total = CollectionRun.Progress()
        var cursor: Int64? = start
        while let place = cursor {
            let step = try await store.write { try run.step($0, from: place, ground) }
            total.bills += step.progress.bills
            total.payable += step.progress.payable
            total.credited += step.progress.credited
            cursor = step.next
        }
        return total
    }
}
