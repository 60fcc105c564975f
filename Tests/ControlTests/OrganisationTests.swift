import Basics
@testable import Control
import Storage
import StoreKit
import Testing

@Suite("The plan of sections and posts")
struct OrganisationPlanTests {
    /// domain list of duties that one person may not hold (不相容岗位清单), pair by pair.
    static let kept: [(PostCode, PostCode)] = [
        ("enrolment.reception", "enrolment.review"), ("enrolment.review", "enrolment.chief"),
        ("enrolment.reception", "enrolment.chief"), ("contributions.base", "contributions.receipts"),
        ("enrolment.people", "enrolment.retirement"), ("settlement.first", "settlement.review"),
        ("settlement.first", "settlement.payment"), ("settlement.review", "settlement.payment"),
        ("settlement.review", "audit"), ("settlement.reception", "settlement.first"), ("accountant", "cashier"),
        ("cashier", "audit"), ("cashier", "finance.archive"), ("accountant", "finance.review"),
        ("settlement.payment", "finance.approval"), ("finance.approval", "cashier"),
        ("finance.seal", "finance.receipts"), ("cashier", "finance.bank"), ("audit", "contributions.base"),
        ("audit", "enrolment.reception"), ("audit.tips", "audit.investigation"),
        ("audit.investigation", "audit.legal"), ("audit.identity", "audit.investigation"),
        ("audit.tips", "audit.identity"),
        ("system", "enrolment.reception"), ("system", "accountant"), ("system", "director"),
        ("security.admin", "security.audit"), ("security.admin", "system"), ("security.audit", "system"),
        ("security.audit", "cashier"), ("data.request", "data.approval"), ("data.approval", "data.execution"),
        ("data.request", "data.execution"), ("agreements.assessment", "agreements.signing"),
        ("agreements.signing", "agreements.clearing"), ("agreements.assessment", "agreements.clearing"),
        ("policy.entry", "policy.review"), ("policy.entry", "policy.publish"),
    ]

    @Test("The shipped list keeps apart what the law keeps apart, each pair with its clause", arguments: kept)
    func shipped(one: PostCode, other: PostCode) throws {
        let clause = try #require(try Bureau.shipped().clause(against: one, and: other))
        #expect(!clause.basis.isEmpty)
        #expect(try Bureau.shipped().clause(against: other, and: one) == clause)
    }

    @Test("What the law lets one person hold is not kept apart")
    func compatible() throws {
        let plan = try Bureau.shipped()
        let pairs: [(PostCode, PostCode)] = [
            ("enrolment.reception", "portability.reception"), ("contributions.review", "accounts.review"),
            ("policy.review", "policy.publish"), ("office", "enrolment.reception"),
        ]
        for (one, other) in pairs { #expect(plan.clause(against: one, and: other) == nil, "\(one) \(other)") }
        // Kept apart in one matter, not in one person.
        #expect(plan.clause(inOneMatter: "policy.review", and: "policy.publish")?.scope == .sameMatter)
    }

    @Test("A clause for two posts speaks before one for their sections")
    func precedence() throws {
        let clause = try #require(try Bureau.shipped().clause(against: "accountant", and: "cashier"))
        #expect(clause.basis.contains("会计法第三十五条"))
    }

    @Test("Everything wrong with the files comes back at once, each with its line")
    func badFiles() throws {
        let files = OrganisationFiles(
            sections: "code,name\na,甲科\na,又一科\n",
            posts: "code,name,section,permissions\nx,甲岗,a,people.read fly\ny,乙岗,b,people.read\nx,丙岗,a,\n",
            incompatible: "one,other,scope,basis\nx,z,samePerson,依据\n@c,x,never,依据\n",
            limits: "code,value,name,basis\nsubstituteDaysMax,0,天数,依据\nunknown,3,天数,依据\n")
        do {
            _ = try OrganisationPlan(files)
            Issue.record("read")
        } catch {
            let found = error.all.map { "\($0.field ?? "") \($0.code)" }
            for expected in [
                "sections.csv:3 code control.plan.doubled", "posts.csv:2 permissions control.plan.permission",
                "posts.csv:3 section control.plan.section", "posts.csv:4 code control.plan.doubled",
                "incompatible.csv:2 other control.plan.post", "incompatible.csv:3 one control.plan.post",
                "incompatible.csv:3 scope control.plan.scope", "limits.csv:2 value control.plan.limitValue",
                "limits.csv:3 code control.plan.limit", "limits.csv control.plan.limitMissing",
            ] {
                #expect(found.contains(expected), "\(expected)")
            }
        }
    }

    @Test("A plan reads back as it was put in force; the same again changes nothing", arguments: StoreKind.allCases)
    func readBack(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let (read, again) = try await bureau.store.write { tx in
                (
                    try Organisation.plan(tx, area: Bureau.area),
                    try Organisation.establish(tx, area: Bureau.area, bureau.plan, on: bureau.ground("再次导入"))
                )
            }
            #expect(read == bureau.plan)
            #expect(!again)
            #expect(try await bureau.verify() == [])
        }
    }

