import Basics
import Control
import Storage

/// What goes into the books (入账分录): an income of one book, part and source; negative in red.
public struct BookingLine: Hashable, Sendable {
    /// The insurance in whose books it stands.
    public var book: Insurance
    public var part: IncomePart
    public var source: ReceiptSource
    public var amount: Money

    public init(book: Insurance, part: IncomePart, source: ReceiptSource, amount: Money) {
        self.book = book
        self.part = part
        self.source = source
        self.amount = amount
    }
}

extension Insurance {
    /// Maternity is levied and kept with employees' insurance (合并征缴、合并建账).
    public var book: Insurance { self == .maternity ? .employee : self }

    /// The book to whose fund a late fee on its contributions goes: it becomes part of the social-insurance fund that the
    /// contributions are owed to (《社会保险费征缴暂行条例》第三条各项基金单独核算, 第十三条滞纳金并入社会保险基金). What
    /// supplements the employees' insurance has no such fund of its own.
    var lateFeeBook: Insurance {
        switch self {
        case .pension, .unemployment, .workInjury: self
        default: .employee
        }
    }
}

extension Contributions {
    /// The acts that moved money and are not in the books yet, oldest first.
    public static func unbooked(_ tx: any Transaction, area: AreaCode, limit: Int) throws -> [LevyAct] {
        try tx.all(LevyAct.self, unbookedActs, Value(area), .int(Int64(min(limit, 500))))
    }

    /// Those of them that were done before a day (逾期未记账), after a place in the list.
    public static func unbooked(
        _ tx: any Transaction, area: AreaCode, before day: Day, after: ID<LevyAct> = ID(0), limit: Int
    ) throws -> [LevyAct] {
        try tx.all(
            LevyAct.self, unbookedBefore, Value(area), Value(Moment(day)), Value(after), .int(Int64(min(limit, 500))))
    }

    /// How many were done before a day.
    public static func unbookedCount(_ tx: any Transaction, area: AreaCode, before day: Day) throws -> Int {
        Int(try tx.first(countUnbooked, Value(area), Value(Moment(day))) { try $0.int(0) } ?? 0)
    }

    static let isUnbooked = """
        kind IN (6, 7, 8, 9, 10, 13)
            AND EXISTS (SELECT 1 FROM receipt_use u WHERE u.area = levy_act.area AND u.act = levy_act.id)
            AND NOT EXISTS (
                SELECT 1 FROM levy_act k WHERE k.area = levy_act.area AND k.period = levy_act.id AND k.kind = 16)
        """
    private static let unbookedActs = SQL(
        "SELECT \(LevyAct.table.columnList) FROM levy_act WHERE area = ? AND \(isUnbooked) ORDER BY id LIMIT ?")
    private static let unbookedBefore = SQL(
        """
        SELECT \(LevyAct.table.columnList) FROM levy_act
        WHERE area = ? AND at < ? AND id > ? AND \(isUnbooked) ORDER BY id LIMIT ?
        """)
    private static let countUnbooked = SQL(
        "SELECT count(*) FROM levy_act WHERE area = ? AND at < ? AND \(isUnbooked)")

    /// What an act puts into the books. What was paid of a bill in several insurances is spread over them so that all
    /// payments together come to each insurance's sum exactly.
    public static func bookingLines(
        _ tx: any Transaction, area: AreaCode, of act: ID<LevyAct>
    ) throws -> [BookingLine] {
        var sums: [BookingKey: Money] = [:]
        func add(_ book: Insurance, _ part: IncomePart, _ source: ReceiptSource, _ amount: Money) {
            if amount != .zero {
                sums[BookingKey(book: book.book, part: part, source: source), default: .zero] += amount
            }
        }
        try tx.forEach(simpleSums, [Value(area), Value(act)]) { row in
            let kind: ReceiptUse.Kind = try row.code(0)
            let source: ReceiptSource = try row.code(1)
            let principal = try row.money(2)
            switch kind {
            // Nobody knows yet what bill it is for: it waits in the books that it came in for.
            case .suspense: add(try row.code(3), .suspense, source, principal)
            case .fiscal: add(.resident, .fiscal, source, principal)
            case .aid: add(.resident, .aid, source, principal)
            // Given back out of suspense: the suspense row has said so.
            case .refund: break
            case .bill:
                // One insurance and one part: residents'.
                add(.resident, .personal, source, principal)
            }
            return true
        }
        for change in try changes(tx, area: area, of: act) {
            guard change.principal != .zero || change.lateFee != .zero else { continue }
            let shares = try shares(tx, area: area, of: change.bill)
            let spread = Apportionment(shares.map(\.amount))
            let amounts = spread.shares(from: change.before, to: change.before + change.principal)
            for (share, amount) in zip(shares, amounts) { add(share.insurance, share.part, change.source, amount) }
            let fees = spread.shares(from: change.feeBefore, to: change.feeBefore + change.lateFee)
            for (share, fee) in zip(shares, fees) { add(share.insurance.lateFeeBook, .lateFee, change.source, fee) }
        }
        return sums.filter { $0.value != .zero }.map {
            BookingLine(book: $0.key.book, part: $0.key.part, source: $0.key.source, amount: $0.value)
        }.sorted {
            ($0.book.rawValue, $0.source.rawValue, $0.part.rawValue)
                < ($1.book.rawValue, $1.source.rawValue, $1.part.rawValue)
        }
    }

