import Basics
import Storage

/// The evidence of matters (办件证据): each act has its event, and the event vouches for every row of the act.
enum MatterEvidence {
    /// The tables of an act's rows with the column that names the act, in the order in which they enter the digest,
    /// each sorted by its key.
    private static let parts: [(table: EvidenceTable, condition: String)] = [
        (MatterAct.table, "WHERE area = ? AND matter = ? AND seq = ?"),
        (MatterForm.table, "WHERE area = ? AND matter = ? AND act = ? ORDER BY version"),
        (HandedPaper.table, "WHERE area = ? AND matter = ? AND act = ? ORDER BY no"),
        (MatterStage.table, "WHERE area = ? AND matter = ? AND act = ? ORDER BY position"),
        (MatterSigner.table, "WHERE area = ? AND matter = ? AND act = ? ORDER BY position, staff"),
        (MatterCopy.table, "WHERE area = ? AND matter = ? AND act = ? ORDER BY staff"),
        (MatterSubject.table, "WHERE area = ? AND matter = ? AND act = ? ORDER BY no"),
    ]

    /// Writes an act with its rows, and the event that vouches for them.
    static func write(
        _ tx: any Transaction, _ act: MatterAct, head: MatterHead? = nil,
        rows: [(table: EvidenceTable, values: [Value])]
    ) throws {
        var digest = RowDigest()
        if let head { try MatterHead.table.insert(tx, head.values, into: &digest) }
        try MatterAct.table.insert(tx, act.values, into: &digest)
        for part in parts.dropFirst() {
            for row in rows where row.table.name == part.table.name {
                try part.table.insert(tx, row.values, into: &digest)
            }
        }
        try EventLog.append(
            tx,
            Event(
                area: act.area, kind: act.kind.event, subject: act.matter.raw, record: act.seq, actor: act.actor,
                at: act.at, detail: detail(act), rows: digest))
    }

    private static func detail(_ act: MatterAct) -> String {
        var writer = JSONWriter(capacity: 96)
        writer.object {
            $0.field("act", act.kind.name)
            if !act.post.text.isEmpty { $0.field("post", act.post.text) }
            if let behalf = act.behalf { $0.field("behalf", behalf.raw) }
        }
        return writer.text
    }

    static let sources = [acts, chunks]

    private static let acts = EvidenceSource(
        "办件", kinds: MatterAct.Kind.allCases.map(\.event),
        rowCount: "SELECT count(*) FROM matter_act WHERE area = ?"
    ) { tx, event, digest in
        if event.kind == MatterAct.Kind.opened.event {
            try MatterHead.table.addAll(
                tx, "WHERE area = ? AND id = ?", [Value(event.area), .int(event.subject)], to: &digest)
        }
        for part in parts {
            try part.table.addAll(
                tx, part.condition, [Value(event.area), .int(event.subject), .int(event.record)], to: &digest)
        }
    }

    static let chunkCarried: EventKind = "matter.chunkCarried"

    static let chunk = ActKind(chunkCarried, MatterChunk.table, subject: "matter", record: "no")

    private static let chunks = chunk.evidence
}
