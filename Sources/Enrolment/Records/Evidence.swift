import Control
import Storage

extension Enrolment {
    /// What the desk's events vouch for; part of `yibao verify`.
    public static var evidence: [EvidenceSource] {
        [
            Evidence.people.evidence, Evidence.spells.evidence, Evidence.statuses.evidence,
            Evidence.registered.evidence, Evidence.personAct.evidence, Evidence.employerAct.evidence,
            Evidence.spellOpened.evidence, Evidence.spellAct.evidence, Evidence.status.evidence,
            CoverEvidence.source,
        ] + TargetEvidence.sources
    }

    enum Evidence {
        static let personTable = EvidenceTable(
            "person", "area", "id", "paper_kind", .text("paper_number"), .text("name"), .text("name_key"), "sex",
            "birth_day", .text("ethnicity"), .text("division"), "batch", "matter")
        static let personActs = EvidenceTable(
            "person_act", "area", "person", "seq", "kind", "day", "paper_kind", .text("paper_number"), .text("name"),
            .text("name_key"), "sex", "birth_day", .text("ethnicity"), .text("division"), "survivor",
            .text("certificate"), "actor_kind",
            "actor", .text("ground"), "at", "batch", "matter")
        static let employerActs = EvidenceTable(
            "employer_act", "area", "employer", "seq", "kind", "day", .text("credit_code"), .text("name"),
            "management", "state", "parent", "successor", .text("address"), .text("legal_person"), .text("contact"),
            .text("phone"), .text("tax_number"), .text("bank"), .text("bank_account"), "actor_kind", "actor",
            .text("ground"), "at", "batch", "matter")
        // `last_day` may change later; what was declared may not.
        static let spellTable = EvidenceTable(
            "insurance_spell", "area", "person", "id", "insurance", "exclusion", "category", "employer", "first_day",
            "declared_last_day", "entitled_day", "reason", "batch", "matter")
        static let spellActs = EvidenceTable(
            "insurance_spell_act", "area", "person", "seq", "spell", "kind", "day", "reason", "actor_kind", "actor",
            .text("ground"), "at", "batch", "matter")
        static let statusTable = EvidenceTable(
            "special_status", "area", "person", "seq", "kind", "first_day", "last_day", "batch", "matter")

        static let people = ImportKind(
            "enrolment.people", (personTable, "id"),
            (EvidenceTable("person_card", "area", .text("card"), "person", "batch"), "card"),
            (personActs, "person, seq"))
        static let spells = ImportKind(
            "enrolment.spells", (employerActs, "employer, seq"), (spellTable, "person, id"),
            (spellActs, "person, seq"))
        static let statuses = ImportKind("enrolment.statuses", (statusTable, "person, seq"))

        static let registered = ActKind("enrolment.person.registered", personTable, subject: "id")
        static let personAct = ActKind("enrolment.person.act", personActs, subject: "person", record: "seq")
        static let employerAct = ActKind("enrolment.employer.act", employerActs, subject: "employer", record: "seq")
        static let spellOpened = ActKind("enrolment.spell.opened", spellTable, subject: "person", record: "id")
        static let spellAct = ActKind("enrolment.spell.act", spellActs, subject: "person", record: "seq")
        static let status = ActKind("enrolment.status.act", statusTable, subject: "person", record: "seq")
    }
}
