import Basics
import Control
import Storage

/// Which list people are looked for by (名单类别).
public enum PopulationKind: Int64, Hashable, Sendable, CaseIterable {
    /// 常住、户籍人口或学籍名单
    case population = 1
    /// 特困、低保等救助对象名单
    case subsidised = 2

    public var name: String { self == .population ? "人口名单" : "救助对象名单" }
}

/// One person of a list (名单人员).
public struct PopulationLine: Hashable, Sendable {
    public var paper: IdentityPaper
    public var name: String
    public var birth: Day
    /// 乡镇代码
    public var town: String
    public var assistance: AssistanceGroup?
    public var phone: String

    public init(
        paper: IdentityPaper, name: String, birth: Day, town: String, assistance: AssistanceGroup? = nil,
        phone: String = ""
    ) {
        self.paper = paper
        self.name = name
        self.birth = birth
        self.town = town
        self.assistance = assistance
        self.phone = phone
    }
}

extension Enrolment {
    /// Reads a list of towns: `乡镇代码, 乡镇名称` and `包片科室`.
    public static func readTowns(_ text: String, file: String) throws(Problems) -> ImportSheet<Town> {
        try ImportSheet(text, file: file, required: ["乡镇代码", "乡镇名称"]) { (fields: inout FieldReader) -> Town? in
            let code = townCode(&fields)
            let name = fields.text("乡镇名称", upTo: 50)
            let section = fields.optionalText("包片科室", upTo: 50)
            guard let code, let name, let section else { return nil }
            return Town(code: code, name: name, section: section)
        }
    }

    private static func townCode(_ fields: inout FieldReader) -> String? {
        guard let code = fields.text("乡镇代码", upTo: 12) else { return nil }
        if code.count >= 6, code.allSatisfy({ $0.isASCII && $0.isNumber }) { return code }
        fields.reject("enrolment.town.code", "乡镇代码", "“\(code)”不是乡镇代码,请填 6 到 12 位数字")
        return nil
    }

    /// Reads goals: `年度, 指标, 目标`, and `乡镇代码` or `科室` for whose they are; neither for the whole county.
    public static func readTargets(_ text: String, file: String) throws(Problems) -> ImportSheet<Target> {
        try ImportSheet(text, file: file, required: ["年度", "指标", "目标"]) { (fields: inout FieldReader) -> Target? in
            let year = fields.text("年度", upTo: 4).flatMap { Int($0) }
            if !fields.isBlank("年度"), !(year.map { (2000...2200).contains($0) } ?? false) {
                fields.reject("enrolment.target.year", "年度", "“\(fields.row["年度"])”不是年度,请填 2026 这样的四位数")
            }
            let measure = measure(&fields)
            let holder = holder(&fields)
            guard let year, let measure, let holder, let amount = amount(&fields, measure) else { return nil }
            return Target(year: year, measure: measure, holder: holder, amount: amount)
        }
    }

    private static func measure(_ fields: inout FieldReader) -> TargetMeasure? {
        guard let name = fields.text("指标", upTo: 50) else { return nil }
        if let measure = TargetMeasure.allCases.first(where: { $0.name == name }) { return measure }
        let known = TargetMeasure.allCases.map(\.name).joined(separator: "、")
        fields.reject("enrolment.target.measure", "指标", "没有指标“\(name)”,可填:\(known)")
        return nil
    }

    private static func holder(_ fields: inout FieldReader) -> TargetHolder? {
        switch (fields.isBlank("乡镇代码"), fields.isBlank("科室")) {
        case (true, true): return .county
        case (false, true): return townCode(&fields).map { .town($0) }
        case (true, false): return fields.text("科室", upTo: 50).map { .section($0) }
        case (false, false):
            fields.reject("enrolment.target.holder", "科室", "一行只能是一个乡镇或一个科室的目标,请分成两行")
            return nil
        }
    }

    private static func amount(_ fields: inout FieldReader, _ measure: TargetMeasure) -> Int64? {
        if measure.isMoney {
            guard let money = fields.money("目标") else { return nil }
            if !money.isNegative { return money.fen }
        } else if let count = fields.text("目标", upTo: 12).flatMap({ Int64($0) }), count >= 0 {
            return count
        }
        fields.reject(
            "enrolment.target.amount", "目标", measure.isMoney ? "征缴收入的目标应是不小于 0 的金额(元)" : "人数目标应是不小于 0 的整数")
        return nil
    }

