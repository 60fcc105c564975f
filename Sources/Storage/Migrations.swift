/// How migrations become each store's own DDL, and which of them have been applied.
enum MigrationWords {
    /// Expands the words of `Migration` for a store. `{append-only TABLE}` is a statement of its own.
    static func expand(_ statement: String, for dialect: Dialect) throws -> String {
        let trimmed = statement.trimmed
        if trimmed.hasPrefix(appendOnly), trimmed.hasSuffix("}") {
            let table = String(trimmed.dropFirst(appendOnly.count).dropLast()).trimmed
            return dialect == .sqlite ? sqliteGuard(table) : postgresGuard(table)
        }
        let expanded = words(dialect).reduce(statement) { replace($1.key, with: $1.value, in: $0) }
        if let brace = expanded.firstIndex(of: "{") {
            throw StoreError.failed("an unknown word in a migration: \(expanded[brace...].prefix(30))")
        }
        return expanded
    }

    private static let appendOnly = "{append-only "

    private static func words(_ dialect: Dialect) -> [(key: String, value: String)] {
        switch dialect {
        case .sqlite:
            [
                ("{id}", "INTEGER"), ("{int}", "INTEGER"), ("{text}", "TEXT"), ("{blob}", "BLOB"),
                ("{strict}", "STRICT"), ("{clustered}", "STRICT, WITHOUT ROWID"),
            ]
        case .postgres:
            [
                ("{id}", "BIGINT"), ("{int}", "BIGINT"), ("{text}", "TEXT"), ("{blob}", "BYTEA"), ("{strict}", ""),
                ("{clustered}", ""),
            ]
        }
    }

    private static func sqliteGuard(_ table: String) -> String {
        ["UPDATE", "DELETE"].map { verb in
            """
            CREATE TRIGGER \(table)_refuses_\(verb.lowercased()) BEFORE \(verb) ON \(table)
            BEGIN SELECT RAISE(ABORT, 'append-only: \(table) refuses \(verb)'); END;
            """
        }.joined(separator: "\n")
    }

    /// TRUNCATE has no rows to fire for, hence a trigger of its own.
    private static func postgresGuard(_ table: String) -> String {
        """
        CREATE TRIGGER \(table)_refuses_change BEFORE UPDATE OR DELETE ON \(table)
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER \(table)_refuses_truncate BEFORE TRUNCATE ON \(table)
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """
    }

    private static func replace(_ word: String, with replacement: String, in text: String) -> String {
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: word) {
            result += rest[..<found.lowerBound] + replacement
            rest = rest[found.upperBound...]
        }
        return result + rest
    }
}

extension Transaction {
    /// Applies the migrations not yet applied; all of them or none. The caller sees to it that nobody else does
    /// so at the same time.
    func apply(_ migrations: [Migration]) throws {
        for table in Self.ownTables(dialect) { try run(script: MigrationWords.expand(table, for: dialect)) }
        let applied = try rows("SELECT name, fingerprint FROM schema_migration ORDER BY position") {
            (name: try $0.text(0), fingerprint: try $0.int(1))
        }
        let known = Dictionary(migrations.map { ($0.name, $0.fingerprint) }) { first, _ in first }
        guard known.count == migrations.count else { throw StoreError.failed("two migrations share a name") }
        let unknown = applied.map(\.name).filter { known[$0] == nil }
        guard unknown.isEmpty else { throw StoreError.newerDatabase(unknown: unknown) }
        for (name, fingerprint) in applied where known[name] != fingerprint {
            throw StoreError.failed("migration \(name) was edited after it had been applied: write a new one instead")
        }
        let names = Set(applied.map(\.name))
        for (position, migration) in migrations.enumerated() where !names.contains(migration.name) {
            for statement in migration.statements { try run(script: MigrationWords.expand(statement, for: dialect)) }
            try execute(
                "INSERT INTO schema_migration (name, position, fingerprint) VALUES (?, ?, ?)", .text(migration.name),
                .int(Int64(position)), .int(migration.fingerprint))
        }
    }

    /// PostgreSQL has sequences for its number series.
    private static func ownTables(_ dialect: Dialect) -> [String] {
        let migrations = """
            CREATE TABLE IF NOT EXISTS schema_migration (
                name {text} NOT NULL PRIMARY KEY, position {int} NOT NULL, fingerprint {int} NOT NULL) {clustered}
            """
        let numbers = """
            CREATE TABLE IF NOT EXISTS number_series (
                name {text} NOT NULL PRIMARY KEY, next {int} NOT NULL CHECK (next > 0)) {clustered}
            """
        return dialect == .sqlite ? [migrations, numbers] : [migrations]
    }
}

extension Migration {
    /// FNV-1a over the words of the statements: new line breaks do not count as an edit. It catches a
    /// developer's slip, not an attacker. Byte by byte, since every start of the program asks for all of them.
    var fingerprint: Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var isInWord = false
        func add(_ byte: UInt8) {
            let isSpace = byte == 0x20 || (0x09...0x0D).contains(byte)
            if !isSpace || isInWord { hash = (hash ^ UInt64(isSpace ? 0x20 : byte)) &* 0x0000_0100_0000_01B3 }
            isInWord = !isSpace
        }
        for (index, statement) in statements.enumerated() {
            if index > 0 { add(UInt8(ascii: ";")) }
            for byte in statement.utf8 { add(byte) }
        }
        add(0x20)
        return Int64(bitPattern: hash)
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest)
    }
}

extension Substring {
    fileprivate func firstRange(of word: String) -> Range<Index>? {
        var start = startIndex
        while let candidate = self[start...].firstIndex(of: word.first!) {
            if self[candidate...].hasPrefix(word) { return candidate..<index(candidate, offsetBy: word.count) }
            start = index(after: candidate)
        }
        return nil
    }
}

extension SQLiteStore {
    public func migrate(_ migrations: [Migration]) async throws {
        try await write {
            try $0.apply(migrations)
            try AssumedStatistics.write($0)
        }
    }
}
