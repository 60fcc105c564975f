import Agency
import ArgumentParser
import Basics
import Control
import Foundation
import Storage

/// `yibao verify --db county.sqlite --heads heads.txt`: proves chain, rows, books and the links between them.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "核验:事件链、各项记录、账目平衡与勾稽关系,指出第一处不符",
        discussion: """
            库内自证不能防住能改整个库的人。请每天把链头交给监督部门:
              yibao verify --db county.sqlite --export-head heads.txt
            核验时带上他们保存的那一份:
              yibao verify --db county.sqlite --heads heads.txt
            """)

    @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
    var db: String

    @Option(help: "只核验这个统筹区;不写则全部")
    var area: String?

    @Option(help: "监督部门保存的链头文件")
    var heads: String?

    @Option(help: "把签名的链头导出到这个文件;“-”为屏幕。先封存、签名当前链头")
    var exportHead: String?

    @Option(help: "签名密钥文件;不写则在 SQLite 文件旁边,PostgreSQL 在当前文件夹的 yibao.key")
    var key: String?

    func run() async throws {
        do {
            let file = try heads.map { try HeadFile(try text(of: $0), file: $0) }
            if let exportHead { try await signAndExport(to: exportHead) }
            guard try await verify(file) else { throw ExitCode(2) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            throw House.sentence(for: error)
        }
    }

    // MARK: Proving

    /// Reads only, so it may run beside an open house.
    private func verify(_ heads: HeadFile?) async throws -> Bool {
        let store = try await openForReading()
        var isSound = true
        if let file = store as? SQLiteStore {
            try await file.checkIntegrity()
            for broken in try await file.brokenReferences() {
                isSound = false
                print("核验不通过:表 \(broken.table) 有 \(broken.rows) 行所引的 \(broken.partner) 记录不在库里,被引的记录被删去过,请用备份比对")
            }
        }
        for area in try await provable(store) {
            let result = try await store.read { tx in try Agency.verifier(area).run(tx, heads: heads) }
            report(result, area)
            isSound = isSound && result.isSound
        }
        try await store.close()
        return isSound
    }

    private func report(_ result: Verification, _ area: AreaCode) {
        print(
            "统筹区 \(area):事件 \(result.events) 个,封条 \(result.seals) 条,尚未封存 \(result.unsealed) 个,"
                + "核对链头 \(result.headsChecked) 个")
        guard let first = result.problems.all.first else {
            print("核验通过:事件链、记录、账目与勾稽关系全部相符。")
            return
        }
        print("核验不通过,第一处:\(first.field ?? "") \(first.message)")
        for problem in result.problems.all.dropFirst().prefix(49) {
            print("  另:\(problem.field ?? "") \(problem.message) [\(problem.code)]")
        }
        if result.problems.all.count > 50 { print("  …共 \(result.problems.all.count) 处") }
    }

    /// Every area that something stands for here, those whose law alone is archived among them.
    private func provable(_ store: any Store) async throws -> [AreaCode] {
        guard area == nil else { return try await areas(store) }
        return try await store.read { tx in
            Set(try EventLog.areas(tx)).union(try PolicyVersions.areas(tx)).sorted()
        }
    }

    private func areas(_ store: any Store) async throws -> [AreaCode] {
        guard let area else { return try await store.read { tx in try EventLog.areas(tx) } }
        guard let code = AreaCode(area) else {
            throw Problem("verify.area", field: "--area", "“\(area)”不是六位区划代码,请改正,例如 990100")
        }
        return [code]
    }

    private func openForReading() async throws -> any Store {
        let isFile = !db.contains("://") && !db.contains("dbname=")
        return isFile ? try SQLiteStore.open(db, readOnly: true) : try await House.store(db)
    }

    // MARK: Heads

    /// Signs the head of this moment and writes all signed heads out. While another program works on the file
    /// only what is signed already can be exported: the open house signs each day's head itself.
    private func signAndExport(to path: String) async throws {
        let now = House.clock()
        var store: any Store
        do {
            store = try await House.store(db)
            let signing = try SigningKey.load(from: key ?? SigningKey.path(besideDatabase: db))
            for area in try await areas(store) {
                _ = try await EventChain.signDay(store, area: area, day: now.day, key: signing, at: now)
            }
        } catch StoreError.locked {
            FileHandle.standardError.write(Data("数据库正在使用中,只导出已签名的链头\n".utf8))
            store = try await openForReading()
        }
        var text = ""
        for area in try await areas(store) {
            text += try await store.read { tx in try HeadFile(tx, area: area).text }
        }
        try await store.close()
        if path == "-" {
            print(text, terminator: "")
        } else {
            do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
                throw Problem("verify.export", field: "--export-head", "写不了文件“\(path)”,请检查目录和权限")
            }
            print("链头已导出到 \(path),请交监督部门保存。")
        }
    }

    private func text(of file: String) throws -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Problem("verify.heads", field: "--heads", "读不到链头文件“\(file)”,请核对路径")
        }
        return text
    }
}
