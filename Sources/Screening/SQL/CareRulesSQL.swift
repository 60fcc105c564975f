import Basics

/// Kinds that judge prescriptions, stays, persons and institutions.
extension ScreeningSQL {
    private var grouped: String { "sum(l.qty), sum(l.amt), sum(l.own_fund)" }

    /// A finding about a whole encounter `e`: its fund payment and all its lines.
    private func perEncounter(_ rule: String, point: String = "NULL", from: String = "", where condition: String)
        -> String
    {
        """
        \(insert)SELECT \(rule), \(point), e.psn, e.id, e.inst, e.begin_day,
          (SELECT \(ids) FROM line l WHERE l.psn = e.psn AND l.enc = e.id), NULL, coalesce(e.fund, 0), e.fund
        FROM enc e \(from) WHERE \(condition)
        """
    }

    // MARK: Prescriptions

    func prescriptionRules() -> [String] {
        let unit = "l.psn, l.enc, coalesce(l.rx, ''), CASE WHEN l.rx IS NULL THEN l.day END"
        func kinds(_ which: String, _ most: Int, _ rule: Int) -> String {
            """
            \(insert)WITH numbered AS (SELECT l.*, min(l.ord) OVER (PARTITION BY l.psn, l.enc, l.rx, l.item) AS
              first_ord FROM charged l
                JOIN enc e ON e.psn = l.psn AND e.id = l.enc WHERE l.rx IS NOT NULL AND e.outpatient AND l.\(which)),
            ranked AS (SELECT *, dense_rank() OVER (PARTITION BY psn, enc, rx ORDER BY first_ord) AS n FROM numbered)
            SELECT \(rule), NULL, l.psn, l.enc, min(l.inst), max(l.day), \(ids), \(grouped) FROM ranked l WHERE l.n >
              \(most)
            GROUP BY l.psn, l.enc, l.rx
            """
        }
        return [
            """
            \(insert)WITH piece AS (SELECT l.*, coalesce(l.rx, '') AS rx_no, CASE WHEN l.rx IS NULL THEN l.day END AS
              rx_day,
                (SELECT min(c.point) FROM chk c WHERE c.item = l.item AND c.kind = 'herbal_single') AS single,
                EXISTS (SELECT 1 FROM chk c WHERE c.item = l.item AND c.kind IN ('herbal_single', 'herbal_none')) AS
                  listed
              FROM charged l WHERE l.herbal),
            script AS (SELECT psn, enc, rx_no, rx_day, min(single) AS point FROM piece GROUP BY psn, enc, rx_no, rx_day
              HAVING bool_and(listed) AND min(single) IS NOT NULL)
            SELECT \(rule(.herbalSingle)), s.point, l.psn, l.enc, min(l.inst), max(l.day), \(ids), \(grouped)
            FROM piece l JOIN script s ON s.psn = l.psn AND s.enc = l.enc AND s.rx_no = l.rx_no AND s.rx_day IS NOT
              DISTINCT FROM l.rx_day
            WHERE l.in_scope GROUP BY s.point, l.psn, l.enc, l.rx_no, l.rx_day
            """,
            """
            \(insert)SELECT p.rule, p.point, l.psn, l.enc, min(l.inst), max(l.day), \(ids), \(grouped)
            FROM charged l JOIN herb_pair p ON l.herb IN (p.herb_a, p.herb_b) WHERE l.herbal
            GROUP BY p.rule, p.point, \(unit) HAVING count(DISTINCT l.herb) = 2
            """,
            kinds("drug", parameters.drugKinds, rule(.kinds, "drug")),
            kinds("herbal", parameters.herbalKinds, rule(.kinds, "herbal")),
        ]
    }

    // MARK: Stays

