import Basics
@testable import Control
import Storage
import StoreKit
import Testing

@Suite("Work lists hold what a person has to do, has done, has opened")
struct WorkListTests {
    @Test("Each list has its matters, in its order, page by page", arguments: StoreKind.allCases)
    func lists(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            var matters: [ID<Matter>] = []
            // Opened on seven days, latest first, so that the list must put them in order of urgency.
            for day in (0..<7).reversed() {
                matters.append(
                    try await office.open(Office.simple, "第 \(day) 天", at: Office.morning + Int64(day) * 86_400))
            }
            let later = Office.morning + 20 * 86_400
            let (reviewer, opener) = (office.id("丙"), office.id("甲"))
            let pages = try await office.store.read { [engine = office.matters] tx in
                var pages: [[WorkItem]] = []
                var place: WorkPlace?
                repeat {
                    pages.append(try engine.todo(tx, of: reviewer, at: later, after: place, limit: 3))
                    place = pages.last?.last?.place
                } while pages.last?.isEmpty == false
                return pages
            }
            #expect(pages.map(\.count) == [3, 3, 1, 0])
            #expect(pages.flatMap { $0 }.map(\.due) == pages.flatMap { $0 }.map(\.due).sorted())
            #expect(pages[0][0].title == "第 0 天" && pages[0][0].step == "复核" && pages[0][0].isOverdue(on: later.day))

            let second = Office.morning + 4 * 86_400
            let overdue = try await office.store.read { [engine = office.matters] tx in
                try engine.overdue(tx, of: reviewer, at: second).map(\.title)
            }
            #expect(overdue == ["第 0 天"])

            try await office.act(matters[0], .agree(""), by: "丙", at: later)
            try await office.act(matters[3], .agree(""), by: "丙", at: later + 60)
            let (done, opened) = try await office.store.read { [engine = office.matters] tx in
                (
                    try engine.done(tx, of: reviewer).map(\.matter),
                    try engine.opened(tx, by: opener, limit: 4).map(\.matter)
                )
            }
            #expect(done == [matters[3], matters[0]])
            #expect(opened == matters.suffix(4).reversed())
            #expect(try await office.todo("丙", at: later).count == 5)
            #expect(try await office.todo("庚", at: later).isEmpty)
            // The figures on the tabs: of the post, of whom one stands in for, of nobody's.
            try await office.substitute("review", for: "丁", by: "庚")
            try await office.act(matters[1], .handOver(to: office.id("丁"), reason: "忙"), by: "丙", at: later)
            let standIn = office.id("庚")
            let counts = try await office.store.read { [engine = office.matters] tx in
                try [reviewer, standIn, opener].map { try engine.waitingCount(tx, of: $0, at: second) }
                    + [engine.waitingCount(tx, of: standIn, at: second, isOverdue: true)]
            }
            #expect(counts == [4, 5, 0, 1])
            #expect(try await office.todo("庚", at: second).count == 5)
        }
    }

    @Test("A substitute sees the work of the post and that of the person", arguments: StoreKind.allCases)
    func substitute(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let pool = try await office.open()
            let own = try await office.open()
            try await office.act(own, .handOver(to: office.id("丁"), reason: "忙"), by: "丙")
            try await office.substitute("review", for: "丁", by: "庚")
            #expect(Set(try await office.todo("庚")) == [pool, own])
            #expect(try await office.todo("丙") == [pool])
            #expect(try await office.act(own, .agree("代办"), by: "庚").isCarriedOut)
        }
    }

    @Test("Many chosen, one act: each on record, and the refused hold up nobody", arguments: StoreKind.allCases)
    func batch(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let good = try await office.open()
            let failing = try await office.open(Office.simple, "失败")
            let changed = try await office.open()
            let large = try await office.open(amount: "200000")
            var chosen: [(matter: ID<Matter>, seen: Int64)] = []
            for matter in [good, failing, changed, large, ID(999)] {
                chosen.append((matter, matter == ID(999) ? 1 : try await office.file(matter).status.version))
            }
            try await office.act(changed, .handOver(to: office.id("丁"), reason: "忙"), by: "丙")
            let reviewer = office.id("丙")
            let answers = try await office.matters.batch(
                office.store, chosen, .agree("同意"), by: reviewer, at: Office.morning + 3600)
            #expect(answers.map(\.outcome?.state) == [.carriedOut, .underWay, nil, .underWay, nil])
            #expect(
                answers.map { $0.problems.map(\.code) }
                    == [[], ["test.effect"], ["matter.version"], [], ["matter.unknown"]])
            #expect(try await office.file(good).acts.last { $0.kind == .agreed }?.staff == reviewer)
            let many = Array(repeating: (matter: good, seen: Int64(1)), count: Matters.batchMax + 1)
            let refused = try await Office.codes {
                _ = try await office.matters.batch(office.store, many, .agree(""), by: reviewer, at: Office.morning)
            }
            #expect(refused == ["matter.batch.large"])
            #expect(try await office.verify().isEmpty)
        }
    }

    /// SQLite's plans alone: PostgreSQL chooses its plan by counted rows, and scans the few of a test.
    @Test("Each list takes its page along an index of its own")
    func plans() async throws {
        try await withSQLiteStore(Office.migrations) { store in
            let plans: [(SQL, [Value], String)] = [
                (WorkQuery.own, [1, 1, 0, 0, 9, 1, 1, 50], "matter_task_assigned"),
                (WorkQuery.pool, [1, "review", 0, 0, 9, 1, 1, 50], "matter_task_pool"),
                (WorkQuery.done, [1, 1, 0, 0, 50], "matter_task_done"),
                (WorkQuery.opened, [1, 1, 0, 50], "matter_by_opener"),
            ]
            for (query, arguments, index) in plans {
                let plan = try await store.read { tx in
                    try tx.rows(SQL("EXPLAIN QUERY PLAN \(query)"), arguments) { try $0.text(3) }
                }
                #expect(plan.contains { $0.contains("USING INDEX \(index)") }, "\(plan)")
                #expect(!plan.contains { $0.contains("SCAN") && !$0.contains("SCAN t") }, "\(plan)")
            }
        }
    }

    @Test("The page says where the matter stands and what its reader may do", arguments: StoreKind.allCases)
    func view(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(amount: "1234567.5")
            var view = try await office.view(matter, for: "丙")
            #expect(view.drawing.map(\.name) == ["受理", "复核", "审批"])
            #expect(view.drawing.map(\.standing) == [.done, .current, .toCome])
            #expect(view.drawing[0].people == ["甲"] && view.drawing[1].due == Day("2026-03-05"))
            #expect(
                view.actions == [
                    .agree, .disagree, .askForPapers, .giveBack, .addSigners, .handOver, .delegate, .copy, .remind,
                ])
            #expect(view.form.first { $0.name == "amount" }?.shown == "1,234,567.50")
            #expect(view.acts.map(\.kind) == [.opened, .accepted] && view.acts[0].post == "受理岗")
            view = try await office.view(matter, for: "甲")
            #expect(view.actions == [.copy, .remind, .withdraw] && view.refusal?.contains("同一办件") == true)
            try await office.act(matter, .agree("属实"), by: "丙")
            try await office.act(matter, .agree("同意"), by: "戊")
            view = try await office.view(matter, for: "戊")
            #expect(view.drawing.map(\.standing) == [.done, .done, .done] && view.prints.map(\.code) == ["receipt"])
            #expect(view.acts.map(\.name) == ["甲", "甲", "丙", "戊", "系统"])
        }
    }
}
