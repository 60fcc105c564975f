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
        /// 个人账户按月划入: of bills that are paid in full, and of the retired
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

    /// Where the run stands: cursors from this one on are in its second part, so that they only ever grow.
    private static let secondPart: Int64 = 1 << 62

    private func place(_ cursor: Int64) -> (isSecond: Bool, after: Int64) {
        cursor < Self.secondPart ? (false, cursor) : (true, cursor - Self.secondPart)
    }

    private func cursor(second: Bool, after: Int64) -> Int64 { second ? Self.secondPart + after : after }

    /// Does one step from a cursor; answers the next cursor, nil when all is done.
    public func step(
        _ tx: any Transaction, from cursor: Int64, _ ground: LevyGround
    ) throws -> (next: Int64?, progress: Progress) {
        switch scope {
        case .month(let month): try billing(tx, month, cursor, ground)
        case .residents(let year): try residents(tx, year, cursor, ground)
        case .credits(let month): try credits(tx, month, cursor, ground)
        }
    }

    private func billing(
        _ tx: any Transaction, _ month: Month, _ cursor: Int64, _ ground: LevyGround
    ) throws -> (next: Int64?, progress: Progress) {
        let place = place(cursor)
        // Where employers declare to the tax office, only those who pay themselves are billed here.
        let isDeclared = try LevyTerms(Agency.law(tx, area: area), month: month).mode == .declared
        if !place.isSecond, !isDeclared {
            let page = try Agency.billEmployers(
                tx, area: area, month: month, after: ID(place.after), limit: pageSize, ground)
            let next =
                page.last.map { self.cursor(second: false, after: $0.raw) } ?? self.cursor(second: true, after: 0)
            return (next, progress(page.outcome))
        }
        let page = try Agency.billFlexible(
            tx, area: area, month: month, after: ID(place.isSecond ? place.after : 0), limit: pageSize, ground)
        return (page.last.map { self.cursor(second: true, after: $0.raw) }, progress(page.outcome))
    }

    private func residents(
        _ tx: any Transaction, _ year: Int, _ cursor: Int64, _ ground: LevyGround
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
            let done = try Contributions.billCount(
                tx, area: area, .employee, month: month, through: place(cursor).isSecond ? nil : ID(place(cursor).after)
            )
            return (done, max(done + 1, try count(.employee, month)))
        }
    }

    private func progress(_ outcome: BillingOutcome) -> Progress {
        var progress = Progress()
        progress.bills = outcome.bills
        progress.payable = outcome.payable
        return progress
    }

    /// Credits what a month brings to accounts (按月划入): first those whose bills are paid in full, then the retired.
    private func credits(
        _ tx: any Transaction, _ month: Month, _ cursor: Int64, _ ground: LevyGround
    ) throws -> (next: Int64?, progress: Progress) {
        let terms = try AccountCreditTerms(Agency.law(tx, area: area), month: month)
        let place = place(cursor)
        if place.isSecond {
            let page = try Enrolment.insured(
                tx, area: area, insurance: .employee, on: month.last, after: ID(place.after), limit: pageSize)
            let retired = page.filter { $0.spell.category.isRetired }.map(\.person)
            let amounts = Dictionary(uniqueKeysWithValues: Set(retired).map { ($0, terms.amount(for: .retired)) })
            let credited = try credit(tx, month, amounts, ground)
            return (page.last.map { self.cursor(second: true, after: $0.person.raw) }, credited)
        }
        let page = try Contributions.paidLines(tx, area: area, month: month, after: ID(place.after), bills: pageSize)
        guard let last = page.last else { return (self.cursor(second: true, after: 0), Progress()) }
        var amounts: [ID<Person>: Money] = [:]
        // A person with two paid bills of a month is credited for the higher base, once.
        for line in page.lines where line.part.personal > .zero {
            let amount = terms.amount(for: .employed(base: line.part.base))
            amounts[line.person] = max(amounts[line.person] ?? .zero, amount)
        }
        return (self.cursor(second: false, after: last.raw), try credit(tx, month, amounts, ground))
    }

    private func credit(
        _ tx: any Transaction, _ month: Month, _ amounts: [ID<Person>: Money], _ ground: LevyGround
    ) throws -> Progress {
        var progress = Progress()
        let people = amounts.keys.sorted()
        for start in stride(from: 0, to: people.count, by: Contributions.postingsMax) {
            let chunk = people[start..<min(people.count, start + Contributions.postingsMax)]
            let outcome = try Agency.creditAccounts(
                tx, area: area, month: month, chunk.map { AccountPosting(person: $0, amount: amounts[$0]!) },
                AccountGround(ground.text, matter: ground.matter, by: ground.actor, at: ground.at))
            progress.credited += outcome.posted
        }
        return progress
    }
}

extension Agency {
    /// Carries a run to its end, step by step.
    @discardableResult
    public func carryOut(
        _ run: CollectionRun, from start: Int64 = 0, _ ground: LevyGround
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