    func stayRules() -> [String] {
        let idle = list(parameters.idleChargeTypes.sorted().compactMap { Int($0).map(String.init) })
        let share = parameters.hangingBedIdleShare.partsPerMillion
        let excess = halfUp("CAST(l.total - l.most AS \(dialect.wide)) * l.price", "100000000")
        let planned = anyPrefix("e.main_diag", parameters.plannedCauses)
        return [
            """
            \(insert)SELECT \(rule(.stayDate)), NULL, l.psn, l.enc, l.inst, l.day, l.id, l.qty, l.amt, l.own_fund
            FROM charged l JOIN enc e ON e.psn = l.psn AND e.id = l.enc
            WHERE e.inpatient AND ((l.day < e.begin_day - \(parameters.preAdmissionDays) AND NOT
              e.emergency_admission) OR l.day > e.end_day)
            """,
            """
            \(insert)SELECT \(rule(.bedDays)), NULL, l.psn, l.enc, l.inst, l.last_day, l.ids, l.total - l.most,
              \(excess), \(fund(excess)) FROM (
              SELECT l.psn, l.enc, min(l.inst) AS inst, max(l.day) AS last_day, \(ids) AS ids, sum(l.qty) AS total,
                greatest(1, min(e.end_day - e.begin_day)) * 10000 AS most, \(dialect.latest)(l.price, l.ord) AS price,
                \(dialect.latestOrNull)(l.paid, l.ord) AS paid, \(dialect.latestOrNull)(l.paid_of, l.ord) AS paid_of
              FROM line l JOIN enc e ON e.psn = l.psn AND e.id = l.enc
              WHERE e.inpatient AND e.end_day IS NOT NULL AND \(anyPrefix("l.item", parameters.bedItemPrefixes)) GROUP
                BY l.psn, l.enc) l
            WHERE l.total > l.most
            """,
            perEncounter(
                "\(rule(.hangingBed))",
                from: """
                    LEFT JOIN (SELECT l.psn, l.enc, count(DISTINCT l.day) AS active FROM line l JOIN enc e ON e.psn =
                      l.psn AND e.id = l.enc
                      WHERE l.day >= e.begin_day AND l.day < e.end_day AND NOT CASE WHEN l.charge IS NOT NULL THEN
                        CAST(l.charge AS \(dialect.string)) IN \(idle)
                        ELSE coalesce(\(anyPrefix("l.item", parameters.idleItemPrefixes)), FALSE) END GROUP BY l.psn,
                          l.enc) a ON a.psn = e.psn AND a.enc = e.id
                    """,
                where: """
                    e.inpatient AND e.end_day - e.begin_day >= \(parameters.hangingBedMinDays)
                      AND (e.end_day - e.begin_day - coalesce(a.active, 0)) * 1000000 >= \(share) * (e.end_day -
                        e.begin_day)
                    """),
            """
            CREATE TABLE stay AS SELECT e.*, lag(e.end_day) OVER w AS last_end, lag(substr(e.main_diag, 1, 3)) OVER w
              AS last_category,
              lag(length(e.main_diag)) OVER w AS last_length, \(planned) AS planned
            FROM enc e WHERE e.inpatient WINDOW w AS (PARTITION BY e.psn, e.inst ORDER BY e.ord)
            """,
            perEncounter(
                "\(rule(.readmission))", from: "JOIN stay s ON s.psn = e.psn AND s.id = e.id",
                where: """
                    e.inst <> '' AND length(e.main_diag) >= 3 AND s.last_length >= 3 AND substr(e.main_diag, 1, 3) = s.last_category
                      AND NOT s.planned
                      AND e.begin_day - s.last_end BETWEEN 0 AND \(parameters.readmissionDays)
                    """),
            """
            \(insert)SELECT \(rule(.overlapStay)), NULL, e.psn, e.id, e.inst, e.begin_day,
              (SELECT \(ids) FROM line l WHERE l.psn = e.psn AND l.enc = CASE WHEN o.fund < e.fund THEN o.id ELSE e.id END),
              NULL,
              CASE WHEN e.fund IS NULL OR o.fund IS NULL THEN 0 ELSE least(e.fund, o.fund) END,
              CASE WHEN e.fund IS NULL OR o.fund IS NULL THEN NULL ELSE least(e.fund, o.fund) END
            FROM enc e JOIN enc o ON o.psn = e.psn AND o.ord < e.ord WHERE e.inpatient AND o.inpatient
              AND e.end_day IS NOT NULL AND o.end_day IS NOT NULL AND greatest(e.begin_day, o.begin_day) <
                least(e.end_day, o.end_day)
            """,
            """
            \(insert)SELECT \(rule(.duringStay)), NULL, l.psn, l.enc, l.inst, l.day, l.id, l.qty, l.amt, l.own_fund
            FROM charged l JOIN enc e ON e.psn = l.psn AND e.id = l.enc WHERE NOT e.inpatient AND (e.outpatient OR
              e.pharmacy)
              AND EXISTS (SELECT 1 FROM enc s WHERE s.psn = l.psn AND s.inpatient AND s.inst <> l.inst AND s.inst <> '' AND l.inst <> '' AND l.day >
                s.begin_day AND l.day < s.end_day)
            """,
        ]
    }

