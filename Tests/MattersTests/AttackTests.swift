import Basics
@testable import Control
import Storage
import StoreKit
import Testing

/// Ways to get a matter through that should not go through. docs/matters.md has the table.
@Suite("Attacks on a matter are refused, and leave nothing behind")
struct AttackTests {
    @Test(
        "The straight way: opened, reviewed, carried out with the reviewer as its actor", arguments: StoreKind.allCases)
    func straight(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            #expect(try await office.step(matter) == "复核")
            let outcome = try await office.act(matter, .agree("同意"), by: "丙")
            #expect(outcome.isCarriedOut && outcome.problems.isEmpty)
            #expect(try await office.entries(matter) == 1)
            let actor = try await office.store.read { tx in
                try tx.first("SELECT actor FROM entry", read: { try $0.int(0) })
            }
            #expect(actor == office.id("丙").raw)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Approving one's own matter through another post", arguments: StoreKind.allCases)
    func ownMatter(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            #expect(try await office.refusal(matter, .agree(""), by: "甲") == ["matter.act.twoSteps"])
            // An exception of the law lets one person hold both posts; the matter still wants two people.
            try await office.store.write { [people = office.people] tx in
                try Organisation.except(
                    tx, area: Office.area, "reception", "review", for: people["甲"]!, from: Office.today,
                    through: Office.today + 20, on: Office.setUp)
                _ = try Organisation.grant(
                    tx, area: Office.area, "review", to: people["甲"]!, from: Office.today,
                    through: Office.today + 20, on: Office.setUp)
            }
            #expect(try await office.refusal(matter, .agree(""), by: "甲") == ["matter.act.twoSteps"])
            #expect(try await office.todo("甲").isEmpty)
            #expect(try await office.entries(matter) == 0)
        }
    }

