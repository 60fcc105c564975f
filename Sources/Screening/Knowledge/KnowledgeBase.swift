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
    public internal(set) var points: [Point] = []
    public internal(set) var pairs: [ItemPair] = []
    public internal(set) var codeRanges: [CodeRange] = []
    /// Alias → herb.
    public internal(set) var herbs: [String: String] = [:]
    public internal(set) var herbPairs: [HerbPair] = []
    public private(set) var caps: [PriceCap] = []
    public private(set) var capsArea: String?
    public private(set) var limits: [TableLimit] = []
    public internal(set) var itemNames: [String: String] = [:]
    /// May be changed before a run, as an agency does with its own file.
    public var parameters: Parameters
    /// Each file that was read with its SM3 hash, for `run.json`.
    public private(set) var files: [(name: String, hash: String)] = []

    private(set) var ruleIndex: [String: Int] = [:]
    /// The numbers of all points, pairs and ranges: none is used twice.
    var pointNumbers: Set<String> = []
    /// Where each point was read.
    var pointPlaces: [String: String] = [:]
}

extension KnowledgeBase {
    /// Reads the house's knowledge from `folder`, then what the agency adds from `extra`. All mistakes come together,
    /// each with its file and line.
    public init(
        folder: URL, extra: URL? = nil, parametersFile: URL? = nil, capsArea: String? = nil
    ) throws {
        let yaml = parametersFile ?? folder.appending(path: "parameters.yaml")
        let text = try KnowledgeBase.text(yaml)
        parameters = try Parameters(yaml: text, file: yaml.lastPathComponent)
        files.append((yaml.lastPathComponent, Hex.encode(SM3.hash(text))))
        var problems = Problems()
        let register = KnowledgeFile(name: "rules.csv", required: ["code", "name", "kind", "state"])
        guard let table = self.table(register, in: folder, origin: "", problems: &problems) else {
            try problems.throwIfAny()
            throw Problems(Problem("screening.knowledge.missing", field: folder.path, "知识库文件夹缺少 rules.csv"))
        }
        rules = try Rule.register(table, file: register.name)
        for (index, rule) in rules.enumerated() { ruleIndex[rule.code] = index }
        read(folder, origin: "", problems: &problems)
        if let extra {
            guard FileManager.default.fileExists(atPath: extra.path) else {
                throw Problems(Problem("screening.knowledge.folder", field: extra.path, "找不到这个知识文件夹,请检查路径"))
            }
            KnowledgeBase.refuseUnknownFiles(extra, problems: &problems)
            read(extra, origin: KnowledgeBase.agency, problems: &problems)
            readAgencyCaps(extra, area: capsArea, problems: &problems)
        }
        if let capsArea, self.capsArea == nil { readHouseCaps(folder, area: capsArea, problems: &problems) }
        try problems.throwIfAny()
    }

    /// What stands before the name of a file that the agency added.
    private static let agency = "机构:"

    private mutating func read(_ folder: URL, origin: String, problems: inout Problems) {
        let before = problems.all.count
        func take(
            _ form: KnowledgeFile, _ read: (inout KnowledgeBase, CSVTable, String, inout Problems) -> Void
        ) {
            guard let table = self.table(form, in: folder, origin: origin, problems: &problems) else { return }
            form.refuseUnknownColumns(table.header, file: origin + form.name, problems: &problems)
            read(&self, table, origin + form.name, &problems)
        }
        take(.points) { $0.readPoints($1, file: $2, problems: &$3) }
        take(.pointItems) { $0.readPointItems($1, file: $2, problems: &$3) }
        if problems.all.count == before { requireItems(problems: &problems) }
        take(.pairs) { $0.readPairs($1, file: $2, problems: &$3) }
        take(.codeRanges) { $0.readCodeRanges($1, file: $2, problems: &$3) }
        take(.herbNames) { $0.readHerbNames($1, file: $2, problems: &$3) }
        take(.herbPairs) { $0.readHerbPairs($1, file: $2, problems: &$3) }
        for kind in TableLimit.Kind.allCases {
            take(kind.file) { $0.limits += TableLimit.read($1, kind, file: $2, in: $0, problems: &$3) }
        }
    }

    // MARK: Price caps

    /// All of the agency's price lists are checked, the one that is asked for is taken.
    private mutating func readAgencyCaps(_ extra: URL, area: String?, problems: inout Problems) {
        let folder = extra.appending(path: "caps").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.sorted() where name.lowercased().hasSuffix(".csv") {
            let own = String(name.dropLast(4))
            guard own.utf8.count == 6, own.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), name.hasSuffix(".csv") else {
                problems.add(
                    "screening.caps.file", field: "\(KnowledgeBase.agency)caps/\(name)",
                    "价格表的文件名应为六位区划代码加 .csv,例如 610000.csv,请改名")
                continue
            }
            readCaps(own, in: extra, origin: KnowledgeBase.agency, isWanted: own == area, problems: &problems)
        }
    }

    private mutating func readHouseCaps(_ folder: URL, area: String, problems: inout Problems) {
        let known = problems.all.count
        readCaps(area, in: folder, origin: "", isWanted: true, problems: &problems)
        if capsArea == nil, problems.all.count == known {
            problems.add("screening.caps.area", field: area, "没有这个地区的价格表,请把 caps/\(area).csv 放进知识文件夹")
        }
    }

    private mutating func readCaps(
        _ area: String, in folder: URL, origin: String, isWanted: Bool, problems: inout Problems
    ) {
        let form = KnowledgeFile.caps(area)
        guard let table = self.table(form, in: folder, origin: origin, isUsed: isWanted, problems: &problems) else {
            return
        }
        form.refuseUnknownColumns(table.header, file: origin + form.name, problems: &problems)
        let list = PriceCap.read(table, file: origin + form.name, problems: &problems)
        if isWanted { (caps, capsArea) = (list, area) }
    }

    // MARK: Files

    /// A table under a misspelt name would be passed over without a word.
    private static func refuseUnknownFiles(_ folder: URL, problems: inout Problems) {
        let known = Set((KnowledgeFile.own + TableLimit.Kind.allCases.map(\.file)).map(\.name))
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names.sorted() where name.lowercased().hasSuffix(".csv") && !known.contains(name) {
            problems.add(
                "screening.knowledge.file", field: agency + name,
                "不认识这个文件名,请改成 \(known.sorted().joined(separator: "、")) 之一")
        }
    }

    private static func text(_ file: URL) throws(Problems) -> String {
        guard let data = try? Data(contentsOf: file) else {
            throw Problems(Problem("screening.knowledge.missing", field: file.path, "读不到这个文件,请检查路径和权限"))
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw Problems(Problem("screening.knowledge.encoding", field: file.path, "文件不是 UTF-8,请另存为 UTF-8 编码的 CSV"))
        }
        return text
    }

    /// A file's rows; nil when it is not there, or when its structure is broken, which is noted.
    private mutating func table(
        _ form: KnowledgeFile, in folder: URL, origin: String, isUsed: Bool = true, problems: inout Problems
    ) -> CSVTable? {
        let file = folder.appending(path: form.name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do throws(Problems) {
            let text = try KnowledgeBase.text(file)
            if isUsed { files.append((form.name, Hex.encode(SM3.hash(text)))) }
            return try CSVTable(text, file: origin + form.name, required: form.required)
        } catch {
            for problem in error.all { problems.add(problem.code, field: problem.field, problem.message) }
            return nil
        }
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
