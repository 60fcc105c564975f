import Basics
import Policy

/// The parameters of law that benefits are computed from (待遇参数), as the policy files must state them.
///
/// `TermsFromPolicy` compiles them into `BenefitTerms`; `yibao policy check` compares the files with them.
public enum BenefitParameters {
    // MARK: The area as a whole

    /// 待遇年度起始月
    static let yearBeginsInMonth = Parameter<Int64>("year.beginsInMonth", title: "待遇年度起始月", unit: "月")
    /// 跨年度住院
    static let acrossYears = Parameter<AcrossYears>(
        "year.acrossYears", title: "跨年度住院费用归属", requiredFor: Self.schemes)
    /// 适用政策日
    static let policyDay = Parameter<PolicyDayRule>("year.policyDay", title: "适用哪一天的政策", requiredFor: Self.schemes)
    static let fundTotalIncludesAccount = Parameter<Bool>(
        "settlement.fundTotalIncludesAccount", title: "基金支付总额含个人账户", requiredFor: Self.schemes)
    static let supplementsBeforeAssistance = Parameter<Bool>(
        "settlement.supplementsBeforeAssistance", title: "补充保险先于医疗救助")
    static let liability = Parameter<LiabilityRule>("settlement.liability", title: "第三人责任费用")
    static let reversal = Parameter<ReversalRule>(
        "settlement.reversal", title: "撤销非末次结算", requiredFor: Self.schemes)
    static let amountTolerance = Parameter<Money>("settlement.amountTolerance", title: "明细金额与单价乘数量的允许差")

    // MARK: People

    /// The groups that the scheme's tables distinguish.
    static let groups = Parameter<[PersonGroup]>("persons.groups", title: "待遇人群")
    static let groupDimension = Dimension("group", title: "人群", .listed(key: "persons.groups", field: "名称"))

    // MARK: Plans

    static let inpatient = PlanParameters("inpatient", "住院", requiredFor: Self.schemes)
    static let outpatient = PlanParameters("outpatient", "普通门诊")
    static let emergency = PlanParameters("emergency", "急诊")
    static let accident = PlanParameters("accident", "意外伤害门诊")
    static let chronic = PlanParameters("chronic", "门诊慢特病")
    static let twoDiseases = PlanParameters("twoDiseases", "两病门诊用药")

    static let rescueAsInpatient = Parameter<Bool>("emergency.rescueAsInpatient", title: "急诊抢救按住院待遇")
    static let emergencyMergeDays = Parameter<Int64>(
        "emergency.mergeDays", title: "入院前急诊费用并入住院的天数", unit: "天")

    static let repeatRule = Parameter<RepeatRule>("inpatient.deductibleRepeat", title: "再次住院起付线")
    static let waivers = Parameter<[DeductibleWaiver]>("inpatient.deductibleWaivers", title: "起付线减免")
    static let conditions = Parameter<[DiagnosisRange]>(
        "inpatient.conditions", title: "按主要诊断认定的情形", by: [Self.conditionDimension.partial])
    static let conditionDimension = Dimension(
        "condition", title: "情形", .named(ConditionTerm.diagnosed.map(\.policyTerm)))
    static let transferUp = Parameter<TransferRule>("inpatient.transferUp", title: "转往上级医院起付线")
    static let transferDown = Parameter<TransferRule>("inpatient.transferDown", title: "转往同级或下级医院起付线")
    static let interim = Parameter<InterimRule>("inpatient.interimDeductible", title: "中途结算起付线")

    static let poolYearCap = Parameter<Limit>("pool.yearCap", title: "统筹基金年度最高支付限额", requiredFor: Self.schemes)

    // MARK: Special outpatient care

    static let chronicDiseases = Parameter<DiseaseRow>(
        "chronic.diseases", title: "门诊慢特病病种", by: [.chronicDisease])
    static let chronicStacking = Parameter<LimitStacking>("chronic.stacking", title: "多个病种的限额")
    static let chronicDrugsOnly = Parameter<Bool>("chronic.drugsOnly", title: "慢特病只支付药品")
    static let twoDiseasesDiseases = Parameter<DiseaseRow>(
        "twoDiseases.diseases", title: "两病病种", by: [.chronicDisease])
    static let twoDiseasesStacking = Parameter<LimitStacking>("twoDiseases.stacking", title: "两病并存的限额")
    static let twoDiseasesDrugsOnly = Parameter<Bool>("twoDiseases.drugsOnly", title: "两病只支付药品")

    // MARK: Maternity

