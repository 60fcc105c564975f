import Basics
import Catalogue
import Contributions
import Control
import Enrolment
import Fund
import Portability
import Providers
import Screening
import Settlement
import Storage

extension EventKind {
    /// 签到
    public static let signedOn: EventKind = "gateway.signedOn"
    /// 签退
    public static let signedOff: EventKind = "gateway.signedOff"
    /// 目录对照上传(报文)
    public static let mappingsSubmitted: EventKind = "catalogue.mapping.submitted"
    /// 目录对照撤销(报文)
    public static let mappingWithdrawn: EventKind = "catalogue.mapping.withdrawn"
}

extension Agency {
    /// How `yibao verify` recomputes, from the tables, the digests of all events of the counter.
    public static let evidence: [EvidenceSource] = [
        [counterEvidence],
        Matters.evidence,
        Sampling.evidence,
        Catalogue.evidence,
        Providers.evidence,
        Enrolment.evidence,
        Contributions.evidence,
        Portability.evidence,
        FundDesk.evidence,
        SettlementDesk.evidence,
        ScreeningDesk.evidence,
        DailyRecords.evidence, AccountComparisons.evidence,
    ].flatMap(\.self)

    /// Every kind of event that a message of the counter leaves.
    static let counterKinds: [EventKind] = [
        .registered, .registrationWithdrawn, .visitGiven, .admitted, .discharged, .admissionChanged,
        .admissionCancelled, .dischargeWithdrawn, .linesUploaded, .linesWithdrawn, .settled, .reversed, .purchased,
        .filed, .filingWithdrawn, .messageReversed, .signedOn, .signedOff, .mappingsSubmitted, .mappingWithdrawn,
    ]

    private static let counterEvidence = EvidenceSource("医保结算", kinds: counterKinds) { tx, event, digest in
        guard let references = RowReferences(json: event.detail) else { return }
        digest = RowReferences.digest(try references.reread(event.area, tx))
    }

    /// The whole proof of an area: chain, rows, books and links.
    ///
    ///     let result = try await agency.store.read { tx in try Agency.verifier(area).run(tx) }
    public static func verifier(_ area: AreaCode) -> Verifier {
        Verifier(area: area, sources: evidence, checks: checks)
    }

    /// The desks' own proofs, and the links between them.
    public static let checks: [Verifier.Check] = [
        { tx, area in try Matters.verify(tx, area: area) },
        { tx, area in try Sampling.verify(tx, area: area) },
        { tx, area in try Enrolment.verify(tx, area: area) },
        { tx, area in try Contributions.verify(tx, area: area) },
        { tx, area in try Portability.verify(tx, area: area) },
        { tx, area in try Contributions.verifyLevies(tx, area) },
        { tx, area in try FundDesk.verify(tx, area: area) },
        { tx, area in try ScreeningDesk.verify(tx, area: area) },
        { tx, area in try SettlementLinks(area: area).problems(tx) },
        { tx, area in try AccountLinks(area: area).problems(tx) },
        { tx, area in try Agency.verifyCover(tx, area: area) },
    ]
}

/// The links between what the desks keep of one settlement (勾稽关系): settlement ↔ posting ↔ account entries ↔
/// accumulators ↔ encounter. A row that no message brought has no partner on the other side.
struct SettlementLinks {
    let area: AreaCode

    /// So many findings are enough to begin with.
    private static let findingsMax = 100

    private struct Link {
        let code: String
        let name: String
        let query: SQL
        let advice: String
    }

    func problems(_ tx: any Transaction) throws -> [Problem] {
        var problems: [Problem] = []
        for link in Self.links {
            let found = try tx.rows(link.query, Value(area)) { try $0.int(0) }
            problems += found.map { Problem("settlement.link.\(link.code)", field: "\(link.name) \($0)", link.advice) }
        }
        return try problems + strangers(tx)
    }

    /// Settlements that went on from a year that is not this person's under another number.
    private func strangers(_ tx: any Transaction) throws -> [Problem] {
        let bills = try SettlementDesk.settlementsSeeingElsewhere(area, limit: Self.findingsMax * 100, tx)
        guard !bills.isEmpty else { return [] }
        let families = try Enrolment.everMerged(tx, area: area)
        let found = try bills.filter { bill in
            try !bill.elsewhere.allSatisfy { id in
                guard let family = families[bill.person], let other = try SettlementDesk.settlement(area, id, tx)
                else { return false }
                return other.person != bill.person && families[other.person] == family
                    && other.insurance == bill.insurance && other.year == bill.year
            }
        }
        return found.prefix(Self.findingsMax).map {
            Problem(
                "settlement.link.elsewhere", field: "结算 \($0.id)", "结算所接续的另一编号的年度累计不是同一人同年同险种的,请核对此人的合并与结算")
        }
    }

