/// Dictionary values of the national platform that more than one desk speaks.
/// Raw values are the national ones, so that messages, tables and extracts need no translation.

/// Kind of insurance (险种 `insutype`).
public enum Insurance: Int64, Sendable, CaseIterable {
    /// 职工基本医疗保险
    case employee = 310
    /// 公务员医疗补助
    case civilServant = 320
    /// 大额医疗费用补助
    case largeAmount = 330
    /// 离休人员医疗保障
    case retiredCadre = 340
    /// 一至六级残疾军人医疗补助
    case disabledVeteran = 350
    /// 企业补充医疗保险
    case enterpriseSupplement = 370
    /// 城乡居民基本医疗保险
    case resident = 390
    /// 城乡居民大病保险
    case criticalIllness = 392
    /// 长期照护保险
    case longTermCare = 410
    /// 生育保险
    case maternity = 510
    /// 企业职工基本养老保险: of no platform of medical insurance; levied where an agency collects it too (统一征收).
    case pension = 110
    /// 失业保险, likewise
    case unemployment = 210
    /// 工伤保险, likewise. The house's own number: the platform gives 410 to long-term care.
    case workInjury = 901

    public var name: String {
        switch self {
        case .employee: "职工基本医疗保险"
        case .civilServant: "公务员医疗补助"
        case .largeAmount: "大额医疗费用补助"
        case .retiredCadre: "离休人员医疗保障"
        case .disabledVeteran: "一至六级残疾军人医疗补助"
        case .enterpriseSupplement: "企业补充医疗保险"
        case .resident: "城乡居民基本医疗保险"
        case .criticalIllness: "城乡居民大病保险"
        case .longTermCare: "长期照护保险"
        case .maternity: "生育保险"
        case .pension: "企业职工基本养老保险"
        case .unemployment: "失业保险"
        case .workInjury: "工伤保险"
        }
    }
}

extension Insurance {
    /// 基本医疗保障: of these a person has one at a time, and bills are settled under it.
    public static let basic: [Insurance] = [.employee, .retiredCadre, .resident]

    public var isBasic: Bool { Self.basic.contains(self) }

    /// The pooled fund of a basic insurance (统筹基金). The care of retired cadres is pooled apart from the employees'.
    public var pool: FundType {
        switch self {
        case .resident: .residentPool
        case .retiredCadre: .retiredCadre
        default: .employeePool
        }
    }
}

/// Category of an insured person (人员类别 `psn_type`).
public enum PersonCategory: Int64, Sendable, CaseIterable {
    /// 职工在职
    case employed = 1101
    /// 公务员在职
    case civilServant = 1102
    /// 灵活就业在职
    case flexible = 1103
    /// 退休
    case retired = 1201
    /// 公务员退休
    case retiredCivilServant = 1202
    /// 灵活就业退休
    case retiredFlexible = 1203
    /// 离休
    case retiredCadre = 1300
    /// 新生儿
    case newborn = 1401
    /// 学龄前儿童
    case preschool = 1402
    /// 中小学生
    case pupil = 1403
    /// 大学生
    case universityStudent = 1404
    /// 未成年未入学
    case minor = 1405
    /// 居民成年
    case adult = 1501
    /// 居民老年
    case elderly = 1601

    public var name: String {
        switch self {
        case .employed: "在职职工"
        case .civilServant: "在职公务员"
        case .flexible: "灵活就业人员"
        case .retired: "退休职工"
        case .retiredCivilServant: "退休公务员"
        case .retiredFlexible: "灵活就业退休人员"
        case .retiredCadre: "离休人员"
        case .newborn: "新生儿"
        case .preschool: "学龄前儿童"
        case .pupil: "中小学生"
        case .universityStudent: "大学生"
        case .minor: "未成年未入学"
        case .adult: "成年居民"
        case .elderly: "老年居民"
        }
    }

