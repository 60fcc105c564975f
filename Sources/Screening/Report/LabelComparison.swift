import Basics
import Foundation

/// Findings against what was planted (标注核对): how many findings are right (precision, 查准率) and how many of those
/// due were found (recall, 查全率), by kind of rule.
///
/// A finding is right when a label names the same rule, person, encounter, institution and lines.
public struct LabelComparison: Sendable {
    public struct Row: Sendable, Hashable {
        public let kind: String
        public let labels: Int
        public let findings: Int
        /// Findings that a label names; each label counts once.
        public let matched: Int
    }

    public let rows: [Row]
    /// Labels not found and findings without a label, as the rows of a table: `缺` or `多`, kind, rule, person,
    /// encounter, institution, lines.
    public let differences: [[String]]

    private struct Key: Hashable {
        var kind: String
        var fields: [String]
        var lines: Set<Substring>
    }

    public init(_ result: ResultFolder, labels file: URL) throws {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw Problems(Problem("screening.labels.file", field: file.path, "读不到标注文件,请核对路径"))
        }
        let columns = ["kind", "rule_code", "psn_no", "mdtrt_id", "fixmedins_code", "bkkp_sn"]
        let table = try CSVTable(text, file: file.lastPathComponent, required: columns)
        var open: [Key: Int] = [:]
        var due: [String: Int] = [:]
        for row in table.rows {
            let fields = columns[1...4].map { row[$0] }
            open[
                Key(kind: row["kind"], fields: fields, lines: Set(row["bkkp_sn"].split(separator: ";"))), default: 0] +=
                1
            due[row["kind"], default: 0] += 1
        }
        var found: [String: Int] = [:]
        var matched: [String: Int] = [:]
        var differences: [[String]] = []
        try result.forEach(run: ID(0)) { finding in
            found[finding.kind, default: 0] += 1
            let key = Key(
                kind: finding.kind,
                fields: [finding.ruleCode, finding.person, finding.encounter, finding.provider],
                lines: Set(finding.lines.map { $0[...] }))
            if let left = open[key], left > 0 {
                open[key] = left - 1
                matched[finding.kind, default: 0] += 1
            } else {
                differences.append(["多", key.kind] + key.fields + [finding.lines.joined(separator: ";")])
            }
        }
        for (key, left) in open where left > 0 {
            let row = ["缺", key.kind] + key.fields + [key.lines.sorted().joined(separator: ";")]
            differences += Array(repeating: row, count: left)
        }
        self.differences = differences.sorted { $0.lexicographicallyPrecedes($1) }
        rows = Set(due.keys).union(found.keys).sorted().map { kind in
            Row(kind: kind, labels: due[kind] ?? 0, findings: found[kind] ?? 0, matched: matched[kind] ?? 0)
        }
    }

    public var labels: Int { rows.reduce(0) { $0 + $1.labels } }
    public var findings: Int { rows.reduce(0) { $0 + $1.findings } }
    public var matched: Int { rows.reduce(0) { $0 + $1.matched } }

    /// Of the findings, those that a label names.
    public var precision: Rate { LabelComparison.share(matched, of: findings) }
    /// Of the labels, those that were found.
    public var recall: Rate { LabelComparison.share(matched, of: labels) }
    public var isPerfect: Bool { matched == labels && matched == findings }

    /// Rounded down, so that only what is whole reads as 100 %.
    private static func share(_ part: Int, of whole: Int) -> Rate {
        Rate(partsPerMillion: whole == 0 ? 1_000_000 : Int64(part) * 1_000_000 / Int64(whole))
    }
}
