import Control
import Storage

extension Catalogue {
    /// What the desk's events vouch for; part of `yibao verify`.
    public static var evidence: [EvidenceSource] {
        [Evidence.items.evidence, Evidence.mappingSubmitted.evidence, Evidence.mappingDecided.evidence]
            + CodeTable.allCases.map { Evidence.codes($0).evidence }
    }

    enum Evidence {
        static let items = ImportKind(
            "catalogue.items",
            (
                EvidenceTable(
                    "catalogue_item", "area", .text("code"), "first_day", "version", "last_day", .text("name"),
                    "list_type", "charge_type", "fee_class", "first_self_pay_ppm", "cap_third_e6", "cap_second_e6",
                    "cap_first_e6", "traits", "lowest_tier", .text("limit_text"), .text("unit"), .text("content"),
                    .text("excluded"), "batch"), "code, first_day, version"
            ))

        static func codes(_ table: CodeTable) -> ImportKind {
            ImportKind(
                "catalogue.codes.\(table)",
                (
                    EvidenceTable(
                        "catalogue_code", "area", "code_table", .text("parent"), .text("code"), "first_day", "version",
                        "last_day", .text("name"), "batch"), "code_table, parent, code, first_day, version"
                ))
        }

        static let mappingSubmitted = ActKind(
            "catalogue.mapping.uploaded",
            EvidenceTable(
                "item_mapping", "area", "id", .text("provider_code"), .text("own_code"), .text("own_name"),
                "list_type", .text("national_code"), "first_day", "last_day", .text("approval"), .text("form"),
                .text("excluded"), .text("content"), .text("unit"), .text("spec"), .text("pack"), .text("memo"), "at"),
            subject: "id")

        static let mappingDecided = ActKind(
            "catalogue.mapping.decided",
            EvidenceTable(
                "item_mapping_act", "area", "mapping", "seq", "state", "actor_kind", "actor", .text("ground"), "at"),
            subject: "mapping", record: "seq")
    }
}
