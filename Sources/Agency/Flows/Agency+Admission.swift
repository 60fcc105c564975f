import Basics
import Control
import Providers
import Settlement

extension EventKind {
    /// 入院办理
    public static let admitted: EventKind = "settlement.admitted"
    /// 出院办理
    public static let discharged: EventKind = "settlement.discharged"
    /// 住院信息变更
    public static let admissionChanged: EventKind = "settlement.admissionChanged"
    /// 入院撤销
    public static let admissionCancelled: EventKind = "settlement.admissionCancelled"
    /// 出院撤销
    public static let dischargeWithdrawn: EventKind = "settlement.dischargeWithdrawn"
}

extension Agency {
    /// 2401 入院办理
    public func admit(_ request: Admission, _ head: MessageHead) async throws -> ID<Encounter> {
        try await once(head, .admitted) { work in
            let id = try work.begin(request.registration, setting: .inpatient, diagnoses: request.diagnoses)
            return (.encounter(id), id)
        } again: { _, answer in
            try answer.encounter()
        }
    }

    /// 2402 出院办理: no line may lie after the day of discharge.
    public func discharge(_ request: Discharge, _ head: MessageHead) async throws {
        try await once(head, .discharged) { work in
            try work.discharge(request)
            return (.encounter(request.reference.encounter), ())
        } again: { _, _ in
        }
    }

    /// 2403 住院信息变更
    public func changeAdmission(_ request: VisitReport, _ head: MessageHead) async throws {
        try await once(head, .admissionChanged) { work in
            try work.change(request, .changeAdmission, act: .admissionChanged)
            return (.encounter(request.reference.encounter), ())
        } again: { _, _ in
        }
    }

    /// 2404 入院撤销: while no line and no settlement stands.
    public func cancelAdmission(_ request: EncounterReference, _ head: MessageHead) async throws {
        try await once(head, .admissionCancelled) { work in
            try work.end(request, .cancelAdmission, act: .admissionCancelled, leadingTo: .cancelled)
            return (.encounter(request.encounter), ())
        } again: { _, _ in
        }
    }

    /// 2405 出院撤销: while the stay is not settled to its end.
    public func withdrawDischarge(_ request: EncounterReference, _ head: MessageHead) async throws {
        try await once(head, .dischargeWithdrawn) { work in
            var open = try work.encounter(request)
            try open.running.state.admit(.withdrawDischarge)
            let state = EncounterState.admitted(settlements: open.running.state.settlements)
            try work.record(.dischargeWithdrawn, leadingTo: state, &open)
            return (.encounter(request.encounter), ())
        } again: { _, _ in
        }
    }
}

extension Work {
    func discharge(_ request: Discharge) throws {
        var open = try encounter(request.reference)
        try open.running.state.admit(.discharge)
        var problems = Problems()
        if request.endedAt < open.information.begunAt {
            problems.add(
                "settlement.discharge.beforeAdmission", field: "endtime",
                "出院时间早于入院时间 \(open.information.begunAt),请核对")
        }
        if request.endedAt.day > at.day {
            problems.add("settlement.discharge.future", field: "endtime", "出院日期 \(request.endedAt.day) 尚未到来,请核对")
        }
        let late = try SettlementDesk.openLines(area, open.record.id, batch: nil, tx)
            .filter { $0.occurredAt.day > request.endedAt.day }
        if let line = late.first {
            problems.add(
                "settlement.discharge.laterLines", field: "endtime",
                "有 \(late.count) 条明细(如 \(line.serial))发生在出院日期之后,请先撤销或核对出院时间")
        }
        try problems.throwIfAny()
        open.information.take(request.information)
        let state = EncounterState.discharged(at: request.endedAt, settlements: open.running.state.settlements)
        try record(
            .discharged, leadingTo: state, diagnoses: request.diagnoses, endedAt: request.endedAt,
            leavingWay: request.leavingWay, &open)
    }
}
