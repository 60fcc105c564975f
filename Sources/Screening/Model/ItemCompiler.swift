import Basics

/// Compiles points, pairs, caps and tables into records by item number.
struct ItemCompiler {
    private let knowledge: KnowledgeBase
    private let books: CodeBooks
    private(set) var items: [ItemProfile]
    private(set) var conditions: [Condition] = []
    private(set) var pointIDs: [String] = []
    private(set) var pairStart: [Int32] = []
    private(set) var pairs: [CompiledPair] = []
    private(set) var pairNeeded: [UInt64] = []
    private(set) var caps: [[PriceCap]] = []
    private let herbNumbers: [String: UInt8]
    private(set) var herbPairs: [(a: UInt8, b: UInt8, rule: Int, point: Int32, doctrine: String)] = []
    private(set) var herbNames: [String] = [""]
    private(set) var rangeRules: [(rule: Int, point: Int32)] = []
    private(set) var drugClasses: [String: Int16] = [:]
    private(set) var groups: [String] = []
    private(set) var operations: [String] = [""]
    private var operationNumbers: [String: Int32] = [:]
    private var limitPoints: [Int32] = []

    init(_ knowledge: KnowledgeBase, _ books: CodeBooks) throws {
        self.knowledge = knowledge
        self.books = books
        herbNumbers = try ItemCompiler.herbNumbers(knowledge)
        items = []
    }

    /// The herbs of a prescription are bits of one word; bit 0 stands for all that are in no pair.
    static let mostHerbs = 63

    /// Herbs of pairs as small numbers from 1, in order of name; no rule asks for others.
    static func herbNumbers(_ knowledge: KnowledgeBase) throws -> [String: UInt8] {
        let herbs = knowledge.herbsOfPairs
        guard herbs.count <= mostHerbs else {
            throw Problems(
                Problem(
                    "screening.herbs.many", field: "herb_pairs.csv",
                    "配伍禁忌涉及\(herbs.count)味饮片,最多\(mostHerbs)味,请合并同一味饮片的名称(别名写进 herb_names.csv),或删去多余的配对"))
        }
        return Dictionary(uniqueKeysWithValues: zip(herbs, 1...UInt8(mostHerbs)))
    }

    mutating func compile() {
        for point in knowledge.points { for item in point.items { _ = books.items.number(of: item) } }
        for pair in knowledge.pairs { _ = (books.items.number(of: pair.itemA), books.items.number(of: pair.itemB)) }
        for limit in knowledge.limits where limit.kind.isOfItem { _ = books.items.number(of: limit.subject) }
        items = Array(repeating: ItemProfile(), count: books.items.count)
        compileConditions()
        compilePairs()
        compileCodes()
        compileCaps()
        compileHerbs()
        for range in knowledge.codeRanges { rangeRules.append((range.rule, addPoint(range.id))) }
    }

    private mutating func addPoint(_ id: String) -> Int32 {
        pointIDs.append(id)
        return Int32(pointIDs.count - 1)
    }

    private mutating func compileConditions() {
        var byItem: [[Condition]] = Array(repeating: [], count: items.count)
        for point in knowledge.points {
            guard let check = check(point.demand) else { continue }
            let rule = knowledge.rules[point.rule]
            let condition = Condition(
                check: check, rule: UInt16(point.rule), point: addPoint(point.id), onlyInScope: rule.onlyInScope)
            for item in Set(point.items) { byItem[Int(books.items.number(of: item))].append(condition) }
        }
        for (index, limit) in knowledge.limits.enumerated() {
            limitPoints.append(addPoint(limit.id))
            guard limit.kind.isOfItem else { continue }
            byItem[Int(books.items.number(of: limit.subject))].append(
                Condition(
                    check: .limit(Int32(index)), rule: UInt16(limit.rule), point: limitPoints[index],
                    onlyInScope: knowledge.rules[limit.rule].onlyInScope))
        }
        for (item, list) in byItem.enumerated() where !list.isEmpty {
            items[item].conditionStart = Int32(conditions.count)
            items[item].conditionCount = Int16(list.count)
            conditions += list
            for condition in list { items[item].attention.formUnion(attention(condition.check)) }
        }
    }

