import Agency
import ArgumentParser
import Basics
import Storage

/// `yibao extract --db county.sqlite --area 990100 --out FOLDER`: the platform-format extract for screening.
struct ExtractCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract", abstract: "抽取平台格式的数据(mdtrt_d、setl_d、fee_list_d 等),供智能审核使用",
        discussion: "只读一个时刻的快照,营业中也可抽取。得到的文件夹可直接用 yibao screen 筛查。")

    @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
    var db: String

    @Option(help: "统筹区,六位医保区划代码")
    var area = "990100"

    @Option(help: "写到哪个文件夹")
    var out: String

    func run() async throws {
        do {
            guard let code = AreaCode(area) else {
                throw Problem("extract.area", field: "--area", "“\(area)”不是六位区划代码,请改正,例如 990100")
            }
            let isFile = !db.contains("://") && !db.contains("dbname=")
            let store: any Store = isFile ? try SQLiteStore.open(db, readOnly: true) : try await House.store(db)
            let counts = try await PlatformExtract(store, area: code).write(to: out)
            try await store.close()
            print(
                "已抽取到 \(out):就诊 \(counts.encounters) 行,结算 \(counts.settlements) 行,"
                    + "诊断 \(counts.diagnoses) 行,明细 \(counts.lines) 行")
        } catch {
            throw House.sentence(for: error)
        }
    }
}
