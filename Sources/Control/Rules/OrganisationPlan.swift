import Basics

/// A section of the agency (科室).
public struct Section: Hashable, Sendable {
    public let code: String
    public let name: String

    public init(code: String, name: String) {
        self.code = code
        self.name = name
    }
}

/// A post (岗位): a place in a section, and what it opens.
public struct Post: Hashable, Sendable {
    public let code: PostCode
    public let name: String
    /// The code of its section.
    public let section: String
    public let permissions: Set<Permission>

    public init(code: PostCode, name: String, section: String, permissions: Set<Permission>) {
        self.code = code
        self.name = name
        self.section = section
        self.permissions = permissions
    }
}

/// Two posts that the law keeps apart (不相容岗位), and the clause.
public struct IncompatiblePosts: Hashable, Sendable {
    public enum Scope: Int64, Sendable, CaseIterable {
        /// One person may not hold both (不得由一人担任).
        case samePerson = 1
        /// One person may hold both, but not act as both in one matter (不得在同一件中由一人担任).
        case sameMatter = 2

        var word: String { self == .samePerson ? "samePerson" : "sameMatter" }
        public var name: String { self == .samePerson ? "不得由一人担任" : "不得在同一办件中由一人担任" }
    }

    public let one: PostCode
    public let other: PostCode
    public let scope: Scope
    /// The clause (依据).
    public let basis: String

    public init(_ one: PostCode, _ other: PostCode, _ scope: Scope, basis: String) {
        self.one = one
        self.other = other
        self.scope = scope
        self.basis = basis
    }

    public func joins(_ a: PostCode, _ b: PostCode) -> Bool {
        (one == a && other == b) || (one == b && other == a)
    }
}

/// A figure the agency sets for itself in its internal control (内控参数).
public struct ControlLimit: Hashable, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// 一次代班最多天数
        case substituteDaysMax
        /// 一年内代同一岗位累计最多天数: renewals are added up
        case substituteYearDaysMax
        /// 不相容岗位例外最多天数
        case exceptionDaysMax
        /// 多少天未登录视为闲置账号
        case unusedAccountDays
        /// 同一账号多少分钟内从两个地址登录视为共用
        case sharedSignInMinutes
        /// 超时限办件占比警戒线(百分之几)
        case overdueShareMax
        /// 退回办件占比警戒线(百分之几)
        case returnShareMax
        /// 抽查办件占比下限(百分之几)
        case sampleShareMin
        /// 征缴业务最迟多少天内记账
        case unbookedDaysMax
    }

    public let code: Code
    public let value: Int64
    public let name: String
    public let basis: String

    public init(_ code: Code, _ value: Int64, name: String, basis: String) {
        self.code = code
        self.value = value
        self.name = name
        self.basis = basis
    }
}

/// How an agency has cut its work (机构岗位设置方案): sections, posts, the posts that must stay apart, and the limits of
/// its internal control. One value, valid as a whole: every post has its section, every pair its posts.
public struct OrganisationPlan: Hashable, Sendable {
    public let sections: [Section]
    /// In the order of the file.
    public let posts: [Post]
    public let incompatible: [IncompatiblePosts]
    public let limits: [ControlLimit]

    init(
        sections: [Section], posts: [Post], incompatible: [IncompatiblePosts], limits: [ControlLimit]
    ) {
        self.sections = sections
        self.posts = posts
        // In one order whatever the files' own: a plan equals itself read back.
        self.incompatible = incompatible.sorted { ($0.one, $0.other) < ($1.one, $1.other) }
        self.limits = limits.sorted { $0.code.rawValue < $1.code.rawValue }
    }

    public func post(_ code: PostCode) -> Post? { posts.first { $0.code == code } }
    public func section(_ code: String) -> Section? { sections.first { $0.code == code } }

    /// The post's name; its code when this plan no longer has it.
    public func name(of code: PostCode) -> String { post(code)?.name ?? code.text }

    public func permissions(of codes: some Sequence<PostCode>) -> Set<Permission> {
        let asked = Set(codes)
        return posts.reduce(into: []) { if asked.contains($1.code) { $0.formUnion($1.permissions) } }
    }

    /// What speaks against one person holding both; nil when nothing does.
    public func clause(against one: PostCode, and other: PostCode) -> IncompatiblePosts? {
        incompatible.first { $0.scope == .samePerson && $0.joins(one, other) }
    }

    /// What speaks against one person acting as both in one matter.
    public func clause(inOneMatter one: PostCode, and other: PostCode) -> IncompatiblePosts? {
        incompatible.first { $0.joins(one, other) }
    }

    /// The limit's value. A plan without one of them is refused when it is read.
    public subscript(_ code: ControlLimit.Code) -> Int {
        Int(limits.first { $0.code == code }?.value ?? 0)
    }
}
