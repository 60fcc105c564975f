import Basics
import Control
import Storage

extension Enrolment {
    /// What the desk's events vouch for; part of `yibao verify`.
    public static var evidence: [EvidenceSource] {
        [
            Evidence.people.evidence, Evidence.spells.evidence, Evidence.statuses.evidence,
            Evidence.registered.evidence, Evidence.personAct.evidence, Evidence.employerAct.evidence,
            Evidence.spellOpened.evidence, Evidence.spellAct.evidence, Evidence.status.evidence,
            Evidence.retirement.evidence, Evidence.list, Evidence.chunk, CoverEvidence.source,
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
            .text("phone"), .text("tax_number"), .text("bank"), .text("bank_account"), .text("division"), "actor_kind",
            "actor",
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
        static let retirement = ActKind("enrolment.retirement", retirements, subject: "person", record: "seq")
        private static let retirements = EvidenceTable(
            "retirement", "area", "person", "seq", "retired_day", "paid_months", "local_paid_months", "deemed_months",
            "required_months", "missing_months", "way", "base_fen", "rate_ppm", "lump_fen", "retired_from_day",
            .text("steps"), .text("policy_version"), "actor_kind", "actor", "at", "matter")
    }
}

// MARK: - Lists

extension EventKind {
    /// 名单登记
    static let listEntered: EventKind = "enrolment.list.entered"
    /// 名单办理(一段)
    static let listCarried: EventKind = "enrolment.list.carried"
}

extension Enrolment.Evidence {
    private static let lists = EvidenceTable(
        "enrolment_list", "area", "id", "kind", .text("file"), .blob("digest"), "employer", "line_count", "is_whole",
        "actor_kind", "actor", "at", "matter")
    private static let lines = EvidenceTable(
        "enrolment_list_line", "area", "list", "line", .text("fields"), "contested")
    private static let results = EvidenceTable(
        "enrolment_list_result", "area", "list", "line", "chunk", "outcome", "person", .text("problem"),
        .text("field"), .text("message"))

    /// A list as it was handed in: its own row and every line.
    static func addList(_ tx: any Transaction, area: AreaCode, list: Int64, to digest: inout RowDigest) throws {
        let key: [Value] = [Value(area), .int(list)]
        try lists.addAll(tx, "WHERE area = ? AND id = ?", key, to: &digest)
        try lines.addAll(tx, "WHERE area = ? AND list = ? ORDER BY line", key, to: &digest)
    }

    /// One chunk of a list: what became of its lines, and every row that its matter wrote for their people. A person
    /// stands in one line of a list, so no other chunk of the matter writes for him.
    static func addChunk(
        _ tx: any Transaction, area: AreaCode, list: Int64, chunk: Int64, to digest: inout RowDigest
    ) throws {
        let key: [Value] = [Value(area), .int(list), .int(chunk)]
        try results.addAll(tx, "WHERE area = ? AND list = ? AND chunk = ? ORDER BY line", key, to: &digest)
        let matter = try tx.first(matterOfList, Value(area), .int(list)) { try $0.int(0) } ?? 0
        for (table, person, order) in written {
            try table.addAll(
                tx,
                """
                WHERE area = ? AND matter = ? AND \(person) IN (
                    SELECT person FROM enrolment_list_result
                    WHERE area = ? AND list = ? AND chunk = ? AND outcome = 1)
                ORDER BY \(order)
                """, [Value(area), .int(matter)] + key, to: &digest)
        }
    }

    private static let written: [(table: EvidenceTable, person: String, order: String)] = [
        (personTable, "id", "id"), (personActs, "person", "person, seq"), (spellTable, "person", "person, id"),
        (spellActs, "person", "person, seq"), (statusTable, "person", "person, seq"),
    ]

    private static let matterOfList: SQL = "SELECT matter FROM enrolment_list WHERE area = ? AND id = ?"

    static let list = EvidenceSource(
        "参保名单", kinds: [.listEntered], rowCount: "SELECT count(*) FROM enrolment_list WHERE area = ?"
    ) { tx, event, digest in
        try addList(tx, area: event.area, list: event.subject, to: &digest)
    }

    static let chunk = EvidenceSource("名单办理", kinds: [.listCarried]) { tx, event, digest in
        try addChunk(tx, area: event.area, list: event.subject, chunk: event.record, to: &digest)
    }
}
