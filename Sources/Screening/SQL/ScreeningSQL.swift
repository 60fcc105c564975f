import Basics
import Foundation

/// The same rules as portable SQL: the twin that proves the native engine, and what a cluster runs.
///
/// The script makes tables `enc`, `setl`, `line` out of the extract (`src_…`, all columns text), then one INSERT a
/// kind into `finding`. Amounts are integers in fen, prices in 10⁻⁶ yuan, quantities in 10⁻⁴, days since 1970.
/// Text compares by bytes. `evidence` is left out: it is wording, not a decision.
public struct ScreeningSQL {
    let knowledge: KnowledgeBase
    let parameters: Parameters
    let dialect: SQLDialect
    let extract: URL?
    /// The files to read, where they were looked through before; by default those that lie in the extract's folder.
    var files: [SourceFile]?
    /// Folder of the tables of stock; by default the extract's.
    var stock: URL?

    public init(_ knowledge: KnowledgeBase, extract: URL?, dialect: SQLDialect = .duckDB) {
        self.knowledge = knowledge
        parameters = knowledge.parameters
        self.dialect = dialect
        self.extract = extract
    }

    /// The whole script; its last statement selects the findings in the order of `findings.csv`.
    public func script() throws -> String {
        var parts = try sources()
        parts += knowledgeTables() + normalised() + lines()
        parts +=
            try lineRules() + unitRules() + prescriptionRules() + stayRules() + personRules() + institutionRules()
            + tableRules() + stockRules()
        parts += results
        return parts.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) + ";\n" }.joined(separator: "\n")
    }

    // MARK: Words

    /// Integer quotient rounded half away from zero, as `Rounding.halfUp`.
    func halfUp(_ numerator: String, _ denominator: String) -> String {
        let (n, d) = ("CAST(\(numerator) AS \(dialect.wide))", "CAST(\(denominator) AS \(dialect.wide))")
        return
            "CAST(CASE WHEN \(n) >= 0 THEN (2 * \(n) + \(d)) \(dialect.quotient) (2 * \(d)) ELSE -((-2 * \(n) + \(d)) \(dialect.quotient) (2 * \(d))) END AS BIGINT)"
    }

    func text(_ value: String) -> String { dialect.text(value) }
    func list(_ values: some Sequence<String>) -> String { "(" + values.map(text).joined(separator: ", ") + ")" }
    func anyPrefix(_ column: String, _ prefixes: [String]) -> String {
        prefixes.isEmpty
            ? "FALSE" : "(" + prefixes.map { "\(column) LIKE \(text($0 + "%"))" }.joined(separator: " OR ") + ")"
    }
    func values(_ name: String, _ columns: String, _ rows: [String], types: String) -> String {
        // An empty table needs its types.
        let body =
            rows.isEmpty ? "SELECT \(types) WHERE FALSE" : "VALUES " + rows.map { "(\($0))" }.joined(separator: ",\n")
        return "CREATE TABLE \(name) AS SELECT * FROM (\(body)) AS v(\(columns))"
    }
    func rule(_ kind: RuleKind, _ variant: String = "") -> Int {
        knowledge.rules.firstIndex { $0.kind == kind && $0.variant == variant } ?? -1
    }
    func rules(_ kind: RuleKind) -> [Int] { knowledge.rules.indices.filter { knowledge.rules[$0].kind == kind } }

    /// A finding out of grouped lines `l`: their ids in order and, by default, their sums.
    var ids: String { dialect.joined("l.id", by: "l.ord") }
    let insert = "INSERT INTO finding "

    private func knowledgeTables() -> [String] {
        var checks: [String] = []
        for point in knowledge.points {
            var (a, b, c) = ("NULL", "NULL", "NULL")
            let kind: String
            switch point.demand {
            case .words: continue
            case .sex(let sex): (kind, a) = ("sex", "\(sex)")
            case .age(let limit):
                kind = limit.newborn ? "newborn" : limit.workingAge ? "working" : "age"
                a = limit.atLeast.map(String.init) ?? "NULL"
                b = limit.atMost.map(String.init) ?? "NULL"
                c = limit.below.map(String.init) ?? "NULL"
            case .workInjury: kind = "work_injury"
            case .maternity: kind = "maternity"
            case .tier(let least): (kind, a) = ("tier", "\(least)")
            case .inpatientOnly: kind = "inpatient"
            case .inpatientOrEmergency: kind = "emergency"
            case .notInternet: kind = "internet"
            case .quantity(let most): (kind, a) = ("quantity", "\(most)")
            case .period(let most, let days): (kind, a, b) = ("period", "\(most)", "\(days)")
            case .course(let days, let span, let gap):
                kind = "course"
                a = days.map(String.init) ?? "NULL"
                b = span.map(String.init) ?? "NULL"
                c = gap.map(String.init) ?? "NULL"
            case .surgery: kind = "surgery"
            case .herbalNone: kind = "herbal_none"
            case .herbalSingle: kind = "herbal_single"
            }
            var group = "NULL"
            if case .surgery(let name) = point.demand { group = text(name) }
            let only = knowledge.rules[point.rule].onlyInScope ? "TRUE" : "FALSE"
            for item in Set(point.items).sorted() {
                checks.append(
                    "\(point.rule), \(text(point.id)), \(text(item.uppercased())), \(text(kind)), \(a), \(b), \(c), \(group), \(only)"
                )
            }
        }
        let pairs = knowledge.pairs.map {
            "\($0.rule), \(text($0.id)), \(text($0.scope.rawValue)), \(text($0.itemA.uppercased())), \(text($0.itemB.uppercased()))"
        }
        let paired = Set(knowledge.herbsOfPairs)
        let herbs = knowledge.herbs.filter { paired.contains($0.value) }.sorted { $0.key < $1.key }.map {
            "\(text($0.key)), \(text($0.value))"
        }
        let herbPairs = knowledge.herbPairs.map { "\($0.rule), \(text($0.id)), \(text($0.herbA)), \(text($0.herbB))" }
        let ranges = knowledge.codeRanges.map {
            "\($0.rule), \(text($0.id)), \($0.ofProcedures ? "TRUE" : "FALSE"), \(text($0.first)), \(text($0.last)), \($0.sex.map { "\($0)" } ?? "NULL")"
        }
        let caps = knowledge.caps.map { cap in
            let prices = cap.byTier.map { $0.map { "\($0)" } ?? "NULL" }
            return
                "\(text(cap.item.uppercased())), \(prices[1]), \(prices[2]), \(prices[3]), \(cap.from.map { "\($0.number)" } ?? "-1000000"), \(cap.through.map { "\($0.number)" } ?? "1000000")"
        }
        let registered = knowledge.rules.enumerated().map { index, rule in
            "\(index), \(rule.sequence.map(String.init) ?? "NULL"), \(text(rule.code)), \(text(rule.name)), \(text(rule.kind?.rawValue ?? "")), \(text(rule.strengthText))"
        }
        let retirement = parameters.retirement.enumerated().map { index, row in
            let next =
                index + 1 < parameters.retirement.count ? parameters.retirement[index + 1].from.number : 1_000_000
            let from = index == 0 ? -1_000_000 : row.from.number
            return
                "\(from), \(next), \(row.from.month.number), \(row.maleMonths), \(row.femaleMonths), \(row.delayEveryMonths), \(row.maleLimitMonths), \(row.femaleLimitMonths)"
        }
        return [
            values("rule", "rule, seq, code, name, kind, strength", registered, types: "0, 0, '', '', '', ''"),
            values(
                "chk", "rule, point, item, kind, a, b, c, grp, only_scope", checks,
                types: "0, '', '', '', 0, 0, 0, '', FALSE"),
            values("pair", "rule, point, scope, item_a, item_b", pairs, types: "0, '', '', '', ''"),
            values("herb", "alias, herb", herbs, types: "'', ''"),
            values("herb_pair", "rule, point, herb_a, herb_b", herbPairs, types: "0, '', '', ''"),
            values("code_range", "rule, point, procedures, first, last, sex", ranges, types: "0, '', FALSE, '', '', 0"),
            values(
                "cap", "item, tier1, tier2, tier3, from_day, to_day", caps,
                types: "'', CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), 0, 0"),
            values(
                "retire", "from_day, to_day, from_month, male, female, every, male_most, female_most", retirement,
                types: "0, 0, 0, 0, 0, 0, 0, 0"),
            """
            CREATE TABLE finding (rule INTEGER, point \(dialect.string), psn \(dialect.string), enc \(dialect.string), inst \(dialect.string), day INTEGER,
              ids \(dialect.string),
              qty BIGINT, amt BIGINT, fund BIGINT)
            """,
        ]
    }

    private var order: String {
        """
        ORDER BY f.rule, coalesce(f.psn, ''), coalesce(f.enc, ''), coalesce(f.inst, ''), f.day NULLS FIRST,
          coalesce(f.point, ''), coalesce(f.ids, '')
        """
    }

    /// For DuckDB the rows of `findings.csv` after `run_id`, without evidence. Spark's program prints lines of text:
    /// what was read and rejected, each finding as JSON, then how many lines were screened and how many findings there
    /// must be.
    private var results: [String] {
        switch dialect {
        case .duckDB:
            [
                """
                SELECT r.seq AS rule_seq, r.code AS rule_code, f.point AS point_id, f.psn AS psn_no, f.enc AS mdtrt_id,
                  f.inst AS fixmedins_code, CASE WHEN f.day IS NULL THEN NULL ELSE CAST(DATE '1970-01-01' + f.day AS VARCHAR)
                    END AS day,
                  f.ids AS bkkp_sn, f.qty AS quantity_e4, f.amt AS amount_fen, f.fund AS fund_fen
                FROM finding f JOIN rule r ON r.rule = f.rule
                \(order)
                """
            ]
        case .spark:
            [
                "SELECT to_json(struct(f.rule, f.point, f.psn, f.enc, f.inst, f.day, f.ids, f.qty, f.amt, f.fund)) FROM finding f\n\(order)",
                "SELECT concat('\(SparkOutput.linesMark)', count(*)) FROM line",
                "SELECT concat('\(SparkOutput.findingsMark)', count(*)) FROM finding",
            ]
        }
    }
}
