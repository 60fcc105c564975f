import Basics
import Yams

/// Thresholds, periods and maps of screening (审核参数), read from one dated YAML file.
/// An unknown or missing key is a problem, never a guess.
public struct Parameters: Sendable {
    public struct Retirement: Sendable {
        public var from: Day
        public var maleMonths: Int
        public var femaleMonths: Int
        /// One month later for each so many months after `from`; 0 when fixed.
        public var delayEveryMonths: Int
        public var maleLimitMonths: Int
        public var femaleLimitMonths: Int
    }
    public struct Frequency: Sendable {
        public var outpatientPerDay: Int
        public var outpatientPerMonth: Int
        public var pharmacyPerDay: Int
        public var pharmacyPerMonth: Int
        public var inpatientPerYear: Int

        /// The least of the thresholds.
        var least: Int {
            min(outpatientPerDay, outpatientPerMonth, pharmacyPerDay, pharmacyPerMonth, inpatientPerYear)
        }
    }

    public var version: Day
    public var rejectedShareLimit: Rate
    public var inpatient: Set<String>
    public var outpatient: Set<String>
    public var emergency: Set<String>
    public var pharmacy: Set<String>
    public var internet: Set<String>
    public var maternity: Set<String>
    public var emergencyAdmission: Set<String>
    public var digitTiers: [String: Int]
    public var gradeTiers: [String: Int]
    public var workingAgeFrom: Int
    public var retirement: [Retirement]
    public var newbornDays: Int
    public var sexUndecidedDiagnoses: [String]
    public var discount: Rate
    public var courseGapDays: Int
    public var preAdmissionDays: Int
    public var bedItemPrefixes: [String]
    public var idleChargeTypes: Set<String>
    public var idleItemPrefixes: [String]
    public var hangingBedMinDays: Int
    public var hangingBedIdleShare: Rate
    public var readmissionDays: Int
    public var plannedCauses: [String]
    public var indicatorReadmissionDays: Int
    public var indicatorMinInstitutions: Int
    public var ctItemPrefixes: [String]
    public var mriItemPrefixes: [String]
    public var frequency: Frequency
    public var togetherPersons: Int
    public var togetherDays: Int
    public var togetherExcepted: [String]
    public var lateUploadHours: Int
    public var drugKinds: Int
    public var herbalKinds: Int
    public var sameClassExcepted: [String]
    public var codeLengths: [String: [Int]]
    public var stockTolerance: Rate
}

extension Parameters {
    public init(yaml text: String, file: String) throws(Problems) {
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            throw Problems(Problem("screening.parameters.yaml", field: file, "参数文件不是正确的 YAML:\(error)"))
        }
        let top = Section(root, path: "", file: file)
        let settings = top.section("settings")
        let tiers = top.section("tiers")
        let hanging = top.section("hanging_bed")
        let often = top.section("frequency")
        let gathered = top.section("together")
        let variety = top.section("kinds")
        version = top.day("version")
        rejectedShareLimit = top.rate("rejected_share_limit")
        inpatient = Set(settings.texts("inpatient"))
        outpatient = Set(settings.texts("outpatient"))
        emergency = Set(settings.texts("emergency"))
        pharmacy = Set(settings.texts("pharmacy"))
        internet = Set(settings.texts("internet"))
        maternity = Set(settings.texts("maternity"))
        emergencyAdmission = Set(settings.texts("emergency_admission"))
        digitTiers = tiers.numbers("digit")
        gradeTiers = tiers.numbers("grade")
        workingAgeFrom = top.number("working_age_from")
        retirement = top.sections("retirement").map { row in
            defer { row.close() }
            return Retirement(
                from: row.day("from"), maleMonths: row.number("male_months"), femaleMonths: row.number("female_months"),
                delayEveryMonths: row.number("delay_every_months"), maleLimitMonths: row.number("male_limit_months"),
                femaleLimitMonths: row.number("female_limit_months"))
        }.sorted { $0.from < $1.from }
        newbornDays = top.number("newborn_days")
        sexUndecidedDiagnoses = top.texts("sex_undecided_diagnoses")
        discount = top.rate("discount")
        courseGapDays = top.number("course_gap_days")
        preAdmissionDays = top.number("pre_admission_days")
        bedItemPrefixes = top.texts("bed_item_prefixes")
        idleChargeTypes = Set(top.texts("idle_charge_types"))
        idleItemPrefixes = top.texts("idle_item_prefixes")
        hangingBedMinDays = hanging.number("min_days")
        hangingBedIdleShare = hanging.rate("idle_share")
        readmissionDays = top.number("readmission_days")
        plannedCauses = top.texts("planned_causes")
        indicatorReadmissionDays = top.number("indicator_readmission_days")
        indicatorMinInstitutions = top.number("indicator_min_institutions")
        ctItemPrefixes = top.texts("ct_item_prefixes")
        mriItemPrefixes = top.texts("mri_item_prefixes")
        frequency = Frequency(
            outpatientPerDay: often.number("outpatient_per_day"),
            outpatientPerMonth: often.number("outpatient_per_month"),
            pharmacyPerDay: often.number("pharmacy_per_day"), pharmacyPerMonth: often.number("pharmacy_per_month"),
            inpatientPerYear: often.number("inpatient_per_year"))
        togetherPersons = gathered.number("persons")
        togetherDays = gathered.number("days")
        togetherExcepted = gathered.texts("excepted_diagnoses")
        lateUploadHours = top.number("late_upload_hours")
        drugKinds = variety.number("drugs")
        herbalKinds = variety.number("herbal")
        sameClassExcepted = top.texts("same_class_excepted")
        codeLengths = top.lists("code_lengths")
        stockTolerance = top.rate("stock_tolerance")
        for section in [settings, tiers, hanging, often, gathered, variety, top] { section.close() }
        try top.findings.throwIfAny()
    }
}

