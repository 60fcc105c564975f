import Basics

/// What two agencies of this house's kind tell one another about a transfer (转移报文).
public struct PortabilityMessage: Hashable, Sendable {
    /// 转移业务编号
    public var number: String
    public var from: AreaCode
    public var to: AreaCode
    public var content: Content

    public enum Content: Hashable, Sendable {
        /// 联系函, destination to origin
        case contact(ContactLetter)
        /// 受理回执, origin to destination: the day by which the form will come
        case accepted(due: Day)
        /// 不予受理, origin to destination
        case rejected(reason: String)
        /// 信息表, origin to destination
        case information(InformationForm)
        /// 划款通知, origin to destination
        case fund(FundNotice)
        /// 退回更正, destination to origin
        case returned(reason: String)
        /// 办结回执, destination to origin
        case done(day: Day)
        /// 撤回函, destination to origin
        case withdrawn(reason: String)
    }

    /// The address's last word and the message's kind: POST /portability/contact.
    public enum Kind: Int64, Sendable, CaseIterable {
        case contact = 1
        case accepted = 2
        case rejected = 3
        case information = 4
        case fund = 5
        case returned = 6
        case done = 7
        case withdrawn = 8

        public var word: String {
            switch self {
            case .contact: "contact"
            case .accepted: "accepted"
            case .rejected: "rejected"
            case .information: "information"
            case .fund: "fund"
            case .returned: "returned"
            case .done: "done"
            case .withdrawn: "withdrawn"
            }
        }

        public var name: String {
            switch self {
            case .contact: "联系函"
            case .accepted: "受理回执"
            case .rejected: "不予受理"
            case .information: "信息表"
            case .fund: "划款通知"
            case .returned: "退回更正"
            case .done: "办结回执"
            case .withdrawn: "撤回函"
            }
        }

        public init?(word: String) {
            guard let kind = Kind.allCases.first(where: { $0.word == word }) else { return nil }
            self = kind
        }
    }

    public init(number: String, from: AreaCode, to: AreaCode, _ content: Content) {
        self.number = number
        self.from = from
        self.to = to
        self.content = content
    }

    public var kind: Kind {
        switch content {
        case .contact: .contact
        case .accepted: .accepted
        case .rejected: .rejected
        case .information: .information
        case .fund: .fund
        case .returned: .returned
        case .done: .done
        case .withdrawn: .withdrawn
        }
    }
}

/// What was sent, by which the destination finds it in its bank (划款通知).
public struct FundNotice: Hashable, Sendable {
    public var principal: Money
    public var interest: Money
    /// 银行流水号
    public var serial: String
    public var day: Day

    public var total: Money { principal + interest }

    public init(principal: Money, interest: Money, serial: String, day: Day) {
        self.principal = principal
        self.interest = interest
        self.serial = serial
        self.day = day
    }
}

/// When a message that did not get through is sent again (重发间隔): soon, then ever later, a day at most.
public enum Redelivery {
    private static let minutes: [Int64] = [1, 5, 30, 120, 720, 1440]

    /// Seconds to wait after so many attempts.
    public static func wait(after attempts: Int) -> Int64 {
        minutes[min(max(attempts, 1), minutes.count) - 1] * 60
    }
}
