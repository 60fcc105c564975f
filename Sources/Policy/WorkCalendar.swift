import Basics

/// The calendar of working days (工作日历): weekends, the national holidays and the make-up days that the State
/// Council sets for each year.
///
/// A year that the data do not know is refused: a time limit must not be guessed.
public struct WorkCalendar: Sendable {
    /// Days on which the rule of the week does not hold: true works, false is off.
    private let exceptions: [Day: Bool]
    private let names: [Day: String]
    /// Whole years for which a notice is known, without a gap.
    public let years: ClosedRange<Int>

    /// Reads `day,kind,name,basis`: kind `off` (放假) or `work` (调休上班).
    public init(csv text: String, file: String) throws(Problems) {
        let table = try CSVTable(text, file: file, required: ["day", "kind", "name", "basis"])
        var exceptions: [Day: Bool] = [:]
        var names: [Day: String] = [:]
        var problems = Problems()
        for row in table.rows {
            let place = "\(file):\(row.line)"
            guard let day = Day(row["day"]) else {
                problems.add("calendar.day", field: place, "日期“\(row["day"])”不存在或写法不对,应当写成 2026-01-01")
                continue
            }
            guard row["kind"] == "off" || row["kind"] == "work" else {
                problems.add("calendar.kind", field: place, "kind“\(row["kind"])”应当是 off(放假)或 work(上班)")
                continue
            }
            if row["basis"].isEmpty {
                problems.add("calendar.basis", field: place, "\(day) 没有写依据的通知,请补上")
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
        guard years.contains(day.year) else {
            throw Problem(
                "calendar.unknownYear", field: "\(day)",
                "工作日历只有 \(years.lowerBound) 年至 \(years.upperBound) 年,不知道 \(day) 是否上班;请按国务院办公厅通知补充 calendar.csv"
            )
        }
        return exceptions[day] ?? (day.weekday <= 5)
    }

    /// The holiday for which a day is off or made up (元旦、春节…); nil on ordinary days.
    public func holiday(on day: Day) -> String? { names[day] }

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
