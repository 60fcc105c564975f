import Basics
import Storage

extension Matters {
    /// Finds what cannot be if every matter went its way through the engine (办件核验): somebody acting in two steps, an
    /// effect without its approvals, running rows that differ from the acts, a job with a hole, a changed attachment.
    public static func verify(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try MatterCheck.all.flatMap { try $0.problems(tx, area: area) } + damagedAttachments(tx, area: area)
    }

    private static func damagedAttachments(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        var problems: [Problem] = []
        try tx.forEach("SELECT hash, name, content FROM attachment WHERE area = ? ORDER BY hash", [Value(area)]) {
            row in
            if ContentHash(of: try row.bytes(2)).bytes != (try row.bytes(0)) {
                problems.append(
                    Problem(
                        "matter.verify.attachment", field: "附件 \(try row.text(1))",
                        "附件内容被改动过,与其指纹不符,请从备份恢复"))
            }
            return problems.count < MatterCheck.findingsMax
        }
        return problems
    }
}

/// One thing that must hold for every matter; its query names those for which it does not.
struct MatterCheck: Sendable {
    static let findingsMax = 20

    let code: String
    let query: SQL
    let advice: String

    func problems(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try tx.rows(query, Value(area)) { row in
            Problem("matter.verify.\(code)", field: "办件 \(try row.int(0))", advice)
        }
    }

    static let all = [twoSteps, oldForm, skippedStep, sequence, approval, openWork, closer, chunks, endedAlone, voices]

    private static let twoSteps = MatterCheck(
        code: "twoSteps",
        query: SQL(
            """
            SELECT DISTINCT a.matter FROM matter_act a
            JOIN matter_act b ON b.area = a.area AND b.matter = a.matter AND b.position <> a.position
                AND b.actor_kind = 1 AND b.kind IN (\(WorkQuery.stepActs))
                AND (b.actor = a.actor OR b.behalf = a.actor)
            WHERE a.area = ? AND a.actor_kind = 1 AND a.kind IN (\(WorkQuery.stepActs))
            ORDER BY a.matter LIMIT \(findingsMax)
            """), advice: "同一人办理了同一办件的两个环节,请核查这件办件及其结果")

    private static let oldForm = MatterCheck(
        code: "oldForm",
        query: SQL(
            """
            SELECT s.matter FROM matter_status s
            WHERE s.area = ? AND s.state IN (4, 5, 6, 10) AND EXISTS (
                SELECT 1 FROM matter_stage g
                WHERE g.area = s.area AND g.matter = s.matter AND g.added_for IS NULL AND g.position > 100
                    AND EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                        AND a.position = g.position AND a.kind = 6)
                    AND NOT EXISTS (SELECT 1 FROM matter_act a
                        JOIN matter_form seen ON seen.area = a.area AND seen.matter = a.matter
                            AND seen.version = a.form_version
                        JOIN matter_form f ON f.area = a.area AND f.matter = a.matter AND f.version = s.form_version
                            AND f.content = seen.content
                        WHERE a.area = s.area AND a.matter = s.matter AND a.position = g.position AND a.kind = 6)
                    AND (g.from_fen IS NULL OR g.from_fen <= (SELECT abs(coalesce(f.amount_fen, 0)) FROM matter_form f
                        WHERE f.area = s.area AND f.matter = s.matter AND f.version = s.form_version)))
            ORDER BY s.matter LIMIT \(findingsMax)
            """), advice: "审核所见的表单不是最后的版本,请核查这件办件及其结果")

    private static let skippedStep = MatterCheck(
        code: "skippedStep",
        query: SQL(
            """
            SELECT s.matter FROM matter_status s
            WHERE s.area = ? AND s.state IN (4, 5, 6, 10) AND EXISTS (
                SELECT 1 FROM matter_stage g
                WHERE g.area = s.area AND g.matter = s.matter AND g.added_for IS NULL
                    AND (g.from_fen IS NULL OR g.from_fen <= (SELECT abs(coalesce(f.amount_fen, 0)) FROM matter_form f
                        WHERE f.area = s.area AND f.matter = s.matter AND f.version = s.form_version))
                    AND NOT EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                        AND a.position = g.position AND a.kind IN (3, 6)))
            ORDER BY s.matter LIMIT \(findingsMax)
            """), advice: "办件缺少应有环节的办理记录却已办结,请核查这件办件及其结果")

    private static let sequence = MatterCheck(
        code: "sequence",
        query: SQL(
            """
            SELECT m.id FROM matter m
            LEFT JOIN matter_status s ON s.area = m.area AND s.matter = m.id
            WHERE m.area = ? AND (s.matter IS NULL
                OR s.last_seq <> (SELECT count(*) FROM matter_act a WHERE a.area = m.area AND a.matter = m.id)
                OR s.last_seq <> (SELECT max(a.seq) FROM matter_act a WHERE a.area = m.area AND a.matter = m.id)
                OR s.form_version <> (SELECT count(*) FROM matter_form f WHERE f.area = m.area AND f.matter = m.id))
            ORDER BY m.id LIMIT \(findingsMax)
            """), advice: "办件的当前状态与办理记录不符,请从备份核对")

