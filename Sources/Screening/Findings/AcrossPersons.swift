import Basics
import Foundation

/// `together` (聚敛盗刷): persons who came to one institution on the same days of a month.
enum TogetherGroups {
    private struct Key: Hashable {
        var institution: UInt32
        var month: Int32
        var days: UInt32
    }

    static func findings(_ visits: [TogetherVisits], _ renderer: FindingRenderer) -> [FindingRow] {
        let rules = renderer.rules
        guard let rule = rules.ruleOf[.together] else { return [] }
        return Dictionary(grouping: visits) { Key(institution: $0.institution, month: $0.month, days: $0.days) }
            .filter { $0.value.count >= rules.parameters.togetherPersons }
            .map { row($0, $1.sorted { $0.person.lexicographicallyPrecedes($1.person) }, rule, renderer) }
    }

    private static func row(_ key: Key, _ group: [TogetherVisits], _ rule: Int, _ renderer: FindingRenderer)
        -> FindingRow
    {
        let latest = group.max { a, b in
            a.begin != b.begin ? a.begin < b.begin : a.encounter.lexicographicallyPrecedes(b.encounter)
        }!
        let paid = group.filter { $0.fund != .min }
        let fund: Int64 = paid.isEmpty ? .min : paid.reduce(0) { $0 + $1.fund }
        let ids = Array(group.map(\.lines).filter { !$0.isEmpty }.joined(separator: [UInt8(ascii: ";")]))
        let days = (1...31).filter { key.days & 1 << UInt32($0) != 0 }
        let evidence =
            "\(Month(number: key.month).description)有\(group.count)人就诊日子完全相同:"
            + "\(days.map(String.init).joined(separator: "、"))日"
        return renderer.row(
            rule: Int32(rule), point: -1, person: latest.person[...], encounter: latest.encounter[...],
            institution: key.institution, day: Moment(seconds: latest.begin).day.number, ids: ids, quantity: .min,
            amount: fund == .min ? 0 : fund, fund: fund, evidence: Array(evidence.utf8)[...], doctor: 0,
            lines: ids.isEmpty ? 0 : ids.count { $0 == UInt8(ascii: ";") } + 1)
    }
}

/// `indicator` (统计指标): the outliers of each tier.
enum IndicatorFindings {
    static func rows(
        _ sums: InstitutionSums, _ renderer: FindingRenderer, _ undecided: inout UndecidedCounts, hasCharges: Bool
    ) -> [FindingRow] {
        let ruleOf = renderer.rules.ruleOf
        var rows: [FindingRow] = []
        for share in InstitutionSums.Share.allCases {
            guard let rule = ruleOf[.indicator, share.variant] else { continue }
            guard hasCharges else {
                undecided.add(rule, .chargeMissing)
                continue
            }
            if sums.unknownCharges > 0 { undecided.add(rule, .chargeMissing, sums.unknownCharges) }
            let width = InstitutionSums.Share.allCases.count
            rows += byTier(sums, rule, renderer, &undecided) { institution in
                Indicator.Value(
                    institution: UInt32(institution), numerator: sums.shares[institution * width + share.rawValue],
                    denominator: sums.totals[institution])
            } row: { outlier in
                row(outlier, rule, renderer, name: share.chinese, isMoney: true)
            }
        }
        if let rule = ruleOf[.indicator, "readmission"] {
            rows += byTier(sums, rule, renderer, &undecided) { institution in
                Indicator.Value(
                    institution: UInt32(institution), numerator: sums.readmissions[institution],
                    denominator: sums.stays[institution])
            } row: { outlier in
                row(outlier, rule, renderer, name: "非计划再入院率", isMoney: false)
            }
        }
        return rows
    }

    private static func byTier(
        _ sums: InstitutionSums, _ rule: Int, _ renderer: FindingRenderer, _ undecided: inout UndecidedCounts,
        value: (Int) -> Indicator.Value?, row: (Indicator.Outlier) -> FindingRow
    ) -> [FindingRow] {
        var rows: [FindingRow] = []
        for tier in Int8(0)...3 {
            let values = sums.tiers.indices.filter { sums.tiers[$0] == tier }.compactMap(value)
            if values.isEmpty { continue }
            if values.count < renderer.rules.parameters.indicatorMinInstitutions {
                undecided.add(rule, .fewInstitutions, values.count)
                continue
            }
            rows += Indicator.outliers(values).map(row)
        }
        return rows
    }

    private static func row(
        _ outlier: Indicator.Outlier, _ rule: Int, _ renderer: FindingRenderer, name: String, isMoney: Bool
    ) -> FindingRow {
        let evidence =
            "\(name)\(Figures.percent(outlier.value.partsPerMillion)),"
            + "同级\(outlier.count)家平均\(Figures.percent(outlier.meanPartsPerMillion)),"
            + "高于均值加2倍标准差且高于上四分位加1.5倍四分位距"
        return renderer.row(
            rule: Int32(rule), point: -1, person: [], encounter: [], institution: outlier.value.institution, day: .min,
            ids: [], quantity: isMoney ? .min : outlier.excess * 10_000, amount: isMoney ? outlier.excess : 0,
            fund: .min,
            evidence: Array(evidence.utf8)[...], doctor: 0, lines: 0)
    }
}