    private mutating func check(_ demand: Demand) -> Check? {
        switch demand {
        case .sex(let sex): return .sex(sex)
        case .age(let limit): return .age(limit)
        case .workInjury: return .workInjury
        case .maternity: return .maternity
        case .tier(let atLeast): return .tier(atLeast)
        case .inpatientOnly: return .inpatientOnly
        case .inpatientOrEmergency: return .inpatientOrEmergency
        case .notInternet: return .notInternet
        case .quantity(let maximum): return .quantity(maximum)
        case .period(let maximum, let days): return .period(maximum, days)
        case .course(let days, let span, let gap): return .course(days: days ?? 0, span: span ?? 0, gap: gap ?? 0)
        case .surgery(let group):
            if let known = groups.firstIndex(of: group) { return .surgery(group: UInt16(known)) }
            groups.append(group)
            return .surgery(group: UInt16(groups.count - 1))
        case .herbalNone: return .herbalNone
        case .herbalSingle: return .herbalSingle
        case .words: return nil
        }
    }

    private func attention(_ check: Check) -> Attention {
        switch check {
        case .sex(let sex): sex == 1 ? .maleOnly : .femaleOnly
        case .age: .age
        case .workInjury, .maternity: .insurance
        case .tier: .tier
        case .inpatientOnly, .inpatientOrEmergency, .notInternet: .setting
        case .quantity: .quantity
        case .period: .period
        case .course: .course
        case .surgery: .surgery
        case .herbalNone: .herbalNone
        case .herbalSingle: []
        case .limit: .limit
        }
    }

    private mutating func compilePairs() {
        var lists: [[CompiledPair]] = []
        func dense(_ code: String, _ items: inout [ItemProfile]) -> Int16 {
            let item = Int(books.items.number(of: code))
            if items[item].pair < 0 {
                items[item].pair = Int16(lists.count)
                items[item].attention.formUnion(.pair)
                lists.append([])
            }
            return items[item].pair
        }
        for (index, pair) in knowledge.pairs.enumerated() {
            let (a, b) = (dense(pair.itemA, &items), dense(pair.itemB, &items))
            lists[Int(a)].append(
                CompiledPair(
                    pairIndex: Int32(index), other: b, scope: pair.scope, rule: UInt16(pair.rule),
                    point: addPoint(pair.id)))
        }
        for list in lists {
            pairStart.append(Int32(pairs.count))
            pairs += list
            pairNeeded.append(list.reduce(0) { $0 | 1 << UInt64($1.other & 63) })
        }
        pairStart.append(Int32(pairs.count))
    }

    /// What a code tells by itself: bed, idle fee, CT, MRI, drug class, operation.
    private mutating func compileCodes() {
        let parameters = knowledge.parameters
        for number in 1..<max(1, items.count) {
            let code = books.items.code(UInt32(number))
            func begins(_ prefixes: [String]) -> Bool { prefixes.contains { code.hasPrefix($0) } }
            if begins(parameters.bedItemPrefixes) {
                items[number].isBed = true
                items[number].attention.formUnion(.bed)
            }
            items[number].isIdle = begins(parameters.idleItemPrefixes)
            items[number].isCT = begins(parameters.ctItemPrefixes)
            items[number].isMRI = begins(parameters.mriItemPrefixes)
            if items[number].isCT {
                items[number].attention.formUnion(.ct)
            } else if items[number].isMRI {
                items[number].attention.formUnion(.mri)
            }
            if items[number].attention.contains(.surgery) {
                let head = String(code.prefix(11))
                if operationNumbers[head] == nil {
                    operationNumbers[head] = Int32(operations.count)
                    operations.append(head)
                }
                items[number].operation = operationNumbers[head]!
            }
            let bytes = Array(code.utf8)
            guard bytes.count == 23, bytes[0] == 0x58 else { continue }
            let level4 = String(decoding: bytes[1..<6], as: UTF8.self)
            if parameters.sameClassExcepted.contains(where: { level4.hasPrefix($0) }) { continue }
            if drugClasses[level4] == nil { drugClasses[level4] = Int16(drugClasses.count + 1) }
            items[number].drugClass = drugClasses[level4]!
            // Characters 7–10 name the substance within the class.
            items[number].drugName = bytes[6..<10].reduce(0) { $0 << 8 | Int32($1 & 0x7F) }
        }
    }

