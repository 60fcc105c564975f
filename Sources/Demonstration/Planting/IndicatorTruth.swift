import Basics
import Control
import Storage

/// Which institutions stand out (统计指标的真值), computed from the books by textbook statistics, apart from the
/// screening: mean + 2 s and Q3 + 1.5 IQR of each tier.
struct IndicatorTruth {
    struct Outlier {
        let rule: String
        let institution: String
    }

    private struct Sums {
        var tier: Int64 = 0
        var total = 0.0
        /// By indicator.
        var parts: [String: Double] = [:]
        var stays = 0
        var readmissions = 0
    }

    private struct Stay {
        let person: String
        let institution: String
        let begin: Moment
        let end: Day?
        let diagnosis: String
    }

    private static let fewestInstitutions = 6
    private static let readmissionDays = 31
    private static let planned = ["Z51", "Z49", "Z08", "Z09", "Z47", "Z48"]
    private static let ruleOfReadmission = "ZB10000205008000"

    private var sums: [String: Sums] = [:]
    private var stays: [Stay] = []

    /// The county's own sums, out of its books.
    init(_ tx: any Transaction, area: AreaCode) throws {
        var codes: [Int64: (code: String, tier: Int64)] = [:]
        try tx.forEach(Self.providers, [Value(area)]) { row in
            codes[try row.int(0)] = (try row.text(1), try row.int(2))
            return true
        }
        try tx.forEach(Self.charges, [Value(area)]) { row in
            let provider = codes[try row.int(0)] ?? ("", 0)
            add(
                provider.code, tier: provider.tier, charge: try row.int(1), item: try row.text(2),
                fen: try row.int(3))
            return true
        }
        try tx.forEach(Self.inpatients, [Value(area)]) { row in
            stays.append(
                Stay(
                    person: try row.text(1), institution: codes[try row.int(0)]?.code ?? "", begin: try row.moment(2),
                    end: row.isNull(3) ? nil : try row.moment(3).day, diagnosis: try row.text(4)))
            return true
        }
    }

    private static let providers: SQL = """
        SELECT v.id, v.code, f.tier FROM provider v
        JOIN provider_profile f ON f.area = v.area AND f.provider = v.id
        WHERE v.area = ? ORDER BY v.id, f.first_day, f.revision
        """
    private static let charges: SQL = """
        SELECT e.provider_id, l.charge_type, substr(l.item_code, 1, 6), CAST(sum(l.amount_fen) AS BIGINT)
        FROM fee_line l
        JOIN encounter e ON e.area = l.area AND e.id = l.encounter_id
        JOIN encounter_state t ON t.area = e.area AND t.encounter_id = e.id AND t.status < 5
        LEFT JOIN fee_withdrawal w ON w.area = l.area AND w.encounter_id = l.encounter_id AND w.line_no = l.line_no
        WHERE l.area = ? AND w.line_no IS NULL
        GROUP BY e.provider_id, l.charge_type, substr(l.item_code, 1, 6)
        """
    private static let inpatients: SQL = """
        SELECT e.provider_id, CAST(e.person_id AS TEXT), COALESCE(a.begun_at, e.begun_at), t.discharged_at,
            COALESCE(a.diagnosis_code, e.diagnosis_code)
        FROM encounter e
        JOIN encounter_state t ON t.area = e.area AND t.encounter_id = e.id AND t.status < 5
        LEFT JOIN encounter_act a ON a.area = e.area AND a.encounter_id = e.id AND a.no = t.information_act_no
        WHERE e.area = ? AND e.setting = 2
        """

    mutating func add(_ visit: PlantedVisit) {
        for line in visit.lines {
            add(
                visit.institution.code, tier: visit.institution.tier.rawValue, charge: line.item.charge.rawValue,
                item: line.item.code, fen: line.amount.fen)
        }
        guard visit.care.isInpatient else { return }
        stays.append(
            Stay(
                person: visit.person.number, institution: visit.institution.code, begin: visit.begin,
                end: visit.end?.day, diagnosis: visit.diagnosis))
    }

    private mutating func add(_ institution: String, tier: Int64, charge: Int64, item: String, fen: Int64) {
        var own = sums[institution] ?? Sums()
        own.tier = tier
        own.total += Double(fen)
        for rule in Self.indicators(of: charge, item: item) { own.parts[rule, default: 0] += Double(fen) }
        sums[institution] = own
    }