    @Test("An agency changes its posts, but not under people who hold them", arguments: StoreKind.allCases)
    func changedPlan(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let smaller = OrganisationPlan(
                sections: bureau.plan.sections, posts: bureau.plan.posts.filter { $0.code != "audit.legal" },
                incompatible: bureau.plan.incompatible.filter { $0.one != "audit.legal" && $0.other != "audit.legal" },
                limits: bureau.plan.limits)
            let grant = try await bureau.grant("audit.legal", to: bureau.first)
            @Sendable func establish(_ tx: any Transaction) throws -> Bool {
                try Organisation.establish(tx, area: Bureau.area, smaller, on: bureau.ground("撤并岗位"))
            }
            let refused = await bureau.refused { _ = try await bureau.store.write { try establish($0) } }
            #expect(refused.map(\.code) == ["control.plan.held"])
            try await bureau.withdraw(grant)
            #expect(try await bureau.store.write { try establish($0) })
            let gone = await bureau.refused { try await bureau.grant("audit.legal", to: bureau.second) }
            #expect(gone.map(\.code) == ["control.grant.post"])
        }
    }
}

@Suite("Holding posts")
struct PostTests {
    @Test("Incompatible posts are refused with the clause, in either order", arguments: StoreKind.allCases)
    func direct(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            try await bureau.grant("accountant", to: bureau.first)
            let refused = await bureau.refused { try await bureau.grant("cashier", to: bureau.first) }
            #expect(refused.map(\.code) == ["control.posts.incompatible"])
            #expect(refused.first?.message.contains("会计法第三十五条") == true)
            try await bureau.grant("cashier", to: bureau.second)
            let other = await bureau.refused { try await bureau.grant("accountant", to: bureau.second) }
            #expect(other.map(\.code) == ["control.posts.incompatible"])
            #expect(try await bureau.posts(of: bureau.first) == ["accountant"])
        }
    }

    @Test("A post that begins later conflicts with one that lasts until then", arguments: StoreKind.allCases)
    func acrossDates(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let today = Bureau.today
            try await bureau.grant("accountant", to: bureau.first, through: today + 30)
            let overlapping = await bureau.refused {
                try await bureau.grant("cashier", to: bureau.first, from: today + 30)
            }
            #expect(overlapping.map(\.code) == ["control.posts.incompatible"])
            try await bureau.grant("cashier", to: bureau.first, from: today + 31)
            #expect(try await bureau.posts(of: bureau.first, at: Moment(today + 30, hour: 9)) == ["accountant"])
            #expect(try await bureau.posts(of: bureau.first, at: Moment(today + 31, hour: 9)) == ["cashier"])
        }
    }

    @Test("Standing in counts as holding", arguments: StoreKind.allCases)
    func throughSubstitution(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            try await bureau.grant("enrolment.review", to: bureau.first)
            try await bureau.grant("enrolment.reception", to: bureau.second)
            let refused = await bureau.refused {
                try await bureau.substitute("enrolment.review", for: bureau.first, by: bureau.second)
            }
            #expect(refused.map(\.code) == ["control.posts.incompatible"])
            // The other way round: first the substitution, then the post.
            try await bureau.substitute("enrolment.review", for: bureau.first, by: bureau.third)
            let later = await bureau.refused { try await bureau.grant("enrolment.reception", to: bureau.third) }
            #expect(later.map(\.code) == ["control.posts.incompatible"])
            #expect(later.first?.message.contains("代班") == true)
            // After the last day of the substitution nothing stands against it.
            try await bureau.grant("enrolment.reception", to: bureau.third, from: Bureau.today + 5)
        }
    }

    @Test("An exception lets a person hold both until its day, and not a day longer", arguments: StoreKind.allCases)
    func exception(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let today = Bureau.today
            try await bureau.grant("enrolment.reception", to: bureau.first)
            try await bureau.except("enrolment.review", "enrolment.reception", for: bureau.first, days: 10)
            for last in [nil, today + 10] {
                let refused = await bureau.refused {
                    try await bureau.grant("enrolment.review", to: bureau.first, through: last)
                }
                #expect(refused.map(\.code) == ["control.posts.incompatible"])
                #expect(refused.first?.message.contains("\(today + 9)") == true)
            }
            try await bureau.grant("enrolment.review", to: bureau.first, through: today + 9)
            #expect(try await bureau.posts(of: bureau.first, at: Moment(today + 9, hour: 23)).count == 2)
            #expect(
                try await bureau.posts(of: bureau.first, at: Moment(today + 10)) == ["enrolment.reception"],
                "the exception and what it allowed end by themselves")
            // Expired: the same again needs another exception; and it never was anybody else's.
            let expired = await bureau.refused {
                try await bureau.grant(
                    "enrolment.review", to: bureau.first, from: today + 11, through: today + 12,
                    at: Moment(today + 11, hour: 9))
            }
            #expect(expired.map(\.code) == ["control.posts.incompatible"])
            try await bureau.grant("enrolment.reception", to: bureau.second)
            let other = await bureau.refused {
                try await bureau.grant("enrolment.review", to: bureau.second, through: today + 1)
            }
            #expect(other.map(\.code) == ["control.posts.incompatible"])
            #expect(try await bureau.verify() == [])
        }
    }

    @Test("An exception needs a conflict, a reason and an end within the limit", arguments: StoreKind.allCases)
    func refusedException(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let needless = await bureau.refused {
                try await bureau.except("office", "enrolment.reception", for: bureau.first, days: 5)
            }
            #expect(needless.map(\.code) == ["control.exception.needless"])
            let long = await bureau.refused {
                try await bureau.except("accountant", "cashier", for: bureau.first, days: 91)
            }
            #expect(long.map(\.code) == ["control.exception.length"])
            let silent = await bureau.refused {
                try await bureau.store.write { tx in
                    try Organisation.except(
                        tx, area: Bureau.area, "accountant", "cashier", for: bureau.first, from: Bureau.today,
                        through: Bureau.today, on: bureau.ground(""))
                }
            }
            #expect(silent.map(\.code) == ["control.ground.reason"])
        }
    }

    @Test(
        "Substitutes: for somebody who holds the post, within the limit, never in a chain",
        arguments: StoreKind.allCases)
    func substitutes(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let post: PostCode = "enrolment.review"
            try await bureau.grant(post, to: bureau.first)
            func refused(_ absent: ID<StaffMember>, _ staff: ID<StaffMember>, days: Int = 5) async -> [String] {
                await bureau.refused { try await bureau.substitute(post, for: absent, by: staff, days: days) }
                    .map(\.code)
            }
            #expect(await refused(bureau.first, bureau.first) == ["control.substitute.self"])
            #expect(await refused(bureau.third, bureau.second) == ["control.substitute.notHeld"])
            #expect(await refused(bureau.first, bureau.second, days: 31) == ["control.substitute.length"])
            try await bureau.substitute(post, for: bureau.first, by: bureau.second, days: 30)
            #expect(await refused(bureau.second, bureau.third) == ["control.substitute.notHeld"])
            let held = try await bureau.store.read { tx in
                try Organisation.holders(tx, area: Bureau.area, of: post, at: Bureau.now)
            }
            #expect(held.map(\.staff) == [bureau.first, bureau.second])
            #expect(held.map(\.onBehalfOf) == [nil, bureau.first])
            #expect(try await bureau.holders(of: post, at: Moment(Bureau.today + 30, hour: 9)) == [bureau.first])
        }
    }

    @Test(
        "Renewals are added up: a year of stand-ins ends at the limit, whoever is absent", arguments: StoreKind.allCases
    )
    func renewals(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let (post, today): (PostCode, Day) = ("enrolment.review", Bureau.today)
            try await bureau.grant(post, to: bureau.first)
            try await bureau.grant(post, to: bureau.admin)
            func refused(_ absent: ID<StaffMember>, by staff: ID<StaffMember>, from first: Day, days: Int) async
                -> [String]
            {
                await bureau.refused {
                    try await bureau.substitute(post, for: absent, by: staff, from: first, days: days)
                }
                .map(\.code)
            }
            // Withdrawn the same day: one day of thirty counts.
            let brief = try await bureau.substitute(post, for: bureau.first, by: bureau.second, days: 30)
            try await bureau.withdraw(brief, at: Bureau.now + 60)
            #expect(await refused(bureau.first, by: bureau.second, from: today, days: 30) == [])
            // For two at once the days count once.
            #expect(await refused(bureau.admin, by: bureau.second, from: today, days: 30) == [])
            #expect(await refused(bureau.first, by: bureau.second, from: today + 40, days: 30) == [])
            #expect(
                await refused(bureau.admin, by: bureau.second, from: today + 80, days: 1) == [
                    "control.substitute.renewed"
                ])
            // Between two that are arranged already it is the same.
            #expect(
                await refused(bureau.first, by: bureau.second, from: today + 32, days: 1) == [
                    "control.substitute.renewed"
                ])
            // Somebody else may; and so may the same person when the year is over.
            #expect(await refused(bureau.first, by: bureau.third, from: today + 80, days: 30) == [])
            #expect(await refused(bureau.first, by: bureau.second, from: today + 366, days: 30) == [])
            #expect(try await bureau.verify() == [])
        }
    }

    @Test("Taking a post ends its rights at that second, and the substitute's with them", arguments: StoreKind.allCases)
    func withdrawal(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let grant = try await bureau.grant("enrolment.review", to: bureau.first)
            try await bureau.substitute("enrolment.review", for: bureau.first, by: bureau.second)
            let noon = Bureau.now + 3 * 3600
            try await bureau.withdraw(grant, at: noon)
            #expect(try await bureau.posts(of: bureau.first, at: noon + -1) == ["enrolment.review"])
            #expect(try await bureau.posts(of: bureau.first, at: noon) == [])
            #expect(try await bureau.posts(of: bureau.second, at: noon) == [])
            #expect(
                await bureau.refused { try await bureau.withdraw(grant, at: noon) }.map(\.code) == [
                    "control.grant.unknown"
                ])
            // What was incompatible is free again the same day.
            try await bureau.grant("enrolment.reception", to: bureau.first, at: noon)
            #expect(try await bureau.verify() == [])
        }
    }

    @Test("Who leaves holds nothing; who is locked out holds nothing for the time", arguments: StoreKind.allCases)
    func leaving(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let (store, first, second) = (bureau.store, bureau.first, bureau.second)
            try await bureau.grant("audit", to: first)
            try await bureau.grant("audit", to: second)
            try await bureau.substitute("audit", for: first, by: bureau.third)
            try await store.write { tx in
                try Staff.lock(tx, area: Bureau.area, staff: second, on: bureau.ground("停职检查"))
                try Staff.close(tx, area: Bureau.area, staff: first, on: bureau.ground("调离"))
            }
            #expect(try await bureau.holders(of: "audit") == [])
            try await store.write { tx in
                try Staff.unlock(tx, area: Bureau.area, staff: second, on: bureau.ground("复职"))
            }
            #expect(try await bureau.holders(of: "audit") == [second])
            let gone = await bureau.refused { try await bureau.grant("audit", to: first) }
            #expect(gone.map(\.code) == ["control.staff.closed"])
            #expect(try await bureau.verify() == [])
        }
    }

    @Test("Everything wrong with a grant is said at once", arguments: StoreKind.allCases)
    func refusedGrants(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            let problems = await bureau.refused {
                try await bureau.store.write { tx in
                    _ = try Organisation.grant(
                        tx, area: Bureau.area, "nobody", to: ID(404), from: Bureau.today - 1, on: bureau.ground(""))
                }
            }
            #expect(
                problems.map(\.code) == [
                    "control.ground.reason", "control.grant.post", "control.staff.unknown", "control.grant.past",
                ])
            let backwards = await bureau.refused {
                try await bureau.grant("office", to: bureau.first, through: Bureau.today - 1)
            }
            #expect(backwards.map(\.code) == ["control.grant.period"])
            try await bureau.grant("office", to: bureau.first)
            let twice = await bureau.refused { try await bureau.grant("office", to: bureau.first) }
            #expect(twice.map(\.code) == ["control.grant.held"])
        }
    }

    @Test("Two incompatible grants at the same moment: one of them is refused", arguments: StoreKind.allCases)
    func parallel(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            for staff in bureau.people {
                let granted = await withTaskGroup(of: Int.self) { group in
                    for post in ["accountant", "cashier"] as [PostCode] {
                        group.addTask {
                            await bureau.refused { try await bureau.grant(post, to: staff) }.isEmpty ? 1 : 0
                        }
                    }
                    return await group.reduce(0, +)
                }
                #expect(granted == 1)
            }
        }
    }

    @Test("Permissions are those of the posts of the moment", arguments: StoreKind.allCases)
    func permissions(_ kind: StoreKind) async throws {
        try await Bureau.open(kind) { bureau in
            func permissions(at moment: Moment) async throws -> Set<Permission> {
                try await bureau.store.read { tx in
                    try Organisation.permissions(tx, area: Bureau.area, of: bureau.first, at: moment)
                }
            }
            #expect(try await permissions(at: Bureau.now) == [])
            try await bureau.grant("security.audit", to: bureau.first, through: Bureau.today)
            #expect(try await permissions(at: Bureau.now) == [.overview, .events, .organisation, .risk])
            #expect(try await permissions(at: Moment(Bureau.today + 1)) == [])
        }
    }

    @Test("The three administrators hold each their own part")
    func threeAdministrators() throws {
        let plan = try Bureau.shipped()
        func opens(_ post: PostCode) -> Set<Permission> { plan.permissions(of: [post]) }
        #expect(opens("system").contains(.accounts) && !opens("system").contains(.events))
        #expect(!opens("security.admin").contains(.accounts) && !opens("security.admin").contains(.events))
        #expect(opens("security.audit").contains(.events) && !opens("security.audit").contains(.matters))
        for post in ["system", "security.admin", "security.audit"] as [PostCode] {
            #expect(opens(post).isDisjoint(with: [.people, .settlements, .fund, .contributions]), "\(post)")
        }
    }

    static let attacks: [(String, SQL)] = [
        ("post_grant", "UPDATE post_grant SET post = 'director'"),
        ("post_grant", "UPDATE post_grant SET last_day = NULL WHERE on_behalf_of IS NULL"),
        ("post_grant", "UPDATE post_grant SET matter = 7"),
        (
            "post_grant",
            """
            INSERT INTO post_grant (area, id, staff, post, first_day, reason, by_kind, by_number, happened_at)
            SELECT area, id + 1000, staff, 'cashier', first_day, 'x', 0, 0, happened_at FROM post_grant
            """
        ),
        ("post_withdrawal", "DELETE FROM post_withdrawal"),
        ("post_exception", "UPDATE post_exception SET last_day = last_day + 1"),
        ("plan_incompatible", "DELETE FROM plan_incompatible WHERE one = 'accountant'"),
        ("plan_post", "UPDATE plan_post SET permissions = permissions || ' events.read' WHERE code = 'system'"),
        ("plan_limit", "UPDATE plan_limit SET value = 9999"),
    ]

    @Test("A power written into the tables by hand is found", arguments: StoreKind.allCases)
    func tampering(_ kind: StoreKind) async throws {
        for (table, change) in PostTests.attacks {
            try await Bureau.open(kind) { bureau in
                try await bureau.grant("accountant", to: bureau.first, through: Bureau.today + 5)
                let second = try await bureau.grant("office", to: bureau.second)
                try await bureau.withdraw(second)
                try await bureau.except("accountant", "cashier", for: bureau.first, days: 3)
                #expect(try await bureau.verify() == [])
                try await Situation.tamper(bureau.store, [table], [change])
                #expect(!(try await bureau.verify()).isEmpty, "\(change)")
            }
        }
    }
}
