import Basics
import Control
import Providers
import Settlement
import Storage

extension EventKind {
    /// 费用明细上传
    public static let linesUploaded: EventKind = "settlement.linesUploaded"
    /// 费用明细撤销
    public static let linesWithdrawn: EventKind = "settlement.linesWithdrawn"
}

extension Agency {
    /// 2204 门诊费用明细上传, 2301 住院费用明细上传: answered with each line's split.
    public func uploadLines(_ request: FeeUpload, _ head: MessageHead) async throws -> [FeeLineRecord] {
        let snapshots = try await shelf.snapshots(head.area, store)
        let isInpatient = head.transaction.hasPrefix("23")
        let day = request.lines.first?.line.occurredAt.day ?? clock().day
        let tier = snapshots.providers[head.provider]?.tier(on: day) ?? .unrated
        let (mapping, tolerance) = try await (mappingCheck(request.lines, head), amountTolerance(head.area))
        // A message that was taken in before is answered as it was, whatever catalogue and mapping have become since.
        let priced = Result { () throws(Problems) in
            try PricedLines(
                request.lines, snapshots.catalogue, mapping, tier: tier, isInpatient: isInpatient,
                tolerance: tolerance)
        }
        return try await once(head, .linesUploaded) { work in
            let lines = try work.keep(priced.get(), request.reference, isInpatient: isInpatient)
            return (.lines(request.reference.encounter, lines[0].number...lines[lines.count - 1].number), lines)
        } again: { work, answer in
            guard case .lines(let encounter, let range) = answer else { throw StoreError.damaged("message.answer") }
            return try SettlementDesk.lines(work.area, encounter, range, work.tx)
        }
    }

    /// 2205 门诊费用明细撤销, 2302 住院费用明细撤销: lines that no settlement covers.
    public func withdrawLines(_ request: FeeWithdrawalRequest, _ head: MessageHead) async throws {
        try await once(head, .linesWithdrawn) { work in
            try work.withdraw(request)
            return (.encounter(request.reference.encounter), ())
        } again: { _, _ in
        }
    }
}

extension Work {
    func keep(_ priced: PricedLines, _ reference: EncounterReference, isInpatient: Bool) throws -> [FeeLineRecord] {
        var open = try encounter(reference)
        guard isInpatient == (open.record.setting == .inpatient) else {
            throw Problems(
                Problem(
                    "settlement.line.otherSetting", field: "mdtrt_id",
                    open.record.setting == .inpatient ? "这是住院就诊,请用 2301 上传明细" : "这是门诊就诊,请用 2204 上传明细"))
        }
        try open.running.state.admit(.uploadLines)
        guard open.running.lastLine + Int64(priced.given.count) <= Int64(LineChecks.linesPerEncounterMax) else {
            throw Problems(
                Problem(
                    "settlement.encounter.tooManyLines", field: "mdtrt_id",
                    "一次就诊最多 \(LineChecks.linesPerEncounterMax) 条明细,请先办理中途结算并重新登记"))
        }
        let kept = try SettlementDesk.keptLines(area, open.record.id, tx)
        let refunds = try LineChecks.against(
            kept, lines: priced.lines, begunAt: begin(of: open), endedAt: open.running.state.dischargedAt,
            now: at, firstNumber: open.running.lastLine + 1)
        var originals: [Int64: FeeLineRecord] = [:]
        for number in refunds.compactMap(\.self) where number <= open.running.lastLine {
            originals[number] = try SettlementDesk.lines(area, open.record.id, number...number, tx).first
        }
        let records = priced.records(
            area: area, encounter: open.record.id, after: open.running.lastLine, refunds: refunds,
            originals: originals, at: at)
        try SettlementDesk.keep(records, &open.running, tx, &written)
        references.encounter = open.record.id
        references.lines = records[0].number...records[records.count - 1].number
        references.total = records.map(\.amount).total()
        return records
    }

    /// The first moment a line may carry. 急诊转住院 takes in the emergency room's lines of the days before;
    /// Benefits knows how many days, so the month before is only a bound against typing errors.
    private func begin(of open: OpenEncounter) -> Moment {
        guard open.information.careType == .emergencyInpatient else { return open.information.begunAt }
        return open.information.begunAt + -31 * 86_400
    }

    func withdraw(_ request: FeeWithdrawalRequest) throws {
        var open = try encounter(request.reference)
        try open.running.state.admit(.withdrawLines)
        let lines = try selected(request.scope, open)
        let taken = Set(lines.map(\.number))
        // Whatever takes back a withdrawn line would hang in the air.
        let orphans = try SettlementDesk.openLines(area, open.record.id, batch: nil, tx).filter { line in
            line.refunds.map { taken.contains($0) } ?? false && !taken.contains(line.number)
        }
        if let orphan = orphans.first {
            throw Problems(
                Problem(
                    "settlement.line.hasRefund", field: "feedetl_sn",
                    "明细已有退费(如 \(orphan.serial)),请先撤销退费明细"))
        }
        let withdrawals = lines.map {
            FeeWithdrawal(area: area, encounter: open.record.id, line: $0.number, at: at, actor: head.operatorCode)
        }
        try SettlementDesk.withdraw(withdrawals, &open.running, tx, &written)
        references.encounter = open.record.id
        references.withdrawn = LineRanges(lines.map(\.number))
    }

    /// The open lines that a withdrawal means; none is a problem that says why.
    private func selected(_ scope: FeeWithdrawalRequest.Scope, _ open: OpenEncounter) throws -> [FeeLineRecord] {
        let waiting = try SettlementDesk.openLines(area, open.record.id, batch: nil, tx)
        let lines: [FeeLineRecord]
        let name: String
        switch scope {
        case .all: (lines, name) = (waiting, "费用明细")
        case .batch(let batch): (lines, name) = (waiting.filter { $0.batch == batch }, "收费批次 \(batch) 的明细")
        case .serial(let serial): (lines, name) = (waiting.filter { $0.serial == serial }, "明细 \(serial)")
        case .numbers(let range): (lines, name) = (waiting.filter { range.contains($0.number) }, "该次上传的明细")
        }
        guard !lines.isEmpty else {
            throw Problems(
                Problem("settlement.line.notOpen", field: "feedetl_sn", "没有可撤销的\(name):不存在、已撤销或已结算;已结算的请先撤销结算"))
        }
        return lines
    }
}
