import Basics
import Control
import Enrolment
import Providers
import Settlement
import Storage

extension EventKind {
    /// 冲正
    public static let messageReversed: EventKind = "settlement.messageReversed"
}

extension Agency {
    /// 2601 冲正: undoes a transaction whose outcome its sender does not know. If it was carried out, it is taken back
    /// by the same rules as if the sender had asked for that; if it never arrived, it is voided, so that it cannot be
    /// carried out when it still comes.
    public func reverseMessage(_ request: MessageReversal, _ head: MessageHead) async throws {
        let archive = try await archive(toUndo: request, head)
        try await once(head, .messageReversed) { work in
            try work.reverse(request, archive)
            return (.nothing, ())
        } again: { _, _ in
        }
    }

    private func archive(toUndo request: MessageReversal, _ head: MessageHead) async throws -> PolicyArchive {
        let settlement = try await consult(head) { work -> ID<SettlementRecord>? in
            let known = try SettlementDesk.message(work.area, work.provider.id, request.messageID, work.tx)
            guard case .settlement(let id)? = known?.answer else { return nil }
            return id
        }
        guard let settlement else { return PolicyArchive(area: head.area, shelf: shelf) }
        return try await archive(neededBy: settlement, of: request.person, head)
    }
}

extension Work {
    func reverse(_ request: MessageReversal, _ archive: PolicyArchive) throws {
        guard let known = try SettlementDesk.message(area, provider.id, request.messageID, tx) else {
            return try void(request)
        }
        guard known.code == request.transaction else {
            throw Problems(
                Problem(
                    "settlement.message.otherTransaction", field: "oinfno",
                    "报文 \(request.messageID) 是 \(known.code) 交易,不是 \(request.transaction),请核对原交易编号"))
        }
        try undo(known, request, archive)
    }

    /// Registers a message that never arrived as not to be carried out.
    private func void(_ request: MessageReversal) throws {
        let tombstone = MessageRecord(
            area: area, provider: provider.id, messageID: request.messageID, code: request.transaction, digest: [],
            at: at, actor: head.operatorCode, answer: .voided)
        try SettlementDesk.log(tombstone, tx, &written)
        references.voided = request.messageID
    }

    private func undo(_ known: MessageRecord, _ request: MessageReversal, _ archive: PolicyArchive) throws {
        switch (known.code, known.answer) {
        case (_, .voided): break
        case ("2102", .settlement(let id)), ("2102A", .settlement(let id)), ("2207", .settlement(let id)),
            ("2304", .settlement(let id)):
            _ = try reverse(ReversalRequest(settlement: id, encounter: nil, person: request.person), archive)
        case ("2201", .encounter(let id)):
            let reference = EncounterReference(encounter: id, person: request.person)
            try end(reference, .withdrawRegistration, act: .registrationWithdrawn, leadingTo: .withdrawn)
        case ("2401", .encounter(let id)):
            let reference = EncounterReference(encounter: id, person: request.person)
            try end(reference, .cancelAdmission, act: .admissionCancelled, leadingTo: .cancelled)
        case ("2204", .lines(let id, let range)), ("2301", .lines(let id, let range)):
            let reference = EncounterReference(encounter: id, person: request.person)
            try withdraw(FeeWithdrawalRequest(reference: reference, scope: .numbers(range)))
        default:
            throw Problems(
                Problem(
                    "settlement.message.irreversible", field: "oinfno",
                    "\(known.code) 交易不能冲正,请用对应的撤销交易办理"))
        }
    }
}