    // MARK: Persons

    func personRules() -> [String] {
        let often = parameters.frequency
        func frequency(_ column: String, _ rule: Int, _ unit: String, _ most: Int) -> String {
            """
            \(insert)WITH ranked AS (SELECT e.*, \(unit) AS unit, row_number() OVER (PARTITION BY e.psn, \(unit) ORDER
              BY e.ord) AS n FROM enc e WHERE e.\(column)),
            beyond AS (SELECT * FROM ranked WHERE n > \(most)),
            named AS (SELECT b.psn, b.unit, \(ids) AS ids FROM beyond b JOIN line l ON l.psn = b.psn AND l.enc = b.id
              GROUP BY b.psn, b.unit)
            SELECT \(rule), NULL, e.psn, \(dialect.latest)(e.id, e.ord), \(dialect.latest)(e.inst, e.ord), max(e.begin_day),
              min(i.ids), NULL, coalesce(sum(e.fund), 0), sum(e.fund)
            FROM beyond e LEFT JOIN named i ON i.psn = e.psn AND i.unit = e.unit GROUP BY e.psn, e.unit
            """
        }
        let date = "(DATE '1970-01-01' + CAST(e.begin_day AS INTEGER))"
        let month = "year(\(date)) * 12 + month(\(date))"
        let head = { (side: String) in "substr(upper(\(side).code), 1, length(r.first))" }
        func range(_ table: String, procedures: Bool, _ condition: String) -> String {
            perEncounter(
                "r.rule", point: "r.point", from: "CROSS JOIN code_range r",
                where: """
                    r.procedures = \(procedures ? "TRUE" : "FALSE") AND NOT e.newborn AND \(condition)
                      AND EXISTS (SELECT 1 FROM \(table) d WHERE d.psn = e.psn AND d.enc = e.id AND length(d.code) >=
                        length(r.first)
                        AND \(head("d")) >= r.first AND \(head("d")) <= r.last)
                    """)
        }
        let sex = "r.sex IS NOT NULL AND e.sex <> 0 AND e.sex <> r.sex AND NOT e.sex_undecided"
        let record = { (rule: Int, condition: String) in
            "\(insert)SELECT \(rule), NULL, e.psn, e.id, e.inst, e.begin_day, NULL, NULL, 0, NULL FROM enc e WHERE \(condition)"
        }
        let encounter = rule(.record, "encounter")
        return [
            """
            \(insert)SELECT \(rule(.afterDeath)), NULL, l.psn, l.enc, l.inst, l.day, l.id, l.qty, l.amt, l.own_fund
            FROM charged l JOIN (SELECT psn, min(death) AS death FROM enc GROUP BY psn) d ON d.psn = l.psn WHERE l.day
              > d.death
            """,
            frequency("outpatient", rule(.frequency, "outpatient"), "e.begin_day", often.outpatientPerDay),
            frequency("outpatient", rule(.frequency, "outpatient"), month, often.outpatientPerMonth),
            frequency("pharmacy", rule(.frequency, "pharmacy"), "e.begin_day", often.pharmacyPerDay),
            frequency("pharmacy", rule(.frequency, "pharmacy"), month, often.pharmacyPerMonth),
            frequency("inpatient", rule(.frequency, "inpatient"), "year(\(date))", often.inpatientPerYear),
            range("diag", procedures: false, sex), range("oprn", procedures: true, sex),
            range(
                "diag", procedures: false,
                "r.sex IS NULL AND e.birth IS NOT NULL AND e.birth <= e.begin_day AND e.begin_day - e.birth > \(parameters.newbornDays)"
            ),
            record(encounter, "e.end_before"), record(encounter, "e.sex_impossible"),
            record(encounter, "e.birth > e.begin_day AND NOT e.newborn"),
            record(
                encounter,
                "EXISTS (SELECT 1 FROM diag d WHERE d.psn = e.psn AND d.enc = e.id AND NOT \(dialect.matches)(d.code, '^[A-Z][0-9][0-9]'))"
            ),
            record(
                rule(.record, "procedure"),
                "EXISTS (SELECT 1 FROM oprn d WHERE d.psn = e.psn AND d.enc = e.id AND NOT \(dialect.matches)(d.code, '^[0-9][0-9][.].'))"
            ),
            sameClass,
        ]
    }

