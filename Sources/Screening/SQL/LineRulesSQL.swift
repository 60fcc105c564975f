import Basics

/// Kinds that judge a line by itself, and kinds that judge an item within a day, encounter or span.
extension ScreeningSQL {
    /// One finding a line.
    private func perLine(_ rule: String, point: String, from: String, where condition: String) -> String {
        """
        \(insert)SELECT \(rule), \(point), l.psn, l.enc, l.inst, l.day, l.id, l.qty, l.amt, l.own_fund
        FROM charged l JOIN enc e ON e.psn = l.psn AND e.id = l.enc \(from) WHERE \(condition)
        """
    }

    private func perCheck(_ kind: String, _ condition: String) -> String {
        perLine(
            "c.rule", point: "c.point", from: "JOIN chk c ON c.item = l.item AND c.kind = '\(kind)'",
            where: "(NOT c.only_scope OR l.in_scope) AND \(condition)")
    }

    /// Completed months from the birth to the line's day.
    private var months: String {
        """
        ((year(DATE '1970-01-01' + l.day) - year(DATE '1970-01-01' + CAST(e.birth AS INTEGER))) * 12
         + month(DATE '1970-01-01' + l.day) - month(DATE '1970-01-01' + CAST(e.birth AS INTEGER))
         - CASE WHEN day(DATE '1970-01-01' + l.day) < least(day(DATE '1970-01-01' + CAST(e.birth AS INTEGER)),
           day(last_day(DATE '1970-01-01' + l.day))) THEN 1 ELSE 0 END)
        """
    }

    /// 限法定就业年龄: below the least age, or at or above the statutory age of retirement of that day.
    private var working: String {
        let base = "CASE WHEN e.sex = 1 THEN r.male ELSE r.female END"
        let most = "CASE WHEN e.sex = 1 THEN r.male_most ELSE r.female_most END"
        let date = "(DATE '1970-01-01' + l.day)"
        let since = "greatest(0, year(\(date)) * 12 + month(\(date)) - 1 - r.from_month)"
        let later = "least(\(base) + \(since) \(dialect.quotient) greatest(1, r.every) + 1, \(most))"
        let retired = "CASE WHEN r.every = 0 THEN \(base) ELSE \(later) END"
        let from =
            "JOIN chk c ON c.item = l.item AND c.kind = 'working' "
            + "JOIN retire r ON l.day >= r.from_day AND l.day < r.to_day"
        let known = "NOT e.newborn AND e.birth IS NOT NULL AND e.birth <= l.day AND e.sex <> 0"
        let outside = "(\(months) < \(parameters.workingAgeFrom * 12) OR \(months) >= \(retired))"
        return perLine(
            "c.rule", point: "c.point", from: from,
            where: "(NOT c.only_scope OR l.in_scope) AND \(known) AND \(outside)")
    }

