import Basics
import Seals

/// The law of one pooling area (统筹区) through time: every parameter with all its generations.
public struct AreaPolicy: Sendable {
    public let code: AreaCode
    /// 统筹区名称
    public let name: String
    /// The first day these files speak for.
    public let since: Day
    /// The last day these files speak for (已停用的标准); nil while they are in force.
    public let until: Day?
    /// The content in its one normal form: independent of file names, order and white space. The database keeps it
    /// under `version`, so that a refund years later is computed with the law of its bill.
    public let archive: String
    /// SM3 of `archive`, in hexadecimal: what a settlement records.
    public let version: String

    /// By insurance; under nil what holds for all of them.
    let histories: [Insurance?: [String: ParameterHistory]]

    init(
        code: AreaCode, name: String, since: Day, until: Day?, histories: [Insurance?: [String: ParameterHistory]]
    ) {
        self.code = code
        self.name = name
        self.since = since
        self.until = until
        self.histories = histories
        archive = PolicyArchive.text(code: code, name: name, since: since, until: until, histories: histories)
        version = Hex.encode(SM3.hash(archive))
    }

    /// Reads an area back from its archive. The version comes out the same.
    public init(archived text: String) throws(Problems) {
        let areas = try PolicyBook(archived: text).areas.values
        guard areas.count == 1, let only = areas.first else {
            throw Problems(Problem("policy.archive", "存档应当只含一个统筹区的政策,请检查数据是否完整"))
        }
        self = only
    }

    /// The insurances for which the area states anything of its own, in the order of their codes.
    public var insurances: [Insurance] {
        histories.keys.compactMap(\.self).sorted { $0.rawValue < $1.rawValue }
    }

    /// What holds on a day, for an insurance or (nil) for the area as a whole.
    public func on(_ day: Day, for insurance: Insurance? = nil) throws(Problem) -> PolicyView {
        guard day >= since else {
            throw Problem(
                "policy.beforeFirstDay", "\(name)的政策文件自 \(since) 起,没有 \(day) 的规定;请补录当时的政策,或检查日期")
        }
        if let until, day > until {
            throw Problem(
                "policy.afterLastDay", "\(name)的政策文件到 \(until) 为止,没有 \(day) 的规定;请录入新的政策,或检查日期")
        }
        return PolicyView(policy: self, day: day, insurance: insurance)
    }

    /// The longest run of days around `day` in which nothing changes for the insurance: terms compiled for one of
    /// them serve all.
    public func span(around day: Day, for insurance: Insurance? = nil) -> Period {
        var first = since
        var last = until
        for history in effective(for: insurance).values {
            for (index, value) in history.values.enumerated() {
                var edges = [value.from]
                if let end = history.last(of: index) { edges.append(end + 1) }
                for edge in edges {
                    if edge <= day {
                        first = max(first, edge)
                    } else {
                        last = min(last ?? edge - 1, edge - 1)
                    }
                }
            }
        }
        return Period(from: min(first, day), through: last)!
    }

    /// A parameter as the insurance sees it: its own history before the area's common one.
    func history(_ key: String, for insurance: Insurance?) -> ParameterHistory? {
        if let insurance, let own = histories[insurance]?[key] { return own }
        return histories[nil]?[key]
    }

    func effective(for insurance: Insurance?) -> [String: ParameterHistory] {
        let common = histories[nil] ?? [:]
        guard let insurance, let own = histories[insurance] else { return common }
        return common.merging(own) { $1 }
    }
}

/// A looked-up value with the law it rests on (取值与依据).
public struct Cited<Value: Sendable>: Sendable {
    public let value: Value
    public let key: String
    /// 参数名称
    public let title: String
    public let basis: String
    /// The first day of this generation.
    public let from: Day

    public init(value: Value, key: String, title: String, basis: String, from: Day) {
        self.value = value
        self.key = key
        self.title = title
        self.basis = basis
        self.from = from
    }
}

/// The law of an area on one day, for one insurance.
public struct PolicyView: Sendable {
    public let policy: AreaPolicy
    public let day: Day
    public let insurance: Insurance?

    /// The value at a place of the parameter's table: one coordinate for each of its declared dimensions. Those by
    /// which the area makes no difference are passed over.
    /// Throws `policy.missing` with the parameter's name where the files say nothing.
    public func value<Value>(_ parameter: Parameter<Value>, _ at: Coordinate...) throws(Problem)
        -> Value
    {
        try cited(parameter, at: at).value
    }

