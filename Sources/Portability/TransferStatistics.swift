import Basics
import Storage

/// Transfers by city and direction over some days (转移统计).
public struct TransferStatistics: Hashable, Sendable {
    /// One city in one direction (流向).
    public struct Flow: Hashable, Sendable {
        public var other: AreaCode
        public var direction: TransferDirection
        public var applied: Int
        public var done: Int
        public var rejected: Int
        public var withdrawn: Int
        /// Steps that ran over their limit.
        public var late: Int
        /// Money of accounts that came or went.
        public var money: Money
        /// Share of all transfers of this direction (占比).
        public var share: Rate
    }

    /// How long a step took (环节用时), in calendar days.
    public struct Step: Hashable, Sendable {
        public var direction: TransferDirection
        /// The act that ended it.
        public var act: TransferState
        public var count: Int
        public var daysInAll: Int64
        public var daysMost: Int64

        /// To a tenth of a day, rounded: 3.5.
        public var daysOnAverage: String {
            FixedPoint.format(Rounding.halfUp(daysInAll * 10, Int64(max(count, 1))), decimals: 1)
        }
    }

    public var days: ClosedRange<Day>
    /// By direction, the greatest flow first.
    public var flows: [Flow]
    public var steps: [Step]

    /// How many came in, how many went out, and what part of all each is (转入占比、转出占比).
    public func share(of direction: TransferDirection) -> (count: Int, share: Rate) {
        let count = flows.filter { $0.direction == direction }.reduce(0) { $0 + $1.applied }
        return (count, TransferStatistics.part(count, of: flows.reduce(0) { $0 + $1.applied }))
    }

    static func part(_ count: Int, of all: Int) -> Rate {
        all == 0 ? .zero : Rate(partsPerMillion: Rounding.halfUp(Int64(count) * 1_000_000, Int64(all)))
    }
}

extension Portability {
    /// The transfers asked for within some days, and how long their steps took.
    public static func statistics(
        _ tx: any Transaction, area: AreaCode, _ days: ClosedRange<Day>
    ) throws -> TransferStatistics {
        let place = [Value(area), Value(days.lowerBound), Value(days.upperBound)]
        var flows = try tx.rows(flowSums, place) { row in
            TransferStatistics.Flow(
                other: AreaCode(try row.int(0)), direction: try row.code(1), applied: Int(try row.int(2)),
                done: Int(try row.int(3)), rejected: Int(try row.int(4)), withdrawn: Int(try row.int(5)),
                late: Int(try row.int(6)), money: try row.money(7), share: .zero)
        }
        for direction in TransferDirection.allCases {
            let all = flows.filter { $0.direction == direction }.reduce(0) { $0 + $1.applied }
            for index in flows.indices where flows[index].direction == direction {
                flows[index].share = TransferStatistics.part(flows[index].applied, of: all)
            }
        }
        let steps = try tx.rows(stepSums, place) { row in
            TransferStatistics.Step(
                direction: try row.code(0), act: try row.code(1), count: Int(try row.int(2)), daysInAll: try row.int(3),
                daysMost: try row.int(4))
        }
        return TransferStatistics(days: days, flows: flows, steps: steps)
    }

    private static let flowSums: SQL = """
        SELECT t.other, t.direction, count(*),
            CAST(sum(CASE WHEN s.state = 8 THEN 1 ELSE 0 END) AS BIGINT),
            CAST(sum(CASE WHEN s.state = 20 THEN 1 ELSE 0 END) AS BIGINT),
            CAST(sum(CASE WHEN s.state = 24 THEN 1 ELSE 0 END) AS BIGINT),
            CAST(sum((SELECT count(*) FROM transfer_act a WHERE a.area = t.area AND a.transfer = t.id
                AND a.kind = 22)) AS BIGINT),
            CAST(COALESCE(sum((SELECT sum(m.total_fen) FROM transfer_money m WHERE m.area = t.area
                AND m.transfer = t.id AND m.kind IN (1, 3))), 0) AS BIGINT)
        FROM transfer t JOIN transfer_standing s ON s.area = t.area AND s.transfer = t.id
        WHERE t.area = ? AND t.applied_day BETWEEN ? AND ?
        GROUP BY t.other, t.direction ORDER BY t.direction, count(*) DESC, t.other
        """

    /// From each act to the one before it, timeouts aside.
    private static let stepSums: SQL = """
        SELECT direction, kind, count(*), CAST(sum(day - before_day) AS BIGINT), max(day - before_day) FROM (
            SELECT t.direction AS direction, a.kind AS kind, a.day AS day,
                lag(a.day) OVER (PARTITION BY a.transfer ORDER BY a.seq) AS before_day
            FROM transfer t JOIN transfer_act a ON a.area = t.area AND a.transfer = t.id
            WHERE t.area = ? AND t.applied_day BETWEEN ? AND ? AND a.kind <> 22
        ) AS steps WHERE before_day IS NOT NULL GROUP BY direction, kind ORDER BY direction, kind
        """

