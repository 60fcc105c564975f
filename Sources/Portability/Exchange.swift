import Basics
import Control
import Seals
import Storage

/// A message that waits to be sent to another agency (待发报文).
public struct OutgoingMessage: Hashable, Sendable {
    public var id: Int64
    /// Its own number, the same at each attempt: whoever gets it twice carries it out once.
    public var messageID: String
    public var agency: AreaCode
    public var kind: PortabilityMessage.Kind
    public var body: [UInt8]
    public var attempts: Int
}

/// What came of an attempt to send.
public enum DeliveryOutcome: Hashable, Sendable {
    case delivered
    /// The other side will never take it, with the codes of its reasons; somebody must look.
    case refused(String, codes: Set<String> = [])
    /// It did not get through, and is tried again.
    case failed(String)

    var columns: (code: Int64, text: String) {
        switch self {
        case .delivered: (1, "")
        case .refused(let text, _): (2, text)
        case .failed(let text): (3, text)
        }
    }
}

/// What a message from outside came to here.
public enum ArrivedMessage: Hashable, Sendable {
    /// To be carried out.
    case fresh
    /// Carried out before, word for word.
    case repeated(ID<Transfer>)
}

extension Portability {
    // MARK: - Out

    /// Puts a message in the outbox, in the transaction of what it tells of; nothing for an agency on paper.
    public static func send(
        _ tx: any Transaction, area: AreaCode, about transfer: Transfer, _ content: PortabilityMessage.Content,
        at: Moment
    ) throws {
        guard !transfer.isOnPaper else { return }
        let message = PortabilityMessage(number: transfer.number, from: area, to: transfer.other, content)
        let id = try tx.nextNumber("portability_outbox")
        let stamp = at.description.filter(\.isNumber)
        try tx.execute(
            outboxInsertion, Value(area), .int(id), .text("\(area)\(stamp)\(id)"), Value(transfer.other),
            Value(code: message.kind), Value(transfer.id), .text(String(decoding: message.body, as: UTF8.self)),
            Value(at))
        try tx.execute(pendingInsertion, Value(area), .int(id), Value(at))
    }

