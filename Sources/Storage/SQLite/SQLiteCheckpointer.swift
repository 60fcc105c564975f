import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// Moves pages from the write-ahead log into the database file, on a thread and a connection of its own.
///
/// SQLite would do it inside the commit that crosses a threshold: as tables grow, the pages of a log are spread
/// ever wider, and that one commit takes ever longer. Here the bulk is moved beside the writer. The log can only
/// start anew when nothing is left in it, so once it is long the writer itself moves the small remainder.
final class SQLiteCheckpointer: Sendable {
    private let queue: DatabaseQueue
    private let work = JobQueue<Void>()
    private let busy = Atomic<Bool>(false)
    private let logPages = Atomic<Int>(0)
    private let askedAt = Atomic<Int>(0)
    private let pagesBeside: Int
    private let pagesMax: Int
    private let thread = Mutex<StoreThread?>(nil)

    init(path: String, options: SQLiteStore.Options) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(TimeInterval(options.busyTimeoutSeconds))
        configuration.label = "yibao.sqlite.checkpoint"
        queue = try DatabaseQueue(path: path, configuration: configuration)
        pagesBeside = options.checkpointPages
        pagesMax = options.checkpointPages * 4
    }

    /// Takes over from SQLite's own checkpoints on the writing connection, and starts the thread.
    func start(on writer: OpaquePointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            writer,
            { context, _, _, pages in
                if let context {
                    Unmanaged<SQLiteCheckpointer>.fromOpaque(context).takeUnretainedValue()
                        .logPages.store(Int(pages), ordering: .relaxed)
                }
                return SQLITE_OK
            }, context)
        thread.withLock { $0 = StoreThread("yibao.sqlite.checkpoint") { [self] in serve() } }
    }

    /// Called by the writer between two groups. Asks anew only after the log has grown by a whole step, so that
    /// a long reader, which keeps the log from starting anew, does not make every commit try.
    func afterCommit(on writer: SQLiteConnection) {
        let pages = logPages.load(ordering: .relaxed)
        let asked = askedAt.load(ordering: .relaxed)
        if pages < asked { askedAt.store(0, ordering: .relaxed) }
        guard pages - min(asked, pages) >= pagesBeside || pages < asked && pages >= pagesBeside else { return }
        guard !busy.load(ordering: .acquiring) else { return }
        askedAt.store(pages, ordering: .relaxed)
        if pages >= pagesMax {
            checkpoint(writer.handle)
        } else {
            busy.store(true, ordering: .releasing)
            _ = work.add(())
        }
    }

    func close() throws {
        work.close()
        thread.withLock { $0 }?.wait()
        try queue.close()
    }

    private func serve() {
        while work.take(atMost: 1) != nil {
            queue.inDatabase { database in
                if let handle = database.sqliteConnection { checkpoint(handle) }
            }
            busy.store(false, ordering: .releasing)
        }
    }

    /// PASSIVE never waits for readers or the writer. What it could not move, the next one will.
    private func checkpoint(_ handle: OpaquePointer) {
        sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
}
