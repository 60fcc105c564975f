import Basics
import Control
import Storage

/// A town or street (乡镇、街道), and the section that looks after it (包片科室).
public struct Town: Hashable, Sendable {
    public var code: String
    public var name: String
    /// Empty when no section has it.
    public var section: String

    public init(code: String, name: String, section: String = "") {
        self.code = code
        self.name = name
        self.section = section
    }
}

/// On which ground rows about towns and goals are written (依据): a set-up file or a matter.
public struct TargetGround: Hashable, Sendable {
    public var area: AreaCode
    public var actor: Actor
    public var at: Moment
    public var batch: ID<ImportBatch>?
    public var matter: ID<Matter>?

    public init(
        area: AreaCode, actor: Actor, at: Moment, batch: ID<ImportBatch>? = nil, matter: ID<Matter>? = nil
    ) {
        self.area = area
        self.actor = actor
        self.at = at
        self.batch = batch
        self.matter = matter
    }
}

extension Enrolment {
    // MARK: - Towns

    /// The towns of the area by code.
    public static func towns(_ tx: any Transaction, area: AreaCode) throws -> [Town] {
        var towns: [Town] = []
        try tx.forEach(townSelection, [Value(area)]) { row in
            let town = Town(code: try row.text(0), name: try row.text(1), section: try row.text(2))
            // Of the rows of one code the last counts.
            if towns.last?.code == town.code { towns.removeLast() }
            towns.append(town)
            return true
        }
        return towns
    }

    private static let townSelection: SQL = "SELECT code, name, section FROM town WHERE area = ? ORDER BY code, seq"

    /// Writes the towns that are new or changed; answers how many.
    static func write(_ tx: any Transaction, _ lines: [Town], on ground: TargetGround) throws -> Int {
        let known = Dictionary(uniqueKeysWithValues: try towns(tx, area: ground.area).map { ($0.code, $0) })
        let changed = lines.filter { known[$0.code] != $0 }
        for town in changed {
            try tx.execute(
                townInsertion, Value(ground.area), .text(town.code), .text(town.name), .text(town.section),
                Value(ground.batch), Value(ground.matter), Value(ground.area), .text(town.code))
        }
        return changed.count
    }

    private static let townInsertion: SQL = """
        INSERT INTO town (area, code, name, section, batch, matter, seq)
        SELECT ?, ?, ?, ?, ?, ?, count(*) + 1 FROM town WHERE area = ? AND code = ?
        """

    /// Keeps the list of towns by a matter (乡镇名录维护); answers how many are new or changed.
    public static func setTowns(_ tx: any Transaction, _ towns: [Town], on ground: TargetGround) throws -> Int {
        var problems = Problems()
        for code in Dictionary(grouping: towns, by: \.code).filter({ $0.value.count > 1 }).keys.sorted() {
            problems.add("enrolment.town.doubled", field: "乡镇代码 \(code)", "同一乡镇出现两次,请只留一行")
        }
        try problems.throwIfAny()
        let count = try write(tx, towns, on: ground)
        if let matter = ground.matter, count > 0 { try TargetEvidence.record(tx, matter: matter, by: ground) }
        return count
    }
}