    private static let outboxInsertion: SQL = """
        INSERT INTO portability_outbox (area, id, message_id, agency, kind, transfer, body, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    private static let pendingInsertion: SQL = """
        INSERT INTO portability_pending (area, message, attempts, next_at) VALUES (?, ?, 0, ?)
        """

    /// What is due to be sent, in order. To one agency nothing goes before an earlier message about the same
    /// transfer: a form must not overtake the letter it answers.
    public static func due(
        _ tx: any Transaction, area: AreaCode, at: Moment, limit: Int = 50
    ) throws -> [OutgoingMessage] {
        try tx.rows(dueMessages, Value(area), Value(at), .int(Int64(min(limit, 500)))) { row in
            OutgoingMessage(
                id: try row.int(0), messageID: try row.text(1), agency: AreaCode(try row.int(2)), kind: try row.code(3),
                body: Array(try row.text(4).utf8), attempts: Int(try row.int(5)))
        }
    }

    private static let dueMessages: SQL = """
        SELECT o.id, o.message_id, o.agency, o.kind, o.body, p.attempts
        FROM portability_pending p JOIN portability_outbox o ON o.area = p.area AND o.id = p.message
        WHERE p.area = ? AND p.next_at <= ? AND NOT EXISTS (
            SELECT 1 FROM portability_outbox e JOIN portability_pending q ON q.area = e.area AND q.message = e.id
            WHERE e.area = o.area AND e.transfer = o.transfer AND e.id < o.id)
        ORDER BY o.id LIMIT ?
        """

    /// Writes down what came of an attempt, and when the next one is due. Answers the transfer that the other agency's
    /// answer has brought further; nil for most messages, whose sending itself was the act.
    @discardableResult
    public static func record(
        _ tx: any Transaction, area: AreaCode, _ outcome: DeliveryOutcome, of message: OutgoingMessage, at: Moment
    ) throws -> Transfer? {
        let attempt = message.attempts + 1
        try tx.execute(
            deliveryInsertion, Value(area), .int(message.id), .int(Int64(attempt)), .int(outcome.columns.code),
            .text(String(outcome.columns.text.prefix(500))), Value(at))
        if case .failed = outcome {
            try tx.execute(
                "UPDATE portability_pending SET attempts = ?, next_at = ? WHERE area = ? AND message = ?",
                .int(Int64(attempt)), Value(at + Redelivery.wait(after: attempt)), Value(area), .int(message.id))
        } else {
            try tx.execute(
                "DELETE FROM portability_pending WHERE area = ? AND message = ?", Value(area), .int(message.id))
        }
        switch message.kind {
        case .contact: return try answer(tx, area: area, outcome, toLetter: message, at: at)
        case .information: return try answer(tx, area: area, outcome, toForm: message, at: at)
        case .withdrawn: return try answer(tx, area: area, outcome, toWithdrawal: message, at: at)
        default: return nil
        }
    }

    /// What a contact letter comes to that the origin does not take (联系函被拒收): it knows nobody of this paper, or not by
    /// this name, or has the person's transfer open already. There is nothing to wait for, and nothing to withdraw.
    private static func answer(
        _ tx: any Transaction, area: AreaCode, _ outcome: DeliveryOutcome, toLetter message: OutgoingMessage, at: Moment
    ) throws -> Transfer? {
        guard case .refused(let answer, let codes) = outcome, !codes.isDisjoint(with: finalReasons),
            let about = try tx.first(
                transferOfMessage, Value(area), .int(message.id), read: { try $0.id(0, Transfer.self) })
        else { return nil }
        let transfer = try require(tx, area: area, about)
        guard try course(tx, area: area, of: transfer).mayTake(.rejected) else { return nil }
        let ground = Ground("转出地不收联系函:\(answer.prefix(200))", by: .system, at: at)
        try take(tx, area: area, transfer, .rejected, on: at.day, ground)
        return transfer
    }

    /// Why an origin has nothing to carry out (终局的拒收理由): it knows nobody of this paper, or not by this name, or another
    /// transfer of the person is open there. Any other reason is for staff to look at.
    private static let finalReasons: Set<String> = [
        "transfer.person.unknown", "transfer.person.name", "transfer.open",
    ]

    /// What a form comes to that the destination does not take (信息表被拒收): it comes back to be corrected, and the account
    /// that left with it is seen to.
    private static func answer(
        _ tx: any Transaction, area: AreaCode, _ outcome: DeliveryOutcome, toForm message: OutgoingMessage, at: Moment
    ) throws -> Transfer? {
        guard case .refused(let answer, _) = outcome,
            let about = try tx.first(
                transferOfMessage, Value(area), .int(message.id), read: { try $0.id(0, Transfer.self) })
        else { return nil }
        let transfer = try require(tx, area: area, about)
        guard try course(tx, area: area, of: transfer).mayTake(.returned) else { return nil }
        let ground = Ground("转入地不收信息表:\(answer.prefix(200))", by: .system, at: at)
        try take(tx, area: area, transfer, .returned, on: at.day, ground)
        return transfer
    }

    /// Takes back the letter of a transfer that has ended here before the letter ever went out (未寄出的联系函): nothing is to be
    /// begun by it elsewhere. A letter that was tried may have arrived, and its withdrawal follows it.
    static func dropLetter(
        _ tx: any Transaction, area: AreaCode, of transfer: ID<Transfer>, at: Moment
    ) throws {
        let letters = try tx.rows(untriedLetters, Value(area), Value(transfer)) { try $0.int(0) }
        for letter in letters {
            let outcome = DeliveryOutcome.refused("转移已终止,联系函没有寄出")
            try tx.execute(
                deliveryInsertion, Value(area), .int(letter), .int(1), .int(outcome.columns.code),
                .text(outcome.columns.text), Value(at))
            try tx.execute("DELETE FROM portability_pending WHERE area = ? AND message = ?", Value(area), .int(letter))
        }
    }

    /// Whether the letter of a transfer waits and was never tried.
    public static func isLetterUntried(
        _ tx: any Transaction, area: AreaCode, of transfer: ID<Transfer>
    ) throws -> Bool {
        try tx.first(untriedLetters, Value(area), Value(transfer)) { try $0.int(0) } != nil
    }

    private static let untriedLetters: SQL = """
        SELECT o.id FROM portability_outbox o JOIN portability_pending p ON p.area = o.area AND p.message = o.id
        WHERE o.area = ? AND o.transfer = ? AND o.kind = 1 AND p.attempts = 0
        """

    /// What a withdrawal comes to (撤回结果): taken, it ends the transfer; refused, because the form was made before it
    /// came, the transfer goes on. Where the form itself arrived first there is nothing left to withdraw.
    private static func answer(
        _ tx: any Transaction, area: AreaCode, _ outcome: DeliveryOutcome, toWithdrawal message: OutgoingMessage,
        at: Moment
    ) throws -> Transfer? {
        let about = try tx.first(transferOfMessage, Value(area), .int(message.id)) { try $0.id(0, Transfer.self) }
        guard let about else { return nil }
        let transfer = try require(tx, area: area, about)
        guard try course(tx, area: area, of: transfer).state == .withdrawing else { return nil }
        switch outcome {
        case .failed: return nil
        case .delivered:
            let ground = Ground("转出地已收到撤回函", by: .system, at: at)
            try take(tx, area: area, transfer, .withdrawn, on: at.day, ground)
        case .refused(let answer, _):
            let ground = Ground("转出地不能撤回,转移继续办理:\(answer.prefix(200))", by: .system, at: at)
            try take(tx, area: area, transfer, .accepted, on: at.day, ground)
        }
        return transfer
    }

    private static let transferOfMessage: SQL = "SELECT transfer FROM portability_outbox WHERE area = ? AND id = ?"

    private static let deliveryInsertion: SQL = """
        INSERT INTO portability_delivery (area, message, attempt, outcome, answer, at) VALUES (?, ?, ?, ?, ?, ?)
        """

    // MARK: - In

    /// Registers a message from another agency before it is carried out. The same number with other content is
    /// refused: one of the two is not what was sent.
    public static func arrive(
        _ tx: any Transaction, area: AreaCode, from agency: AreaCode, messageID: String, _ body: [UInt8]
    ) throws -> ArrivedMessage {
        let digest = SM3.hash(body)
        let known = try tx.first(inboxMessage, Value(area), Value(agency), .text(messageID)) {
            (digest: try $0.bytes(0), transfer: try $0.id(1, Transfer.self))
        }
        guard let known else { return .fresh }
        guard known.digest == digest else {
            throw Problem("transfer.message.changed", field: "msgid", "报文 \(messageID) 曾以不同内容办理过,请换新的报文ID发送")
        }
        return .repeated(known.transfer)
    }

    private static let inboxMessage: SQL = """
        SELECT digest, transfer FROM portability_inbox WHERE area = ? AND agency = ? AND message_id = ?
        """

    /// Writes down that a message was carried out.
    public static func keep(
        _ tx: any Transaction, area: AreaCode, from agency: AreaCode, messageID: String,
        _ kind: PortabilityMessage.Kind, _ body: [UInt8], about transfer: ID<Transfer>, at: Moment
    ) throws {
        try tx.execute(
            inboxInsertion, Value(area), Value(agency), .text(messageID), Value(code: kind), .bytes(SM3.hash(body)),
            Value(transfer), Value(at))
    }

    private static let inboxInsertion: SQL = """
        INSERT INTO portability_inbox (area, agency, message_id, kind, digest, transfer, at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """

    /// Carries out what another agency says about a transfer that is known here; a contact letter is the caller's,
    /// for it must find the person first.
    public static func follow(
        _ tx: any Transaction, area: AreaCode, _ message: PortabilityMessage, _ ground: Ground
    ) throws -> Transfer {
        let direction: TransferDirection =
            switch message.content {
            case .contact, .returned, .done, .withdrawn: .outgoing
            case .accepted, .rejected, .information, .fund: .incoming
            }
        let transfer = try require(tx, area: area, direction, number: message.number)
        guard transfer.other == message.from else {
            throw Problem(
                "transfer.message.otherAgency", field: "from", "转移业务 \(message.number) 不是与 \(message.from) 办理的")
        }
        switch message.content {
        case .contact: break
        // The destination accepted before it wrote; the origin's acceptance only tells when to expect the form.
        case .accepted(let due): try promise(tx, area: area, transfer, due, ground)
        case .rejected(let reason):
            try take(tx, area: area, transfer, .rejected, on: ground.at.day, ground.adding(reason))
        case .information(let form):
            try record(tx, area: area, form, .received, for: transfer, ground)
        case .fund(let notice): try announceMoney(tx, area: area, transfer, notice, ground)
        case .returned(let reason):
            try take(tx, area: area, transfer, .returned, on: ground.at.day, ground.adding(reason))
        case .withdrawn(let reason):
            try take(tx, area: area, transfer, .withdrawn, on: ground.at.day, ground.adding(reason))
        case .done(let day): try take(tx, area: area, transfer, .done, on: day, ground)
        }
        return transfer
    }

    /// Keeps what the origin said about when the form will come; what it said first counts.
    private static func promise(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, _ due: Day, _ ground: Ground
    ) throws {
        guard try promisedDay(tx, area: area, of: transfer.id) == nil else { return }
        try tx.execute(
            Evidence.promiseTable.insertion, [Value(area), Value(transfer.id), Value(due)] + ground.columns)
        try Evidence.promise.record(
            tx, area: area, subject: transfer.id.raw, by: ground.actor, at: ground.at)
    }
}
