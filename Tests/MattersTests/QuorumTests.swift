import Basics
@testable import Control
import Storage
import StoreKit
import Testing

/// A co-signed step of a post between steps of one person: 受理 → 合议 (all) → 科长.
@Suite("What several decide is never one person's, and never a dead end")
struct QuorumTests {
    @Test(
        "Two thirds are two thirds",
        arguments: [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (8, 6), (9, 6)])
    func twoThirds(_ signers: Int, _ needed: Int) {
        #expect(Signing.twoThirds.needed(of: signers) == needed)
    }

    @Test("Whoever a later step cannot do without is not asked to sign", arguments: StoreKind.allCases)
    func indispensable(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            // 戊, the only chief, is of the committee too.
            try await office.grant("committee", to: "戊")
            let matter = try await office.open(Office.between)
            #expect(try await office.todo("戊").isEmpty)
            for member in ["一", "二", "三", "四", "五"] { try await office.act(matter, .agree("同意"), by: member) }
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("A committee of one decides nothing: it is not opened, and not finished", arguments: StoreKind.allCases)
    func alone(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.between)
            for member in ["二", "三", "四", "五"] { try await office.take("committee", from: member) }
            let late = Office.morning + 3600
            #expect(
                try await Office.codes { try await office.open(Office.between, at: late) }
                    == ["matter.obstacle.quorum"])
            #expect(try await office.refusal(matter, .agree("同意"), by: "一") == ["matter.joint.quorum"])
            #expect(try await office.entries(matter) == 0)
            // Whoever joins the committee is asked in the place of those who left.
            try await office.grant("committee", to: "庚")
            #expect(try await office.act(matter, .agree("同意"), by: "一").state == .underWay)
            #expect(try await office.act(matter, .agree("同意"), by: "庚").state == .underWay)
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "What the committee has signed and cannot be carried out goes back to one person, with every voice on record",
        arguments: StoreKind.allCases)
    func handedBack(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.hold(10)
            let matter = try await office.open(Office.between)
            for member in ["一", "二", "三", "四"] { try await office.act(matter, .agree("同意"), by: member) }
            try await office.hold(-1)
            let outcome = try await office.act(matter, .agree("同意"), by: "五")
            #expect(outcome.problems.map(\.code) == ["test.overdrawn"] && outcome.state == .draft)
            let acts = try await office.file(matter).acts
            #expect(acts.count { $0.kind == .agreed } == 5)
            #expect(acts.last { $0.kind == .returned }?.opinion.contains("账户透支") == true)
            #expect(try await office.todo("甲") == [matter])
            try await office.hold(10)
            try await office.act(matter, .accept("已补足"), by: "甲")
            for member in ["一", "二", "三", "四", "五"] { try await office.act(matter, .agree("同意"), by: member) }
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("A last step of several whose effect fails keeps its voices and goes back", arguments: StoreKind.allCases)
    func effectFails(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.joint, "失败")
            for member in ["一", "二", "三"] { try await office.act(matter, .agree("同意"), by: member) }
            let outcome = try await office.act(matter, .agree("同意"), by: "四")
            #expect(outcome.problems.map(\.code) == ["test.effect"] && outcome.state == .draft)
            #expect(try await office.entries(matter) == 0)
            #expect(try await office.file(matter).acts.count { $0.kind == .agreed } == 4)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("A level that nobody could take is said before the step agrees to it", arguments: StoreKind.allCases)
    func raisedWithoutPeople(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.hold(10)
            let matter = try await office.open(Office.recorded)
            let supplied = try await office.open(Office.recorded, "另一件")
            try await office.act(supplied, .askForPapers("请补证明"), by: "丁")
            try await office.take("chief", from: "戊")
            try await office.hold(200_000)
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == ["matter.obstacle.noHolder"])
            let paper = try await AttachmentTests.paper(office, "proof", "证明.pdf")
            #expect(
                try await office.refusal(supplied, .supply(form: nil, papers: [paper], note: ""), by: "甲")
                    == ["matter.obstacle.noHolder"])
            try await office.act(matter, .giveBack(to: "reception", reason: "科长空缺"), by: "丙")
            try await office.grant("chief", to: "庚")
            try await office.act(matter, .accept(""), by: "甲")
            try await office.act(matter, .agree(""), by: "丙")
            try await office.act(matter, .agree(""), by: "庚")
            #expect(try await office.act(matter, .agree(""), by: "己").isCarriedOut)
        }
    }

    @Test("A voice taken away in the rows is found", arguments: StoreKind.allCases)
    func tampering(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.between)
            for member in ["一", "二", "三", "四", "五"] { try await office.act(matter, .agree("同意"), by: member) }
            try await office.act(matter, .agree("同意"), by: "戊")
            #expect(try await office.verify().isEmpty)
            let member = office.id("三")
            try await office.store.write { tx in
                switch tx.dialect {
                case .sqlite: try tx.execute("DROP TRIGGER matter_act_refuses_update")
                case .postgres: try tx.execute("ALTER TABLE matter_act DISABLE TRIGGER USER")
                }
                try tx.execute(
                    "UPDATE matter_act SET kind = 8 WHERE matter = ? AND kind = 6 AND actor = ?", Value(matter),
                    Value(member))
            }
            #expect(try await office.verify().map(\.code).contains("matter.verify.voices"))
        }
    }

    @Test("An amount that no fund holds is refused where it is typed", arguments: StoreKind.allCases)
    func tooMuch(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            for amount in ["92233720368547758.07", "1000000000000.01"] {
                #expect(
                    try await Office.codes { try await office.open(amount: amount) } == ["matter.form.large"],
                    "\(amount)")
            }
            try await office.open(amount: "1000000000000")
        }
    }
}