    /// Reads a list of people: `证件号码, 姓名, 乡镇代码` and `证件类型` (01 when blank), `出生日期` (from the identity
    /// number when blank), `救助类别`, `联系电话`.
    public static func readPopulation(_ text: String, file: String) throws(Problems) -> ImportSheet<PopulationLine> {
        try ImportSheet(text, file: file, required: ["证件号码", "姓名", "乡镇代码"]) {
            (fields: inout FieldReader) -> PopulationLine? in
            let paper = populationPaper(&fields)
            let name = fields.text("姓名", upTo: 50)
            let town = townCode(&fields)
            let phone = fields.optionalText("联系电话", upTo: 20)
            let birth = birth(&fields, paper)
            let assistance = assistance(&fields)
            guard let paper, let name, let town, let phone, let birth else { return nil }
            return PopulationLine(
                paper: paper, name: name, birth: birth, town: town, assistance: assistance, phone: phone)
        }
    }

    private static func populationPaper(_ fields: inout FieldReader) -> IdentityPaper? {
        let kind = fields.isBlank("证件类型") ? IdentityPaperKind.residentID : fields.code("证件类型", IdentityPaperKind.self)
        guard let number = fields.text("证件号码", upTo: 50), let kind else { return nil }
        if let paper = try? IdentityPaper(kind: kind, number: number) { return paper }
        fields.reject("enrolment.person.id", "证件号码", "身份证号“\(number)”不对(位数、出生日期或校验位),请核对证件")
        return nil
    }

    private static func birth(_ fields: inout FieldReader, _ paper: IdentityPaper?) -> Day? {
        if !fields.isBlank("出生日期") { return fields.day("出生日期") }
        guard let paper, paper.kind == .residentID else {
            fields.reject("import.missing", "出生日期", "证件不是身份证的,请填写出生日期")
            return nil
        }
        return (try? NationalID(paper.number))?.birthDate
    }

    private static func assistance(_ fields: inout FieldReader) -> AssistanceGroup? {
        guard let name = fields.optionalText("救助类别", upTo: 20), !name.isEmpty else { return nil }
        if let group = AssistanceGroup.allCases.first(where: { $0.name == name }) { return group }
        let known = AssistanceGroup.allCases.map(\.name).joined(separator: "、")
        fields.reject("enrolment.population.assistance", "救助类别", "没有救助类别“\(name)”,可填:\(known)")
        return nil
    }
}

extension Enrolment {
    /// Imports towns at set-up; the same again is passed over.
    public static func importTowns(
        _ tx: any Transaction, _ sheet: ImportSheet<Town>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, TargetEvidence.towns, by: origin) { batch in
            try write(tx, sheet.lines.map(\.row), on: TargetGround(origin, batch))
        }
    }

    /// Imports goals at set-up.
    public static func importTargets(
        _ tx: any Transaction, _ sheet: ImportSheet<Target>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, TargetEvidence.targets, by: origin) { batch in
            let lines = sheet.lines.map(\.row)
            try Problems(objections(tx, to: lines, area: origin.area)).throwIfAny()
            return try write(tx, lines, on: TargetGround(origin, batch))
        }
    }

    /// Imports a list of people at set-up.
    public static func importPopulation(
        _ tx: any Transaction, _ sheet: ImportSheet<PopulationLine>, kind: PopulationKind, name: String, asOf: Day,
        by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, TargetEvidence.population, by: origin) { batch in
            let ground = TargetGround(origin, batch)
            try keep(tx, sheet.lines.map(\.row), kind: kind, name: name, asOf: asOf, on: ground)
            return sheet.lines.count
        }
    }
}

extension TargetGround {
    init(_ origin: ImportOrigin, _ batch: ID<ImportBatch>) {
        self.init(area: origin.area, actor: origin.actor, at: origin.at, batch: batch)
    }
}

