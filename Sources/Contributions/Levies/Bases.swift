import Basics
import Control
import Policy
import Storage

/// One person's wage as his employer declares it (缴费工资申报行).
public struct WageLine: Hashable, Sendable {
    public var person: PersonReference
    /// For reading only: the file's name for the person, so that a wrong number is seen.
    public var name: String
    /// 上年度月平均工资
    public var wage: Money
    /// From which month; the first of the base year when blank.
    public var from: Month?
}

extension Contributions {
    /// The columns of a declaration of wages (缴费工资申报表).
    public static let wageColumns = ["证件类型", "证件号码", "姓名", "月平均工资", "起始月"]

    /// Reads a declaration of wages: every wrong cell of the sheet is named.
    public static func readWages(_ text: String, file: String) throws(Problems) -> ImportSheet<WageLine> {
        var seen: [PersonReference: Int] = [:]
        return try ImportSheet(text, file: file, required: ["证件号码", "姓名", "月平均工资"]) {
            (fields: inout FieldReader) -> WageLine? in
            let number = fields.text("证件号码", upTo: 50)
            let name = fields.text("姓名", upTo: 50)
            let wage = fields.money("月平均工资")
            let kind = Int64(fields.row["证件类型"].isEmpty ? "01" : fields.row["证件类型"])
            if kind == nil { fields.reject("import.code", "证件类型", "证件类型应当是数字代码,居民身份证请填 01") }
            if let wage, wage <= .zero {
                fields.reject(
                    "contributions.wage.notPositive", "月平均工资",
                    wage.isNegative ? "工资 \(wage) 是负数,请填实际发放的月平均工资" : "工资为零,请填实际发放的月平均工资;当月停薪的请办理停保")
            }
            if let wage, wage > wageMax {
                fields.reject("contributions.wage.tooLarge", "月平均工资", "工资 \(wage) 超过一千万元,单位是元,请核对小数点")
            }
            let from = readMonth(&fields, "起始月")
            guard let number, let name, let wage, let kind else { return nil }
            if kind == 1 { checkNationalID(&fields, number) }
            let person = PersonReference(paperKind: kind, paperNumber: number.uppercased())
            if let earlier = seen.updateValue(fields.row.line, forKey: person) {
                fields.reject("contributions.wage.doubled", "证件号码", "这个人在第 \(earlier) 行已经申报过,请只留一行")
            }
            return WageLine(person: person, name: name, wage: wage, from: from)
        }
    }

    private static let wageMax = Money(yuan: 10_000_000)

    static func readMonth(_ fields: inout FieldReader, _ column: String) -> Month? {
        let text = fields.row[column]
        guard !text.isEmpty else { return nil }
        if let month = Month(text) { return month }
        fields.reject("import.month", column, "“\(text)”不是月份,请写成 2026-03")
        return nil
    }

    static func checkNationalID(_ fields: inout FieldReader, _ number: String) {
        do { _ = try NationalID(number) } catch {
            switch error {
            case .length: fields.reject("contributions.idNumber", "证件号码", "身份证号应为 18 位,请核对")
            case .characters: fields.reject("contributions.idNumber", "证件号码", "身份证号只能是数字,末位可为 X,请核对")
            case .birthDate: fields.reject("contributions.idNumber", "证件号码", "身份证号里的出生日期不存在,请核对")
            case .checkDigit(let expected):
                fields.reject("contributions.idNumber", "证件号码", "身份证号校验位不对(按前 17 位应为 \(expected)),请核对")
            }
        }
    }

