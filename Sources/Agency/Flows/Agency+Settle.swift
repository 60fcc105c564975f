import Basics
import Benefits
import Control
import Enrolment
import Providers
import Settlement
import Storage

extension EventKind {
    /// 结算
    public static let settled: EventKind = "settlement.settled"
}

extension Agency {
    /// 2206 门诊预结算, 2303 住院预结算: the same computation, and nothing is written.
    public func presettle(_ request: SettlementRequest, _ head: MessageHead) async throws -> SettlementStatement {
        try await consult(head) { work in
            let open = try work.encounter(request.reference)
            try open.running.state.admit(.presettle)
            let (given, reckoned) = try work.reckon(request, open)
            let row = work.row(reckoned, given, id: ID(0), messageID: head.messageID)
            return work.statement(
                row, given.person.person, certificate: given.encounter.certificateKind, facts: reckoned.facts)
        }
    }

    /// 2207 门诊结算, 2304 住院结算: computed, recorded, paid from the accounts and booked, all in one transaction.
    public func settle(_ request: SettlementRequest, _ head: MessageHead) async throws -> SettlementStatement {
        try await once(head, .settled) { work in
            var open = try work.encounter(request.reference)
            try open.running.state.admit(.settle(interim: request.isInterim))
            let (given, reckoned) = try work.reckon(request, open)
            let id = try work.tx.nextID(SettlementRecord.self, "settlement")
            let row = work.row(reckoned, given, id: id, messageID: head.messageID)
            try SettlementDesk.settle(row, in: open.record.setting, &open.running, work.tx, &work.written)
            work.references.encounter = open.record.id
            try work.post(row, over: reckoned.totals)
            work.references.total = row.amounts.total
            work.references.funds = row.amounts.funds
            let statement = work.statement(
                row, given.person.person, certificate: open.record.certificateKind, facts: reckoned.facts)
            return (.settlement(id), statement)
        } again: { work, answer in
            try work.statement(try answer.settlement())
        }
    }
}

extension MessageAnswer {
    /// The settlement a message was answered with.
    func settlement() throws -> ID<SettlementRecord> {
        guard case .settlement(let id) = self else { throw StoreError.damaged("message.answer") }
        return id
    }
}

extension Work {
    /// Gathers what a settlement of an encounter rests on, checks it, and computes.
    func reckon(_ request: SettlementRequest, _ open: OpenEncounter) throws -> (SettlementCase, Reckoned) {
        try requireAgreement(request, open)
        var given = try gather(request, open)
        try cutAtYearEnd(&given)
        try LineChecks.bill(given.lines.map { ($0.itemCode, $0.amount) }, stated: request.total)
        let reckoned = try reckon(given)
        if let stated = request.stated { try compare(stated, with: reckoned.outcome.parts) }
        return (given, reckoned)
    }

    /// The message and the encounter speak of the same insurance, care and setting.
    private func requireAgreement(_ request: SettlementRequest, _ open: OpenEncounter) throws {
        var problems = Problems()
        if request.insurance != open.record.insurance {
            problems.add(
                "settlement.bill.insurance", field: "insutype",
                "险种 \(request.insurance.rawValue) 与登记的 \(open.record.insurance.rawValue)(\(open.record.insurance.name))不同,请核对"
            )
        }
        if let care = request.careType, care != open.information.careType {
            problems.add(
                "settlement.bill.careType", field: "med_type",
                "医疗类别 \(care.rawValue) 与就诊信息中的 \(open.information.careType.rawValue)(\(open.information.careType.name))不同,请先更正就诊信息"
            )
        }
        if let isInpatient = head.settlesInpatients, isInpatient != (open.record.setting == .inpatient) {
            problems.add(
                "settlement.bill.setting", field: "mdtrt_id",
                isInpatient ? "这是门诊就诊,请用 2206、2207 结算" : "这是住院就诊,请用 2303、2304 结算")
        }
        try problems.throwIfAny()
    }

    private func gather(_ request: SettlementRequest, _ open: OpenEncounter) throws -> SettlementCase {
        let setting = open.record.setting
        let lines = try SettlementDesk.openLines(
            area, open.record.id, batch: setting == .outpatient ? request.batch : nil, tx)
        let lastDay = lines.map(\.occurredAt.day).max() ?? open.information.begunAt.day
        return SettlementCase(
            encounter: open.record, information: open.information,
            person: try Enrolment.requireInsured(tx, area: area, open.record.person), lines: lines,
            end: open.running.state.dischargedAt?.day ?? lastDay, isInterim: request.isInterim,
            usesAccount: request.usesAccount, batch: request.batch ?? "", invoice: request.invoice,
            earlier: setting == .inpatient ? try SettlementDesk.standingSettlements(area, open.record.id, tx) : [])
    }

    /// 年末中途结算: where the year's end divides a stay, an interim settlement takes the lines of the old year alone.
    private func cutAtYearEnd(_ given: inout SettlementCase) throws {
        guard given.isInterim, let first = given.lines.map(\.occurredAt.day).min() else { return }
        let terms = try agency.terms(area, given.encounter.insurance, on: given.end).year
        guard terms.acrossYears.value == .interimAtYearEnd else { return }
        let lastDay = terms.firstDay(of: terms.year(of: first) + 1) - 1
        guard given.end > lastDay else { return }
        given.lines.removeAll { $0.occurredAt.day > lastDay }
        given.end = lastDay
    }

    /// A hospital that states its own split must come to ours: otherwise its catalogue differs from the agency's.
    private func compare(_ stated: StatedSplit, with parts: Parts) throws {
        var problems = Problems()
        func check(_ field: String, _ name: String, _ theirs: Money?, _ ours: Money) {
            guard let theirs, theirs != ours else { return }
            problems.add(
                "settlement.bill.split", field: field, "上送的\(name) \(theirs) 与中心计算的 \(ours) 不符,请按明细上传的返回结果更正")
        }
        check("fulamt_ownpay_amt", "全自费金额", stated.fullSelfPay, parts.fullSelfPay)
        check("overlmt_selfpay", "超限价金额", stated.overLimitSelfPay, parts.overLimitSelfPay)
        check("preselfpay_amt", "先行自付金额", stated.preSelfPay, parts.preSelfPay)
        check("inscp_scp_amt", "符合政策范围金额", stated.inScope, parts.inScope)
        try problems.throwIfAny()
    }
}

extension MessageHead {
    /// Which settings a settlement message is for; nil for other messages.
    var settlesInpatients: Bool? {
        switch transaction {
        case "2303", "2304": true
        case "2206", "2207": false
        default: nil
        }
    }
}
