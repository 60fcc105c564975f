import Basics
import Benefits
import Control
import Enrolment
import Policy
import Seals
import Providers
import Settlement
import Storage

extension EventKind {
    /// 结算撤销(红冲)
    public static let reversed: EventKind = "settlement.reversed"
}

extension Agency {
    /// 2208 门诊结算撤销, 2305 住院结算撤销, 2103A 药店结算撤销: the exact negative of a settlement, in red, in every
    /// ledger. What it means for the person's later settlements is the area's rule.
    public func reverse(_ request: ReversalRequest, _ head: MessageHead) async throws -> SettlementStatement {
        let archive = try await archive(neededBy: request.settlement, of: request.person, head)
        return try await once(head, .reversed) { work in
            let red = try work.reverse(request, archive)
            return (.settlement(red.id), try work.statement(red.id))
        } again: { work, answer in
            try work.statement(try answer.settlement())
        }
    }

    /// The policies by which the person's year was settled, those no longer in force fetched from the archive.
    func archive(
        neededBy id: ID<SettlementRecord>, of person: ID<Person>, _ head: MessageHead
    ) async throws -> PolicyArchive {
        try await store.read { tx in
            var archive = PolicyArchive(area: head.area, shelf: shelf)
            guard let row = try SettlementDesk.settlement(head.area, id, tx) else { return archive }
            let year = try PersonYear(
                of: try Enrolment.identities(tx, area: head.area, of: row.person), head.area, row.insurance,
                year: row.year, tx)
            for version in Set(year.rows.map(\.policyVersion)) {
                archive.policies[version] = try policy(head.area, version, tx)
            }
            return archive
        }
    }

    /// The law of a version: the one at hand, or the one that the archive keeps.
    func policy(_ area: AreaCode, _ version: [UInt8], _ tx: any Transaction) throws -> AreaPolicy {
        let name = Hex.encode(version)
        let current = try policies.area(area)
        if current.version == name { return current }
        let key = Shelf.PolicyKey(area: area, version: name)
        if let kept = shelf.policy(key) { return kept }
        guard let text = try PolicyVersions.text(tx, area: area, version: name) else {
            throw Problems(
                Problem("settlement.policy.missing", field: "policy_version", "档案中没有政策版本 \(name.prefix(12)),请从备份恢复政策档案")
            )
        }
        let policy = try AreaPolicy(archived: text)
        shelf.keep(policy, as: key)
        return policy
    }
}

/// The versions of the law that some settlements were computed with.
struct PolicyArchive: Sendable {
    let area: AreaCode
    let shelf: Shelf
    var policies: [[UInt8]: AreaPolicy] = [:]

    init(area: AreaCode, shelf: Shelf) {
        self.area = area
        self.shelf = shelf
    }

    func terms(of row: SettlementRow) throws -> BenefitTerms {
        guard let policy = policies[row.policyVersion] else {
            // Another message settled for the person in between, under a law not fetched: begin again.
            throw Problems(Problem("settlement.encounter.busy", field: "psn_no", "该人员正在另一机构结算,请稍后重试"))
        }
        return try shelf.terms(policy, row.insurance, on: row.costDay)
    }
}

extension Work {
    func reverse(_ request: ReversalRequest, _ archive: PolicyArchive) throws -> SettlementRow {
        let original = try reversible(request)
        guard let encounter = try SettlementDesk.encounter(area, original.encounter, tx),
            var running = try SettlementDesk.runningState(area, original.encounter, tx)
        else { throw StoreError.damaged("settlement.encounter_id \(original.id)") }
        try running.state.admit(.reverseSettlement)
        if encounter.setting == .inpatient { try requireLastOfStay(original) }
        let totals = try runningTotals(of: original)
        let consequence = try consequence(of: original, totals, archive)
        let red = original.reversal(
            id: try tx.nextID(SettlementRecord.self, "settlement"), at: at, messageID: head.messageID,
            actor: head.operatorCode, accountBalance: .zero, before: totals.totals,
            after: consequence.year.encoded, previous: totals.lastSettlement)
        let recorded = try record(red, of: original, over: totals)
        try SettlementDesk.reverse(with: recorded, in: encounter.setting, &running, tx, &written)
        references.encounter = encounter.id
        try layAnew(consequence, after: original)
        references.total = recorded.amounts.total
        references.funds = recorded.amounts.funds
        return recorded
    }

    /// The settlement, once it is found to be this provider's, this person's and still standing.
    private func reversible(_ request: ReversalRequest) throws -> SettlementRow {
        guard let row = try SettlementDesk.settlement(area, request.settlement, tx) else {
            throw Problems(
                Problem("settlement.unknown", field: "setl_id", "没有结算 \(request.settlement),请核对结算 ID"))
        }
        var problems = Problems()
        if row.provider != provider.id {
            problems.add("settlement.otherProvider", field: "setl_id", "结算 \(row.id) 不是本机构办理的,请核对结算 ID")
        }
        if try !isSame(row.person, as: request.person) {
            problems.add("settlement.otherPerson", field: "psn_no", "结算 \(row.id) 不是人员 \(request.person) 的,请核对人员编号")
        }
        if let encounter = request.encounter, row.encounter != encounter {
            problems.add("settlement.otherEncounter", field: "mdtrt_id", "结算 \(row.id) 不属于就诊 \(encounter),请核对就诊 ID")
        }
        try problems.throwIfAny()
        if row.kind == .reversal {
            problems.add("settlement.isReversal", field: "setl_id", "\(row.id) 是红冲记录,不能再撤销")
        } else if let newer = try SettlementDesk.recomputation(of: row.id, area, tx) {
            problems.add("settlement.recomputed", field: "setl_id", "结算 \(row.id) 已重算为 \(newer.id),请撤销新的结算")
        } else if let red = try SettlementDesk.reversal(of: row.id, area, tx) {
            problems.add("settlement.alreadyReversed", field: "setl_id", "结算 \(row.id) 已于 \(red.settledAt) 撤销,无需再办")
        }
        try problems.throwIfAny()
        return row
    }

    /// A stay's settlements build on one another: the last one goes first.
    private func requireLastOfStay(_ row: SettlementRow) throws {
        let standing = try SettlementDesk.standingSettlements(area, row.encounter, tx)
        guard let last = standing.last, last.id != row.id else { return }
        throw Problems(
            Problem("settlement.stay.notLast", field: "setl_id", "本次住院其后还有结算 \(last.id),请先撤销后办的结算"))
    }

    func runningTotals(of row: SettlementRow) throws -> RunningTotals {
        guard let totals = try SettlementDesk.accumulator(area, row.person, row.insurance, year: row.year, tx) else {
            throw StoreError.damaged("accumulator of \(row.person)")
        }
        return totals
    }

    /// Records the red row with the account's balance after the refund, and posts it.
    private func record(
        _ red: SettlementRow, of original: SettlementRow, over totals: RunningTotals
    ) throws -> SettlementRow {
        var red = red
        red.accountBalance = try balance(of: original.person) + original.amounts.account
        try postReversal(red, of: original, over: totals)
        return red
    }
}