extension Enrolment {
    /// What events about goals, lists and hand-overs vouch for.
    enum TargetEvidence {
        private static let townTable = EvidenceTable(
            "town", "area", .text("code"), "seq", .text("name"), .text("section"), "batch", "matter")
        private static let targetTable = EvidenceTable(
            "enrolment_target", "area", "year", "measure", "holder_kind", .text("holder"), "seq", "amount", "batch",
            "matter")
        private static let listTable = EvidenceTable(
            "population_list", "area", "id", "kind", .text("name"), "as_of_day", "line_count", .blob("digest"), "batch",
            "matter")
        private static let lineTable = EvidenceTable(
            "population_line", "area", "list", "line", "paper_kind", .text("paper_number"), .text("name"), "birth_day",
            .text("town"), "assistance", .text("phone"))
        private static let partTable = EvidenceTable(
            "population_part", "area", "list", "part", "first_line", "last_line")
        static let searchTable = EvidenceTable(
            "hand_over_search", "area", "matter", "kind", "list", "month", "since_month", "day", "actor_kind", "actor",
            "at")
        private static let candidateTable = EvidenceTable(
            "hand_over_candidate", "area", "matter", "paper_kind", .text("paper_number"), "part", .text("town"),
            "person", .text("name"), "amount_fen", "threshold_fen", .text("ground"))
        private static let handOverTable = EvidenceTable(
            "hand_over", "area", "id", "kind", "month", .text("town"), "line_count", "actor_kind", "actor", "at",
            "matter")
        private static let handOverLineTable = EvidenceTable(
            "hand_over_line", "area", "kind", "month", "paper_kind", .text("paper_number"), "hand_over", "person",
            .text("name"), "amount_fen", "threshold_fen", .text("ground"))

        static let towns = ImportKind("enrolment.towns", (townTable, "code, seq"))
        static let targets = ImportKind(
            "enrolment.targets", (targetTable, "year, measure, holder_kind, holder, seq"))
        static let population = ImportKind("enrolment.population", (listTable, "id"))

        static let setEvent: EventKind = "enrolment.targets.set"
        static let listEvent: EventKind = "enrolment.population.kept"
        static let partEvent: EventKind = "enrolment.population.part"
        static let candidateEvent: EventKind = "enrolment.handOver.noted"
        static let handOverEvent: EventKind = "enrolment.handOver.made"
        static let search = ActKind("enrolment.handOver.begun", searchTable, subject: "matter")

        static let sources: [EvidenceSource] = [
            towns.evidence, targets.evidence, population.evidence,
            EvidenceSource("目标任务", kinds: [setEvent]) { tx, event, digest in
                try addMatter(tx, area: event.area, matter: event.subject, to: &digest)
            },
            EvidenceSource("人口名单", kinds: [listEvent]) { tx, event, digest in
                try addList(tx, area: event.area, list: event.subject, to: &digest)
            },
            EvidenceSource(
                "人口名单分段", kinds: [partEvent], rowCount: "SELECT count(*) FROM population_part WHERE area = ?"
            ) { tx, event, digest in
                try addPart(tx, area: event.area, list: event.subject, part: event.record, to: &digest)
            },
            search.evidence,
            EvidenceSource(
                "拟移交人员", kinds: [candidateEvent],
                rowCount: """
                    SELECT count(*) FROM (SELECT DISTINCT matter, part FROM hand_over_candidate WHERE area = ?) AS parts
                    """
            ) { tx, event, digest in
                try addCandidates(tx, area: event.area, matter: event.subject, part: event.record, to: &digest)
            },
            EvidenceSource(
                "移交名单", kinds: [handOverEvent], rowCount: "SELECT count(*) FROM hand_over WHERE area = ?"
            ) { tx, event, digest in
                try addHandOver(tx, area: event.area, handOver: event.subject, to: &digest)
            },
        ]

        private static func addMatter(
            _ tx: any Transaction, area: AreaCode, matter: Int64, to digest: inout RowDigest
        ) throws {
            let key: [Value] = [Value(area), .int(matter)]
            try townTable.addAll(tx, "WHERE area = ? AND matter = ? ORDER BY code, seq", key, to: &digest)
            try targetTable.addAll(
                tx, "WHERE area = ? AND matter = ? ORDER BY year, measure, holder_kind, holder, seq", key, to: &digest)
        }

