import Basics
import Control
import Storage

extension Enrolment {
    /// Finds what no constraint can refuse: ends without an act, insurances that overlap, pictures that differ from
    /// the acts behind them, papers that lead nowhere, merges in a circle, lines of lists that nobody handed in. Part of
    /// `yibao verify`.
    public static func verify(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try unfoundedEnds(tx, area) + overlaps(tx, area) + wrongPictures(tx, area) + lostPapers(tx, area)
            + circles(tx, area) + verifyCover(tx, area: area) + verifyPopulation(tx, area: area)
    }

    /// Spells whose last day is neither the one declared nor the one of the act that ended them.
    private static func unfoundedEnds(_ tx: any Transaction, _ area: AreaCode) throws -> [Problem] {
        try tx.rows(unfounded, Value(area)) { row in
            Problem(
                "enrolment.spell.unfounded", field: "insurance_spell \(try row.int(0))",
                "人员 \(try row.int(1)) 参保时段的终止日期没有依据,请核对该人的参保登记和终止记录")
        }
    }

    private static let unfounded: SQL = """
        SELECT s.id, s.person FROM insurance_spell s
        LEFT JOIN insurance_spell_act a
            ON a.area = s.area AND a.person = s.person AND a.spell = s.id AND a.kind IN (1, 4) AND NOT EXISTS (
                SELECT 1 FROM insurance_spell_act b WHERE b.area = a.area AND b.person = a.person
                    AND b.spell = a.spell AND b.kind IN (1, 4) AND b.seq > a.seq)
        WHERE s.area = ? AND s.last_day IS DISTINCT FROM COALESCE(a.day, s.declared_last_day)
        ORDER BY s.id LIMIT 1000
        """

    /// One window over the primary key's order finds each spell that begins before the former one ended.
    private static func overlaps(_ tx: any Transaction, _ area: AreaCode) throws -> [Problem] {
        try tx.rows(overlapping, Value(area)) { row in
            Problem(
                "enrolment.spell.overlap", field: "insurance_spell \(try row.int(0))",
                "人员 \(try row.int(1)) 有两段互斥的参保在时间上重叠,请核对登记记录")
        }
    }

    private static let overlapping: SQL = """
        SELECT id, person FROM (
            SELECT id, person, first_day,
                lag(COALESCE(last_day, 3000000)) OVER (PARTITION BY person, exclusion ORDER BY first_day) AS former
            FROM insurance_spell WHERE area = ? AND (last_day IS NULL OR last_day >= first_day)
        ) spells WHERE former >= first_day ORDER BY id LIMIT 1000
        """

    /// An employer's row must say what its last act says.
    private static func wrongPictures(_ tx: any Transaction, _ area: AreaCode) throws -> [Problem] {
        try tx.rows(differing, Value(area)) { row in
            Problem(
                "enrolment.employer.differs", field: "employer \(try row.int(0))",
                "单位 \(try row.int(0)) 的现状与最后一次办理的记录不符,请核对单位办理记录")
        }
    }

    private static let differing: SQL = """
        SELECT e.id FROM employer e
        LEFT JOIN employer_act a ON a.area = e.area AND a.employer = e.id AND NOT EXISTS (
            SELECT 1 FROM employer_act b WHERE b.area = a.area AND b.employer = a.employer AND b.seq > a.seq)
        WHERE e.area = ? AND (a.seq IS NULL OR a.name <> e.name OR a.credit_code <> e.credit_code
            OR a.management <> e.management OR a.state <> e.state OR a.parent IS DISTINCT FROM e.parent
            OR a.successor IS DISTINCT FROM e.successor OR a.division <> e.division)
        ORDER BY e.id LIMIT 1000
        """

    /// The paper a person carries at present must lead to him.
    private static func lostPapers(_ tx: any Transaction, _ area: AreaCode) throws -> [Problem] {
        try tx.rows(lost, Value(area)) { row in
            Problem(
                "enrolment.paper.lost", field: "person \(try row.int(0))",
                "按人员 \(try row.int(0)) 的现用证件查不到该人,请核对其信息变更记录")
        }
    }

    private static let lost: SQL = """
        SELECT p.id FROM person p
        LEFT JOIN person_act a ON a.area = p.area AND a.person = p.id AND a.kind = 1 AND NOT EXISTS (
            SELECT 1 FROM person_act b
            WHERE b.area = a.area AND b.person = a.person AND b.kind = 1 AND b.seq > a.seq)
        LEFT JOIN person_paper c ON c.area = p.area AND c.paper_kind = COALESCE(a.paper_kind, p.paper_kind)
            AND c.paper_number = COALESCE(a.paper_number, p.paper_number)
        WHERE p.area = ? AND c.person IS DISTINCT FROM p.id ORDER BY p.id LIMIT 1000
        """

    private static func circles(_ tx: any Transaction, _ area: AreaCode) throws -> [Problem] {
        let merged = try tx.rows(mergedNumbers, Value(area)) { try $0.id(0, Person.self) }
        return try merged.compactMap { id in
            do {
                _ = try survivor(tx, area: area, of: id)
                return nil
            } catch StoreError.damaged {
                return Problem(
                    "enrolment.merge.circle", field: "person \(id)", "人员 \(id) 的合并关系绕成了圈,请核对重复人员合并记录")
            }
        }
    }

    private static let mergedNumbers: SQL =
        "SELECT DISTINCT person FROM person_act WHERE area = ? AND kind = 8 ORDER BY person LIMIT 10000"
}
