import Basics
import Benefits
import Contributions
import Enrolment
import Providers
import Settlement
import Storage

/// What a reversal means for the person's later settlements of the year (撤销非末次结算), and laying them anew where the
/// area's rule is that (冲正重算): with the law, the facts and the lines of their day, and with the accounts of today
/// (`RenewedAccounts`).
extension Work {
    /// A settlement that goes on from the one reversed.
    struct LaterSettlement {
        var row: SettlementRow
        var bill: SettledBill
    }

    /// What a reversal leads to.
    struct ReversalConsequence {
        /// The person's year after the red row, before anything is settled anew.
        var year: YearToDate
        /// Later settlements that are laid anew, in their order.
        var anew: [LaterSettlement] = []
        /// How those come out that other ones continue.
        var renewed: RenewedOutcomes?
    }

    func consequence(
        of original: SettlementRow, _ totals: RunningTotals, _ archive: PolicyArchive
    ) throws -> ReversalConsequence {
        let numbers = try self.numbers(of: original.person)
        try requireNoTransferBeyond([original], numbers)
        if numbers.count == 1, totals.lastSettlement == original.id {
            return ReversalConsequence(year: try YearToDate(encoded: original.before))
        }
        let year = try PersonYear(of: numbers, area, original.insurance, year: original.year, tx)
        let settled = try settledBills(year.standing(from: original), archive)
        let after = try YearToDate(encoded: totals.totals) - settled[0].bill.outcome.added
        let rule = settled[0].bill.terms.settlement.reversal.value
        switch try Benefits.effectOfReversal(of: original.id, among: settled.map(\.bill), rule: rule) {
        case .refused(let later): throw Self.laterFirst(later)
        case .nothingElse: return ReversalConsequence(year: after)
        case .recomputed(let changed, _):
            // From the first that changes on, all are laid anew: each goes on from the one before it.
            let first = settled.firstIndex { $0.row.id == changed.first?.id } ?? settled.count
            let anew = Array(settled[first...])
            try requireWithinYear(anew)
            try requireNoTransferBeyond(anew.map(\.row), numbers)
            return ReversalConsequence(year: after, anew: anew, renewed: RenewedOutcomes(without: settled[0].bill))
        }
    }

    private static func laterFirst(_ later: [ID<SettlementRecord>]) -> Problems {
        let list = later.map(\.description).joined(separator: "、")
        return Problems(
            Problem(
                "settlement.reversal.laterFirst", field: "setl_id",
                "撤销会改变其后的结算(\(list)),请先撤销这些结算,再撤销本次"))
    }

    /// A stay that the year's end divides goes on in another year's chain, which is not laid anew: what was settled
    /// there is taken back first.
    private func requireWithinYear(_ anew: [LaterSettlement]) throws {
        let beyond = try anew.filter(\.row.isInterim).flatMap { later in
            try SettlementDesk.standingSettlements(area, later.row.encounter, tx)
                .filter { $0.year > later.row.year }.map(\.id)
        }
        if !beyond.isEmpty { throw Self.laterFirst(Set(beyond).sorted()) }
    }

    /// A patient who was moved to another hospital at the year's end: what the first stay paid counts in the settlement of
    /// the second, which stands in the next year's chain and is not laid anew. It is taken back first.
    private func requireNoTransferBeyond(_ changed: [SettlementRow], _ numbers: [ID<Person>]) throws {
        guard let one = changed.first, changed.contains(where: \.careType.isInpatient) else { return }
        let next = try PersonYear(of: numbers, area, one.insurance, year: one.year + 1, tx)
        let beyond = try next.standing.filter { row in
            let visit = try SettlementFacts(encoded: row.facts).visit
            guard case .transfer = visit.link else { return false }
            return !continued(by: row, visit, among: changed).isEmpty
        }
        if !beyond.isEmpty { throw Self.laterFirst(beyond.map(\.id).sorted()) }
    }

    // MARK: As they were settled

    private func settledBills(_ rows: [SettlementRow], _ archive: PolicyArchive) throws -> [LaterSettlement] {
        var settled: [LaterSettlement] = []
        for row in rows {
            settled.append(
                LaterSettlement(row: row, bill: try settledBill(row, after: settled.map(\.row), archive)))
        }
        return settled
    }

    /// A settlement as Benefits reckoned it, from the facts kept with it.
    private func settledBill(
        _ row: SettlementRow, after earlier: [SettlementRow], _ archive: PolicyArchive
    ) throws -> SettledBill {
        let facts = try SettlementFacts(encoded: row.facts)
        let lines = try SettlementDesk.lines(area, row.encounter, in: row.lines, tx)
        let bill = Bill(
            insured: facts.insured, visit: facts.visit, lines: lines.map(\.billLine), accounts: facts.accounts)
        let terms = try archive.terms(of: row)
        let outcome = try Benefits.settle(bill, terms: terms, soFar: try soFar(of: row))
        return SettledBill(
            id: row.id, bill: bill, terms: terms, outcome: outcome,
            continues: continued(by: row, facts.visit, among: earlier))
    }