    private var sameClass: String {
        let excepted =
            parameters.sameClassExcepted.isEmpty
            ? "TRUE" : "NOT \(anyPrefix("substr(l.item, 2, 5)", parameters.sameClassExcepted))"
        return """
            \(insert)WITH drug AS (SELECT l.*, substr(l.item, 2, 5) AS class, substr(l.item, 7, 4) AS name, l.day +
              greatest(1, coalesce(l.days, 0)) - 1 AS last_day
              FROM charged l WHERE l.item LIKE 'X%' AND length(l.item) = 23 AND \(excepted)),
            treatment AS (SELECT psn, class, name, enc, min(enc_ord) AS enc_ord, sum(amt) AS amt, sum(own_fund) AS
              own_fund, max(ord) AS last_ord FROM drug GROUP BY psn, class, name, enc),
            together AS (SELECT DISTINCT a.psn, a.class, a.name AS name_a, a.enc AS enc_a, b.name AS name_b, b.enc AS
              enc_b
              FROM drug a JOIN drug b ON b.psn = a.psn AND b.class = a.class AND b.name <> a.name AND a.day <=
                b.last_day AND b.day <= a.last_day
              WHERE a.enc_ord < b.enc_ord OR (a.enc_ord = b.enc_ord AND a.name < b.name)),
            judged AS (SELECT t.*, CASE WHEN x.amt < y.amt THEN TRUE WHEN x.amt > y.amt THEN FALSE WHEN x.enc_ord <>
              y.enc_ord THEN x.enc_ord > y.enc_ord
                ELSE x.last_ord > y.last_ord END AS takes_a, x.amt AS amt_a, y.amt AS amt_b, x.own_fund AS fund_a,
                  y.own_fund AS fund_b
              FROM together t JOIN treatment x ON x.psn = t.psn AND x.class = t.class AND x.name = t.name_a AND x.enc
                = t.enc_a
              JOIN treatment y ON y.psn = t.psn AND y.class = t.class AND y.name = t.name_b AND y.enc = t.enc_b)
            SELECT \(rule(.sameClass)), NULL, l.psn, \(dialect.latest)(l.enc, l.enc_ord), \(dialect.latest)(l.inst, l.enc_ord),
              \(dialect.latest)(l.day, l.ord), \(ids), NULL,
              min(CASE WHEN j.takes_a THEN j.amt_a ELSE j.amt_b END), min(CASE WHEN j.takes_a THEN j.fund_a ELSE
                j.fund_b END)
            FROM judged j JOIN drug l ON l.psn = j.psn AND l.class = j.class AND ((l.name = j.name_a AND l.enc =
              j.enc_a) OR (l.name = j.name_b AND l.enc = j.enc_b))
            GROUP BY l.psn, j.class, j.name_a, j.enc_a, j.name_b, j.enc_b
            """
    }

    // MARK: Institutions

