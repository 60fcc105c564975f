import Basics

/// What one person has used in one benefit year under one insurance (年度累计).
///
/// A value of numbered figures, so that adding, taking back, storing and showing are one loop each.
/// The order of `Accumulator` is the order of storage: add new ones at the end.
public struct YearToDate: Hashable, Sendable {
    /// Figures by accumulator: fen, and for `stays` a count.
    var figures: InlineArray<40, Int64>
    /// 病种已用, ordered by code; empty for most people.
    public internal(set) var diseases: [DiseaseUse]

    public init() {
        figures = .init(repeating: 0)
        diseases = []
    }

    public subscript(_ accumulator: Accumulator) -> Int64 {
        get { figures[Int(accumulator.rawValue)] }
        set { figures[Int(accumulator.rawValue)] = newValue }
    }

    subscript(money accumulator: Accumulator) -> Money {
        get { Money(fen: self[accumulator]) }
        set { self[accumulator] = newValue.fen }
    }

    /// What two numbers of one person have used, together (合并编号的年度累计).
    public static func + (a: YearToDate, b: YearToDate) -> YearToDate {
        var sum = a
        for index in sum.figures.indices { sum.figures[index] += b.figures[index] }
        for use in b.diseases { sum.use(use.disease, use.period, use.used) }
        return sum
    }

    /// What is left, or was added: the reverse of `+`.
    public static func - (a: YearToDate, b: YearToDate) -> YearToDate {
        var rest = a
        for index in rest.figures.indices { rest.figures[index] -= b.figures[index] }
        for use in b.diseases { rest.use(use.disease, use.period, -use.used) }
        return rest
    }

    public static func == (a: YearToDate, b: YearToDate) -> Bool {
        for index in a.figures.indices where a.figures[index] != b.figures[index] { return false }
        return a.diseases == b.diseases
    }

    public func hash(into hasher: inout Hasher) {
        for index in figures.indices { hasher.combine(figures[index]) }
        hasher.combine(diseases)
    }
}

/// The figures of a `YearToDate` (累计项). Raw values are stored: never renumber.
public enum Accumulator: UInt8, Sendable, CaseIterable {
    /// 住院次数
    case stays = 0
    /// 住院起付线累计
    case inpatientDeductible
    /// 住院政策范围内费用累计
    case inpatientInScope
    /// 住院进入分段费用累计
    case inpatientInBands
    /// 统筹基金累计(计入年度封顶)
    case pool
    /// 统筹基金累计(不计入年度封顶)
    case poolOutsideCap
    /// 封顶线以上费用累计
    case aboveCap
    /// 大额补助累计
    case largeAmount
    /// 大病合规负担累计
    case criticalBurden
    /// 大病保险累计
    case critical
    /// 公务员补助基数累计
    case civilServantBurden
    /// 公务员补助累计
    case civilServant
    /// 企业补充基数累计
    case enterpriseBurden
    /// 企业补充累计
    case enterprise
    /// 救助基数累计
    case assistanceBurden
    /// 医疗救助累计
    case assistance
    /// 倾斜救助基数累计
    case furtherBurden
    /// 倾斜救助累计
    case further
    /// 门诊起付线累计
    case outpatientDeductible
    /// 门诊统筹费用累计
    case outpatientInBands
    /// 门诊统筹支付累计
    case outpatient
    /// 慢特病起付线累计
    case chronicDeductible
    /// 产前检查支付累计
    case prenatal
    /// 意外伤害门诊支付累计
    case accident
    /// 意外伤害门诊费用累计
    case accidentInBands
    /// 慢特病费用累计
    case chronicInBands
    /// 慢特病支付累计
    case chronic
    /// 两病起付线累计
    case twoDiseasesDeductible
    /// 两病费用累计
    case twoDiseasesInBands
    /// 两病支付累计
    case twoDiseases
    /// 住院统筹支付累计
    case inpatient
    /// 门诊按次起付线累计: of outpatient and emergency care whose deductible is charged by the visit
    case visitDeductible
    /// 意外伤害门诊按次起付线累计
    case accidentVisitDeductible

    public var name: String {
        switch self {
        case .stays: "住院次数"
        case .inpatientDeductible: "住院起付线累计"
        case .inpatientInScope: "住院政策范围内费用累计"
        case .inpatientInBands: "住院进入分段费用累计"
        case .pool: "统筹基金累计(计入封顶)"
        case .poolOutsideCap: "统筹基金累计(不计入封顶)"
        case .aboveCap: "封顶线以上费用累计"
        case .largeAmount: "大额补助累计"
        case .criticalBurden: "大病合规负担累计"
        case .critical: "大病保险累计"
        case .civilServantBurden: "公务员补助基数累计"
        case .civilServant: "公务员补助累计"
        case .enterpriseBurden: "企业补充基数累计"
        case .enterprise: "企业补充累计"
        case .assistanceBurden: "救助基数累计"
        case .assistance: "医疗救助累计"
        case .furtherBurden: "倾斜救助基数累计"
        case .further: "倾斜救助累计"
        case .outpatientDeductible: "门诊起付线累计"
        case .outpatientInBands: "门诊统筹费用累计"
        case .outpatient: "门诊统筹支付累计"
        case .chronicDeductible: "慢特病起付线累计"
        case .prenatal: "产前检查支付累计"
        case .accident: "意外伤害门诊支付累计"
        case .accidentInBands: "意外伤害门诊费用累计"
        case .chronicInBands: "慢特病费用累计"
        case .chronic: "慢特病支付累计"
        case .twoDiseasesDeductible: "两病起付线累计"
        case .twoDiseasesInBands: "两病费用累计"
        case .twoDiseases: "两病支付累计"
        case .inpatient: "住院统筹支付累计"
        case .visitDeductible: "门诊按次起付线累计"
        case .accidentVisitDeductible: "意外伤害按次起付线累计"
        }
    }

    public var isCount: Bool { self == .stays }
}

/// What a disease's own limit has given so far in its period (病种限额已用).
public struct DiseaseUse: Hashable, Sendable {
    public var disease: DiseaseCode
    /// The first month of the limit's period (年、季 or 月): a later period begins at nought.
    public var period: Month
    /// Against the limit, in what the limit counts (基金支付、符合范围费用 or 总费用).
    public var used: Money

    /// Stands for a benefit year's own figures.
    static let yearly = Month(number: 0)

    /// The limit holds for the year.
    public var isYearly: Bool { period == DiseaseUse.yearly }

    public init(disease: DiseaseCode, period: Month, used: Money) {
        self.disease = disease
        self.period = period
        self.used = used
    }
}
