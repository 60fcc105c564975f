import Basics
import Control
import Foundation
import Policy
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// A county whose sections have somebody at every post: what it changes, it changes by matters.
struct Desk {
    let county: County
    let staff: [PostCode: ID<StaffMember>]
    let matters: Matters

    var store: any Store { county.store }

    static func open(
        _ store: any Store, employers: Int = 2, residents: Int = 3, law: PolicyBook? = nil
    ) async throws -> Desk {
        let county = try await County.open(store, employers: employers, residents: residents, law: law)
        // The calendar of 2027 is not published yet: a day of it lets these tests go there.
        let published = try String(contentsOfFile: repositoryRoot + "/policies/calendar.csv", encoding: .utf8)
        let calendar = try WorkCalendar(csv: published + "2027-01-01,off,元旦,测试\n", file: "calendar.csv")
        let posts = Set(Agency.matterKinds.flatMap { $0.steps.map(\.post) }).sorted()
        let staff = try await store.write { tx in try establish(tx, posts) }
        return Desk(
            county: county, staff: staff,
            matters: Matters(area: County.area, catalogue: Agency.matterCatalogue, calendar: calendar))
    }

    /// Somebody at every post; opened over a store that knows them, it finds them again.
    private static func establish(
        _ tx: any Transaction, _ posts: [PostCode]
    ) throws -> [PostCode: ID<StaffMember>] {
        let known = try Staff.names(tx, area: County.area)
        if known.count > 2 {
            let ids = known.keys.sorted().dropFirst(2)
            return Dictionary(uniqueKeysWithValues: zip(posts, ids))
        }
        let ground = Ground("建账", by: .system, at: County.founded)
        let plan = try OrganisationPlan.load(folder: repositoryRoot + "/knowledge/control")
        _ = try Organisation.establish(tx, area: County.area, plan, on: ground)
        var staff: [PostCode: ID<StaffMember>] = [:]
        for (number, post) in posts.enumerated() {
            let id = try Staff.open(
                tx, area: County.area, login: "yg\(number)", displayName: "示范员\(number)", on: ground)
            _ = try Organisation.grant(tx, area: County.area, post, to: id, from: County.founded.day, on: ground)
            staff[post] = id
        }
        return staff
    }

    /// Hands a matter in, with every paper its kind asks for but those left out, and lets each post of its route agree;
    /// its job is left for later.
    @discardableResult
    func approve(
        _ code: String, _ form: [String: String], file: String? = nil, without missing: Set<String> = [],
        at: Moment = County.at
    ) async throws -> MatterOutcome {
        let kind = try matters.kind(code)
        var outcome = try await hand(code, form, file: file, without: missing, at: at)
        let amount = kind.read(form).form.moneyIfGiven("amount") ?? .zero
        for step in kind.steps(for: amount).dropFirst() {
            outcome = try await store.write { [matters, staff, outcome] tx in
                try matters.act(
                    tx, outcome.matter, .agree("同意"), seen: outcome.version, by: staff[step.post]!, at: at + 60)
            }
        }
        return outcome
    }

    /// Hands a matter in, with every paper its kind asks for but those left out.
    func hand(
        _ code: String, _ form: [String: String], file: String? = nil, without missing: Set<String> = [],
        at: Moment = County.at
    ) async throws -> MatterOutcome {
        let kind = try matters.kind(code)
        return try await store.write { [matters, staff] tx in
            let scan = try Attachments.keep(
                tx, area: County.area, name: "材料.png", bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0],
                at: at)
            var form = form
            if let file {
                form["sheet"] =
                    "\(try Attachments.keep(tx, area: County.area, name: "表.csv", bytes: Array(file.utf8), at: at))"
            }
            let papers = kind.papers.filter { !missing.contains($0.code) }.map {
                AttachedPaper(code: $0.code, name: "材料.png", hash: scan)
            }
            return try matters.open(tx, code, form: form, papers: papers, by: staff[kind.steps[0].post]!, at: at)
        }
    }

    /// The same, and its job is carried to its end. What it was refused with; nothing when it was carried out.
    @discardableResult
    func carryOut(
        _ code: String, _ form: [String: String], file: String? = nil, without missing: Set<String> = [],
        at: Moment = County.at
    ) async throws -> [Problem] {
        do {
            let outcome = try await approve(code, form, file: file, without: missing, at: at)
            let jobs = try await matters.runJobs(store) { at + 120 }
            return outcome.problems + jobs.flatMap(\.problems)
        } catch let problem as Problem {
            return [problem]
        } catch let problems as Problems {
            return problems.all
        }
    }

    /// Has a refund approved and paid by the cashier. What it was refused with; nothing when it was paid.
    func giveBack(_ form: [String: String], at: Moment = County.at) async throws -> [Problem] {
        let refused = try await carryOut("contributions.refund", form, at: at)
        guard refused.isEmpty else { return refused }
        let order = try await store.read { try Contributions.refunds($0, area: County.area, limit: 1)[0] }
        let paid = ["refund": "\(order.act)", "outcome": "1", "answer": "付\(order.act)", "day": "\(at.day)"]
        return try await carryOut("contributions.refund.answer", paid, at: at)
    }

    func broken() async throws -> [String] { try await county.broken() }
}
