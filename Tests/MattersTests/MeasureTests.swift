import Basics
@testable import Control
import Storage
import StoreKit
import Testing

@Suite("The amount is read from the records whenever it counts")
struct MeasureTests {
    private func amount(_ office: Office, _ matter: ID<Matter>) async throws -> Money? {
        try await office.file(matter).amount
    }

    @Test("What was put by is measured again when it is accepted", arguments: StoreKind.allCases)
    func putBy(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.hold(50_000)
            let matter = try await office.open(Office.recorded, accept: false)
            try await office.hold(150_000)
            try await office.act(matter, .accept(""), by: "甲")
            #expect(try await amount(office, matter) == Money(yuan: 150_000))
            let file = try await office.file(matter)
            #expect(file.status.formVersion == 2)
            #expect(file.acts.map(\.kind) == [.opened, .accepted, .remeasured])
            #expect(file.acts.last?.opinion.contains("50,000.00 元变为 150,000.00 元") == true)
            try await office.act(matter, .agree(""), by: "丙")
            #expect(try await office.step(matter) == "审批")
            try await office.act(matter, .agree(""), by: "戊")
            #expect(try await office.act(matter, .agree(""), by: "己").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("An amount that grew while a step was taken begins the level that it asks for", arguments: StoreKind.allCases)
    func grownAhead(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.hold(99_999)
            let matter = try await office.open(Office.recorded)
            try await office.hold(100_000)
            try await office.act(matter, .agree(""), by: "丙")
            #expect(try await office.step(matter) == "审批")
            #expect(try await office.view(matter, for: "戊").amount == Money(yuan: 100_000))
            try await office.act(matter, .agree(""), by: "戊")
            #expect(try await office.act(matter, .agree(""), by: "己").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "At the last approval the level that was passed by is taken first, and nothing is carried out before it",
        arguments: StoreKind.allCases)
    func grownBehind(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.hold(99_999)
            let matter = try await office.open(Office.recorded)
            try await office.act(matter, .agree(""), by: "丙")
            #expect(try await office.step(matter) == "分管")
            try await office.hold(100_001)
            #expect(try await office.act(matter, .agree(""), by: "己").state == .underWay)
            #expect(try await office.step(matter) == "审批")
            #expect(try await office.entries(matter) == 0)
            #expect(try await office.act(matter, .agree(""), by: "戊").state == .underWay)
            // The deputy's step comes back, to the same person.
            #expect(try await office.todo("己") == [matter])
            #expect(try await office.act(matter, .agree(""), by: "己").isCarriedOut)
            #expect(try await office.entries(matter) == 1)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Papers that come while the amount has grown do not slip past its level", arguments: StoreKind.allCases)
    func supplied(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.hold(99_999)
            let matter = try await office.open(Office.recorded)
            try await office.act(matter, .agree(""), by: "丙")
            try await office.act(matter, .askForPapers("请补证明"), by: "己")
            try await office.hold(120_000)
            let paper = try await AttachmentTests.paper(office, "proof", "证明.pdf")
            try await office.act(matter, .supply(form: nil, papers: [paper], note: "已补"), by: "甲")
            #expect(try await amount(office, matter) == Money(yuan: 120_000))
            #expect(try await office.step(matter) == "审批")
            try await office.act(matter, .agree(""), by: "戊")
            #expect(try await office.act(matter, .agree(""), by: "己").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "An amount that shrank spares nobody, one that stays in its level stops nobody", arguments: StoreKind.allCases)
    func shrunk(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.hold(150_000)
            let large = try await office.open(Office.recorded)
            try await office.act(large, .agree(""), by: "丙")
            try await office.hold(10)
            #expect(try await office.act(large, .agree(""), by: "戊").state == .underWay)
            #expect(try await office.act(large, .agree(""), by: "己").isCarriedOut)
            let small = try await office.open(Office.recorded)
            try await office.hold(20)
            try await office.act(small, .agree(""), by: "丙")
            #expect(try await office.act(small, .agree(""), by: "己").isCarriedOut)
            #expect(try await office.file(small).acts.allSatisfy { $0.kind != .remeasured })
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("What was put by while its reviewers left is not accepted", arguments: StoreKind.allCases)
    func unstaffed(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(accept: false)
            for name in ["丙", "丁"] { try await office.take("review", from: name) }
            #expect(try await office.refusal(matter, .accept(""), by: "甲") == ["matter.obstacle.noHolder"])
        }
    }

    @Test(
        "Whoever acts sees that the matter can no longer be carried out; no step agrees to it",
        arguments: StoreKind.allCases)
    func objections(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.hold(10)
            let matter = try await office.open(Office.recorded)
            #expect(try await office.view(matter, for: "丙").objections.isEmpty)
            try await office.hold(-1)
            #expect(try await office.view(matter, for: "丙").objections.map(\.code) == ["test.overdrawn"])
            #expect(try await office.view(matter, for: "甲").objections.isEmpty, "甲 is not to act")
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == ["test.overdrawn"])
            #expect(try await office.step(matter) == "复核")
            try await office.hold(10)
            try await office.act(matter, .agree(""), by: "丙")
            try await office.hold(-1)
            // At the last step the reason is put on record, and the matter stays.
            #expect(try await office.act(matter, .agree(""), by: "己").problems.map(\.code) == ["test.overdrawn"])
            #expect(try await office.entries(matter) == 0)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Who signs after the approver does not approve in their place", arguments: StoreKind.allCases)
    func signedAfter(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            let signer = office.id("庚")
            try await office.act(matter, .addSigners(AddedSigners([signer], .after, reason: "请办公室会签")), by: "丙")
            #expect(try await office.act(matter, .agree("同意"), by: "丙").state == .underWay)
            #expect(try await office.act(matter, .agree("知悉"), by: "庚").isCarriedOut)
            let actor = try await office.store.read { tx in
                try tx.first("SELECT actor FROM entry WHERE matter = ?", Value(matter)) {
                    try $0.id(0, StaffMember.self)
                }
            }
            #expect(actor == office.id("丙"))
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("The tally of a co-signed step stays on the page", arguments: StoreKind.allCases)
    func tally(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.joint)
            for member in ["一", "二", "三"] { try await office.act(matter, .agree("同意"), by: member) }
            func votes() async throws -> Votes? {
                try await office.view(matter, for: "甲").drawing.last?.votes
            }
            #expect(try await votes() == Votes(agreed: 3, pending: 2))
            let spoken = try await office.view(matter, for: "一")
            #expect(spoken.refusal?.contains("已经表态") == true && spoken.actions.isDisjoint(with: [.agree, .disagree]))
            try await office.act(matter, .disagree("不妥"), by: "四")
            #expect(try await office.act(matter, .agree("同意"), by: "五").isCarriedOut)
            #expect(try await votes() == Votes(agreed: 4, rejected: 1))
            let quick = try await office.open(Office.joint)
            for member in ["一", "二", "三", "四"] { try await office.act(quick, .agree("同意"), by: member) }
            let tally = try await office.view(quick, for: "甲").drawing.last?.votes
            #expect(tally == Votes(agreed: 4, pending: 1), "五 had not spoken when it was decided")
        }
    }
}