    private static let approval = MatterCheck(
        code: "state",
        query: SQL(
            """
            SELECT s.matter FROM matter_status s
            WHERE s.area = ? AND (
                (s.state = 6) <> EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                    AND a.kind = 18)
                OR (s.state = 7) <> EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                    AND a.kind = 24)
                OR (s.state = 8) <> EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                    AND a.kind = 10)
                OR (s.state = 9) <> EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                    AND a.kind = 16)
                OR (s.state = 10) <> EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                    AND a.kind = 26))
            ORDER BY s.matter LIMIT \(findingsMax)
            """), advice: "办件的状态没有相应的办理记录,请核查是谁改动了数据")

    private static let openWork = MatterCheck(
        code: "openWork",
        query: SQL(
            """
            SELECT s.matter FROM matter_status s
            WHERE s.area = ? AND (s.state <= 3) <> EXISTS (SELECT 1 FROM matter_task t
                WHERE t.area = s.area AND t.matter = s.matter AND t.status = 1)
            ORDER BY s.matter LIMIT \(findingsMax)
            """), advice: "办件没有结束却不在任何人的待办中,或已结束仍有待办,请核对")

    private static let closer = MatterCheck(
        code: "closer",
        query: SQL(
            """
            SELECT DISTINCT t.matter FROM matter_task t
            WHERE t.area = ? AND t.status = 2 AND NOT EXISTS (SELECT 1 FROM matter_act a
                WHERE a.area = t.area AND a.matter = t.matter AND a.task = t.id AND a.actor_kind = 1
                    AND a.actor = t.closed_by)
            ORDER BY t.matter LIMIT \(findingsMax)
            """), advice: "已办的环节没有办理人的办理记录,请从备份核对")

    /// Of a post's co-signed step: as many must have agreed, since the step was last begun, as its rule asks of those who
    /// were asked and had not left.
    private static let voices = MatterCheck(
        code: "voices",
        query: SQL(
            """
            SELECT DISTINCT v.matter FROM (
                SELECT s.matter, CASE g.signing WHEN 2 THEN 100 WHEN 4 THEN g.percent ELSE 0 END AS share,
                    coalesce(q.target, 1) + coalesce((SELECT sum(a.target) FROM matter_act a WHERE a.area = s.area
                        AND a.matter = s.matter AND a.position = g.position AND a.seq > q.seq AND a.kind = 30), 0)
                    - (SELECT count(*) FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                        AND a.position = g.position AND a.seq > q.seq AND a.kind = 23) AS asked,
                    (SELECT count(DISTINCT a.actor) FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                        AND a.position = g.position AND a.seq > q.seq AND a.kind = 6) AS agreed
                FROM matter_status s
                JOIN matter_form f ON f.area = s.area AND f.matter = s.matter AND f.version = s.form_version
                JOIN matter_stage g ON g.area = s.area AND g.matter = s.matter AND g.signing <> 1
                    AND g.added_for IS NULL
                    AND (g.from_fen IS NULL OR g.from_fen <= abs(coalesce(f.amount_fen, 0)))
                LEFT JOIN matter_act q ON q.area = s.area AND q.matter = s.matter AND q.position = g.position
                    AND q.kind = 29 AND q.seq = (SELECT max(l.seq) FROM matter_act l WHERE l.area = s.area
                        AND l.matter = s.matter AND l.position = g.position AND l.kind = 29)
                WHERE s.area = ? AND s.state IN (4, 5, 6, 10)
            ) v WHERE v.agreed < 1 OR v.agreed * 100 < v.asked * v.share
            ORDER BY v.matter LIMIT \(findingsMax)
            """), advice: "会签的同意人数不够,办件却已通过,请核查这件办件及其结果")

    private static let endedAlone = MatterCheck(
        code: "endedAlone",
        query: SQL(
            """
            SELECT e.matter FROM matter_act e
            WHERE e.area = ? AND e.kind = \(MatterAct.Kind.terminated.rawValue) AND NOT EXISTS (
                SELECT 1 FROM matter_act a WHERE a.area = e.area AND a.matter = e.matter AND a.seq < e.seq
                    AND a.kind = \(MatterAct.Kind.endingAsked.rawValue) AND a.actor_kind = 1 AND a.actor <> e.actor
                    AND NOT EXISTS (SELECT 1 FROM matter_act b WHERE b.area = a.area AND b.matter = a.matter
                        AND b.seq > a.seq AND b.seq < e.seq AND b.kind IN (20, 21)))
            ORDER BY e.matter LIMIT \(findingsMax)
            """), advice: "批量办理由一个人终止,没有另一人提请,请核查这件办件")

    private static let chunks = MatterCheck(
        code: "chunks",
        query: SQL(
            """
            SELECT DISTINCT c.matter FROM matter_chunk c
            LEFT JOIN matter_chunk p ON p.area = c.area AND p.matter = c.matter AND p.no = c.no - 1
            WHERE c.area = ? AND ((c.no = 1 AND c.cursor <> 0) OR (c.no > 1 AND (p.no IS NULL OR p.next_cursor IS NULL
                OR p.next_cursor <> c.cursor)))
            ORDER BY c.matter LIMIT \(findingsMax)
            """), advice: "批量办理的各段不衔接,请核对这件办件写入的数据")
}
