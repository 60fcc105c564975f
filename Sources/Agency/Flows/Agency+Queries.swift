import Basics
import Benefits
import Control
import Policy
import Providers
import Settlement
import Storage

/// 5xxx queries: what the agency knows of a person's care, to the provider that asks.
extension Agency {
    /// Whether a 9001 of this provider was answered with the number (签到编号), which is the message's own. A provider
    /// signs on once for patients of all the agency's areas.
    public func hasSignedOn(_ provider: String, with number: String) async throws -> Bool {
        for area in policies.areas.keys {
            guard let known = try await providers(area)[provider] else { continue }
            let message = try await store.read { tx in try SettlementDesk.message(area, known.id, number, tx) }
            if message?.code == "9001" { return true }
        }
        return false
    }

    /// 5201 就诊信息查询: a person's encounters at this provider, newest first.
    public func encounters(
        of person: ID<Person>, from first: Moment? = nil, through last: Moment? = nil, careType: CareType? = nil,
        encounter: ID<Encounter>? = nil, _ head: MessageHead
    ) async throws -> [EncounterFinding] {
        try await consult(head) { work in
            if let encounter {
                let open = try work.encounter(EncounterReference(encounter: encounter, person: person))
                return [EncounterFinding(record: open.record, information: open.information, state: open.running.state)]
            }
            let all = try work.numbers(of: person).flatMap { number in
                try SettlementDesk.encounters(
                    of: number, work.area, from: first, through: last, careType: careType,
                    limit: SettlementDesk.pageMax, work.tx
                ).encounters
            }
            let newest = all.sorted { $0.record.id > $1.record.id }.prefix(SettlementDesk.pageMax)
            return try newest.filter { $0.record.provider == work.provider.id }.map { found in
                let open = try work.encounter(EncounterReference(encounter: found.record.id, person: person))
                return EncounterFinding(record: open.record, information: open.information, state: found.state)
            }
        }
    }

    /// 5202 诊断信息查询
    public func diagnoses(of reference: EncounterReference, _ head: MessageHead) async throws -> [DiagnosisRecord] {
        try await consult(head) { work in
            _ = try work.encounter(reference)
            return try SettlementDesk.diagnoses(work.area, reference.encounter, work.tx)
        }
    }

    /// 5203 结算信息查询: one settlement, or all of an encounter, red ones included.
    public func settlements(
        of reference: EncounterReference, _ id: ID<SettlementRecord>?, _ head: MessageHead
    ) async throws -> [SettlementStatement] {
        try await consult(head) { work in
            _ = try work.encounter(reference)
            let rows = try SettlementDesk.settlements(of: reference.encounter, work.area, work.tx)
            return try rows.filter { id == nil || $0.id == id }.map { try work.statement($0.id) }
        }
    }

    /// All settlements of an encounter, red ones included, oldest first.
    public func settlements(
        of reference: EncounterReference, _ head: MessageHead
    ) async throws -> [SettlementStatement] {
        try await settlements(of: reference, nil, head)
    }

    /// 5204 费用明细查询: the lines of an encounter, or those that a settlement covers; withdrawn ones left out.
    public func feeLines(
        of reference: EncounterReference, settlement: ID<SettlementRecord>? = nil, _ head: MessageHead
    ) async throws -> [FeeLineRecord] {
        try await consult(head) { work in
            _ = try work.encounter(reference)
            if let settlement {
                guard let row = try SettlementDesk.settlement(work.area, settlement, work.tx),
                    row.encounter == reference.encounter
                else {
                    throw Problems(Problem("settlement.unknown", field: "setl_id", "没有结算 \(settlement),请核对结算 ID"))
                }
                return try SettlementDesk.lines(work.area, reference.encounter, in: row.lines, work.tx)
            }
            let withdrawn = try SettlementDesk.withdrawnLines(work.area, reference.encounter, work.tx)
            return try SettlementDesk.lines(work.area, reference.encounter, 1...Int64.max, work.tx)
                .filter { !withdrawn.contains($0.number) }
        }
    }

    /// 5205 慢特病用药记录查询: drugs settled as chronic-disease care in a period, at any provider of the area.
    public func chronicDrugLines(
        of person: ID<Person>, from first: Day, through last: Day, _ head: MessageHead
    ) async throws -> [FeeLineRecord] {
        try await consult(head) { work in
            let bills = try work.numbers(of: person).flatMap { number in
                let filter = SettlementDesk.SettlementFilter(
                    person: number, firstDay: first, lastDay: last, careType: .chronicDisease)
                return try SettlementDesk.settlements(work.area, filter, limit: SettlementDesk.pageMax, work.tx).bills
            }
            let reversed = Set(bills.compactMap { $0.kind == .reversal ? $0.original : nil })
            let drugs: Set<ChargeType> = [.westernDrug, .chinesePatentDrug, .herbalPiece]
            return try bills.filter { $0.kind != .reversal && !reversed.contains($0.id) }.flatMap { row in
                try SettlementDesk.lines(work.area, row.encounter, in: row.lines, work.tx)
                    .filter { drugs.contains($0.chargeType) }
            }
        }
    }

    /// 5206 人员累计信息查询: what the person has used in a year, by insurance.
    public func yearFigures(of person: ID<Person>, year: Int64, _ head: MessageHead) async throws -> [YearFigures] {
        try await consult(head) { work in
            try Insurance.basic.compactMap { insurance in
                let used = try work.used(under: work.numbers(of: person), insurance, year: year)
                return used.last.isEmpty
                    ? nil : YearFigures(insurance: insurance, year: year, figures: used.figures)
            }
        }
    }

    /// 5301 慢特病备案查询, 5302 定点信息查询, 5304 转院信息查询
    public func filings(
        of person: ID<Person>, kind: FilingKind, _ head: MessageHead
    ) async throws -> [FilingRecord] {
        try await consult(head) { work in
            try work.filings(of: work.numbers(of: person), kind: kind)
        }
    }

    /// 5303 在院信息查询: stays that are not yet settled to their end, at any provider of the area.
    public func staysUnderWay(of person: ID<Person>, _ head: MessageHead) async throws -> [EncounterRecord] {
        try await consult(head) { work in
            try work.numbers(of: person).flatMap { try SettlementDesk.staysUnderWay(of: $0, work.area, work.tx) }
        }
    }

    /// How a settlement came about, in words a patient can read: each step with its value, its clause, its result.
    public func explanation(of row: SettlementRow) async throws -> [String] {
        Explanation.lines(try StepCoding.decode(row.steps), terms: try await terms(of: row))
    }

    /// The law a settlement was computed with, compiled: what its steps' clauses refer to. For the explanation.
    public func terms(of row: SettlementRow) async throws -> BenefitTerms {
        try await store.read { tx in
            try shelf.terms(try policy(row.area, row.policyVersion, tx), row.insurance, on: row.costDay)
        }
    }
}

/// One encounter as 5201 tells of it.
public struct EncounterFinding: Hashable, Sendable {
    public var record: EncounterRecord
    /// The information in force.
    public var information: VisitInformation
    public var state: EncounterState
}
