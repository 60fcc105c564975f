import Agency
import ArgumentParser
import Basics
import Catalogue
import Contributions
import Control
import Enrolment
import Foundation
import Providers
import Sheets
import Storage

/// `yibao import`: files of other systems brought into the desks, every problem told with file and line.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "导入文件:目录、编码表、定点机构、医师、人员、参保时段、身份、账户、共济",
        subcommands: [
            ImportCatalogueCommand.self, ImportCodesCommand.self, ImportProvidersCommand.self,
            ImportStaffCommand.self, ImportPeopleCommand.self, ImportSpellsCommand.self, ImportStatusesCommand.self,
            ImportAccountsCommand.self, ImportSharingsCommand.self,
        ])
}

/// What every import is told: the file, the house and the area.
struct ImportOptions: ParsableArguments {
    @Argument(help: "表格:CSV(UTF-8 或 GB18030)或 Excel,第一行为表头")
    var file: String

    @Option(help: "数据库:SQLite 文件,或 PostgreSQL 连接串")
    var db: String

    @Option(help: "统筹区,六位医保区划代码")
    var area: String

    /// Reads the file, carries the import out in one transaction and says what it did.
    func run<Line: Sendable>(
        read: (_ text: String, _ file: String) throws -> ImportSheet<Line>,
        work: @escaping @Sendable (any Transaction, ImportSheet<Line>, ImportOrigin) throws -> ImportOutcome
    ) async throws {
        do {
            guard let area = AreaCode(area) else {
                throw Problem("import.area", field: "--area", "“\(area)”不是六位区划代码,请改正,例如 990100")
            }
            let sheet = try read(try ImportOptions.text(of: file), file)
            let store = try await House.store(db)
            try await store.migrate(Agency.migrations)
            let origin = ImportOrigin(area: area, actor: .system, at: House.clock())
            let outcome = try await store.write { tx in try work(tx, sheet, origin) }
            try await store.close()
            print(ImportOptions.report(outcome))
        } catch let problems as Problems {
            for problem in problems.all {
                print("\(problem.field.map { "\($0): " } ?? "")\(problem.message) [\(problem.code)]")
            }
            print("共 \(problems.all.count) 个问题,文件没有导入;请改正后重新导入整个文件")
            throw ExitCode(1)
        } catch {
            throw House.sentence(for: error)
        }
    }

    static func text(of file: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Problem("import.file", field: file, "读不到这个文件,请核对路径和权限")
        }
        return try SheetText.read([UInt8](data), name: file)
    }

    private static func report(_ outcome: ImportOutcome) -> String {
        outcome.isRepeat
            ? "这个文件已在批次 \(outcome.batch) 导入过,没有重复导入"
            : "批次 \(outcome.batch):读入 \(outcome.read) 行,写入 \(outcome.written) 行,与已有记录相同 \(outcome.unchanged) 行"
    }
}

/// `yibao import catalogue drugs.csv --terms terms.csv --area 990100 --db county.sqlite`
struct ImportCatalogueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "catalogue", abstract: "导入三目录项目")

    @OptionGroup var options: ImportOptions

    @Option(help: "分类支付标准文件;目录文件自带等级和自付比例时不用")
    var terms: String?

    func run() async throws {
        try await options.run { text, file in
            guard let terms else { return try Catalogue.readItems(text, file: file) }
            let rules = try Catalogue.readTerms(try ImportOptions.text(of: terms), file: terms)
            return try Catalogue.readItems(text, file: file, terms: rules)
        } work: { tx, sheet, origin in
            try Catalogue.importItems(tx, sheet, by: origin)
        }
    }
}

/// `yibao import codes diagnoses.csv --table diagnosis --area 990100 --db county.sqlite`
struct ImportCodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "codes", abstract: "导入编码表")

    @OptionGroup var options: ImportOptions

    @Option(help: "diagnosis 诊断、procedure 手术操作、chronicDisease 慢特病病种、division 区划、dictionary 字典")
    var table: String

    @Option(help: "没有写生效日期的编码自哪一天起有效")
    var from = "2024-01-01"

    func run() async throws {
        let known = CodeTable.allCases.first { "\($0)" == table }
        let first = Day(from)
        guard let known, let first else {
            throw House.sentence(
                for: Problem(
                    "import.table", field: known == nil ? "--table" : "--from",
                    known == nil ? "没有编码表“\(table)”,请看 --help" : "“\(from)”不是日期,请写成 2024-01-01"))
        }
        try await options.run { text, file in
            try Catalogue.readCodes(text, file: file, table: known, first: first)
        } work: { tx, sheet, origin in
            try Catalogue.importCodes(tx, sheet, table: known, by: origin)
        }
    }
}

/// `yibao import providers providers.csv …`
struct ImportProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "providers", abstract: "导入定点机构和协议")

    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run {
            try Providers.readAgreements($0, file: $1)
        } work: { tx, sheet, origin in
            try Providers.importAgreements(tx, sheet, by: origin)
        }
    }
}

/// `yibao import staff staff.csv …`
struct ImportStaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "staff", abstract: "导入定点机构的科室和医师")

    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run {
            try Providers.readStaff($0, file: $1)
        } work: { tx, sheet, origin in
            try Providers.importStaff(tx, sheet, by: origin)
        }
    }
}

/// `yibao import people people.csv …`
struct ImportPeopleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "people", abstract: "导入人员")

    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run {
            try Enrolment.readPeople($0, file: $1)
        } work: { tx, sheet, origin in
            try Enrolment.importPeople(tx, sheet, by: origin)
        }
    }
}

/// `yibao import spells spells.csv …`
struct ImportSpellsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "spells", abstract: "导入参保时段")

    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run {
            try Enrolment.readSpells($0, file: $1)
        } work: { tx, sheet, origin in
            try Enrolment.importSpells(tx, sheet, by: origin)
        }
    }
}

/// `yibao import statuses statuses.csv …`
struct ImportStatusesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "statuses", abstract: "导入救助对象等人员身份")

    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run {
            try Enrolment.readStatuses($0, file: $1)
        } work: { tx, sheet, origin in
            try Enrolment.importStatuses(tx, sheet, by: origin)
        }
    }
}

/// `yibao import accounts accounts.csv …`
struct ImportAccountsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "accounts", abstract: "导入个人账户期初余额")

    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run {
            try Contributions.readOpenings($0, file: $1)
        } work: { tx, sheet, origin in
            try Agency.importOpenings(tx, sheet, by: origin, find: finding(tx, area: origin.area))
        }
    }
}

/// `yibao import sharings sharings.csv …`
struct ImportSharingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sharings", abstract: "导入个人账户家庭共济关系")

    @OptionGroup var options: ImportOptions

    func run() async throws {
        try await options.run {
            try Contributions.readSharings($0, file: $1)
        } work: { tx, sheet, origin in
            try Contributions.importSharings(tx, sheet, by: origin, find: finding(tx, area: origin.area))
        }
    }
}

/// Finds the person of an account file in the register of people.
private func finding(_ tx: any Transaction, area: AreaCode) -> Contributions.FindPerson {
    { reference in
        guard let kind = IdentityPaperKind(rawValue: reference.paperKind) else { return nil }
        return try Enrolment.find(tx, area: area, paper: IdentityPaper(kind: kind, checked: reference.paperNumber))
    }
}
