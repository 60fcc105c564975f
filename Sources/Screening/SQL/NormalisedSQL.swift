import Basics

/// The extract as the rules see it: newest rows, cancelled settlements left out, refunds reduced.
extension ScreeningSQL {
    func day(_ column: String) -> String { dialect.day(column) }

    /// Second of the day; -1 without a time.
    func second(_ column: String) -> String {
        """
        CASE WHEN length(\(column)) >= 16 THEN CAST(substr(\(column), 12, 2) AS INTEGER) * 3600
          + CAST(substr(\(column), 15, 2) AS INTEGER) * 60 + CAST(coalesce(NULLIF(substr(\(column), 18, 2), ''), '0')
            AS INTEGER)
          ELSE -1 END
        """
    }

    func moment(_ column: String) -> String {
        "CAST(\(day(column)) AS BIGINT) * 86400 + greatest(0, \(second(column)))"
    }

    func scaled(_ column: String, _ decimals: Int) -> String {
        "CAST(CAST(\(column) AS DECIMAL(24, \(decimals))) * 1\(String(repeating: "0", count: decimals)) AS BIGINT)"
    }

    private var tier: (String) -> String {
        { column in
            let digits = parameters.digitTiers.sorted { $0.key < $1.key }.map {
                "WHEN \(text($0.key)) THEN \($0.value)"
            }
            let grades = parameters.gradeTiers.sorted { $0.key < $1.key }.map {
                "WHEN \(text($0.key)) THEN \($0.value)"
            }
            return """
                CASE (SELECT scheme FROM tier_scheme) WHEN 'digit' THEN CASE \(column)
                  \(digits.joined(separator: " ")) ELSE -1 END
                  WHEN 'grade' THEN CASE \(column) \(grades.joined(separator: " ")) ELSE -1 END ELSE -1 END
                """
        }
    }