    func lineRules() -> [String] {
        let sexKnown = "e.sex <> 0 AND NOT e.newborn AND NOT e.sex_undecided"
        let ageKnown = "NOT e.newborn AND e.birth IS NOT NULL AND e.birth <= l.day"
        let settingKnown =
            "(e.inpatient OR e.outpatient OR e.emergency OR e.pharmacy OR e.internet OR e.maternity OR e.emergency_admission)"
        // A birthday on 29 February falls on the 28th in common years: completed months say the same.
        let age = "(\(months) \(dialect.quotient) 12)"
        let line = rule(.record, "line")
        var statements = [
            perCheck("sex", "\(sexKnown) AND e.sex <> c.a"),
            perCheck(
                "age",
                "\(ageKnown) AND (\(age) < coalesce(c.a, 0) OR \(age) > coalesce(c.b, 999) OR \(age) >= coalesce(c.c, 999))"
            ),
            perCheck("newborn", "\(ageKnown) AND l.day - e.birth > \(parameters.newbornDays)"),
            working,
            perCheck("work_injury", "TRUE"),
            perCheck(
                "maternity", "e.insurance IS NOT NULL AND e.insurance <> '510' AND \(settingKnown) AND NOT e.maternity"),
            perCheck("tier", "e.tier >= 0 AND e.tier < c.a"),
            perCheck("inpatient", "\(settingKnown) AND NOT e.inpatient"),
            perCheck("emergency", "\(settingKnown) AND NOT e.inpatient AND NOT e.emergency"),
            perCheck("internet", "e.internet"),
            perCheck("herbal_none", "TRUE"),
            perLine("\(line)", point: "NULL", from: "", where: "l.amount_wrong"),
            perLine("\(line)", point: "NULL", from: "", where: "l.item IS NULL"),
            perLine("\(line)", point: "NULL", from: "", where: "l.code_impossible"),
            perLine("\(rule(.lateUpload))", point: "NULL", from: "", where: "l.late"),
        ]
        if knowledge.capsArea != nil {
            let excess = halfUp("(l.price - l.most) * CAST(l.qty AS \(dialect.wide))", "100000000")
            statements.append(
                """
                \(insert)SELECT \(rule(.cap)), NULL, l.psn, l.enc, l.inst, l.day, l.id, l.qty, \(excess),
                  \(fund(excess))
                FROM (SELECT l.*, CASE e.cap_tier WHEN 1 THEN k.tier1 WHEN 2 THEN k.tier2 WHEN 3 THEN k.tier3 END AS
                  most
                  FROM charged l JOIN enc e ON e.psn = l.psn AND e.id = l.enc
                  JOIN cap k ON k.item = l.item AND l.day >= k.from_day AND l.day <= k.to_day) l
                WHERE l.price > l.most
                """)
        }
        return statements
    }

    func unitRules() -> [String] { [quantity, period, course, discount] + pairs }

    private var quantity: String {
        let excess = halfUp("CAST(l.total - l.a AS \(dialect.wide)) * l.price", "100000000")
        return """
            \(insert)SELECT l.rule, l.point, l.psn, l.enc, l.inst, l.day, l.ids, l.total - l.a, \(excess),
              \(fund(excess)) FROM (
              SELECT c.rule, c.point, c.a, l.psn, l.enc, min(l.inst) AS inst, l.day, \(ids) AS ids, sum(l.qty) AS total,
                \(dialect.latest)(l.price, l.ord) AS price, \(dialect.latestOrNull)(l.paid, l.ord) AS paid, \(dialect.latestOrNull)(l.paid_of, l.ord)
                  AS paid_of
              FROM line l JOIN chk c ON c.item = l.item AND c.kind = 'quantity'
              GROUP BY c.rule, c.point, c.a, l.psn, l.enc, l.item, l.day) l
            WHERE l.total > l.a
            """
    }

