import Basics
import Foundation
import Seals

/// A range of diagnosis or procedure codes that goes with one sex or with the newborn only.
public struct CodeRange: Sendable {
    public let id: String
    public let rule: Int
    public let ofProcedures: Bool
    public let first: String
    public let last: String
    /// 1 male, 2 female; nil when the range is one of age.
    public let sex: UInt8?
    public let name: String

    /// Compares as many characters as the bounds have: `O99.8` lies in O00–O99. `code` is in capitals.
    public func contains(_ code: String) -> Bool {
        let head = code.utf8.prefix(first.utf8.count)
        return head.count == first.utf8.count && !head.lexicographicallyPrecedes(first.utf8)
            && !last.utf8.lexicographicallyPrecedes(head)
    }
}

/// Two herbs that must not stand in one prescription (十八反、十九畏).
public struct HerbPair: Sendable {
    public let id: String
    public let rule: Int
    public let doctrine: String
    public let herbA: String
    public let herbB: String
}

/// An area's price cap of an item for one span of days, in 10⁻⁶ yuan by tier; nil without a cap.
public struct PriceCap: Sendable {
    public let item: String
    public let byTier: [Int64?]
    public let from: Day?
    public let through: Day?
}

/// Everything the rules know: the register, points, pairs, code ranges, herbs, caps and agency tables.
public struct KnowledgeBase: Sendable {
    public private(set) var rules: [Rule] = []
    public private(set) var points: [Point] = []
    public private(set) var pairs: [ItemPair] = []
    public private(set) var codeRanges: [CodeRange] = []
    /// Alias → herb.
    public private(set) var herbs: [String: String] = [:]
    public private(set) var herbPairs: [HerbPair] = []
    public private(set) var caps: [PriceCap] = []
    public private(set) var capsArea: String?
    public private(set) var limits: [TableLimit] = []
    public private(set) var itemNames: [String: String] = [:]
    /// May be changed before a run, as an agency does with its own file.
    public var parameters: Parameters
    /// Each file that was read with its SM3 hash, for `run.json`.
    public private(set) var files: [(name: String, hash: String)] = []

    var ruleIndex: [String: Int] = [:]
}

extension KnowledgeBase {
    /// Reads the house's knowledge from `folder`, then what the agency adds from `extra`.
    public init(
        folder: URL, extra: URL? = nil, parametersFile: URL? = nil, capsArea: String? = nil
    ) throws {
        let yaml = parametersFile ?? folder.appending(path: "parameters.yaml")
        let text = try KnowledgeBase.text(yaml)
        parameters = try Parameters(yaml: text, file: yaml.lastPathComponent)
        files.append((yaml.lastPathComponent, Hex.encode(SM3.hash(text))))
        guard let register = try table("rules.csv", in: folder, ["code", "name", "kind", "state"]) else {
            throw Problems(Problem("screening.knowledge.missing", field: folder.path, "知识库文件夹缺少 rules.csv"))
        }
        rules = try Rule.register(register, file: "rules.csv")
        for (index, rule) in rules.enumerated() { ruleIndex[rule.code] = index }
        try read(folder, origin: "")
        if let extra {
            guard FileManager.default.fileExists(atPath: extra.path) else {
                throw Problems(Problem("screening.knowledge.folder", field: extra.path, "找不到这个知识文件夹,请检查路径"))
            }
            try KnowledgeBase.refuseUnknownFiles(extra)
            try read(extra, origin: "机构:")
        }
        if let capsArea { try readCaps(area: capsArea, folders: [extra, folder].compactMap(\.self)) }
    }

    private mutating func read(_ folder: URL, origin: String) throws {
        var problems = Problems()
        if let table = try table("points.csv", in: folder, ["point_id", "rule_code", "item_name", "parameters"]) {
            readPoints(table, file: origin + "points.csv", problems: &problems)
        }
        if let table = try table("point_items.csv", in: folder, ["point_id", "item_code"]) {
            readPointItems(table, file: origin + "point_items.csv", problems: &problems)
        }
        if problems.all.isEmpty { requireItems(file: origin + "points.csv", problems: &problems) }
        if let table = try table("pairs.csv", in: folder, ["point_id", "rule_code", "scope", "item_a", "item_b"]) {
            readPairs(table, file: origin + "pairs.csv", problems: &problems)
        }
        if let table = try table("code_ranges.csv", in: folder, ["point_id", "rule_code", "system", "first", "last"]) {
            readCodeRanges(table, file: origin + "code_ranges.csv", problems: &problems)
        }
        if let table = try table("herb_names.csv", in: folder, ["herb", "alias"]) {
            for row in table.rows { herbs[row["alias"]] = row["herb"] }
        }
        if let table = try table("herb_pairs.csv", in: folder, ["point_id", "rule_code", "herb_a", "herb_b"]) {
            readHerbPairs(table, file: origin + "herb_pairs.csv", problems: &problems)
        }
        for kind in TableLimit.Kind.allCases {
            let file = kind.rawValue + ".csv"
            guard let table = try table(file, in: folder, kind.columns) else { continue }
            limits += TableLimit.read(table, kind, file: origin + file, rules: ruleIndex, problems: &problems)
        }
        try problems.throwIfAny()
    }

