import Basics
@testable import Control
import Storage
import StoreKit
import Testing

@Suite("A job is frozen by its approval and carried out chunk by chunk")
struct JobTests {
    private func approved(_ office: Office) async throws -> ID<Matter> {
        let matter = try await office.open(Office.job)
        #expect(try await office.act(matter, .agree("同意"), by: "丙").state == .carrying)
        return matter
    }

    private func chunk(_ office: Office, _ matter: ID<Matter>) async throws -> JobProgress {
        try await office.store.write { [matters = office.matters] tx in
            try matters.carryChunk(tx, matter, at: Office.morning + 7200)
        }
    }

    private func run(_ office: Office) async throws -> [JobProgress] {
        try await office.matters.runJobs(office.store) { Office.morning + 7200 }
    }

    @Test("From approval to its end, with progress on the page", arguments: StoreKind.allCases)
    func whole(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await approved(office)
            #expect(try await office.entries(matter) == 0)
            #expect(try await chunk(office, matter).done == 10)
            var view = try await office.view(matter, for: "甲")
            #expect(view.progress?.done == 10 && view.progress?.total == 100 && view.state == .carrying)
            // Nobody can change it any more.
            #expect(try await office.refusal(matter, .withdraw("错了"), by: "甲") == ["matter.state"])
            #expect(try await office.refusal(matter, .agree(""), by: "丁") == ["matter.state"])
            let progress = try await run(office)
            #expect(progress.map(\.state) == [.carriedOut])
            view = try await office.view(matter, for: "甲")
            #expect(view.progress?.done == 100 && view.acts.last?.opinion == "已写入 100 行")
            #expect(view.subjects == [Carried.Subject(kind: "run", id: matter.raw)])
            #expect(try await office.entries(matter) == 100)
            #expect(try await run(office).isEmpty)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "Killed between two chunks and within one, it goes on where it stopped, and writes nothing twice",
        arguments: StoreKind.allCases)
    func killed(_ kind: StoreKind) async throws {
        struct PowerCut: Error {}
        try await Office.with(kind) { office in
            let matter = try await approved(office)
            _ = try await chunk(office, matter)
            _ = try await chunk(office, matter)
            // The process dies after the chunk has written and before the store has committed.
            await #expect(throws: PowerCut.self) {
                try await office.store.write { [matters = office.matters] tx in
                    _ = try matters.carryChunk(tx, matter, at: Office.morning + 7200)
                    throw PowerCut()
                }
            }
            #expect(try await office.entries(matter) == 20)
            #expect(try await run(office).map(\.state) == [.carriedOut])
            #expect(try await office.entries(matter) == 100)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Two servers at once carry each chunk out once", arguments: StoreKind.allCases)
    func twoServers(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await approved(office)
            async let one = run(office)
            async let other = run(office)
            _ = try await (one, other)
            #expect(try await office.state(matter) == .carriedOut)
            #expect(try await office.entries(matter) == 100)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("A chunk that fails stops the job with the reason; put right, it is resumed", arguments: StoreKind.allCases)
    func stopped(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await approved(office)
            try await office.store.write { tx in _ = try tx.execute("INSERT INTO stone (id) VALUES (30)") }
            let progress = try await run(office)
            #expect(progress.map(\.state) == [.stopped])
            #expect(progress.first?.problems.map(\.code) == ["test.stone"])
            #expect(try await office.entries(matter) == 30)
            #expect(try await run(office).isEmpty)
            #expect(try await office.refusal(matter, .resumeJob("已更正"), by: "丁") == ["matter.resume.notYours"])
            #expect(try await office.refusal(matter, .endJob("不办了"), by: "丁") == ["matter.resume.notYours"])
            for name in ["甲", "丙"] {
                #expect(try await office.view(matter, for: name).actions.isSuperset(of: [.resumeJob, .endJob]))
            }
            let other = try await office.view(matter, for: "丁")
            #expect(other.actions.isDisjoint(with: [.resumeJob, .endJob]) && other.refusal != nil)
            try await office.store.write { tx in _ = try tx.execute("DELETE FROM stone") }
            #expect(try await office.act(matter, .resumeJob("已更正"), by: "丙").state == .carrying)
            #expect(try await run(office).map(\.state) == [.carriedOut])
            #expect(try await office.entries(matter) == 100)
            #expect(try await office.verify().isEmpty)
        }
    }

    /// A job that stopped at the fourth chunk of ten, or at the first.
    private func stoppedJob(_ office: Office, at line: Int64 = 30) async throws -> ID<Matter> {
        let matter = try await approved(office)
        try await office.store.write { tx in _ = try tx.execute("INSERT INTO stone (id) VALUES (?)", .int(line)) }
        #expect(try await run(office).map(\.state) == [.stopped])
        return matter
    }

    @Test(
        "When the opener and the approver have left their posts, whoever holds them today resumes the job",
        arguments: StoreKind.allCases)
    func successors(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await stoppedJob(office)
            try await office.store.write { tx in _ = try tx.execute("DELETE FROM stone") }
            #expect(try await office.refusal(matter, .resumeJob("已更正"), by: "乙") == ["matter.resume.notYours"])
            try await office.take("reception", from: "甲")
            #expect(try await office.refusal(matter, .resumeJob("已更正"), by: "甲") == ["matter.resume.notYours"])
            #expect(try await office.refusal(matter, .resumeJob("已更正"), by: "丁") == ["matter.resume.notYours"])
            #expect(try await office.view(matter, for: "乙").actions.isSuperset(of: [.resumeJob, .endJob]))
            try await office.take("review", from: "丙")
            #expect(try await office.view(matter, for: "丁").actions.isSuperset(of: [.resumeJob, .endJob]))
            #expect(try await office.refusal(matter, .resumeJob("已更正"), by: "戊") == ["matter.resume.notYours"])
            #expect(try await office.act(matter, .resumeJob("原经办人已离岗,已更正"), by: "丁").state == .carrying)
            #expect(try await run(office).map(\.state) == [.carriedOut])
            #expect(try await office.entries(matter) == 100)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "A job that is not to go on is ended with a reason: what was done stays, and the record says how much",
        arguments: StoreKind.allCases)
    func ended(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await stoppedJob(office)
            #expect(try await office.refusal(matter, .endJob(" "), by: "丙") == ["matter.reason.missing"])
            // One asks, another confirms: neither the opener nor the approver ends it alone.
            #expect(try await office.act(matter, .endJob("名单有误"), by: "甲").state == .stopped)
            #expect(try await office.refusal(matter, .endJob("名单有误"), by: "甲") == ["matter.endJob.alone"])
            #expect(try await !office.view(matter, for: "甲").actions.contains(.endJob))
            #expect(try await office.view(matter, for: "丙").endingAsker == "甲")
            #expect(try await office.act(matter, .endJob("名单作废"), by: "丙").state == .terminated)
            let view = try await office.view(matter, for: "甲")
            #expect(view.acts.last?.kind == .terminated && view.acts.last?.name == "丙" && view.endingAsker == nil)
            #expect(view.acts.last?.opinion == "名单作废(已办 30 / 100 项,办成的保留,其余不再办理)")
            #expect(view.endedAt != nil && view.progress?.done == 30)
            #expect(view.actions.isDisjoint(with: [.resumeJob, .endJob]))
            #expect(try await office.entries(matter) == 30)
            #expect(try await run(office).isEmpty)
            for verb in [MatterVerb.resumeJob("再办"), .endJob("再终止"), .withdraw("撤回")] {
                #expect(try await office.refusal(matter, verb, by: "甲") == ["matter.state"])
            }
            let events = try await office.store.read { tx in
                try tx.first("SELECT count(*) FROM matter_act WHERE matter = ? AND kind = 26", Value(matter)) {
                    try $0.int(0)
                }
            }
            #expect(events == 1)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Asked to be ended and resumed instead, it has to be asked anew", arguments: StoreKind.allCases)
    func askedAndResumed(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await stoppedJob(office)
            try await office.act(matter, .endJob("名单作废"), by: "丙")
            try await office.act(matter, .resumeJob("再试一次"), by: "丙")
            #expect(try await run(office).map(\.state) == [.stopped])
            #expect(try await office.view(matter, for: "甲").endingAsker == nil)
            #expect(try await office.act(matter, .endJob("名单作废"), by: "甲").state == .stopped)
            // Who asked has left: whoever holds the post today asks anew, and confirms nothing.
            try await office.take("reception", from: "甲")
            #expect(try await office.act(matter, .endJob("名单作废"), by: "乙").state == .stopped)
            #expect(try await office.act(matter, .endJob("同意终止"), by: "丙").state == .terminated)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "What was ended half-way counts among what was carried out, and can be drawn for inspection",
        arguments: StoreKind.allCases)
    func endedCounts(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await stoppedJob(office)
            try await office.act(matter, .endJob("名单作废"), by: "甲")
            try await office.act(matter, .endJob("同意终止"), by: "丙")
            let today = Office.today
            try await office.store.write { tx in
                for figure in [MatterFigure.carriedOut, .terminated, .failed] {
                    let behind = try Matters.behind(
                        tx, area: Office.area, figure, from: today, through: today, today: today)
                    #expect(behind.map(\.matter) == [matter], "\(figure)")
                }
                let unreviewed = try Matters.count(
                    tx, area: Office.area, .unreviewed, from: today, through: today, today: today)
                #expect(unreviewed == 0)
                let drawn = try Sampling.draw(
                    tx, area: Office.area, from: today, through: today, percent: 100, seed: 1,
                    on: Office.ground(Office.morning + 20_000))
                #expect(drawn.frameCount == 1)
                let samples = try Sampling.drawn(tx, area: Office.area, from: today, through: today)
                #expect(samples.map(\.matter) == [matter])
                #expect(try Sampling.verify(tx, area: Office.area).isEmpty)
            }
        }
    }

    @Test("A job ended by one hand alone is found in the rows", arguments: StoreKind.allCases)
    func endedBehindTheEngine(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await stoppedJob(office)
            try await office.act(matter, .endJob("名单作废"), by: "甲")
            try await office.act(matter, .resumeJob("再试"), by: "甲")
            #expect(try await run(office).map(\.state) == [.stopped])
            try await office.act(matter, .endJob("名单作废"), by: "甲")
            try await office.act(matter, .endJob("同意终止"), by: "丙")
            let approver = office.id("丙")
            try await office.store.write { tx in
                switch tx.dialect {
                case .sqlite: try tx.execute("DROP TRIGGER matter_act_refuses_update")
                case .postgres: try tx.execute("ALTER TABLE matter_act DISABLE TRIGGER USER")
                }
                try tx.execute(
                    "UPDATE matter_act SET actor = ? WHERE matter = ? AND kind = 28 AND seq = (SELECT max(seq) FROM matter_act WHERE kind = 28)",
                    Value(approver), Value(matter))
            }
            #expect(try await office.verify().map(\.code).contains("matter.verify.endedAlone"))
        }
    }

    @Test("A job whose first part failed is ended with nothing done", arguments: StoreKind.allCases)
    func endedUnbegun(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await stoppedJob(office, at: 0)
            #expect(try await office.act(matter, .endJob("名单有误"), by: "丙").state == .stopped)
            #expect(try await office.act(matter, .endJob("名单有误,重新报送"), by: "甲").state == .terminated)
            #expect(
                try await office.view(matter, for: "甲").acts.last?.opinion == "名单有误,重新报送(终止时一项也没有办成)")
            #expect(try await office.entries(matter) == 0)
            #expect(try await office.verify().isEmpty)
        }
    }
}
