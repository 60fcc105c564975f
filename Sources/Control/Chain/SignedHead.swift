import Basics
import Seals
import Storage

/// The head of an area's chain at a day's end, signed (日终链头). Printed on the day's report and exported
/// to whoever supervises: a chain alone proves nothing against the owner of the database.
public struct SignedHead: Sendable, Hashable {
    public let area: AreaCode
    public let day: Day
    /// The number of the seal that is the head.
    public let seal: Int64
    /// How many events the chain holds up to it.
    public let totalCount: Int64
    public let head: [UInt8]
    /// Which key signed.
    public let fingerprint: String
    public let signature: [UInt8]
    public let signedAt: Moment

    /// The bytes that are signed: readable, so that a supervisor can check them with any tool.
    static func message(area: AreaCode, day: Day, seal: Int64, totalCount: Int64, head: [UInt8]) -> [UInt8] {
        Array("yibao-head-1 area=\(area) day=\(day) seal=\(seal) events=\(totalCount) head=\(Hex.encode(head))".utf8)
    }

    var message: [UInt8] {
        SignedHead.message(area: area, day: day, seal: seal, totalCount: totalCount, head: head)
    }

    /// Whether the signature is this key's over these figures.
    public func isSigned(by key: SM2PublicKey) -> Bool { key.accepts(signature, for: message) }
}

extension SignedHead: Record, WritableRecord {
    static let columns = "area, day, seal, total_count, head, fingerprint, signature, signed_at"
    public static let insertion: SQL = "INSERT INTO signed_head (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

    public init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        day = try row.day(1)
        seal = try row.int(2)
        totalCount = try row.int(3)
        head = try row.bytes(4)
        fingerprint = try row.text(5)
        signature = try row.bytes(6)
        signedAt = try row.moment(7)
    }

    public var values: [Value] {
        [
            Value(area), Value(day), .int(seal), .int(totalCount), .bytes(head), .text(fingerprint),
            .bytes(signature), Value(signedAt),
        ]
    }

    /// All signed heads of an area in order.
    public static func all(_ tx: any Transaction, area: AreaCode) throws -> [SignedHead] {
        try tx.all(
            SignedHead.self, "SELECT \(columns) FROM signed_head WHERE area = ? ORDER BY seal, day", Value(area))
    }
}

/// The day's last work on the chain.
public enum EventChain {
    /// Seals what waits and signs the head for a day; answers the head, or the one signed before when
    /// nothing has happened since. Nil when the area has no event yet.
    ///
    /// ```swift
    /// let head = try await EventChain.signDay(store, area: area, day: today, key: key, at: now)
    /// ```
    public static func signDay(
        _ store: any Store, area: AreaCode, day: Day, key: SigningKey, at now: Moment
    ) async throws -> SignedHead? {
        try await Sealer.seal(store, area: area, at: now)
        return try await store.write { tx in
            guard let seal = try Seal.latest(tx, area: area) else { return nil }
            let before = try tx.one(SignedHead.self, signedBefore, Value(area), Value(day), .int(seal.seal))
            if let before { return before }
            try key.register(tx, area: area, at: now)
            let message = SignedHead.message(
                area: area, day: day, seal: seal.seal, totalCount: seal.totalCount, head: seal.head)
            let head = SignedHead(
                area: area, day: day, seal: seal.seal, totalCount: seal.totalCount, head: seal.head,
                fingerprint: key.fingerprint, signature: try key.key.sign(message), signedAt: now)
            try tx.insert(head)
            return head
        }
    }

    /// Signs the last day that had events and is over, unless it is signed: also a day that ended while the house
    /// was closed. The head covers all days before it, and what the next day has brought by then. Answers the head,
    /// nil when there was nothing to do.
    ///
    /// ```swift
    /// try await EventChain.closeDays(store, area: area, key: key, at: now)   // when the house opens, and each midnight
    /// ```
    @discardableResult
    public static func closeDays(
        _ store: any Store, area: AreaCode, key: SigningKey, at now: Moment
    ) async throws -> SignedHead? {
        let pending = try await store.read { tx in try lastUnsignedDay(tx, area: area, before: now.day) }
        guard let day = pending else { return nil }
        return try await signDay(store, area: area, day: day, key: key, at: now)
    }

