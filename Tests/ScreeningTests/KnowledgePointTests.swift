import Basics
import Foundation
import Screening
import Testing

/// For every structured knowledge point: one encounter that violates it and one that just does not.
/// All of the first are found, none of the second.
@Suite struct KnowledgePointTests {
    private static let day = Day("2025-06-10")!

    @Test func everyPointFindsItsViolationAndNothingElse() throws {
        var knowledge = Engine.knowledge
        knowledge.parameters.internet = ["9901"]
        var extract = InventedExtract()
        var wanted: Set<String> = []
        var clean: Set<String> = []
        let demands = Self.demandsByItem(knowledge)
        func add(_ point: String, _ encounters: [InventedExtract.Encounter], violates: Bool) {
            let first = "\(violates ? "V" : "C")\(extract.encounters.count)"
            for (number, encounter) in encounters.enumerated() {
                var own = encounter
                own.id = "\(first)-\(number)"
                own.person = "P\(first)"
                extract.encounters.append(own)
                if !violates { clean.insert(own.id) }
            }
            if violates { wanted.insert("\(point) P\(first)") }
        }
        for point in knowledge.points where point.demand != .words {
            for item in point.items.prefix(2) {
                let base = Self.compliant(demands[item]!, item)
                for situation in Self.situations(point, item, base, knowledge) {
                    add(point.id, situation.encounters, violates: situation.violates)
                }
            }
        }
        for pair in knowledge.pairs {
            for (encounters, violates) in Self.situations(pair, demands) {
                add(pair.id, encounters, violates: violates)
            }
        }
        let findings = try Engine.run(extract, knowledge: knowledge).filter { !$0.point.isEmpty }
        let hits = Set(findings.map { "\($0.point) \($0.person)" })
        #expect(wanted.count > 2500)
        #expect(wanted.subtracting(hits).sorted().prefix(20) == [])
        #expect(findings.filter { clean.contains($0.encounter) }.map { "\($0.point) \($0.encounter)" }.prefix(20) == [])
    }

    /// Each range of codes: the other sex, or 29 days old, is found; the own sex, or 28 days old, is not.
    @Test func everyCodeRangeFindsItsViolationAndNothingElse() throws {
        var extract = InventedExtract()
        var wanted: Set<String> = []
        for range in Engine.knowledge.codeRanges {
            for code in Set([range.first, range.last]) {
                for violates in [true, false] {
                    var visit = InventedExtract.Encounter(id: "\(range.id) \(code) \(violates)", person: "")
                    visit.person = visit.id
                    visit.medType = "11"
                    visit.begin = Self.at(0)
                    visit.end = visit.begin
                    if let sex = range.sex { visit.sex = violates ? "\(3 - sex)" : "\(sex)" }
                    if range.sex == nil { visit.birth = (Self.day - (violates ? 29 : 28)).description }
                    let whole = code.count == 2 ? code + ".0900" : code.contains(".") ? code + "00" : code + ".900"
                    if range.ofProcedures {
                        extract.procedures.append((visit.id, visit.person, whole))
                    } else {
                        visit.diagnosis = whole
                    }
                    extract.encounters.append(visit)
                    if violates { wanted.insert("\(range.id) \(visit.id)") }
                }
            }
        }
        let found = try Engine.run(extract).filter { $0.point.hasPrefix("CR-") }.map { "\($0.point) \($0.person)" }
        #expect(wanted.count > 60)
        #expect(Set(found) == wanted && found.count == wanted.count)
    }

