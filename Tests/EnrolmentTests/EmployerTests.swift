import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@Suite("单位登记、变更、合并与注销")
struct EmployerTests {
    static func enrol(_ store: any Store, _ employer: ID<Employer>, _ sequence: Int) async throws -> ID<Person> {
        let id = try await PeopleTests.register(
            store, try PeopleTests.person("示范员工\(sequence)", "198505\(10 + sequence)", 1))
        let opening = SpellOpening(category: .employed, employer: employer, from: Given.day("2025-03-01"))
        _ = try await store.write { try Enrolment.open($0, opening, for: id, by: Given.acts("增员")) }
        return id
    }

    @Test("登记:同一信用代码不能登记两次;分支机构要有上级;问题一次说全", arguments: StoreKind.allCases)
    func registration(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            _ = try await SpellTests.employer(store, 1, "示范甲公司")
            func register(_ particulars: EmployerParticulars) async throws {
                try await store.write {
                    _ = try Enrolment.register(
                        $0, particulars, from: Given.day("2026-01-01"), by: Given.acts("参保登记"))
                }
            }
            var wrong = EmployerParticulars(
                creditCode: CreditCodes.code(1), name: "", management: .branch, phone: "abc", bankAccount: "62x")
            let codes = try await refusals { try await register(wrong) }
            #expect(
                codes == [
                    "enrolment.employer.name", "enrolment.employer.parent", "enrolment.employer.phone",
                    "enrolment.employer.bankAccount", "enrolment.employer.exists",
                ])
            wrong = EmployerParticulars(
                creditCode: CreditCodes.code(2), name: "示范分公司", management: .branch, parent: ID(999_999))
            #expect(try await refusals { try await register(wrong) } == ["enrolment.employer.parent"])
        }
    }

    @Test("变更留下每一版;暂停缴费的单位不能增员,恢复后可以", arguments: StoreKind.allCases)
    func changes(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let id = try await SpellTests.employer(store, 1, "示范甲公司")
            try await store.write { tx in
                var particulars = try Enrolment.particulars(tx, area: Given.area, of: id)
                particulars.name = "示范甲集团"
                particulars.management = .hardship
                particulars.address = "示范市一号路 1 号"
                try Enrolment.change(tx, id, to: particulars, on: Given.day("2026-02-01"), by: Given.acts("更名"))
                try Enrolment.setPaying(tx, id, false, on: Given.day("2026-02-01"), by: Given.acts("停产"))
            }
            #expect(try await refusals { _ = try await Self.enrol(store, id, 1) } == ["enrolment.employer.suspended"])
            try await store.write {
                try Enrolment.setPaying($0, id, true, on: Given.day("2026-02-15"), by: Given.acts("复产"))
            }
            #expect(
                try await refusals {
                    try await store.write {
                        try Enrolment.setPaying($0, id, true, on: Given.day("2026-02-16"), by: Given.acts("复产"))
                    }
                } == ["enrolment.employer.notSuspended"])
            let (acts, now, found) = try await store.read { tx in
                (
                    try Enrolment.acts(tx, area: Given.area, ofEmployer: id),
                    try Enrolment.employer(tx, area: Given.area, id),
                    try Enrolment.employers(tx, area: Given.area, EmployerFilter(text: "示范甲集", management: .hardship))
                )
            }
            #expect(acts.map(\.kind) == [.registered, .changed, .suspended, .resumed])
            #expect(acts.map(\.particulars.name) == ["示范甲公司", "示范甲集团", "示范甲集团", "示范甲集团"])
            #expect(acts[1].trace.ground == "更名")
            #expect((now?.name, now?.state, found.map(\.id)) == ("示范甲集团", .paying, [id]))
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("欠费不能注销,说出数目;注销停保全体人员;有分支机构的先办分支", arguments: StoreKind.allCases)
    func closing(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let id = try await SpellTests.employer(store, 1, "示范甲公司")
            let branch = EmployerParticulars(
                creditCode: CreditCodes.code(2), name: "示范甲分公司", management: .branch, parent: id)
            let branchID = try await store.write {
                try Enrolment.register($0, branch, from: Given.day("2025-01-01"), by: Given.acts("登记"))
            }
            let person = try await Self.enrol(store, id, 1)
            func close(_ id: ID<Employer>, owed: Money) async throws {
                try await store.write {
                    _ = try Enrolment.close($0, id, on: Given.day("2026-02-28"), owed: owed, by: Given.acts("注销"))
                }
            }
            let refused = await #expect(throws: Problems.self) { try await close(id, owed: Money(fen: 123_456)) }
            #expect(refused?.all.map(\.code) == ["enrolment.employer.owes", "enrolment.employer.branches"])
            #expect(refused?.all.first?.message.contains("1234.56") == true)
            try await close(branchID, owed: .zero)
            try await close(id, owed: .zero)
            let spell = try await SpellTests.spells(store, person)[0]
            #expect(spell.period.last == Given.day("2026-02-28"))
            #expect(spell.acts.last?.reason == .employerClosed)
            #expect(try await refusals { try await close(id, owed: .zero) } == ["enrolment.employer.closed"])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("登记日期不能在将来或建制以前;办理日期不能早于上一次,也不能到后年", arguments: StoreKind.allCases)
    func days(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let particulars = EmployerParticulars(creditCode: CreditCodes.code(1), name: "示范甲公司")
            for (day, codes) in [
                ("2099-01-01", ["enrolment.day.bounds"]), ("0001-01-01", ["enrolment.day.bounds"]),
                ("2026-03-02", ["enrolment.day.bounds"]), ("1951-03-01", []), ("2026-03-01", []),
            ] {
                let found = try await store.read {
                    try Enrolment.objections(
                        $0, area: Given.area, registering: particulars, from: Given.day(day), today: Given.at.day)
                }
                #expect(found.map(\.code) == codes, "\(day)")
            }
            let id = try await SpellTests.employer(store, 1, "示范甲公司")
            for (kind, day, codes) in [
                (EmployerActKind.closed, "2024-12-31", ["enrolment.employer.order"]),
                (.suspended, "2024-12-31", ["enrolment.employer.order"]),
                (.suspended, "2027-01-02", ["enrolment.day.bounds"]), (.suspended, "2027-01-01", []),
                (.resumed, "2026-03-01", ["enrolment.employer.notSuspended"]),
            ] {
                let found = try await store.read {
                    try Enrolment.objections(
                        $0, area: Given.area, doing: kind, to: id, on: Given.day(day), today: Given.at.day)
                }
                #expect(found.map(\.code) == codes, "\(kind.name) \(day)")
            }
        }
    }

    @Test("注销的单位重新开业:恢复缴费后照常增员;并入别家的不能恢复", arguments: StoreKind.allCases)
    func reopened(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let id = try await SpellTests.employer(store, 1, "示范甲公司")
            _ = try await Self.enrol(store, id, 1)
            try await store.write {
                _ = try Enrolment.close($0, id, on: Given.day("2026-01-31"), owed: .zero, by: Given.acts("注销"))
            }
            #expect(try await refusals { _ = try await Self.enrol(store, id, 2) } == ["enrolment.employer.closed"])
            let again = try await store.read {
                try Enrolment.objections(
                    $0, area: Given.area,
                    registering: EmployerParticulars(creditCode: CreditCodes.code(1), name: "示范甲公司"),
                    from: Given.day("2026-02-01"), today: Given.at.day)
            }
            #expect(again.map(\.code) == ["enrolment.employer.exists"] && again[0].message.contains("恢复缴费"))
            func resume(_ id: ID<Employer>) async throws {
                try await store.write {
                    try Enrolment.setPaying($0, id, true, on: Given.day("2026-02-01"), by: Given.acts("重新开业"))
                }
            }
            try await resume(id)
            let person = try await Self.enrol(store, id, 3)
            #expect(try await SpellTests.spells(store, person).map(\.employer) == [id])

            let merged = try await SpellTests.employer(store, 2, "示范乙公司")
            try await store.write {
                _ = try Enrolment.merge($0, merged, into: id, from: Given.day("2026-02-10"), by: Given.acts("吸收合并"))
            }
            #expect(try await refusals { try await resume(merged) } == ["enrolment.employer.merged"])
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("连着合并:存续单位一查到底,被并的一家不漏", arguments: StoreKind.allCases)
    func heirs(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            var all: [ID<Employer>] = []
            for number in 1...4 { all.append(try await SpellTests.employer(store, number, "示范\(number)公司")) }
            let employers = all
            for (from, into) in [(0, 1), (2, 1), (1, 3)] {
                try await store.write {
                    _ = try Enrolment.merge(
                        $0, employers[from], into: employers[into], from: Given.day("2026-02-01"),
                        by: Given.acts("吸收合并"))
                }
            }
            let (heirs, absorbed, none) = try await store.read { tx in
                (
                    try employers.map { try Enrolment.heir(tx, area: Given.area, of: $0) },
                    try Enrolment.absorbed(tx, area: Given.area, by: employers[3]),
                    try Enrolment.absorbed(tx, area: Given.area, by: employers[0])
                )
            }
            #expect(heirs == Array(repeating: employers[3], count: 4))
            #expect(absorbed == [employers[1], employers[0], employers[2]] && none.isEmpty)
        }
    }

    @Test("单位合并:人员无间断转入,分支随之,原单位的办理记录和承继单位都在", arguments: StoreKind.allCases)
    func merging(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let old = try await SpellTests.employer(store, 1, "示范甲公司")
            let kept = try await SpellTests.employer(store, 2, "示范乙公司")
            let people = [try await Self.enrol(store, old, 1), try await Self.enrol(store, old, 2)]
            let moved = try await store.write {
                try Enrolment.merge($0, old, into: kept, from: Given.day("2026-01-01"), by: Given.acts("吸收合并"))
            }
            #expect(moved == 2)
            for person in people {
                let spells = try await SpellTests.spells(store, person)
                #expect(spells.map(\.employer) == [old, kept])
                #expect(spells.map(\.period.description) == ["2025-03-01…2025-12-31", "2026-01-01…"])
            }
            let merged = try await store.read { try Enrolment.employer($0, area: Given.area, old) }
            #expect((merged?.state, merged?.successor) == (.closed, kept))
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
            try await store.write { tx in
                try tx.execute(
                    "UPDATE employer SET name = '示范丙公司' WHERE area = ? AND id = ?", Value(Given.area), Value(kept))
            }
            #expect(
                try await store.read { try Enrolment.verify($0, area: Given.area) }.map(\.code) == [
                    "enrolment.employer.differs"
                ])
        }
    }
}