    static let maternityFund = Parameter<MaternityFund>("maternity.fund", title: "生育医疗费支付基金")
    static let prenatal = Parameter<MaternityPayment>("maternity.prenatal", title: "产前检查")
    static let prenatalLimit = Parameter<Limit>("maternity.prenatalLimit", title: "产前检查年度限额")
    static let births = Parameter<MaternityPayment>(
        "maternity.births", title: "分娩医疗费", by: [Self.birthDimension.partial])
    static let familyPlanning = Parameter<MaternityPayment>("maternity.familyPlanning", title: "计划生育手术")
    static let birthDimension = Dimension("birth", title: "生育类别", .named(BirthKind.allCases.map(\.name)))

    // MARK: Pharmacy and care elsewhere

    static let pharmacy = Parameter<PharmacyRule>("pharmacy.rule", title: "药店购药")
    static let remoteDimension = Dimension(
        "remote", title: "异地就医情形", .named(RemoteCare.allCases.filter { $0 != .local }.map(\.name)))
    static let remoteCuts = Parameter<Rate>("remote.cuts", title: "异地就医支付比例降幅", by: [Self.remoteDimension])

    // MARK: Further payers

    static let largeAmountBands = Parameter<Bands>("largeAmount.bands", title: "大额补助支付比例")
    static let largeAmountYearLimit = Parameter<Limit>("largeAmount.yearLimit", title: "大额补助年度限额")

    static let largeAmountEnrolment = Parameter<LargeAmountEnrolment>(
        "largeAmount.enrolment", title: "大额补助参保方式")

    static let criticalCovers = Parameter<[CareScopeTerm]>("critical.covers", title: "大病保险覆盖范围")
    static let criticalIncludesPreSelf = Parameter<Bool>("critical.includesPreSelfPay", title: "大病合规费用含先行自付")
    static let criticalDeductible = Parameter<Money>("critical.deductible", title: "大病保险起付线")
    static let criticalBands = Parameter<Bands>("critical.bands", title: "大病保险支付比例")
    static let criticalYearLimit = Parameter<Limit>("critical.yearLimit", title: "大病保险年度限额")
    static let criticalTilts = Parameter<TiltRow>(
        "critical.tilts", title: "大病保险倾斜", by: [.assistanceGroup.partial])
    static let criticalRaiseShareMax = Parameter<Rate>("critical.raiseShareMax", title: "连续参保激励占大病限额的上限")

    static let civilServant = SupplementParameters("civilServant", "公务员医疗补助")
    static let enterprise = SupplementParameters("enterprise", "企业补充医疗保险")

    static let assistance = AssistanceParameters("assistance", "医疗救助")
    static let furtherAssistance = AssistanceParameters("furtherAssistance", "倾斜救助")
    static let assistanceCovers = Parameter<[CareScopeTerm]>("assistance.covers", title: "医疗救助覆盖范围")
    static let assistanceIncludesPreSelf = Parameter<Bool>("assistance.includesPreSelfPay", title: "救助费用含先行自付")

    // MARK: Personal accounts

    static let accountCovers = Parameter<[AccountScopeTerm]>("account.covers", title: "个人账户支付范围")
    static let accountSharing = Parameter<Bool>("account.sharing", title: "个人账户家庭共济")
    static let accountSharedCovers = Parameter<[AccountScopeTerm]>("account.sharedCovers", title: "共济账户支付范围")

    static let schemes = Set(Insurance.basic)

    /// Every key of this desk, for the check.
    public static let declarations: [Declaration] =
        [
            yearBeginsInMonth.declaration, acrossYears.declaration, policyDay.declaration,
            fundTotalIncludesAccount.declaration, supplementsBeforeAssistance.declaration, liability.declaration,
            reversal.declaration, amountTolerance.declaration, groups.declaration,
            rescueAsInpatient.declaration, emergencyMergeDays.declaration, repeatRule.declaration,
            waivers.declaration, conditions.declaration, transferUp.declaration, transferDown.declaration,
            interim.declaration,
            poolYearCap.declaration, chronicDiseases.declaration, chronicStacking.declaration,
            chronicDrugsOnly.declaration, twoDiseasesDiseases.declaration, twoDiseasesStacking.declaration,
            twoDiseasesDrugsOnly.declaration, maternityFund.declaration, prenatal.declaration,
            prenatalLimit.declaration, births.declaration, familyPlanning.declaration, pharmacy.declaration,
            remoteCuts.declaration, largeAmountBands.declaration, largeAmountYearLimit.declaration,
            largeAmountEnrolment.declaration,
            criticalCovers.declaration, criticalIncludesPreSelf.declaration, criticalDeductible.declaration,
            criticalBands.declaration, criticalYearLimit.declaration, criticalTilts.declaration,
            criticalRaiseShareMax.declaration, assistanceCovers.declaration, assistanceIncludesPreSelf.declaration,
            accountCovers.declaration, accountSharing.declaration, accountSharedCovers.declaration,
        ]
        + [inpatient, outpatient, emergency, accident, chronic, twoDiseases].flatMap(\.declarations)
        + [civilServant, enterprise].flatMap(\.declarations)
        + [assistance, furtherAssistance].flatMap(\.declarations)
}