    // MARK: - Verification

    /// Finds transfers that do not stand where their acts brought them, forms whose money is not what their text
    /// says, money matched with a receipt of another amount, and recognised years of which one is missing.
    public static func verify(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try verifyCourses(tx, area: area) + verifyMoney(tx, area: area) + verifyOrders(tx, area: area)
            + verifyYears(tx, area: area)
    }

    private static func verifyYears(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try tx.rows(brokenYears, Value(area)) { row in
            Problem(
                "transfer.verify.years", field: "transfer \(try row.int(0))",
                "转移业务 \(try row.int(0)) 互认的居民参保年度与年数不符,请从备份核对")
        }
    }

    private static let brokenYears: SQL = """
        SELECT r.transfer FROM transfer_recognition r WHERE r.area = ? AND r.resident_years <> (
            SELECT count(*) FROM transfer_recognised_year y WHERE y.area = r.area AND y.transfer = r.transfer)
        ORDER BY r.transfer LIMIT 100
        """

    private static func verifyCourses(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        var problems: [Problem] = []
        var after = ID<Transfer>(0)
        while true {
            let lines = try tx.all(TransferLine.self, page, Value(area), Value(after), 500)
            for line in lines {
                let acts = try acts(tx, area: area, of: line.transfer.id)
                var course = TransferCourse(line.transfer.direction)
                let holds = acts.allSatisfy { course.take($0.kind, on: $0.day, hasMoney: $0.hasMoney) }
                if !holds || course.state != line.state || course.isLate != line.isLate
                    || course.limit != line.limit
                {
                    problems.append(
                        Problem(
                            "transfer.verify.course", field: "transfer \(line.transfer.id)",
                            "转移业务 \(line.transfer.number) 的当前状态与办理记录不符,请从备份核对"))
                }
            }
            guard let last = lines.last else { return problems }
            after = last.transfer.id
        }
    }

    private static let page = SQL("\(TransferLine.selection) WHERE t.area = ? AND t.id > ? ORDER BY t.id LIMIT ?")

    private static func verifyMoney(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try tx.rows(brokenMoney, Value(area)) { row in
            Problem(
                "transfer.verify.money", field: "transfer \(try row.int(0))",
                "转移业务 \(try row.int(0)) 划转或匹配的金额与信息表、到账不符,请核对")
        }
    }

    private static let brokenMoney: SQL = """
        SELECT m.transfer FROM transfer_money m
        LEFT JOIN transfer_receipt r ON r.area = m.area AND r.id = m.receipt
        WHERE m.area = ? AND (m.kind = 3 AND (r.id IS NULL OR r.amount_fen <> m.total_fen)
            OR m.kind IN (1, 3) AND NOT EXISTS (SELECT 1 FROM transfer_form f
                WHERE f.area = m.area AND f.transfer = m.transfer AND f.money_fen = m.total_fen))
        ORDER BY m.transfer LIMIT 100
        """

    /// Money that went without an order or in another amount, and orders that are not the sum of their lines.
    private static func verifyOrders(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        let unordered = try tx.rows(unorderedMoney, Value(area)) { row in
            Problem(
                "transfer.verify.unordered", field: "transfer \(try row.int(0))",
                "转移业务 \(try row.int(0)) 划出的资金没有对应的付款单,或与付款单金额不符,请核对")
        }
        return try unordered
            + tx.rows(brokenOrders, Value(area)) { row in
                Problem(
                    "transfer.verify.order", field: "order \(try row.int(0))",
                    "付款单 \(try row.int(0)) 的合计与明细不符,请核对")
            }
    }

    private static let unorderedMoney: SQL = """
        SELECT m.transfer FROM transfer_money m
        WHERE m.area = ? AND m.kind = 1 AND NOT EXISTS (
            SELECT 1 FROM transfer_order_line l
            JOIN transfer_order_result r ON r.area = l.area AND r.order_id = l.order_id AND r.line = l.line
            WHERE l.area = m.area AND l.transfer = m.transfer AND l.amount_fen = m.total_fen AND r.outcome = 1
                AND r.answer = m.serial)
        ORDER BY m.transfer LIMIT 100
        """
    private static let brokenOrders: SQL = """
        SELECT o.id FROM transfer_order o
        LEFT JOIN transfer_order_line l ON l.area = o.area AND l.order_id = o.id
        WHERE o.area = ? GROUP BY o.area, o.id, o.line_count, o.total_fen
        HAVING count(l.line) <> o.line_count OR CAST(COALESCE(sum(l.amount_fen), 0) AS BIGINT) <> o.total_fen
        ORDER BY o.id LIMIT 100
        """
}
