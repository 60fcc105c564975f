import Basics

/// One file of knowledge each: rows that are sound are taken, the others named with file and line.
extension KnowledgeBase {
    mutating func readPoints(_ table: CSVTable, file: String, problems: inout Problems) {
        table.check(file: file, problems: &problems) { row in
            let id = row.newPoint(&pointNumbers)
            let name = row.text("item_name")
            guard let rule = row.rule(in: self) else { return }
            let demand: Demand
            do throws(Problem) { demand = try Demand(row.row["parameters"], kind: rules[rule].kind ?? .table) } catch {
                return row.refuse(error.code, error.message)
            }
            guard row.isSound else { return }
            pointPlaces[id] = row.place
            points.append(
                Point(
                    id: id, rule: rule, itemName: name, demand: demand, parameters: row.row["parameters"],
                    text: row.row["constraint_text"]))
        }
    }

    mutating func readPointItems(_ table: CSVTable, file: String, problems: inout Problems) {
        var index: [String: Int] = [:]
        for (number, point) in points.enumerated() { index[point.id] = number }
        var known = points.map { Set($0.items) }
        table.check(file: file, problems: &problems) { row in
            let item = row.code("item_code", .item)
            guard let point = index[row.text("point_id")] else {
                if row.isSound {
                    row.refuse("screening.point.unknown", "没有知识点\(row.row["point_id"]),请先写进 points.csv")
                }
                return
            }
            if !known[point].insert(item).inserted {
                row.refuse("screening.point.item", "知识点\(points[point].id)已有项目 \(item),请删去这一行")
            }
            guard row.isSound else { return }
            points[point].items.append(item)
            itemNames[item] = points[point].itemName
        }
    }

    /// A point without an item would never find anything.
    func requireItems(problems: inout Problems) {
        for point in points where point.items.isEmpty && point.demand != .words {
            problems.add(
                "screening.point.items", field: pointPlaces[point.id],
                "知识点\(point.id)没有项目编码,请在 point_items.csv 补上")
        }
    }

    mutating func readPairs(_ table: CSVTable, file: String, problems: inout Problems) {
        func key(_ rule: Int, _ scope: PairScope, _ a: String, _ b: String) -> [String] {
            ["\(rule)", scope.rawValue, a, b]
        }
        var known: [[String]: String] = [:]
        for pair in pairs { known[key(pair.rule, pair.scope, pair.itemA, pair.itemB)] = pair.id }
        table.check(file: file, problems: &problems) { row in
            let id = row.newPoint(&pointNumbers)
            let (itemA, itemB) = (row.code("item_a", .item), row.code("item_b", .item))
            let (nameA, nameB) = (row.text("name_a"), row.text("name_b"))
            if !itemA.isEmpty, itemA == itemB {
                row.refuse("screening.pair.same", "item_a 与 item_b 相同,请改用限频次的知识点")
            }
            let rule = row.rule(in: self, of: [.pair])
            let scope = PairScope(rawValue: row.row["scope"])
            if scope == nil { row.refuse("screening.pair.scope", "scope 应为 day、encounter、6h 或 hour,请改正") }
            guard row.isSound, let rule, let scope else { return }
            if let other = known.updateValue(id, forKey: key(rule, scope, itemA, itemB)) {
                return row.refuse("screening.pair.doubled", "这一对项目已是知识点\(other),请删去这一行")
            }
            pairs.append(
                ItemPair(id: id, rule: rule, scope: scope, itemA: itemA, nameA: nameA, itemB: itemB, nameB: nameB))
            itemNames[itemA] = nameA
            itemNames[itemB] = nameB
        }
    }

