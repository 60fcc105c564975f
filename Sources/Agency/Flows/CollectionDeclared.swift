import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// Receiving what employers declared to the tax office (接收税务申报): the register says who the lines speak of, the law
/// where they are doubtful, and contributions makes bills of them.
struct DeclaredSheet {
    let area: AreaCode
    let policy: AreaPolicy
    let sheet: ImportSheet<DeclaredRow>
    /// The lines of one employer and month together, in the order of months.
    private let groups: [Group]

    private struct Group {
        let code: String
        let month: Month
        var lines: [(number: Int, row: DeclaredRow)]
    }

    private struct Key: Hashable {
        let code: String
        let month: Month
    }

    init(_ tx: any Transaction, area: AreaCode, _ sheet: ImportSheet<DeclaredRow>) throws {
        self.area = area
        self.sheet = sheet
        policy = try Agency.law(tx, area: area)
        groups = Dictionary(grouping: sheet.lines) { Key(code: $0.row.creditCode, month: $0.row.month) }
            .map { Group(code: $0.key.code, month: $0.key.month, lines: $0.value) }
            .sorted { ($0.month, $0.code) < ($1.month, $1.code) }
    }

    // MARK: What speaks against it

    /// What must be put right before the file is received, cell by cell; and what is only doubtful.
    func findings(_ tx: any Transaction) throws -> (problems: [Problem], doubts: [Problem]) {
        var problems = Problems()
        var doubts: [Problem] = []
        for group in groups {
            guard let lines = try lines(tx, of: group, &problems) else { continue }
            let terms = try LevyTerms(policy, month: group.month)
            for (line, place) in lines {
                guard terms.levies(line.part.insurance) else {
                    problems.all.append(notLevied(line, place))
                    continue
                }
                doubts += try Contributions.declarationDoubts([line], terms: { _ in terms }).map {
                    Problem($0.code, field: "\(place) \(DeclaredSheet.column[$0.code] ?? "")", $0.message)
                }
            }
            doubts += try rollDoubts(tx, group, lines)
        }
        return (problems.all, doubts)
    }

    /// Money of an insurance that is not collected here belongs to no book of this agency.
    private func notLevied(_ line: DeclaredLine, _ place: String) -> Problem {
        Problem(
            "contributions.declared.notLevied", field: "\(place) 险种",
            "本统筹区 \(line.month) 不征收\(line.part.insurance.name),请与税务核对险种;已开征的,请先在政策文件 levy.insurances 和 levy.rates 写明")
    }

    private static let column = [
        "contributions.declared.base": "缴费基数", "contributions.declared.amount": "单位缴纳",
    ]

    /// Where the declaration and the register of insured people differ: one not insured there, or one left out (漏报).
    private func rollDoubts(
        _ tx: any Transaction, _ group: Group, _ lines: [(line: DeclaredLine, place: String)]
    ) throws -> [Problem] {
        guard let employer = lines.first?.line.employer else { return [] }
        let rule = try LevyTerms(policy, month: group.month).payerOfMonth
        let roll = try Agency.levyRoll(tx, area: area, employer, group.month, by: rule)
        let insured = Set(roll?.members.map(\.person) ?? [])
        var doubts: [Problem] = []
        for (line, place) in lines where line.part.insurance == .employee && !insured.contains(line.person) {
            doubts.append(
                Problem(
                    "contributions.declared.notInsured", field: "\(place) 证件号码",
                    "这个人 \(group.month) 不在该单位参保,请核实是否漏办增员"))
        }
        let known = try Contributions.peopleBilled(tx, area: area, .employer(employer), month: group.month)
        let left = insured.subtracting(lines.map(\.line.person)).subtracting(known)
        if !left.isEmpty, let first = group.lines.first {
            doubts.append(
                Problem(
                    "contributions.declared.leftOut", field: "\(sheet.place(first.number)) 统一社会信用代码",
                    "该单位 \(group.month) 有 \(left.count) 名在保职工没有申报,请提请税务核实"))
        }
        return doubts
    }

