import Control
import Storage

extension Contributions {
    /// What the desk's own events vouch for; part of `yibao verify`. Payments and refunds are vouched for by the
    /// settlement's events (`AccountEntry.evidence`).
    public static var evidence: [EvidenceSource] {
        [
            Evidence.openings.evidence, Evidence.sharings.evidence, Evidence.shared.evidence,
            Evidence.sharingEnded.evidence, AccountRun.evidence, Evidence.closing.evidence,
            Evidence.closingPayee.evidence,
        ] + levyEvidence
    }

    enum Evidence {
        private static let sharing = EvidenceTable(
            "account_sharing", "area", "id", "owner", "beneficiary", "relation", "first_day", "batch", "matter",
            "actor_kind",
            "actor", "at")

        static let openings = ImportKind("contributions.openings", (AccountEntry.evidence, "id"))
        static let sharings = ImportKind("contributions.sharings", (sharing, "id"))
        static let shared = ActKind("contributions.sharing.begun", sharing, subject: "id")
        static let closing = ActKind(
            "contributions.account.closed",
            EvidenceTable(
                "account_closing", "area", "person", "seq", "kind", "reason", "manner", "day", "amount_fen",
                .text("ground"), "matter", "actor_kind", "actor", "at"),
            subject: "person", record: "seq")
        static let closingPayeeTable = EvidenceTable(
            "account_closing_payee", "area", "id", "person", "closing", "payee_kind", "payee", .text("payee_name"),
            .text("payee_account"), "relation", "parts", .text("paper"), .text("proof"), "amount_fen")
        static let closingPayee = ActKind(
            "contributions.account.paidOut", closingPayeeTable, subject: "person", record: "id")
        static let sharingEnded = ActKind(
            "contributions.sharing.ended",
            EvidenceTable(
                "account_sharing_end", "area", "sharing", "last_day", "matter", "actor_kind", "actor", .text("ground"),
                "at"),
            subject: "sharing")
    }
}
