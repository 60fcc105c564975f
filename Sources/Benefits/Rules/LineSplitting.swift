import Basics

extension Benefits {
    /// Splits one line into 全自费, 超限价, 先行自付 and 政策范围内. What is in scope is what is left, so that the
    /// four always sum to the amount; a line that takes another back splits into the exact negatives.
    @inlinable
    public static func split(_ line: BillLine) -> LineSplit {
        let amount = line.amount
        if line.feeClass == .selfPaid || !line.flags.isDisjoint(with: [.restrictionUnmet, .hospitalBears]) {
            return LineSplit(
                amount: amount, fullSelfPay: amount, overLimit: .zero, preSelfPay: .zero, inScope: .zero)
        }
        var over = Money.zero
        if let cap = line.priceCap, line.price > cap {
            over = (line.price - cap) * line.quantity
            // An amount may stay a rounding below price × quantity; the excess never passes it.
            if over.magnitude > amount.magnitude { over = amount }
        }
        let pre = line.selfPayRatio == .zero ? .zero : (amount - over) * line.selfPayRatio
        return LineSplit(
            amount: amount, fullSelfPay: .zero, overLimit: over, preSelfPay: pre, inScope: amount - over - pre)
    }
}

/// The lines of a bill, split and summed.
struct LineTotals {
    var lines: [LineSplit] = []
    var amount = Money.zero
    var fullSelfPay = Money.zero
    var overLimit = Money.zero
    var preSelfPay = Money.zero
    var inScope = Money.zero
    /// In scope, of drugs.
    var drugsInScope = Money.zero
    /// In scope, on a prescription; all of a prescribed bill that marks none of its lines.
    var prescribedInScope = Money.zero
    /// Of that, dual-channel drugs.
    var dualChannelInScope = Money.zero
    /// Of what is wholly self-paid: what the hospital bears instead.
    var hospital = Money.zero

    init(_ bill: Bill) {
        lines.reserveCapacity(bill.lines.count)
        let marksLines = bill.visit.hasPrescription && bill.lines.contains { $0.flags.contains(.prescribed) }
        for line in bill.lines {
            let split = Benefits.split(line)
            lines.append(split)
            amount += split.amount
            fullSelfPay += split.fullSelfPay
            overLimit += split.overLimit
            preSelfPay += split.preSelfPay
            inScope += split.inScope
            if line.chargeType.isDrug { drugsInScope += split.inScope }
            if bill.visit.hasPrescription, !marksLines || line.flags.contains(.prescribed) {
                prescribedInScope += split.inScope
                if line.flags.contains(.dualChannelDrug) { dualChannelInScope += split.inScope }
            }
            if line.flags.contains(.hospitalBears) { hospital += split.amount }
        }
    }
}

extension ChargeType {
    /// 西药、中药饮片、中成药
    var isDrug: Bool { self == .westernDrug || self == .herbalPiece || self == .chinesePatentDrug }
}
