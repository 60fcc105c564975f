import Basics
import Control
import Storage

/// A bill that is past its due day and not paid in full (欠费).
public struct Arrear: Hashable, Sendable {
    public var bill: LevyBill
    public var standing: BillStanding
    /// The day after which it is late: the bill's own, or that of a deferral.
    public var due: Day
    public var days: Int

    public var total: Money { standing.outstanding + standing.lateFeeOutstanding }
}

/// What a dunning letter says (催缴通知).
public struct DunningLetter: Hashable, Sendable {
    public var payer: Payer
    public var on: Day
    /// By when it is to be paid.
    public var payBy: Day
    public var arrears: [Arrear]

    public var principal: Money { arrears.map(\.standing.outstanding).total() }
    public var lateFee: Money { arrears.map(\.standing.lateFeeOutstanding).total() }
    public var total: Money { principal + lateFee }
    /// 大写金额
    public var totalInWords: String { total.inChinese }
}

/// What an employer owes (单位欠费): closure asks for it.
public struct OwedSum: Hashable, Sendable {
    public var bills: Int
    public var principal: Money
    public var lateFee: Money

    public var total: Money { principal + lateFee }
    public var isNothing: Bool { total == .zero }
}

extension Contributions {
    // MARK: - What is owed

    /// Everything an employer owes on a day, due or not yet due: nothing may be left when it closes (单位注销须先结清).
    ///
    /// - Parameter absorbed: employers merged into it, for whose bills it answers (公司法第二百二十一条).
    public static func owed(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>, absorbed: [ID<Employer>] = [], on day: Day,
        lateFees: LateFeeLaw
    ) throws -> OwedSum {
        let open = try openBills(
            tx, area: area, of: .employer(employer), absorbed: absorbed, on: day, lateFees: lateFees)
        return OwedSum(
            bills: open.count, principal: open.map(\.standing.outstanding).total(),
            lateFee: open.map(\.standing.lateFeeOutstanding).total())
    }

    /// A payer's bills that are not paid in full, oldest first; late ones with their fees.
    ///
    /// - Parameter absorbed: employers merged into the payer, whose bills count as its own.
    public static func openBills(
        _ tx: any Transaction, area: AreaCode, of payer: Payer, absorbed: [ID<Employer>] = [], on day: Day,
        lateFees: LateFeeLaw
    ) throws -> [Arrear] {
        let always = Month(year: 1, month: 1)...Month(year: 9999, month: 12)
        let bills = try ([payer] + absorbed.map(Payer.employer)).flatMap {
            try liveBills(tx, area: area, of: $0, months: always)
        }
        return try bills.sorted { ($0.months.lowerBound, $0.id) < ($1.months.lowerBound, $1.id) }.compactMap { bill in
            let arrear = try arrear(tx, area: area, bill, on: day, lateFees: lateFees)
            return arrear.total == .zero ? nil : arrear
        }
    }

    /// The first month for which the area's employees were billed (首个核定月); nil before the first bill.
    public static func firstBilledMonth(_ tx: any Transaction, area: AreaCode) throws -> Month? {
        try tx.first(firstMonthBilled, Value(area)) { try $0.intOrNil(0) }.flatMap(\.self)
            .map { Month(number: Int32(truncatingIfNeeded: $0)) }
    }

    private static let firstMonthBilled: SQL = """
        SELECT min(first_month) FROM levy_bill WHERE area = ? AND insurance = 310 AND purpose IN (1, 4)
        """

    /// A payer's bills of some months that have not been taken back, oldest first.
    public static func liveBills(
        _ tx: any Transaction, area: AreaCode, of payer: Payer, months: ClosedRange<Month>
    ) throws -> [LevyBill] {
        try tx.all(
            LevyBill.self, liveBillsOfMonths, Value(area), .int(payer.columns.kind), .int(payer.columns.number),
            Value(months.lowerBound), Value(months.upperBound))
    }

    private static let liveBillsOfMonths = SQL(
        """
        \(LevyBill.selection) WHERE area = ? AND payer_kind = ? AND payer = ? AND first_month BETWEEN ? AND ?
            AND purpose <> 6
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = levy_bill.area AND x.reverses = levy_bill.id)
        ORDER BY first_month, id
        """)

    static func arrear(
        _ tx: any Transaction, area: AreaCode, _ bill: LevyBill, on day: Day, lateFees: LateFeeLaw
    ) throws -> Arrear {
        let terms = bill.insurance == .resident ? nil : try lateFees(bill.months.lowerBound)
        let due = try due(tx, area: area, of: bill)
        return Arrear(
            bill: bill, standing: try standing(tx, area: area, of: bill, terms: terms, on: day), due: due,
            days: max(0, day - due))
    }

    // MARK: - Deferral, instalments, waiver