    /// 退休(`psn_type` begins with 12).
    public var isRetired: Bool { rawValue / 100 == 12 }
    /// 退休或离休: whoever needs pay no contributions any more.
    public var isPensioner: Bool { isRetired || self == .retiredCadre }
    public var isCivilServant: Bool { self == .civilServant || self == .retiredCivilServant }
    public var insurance: Insurance { rawValue < 1300 ? .employee : rawValue == 1300 ? .retiredCadre : .resident }
}

/// Way of care (医疗类别 `med_type`).
public enum CareType: Int64, Sendable, CaseIterable {
    /// 普通门诊
    case outpatient = 11
    /// 门诊挂号
    case registration = 12
    /// 急诊
    case emergency = 13
    /// 门诊慢特病
    case chronicDisease = 14
    /// 意外伤害门诊
    case accidentOutpatient = 19
    /// 普通住院
    case inpatient = 21
    /// 外伤住院
    case injuryInpatient = 22
    /// 转外诊治住院
    case referredInpatient = 23
    /// 急诊转住院
    case emergencyInpatient = 24
    /// 定点药店购药
    case pharmacy = 41
    /// 生育门诊
    case maternityOutpatient = 51
    /// 生育住院
    case maternityInpatient = 52
    /// 计划生育手术费
    case familyPlanning = 53
    /// 两病门诊用药(高血压、糖尿病;地方扩展值)
    case twoDiseases = 9901

    public var name: String {
        switch self {
        case .outpatient: "普通门诊"
        case .registration: "门诊挂号"
        case .emergency: "急诊"
        case .chronicDisease: "门诊慢特病"
        case .accidentOutpatient: "意外伤害门诊"
        case .inpatient: "普通住院"
        case .injuryInpatient: "外伤住院"
        case .referredInpatient: "转外诊治住院"
        case .emergencyInpatient: "急诊转住院"
        case .pharmacy: "定点药店购药"
        case .maternityOutpatient: "生育门诊"
        case .maternityInpatient: "生育住院"
        case .familyPlanning: "计划生育手术"
        case .twoDiseases: "两病门诊用药"
        }
    }

    public var isInpatient: Bool {
        switch self {
        case .inpatient, .injuryInpatient, .referredInpatient, .emergencyInpatient, .maternityInpatient: true
        default: false
        }
    }
}

/// Level of a charged item (收费项目等级 `chrgitm_lv`).
public enum FeeClass: Int64, Sendable, CaseIterable {
    /// 甲类
    case a = 1
    /// 乙类
    case b = 2
    /// 丙类(自费)
    case selfPaid = 3

    public var name: String {
        switch self {
        case .a: "甲类"
        case .b: "乙类"
        case .selfPaid: "自费"
        }
    }
    /// `"01"`.
    public var code: String { "0\(rawValue)" }
}

/// Kind of catalogue (目录类别 `list_type`).
public enum ListType: Int64, Sendable, CaseIterable {
    /// 西药
    case westernDrug = 101
    /// 中成药
    case chinesePatentDrug = 102
    /// 中药饮片
    case herbalPiece = 103
    /// 自制剂
    case hospitalPreparation = 104
    /// 民族药
    case ethnicDrug = 105
    /// 医疗服务项目
    case service = 201
    /// 医用材料
    case consumable = 301
}

/// Kind of charge on a bill (收费类别 `med_chrgitm_type`).
public enum ChargeType: Int64, Sendable, CaseIterable {
    case bed = 1, consultation, examination, laboratory, treatment, surgery, nursing, material
    case westernDrug, herbalPiece, chinesePatentDrug, generalConsultation, registration, other

    public var name: String {
        switch self {
        case .bed: "床位费"
        case .consultation: "诊察费"
        case .examination: "检查费"
        case .laboratory: "化验费"
        case .treatment: "治疗费"
        case .surgery: "手术费"
        case .nursing: "护理费"
        case .material: "卫生材料费"
        case .westernDrug: "西药费"
        case .herbalPiece: "中药饮片费"
        case .chinesePatentDrug: "中成药费"
        case .generalConsultation: "一般诊疗费"
        case .registration: "挂号费"
        case .other: "其他费"
        }
    }
    /// `"01"`.
    public var code: String { rawValue < 10 ? "0\(rawValue)" : "\(rawValue)" }
}

