import Basics

/// How one area pays for whole groups of items (分类支付标准): terms stated by list and code prefix, dated.
/// The longest prefix that fits a code decides, so that a group's rule stands beside its exceptions.
public struct AreaTerms: Sendable {
    /// One line: the terms of a prefix from a day on.
    public struct Rule: Hashable, Sendable {
        public var listType: ListType
        public var prefix: String
        public var terms: PaymentTerms
        public var limit: String
        public var first: Day
        public var last: Day?

        public init(
            listType: ListType, prefix: String, terms: PaymentTerms, limit: String, first: Day, last: Day?
        ) {
            self.listType = listType
            self.prefix = prefix
            self.terms = terms
            self.limit = limit
            self.first = first
            self.last = last
        }
    }

    private struct Group: Hashable {
        let listType: ListType
        let prefix: String
    }

    private let rules: [Group: [Rule]]
    private let longest: Int

    public init(_ rules: [Rule]) {
        self.rules = Dictionary(grouping: rules) { Group(listType: $0.listType, prefix: $0.prefix) }
        longest = rules.map(\.prefix.count).max() ?? 0
    }

    /// The rules for a code, one for each day from which something changes; empty when none fits.
    public func rules(for code: String, in listType: ListType) -> [Rule] {
        var length = min(longest, code.count)
        while length > 0 {
            if let found = rules[Group(listType: listType, prefix: String(code.prefix(length)))] { return found }
            length -= 1
        }
        return []
    }

    /// An item as the list names it, once for each of its rules. The item's own caps stay.
    public func items(_ item: CatalogueItem) -> [CatalogueItem] {
        rules(for: item.code, in: item.listType).map { rule in
            var dated = item
            dated.terms = rule.terms
            dated.terms.caps = item.terms.caps
            dated.limit = rule.limit
            dated.first = rule.first
            dated.last = rule.last
            return dated
        }
    }
}
