import Basics

/// The four files of a plan (knowledge/control), read together: what is wrong in any of them comes back at once.
///
///     let plan = try OrganisationPlan(OrganisationFiles(sections: …, posts: …, incompatible: …, limits: …))
public struct OrganisationFiles: Sendable {
    public var sections: String
    public var posts: String
    public var incompatible: String
    public var limits: String

    public init(sections: String, posts: String, incompatible: String, limits: String) {
        self.sections = sections
        self.posts = posts
        self.incompatible = incompatible
        self.limits = limits
    }

    /// The names of the files in their folder.
    public static let names = (
        sections: "sections.csv", posts: "posts.csv", incompatible: "incompatible.csv", limits: "limits.csv"
    )
}

extension OrganisationPlan {
    public init(_ files: OrganisationFiles) throws(Problems) {
        var reading = PlanReading()
        reading.readSections(files.sections)
        reading.readPosts(files.posts)
        reading.readIncompatible(files.incompatible)
        reading.readLimits(files.limits)
        try reading.problems.throwIfAny()
        self.init(
            sections: reading.sections, posts: reading.posts, incompatible: reading.incompatible,
            limits: reading.limits)
    }
}

/// What has been read so far; each file may refer to those before it.
private struct PlanReading {
    var sections: [Section] = []
    var posts: [Post] = []
    var incompatible: [IncompatiblePosts] = []
    var limits: [ControlLimit] = []
    var problems = Problems()
    /// The pairs of `incompatible`, the lesser post first: sections against sections make thousands.
    private var apart: Set<[PostCode]> = []

    private mutating func read(
        _ text: String, _ file: String, _ required: [String], row: (inout PlanReading, inout FieldReader) -> Void
    ) {
        do {
            for line in try CSVTable(text, file: file, required: required).rows {
                var fields = FieldReader(line, file: file)
                row(&self, &fields)
                problems.all += fields.problems.all
            }
        } catch {
            problems.all += error.all
        }
    }

    mutating func readSections(_ text: String) {
        read(text, OrganisationFiles.names.sections, ["code", "name"]) { plan, fields in
            guard let code = fields.text("code", upTo: 40), let name = fields.text("name", upTo: 40) else { return }
            if plan.sections.contains(where: { $0.code == code }) {
                fields.reject("control.plan.doubled", "code", "科室“\(code)”出现两次,请删去一行")
            } else {
                plan.sections.append(Section(code: code, name: name))
            }
        }
    }

    mutating func readPosts(_ text: String) {
        read(text, OrganisationFiles.names.posts, ["code", "name", "section", "permissions"]) { plan, fields in
            guard let code = fields.text("code", upTo: 40), let name = fields.text("name", upTo: 40),
                let section = fields.text("section", upTo: 40)
            else { return }
            let permissions = PlanReading.permissions(&fields)
            if !plan.sections.contains(where: { $0.code == section }) {
                fields.reject("control.plan.section", "section", "没有科室“\(section)”,请先在 sections.csv 中设置")
            }
            if plan.posts.contains(where: { $0.code.text == code }) {
                fields.reject("control.plan.doubled", "code", "岗位“\(code)”出现两次,请删去一行")
            } else {
                plan.posts.append(
                    Post(code: PostCode(code), name: name, section: section, permissions: permissions))
            }
        }
    }

    private static func permissions(_ fields: inout FieldReader) -> Set<Permission> {
        var permissions: Set<Permission> = []
        for word in (fields.optionalText("permissions", upTo: 1_000) ?? "").split(separator: " ") {
            if let permission = Permission(rawValue: String(word)) {
                permissions.insert(permission)
            } else {
                fields.reject(
                    "control.plan.permission", "permissions",
                    "没有权限“\(word)”,可用的有:\(Permission.allCases.map(\.rawValue).joined(separator: " "))")
            }
        }
        return permissions
    }

