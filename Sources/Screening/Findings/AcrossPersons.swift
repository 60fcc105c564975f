import Basics
import Foundation

/// Candidates of `together` (聚敛盗刷) of all partitions, by institution, month and days: there may be more of them than
/// memory holds, so they wait in a temporary file, and only one group is looked at at a time.
struct TogetherStore: Sendable {
    private let runs: SortedRuns

    init(folder: String) throws { runs = try SortedRuns(folder: folder, name: "together") }

    func add(_ visits: [TogetherVisits]) throws {
        try runs.add(visits.map { .init(key: TogetherStore.key($0), body: TogetherStore.body($0)) })
    }

    /// Calls `body` with the candidates of each institution, month and set of days, those of a group in order of person.
    func groups(memory: Int, _ body: ([TogetherVisits]) -> Void) throws {
        var group: [TogetherVisits] = []
        try runs.merged(memory: memory) { row in
            let visits = TogetherStore.visits(row.body)
            if let first = group.first, !first.isTogether(with: visits) {
                body(group)
                group.removeAll(keepingCapacity: true)
            }
            group.append(visits)
        }
        if !group.isEmpty { body(group) }
    }

    /// Any order of groups will do, as long as one group's rows follow one another.
    private static func key(_ visits: TogetherVisits) -> [UInt8] {
        var key: [UInt8] = []
        key.append(number: visits.institution)
        key.append(number: visits.month)
        key.append(number: visits.days)
        return key + visits.person
    }

    private static func body(_ visits: TogetherVisits) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(number: visits.institution)
        bytes.append(number: visits.month)
        bytes.append(number: visits.days)
        bytes.append(number: visits.fund)
        bytes.append(number: visits.begin)
        bytes.append(text: visits.person)
        bytes.append(text: visits.encounter)
        bytes.append(text: visits.lines)
        return bytes
    }

    private static func visits(_ bytes: [UInt8]) -> TogetherVisits {
        var reader = ByteReader(bytes)
        let (institution, month, days) = (
            reader.number() as UInt32, reader.number() as Int32, reader.number() as UInt32
        )
        let (fund, begin) = (reader.number() as Int64, reader.number() as Int64)
        return TogetherVisits(
            institution: institution, month: month, days: days, fund: fund, person: reader.text(), begin: begin,
            encounter: reader.text(), lines: reader.text())
    }
}

/// `together` (聚敛盗刷): persons who came to one institution on the same days of a month.
enum TogetherGroups {
    static func findings(_ store: TogetherStore, memory: Int, _ renderer: FindingRenderer) throws -> [FindingRow] {
        let rules = renderer.rules
        guard let rule = rules.ruleOf[.together] else { return [] }
        var rows: [FindingRow] = []
        try store.groups(memory: memory) { group in
            if group.count >= rules.parameters.togetherPersons { rows.append(row(group, rule, renderer)) }
        }
        return rows
    }

    private static func row(_ group: [TogetherVisits], _ rule: Int, _ renderer: FindingRenderer) -> FindingRow {
        let key = group[0]
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
        if sums.withoutInstitution > 0 { undecided.add(rule, .institutionMissing, sums.withoutInstitution) }
        for tier in Int8(0)...3 {
            // Number 0 is no institution: its sums are those of encounters that name none.
            let values = sums.tiers.indices.dropFirst().filter { sums.tiers[$0] == tier }.compactMap(value)
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