    /// Which earlier settlements a bill's link speaks of: its own stay's, or that of the stay from which the patient was
    /// moved, which the facts name by tier, deductible and day alone.
    private func continued(
        by row: SettlementRow, _ visit: Visit, among earlier: [SettlementRow]
    ) -> [ID<SettlementRecord>] {
        switch visit.link {
        case .none: return []
        case .interim: return earlier.filter { $0.encounter == row.encounter }.map(\.id)
        case .transfer(let tier, let paid):
            let left = earlier.last {
                $0.provider != row.provider && $0.careType.isInpatient && $0.amounts.deductible == paid
                    && $0.costDay >= visit.begin - 1 && providers[$0.provider]?.tier(on: $0.costDay) == tier
            }
            return left.map { [$0.id] } ?? []
        }
    }

    // MARK: Anew

    /// 冲正重算: takes back the later settlements from the last to the first, then settles them again in their order.
    func layAnew(_ consequence: ReversalConsequence, after original: SettlementRow) throws {
        guard var renewed = consequence.renewed else { return }
        var accounts = try RenewedAccounts(of: consequence.anew.map(\.row), after: original, self)
        for later in consequence.anew.reversed() { try takeBack(later) }
        for later in consequence.anew {
            let outcome = try settleAgain(later, renewed.bill(of: later.bill), &accounts)
            renewed.note(later.bill, now: outcome)
        }
    }

    private func takeBack(_ later: LaterSettlement) throws {
        let row = later.row
        let totals = try runningTotals(of: row)
        let after = try YearToDate(encoded: totals.totals) - later.bill.outcome.added
        let red = row.reversal(
            id: try tx.nextID(SettlementRecord.self, "settlement"), at: at, messageID: head.messageID,
            actor: head.operatorCode, accountBalance: try balance(of: row.person) + row.amounts.account,
            before: totals.totals, after: after.encoded, previous: totals.lastSettlement)
        try SettlementDesk.record(red, tx, &written)
        try postReversal(red, of: row, over: totals)
    }

    private func settleAgain(
        _ later: LaterSettlement, _ bill: Bill, _ accounts: inout RenewedAccounts
    ) throws -> Outcome {
        let row = later.row
        let totals = try runningTotals(of: row)
        // Again from the numbers that it saw before, as they stand now.
        let elsewhere = try used(under: seenElsewhere(by: row).map(\.person), row.insurance, year: row.year)
        let soFar = try YearToDate(encoded: totals.totals) + elsewhere.figures
        let purse = try accounts.purse(for: row, seen: bill.accounts, self)
        var bill = bill
        bill.accounts = purse.accounts
        let outcome = try Benefits.settle(bill, terms: later.bill.terms, soFar: soFar)
        var new = try recomputation(of: row, bill, outcome)
        new.accountBalance = try balance(of: row.person) - new.amounts.account
        new.before = totals.totals
        new.after = (outcome.after - elsewhere.figures).encoded
        new.previous = totals.lastSettlement
        new.elsewhere = elsewhere.last
        try SettlementDesk.record(new, tx, &written)
        try post(new, over: totals, sharers: purse.draws(shared: new.amounts.sharedAccount))
        try SettlementDesk.replaceSettlement(row.id, with: new.id, of: row.encounter, area, tx)
        accounts.note(row, now: new.amounts)
        return outcome
    }

    /// The row that replaces a settlement, its place in the person's year aside. What it was reckoned from goes with it, so
    /// that it can be reckoned again.
    private func recomputation(of row: SettlementRow, _ bill: Bill, _ outcome: Outcome) throws -> SettlementRow {
        var facts = try SettlementFacts(encoded: row.facts)
        facts.visit = bill.visit
        facts.accounts = bill.accounts
        facts.deductibleScheduled = outcome.deductibleScheduled
        facts.eligible = outcome.eligible
        var new = row
        new.id = try tx.nextID(SettlementRecord.self, "settlement")
        new.kind = .recomputation
        new.original = row.id
        new.settledAt = at
        new.settledDay = at.day
        new.messageID = head.messageID
        new.amounts = SettlementAmounts(outcome.parts)
        new.poolRatio = outcome.parts.poolRatio
        new.facts = facts.encoded
        new.funds = outcome.funds.map(SettledShare.init)
        new.steps = StepCoding.encode(outcome.steps)
        new.actor = head.operatorCode
        return new
    }

    /// The person's own balance, under the number that counts; zero without an account.
    func balance(of person: ID<Person>) throws -> Money {
        try Contributions.balance(tx, area: area, of: accountHolder(of: person)) ?? .zero
    }
}
