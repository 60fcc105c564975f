import Basics
import Storage

/// The Settlement desk (结算): encounters, fee lines, settlements and their reversals, filings, and the log of
/// messages. It keeps what others compute: which fund pays what is the Benefits desk's to say.
///
/// Every function works inside the caller's transaction; the rows it writes are taken down in `WrittenRows`.
public enum SettlementDesk {
    /// Begins an encounter (登记).
    public static func begin(
        _ encounter: EncounterRecord, diagnoses: [DiagnosisRecord] = [], as state: EncounterState,
        _ tx: any Transaction, _ written: inout WrittenRows
    ) throws -> RunningState {
        try written.insert(encounter, tx)
        try written.insert(all: diagnoses, tx)
        var running = RunningState(area: encounter.area, encounter: encounter.id, state: state)
        running.lastDiagnosis = Int64(diagnoses.count)
        try running.insert(tx)
        return running
    }

    /// A purchase (购药): encounter, lines and settlement together, its running row written once.
    public static func beginSettled(
        _ encounter: EncounterRecord, diagnoses: [DiagnosisRecord], lines: [FeeLineRecord], bill: SettlementRow,
        _ tx: any Transaction, _ written: inout WrittenRows
    ) throws {
        try written.insert(encounter, tx)
        try written.insert(all: diagnoses, tx)
        try written.insert(all: lines, tx)
        try written.insert(bill, tx)
        let begun = EncounterState.registered(settlements: 0)
        var running = RunningState(
            area: encounter.area, encounter: encounter.id,
            state: begun.settled(by: bill.id, interim: false, in: encounter.setting))
        running.lastDiagnosis = Int64(diagnoses.count)
        running.lastLine = Int64(lines.count)
        try running.insert(tx)
    }

    /// Records an act (就诊行为) and the state it leads to. Diagnoses given with it replace those in force.
    public static func act(
        _ act: EncounterAct, diagnoses: [DiagnosisRecord] = [], leadingTo state: EncounterState,
        _ running: inout RunningState, _ tx: any Transaction, _ written: inout WrittenRows
    ) throws {
        assert(act.no == running.lastAct + 1)
        try written.insert(act, tx)
        try written.insert(all: diagnoses, tx)
        running.state = state
        running.lastAct = act.no
        running.informationAct = act.no
        running.lastDiagnosis += Int64(diagnoses.count)
        try running.replace(tx)
        running.version += 1
    }

    /// Keeps fee lines with their split; their numbers follow the last one.
    public static func keep(
        _ lines: [FeeLineRecord], _ running: inout RunningState, _ tx: any Transaction, _ written: inout WrittenRows
    ) throws {
        guard let last = lines.last else { return }
        assert(lines[0].number == running.lastLine + 1 && last.number == running.lastLine + Int64(lines.count))
        try written.insert(all: lines, tx)
        running.lastLine = last.number
        try running.replace(tx)
        running.version += 1
    }

    /// Withdraws lines that no standing settlement covers.
    public static func withdraw(
        _ lines: [FeeWithdrawal], _ running: inout RunningState, _ tx: any Transaction, _ written: inout WrittenRows
    ) throws {
        try written.insert(all: lines, tx)
        try running.replace(tx)
        running.version += 1
    }

    /// Records a settlement and the encounter's state after it.
    public static func settle(
        _ bill: SettlementRow, in setting: EncounterSetting, _ running: inout RunningState, _ tx: any Transaction,
        _ written: inout WrittenRows
    ) throws {
        try written.insert(bill, tx)
        running.state = running.state.settled(by: bill.id, interim: bill.isInterim, in: setting)
        try running.replace(tx)
        running.version += 1
    }

    /// Records a reversal in red (红冲) and the encounter's state after it.
    public static func reverse(
        with red: SettlementRow, in setting: EncounterSetting, _ running: inout RunningState, _ tx: any Transaction,
        _ written: inout WrittenRows
    ) throws {
        try written.insert(red, tx)
        running.state = running.state.reversed(in: setting)
        try running.replace(tx)
        running.version += 1
    }