    /// Each name of each herb of each pair: found in one prescription, not in two.
    @Test func everyHerbPairFindsItsViolationUnderEveryName() throws {
        var extract = InventedExtract()
        var wanted: Set<String> = []
        let names = Dictionary(grouping: Engine.knowledge.herbs, by: \.value).mapValues { $0.map(\.key).sorted() }
        func add(_ pair: HerbPair, _ a: String, _ b: String, together: Bool) {
            var visit = InventedExtract.Encounter(id: "\(pair.id) \(a) \(b) \(together)", person: "")
            visit.person = visit.id
            visit.lines = [(a, "R"), (b, together ? "R" : "S")].enumerated().map { number, herb in
                .init(
                    item: "T88880000\(number)", at: Self.at(0),
                    more: ["hilist_name": herb.0, "rx_drord_no": herb.1, "list_type": "103"])
            }
            extract.encounters.append(visit)
            if together { wanted.insert("\(pair.id) \(visit.id)") }
        }
        for pair in Engine.knowledge.herbPairs {
            for name in names[pair.herbA] ?? [] { add(pair, name, pair.herbB, together: true) }
            for name in names[pair.herbB] ?? [] { add(pair, pair.herbA, name, together: true) }
            add(pair, pair.herbA, pair.herbB, together: false)
        }
        let found = try Engine.run(extract).filter { $0.kind == "herbal_incompatible" }
        #expect(wanted.count > 200)
        #expect(Set(found.map { "\($0.point) \($0.person)" }) == wanted)
    }

    private static func demandsByItem(_ knowledge: KnowledgeBase) -> [String: [Demand]] {
        var demands: [String: [Demand]] = [:]
        for point in knowledge.points { for item in point.items { demands[item, default: []].append(point.demand) } }
        for pair in knowledge.pairs { for item in [pair.itemA, pair.itemB] { demands[item, default: []] += [] } }
        return demands
    }

    private struct Situation {
        var encounters: [InventedExtract.Encounter]
        var violates: Bool
    }

    /// A patient who meets everything the item asks.
    private static func compliant(_ demands: [Demand], _ item: String) -> InventedExtract.Encounter {
        var encounter = InventedExtract.Encounter(id: "", person: "")
        encounter.birth = (day - 40 * 366).description
        for demand in demands {
            switch demand {
            case .sex(let sex): encounter.sex = "\(sex)"
            case .age(let limit): encounter.birth = birth(limit).description
            case .maternity: encounter.insurance = "510"
            default: break
            }
        }
        encounter.begin = "2025-06-10 08:00:00"
        encounter.end = "2027-06-10 08:00:00"
        encounter.lines = [.init(item: item, at: at(0))]
        return encounter
    }

    private static func birth(_ limit: AgeLimit) -> Day {
        if limit.newborn { return day - 10 }
        if limit.workingAge { return day - 40 * 366 }
        if let least = limit.atLeast { return years(Int(least)) - 30 }
        let below = Int(limit.below ?? limit.atMost.map { $0 + 1 } ?? 100)
        return below <= 1 ? day - 100 : years(below - 2) - 30
    }

    /// The day so many years before.
    private static func years(_ count: Int) -> Day { Day(year: day.year - count, month: 6, day: 10)! }
    private static func at(_ offset: Int, second: Int = 36_000) -> String {
        Moment(seconds: Int64((day + offset).number) * 86_400 + Int64(second)).description
    }

