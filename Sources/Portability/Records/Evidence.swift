import Control
import Storage

extension Portability {
    /// What the desk's events vouch for; part of `yibao verify`. Messages are the exception: each is signed by whoever
    /// sent it, and what it did here is an act.
    public static var evidence: [EvidenceSource] {
        [
            Evidence.peer.evidence, Evidence.applied.evidence, Evidence.act.evidence, Evidence.form.evidence,
            Evidence.money.evidence, Evidence.receipts.evidence, Evidence.receipt.evidence,
            Evidence.recognition.evidence, Evidence.recognisedYear.evidence, Evidence.certificate.evidence,
            Evidence.order.evidence,
            Evidence.orderLine.evidence, Evidence.orderResult.evidence, Evidence.promise.evidence,
        ]
    }

    enum Evidence {
        static let peer = ActKind(
            "portability.peer.recorded",
            EvidenceTable(
                "portability_peer", "area", "agency", "version", .text("name"), .text("address"), .text("phone"),
                .text("bank"), .text("account"), .text("url"), "key_kind", .blob("key"), "matter", "actor_kind",
                "actor",
                "at"),
            subject: "agency", record: "version")
        static let applied = ActKind("portability.transfer.applied", Transfer.table, subject: "id")
        static let act = ActKind("portability.transfer.act", TransferAct.table, subject: "transfer", record: "seq")
        static let formTable = EvidenceTable(
            "transfer_form", "area", "transfer", "seq", "origin", .text("content"), "money_fen", .text("scan"),
            "matter",
            "actor_kind", "actor", "at")
        static let form = ActKind("portability.form.recorded", formTable, subject: "transfer", record: "seq")
        static let moneyTable = EvidenceTable(
            "transfer_money", "area", "transfer", "kind", "principal_fen", "interest_fen", "total_fen", .text("serial"),
            "receipt", "day", "matter", "actor_kind", "actor", "at")
        static let money = ActKind("portability.money.recorded", moneyTable, subject: "transfer", record: "kind")
        static let receipts = ImportKind("portability.receipts", (TransferReceipt.table, "id"))
        static let receipt = ActKind("portability.receipt.recorded", TransferReceipt.table, subject: "id")
        static let recognitionTable = EvidenceTable(
            "transfer_recognition", "area", "transfer", "person", "insurance", "first_month", "last_month",
            "paid_months", "months", "deemed_months", "resident_years", "matter", "actor_kind", "actor", "at")
        static let recognition = ActKind("portability.years.recognised", recognitionTable, subject: "transfer")
        static let recognisedYearTable = EvidenceTable("transfer_recognised_year", "area", "transfer", "year")
        static let recognisedYear = ActKind(
            "portability.years.resident", recognisedYearTable, subject: "transfer", record: "year")
        static let order = ActKind("portability.order.made", TransferOrder.table, subject: "id")
        static let orderLine = ActKind(
            "portability.order.line", TransferOrderLine.table, subject: "order_id", record: "line")
        static let orderResultTable = EvidenceTable(
            "transfer_order_result", "area", "order_id", "line", "outcome", .text("answer"), "day", "matter",
            "actor_kind", "actor", "at")
        static let orderResult = ActKind(
            "portability.order.answered", orderResultTable, subject: "order_id", record: "line")
        static let promiseTable = EvidenceTable(
            "transfer_promise", "area", "transfer", "due_day", "matter", "actor_kind", "actor", "at")
        static let promise = ActKind("portability.transfer.promised", promiseTable, subject: "transfer")
        static let certificateTable = EvidenceTable(
            "certificate", "area", "id", .text("number"), "kind", "person", .text("content"), "issued_day",
            "valid_through", "key_version", .text("code"), "matter", "actor_kind", "actor", "at")
        static let certificate = ActKind("portability.certificate.issued", certificateTable, subject: "id")
    }
}
