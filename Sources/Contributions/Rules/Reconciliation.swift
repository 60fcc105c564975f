import Basics

/// One payment as the other side states it, or as we have it (对账明细).
public struct StatedPayment: Hashable, Sendable {
    public var serial: String
    public var amount: Money
    public var day: Day

    public init(serial: String, amount: Money, day: Day) {
        self.serial = serial
        self.amount = amount
        self.day = day
    }
}

/// Where the two sides differ (对账差异).
public struct PaymentDifference: Hashable, Sendable {
    public enum Kind: Int64, Sendable, Hashable, CaseIterable {
        /// 对方有、我方无
        case missing = 1
        /// 我方有、对方无
        case surplus = 2
        /// 金额不符
        case amount = 3
        /// 日期不符
        case day = 4

        public var name: String {
            switch self {
            case .missing: "对方有我方无"
            case .surplus: "我方有对方无"
            case .amount: "金额不符"
            case .day: "日期不符"
            }
        }
    }
    public var kind: Kind
    public var serial: String
    public var stated: Money
    public var own: Money

    public init(_ kind: Kind, serial: String, stated: Money, own: Money) {
        self.kind = kind
        self.serial = serial
        self.stated = stated
        self.own = own
    }
}

/// Compares what the other side states with what we have, payment by payment (对账): a sum that agrees proves nothing.
public enum Reconciling {
    /// - Parameter elsewhere: what we have under the other side's serials on days that are not reconciled.
    public static func differences(
        stated: [StatedPayment], own: [StatedPayment], elsewhere: [StatedPayment] = []
    ) -> [PaymentDifference] {
        let ours = Dictionary((own + elsewhere).map { ($0.serial, $0) }) { first, _ in first }
        let theirs = Set(stated.map(\.serial))
        var found: [PaymentDifference] = []
        for payment in stated {
            guard let match = ours[payment.serial] else {
                found.append(PaymentDifference(.missing, serial: payment.serial, stated: payment.amount, own: .zero))
                continue
            }
            if match.amount != payment.amount {
                found.append(
                    PaymentDifference(.amount, serial: payment.serial, stated: payment.amount, own: match.amount))
            } else if match.day != payment.day {
                found.append(
                    PaymentDifference(.day, serial: payment.serial, stated: payment.amount, own: match.amount))
            }
        }
        for payment in own where !theirs.contains(payment.serial) {
            found.append(PaymentDifference(.surplus, serial: payment.serial, stated: .zero, own: payment.amount))
        }
        return found.sorted { ($0.serial, $0.kind.rawValue) < ($1.serial, $1.kind.rawValue) }
    }
}
