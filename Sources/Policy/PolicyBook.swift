import Basics

/// The law of every area that a folder of policy files (政策文件) describes.
///
///     let book = try PolicyBook.load("policies")
///     let view = try book.area(AreaCode(990_100)).on(day, for: .employee)
///     let deductible = try view.value(BenefitParameters.deductible, .tier(.third), .stay(1))
public struct PolicyBook: Sendable {
    public let areas: [AreaCode: AreaPolicy]
    /// The calendar of working days in the folder, or in the one above it; nil where neither has one.
    private let workCalendar: WorkCalendar?

    init(areas: [AreaCode: AreaPolicy], calendar: WorkCalendar? = nil) {
        self.areas = areas
        workCalendar = calendar
    }

    /// The calendar by which time limits in working days are counted; refused in words when the folder has none.
    public func calendar() throws(Problem) -> WorkCalendar {
        guard let workCalendar else {
            throw Problem(
                "policy.noCalendar", field: WorkCalendar.fileName, "政策文件夹里没有工作日历 \(WorkCalendar.fileName),请补上")
        }
        return workCalendar
    }

    /// Reads all `*.yaml` below a folder. With declarations, the whole check is made: nothing is loaded that a
    /// desk could later not read. Throws everything that is wrong at once, each with file and line.
    public static func load(_ folder: String, declared: [Declaration] = []) throws(Problems)
        -> PolicyBook
    {
        let reading = PolicyFolder.read(folder)
        var assembly = PolicyAssembly(problems: reading.problems)
        let book = assembly.book(of: reading.files)
        var problems = assembly.problems
        if !declared.isEmpty { problems += PolicyCheck(declared).problems(in: book) }
        var calendar: WorkCalendar?
        // One area's folder stands beside the calendar of all.
        do throws(Problems) {
            calendar = try WorkCalendar.find(in: folder)
            if calendar == nil { calendar = try WorkCalendar.find(in: folder + "/..") }
        } catch {
            problems += error.all
        }
        try Problems(problems).throwIfAny()
        return PolicyBook(areas: book.areas, calendar: calendar)
    }

    /// Reads areas back from what the database keeps of them.
    public init(archived text: String) throws(Problems) {
        var findings = Findings(file: "存档")
        let trees = YAMLReader.documents(text, findings: &findings)
        let reading = PolicyFolder.files(trees, findings: &findings)
        var assembly = PolicyAssembly(problems: findings.problems)
        let book = assembly.book(of: reading)
        try Problems(assembly.problems).throwIfAny()
        self = book
    }

    public func area(_ code: AreaCode) throws(Problem) -> AreaPolicy {
        guard let area = areas[code] else {
            let known = areas.keys.sorted().map { "\($0)" }.joined(separator: "、")
            throw Problem(
                "policy.unknownArea", field: "\(code)",
                "没有统筹区 \(code) 的政策文件,已有:\(known.isEmpty ? "无" : known)")
        }
        return area
    }
}

/// Joins the files of an area: each key once an insurance, one name, one first day.
struct PolicyAssembly {
    var problems: [Problem]

    mutating func book(of files: [PolicyFile]) -> PolicyBook {
        var areas: [AreaCode: AreaPolicy] = [:]
        for (code, files) in Dictionary(grouping: files, by: \.area) {
            areas[code] = area(code, files)
        }
        return PolicyBook(areas: areas)
    }

    private mutating func area(_ code: AreaCode, _ files: [PolicyFile]) -> AreaPolicy {
        var histories: [Insurance?: [String: ParameterHistory]] = Dictionary(
            files.map { ($0.insurance, [:]) }, uniquingKeysWith: { first, _ in first })
        for file in files {
            for history in file.parameters {
                if let first = histories[file.insurance, default: [:]][history.key] {
                    add("policy.duplicate", history.place, "参数 \(history.key) 已在 \(first.place) 规定,请只保留一处")
                } else {
                    histories[file.insurance, default: [:]][history.key] = history
                }
            }
        }
        let name = single(files.filter { $0.areaName != nil }, in: files, "name(统筹区名称)")?.areaName
        let since = single(files.filter { $0.since != nil }, in: files, "since(政策文件起始日)")?.since
        return AreaPolicy(
            code: code, name: name ?? "\(code)", since: since ?? Day(number: 0),
            until: files.lazy.compactMap(\.until).first, histories: histories)
    }

    /// The one file of the area that states something; a problem when none or several do.
    private mutating func single(_ stating: [PolicyFile], in files: [PolicyFile], _ what: String)
        -> PolicyFile?
    {
        if stating.isEmpty, let first = files.first {
            add(
                "policy.head", Place(file: first.name, line: first.line),
                "统筹区 \(first.area) 没有一份文件写明 \(what)")
        }
        for extra in stating.dropFirst() {
            add(
                "policy.head", Place(file: extra.name, line: extra.line),
                "\(what) 已在 \(stating[0].name) 写明,请只写一次")
        }
        return stating.first
    }

    private mutating func add(_ code: String, _ place: Place, _ message: String) {
        problems.append(Problem(code, field: place.description, message))
    }
}