    func institutionRules() -> [String] {
        let except = anyPrefix("d.code", parameters.togetherExcepted)
        let date = "(DATE '1970-01-01' + CAST(e.begin_day AS INTEGER))"
        let shares: [(String, String)] = [
            ("drug", "charge IN (9, 10, 11)"), ("examination", "charge IN (3, 4)"), ("consumable", "charge = 8"),
            ("treatment", "charge = 5"), ("ct", "charge = 3 AND \(anyPrefix("item", parameters.ctItemPrefixes))"),
            (
                "mri",
                "charge = 3 AND NOT \(anyPrefix("item", parameters.ctItemPrefixes)) AND \(anyPrefix("item", parameters.mriItemPrefixes))"
            ),
        ]
        let indicators = shares.map { variant, condition in
            indicator(
                rule(.indicator, variant), isMoney: true,
                "SELECT inst, sum(CASE WHEN \(condition) THEN amt ELSE 0 END) AS num, sum(amt) AS den FROM line WHERE inst <> '' GROUP BY inst"
            )
        }
        let again = """
            SELECT inst, count(*) FILTER (WHERE length(main_diag) >= 3 AND last_length >= 3
              AND substr(main_diag, 1, 3) = last_category AND NOT planned
              AND begin_day - last_end BETWEEN 0 AND \(parameters.indicatorReadmissionDays)) AS num, count(*) AS den
            FROM stay WHERE inst <> '' GROUP BY inst
            """
        return [
            """
            \(insert)WITH visit AS (SELECT e.*, year(\(date)) * 12 + month(\(date)) AS month FROM enc e WHERE e.inst <> ''
              AND NOT e.inpatient AND (e.outpatient OR e.pharmacy)
              AND NOT EXISTS (SELECT 1 FROM diag d WHERE d.psn = e.psn AND d.enc = e.id AND \(except))),
            paid AS (SELECT psn, inst, month, sum(fund) AS fund FROM visit GROUP BY psn, inst, month),
            seen AS (SELECT DISTINCT psn, inst, month, CAST(begin_day AS \(dialect.string)) AS day FROM visit),
            listed AS (SELECT psn, inst, month, \(dialect.joined("day", by: "day", separator: ",")) AS days, count(*) AS n
              FROM seen GROUP BY psn, inst, month),
            calendar AS (SELECT k.*, p.fund FROM listed k JOIN paid p ON p.psn = k.psn AND p.inst = k.inst
              AND p.month = k.month),
            crowd AS (SELECT inst, month, days, sum(fund) AS fund FROM calendar WHERE n >= \(parameters.togetherDays)
              GROUP BY inst, month, days HAVING count(*) >= \(parameters.togetherPersons)),
            member AS (SELECT v.*, c.days, c.fund AS paid FROM visit v JOIN calendar k ON k.psn = v.psn AND k.inst =
              v.inst AND k.month = v.month
              JOIN crowd c ON c.inst = k.inst AND c.month = k.month AND c.days = k.days AND k.n >=
                \(parameters.togetherDays)),
            latest AS (SELECT *, row_number() OVER (PARTITION BY inst, month, days ORDER BY begin_at DESC, id DESC) AS
              rn FROM member),
            named AS (SELECT o.inst, o.month, o.days, \(dialect.joined("l.id", by: "l.psn, l.ord")) AS ids
              FROM member o JOIN line l ON l.psn = o.psn AND l.enc = o.id GROUP BY o.inst, o.month, o.days)
            SELECT \(rule(.together)), NULL, m.psn, m.id, m.inst, m.begin_day, i.ids, NULL, coalesce(m.paid, 0), m.paid
            FROM latest m LEFT JOIN named i ON i.inst = m.inst AND i.month = m.month AND i.days = m.days WHERE m.rn = 1
            """
        ] + indicators + [indicator(rule(.indicator, "readmission"), isMoney: false, again)]
    }

    /// Mean + 2 s and Q3 + 1.5 IQR of the tier, multiplied out in integers.
    private func indicator(_ rule: Int, isMoney: Bool, _ sums: String) -> String {
        let excess = halfUp("(n * CAST(x AS \(dialect.wide)) - s) * den", "CAST(n AS \(dialect.wide)) * 1000000")
        func quartile(_ k: Int) -> String {
            // Four times the quantile of type 7: the list is ordered, positions begin at 1.
            """
            CAST(\(dialect.element)(xs, CAST(1 + (n - 1) * \(k) \(dialect.quotient) 4 AS INTEGER)) * 4 + CASE WHEN ((n - 1) * \(k)) % 4 = 0 THEN 0
              ELSE (\(dialect.element)(xs, CAST(2 + (n - 1) * \(k) \(dialect.quotient) 4 AS INTEGER)) - \(dialect.element)(xs, CAST(1 + (n - 1) * \(k) \(dialect.quotient) 4 AS INTEGER))) * (((n - 1)
                * \(k)) % 4) END AS \(dialect.wide))
            """
        }
        return """
            \(insert)WITH own AS (\(sums)),
            tiered AS (SELECT o.*, \(halfUp("CAST(num AS \(dialect.wide)) * 1000000", "den")) AS x, (SELECT max(e.tier) FROM
              enc e WHERE e.inst = o.inst) AS tier FROM own o WHERE den > 0),
            stat AS (SELECT tier, count(*) AS n, CAST(sum(x) AS \(dialect.wide)) AS s, sum(CAST(x AS \(dialect.wide)) * x) AS ss,
              \(dialect.sorted("x")) AS xs FROM tiered WHERE tier >= 0 GROUP BY tier
              HAVING count(*) >= \(parameters.indicatorMinInstitutions)),
            quart AS (SELECT *, \(quartile(1)) AS q1, \(quartile(3)) AS q3 FROM stat)
            SELECT \(rule), NULL, NULL, NULL, t.inst, NULL, NULL, \(isMoney ? "NULL" : "\(excess) * 10000"),
              \(isMoney ? excess : "0"), NULL
            FROM tiered t JOIN quart q ON q.tier = t.tier
            WHERE n * CAST(x AS \(dialect.wide)) - s > 0 AND (n * CAST(x AS \(dialect.wide)) - s) * (n * CAST(x AS \(dialect.wide)) - s) * (n
              - 1) > 4 * CAST(n AS \(dialect.wide)) * (n * ss - s * s)
              AND 8 * x > 2 * q3 + 3 * (q3 - q1)
            """
    }