/// One mapping of the YAML file while it is read: notes what was asked for, and what was not.
private final class Section {
    private final class Collected { var problems = Problems() }
    private var values: [String: Node] = [:]
    private var asked: Set<String> = []
    private let path: String
    private let file: String
    private let collected: Collected

    var findings: Problems { collected.problems }

    convenience init(_ node: Node?, path: String, file: String) {
        self.init(node, path: path, file: file, collected: Collected())
    }

    private init(_ node: Node?, path: String, file: String, collected: Collected) {
        self.path = path
        self.file = file
        self.collected = collected
        guard let mapping = node?.mapping else {
            collected.problems.add("screening.parameters.shape", field: "\(file) \(path)", "这里应是一组 键: 值")
            return
        }
        for (key, value) in mapping { values[key.string ?? ""] = value }
    }

    private func problem(_ key: String, _ message: String) {
        collected.problems.add("screening.parameters.value", field: "\(file) \(path)\(key)", message)
    }

    private func node(_ key: String) -> Node? {
        asked.insert(key)
        if values[key] == nil { problem(key, "缺少这个参数,请参照随附的 parameters.yaml 补上") }
        return values[key]
    }

    /// After everything known was asked for: whatever remains was misspelt.
    func close() {
        for key in values.keys.sorted() where !asked.contains(key) {
            collected.problems.add("screening.parameters.unknown", field: "\(file) \(path)\(key)", "没有这个参数,请检查拼写")
        }
    }

    func section(_ key: String) -> Section {
        Section(node(key), path: path + key + ".", file: file, collected: collected)
    }

    func sections(_ key: String) -> [Section] {
        (node(key)?.sequence.map(Array.init) ?? []).enumerated().map {
            Section($1, path: "\(path)\(key)[\($0)].", file: file, collected: collected)
        }
    }

    func number(_ key: String) -> Int {
        guard let node = node(key) else { return 0 }
        guard let text = node.string, let value = Int(text), value >= 0 else {
            problem(key, "应为非负整数")
            return 0
        }
        return value
    }

    func rate(_ key: String) -> Rate {
        guard let node = node(key) else { return .zero }
        guard let text = node.string, let value = try? Rate(text) else {
            problem(key, "应为比例,例如 50%")
            return .zero
        }
        return value
    }

    func day(_ key: String) -> Day {
        guard let node = node(key) else { return Day(number: 0) }
        guard let text = node.string, let value = Day(text) else {
            problem(key, "应为日期,例如 2025-01-01")
            return Day(number: 0)
        }
        return value
    }

    func texts(_ key: String) -> [String] {
        guard let node = node(key) else { return [] }
        guard let sequence = node.sequence else {
            problem(key, "应为列表,例如 [\"21\", \"22\"]")
            return []
        }
        return sequence.compactMap(\.string)
    }

    func numbers(_ key: String) -> [String: Int] {
        guard let node = node(key) else { return [:] }
        var result: [String: Int] = [:]
        for (name, value) in node.mapping ?? [:] {
            guard let name = name.string, let number = value.string.flatMap(Int.init) else {
                problem(key, "应为一组 编码: 数字")
                continue
            }
            result[name] = number
        }
        return result
    }

    func lists(_ key: String) -> [String: [Int]] {
        guard let node = node(key) else { return [:] }
        var result: [String: [Int]] = [:]
        for (name, value) in node.mapping ?? [:] {
            guard let name = name.string, let list = value.sequence else {
                problem(key, "应为一组 首字符: [长度]")
                continue
            }
            result[name] = list.compactMap { $0.string.flatMap(Int.init) }
        }
        return result
    }
}
