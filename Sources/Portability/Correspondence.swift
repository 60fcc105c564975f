import Basics
import Storage

/// One electronic message about a transfer, as a page shows it (往来报文).
public struct CorrespondenceLine: Hashable, Sendable {
    public enum Standing: Hashable, Sendable {
        /// 收到并已办理
        case received
        /// 对方已办理
        case delivered
        /// 等待发送, after so many attempts
        case waiting(attempts: Int64)
        /// 对方拒收: somebody must look
        case refused(answer: String)
    }

    public var kind: PortabilityMessage.Kind
    public var at: Moment
    public var standing: Standing
}

extension Portability {
    /// What two agencies have told one another about a transfer, the earliest first.
    public static func correspondence(
        _ tx: any Transaction, area: AreaCode, of transfer: ID<Transfer>
    ) throws -> [CorrespondenceLine] {
        let sent = try tx.rows(sentMessages, Value(area), Value(transfer)) { row in
            CorrespondenceLine(kind: try row.code(0), at: try row.moment(1), standing: try standing(row))
        }
        let received = try tx.rows(receivedMessages, Value(area), Value(transfer)) { row in
            CorrespondenceLine(kind: try row.code(0), at: try row.moment(1), standing: .received)
        }
        return (sent + received).sorted { ($0.at, $0.kind.rawValue) < ($1.at, $1.kind.rawValue) }
    }

    private static func standing(_ row: any Row) throws -> CorrespondenceLine.Standing {
        if let attempts = try row.intOrNil(2) { return .waiting(attempts: attempts) }
        return try row.intOrNil(3) == 2 ? .refused(answer: try row.text(4)) : .delivered
    }

    /// With the attempts of what still waits, else what came of the last attempt.
    private static let sentMessages: SQL = """
        SELECT o.kind, o.at, p.attempts, d.outcome, COALESCE(d.answer, '')
        FROM portability_outbox o
        LEFT JOIN portability_pending p ON p.area = o.area AND p.message = o.id
        LEFT JOIN portability_delivery d ON d.area = o.area AND d.message = o.id
            AND d.attempt = (SELECT max(x.attempt) FROM portability_delivery x
                WHERE x.area = o.area AND x.message = o.id)
        WHERE o.area = ? AND o.transfer = ? ORDER BY o.id
        """
    private static let receivedMessages: SQL = """
        SELECT kind, at FROM portability_inbox WHERE area = ? AND transfer = ? ORDER BY at
        """
}
