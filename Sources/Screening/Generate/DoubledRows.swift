import Basics

/// Rows that stand in the extract twice (同时更新的重复行): one id, one time of update, one field that differs. Which of
/// them stays must hang on neither their order nor the engine.
extension World {
    /// A field of a row and what it may say instead.
    typealias Change = (field: Int, value: String)

    /// The row, and when doubled its other self before or behind it.
    mutating func rows(_ fields: [String], _ doubled: Bool, _ changes: [Change]) -> [String] {
        let row = fields.joined(separator: ",")
        guard doubled else { return [row] }
        var other = fields
        let change = random.pick(changes)
        other[change.field] = change.value
        let rows = [row, other.joined(separator: ",")]
        return random.chance(500_000) ? rows : rows.reversed()
    }

    /// Sex, birth, insurance, newborn, institution, tier, begin, end, way of care, diagnosis, death, validity.
    static let encounterChanges: [Change] = [
        (3, "1"), (3, "2"), (3, "7"), (4, "2020-05-05"), (4, ""), (5, "510"), (5, ""), (6, "1"), (7, "H99019999999"),
        (7, ""), (9, "1"), (9, ""), (10, "2025-06-01"), (11, "2025-06-03 08:00:00"), (11, ""), (12, "52"), (12, "41"),
        (12, ""), (13, "n80.000"), (13, "Q96.900"), (13, ""), (14, "2025-02-01"), (15, "0"),
    ]

    /// The encounter and settlement written before; mostly the same person's.
    private var earlier: (encounter: String, settlement: String) {
        ("M\(1_000_000_000 + serial - 1)", "S\(1_000_000_000 + serial - 1)")
    }

    /// Encounter, settlement taken back, mark of a refund, validity.
    var settlementChanges: [Change] { [(1, earlier.encounter), (3, earlier.settlement), (6, "1"), (7, "0")] }

    /// Encounter, settlement, prescription, scope, kind of list, item, charge type, department, days, validity, upload,
    /// refunded line.
    func lineChanges(_ id: String) -> [Change] {
        [
            (1, earlier.encounter), (3, earlier.settlement), (3, "S0"), (3, ""), (4, "\(id)R7"), (4, ""), (11, "0"),
            (11, ""), (15, "103"), (15, "201"), (16, "xa10bba100a001010110001"), (17, "01"), (17, ""), (18, "D99"),
            (18, ""), (21, "9"), (21, ""), (22, "0"), (24, "2026-01-31 08:00:00"), (24, ""), (25, "\(id)-1"),
            (25, "\(id)-2"),
        ]
    }
}
