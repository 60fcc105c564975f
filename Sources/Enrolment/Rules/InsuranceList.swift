import Basics

/// One insurance that may be levied (险种): by itself, or together with another.
public struct LeviedInsurance: Hashable, Sendable {
    /// National code; pension and its like have codes outside `Insurance`.
    public var code: Int64
    public var name: String
    /// The insurance whose spells it is levied on (随…一并征收); nil when it has spells of its own.
    public var host: Insurance?
    public var period: Period
    /// The areas that levy it; empty for all.
    public var areas: Set<AreaCode>
    /// Switched off until an agency names its area.
    public var isOff: Bool
    public var basis: String

    func isLevied(in area: AreaCode, on day: Day) -> Bool {
        !isOff && period.contains(day) && (areas.isEmpty || areas.contains(area))
    }
}

/// The insurances that agencies levy (险种表), as data with dates: an agency that also collects pension, unemployment
/// and work injury puts its area into the row's `areas` (several with `;`, blank for all, `none` for nobody).
public struct InsuranceList: Hashable, Sendable {
    public let all: [LeviedInsurance]

    /// Reads `code,name,with,from,until,areas,basis`; throws every problem at once.
    public init(csv text: String, file: String) throws(Problems) {
        let table = try CSVTable(
            text, file: file, required: ["code", "name", "with", "from", "until", "areas", "basis"])
        var all: [LeviedInsurance] = []
        var problems = Problems()
        for row in table.rows {
            var fields = FieldReader(row, file: file)
            let insurance = InsuranceList.read(&fields)
            if fields.isValid, let insurance { all.append(insurance) } else { problems.all += fields.problems.all }
        }
        for (index, insurance) in all.enumerated()
        where all[..<index].contains(where: { $0.code == insurance.code && $0.period.overlaps(insurance.period) }) {
            problems.add("enrolment.insurances.doubled", field: file, "险种 \(insurance.code) 的两行在时间上重叠,请改正起止日期")
        }
        try problems.throwIfAny()
        self.all = all
    }

    private static func read(_ fields: inout FieldReader) -> LeviedInsurance? {
        let name = fields.text("name", upTo: 50)
        let host = fields.optionalCode("with", Insurance.self)
        let period = fields.period("from", "until")
        let basis = fields.text("basis", upTo: 200)
        let listed = fields.row["areas"]
        let codes = listed == "none" ? [] : listed.split(separator: ";").map { AreaCode($0) }
        if codes.contains(nil) {
            fields.reject("enrolment.insurances.areas", "areas", "“\(listed)”应为六位医保区划(多个用 ; 分开)、留空或 none")
        }
        guard let code = Int64(fields.row["code"]) else {
            fields.reject("enrolment.insurances.code", "code", "险种编码“\(fields.row["code"])”不是数字,请核对")
            return nil
        }
        guard let name, let period, let basis else { return nil }
        return LeviedInsurance(
            code: code, name: name, host: host, period: period, areas: Set(codes.compactMap(\.self)),
            isOff: listed == "none", basis: basis)
    }

    /// What is levied on the spells of an insurance in an area on a day, itself first (随其一并征收的险种).
    public func levied(with insurance: Insurance, in area: AreaCode, on day: Day) -> [LeviedInsurance] {
        all.filter { $0.isLevied(in: area, on: day) && ($0.code == insurance.rawValue || $0.host == insurance) }
            .sorted { ($0.host == nil ? 0 : 1, $0.code) < ($1.host == nil ? 0 : 1, $1.code) }
    }
}
