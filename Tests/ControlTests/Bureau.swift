import Basics
@testable import Control
import Storage
import StoreKit
import Testing

/// An agency with the posts as they are shipped, an administrator, and people without posts.
struct Bureau {
    static let area = Situation.area
    static let now = Situation.morning
    static var today: Day { now.day }

    let store: any Store
    let plan: OrganisationPlan
    let admin: ID<StaffMember>
    /// 甲、乙、丙
    let people: [ID<StaffMember>]

    var first: ID<StaffMember> { people[0] }
    var second: ID<StaffMember> { people[1] }
    var third: ID<StaffMember> { people[2] }

    /// The posts as they are shipped, read once for all tests.
    static func shipped() throws -> OrganisationPlan { try shippedPlan.get() }

    private static let shippedPlan = Result {
        try OrganisationPlan.load(folder: repositoryRoot + "/knowledge/control")
    }

    static func open(_ kind: StoreKind, _ body: (Bureau) async throws -> Void) async throws {
        let plan = try shipped()
        try await withStore(kind, ControlSchema.migrations) { store in
            let ids = try await store.write { tx in
                let ground = Ground("建库", by: .system, at: now)
                try Organisation.establish(tx, area: area, plan, on: ground)
                return try ["anquan", "jia", "yi", "bing"].map {
                    try Staff.open(tx, area: area, login: $0, displayName: "演示\($0)", on: ground)
                }
            }
            try await body(Bureau(store: store, plan: plan, admin: ids[0], people: Array(ids.dropFirst())))
        }
    }

    func ground(_ reason: String = "岗位调整", at moment: Moment = now) -> Ground {
        Ground(reason, by: .staff(admin), at: moment)
    }

    @discardableResult
    func grant(
        _ post: PostCode, to staff: ID<StaffMember>, from first: Day = today, through last: Day? = nil,
        at moment: Moment = now
    ) async throws -> ID<PostGrant> {
        try await store.write { tx in
            try Organisation.grant(
                tx, area: Bureau.area, post, to: staff, from: first, through: last, on: ground(at: moment))
        }
    }

    @discardableResult
    func substitute(
        _ post: PostCode, for absent: ID<StaffMember>, by staff: ID<StaffMember>, from first: Day = today,
        days: Int = 5,
        at moment: Moment = now
    ) async throws -> ID<PostGrant> {
        try await store.write { tx in
            try Organisation.substitute(
                tx, area: Bureau.area, post, for: absent, by: staff, from: first, through: first + (days - 1),
                on: ground("外出培训", at: moment))
        }
    }

    func except(
        _ one: PostCode, _ other: PostCode, for staff: ID<StaffMember>, from first: Day = today, days: Int
    ) async throws {
        try await store.write { tx in
            try Organisation.except(
                tx, area: Bureau.area, one, other, for: staff, from: first, through: first + (days - 1),
                on: ground("人手不足"))
        }
    }

    func withdraw(_ grant: ID<PostGrant>, at moment: Moment = now) async throws {
        try await store.write { tx in
            try Organisation.withdraw(tx, area: Bureau.area, grant, on: ground(at: moment))
        }
    }

    func posts(of staff: ID<StaffMember>, at moment: Moment = now) async throws -> [PostCode] {
        try await store.read { tx in
            try Organisation.posts(tx, area: Bureau.area, of: staff, at: moment).map(\.post)
        }
    }

    func holders(of post: PostCode, at moment: Moment = now) async throws -> [ID<StaffMember>] {
        try await store.read { tx in
            try Organisation.holders(tx, area: Bureau.area, of: post, at: moment).map(\.staff)
        }
    }

    func verify() async throws -> [Problem] {
        try await store.read { tx in try Verifier(area: Bureau.area, sources: []).run(tx).problems.all }
    }

    /// The codes of what a use case refuses; empty when it does not.
    func refused(_ work: () async throws -> Void) async -> [Problem] {
        do {
            try await work()
            return []
        } catch let problems as Problems {
            return problems.all
        } catch { return [error as? Problem ?? Problem("test.unexpected", "\(error)")] }
    }
}
