import Basics
import Control
import Storage

extension Contributions {
    /// Takes a bill back in red and bills anew (红字冲正). What had been paid on it moves to the new bill; what is too
    /// much goes to suspense, from where it is given back.
    ///
    /// - Parameter lines: the new bill's lines; none leaves only the red bill.
    @discardableResult
    public static func correct(
        _ tx: any Transaction, area: AreaCode, _ id: ID<LevyBill>,
        to lines: [(person: ID<Person>, part: LevyPart)], policyVersion: String, _ ground: Ground
    ) throws -> (red: ID<LevyBill>, corrected: ID<LevyBill>?) {
        let original = try correctable(tx, area: area, id)
        guard original.insurance != .resident else {
            throw Problem("contributions.bill.resident", field: "bill", "居民应缴单请用“居民应缴更正”办理,连同财政补助和资助一起冲正")
        }
        let sorted = lines.filter { $0.part.total != .zero }.sorted {
            ($0.person, $0.part.insurance.rawValue) < ($1.person, $1.part.insurance.rawValue)
        }
        let anew = BillDraft(
            purpose: original.purposeCorrected, insurance: original.insurance, payer: original.payer,
            months: original.months, due: original.due, lines: sorted, decision: original.decision)
        return try replace(
            tx, area: area, original, with: sorted.isEmpty ? nil : anew, policyVersion: policyVersion, ground)
    }

    /// Takes a resident's bill back in red with the shares of the finances and of whoever subsidised him (居民应缴更正),
    /// and bills him anew by what he really is.
    ///
    /// - Parameter levy: what the year costs him; nil leaves only the red bill.
    @discardableResult
    public static func correctResident(
        _ tx: any Transaction, area: AreaCode, _ id: ID<LevyBill>, to levy: ResidentLevy?, policyVersion: String,
        _ ground: Ground
    ) throws -> (red: ID<LevyBill>, corrected: ID<LevyBill>?) {
        let original = try correctable(tx, area: area, id)
        guard case .person(let person) = original.payer, original.insurance == .resident else {
            throw Problem("contributions.bill.notResident", field: "bill", "这不是居民应缴单,请用“应缴更正”办理")
        }
        let anew = levy.map { levy in
            let part = LevyPart(insurance: .resident, base: .zero, employer: .zero, personal: levy.personal)
            return BillDraft(
                purpose: original.purposeCorrected, insurance: .resident, payer: original.payer,
                months: original.months,
                due: original.due, lines: [(person, part)], resident: levy)
        }
        return try replace(tx, area: area, original, with: anew, policyVersion: policyVersion, ground)
    }

