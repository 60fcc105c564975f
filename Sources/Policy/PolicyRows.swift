import Basics

/// One value in force, spelled out for a reader (有效标准一行): the terminal's table and the web's policy browser.
public struct PolicyRow: Sendable {
    /// Nil: common to all insurances.
    public var insurance: Insurance?
    public var key: String
    public var title: String
    /// Where in the parameter's table: `三级、第1次`; empty when one value holds for all.
    public var place: String
    /// The value in words; several lines where it is a list of bands or records.
    public var lines: [String]
    public var unit: String
    public var from: Day
    /// The last day, where one is known.
    public var to: Day?
    public var basis: String
    public var note: String?
}

extension AreaPolicy {
    /// Everything that holds on a day, by insurance (common values first) and key; only keys that begin with `prefix`.
    public func rows(on day: Day, insurance: Insurance? = nil, prefix: String = "") throws(Problem) -> [PolicyRow] {
        _ = try on(day)
        var rows: [PolicyRow] = []
        for scope in histories.keys.sorted(by: { ($0?.rawValue ?? 0) < ($1?.rawValue ?? 0) }) {
            if let insurance, let scope, scope != insurance { continue }
            for (key, history) in histories[scope, default: [:]].sorted(by: { $0.key < $1.key }) {
                guard key.hasPrefix(prefix), let index = history.index(on: day) else { continue }
                let value = history.values[index]
                for leaf in PolicyRow.leaves(of: value.value, levels: history.dimensions.count) {
                    rows.append(
                        PolicyRow(
                            insurance: scope, key: key, title: history.title,
                            place: leaf.path.joined(separator: "、"),
                            lines: PolicyRow.lines(leaf.tree, unit: history.unit),
                            unit: history.unit, from: value.from, to: history.last(of: index), basis: value.basis,
                            note: value.note ?? history.note))
                }
            }
        }
        return rows
    }
}

extension PolicyRow {
    fileprivate static func leaves(of tree: PolicyTree, levels: Int) -> [(path: [String], tree: PolicyTree)] {
        guard levels > 0, let table = tree.table else { return [([], tree)] }
        return table.flatMap { entry in
            leaves(of: entry.tree, levels: levels - 1).map { ([entry.name] + $0.path, $0.tree) }
        }
    }

    /// `1000 元`; bands as `0–30000 85%` and `30000 以上 90%`; a record as `限额 2400,周期 年`.
    fileprivate static func lines(_ tree: PolicyTree, unit: String) -> [String] {
        if let text = tree.text {
            let isNumber = (try? FixedPoint.parse(text, decimals: 6)) != nil
            return [isNumber && !unit.isEmpty ? "\(text) \(unit)" : text]
        }
        guard let list = tree.list, !list.allSatisfy({ $0.text != nil }) else { return [words(tree)] }
        // One band for every amount is simply a ratio.
        if list.count == 1, tree.isSingleBand { return [list[0].entry("比例")?.text ?? ""] }
        return list.map(words)
    }

    private static func words(_ tree: PolicyTree) -> String {
        switch tree.content {
        case .text(let text): return text
        case .list(let list):
            return list.map(words).joined(separator: "、")
        case .table(let table):
            if let from = tree.entry("起")?.text, let ratio = tree.entry("比例")?.text {
                return tree.entry("止")?.text.map { "\(from)–\($0) \(ratio)" } ?? "\(from) 以上 \(ratio)"
            }
            return table.map { "\($0.name) \(words($0.tree))" }.joined(separator: ",")
        }
    }
}

extension PolicyTree {
    fileprivate var isSingleBand: Bool {
        list?.first.map { $0.entry("起")?.text == "0" && $0.entry("比例") != nil && $0.entry("止") == nil } ?? false
    }
}