    /// The items as the hot loop sees them; substances are numbered within their class.
    func marks() -> [ItemMark] {
        var substances: [Int16: [Int32: UInt16]] = [:]
        return items.map { item in
            var mark = ItemMark(attention: item.attention.rawValue)
            guard item.drugClass != 0 else { return mark }
            let next = UInt16((substances[item.drugClass]?.count ?? 0) + 1)
            let known = substances[item.drugClass]?[item.drugName]
            substances[item.drugClass, default: [:]][item.drugName] = known ?? next
            mark.drugClass = UInt16(item.drugClass)
            mark.substance = known ?? next
            return mark
        }
    }

    func leastCaps() -> [Int64] {
        items.map { item in
            item.cap < 0 ? .max : caps[Int(item.cap)].flatMap { $0.byTier.compactMap(\.self) }.min() ?? .max
        }
    }

    func leastMaxima() -> [Int64] {
        items.map { item in
            let start = Int(item.conditionStart)
            return conditions[start..<start + Int(item.conditionCount)].reduce(.max) { least, condition in
                guard case .quantity(let maximum) = condition.check else { return least }
                return min(least, maximum)
            }
        }
    }

    private mutating func compileCaps() {
        for cap in knowledge.caps {
            let item = Int(books.items.number(of: cap.item))
            if item >= items.count { items += Array(repeating: ItemProfile(), count: item + 1 - items.count) }
            if items[item].cap >= 0 {
                caps[Int(items[item].cap)].append(cap)
                continue
            }
            items[item].cap = Int32(caps.count)
            items[item].attention.formUnion(.cap)
            caps.append([cap])
        }
    }

    private mutating func compileHerbs() {
        herbNames += knowledge.herbsOfPairs
        for pair in knowledge.herbPairs {
            guard let a = herbNumbers[pair.herbA], let b = herbNumbers[pair.herbB] else { continue }
            herbPairs.append((a, b, pair.rule, addPoint(pair.id), pair.doctrine))
        }
    }

    /// Turns prefixes into intervals of ranks and sets of items.
    func limitMatches(
        diagnoses: (book: CodeBook, profiles: [CodeProfile]), procedures: (book: CodeBook, profiles: [CodeProfile])
    ) -> [CompiledRules.LimitMatch] {
        func interval(_ prefix: String, _ side: (book: CodeBook, profiles: [CodeProfile])) -> ClosedRange<Int32>? {
            let bytes = Array(prefix.uppercased().utf8)
            var low = Int32.max
            var high = Int32.min
            for number in 1..<max(1, side.book.count) where side.book.codes[number].starts(with: bytes) {
                low = min(low, side.profiles[number].rank)
                high = max(high, side.profiles[number].rank)
            }
            return low <= high ? low...high : nil
        }
        func itemNumbers(_ list: [String]) -> Set<UInt32> {
            let prefixes = list.map { $0.uppercased() }
            var result: Set<UInt32> = []
            for number in 1..<max(1, books.items.count) {
                let code = books.items.code(UInt32(number))
                if prefixes.contains(where: { code.hasPrefix($0) }) { result.insert(UInt32(number)) }
            }
            return result
        }
        return knowledge.limits.enumerated().map { index, limit in
            var match = CompiledRules.LimitMatch(point: limitPoints[index])
            switch limit.kind {
            case .indication, .contraindication: match.intervals = limit.list.compactMap { interval($0, diagnoses) }
            case .diagnosisProcedure: match.intervals = limit.list.compactMap { interval($0, procedures) }
            case .secondLine, .itemItem, .diagnosisItem: match.items = itemNumbers(limit.list)
            case .department: match.departments = Set(limit.list.map { books.departments.number(of: $0) })
            case .totalCap, .dose: break
            }
            if limit.kind == .diagnosisProcedure || limit.kind == .diagnosisItem {
                match.subject = interval(limit.subject, diagnoses)
            }
            return match
        }
    }
}

extension KnowledgeBase {
    /// Names of the herbs that are in a pair, in order of their bytes.
    var herbsOfPairs: [String] {
        Set(herbPairs.flatMap { [$0.herbA, $0.herbB] }).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
