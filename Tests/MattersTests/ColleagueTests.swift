import Basics
@testable import Control
import Storage
import StoreKit
import Testing

@Suite("Several people at one step")
struct ColleagueTests {
    static let members = ["一", "二", "三", "四", "五"]

    @Test("67 % of five needs four, and two against end it at once", arguments: StoreKind.allCases)
    func percentages(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let passed = try await office.open(Office.joint)
            for member in ["一", "二", "三"] {
                #expect(try await office.act(passed, .agree("同意"), by: member).state == .underWay)
            }
            #expect(try await office.act(passed, .disagree("不妥"), by: "四").state == .underWay)
            #expect(try await office.act(passed, .agree("同意"), by: "五").isCarriedOut)

            let refused = try await office.open(Office.joint)
            try await office.act(refused, .agree("同意"), by: "一")
            try await office.act(refused, .disagree("不妥"), by: "二")
            #expect(try await office.act(refused, .disagree("不妥"), by: "三").state == .rejected)
            #expect(try await office.refusal(refused, .agree("同意"), by: "四") == ["matter.state"])
            #expect(try await office.todo("五").isEmpty)
            #expect(try await office.entries(refused) == 0)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "One voice a person, also as somebody's substitute; an abstention is no agreement",
        arguments: StoreKind.allCases)
    func oneVoice(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.substitute("committee", for: "五", by: "一")
            let matter = try await office.open(Office.joint)
            try await office.act(matter, .agree("同意"), by: "一")
            #expect(try await office.refusal(matter, .agree("同意"), by: "一") == ["matter.vote.twice"])
            try await office.act(matter, .abstain("回避"), by: "二")
            #expect(try await office.act(matter, .abstain("回避"), by: "三").state == .rejected)
            #expect(
                try await office.refusal(matter, .giveBack(to: "reception", reason: "x"), by: "四") == ["matter.state"])
            let other = try await office.open(Office.joint)
            #expect(
                try await office.refusal(other, .giveBack(to: "reception", reason: "x"), by: "四") == ["matter.joint"])
        }
    }

    @Test("Voices given at the same moment all count", arguments: StoreKind.allCases)
    func votesTogether(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.joint)
            let version = try await office.file(matter).status.version
            let codes = try await withThrowingTaskGroup(of: [String]?.self) { group in
                for member in Self.members {
                    group.addTask { try await office.refusal(matter, .agree("同意"), by: member, seen: version) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // Four decide it; the fifth comes too late, and is told so.
            #expect(codes.filter { $0 == nil }.count == 4)
            #expect(codes.compactMap { $0 } == [["matter.version"]])
            #expect(try await office.entries(matter) == 1)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "A signer who leaves is no longer counted; when all have left, the post takes over",
        arguments: StoreKind.allCases)
    func leavers(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.joint)
            for member in ["一", "二", "三"] { try await office.act(matter, .agree("同意"), by: member) }
            // 67 % of four is three: with 五 gone, the voices given suffice.
            try await office.take("committee", from: "五")
            let touched = try await upkeep(office)
            #expect(touched == [matter])
            // The step is decided by whoever is still there: its outcome is carried out by an approval, never by time.
            #expect(try await office.state(matter) == .underWay)
            #expect(try await office.act(matter, .agree("同意"), by: "四").isCarriedOut)

            let deserted = try await office.open(Office.joint, at: Office.morning + 240)
            for member in ["一", "二", "三", "四"] {
                try await office.take("committee", from: member, at: Office.morning + 300)
            }
            #expect(try await upkeep(office).contains(deserted))
            try await office.grant("committee", to: "庚")
            #expect(try await office.todo("庚") == [deserted])
            // One alone does not decide for the committee.
            #expect(try await office.refusal(deserted, .agree("同意"), by: "庚") == ["matter.joint.quorum"])
            try await office.grant("committee", to: "辛")
            #expect(try await office.act(deserted, .agree("同意"), by: "庚").state == .underWay)
            #expect(try await office.act(deserted, .agree("同意"), by: "辛").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    private func upkeep(_ office: Office) async throws -> [ID<Matter>] {
        try await office.store.write { [matters = office.matters] tx in
            try matters.upkeep(tx, at: Office.morning + 1800)
        }
    }

    @Test("Work that waits for somebody who left goes back to the post's list", arguments: StoreKind.allCases)
    func stepsPersonLeaves(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            try await office.act(matter, .handOver(to: office.id("丁"), reason: "出差"), by: "丙")
            #expect(try await office.todo("丙").isEmpty)
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == ["matter.act.notYours"])
            try await office.take("review", from: "丁", at: Office.morning + 1200)
            // Even before the list is put in order, the post can act.
            #expect(try await upkeep(office) == [matter])
            #expect(try await office.todo("丙") == [matter])
            #expect(try await office.act(matter, .agree("同意"), by: "丙").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Handing over goes to a holder of the post who has not acted elsewhere", arguments: StoreKind.allCases)
    func handOver(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            func refusal(_ person: String) async throws -> [String]? {
                try await office.refusal(matter, .handOver(to: office.id(person), reason: "忙"), by: "丙")
            }
            #expect(try await refusal("戊") == ["matter.handOver.notHolder"])
            #expect(try await refusal("甲") == ["matter.handOver.notHolder"])
            #expect(try await refusal("丙") == ["matter.colleague.self"])
            try await office.act(matter, .handOver(to: office.id("丁"), reason: "忙"), by: "丙")
            #expect(try await office.act(matter, .agree("同意"), by: "丁").isCarriedOut)
        }
    }

    @Test(
        "Delegation: on behalf, in a chain, never in a circle, never to one who acted before",
        arguments: StoreKind.allCases)
    func delegation(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(amount: "200000")
            func delegate(_ to: String, by: String) async throws -> [String]? {
                try await office.refusal(matter, .delegate(to: office.id(to), reason: "外出"), by: by)
            }
            // The opener has acted; a receptionist's post is kept apart from review.
            #expect(try await delegate("甲", by: "丙") == ["matter.act.twoSteps"])
            #expect(try await delegate("乙", by: "丙") == ["matter.delegate.incompatible"])
            #expect(try await delegate("丙", by: "丙") == ["matter.colleague.self"])
            #expect(try await delegate("庚", by: "丙") == nil)
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == ["matter.act.notYours"])
            #expect(try await delegate("辛", by: "庚") == nil)
            #expect(try await delegate("丙", by: "辛") == ["matter.delegate.circle"])
            #expect(try await delegate("庚", by: "辛") == ["matter.delegate.circle"])
            #expect(try await delegate("己", by: "辛") == nil)
            #expect(try await delegate("一", by: "己") == ["matter.delegate.chain"])
            try await office.act(matter, .agree("代为同意"), by: "己")
            let act = try await office.file(matter).acts.last!
            #expect(act.staff == office.id("己") && act.behalf == office.id("丙") && act.post == "review")
            // Both of them have acted in review now.
            try await office.grant("chief", to: "丙")
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == ["matter.act.twoSteps"])
            try await office.take("deputy", from: "己", at: Office.morning + 600)
            try await office.grant("chief", to: "己")
            #expect(try await office.refusal(matter, .agree(""), by: "己") == ["matter.act.twoSteps"])
            // Two levels of approval may not meet in one person, not even on another's behalf.
            let again = MatterVerb.delegate(to: office.id("己"), reason: "外出")
            #expect(try await office.refusal(matter, again, by: "戊") == ["matter.act.twoSteps"])
            let other = MatterVerb.delegate(to: try await newDeputy(office), reason: "外出")
            #expect(try await office.refusal(matter, other, by: "戊") == ["matter.delegate.incompatible"])
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test(
        "A delegate has the post's permissions and no duty against it, when it is given and when it is used",
        arguments: StoreKind.allCases)
    func fitDelegates(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(amount: "200000")
            try await office.act(matter, .delegate(to: office.id("庚"), reason: "外出"), by: "丙")
            // 庚 is put at reception meanwhile, which the law keeps apart from review.
            try await office.grant("reception", to: "庚")
            #expect(try await office.refusal(matter, .agree(""), by: "庚") == ["matter.delegate.incompatible"])
            try await office.take("reception", from: "庚")
            try await office.act(matter, .agree("代为同意"), by: "庚")
            // The chief's post opens what the audit's does not.
            let beyond = MatterVerb.delegate(to: office.id("辛"), reason: "外出")
            #expect(try await office.refusal(matter, beyond, by: "戊") == ["matter.delegate.permission"])
            // Another chief, but only in the place of the reviewer for whom 庚 acted.
            try await office.grant("chief", to: "丙")
            try await office.substitute("chief", for: "丙", by: "己")
            let handed = MatterVerb.handOver(to: office.id("己"), reason: "外出")
            #expect(try await office.refusal(matter, handed, by: "戊") == ["matter.act.twoSteps"])
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    private func newDeputy(_ office: Office) async throws -> ID<StaffMember> {
        try await office.store.write { tx in
            let id = try Staff.open(
                tx, area: Office.area, login: "ren", displayName: "壬", on: Office.setUp)
            _ = try Organisation.grant(tx, area: Office.area, "deputy", to: id, from: Office.today, on: Office.setUp)
            return id
        }
    }

    @Test("A delegation ends with the post of whoever gave it", arguments: StoreKind.allCases)
    func delegationEnds(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            try await office.act(matter, .delegate(to: office.id("庚"), reason: "外出"), by: "丙")
            try await office.take("review", from: "丙", at: Office.morning + 600)
            #expect(try await office.refusal(matter, .agree(""), by: "庚") == ["matter.act.delegationEnded"])
            #expect(try await upkeep(office) == [matter])
            #expect(try await office.act(matter, .agree("同意"), by: "丁").isCarriedOut)
        }
    }

    @Test("Signers before and after; whoever signs may act in no other step", arguments: StoreKind.allCases)
    func addedSigners(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(amount: "200000")
            func signers(_ names: [String], _ place: AddedSigners.Place, _ signing: Signing = .all) -> MatterVerb {
                .addSigners(AddedSigners(names.map(office.id), place, signing: signing, reason: "请核实"))
            }
            #expect(try await office.refusal(matter, signers(["甲"], .before), by: "丙") == ["matter.act.twoSteps"])
            #expect(try await office.refusal(matter, signers([], .before), by: "丙") == ["matter.signers.count"])
            // 戊 is the only chief: if he signs now, nobody is left to approve.
            #expect(try await office.refusal(matter, signers(["戊"], .before), by: "丙") == ["matter.signers.stranding"])
            try await office.act(matter, signers(["庚", "辛"], .before), by: "丙")
            #expect(try await office.step(matter) == "会签")
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == ["matter.act.twoSteps"])
            #expect(try await office.refusal(matter, .agree(""), by: "丁") == ["matter.act.notYours"])
            #expect(
                try await office.refusal(matter, .handOver(to: office.id("己"), reason: "x"), by: "庚") == [
                    "matter.signer.inPerson"
                ])
            try await office.act(matter, .agree("属实"), by: "庚")
            #expect(try await office.step(matter) == "会签")
            try await office.act(matter, .agree("属实"), by: "辛")
            // Back to the one who asked.
            #expect(try await office.todo("丙") == [matter])
            try await office.act(matter, signers(["一", "二"], .after, .any), by: "丙")
            try await office.act(matter, .agree("同意"), by: "丙")
            try await office.act(matter, .disagree("不清楚"), by: "一")
            try await office.act(matter, .agree("知悉"), by: "二")
            #expect(try await office.step(matter) == "审批")
            try await office.grant("chief", to: "二")
            #expect(try await office.refusal(matter, .agree(""), by: "二") == ["matter.act.twoSteps"])
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Signers who refuse send the matter back to whoever asked them", arguments: StoreKind.allCases)
    func signersRefuse(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            try await office.act(
                matter, .addSigners(AddedSigners([office.id("庚"), office.id("辛")], .before, reason: "请核实")), by: "丙")
            try await office.act(matter, .disagree("与档案不符"), by: "庚")
            #expect(try await office.state(matter) == .underWay)
            #expect(try await office.step(matter) == "复核")
            #expect(try await office.todo("丙") == [matter])
            #expect(try await office.todo("辛").isEmpty)
            #expect(try await office.act(matter, .disagree("会签未通过"), by: "丙").state == .rejected)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Copies open the matter to their readers; reminders once a day", arguments: StoreKind.allCases)
    func copiesAndReminders(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            #expect(try await Office.codes { _ = try await office.view(matter, for: "庚") } == ["matter.notShown"])
            #expect(try await office.refusal(matter, .remind("快"), by: "庚") == ["matter.notShown"])
            let version = try await office.file(matter).status.version
            try await office.act(matter, .copy(to: [office.id("庚")], note: "请知悉"), by: "甲")
            #expect(try await office.view(matter, for: "庚").kindName == "登记")
            #expect(
                try await office.refusal(matter, .copy(to: [office.id("庚")], note: ""), by: "甲") == [
                    "matter.copy.nobody"
                ])
            try await office.act(matter, .remind("请尽快"), by: "甲")
            #expect(try await office.refusal(matter, .remind("再催"), by: "甲") == ["matter.remind.again"])
            let reminders = try await office.store.read { [matters = office.matters, id = office.id("丙")] tx in
                try matters.todo(tx, of: id, at: Office.morning).map(\.reminders)
            }
            #expect(reminders == [1])
            // Neither changes what a reviewer has before their eyes.
            #expect(try await office.act(matter, .agree("同意"), by: "丙", seen: version).isCarriedOut)
        }
    }
}
