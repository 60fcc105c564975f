import Basics
import Contributions
import Control
import Fund
import Settlement
import Storage

/// Which rows an event vouches for, by their keys: written into the event's detail, and read back when the proof
/// recomputes the digest from the tables.
struct RowReferences: Hashable, Sendable {
    var provider: ID<Provider>
    var message: String
    var encounter: ID<Encounter>?
    /// The encounter's own row was written.
    var begins = false
    var act: Int64?
    var diagnoses: ClosedRange<Int64>?
    var lines: ClosedRange<Int64>?
    var withdrawn: LineRanges?
    var settlements: [ID<SettlementRecord>] = []
    var filing: ID<Filing>?
    var withdrawsFiling = false
    /// The message that was voided (冲正) before it arrived.
    var voided: String?
    /// For people who read the list of events.
    var total: Money?
    var funds: Money?

    init(provider: ID<Provider>, message: String) {
        self.provider = provider
        self.message = message
    }

    // MARK: As JSON

    var json: String {
        var writer = JSONWriter(capacity: 160)
        writer.object { writer in
            writer.field("provider", provider.raw)
            writer.field("message", message)
            if let encounter { writer.field("encounter", encounter.raw) }
            if begins { writer.field("begins", true) }
            if let act { writer.field("act", act) }
            if let diagnoses { writer.field("diagnoses", LineRanges(diagnoses).description) }
            if let lines { writer.field("lines", LineRanges(lines).description) }
            if let withdrawn { writer.field("withdrawn", withdrawn.description) }
            if !settlements.isEmpty {
                writer.field("settlements", settlements.map(\.description).joined(separator: ","))
            }
            if let filing { writer.field("filing", filing.raw) }
            if withdrawsFiling { writer.field("withdrawsFiling", true) }
            if let voided { writer.field("voided", voided) }
            if let total { writer.field("total", total.description) }
            if let funds { writer.field("funds", funds.description) }
        }
        return writer.text
    }

    /// Nil when the detail is not what `json` writes.
    init?(json text: String) {
        guard let json = try? JSON.parse(text), let provider = json["provider"]?.int,
            let message = json["message"]?.text
        else { return nil }
        self.init(provider: ID(provider), message: message)
        encounter = json["encounter"]?.int.map { ID($0) }
        begins = json["begins"]?.bool ?? false
        act = json["act"]?.int
        diagnoses = json["diagnoses"]?.text.flatMap(LineRanges.init)?.ranges.first
        lines = json["lines"]?.text.flatMap(LineRanges.init)?.ranges.first
        withdrawn = json["withdrawn"]?.text.flatMap(LineRanges.init)
        settlements = json["settlements"]?.text?.split(separator: ",").compactMap { Int64($0) }.map { ID($0) } ?? []
        filing = json["filing"]?.int.map { ID($0) }
        withdrawsFiling = json["withdrawsFiling"]?.bool ?? false
        voided = json["voided"]?.text
    }

    // MARK: The digest

    /// The order in which tables enter a digest, whatever the order in which they were written.
    private static let order: [String: Int] = {
        let tables = [
            EncounterRecord.table, EncounterAct.table, DiagnosisRecord.table, FeeLineRecord.table,
            FeeWithdrawal.table, SettlementRow.table, AccountEntry.tableName, "payable", "payable_entry",
            FilingRecord.table,
            FilingWithdrawal.table, MessageRecord.table,
        ]
        return Dictionary(uniqueKeysWithValues: tables.enumerated().map { ($1, $0) })
    }()

    static func digest(_ written: WrittenRows) -> RowDigest {
        var groups = [[Int]](repeating: [], count: order.count + 1)
        for (index, row) in written.rows.enumerated() { groups[order[row.table] ?? order.count].append(index) }
        var digest = RowDigest()
        for group in groups {
            for index in group { digest.add(written.rows[index].table, written.rows[index].values) }
        }
        return digest
    }

    /// The same rows as they stand in the tables now.
    func reread(_ area: AreaCode, _ tx: any Transaction) throws -> WrittenRows {
        var rows = WrittenRows()
        if let encounter { try rereadEncounter(encounter, area, tx, &rows) }
        for id in settlements {
            if let bill = try SettlementDesk.settlement(area, id, tx) { rows.note(bill) }
        }
        for id in settlements {
            for entry in try Contributions.entries(tx, area: area, of: id) {
                rows.note(table: AccountEntry.tableName, entry.values)
            }
            for line in try FundDesk.rows(tx, area: area, settlement: id) { rows.note(table: line.table, line.values) }
        }
        if let filing {
            if withdrawsFiling {
                if let row = try SettlementDesk.withdrawal(of: filing, area, tx) { rows.note(row) }
            } else if let row = try SettlementDesk.filing(area, filing, tx) {
                rows.note(row)
            }
        }
        if let voided, let row = try SettlementDesk.message(area, provider, voided, tx) { rows.note(row) }
        if let row = try SettlementDesk.message(area, provider, message, tx) { rows.note(row) }
        return rows
    }

    private func rereadEncounter(
        _ id: ID<Encounter>, _ area: AreaCode, _ tx: any Transaction, _ rows: inout WrittenRows
    ) throws {
        if begins, let row = try SettlementDesk.encounter(area, id, tx) { rows.note(row) }
        if let act, let row = try SettlementDesk.act(area, id, no: act, tx) { rows.note(row) }
        if let diagnoses {
            for row in try SettlementDesk.diagnoses(area, id, diagnoses, tx) { rows.note(row) }
        }
        if let lines {
            for row in try SettlementDesk.lines(area, id, lines, tx) { rows.note(row) }
        }
        if let withdrawn {
            for row in try SettlementDesk.withdrawals(area, id, in: withdrawn, tx) { rows.note(row) }
        }
    }
}

extension AccountEntry {
    static let tableName = "account_entry"
}
