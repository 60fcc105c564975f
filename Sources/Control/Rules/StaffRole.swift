import Basics

/// What a member of staff may work at (岗位). Roles limit the pages a person sees; posts that the law holds
/// incompatible (不相容岗位) cannot be given to one person.
public enum StaffRole: String, Sendable, CaseIterable, Comparable {
    /// 经办(受理、录入)
    case reception
    /// 复核
    case review
    /// 审批
    case approval
    /// 稽核
    case audit
    /// 会计
    case accountant
    /// 出纳
    case cashier
    /// 办公室
    case office
    /// 系统管理
    case system
    /// 安全审计
    case security

    public var name: String {
        switch self {
        case .reception: "经办"
        case .review: "复核"
        case .approval: "审批"
        case .audit: "稽核"
        case .accountant: "会计"
        case .cashier: "出纳"
        case .office: "办公室"
        case .system: "系统管理"
        case .security: "安全审计"
        }
    }

    /// Works at the books of the fund (财务).
    public var isFinance: Bool { self == .accountant || self == .cashier }

    public static func < (a: StaffRole, b: StaffRole) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
}

/// Two posts that one person may not hold, and why (不相容岗位).
public struct IncompatibleRoles: Sendable, Hashable {
    public let one: StaffRole
    public let other: StaffRole
    /// The rule in the words of the agency.
    public let basis: String

    public init(_ one: StaffRole, _ other: StaffRole, _ basis: String) {
        self.one = one
        self.other = other
        self.basis = basis
    }

    /// The agency's list: 社会保险经办条例第 36、37 条,会计法第 35 条,社会保险经办机构内部控制暂行办法.
    public static let all: [IncompatibleRoles] =
        [
            IncompatibleRoles(.reception, .review, "录入与复核不得一人"),
            IncompatibleRoles(.reception, .approval, "录入与审批不得一人"),
            IncompatibleRoles(.review, .approval, "复核与审批不得一人"),
            IncompatibleRoles(.audit, .reception, "稽核不得兼任被稽核的业务经办"),
            IncompatibleRoles(.audit, .review, "审核与稽核不得一人"),
            IncompatibleRoles(.accountant, .cashier, "会计与出纳不得一人"),
            IncompatibleRoles(.audit, .cashier, "出纳不得兼任稽核"),
            IncompatibleRoles(.system, .security, "权限配置与安全审计不得一人"),
        ]
        + [.reception, .review, .approval, .audit, .accountant, .cashier].map {
            IncompatibleRoles(.system, $0, "系统管理不得兼办业务")
        }
        + [.reception, .review, .approval, .audit, .accountant, .cashier, .office].map {
            IncompatibleRoles(.security, $0, "安全审计须独立")
        }

    /// The conflicts within a set of roles, as problems; empty when it may be given.
    public static func problems(in roles: Set<StaffRole>) -> [Problem] {
        all.filter { roles.contains($0.one) && roles.contains($0.other) }.map {
            Problem(
                "control.staff.incompatibleRoles", field: "roles",
                "“\($0.one.name)”与“\($0.other.name)”不能由一人担任(\($0.basis)),请去掉其中一个")
        }
    }
}

extension Set<StaffRole> {
    /// As the table keeps them: `audit,office`, in the order of the enum.
    var stored: String { sorted().map(\.rawValue).joined(separator: ",") }

    init(stored: String) {
        self.init(stored.split(separator: ",").compactMap { StaffRole(rawValue: String($0)) })
    }
}
