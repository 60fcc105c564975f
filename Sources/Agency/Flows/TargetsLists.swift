import Basics
import Enrolment
import Policy
import Settlement
import Sheets
import Storage

/// What a list of people says of the register, town by town (应保未保比对).
public struct PopulationReport: Sendable {
    public var list: PopulationList
    public var on: Day
    /// Everybody to be looked at: not insured, or not told apart.
    public var findings: [PopulationFinding]
    /// By town: how many were compared, insured, missing, to be told apart.
    public var towns: [(town: Town, compared: Int, insured: Int, missing: Int, doubtful: Int)]

    public var missing: [PopulationFinding] { findings.filter(\.isMissing) }

    public var summary: Sheet {
        Sheet(
            name: "\(list.name)应保未保汇总", columns: ["乡镇代码", "乡镇", "名单人数", "已参保", "未参保", "待核对", "参保率"],
            rows: towns.map { row in
                let share =
                    row.compared == 0
                    ? ""
                    : Rate(
                        partsPerMillion: Rounding.halfUp(Int64(row.insured), times: 10_000, over: Int64(row.compared))
                            * 100
                    ).description
                return [
                    .text(row.town.code), .text(row.town.name), .count(Int64(row.compared)), .count(Int64(row.insured)),
                    .count(Int64(row.missing)), .count(Int64(row.doubtful)), .text(share),
                ]
            })
    }

    /// The people of one town, or of all.
    public func sheet(town: String? = nil) -> Sheet {
        let names = Dictionary(towns.map { ($0.town.code, $0.town.name) }, uniquingKeysWith: { first, _ in first })
        return Sheet(
            name: "\(list.name)应保未保名单", columns: ["乡镇", "姓名", "证件号码", "出生日期", "救助类别", "联系电话", "比对结果", "人员编号"],
            rows: findings.filter { town == nil || $0.given.town == town }.map { finding in
                [
                    .text(names[finding.given.town] ?? finding.given.town), .text(finding.given.name),
                    .text(finding.given.paper.number), .text("\(finding.given.birth)"),
                    .text(finding.given.assistance?.name ?? ""), .text(finding.given.phone), .text(finding.word),
                    .text(finding.person.map(String.init(describing:)) ?? ""),
                ]
            })
    }
}

/// Somebody whose own payments reach the threshold (个人负担较重人员).
public struct Burden: Hashable, Sendable {
    public var person: PersonRecord
    /// The group whose threshold it is.
    public var assistance: AssistanceGroup?
    /// 个人负担, under all numbers of the person
    public var own: Money
    public var threshold: Money
    /// 依据
    public var clause: String
}

extension Agency {
    // MARK: - 应保未保

    /// Compares a whole list with the register as it is on a day.
    public static func populationReport(
        _ tx: any Transaction, area: AreaCode, list id: ID<PopulationList>, on day: Day
    ) throws -> PopulationReport {
        guard let list = try Enrolment.populationList(tx, area: area, id) else {
            throw Problem("enrolment.population.unknown", field: "list", "没有名单 \(id),请刷新后重新选择")
        }
        var counts: [String: (compared: Int, insured: Int, missing: Int, doubtful: Int)] = [:]
        var findings: [PopulationFinding] = []
        var last: Int64 = 0
        while true {
            let page = try compare(tx, area: area, list: id, on: day, after: last, limit: 5000)
            guard let end = page.last else { break }
            for finding in page {
                var count = counts[finding.given.town] ?? (0, 0, 0, 0)
                count.compared += 1
                if case .insured = finding.state { count.insured += 1 }
                if finding.isDoubtful { count.doubtful += 1 }
                if finding.isMissing { count.missing += 1 }
                counts[finding.given.town] = count
            }
            findings += page.filter { $0.isDoubtful || $0.isMissing }
            last = end.line
        }
        let towns = try Enrolment.towns(tx, area: area).compactMap { town in
            counts[town.code].map { (town, $0.compared, $0.insured, $0.missing, $0.doubtful) }
        }
        return PopulationReport(list: list, on: day, findings: findings, towns: towns)
    }

    // MARK: - 防返贫

    /// Those of some people, by their numbers, whose own payments of the months up to this one reach their group's
    /// threshold. What was paid under a merged number counts for the one that counts.
    static func burdens(
        _ tx: any Transaction, area: AreaCode, month: Month, _ terms: BurdenTerms, of numbers: ClosedRange<Int64>
    ) throws -> [Burden] {
        let months = (month + -(terms.months - 1)).first...month.last
        var own: [ID<Person>: Money] = [:]
        for payment in try SettlementDesk.ownPayments(
            area, from: months.lowerBound, through: months.upperBound, reaching: terms.least, of: numbers, tx)
        {
            own[payment.person] = payment.own
        }
        let former = try Enrolment.formerNumbers(tx, area: area, of: numbers.map { ID($0) })
        for (person, others) in former {
            own[person] = try ([person] + others).map { try ownPayment(tx, area: area, of: $0, months) }.total()
        }
        let people = try Enrolment.people(tx, area: area, own.keys)
        let groups = try Enrolment.assistance(tx, area: area, of: own.keys.sorted(), on: month.last)
        return own.sorted { $0.key < $1.key }.compactMap { id, amount in
            guard let person = people[id], person.died == nil, person.mergedInto == nil else { return nil }
            let (group, threshold) = terms.threshold(groups[id] ?? [])
            guard amount >= threshold.value else { return nil }
            return Burden(
                person: person, assistance: group, own: amount, threshold: threshold.value, clause: threshold.clause)
        }
    }

    private static func ownPayment(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ days: ClosedRange<Day>
    ) throws -> Money {
        try SettlementDesk.ownPayments(
            area, from: days.lowerBound, through: days.upperBound, reaching: Money(fen: .min),
            of: person.raw...person.raw, tx
        ).map(\.own).total()
    }

    /// A list handed to a town, for export.
    public static func sheet(_ tx: any Transaction, area: AreaCode, of handOver: HandOver) throws -> Sheet {
        let town = try Enrolment.towns(tx, area: area).first { $0.code == handOver.town }?.name ?? "未划分"
        return Sheet(
            name: "\(handOver.month)\(handOver.kind.name)移交单\(town)",
            columns: ["乡镇", "姓名", "证件号码", "人员编号", "个人负担", "监测标准", "说明"],
            rows: try Enrolment.lines(tx, area: area, of: handOver).map { line in
                [
                    .text(town), .text(line.name), .text(line.paper.number),
                    .text(line.person.map(String.init(describing:)) ?? ""), .money(line.amount), .money(line.threshold),
                    .text(line.ground),
                ]
            })
    }
}
