import Control
import Storage

extension Enrolment {
    /// What the desk's events vouch for; part of `yibao verify`.
    public static var evidence: [EvidenceSource] {
        [
            Evidence.people.evidence, Evidence.spells.evidence, Evidence.statuses.evidence,
            Evidence.spellAct.evidence, Evidence.death.evidence,
        ]
    }

    enum Evidence {
        private static let deaths = EvidenceTable(
            "person_death", "area", "person", "died_day", "actor_kind", "actor", .text("ground"), "at", "batch")
        private static let spellActs = EvidenceTable(
            "insurance_spell_act", "area", "person", "seq", "spell", "kind", "day", "actor_kind", "actor",
            .text("ground"), "at", "batch")

        static let people = ImportKind(
            "enrolment.people",
            (
                EvidenceTable(
                    "person", "area", "id", "paper_kind", .text("paper_number"), .text("name"), "sex", "birth_day",
                    .text("ethnicity"), "batch"), "id"
            ),
            (EvidenceTable("person_card", "area", .text("card"), "person", "batch"), "card"),
            (deaths, "person"))

        // `last_day` may change later; what was declared may not.
        static let spells = ImportKind(
            "enrolment.spells",
            (EvidenceTable("employer", "area", "id", .text("credit_code"), .text("name"), "batch"), "id"),
            (
                EvidenceTable(
                    "insurance_spell", "area", "person", "id", "insurance", "exclusion", "category", "employer",
                    "first_day", "declared_last_day", "entitled_day", "batch"), "person, id"
            ),
            (spellActs, "person, seq"))

        static let statuses = ImportKind(
            "enrolment.statuses",
            (
                EvidenceTable("special_status", "area", "person", "kind", "first_day", "seq", "last_day", "batch"),
                "person, kind, first_day, seq"
            ))

        static let spellAct = ActKind("enrolment.spell.act", spellActs, subject: "person", record: "seq")
        static let death = ActKind("enrolment.person.died", deaths, subject: "person")
    }
}
