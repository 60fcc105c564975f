import Basics
@testable import Control
import Storage
import StoreKit
import Testing

/// Whoever a matter is about, or is close to them, keeps out of it in every way there is (回避).
@Suite("Recusal: nobody acts in a matter about themselves, their kin or their interests")
struct RecusalTests {
    private static let recused = ["matter.act.recused"]

    @Test("Not in any step, and not by being handed the work; everybody else may", arguments: StoreKind.allCases)
    func declared(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.declare("甲", .person(ID(7)), .oneself)
            try await office.declare("丙", .person(ID(7)), .kin)
            try await office.declare("庚", .employer(ID(3)), .interest)
            func open(_ more: [String: String], by person: String) async throws -> ID<Matter> {
                try await office.open(Office.about, more: more, by: person)
            }
            // The opener's own record; the same opener may open about others.
            #expect(try await Office.codes { _ = try await open(["person": "7"], by: "甲") } == Self.recused)
            _ = try await open(["person": "8"], by: "甲")
            let matter = try await open(["person": "7", "employer": "3"], by: "乙")
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == Self.recused)
            #expect(try await office.refusal(matter, .giveBack(to: "reception", reason: "x"), by: "丙") == Self.recused)
            let toKin = MatterVerb.handOver(to: office.id("丙"), reason: "出差")
            #expect(try await office.refusal(matter, toKin, by: "丁") == Self.recused)
            let toInterested = MatterVerb.delegate(to: office.id("庚"), reason: "出差")
            #expect(try await office.refusal(matter, toInterested, by: "丁") == Self.recused)
            let signers = MatterVerb.addSigners(AddedSigners([office.id("庚")], .before, reason: "请核实"))
            #expect(try await office.refusal(matter, signers, by: "丁") == Self.recused)
            #expect(try await office.view(matter, for: "丙").refusal?.contains("公务员法") == true)
            #expect(try await office.act(matter, .agree("同意"), by: "丁").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Without any entry nobody acts in a matter about their own account", arguments: StoreKind.allCases)
    func oneself(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.about, amount: "200000", more: ["staff": "\(office.id("丙"))"])
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == Self.recused)
            try await office.act(matter, .agree("同意"), by: "丁")
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            // A member of staff who is only named in passing is not whom the matter is about.
            let named = try await office.open(Office.about, more: ["witness": "\(office.id("丙"))"])
            #expect(try await office.act(named, .agree("同意"), by: "丙").isCarriedOut)
        }
    }

    @Test("Not in a list in one of whose lines they or their kin stand", arguments: StoreKind.allCases)
    func listed(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.declare("丙", .person(ID(7)), .oneself)
            try await office.declare("乙", .person(ID(7)), .kin)
            let others = ["990100198001010027", "990100198001010035"]
            // As typed in the table, with a small letter.
            let papers = others + ["99010019800101001x"]
            #expect(try await Office.codes { _ = try await office.open(list: papers, by: "乙") } == Self.recused)
            let matter = try await office.open(list: papers)
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == Self.recused)
            let handed = MatterVerb.handOver(to: office.id("丙"), reason: "出差")
            #expect(try await office.refusal(matter, handed, by: "丁") == Self.recused)
            #expect(try await office.view(matter, for: "丙").refusal?.contains("应当回避") == true)
            #expect(try await office.act(matter, .agree("同意"), by: "丁").isCarriedOut)
            let without = try await office.open(list: others, by: "乙")
            #expect(try await office.act(without, .agree("同意"), by: "丙").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("A delegate whose principal has come to be recused gives the work back", arguments: StoreKind.allCases)
    func principalRecused(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.about, more: ["person": "7"])
            try await office.act(matter, .delegate(to: office.id("庚"), reason: "外出"), by: "丙")
            try await office.declare("丙", .person(ID(7)), .kin)
            #expect(try await office.refusal(matter, .agree(""), by: "庚") == Self.recused)
            #expect(try await office.refusal(matter, .recall("自己办"), by: "丙") == Self.recused)
            let touched = try await office.store.write { [matters = office.matters] tx in
                try matters.upkeep(tx, at: Office.morning + 1800)
            }
            #expect(touched == [matter])
            #expect(try await office.act(matter, .agree("同意"), by: "丁").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Where only the recused could approve, the matter is not opened", arguments: StoreKind.allCases)
    func obstacle(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.declare("戊", .person(ID(7)), .kin)
            let refused = try await Office.codes {
                try await office.open(Office.about, amount: "200000", more: ["person": "7"])
            }
            #expect(refused == ["matter.obstacle.noHolder"])
            try await office.open(Office.about, amount: "200000", more: ["person": "8"])
            // Below the chief's amount he is not needed.
            try await office.open(Office.about, amount: "10", more: ["person": "7"])
        }
    }

    @Test(
        "An entry made while the work lies with the person frees it for the post; ended, it binds no more",
        arguments: StoreKind.allCases)
    func underWay(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.about, more: ["person": "7"])
            try await office.act(matter, .handOver(to: office.id("丁"), reason: "出差"), by: "丙")
            let entered = try await office.declare("丁", .person(ID(7)), .kin, at: Office.morning + 4_000)
            let later = Office.morning + 5_000
            #expect(try await office.refusal(matter, .agree(""), by: "丁", at: later) == Self.recused)
            let touched = try await office.store.write { [matters = office.matters] tx in
                try matters.upkeep(tx, at: later)
            }
            #expect(touched == [matter])
            #expect(try await office.todo("丙", at: later) == [matter])
            try await office.store.write { tx in
                try Recusals.end(tx, area: Office.area, entered, on: Office.ground(later))
            }
            let again = await office.endAgain(entered, at: later)
            #expect(again == "control.recusal.unknown")
            #expect(try await office.act(matter, .agree("同意"), by: "丁", at: later + 60).isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("The principal's recusal ends what they delegated", arguments: StoreKind.allCases)
    func delegated(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.about, more: ["person": "7"])
            try await office.act(matter, .delegate(to: office.id("庚"), reason: "外出"), by: "丙")
            try await office.declare("丙", .person(ID(7)), .interest)
            #expect(try await office.refusal(matter, .agree(""), by: "庚") == Self.recused)
        }
    }

    @Test("A form changed to be about oneself or one's kin is refused", arguments: StoreKind.allCases)
    func changedForm(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.declare("甲", .person(ID(7)), .kin)
            let matter = try await office.open(Office.about, more: ["person": "8"], accept: false)
            let aboutKin = ["name": "示例公司", "person": "7"]
            #expect(try await office.refusal(matter, .revise(form: aboutKin, papers: []), by: "甲") == Self.recused)
            try await office.act(matter, .accept(""), by: "甲")
            try await office.act(matter, .askForPapers("人员有误"), by: "丙")
            let supply = MatterVerb.supply(form: aboutKin, papers: [], note: "更正")
            #expect(try await office.refusal(matter, supply, by: "甲") == Self.recused)
        }
    }

    @Test(
        "A recused member of a committee has no voice; whom a number stands for counts too",
        arguments: StoreKind.allCases)
    func committee(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            try await office.declare("一", .person(ID(7)), .kin)
            let matter = try await office.open(Office.jointAbout, "某人的事")
            try await office.declare("二", .person(ID(7)), .kin, at: Office.morning + 60)
            #expect(try await office.todo("一").isEmpty)
            #expect(try await office.refusal(matter, .agree(""), by: "一") != nil)
            #expect(try await office.refusal(matter, .agree(""), by: "二") == Self.recused)
            try await office.act(matter, .agree("同意"), by: "三")
            try await office.act(matter, .agree("同意"), by: "四")
            // 全部同意 means all who may speak: neither 一 nor 二 is waited for.
            #expect(try await office.act(matter, .agree("同意"), by: "五").isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Acts before the entry are shown for inspection, none after it exists", arguments: StoreKind.allCases)
    func inspected(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.about, more: ["person": "7"])
            try await office.act(matter, .agree("同意"), by: "丙")
            try await office.declare("丙", .person(ID(7)), .kin, at: Office.morning + 9_000)
            let twice = try await Office.codes { try await office.declare("丙", .person(ID(7)), .kin) }
            #expect(twice == ["control.recusal.known"])
            let second = try await office.open(Office.about, more: ["person": "8"])
            try await office.act(second, .agree("同意"), by: "丙")
            try await office.declare("丙", .person(ID(8)), .kin, at: Office.morning + 9_000)
            func acts(_ limit: Int) async throws -> [Recusals.Act] {
                try await office.store.read { tx in
                    try Recusals.acts(
                        tx, area: Office.area, from: Office.today, through: Office.today, limit: limit)
                }
            }
            #expect(try await acts(500).map(\.matter) == [matter, second])
            #expect(try await acts(500).allSatisfy { !$0.isBreach })
            // The figure counts them all, however few are read.
            #expect(try await acts(1).map(\.matter) == [matter])
            let count = try await office.store.read { tx in
                try Recusals.actCount(tx, area: Office.area, from: Office.today, through: Office.today)
            }
            #expect(count == 2)
            #expect(try await office.verify().isEmpty)
        }
    }
}

extension Office {
    @discardableResult
    func declare(
        _ name: String, _ concern: MatterConcern, _ relation: Recusal.Relation, at: Moment = morning
    ) async throws -> ID<Recusal> {
        let staff = id(name)
        return try await store.write { tx in
            try Recusals.declare(
                tx, area: Office.area, staff: staff, concern, relation, on: Office.ground(at))
        }
    }

    /// The code with which ending a recusal twice is refused.
    func endAgain(_ recusal: ID<Recusal>, at: Moment) async -> String? {
        do {
            try await store.write { tx in try Recusals.end(tx, area: Office.area, recusal, on: Office.ground(at)) }
            return nil
        } catch { return (error as? Problem)?.code }
    }
}
