import Basics
import Storage

/// A file that a provider sent, or that was made for it (文件交换, 9101 and 9102): the statement of a reconciliation,
/// its findings. What it says is kept elsewhere; the file itself goes after its days.
public struct ExchangeFile: Record, WritableRecord, Hashable {
    public let area: AreaCode
    /// 文件查询号: the id of the message that brought or asked for it
    public let number: String
    /// 定点医药机构编号
    public let provider: String
    public let name: String
    public let content: [UInt8]
    public let madeAt: Moment
    /// 下载截止时间
    public let expiresAt: Moment

    /// Files are kept for a month: a reconciliation is over by then.
    public static let secondsKept: Int64 = 30 * 86_400

    public init(
        area: AreaCode, number: String, provider: String, name: String, content: [UInt8], madeAt: Moment
    ) {
        self.area = area
        self.number = number
        self.provider = provider
        self.name = name
        self.content = content
        self.madeAt = madeAt
        expiresAt = madeAt + ExchangeFile.secondsKept
    }

    public init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        number = try row.text(1)
        provider = try row.text(2)
        name = try row.text(3)
        content = try row.bytes(4)
        madeAt = try row.moment(5)
        expiresAt = try row.moment(6)
    }

    static let selection =
        "SELECT area, number, provider_code, name, content, made_at, expires_at FROM exchange_file"
    public static let insertion: SQL = """
        INSERT INTO exchange_file (area, number, provider_code, name, content, made_at, expires_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    public var values: [Value] {
        [
            Value(area), .text(number), .text(provider), .text(name), .bytes(content), Value(madeAt), Value(expiresAt),
        ]
    }
}

/// The files of exchange, by area and number.
public enum ExchangeFiles {
    public static let migrations = [
        Migration(
            "exchange.1",
            [
                """
                CREATE TABLE exchange_file (
                    area {int} NOT NULL,
                    number {text} NOT NULL CHECK (length(number) BETWEEN 1 AND 40),
                    provider_code {text} NOT NULL,
                    name {text} NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
                    content {blob} NOT NULL,
                    made_at {int} NOT NULL,
                    expires_at {int} NOT NULL CHECK (expires_at > made_at),
                    PRIMARY KEY (area, number)
                ) {strict}
                """,
                "CREATE INDEX exchange_file_by_end ON exchange_file (area, expires_at)",
            ])
    ]

    private static let byNumber = SQL(ExchangeFile.selection + " WHERE area = ? AND number = ?")

    /// Keeps a file. The same file again is answered with the first; another under its number is refused.
    @discardableResult
    public static func keep(_ file: ExchangeFile, _ tx: any Transaction) throws -> ExchangeFile {
        _ = try sweep(tx, area: file.area, at: file.madeAt)
        if let known = try tx.one(ExchangeFile.self, byNumber, Value(file.area), .text(file.number)) {
            guard known.content == file.content, known.name == file.name, known.provider == file.provider else {
                throw Problem(
                    "settlement.message.otherContent", field: "msgid", "报文 ID 已用于另一个文件,请换新的报文 ID 重新上传")
            }
            return known
        }
        try tx.insert(file)
        return file
    }

    /// Removes the files past their time; answers how many.
    static func sweep(_ tx: any Transaction, area: AreaCode, at now: Moment) throws -> Int {
        try tx.execute("DELETE FROM exchange_file WHERE area = ? AND expires_at < ?", Value(area), Value(now))
    }

    /// A provider's own file that can still be fetched.
    public static func require(
        _ number: String, of provider: String, area: AreaCode, now: Moment, _ tx: any Transaction
    ) throws -> ExchangeFile {
        guard let file = try tx.one(ExchangeFile.self, byNumber, Value(area), .text(number)), file.provider == provider,
            now <= file.expiresAt
        else {
            throw Problem("gateway.file.unknown", field: "file_qury_no", "没有这个文件,或已过下载截止时间,请重新上传或查询")
        }
        return file
    }
}
