import Basics
import Control
import Storage

/// Which findings are wanted (疑点查询条件); what is nil does not restrict.
public struct FindingFilter: Hashable, Sendable {
    public var run: ID<ImportedRun>?
    /// 规则编码
    public var rule: String?
    /// 机构编码
    public var provider: String?

    public init(run: ID<ImportedRun>? = nil, rule: String? = nil, provider: String? = nil) {
        self.run = run
        self.rule = rule
        self.provider = provider
    }

    fileprivate var condition: (text: String, arguments: [Value]) {
        var parts: [String] = []
        var arguments: [Value] = []
        if let run {
            parts.append("AND run = ?")
            arguments.append(Value(run))
        }
        if let rule {
            parts.append("AND rule_code = ?")
            arguments.append(.text(rule))
        }
        if let provider {
            parts.append("AND provider = ?")
            arguments.append(.text(provider))
        }
        return (parts.joined(separator: " "), arguments)
    }
}

/// Findings of one rule in a run, added up.
public struct RuleSum: Hashable, Sendable {
    public let ruleCode: String
    public let ruleName: String
    public let findings: Int
    public let amount: Money
    public let fundAmount: Money
}

extension ScreeningDesk {
    /// Runs, the newest first; `before` continues a list.
    public static func runs(
        _ tx: any Transaction, area: AreaCode, before: ID<ImportedRun>? = nil, limit: Int
    ) throws -> [ImportedRun] {
        try tx.all(
            ImportedRun.self, runsQuery, Value(area), .int(before?.raw ?? .max), .int(Int64(limit)))
    }

    private static let runsQuery = SQL(
        "SELECT \(ImportedRun.table.columnList) FROM screening_run WHERE area = ? AND id < ? ORDER BY id DESC LIMIT ?")

    /// A page of findings in order of run and number; `after` is the last finding of the page before.
    public static func findings(
        _ tx: any Transaction, area: AreaCode, _ filter: FindingFilter, after: ImportedFinding? = nil, limit: Int
    ) throws -> [ImportedFinding] {
        let (condition, arguments) = filter.condition
        let query = SQL(
            """
            SELECT \(ImportedFinding.table.columnList) FROM screening_finding
            WHERE area = ? \(condition) AND (run > ? OR run = ? AND no > ?) ORDER BY run, no LIMIT ?
            """)
        let place: [Value] = [
            Value(after?.run ?? ID(0)), Value(after?.run ?? ID(0)), .int(Int64(after?.number ?? 0)), .int(Int64(limit)),
        ]
        var page = try tx.rows(query, [Value(area)] + arguments + place) { try ImportedFinding($0) }
        for index in page.indices {
            page[index].lines = try lines(tx, area: area, run: page[index].run, finding: page[index].number)
        }
        return page
    }

    /// Every finding that names a fee line (`bkkp_sn`), the newest run first.
    public static func findings(
        _ tx: any Transaction, area: AreaCode, line: String
    ) throws -> [ImportedFinding] {
        let places = try tx.rows(lineQuery, Value(area), .text(line)) { (run: try $0.int(0), number: try $0.int(1)) }
        return try places.compactMap { place in
            var finding = try tx.one(
                ImportedFinding.self, findingQuery, Value(area), .int(place.run), .int(place.number))
            finding?.lines = try lines(tx, area: area, run: ID(place.run), finding: Int(place.number))
            return finding
        }
    }

    private static let lineQuery: SQL = """
        SELECT DISTINCT run, finding FROM screening_finding_line WHERE area = ? AND line = ? ORDER BY run DESC, finding
        """
    private static let findingQuery = SQL(
        "SELECT \(ImportedFinding.table.columnList) FROM screening_finding WHERE area = ? AND run = ? AND no = ?")

    private static func lines(
        _ tx: any Transaction, area: AreaCode, run: ID<ImportedRun>, finding: Int
    ) throws -> [String] {
        try tx.rows(linesQuery, Value(area), Value(run), .int(Int64(finding))) { try $0.text(0) }
    }

    private static let linesQuery: SQL =
        "SELECT line FROM screening_finding_line WHERE area = ? AND run = ? AND finding = ? ORDER BY place"

    /// A run's findings by rule, the largest amount first.
    public static func sums(_ tx: any Transaction, area: AreaCode, run: ID<ImportedRun>) throws -> [RuleSum] {
        try tx.rows(sumsQuery, Value(area), Value(run)) { row in
            RuleSum(
                ruleCode: try row.text(0), ruleName: try row.text(1), findings: Int(try row.int(2)),
                amount: try row.money(3), fundAmount: try row.money(4))
        }
    }

    private static let sumsQuery: SQL = """
        SELECT rule_code, rule_name, count(*), CAST(sum(amount_fen) AS BIGINT),
            CAST(COALESCE(sum(fund_fen), 0) AS BIGINT)
        FROM screening_finding WHERE area = ? AND run = ?
        GROUP BY rule_code, rule_name ORDER BY 4 DESC, rule_code
        """
}