    func normalised() -> [String] {
        let digits = list(parameters.digitTiers.keys.sorted())
        let grades = list(parameters.gradeTiers.keys.sorted())
        return [
            """
            CREATE TABLE setl AS
            WITH ranked AS (
              SELECT setl_id AS id, mdtrt_id AS enc, psn_no AS psn, init_setl_id AS init,
                \(scaled("coalesce(medfee_sumamt, '0')", 2)) AS total,
                \(scaled("coalesce(fund_pay_sumamt, '0')", 2)) AS fund, coalesce(refd_setl_flag, '0') = '1' AS refunded,
                coalesce(vali_flag, '1') <> '0' AS valid, \(moment("updt_time")) AS updated
              FROM src_setl_d),
            newest AS (SELECT *, row_number() OVER (PARTITION BY psn, id ORDER BY updated DESC NULLS LAST, fund DESC,
              total DESC, refunded DESC, valid DESC, enc DESC, coalesce(init, '') DESC) AS rn
              FROM ranked),
            kept AS (SELECT * FROM newest WHERE rn = 1 AND valid)
            SELECT k.*, k.refunded OR EXISTS (SELECT 1 FROM kept o WHERE o.init = k.id AND o.psn = k.psn) AS cancelled
              FROM kept k
            """,
            """
            CREATE TABLE enc_setl AS SELECT psn, enc, sum(CASE WHEN cancelled THEN 0 ELSE fund END) AS fund,
              sum(CASE WHEN cancelled THEN 0 ELSE total END) AS total, count(*) FILTER (WHERE NOT cancelled) AS kept,
              count(*) FILTER (WHERE cancelled) AS cancelled FROM setl GROUP BY psn, enc
            """,
            """
            CREATE TABLE tier_scheme AS SELECT CASE WHEN d AND g THEN 'mixed' WHEN g THEN 'grade' ELSE 'digit' END AS
              scheme FROM (
              SELECT count(*) FILTER (WHERE t IN \(digits)) > 0 AS d, count(*) FILTER (WHERE t IN \(grades)) > 0 AS g
                FROM (
                SELECT hosp_lv AS t FROM src_mdtrt_d WHERE coalesce(vali_flag, '1') <> '0'
                UNION ALL SELECT lmtpric_hosp_lv FROM src_mdtrt_d WHERE coalesce(vali_flag, '1') <> '0'))
            """,
            """
            CREATE TABLE enc_all AS
            WITH parsed AS (
              SELECT mdtrt_id AS id, psn_no AS psn, CASE WHEN gend IN ('1', '2') THEN CAST(gend AS INTEGER) ELSE 0 END
                AS sex,
                gend IS NOT NULL AND gend NOT IN ('0', '1', '2', '9') AS sex_impossible, \(day("brdy")) AS birth,
                insutype AS insurance, coalesce(nwb_flag, '0') = '1' AS newborn, coalesce(fixmedins_code, '') AS inst,
                hosp_lv, coalesce(lmtpric_hosp_lv, hosp_lv) AS cap_lv, \(moment("begntime")) AS begin_at,
                  \(day("begntime")) AS begin_day,
                \(moment("endtime")) AS end_at, \(day("endtime")) AS end_day, \(second("begntime")) AS begin_sec,
                \(second("endtime")) AS end_sec, med_type, upper(dscg_maindiag_code) AS main_diag,
                upper(oprn_oprt_code) AS main_oprn, \(day("die_date")) AS death, coalesce(vali_flag, '1') <> '0' AS valid,
                \(moment("updt_time")) AS updated
              FROM src_mdtrt_d),
            judged AS (SELECT *, coalesce(end_day < begin_day OR (begin_sec >= 0 AND end_sec >= 0 AND end_at < begin_at),
              FALSE) AS end_before FROM parsed)
            SELECT *, row_number() OVER (PARTITION BY psn, id ORDER BY updated DESC NULLS LAST, begin_at DESC, end_at
              DESC NULLS LAST, valid DESC, inst DESC, sex DESC, sex_impossible DESC, birth DESC NULLS LAST,
              coalesce(insurance, '') DESC, newborn DESC, coalesce(hosp_lv, '') DESC, coalesce(cap_lv, '') DESC,
              coalesce(med_type, '') DESC, coalesce(main_diag, '') DESC, coalesce(main_oprn, '') DESC,
              death DESC NULLS LAST, end_before DESC) AS rn
            FROM judged
            """,
            """
            CREATE TABLE diag AS SELECT DISTINCT psn_no AS psn, mdtrt_id AS enc, upper(diag_code) AS code,
              coalesce(maindiag_flag, '0') = '1' AS main
            FROM src_setl_list_diag_d WHERE coalesce(vali_flag, '1') <> '0' AND diag_code IS NOT NULL
            UNION SELECT psn, id, main_diag, FALSE FROM enc_all WHERE rn = 1 AND main_diag IS NOT NULL
            """,
            """
            CREATE TABLE oprn AS SELECT DISTINCT psn_no AS psn, mdtrt_id AS enc, upper(oprn_oprt_code) AS code,
              coalesce(main_oprn_flag, '0') = '1' AS main
            FROM src_setl_list_oprn_d WHERE coalesce(vali_flag, '1') <> '0' AND oprn_oprt_code IS NOT NULL
            UNION SELECT psn, id, main_oprn, FALSE FROM enc_all WHERE rn = 1 AND main_oprn IS NOT NULL
            """,
            """
            CREATE TABLE enc AS
            SELECT e.psn, e.id, e.sex, e.sex_impossible, e.birth, e.newborn, e.inst, e.begin_at, e.begin_day,
              e.end_at, e.end_day, e.end_before,
              e.insurance, e.death, \(tier("e.hosp_lv")) AS tier, \(tier("e.cap_lv")) AS cap_tier,
              coalesce((SELECT min(d.code) FROM diag d WHERE d.psn = e.psn AND d.enc = e.id AND d.main),
                e.main_diag) AS main_diag,
              coalesce((SELECT min(d.code) FROM oprn d WHERE d.psn = e.psn AND d.enc = e.id AND d.main),
                e.main_oprn) AS main_oprn,
              EXISTS (SELECT 1 FROM diag d WHERE d.psn = e.psn AND d.enc = e.id AND
                \(anyPrefix("d.code", parameters.sexUndecidedDiagnoses))) AS sex_undecided,
              coalesce(e.med_type IN \(list(parameters.inpatient.sorted())), FALSE) AS inpatient,
              coalesce(e.med_type IN \(list(parameters.outpatient.sorted())), FALSE) AS outpatient,
              coalesce(e.med_type IN \(list(parameters.emergency.sorted())), FALSE) AS emergency,
              coalesce(e.med_type IN \(list(parameters.pharmacy.sorted())), FALSE) AS pharmacy,
              \(parameters.internet.isEmpty ? "FALSE" : "coalesce(e.med_type IN \(list(parameters.internet.sorted())), FALSE)") AS internet,
              coalesce(e.med_type IN \(list(parameters.maternity.sorted())), FALSE) AS maternity,
              coalesce(e.med_type IN \(list(parameters.emergencyAdmission.sorted())), FALSE) AS emergency_admission,
              CASE WHEN s.kept > 0 THEN CAST(s.fund AS BIGINT) END AS fund, CASE WHEN s.kept > 0 THEN CAST(s.total AS
                BIGINT) END AS total,
              row_number() OVER (PARTITION BY e.psn ORDER BY e.begin_at, e.id) AS ord
            FROM enc_all e LEFT JOIN enc_setl s ON s.psn = e.psn AND s.enc = e.id
            WHERE e.rn = 1 AND e.valid AND NOT (coalesce(s.kept, 0) = 0 AND coalesce(s.cancelled, 0) > 0)
            """,
        ]
    }

