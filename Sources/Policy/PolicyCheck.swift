import Basics

/// Compares policy files with what the desks declare they read (政策检查).
public struct PolicyCheck: Sendable {
    private let declarations: [String: Declaration]

    public init(_ declared: [Declaration]) {
        declarations = Dictionary(declared.map { ($0.key, $0) }) { first, second in
            precondition(first.agrees(with: second), "two desks declare \(first.key) differently")
            return first
        }
    }

    /// Everything wrong with a folder, by file and line; empty when all is well.
    public func problems(inFolder folder: String) -> [Problem] {
        let reading = PolicyFolder.read(folder)
        var assembly = PolicyAssembly(problems: reading.problems)
        let book = assembly.book(of: reading.files)
        return PolicyCheck.inOrder(assembly.problems + problems(in: book))
    }

    func problems(in book: PolicyBook) -> [Problem] {
        var problems: [Problem] = []
        for area in book.areas.values.sorted(by: { $0.code < $1.code }) {
            for (insurance, histories) in area.histories {
                for history in histories.values {
                    problems += self.problems(in: history, of: area, insurance)
                }
            }
            problems += missing(in: area)
        }
        return PolicyCheck.inOrder(problems)
    }

    // MARK: One parameter

    private func problems(
        in history: ParameterHistory, of area: AreaPolicy, _ insurance: Insurance?
    ) -> [Problem] {
        var findings = Findings(file: history.place.file)
        guard let declaration = declarations[history.key] else {
            let hint = nearest(history.key).map { ",是否应当是 \($0)" } ?? ""
            findings.add("policy.unknownKey", line: history.place.line, "不认识参数 \(history.key)\(hint)")
            return findings.problems
        }
        if history.unit != declaration.unit {
            let expected = declaration.unit.isEmpty ? "不写单位" : "单位“\(declaration.unit)”"
            let stated = history.unit.isEmpty ? "没有写单位" : "写的是“\(history.unit)”"
            findings.add(
                "policy.unit", line: history.place.line, "参数 \(history.key) 应当\(expected),文件里\(stated)")
        }
        guard let levels = levels(of: history, declaration, in: area, insurance, &findings) else {
            return findings.problems
        }
        for value in history.values {
            walk(value.value, declaration, levels[...], &findings)
        }
        return findings.problems
    }

    /// A level of a table: the dimension, and the names it may show.
    private struct Level {
        var dimension: Dimension
        var names: [String]
    }

    /// What the file says it lists by, as far as the declaration knows it; nil when it cannot be read that way.
    private func levels(
        of history: ParameterHistory, _ declaration: Declaration, in area: AreaPolicy,
        _ insurance: Insurance?,
        _ findings: inout Findings
    ) -> [Level]? {
        let known = declaration.dimensions.map(\.title)
        let unknown = history.dimensions.filter { !known.contains($0) }
        guard unknown.isEmpty, Set(history.dimensions).count == history.dimensions.count else {
            let can = known.isEmpty ? "不分维度,只写一个值" : "可以按 \(known.joined(separator: "、"))"
            findings.add(
                "policy.dimension", line: history.place.line,
                "参数 \(history.key) 的 by 写了 [\(history.dimensions.joined(separator: ", "))],\(can)")
            return nil
        }
        return declaration.levels(of: history).map { dimension in
            switch dimension.kind {
            case .named(let names): Level(dimension: dimension, names: names)
            case .listed(let key, let field):
                Level(dimension: dimension, names: area.names(listedIn: key, field: field, for: insurance))
            case .ordinal, .coded: Level(dimension: dimension, names: [])
            }
        }
    }

    /// Goes down the table level by level, each level a dimension, and reads the leaves by the declared shape.
    private func walk(
        _ tree: PolicyTree, _ declaration: Declaration, _ levels: ArraySlice<Level>,
        _ findings: inout Findings
    ) {
        guard let table = tree.table, !declaration.isLeaf(tree) else {
            guard let value = declaration.shape.read(tree, findings: &findings) else { return }
            if !declaration.accepts(value) {
                findings.add(
                    "policy.type", line: tree.line,
                    "参数 \(declaration.key) 的这一组值不完整或互相矛盾,请对照说明补全或删去多余的项")
            }
            return
        }
        guard let level = levels.first else {
            let can = declaration.dimensions.map(\.title).joined(separator: "、")
            let hint = can.isEmpty ? "" : ";按维度列表时先写 by,可以按 \(can)"
            findings.add(
                "policy.type", line: tree.line, "这里应当是\(declaration.shape.expectation),不是表格\(hint)")
            return
        }
        switch level.dimension.kind {
        case .named, .listed:
            checkNames(table, level.names, level.dimension, line: tree.line, &findings)
        case .ordinal: checkOrdinals(table, line: tree.line, &findings)
        case .coded(let prefix, let digits):
            checkCodes(table, prefix, digits, level.dimension, &findings)
        }
        for entry in table { walk(entry.tree, declaration, levels.dropFirst(), &findings) }
    }