/// Kind of fund that pays (基金支付类型 `fund_pay_type`).
public enum FundType: Int64, Sendable, CaseIterable {
    /// 职工基本医疗保险统筹基金
    case employeePool = 310_100
    /// 职工生育基金支付
    case employeeMaternity = 310_103
    /// 职工个人账户
    case personalAccount = 310_200
    /// 公务员医疗补助
    case civilServant = 320_100
    /// 职工大额医疗费用补助
    case largeAmount = 330_100
    /// 离休人员医疗保障基金: pooled apart (单独统筹)
    case retiredCadre = 340_100
    /// 企业补充医疗保险
    case enterpriseSupplement = 370_100
    /// 居民基本医疗保险统筹基金
    case residentPool = 390_100
    /// 居民大病保险
    case residentCriticalIllness = 390_200
    /// 生育基金
    case maternity = 510_100
    /// 医疗救助
    case medicalAssistance = 610_100
    /// 医疗再救助(倾斜救助)
    case furtherAssistance = 610_102
    /// 其他基金
    case other = 999_997

    public var name: String {
        switch self {
        case .employeePool: "职工统筹基金"
        case .employeeMaternity: "职工生育支出"
        case .personalAccount: "职工个人账户"
        case .civilServant: "公务员医疗补助"
        case .largeAmount: "职工大额补助"
        case .retiredCadre: "离休人员医疗统筹基金"
        case .enterpriseSupplement: "企业补充医疗保险"
        case .residentPool: "居民统筹基金"
        case .residentCriticalIllness: "居民大病保险"
        case .maternity: "生育基金"
        case .medicalAssistance: "医疗救助"
        case .furtherAssistance: "倾斜救助"
        case .other: "其他基金"
        }
    }
}

/// Tier of an institution (医疗机构级别): 1, 2, 3, or none assessed; pharmacies have none.
public enum Tier: Int64, Sendable, CaseIterable, Comparable {
    case unrated = 0
    case first = 1
    case second = 2
    case third = 3

    public static func < (a: Tier, b: Tier) -> Bool { a.rawValue < b.rawValue }
    public var name: String {
        switch self {
        case .unrated: "未定级"
        case .first: "一级"
        case .second: "二级"
        case .third: "三级"
        }
    }
}

/// Kind of clearing (清算类别 `clr_type`).
public enum ClearingType: Int64, Sendable, CaseIterable {
    case outpatient = 11
    case inpatient = 21
    case pharmacy = 41
    case other = 99

    public init(_ care: CareType) {
        self = care == .pharmacy ? .pharmacy : care.isInpatient ? .inpatient : .outpatient
    }
}

/// A group whom medical assistance and subsidised enrolment know (救助对象身份). When a person is in
/// several, the one that pays more counts (就高不叠加); `rawValue` orders them by that custom.
public enum AssistanceGroup: Int64, Sendable, CaseIterable {
    /// 特困人员
    case destitute = 1
    /// 孤儿
    case orphan = 2
    /// 最低生活保障对象
    case lowIncome = 3
    /// 返贫致贫人口
    case fallenBack = 4
    /// 低保边缘家庭成员
    case lowIncomeMargin = 5
    /// 因病致贫重病患者
    case impoverishedByIllness = 6

    public var name: String {
        switch self {
        case .destitute: "特困人员"
        case .orphan: "孤儿"
        case .lowIncome: "低保对象"
        case .fallenBack: "返贫致贫人口"
        case .lowIncomeMargin: "低保边缘家庭成员"
        case .impoverishedByIllness: "因病致贫重病患者"
        }
    }
}