    mutating func readCodeRanges(_ table: CSVTable, file: String, problems: inout Problems) {
        table.check(file: file, problems: &problems) { row in
            let id = row.newPoint(&pointNumbers)
            let name = row.text("name")
            let rule = row.rule(in: self, of: [.diagnosisSex, .diagnosisAge, .procedureSex])
            let kind = rule.flatMap { rules[$0].kind }
            let ofProcedures = row.row["system"] == "procedure"
            if !ofProcedures, row.row["system"] != "diagnosis" {
                row.refuse("screening.range.system", "system 应为 diagnosis 或 procedure,请改正")
            } else if let kind, ofProcedures != (kind == .procedureSex) {
                row.refuse("screening.range.system", "system 与规则的类型 \(kind.rawValue) 不符,请改正")
            }
            let form = ofProcedures ? CodeForm.procedure : .diagnosis
            let (first, last) = (row.code("first", form), row.code("last", form))
            if row.isSound, first.utf8.count != last.utf8.count || last.utf8.lexicographicallyPrecedes(first.utf8) {
                row.refuse("screening.range", "起止编码应等长且有序,请改正")
            }
            let (sex, age) = (row.row["sex"], row.row["age"])
            let isOfAge = kind == .diagnosisAge
            if kind != nil, isOfAge ? age != "newborn" || !sex.isEmpty : !["1", "2"].contains(sex) || !age.isEmpty {
                row.refuse(
                    "screening.range.who", isOfAge ? "age 应为 newborn,sex 应空着,请改正" : "sex 应为 1 男或 2 女,age 应空着,请改正")
            }
            guard row.isSound, let rule else { return }
            if codeRanges.count == 64 {
                return row.refuse("screening.range.many", "编码范围连同随系统的最多 64 条,请合并相邻的范围")
            }
            codeRanges.append(
                CodeRange(
                    id: id, rule: rule, ofProcedures: ofProcedures, first: first, last: last, sex: UInt8(sex),
                    name: name))
        }
    }

    mutating func readHerbNames(_ table: CSVTable, file: String, problems: inout Problems) {
        table.check(file: file, problems: &problems) { row in
            let (herb, alias) = (row.text("herb"), row.text("alias"))
            if let known = herbs[alias] {
                row.refuse("screening.herb.alias", "别名“\(alias)”已属于“\(known)”,请删去这一行")
            }
            if row.isSound { herbs[alias] = herb }
        }
    }

    mutating func readHerbPairs(_ table: CSVTable, file: String, problems: inout Problems) {
        let names = Set(herbs.values)
        var known: [Set<String>: String] = [:]
        for pair in herbPairs { known[[pair.herbA, pair.herbB]] = pair.id }
        table.check(file: file, problems: &problems) { row in
            let id = row.newPoint(&pointNumbers)
            let rule = row.rule(in: self, of: [.herbalIncompatible])
            let doctrine = row.text("doctrine")
            let (a, b) = (row.text("herb_a"), row.text("herb_b"))
            for herb in [a, b] where !herb.isEmpty && !names.contains(herb) {
                row.refuse("screening.herb", "饮片“\(herb)”不在 herb_names.csv 中,请先补上")
            }
            if !a.isEmpty, a == b { row.refuse("screening.herb.same", "herb_a 与 herb_b 相同,请改正") }
            guard row.isSound, let rule else { return }
            if let other = known.updateValue(id, forKey: [a, b]) {
                return row.refuse("screening.herb.doubled", "这一对饮片已是知识点\(other),请删去这一行")
            }
            herbPairs.append(HerbPair(id: id, rule: rule, doctrine: doctrine, herbA: a, herbB: b))
        }
    }
}

extension PriceCap {
    /// 一亿元: no unit price is as high.
    private static let mostMicroYuan: Int64 = 100_000_000_000_000

    /// The caps of one area's list.
    static func read(_ table: CSVTable, file: String, problems: inout Problems) -> [PriceCap] {
        var caps: [PriceCap] = []
        var spans: [String: [(from: Day?, through: Day?, line: Int)]] = [:]
        table.check(file: file, problems: &problems) { row in
            let item = row.code("item_code", .item)
            let prices = ["cap_tier1", "cap_tier2", "cap_tier3"].map {
                row.amount($0, decimals: 6, below: mostMicroYuan)
            }
            if row.isSound, prices.allSatisfy({ $0 == nil }) {
                row.refuse("screening.caps", "三个级别都没有价格,请补上或删去这一行")
            }
            let (from, through) = (row.day("valid_from"), row.day("valid_to"))
            if let from, let through, through < from {
                row.refuse("screening.caps.span", "valid_to 早于 valid_from,请改正")
            }
            guard row.isSound else { return }
            let other = spans[item, default: []].first { span in
                let begins = span.through.map { last in from.map { $0 <= last } ?? true } ?? true
                let ends = span.from.map { first in through.map { $0 >= first } ?? true } ?? true
                return begins && ends
            }
            if let other {
                return row.refuse("screening.caps.doubled", "项目 \(item) 在第 \(other.line) 行已有同一时期的价格,请删去一行或写明起止日期")
            }
            spans[item, default: []].append((from, through, row.row.line))
            caps.append(PriceCap(item: item, byTier: [nil] + prices, from: from, through: through))
        }
        return caps
    }
}