    /// Defers a payer's months (缓缴): until the new day nothing is late, and cover goes on. It looks forward only: the
    /// late fee that had run up to the day of approval is owed, and is waived by its own matter or not at all.
    ///
    /// - Parameter monthsMax: the longest the law allows.
    @discardableResult
    public static func `defer`(
        _ tx: any Transaction, area: AreaCode, _ payer: Payer, months: ClosedRange<Month>, payBy: Day, monthsMax: Int,
        _ ground: Ground
    ) throws -> ID<LevyAct> {
        try deferralProblems(months: months, payBy: payBy, monthsMax: monthsMax, on: ground.at.day).throwIfAny()
        var writing = try LevyWriting(tx, area: area, .deferral, period: Int64(months.lowerBound.number), ground)
        try writing.write(
            LevyEvidence.deferral,
            [
                [
                    Value(area), Value(writing.act.id), .int(payer.columns.kind), .int(payer.columns.number),
                    Value(months.lowerBound), Value(months.upperBound), Value(payBy),
                ]
            ])
        try writing.finish(#"{"payBy":"\#(payBy)"}"#)
        return writing.act.id
    }

    /// What is wrong with deferring some months to a day.
    ///
    /// - Parameter today: the day of asking, or of approval.
    public static func deferralProblems(
        months: ClosedRange<Month>, payBy: Day, monthsMax: Int, on today: Day
    ) -> Problems {
        var problems = Problems()
        let longest = (months.upperBound + monthsMax).last
        if payBy <= months.upperBound.last || payBy > longest {
            problems.add(
                "contributions.deferral.length", field: "pay_by",
                "缓缴应在所属月之后、最长 \(monthsMax) 个月内补缴,即不晚于 \(longest),请改缓缴期限")
        }
        if payBy < today {
            problems.add(
                "contributions.deferral.past", field: "pay_by",
                "缓缴期限 \(payBy) 早于今天 \(today);缓缴只对今后有效,已产生的滞纳金要减免的请办理减免滞纳金")
        }
        return problems
    }

    /// Agrees on instalments (分期缴纳): what is owed on the day, in equal parts month by month, the first carrying the
    /// odd fen. Each bill is due when the part that completes it is, oldest first: until then nobody is dunned for it,
    /// and cover goes on. Whoever lets a day pass owes as before.
    ///
    /// - Parameter stopsLateFees: whether late fees stand still while parts are paid as agreed.
    @discardableResult
    public static func agreeInstalments(
        _ tx: any Transaction, area: AreaCode, _ payer: Payer, absorbed: [ID<Employer>] = [], first: Month, count: Int,
        monthsMax: Int, stopsLateFees: Bool, lateFees: LateFeeLaw, _ ground: Ground
    ) throws -> [Instalment] {
        let open = try requireInstalments(
            tx, area: area, payer, absorbed: absorbed, first: first, count: count, monthsMax: monthsMax,
            lateFees: lateFees, on: ground.at.day)
        let owed = open.map(\.total).total()
        let plan = Instalment.plan(owed, first: first, count: count)
        var writing = try LevyWriting(tx, area: area, .instalments, period: Int64(first.number), ground)
        try writing.write(
            LevyEvidence.instalment,
            plan.enumerated().map { index, part in
                [
                    Value(area), Value(writing.act.id), .int(Int64(index) + 1), .int(payer.columns.kind),
                    .int(payer.columns.number), Value(part.due), Value(part.amount),
                ]
            })
        let delays = zip(open, Instalment.dueDays(open.map(\.total), under: plan)).map { arrear, due in
            let delay = AgreedDelay(agreed: ground.at.day, due: due, stopsLateFees: stopsLateFees)
            return (bill: arrear.bill.id, delay: delay)
        }
        try writing.write(
            LevyEvidence.delay,
            delays.sorted { $0.bill < $1.bill }.map { $0.delay.values(area, $0.bill, writing.act.id) })
        try writing.finish(#"{"amount":"\#(owed)","count":\#(count)}"#)
        return plan
    }

    /// What would be divided into instalments, oldest first; otherwise every problem that keeps it from being.
    ///
    /// - Parameter today: the day of asking, or of approval.
    @discardableResult
    public static func requireInstalments(
        _ tx: any Transaction, area: AreaCode, _ payer: Payer, absorbed: [ID<Employer>] = [], first: Month, count: Int,
        monthsMax: Int, lateFees: LateFeeLaw, on today: Day
    ) throws -> [Arrear] {
        var problems = Problems()
        if count < 2 || count > monthsMax {
            problems.add("contributions.instalments.count", field: "count", "分期数应为 2 至 \(monthsMax) 期,请修改")
        }
        if first < today.month {
            problems.add(
                "contributions.instalments.past", field: "first",
                "首期所在月 \(first) 已经过去,请从本月 \(today.month) 或以后起分期")
        }
        let open = try openBills(tx, area: area, of: payer, absorbed: absorbed, on: today, lateFees: lateFees)
        if open.map(\.total).total() < Money(fen: Int64(max(count, 1))) {
            problems.add("contributions.instalments.nothing", field: "employer", "\(payer)没有可以分期的欠费,请先查欠费清单")
        }
        try problems.throwIfAny()
        return open
    }

    /// The instalments agreed with a payer, by day.
    public static func instalments(
        _ tx: any Transaction, area: AreaCode, of payer: Payer
    ) throws -> [Instalment] {
        try tx.rows(instalmentsOf, Value(area), .int(payer.columns.kind), .int(payer.columns.number)) {
            Instalment(due: try $0.day(0), amount: try $0.money(1))
        }
    }

    private static let instalmentsOf: SQL = """
        SELECT due_day, amount_fen FROM levy_instalment WHERE area = ? AND payer_kind = ? AND payer = ?
        ORDER BY act, seq
        """

    /// The delay that was agreed on for a bill last; nil where there was none.
    static func agreedDelay(_ tx: any Transaction, area: AreaCode, of bill: ID<LevyBill>) throws -> AgreedDelay? {
        try tx.first(delayOfBill, Value(area), Value(bill)) {
            AgreedDelay(agreed: try $0.day(0), due: try $0.day(1), stopsLateFees: try $0.flag(2))
        }
    }

    private static let delayOfBill: SQL = """
        SELECT agreed_day, due_day, stops_fee FROM levy_delay WHERE area = ? AND bill = ? ORDER BY act DESC LIMIT 1
        """

    /// Waives a bill's late fee, or a part of it (减免滞纳金); never the contribution itself. What of it was paid already
    /// goes to suspense, from where it is given back.
    @discardableResult
    public static func waive(
        _ tx: any Transaction, area: AreaCode, _ id: ID<LevyBill>, _ amount: Money, lateFees: LateFeeLaw,
        _ ground: Ground
    ) throws -> ID<LevyAct> {
        let (bill, standing) = try requireWaivable(tx, area: area, id, amount, lateFees: lateFees, on: ground.at.day)
        var writing = try LevyWriting(tx, area: area, .waiver, ground)
        try writing.write(
            LevyEvidence.waiver, [[Value(area), Value(id), Value(writing.act.id), Value(amount)]])
        try moveLateFee(&writing, area: area, of: bill, amount - standing.lateFeeOutstanding)
        try writing.finish(#"{"bill":\#(id),"amount":"\#(amount)"}"#)
        return writing.act.id
    }

    /// A bill whose late fee may be waived by so much, and how it stands; otherwise the problem that says why it may not.
    ///
    /// - Parameter today: the day of asking, or of approval.
    @discardableResult
    public static func requireWaivable(
        _ tx: any Transaction, area: AreaCode, _ id: ID<LevyBill>, _ amount: Money, lateFees: LateFeeLaw, on today: Day
    ) throws -> (bill: LevyBill, standing: BillStanding) {
        guard let bill = try bill(tx, area: area, id) else {
            throw Problem("contributions.bill.unknown", field: "bill", "没有这张应缴单,请从应缴单列表中选择")
        }
        let standing = try arrear(tx, area: area, bill, on: today, lateFees: lateFees).standing
        guard amount > .zero, amount <= standing.lateFee, !standing.isReversed else {
            throw Problem(
                "contributions.waiver.amount", field: "amount",
                "这张单的滞纳金是 \(standing.lateFee) 元(未缴 \(standing.lateFeeOutstanding) 元),减免额应大于零且不超过它,请核对")
        }
        return (bill, standing)
    }

    /// Moves late fees that were paid and are owed no longer to suspense, those paid last first.
    private static func moveLateFee(
        _ writing: inout LevyWriting, area: AreaCode, of bill: LevyBill, _ amount: Money
    ) throws {
        var rest = amount
        var rows: [ReceiptUse] = []
        for paid in try netUses(writing.tx, area: area, of: bill.id).reversed()
        where rest > .zero && paid.lateFee > .zero {
            let part = min(rest, paid.lateFee)
            rest -= part
            let last = try lastSequence(writing.tx, area: area, receipt: paid.receipt)
            let earlier = Int64(rows.count { $0.receipt == paid.receipt })
            rows.append(
                ReceiptUse(
                    receipt: paid.receipt, sequence: last + earlier + 1, kind: .bill, bill: bill.id, rule: .moved,
                    principal: .zero, lateFee: -part, day: paid.day))
            rows.append(
                ReceiptUse(
                    receipt: paid.receipt, sequence: last + earlier + 2, kind: .suspense, bill: nil, rule: .moved,
                    principal: part, lateFee: .zero, day: paid.day, book: bill.insurance.book))
        }
        try writing.write(LevyEvidence.use, inOrder(rows).map { $0.values(area, writing.act.id) })
    }
}

/// That a bill is paid later than it fell due, by agreement (分期协议).
struct AgreedDelay: Hashable, Sendable {
    var agreed: Day
    /// When the part that completes the bill is due.
    var due: Day
    var stopsLateFees: Bool

    var feeFreeTime: FeeFreeTime? { stopsLateFees ? FeeFreeTime(agreed: agreed, until: due) : nil }

    func values(_ area: AreaCode, _ bill: ID<LevyBill>, _ act: ID<LevyAct>) -> [Value] {
        [Value(area), Value(bill), Value(act), Value(agreed), Value(due), Value(stopsLateFees)]
    }
}