    func lines() -> [String] {
        let lengths = parameters.codeLengths.sorted { $0.key < $1.key }.map { first, allowed in
            "WHEN \(text(first)) THEN length(item) NOT IN (\(allowed.map(String.init).joined(separator: ", ")))"
        }
        return [
            // So many at a negative price are a refund, as so many fewer at the price.
            """
            CREATE TABLE parsed_line AS
            WITH parsed AS (
              SELECT bkkp_sn AS id, mdtrt_id AS enc, psn_no AS psn, \(day("fee_ocur_time")) AS day,
                \(second("fee_ocur_time")) AS sec,
                setl_id AS setl, rx_drord_no AS rx, \(scaled("cnt", 4)) AS cnt, \(scaled("pric", 6)) AS pric,
                  \(scaled("det_item_fee_sumamt", 2)) AS amt,
                \(scaled("inscp_amt", 2)) AS inscp, upper(coalesce(med_list_codg, hilist_code)) AS item,
                coalesce(hilist_name, medins_list_name) AS name, list_type,
                CASE WHEN length(med_chrgitm_type) = 2 THEN CAST(med_chrgitm_type AS INTEGER) END AS charge,
                  bilg_dept_codg AS dept,
                least(65535, greatest(0, (\(scaled("prd_days", 4)) + 9999) \(dialect.quotient) 10000)) AS days, coalesce(vali_flag,
                  '1') <> '0' AS valid, \(moment("updt_time")) AS updated,
                CASE WHEN length(crte_time) >= 16 THEN \(moment("crte_time")) END AS uploaded, init_feedetl_sn AS
                  refund_of
              FROM src_fee_list_d)
            SELECT *, CASE WHEN pric < 0 THEN -abs(cnt) ELSE cnt END AS qty, abs(pric) AS price,
              \(isHerbal("list_type")) AS herbal, \(isDrug("list_type")) AS drug,
              count(*) OVER (PARTITION BY psn, id) AS copies
            FROM parsed
            """,
            """
            CREATE TABLE raw_line AS
            WITH newest AS (SELECT p.*, 1 AS rn FROM parsed_line p WHERE p.copies = 1
              UNION ALL
              SELECT p.*, row_number() OVER (PARTITION BY p.psn, p.id ORDER BY \(newestLine)) FROM parsed_line p
                LEFT JOIN enc e ON e.psn = p.psn AND e.id = p.enc
                LEFT JOIN setl s ON s.psn = p.psn AND s.id = p.setl
                LEFT JOIN herb h ON h.alias = p.name
              WHERE p.copies > 1)
            SELECT n.id, n.enc, n.psn, n.day, n.sec, n.setl, n.rx, n.qty, n.price, n.amt, n.inscp, n.item, n.herbal,
              n.drug, n.name, n.charge, n.dept, n.days, n.uploaded, n.refund_of, e.ord AS enc_ord, e.inst
            FROM newest n JOIN enc e ON e.psn = n.psn AND e.id = n.enc
            LEFT JOIN setl s ON s.psn = n.psn AND s.id = n.setl
            WHERE n.rn = 1 AND n.valid AND NOT coalesce(s.cancelled, FALSE) AND n.qty <> 0
            """,
            "DROP TABLE parsed_line",
            // Named refunds first: what each takes, in order of (time, id).
            """
            CREATE TABLE named AS
            SELECT n.psn, n.enc, n.id, n.refund_of, t.qty AS target, -n.qty AS wanted,
              sum(-n.qty) OVER (PARTITION BY n.psn, n.enc, n.refund_of ORDER BY n.day, n.sec, n.id) AS running
            FROM raw_line n JOIN raw_line t ON t.psn = n.psn AND t.enc = n.enc AND t.id = n.refund_of AND t.qty > 0
              WHERE n.qty < 0
            """,
            """
            CREATE TABLE left_over AS
            WITH taken AS (SELECT psn, enc, refund_of AS id, least(max(target), sum(wanted)) AS qty FROM named GROUP
              BY psn, enc, refund_of),
            open AS (SELECT psn, enc, id, greatest(0, running - greatest(target, running - wanted)) AS qty FROM named),
            event AS (
              SELECT r.psn, r.enc, r.item, r.price, r.day, r.sec, 0 AS back, r.id, r.qty - coalesce(t.qty, 0) AS v
              FROM raw_line r LEFT JOIN taken t ON t.psn = r.psn AND t.enc = r.enc AND t.id = r.id WHERE r.qty > 0
              UNION ALL
              SELECT r.psn, r.enc, r.item, r.price, r.day, r.sec, 1, r.id, -coalesce(o.qty, -r.qty)
              FROM raw_line r LEFT JOIN open o ON o.psn = r.psn AND o.enc = r.enc AND o.id = r.id WHERE r.qty < 0),
            some_refund AS (SELECT DISTINCT psn, enc, item, price FROM event WHERE back = 1),
            summed AS (
              SELECT e.*, sum(v) OVER w AS s FROM event e
              JOIN some_refund r ON r.psn = e.psn AND r.enc = e.enc AND r.item IS NOT DISTINCT FROM e.item AND r.price
                = e.price
              WINDOW w AS (PARTITION BY e.psn, e.enc, e.item, e.price ORDER BY e.day, e.sec, e.back, e.id)),
            stacked AS (SELECT *, s - least(0, min(s) OVER (PARTITION BY psn, enc, item, price ORDER BY day, sec,
              back, id)) AS h FROM summed),
            followed AS (SELECT *, min(h) OVER (PARTITION BY psn, enc, item, price ORDER BY day, sec, back, id
                ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS low FROM stacked)
            SELECT psn, enc, id, greatest(0, low - (h - v)) AS qty FROM followed WHERE back = 0
            UNION ALL
            SELECT t.psn, t.enc, t.id, r.qty - t.qty FROM taken t JOIN raw_line r ON r.psn = t.psn AND r.enc = t.enc
              AND r.id = t.id
            WHERE NOT EXISTS (SELECT 1 FROM some_refund s WHERE s.psn = r.psn AND s.enc = r.enc AND s.item IS NOT
              DISTINCT FROM r.item AND s.price = r.price)
            """,
            """
            CREATE TABLE line AS
            WITH kept AS (
              SELECT r.*, r.qty AS full_qty, coalesce(CAST(o.qty AS BIGINT), r.qty) AS left_qty
              FROM raw_line r LEFT JOIN left_over o ON o.psn = r.psn AND o.enc = r.enc AND o.id = r.id WHERE r.qty > 0),
            judged AS (
              SELECT id, enc, psn, day, sec, setl, rx, left_qty AS qty, price,
                CASE WHEN left_qty = full_qty THEN amt ELSE \(halfUp("amt * CAST(left_qty AS \(dialect.wide))", "full_qty"))
                  END AS amt,
                inscp > 0 AS in_scope,
                item, charge, dept, days, enc_ord, inst, herbal, drug,
                CASE WHEN herbal THEN (SELECT h.herb FROM herb h WHERE h.alias = name) END AS herb,
                \(isLate("uploaded", "day", "sec")) AND sec >= 0 AS late,
                abs(\(halfUp("price * CAST(full_qty AS \(dialect.wide))", "100000000")) - amt) > 1 AS amount_wrong,
                CASE substr(item, 1, 1) \(lengths.joined(separator: " ")) ELSE FALSE END AS code_impossible
              FROM kept WHERE left_qty > 0)
            SELECT j.*, row_number() OVER (PARTITION BY j.psn ORDER BY j.enc_ord, j.day, j.sec, j.id) AS ord,
              CASE WHEN j.setl IS NULL THEN e.fund ELSE s.fund END AS paid, CASE WHEN j.setl IS NULL THEN e.total ELSE
                s.total END AS paid_of
            FROM judged j JOIN enc e ON e.psn = j.psn AND e.id = j.enc
            LEFT JOIN setl s ON s.psn = j.psn AND s.id = j.setl AND NOT s.cancelled
            """,
            // Each line's own share of the fund payment.
            """
            CREATE TABLE charged AS SELECT l.*, CASE WHEN paid_of > 0 THEN \(share("l.amt")) END AS own_fund FROM line l
            """,
        ]
    }

