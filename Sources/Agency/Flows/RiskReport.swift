import Basics

/// What a risk self-check found (经办风险检查报告): one point for each question of an internal-control inspection, its
/// figure from the data, and the rows behind the figure.
public struct RiskReport: Sendable {
    public let area: AreaCode
    public let first: Day
    public let last: Day
    public let at: Moment
    public let points: [RiskPoint]

    /// The worst of its points.
    public var verdict: RiskVerdict { points.map(\.verdict).max() ?? .sound }
}

/// What a point comes to.
public enum RiskVerdict: Int, Sendable, Comparable, CaseIterable {
    /// 正常
    case sound
    /// 关注: to be looked at, not yet wrong
    case attention
    /// 问题
    case finding

    public var name: String {
        switch self {
        case .sound: "正常"
        case .attention: "关注"
        case .finding: "问题"
        }
    }

    public static func < (a: RiskVerdict, b: RiskVerdict) -> Bool { a.rawValue < b.rawValue }
}

/// One point of the inspection (检查点).
public struct RiskPoint: Sendable, Identifiable {
    /// Stable: `posts.incompatible`.
    public let code: String
    /// 不相容岗位
    public let title: String
    /// The clause that asks (依据).
    public let basis: String
    /// In words for people: `2.5%(5/200)`.
    public let figure: String
    public let verdict: RiskVerdict
    /// The headings of the rows.
    public let columns: [String]
    /// The rows behind the figure, `rowCount` of them where as many were asked for.
    public let rows: [RiskRow]
    public let rowCount: Int

    /// As many as a page shows.
    public static let rowsMax = 500
    public var id: String { code }

    init(
        _ code: String, _ title: String, basis: String, figure: String, _ verdict: RiskVerdict, _ columns: [String],
        _ rows: [RiskRow], rowCount: Int? = nil
    ) {
        self.code = code
        self.title = title
        self.basis = basis
        self.figure = figure
        self.verdict = verdict
        self.columns = columns
        self.rows = rows
        self.rowCount = rowCount ?? rows.count
    }
}

/// A row behind a figure (下钻), and what it leads to.
public struct RiskRow: Sendable, Hashable {
    public enum Subject: Sendable, Hashable {
        case matter(ID<Matter>)
        case staff(ID<StaffMember>)
        case account(ID<Person>)
        /// What of a month can be taken back from an account.
        case overCredit(ID<Person>, Month, Money)
        /// A month's list of those who were left out.
        case unbilled(Month)
    }

    public let cells: [String]
    public let subject: Subject?

    init(_ cells: [String], _ subject: Subject? = nil) {
        self.cells = cells
        self.subject = subject
    }
}

/// A share as inspections state it: `2.5%(5/200)`; of nothing there is no share.
struct RiskShare {
    let part: Int
    let whole: Int

    var words: String {
        guard whole > 0 else { return "—(0)" }
        let tenths = Rounding.halfUp(Int64(part), times: 1_000, over: Int64(whole))
        return "\(tenths / 10).\(tenths % 10)%(\(part)/\(whole))"
    }

    func isAbove(percent limit: Int) -> Bool { part * 100 > whole * limit }
    func isBelow(percent limit: Int) -> Bool { part * 100 < whole * limit }
}
