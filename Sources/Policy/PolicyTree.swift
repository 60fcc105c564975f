import Basics

/// Where something stands in the policy files (出处): file and line, for the person who has to correct it.
public struct Place: Hashable, Sendable, CustomStringConvertible {
    public var file: String
    public var line: Int

    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    public var description: String { "\(file):\(line)" }
}

/// A value as it stands in a policy file, before anyone has said what it means: text, a list, or a table.
/// Every node knows its line. Numbers are still text here: nothing passes through a floating-point number.
public struct PolicyTree: Sendable {
    public indirect enum Content: Sendable {
        case text(String)
        case list([PolicyTree])
        case table([Entry])
    }

    public struct Entry: Sendable {
        public var name: String
        public var line: Int
        public var tree: PolicyTree
    }

    public var content: Content
    public var line: Int

    public init(_ content: Content, line: Int) {
        self.content = content
        self.line = line
    }

    var text: String? {
        if case .text(let text) = content { text } else { nil }
    }

    var list: [PolicyTree]? {
        if case .list(let list) = content { list } else { nil }
    }

    var table: [Entry]? {
        if case .table(let table) = content { table } else { nil }
    }

    /// The entry of a table under a name; nil for anything that is not a table.
    func entry(_ name: String) -> PolicyTree? { table?.first { $0.name == name }?.tree }
}

/// Collects the problems of one file, each with its line.
struct Findings {
    let file: String
    var problems: [Problem] = []

    mutating func add(_ code: String, line: Int, _ message: String) {
        problems.append(Problem(code, field: Place(file: file, line: line).description, message))
    }
}