    mutating func readIncompatible(_ text: String) {
        read(text, OrganisationFiles.names.incompatible, ["one", "other", "scope", "basis"]) { plan, fields in
            guard let one = fields.text("one", upTo: 41), let other = fields.text("other", upTo: 41),
                let basis = fields.text("basis", upTo: 200)
            else { return }
            let scope = IncompatiblePosts.Scope.allCases.first { $0.word == fields.row["scope"] }
            if scope == nil {
                fields.reject("control.plan.scope", "scope", "请写 samePerson(不得由一人担任)或 sameMatter(不得在同一办件中由一人担任)")
            }
            let ones = plan.posts(one, "one", &fields), others = plan.posts(other, "other", &fields)
            guard let scope else { return }
            for one in ones {
                for other in others where one != other { plan.keepApart(one, other, scope, basis) }
            }
        }
    }

    /// A post, or all posts of a section: `@finance`.
    private func posts(_ word: String, _ column: String, _ fields: inout FieldReader) -> [PostCode] {
        let isSection = word.hasPrefix("@")
        let found =
            isSection
            ? posts.filter { $0.section == word.dropFirst() }.map(\.code)
            : posts.filter { $0.code.text == word }.map(\.code)
        if found.isEmpty {
            let what = isSection ? "科室“\(word.dropFirst())”没有岗位" : "没有岗位“\(word)”"
            fields.reject("control.plan.post", column, "\(what),请先在 posts.csv 中设置")
        }
        return found
    }

    /// The first line that names a pair speaks for it: clauses of single posts stand before those of sections.
    private mutating func keepApart(
        _ one: PostCode, _ other: PostCode, _ scope: IncompatiblePosts.Scope, _ basis: String
    ) {
        let lesser = min(one, other), greater = max(one, other)
        guard apart.insert([lesser, greater]).inserted else { return }
        incompatible.append(IncompatiblePosts(lesser, greater, scope, basis: basis))
    }

    mutating func readLimits(_ text: String) {
        let file = OrganisationFiles.names.limits
        read(text, file, ["code", "value", "name", "basis"]) { plan, fields in
            guard let word = fields.text("code", upTo: 40), let name = fields.text("name", upTo: 60),
                let basis = fields.text("basis", upTo: 200)
            else { return }
            guard let code = ControlLimit.Code(rawValue: word) else {
                return fields.reject("control.plan.limit", "code", "没有内控参数“\(word)”,请核对名称")
            }
            guard let value = Int64(fields.row["value"]), (1...10_000).contains(value) else {
                return fields.reject("control.plan.limitValue", "value", "请写 1 到 10000 的整数")
            }
            if plan.limits.contains(where: { $0.code == code }) {
                fields.reject("control.plan.doubled", "code", "内控参数“\(word)”出现两次,请删去一行")
            } else {
                plan.limits.append(ControlLimit(code, value, name: name, basis: basis))
            }
        }
        for code in ControlLimit.Code.allCases where !limits.contains(where: { $0.code == code }) {
            problems.add("control.plan.limitMissing", field: file, "缺少内控参数“\(code.rawValue)”,请补上一行")
        }
    }
}

extension OrganisationPlan {
    /// The plan as files again: what an agency edits and hands in with its next plan.
    public var files: OrganisationFiles {
        func text(_ header: String, _ rows: [[String]]) -> String {
            ([header] + rows.map { $0.map(CSVTable.escape).joined(separator: ",") }).joined(separator: "\n") + "\n"
        }
        return OrganisationFiles(
            sections: text("code,name", sections.map { [$0.code, $0.name] }),
            posts: text(
                "code,name,section,permissions",
                posts.map { post in
                    let permissions = post.permissions.sorted().map(\.rawValue).joined(separator: " ")
                    return [post.code.text, post.name, post.section, permissions]
                }),
            incompatible: text(
                "one,other,scope,basis",
                incompatible.map { [$0.one.text, $0.other.text, $0.scope.word, $0.basis] }),
            limits: text(
                "code,value,name,basis",
                limits.map { [$0.code.rawValue, String($0.value), $0.name, $0.basis] }))
    }
}
