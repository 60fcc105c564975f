import Basics
import Control
import Storage

/// Money that nobody knows the bill of yet (暂收款).
public struct SuspenseItem: Hashable, Sendable {
    public var receipt: Receipt
    /// What is still to be cleared.
    public var amount: Money
    /// The day on which it was put there last (转入暂收日).
    public var since: Day
    /// In which insurances' books it waits (暂收款所在账套): one, unless corrections put parts of it into two.
    public var books: [Insurance]
}

/// Money that has been in suspense for longer than the policy allows (逾期未清理的暂收款).
public struct OverdueSuspense: Hashable, Sendable {
    public var count: Int
    public var amount: Money
    /// Since when the oldest of it waits.
    public var oldest: Day
}

extension Contributions {
    // MARK: - Reading

    public static func receipt(_ tx: any Transaction, area: AreaCode, _ id: ID<Receipt>) throws -> Receipt? {
        try tx.one(Receipt.self, receiptSelection, Value(area), Value(id))
    }

    private static let receiptSelection = SQL("\(Receipt.selection) WHERE area = ? AND id = ?")

    /// The receipt of the number that is printed on it (票据号): `2026-00001247`.
    public static func receipt(_ tx: any Transaction, area: AreaCode, numbered text: String) throws -> Receipt? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count == 2, let year = parts[0], let number = parts[1] else { return nil }
        return try tx.one(Receipt.self, receiptByNumber, Value(area), .int(year), .int(number))
    }

    private static let receiptByNumber = SQL(
        "\(Receipt.selection) WHERE area = ? AND receipt_year = ? AND number = ?")

    /// The receipts taken in on some days, by number; a page at a time.
    ///
    /// - Parameter payer: only those of this payer: his code, or the beginning of his name.
    public static func receipts(
        _ tx: any Transaction, area: AreaCode, arrived days: ClosedRange<Day>, payer: String = "",
        after: ID<Receipt> = ID(0), limit: Int
    ) throws -> [Receipt] {
        let place = [Value(area), Value(days.lowerBound), Value(days.upperBound), Value(after)]
        let count = Value.int(Int64(min(limit, 500)))
        guard !payer.isEmpty else { return try tx.rows(receiptsOfDays, place + [count]) { try Receipt($0) } }
        let names: [Value] = [.text(payer.uppercased()), .text(payer), .text(payer + "\u{10FFFF}")]
        return try tx.rows(receiptsOfPayer, place + names + [count]) { try Receipt($0) }
    }

    private static let receiptsOfPayer = SQL(
        """
        \(Receipt.selection) WHERE area = ? AND arrived_day BETWEEN ? AND ? AND id > ?
            AND (payer_code = ? OR payer_name >= ? AND payer_name <= ?) ORDER BY id LIMIT ?
        """)

    /// The receipts of a serial number, from whatever source (按流水号).
    public static func receipts(_ tx: any Transaction, area: AreaCode, serial: String) throws -> [Receipt] {
        try tx.all(Receipt.self, receiptsOfSerial, Value(area), .text(serial))
    }

    private static let receiptsOfSerial = SQL(
        "\(Receipt.selection) WHERE area = ? AND source BETWEEN 1 AND 5 AND serial = ? ORDER BY id")

    private static let receiptsOfDays = SQL(
        """
        \(Receipt.selection) WHERE area = ? AND arrived_day BETWEEN ? AND ? AND id > ? ORDER BY id LIMIT ?
        """)

    /// What became of a receipt's money, in the order of writing.
    public static func uses(_ tx: any Transaction, area: AreaCode, of receipt: ID<Receipt>) throws -> [ReceiptUse] {
        try tx.all(ReceiptUse.self, usesOfReceipt, Value(area), Value(receipt))
    }

    private static let usesOfReceipt = SQL("\(ReceiptUse.selection) WHERE area = ? AND receipt = ? ORDER BY seq")

    /// What waits to be cleared, oldest first; a page at a time.
    ///
    /// - Parameter before: only what was put there before this day.
    public static func suspense(
        _ tx: any Transaction, area: AreaCode, before day: Day? = nil, after: ID<Receipt> = ID(0), limit: Int
    ) throws -> [SuspenseItem] {
        let open = try tx.rows(
            openSuspense, Value(area), Value(area), Value(after), beginning(of: day), .int(Int64(min(limit, 500)))
        ) { (id: try $0.id(0, Receipt.self), amount: try $0.money(1), since: try $0.moment(2).day) }
        return try open.compactMap { item in
            let books = try held(tx, area: area, item.id).map(\.book)
            return try receipt(tx, area: area, item.id).map {
                SuspenseItem(receipt: $0, amount: item.amount, since: item.since, books: books)
            }
        }
    }

    /// What was put into suspense before a day and is there still; nil when nothing is.
    public static func overdueSuspense(
        _ tx: any Transaction, area: AreaCode, before day: Day
    ) throws -> OverdueSuspense? {
        let found = try tx.first(sumOfSuspense, Value(area), Value(area), .int(0), beginning(of: day)) {
            OverdueSuspense(count: Int(try $0.int(0)), amount: try $0.money(1), oldest: try $0.moment(2).day)
        }
        return found.flatMap { $0.count > 0 ? $0 : nil }
    }

    private static func beginning(of day: Day?) -> Value { day.map { Value(Moment($0)) } ?? .int(.max) }

    /// A refund's red row stands under its own receipt; it counts with the receipt it takes back. Money of which the refund
    /// is ordered and not answered waits from the order on.
    private static let heldSuspense = """
        SELECT w.root, CAST(sum(w.amount) AS BIGINT) AS held, max(w.since) AS since FROM (
            SELECT coalesce(r.reverses, r.id) AS root, u.principal_fen AS amount,
                CASE WHEN u.principal_fen > 0 THEN a.at ELSE 0 END AS since
            FROM receipt_use u
            JOIN receipt r ON r.area = u.area AND r.id = u.receipt
            JOIN levy_act a ON a.area = u.area AND a.id = u.act
            WHERE u.area = ? AND u.kind = 2
            UNION ALL
            SELECT o.receipt AS root, 0 AS amount, a.at AS since
            FROM refund_order o
            JOIN levy_act a ON a.area = o.area AND a.id = o.act
            WHERE o.area = ? AND NOT EXISTS (
                SELECT 1 FROM refund_result x WHERE x.area = o.area AND x.refund_order = o.act)
        ) w
        WHERE w.root > ?
        GROUP BY w.root
        HAVING sum(w.amount) <> 0 AND max(w.since) < ?
        """
    private static let openSuspense = SQL("\(heldSuspense) ORDER BY w.root LIMIT ?")
    private static let sumOfSuspense = SQL(
        """
        SELECT count(*), CAST(coalesce(sum(s.held), 0) AS BIGINT), coalesce(min(s.since), 0) FROM (\(heldSuspense)) s
        """)

    // MARK: - Clearing

    /// Gives money in suspense to a bill (暂收款认领): principal first, then its late fee. What is more than the bill
    /// owes stays in suspense.
    @discardableResult
    public static func clear(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Receipt>, to billID: ID<LevyBill>, _ amount: Money,
        lateFees: LateFeeLaw, _ ground: Ground
    ) throws -> ID<LevyAct> {
        let claim = try requireClearable(tx, area: area, id, to: billID, amount, lateFees: lateFees)
        let draws = try draw(tx, area: area, id, amount, first: claim.book)
        return try move(
            tx, area: area, .clearing, claim.receipt, ground,
            draws + [SuspenseMove(.bill, billID, principal: claim.principal, lateFee: claim.lateFee)])
    }

    /// How money in suspense goes to a bill; otherwise the problems that say why it may not.
    @discardableResult
    public static func requireClearable(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Receipt>, to billID: ID<LevyBill>, _ amount: Money,
        lateFees: LateFeeLaw
    ) throws -> (receipt: Receipt, book: Insurance, principal: Money, lateFee: Money) {
        guard let bill = try bill(tx, area: area, billID) else {
            var problems = Problems(
                Problem("contributions.bill.unknown", field: "bill", "没有这张应缴单,请从应缴单列表中选择"))
            do { try requireInSuspense(tx, area: area, id, amount) } catch let problem as Problem {
                problems.all.insert(problem, at: 0)
            }
            throw problems
        }
        let receipt = try requireInSuspense(tx, area: area, id, amount)
        let standing = try standing(
            tx, area: area, of: bill,
            terms: bill.insurance == .resident ? nil : try lateFees(bill.months.lowerBound), on: receipt.paidDay)
        let split = standing.apply(amount)
        guard split.excess == .zero else {
            throw Problem(
                "contributions.clear.exceeds", field: "amount",
                "这张单只欠 \(standing.outstanding + standing.lateFeeOutstanding) 元,不能认领 \(amount) 元;请改小金额,多余部分办理退费")
        }
        return (receipt, bill.insurance.book, split.principal, split.lateFee)
    }

    /// The receipt, when so much of it is in suspense; otherwise the problem that says why it cannot be given away.
    @discardableResult
    public static func requireInSuspense(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Receipt>, _ amount: Money
    ) throws -> Receipt {
        guard let receipt = try receipt(tx, area: area, id) else {
            throw Problem("contributions.receipt.unknown", field: "receipt", "没有这笔到账,请从到账列表中选择")
        }
        let held = try held(tx, area: area, id).map(\.amount).total()
        let ordered = try openRefunds(tx, area: area, of: id).map(\.amount).total()
        guard amount > .zero, amount <= held - ordered else {
            let spoken = ordered == .zero ? "" : "(另有 \(ordered) 元已核准退费、等待付款)"
            throw Problem(
                "contributions.suspense.short", field: "amount",
                "这笔到账的暂收余额是 \(held - ordered) 元\(spoken),不能处理 \(amount) 元,请核对金额")
        }
        return receipt
    }

    /// What of a receipt is in suspense, by the insurance in whose books it waits.
    static func held(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Receipt>
    ) throws -> [(book: Insurance, amount: Money)] {
        try netUses(tx, area: area, family: id).compactMap { net in
            guard net.kind == .suspense, let book = net.book, net.principal > .zero else { return nil }
            return (book, net.principal)
        }
    }

    /// Takes an amount out of a receipt's suspense: out of one insurance's books first, then out of the others'.
    static func draw(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Receipt>, _ amount: Money, first: Insurance? = nil
    ) throws -> [SuspenseMove] {
        var rest = amount
        let held = try held(tx, area: area, id)
        return (held.filter { $0.book == first } + held.filter { $0.book != first }).compactMap { part in
            let taken = min(rest, part.amount)
            rest -= taken
            return taken == .zero ? nil : SuspenseMove(.suspense, principal: -taken, in: part.book)
        }
    }

    /// Writes where a receipt's money goes by somebody's decision, under an act of its own.
    private static func move(
        _ tx: any Transaction, area: AreaCode, _ kind: LevyAct.Kind, _ receipt: Receipt, _ ground: Ground,
        _ moves: [SuspenseMove]
    ) throws -> ID<LevyAct> {
        var writing = try LevyWriting(tx, area: area, kind, ground)
        try write(&writing, area: area, receipt, moves)
        try writing.finish(#"{"receipt":\#(receipt.id)}"#)
        return writing.act.id
    }

    /// The same within an act.
    static func write(
        _ writing: inout LevyWriting, area: AreaCode, _ receipt: Receipt, _ moves: [SuspenseMove]
    ) throws {
        let last = try lastSequence(writing.tx, area: area, receipt: receipt.id)
        let uses = moves.enumerated().map { index, move in
            ReceiptUse(
                receipt: receipt.id, sequence: last + Int64(index) + 1, kind: move.kind, bill: move.bill, rule: .byHand,
                principal: move.principal, lateFee: move.lateFee, day: receipt.paidDay, book: move.book)
        }
        try writing.write(LevyEvidence.use, uses.map { $0.values(area, writing.act.id) })
    }

    // MARK: - Taking back

    /// Takes a receipt back in red (到账更正): the whole of it, or what is left after refunds.
    @discardableResult
    public static func void(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Receipt>, _ ground: Ground
    ) throws -> ID<Receipt> {
        let (original, rest) = try requireVoidable(tx, area: area, id)
        var writing = try LevyWriting(tx, area: area, .receiptVoid, ground)
        let red = try redReceipt(tx, area: area, original, rest, writing.act)
        let uses = try takeBack(tx, area: area, original, rest, onto: red.id, day: original.paidDay, also: [])
        try writing.write(LevyEvidence.receipt, [red.values(area)])
        try writing.write(LevyEvidence.use, inOrder(uses).map { $0.values(area, writing.act.id) })
        try writing.finish(#"{"receipt":\#(id),"amount":"-\#(rest)"}"#)
        return red.id
    }

    /// The receipt and what of it can be taken back; otherwise the problem that says why nothing can.
    @discardableResult
    public static func requireVoidable(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Receipt>
    ) throws -> (original: Receipt, rest: Money) {
        guard let original = try receipt(tx, area: area, id), original.reverses == nil, original.amount > .zero else {
            throw Problem("contributions.receipt.unknown", field: "receipt", "请选择一笔没有冲正过的到账")
        }
        if let order = try openRefunds(tx, area: area, of: id).first {
            throw Problem(
                "contributions.refund.open", field: "receipt",
                "到账 \(id) 有退费 \(order.act) 核准 \(order.amount) 元、等待付款结果,请先登记付款结果或退票,再办理更正")
        }
        let nets = try netUses(tx, area: area, family: id)
        let rest = nets.filter { $0.kind != .refund }.map { $0.principal + $0.lateFee }.total()
        guard rest > .zero else {
            throw Problem("contributions.receipt.voidedBefore", field: "receipt", "这笔到账已经全部冲正或退费,不能再次更正")
        }
        return (original, rest)
    }

    private static func redReceipt(
        _ tx: any Transaction, area: AreaCode, _ original: Receipt, _ amount: Money, _ act: LevyAct
    ) throws -> Receipt {
        let day = act.at.day
        return Receipt(
            id: try tx.nextID(Receipt.self, "receipt"), act: act.id, year: day.year,
            number: try reserve(tx, area: area, 1, of: day.year), source: original.source,
            serial: "冲正-\(act.id)", payerCode: original.payerCode, payerName: original.payerName,
            paidDay: original.paidDay, arrivedDay: day, amount: -amount, reverses: original.id)
    }

    /// Takes so many numbers of a year; they are used up in this transaction or not at all: no gaps. Answers the first.
    static func reserve(_ tx: any Transaction, area: AreaCode, _ count: Int, of year: Int) throws -> Int64 {
        let last = try tx.first(reservation, Value(area), .int(Int64(year)), .int(Int64(count))) { try $0.int(0) }
        guard let last else { throw StoreError.failed("an upsert returned no row") }
        return last - Int64(count) + 1
    }

    private static let reservation: SQL = """
        INSERT INTO receipt_counter (area, receipt_year, last) VALUES (?, ?, ?)
        ON CONFLICT (area, receipt_year) DO UPDATE SET last = receipt_counter.last + excluded.last
        RETURNING last
        """

    /// The red uses that take an amount back: out of suspense first, then out of the bills it paid, the latest first; of an
    /// appropriation, out of what it was for.
    ///
    /// - Parameters:
    ///   - reserved: what of its suspense is to be paid out by an order that is not answered yet.
    ///   - pending: what this transaction has made of the receipt and has not written yet.
    static func takeBack(
        _ tx: any Transaction, area: AreaCode, _ original: Receipt, _ amount: Money, onto red: ID<Receipt>, day: Day,
        reserved: Money = .zero, also pending: [ReceiptUse]
    ) throws -> [ReceiptUse] {
        var rest = amount
        var kept = reserved
        var uses: [ReceiptUse] = []
        for net in try netUses(tx, area: area, family: original.id, and: pending) where rest > .zero {
            guard net.kind != .refund else { continue }
            var free = max(.zero, net.principal)
            if net.kind == .suspense {
                let spoken = min(kept, free)
                kept -= spoken
                free -= spoken
            }
            let principal = min(rest, free)
            let lateFee = min(rest - principal, max(.zero, net.lateFee))
            guard principal > .zero || lateFee > .zero else { continue }
            rest -= principal + lateFee
            uses.append(
                ReceiptUse(
                    receipt: red, sequence: Int64(uses.count) + 1, kind: net.kind, bill: net.bill, rule: .takenBack,
                    principal: -principal, lateFee: -lateFee, day: day, book: net.book))
        }
        guard rest == .zero else {
            let spoken = reserved == .zero ? "" : "(另有 \(reserved) 元已核准退费、等待付款)"
            throw Problem(
                "contributions.receipt.tooMuchBack", field: original.serial,
                "原流水号 \(original.serial) 只剩 \(amount - rest) 元\(spoken),不能退回 \(amount) 元,请与来源核对")
        }
        return uses
    }

    /// What became of a receipt's money in one way, parts taken back off.
    typealias NetUse = (
        kind: ReceiptUse.Kind, bill: ID<LevyBill>?, book: Insurance?, principal: Money, lateFee: Money
    )

    /// The same, with what is not written yet.
    private static func netUses(
        _ tx: any Transaction, area: AreaCode, family id: ID<Receipt>, and pending: [ReceiptUse]
    ) throws -> [NetUse] {
        var nets = try netUses(tx, area: area, family: id)
        for use in pending {
            let known = nets.firstIndex { ($0.kind, $0.bill, $0.book) == (use.kind, use.bill, use.book) }
            if let known {
                nets[known].principal += use.principal
                nets[known].lateFee += use.lateFee
            } else {
                nets.append((use.kind, use.bill, use.book, use.principal, use.lateFee))
            }
        }
        func rank(_ net: NetUse) -> (Int, Int64, Int64) {
            (net.kind == .suspense ? 0 : 1, -(net.bill?.raw ?? 0), net.book?.rawValue ?? 0)
        }
        return nets.sorted { rank($0) < rank($1) }
    }

    /// What became of a receipt and of what took parts of it back, together: suspense first, then bills.
    private static func netUses(
        _ tx: any Transaction, area: AreaCode, family id: ID<Receipt>
    ) throws -> [NetUse] {
        try tx.rows(netUsesOfFamily, Value(area), Value(area), Value(id), Value(area), Value(id)) { row in
            (
                try row.code(0), try row.intOrNil(1).map { ID($0) }, try row.codeOrNil(2), try row.money(3),
                try row.money(4)
            )
        }
    }

    private static let netUsesOfFamily: SQL = """
        SELECT kind, bill, book, CAST(sum(principal_fen) AS BIGINT), CAST(sum(late_fee_fen) AS BIGINT)
        FROM receipt_use WHERE area = ? AND receipt IN (
            SELECT id FROM receipt WHERE area = ? AND id = ?
            UNION ALL SELECT id FROM receipt WHERE area = ? AND reverses = ?)
        GROUP BY kind, bill, book ORDER BY CASE WHEN kind = 2 THEN 0 ELSE 1 END, bill DESC, book
        """

    // MARK: - Subsidies

    /// Takes in what the finances or the assistance fund pay for residents (财政补助、资助参保到账).
    @discardableResult
    public static func takeInSubsidy(
        _ tx: any Transaction, area: AreaCode, serial: String, payer: String, fiscal: Money, aid: Money, paid: Day,
        _ ground: Ground
    ) throws -> ID<Receipt> {
        try subsidyProblems(
            tx, area: area, serial: serial, fiscal: fiscal, aid: aid, paid: paid, on: ground.at.day
        ).throwIfAny()
        var writing = try LevyWriting(tx, area: area, .receipts, ground)
        let day = ground.at.day
        let receipt = Receipt(
            id: try tx.nextID(Receipt.self, "receipt"), act: writing.act.id, year: day.year,
            number: try reserve(tx, area: area, 1, of: day.year), source: .finance, serial: serial, payerCode: "",
            payerName: payer, paidDay: paid, arrivedDay: day, amount: fiscal + aid,
            entry: (try entries(tx, area: area, .finance, [serial])[serial]?.count ?? 0) + 1)
        let parts: [(ReceiptUse.Kind, Money)] = [(.fiscal, fiscal), (.aid, aid)]
        let uses = parts.filter { $0.1 > .zero }.enumerated().map { index, part in
            ReceiptUse(
                receipt: receipt.id, sequence: Int64(index) + 1, kind: part.0, bill: nil, rule: .byHand,
                principal: part.1, lateFee: .zero, day: paid)
        }
        try writing.write(LevyEvidence.receipt, [receipt.values(area)])
        try writing.write(LevyEvidence.use, uses.map { $0.values(area, writing.act.id) })
        try writing.finish(#"{"fiscal":"\#(fiscal)","aid":"\#(aid)"}"#)
        return receipt.id
    }

    /// What is wrong with an appropriation before it is taken in.
    ///
    /// - Parameter today: the day of asking, or of approval.
    public static func subsidyProblems(
        _ tx: any Transaction, area: AreaCode, serial: String, fiscal: Money, aid: Money, paid: Day, on today: Day
    ) throws -> Problems {
        var problems = Problems()
        if fiscal < .zero || aid < .zero || fiscal + aid == .zero {
            problems.add("contributions.subsidy.amount", field: "fiscal", "财政补助和资助金额不能是负数,也不能都是零,请按拨款单填写")
        }
        if paid > today {
            problems.add("contributions.receipt.future", field: "paid", "到账日期 \(paid) 晚于今天 \(today),请按拨款单填写")
        }
        // What a correction took back may come again under its number.
        if try entries(tx, area: area, .finance, [serial])[serial]?.amount != nil {
            problems.add("contributions.receipt.doubled", field: "serial", "拨款单号 \(serial) 已经入账,不能重复办理")
        }
        return problems
    }
}

/// Where a part of a receipt's money goes (资金去向变动): out of suspense, to a bill, or back to whoever paid it.
struct SuspenseMove {
    var kind: ReceiptUse.Kind
    var bill: ID<LevyBill>?
    var principal: Money
    var lateFee: Money
    var book: Insurance?

    init(
        _ kind: ReceiptUse.Kind, _ bill: ID<LevyBill>? = nil, principal: Money, lateFee: Money = .zero,
        in book: Insurance? = nil
    ) {
        self.kind = kind
        self.bill = bill
        self.principal = principal
        self.lateFee = lateFee
        self.book = book
    }
}
