import Basics
import Control
import Enrolment
import Sheets
import Storage
import StoreKit
import Testing

@testable import Agency

/// Goals of the county, lists of people, and what is handed to the towns.
@Suite("Goals and lists")
struct TargetTests {
    static let towns = "乡镇代码,乡镇名称,包片科室\n990100001,东镇,参保登记科\n990100002,西镇,征缴科\n"

    private static func importTowns(_ store: any Store) async throws {
        let sheet = try Enrolment.readTowns(towns, file: "towns.csv")
        let origin = ImportOrigin(area: House.area, actor: House.clerk, at: House.moment("2026-01-02"))
        let outcome = try await store.write { try Enrolment.importTowns($0, sheet, by: origin) }
        #expect(outcome.written == 2)
    }

    private static func set(_ store: any Store, _ lines: String, matter: Int64 = 7) async throws -> Int {
        let sheet = try Enrolment.readTargets("年度,指标,乡镇代码,科室,目标\n" + lines, file: "targets.csv")
        return try await store.write {
            try Enrolment.setTargets($0, sheet.lines.map(\.row), on: House.ground("2026-01-03", matter: matter))
        }
    }

    @Test("目标按乡镇和科室分解,进度按周、按月、按年,可导出", arguments: StoreKind.allCases)
    func progress(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            try await Self.importTowns(store)
            let lines = """
                2026,居民参保人数,,,4
                2026,居民参保人数,990100001,,3
                2026,居民参保人数,990100002,,1
                2026,居民参保人数,,征缴科,4
                """
            #expect(try await Self.set(store, lines) == 4)
            #expect(try await Self.set(store, lines, matter: 8) == 0)
            #expect(try await Self.set(store, "2026,居民参保人数,,征缴科,5", matter: 9) == 1)
            try await store.write { tx in
                for (serial, town, from) in [
                    (1, "990100001", "2026-01-10"), (3, "990100001", "2026-02-03"), (5, "990100002", "2026-02-20"),
                ] {
                    let person = try House.register(
                        tx, "居民\(serial)", "1970-01-0\(serial)", serial, town: town, on: from)
                    _ = try Enrolment.open(
                        tx, SpellOpening(category: .adult, from: House.day(from)), for: person, by: House.acts(from))
                }
            }
            let report = try await store.read {
                try Agency.targetReport($0, area: House.area, year: 2026, by: .month, through: House.day("2026-03-15"))
            }
            let told = report.goals.map {
                "\($0.holderName) \($0.reached)/\($0.target.amount) \($0.share?.description ?? "")"
            }
            #expect(told == ["全县 3/4 75%", "征缴科 1/5 20%", "东镇 2/3 66.67%", "西镇 1/1 100%"])
            #expect(report.goals[0].points.map(\.value) == [1, 3, 3])
            #expect(report.goals[0].points.map(\.label) == ["2026-01", "2026-02", "2026-03"])
            #expect(report.goals[0].points.last?.day == House.day("2026-03-15"))
            let weeks = try await store.read {
                try Agency.targetReport($0, area: House.area, year: 2026, by: .week, through: House.day("2026-01-18"))
            }
            #expect(weeks.goals[0].points.map(\.value) == [0, 1, 1])
            #expect(report.summary.rows.count == 4 && report.series.rows.count == 12)
            #expect(try await House.broken(store) == [])
        }
    }

    @Test("分解少于全县目标、没有的乡镇和科室、同一目标两次:一次说清", arguments: StoreKind.allCases)
    func objections(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            try await Self.importTowns(store)
            let codes = try await refusals {
                _ = try await Self.set(
                    store,
                    """
                    2026,居民参保人数,,,10
                    2026,居民参保人数,990100001,,3
                    2026,职工参保人数,990100009,,3
                    2026,职工参保人数,,财务科,3
                    2026,职工参保人数,,财务科,4
                    """)
            }
            #expect(
                Set(codes) == [
                    "enrolment.target.town", "enrolment.target.section", "enrolment.target.doubled",
                    "enrolment.target.split",
                ])
        }
    }

    @Test("表格里的每个错都指到单元格")
    func badCells() async throws {
        let codes = try await refusals {
            _ = try Enrolment.readTargets(
                "年度,指标,乡镇代码,科室,目标\n26,参保,99,,-1\n2026,职工征缴收入,990100001,征缴科,1.234\n", file: "t.csv")
        }
        #expect(
            codes == [
                "enrolment.target.year", "enrolment.target.measure", "enrolment.town.code", "enrolment.target.holder",
                "import.number",
            ]
                || Set(codes).isSuperset(of: [
                    "enrolment.target.year", "enrolment.target.measure", "enrolment.target.holder",
                ]))
        let people = try await refusals {
            _ = try Enrolment.readPopulation(
                "证件号码,姓名,乡镇代码,救助类别\n123,甲,990100001,贫困\n", file: "p.csv")
        }
        #expect(people.contains("enrolment.person.id") && people.contains("enrolment.population.assistance"))
    }

    @Test("应保未保:按证件、按姓名生日比对;移交乡镇一次一人", arguments: StoreKind.allCases)
    func missing(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            try await Self.importTowns(store)
            let list = try await store.write { tx -> ID<PopulationList> in
                let insured = try House.register(tx, "甲", "1970-01-01", 1, town: "990100001", on: "2026-01-05")
                _ = try Enrolment.open(
                    tx, SpellOpening(category: .adult, from: House.day("2026-01-05")), for: insured,
                    by: House.acts("2026-01-05"))
                _ = try House.register(tx, "乙", "1971-02-02", 3, town: "990100001", on: "2026-01-05")
                let rows = [
                    ("甲", House.paper("1970-01-01", 1), "1970-01-01", "990100001"),
                    ("乙", House.paper("1971-02-02", 9), "1971-02-02", "990100001"),
                    ("丙", House.paper("1972-03-03", 5), "1972-03-03", "990100002"),
                ]
                return try Enrolment.keep(
                    tx,
                    rows.map { PopulationLine(paper: $0.1, name: $0.0, birth: House.day($0.2), town: $0.3) },
                    kind: .population, name: "2026年户籍人口", asOf: House.day("2026-01-01"), on: House.ground("2026-01-06"))
            }
            let report = try await store.read {
                try Agency.populationReport($0, area: House.area, list: list, on: House.day("2026-02-01"))
            }
            #expect(report.missing.map { "\($0.given.name) \($0.word)" } == ["乙 已登记,未参保", "丙 未登记"])
            #expect(report.missing.map(\.isByName) == [true, true])
            #expect(
                report.towns.map { "\($0.town.name) \($0.compared) \($0.insured) \($0.missing)" } == [
                    "东镇 2 1 1", "西镇 1 0 1",
                ])
            #expect(report.sheet(town: "990100002").rows.count == 1)
            func handOver(_ day: String, _ matter: Int64) async throws -> Int {
                try await Self.carry(store, .missing(list), on: day, matter)
            }
            #expect(try await handOver("2026-02-01", 21) == 2)
            #expect(try await handOver("2026-02-20", 22) == 0)
            #expect(try await handOver("2026-03-01", 23) == 2)
            #expect(try await House.broken(store) == [])
        }
    }

    @Test("长名单分段导入:没有导完的不能比对移交,导完了才算数;移交分步进行,中断后接着办", arguments: StoreKind.allCases)
    func longList(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            try await Self.importTowns(store)
            let lines = (0..<(HandOverRun.linesAStep + 1)).map { number in
                PopulationLine(
                    paper: House.paper("1970-01-01", number), name: "人\(number)", birth: House.day("1970-01-01"),
                    town: number == 0 ? "990100002" : "990100001")
            }
            let ground = House.ground("2026-01-06", matter: 40)
            func keep(after kept: Int, of list: ID<PopulationList>) async throws -> Int {
                try await store.write {
                    try Enrolment.keepNext($0, lines, of: list, after: kept, atMost: 300, on: ground)
                }
            }
            let list = try await store.write {
                try Enrolment.beginList(
                    $0, lines, kind: .population, name: "2026年户籍人口", asOf: House.day("2026-01-01"), on: ground)
            }
            #expect(try await keep(after: 0, of: list) == 300)
            let early = HandOverRun(scope: .missing(list), matter: ID(41), ground: ground)
            #expect(
                try await refusals {
                    _ = try await store.write { try early.step($0, from: 0, on: House.day("2026-02-01")) }
                } == ["enrolment.population.underWay"])
            #expect(try await keep(after: 300, of: list) == lines.count)
            #expect(try await Self.carry(store, .missing(list), on: "2026-02-01", 42, cutOffBetweenSteps: true) == 2)
            let counts = try await store.read {
                try Enrolment.handOvers($0, area: House.area, of: ID(42)).map { "\($0.town) \($0.lineCount)" }
            }
            #expect(counts == ["990100001 \(HandOverRun.linesAStep)", "990100002 1"])
            #expect(try await House.broken(store) == [])
        }
    }

    @Test("绕过办件塞进名单的行:比对和移交都看不到,核验指出;抽走的行、抽走的分段也指出", arguments: StoreKind.allCases)
    func strayLines(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            try await Self.importTowns(store)
            let lines = (1...3).map { number in
                PopulationLine(
                    paper: House.paper("1970-01-01", number), name: "人\(number)", birth: House.day("1970-01-01"),
                    town: "990100001")
            }
            let list = try await store.write {
                try Enrolment.keep(
                    $0, lines, kind: .population, name: "户籍人口", asOf: House.day("2026-01-01"),
                    on: House.ground("2026-01-06"))
            }
            #expect(try await House.broken(store) == [])
            func found(_ change: SQL) async throws -> (lines: [Int64], problems: [String]) {
                struct Undo: Error { let lines: [Int64], problems: [String] }
                do {
                    try await store.write { tx in
                        for table in ["population_line", "population_part"] {
                            switch tx.dialect {
                            case .sqlite: try tx.execute(SQL("DROP TRIGGER IF EXISTS \(table)_refuses_delete"))
                            case .postgres: try tx.execute(SQL("ALTER TABLE \(table) DISABLE TRIGGER USER"))
                            }
                        }
                        try tx.execute(change)
                        throw Undo(
                            lines: try Agency.compare(tx, area: House.area, list: list, on: House.day("2026-02-01"))
                                .map(\.line),
                            problems: try Enrolment.verify(tx, area: House.area).map(\.code))
                    }
                    return ([], [])
                } catch let undo as Undo {
                    return (undo.lines, undo.problems)
                }
            }
            let smuggled = try await found(
                """
                INSERT INTO population_line (area, list, line, paper_kind, paper_number, name, birth_day, town, phone)
                SELECT area, list, 9, paper_kind, paper_number, '外来', birth_day, town, phone FROM population_line
                WHERE line = 3
                """)
            #expect(smuggled.lines == [1, 2, 3] && smuggled.problems == ["enrolment.population.lines"])
            for change: SQL in [
                "DELETE FROM population_line WHERE line = 3", "DELETE FROM population_line WHERE line = 1",
                "DELETE FROM population_part",
            ] {
                #expect(try await found(change).problems == ["enrolment.population.lines"])
            }
            #expect(try await House.broken(store) == [])
        }
    }

    @Test("名单的身份证号与登记的不同、同名同日出生的人已参保:不当作已参保,列为待核对", arguments: StoreKind.allCases)
    func namesake(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            try await Self.importTowns(store)
            let list = try await store.write { tx in
                let insured = try House.register(tx, "甲", "1970-01-01", 1, town: "990100001", on: "2026-01-05")
                _ = try Enrolment.open(
                    tx, SpellOpening(category: .adult, from: House.day("2026-01-05")), for: insured,
                    by: House.acts("2026-01-05"))
                let line = PopulationLine(
                    paper: House.paper("1970-01-01", 7), name: "甲", birth: House.day("1970-01-01"), town: "990100001")
                return try Enrolment.keep(
                    tx, [line], kind: .population, name: "户籍人口", asOf: House.day("2026-01-01"),
                    on: House.ground("2026-01-06"))
            }
            let report = try await store.read {
                try Agency.populationReport($0, area: House.area, list: list, on: House.day("2026-02-01"))
            }
            #expect(report.missing.isEmpty && report.findings.map(\.word) == ["同名同生日 1 人,请核对证件"])
            #expect(report.towns.map { "\($0.insured) \($0.doubtful)" } == ["0 1"])
        }
    }

    /// Carries a run to its end, each step in a transaction; answers how many lists it made.
    ///
    /// - Parameter cutOffBetweenSteps: each step is lost once before it is done.
    private static func carry(
        _ store: any Store, _ scope: HandOverRun.Scope, on day: String, _ matter: Int64,
        cutOffBetweenSteps: Bool = false
    ) async throws -> Int {
        struct PowerCut: Error {}
        let run = HandOverRun(scope: scope, matter: ID(matter), ground: House.ground(day, matter: matter))
        var cursor: Int64? = 0
        while let from = cursor {
            if cutOffBetweenSteps {
                await #expect(throws: PowerCut.self) {
                    try await store.write { tx in
                        _ = try run.step(tx, from: from, on: House.day(day))
                        throw PowerCut()
                    }
                }
            }
            let step = try await store.write { try run.step($0, from: from, on: House.day(day)) }
            if case .more(let next, _, _) = step { cursor = next } else { cursor = nil }
        }
        return try await store.read { try Enrolment.handOvers($0, area: House.area, of: ID(matter)).count }
    }

    @Test("防返贫移交:十二个月内一人一次,每份移交单一个事件", arguments: StoreKind.allCases)
    func burdens(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            try await Self.importTowns(store)
            let line = HandOverLine(
                person: nil, paper: House.paper("1950-01-01", 1), name: "甲", town: "990100001",
                amount: Money(yuan: 25_000), threshold: Money(yuan: 20_000), ground: "示例")
            func run(_ month: String, _ matter: Int64) async throws -> Int {
                try await store.write { tx in
                    let month = Month(month)!
                    let ground = House.ground("2026-07-01", matter: matter)
                    let search = HandOverSearch(
                        matter: ID(matter), kind: .burdened, month: month, since: month + -11, day: month.last)
                    try Enrolment.begin(tx, search, on: ground)
                    // Found in two parts, noted once.
                    try Enrolment.note(tx, [line], of: search, part: 0, on: ground)
                    try Enrolment.note(tx, [line], of: search, part: 500, on: ground)
                    return try Enrolment.towns(tx, area: House.area, of: search).count {
                        try Enrolment.handOver(tx, search, town: $0, on: ground) != nil
                    }
                }
            }
            #expect(try await run("2026-06", 31) == 1)
            #expect(try await run("2026-06", 32) == 0)
            #expect(try await run("2027-05", 33) == 0)
            #expect(try await run("2027-06", 34) == 1)
            #expect(try await Self.carry(store, .burdened(Month("2026-06")!), on: "2026-07-01", 35) == 0)
            #expect(try await House.broken(store) == [])
        }
    }
}
