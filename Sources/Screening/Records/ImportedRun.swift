import Basics
import Control
import Storage

/// One run of screening in the agency's database (审核批次).
public struct ImportedRun: Hashable, Sendable {
    public let id: ID<ImportedRun>
    /// 批次号, as it stands in every finding.
    public let code: String
    /// Name of the extract's folder.
    public let extract: String
    public let screenedAt: Moment
    /// SM3 of the register of rules, and of all files of knowledge together.
    public let rulesDigest: [UInt8]
    public let knowledgeDigest: [UInt8]
    public let parametersVersion: String
    /// The area whose price caps were used; empty when none were.
    public let capsArea: String
    /// SM3 of `findings.csv`.
    public let findingsDigest: [UInt8]
    public let lineCount: Int
    public let findingCount: Int
    public let actor: Actor
    public let at: Moment

    static let table = EvidenceTable(
        "screening_run", "area", "id", .text("code"), .text("extract"), "screened_at", .blob("rules_digest"),
        .blob("knowledge_digest"), .text("parameters_version"), .text("caps_area"), .blob("findings_digest"),
        "line_count", "finding_count", "actor_kind", "actor", "at")

    func values(_ area: AreaCode) -> [Value] {
        let who = actor.columns
        return [
            Value(area), Value(id), .text(code), .text(extract), Value(screenedAt), .bytes(rulesDigest),
            .bytes(knowledgeDigest), .text(parametersVersion), .text(capsArea), .bytes(findingsDigest),
            .int(Int64(lineCount)), .int(Int64(findingCount)), .int(who.kind), .int(who.number), Value(at),
        ]
    }
}

extension ImportedRun: Record {
    /// From a row selected by `table.columnList`.
    public init(_ row: any Row) throws {
        id = try row.id(1)
        code = try row.text(2)
        extract = try row.text(3)
        screenedAt = try row.moment(4)
        rulesDigest = try row.bytes(5)
        knowledgeDigest = try row.bytes(6)
        parametersVersion = try row.text(7)
        capsArea = try row.text(8)
        findingsDigest = try row.bytes(9)
        lineCount = Int(try row.int(10))
        findingCount = Int(try row.int(11))
        guard let actor = Actor(kind: try row.int(12), number: try row.int(13)) else {
            throw StoreError.damaged("screening_run.actor_kind")
        }
        self.actor = actor
        at = try row.moment(14)
    }
}
