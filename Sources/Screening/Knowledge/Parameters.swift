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
            throw Problems(Problem("screening.parameters.yaml", field: file, "参数文件不是正确的 YAML,请改正:\(error)"))
        }
        let top = ParameterSection(root, path: "", file: file)
        let settings = top.section("settings")
        let tiers = top.section("tiers")
        let hanging = top.section("hanging_bed")
        let often = top.section("frequency")
        let gathered = top.section("together")
        let variety = top.section("kinds")
        version = top.day("version")
        rejectedShareLimit = top.rate("rejected_share_limit", in: .zero ... .one)
        inpatient = Set(settings.codes("inpatient", .medType))
        outpatient = Set(settings.codes("outpatient", .medType))
        emergency = Set(settings.codes("emergency", .medType))
        pharmacy = Set(settings.codes("pharmacy", .medType))
        internet = Set(settings.codes("internet", .medType, mayBeEmpty: true))
        maternity = Set(settings.codes("maternity", .medType))
        emergencyAdmission = Set(settings.codes("emergency_admission", .medType, mayBeEmpty: true))
        digitTiers = tiers.numbers("digit", in: 0...3)
        gradeTiers = tiers.numbers("grade", in: 0...3)
        workingAgeFrom = top.number("working_age_from", in: 1...60)
        retirement = top.sections("retirement").map(Retirement.init).sorted { $0.from < $1.from }
        newbornDays = top.number("newborn_days", in: 1...365)
        sexUndecidedDiagnoses = top.codes("sex_undecided_diagnoses", .diagnosis, mayBeEmpty: true)
        discount = top.rate("discount", in: Rate(partsPerMillion: 1) ... .one)
        courseGapDays = top.number("course_gap_days", in: 1...366)
        preAdmissionDays = top.number("pre_admission_days", in: 0...90)
        bedItemPrefixes = top.codes("bed_item_prefixes", .item)
        idleChargeTypes = Set(top.codes("idle_charge_types", .chargeType))
        idleItemPrefixes = top.codes("idle_item_prefixes", .item)
        hangingBedMinDays = hanging.number("min_days", in: 1...366)
        hangingBedIdleShare = hanging.rate("idle_share", in: Rate(partsPerMillion: 1) ... .one)
        readmissionDays = top.number("readmission_days", in: 0...366)
        plannedCauses = top.codes("planned_causes", .diagnosis, mayBeEmpty: true)
        indicatorReadmissionDays = top.number("indicator_readmission_days", in: 0...366)
        indicatorMinInstitutions = top.number("indicator_min_institutions", in: 2...10_000)
        ctItemPrefixes = top.codes("ct_item_prefixes", .item)
        mriItemPrefixes = top.codes("mri_item_prefixes", .item)
        frequency = Frequency(
            outpatientPerDay: often.number("outpatient_per_day", in: 1...100),
            outpatientPerMonth: often.number("outpatient_per_month", in: 1...1000),
            pharmacyPerDay: often.number("pharmacy_per_day", in: 1...100),
            pharmacyPerMonth: often.number("pharmacy_per_month", in: 1...1000),
            inpatientPerYear: often.number("inpatient_per_year", in: 1...366))
        // One person or one day is no crowd: every visit would be a finding.
        togetherPersons = gathered.number("persons", in: 2...10_000)
        togetherDays = gathered.number("days", in: 1...31)
        togetherExcepted = gathered.codes("excepted_diagnoses", .diagnosis, mayBeEmpty: true)
        lateUploadHours = top.number("late_upload_hours", in: 1...8784)
        drugKinds = variety.number("drugs", in: 1...100)
        herbalKinds = variety.number("herbal", in: 1...200)
        sameClassExcepted = top.codes("same_class_excepted", .drugClass, mayBeEmpty: true)
        codeLengths = top.lengths("code_lengths")
        stockTolerance = top.rate("stock_tolerance", in: .zero ... .one)
        refuseContradictions(settings, tiers, top)
        for section in [settings, tiers, hanging, often, gathered, variety, top] { section.close() }
        try top.problems.throwIfAny()
    }

    /// What is sound by itself and not beside the rest.
    private func refuseContradictions(_ settings: ParameterSection, _ tiers: ParameterSection, _ top: ParameterSection)
    {
        for (name, own, other) in [
            ("outpatient", outpatient, inpatient), ("pharmacy", pharmacy, inpatient.union(outpatient)),
        ] {
            for type in own.intersection(other).sorted() {
                settings.refuse(name, "医疗类别 \(type) 同时列在住院、门诊、购药中的两处,请只留一处")
            }
        }
        for name in Set(digitTiers.keys).intersection(gradeTiers.keys).sorted() {
            tiers.refuse("grade", "等级写法 \(name) 在 digit 和 grade 中都有,请只留一处")
        }
        if retirement.isEmpty { top.refuse("retirement", "没有退休年龄,请参照随附的 parameters.yaml 补上") }
        for (one, next) in zip(retirement, retirement.dropFirst()) where one.from == next.from {
            top.refuse("retirement", "\(one.from) 起的退休年龄写了两次,请删去一行")
        }
    }
}

extension Parameters.Retirement {
    /// Between 40 and 80 years.
    private static let months = 480...960

    fileprivate init(_ row: ParameterSection) {
        from = row.day("from")
        maleMonths = row.number("male_months", in: Self.months)
        femaleMonths = row.number("female_months", in: Self.months)
        delayEveryMonths = row.number("delay_every_months", in: 0...120)
        maleLimitMonths = row.number("male_limit_months", in: Self.months)
        femaleLimitMonths = row.number("female_limit_months", in: Self.months)
        if maleLimitMonths < maleMonths { row.refuse("male_limit_months", "最后的退休年龄低于开始的,请改正") }
        if femaleLimitMonths < femaleMonths { row.refuse("female_limit_months", "最后的退休年龄低于开始的,请改正") }
        row.close()
    }
}