    /// Writes the red bill and the new one, and lets the new one take over what was paid and agreed.
    static func replace(
        _ tx: any Transaction, area: AreaCode, _ original: LevyBill, with anew: BillDraft?, policyVersion: String,
        _ ground: Ground
    ) throws -> (red: ID<LevyBill>, corrected: ID<LevyBill>?) {
        var writing = try LevyWriting(
            tx, area: area, .correction, period: Int64(original.months.lowerBound.number), policyVersion: policyVersion,
            ground)
        let old = try everyLine(tx, area: area, of: original.id)
        let red = BillDraft(
            purpose: .red, insurance: original.insurance, payer: original.payer, months: original.months,
            due: original.due, lines: old.map { ($0.person, -$0.part) },
            resident: ResidentLevy(of: original).map { -$0 },
            reverses: original.id, decision: original.decision)
        let bills = try write(&writing, area: area, [red] + [anew].compactMap(\.self))
        let corrected = bills.count > 1 ? bills[1] : nil
        try moveUses(&writing, area: area, from: original, to: corrected)
        if let corrected, let agreed = try agreedDelay(tx, area: area, of: original.id) {
            try writing.write(LevyEvidence.delay, [agreed.values(area, corrected.id, writing.act.id)])
        }
        try writing.finish(#"{"bill":\#(original.id),"payable":"\#(corrected?.payable ?? .zero)"}"#)
        return (bills[0].id, corrected?.id)
    }

    /// A bill that has not been taken back yet.
    private static func correctable(_ tx: any Transaction, area: AreaCode, _ id: ID<LevyBill>) throws -> LevyBill {
        guard let bill = try bill(tx, area: area, id) else {
            throw Problem("contributions.bill.unknown", field: "bill", "没有这张应缴单,请从应缴单列表中选择")
        }
        guard bill.purpose != .red else {
            throw Problem("contributions.bill.red", field: "bill", "这张单本身是红字单,不能再冲正;请选择更正后的新单")
        }
        if try isReversed(tx, area: area, bill) {
            throw Problem("contributions.bill.reversedBefore", field: "bill", "这张应缴单已经冲正过,请在更正后的新单上办理")
        }
        return bill
    }

    /// Moves what receipts had paid on a bill to another, oldest first; the rest to suspense.
    private static func moveUses(
        _ writing: inout LevyWriting, area: AreaCode, from original: LevyBill, to new: LevyBill?
    ) throws {
        let old = original.id
        var room = new?.payable ?? .zero
        var rows: [ReceiptUse] = []
        for paid in try netUses(writing.tx, area: area, of: old) {
            var seq = try lastSequence(writing.tx, area: area, receipt: paid.receipt)
            func add(_ kind: ReceiptUse.Kind, _ bill: ID<LevyBill>?, _ principal: Money, _ lateFee: Money) {
                guard principal != .zero || lateFee != .zero else { return }
                seq += 1
                rows.append(
                    ReceiptUse(
                        receipt: paid.receipt, sequence: seq, kind: kind, bill: bill, rule: .moved,
                        principal: principal, lateFee: lateFee, day: paid.day,
                        book: kind == .suspense ? original.insurance.book : nil))
            }
            add(.bill, old, -paid.principal, -paid.lateFee)
            let kept = new == nil ? .zero : min(room, paid.principal)
            room -= kept
            // A late fee that was paid stays paid: whether it was owed is for the refund's matter to say.
            add(.bill, new?.id, kept, new == nil ? .zero : paid.lateFee)
            add(.suspense, nil, paid.principal - kept + (new == nil ? paid.lateFee : .zero), .zero)
        }
        try writing.write(LevyEvidence.use, inOrder(rows).map { $0.values(area, writing.act.id) })
    }

    /// What each receipt still pays of a bill, by day.
    static func netUses(
        _ tx: any Transaction, area: AreaCode, of bill: ID<LevyBill>
    ) throws -> [(receipt: ID<Receipt>, day: Day, principal: Money, lateFee: Money)] {
        try tx.rows(netUsesOfBill, Value(area), Value(bill)) {
            (try $0.id(0), try $0.day(1), try $0.money(2), try $0.money(3))
        }
    }

    private static let netUsesOfBill: SQL = """
        SELECT receipt, day, CAST(sum(principal_fen) AS BIGINT), CAST(sum(late_fee_fen) AS BIGINT)
        FROM receipt_use WHERE area = ? AND bill = ?
        GROUP BY receipt, day HAVING sum(principal_fen) <> 0 OR sum(late_fee_fen) <> 0
        ORDER BY day, receipt
        """

    // MARK: - Later bills

    /// Bills what some people's month costs more than was billed (补收差额): their other bills stand, and with them the month.
    /// It was due when the month was.
    @discardableResult
    public static func billDifference(
        _ tx: any Transaction, area: AreaCode, of bill: LevyBill, _ lines: [(person: ID<Person>, part: LevyPart)],
        policyVersion: String, _ ground: Ground
    ) throws -> BillingOutcome {
        precondition(
            lines.allSatisfy { $0.part.employer >= .zero && $0.part.personal >= .zero }, "a difference is owed")
        let sorted = lines.filter { $0.part.total != .zero }.sorted {
            ($0.person, $0.part.insurance.rawValue) < ($1.person, $1.part.insurance.rawValue)
        }
        var outcome = BillingOutcome()
        guard !sorted.isEmpty else { return outcome }
        try write(
            tx, area: area, .supplement, period: bill.months.lowerBound,
            [
                BillDraft(
                    purpose: .supplement, insurance: bill.insurance, payer: bill.payer, months: bill.months,
                    due: bill.due, lines: sorted)
            ], policyVersion, ground, &outcome)
        return outcome
    }

    /// Back-payment (补缴): one bill a month, each by the law of its own month, its due day that of the month, so that
    /// late fees run from then; or `due`, where nobody was at fault.
    ///
    /// - Parameter people: who is billed for a month, and as what payer he is levied in it.
    @discardableResult
    public static func billBackPayment(
        _ tx: any Transaction, area: AreaCode, months: ClosedRange<Month>, _ payer: Payer, due: Day?,
        _ people: (Month) throws -> [(member: LevyMember, base: Money)], terms: (Month) throws -> LevyTerms,
        policyVersion: String, _ ground: Ground
    ) throws -> BillingOutcome {
        var problems = Problems()
        var drafts: [BillDraft] = []
        for month in months {
            let law = try terms(month)
            let members = try people(month)
            let billed = try peopleBilled(tx, area: area, month: month, among: members.map(\.member.person))
            var lines: [(person: ID<Person>, part: LevyPart)] = []
            for (member, base) in members.sorted(by: { $0.member.person < $1.member.person }) {
                if billed.contains(member.person) {
                    problems.add(
                        "contributions.back.billed", field: "\(month)",
                        "人员 \(member.person) 的 \(month) 已有应缴单,不能重复补收补缴;金额有误请办理应缴更正")
                }
                for part in law.levy(member.payer, on: law.base(of: base)) where part.total != .zero {
                    lines.append((member.person, part))
                }
            }
            guard !lines.isEmpty else { continue }
            drafts.append(
                BillDraft(
                    purpose: .backPayment, insurance: .employee, payer: payer, months: month...month,
                    due: due ?? law.dueDay(of: month), lines: lines))
        }
        try problems.throwIfAny()
        var outcome = BillingOutcome()
        try write(
            tx, area: area, .backPayment, period: months.lowerBound, drafts, policyVersion, ground, &outcome)
        return outcome
    }

    /// Bills a resident the years that he missed (断保补缴), each at one price, of which nobody else pays a share: paid, it
    /// gives no cover for the year but shortens the waiting period (修复待遇等待期).
    @discardableResult
    public static func billMissedYears(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, years: ClosedRange<Int>, each price: Money,
        due: Day, policyVersion: String, _ ground: Ground
    ) throws -> BillingOutcome {
        var problems = Problems()
        var drafts: [BillDraft] = []
        let part = LevyPart(insurance: .resident, base: .zero, employer: .zero, personal: price)
        for year in years {
            let january = Month(year: year, month: 1)
            let live = try liveBills(tx, area: area, of: .person(person), months: january...january)
            if live.contains(where: { $0.insurance == .resident }) {
                problems.add("contributions.repair.billed", field: "first", "\(year) 年度已有居民应缴单,不能重复补缴;没有缴的请直接缴费")
            }
            drafts.append(
                BillDraft(
                    purpose: .backPayment, insurance: .resident, payer: .person(person),
                    months: january...(january + 11), due: due, lines: [(person, part)]))
        }
        try problems.throwIfAny()
        var outcome = BillingOutcome()
        try write(
            tx, area: area, .backPayment, period: Month(year: years.lowerBound, month: 1), drafts, policyVersion,
            ground, &outcome)
        return outcome
    }

    /// Whose month an employer was billed for.
    public static func peopleBilled(
        _ tx: any Transaction, area: AreaCode, _ payer: Payer, month: Month
    ) throws -> Set<ID<Person>> {
        Set(
            try tx.rows(
                peopleOfMonth, Value(area), .int(payer.columns.kind), .int(payer.columns.number), Value(month)
            ) { try $0.id(0) })
    }

    /// Which of some people are on somebody's bill for a month (当月已核定): an employer's or their own. A sum owed once
    /// (一次性补缴) has no base and is no month's contribution.
    public static func peopleBilled(
        _ tx: any Transaction, area: AreaCode, month: Month, among people: [ID<Person>]
    ) throws -> Set<ID<Person>> {
        guard let first = people.min(), let last = people.max() else { return [] }
        return Set(
            try tx.rows(anybodysMonth, Value(area), Value(month), Value(first), Value(last)) { try $0.id(0) }
        ).intersection(people)
    }

    /// Everybody who is on somebody's bill for a month (当月已核定人员).
    public static func peopleBilled(
        _ tx: any Transaction, area: AreaCode, month: Month
    ) throws -> Set<ID<Person>> {
        Set(try tx.rows(anybodysMonth, Value(area), Value(month), .int(0), .int(.max)) { try $0.id(0) })
    }

    private static let anybodysMonth: SQL = """
        SELECT l.person FROM levy_bill b JOIN levy_line l ON l.area = b.area AND l.bill = b.id
        WHERE b.area = ? AND b.insurance = 310 AND b.first_month = ? AND l.person BETWEEN ? AND ?
            AND l.insurance = 310 AND l.base_fen > 0
        GROUP BY l.person HAVING sum(l.employer_fen + l.personal_fen) > 0
        """

    private static let peopleOfMonth: SQL = """
        SELECT l.person FROM levy_bill b JOIN levy_line l ON l.area = b.area AND l.bill = b.id
        WHERE b.area = ? AND b.payer_kind = ? AND b.payer = ? AND b.first_month = ? AND b.insurance = 310
        GROUP BY l.person HAVING sum(l.employer_fen + l.personal_fen) > 0
        """
}

extension LevyBill {
    /// As what its correction is billed: a back payment stays one, since the months around it are not billed here.
    fileprivate var purposeCorrected: Purpose { purpose == .backPayment ? .backPayment : .corrected }
}