    /// Records a row that changes no encounter: the red and the new row of a recomputation (冲正重算).
    public static func record(_ bill: SettlementRow, _ tx: any Transaction, _ written: inout WrittenRows) throws {
        try written.insert(bill, tx)
    }

    /// Lets an encounter that is settled to its end name the settlement that replaced the one it was settled by.
    public static func replaceSettlement(
        _ old: ID<SettlementRecord>, with new: ID<SettlementRecord>, of encounter: ID<Encounter>, _ area: AreaCode,
        _ tx: any Transaction
    ) throws {
        guard var running = try runningState(area, encounter, tx),
            case .settled(by: old, let dischargedAt, let settlements) = running.state
        else { return }
        running.state = .settled(by: new, dischargedAt: dischargedAt, settlements: settlements)
        try running.replace(tx)
    }

    // MARK: Accumulators

    private static let accumulatorQuery = SQL(
        RunningTotals.selection + " WHERE area = ? AND person_id = ? AND insurance = ? AND year = ?")

    /// The person's running totals of a year; nil before the first settlement.
    public static func accumulator(
        _ area: AreaCode, _ person: ID<Person>, _ insurance: Insurance, year: Int64, _ tx: any Transaction
    ) throws -> RunningTotals? {
        try tx.one(
            RunningTotals.self, accumulatorQuery, Value(area), Value(person), .int(insurance.rawValue), .int(year))
    }

    private static let accumulatorBeginning: SQL = """
        INSERT INTO accumulator (area, person_id, insurance, year, version, last_settlement_id, totals)
        VALUES (?, ?, ?, ?, 1, ?, ?)
        """
    private static let accumulatorStep: SQL = """
        UPDATE accumulator SET version = version + 1, last_settlement_id = ?, totals = ?
        WHERE area = ? AND person_id = ? AND insurance = ? AND year = ? AND version = ?
        """

    /// Moves the running totals to a settlement's `after`, over the version that was read before it was computed.
    public static func accumulate(_ bill: SettlementRow, over read: RunningTotals?, _ tx: any Transaction) throws {
        guard let read else {
            try tx.execute(
                accumulatorBeginning, Value(bill.area), Value(bill.person), .int(bill.insurance.rawValue),
                .int(bill.year), Value(bill.id), .bytes(bill.after))
            return
        }
        let changed = try tx.execute(
            accumulatorStep, Value(bill.id), .bytes(bill.after), Value(bill.area), Value(bill.person),
            .int(bill.insurance.rawValue), .int(bill.year), .int(read.version))
        guard changed == 1 else {
            throw Problems(Problem("settlement.accumulator.busy", field: "psn_no", "该人员正在另一机构结算,请稍后重试"))
        }
    }

    // MARK: Messages

    private static let messageQuery = SQL(
        MessageRecord.selection + " WHERE area = ? AND provider_id = ? AND message_id = ?")

    public static func message(
        _ area: AreaCode, _ provider: ID<Provider>, _ messageID: String, _ tx: any Transaction
    ) throws -> MessageRecord? {
        try tx.one(MessageRecord.self, messageQuery, Value(area), Value(provider), .text(messageID))
    }

    public static func log(_ message: MessageRecord, _ tx: any Transaction, _ written: inout WrittenRows) throws {
        try written.insert(message, tx)
    }

    // MARK: Filings

    public static func file(_ filing: FilingRecord, _ tx: any Transaction, _ written: inout WrittenRows) throws {
        try written.insert(filing, tx)
    }

    public static func withdraw(
        _ withdrawal: FilingWithdrawal, _ tx: any Transaction, _ written: inout WrittenRows
    ) throws {
        try written.insert(withdrawal, tx)
    }
}
