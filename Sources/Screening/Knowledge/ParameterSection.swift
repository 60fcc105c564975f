import Basics
import Yams

/// One mapping of the parameters file while it is read: notes what was asked for, what was not, and every value out of
/// its range, with the line it stands on.
final class ParameterSection {
    private final class Collected { var problems = Problems() }
    private var values: [String: Node] = [:]
    private var keyLines: [String: Int] = [:]
    private var asked: Set<String> = []
    private let path: String
    private let file: String
    private let line: Int
    private let collected: Collected

    var problems: Problems { collected.problems }

    convenience init(_ node: Node?, path: String, file: String) {
        self.init(node, path: path, file: file, line: 1, collected: Collected())
    }

    private init(_ node: Node?, path: String, file: String, line: Int, collected: Collected) {
        self.path = path
        self.file = file
        self.line = node?.mark?.line ?? line
        self.collected = collected
        guard let mapping = node?.mapping else {
            if node != nil || path.isEmpty {
                collected.problems.add(
                    "screening.parameters.shape", field: "\(file):\(self.line) \(path)", "这里应是一组 键: 值,请改正")
            }
            return
        }
        for (key, value) in mapping {
            values[key.string ?? ""] = value
            keyLines[key.string ?? ""] = key.mark?.line
        }
    }

    // MARK: Problems

    func refuse(_ key: String, _ message: String) { refuse(key, message, code: "screening.parameters.value") }

    private func refuse(_ key: String, _ message: String, code: String) {
        collected.problems.add(code, field: "\(file):\(keyLines[key] ?? line) \(path)\(key)", message)
    }

    /// After everything known was asked for: whatever remains was misspelt.
    func close() {
        for key in values.keys.sorted() where !asked.contains(key) {
            refuse(key, "没有这个参数,请检查拼写", code: "screening.parameters.unknown")
        }
    }

    // MARK: Values

    private func node(_ key: String) -> Node? {
        asked.insert(key)
        // What lacks as a whole was named once.
        if values[key] == nil, !values.isEmpty { refuse(key, "缺少这个参数,请参照随附的 parameters.yaml 补上") }
        return values[key]
    }

    func section(_ key: String) -> ParameterSection {
        ParameterSection(
            node(key), path: path + key + ".", file: file, line: keyLines[key] ?? line, collected: collected)
    }

    func sections(_ key: String) -> [ParameterSection] {
        guard let node = node(key) else { return [] }
        guard let sequence = node.sequence else {
            refuse(key, "应为列表,每项一组 键: 值,请改正")
            return []
        }
        return sequence.enumerated().map {
            ParameterSection($1, path: "\(path)\(key)[\($0)].", file: file, line: line, collected: collected)
        }
    }

    func number(_ key: String, in range: ClosedRange<Int>) -> Int {
        guard let node = node(key) else { return range.lowerBound }
        guard let text = node.string, let value = Int(text), range.contains(value) else {
            refuse(key, "应为 \(range.lowerBound) 至 \(range.upperBound) 的整数\(now(node)),请改正")
            return range.lowerBound
        }
        return value
    }

    func rate(_ key: String, in range: ClosedRange<Rate>) -> Rate {
        guard let node = node(key) else { return range.lowerBound }
        guard let text = node.string, let value = try? Rate(text), range.contains(value) else {
            let least = range.lowerBound == .zero ? "不小于 0" : "大于 0"
            refuse(key, "应为\(least)、不超过 \(range.upperBound) 的比例,例如 50%\(now(node)),请改正")
            return range.lowerBound
        }
        return value
    }

    func day(_ key: String) -> Day {
        guard let node = node(key) else { return Day(number: 0) }
        guard let text = node.string, let value = Day(text) else {
            refuse(key, "应为日期,例如 2025-01-01\(now(node)),请改正")
            return Day(number: 0)
        }
        return value
    }

    func codes(_ key: String, _ form: CodeForm, mayBeEmpty: Bool = false) -> [String] {
        guard let node = node(key) else { return [] }
        guard let sequence = node.sequence else {
            refuse(key, "应为列表,例如 [\"21\", \"22\"],请改正")
            return []
        }
        var codes: [String] = []
        for element in sequence {
            guard let code = element.string.map(form.folded), form.fits(code), !codes.contains(code) else {
                refuse(key, "每项应为\(form.chinese),不重复\(now(element)),请改正")
                continue
            }
            codes.append(code)
        }
        if sequence.isEmpty, !mayBeEmpty { refuse(key, "列表不能空着,请补上") }
        return codes
    }

    func numbers(_ key: String, in range: ClosedRange<Int>) -> [String: Int] {
        guard let node = node(key) else { return [:] }
        var result: [String: Int] = [:]
        for (name, value) in node.mapping ?? [:] {
            guard let name = name.string, !name.isEmpty, let number = value.string.flatMap(Int.init),
                range.contains(number)
            else {
                refuse(key, "应为一组 编码: 数字,数字为 \(range.lowerBound) 至 \(range.upperBound)\(now(value)),请改正")
                continue
            }
            result[name] = number
        }
        if node.mapping?.isEmpty ?? true { refuse(key, "应为一组 编码: 数字,请补上") }
        return result
    }

    /// Lengths allowed by first character.
    func lengths(_ key: String) -> [String: [Int]] {
        guard let node = node(key) else { return [:] }
        guard let mapping = node.mapping else {
            refuse(key, "应为一组 首字符: [长度],请改正")
            return [:]
        }
        var result: [String: [Int]] = [:]
        for (name, value) in mapping {
            let list = value.sequence?.map { $0.string.flatMap(Int.init) ?? 0 } ?? []
            guard let name = name.string, name.utf8.count == 1, !list.isEmpty, list.allSatisfy((1...50).contains)
            else {
                refuse(key, "应为一组 首字符: [长度],长度为 1 至 50 的整数,请改正")
                continue
            }
            result[name] = list
        }
        return result
    }

    private func now(_ node: Node) -> String { node.string.map { ",现在是“\($0)”" } ?? "" }
}