    @Test("Approving as a substitute, in every direction", arguments: StoreKind.allCases)
    func substitutes(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            // 戊 reviews for 丙, and may then not approve as chief.
            try await office.substitute("review", for: "丙", by: "庚")
            let matter = try await office.open(amount: "200000")
            try await office.act(matter, .agree("同意"), by: "庚")
            let act = try await office.file(matter).acts.last { $0.kind == .agreed }!
            #expect(act.staff == office.id("庚") && act.behalf == office.id("丙"))
            try await office.grant("chief", to: "庚")
            #expect(try await office.refusal(matter, .agree(""), by: "庚") == ["matter.act.twoSteps"])
            // Neither may 丙, in whose place the review was done.
            try await office.grant("chief", to: "丙")
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == ["matter.act.twoSteps"])
            // Nor anybody who stands in for 丙 as chief.
            try await office.substitute("chief", for: "丙", by: "己")
            #expect(try await office.refusal(matter, .agree(""), by: "己") == ["matter.act.twoSteps"])
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("A substitute of the reviewer who opened the matter", arguments: StoreKind.allCases)
    func openerStandsIn(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.grant("reception", to: "庚")
            let matter = try await office.open(by: "庚")
            // Incompatible posts are refused when the substitution is arranged; with an exception it is still one person.
            try await office.store.write { [people = office.people] tx in
                try Organisation.except(
                    tx, area: Office.area, "reception", "review", for: people["庚"]!, from: Office.today,
                    through: Office.today + 40, on: Office.setUp)
                for held in try Organisation.standing(tx, area: Office.area, of: people["庚"]!, from: Office.today)
                where held.post == "reception" {
                    try Organisation.withdraw(tx, area: Office.area, held.grant, on: Office.setUp)
                }
                _ = try Organisation.substitute(
                    tx, area: Office.area, "review", for: people["丙"]!, by: people["庚"]!, from: Office.today,
                    through: Office.today + 30, on: Office.setUp)
            }
            #expect(try await office.refusal(matter, .agree(""), by: "庚") == ["matter.act.twoSteps"])
        }
    }

    @Test("A form that says who acts", arguments: StoreKind.allCases)
    func forgedField(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let refused = try await Office.codes {
                try await office.open(more: ["by": "3", "opener": "3", "approved": "1"])
            }
            #expect(refused == ["matter.form.unknown", "matter.form.unknown", "matter.form.unknown"])
            let matter = try await office.open(accept: false)
            let revised = MatterVerb.revise(form: ["name": "甲公司", "actor": "3"], papers: [])
            #expect(try await office.refusal(matter, revised, by: "甲") == ["matter.form.unknown"])
        }
    }

    @Test(
        "Acting after the post was taken away, after the account was locked, and without any post",
        arguments: StoreKind.allCases)
    func removed(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            #expect(try await office.refusal(matter, .agree(""), by: "庚") == ["matter.act.notHolder"])
            try await office.take("review", from: "丙")
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == ["matter.act.notHolder"])
            try await office.store.write { [people = office.people] tx in
                try Staff.lock(
                    tx, area: Office.area, staff: people["丁"]!, on: Office.ground(Office.morning + 120))
            }
            #expect(try await office.refusal(matter, .agree(""), by: "丁") == ["matter.act.notHolder"])
            #expect(try await office.refusal(matter, .withdraw("错了"), by: "丁") == ["matter.withdraw.notYours"])
            #expect(try await Office.codes { try await office.open(by: "庚") } == ["matter.open.notHolder"])
            #expect(try await office.entries(matter) == 0)
        }
    }

    @Test(
        "Two approvals at the same moment: one is carried out, the other is told that the matter has changed",
        arguments: StoreKind.allCases)
    func parallel(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            for round in 1...5 {
                let matter = try await office.open(Office.simple, "第 \(round) 件")
                let version = try await office.file(matter).status.version
                let codes = try await withThrowingTaskGroup(of: [String]?.self) { group in
                    for person in ["丙", "丁", "丙"] {
                        group.addTask { try await office.refusal(matter, .agree("同意"), by: person, seen: version) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(codes.filter { $0 == nil }.count == 1)
                #expect(codes.compactMap { $0 }.allSatisfy { $0 == ["matter.version"] })
                #expect(try await office.entries(matter) == 1)
            }
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Approving what one has not seen: an older version of the form", arguments: StoreKind.allCases)
    func oldForm(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(amount: "100")
            let seen = try await office.file(matter).status.version
            try await office.act(matter, .askForPapers("请补执照"), by: "丁")
            try await office.act(
                matter, .supply(form: ["name": "示例公司", "amount": "99999"], papers: [], note: "金额更正"), by: "甲")
            #expect(try await office.refusal(matter, .agree("同意"), by: "丁", seen: seen) == ["matter.version"])
            #expect(try await office.act(matter, .agree("同意"), by: "丁").isCarriedOut)
            let last = try await office.file(matter).acts.last { $0.kind == .agreed }
            #expect(last?.formVersion == 2)
        }
    }

    @Test(
        "A form changed behind an approval goes through review again, and over the new amount's level",
        arguments: StoreKind.allCases)
    func changedBehindReview(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(amount: "150000")
            try await office.act(matter, .agree("同意"), by: "丙")
            try await office.act(matter, .askForPapers("金额与合同不符"), by: "戊")
            try await office.act(
                matter, .supply(form: ["name": "示例公司", "amount": "900000"], papers: [], note: "更正"), by: "甲")
            // Back at review, and with the same reviewer.
            #expect(try await office.step(matter) == "复核")
            #expect(try await office.todo("丙") == [matter])
            #expect(try await office.todo("丁").isEmpty)
            #expect(try await office.refusal(matter, .agree(""), by: "戊") != nil)
            try await office.act(matter, .agree("同意更正"), by: "丙")
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "An effect that fails leaves nothing of itself, and the matter open with the reason",
        arguments: StoreKind.allCases)
    func failingEffect(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            for (name, code) in [("失败", "test.effect"), ("重复", "matter.effect.constraint")] {
                let matter = try await office.open(Office.simple, name)
                let outcome = try await office.act(matter, .agree("同意"), by: "丙")
                #expect(outcome.problems.map(\.code) == [code])
                #expect(outcome.state == .underWay)
                #expect(try await office.entries(matter) == 0)
                let acts = try await office.file(matter).acts
                #expect(acts.map(\.kind) == [.opened, .accepted, .effectFailed])
                #expect(!acts.last!.opinion.isEmpty)
                // The reason is on the page; the matter goes back, is put right, and is carried out.
                try await office.act(matter, .giveBack(to: "reception", reason: "请更正"), by: "丙")
                try await office.act(matter, .revise(form: ["name": "更正后"], papers: []), by: "甲")
                try await office.act(matter, .accept(""), by: "甲")
                #expect(try await office.act(matter, .agree("同意"), by: "丙").isCarriedOut)
                #expect(try await office.entries(matter) == 1)
            }
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("What was right at acceptance and is wrong at approval is not carried out", arguments: StoreKind.allCases)
    func checkedAgain(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            #expect(try await Office.codes { try await office.open(Office.simple, "不合") } == ["test.check"])
            let matter = try await office.open(Office.simple, "不合", accept: false)
            #expect(try await office.refusal(matter, .accept(""), by: "甲") == ["test.check"])
            try await office.act(matter, .revise(form: ["name": "合规"], papers: []), by: "甲")
            try await office.act(matter, .accept(""), by: "甲")
            #expect(try await office.act(matter, .agree(""), by: "丙").isCarriedOut)
        }
    }

    @Test("A matter that the present staff could not bring to its end is not opened", arguments: StoreKind.allCases)
    func obstacles(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.take("chief", from: "戊")
            let late = Office.morning + 120
            #expect(
                try await Office.codes { try await office.open(amount: "200000", at: late) }
                    == ["matter.obstacle.noHolder"])
            // Below the amount the step is not needed.
            try await office.open(amount: "10", at: late)
            // One and the same person for review and approval: 丁 gone, 丙 both reviewer and chief.
            try await office.take("review", from: "丁")
            try await office.grant("chief", to: "丙")
            #expect(
                try await Office.codes { try await office.open(amount: "200000", at: late) }
                    == ["matter.obstacle.samePerson"])
            let all = try await office.store.read { [matters = office.matters] tx in
                try matters.obstacles(tx, Office.simple, at: late)
            }
            #expect(all.map(\.code) == ["matter.obstacle.samePerson"])
        }
    }

    @Test("Rows changed behind the engine are found", arguments: StoreKind.allCases)
    func tampering(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            try await office.act(matter, .agree("同意"), by: "丙")
            let opener = office.id("甲")
            // The approval is made to look like another person's, as somebody with the database's password can.
            try await office.store.write { tx in
                switch tx.dialect {
                case .sqlite: try tx.execute("DROP TRIGGER matter_act_refuses_update")
                case .postgres: try tx.execute("ALTER TABLE matter_act DISABLE TRIGGER USER")
                }
                try tx.execute(
                    "UPDATE matter_act SET actor = ? WHERE matter = ? AND kind = 6", Value(opener), Value(matter))
                try tx.execute("UPDATE matter_status SET state = 7 WHERE matter = ?", Value(matter))
            }
            let codes = Set(try await office.verify().map(\.code))
            #expect(codes.contains("matter.verify.twoSteps"))
            #expect(codes.contains("matter.verify.state"))
            #expect(codes.contains { $0.hasPrefix("control.") }, "the event's digest no longer fits: \(codes)")
        }
    }
}
