import Basics

/// What a parameter's value must look like. Check and look-up read values by the same shape, so what passes the
/// check can always be looked up.
public indirect enum Shape: Hashable, Sendable {
    /// Yuan, not negative: `1300` or `"1300.00"`.
    case money
    /// Yuan, or `不限`.
    case limit
    /// `85%`; between nothing and the whole unless a bound above it is named.
    case rate(max: Rate)
    /// A whole number, not negative: times, days, months, years.
    case count
    /// 是 or 否.
    case flag
    case text
    /// One of a list of Chinese terms.
    case choice([String])
    case list(Shape)
    /// Bands of an amount, each with its ratio: 起, 止, 比例.
    case bands
    /// Several named values that belong together, such as a disease's limit, ratio and period.
    case record([Field])

    public static let rate = Shape.rate(max: .one)
}

/// A named value inside a record.
public struct Field: Hashable, Sendable {
    public let name: String
    public let shape: Shape
    public let isRequired: Bool

    public init(_ name: String, _ shape: Shape, required: Bool = true) {
        self.name = name
        self.shape = shape
        isRequired = required
    }
}

/// A band of an amount (分段): above `from`, up to `to` inclusive (open when nil), paid at `ratio`.
public struct Band: Hashable, Sendable {
    public var from: Money
    public var to: Money?
    public var ratio: Rate

    public init(from: Money, to: Money?, ratio: Rate) {
        self.from = from
        self.to = to
        self.ratio = ratio
    }
}

/// A value that has been read by its shape.
public indirect enum PolicyValue: Hashable, Sendable {
    case money(Money)
    case unlimited
    case rate(Rate)
    case count(Int64)
    case flag(Bool)
    case text(String)
    case list([PolicyValue])
    case bands([Band])
    case record([String: PolicyValue])

    /// A field of a record, as the type the caller expects; nil when the record leaves it out.
    public func field<Value: PolicyReadable>(_ name: String, as type: Value.Type = Value.self)
        -> Value?
    {
        guard case .record(let fields) = self, let value = fields[name] else { return nil }
        return Value(policyValue: value)
    }
}

extension Shape {
    /// Reads a leaf; nil when it is wrong, with the reasons among the findings.
    func read(_ tree: PolicyTree, findings: inout Findings) -> PolicyValue? {
        switch self {
        case .list(let element): return Shape.readList(tree, of: element, findings: &findings)
        case .bands: return Shape.readBands(tree, findings: &findings)
        case .record(let fields): return Shape.readRecord(tree, fields, findings: &findings)
        default: break
        }
        guard let text = tree.text else {
            findings.add("policy.type", line: tree.line, "这里应当是\(expectation),不是列表或表格")
            return nil
        }
        guard !text.isEmpty else {
            findings.add("policy.type", line: tree.line, "这里没有填写,应当是\(expectation)")
            return nil
        }
        return readText(text, line: tree.line, findings: &findings)
    }

    /// The words a person needs to correct a value: `金额(元),如 1300 或 1300.00`.
    var expectation: String {
        switch self {
        case .money: "金额(元),如 1300 或 1300.00"
        case .limit: "金额(元)或“不限”"
        case .rate(let max): "0% 至 \(max) 之间的比例,如 85%"
        case .count: "不小于 0 的整数"
        case .flag: "“是”或“否”"
        case .text: "文字"
        case .choice(let names): names.map { "“\($0)”" }.joined(separator: "、") + "之一"
        case .list(let element): "列表,每项为\(element.expectation)"
        case .bands: "分段列表,每段写 起、止、比例"
        case .record(let fields): "一组值:" + fields.map(\.name).joined(separator: "、")
        }
    }

    private func readText(_ text: String, line: Int, findings: inout Findings) -> PolicyValue? {
        switch self {
        case .money: return Shape.money(text).map(PolicyValue.money) ?? refused(text, line, &findings)
        case .limit where text == "不限": return .unlimited
        case .limit: return Shape.money(text).map(PolicyValue.money) ?? refused(text, line, &findings)
        case .rate(let max): return readRate(text, max: max, line: line, findings: &findings)
        case .count:
            guard let number = Int64(text), number >= 0 else { return refused(text, line, &findings) }
            return .count(number)
        case .flag where text == "是": return .flag(true)
        case .flag where text == "否": return .flag(false)
        case .flag: return refused(text, line, &findings)
        case .text: return .text(text)
        case .choice(let names):
            return names.contains(text) ? .text(text) : refused(text, line, &findings)
        case .list, .bands, .record: return nil
        }
    }

    private func refused(_ text: String, _ line: Int, _ findings: inout Findings) -> PolicyValue? {
        findings.add("policy.type", line: line, "“\(text)”写法不对,应当是\(expectation)")
        return nil
    }

    private static func money(_ text: String) -> Money? {
        guard let money = try? Money(text), !money.isNegative else { return nil }
        return money
    }

