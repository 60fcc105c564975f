/// What is wrong with something that was handed in, and what to do next.
///
/// All problems of a form, a file or a message come back together (`Problems`).
public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stable, for programs and tests: `enrolment.person.idCheckDigit`.
    public var code: String
    /// The field, cell or place it concerns, in the words of whoever handed it in: `certno`, `第 12 行 单价`.
    public var field: String?
    /// A Chinese sentence for the person: what is wrong and what to do next.
    public var message: String

    public init(_ code: String, field: String? = nil, _ message: String) {
        self.code = code
        self.field = field
        self.message = message
    }

    public var description: String { field.map { "\($0):\(message)(\(code))" } ?? "\(message)(\(code))" }
}

/// Several problems at once; never empty when thrown.
public struct Problems: Error, Hashable, Sendable, CustomStringConvertible {
    public var all: [Problem]

    public init(_ all: [Problem] = []) { self.all = all }
    public init(_ problem: Problem) { all = [problem] }

    public mutating func add(_ code: String, field: String? = nil, _ message: String) {
        all.append(Problem(code, field: field, message))
    }

    /// Throws when anything was collected.
    public func throwIfAny() throws(Problems) { if !all.isEmpty { throw self } }

    public var description: String { all.map(\.description).joined(separator: "\n") }
}
