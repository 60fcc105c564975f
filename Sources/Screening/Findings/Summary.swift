import Basics

/// What the findings add up to, by rule, institution, doctor and month, for the summary and the report.
struct Summary {
    struct Sum {
        var findings = 0
        var lines = 0
        var amount: Int64 = 0
        var fund: Int64 = 0

        mutating func add(_ row: FindingRow) {
            findings += 1
            lines += Int(row.lines)
            amount += row.amount
            if row.fund != .min { fund += row.fund }
        }
    }

    private(set) var byRule: [Int32: Sum] = [:]
    private(set) var byInstitution: [UInt32: Sum] = [:]
    private(set) var byDoctor: [UInt32: Sum] = [:]
    private(set) var byMonth: [Int32: Sum] = [:]
    private(set) var total = Sum()
    /// The findings of greatest amount of each rule, for drill-down.
    private(set) var top: [Int32: [FindingRow]] = [:]
    static let topCount = 20

    mutating func add(_ row: FindingRow) {
        total.add(row)
        byRule[row.rule, default: Sum()].add(row)
        byInstitution[row.institution, default: Sum()].add(row)
        if row.doctor != 0 { byDoctor[row.doctor, default: Sum()].add(row) }
        if row.month != .min { byMonth[row.month, default: Sum()].add(row) }
        addTop(row)
    }

    /// Rows arrive in order of key: among equal amounts the first stays first.
    private mutating func addTop(_ row: FindingRow) {
        var rows = top[row.rule] ?? []
        if rows.count == Summary.topCount, rows.last!.amount >= row.amount { return }
        let place = rows.firstIndex { $0.amount < row.amount } ?? rows.count
        rows.insert(row, at: place)
        if rows.count > Summary.topCount { rows.removeLast() }
        top[row.rule] = rows
    }
}