    /// The value with its basis, for the steps of an explanation.
    public func cited<Value>(_ parameter: Parameter<Value>, _ at: Coordinate...) throws(Problem)
        -> Cited<Value>
    {
        try cited(parameter, at: at)
    }

    public func cited<Value>(
        _ parameter: Parameter<Value>, at coordinates: [Coordinate]
    ) throws(Problem) -> Cited<Value> {
        guard let cited = try citedIfStated(parameter, at: coordinates) else {
            throw missing(parameter.declaration, coordinates)
        }
        return cited
    }

    /// Nil where the area has no such benefit.
    public func optional<Value>(_ parameter: Parameter<Value>, _ at: Coordinate...) throws(Problem)
        -> Value?
    {
        try citedIfStated(parameter, at: at)?.value
    }

    public func citedIfStated<Value>(
        _ parameter: Parameter<Value>, at coordinates: [Coordinate] = []
    ) throws(Problem) -> Cited<Value>? {
        let declaration = parameter.declaration
        assert(
            coordinates.map(\.dimension) == declaration.dimensions.map(\.name),
            "wrong coordinates for \(declaration.key)")
        guard let history = policy.history(declaration.key, for: insurance),
            let index = history.index(on: day)
        else {
            return nil
        }
        let generation = history.values[index]
        let levels = declaration.levels(of: history)
        guard let leaf = declaration.leaf(of: generation.value, levels: levels, at: coordinates) else {
            return nil
        }
        var findings = Findings(file: history.place.file)
        guard let read = declaration.shape.read(leaf, findings: &findings),
            let value = Value(policyValue: read)
        else {
            throw findings.problems.first
                ?? Problem(
                    "policy.type", field: declaration.key, "参数“\(history.title)”的写法不对,请运行 yibao policy check")
        }
        return Cited(
            value: value, key: declaration.key, title: history.title, basis: generation.basis,
            from: generation.from)
    }

    /// The members of a dimension that a parameter's table lists, in the order of the file: the diseases that have
    /// a limit, the groups that have a benefit. Empty when the area makes no difference by it.
    public func members<Value>(of parameter: Parameter<Value>, along dimension: Dimension) -> [String] {
        let declaration = parameter.declaration
        guard let history = policy.history(declaration.key, for: insurance),
            let index = history.index(on: day),
            let level = declaration.levels(of: history).firstIndex(where: { $0.name == dimension.name })
        else { return [] }
        return declaration.rows(of: history.values[index].value, level: level)
    }

    /// Whether the files state the parameter for this day at all.
    public func states<Value>(_ parameter: Parameter<Value>) -> Bool {
        policy.history(parameter.declaration.key, for: insurance)?.index(on: day) != nil
    }

    private func missing(_ declaration: Declaration, _ coordinates: [Coordinate]) -> Problem {
        let place =
            coordinates.isEmpty ? "" : "(" + coordinates.map(\.title).joined(separator: "、") + ")"
        let who = insurance.map { $0.name } ?? "各险种"
        return Problem(
            "policy.missing", field: declaration.key,
            "\(policy.name)\(who) \(day) 没有规定“\(declaration.title)”\(place),请在政策文件中补上 \(declaration.key)")
    }
}

extension Declaration {
    /// A node is a value, not one more level of the table, when it is text or a list, or a record by its field names.
    func isLeaf(_ tree: PolicyTree) -> Bool {
        guard let table = tree.table else { return true }
        guard case .record(let fields) = shape else { return false }
        return table.contains { entry in fields.contains { $0.name == entry.name } }
    }

    /// The dimensions by which a file's table differs, outermost first; names that are not declared are left out.
    func levels(of history: ParameterHistory) -> [Dimension] {
        history.dimensions.compactMap { title in dimensions.first { $0.title == title } }
    }

    /// Follows the coordinates down the table. A value that stands above the last level holds for all below it.
    func leaf(of tree: PolicyTree, levels: [Dimension], at coordinates: [Coordinate]) -> PolicyTree? {
        var tree = tree
        for level in levels {
            if isLeaf(tree) { return tree }
            guard let coordinate = coordinates.first(where: { $0.dimension == level.name }),
                let table = tree.table, let row = coordinate.row(of: table)
            else { return nil }
            tree = row.tree
        }
        return isLeaf(tree) ? tree : nil
    }

    func rows(of tree: PolicyTree, level: Int) -> [String] {
        guard !isLeaf(tree), let table = tree.table else { return [] }
        if level == 0 { return table.map(\.name) }
        var names: [String] = []
        for entry in table {
            for name in rows(of: entry.tree, level: level - 1) where !names.contains(name) {
                names.append(name)
            }
        }
        return names
    }
}
