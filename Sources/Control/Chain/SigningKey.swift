import Basics
import Foundation
import Seals
import Storage

/// The key that signs each day's head (签名密钥): an SM2 private key in a file of its own, readable by its
/// owner alone (0600), beside the database and never inside it. Whoever can write the database, or steal
/// a backup of it, cannot sign a head of their own making; the public half is known to the database and
/// printed in every export.
///
/// ```swift
/// let key = try SigningKey.make(at: "county.db.key")
/// let same = try SigningKey.load(from: "county.db.key")
/// ```
public struct SigningKey: Sendable {
    public let key: SM2PrivateKey

    public var fingerprint: String { key.publicKey.fingerprint }

    /// Where the key stands unless the user names another place: beside a database file; for a PostgreSQL
    /// database, whose connection words may hold a password, `yibao.key` in the working folder.
    public static func path(besideDatabase db: String) -> String {
        db.contains("://") || db.contains("dbname=") ? "yibao.key" : db + ".key"
    }

    /// Makes a new key and its file; refuses to overwrite one.
    public static func make(at path: String) throws -> SigningKey {
        let key = try SM2PrivateKey.generate()
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw Problem(
                "control.key.cannotCreate", field: path,
                errno == EEXIST
                    ? "签名密钥文件“\(path)”已经存在,不会覆盖;请换一个位置,或先确认旧密钥不再需要"
                    : "无法创建签名密钥文件“\(path)”,请检查目录是否存在、是否可写")
        }
        defer { close(file) }
        let pem = Array(try key.pem().utf8)
        guard write(file, pem, pem.count) == pem.count, fsync(file) == 0 else {
            throw Problem("control.key.cannotWrite", field: path, "签名密钥没有写完整,请检查磁盘空间后重新初始化")
        }
        return SigningKey(key: key)
    }

    /// Reads the key; refuses a file that others may read.
    public static func load(from path: String) throws -> SigningKey {
        var status = stat()
        guard stat(path, &status) == 0, let pem = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Problem("control.key.missing", field: path, "找不到签名密钥文件“\(path)”,请用 --key 指出它的位置")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Problem(
                "control.key.tooOpen", field: path, "签名密钥文件“\(path)”能被他人读取,请先执行 chmod 600 再使用")
        }
        guard let key = try? SM2PrivateKey(pem: pem) else {
            throw Problem("control.key.damaged", field: path, "文件“\(path)”不是完好的 SM2 私钥,请从备份恢复")
        }
        return SigningKey(key: key)
    }

    /// Makes the public half known to an area's database; does nothing when it is.
    public func register(_ tx: any Transaction, area: AreaCode, at now: Moment) throws {
        try tx.execute(
            SigningKey.registration, Value(area), .text(fingerprint), .text(try key.publicKey.pem()), Value(now))
    }

    private static let registration: SQL = """
        INSERT INTO signing_key (area, fingerprint, public_pem, known_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (area, fingerprint) DO NOTHING
        """
}
