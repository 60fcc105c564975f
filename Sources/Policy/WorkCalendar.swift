import Basics

/// The calendar of working days (工作日历): weekends, the national holidays and the make-up days that the State
/// Council sets for each year.
///
/// The notice of a year is published in November or later of the year before, while time limits already reach into
/// it. Such a year is reckoned provisionally (暂按法定假日): weekends and the statutory holidays
/// (全国年节及纪念日放假办法第二条) are off, and no day is exchanged, since which ones are only the notice says. A time
/// limit is kept as the day it ends on once it has been reckoned: a notice that comes later moves none.
///
/// A year before the first known one is refused: nobody reckons a time limit into it.
public struct WorkCalendar: Sendable {
    /// Days on which the rule of the week does not hold: true works, false is off.
    private let exceptions: [Day: Bool]
    private let names: [Day: String]
    /// Statutory holidays in years without a notice.
    private let statutory: StatutoryHolidays
    /// Whole years for which a notice is known, without a gap.
    public let years: ClosedRange<Int>

    /// Reads `day,kind,name,basis`: kind `off` (放假) or `work` (调休上班) from a year's notice; `yearly` for a holiday
    /// of one and the same date from that day on, `lunar` for one that moves with the moon or the sun.
    public init(csv text: String, file: String) throws(Problems) {
        let table = try CSVTable(text, file: file, required: ["day", "kind", "name", "basis"])
        var exceptions: [Day: Bool] = [:]
        var names: [Day: String] = [:]
        var statutory = StatutoryHolidays()
        var problems = Problems()
        for row in table.rows {
            let place = "\(file):\(row.line)"
            guard let day = Day(row["day"]) else {
                problems.add("calendar.day", field: place, "日期“\(row["day"])”不存在或写法不对,应当写成 2026-01-01")
                continue
            }
            if row["basis"].isEmpty {
                problems.add("calendar.basis", field: place, "\(day) 没有写依据的通知,请补上")
            }
            if statutory.take(day, kind: row["kind"], name: row["name"]) { continue }
            guard row["kind"] == "off" || row["kind"] == "work" else {
                problems.add(
                    "calendar.kind", field: place,
                    "kind“\(row["kind"])”应当是 off(放假)、work(上班)、yearly(每年的法定假日)或 lunar(农历、节气的法定假日)")
                continue
            }
            if exceptions.updateValue(row["kind"] == "work", forKey: day) != nil {
                problems.add("calendar.duplicate", field: place, "\(day) 写了不止一次,请只保留一行")
            }
            names[day] = row["name"]
        }
        let years = WorkCalendar.years(exceptions.keys, file: file, problems: &problems)
        try problems.throwIfAny()
        guard let years else {
            throw Problems(Problem("calendar.empty", field: file, "日历没有任何一年的节假日,请补上"))
        }
        self.exceptions = exceptions
        self.names = names
        self.statutory = statutory
        self.years = years
    }

    /// A year counts as known when its New Year's Day is listed, as every year's notice lists it.
    private static func years(
        _ days: some Sequence<Day>, file: String, problems: inout Problems
    ) -> ClosedRange<Int>? {
        let listed = Set(days.filter { $0.civil.month == 1 && $0.civil.day == 1 }.map(\.year))
        guard let first = listed.min(), let last = listed.max() else { return nil }
        for year in first...last where !listed.contains(year) {
            problems.add("calendar.gap", field: file, "日历缺少 \(year) 年的节假日安排,请补上")
        }
        return first...last
    }

    public func isWorkingDay(_ day: Day) throws(Problem) -> Bool {
        guard day.year >= years.lowerBound else {
            throw Problem(
                "calendar.unknownYear", field: "\(day)",
                "工作日历从 \(years.lowerBound) 年开始,不知道 \(day) 是否上班;请按国务院办公厅通知补充 calendar.csv")
        }
        if isProvisional(day) { return day.weekday <= 5 && statutory.name(on: day) == nil }
        return exceptions[day] ?? (day.weekday <= 5)
    }

    /// Whether a day lies in a year whose notice is not known yet (暂按法定假日).
    public func isProvisional(_ day: Day) -> Bool { day.year > years.upperBound }

    /// The year whose notice is due and lacking (待补的年度): the present one, and from November on the next; nil when
    /// the calendar is complete.
    public func missingYear(on today: Day) -> Int? {
        let wanted = today.civil.month >= 11 ? today.year + 1 : today.year
        return years.upperBound < wanted ? years.upperBound + 1 : nil
    }

    /// The holiday for which a day is off or made up (元旦、春节…); nil on ordinary days.
    public func holiday(on day: Day) -> String? {
        isProvisional(day) ? statutory.name(on: day) : names[day]
    }

    /// The day on which a time limit of `count` working days ends. The day on which it begins does not count
    /// (民法典第二百零一条); a limit of none ends on the first working day from `day` on.
    public func day(_ count: Int, workingDaysAfter day: Day) throws(Problem) -> Day {
        precondition(count >= 0, "a time limit runs forward")
        var day = day
        var left = count
        while left > 0 {
            day = day + 1
            if try isWorkingDay(day) { left -= 1 }
        }
        while try !isWorkingDay(day) { day = day + 1 }
        return day
    }

    /// Working days after `first` up to and including `last`: how much of a time limit has been used.
    public func workingDays(after first: Day, through last: Day) throws(Problem) -> Int {
        guard first < last else { return 0 }
        var count = 0
        var day = first
        while day < last {
            day = day + 1
            if try isWorkingDay(day) { count += 1 }
        }
        return count
    }

    /// The day itself when it works, otherwise the next day that does: where a limit in calendar days ends on a
    /// holiday, it ends on the first day after it (民法典第二百零三条).
    public func workingDay(onOrAfter day: Day) throws(Problem) -> Day {
        try self.day(0, workingDaysAfter: day)
    }
}

/// The holidays that the State Council's regulation itself names (法定节假日), for years without a notice.
private struct StatutoryHolidays: Sendable {
    private struct DayOfYear: Hashable {
        var month: Int
        var day: Int

        init(_ day: Day) { (month, self.day) = (day.civil.month, day.civil.day) }
    }

    /// Of one date every year, with the day from which the regulation has them.
    private var yearly: [DayOfYear: (from: Day, name: String)] = [:]
    /// By the lunar calendar and the solar terms: the date of one year.
    private var moving: [Day: String] = [:]

    /// Answers whether the row is one of them.
    mutating func take(_ day: Day, kind: String, name: String) -> Bool {
        switch kind {
        case "yearly": yearly[DayOfYear(day)] = (day, name)
        case "lunar": moving[day] = name
        default: return false
        }
        return true
    }

    func name(on day: Day) -> String? {
        if let name = moving[day] { return name }
        guard let holiday = yearly[DayOfYear(day)], holiday.from <= day else { return nil }
        return holiday.name
    }
}
