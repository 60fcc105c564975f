import Basics

/// How an employer's people are managed (单位管理类型 `emp_mgt_type`).
public enum ManagementType: Int64, Sendable, CaseIterable {
    /// 普通单位
    case ordinary = 1
    /// 灵活就业虚拟单位
    case flexibleGroup = 2
    /// 灵活就业托管单位
    case flexibleTrustee = 3
    /// 被征地人员单位
    case expropriated = 4
    /// 失业代缴单位
    case unemployed = 5
    /// 破产下岗托管单位
    case bankrupt = 6
    /// 离休单位
    case retiredCadres = 7
    /// 居民虚拟单位: a village, a school
    case residentGroup = 8
    /// 分支机构
    case branch = 9
    /// 特困企业
    case hardship = 11

    public var name: String {
        switch self {
        case .ordinary: "普通单位"
        case .flexibleGroup: "灵活就业虚拟单位"
        case .flexibleTrustee: "灵活就业托管单位"
        case .expropriated: "被征地人员单位"
        case .unemployed: "失业代缴单位"
        case .bankrupt: "破产下岗托管单位"
        case .retiredCadres: "离休单位"
        case .residentGroup: "居民虚拟单位"
        case .branch: "分支机构"
        case .hardship: "特困企业"
        }
    }
}

/// Where an employer stands (单位参保状态 `emp_insu_stas`).
public enum EmployerState: Int64, Sendable, CaseIterable {
    /// 未参保: registered, nobody insured yet
    case registered = 1
    /// 参保缴费
    case paying = 2
    /// 暂停缴费
    case suspended = 3
    /// 终止参保
    case closed = 4

    public var name: String {
        switch self {
        case .registered: "未参保"
        case .paying: "参保缴费"
        case .suspended: "暂停缴费"
        case .closed: "终止参保"
        }
    }
}

/// What is registered of an employer (单位基本信息).
public struct EmployerParticulars: Hashable, Sendable {
    public var creditCode: CreditCode
    public var name: String
    public var management: ManagementType
    /// 上级单位 of a branch
    public var parent: ID<Employer>?
    public var address: String
    /// 法定代表人或负责人
    public var legalPerson: String
    /// 参保联系人
    public var contact: String
    public var phone: String
    /// 纳税人识别号; that of the parent for a branch that does not pay by itself
    public var taxNumber: String
    /// 开户银行 and 账号
    public var bank: String
    public var bankAccount: String
    /// 街道乡镇代码: whose goals its contributions count for; empty where none is known
    public var division: String

    public init(
        creditCode: CreditCode, name: String, management: ManagementType = .ordinary, parent: ID<Employer>? = nil,
        address: String = "", legalPerson: String = "", contact: String = "", phone: String = "",
        taxNumber: String = "", bank: String = "", bankAccount: String = "", division: String = ""
    ) {
        self.creditCode = creditCode
        self.name = name
        self.management = management
        self.parent = parent
        self.address = address
        self.legalPerson = legalPerson
        self.contact = contact
        self.phone = phone
        self.taxNumber = taxNumber
        self.bank = bank
        self.bankAccount = bankAccount
        self.division = division
    }

    /// What cannot be so.
    public var problems: [Problem] {
        var problems = Problems()
        if name.isEmpty || name.count > 200 {
            problems.add("enrolment.employer.name", field: "name", "单位名称应为 1 到 200 个字,请按登记证照填写")
        }
        if management == .branch, parent == nil {
            problems.add("enrolment.employer.parent", field: "parent", "分支机构要写明上级单位,请选择上级单位")
        }
        if management != .branch, parent != nil {
            problems.add("enrolment.employer.parent", field: "parent", "只有分支机构才有上级单位,请改管理类型或清空上级单位")
        }
        if !phone.allSatisfy({ $0.isNumber || $0 == "-" || $0 == "+" || $0 == " " }) {
            problems.add("enrolment.employer.phone", field: "phone", "电话只能有数字和“-”,请核对")
        }
        if !bankAccount.allSatisfy({ $0.isASCII && $0.isNumber }) {
            problems.add("enrolment.employer.bankAccount", field: "bankAccount", "银行账号只能有数字,请核对")
        }
        if division.count > 12 || !division.allSatisfy({ $0.isASCII && $0.isNumber }) {
            problems.add("enrolment.employer.division", field: "division", "街道乡镇代码应为不超过 12 位的数字,请核对")
        }
        return problems.all
    }
}

/// What may be done to an employer's entry (单位办理事项).
public enum EmployerActKind: Int64, Sendable, CaseIterable {
    /// 参保登记
    case registered = 1
    /// 信息变更
    case changed = 2
    /// 暂停缴费
    case suspended = 3
    /// 恢复缴费
    case resumed = 4
    /// 注销
    case closed = 5
    /// 并入其他单位
    case merged = 6

    public var name: String {
        switch self {
        case .registered: "参保登记"
        case .changed: "信息变更"
        case .suspended: "暂停缴费"
        case .resumed: "恢复缴费"
        case .closed: "注销"
        case .merged: "并入其他单位"
        }
    }

    /// The state after the act; nil where it stays as it was.
    var state: EmployerState? {
        switch self {
        case .registered: .registered
        case .changed: nil
        case .suspended: .suspended
        case .resumed: .paying
        case .closed, .merged: .closed
        }
    }
}

extension EmployerState {
    /// Why an act cannot follow upon this state (前后次序). Whoever was closed may open again; whoever was merged into
    /// another is that other.
    func objection(to kind: EmployerActKind, isMerged: Bool) -> Problem? {
        switch (kind, self) {
        case (.registered, _):
            Problem("enrolment.employer.exists", field: "creditCode", "此单位已经登记,请改办信息变更")
        case (_, .closed) where isMerged:
            Problem("enrolment.employer.merged", field: "employer", "此单位已并入其他单位,不能再办,请为存续单位办理")
        case (.resumed, .closed): nil
        case (_, .closed):
            Problem("enrolment.employer.closed", field: "employer", "此单位已经终止参保,不能再办;重新开业的请先办理“单位暂停或恢复缴费”中的恢复缴费")
        case (.suspended, .suspended):
            Problem("enrolment.employer.suspended", field: "employer", "此单位已经暂停缴费,不必再办")
        case (.resumed, .registered), (.resumed, .paying):
            Problem("enrolment.employer.notSuspended", field: "employer", "此单位没有暂停缴费,不需要恢复")
        default: nil
        }
    }
}