    private static func situations(
        _ point: Point, _ item: String, _ base: InventedExtract.Encounter, _ knowledge: KnowledgeBase
    ) -> [Situation] {
        func one(_ violates: Bool, _ change: (inout InventedExtract.Encounter) -> Void) -> Situation {
            var encounter = base
            change(&encounter)
            return Situation(encounters: [encounter], violates: violates)
        }
        func uses(_ days: [Int], _ violates: Bool) -> Situation {
            one(violates) { encounter in encounter.lines = days.map { .init(item: item, at: at($0)) } }
        }
        switch point.demand {
        case .words: return []
        case .sex(let sex): return [one(true) { $0.sex = "\(3 - sex)" }, one(false) { $0.sex = "\(sex)" }]
        case .age(let limit):
            var result: [Situation] = []
            if limit.newborn {
                result = [
                    one(true) { $0.birth = (day - 29).description }, one(false) { $0.birth = (day - 28).description },
                ]
            }
            if limit.workingAge {
                result += [
                    one(true) { $0.birth = (years(16) + 1).description },
                    one(false) { $0.birth = years(16).description },
                ]
                result += [
                    one(true) {
                        $0.sex = "1"
                        $0.birth = years(70).description
                    }
                ]
            }
            if let below = limit.below {
                result += [
                    one(true) { $0.birth = years(Int(below)).description },
                    one(false) { $0.birth = (years(Int(below)) + 1).description },
                ]
            }
            if let least = limit.atLeast {
                result += [
                    one(true) { $0.birth = (years(Int(least)) + 1).description },
                    one(false) { $0.birth = years(Int(least)).description },
                ]
            }
            return result
        case .workInjury, .herbalNone: return [one(true) { _ in }, one(false) { $0.lines[0].inScope = "0" }]
        case .maternity: return [one(true) { $0.insurance = "310" }, one(false) { $0.insurance = "510" }]
        case .tier(let least):
            return [one(true) { $0.tier = "\(least - 1)" }, one(false) { $0.tier = "\(least)" }]
        case .inpatientOnly: return [one(true) { $0.medType = "11" }, one(false) { $0.medType = "21" }]
        case .inpatientOrEmergency: return [one(true) { $0.medType = "11" }, one(false) { $0.medType = "13" }]
        case .notInternet: return [one(true) { $0.medType = "9901" }, one(false) { $0.medType = "11" }]
        case .quantity(let most):
            let over = Quantity(tenThousandths: most + 1).description
            return [
                one(true) { $0.lines[0].quantity = over },
                one(false) { $0.lines[0].quantity = Quantity(tenThousandths: most).description },
                // The same quantity over two days.
                one(false) { encounter in
                    let half = Quantity(tenThousandths: most).description
                    encounter.lines = [
                        .init(item: item, at: at(0), quantity: half), .init(item: item, at: at(2), quantity: half),
                    ]
                },
            ]
        case .period(_, let days): return [uses([0, Int(days) - 1], true), uses([0, Int(days)], false)]
        case .course(let days, let span, let gap):
            var result: [Situation] = []
            if let days { result += [uses(Array(0...Int(days)), true), uses(Array(0..<Int(days)), false)] }
            if let span { result += [uses([0, Int(span)], true), uses([0, Int(span) - 1], false)] }
            if let gap { result += [uses([0, Int(gap) - 1], true), uses([0, Int(gap)], false)] }
            return result
        case .surgery:
            let other = knowledge.points.first {
                $0.demand == point.demand && $0.items[0].prefix(11) != item.prefix(11)
            }!
            return [
                one(true) { $0.lines.append(.init(item: other.items[0], at: at(0), price: "99")) },
                one(false) { $0.lines.append(.init(item: item, at: at(0), price: "99")) },
            ]
        case .herbalSingle:
            return [one(true) { _ in }, one(false) { $0.lines.append(.init(item: "T999900001", at: at(0))) }]
        }
    }

    private static func situations(
        _ pair: ItemPair, _ demands: [String: [Demand]]
    ) -> [([InventedExtract.Encounter], Bool)] {
        var base = compliant(demands[pair.itemA]! + demands[pair.itemB]!, pair.itemA)
        func both(_ offset: Int, _ second: Int) -> [InventedExtract.Encounter] {
            base.lines = [.init(item: pair.itemA, at: at(0)), .init(item: pair.itemB, at: at(offset, second: second))]
            return [base]
        }
        switch pair.scope {
        case .day: return [(both(0, 80_000), true), (both(1, 36_000), false)]
        case .encounter:
            var second = base
            second.lines = [.init(item: pair.itemB, at: at(0))]
            var first = base
            first.lines = [.init(item: pair.itemA, at: at(0))]
            return [(both(30, 36_000), true), ([first, second], false)]
        case .sixHours: return [(both(0, 36_000 + 21_600), true), (both(0, 36_000 + 21_601), false)]
        case .hour: return [(both(0, 36_000 + 3_599), true), (both(0, 36_000 + 3_600), false)]
        }
    }
}
