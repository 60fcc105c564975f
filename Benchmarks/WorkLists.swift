import Basics
import Control
import Foundation
import Policy
import Storage

/// Work lists over millions of steps: what a person waits for when they open 待办, 已办, 我发起的 or 超时.
///
/// Three steps a matter; one matter in thirty is open, half of those late, a third of these in somebody's own hands and
/// the others on their post's list: some ten thousand open steps for each million.
struct WorkLists {
    let steps: Int
    let area = AreaCode(990100)
    let today = Day("2026-03-02")!
    var matters: Int { steps / 3 }

    /// The posts of the first, second and third step.
    private static let routes: [[PostCode]] = [
        ["enrolment.reception", "enrolment.review", "enrolment.chief"],
        ["contributions.base", "contributions.review", "contributions.chief"],
        ["settlement.reception", "settlement.review", "deputy"],
        ["accounts.reception", "accounts.review", "contributions.chief"],
        ["portability.reception", "portability.review", "deputy"],
    ]
    private static let holders = 40

    static func measure(_ report: inout Report, folder: URL, steps: Int) async throws {
        let lists = WorkLists(steps: steps)
        let sqlite = try SQLiteStore.open(folder.appendingPathComponent("work-lists.sqlite").path)
        try await lists.measure(&report, "SQLite", sqlite)
        guard let cluster = ProcessInfo.processInfo.environment["YIBAO_TEST_POSTGRES"] else {
            report.add("work lists on PostgreSQL", "not measured: run beside scripts/with-postgres")
            return
        }
        try await PostgresStore.createDatabase("lists", on: cluster)
        try await lists.measure(&report, "PostgreSQL", try await PostgresStore.open(cluster + " dbname=lists"))
        try await PostgresStore.dropDatabase("lists", on: cluster)
    }

    private func measure(_ report: inout Report, _ name: String, _ store: any Store) async throws {
        try await store.migrate(ControlSchema.migrations + MatterSchema.migrations)
        let staff = try await people(store)
        let took = try await seconds { try await fill(store, staff) }
        report.add("\(matters * 3) steps laid down, \(name)", "\(Int(took)) s")
        let engine = Matters(area: area, catalogue: MatterCatalogue([]), calendar: try calendar())
        for list in List.allCases {
            let times = try await times(store, engine, staff.flatMap { $0 }.flatMap { $0 }, list)
            let p99 = times[times.count * 99 / 100]
            report.add(
                "  \(list.rawValue), \(name): p50, p99, worst of \(times.count)",
                "\(milli(times[times.count / 2])), \(milli(p99)), \(milli(times.last!)) ms", bound: "p99 < 10 ms",
                holds: p99 < 0.010)
        }
        try await store.close()
    }

    private func milli(_ seconds: Double) -> String { String(format: "%.2f", seconds * 1000) }

    private func calendar() throws -> WorkCalendar {
        try WorkCalendar(csv: "day,kind,name,basis\n2026-01-01,off,元旦,测速\n", file: "calendar.csv")
    }

    // MARK: People

    /// By route and step, who holds the post.
    private func people(_ store: any Store) async throws -> [[[ID<StaffMember>]]] {
        let plan = try OrganisationPlan.load(folder: "knowledge/control")
        let ground = Ground("测速", by: .system, at: Moment(today))
        return try await store.write { tx in
            try Organisation.establish(tx, area: area, plan, on: ground)
            var known: [PostCode: [ID<StaffMember>]] = [:]
            for (index, post) in Set(WorkLists.routes.flatMap { $0 }).sorted().enumerated() {
                known[post] = try (0..<WorkLists.holders).map { number in
                    let id = try Staff.open(
                        tx, area: area, login: "s\(index)-\(number)", displayName: "演示\(index)-\(number)", on: ground)
                    try Organisation.grant(tx, area: area, post, to: id, from: today, on: ground)
                    return id
                }
            }
            return WorkLists.routes.map { $0.map { known[$0]! } }
        }
    }

    // MARK: Rows

    private func fill(_ store: any Store, _ staff: [[[ID<StaffMember>]]]) async throws {
        let chunk = 20_000
        for first in stride(from: 0, to: matters, by: chunk) {
            let numbers = first..<min(first + chunk, matters)
            try await store.write { tx in
                var rows = Rows()
                for number in numbers { add(number, staff, to: &rows) }
                try rows.write(tx)
            }
        }
        if store.dialect == .postgres { try await store.write { tx in try tx.run(script: "ANALYZE") } }
    }

    private struct Rows {
        var matters: [[Value]] = []
        var acts: [[Value]] = []
        var status: [[Value]] = []
        var tasks: [[Value]] = []