    private static let ownFiles = [
        "points.csv", "point_items.csv", "pairs.csv", "code_ranges.csv", "herb_names.csv", "herb_pairs.csv",
    ]

    /// A table under a misspelt name would be passed over without a word.
    private static func refuseUnknownFiles(_ folder: URL) throws {
        let known = Set(ownFiles + TableLimit.Kind.allCases.map { $0.rawValue + ".csv" })
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        var problems = Problems()
        for name in names.sorted() where name.lowercased().hasSuffix(".csv") && !known.contains(name) {
            problems.add(
                "screening.knowledge.file", field: "机构:" + name,
                "不认识这个文件名,请改成 \(known.sorted().joined(separator: "、")) 之一")
        }
        try problems.throwIfAny()
    }

    private static func text(_ file: URL) throws -> String {
        guard let data = try? Data(contentsOf: file) else {
            throw Problems(Problem("screening.knowledge.missing", field: file.path, "读不到这个文件,请检查路径和权限"))
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw Problems(Problem("screening.knowledge.encoding", field: file.path, "文件不是 UTF-8,请另存为 UTF-8 编码的 CSV"))
        }
        return text
    }

    private mutating func table(_ name: String, in folder: URL, _ required: [String]) throws -> CSVTable? {
        let file = folder.appending(path: name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let text = try KnowledgeBase.text(file)
        files.append((name, Hex.encode(SM3.hash(text))))
        return try CSVTable(text, file: name, required: required)
    }
}

// MARK: - One file each

extension KnowledgeBase {
    private mutating func readPoints(_ table: CSVTable, file: String, problems: inout Problems) {
        var known = Set(points.map(\.id))
        for row in table.rows {
            let place = "\(file):\(row.line)"
            guard !row["point_id"].isEmpty, known.insert(row["point_id"]).inserted else {
                problems.add("screening.point.doubled", field: place, "知识点编号“\(row["point_id"])”为空或已经用过,请另编一个")
                continue
            }
            guard let rule = ruleIndex[row["rule_code"]] else {
                problems.add("screening.point.rule", field: place, "规则编码“\(row["rule_code"])”不在登记中,请用 yibao rules 查看")
                continue
            }
            let kind = rules[rule].kind
            do throws(Problem) {
                let demand = kind == .table ? .words : try Demand(row["parameters"], kind: kind ?? .table)
                points.append(
                    Point(
                        id: row["point_id"], rule: rule, itemName: row["item_name"], demand: demand,
                        parameters: row["parameters"], text: row["constraint_text"]))
            } catch {
                problems.add(error.code, field: place, error.message)
            }
        }
    }

    private mutating func readPointItems(_ table: CSVTable, file: String, problems: inout Problems) {
        var index: [String: Int] = [:]
        for (number, point) in points.enumerated() { index[point.id] = number }
        for row in table.rows {
            guard let point = index[row["point_id"]] else {
                problems.add(
                    "screening.point.unknown", field: "\(file):\(row.line)", "没有知识点\(row["point_id"]),请先写进 points.csv")
                continue
            }
            points[point].items.append(row["item_code"])
            itemNames[row["item_code"]] = points[point].itemName
        }
    }

    /// A point without an item would never find anything.
    private func requireItems(file: String, problems: inout Problems) {
        for point in points where point.items.isEmpty && point.demand != .words {
            problems.add("screening.point.items", field: file, "知识点\(point.id)没有项目编码,请在 point_items.csv 补上")
        }
    }

