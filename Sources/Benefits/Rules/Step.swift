import Basics

/// One step of a calculation (计算步骤): what, on which base, with which value, by which clause, to which result.
///
/// A compact value without text; `Explanation` puts it into words, `StepCoding` into bytes.
public struct Step: Hashable, Sendable {
    public var kind: Kind
    public var clause: ClauseRef
    /// Where a band begins on its coordinate (段起点), in fen; a stay's number for deductibles; otherwise 0.
    public var mark: Int64
    /// The amount the step works on, in fen.
    public var base: Int64
    /// The value used: parts per million, or fen where the kind says so.
    public var value: Int64
    /// The amount that results, in fen.
    public var result: Int64

    public init(
        _ kind: Kind, clause: ClauseRef = .none, mark: Int64 = 0, base: Money = .zero, value: Int64 = 0,
        result: Money
    ) {
        self.kind = kind
        self.clause = clause
        self.mark = mark
        self.base = base.fen
        self.value = value
        self.result = result.fen
    }

    /// Raw values are stored: never renumber.
    public enum Kind: UInt8, Sendable, CaseIterable {
        // Sums of the lines.
        case totalFee = 0
        case fullSelfPay = 1
        case overLimit = 2
        case preSelfPay = 3
        case inScope = 4
        /// 第三人责任部分; value ppm
        case liableShare = 5
        /// 不属于本待遇支付的费用 (非药品、非双通道药品)
        case outsideBenefit = 6

        // Deductible and pooling.
        /// 起付标准; mark: nth stay, value fen: what is scheduled
        case deductibleScheduled = 10
        /// 起付线减免; value ppm: share that is charged
        case deductibleWaived = 11
        /// 已付起付线抵扣; value fen
        case deductiblePaidBefore = 12
        /// 实际支付起付线; value fen: what is due
        case deductible = 13
        /// 退休、人群加点; value ppm
        case ratioBonus = 14
        /// 异地降幅; value ppm
        case remoteCut = 15
        /// 一段; value ppm
        case band = 16
        /// 统筹基金支付 before limits
        case pool = 17
        /// 年度封顶; value fen: what remained
        case yearCap = 18
        /// 封顶线以上费用
        case aboveCap = 19
        /// 单次限额; value fen
        case visitLimit = 20
        /// 年度限额; value fen: what remained
        case yearLimit = 21
        /// 病种限额; value fen: what remained
        case diseaseLimit = 22
        /// 病种定额; value fen: what remained
        case diseaseQuota = 23
        /// 生育定额; value fen
        case maternityQuota = 24
        /// 生育按项目; value ppm
        case maternityByItem = 25
        /// 医院负担
        case hospitalBorne = 26

        // Further payers.
        case largeBand = 30
        case large = 31
        case largeLimit = 32
        case criticalBurden = 33
        case criticalDeductible = 34
        case criticalBand = 35
        case critical = 36
        case criticalLimit = 37
        case civilServant = 38
        case civilServantLimit = 39
        case enterprise = 40
        case enterpriseLimit = 41
        case assistanceDeductible = 42
        case assistance = 43
        case assistanceLimit = 44
        case furtherAssistance = 45
        case furtherLimit = 46
        case supplementDeductible = 47
        /// 大病倾斜加点; value ppm
        case criticalBonus = 48

        // The patient.
        case account = 60
        case sharedAccount = 61
        case cash = 62
        /// 先行支付、待追偿; value ppm
        case recoverable = 63
    }
}

/// A reference to one of the terms' clauses (依据).
public struct ClauseRef: Hashable, Sendable {
    public var index: UInt16
    @inlinable
    public init(_ index: UInt16) { self.index = index }
    public static let none = ClauseRef(.max)
}