    private func checkNames(
        _ table: [PolicyTree.Entry], _ names: [String], _ dimension: Dimension, line: Int,
        _ findings: inout Findings
    ) {
        for entry in table where entry.name != Dimension.others && !names.contains(entry.name) {
            findings.add(
                "policy.dimension", line: entry.line,
                "“\(entry.name)”不是\(dimension.title)的取值,可以写的有:\(names.joined(separator: "、"))、\(Dimension.others)"
            )
        }
        guard !dimension.isPartial, !table.contains(where: { $0.name == Dimension.others }) else {
            return
        }
        let missing = names.filter { name in !table.contains { $0.name == name } }
        if !missing.isEmpty {
            findings.add(
                "policy.dimension", line: line,
                "\(dimension.title)缺少:\(missing.joined(separator: "、"));请补上,或用“\(Dimension.others)”一并规定")
        }
    }

    private func checkOrdinals(_ table: [PolicyTree.Entry], line: Int, _ findings: inout Findings) {
        for (index, entry) in table.enumerated() {
            let isLast = index == table.count - 1
            let expected = "第\(index + 1)次" + (isLast ? "起" : "")
            if entry.name != expected {
                findings.add(
                    "policy.dimension", line: entry.line, "“\(entry.name)”应当是“\(expected)”:从第1次起依次写,最后一项带“起”")
            }
        }
        if table.isEmpty { findings.add("policy.dimension", line: line, "这里应当从“第1次”起依次写") }
    }

    private func checkCodes(
        _ table: [PolicyTree.Entry], _ prefix: String, _ digits: Int, _ dimension: Dimension,
        _ findings: inout Findings
    ) {
        for entry in table where entry.name != Dimension.others {
            let rest = entry.name.dropFirst(prefix.count)
            let isCode =
                entry.name.hasPrefix(prefix) && rest.utf8.count == digits
                && rest.utf8.allSatisfy { (48...57).contains($0) }
            if !isCode {
                findings.add(
                    "policy.dimension", line: entry.line,
                    "“\(entry.name)”不是\(dimension.title)编码,应当是 \(prefix) 加 \(digits) 位数字")
            }
        }
    }

    // MARK: What is not there

    private func missing(in area: AreaPolicy) -> [Problem] {
        var problems: [Problem] = []
        for insurance in area.insurances {
            for declaration in declarations.values where declaration.requiredFor.contains(insurance) {
                problems += uncovered(declaration, insurance, area)
            }
        }
        return problems
    }

    /// A required parameter holds on every day from the area's first one on.
    private func uncovered(_ declaration: Declaration, _ insurance: Insurance, _ area: AreaPolicy)
        -> [Problem]
    {
        guard let history = area.history(declaration.key, for: insurance) else {
            return [
                Problem(
                    "policy.missingKey", field: "\(area.name)(\(area.code))",
                    "\(insurance.name)缺少必备参数 \(declaration.key)(\(declaration.title)),请补上")
            ]
        }
        var findings = Findings(file: history.place.file)
        if let first = history.values.first, first.from > area.since {
            findings.add(
                "policy.gap", line: history.place.line,
                "参数 \(history.key) 的时间有缺口:\(area.since) 至 \(first.from - 1) 没有值,请补上或改 since")
        }
        if let last = history.values.last, let to = last.to, area.until.map({ to < $0 }) ?? true {
            findings.add(
                "policy.gap", line: last.line, "参数 \(history.key) 的时间有缺口:\(to + 1) 之后没有值,请补上或删去 to")
        }
        return findings.problems
    }

    // MARK: Order and hints

    /// By file, then by line as a number.
    static func inOrder(_ problems: [Problem]) -> [Problem] {
        func place(_ problem: Problem) -> (String, Int) {
            let field = problem.field ?? ""
            guard let colon = field.lastIndex(of: ":"),
                let line = Int(field[field.index(after: colon)...])
            else {
                return (field, 0)
            }
            return (String(field[..<colon]), line)
        }
        var seen: Set<Problem> = []
        return problems.filter { seen.insert($0).inserted }
            .map { (place($0), $0) }
            .sorted { ($0.0.0, $0.0.1, $0.1.message) < ($1.0.0, $1.0.1, $1.1.message) }
            .map(\.1)
    }

    /// The declared key that an unknown one most resembles, when a slip or two explains the difference.
    private func nearest(_ key: String) -> String? {
        declarations.keys.map { ($0, editDistance(key, $0)) }
            .filter { $0.1 <= 3 }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    private func editDistance(_ a: String, _ b: String) -> Int {
        let b = Array(b.utf8)
        var row = Array(0...b.count)
        for (i, left) in a.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let substitution = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}

extension AreaPolicy {
    /// The names that a list of records gives in any of its generations.
    func names(listedIn key: String, field: String, for insurance: Insurance?) -> [String] {
        guard let history = history(key, for: insurance) else { return [] }
        let records = history.values.flatMap { $0.value.list ?? [] }
        return records.compactMap { $0.entry(field)?.text }
    }
}
