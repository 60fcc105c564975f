import GRDB
import GRDBSQLite

extension StoreError {
    /// What SQLite's answer means to a caller. `code` may be an extended one.
    static func sqlite(_ code: Int32, _ message: String) -> StoreError {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: .constraint(message)
        case SQLITE_FULL: .diskFull
        case SQLITE_BUSY, SQLITE_LOCKED: .locked
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged(message)
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: .unavailable(message)
        case SQLITE_READONLY: .failed("the database is open for reading only: \(message)")
        default: .failed("\(message) (SQLite \(code))")
        }
    }

    /// The same for an error that GRDB reports.
    static func grdb(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return sqlite(error.extendedResultCode.rawValue, error.message ?? "no message")
    }
}
