import Basics
import Foundation

/// A finding as a row: the bytes of its CSV line after `run_id`, a key that orders all findings of a run, and the
/// figures that summary and report add up.
struct FindingRow {
    var key: [UInt8]
    var text: [UInt8]
    var rule: Int32
    var institution: UInt32
    var doctor: UInt32
    var month: Int32
    var lines: Int32
    var amount: Int64
    /// `.min` without a settlement.
    var fund: Int64
}

/// Renders a batch's findings.
struct FindingRenderer {
    let rules: CompiledRules
    let books: CodeBooks

    static let header =
        "run_id,rule_seq,rule_code,rule_name,kind,point_id,strength,psn_no,mdtrt_id,fixmedins_code,day,bkkp_sn,"
        + "quantity,amount,fund_amount,evidence"

    func rows(_ found: FindingBuffer, _ batch: Batch) -> [FindingRow] {
        found.findings.map { row($0, found, batch) }
    }

    private func row(_ finding: Finding, _ found: FindingBuffer, _ batch: Batch) -> FindingRow {
        let own = found.lines[finding.lines]
        var person: ArraySlice<UInt8> = []
        var encounter: ArraySlice<UInt8> = []
        if finding.encounter >= 0 {
            let visit = batch.encounters[Int(finding.encounter)]
            encounter = batch.id(of: visit)
            person = batch.id(of: batch.persons[Int(visit.person)])
        }
        var ids: [UInt8] = []
        for line in own {
            if !ids.isEmpty { ids.append(UInt8(ascii: ";")) }
            ids.append(
                contentsOf: UnsafeBufferPointer(
                    start: batch.lines.id[Int(line)], count: Int(batch.lines.idCount[Int(line)])))
        }
        return row(
            rule: finding.rule, point: finding.point, person: person, encounter: encounter,
            institution: finding.institution, day: finding.day, ids: ids, quantity: finding.quantity,
            amount: finding.amount, fund: finding.fund, evidence: found.evidence[finding.evidence],
            doctor: own.last.map { batch.lines.doctor[Int($0)] } ?? 0, lines: own.count)
    }

    func row(
        rule: Int32, point: Int32, person: ArraySlice<UInt8>, encounter: ArraySlice<UInt8>, institution: UInt32,
        day: Int32,
        ids: [UInt8], quantity: Int64, amount: Int64, fund: Int64, evidence: ArraySlice<UInt8>, doctor: UInt32,
        lines: Int
    ) -> FindingRow {
        let register = rules.knowledge.rules[Int(rule)]
        let pointID = point >= 0 ? rules.pointIDs[Int(point)] : ""
        let text = FindingRenderer.text(
            register, point: Array(pointID.utf8)[...], person: person, encounter: encounter,
            institution: books.institutions.codes[Int(institution)][...], day: day, ids: ids[...], quantity: quantity,
            amount: amount, fund: fund, evidence: evidence)
        let key = FindingRenderer.key(
            rule: rule, person: person, encounter: encounter,
            institution: books.institutions.codes[Int(institution)][...],
            day: day, point: Array(pointID.utf8)[...], ids: ids[...], evidence: evidence)
        return FindingRow(
            key: key, text: text, rule: rule, institution: institution, doctor: doctor,
            month: day == .min ? .min : Day(number: day).month.number, lines: Int32(lines), amount: amount, fund: fund)
    }

    /// A row of `findings.csv` after `run_id`.
    static func text(
        _ rule: Rule, point: ArraySlice<UInt8>, person: ArraySlice<UInt8>, encounter: ArraySlice<UInt8>,
        institution: ArraySlice<UInt8>, day: Int32, ids: ArraySlice<UInt8>, quantity: Int64, amount: Int64,
        fund: Int64, evidence: ArraySlice<UInt8>
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(256 + ids.count)
        let comma = UInt8(ascii: ",")
        text.append(contentsOf: (rule.sequence.map(String.init) ?? "").utf8)
        for field in [rule.code, rule.name, rule.kind?.rawValue ?? ""] {
            text.append(comma)
            CSVText.append(Array(field.utf8)[...], to: &text)
        }
        text.append(comma)
        CSVText.append(point, to: &text)
        text.append(comma)
        text.append(contentsOf: rule.strengthText.utf8)
        for field in [person, encounter, institution] {
            text.append(comma)
            CSVText.append(field, to: &text)
        }
        text.append(comma)
        if day != .min { text.append(contentsOf: Day(number: day).description.utf8) }
        text.append(comma)
        CSVText.append(ids, to: &text)
        text.append(comma)
        if quantity != .min { FixedPoint.append(quantity, decimals: 4, trimming: true, to: &text) }
        text.append(comma)
        FixedPoint.append(amount, decimals: 2, to: &text)
        text.append(comma)
        if fund != .min { FixedPoint.append(fund, decimals: 2, to: &text) }
        text.append(comma)
        CSVText.append(evidence, to: &text)
        return text
    }

    /// Rule, person, encounter, institution, day, point, lines, evidence; bytes that compare in that order.
    private static func key(
        rule: Int32, person: ArraySlice<UInt8>, encounter: ArraySlice<UInt8>, institution: ArraySlice<UInt8>,
        day: Int32,
        point: ArraySlice<UInt8>, ids: ArraySlice<UInt8>, evidence: ArraySlice<UInt8>
    ) -> [UInt8] {
        var key: [UInt8] = [UInt8(truncatingIfNeeded: rule >> 8), UInt8(truncatingIfNeeded: rule)]
        for field in [person, encounter, institution] {
            key.append(contentsOf: field)
            key.append(0)
        }
        let ordered = UInt32(bitPattern: day ^ .min)
        for shift in [24, 16, 8, 0] as [UInt32] { key.append(UInt8(truncatingIfNeeded: ordered >> shift)) }
        for field in [point, ids, evidence] {
            key.append(contentsOf: field)
            key.append(0)
        }
        return key
    }
}

/// CSV fields as bytes.
enum CSVText {
    /// Quoted where it must be. A leading `=`, `+`, `-` or `@`, which a spreadsheet would run, gets a quote sign before.
    static func append(_ field: ArraySlice<UInt8>, to out: inout [UInt8]) {
        let first = field.first ?? 0
        let needsDefusing = first == 0x3D || first == 0x2B || first == 0x2D || first == 0x40
        let needsQuotes = field.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
        if needsQuotes { out.append(0x22) }
        if needsDefusing { out.append(0x27) }
        if needsQuotes {
            for byte in field {
                if byte == 0x22 { out.append(0x22) }
                out.append(byte)
            }
            out.append(0x22)
        } else {
            out.append(contentsOf: field)
        }
    }
}
