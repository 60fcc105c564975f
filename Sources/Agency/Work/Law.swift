import Basics
import Control
import Policy
import Storage
import Synchronization

extension Agency {
    /// The law in force in an area (现行政策), as the store keeps it: what the effect of a matter computes with, since
    /// it holds a transaction and nothing else.
    ///
    /// The version archived last is the one the house was opened with. It is read once a version and kept.
    public static func law(_ tx: any Transaction, area: AreaCode) throws -> AreaPolicy {
        guard let version = try PolicyVersions.last(tx, area: area) else {
            throw Problem("policy.unknownArea", field: "\(area)", "统筹区 \(area) 没有存档的政策文件,请先录入政策")
        }
        return try law(tx, area: area, version: version)
    }

    /// The law of an archived version.
    public static func law(_ tx: any Transaction, area: AreaCode, version: String) throws -> AreaPolicy {
        if let kept = archivedLaw.withLock({ $0[version] }) { return kept }
        guard let text = try PolicyVersions.text(tx, area: area, version: version) else {
            throw Problem(
                "policy.archive", field: "政策版本 \(version.prefix(12))", "没有存档这个版本的政策,请从备份恢复")
        }
        let policy = try AreaPolicy(archived: text)
        archivedLaw.withLock { $0[version] = policy }
        return policy
    }

    /// A version is the digest of its text, so that what is kept can never be out of date.
    private static let archivedLaw = Mutex<[String: AreaPolicy]>([:])
}
