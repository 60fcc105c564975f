import Basics

/// A value for a time (分时段的值), with the article it rests on.
public struct DatedValue: Sendable {
    public let from: Day
    /// Written only where the law itself ends a value; otherwise it holds until the next one begins.
    public let to: Day?
    /// 依据, with document and article: `示医保发〔2025〕1号第六条`.
    public let basis: String
    public let note: String?
    let value: PolicyTree
    let line: Int
}

/// A parameter with all its generations, oldest first.
public struct ParameterHistory: Sendable {
    public let key: String
    public let title: String
    public let unit: String
    /// Titles of the dimensions, outermost first.
    public let dimensions: [String]
    public let note: String?
    public let place: Place
    public let values: [DatedValue]

    /// The generation in force on a day.
    func index(on day: Day) -> Int? {
        guard let index = values.lastIndex(where: { $0.from <= day }) else { return nil }
        return values[index].to.map { day <= $0 } ?? true ? index : nil
    }

    /// The last day of a generation; nil while none is known.
    func last(of index: Int) -> Day? {
        let value = values[index]
        let next = index + 1 < values.count ? values[index + 1].from - 1 : nil
        guard let to = value.to else { return next }
        return next.map { min($0, to) } ?? to
    }
}

/// One policy document as it stands in a file: the head, then parameters.
struct PolicyFile {
    let name: String
    let area: AreaCode
    let areaName: String?
    let since: Day?
    let until: Day?
    /// Nil: the file speaks for every insurance of the area.
    let insurance: Insurance?
    let title: String
    let document: String?
    let parameters: [ParameterHistory]
    let line: Int
}

/// Turns a tree into a policy document, and says everything that is wrong with its form.
/// What a value must look like is not known here: the check asks the declarations for that.
struct PolicyFileReader {
    var findings: Findings

    private static let headNames = [
        "title", "area", "name", "since", "until", "insurance", "document", "note", "parameters",
    ]
    private static let parameterNames = ["title", "unit", "by", "note", "values"]
    private static let valueNames = ["from", "to", "basis", "note", "value"]

    init(file: String) { findings = Findings(file: file) }

    mutating func read(_ tree: PolicyTree) -> PolicyFile? {
        guard let entries = tree.table else {
            findings.add("policy.head", line: tree.line, "文件开头应当写 title、area 等项,再写 parameters")
            return nil
        }
        refuseUnknown(entries, known: PolicyFileReader.headNames)
        let title = text("title", of: tree, required: true) ?? ""
        guard let area = area(of: tree) else { return nil }
        return PolicyFile(
            name: findings.file, area: area, areaName: text("name", of: tree),
            since: day("since", of: tree),
            until: day("until", of: tree),
            insurance: insurance(of: tree), title: title, document: text("document", of: tree),
            parameters: parameters(of: tree), line: tree.line)
    }

    private mutating func refuseUnknown(_ entries: [PolicyTree.Entry], known: [String]) {
        for entry in entries where !known.contains(entry.name) {
            findings.add(
                "policy.unknownField", line: entry.line,
                "不认识“\(entry.name)”,这里可以写的有:\(known.joined(separator: "、"))")
        }
    }

    private mutating func text(_ name: String, of tree: PolicyTree, required: Bool = false) -> String? {
        guard let entry = tree.entry(name) else {
            if required { findings.add("policy.missingField", line: tree.line, "缺少 \(name),请补上") }
            return nil
        }
        guard let text = entry.text, !text.isEmpty else {
            findings.add("policy.missingField", line: entry.line, "\(name) 没有填写文字,请补上")
            return nil
        }
        return text
    }

    private mutating func day(_ name: String, of tree: PolicyTree, required: Bool = false) -> Day? {
        guard let text = text(name, of: tree, required: required) else { return nil }
        guard let day = Day(text) else {
            let line = tree.entry(name)?.line ?? tree.line
            findings.add("policy.date", line: line, "\(name) 的日期“\(text)”不存在或写法不对,应当写成 2026-01-01")
            return nil
        }
        return day
    }

    private mutating func area(of tree: PolicyTree) -> AreaCode? {
        guard let text = text("area", of: tree, required: true) else { return nil }
        guard let area = AreaCode(text) else {
            findings.add("policy.head", line: tree.entry("area")?.line ?? 1, "area“\(text)”不是六位医保区划代码")
            return nil
        }
        return area
    }

    private mutating func insurance(of tree: PolicyTree) -> Insurance? {
        guard let text = text("insurance", of: tree) else { return nil }
        guard let insurance = Int64(text).flatMap(Insurance.init(rawValue:)) else {
            findings.add(
                "policy.head", line: tree.entry("insurance")?.line ?? 1,
                "insurance“\(text)”不是险种代码,如 310 职工、390 居民;各险种共用的文件不写这一项")
            return nil
        }
        return insurance
    }