    private func isHerbal(_ list: String) -> String {
        "CASE WHEN coalesce(\(list), '') = '103' OR item LIKE 'T%' THEN TRUE ELSE FALSE END"
    }

    private func isDrug(_ list: String) -> String {
        """
        CASE WHEN coalesce(\(list), '') = '103' OR item LIKE 'T%' THEN FALSE
          WHEN coalesce(\(list), '') IN ('101', '102') OR item LIKE 'X%' OR item LIKE 'Z%' THEN TRUE ELSE FALSE END
        """
    }

    private func isLate(_ uploaded: String, _ day: String, _ second: String) -> String {
        "\(uploaded) - (CAST(\(day) AS BIGINT) * 86400 + \(second)) > \(parameters.lateUploadHours * 3600)"
    }

    /// Which of several rows `p` of one id stays, with its encounter `e`, settlement `s` and herb `h`: the fields one
    /// after another, as `BatchBuilder.isNewer` compares them.
    private var newestLine: String {
        """
        p.updated DESC NULLS LAST, p.day DESC, p.sec DESC, coalesce(p.item, '') DESC, p.qty DESC, p.price DESC,
          p.amt DESC, p.valid DESC, e.ord DESC NULLS LAST,
          CASE WHEN s.cancelled THEN 0 WHEN s.id IS NOT NULL THEN 3 WHEN p.setl IS NULL THEN 2 ELSE 1 END DESC,
          CASE WHEN s.cancelled THEN 0 ELSE coalesce(s.fund, 0) END DESC,
          CASE WHEN s.cancelled THEN 0 ELSE coalesce(s.total, 0) END DESC, coalesce(p.rx, '') DESC,
          CASE WHEN p.inscp IS NULL THEN 0 WHEN p.inscp > 0 THEN 2 ELSE 1 END DESC,
          CASE WHEN p.herbal THEN 2 WHEN p.drug THEN 1 ELSE 0 END DESC,
          CASE WHEN p.herbal THEN coalesce(h.herb, '') ELSE '' END DESC, coalesce(p.charge, -1) DESC,
          coalesce(p.dept, '') DESC, coalesce(p.days, 0) DESC,
          CASE WHEN p.uploaded IS NULL OR p.sec < 0 THEN 0 WHEN \(isLate("p.uploaded", "p.day", "p.sec")) THEN 2
            ELSE 1 END DESC,
          CASE WHEN p.qty < 0 THEN coalesce(p.refund_of, '') ELSE '' END DESC
        """
    }

    /// The fund's part of an amount by line `l`'s settlement.
    func share(_ amount: String) -> String { halfUp("CAST(\(amount) AS \(dialect.wide)) * l.paid", "l.paid_of") }
    func fund(_ amount: String) -> String { "CASE WHEN l.paid_of > 0 THEN \(share(amount)) END" }
}
