import ArgumentParser
import Basics
import Foundation
import Storage

/// `yibao backup --db county.sqlite --to copy.sqlite`: a complete copy while the house is open.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "备份:营业中也可执行,得到某一时刻完整的数据库文件",
        discussion: """
            备份不影响正在办理的业务;备份文件写完、检查过才会出现。
            签名密钥(数据库文件.key)不在备份里,请另行保存,不要和数据库放在一起。
            恢复:停止 yibao serve,把备份复制到原来的位置(并删除同名的 -wal、-shm 文件),先核验再开门:
              cp copy.sqlite county.sqlite
              yibao verify --db county.sqlite --heads heads.txt
            PostgreSQL 请用 pg_dump 和连续归档。
            """)

    @Option(help: "SQLite 数据库文件")
    var db: String

    @Option(help: "备份到哪个文件;不会覆盖已有的文件")
    var to: String

    func run() async throws {
        do {
            guard !db.contains("://"), !db.contains("dbname=") else {
                throw Problem("backup.postgres", field: "--db", "PostgreSQL 的备份请用 pg_dump;本命令只备份 SQLite 文件")
            }
            guard !FileManager.default.fileExists(atPath: to) else {
                throw Problem("backup.exists", field: "--to", "“\(to)”已经存在,不会覆盖;请换一个文件名")
            }
            let store = try SQLiteStore.open(db, readOnly: true)
            try await store.backup(to: to)
            try await store.close()
            let size = try FileManager.default.attributesOfItem(atPath: to)[.size] as? Int64 ?? 0
            print("已备份到 \(to)(\(size / 1_048_576) MB),已检查完好;恢复时请先用 yibao verify 核验")
        } catch {
            throw House.sentence(for: error)
        }
    }
}