        private static func addList(
            _ tx: any Transaction, area: AreaCode, list: Int64, to digest: inout RowDigest
        ) throws {
            try listTable.addAll(tx, "WHERE area = ? AND id = ?", [Value(area), .int(list)], to: &digest)
        }

        private static func addPart(
            _ tx: any Transaction, area: AreaCode, list: Int64, part: Int64, to digest: inout RowDigest
        ) throws {
            let key: [Value] = [Value(area), .int(list), .int(part)]
            try partTable.addAll(tx, "WHERE area = ? AND list = ? AND part = ?", key, to: &digest)
            guard
                let bounds = try tx.first(linesOfPart, key, read: { [Value.int(try $0.int(0)), .int(try $0.int(1))] })
            else { return }
            try lineTable.addAll(
                tx, "WHERE area = ? AND list = ? AND line BETWEEN ? AND ? ORDER BY line",
                [Value(area), .int(list)] + bounds, to: &digest)
        }

        private static let linesOfPart: SQL = """
            SELECT first_line, last_line FROM population_part WHERE area = ? AND list = ? AND part = ?
            """

        private static func addCandidates(
            _ tx: any Transaction, area: AreaCode, matter: Int64, part: Int64, to digest: inout RowDigest
        ) throws {
            try candidateTable.addAll(
                tx, "WHERE area = ? AND matter = ? AND part = ? ORDER BY paper_kind, paper_number",
                [Value(area), .int(matter), .int(part)], to: &digest)
        }

        private static func addHandOver(
            _ tx: any Transaction, area: AreaCode, handOver: Int64, to digest: inout RowDigest
        ) throws {
            let key: [Value] = [Value(area), .int(handOver)]
            try handOverTable.addAll(tx, "WHERE area = ? AND id = ?", key, to: &digest)
            try handOverLineTable.addAll(
                tx, "WHERE area = ? AND hand_over = ? ORDER BY paper_kind, paper_number", key, to: &digest)
        }

        /// Tells of the towns and goals that a matter wrote.
        static func record(_ tx: any Transaction, matter: ID<Matter>, by ground: TargetGround) throws {
            var rows = RowDigest()
            try addMatter(tx, area: ground.area, matter: matter.raw, to: &rows)
            try append(tx, setEvent, matter.raw, rows, by: ground)
        }

        static func record(_ tx: any Transaction, list: ID<PopulationList>, by ground: TargetGround) throws {
            var rows = RowDigest()
            try addList(tx, area: ground.area, list: list.raw, to: &rows)
            try append(tx, listEvent, list.raw, rows, by: ground)
        }

        static func record(
            _ tx: any Transaction, part: Int64, of list: ID<PopulationList>, by ground: TargetGround
        ) throws {
            var rows = RowDigest()
            try addPart(tx, area: ground.area, list: list.raw, part: part, to: &rows)
            try append(tx, partEvent, list.raw, record: part, rows, by: ground)
        }

        /// Tells of those whom a part of a search has found.
        static func record(
            _ tx: any Transaction, candidatesOf matter: ID<Matter>, part: Int64, by ground: TargetGround
        ) throws {
            var rows = RowDigest()
            try addCandidates(tx, area: ground.area, matter: matter.raw, part: part, to: &rows)
            try append(tx, candidateEvent, matter.raw, record: part, rows, by: ground)
        }

        static func record(_ tx: any Transaction, handOver: ID<HandOver>, by ground: TargetGround) throws {
            var rows = RowDigest()
            try addHandOver(tx, area: ground.area, handOver: handOver.raw, to: &rows)
            try append(tx, handOverEvent, handOver.raw, rows, by: ground)
        }

        private static func append(
            _ tx: any Transaction, _ kind: EventKind, _ subject: Int64, record: Int64? = nil, _ rows: RowDigest,
            by ground: TargetGround
        ) throws {
            try EventLog.append(
                tx,
                Event(
                    area: ground.area, kind: kind, subject: subject, record: record, actor: ground.actor, at: ground.at,
                    rows: rows))
        }
    }
}
