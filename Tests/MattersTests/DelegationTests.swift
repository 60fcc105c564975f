import Basics
@testable import Control
import Storage
import StoreKit
import Testing

@Suite("Delegated work comes back to whoever gave it away")
struct DelegationTests {
    private static func delegate(_ office: Office, to name: String) -> MatterVerb {
        .delegate(to: office.id(name), reason: "外出")
    }

    @Test(
        "A delegate who does not act holds nothing up: the principal takes the work back", arguments: StoreKind.allCases
    )
    func recall(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            #expect(try await office.refusal(matter, .recall("自己办"), by: "丙") == ["matter.recall.notYours"])
            try await office.act(matter, Self.delegate(office, to: "庚"), by: "丙")
            for other in ["甲", "丁", "戊", "庚"] {
                #expect(try await office.refusal(matter, .recall("自己办"), by: other) == ["matter.recall.notYours"])
            }
            for other in ["甲", "丁", "庚"] {
                #expect(try await !office.view(matter, for: other).actions.contains(.recall))
            }
            let page = try await office.view(matter, for: "丙")
            #expect(page.actions.contains(.recall) && page.refusal?.contains("收回委托") == true)
            #expect(try await office.refusal(matter, .recall(" "), by: "丙") == ["matter.reason.missing"])
            let seen = try await office.file(matter).status.version
            try await office.act(matter, .recall("庚出差未归"), by: "丙")
            let act = try await office.file(matter).acts.last!
            #expect(act.kind == .recalled && act.target == office.id("庚").raw && act.opinion == "庚出差未归")
            #expect(try await office.todo("丙") == [matter])
            #expect(try await office.todo("庚").isEmpty)
            #expect(try await office.refusal(matter, .agree(""), by: "庚", seen: seen) == ["matter.version"])
            #expect(try await office.refusal(matter, .agree(""), by: "庚") == ["matter.act.notYours"])
            // Once more to the same colleague: that is no circle.
            try await office.act(matter, Self.delegate(office, to: "庚"), by: "丙")
            try await office.act(matter, .recall("已回来"), by: "丙")
            #expect(try await office.act(matter, .agree("同意"), by: "丙").isCarriedOut)
            #expect(try await office.file(matter).acts.last { $0.kind == .agreed }?.behalf == nil)
            #expect(try await office.refusal(matter, .recall("再收"), by: "丙") == ["matter.state"])
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Passed on from hand to hand, it comes back past all of them", arguments: StoreKind.allCases)
    func chain(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            for (from, to) in [("丙", "庚"), ("庚", "辛"), ("辛", "己")] {
                try await office.act(matter, Self.delegate(office, to: to), by: from)
            }
            // 庚 takes it back from 己; 辛 has no more part in it, and whom 庚 acts for stays the same.
            try await office.act(matter, .recall("我来办"), by: "庚")
            #expect(try await office.todo("庚") == [matter])
            #expect(try await office.refusal(matter, .recall("我来办"), by: "辛") == ["matter.recall.notYours"])
            #expect(try await office.refusal(matter, .agree(""), by: "己") == ["matter.act.notYours"])
            #expect(
                try await office.refusal(matter, Self.delegate(office, to: "丙"), by: "庚") == ["matter.delegate.circle"])
            // What was taken back no longer counts towards the longest chain.
            try await office.act(matter, Self.delegate(office, to: "己"), by: "庚")
            try await office.act(matter, Self.delegate(office, to: "辛"), by: "己")
            #expect(
                try await office.refusal(matter, Self.delegate(office, to: "一"), by: "辛") == ["matter.delegate.chain"])
            try await office.act(matter, .recall("已回来"), by: "丙")
            #expect(try await office.todo("丙") == [matter])
            try await office.act(matter, Self.delegate(office, to: "辛"), by: "丙")
            #expect(try await office.act(matter, .agree("代为同意"), by: "辛").isCarriedOut)
            let act = try await office.file(matter).acts.last { $0.kind == .agreed }
            #expect(act?.staff == office.id("辛") && act?.behalf == office.id("丙"))
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("While the principal is away, who stands in for them takes it back", arguments: StoreKind.allCases)
    func substitute(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            try await office.act(matter, Self.delegate(office, to: "庚"), by: "丙")
            try await office.substitute("review", for: "丙", by: "一")
            try await office.act(matter, .recall("庚、丙都不在岗"), by: "一")
            #expect(try await office.todo("一") == [matter])
            #expect(try await office.act(matter, .agree("代班同意"), by: "一").isCarriedOut)
            let act = try await office.file(matter).acts.last { $0.kind == .agreed }
            #expect(act?.staff == office.id("一") && act?.behalf == office.id("丙"))
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Work is delegated within its section, when it is given and when it is done", arguments: StoreKind.allCases)
    func sections(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            let outside = try await office.refusal(matter, Self.delegate(office, to: "子"), by: "丙")
            #expect(outside == ["matter.delegate.section"])
            try await office.act(matter, Self.delegate(office, to: "庚"), by: "丙")
            // 庚 moves to the other section meanwhile.
            try await office.grant("levy", to: "庚")
            try await office.take("office", from: "庚")
            #expect(try await office.refusal(matter, .agree(""), by: "庚") == ["matter.delegate.section"])
            try await office.act(matter, .recall("已调岗"), by: "丙")
            #expect(try await office.act(matter, .agree("同意"), by: "丙").isCarriedOut)
        }
    }
}
