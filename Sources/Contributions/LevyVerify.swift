import Basics
import Control
import Storage

extension Contributions {
    /// The proof of levies and receipts: bills are the sums of their lines, receipts what became of them, numbers
    /// without gaps, and what is in the books is what came in.
    public static func verifyLevies(_ tx: any Transaction, _ area: AreaCode) throws -> [Problem] {
        var problems: [Problem] = []
        for check in checks {
            let broken = try tx.rows(
                check.query, Array(repeating: Value(area), count: check.areas), read: { try $0.int(0) })
            problems += broken.map { number in
                Problem(check.code, field: "\(check.subject) \(number)", check.sentence(number))
            }
        }
        return problems
    }

    private struct Check: Sendable {
        let code: String
        let subject: String
        let areas: Int
        let query: SQL
        let sentence: @Sendable (Int64) -> String
    }

    /// Each query answers the numbers of what is broken, at most twenty.
    private static let checks: [Check] = [
        Check(
            code: "contributions.verify.lines", subject: "应缴单", areas: 2,
            query: """
                SELECT b.id FROM levy_bill b
                LEFT JOIN (SELECT bill, sum(employer_fen + personal_fen) AS total, count(*) AS lines
                    FROM levy_line WHERE area = ? GROUP BY bill) l ON l.bill = b.id
                WHERE b.area = ? AND (b.payable_fen <> coalesce(l.total, 0) OR b.line_count <> coalesce(l.lines, 0))
                ORDER BY b.id LIMIT 20
                """,
            sentence: { "应缴单 \($0) 的金额或行数与明细合计不符:明细被改动过,请用备份比对" }),
        Check(
            code: "contributions.verify.red", subject: "红字单", areas: 1,
            query: """
                SELECT r.id FROM levy_bill r JOIN levy_bill b ON b.area = r.area AND b.id = r.reverses
                WHERE r.area = ? AND (r.payable_fen <> -b.payable_fen OR r.fiscal_fen <> -b.fiscal_fen
                    OR r.aid_fen <> -b.aid_fen OR r.payer <> b.payer OR r.payer_kind <> b.payer_kind)
                ORDER BY r.id LIMIT 20
                """,
            sentence: { "红字单 \($0) 与它冲正的应缴单不是同额反号,请用备份比对" }),
        Check(
            code: "contributions.verify.uses", subject: "到账", areas: 2,
            query: """
                SELECT r.id FROM receipt r
                LEFT JOIN (SELECT receipt, sum(principal_fen + late_fee_fen) AS total
                    FROM receipt_use WHERE area = ? GROUP BY receipt) u ON u.receipt = r.id
                WHERE r.area = ? AND r.amount_fen <> coalesce(u.total, 0)
                ORDER BY r.id LIMIT 20
                """,
            sentence: { "到账 \($0) 的金额不等于缴费、暂收、退费之和,请用备份比对" }),
        Check(
            code: "contributions.verify.suspense", subject: "到账", areas: 1,
            query: """
                SELECT DISTINCT s.root FROM (
                    SELECT coalesce(r.reverses, r.id) AS root, u.book FROM receipt_use u
                    JOIN receipt r ON r.area = u.area AND r.id = u.receipt
                    WHERE u.area = ? AND u.kind = 2
                    GROUP BY coalesce(r.reverses, r.id), u.book HAVING sum(u.principal_fen) < 0) s
                ORDER BY s.root LIMIT 20
                """,
            sentence: { "到账 \($0) 的暂收余额是负数:清理的比收到的多,请逐笔核对" }),
        Check(
            code: "contributions.verify.overpaid", subject: "应缴单", areas: 1,
            query: """
                SELECT b.id FROM receipt_use u JOIN levy_bill b ON b.area = u.area AND b.id = u.bill
                WHERE u.area = ? GROUP BY b.id, b.payable_fen
                HAVING sum(u.principal_fen) < 0 OR sum(u.principal_fen) > b.payable_fen OR sum(u.late_fee_fen) < 0
                ORDER BY b.id LIMIT 20
                """,
            sentence: { "应缴单 \($0) 的已缴本金不在零和应缴额之间,请逐笔核对到账" }),
        Check(
            code: "contributions.verify.numbers", subject: "票据年度", areas: 2,
            query: """
                SELECT c.receipt_year FROM receipt_counter c
                LEFT JOIN (SELECT receipt_year, count(*) AS receipts, min(number) AS low, max(number) AS high
                    FROM receipt WHERE area = ? GROUP BY receipt_year) r ON r.receipt_year = c.receipt_year
                WHERE c.area = ? AND (c.last <> coalesce(r.receipts, 0) OR c.last <> coalesce(r.high, 0)
                    OR coalesce(r.low, 1) <> 1)
                ORDER BY c.receipt_year LIMIT 20
                """,
            sentence: { "\($0) 年的到账票据号有缺号:有记录被删去或绕过程序写入,请用备份比对" }),
        Check(
            code: "contributions.verify.booked", subject: "征缴业务", areas: 2,
            query: """
                SELECT k.act FROM (SELECT act, sum(amount_fen) AS total FROM levy_booking WHERE area = ? GROUP BY act) k
                JOIN (SELECT u.act, sum(CASE WHEN u.kind = 3 THEN 0 ELSE u.principal_fen + u.late_fee_fen END) AS total
                    FROM receipt_use u WHERE u.area = ? GROUP BY u.act) u ON u.act = k.act
                WHERE k.total <> u.total ORDER BY k.act LIMIT 20
                """,
            sentence: { "征缴业务 \($0) 入账的金额与到账不符,请会计核对凭证" }),
        Check(
            code: "contributions.verify.suspenseBooked", subject: "征缴业务", areas: 2,
            query: """
                SELECT DISTINCT d.act FROM (
                    SELECT act, book, amount_fen AS amount FROM levy_booking WHERE area = ? AND part = 4
                    UNION ALL
                    SELECT u.act, u.book, -u.principal_fen AS amount FROM receipt_use u
                    WHERE u.area = ? AND u.kind = 2 AND EXISTS (
                        SELECT 1 FROM levy_act k WHERE k.area = u.area AND k.period = u.act AND k.kind = 16)) d
                GROUP BY d.act, d.book HAVING sum(d.amount) <> 0 ORDER BY d.act LIMIT 20
                """,
            sentence: { "征缴业务 \($0) 的暂收款没有记在它所属险种的账套,请会计核对凭证" }),
        Check(
            code: "contributions.verify.refunds", subject: "退费", areas: 2,
            query: """
                SELECT o.act FROM refund_order o
                JOIN refund_result x ON x.area = o.area AND x.refund_order = o.act
                JOIN levy_act a ON a.area = x.area AND a.id = x.act AND a.kind = 9
                LEFT JOIN (SELECT act, sum(principal_fen) AS total FROM receipt_use WHERE area = ? AND kind = 3
                    GROUP BY act) u ON u.act = x.act
                WHERE o.area = ? AND o.amount_fen <> coalesce(u.total, 0) ORDER BY o.act LIMIT 20
                """,
            sentence: { "退费 \($0) 付出的金额与核准的不符,请核对付款回单" }),
    ]
}
