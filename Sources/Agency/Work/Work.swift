import Basics
import Control
import Fund
import Providers
import Settlement
import Storage

/// One message being carried out: its transaction, who sent it, and what it has written so far.
final class Work {
    let agency: Agency
    let tx: any Transaction
    let head: MessageHead
    let provider: Institution
    let providers: ProviderDirectory
    let chart: Chart
    let at: Moment
    var written = WrittenRows()
    var references: RowReferences
    /// The numbers of the people that the message concerns, once they were asked for: no message merges any.
    var knownNumbers: [ID<Person>: [ID<Person>]] = [:]

    init(
        _ agency: Agency, _ tx: any Transaction, _ head: MessageHead, provider: Institution,
        _ snapshots: Shelf.Snapshots, at: Moment
    ) {
        self.agency = agency
        self.tx = tx
        self.head = head
        self.provider = provider
        providers = snapshots.providers
        chart = snapshots.chart
        self.at = at
        references = RowReferences(provider: provider.id, message: head.messageID)
    }

    var area: AreaCode { head.area }

    /// Logs the message and appends the event that vouches for every row written.
    func finish(_ kind: EventKind, _ answer: MessageAnswer) throws {
        try SettlementDesk.log(
            MessageRecord(
                area: area, provider: provider.id, messageID: head.messageID, code: head.transaction,
                digest: head.digest, at: at, actor: head.operatorCode, answer: answer),
            tx, &written)
        try EventLog.append(
            tx,
            Event(
                area: area, kind: kind, subject: answer.subject, actor: .provider(provider.id), at: at,
                detail: references.json, rows: RowReferences.digest(written)))
    }
}

extension MessageAnswer {
    /// The number that an event about it is filed under.
    var subject: Int64 {
        switch self {
        case .nothing, .voided: 0
        case .encounter(let id), .lines(let id, _): id.raw
        case .settlement(let id): id.raw
        case .filing(let id): id.raw
        }
    }
}

extension Agency {
    /// Carries a message out once. The same message again is answered from the rows that the first one wrote;
    /// the same number with other content is refused. A refused message leaves nothing behind.
    func once<Answer: Sendable>(
        _ head: MessageHead, _ kind: EventKind,
        _ body: @escaping @Sendable (Work) throws -> (MessageAnswer, Answer),
        again: @escaping @Sendable (Work, MessageAnswer) throws -> Answer
    ) async throws -> Answer {
        let snapshots = try await shelf.snapshots(head.area, store)
        let provider = try sender(head, snapshots.providers)
        let at = clock()
        return try await store.write(recalling: { tx -> Answer? in
            let work = Work(self, tx, head, provider: provider, snapshots, at: at)
            return try collected { try earlier(work).map { try again(work, $0) } }
        }) { tx -> Answer in
            let work = Work(self, tx, head, provider: provider, snapshots, at: at)
            return try collected {
                let (reference, answer) = try body(work)
                try work.finish(kind, reference)
                return answer
            }
        }
    }

    /// For messages whose rows another desk keeps: carried out once, with an event of their own.
    ///
    /// `body` answers what the message is to be answered with; the caller writes the reply from it.
    public func once(
        _ head: MessageHead, kind: EventKind, subject: Int64,
        _ body: @escaping @Sendable (any Transaction, inout WrittenRows) throws -> MessageAnswer
    ) async throws -> MessageAnswer {
        try await once(head, kind) { work in
            let answer = try body(work.tx, &work.written)
            return (answer, answer)
        } again: { _, answer in
            answer
        }
    }

    /// Reads on one snapshot, as the provider that asks.
    func consult<Answer: Sendable>(
        _ head: MessageHead, _ body: @escaping @Sendable (Work) throws -> Answer
    ) async throws -> Answer {
        let snapshots = try await shelf.snapshots(head.area, store)
        let provider = try sender(head, snapshots.providers)
        let at = clock()
        return try await store.read { tx in
            try collected { try body(Work(self, tx, head, provider: provider, snapshots, at: at)) }
        }
    }

    /// Desks say one problem or several; a message is always answered with several.
    private func collected<Answer>(_ work: () throws -> Answer) throws -> Answer {
        do { return try work() } catch let problem as Problem { throw Problems(problem) }
    }

    private func sender(_ head: MessageHead, _ providers: ProviderDirectory) throws -> Institution {
        guard let provider = providers[head.provider] else {
            throw Problems(
                Problem("providers.unknown", field: "fixmedins_code", "没有编号为 \(head.provider) 的定点医药机构,请核对编号"))
        }
        return provider
    }

    /// What the same message was answered with before; nil when it is new.
    private func earlier(_ work: Work) throws -> MessageAnswer? {
        let head = work.head
        guard let known = try SettlementDesk.message(head.area, work.provider.id, head.messageID, work.tx) else {
            return nil
        }
        if known.answer == .voided {
            throw Problems(
                Problem("settlement.message.voided", field: "msgid", "该报文已被冲正(2601)作废,不再办理;请换新的报文 ID 重新发送"))
        }
        guard known.code == head.transaction, known.digest == head.digest else {
            throw Problems(
                Problem(
                    "settlement.message.otherContent", field: "msgid",
                    "报文 ID 已用于另一笔内容不同的交易(\(known.code),\(known.at)),请换新的报文 ID"))
        }
        return known.answer
    }
}