    /// Sets bases from wages: the yearly declaration, a change in the year, a correction. Bases of one month that are
    /// declared again take the place of the earlier ones; those stay on record.
    ///
    /// - Parameters:
    ///   - wages: the person, the wage and the month from which it counts (nil: the base year's first).
    ///   - lowTier: flexible workers only: the tariff that they chose with the base.
    /// - Throws: every wage that no base can be made of.
    @discardableResult
    public static func setBases(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>?, baseYear: Int,
        _ wages: [(person: ID<Person>, wage: Money, from: Month?)], lowTier: Bool = false, terms: LevyTerms,
        policyVersion: String, _ ground: Ground
    ) throws -> ID<LevyAct> {
        let months = terms.months(ofBaseYear: baseYear)
        try checkWages(wages, months).throwIfAny()
        var writing = try LevyWriting(
            tx, area: area, .wages, period: Int64(baseYear), policyVersion: policyVersion, ground)
        let bases = wages.map { line in
            ContributionBase(
                employer: employer, baseYear: baseYear, person: line.person, from: line.from ?? months.lowerBound,
                wage: line.wage, base: terms.base(of: line.wage), isLowTier: lowTier)
        }.sorted { ($0.person, $0.from) < ($1.person, $1.from) }
        try writing.write(LevyEvidence.base, bases.map { $0.values(area, writing.act.id) })
        try writing.finish(#"{"people":\#(bases.count)}"#)
        return writing.act.id
    }

    private static func checkWages(
        _ wages: [(person: ID<Person>, wage: Money, from: Month?)], _ months: ClosedRange<Month>
    ) -> Problems {
        var problems = Problems()
        var seen: Set<[Int64]> = []
        if wages.isEmpty { problems.add("contributions.wage.none", field: "wages", "申报表里没有人员,请按模板填写后再提交") }
        for (index, line) in wages.enumerated() {
            let place = "第 \(index + 1) 人"
            if line.wage <= .zero {
                problems.add("contributions.wage.notPositive", field: place, "工资 \(line.wage) 不大于零,请填实际发放的月平均工资")
            }
            if let from = line.from, !months.contains(from) {
                problems.add(
                    "contributions.wage.month", field: place,
                    "起始月 \(from) 不在缴费年度 \(months.lowerBound) 至 \(months.upperBound) 之内,请核对")
            }
            if !seen.insert([line.person.raw, Int64((line.from ?? months.lowerBound).number)]).inserted {
                problems.add("contributions.wage.doubled", field: place, "同一个人同一起始月申报了两次,请只留一行")
            }
        }
        return problems
    }

    /// The bases in force in a month, by employer (nil: those who pay themselves) and person, of a range of employers.
    static func bases(
        _ tx: any Transaction, area: AreaCode, employers: ClosedRange<Int64>, baseYear: Int, month: Month
    ) throws -> [Int64: [ID<Person>: Money]] {
        var found: [Int64: [ID<Person>: Money]] = [:]
        try tx.forEach(
            basesOfRange,
            [Value(area), .int(employers.lowerBound), .int(employers.upperBound), .int(Int64(baseYear)), Value(month)]
        ) { row in
            // In the order of months and acts: what comes later takes the place of what came before.
            found[try row.int(0), default: [:]][try row.id(1)] = try row.money(2)
            return true
        }
        return found
    }

    /// The bases in force in a month of an employer's people (当月执行的缴费基数).
    public static func bases(
        _ tx: any Transaction, area: AreaCode, of employer: ID<Employer>, baseYear: Int, month: Month
    ) throws -> [ID<Person>: Money] {
        let found = try bases(
            tx, area: area, employers: employer.raw...employer.raw, baseYear: baseYear, month: month)
        return found[employer.raw] ?? [:]
    }

    private static let basesOfRange: SQL = """
        SELECT employer, person, base_fen FROM contribution_base
        WHERE area = ? AND employer BETWEEN ? AND ? AND base_year = ? AND from_month <= ?
        ORDER BY employer, person, from_month, act
        """

    /// The bases in force of people who pay themselves, of a range of people.
    static func ownBases(
        _ tx: any Transaction, area: AreaCode, people: ClosedRange<ID<Person>>, baseYear: Int, month: Month
    ) throws -> [ID<Person>: (base: Money, isLowTier: Bool)] {
        var found: [ID<Person>: (base: Money, isLowTier: Bool)] = [:]
        try tx.forEach(
            ownBasesOfRange,
            [
                Value(area), .int(Int64(baseYear)), Value(people.lowerBound), Value(people.upperBound), Value(month),
            ]
        ) { row in
            found[try row.id(0)] = (try row.money(1), try row.flag(2))
            return true
        }
        return found
    }

    private static let ownBasesOfRange: SQL = """
        SELECT person, base_fen, low_tier FROM contribution_base
        WHERE area = ? AND employer = 0 AND base_year = ? AND person BETWEEN ? AND ? AND from_month <= ?
        ORDER BY person, from_month, act
        """

    /// All that was ever set for a person, newest first.
    public static func bases(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, limit: Int = 200
    ) throws -> [ContributionBase] {
        try tx.all(
            ContributionBase.self,
            SQL(
                """
                \(ContributionBase.selection) WHERE area = ? AND person = ?
                ORDER BY base_year DESC, from_month DESC, act DESC LIMIT ?
                """), Value(area), Value(person), .int(Int64(min(limit, 500))))
    }

    // MARK: - Succession

    /// Lets what was declared for some people stand with the employer that takes them over (单位合并、基数承继): their bases in
    /// force in a month go over from that month on, and changes declared for later months of the base year with them.
    /// Answers for how many people.
    @discardableResult
    public static func carryBases(
        _ tx: any Transaction, area: AreaCode, from former: ID<Employer>, to successor: ID<Employer>,
        of people: Set<ID<Person>>, month: Month, baseYear: Int, policyVersion: String, _ ground: Ground
    ) throws -> Int {
        var carried: [ID<Person>: [Month: ContributionBase]] = [:]
        let declared = try tx.all(
            ContributionBase.self, basesOfEmployer, Value(area), Value(former), .int(Int64(baseYear)))
        for var base in declared where people.contains(base.person) {
            // In the order of months and acts: of those up to the month, the last is in force.
            base.from = max(base.from, month)
            base.employer = successor
            carried[base.person, default: [:]][base.from] = base
        }
        guard !carried.isEmpty else { return 0 }
        var writing = try LevyWriting(
            tx, area: area, .wages, period: Int64(baseYear), policyVersion: policyVersion, ground)
        let rows = carried.values.flatMap(\.values).sorted { ($0.person, $0.from) < ($1.person, $1.from) }
        try writing.write(LevyEvidence.base, rows.map { $0.values(area, writing.act.id) })
        try writing.finish(#"{"people":\#(carried.count)}"#)
        return carried.count
    }

    /// Lets what was set for a number that is merged into another stand for that other (并号、基数承继): with each of some
    /// payers (nil: himself) the base in force in a month from that month on, and what was set for later.
    public static func carryBases(
        _ tx: any Transaction, area: AreaCode, of duplicate: ID<Person>, to survivor: ID<Person>,
        at payers: Set<ID<Employer>?>, month: Month, baseYear: Int, policyVersion: String, _ ground: Ground
    ) throws {
        struct Place: Hashable { let employer: ID<Employer>?, year: Int, from: Month }
        var carried: [Place: ContributionBase] = [:]
        let set = try tx.all(
            ContributionBase.self, basesOfPerson, Value(area), Value(duplicate), .int(Int64(baseYear)))
        for var base in set where payers.contains(base.employer) {
            // In the order of months and acts: of those up to the month, the last is in force.
            base.from = max(base.from, month)
            base.person = survivor
            carried[Place(employer: base.employer, year: base.baseYear, from: base.from)] = base
        }
        guard !carried.isEmpty else { return }
        var writing = try LevyWriting(
            tx, area: area, .wages, period: Int64(baseYear), policyVersion: policyVersion, ground)
        let rows = carried.values.sorted {
            ($0.employer?.raw ?? 0, $0.baseYear, $0.from) < ($1.employer?.raw ?? 0, $1.baseYear, $1.from)
        }
        try writing.write(LevyEvidence.base, rows.map { $0.values(area, writing.act.id) })
        try writing.finish(#"{"people":1}"#)
    }

    private static let basesOfPerson = SQL(
        """
        \(ContributionBase.selection) WHERE area = ? AND person = ? AND base_year >= ?
        ORDER BY employer, base_year, from_month, act
        """)

    private static let basesOfEmployer = SQL(
        """
        \(ContributionBase.selection) WHERE area = ? AND employer = ? AND base_year = ?
        ORDER BY person, from_month, act
        """)
}