    private mutating func readPairs(_ table: CSVTable, file: String, problems: inout Problems) {
        for row in table.rows {
            let place = "\(file):\(row.line)"
            guard let rule = ruleIndex[row["rule_code"]], let scope = PairScope(rawValue: row["scope"]) else {
                problems.add("screening.pair", field: place, "规则编码不在登记中,或 scope 不是 day、encounter、6h、hour")
                continue
            }
            guard row["item_a"] != row["item_b"] else {
                problems.add("screening.pair.same", field: place, "item_a 与 item_b 相同,请改用限频次的知识点")
                continue
            }
            pairs.append(
                ItemPair(
                    id: row["point_id"], rule: rule, scope: scope, itemA: row["item_a"], nameA: row["name_a"],
                    itemB: row["item_b"], nameB: row["name_b"]))
            itemNames[row["item_a"]] = row["name_a"]
            itemNames[row["item_b"]] = row["name_b"]
        }
    }

    private mutating func readCodeRanges(_ table: CSVTable, file: String, problems: inout Problems) {
        for row in table.rows {
            let place = "\(file):\(row.line)"
            guard let rule = ruleIndex[row["rule_code"]], row["first"].count == row["last"].count,
                row["first"] <= row["last"], ["diagnosis", "procedure"].contains(row["system"]),
                (row["sex"] == "1" || row["sex"] == "2") != (row["age"] == "newborn")
            else {
                problems.add("screening.range", field: place, "起止编码应等长且有序,sex 为 1、2 或 age 为 newborn,请改正")
                continue
            }
            codeRanges.append(
                CodeRange(
                    id: row["point_id"], rule: rule, ofProcedures: row["system"] == "procedure", first: row["first"],
                    last: row["last"], sex: UInt8(row["sex"]), name: row["name"]))
        }
        if codeRanges.count > 64 {
            problems.add("screening.range.many", field: file, "编码范围最多 64 条,请合并相邻的范围")
        }
    }

    private mutating func readHerbPairs(_ table: CSVTable, file: String, problems: inout Problems) {
        let known = Set(herbs.values)
        for row in table.rows {
            guard let rule = ruleIndex[row["rule_code"]], known.contains(row["herb_a"]), known.contains(row["herb_b"])
            else {
                problems.add("screening.herb", field: "\(file):\(row.line)", "饮片名称不在 herb_names.csv 中,请先补上")
                continue
            }
            herbPairs.append(
                HerbPair(
                    id: row["point_id"], rule: rule, doctrine: row["doctrine"], herbA: row["herb_a"],
                    herbB: row["herb_b"]))
        }
    }

    private mutating func readCaps(area: String, folders: [URL]) throws {
        for folder in folders {
            guard
                let table = try table(
                    "caps/\(area).csv", in: folder, ["item_code", "cap_tier3", "cap_tier2", "cap_tier1"])
            else { continue }
            var problems = Problems()
            func price(_ text: String, _ line: Int) -> Int64? {
                if text.isEmpty { return nil }
                let value = try? FixedPoint.parse(text, decimals: 6)
                if value == nil {
                    problems.add("screening.caps", field: "caps/\(area).csv:\(line)", "价格“\(text)”不是数字,请改正")
                }
                return value
            }
            caps = table.rows.map { row in
                PriceCap(
                    item: row["item_code"],
                    byTier: ["", row["cap_tier1"], row["cap_tier2"], row["cap_tier3"]].map { price($0, row.line) },
                    from: Day(row["valid_from"]), through: Day(row["valid_to"]))
            }
            try problems.throwIfAny()
            capsArea = area
            return
        }
        throw Problems(Problem("screening.caps.area", field: area, "没有这个地区的价格表,请把 caps/\(area).csv 放进知识文件夹"))
    }
}

extension KnowledgeBase {
    /// Where knowledge lies when the command line does not say: beside the executable, in its `share`
    /// folder, else in the source tree this binary was built from. A moved binary so finds what moved with it.
    public static func standardFolder() throws -> URL {
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let tree = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let candidates = [
            executable.appending(path: "knowledge/screening"),
            executable.appending(path: "../share/yibao/knowledge/screening"),
            tree.appending(path: "knowledge/screening"),
        ]
        for folder in candidates
        where FileManager.default.fileExists(atPath: folder.appending(path: "rules.csv").path) { return folder }
        throw Problems(
            Problem("screening.knowledge.missing", "找不到知识库:请把 knowledge/screening 放在程序旁边,或用 --knowledge-base 指定"))
    }
}