    /// Days are islands of offence: a gap of the period or more begins a new finding.
    private var period: String {
        let part = halfUp("CAST(least(l.q, l.s - l.most) AS \(dialect.wide)) * l.price", "100000000")
        return """
            \(insert)WITH unit AS (
              SELECT c.rule, c.point, c.a AS most, c.b AS days, l.psn, l.item, l.day, sum(l.qty) AS q,
                \(dialect.latest)(l.price, l.seq) AS price,
                \(dialect.latestOrNull)(l.paid, l.seq) AS paid, \(dialect.latestOrNull)(l.paid_of, l.seq) AS paid_of, max(l.seq) AS seq,
                \(dialect.joined("l.id", by: "l.seq")) AS ids, \(dialect.latest)(l.enc, l.seq) AS enc, \(dialect.latest)(l.inst, l.seq) AS
                  inst
              FROM (SELECT *, row_number() OVER (PARTITION BY psn ORDER BY day, sec, id) AS seq FROM line) l
              JOIN chk c ON c.item = l.item AND c.kind = 'period' GROUP BY c.rule, c.point, c.a, c.b, l.psn, l.item,
                l.day),
            reach AS (SELECT u.point, u.psn, u.item, u.day, sum(o.q) AS s FROM unit u
              JOIN unit o ON o.psn = u.psn AND o.item = u.item AND o.point = u.point
                AND o.day > u.day - u.days AND o.day <= u.day GROUP BY u.point, u.psn, u.item, u.day),
            summed AS (SELECT u.*, r.s FROM unit u
              JOIN reach r ON r.point = u.point AND r.psn = u.psn AND r.item = u.item AND r.day = u.day),
            offence AS (SELECT l.*, \(part) AS part FROM summed l WHERE l.s > l.most),
            marked AS (SELECT l.*, \(fund("l.part")) AS part_fund,
              CASE WHEN l.day - lag(l.day) OVER (PARTITION BY l.psn, l.item, l.point ORDER BY l.day) < l.days THEN 0
                ELSE 1 END AS fresh FROM offence l),
            island AS (SELECT *, sum(fresh) OVER (PARTITION BY psn, item, point ORDER BY day) AS n FROM marked)
            SELECT rule, point, psn, \(dialect.latest)(enc, seq), \(dialect.latest)(inst, seq), max(day), \(dialect.joined("ids", by: "seq")), sum(least(q, s - most)), sum(part), sum(part_fund)
            FROM island GROUP BY rule, point, psn, item, n
            """
    }

    private var course: String {
        """
        \(insert)WITH seen AS (
          SELECT c.rule, c.point, c.a, c.b, c.c, l.*, e.inpatient, CASE WHEN e.inpatient THEN l.enc ELSE '' END AS unit
          FROM (SELECT *, row_number() OVER (PARTITION BY psn ORDER BY day, sec, id) AS seq FROM charged) l
          JOIN enc e ON e.psn = l.psn AND e.id = l.enc JOIN chk c ON c.item = l.item AND c.kind = 'course'
          WHERE NOT c.only_scope OR l.in_scope),
        days AS (SELECT DISTINCT point, psn, item, unit, inpatient, day FROM seen),
        stepped AS (SELECT *, lag(day) OVER (PARTITION BY point, psn, item, unit ORDER BY day) AS before FROM days),
        chained AS (SELECT *, sum(CASE WHEN before IS NULL OR (NOT inpatient AND day - before >
          \(parameters.courseGapDays)) THEN 1 ELSE 0 END)
            OVER (PARTITION BY point, psn, item, unit ORDER BY day) AS chain FROM stepped),
        numbered AS (SELECT *, row_number() OVER (PARTITION BY point, psn, item, unit, chain ORDER BY day) AS n,
            min(day) OVER (PARTITION BY point, psn, item, unit, chain) AS first_day FROM chained)
        SELECT l.rule, l.point, l.psn, \(dialect.latest)(l.enc, l.seq), \(dialect.latest)(l.inst, l.seq), max(l.day), \(dialect.joined("l.id", by: "l.seq")),
          sum(l.qty), sum(l.amt), sum(l.own_fund)
        FROM seen l JOIN numbered d ON d.point = l.point AND d.psn = l.psn AND d.item = l.item AND d.unit = l.unit AND
          d.day = l.day
        WHERE d.n > l.a OR l.day - d.first_day + 1 > l.b OR (d.n > 1 AND l.day - d.before < l.c)
        GROUP BY l.rule, l.point, l.psn, l.item, l.unit, d.chain
        """
    }