    // MARK: Agency tables

    func tableRules() -> [String] { knowledge.limits.map(limit) }

    private func limit(_ limit: TableLimit) -> String {
        let scoped = knowledge.rules[limit.rule].onlyInScope ? "l.in_scope AND " : ""
        let (rule, point) = (limit.rule, text(limit.id))
        let (subject, codes) = (limit.subject.uppercased(), limit.list.map { $0.uppercased() })
        func line(_ condition: String) -> String {
            """
            \(insert)SELECT \(rule), \(point), l.psn, l.enc, l.inst, l.day, l.id, l.qty, l.amt, l.own_fund FROM
              charged l
            WHERE \(scoped)l.item = \(text(subject)) AND \(condition)
            """
        }
        let diagnosed = "EXISTS (SELECT 1 FROM diag d WHERE d.psn = l.psn AND d.enc = l.enc"
        let excess = halfUp("CAST(l.total - \(limit.maximum) AS \(dialect.wide)) * l.price", "100000000")
        func summed(_ unit: String) -> String {
            """
            (SELECT l.psn, \(dialect.latest)(l.enc, l.seq) AS enc, \(dialect.latest)(l.inst, l.seq) AS inst, max(l.day) AS day,
              \(dialect.joined("l.id", by: "l.seq")) AS ids, sum(l.qty) AS total,
              sum(l.amt) AS amt, \(dialect.latest)(l.price, l.seq) AS price, \(dialect.latestOrNull)(l.paid, l.seq) AS paid,
                \(dialect.latestOrNull)(l.paid_of, l.seq) AS paid_of
             FROM (SELECT *, row_number() OVER (PARTITION BY psn ORDER BY day, sec, id) AS seq FROM line) l
             WHERE \(scoped)l.item = \(text(subject)) GROUP BY l.psn, \(unit)) l
            """
        }
        switch limit.kind {
        case .indication: return line("\(diagnosed)) AND NOT \(diagnosed) AND \(anyPrefix("d.code", codes)))")
        case .contraindication: return line("\(diagnosed) AND \(anyPrefix("d.code", codes)))")
        case .department: return line("l.dept IS NOT NULL AND l.dept NOT IN \(list(limit.list))")
        case .secondLine:
            return line(
                "NOT EXISTS (SELECT 1 FROM line o WHERE o.psn = l.psn AND o.day <= l.day AND \(anyPrefix("o.item", codes)))"
            )
        case .itemItem:
            return line(
                "NOT EXISTS (SELECT 1 FROM line o WHERE o.psn = l.psn AND o.enc = l.enc AND \(anyPrefix("o.item", codes)))"
            )
        case .dose where limit.unit == .supply: return line("l.days > \(limit.maximum)")
        case .dose:
            let unit = limit.unit == .line ? "l.enc, l.id" : limit.unit == .day ? "l.enc, l.day" : "l.enc"
            return """
                \(insert)SELECT \(rule), \(point), l.psn, l.enc, l.inst, l.day, l.ids, l.total - \(limit.maximum),
                  \(excess), \(fund(excess))
                FROM \(summed(unit)) WHERE l.total > \(limit.maximum)
                """
        case .totalCap:
            return """
                \(insert)SELECT \(rule), \(point), l.psn, l.enc, l.inst, l.day, l.ids, l.total, l.amt -
                  \(limit.maximum), \(fund("l.amt - \(limit.maximum)"))
                FROM \(summed("year(DATE '1970-01-01' + l.day)")) WHERE l.amt > \(limit.maximum)
                """
        case .diagnosisProcedure:
            return perEncounter(
                "\(rule)", point: point,
                where:
                    "e.main_diag LIKE \(text(subject + "%")) AND e.main_oprn IS NOT NULL AND NOT \(anyPrefix("e.main_oprn", codes))"
            )
        case .diagnosisItem:
            return perEncounter(
                "\(rule)", point: point,
                where: """
                    EXISTS (SELECT 1 FROM diag d WHERE d.psn = e.psn AND d.enc = e.id AND d.code LIKE
                      \(text(subject + "%")))
                      AND NOT EXISTS (SELECT 1 FROM line l WHERE l.psn = e.psn AND l.enc = e.id AND
                        \(anyPrefix("l.item", codes)))
                    """)
        }
    }
}
