import Basics

/// Where money comes from (到账来源).
public enum ReceiptSource: Int64, Sendable, Hashable, CaseIterable {
    /// 税务机关
    case tax = 1
    /// 银行
    case bank = 2
    /// POS终端
    case terminal = 3
    /// 学校、村(社区)代收点
    case agent = 4
    /// 财政
    case finance = 5

    public var name: String {
        switch self {
        case .tax: "税务"
        case .bank: "银行"
        case .terminal: "POS终端"
        case .agent: "代收点"
        case .finance: "财政"
        }
    }
}

/// A line of a file of receipts (到账明细行).
public struct PaymentLine: Hashable, Sendable {
    /// The source's own number of the payment.
    public var serial: String
    /// 统一社会信用代码 or 证件号码
    public var payerCode: String
    public var payerName: String
    /// Negative: money that went back (退费).
    public var amount: Money
    public var paidDay: Day
    public var bill: ID<LevyBill>?
    /// The month it is for; of a year, January.
    public var period: Month?
    /// The serial of the payment that went back.
    public var original: String?
    /// The numbered receipt that an agent wrote out for it.
    public var ticket: Ticket?
    /// 险种, where the file says it: in its books the money waits that nobody finds a bill for.
    public var insurance: Insurance?

    public init(
        serial: String, payerCode: String, payerName: String, amount: Money, paidDay: Day, bill: ID<LevyBill>? = nil,
        period: Month? = nil, original: String? = nil, ticket: Ticket? = nil, insurance: Insurance? = nil
    ) {
        self.serial = serial
        self.payerCode = payerCode
        self.payerName = payerName
        self.amount = amount
        self.paidDay = paidDay
        self.bill = bill
        self.period = period
        self.original = original
        self.ticket = ticket
        self.insurance = insurance
    }
}

/// By which rule money came to a bill (匹配规则).
public enum MatchRule: Int64, Sendable, Hashable, CaseIterable {
    /// 未匹配
    case none = 0
    /// 应缴单号
    case billNumber = 1
    /// 缴费人、所属期和金额
    case payerPeriodAmount = 2
    /// 缴费人和所属期
    case payerPeriod = 3
    /// 缴费人和金额
    case payerAmount = 4
    /// 原到账的退回
    case takenBack = 5
    /// 应缴更正时结转
    case moved = 6
    /// 人工认领
    case byHand = 7

    public var name: String {
        switch self {
        case .none: "未匹配"
        case .billNumber: "应缴单号"
        case .payerPeriodAmount: "缴费人、所属期和金额"
        case .payerPeriod: "缴费人和所属期"
        case .payerAmount: "缴费人和金额"
        case .takenBack: "原到账的退回"
        case .moved: "应缴更正结转"
        case .byHand: "人工认领"
        }
    }
}

/// A bill that money may be for, with what is owed of it on the day of payment.
public struct OpenBill: Hashable, Sendable {
    public var id: ID<LevyBill>
    public var payer: Payer
    public var insurance: Insurance
    public var period: Month
    public var outstanding: Money
    public var lateFee: Money

    public init(
        id: ID<LevyBill>, payer: Payer, insurance: Insurance = .employee, period: Month, outstanding: Money,
        lateFee: Money = .zero
    ) {
        self.id = id
        self.payer = payer
        self.insurance = insurance
        self.period = period
        self.outstanding = outstanding
        self.lateFee = lateFee
    }

    var owed: Money { outstanding + lateFee }
    var isOpen: Bool { owed > .zero }
    /// Paid exactly, with or without its late fee.
    func isPaid(by amount: Money) -> Bool { amount == owed || amount == outstanding && outstanding > .zero }
}

/// Which bill a payment is for (到账匹配). The rules are tried in their order; where a rule leaves two bills to choose
/// from, nobody guesses: the money waits in suspense.
public enum ReceiptMatching {
    public static func match(
        _ line: PaymentLine, payers: Set<Payer>, bills: [OpenBill]
    ) -> (bill: OpenBill, rule: MatchRule)? {
        if let number = line.bill {
            // A number that is not this payer's is somebody's slip, however well the rest would fit.
            guard let bill = bills.first(where: { $0.id == number }), bill.isOpen,
                line.payerCode.isEmpty || payers.contains(bill.payer)
            else { return nil }
            return (bill, .billNumber)
        }
        let own = bills.filter { payers.contains($0.payer) && $0.isOpen }
        if let period = line.period {
            let ofPeriod = own.filter { $0.period == period }
            if let exact = only(ofPeriod, { $0.isPaid(by: line.amount) }) { return (exact, .payerPeriodAmount) }
            return only(ofPeriod, { _ in true }).map { ($0, .payerPeriod) }
        }
        return only(own, { $0.isPaid(by: line.amount) }).map { ($0, .payerAmount) }
    }

    private static func only(_ bills: [OpenBill], _ fits: (OpenBill) -> Bool) -> OpenBill? {
        let fitting = bills.filter(fits)
        return fitting.count == 1 ? fitting[0] : nil
    }
}