    /// The indicators whose numerator a charge belongs to.
    private static func indicators(of charge: Int64, item: String) -> [String] {
        switch ChargeType(rawValue: charge) {
        case .westernDrug, .herbalPiece, .chinesePatentDrug: ["ZB10000205001000"]
        case .laboratory: ["ZB10000205002000"]
        case .examination:
            ["ZB10000205002000"]
                + (item.hasPrefix("002103")
                    ? ["ZB10000205005000"] : item.hasPrefix("002102") ? ["ZB10000205006000"] : [])
        case .material: ["ZB10000205003000"]
        case .treatment: ["ZB10000205004000"]
        default: []
        }
    }

    // MARK: - Outliers

    func outliers() -> [Outlier] {
        let withStays = countingReadmissions()
        var found: [Outlier] = []
        for tier in Set(sums.values.map(\.tier)).sorted() {
            let own = withStays.filter { $0.value.tier == tier }.sorted { $0.key < $1.key }
            for rule in (1...6).map({ "ZB1000020500\($0)000" }) {
                let shares = own.filter { $0.value.total > 0 }.map {
                    ($0.key, ($0.value.parts[rule] ?? 0) / $0.value.total)
                }
                found += Self.standingOut(shares).map { Outlier(rule: rule, institution: $0) }
            }
            let rates = own.filter { $0.value.stays > 0 }.map {
                ($0.key, Double($0.value.readmissions) / Double($0.value.stays))
            }
            found += Self.standingOut(rates).map { Outlier(rule: Self.ruleOfReadmission, institution: $0) }
        }
        return found
    }

    private func countingReadmissions() -> [String: Sums] {
        var result = sums
        let groups = Dictionary(grouping: stays) { "\($0.institution) \($0.person)" }
        for group in groups.values {
            let ordered = group.sorted { $0.begin < $1.begin }
            for (index, stay) in ordered.enumerated() {
                result[stay.institution, default: Sums()].stays += 1
                guard index + 1 < ordered.count, let end = stay.end else { continue }
                let next = ordered[index + 1]
                let apart = next.begin.day - end
                let isSame = next.diagnosis.prefix(3) == stay.diagnosis.prefix(3)
                let isPlanned = Self.planned.contains { next.diagnosis.hasPrefix($0) }
                if isSame, !isPlanned, (0...Self.readmissionDays).contains(apart) {
                    result[stay.institution, default: Sums()].readmissions += 1
                }
            }
        }
        return result
    }

    private static func standingOut(_ values: [(name: String, value: Double)]) -> [String] {
        guard values.count >= fewestInstitutions else { return [] }
        let count = Double(values.count)
        let mean = values.reduce(0) { $0 + $1.value } / count
        let squares = values.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
        let deviation = (squares / (count - 1)).squareRoot()
        let sorted = values.map(\.value).sorted()
        func quantile(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1)
            let below = Int(place)
            guard below + 1 < sorted.count else { return sorted[below] }
            return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
        }
        let fence = quantile(0.75) + 1.5 * (quantile(0.75) - quantile(0.25))
        // Screening counts in parts per million; what lies nearer to a bound than that does not stand out.
        let step = 0.000_001
        return values.filter { $0.value > mean + 2 * deviation + step && $0.value > fence + step }.map(\.name)
    }
}

extension Violations {
    /// Hospitals of the second tier alike in everything, and for each share one that is not.
    mutating func plantPeers(_ count: Int) {
        let ordinary = [PlantedItem.bloodCount, .infusion]
        let scan = PlantedItem("002103000040000", "CT平扫", 200, .examination)
        let resonance = PlantedItem("002102000030000", "磁共振平扫", 500, .examination)
        let material = PlantedItem("C9901010000100100001", "输液器(演示)", 260, .material)
        let treatment = PlantedItem("003400000000000", "治疗(演示)", 300, .treatment)
        let odd = [scan, resonance, material, treatment]
        for number in 0..<(count + odd.count) {
            let isOdd = number >= count
            var visit = outpatient(person(), day: 1, at: .peer(number))
            for item in isOdd ? [odd[number - count]] : ordinary { visit.charge(item) }
            add(visit)
        }
    }
}
