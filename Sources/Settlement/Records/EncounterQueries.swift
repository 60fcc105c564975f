import Basics
import Storage

/// Reading encounters, their acts and lines.
extension SettlementDesk {
    /// The most rows that one page of a list may hold.
    public static let pageMax = 200

    private static let encounterQuery = SQL(EncounterRecord.selection + " WHERE area = ? AND id = ?")
    private static let stateQuery = SQL(RunningState.selection + " WHERE area = ? AND encounter_id = ?")
    private static let actQuery = SQL(EncounterAct.selection + " WHERE area = ? AND encounter_id = ? AND no = ?")
    private static let actsQuery = SQL(EncounterAct.selection + " WHERE area = ? AND encounter_id = ? ORDER BY no")

    public static func encounter(
        _ area: AreaCode, _ id: ID<Encounter>, _ tx: any Transaction
    ) throws -> EncounterRecord? {
        try tx.one(EncounterRecord.self, encounterQuery, Value(area), Value(id))
    }

    public static func runningState(
        _ area: AreaCode, _ id: ID<Encounter>, _ tx: any Transaction
    ) throws -> RunningState? {
        try tx.one(RunningState.self, stateQuery, Value(area), Value(id))
    }

    /// The information in force: the encounter's own, or that of its last act.
    public static func information(
        of encounter: EncounterRecord, _ running: RunningState, _ tx: any Transaction
    ) throws -> VisitInformation {
        guard running.informationAct > 0,
            let act = try tx.one(
                EncounterAct.self, actQuery, Value(encounter.area), Value(encounter.id), .int(running.informationAct))
        else { return encounter.information }
        return act.information
    }

    public static func acts(_ area: AreaCode, _ id: ID<Encounter>, _ tx: any Transaction) throws -> [EncounterAct] {
        try tx.all(EncounterAct.self, actsQuery, Value(area), Value(id))
    }

    /// One act by its number.
    public static func act(
        _ area: AreaCode, _ id: ID<Encounter>, no: Int64, _ tx: any Transaction
    ) throws -> EncounterAct? {
        try tx.one(EncounterAct.self, actQuery, Value(area), Value(id), .int(no))
    }

    private static let diagnosesQuery = SQL(
        DiagnosisRecord.selection + " WHERE area = ? AND encounter_id = ? ORDER BY no")

    /// The diagnoses in force: those of the last act that gave any.
    public static func diagnoses(
        _ area: AreaCode, _ id: ID<Encounter>, _ tx: any Transaction
    ) throws -> [DiagnosisRecord] {
        let all = try tx.all(DiagnosisRecord.self, diagnosesQuery, Value(area), Value(id))
        guard let last = all.last?.act else { return [] }
        return all.filter { $0.act == last }
    }

    /// Diagnoses by their numbers, whatever act brought them.
    public static func diagnoses(
        _ area: AreaCode, _ id: ID<Encounter>, _ range: ClosedRange<Int64>, _ tx: any Transaction
    ) throws -> [DiagnosisRecord] {
        try tx.all(DiagnosisRecord.self, diagnosesQuery, Value(area), Value(id)).filter { range.contains($0.no) }
    }

    // MARK: Lines

    private static let linesQuery = SQL(
        FeeLineRecord.selection + " WHERE area = ? AND encounter_id = ? AND line_no BETWEEN ? AND ? ORDER BY line_no")
    private static let withdrawalsQuery: SQL =
        "SELECT line_no FROM fee_withdrawal WHERE area = ? AND encounter_id = ? ORDER BY line_no"

    public static func lines(
        _ area: AreaCode, _ id: ID<Encounter>, _ range: ClosedRange<Int64> = 1...Int64.max, _ tx: any Transaction
    ) throws -> [FeeLineRecord] {
        try tx.all(
            FeeLineRecord.self, linesQuery, Value(area), Value(id), .int(range.lowerBound), .int(range.upperBound))
    }

    public static func lines(
        _ area: AreaCode, _ id: ID<Encounter>, in ranges: LineRanges, _ tx: any Transaction
    ) throws -> [FeeLineRecord] {
        try ranges.ranges.flatMap { try lines(area, id, $0, tx) }
    }

    public static func withdrawnLines(
        _ area: AreaCode, _ id: ID<Encounter>, _ tx: any Transaction
    ) throws -> Set<Int64> {
        Set(try tx.rows(withdrawalsQuery, Value(area), Value(id)) { try $0.int(0) })
    }