/// The parameters of a plan (待遇方案): the same for inpatients and every kind of outpatient care.
struct PlanParameters: Sendable {
    let deductible: Parameter<Money>
    let deductiblePeriod: Parameter<DeductiblePeriod>
    let bands: Parameter<Bands>
    let bandBasis: Parameter<BandBasis>
    let bandReach: Parameter<BandReach>
    let bonus: Parameter<Rate>
    let yearLimit: Parameter<Limit>
    let visitLimit: Parameter<Limit>
    let countsTowardYearCap: Parameter<Bool>
    let accountFirst: Parameter<Bool>

    init(_ plan: String, _ title: String, requiredFor schemes: Set<Insurance> = []) {
        let group = BenefitParameters.groupDimension
        deductible = Parameter(
            "\(plan).deductible", title: "\(title)起付标准", by: [group, .tier, .stay], requiredFor: schemes)
        deductiblePeriod = Parameter("\(plan).deductiblePeriod", title: "\(title)起付线计算方式")
        bands = Parameter("\(plan).bands", title: "\(title)支付比例", by: [group, .tier], requiredFor: schemes)
        bandBasis = Parameter("\(plan).bandBasis", title: "\(title)分段坐标", requiredFor: schemes)
        bandReach = Parameter("\(plan).bandReach", title: "\(title)分段计算方式")
        bonus = Parameter("\(plan).bonus", title: "\(title)支付比例加点", by: [group])
        yearLimit = Parameter("\(plan).yearLimit", title: "\(title)年度支付限额", by: [group])
        visitLimit = Parameter("\(plan).visitLimit", title: "\(title)单次支付限额")
        countsTowardYearCap = Parameter("\(plan).countsTowardYearCap", title: "\(title)计入年度封顶")
        accountFirst = Parameter("\(plan).accountFirst", title: "\(title)先用个人账户")
    }

    var declarations: [Declaration] {
        [
            deductible.declaration, deductiblePeriod.declaration, bands.declaration, bandBasis.declaration,
            bandReach.declaration, bonus.declaration, yearLimit.declaration, visitLimit.declaration,
            countsTowardYearCap.declaration, accountFirst.declaration,
        ]
    }
}

/// The parameters of a supplement (公务员补助、企业补充).
struct SupplementParameters: Sendable {
    let covers: Parameter<[CareScopeTerm]>
    let includesDeductible: Parameter<Bool>
    let includesPreSelfPay: Parameter<Bool>
    let deductible: Parameter<Money>
    let ratio: Parameter<Rate>
    let yearLimit: Parameter<Limit>

    init(_ fund: String, _ title: String) {
        covers = Parameter("\(fund).covers", title: "\(title)覆盖范围")
        includesDeductible = Parameter("\(fund).includesDeductible", title: "\(title)含起付线")
        includesPreSelfPay = Parameter("\(fund).includesPreSelfPay", title: "\(title)含先行自付")
        deductible = Parameter("\(fund).deductible", title: "\(title)年度起付线")
        ratio = Parameter("\(fund).ratio", title: "\(title)支付比例", by: [.employment])
        yearLimit = Parameter("\(fund).yearLimit", title: "\(title)年度限额")
    }

    var declarations: [Declaration] {
        [
            covers.declaration, includesDeductible.declaration, includesPreSelfPay.declaration,
            deductible.declaration, ratio.declaration, yearLimit.declaration,
        ]
    }
}

/// The parameters of assistance and of further assistance (医疗救助、倾斜救助).
struct AssistanceParameters: Sendable {
    let deductible: Parameter<Money>
    let ratio: Parameter<Rate>
    let yearLimit: Parameter<Limit>

    init(_ fund: String, _ title: String) {
        deductible = Parameter("\(fund).deductible", title: "\(title)年度起付线", by: [.assistanceGroup.partial])
        ratio = Parameter("\(fund).ratio", title: "\(title)比例", by: [.assistanceGroup.partial])
        yearLimit = Parameter("\(fund).yearLimit", title: "\(title)年度限额", by: [.assistanceGroup.partial])
    }

    var declarations: [Declaration] { [deductible.declaration, ratio.declaration, yearLimit.declaration] }
}
