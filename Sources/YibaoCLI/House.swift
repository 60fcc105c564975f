import Agency
import ArgumentParser
import Basics
import Foundation
import Policy
import Storage

/// What the commands share that work on a whole house: opening it, its clock, and saying what went wrong.
enum House {
    /// Beijing time, which every message and every paper of the agency carries.
    static let clock: @Sendable () -> Moment = {
        Moment(seconds: Int64(Date().timeIntervalSince1970) + 8 * 3600)
    }

    /// The store behind `--db`: a file of SQLite, or PostgreSQL by its connection words.
    static func store(_ db: String) async throws -> any Store {
        db.hasPrefix("postgres://") || db.hasPrefix("postgresql://") || db.contains("dbname=")
            ? try await PostgresStore.open(db) : try SQLiteStore.open(db)
    }

    /// Opens the agency, or ends the command with a sentence that says what to do.
    static func open(db: String, policies: String) async throws -> Agency {
        do {
            let book = try PolicyBook.load(policies, declared: Agency.declarations)
            return try await Agency.open(try await store(db), policies: book, clock: clock)
        } catch {
            throw House.sentence(for: error)
        }
    }

    /// An error of the command line: one clear sentence a problem, and exit code 1.
    static func sentence(for error: any Error, port: Int? = nil) -> any Error {
        let text = words(for: error, port: port)
        FileHandle.standardError.write(Data((text + "\n").utf8))
        return ExitCode(1)
    }

    private static func words(for error: any Error, port: Int?) -> String {
        switch error {
        case let problems as Problems: return problems.description
        case let problem as Problem: return problem.description
        case let failure as StoreError: return words(for: failure)
        default:
            let text = "\(error)"
            if let port,
                text.contains("EADDRINUSE") || text.contains("ddress already in use") || text.contains("errno: 98")
            {
                return "端口 \(port) 已被其他程序占用,请先停止那个程序,或用 --port 换一个端口"
            }
            if let port, text.contains("errno: 13") {
                return "没有权限监听端口 \(port),请用 --port 换一个大于 1024 的端口"
            }
            return "出了意外的错误,没有继续:\(text)"
        }
    }

    private static func words(for failure: StoreError) -> String {
        switch failure {
        case .newerDatabase(let unknown):
            "数据库的版本比本程序新(\(unknown.joined(separator: "、"))),请升级程序后再打开"
        case .diskFull: "磁盘已满,没有继续;请清出空间后重试"
        case .locked: "数据库正被另一个程序使用,请先停止它"
        case .damaged(let detail): "这不是可用的数据库文件,或文件已损坏(\(detail));请核对路径,或从备份恢复"
        case .unavailable(let detail): "连不上数据库(\(detail)),请核对 --db 并确认数据库已启动"
        case .constraint(let detail), .failed(let detail): "数据库拒绝了操作(\(detail)),请核对后重试"
        case .unknownOutcome: "提交时与数据库的连接断开,结果不明;请重新执行,重复的部分不会再做一次"
        }
    }
}