    private struct BookingKey: Hashable {
        var book: Insurance
        var part: IncomePart
        var source: ReceiptSource
    }

    /// Everything but payments of bills in several insurances, added up by the store.
    private static let simpleSums: SQL = """
        SELECT u.kind, r.source, CAST(sum(u.principal_fen) AS BIGINT), u.book
        FROM receipt_use u
        JOIN receipt r ON r.area = u.area AND r.id = u.receipt
        LEFT JOIN levy_bill b ON b.area = u.area AND b.id = u.bill
        WHERE u.area = ? AND u.act = ? AND (u.bill IS NULL OR b.insurance = 390)
        GROUP BY u.kind, r.source, u.book ORDER BY u.kind, r.source, u.book
        """

    /// What an act changed of a bill in several insurances, and what the books had of the bill before.
    private struct BillChange {
        let bill: ID<LevyBill>
        let source: ReceiptSource
        let principal: Money
        let lateFee: Money
        var before: Money
        var feeBefore: Money
    }

    /// What an act changed of each bill in several insurances.
    private static func changes(
        _ tx: any Transaction, area: AreaCode, of act: ID<LevyAct>
    ) throws -> [BillChange] {
        var found = try tx.rows(changesOfAct, Value(area), Value(act)) { row in
            BillChange(
                bill: try row.id(0), source: try row.code(1), principal: try row.money(2), lateFee: try row.money(3),
                before: try row.money(4), feeBefore: try row.money(5))
        }
        // A bill that two sources paid in one act: the second begins where the first ended.
        for index in found.indices.dropFirst() where found[index].bill == found[index - 1].bill {
            found[index].before = found[index - 1].before + found[index - 1].principal
            found[index].feeBefore = found[index - 1].feeBefore + found[index - 1].lateFee
        }
        return found
    }

    /// Booked so far: by the acts that are in the books, whatever the order in which acts were numbered.
    private static let changesOfAct: SQL = """
        SELECT u.bill, r.source, CAST(sum(u.principal_fen) AS BIGINT), CAST(sum(u.late_fee_fen) AS BIGINT),
            (SELECT CAST(coalesce(sum(p.principal_fen), 0) AS BIGINT) FROM receipt_use p
                WHERE p.area = u.area AND p.bill = u.bill AND EXISTS (
                    SELECT 1 FROM levy_act k WHERE k.area = p.area AND k.period = p.act AND k.kind = 16)),
            (SELECT CAST(coalesce(sum(p.late_fee_fen), 0) AS BIGINT) FROM receipt_use p
                WHERE p.area = u.area AND p.bill = u.bill AND EXISTS (
                    SELECT 1 FROM levy_act k WHERE k.area = p.area AND k.period = p.act AND k.kind = 16))
        FROM receipt_use u
        JOIN receipt r ON r.area = u.area AND r.id = u.receipt
        JOIN levy_bill b ON b.area = u.area AND b.id = u.bill AND b.insurance <> 390
        WHERE u.area = ? AND u.act = ?
        GROUP BY u.area, u.bill, r.source ORDER BY u.bill, r.source
        """

    /// Records on which vouchers an act's money stands. Once for an act; one that only moved money within a book has no
    /// lines and is recorded all the same, so that later payments know what was booked before them.
    ///
    /// - Parameter voucher: the fund's number of the voucher that carries a line.
    @discardableResult
    public static func recordBooking(
        _ tx: any Transaction, area: AreaCode, of act: ID<LevyAct>, _ lines: [(line: BookingLine, voucher: Int64)],
        _ ground: Ground
    ) throws -> ID<LevyAct> {
        if try tx.first(bookingOfAct, Value(area), Value(act), read: { try $0.int(0) }) != nil {
            throw Problem("contributions.booking.done", field: "act", "这笔征缴业务已经记账,不能重复记账")
        }
        var writing = try LevyWriting(tx, area: area, .booking, period: act.raw, ground)
        try writing.write(
            LevyEvidence.booking,
            lines.enumerated().map { index, entry in
                [
                    Value(area), Value(writing.act.id), .int(Int64(index) + 1), Value(act),
                    Value(code: entry.line.book),
                    Value(code: entry.line.part), Value(code: entry.line.source), Value(entry.line.amount),
                    .int(entry.voucher),
                ]
            })
        try writing.finish(#"{"act":\#(act),"amount":"\#(lines.map(\.line.amount).total())"}"#)
        return writing.act.id
    }

    private static let bookingOfAct: SQL = "SELECT id FROM levy_act WHERE area = ? AND period = ? AND kind = 16"
}