    private static let withdrawalRowsQuery = SQL(
        FeeWithdrawal.selection + " WHERE area = ? AND encounter_id = ? ORDER BY line_no")

    /// The withdrawals of some lines.
    public static func withdrawals(
        _ area: AreaCode, _ id: ID<Encounter>, in ranges: LineRanges, _ tx: any Transaction
    ) throws -> [FeeWithdrawal] {
        try tx.all(FeeWithdrawal.self, withdrawalRowsQuery, Value(area), Value(id)).filter { ranges.contains($0.line) }
    }

    /// All lines as far as a repetition or a refund concerns them.
    public static func keptLines(_ area: AreaCode, _ id: ID<Encounter>, _ tx: any Transaction) throws -> [LineKept] {
        let withdrawn = try withdrawnLines(area, id, tx)
        let query: SQL = """
            SELECT line_no, serial, item_code, price_e6, quantity_e4, occurred_at, refunds_no
            FROM fee_line WHERE area = ? AND encounter_id = ? ORDER BY line_no
            """
        return try tx.rows(query, Value(area), Value(id)) { row in
            let number = try row.int(0)
            return LineKept(
                number: number, serial: try row.text(1), itemCode: try row.text(2),
                price: UnitPrice(microYuan: try row.int(3)), quantity: Quantity(tenThousandths: try row.int(4)),
                occurredAt: try row.moment(5), refunds: try row.intOrNil(6), isWithdrawn: withdrawn.contains(number))
        }
    }

    /// Lines that wait to be settled: neither withdrawn nor covered by a settlement that stands.
    public static func openLines(
        _ area: AreaCode, _ id: ID<Encounter>, batch: String?, _ tx: any Transaction
    ) throws -> [FeeLineRecord] {
        let covered = try standingSettlements(area, id, tx).map(\.lines)
        let withdrawn = try withdrawnLines(area, id, tx)
        return try lines(area, id, 1...Int64.max, tx).filter { line in
            !withdrawn.contains(line.number) && !covered.contains { $0.contains(line.number) }
                && (batch == nil || line.batch == batch)
        }
    }

    // MARK: Lists

    /// A place in a list ordered from the newest: the last row's key.
    public struct EncounterPage: Sendable {
        public var encounters: [(record: EncounterRecord, state: EncounterState)]
        /// Begin the next page below this id; nil at the end.
        public var next: ID<Encounter>?
    }

    /// A person's encounters (5201), newest first, a page at a time.
    public static func encounters(
        of person: ID<Person>, _ area: AreaCode, from first: Moment? = nil, through last: Moment? = nil,
        careType: CareType? = nil, below: ID<Encounter>? = nil, limit: Int, _ tx: any Transaction
    ) throws -> EncounterPage {
        let limit = min(max(limit, 1), pageMax)
        let query = SQL(
            """
            SELECT \(EncounterRecord.columns.map { "e.\($0)" }.joined(separator: ", "))
            FROM encounter e
            WHERE e.area = ? AND e.person_id = ? AND e.id < ? AND e.begun_at >= ? AND e.begun_at <= ?
                AND (? = 0 OR e.care_type = ?)
            ORDER BY e.id DESC LIMIT ?
            """)
        let found = try tx.all(
            EncounterRecord.self, query, Value(area), Value(person), .int(below?.raw ?? Int64.max),
            .int(first?.seconds ?? 0),
            .int(last?.seconds ?? Int64.max), .int(careType?.rawValue ?? 0), .int(careType?.rawValue ?? 0),
            .int(Int64(limit)))
        let rows = try found.map { record in
            guard let running = try runningState(area, record.id, tx) else {
                throw StoreError.damaged("encounter_state \(record.id)")
            }
            return (record, running.state)
        }
        return EncounterPage(encounters: rows, next: found.count == limit ? found.last?.id : nil)
    }

    /// A person's stays under way (5303 在院信息).
    public static func staysUnderWay(
        of person: ID<Person>, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [EncounterRecord] {
        let query = SQL(
            """
            SELECT \(EncounterRecord.columns.map { "e.\($0)" }.joined(separator: ", "))
            FROM encounter e JOIN encounter_state s ON s.area = e.area AND s.encounter_id = e.id
            WHERE e.area = ? AND e.person_id = ? AND s.status IN (2, 3)
            ORDER BY e.id DESC LIMIT \(pageMax)
            """)
        return try tx.all(EncounterRecord.self, query, Value(area), Value(person))
    }
}
