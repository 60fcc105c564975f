import Basics
import Seals
import Storage

/// The archive of the law (政策版本档案): the text of an area's policy under its own digest, so that a refund
/// years later is computed with the law of its bill, and nobody can put another text under the old name.
///
/// ```swift
/// let version = try PolicyVersions.archive(tx, area: area, text: policy.archive, at: now)
/// let text = try PolicyVersions.text(tx, area: area, version: version)
/// ```
public enum PolicyVersions {
    /// Keeps a text unless it is there; answers its version, the hexadecimal SM3 of the text.
    @discardableResult
    public static func archive(_ tx: any Transaction, area: AreaCode, text: String, at now: Moment) throws -> String {
        let version = Hex.encode(SM3.hash(text))
        try tx.execute(insertion, Value(area), .text(version), .text(text), Value(now))
        return version
    }

    private static let insertion: SQL = """
        INSERT INTO policy_version (area, version, content, archived_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (area, version) DO NOTHING
        """

    /// The text of a version; nil when it was never archived here.
    public static func text(_ tx: any Transaction, area: AreaCode, version: String) throws -> String? {
        try tx.first(
            "SELECT content FROM policy_version WHERE area = ? AND version = ?", Value(area), .text(version)
        ) { try $0.text(0) }
    }

    /// The version that was archived last (现行版本); nil when none was.
    public static func last(_ tx: any Transaction, area: AreaCode) throws -> String? {
        try tx.first(
            "SELECT version FROM policy_version WHERE area = ? ORDER BY archived_at DESC, version LIMIT 1", Value(area)
        ) { try $0.text(0) }
    }

    /// The areas whose law is archived, those without an office here among them.
    public static func areas(_ tx: any Transaction) throws -> [AreaCode] {
        try tx.rows("SELECT DISTINCT area FROM policy_version ORDER BY area") { AreaCode(try $0.int(0)) }
    }

    /// Every archived text still has the digest it is filed under.
    static func verify(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        var problems: [Problem] = []
        try tx.forEach(
            "SELECT version, content FROM policy_version WHERE area = ? ORDER BY archived_at, version", [Value(area)]
        ) { row in
            let version = try row.text(0)
            if Hex.encode(SM3.hash(try row.text(1))) != version {
                problems.append(
                    Problem(
                        "control.verify.policy", field: "政策版本 \(version.prefix(12))",
                        "存档的政策文本被改动过,与其版本号不符,请从备份恢复"))
            }
            return true
        }
        return problems
    }
}