    private static let links = [
        Link(
            code: "payable", name: "结算",
            query: SQL(
                """
                SELECT s.id FROM settlement s LEFT JOIN payable p ON p.area = s.area AND p.settlement = s.id
                WHERE s.area = ? AND (p.settlement IS NULL OR p.total_fen <> s.total_fen OR p.cash_fen <> s.cash_fen
                    OR p.account_fen <> s.account_fen + s.shared_account_fen
                    OR p.shared_account_fen <> s.shared_account_fen OR p.day <> s.settled_day
                    OR p.provider <> s.provider_id)
                ORDER BY s.id LIMIT \(findingsMax)
                """),
            advice: "结算与应付明细账不符,请核对这笔结算的入账"),
        Link(
            code: "payableAlone", name: "应付",
            query: SQL(
                """
                SELECT p.settlement FROM payable p LEFT JOIN settlement s ON s.area = p.area AND s.id = p.settlement
                WHERE p.area = ? AND s.id IS NULL ORDER BY p.settlement LIMIT \(findingsMax)
                """),
            advice: "应付明细账里有这笔入账而没有结算,请从备份核对"),
        Link(
            code: "account", name: "结算",
            query: SQL(
                """
                SELECT s.id FROM settlement s
                LEFT JOIN (SELECT area, settlement, SUM(amount_fen) AS amount FROM account_entry
                    WHERE settlement IS NOT NULL GROUP BY area, settlement) e
                    ON e.area = s.area AND e.settlement = s.id
                WHERE s.area = ? AND s.account_fen + s.shared_account_fen <> - COALESCE(e.amount, 0)
                ORDER BY s.id LIMIT \(findingsMax)
                """),
            advice: "结算的个人账户支付与账户流水不符,请核对账户流水"),
        Link(
            code: "accumulator", name: "人员",
            query: SQL(
                """
                SELECT a.person_id FROM accumulator a
                LEFT JOIN settlement s ON s.area = a.area AND s.id = a.last_settlement_id
                WHERE a.area = ? AND (s.id IS NULL OR s.after <> a.totals OR s.person_id <> a.person_id
                    OR s.insurance <> a.insurance OR s.year <> a.year)
                ORDER BY a.person_id LIMIT \(findingsMax)
                """),
            advice: "年度累计与最后一笔结算不符,请核对此人本年度的结算"),
        Link(
            code: "notLast", name: "人员",
            query: SQL(
                """
                SELECT n.person_id FROM settlement n CROSS JOIN accumulator a
                WHERE n.area = ? AND a.area = n.area AND a.person_id = n.person_id AND a.insurance = n.insurance
                    AND a.year = n.year AND a.last_settlement_id = n.previous_id
                ORDER BY n.person_id LIMIT \(findingsMax)
                """),
            advice: "年度累计所指的最后一笔结算之后还有结算,请核对此人本年度的结算"),
        Link(
            code: "count", name: "人员",
            query: SQL(
                """
                SELECT a.person_id FROM accumulator a
                LEFT JOIN (SELECT area, person_id, insurance, year, COUNT(*) AS number FROM settlement
                    GROUP BY area, person_id, insurance, year) s
                    ON s.area = a.area AND s.person_id = a.person_id AND s.insurance = a.insurance AND s.year = a.year
                WHERE a.area = ? AND a.version <> COALESCE(s.number, 0)
                ORDER BY a.person_id LIMIT \(findingsMax)
                """),
            advice: "年度累计的次数与结算笔数不符,请核对此人本年度的结算"),
        Link(
            code: "previous", name: "结算",
            query: SQL(
                """
                SELECT s.id FROM settlement s
                LEFT JOIN settlement p ON p.area = s.area AND p.id = s.previous_id
                WHERE s.area = ? AND s.previous_id IS NOT NULL AND (p.id IS NULL OR p.after <> s.before
                    OR p.person_id <> s.person_id OR p.year <> s.year OR p.insurance <> s.insurance)
                ORDER BY s.id LIMIT \(findingsMax)
                """),
            advice: "结算前的累计与上一笔结算后的累计不衔接,请核对此人本年度的结算"),
        Link(
            code: "noAccumulator", name: "结算",
            query: SQL(
                """
                SELECT s.id FROM settlement s
                LEFT JOIN accumulator a ON a.area = s.area AND a.person_id = s.person_id AND a.insurance = s.insurance
                    AND a.year = s.year
                WHERE s.area = ? AND a.person_id IS NULL ORDER BY s.id LIMIT \(findingsMax)
                """),
            advice: "结算没有年度累计,请从备份核对"),
        Link(
            code: "red", name: "结算",
            query: SQL(
                """
                SELECT r.id FROM settlement r JOIN settlement o ON o.area = r.area AND o.id = r.original_id
                WHERE r.area = ? AND r.kind = 2 AND (r.total_fen <> - o.total_fen OR r.pool_fen <> - o.pool_fen
                    OR r.cash_fen <> - o.cash_fen OR r.account_fen <> - o.account_fen OR r.in_scope_fen <> - o.in_scope_fen)
                ORDER BY r.id LIMIT \(findingsMax)
                """),
            advice: "红冲与原结算不是正好相反,请核对这笔红冲"),
        Link(
            code: "state", name: "就诊",
            query: SQL(
                """
                SELECT e.id FROM encounter e
                LEFT JOIN encounter_state t ON t.area = e.area AND t.encounter_id = e.id
                WHERE e.area = ? AND (t.encounter_id IS NULL
                    OR t.last_line_no <> (SELECT COUNT(*) FROM fee_line l
                        WHERE l.area = e.area AND l.encounter_id = e.id)
                    OR t.last_act_no <> (SELECT COUNT(*) FROM encounter_act a
                        WHERE a.area = e.area AND a.encounter_id = e.id)
                    OR (t.status < 5 AND t.settlements <> (SELECT COUNT(*) - 2 * COUNT(CASE WHEN s.kind = 2 THEN 1 END)
                        FROM settlement s WHERE s.area = e.area AND s.encounter_id = e.id)))
                ORDER BY e.id LIMIT \(findingsMax)
                """),
            advice: "就诊的当前状态与其明细、行为或结算不符,请核对本次就诊"),
        Link(
            code: "standing", name: "就诊",
            query: SQL(
                """
                SELECT e.id FROM encounter e
                JOIN encounter_state t ON t.area = e.area AND t.encounter_id = e.id
                LEFT JOIN (SELECT s.area, s.encounter_id, MAX(s.id) AS id FROM settlement s
                    WHERE s.kind <> 2 AND s.is_interim = 0 AND NOT EXISTS (SELECT 1 FROM settlement r
                        WHERE r.area = s.area AND r.original_id = s.id)
                    GROUP BY s.area, s.encounter_id) f
                    ON f.area = e.area AND f.encounter_id = e.id AND e.setting <> 1
                LEFT JOIN encounter_act a ON a.area = e.area AND a.encounter_id = e.id AND a.no = (
                    SELECT MAX(b.no) FROM encounter_act b
                    WHERE b.area = e.area AND b.encounter_id = e.id AND b.kind BETWEEN 3 AND 6)
                WHERE e.area = ? AND (COALESCE(t.settled_by, 0) <> COALESCE(f.id, 0)
                    OR (t.status < 5 AND COALESCE(t.discharged_at, 0) <> COALESCE(a.ended_at, 0))
                    OR t.status <> CASE WHEN a.kind >= 5 THEN a.kind WHEN f.id IS NOT NULL THEN 4
                        WHEN e.setting = 3 THEN 6 WHEN a.kind = 3 THEN 3 WHEN e.setting = 2 THEN 2 ELSE 1 END)
                ORDER BY e.id LIMIT \(findingsMax)
                """),
            advice: "就诊的状态、出院时间或所结的结算与其行为不符,请核对本次就诊"),
        Link(
            code: "message", name: "结算",
            query: SQL(
                """
                SELECT s.id FROM settlement s
                LEFT JOIN message m ON m.area = s.area AND m.provider_id = s.provider_id AND m.message_id = s.message_id
                WHERE s.area = ? AND s.kind = 1 AND m.message_id IS NULL ORDER BY s.id LIMIT \(findingsMax)
                """),
            advice: "结算没有对应的报文,请从备份核对"),
    ]
}
