import Foundation

/// Number series on PostgreSQL: one sequence each, which grows by a block at a time, on a connection of its own.
///
/// A sequence stands outside of transactions, so taking a number never makes two of them collide, and a block
/// once taken stays ours when the transaction that wanted it fails.
final class PostgresNumbers: @unchecked Sendable {
    // Unchecked: every access holds `lock`.
    private static let block: Int64 = 1000
    private let conninfo: String
    private let lock = NSLock()
    private var connection: PostgresConnection?
    private var series: [String: (next: Int64, end: Int64)] = [:]

    init(_ conninfo: String) { self.conninfo = conninfo }

    func next(_ name: String) throws(PostgresFailure) -> Int64 {
        lock.lock()
        defer { lock.unlock() }
        if let known = series[name], known.next < known.end {
            series[name] = (known.next + 1, known.end)
            return known.next
        }
        let first = try reserve(name)
        series[name] = (first + 1, first + Self.block)
        return first
    }

    func close() {
        lock.lock()
        defer { lock.unlock() }
        connection = nil
    }

    private func reserve(_ name: String) throws(PostgresFailure) -> Int64 {
        precondition(
            name.utf8.allSatisfy { $0 == 95 || (97...122).contains($0) }, "a series is named in a–z and _: \(name)")
        if connection?.isLost ?? true { connection = nil }
        let connection = if let connection { connection } else { try PostgresConnection(conninfo) }
        self.connection = connection
        do {
            return try advance(name, on: connection)
        } catch {
            if error.connectionLost { self.connection = nil }
            guard error.sqlState == "42P01" else { throw error }
            try create(name, on: connection)
            return try advance(name, on: connection)
        }
    }

    private func advance(_ name: String, on connection: PostgresConnection) throws(PostgresFailure) -> Int64 {
        do {
            return try connection.query(SQL("SELECT nextval('number_\(name)')"), []).int(0)
        } catch let error as PostgresFailure {
            throw error
        } catch {
            throw PostgresFailure(refusedHere: error)
        }
    }

    /// Two processes may both find it missing: the second's attempt fails, and the sequence is there.
    private func create(_ name: String, on connection: PostgresConnection) throws(PostgresFailure) {
        do {
            try connection.run(script: "CREATE SEQUENCE IF NOT EXISTS number_\(name) INCREMENT \(Self.block)")
        } catch  where error.sqlState == "23505" || error.sqlState == "42P07" {
            return
        }
    }
}
