import Basics

/// What a transaction takes and answers: the one definition behind validation and `docs/openapi.yaml`.
public struct MessageForm: Sendable {
    /// 交易编号
    public let infno: String
    public let name: String
    public internal(set) var inputs: [NodeForm] = []
    public internal(set) var outputs: [NodeForm] = []
}

/// A node of `input` or `output` (节点).
public struct NodeForm: Sendable {
    public let name: String
    public let key: JSON.Key
    public let isList: Bool
    public internal(set) var fields: [FieldForm] = []
}

/// A field of a node. A class, because checking a message walks over hundreds of them and copies none.
public final class FieldForm: Sendable {
    public let key: JSON.Key
    /// 中文名称
    public let title: String
    public let type: FieldType
    public let isRequired: Bool
    public let dictionary: CodeDictionary?

    public var name: String { key.name }

    init(key: JSON.Key, title: String, type: FieldType, isRequired: Bool, dictionary: CodeDictionary?) {
        self.key = key
        self.title = title
        self.type = type
        self.isRequired = isRequired
        self.dictionary = dictionary
    }
}

public enum FieldType: Sendable, Hashable {
    /// 字符型, at most so many characters
    case text(Int)
    /// 数值型: digits in all, decimals among them
    case number(digits: Int, decimals: Int)
    /// 日期型
    case day
    /// 日期时间型
    case moment
    /// 扩展内容
    case extensions

    init?(_ code: Substring) {
        switch code.first {
        case "C":
            guard let count = Int(code.dropFirst()) else { return nil }
            self = .text(count)
        case "N":
            let parts = code.dropFirst().split(separator: ".").map { Int($0) ?? 0 }
            guard let digits = parts.first, digits > 0 else { return nil }
            self = .number(digits: digits, decimals: parts.count > 1 ? parts[1] : 0)
        case "D": self = .day
        case "T": self = .moment
        case "J": self = .extensions
        default: return nil
        }
    }

    /// As the specification writes it: `字符型(30)`.
    public var title: String {
        switch self {
        case .text(let count): "字符型(\(count))"
        case .number(let digits, let decimals): "数值型(\(digits),\(decimals))"
        case .day: "日期型"
        case .moment: "日期时间型"
        case .extensions: "扩展内容"
        }
    }
}

extension MessageForm {
    /// All transactions in the order of the table.
    public static let all: [MessageForm] = FormReader.read()

    /// The fields around `input` (报文信封).
    public static let envelope: NodeForm = FormReader.envelope()

    static let byInfno: [String: MessageForm] = Dictionary(uniqueKeysWithValues: all.map { ($0.infno, $0) })
}

/// Reads the two tables. They are part of the program, so a mistake in them stops it at its first test.
enum FormReader {
    static let fields: [Substring: (title: String, type: FieldType, dictionary: CodeDictionary?)] = {
        var fields: [Substring: (title: String, type: FieldType, dictionary: CodeDictionary?)] = [:]
        for line in FieldTable.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 3, let type = FieldType(words[1]) else { preconditionFailure("field table: \(line)") }
            let dictionary = words.count > 3 ? CodeDictionary.all[String(words[3].dropFirst())] : nil
            precondition(words.count < 4 || dictionary != nil, "field table: \(line)")
            fields[words[0]] = (String(words[2]), type, dictionary)
        }
        return fields
    }()

    static func read() -> [MessageForm] {
        var forms: [MessageForm] = []
        var isInput = true
        for line in TransactionTable.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            switch words.first {
            case "in", "out":
                isInput = words[0] == "in"
                let node = node(words[1])
                if isInput {
                    forms[forms.count - 1].inputs.append(node)
                } else {
                    forms[forms.count - 1].outputs.append(node)
                }
            case let first? where first.first!.isNumber:
                forms.append(MessageForm(infno: String(first), name: String(words[1])))
            default:
                let more = expanded(words).map(field)
                let last = forms.count - 1
                if isInput {
                    forms[last].inputs[forms[last].inputs.count - 1].fields += more
                } else {
                    forms[last].outputs[forms[last].outputs.count - 1].fields += more
                }
            }
        }
        return forms
    }

    static func envelope() -> NodeForm {
        var node = NodeForm(name: "envelope", key: "envelope", isList: false)
        node.fields = TransactionTable.envelope.split { $0 == " " || $0 == "\n" }.map(field)
        return node
    }

    private static func node(_ word: Substring) -> NodeForm {
        let name = String(word.prefix { $0 != "[" })
        return NodeForm(name: name, key: JSON.Key(name), isList: word.hasSuffix("[]"))
    }

    /// Replaces `= name` by the shared list of that name.
    private static func expanded(_ words: [Substring]) -> [Substring] {
        guard let sign = words.firstIndex(of: "="), let list = TransactionTable.shared[String(words[sign + 1])] else {
            return words
        }
        return words[..<sign] + list.split { $0 == " " || $0 == "\n" } + words[(sign + 2)...]
    }

    private static func field(_ word: Substring) -> FieldForm {
        let name = word.hasSuffix("!") ? word.dropLast() : word
        guard let known = fields[name] else { preconditionFailure("transaction table: \(name)") }
        return FieldForm(
            key: JSON.Key(String(name)), title: known.title, type: known.type, isRequired: word.hasSuffix("!"),
            dictionary: known.dictionary)
    }
}