    private static func lastUnsignedDay(_ tx: any Transaction, area: AreaCode, before today: Day) throws -> Day? {
        let last = try tx.first(lastBefore, Value(area), Value(Moment(today))) { try $0.moment(0).day }
        guard let last else { return nil }
        let signed = try tx.first("SELECT max(day) FROM signed_head WHERE area = ?", Value(area)) {
            try $0.dayOrNil(0)
        }
        guard let signed = signed ?? nil else { return last }
        return signed < last ? last : nil
    }

    /// Walks back along the key over today's events.
    private static let lastBefore: SQL = """
        SELECT happened_at FROM event WHERE area = ? AND happened_at < ? ORDER BY mark DESC, id DESC LIMIT 1
        """

    private static let signedBefore: SQL = """
        SELECT \(SignedHead.columns) FROM signed_head WHERE area = ? AND day = ? AND seal = ?
        """
}

/// The file that goes to the supervisor (链头文件): public keys and signed heads, one a line, as text.
///
/// ```
/// yibao-key 990100 1f0c… LS0tLS1CRUdJTi…
/// yibao-head 990100 2026-03-01 12 3456 9b02… 1f0c… MEUCIQ…
/// ```
public struct HeadFile: Sendable {
    public struct Key: Sendable, Hashable {
        public let area: AreaCode
        public let fingerprint: String
        public let pem: String

        public init(area: AreaCode, fingerprint: String, pem: String) {
            self.area = area
            self.fingerprint = fingerprint
            self.pem = pem
        }
    }

    public var keys: [Key]
    public var heads: [SignedHead]

    public init(keys: [Key] = [], heads: [SignedHead] = []) {
        self.keys = keys
        self.heads = heads
    }

    /// The keys and heads that an area's database knows: what is exported.
    public init(_ tx: any Transaction, area: AreaCode) throws {
        keys = try tx.rows(
            "SELECT fingerprint, public_pem FROM signing_key WHERE area = ? ORDER BY known_at, fingerprint", Value(area)
        ) { Key(area: area, fingerprint: try $0.text(0), pem: try $0.text(1)) }
        heads = try SignedHead.all(tx, area: area)
    }

    public var text: String {
        var lines = keys.map { "yibao-key \($0.area) \($0.fingerprint) \(Base64.encode(Array($0.pem.utf8)))" }
        for head in heads {
            lines.append(
                "yibao-head \(head.area) \(head.day) \(head.seal) \(head.totalCount) \(Hex.encode(head.head)) "
                    + "\(head.fingerprint) \(Base64.encode(head.signature))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads the file back; every line that is neither is a problem, and all come together.
    public init(_ text: String, file: String) throws(Problems) {
        self.init()
        var problems = Problems()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.isEmpty { continue }
            if let key = HeadFile.key(words) {
                keys.append(key)
            } else if let head = HeadFile.head(words) {
                heads.append(head)
            } else {
                problems.add(
                    "control.heads.line", field: "\(file):\(index + 1)", "这一行不是链头或公钥,请使用当时导出的原文件")
            }
        }
        try problems.throwIfAny()
    }

    private static func key(_ words: [String]) -> Key? {
        guard words.count == 4, words[0] == "yibao-key", let area = AreaCode(words[1]),
            let pem = Base64.decode(words[3])
        else { return nil }
        return Key(area: area, fingerprint: words[2], pem: String(decoding: pem, as: UTF8.self))
    }

    private static func head(_ words: [String]) -> SignedHead? {
        guard words.count == 8, words[0] == "yibao-head", let area = AreaCode(words[1]), let day = Day(words[2]),
            let seal = Int64(words[3]), let total = Int64(words[4]), let head = Hex.decode(words[5]),
            head.count == SM3.length, let signature = Base64.decode(words[7])
        else { return nil }
        return SignedHead(
            area: area, day: day, seal: seal, totalCount: total, head: head, fingerprint: words[6],
            signature: signature, signedAt: Moment(day))
    }
}
