import Agency
import Basics
import Control
import Settlement
import Storage
import TestKit
import Testing

/// What was written can be proven, and one changed byte is found.
@Suite("The proof of the counter")
struct ProofTests {
    /// A town in which every table of the desk holds something.
    private func busy(_ town: Town) async throws {
        let agency = town.agency
        let stay = try await town.stay(
            town.employee, from: day("2026-02-20"), [town.line(20, 300, serial: "1"), town.line(21, 2, serial: "2")])
        try await agency.withdrawLines(
            FeeWithdrawalRequest(reference: stay, scope: .serial("2")), town.head("2302"))
        try await town.discharge(stay)
        _ = try await town.settleStay(stay)
        let sale = try await agency.purchase(
            town.purchase(town.employee, [town.line(0, 3, serial: "1")]), town.head("2102A", from: town.pharmacy))
        _ = try await town.reverse(sale, at: town.pharmacy)
        let filing = FilingRequest(
            kind: .chronicDisease, person: town.employee, insurance: .employee, providerCode: town.hospital,
            providerName: "示例第一医院", code: "M03900", name: "高血压", first: day("2026-01-01"), last: nil)
        let id = try await agency.file(filing, town.head("2503"))
        try await agency.withdrawFiling(
            FilingWithdrawalRequest(kind: .chronicDisease, filing: id, person: town.employee, ground: "误报"),
            town.head("2504"))
    }

    /// One change in each table, by somebody who owns the database.
    static let changes: [(String, SQL)] = [
        ("encounter", "UPDATE encounter SET visit_number = 'X' WHERE id = (SELECT MIN(id) FROM encounter)"),
        ("encounter_act", "UPDATE encounter_act SET bed = '9'"),
        ("diagnosis", "UPDATE diagnosis SET code = 'J18.901' WHERE no = 1"),
        ("fee_line", "UPDATE fee_line SET doctor_name = '另一人' WHERE line_no = 1"),
        (
            "fee_line",
            "UPDATE fee_line SET amount_fen = amount_fen + 1, in_scope_fen = in_scope_fen + 1 WHERE line_no = 1"
        ),
        ("fee_withdrawal", "DELETE FROM fee_withdrawal"),
        ("settlement", "UPDATE settlement SET pool_fen = pool_fen + 1, cash_fen = cash_fen - 1 WHERE kind = 1"),
        ("settlement", "UPDATE settlement SET invoice = '1' WHERE kind = 2"),
        ("accumulator", "UPDATE accumulator SET last_settlement_id = last_settlement_id - 1"),
        ("encounter_state", "UPDATE encounter_state SET last_line_no = last_line_no + 1"),
        ("encounter_state", "UPDATE encounter_state SET discharged_at = discharged_at + 3600"),
        ("encounter_state", "UPDATE encounter_state SET status = 3, settled_by = NULL WHERE status = 4"),
        ("encounter_state", "UPDATE encounter_state SET settled_by = settled_by + 1"),
        ("encounter_state", "UPDATE encounter_state SET status = 5, settled_by = NULL, discharged_at = NULL"),
        ("message", "UPDATE message SET answer_id = answer_id + 1 WHERE answer_kind = 3"),
        ("filing", "UPDATE filing SET end_day = begin_day + 1"),
        ("filing_withdrawal", "UPDATE filing_withdrawal SET ground = '无'"),
        ("account_entry", "UPDATE account_entry SET patient = patient + 1 WHERE settlement IS NOT NULL"),
        ("payable", "UPDATE payable SET cash_fen = cash_fen + 1, total_fen = total_fen + 1"),
    ]

    @Test("Everything holds after a busy day", arguments: StoreKind.allCases)
    func sound(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            try await busy(town)
            #expect(try await town.verify() == [])
        }
    }

    @Test("What cannot even be read is a finding like the others, and the proof goes on", arguments: StoreKind.allCases)
    func unreadable(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            try await busy(town)
            let empty: SQL =
                town.agency.store.dialect == .sqlite
                ? "UPDATE settlement SET funds = x''" : "UPDATE settlement SET funds = ''::bytea"
            let problems = try await town.tampered("settlement", empty)
            #expect(problems.contains { $0.code == "control.verify.unreadable" || $0.code == "control.verify.rows" })
            let totals: SQL =
                town.agency.store.dialect == .sqlite
                ? "UPDATE accumulator SET totals = x''" : "UPDATE accumulator SET totals = ''::bytea"
            #expect(try await town.tampered("accumulator", totals).contains { $0.code.hasPrefix("settlement.link") })
        }
    }

    @Test("A changed byte is found, in whichever table", arguments: StoreKind.allCases)
    func changed(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            try await busy(town)
            for (table, change) in Self.changes {
                let problems = try await town.tampered(table, change)
                #expect(!problems.isEmpty, "\(table): \(change)")
            }
            #expect(try await town.verify() == [])
        }
    }
}

extension Town {
    /// What the proof says after a change that the schema would have refused; the change is undone afterwards.
    func tampered(_ table: String, _ change: SQL) async throws -> [Problem] {
        struct Undo: Error { let problems: [Problem] }
        let area = area
        do {
            try await agency.store.write { tx in
                switch tx.dialect {
                case .sqlite:
                    try tx.execute(SQL("DROP TRIGGER IF EXISTS \(table)_refuses_update"))
                    try tx.execute(SQL("DROP TRIGGER IF EXISTS \(table)_refuses_delete"))
                case .postgres: try tx.execute(SQL("ALTER TABLE \(table) DISABLE TRIGGER USER"))
                }
                try tx.execute(change)
                throw Undo(problems: try Agency.verifier(area).run(tx).problems.all)
            }
            return []
        } catch let undo as Undo {
            return undo.problems
        }
    }
}
