import Agency
import Basics
import Control
import Enrolment
import Storage

/// Finds what was typed into the fields of people, employers and the agency's own papers, and offers staff and posts for choice.
struct FormLookup: Sendable {
    let site: Site
    private static let hitsMax = 12

    struct Answer: Sendable {
        var typed: [String: String]
        var found: [String: FormView.Found] = [:]
        var problems: [Problem] = []
    }

    /// Puts the number in the place of a name or paper where exactly one is meant; offers the others for choice.
    func look(_ kind: MatterKind, _ typed: [String: String]) async throws -> Answer {
        let area = site.area
        return try await site.agency.store.read { tx in
            var answer = Answer(typed: typed)
            for field in kind.fields {
                guard let asked = typed[field.name], !asked.isEmpty else { continue }
                if let record = FormRecord(field) {
                    guard let subject = try record.find(asked, area, tx) else { continue }
                    answer.typed[field.name] = subject.number
                    answer.found[field.name] = .one(subject)
                    continue
                }
                let hits: [FoundSubject]
                switch field.kind {
                case .person: hits = try FormLookup.people(asked, area, tx)
                case .employer: hits = try FormLookup.employers(asked, area, tx)
                default: continue
                }
                answer.take(hits, field, asked)
            }
            return answer
        }
    }

    private static func people(_ asked: String, _ area: AreaCode, _ tx: any Transaction) throws -> [FoundSubject] {
        try PersonSearch.find(asked, limit: hitsMax, area, tx).map { insured in
            let person = insured.person
            return FoundSubject(
                number: person.id.description,
                words: [
                    person.name, person.sex == .male ? "男" : "女", person.birth.description,
                    person.paper.masked,
                ].joined(separator: " · "), href: "/people/\(person.id)")
        }
    }

    private static func employers(_ asked: String, _ area: AreaCode, _ tx: any Transaction) throws -> [FoundSubject] {
        try EmployerSearch.find(asked, limit: hitsMax, area, tx).map {
            FoundSubject(
                number: $0.id.description, words: [$0.name, $0.creditCode].joined(separator: " · "),
                href: "/employers/\($0.id)")
        }
    }

    // MARK: Choices

    func choices(_ kind: MatterKind) async throws -> FormChoices {
        let wants = kind.fields.contains {
            switch $0.kind {
            case .staff, .post: true
            default: false
            }
        }
        guard wants else { return FormChoices() }
        return try await site.agency.store.read { [area = site.area] tx in
            let plan = try Organisation.plan(tx, area: area)
            return FormChoices(
                staff: try Staff.all(tx, area: area).filter { $0.state != .closed }.map {
                    (code: $0.id.description, title: "\($0.displayName)(\($0.login))")
                },
                posts: plan.posts.map { post in
                    (code: post.code.text, title: "\(plan.section(post.section)?.name ?? "") · \(post.name)")
                })
        }
    }
}

extension FormLookup.Answer {
    fileprivate mutating func take(_ hits: [FoundSubject], _ field: FormField, _ asked: String) {
        if let only = hits.first, hits.count == 1 {
            typed[field.name] = only.number
            found[field.name] = .one(only)
        } else if hits.isEmpty {
            problems.append(
                Problem("counter.lookup.none", field: field.name, "没有找到“\(asked)”,请核对(姓名和名称从第一个字写起),或换身份证号、统一社会信用代码查找"))
        } else {
            found[field.name] = .several(hits)
            problems.append(Problem("counter.lookup.several", field: field.name, "找到 \(hits.count) 个,请选择其中一个"))
        }
    }
}
