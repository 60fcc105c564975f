import Basics
import Yams

/// Reads YAML into policy trees. Only what an official needs is let in: text, lists and tables.
/// Anchors and references are refused (a value must stand where it is read), and so is anything nested beyond reason.
enum YAMLReader {
    /// A parameter's deepest value needs about eight levels; more is a slip of indentation or an attack.
    private static let depthMax = 24
    static let bytesMax = 2_000_000

    /// All documents of a text; nil where a file holds nothing readable, with the reason among the findings.
    static func documents(_ text: String, findings: inout Findings) -> [PolicyTree] {
        guard text.utf8.count <= bytesMax else {
            findings.add("policy.tooLarge", line: 1, "政策文件超过 2 MB,请拆成几份文件")
            return []
        }
        do {
            // The plain resolver leaves every scalar as the text that was written: `0.85` stays four characters.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            var trees: [PolicyTree] = []
            while let node = try parser.nextRoot() {
                if let tree = convert(node, depth: 0, findings: &findings) { trees.append(tree) }
            }
            if trees.isEmpty, findings.problems.isEmpty {
                findings.add("policy.empty", line: 1, "文件是空的,请写入参数或删去这份文件")
            }
            return trees
        } catch let error as YamlError {
            explain(error, findings: &findings)
        } catch {
            findings.add("policy.yaml", line: 1, "文件无法读取,请检查是否完整")
        }
        return []
    }

    private static func convert(_ node: Node, depth: Int, findings: inout Findings) -> PolicyTree? {
        let line = node.mark?.line ?? 1
        guard depth <= depthMax else {
            findings.add("policy.tooDeep", line: line, "层次过深,请检查缩进和括号")
            return nil
        }
        guard node.anchor == nil else {
            findings.add("policy.anchor", line: line, "不使用锚点(&)和引用(*),请把值直接写在这里")
            return nil
        }
        switch node {
        case .scalar(let scalar): return PolicyTree(.text(trimmed(scalar.string)), line: line)
        case .sequence(let sequence):
            var list: [PolicyTree] = []
            for item in sequence {
                if let tree = convert(item, depth: depth + 1, findings: &findings) { list.append(tree) }
            }
            return PolicyTree(.list(list), line: line)
        case .mapping(let mapping):
            var entries: [PolicyTree.Entry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    findings.add("policy.yaml", line: key.mark?.line ?? line, "冒号左边应当是一个名称")
                    continue
                }
                guard let tree = convert(value, depth: depth + 1, findings: &findings) else { continue }
                entries.append(.init(name: trimmed(name.string), line: key.mark?.line ?? line, tree: tree))
            }
            return PolicyTree(.table(entries), line: line)
        case .alias:
            findings.add("policy.anchor", line: line, "不使用锚点(&)和引用(*),请把值直接写在这里")
            return nil
        }
    }

    /// White space is not law: runs of it become one space, so that folding a long text changes nothing.
    private static func trimmed(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func explain(_ error: YamlError, findings: inout Findings) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            findings.add("policy.yaml", line: mark.line, "YAML 写法有误,请检查这一行及上一行的缩进、冒号、引号和括号(\(problem))")
        case .duplicatedKeysInMapping(let names, let context):
            let list = names.map { "“\($0)”" }.joined(separator: "、")
            findings.add("policy.duplicate", line: context.mark.line, "\(list)在同一处写了不止一次(首次在这一行),请只保留一处")
        case .reader(let problem, let offset, _, let yaml):
            let line = offset.map { yaml.utf8.prefix($0).count { $0 == UInt8(ascii: "\n") } + 1 } ?? 1
            findings.add("policy.yaml", line: line, "这一行有不能识别的字符,请删去或重新输入(\(problem))")
        default:
            findings.add("policy.yaml", line: 1, "文件无法按 YAML 读取,请检查是否完整")
        }
    }
}