    // MARK: Receiving

    /// As many lines as one transaction receives, unless one employer has more in a month.
    private static let linesMax = 2_000

    /// Receives the file from an employer's month on; answers which comes next, nil after the last.
    func take(
        _ tx: any Transaction, from start: Int, _ ground: Ground
    ) throws -> (next: Int?, outcome: DeclaredOutcome) {
        var problems = Problems()
        var lines: [(line: DeclaredLine, place: String)] = []
        var index = start
        while index < groups.count, lines.isEmpty || lines.count + groups[index].lines.count <= Self.linesMax {
            lines += try self.lines(tx, of: groups[index], &problems) ?? []
            index += 1
        }
        try problems.throwIfAny()
        let outcome = try Contributions.takeDeclared(
            tx, area: area, lines, due: { try LevyTerms(policy, month: $0).dueDay(of: $0) }, ground)
        if let oldest = lines.map(\.line.month).min() {
            let due = try LevyTerms(policy, month: oldest).dueDay(of: oldest)
            try Agency.refreshCoverOfLate(tx, area: area, outcome.billed, due: due, ground)
        }
        if outcome.corrected > 0 {
            // What was withdrawn leaves a month unpaid, what was corrected may leave a part of it owed.
            try Agency.refreshCover(
                tx, area: area, of: lines.filter(\.line.isCorrection).map(\.line.person), by: ground.actor,
                at: ground.at, matter: ground.matter)
        }
        return (index < groups.count ? index : nil, outcome)
    }

    /// How many employers' months there are, for whoever watches.
    var count: Int { groups.count }

    // MARK: The register

    /// The lines of an employer's month with their employer and people; nil where the whole group cannot be received.
    private func lines(
        _ tx: any Transaction, of group: Group, _ problems: inout Problems
    ) throws -> [(line: DeclaredLine, place: String)]? {
        let first = sheet.place(group.lines[0].number)
        guard let credit = try? CreditCode(group.code) else {
            problems.add(
                "contributions.declared.creditCode", field: "\(first) 统一社会信用代码",
                "统一社会信用代码 \(group.code) 的长度或校验位不对,请与税务核对")
            return nil
        }
        guard let employer = try Enrolment.employer(tx, area: area, creditCode: credit) else {
            problems.add(
                "contributions.declared.employer", field: "\(first) 统一社会信用代码",
                "没有登记代码为 \(group.code) 的单位,请先办理单位参保登记")
            return nil
        }
        guard try LevyTerms(policy, month: group.month).mode == .declared else {
            problems.add(
                "contributions.declared.assessedMode", field: "\(first) 费款所属期",
                "\(group.month) 由经办机构核定应缴额,不接收单位申报;请办理职工按月核定")
            return nil
        }
        return try people(tx, of: group, employer.id, &problems)
    }

    private func people(
        _ tx: any Transaction, of group: Group, _ employer: ID<Employer>, _ problems: inout Problems
    ) throws -> [(line: DeclaredLine, place: String)] {
        var known: [PersonReference: ID<Person>] = [:]
        var lines: [(line: DeclaredLine, place: String)] = []
        for (number, row) in group.lines {
            if known[row.person] == nil { known[row.person] = try find(tx, row.person) }
            guard let person = known[row.person] else {
                problems.add(
                    "contributions.person.unknown", field: "\(sheet.place(number)) 证件号码",
                    "没有登记证件号码 \(row.person.paperNumber) 的人员,请先办理参保登记")
                continue
            }
            let line = DeclaredLine(
                employer: employer, person: person, month: row.month, part: row.part, isCorrection: row.isCorrection)
            lines.append((line, sheet.place(number)))
        }
        return lines
    }

    private func find(_ tx: any Transaction, _ person: PersonReference) throws -> ID<Person>? {
        guard let kind = IdentityPaperKind(rawValue: person.paperKind) else { return nil }
        return try Enrolment.find(tx, area: area, paper: IdentityPaper(kind: kind, checked: person.paperNumber))
    }
}
