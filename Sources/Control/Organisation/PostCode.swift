/// The code of a post (岗位代码): `enrolment.review`. Posts are data (knowledge/control/posts.csv), so that an agency
/// can cut its work as it likes; the program names only those that its own routes ask for.
public struct PostCode: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }
    public init(stringLiteral text: String) { self.text = text }
    public var description: String { text }

    public static func < (a: PostCode, b: PostCode) -> Bool { a.text < b.text }
}
