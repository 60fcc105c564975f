import Basics

/// Which lines of an encounter a settlement covers: ascending ranges of line numbers, `1-15,18`.
/// A range is a few bytes where a row for each line would double the largest table of the house.
public struct LineRanges: Hashable, Sendable, CustomStringConvertible {
    public private(set) var ranges: [ClosedRange<Int64>] = []

    public init() {}

    /// From ascending numbers without repetition.
    @inlinable
    public init(_ numbers: some Sequence<Int64>) {
        self.init()
        for number in numbers { append(number) }
    }

    @usableFromInline
    mutating func append(_ number: Int64) {
        if let last = ranges.last, last.upperBound + 1 == number {
            ranges[ranges.count - 1] = last.lowerBound...number
        } else {
            assert(ranges.last.map { $0.upperBound < number } ?? true)
            ranges.append(number...number)
        }
    }

    /// Nil when the text is not what `description` writes.
    public init?(_ text: String) {
        for part in text.split(separator: ",", omittingEmptySubsequences: true) {
            let ends = part.split(separator: "-")
            guard let first = ends.first.flatMap({ Int64($0) }), let last = ends.last.flatMap({ Int64($0) }),
                ends.count <= 2, first <= last, ranges.last.map({ $0.upperBound < first }) ?? true
            else { return nil }
            ranges.append(first...last)
        }
    }

    public func contains(_ number: Int64) -> Bool { ranges.contains { $0.contains(number) } }
    public var isEmpty: Bool { ranges.isEmpty }
    public var count: Int { ranges.reduce(0) { $0 + Int($1.upperBound - $1.lowerBound) + 1 } }

    public var description: String {
        ranges.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}
