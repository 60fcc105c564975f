import Basics
import Storage

/// The running row of an encounter: its state and the last numbers given out. Guarded by `version`, so that two
/// messages about one encounter can never both believe they were first.
public struct RunningState: Record, Hashable {
    public var area: AreaCode
    public var encounter: ID<Encounter>
    public var version: Int64
    public var state: EncounterState
    public var lastLine: Int64
    public var lastAct: Int64
    /// The act whose information is in force; 0 is the encounter's own row.
    public var informationAct: Int64
    public var lastDiagnosis: Int64

    public init(area: AreaCode, encounter: ID<Encounter>, state: EncounterState) {
        self.area = area
        self.encounter = encounter
        self.state = state
        version = 1
        lastLine = 0
        lastAct = 0
        informationAct = 0
        lastDiagnosis = 0
    }

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        encounter = try reader.id()
        version = try reader.int()
        let status = try reader.int()
        let dischargedAt = try reader.momentOrNil()
        let settledBy = try reader.idOrNil(SettlementRecord.self)
        let settlements = Int(try reader.int())
        lastLine = try reader.int()
        lastAct = try reader.int()
        informationAct = try reader.int()
        lastDiagnosis = try reader.int()
        switch (status, dischargedAt, settledBy) {
        case (1, nil, nil): state = .registered(settlements: settlements)
        case (2, nil, nil): state = .admitted(settlements: settlements)
        case (3, let at?, nil): state = .discharged(at: at, settlements: settlements)
        case (4, let at, let id?): state = .settled(by: id, dischargedAt: at, settlements: settlements)
        case (5, nil, nil): state = .withdrawn
        case (6, nil, nil): state = .cancelled
        default: throw StoreError.damaged("encounter_state \(encounter)")
        }
    }

    static let selection = """
        SELECT area, encounter_id, version, status, discharged_at, settled_by, settlements, last_line_no, last_act_no,
            information_act_no, last_diagnosis_no
        FROM encounter_state
        """

    private var status: Int64 {
        switch state {
        case .registered: 1
        case .admitted: 2
        case .discharged: 3
        case .settled: 4
        case .withdrawn: 5
        case .cancelled: 6
        }
    }

    private var settledBy: ID<SettlementRecord>? {
        if case .settled(let id, _, _) = state { id } else { nil }
    }

    private var stateValues: [Value] {
        [
            .int(status), Value(state.dischargedAt), Value(settledBy), .int(Int64(state.settlements)), .int(lastLine),
            .int(lastAct), .int(informationAct), .int(lastDiagnosis),
        ]
    }

    private static let insertion: SQL = """
        INSERT INTO encounter_state (status, discharged_at, settled_by, settlements, last_line_no, last_act_no,
            information_act_no, last_diagnosis_no, area, encounter_id, version)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    private static let replacement: SQL = """
        UPDATE encounter_state SET status = ?, discharged_at = ?, settled_by = ?, settlements = ?, last_line_no = ?,
            last_act_no = ?, information_act_no = ?, last_diagnosis_no = ?, version = version + 1
        WHERE area = ? AND encounter_id = ? AND version = ?
        """

    func insert(_ tx: any Transaction) throws {
        try tx.execute(Self.insertion, stateValues + [Value(area), Value(encounter), .int(version)])
    }

    /// Writes the new state over the version that was read; throws when somebody else was faster.
    func replace(_ tx: any Transaction) throws {
        let changed = try tx.execute(Self.replacement, stateValues + [Value(area), Value(encounter), .int(version)])
        guard changed == 1 else {
            throw Problems(Problem("settlement.encounter.busy", field: "mdtrt_id", "该就诊正由另一报文处理,请稍后重试"))
        }
    }
}