    // MARK: Parameters

    private mutating func parameters(of tree: PolicyTree) -> [ParameterHistory] {
        guard let block = tree.entry("parameters") else { return [] }
        guard let entries = block.table else {
            findings.add("policy.head", line: block.line, "parameters 下面应当逐个写参数的名称")
            return []
        }
        return entries.compactMap { parameter($0) }
    }

    private mutating func parameter(_ entry: PolicyTree.Entry) -> ParameterHistory? {
        guard let fields = entry.tree.table else {
            findings.add("policy.form", line: entry.line, "参数 \(entry.name) 下面应当写 title、unit、values")
            return nil
        }
        refuseUnknown(fields, known: PolicyFileReader.parameterNames)
        guard let items = entry.tree.entry("values")?.list, !items.isEmpty else {
            findings.add(
                "policy.form", line: entry.line, "参数 \(entry.name) 没有值:values 下面应当逐个写 from、basis、value")
            return nil
        }
        let values = items.compactMap { value($0, key: entry.name) }
        checkOrder(values, key: entry.name)
        return ParameterHistory(
            key: entry.name, title: text("title", of: entry.tree, required: true) ?? "",
            unit: text("unit", of: entry.tree) ?? "", dimensions: dimensions(of: entry.tree),
            note: text("note", of: entry.tree), place: Place(file: findings.file, line: entry.line),
            values: values.sorted { $0.from < $1.from })
    }

    private mutating func dimensions(of tree: PolicyTree) -> [String] {
        guard let entry = tree.entry("by") else { return [] }
        if let text = entry.text { return [text] }
        if let list = entry.list, list.allSatisfy({ $0.text != nil }) { return list.compactMap(\.text) }
        findings.add("policy.form", line: entry.line, "by 应当写维度的名称,如 [医疗机构级别, 住院次数]")
        return []
    }

    private mutating func value(_ tree: PolicyTree, key: String) -> DatedValue? {
        guard let fields = tree.table else {
            findings.add("policy.form", line: tree.line, "参数 \(key) 的每个值应当写 from、basis、value")
            return nil
        }
        refuseUnknown(fields, known: PolicyFileReader.valueNames)
        let from = day("from", of: tree, required: true)
        let to = day("to", of: tree)
        let basis = basis(of: tree, key: key)
        let note = text("note", of: tree)
        guard let value = tree.entry("value") else {
            findings.add("policy.missingField", line: tree.line, "参数 \(key) 缺少 value,请补上")
            return nil
        }
        guard let from else { return nil }
        if let to, to < from {
            findings.add("policy.date", line: tree.line, "参数 \(key) 的终止日 \(to) 早于起始日 \(from)")
            return nil
        }
        return DatedValue(from: from, to: to, basis: basis, note: note, value: value, line: tree.line)
    }

    /// The basis names a document: a title in 《》 or a number with 〔year〕.
    private mutating func basis(of tree: PolicyTree, key: String) -> String {
        guard let entry = tree.entry("basis"), let basis = entry.text, !basis.isEmpty else {
            findings.add("policy.basis", line: tree.line, "参数 \(key) 的这个值没有写依据,请补上 basis(文号和条款)")
            return ""
        }
        if !basis.contains("〔") && !basis.contains("《") {
            findings.add("policy.basis", line: entry.line, "依据“\(basis)”没有写明文件,请写文号(带〔年份〕)或《文件名》,并写条款")
        }
        return basis
    }

    /// Generations stand in order, and neither overlap nor leave a gap.
    /// A later value ends the earlier one by itself, so `to` is compared only where it is written.
    private mutating func checkOrder(_ values: [DatedValue], key: String) {
        for (earlier, later) in zip(values, values.dropFirst()) {
            if later.from == earlier.from {
                findings.add("policy.overlap", line: later.line, "参数 \(key) 有两个值都从 \(later.from) 起,请只保留一个")
            } else if later.from < earlier.from {
                findings.add(
                    "policy.order", line: later.line,
                    "参数 \(key) 的值应当按起始日从早到晚排列:\(later.from) 写在了 \(earlier.from) 之后")
            } else if let to = earlier.to, to >= later.from {
                findings.add(
                    "policy.overlap", line: later.line,
                    "参数 \(key) 的时间重叠:\(later.from) 至 \(to) 有两个值,请改上一个值的 to")
            } else if let to = earlier.to, to + 1 < later.from {
                findings.add(
                    "policy.gap", line: later.line, "参数 \(key) 的时间有缺口:\(to + 1) 至 \(later.from - 1) 没有值,请补上")
            }
        }
    }
}