    /// A ratio carries its percent sign, so that 0.85 and 85 can never be mistaken for one another.
    private func readRate(_ text: String, max: Rate, line: Int, findings: inout Findings)
        -> PolicyValue?
    {
        guard text.hasSuffix("%"), let rate = try? Rate(text) else {
            return refused(text, line, &findings)
        }
        guard rate >= .zero, rate <= max else {
            findings.add("policy.rate", line: line, "比例 \(text) 超出范围,应当在 0% 至 \(max) 之间")
            return nil
        }
        return .rate(rate)
    }

    private static func readList(_ tree: PolicyTree, of element: Shape, findings: inout Findings)
        -> PolicyValue?
    {
        guard let items = tree.list else {
            findings.add("policy.type", line: tree.line, "这里应当是列表,每项前写短横线,或写成 [甲, 乙]")
            return nil
        }
        let values = items.compactMap { element.read($0, findings: &findings) }
        guard values.count == items.count else { return nil }
        if Set(values).count != values.count {
            findings.add("policy.duplicate", line: tree.line, "列表里有重复的项,请只保留一个")
        }
        return .list(values)
    }

    private static func readRecord(_ tree: PolicyTree, _ fields: [Field], findings: inout Findings)
        -> PolicyValue?
    {
        guard let entries = tree.table else {
            findings.add("policy.type", line: tree.line, "这里应当是\(Shape.record(fields).expectation)")
            return nil
        }
        var values: [String: PolicyValue] = [:]
        var isWhole = true
        for entry in entries {
            guard let field = fields.first(where: { $0.name == entry.name }) else {
                let known = fields.map(\.name).joined(separator: "、")
                findings.add("policy.field", line: entry.line, "没有“\(entry.name)”这一项,可以写的有:\(known)")
                isWhole = false
                continue
            }
            guard let value = field.shape.read(entry.tree, findings: &findings) else {
                isWhole = false
                continue
            }
            values[entry.name] = value
        }
        for field in fields
        where field.isRequired && !entries.contains(where: { $0.name == field.name }) {
            findings.add(
                "policy.field", line: tree.line, "缺少“\(field.name)”,应当是\(field.shape.expectation)")
            isWhole = false
        }
        return isWhole ? .record(values) : nil
    }

    private static let bandFields = [
        Field("起", .money), Field("止", .limit, required: false), Field("比例", .rate),
    ]

    /// Bands start at nothing, each begins where the one before ended, and the last has no end: a ceiling is a
    /// parameter of its own, so that every amount falls in exactly one band.
    private static func readBands(_ tree: PolicyTree, findings: inout Findings) -> PolicyValue? {
        guard let items = tree.list, !items.isEmpty else {
            findings.add("policy.bands", line: tree.line, "这里应当是\(Shape.bands.expectation)")
            return nil
        }
        let bands = items.compactMap { readBand($0, findings: &findings) }
        // Ends are compared even where a ratio is wrong, so that both are said at once.
        let ends = items.compactMap(readEnds)
        guard ends.count == items.count else { return nil }
        let join = endsJoin(ends, lines: items.map(\.line), findings: &findings)
        return join && bands.count == items.count ? .bands(bands) : nil
    }

    private static func readBand(_ item: PolicyTree, findings: inout Findings) -> Band? {
        guard let record = readRecord(item, bandFields, findings: &findings),
            let from = record.field("起", as: Money.self), let ratio = record.field("比例", as: Rate.self)
        else { return nil }
        return Band(from: from, to: record.field("止", as: Limit.self)?.amount, ratio: ratio)
    }

    private static func readEnds(_ item: PolicyTree) -> (from: Money, to: Money?)? {
        guard let from = item.entry("起")?.text.flatMap(money) else { return nil }
        guard let end = item.entry("止")?.text, end != "不限" else { return (from, nil) }
        return money(end).map { (from, $0) }
    }

    private static func endsJoin(
        _ bands: [(from: Money, to: Money?)], lines: [Int], findings: inout Findings
    ) -> Bool {
        let before = findings.problems.count
        var expected: Money? = .zero
        for (band, line) in zip(bands, lines) {
            guard let start = expected else {
                findings.add("policy.bands", line: line, "上一段没有终点,后面不能再有分段;请给上一段写“止”")
                break
            }
            if band.from > start {
                findings.add(
                    "policy.bands", line: line, "分段不衔接:\(start) 元至 \(band.from) 元没有比例,请补上或改“起”为 \(start)")
            } else if band.from < start {
                findings.add(
                    "policy.bands", line: line, "分段重叠:\(band.from) 元至 \(start) 元有两个比例,请改“起”为 \(start)")
            }
            if let to = band.to, to <= band.from {
                findings.add("policy.bands", line: line, "分段没有递增:“止”\(to) 元应当大于“起”\(band.from) 元")
            }
            expected = band.to
        }
        if expected != nil, let last = lines.last {
            findings.add("policy.bands", line: last, "最后一段不写“止”:封顶额是另外的参数,超过的费用也要有比例")
        }
        return findings.problems.count == before
    }
}
