import Basics
import Benefits
import Contributions
import Control
import Enrolment
import Providers
import Settlement
import Storage

extension Work {
    /// The row of a computed settlement.
    func row(
        _ reckoned: Reckoned, _ given: SettlementCase, id: ID<SettlementRecord>, messageID: String
    ) -> SettlementRow {
        let outcome = reckoned.outcome
        let encounter = given.encounter
        let care = given.information.careType
        return SettlementRow(
            area: area, id: id, kind: .regular, original: nil, encounter: encounter.id, person: encounter.person,
            provider: encounter.provider, insurance: encounter.insurance, category: reckoned.facts.insured.category,
            careType: care, diseaseCode: reckoned.facts.visit.disease?.description ?? "", settledAt: at,
            costDay: reckoned.costDay, year: reckoned.year, isInterim: given.isInterim, batch: given.batch,
            lines: LineRanges(given.lines.map(\.number)), messageID: messageID, invoice: given.invoice,
            clearingType: ClearingType(care), clearingWay: provider.profile(on: at.day).clearing.rawValue,
            amounts: SettlementAmounts(outcome.parts), poolRatio: outcome.parts.poolRatio,
            accountBalance: outcome.parts.accountBalance, personName: given.person.person.name,
            policyVersion: reckoned.policyVersion, facts: reckoned.facts.encoded,
            funds: outcome.funds.map(SettledShare.init), steps: StepCoding.encode(outcome.steps),
            before: (outcome.before - reckoned.elsewhere.figures).encoded,
            after: (outcome.after - reckoned.elsewhere.figures).encoded,
            previous: reckoned.totals?.lastSettlement, elsewhere: reckoned.elsewhere.last, actor: head.operatorCode)
    }

    /// Everything that follows from a settlement, its own row and its encounter aside: the person's year, the
    /// accounts, the books.
    ///
    /// - Parameter sharers: see `Contributions.Payment`.
    func post(
        _ row: SettlementRow, over totals: RunningTotals?, sharers: [AvailableAccounts.Source]? = nil
    ) throws {
        try SettlementDesk.accumulate(row, over: totals, tx)
        let amounts = row.amounts
        if amounts.account > .zero || amounts.sharedAccount > .zero {
            let payment = Contributions.Payment(
                area: area, patient: try accountHolder(of: row.person), own: amounts.account,
                shared: amounts.sharedAccount, settlement: row.id, at: at, sharers: sharers)
            for entry in try Contributions.pay(tx, payment) {
                written.note(table: AccountEntry.tableName, entry.values)
            }
        }
        try book(row)
        references.settlements.append(row.id)
    }

    /// The same in red: the accounts are given back entry by entry, the books posted negative.
    func postReversal(_ red: SettlementRow, of original: SettlementRow, over totals: RunningTotals?) throws {
        try SettlementDesk.accumulate(red, over: totals, tx)
        if original.amounts.account > .zero || original.amounts.sharedAccount > .zero {
            let entries = try Contributions.refund(tx, area: area, of: original.id, by: red.id, at: at)
            for entry in entries { written.note(table: AccountEntry.tableName, entry.values) }
            try passOn(entries.map(\.owner))
        }
        try bookReversal(red, of: original.id)
        references.settlements.append(red.id)
    }

    /// What came back to the account of a number since merged goes on to the one that counts (并户).
    private func passOn(_ owners: [ID<Person>]) throws {
        for owner in Set(owners).sorted() {
            let holder = try accountHolder(of: owner)
            guard holder != owner else { continue }
            _ = try Agency.mergeAccount(
                tx, area: area, of: owner, into: try Enrolment.requireInsured(tx, area: area, holder),
                Ground("已并户编号的结算退回", by: .provider(provider.id), at: at))
        }
    }

    /// The statement that a provider is answered with.
    func statement(
        _ row: SettlementRow, _ person: PersonRecord, certificate: CertificateKind, facts: SettlementFacts
    ) -> SettlementStatement {
        let accounts = row.amounts.account + row.amounts.sharedAccount
        let included = facts.fundTotalIncludesAccount
        return SettlementStatement(
            bill: row, person: person, certificateKind: certificate, age: facts.insured.age,
            isCivilServant: facts.insured.hasCivilServantSubsidy || row.category.isCivilServant,
            fundTotal: row.amounts.funds + (included ? accounts : .zero),
            personalTotal: row.amounts.cash + (included ? .zero : accounts))
    }

    /// The statement of a settlement that is already recorded.
    func statement(_ id: ID<SettlementRecord>) throws -> SettlementStatement {
        guard let row = try SettlementDesk.settlement(area, id, tx),
            let encounter = try SettlementDesk.encounter(area, row.encounter, tx)
        else { throw Problems(Problem("settlement.unknown", field: "setl_id", "没有结算 \(id),请核对结算 ID")) }
        let person = try Enrolment.requireInsured(tx, area: area, row.person).person
        return statement(
            row, person, certificate: encounter.certificateKind, facts: try SettlementFacts(encoded: row.facts))
    }
}

extension SettlementAmounts {
    init(_ parts: Parts) {
        self.init()
        total = parts.totalFee
        fullSelfPay = parts.fullSelfPay
        overLimitSelfPay = parts.overLimitSelfPay
        preSelfPay = parts.preSelfPay
        inScope = parts.inScope
        deductible = parts.deductible
        pool = parts.pool
        civilServant = parts.civilServant
        enterpriseSupplement = parts.enterprise
        criticalIllness = parts.critical
        largeAmount = parts.largeAmount
        assistance = parts.assistance
        other = parts.other
        account = parts.account
        sharedAccount = parts.sharedAccount
        cash = parts.cash
        hospital = parts.hospital
    }
}

extension SettledShare {
    /// A fund without a limit can pay what it pays.
    init(_ share: FundShare) {
        self.init(fund: share.fund, inScope: share.inScope, limit: share.payable ?? share.amount, paid: share.amount)
    }
}
