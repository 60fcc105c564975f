import Control
import Storage

extension Providers {
    /// What the desk's events vouch for; part of `yibao verify`.
    public static var evidence: [EvidenceSource] {
        [
            Evidence.agreements.evidence, Evidence.staff.evidence, Evidence.agreementAct.evidence,
            Evidence.keySet.evidence,
        ]
    }

    enum Evidence {
        static let agreements = ImportKind(
            "providers.agreements",
            (EvidenceTable("provider", "area", "id", .text("code"), "batch"), "id"),
            (
                EvidenceTable(
                    "provider_profile", "area", "provider", "first_day", "revision", .text("name"), "tier",
                    "clearing_way", "batch"), "provider, first_day, revision"
            ),
            (
                EvidenceTable(
                    "provider_agreement", "area", "id", "provider", .text("number"), "first_day", "last_day", "batch"),
                "id"
            ))

        static let staff = ImportKind(
            "providers.staff",
            (
                EvidenceTable("provider_department", "area", "provider", .text("code"), .text("name"), "batch"),
                "provider, code"
            ),
            (
                EvidenceTable(
                    "provider_doctor", "area", "provider", .text("code"), .text("name"), .text("department"), "batch"),
                "provider, code"
            ))

        static let agreementAct = ActKind(
            "providers.agreement.act",
            EvidenceTable(
                "provider_act", "area", "agreement", "seq", "kind", "from_day", "actor_kind", "actor",
                .text("ground"), "at"), subject: "agreement", record: "seq")

        static let keySet = ActKind(
            "providers.key.set",
            EvidenceTable("provider_key", "area", "provider", "seq", "kind", .blob("key"), "actor_kind", "actor", "at"),
            subject: "provider", record: "seq")
    }
}