    private var discount: String {
        let rate = parameters.discount.partsPerMillion
        let allowed = halfUp("CAST(l.most AS \(dialect.wide)) * l.cnt * \(rate)", "10000000000")
        let excess = "CASE WHEN l.most IS NULL THEN l.amt ELSE l.amt - \(allowed) END"
        return """
            \(insert)WITH op AS (
              SELECT c.grp, substr(l.item, 1, 11) AS code, l.psn, l.enc, min(l.inst) AS inst, l.day, min(c.rule) AS
                rule, min(c.point) AS point,
                \(ids) AS ids, sum(l.qty) AS qty, sum(l.amt) AS amt, CAST((sum(l.qty) + 9999) \(dialect.quotient) 10000 AS BIGINT) AS
                  cnt, sum(l.own_fund) AS own_fund,
                \(dialect.latestOrNull)(l.paid, l.ord) AS paid, \(dialect.latestOrNull)(l.paid_of, l.ord) AS paid_of,
                max(CASE e.cap_tier WHEN 1 THEN k.tier1 WHEN 2 THEN k.tier2 WHEN 3 THEN k.tier3 END) AS most
              FROM charged l JOIN enc e ON e.psn = l.psn AND e.id = l.enc JOIN chk c ON c.item = l.item AND c.kind =
                'surgery'
              LEFT JOIN cap k ON k.item = l.item AND l.day >= k.from_day AND l.day <= k.to_day
              GROUP BY c.grp, substr(l.item, 1, 11), l.psn, l.enc, l.day),
            beaten AS (SELECT o.* FROM op o WHERE EXISTS (SELECT 1 FROM op d WHERE d.grp = o.grp AND d.psn = o.psn AND
              d.enc = o.enc AND d.day = o.day
              AND (d.amt * o.cnt > o.amt * d.cnt OR (d.amt * o.cnt = o.amt * d.cnt AND d.code < o.code))))
            SELECT l.rule, l.point, l.psn, l.enc, l.inst, l.day, l.ids, l.qty, \(excess),
              CASE WHEN l.most IS NULL THEN l.own_fund ELSE \(fund(excess)) END
            FROM beaten l WHERE l.most IS NULL OR l.amt > \(allowed)
            """
    }

    private var pairs: [String] {
        let grouped = "sum(l.qty), sum(l.amt), sum(l.own_fund)"
        let at = "(CAST(%.day AS BIGINT) * 86400 + %.sec)"
        func seconds(_ name: String) -> String { at.split(separator: "%").joined(separator: name) }
        func hours(_ scope: PairScope, _ test: String) -> String {
            """
            \(insert)SELECT p.rule, p.point, l.psn, l.enc, min(l.inst), max(l.day), \(ids), \(grouped)
            FROM charged l JOIN pair p ON p.item_b = l.item AND p.scope = '\(scope.rawValue)'
            WHERE l.sec >= 0 AND EXISTS (SELECT 1 FROM line a WHERE a.psn = l.psn AND a.enc = l.enc AND a.item =
              p.item_a AND a.sec >= 0
              AND abs(\(seconds("a")) - \(seconds("l"))) \(test))
            GROUP BY p.rule, p.point, l.psn, l.enc
            """
        }
        return [
            """
            \(insert)SELECT p.rule, p.point, l.psn, l.enc, min(l.inst), l.day, \(ids), \(grouped)
            FROM charged l JOIN pair p ON p.item_b = l.item AND p.scope = 'day'
            WHERE EXISTS (SELECT 1 FROM line a WHERE a.psn = l.psn AND a.enc = l.enc AND a.item = p.item_a AND a.day =
              l.day)
            GROUP BY p.rule, p.point, l.psn, l.enc, l.day
            """,
            """
            \(insert)SELECT p.rule, p.point, l.psn, l.enc, min(l.inst), max(l.day), \(ids), \(grouped)
            FROM charged l JOIN pair p ON p.item_b = l.item AND p.scope = 'encounter'
            WHERE EXISTS (SELECT 1 FROM line a WHERE a.psn = l.psn AND a.enc = l.enc AND a.item = p.item_a)
            GROUP BY p.rule, p.point, l.psn, l.enc
            """,
            hours(.sixHours, "<= 21600"), hours(.hour, "< 3600"),
        ]
    }
}
