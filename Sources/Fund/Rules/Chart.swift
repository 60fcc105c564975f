import Basics

/// The name by which the program knows an account (科目内部键). Its number and title are the agency's to set.
public struct AccountKey: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let name: String

    public init(_ name: String) { self.name = name }
    public init(stringLiteral name: String) { self.name = name }
    public var description: String { name }

    /// 应付定点机构款
    public static let providerPayable: AccountKey = "payable.provider"

    /// 支出户存款
    public static let expenseAccount: AccountKey = "expenseAccount"
    /// 财政专户存款
    public static let fiscalAccount: AccountKey = "fiscalAccount"
    /// 社会保险待遇支出
    public static let benefitExpense: AccountKey = "benefitExpense"

    /// The accounts that postings of the program itself need; a chart without one is refused.
    static let required: [AccountKey] =
        [.providerPayable, .expenseAccount, .fiscalAccount, .benefitExpense] + BenefitKind.allCases.map(\.account)
}

/// Kind of account (会计要素).
public enum AccountKind: Int64, Sendable, CaseIterable {
    /// 资产
    case asset = 1
    /// 负债
    case liability = 2
    /// 净资产
    case netAsset = 3
    /// 收入
    case income = 4
    /// 支出
    case expense = 5

    /// As the chart's file writes it.
    var word: String {
        switch self {
        case .asset: "asset"
        case .liability: "liability"
        case .netAsset: "netAsset"
        case .income: "income"
        case .expense: "expense"
        }
    }

    public var name: String {
        switch self {
        case .asset: "资产"
        case .liability: "负债"
        case .netAsset: "净资产"
        case .income: "收入"
        case .expense: "支出"
        }
    }

    /// The side on which the balance usually stands (余额方向).
    public var normalSide: Side { self == .asset || self == .expense ? .debit : .credit }
}

/// 借 or 贷.
public enum Side: Int64, Sendable, CaseIterable {
    case debit = 1
    case credit = 2

    public var name: String { self == .debit ? "借" : "贷" }
}

/// The two ledgers: the statutory books on a cash basis, and what is due but not yet paid.
public enum Ledger: Int64, Sendable, CaseIterable {
    /// 总账(收付实现制)
    case general = 1
    /// 应付明细账
    case payable = 2

    var word: String { self == .general ? "general" : "payable" }
    public var name: String { self == .general ? "总账" : "应付明细账" }
}

/// What the fund pays for (待遇类别), as the ledger of amounts due divides it.
public enum BenefitKind: String, Sendable, CaseIterable {
    /// 住院
    case inpatient
    /// 门诊
    case outpatient
    /// 门诊慢特病
    case chronicDisease
    /// 两病门诊用药
    case twoDiseases
    /// 药店购药
    case pharmacy
    /// 生育医疗
    case maternity
    /// 个人账户
    case personalAccount

    /// A personal account pays as itself, whatever the way of care.
    public init(_ care: CareType, paidBy fund: FundType) {
        if fund == .personalAccount {
            self = .personalAccount
            return
        }
        switch care {
        case .inpatient, .injuryInpatient, .referredInpatient, .emergencyInpatient: self = .inpatient
        case .outpatient, .registration, .emergency, .accidentOutpatient: self = .outpatient
        case .chronicDisease: self = .chronicDisease
        case .twoDiseases: self = .twoDiseases
        case .pharmacy: self = .pharmacy
        case .maternityOutpatient, .maternityInpatient, .familyPlanning: self = .maternity
        }
    }

    /// The account that takes what is due for it.
    public var account: AccountKey { AccountKey("due.\(rawValue)") }
}

/// An account (会计科目).
public struct Account: Sendable, Hashable {
    /// Stable for ever: what entries refer to.
    public let id: Int64
    public let key: AccountKey
    public let kind: AccountKind
    public let ledger: Ledger
    /// 科目名称
    public var name: String
    /// 科目编号: a parameter, checked against 财会〔2017〕28 号 by the accountant.
    public var number: String

    public init(id: Int64, key: AccountKey, kind: AccountKind, ledger: Ledger, name: String, number: String) {
        self.id = id
        self.key = key
        self.kind = kind
        self.ledger = ledger
        self.name = name
        self.number = number
    }
}

/// The chart of accounts (科目表) of an area.
///
/// ```swift
/// let chart = try Chart(csv: text, file: "knowledge/fund/chart.csv")
/// chart[.providerPayable]?.name   // 应付定点机构款
/// ```
public struct Chart: Sendable {
    /// In the order of their numbers.
    public let accounts: [Account]
    private let byKey: [AccountKey: Account]
    private let byID: [Int64: Account]

    public init(_ accounts: [Account]) {
        self.accounts = accounts.sorted { ($0.ledger.rawValue, $0.number) < ($1.ledger.rawValue, $1.number) }
        byKey = Dictionary(accounts.map { ($0.key, $0) }) { first, _ in first }
        byID = Dictionary(accounts.map { ($0.id, $0) }) { first, _ in first }
    }

    public subscript(_ key: AccountKey) -> Account? { byKey[key] }
    public subscript(id id: Int64) -> Account? { byID[id] }

    /// From a CSV with the columns `id, key, name, kind, ledger, number`; every problem of the file at once.
    public init(csv text: String, file: String) throws(Problems) {
        let table = try CSVTable(text, file: file, required: ["id", "key", "name", "kind", "ledger", "number"])
        var problems = Problems()
        var accounts: [Account] = []
        for row in table.rows {
            guard let account = Chart.account(row, file: file, &problems) else { continue }
            let twin = accounts.first {
                $0.id == account.id || $0.key == account.key
                    || ($0.ledger == account.ledger && $0.number == account.number)
            }
            if let twin {
                problems.add(
                    "fund.chart.doubled", field: "\(file):\(row.line)",
                    "科目“\(account.name)”的序号、键或编号与“\(twin.name)”重复,请改成不同的")
            }
            accounts.append(account)
        }
        for key in AccountKey.required where !accounts.contains(where: { $0.key == key }) {
            problems.add("fund.chart.missing", field: file, "科目表缺少内部键“\(key)”,系统记账要用到它,请补上")
        }
        try problems.throwIfAny()
        self.init(accounts)
    }

    private static func account(_ row: CSVTable.Row, file: String, _ problems: inout Problems) -> Account? {
        let place = "\(file):\(row.line)"
        let id = Int64(row["id"]).flatMap { $0 > 0 ? $0 : nil }
        let kind = AccountKind.allCases.first { $0.word == row["kind"] }
        let ledger = Ledger.allCases.first { $0.word == row["ledger"] }
        if id == nil { problems.add("fund.chart.id", field: place, "序号“\(row["id"])”不是正整数,请改正") }
        if kind == nil {
            problems.add(
                "fund.chart.kind", field: place, "科目类别“\(row["kind"])”无法识别,请填 asset、liability、netAsset、income 或 expense"
            )
        }
        if ledger == nil {
            problems.add("fund.chart.ledger", field: place, "账簿“\(row["ledger"])”无法识别,请填 general 或 payable")
        }
        if row["key"].isEmpty || row["name"].isEmpty || row["number"].isEmpty {
            problems.add("fund.chart.empty", field: place, "内部键、名称和编号都要填写")
            return nil
        }
        guard let id, let kind, let ledger else { return nil }
        return Account(
            id: id, key: AccountKey(row["key"]), kind: kind, ledger: ledger, name: row["name"], number: row["number"])
    }
}