        func write(_ tx: any Transaction) throws {
            try tx.insert(into: "matter", columns: ["area", "id", "kind", "opener", "opened_at"], rows: matters)
            try tx.insert(
                into: "matter_act",
                columns: [
                    "area", "matter", "seq", "kind", "position", "task", "actor_kind", "actor", "post", "form_version",
                    "opinion", "happened_at",
                ], rows: acts)
            try tx.insert(
                into: "matter_status",
                columns: [
                    "area", "matter", "state", "position", "round", "last_seq", "version", "form_version", "title",
                    "ended_at",
                ], rows: status)
            try tx.insert(
                into: "matter_task",
                columns: [
                    "area", "id", "matter", "kind", "position", "round", "step", "purpose", "status", "post",
                    "assignee", "begun_day", "due_day", "reminders", "vote", "closed_by", "closed_at",
                ], rows: tasks)
        }
    }

    /// One matter with three steps, the last of them open in one of thirty.
    private func add(_ number: Int, _ staff: [[[ID<StaffMember>]]], to rows: inout Rows) {
        let route = number % WorkLists.routes.count
        // A fixed mixing of the number, so that every run lays down the same county.
        let mixed = Int(truncatingIfNeeded: (UInt64(number) &* 0x9E37_79B9_7F4A_7C15) >> 33)
        let isOpen = mixed % 30 == 0
        let age = isOpen ? mixed / 30 % 12 : number * 1500 / matters
        let begun = today - (isOpen ? age : 1500 - age + 12)
        let matter = Value.int(Int64(number + 1))
        let at = Moment(begun, hour: 9)
        func person(_ step: Int) -> ID<StaffMember> {
            let holders = staff[route][step]
            return holders[(mixed / 1080 + step * 7) % holders.count]
        }
        rows.matters.append([Value(area), matter, "bench.matter", Value(person(0)), Value(at)])
        for step in 0..<3 {
            let waits = isOpen && step == 2
            let task = Int64(number * 3 + step + 1)
            let post = Value.text(WorkLists.routes[route][step].text)
            let actor = Value(person(step))
            let position = Value.int(Int64(step + 1) * 100)
            let closed = Value(at + Int64(step * 86_400 + mixed % 20_000))
            let own = waits && mixed / 360 % 3 == 0
            rows.tasks.append([
                Value(area), .int(task), matter, "bench.matter", position, 1, "环节", 1, waits ? 1 : 2, post,
                waits && !own ? nil : actor, Value(begun), Value(begun + 3 + step), 0, waits ? nil : 1,
                waits ? nil : actor, waits ? nil : closed,
            ])
            if waits { continue }
            rows.acts.append([
                Value(area), matter, .int(Int64(step + 1)), step == 0 ? 3 : 6, position, .int(task), 1, actor, post, 1,
                "同意", closed,
            ])
        }
        rows.status.append([
            Value(area), matter, isOpen ? 2 : 6, 300, 1, isOpen ? 2 : 3, isOpen ? 2 : 3, 1, .text("示例 \(number)"),
            isOpen ? nil : Value(at + 200_000),
        ])
    }

    // MARK: Asking

    private enum List: String, CaseIterable {
        case todo = "待办"
        case overdue = "超时"
        case done = "已办"
        case opened = "我发起的"
    }

    /// Sorted times of opening a list of fifty lines, by people drawn with a fixed seed; every other one some pages down.
    private func times(
        _ store: any Store, _ engine: Matters, _ staff: [ID<StaffMember>], _ list: List
    ) async throws -> [Double] {
        var random = SeededRandom(seed: 1)
        var times: [Double] = []
        for number in 0..<2_000 {
            let person = staff[Int(random.next() % UInt64(staff.count))]
            let deep = number % 2 == 1
            let offset = Int64(random.next() % 1000)
            let at = Moment(today, hour: 10)
            times.append(
                try await seconds {
                    _ = try await store.read { tx -> Int in
                        switch list {
                        case .todo, .overdue:
                            let place = deep ? WorkPlace(order: Int64(today.number) - offset % 8, id: 0) : nil
                            return try list == .todo
                                ? engine.todo(tx, of: person, at: at, after: place).count
                                : engine.overdue(tx, of: person, at: at, after: place).count
                        case .done:
                            let place = deep ? WorkPlace(order: Moment(today - Int(offset)).seconds, id: 0) : nil
                            return try engine.done(tx, of: person, before: place).count
                        case .opened:
                            let before = deep ? ID<Matter>(Int64(matters) * offset / 1000) : nil
                            return try engine.opened(tx, by: person, before: before).count
                        }
                    }
                })
        }
        return times.sorted()
    }
}
