import Basics
import Storage

/// On what ground something is done (办理依据): for what reason, by which matter or imported file, by whom and when.
/// Without a matter it is the set-up of the house, a file of the area's own or an act of the machine's owner in an emergency.
public struct Ground: Hashable, Sendable {
    public let reason: String
    public let matter: ID<Matter>?
    /// The imported file that says so, where one does (导入批次).
    public let batch: ID<ImportBatch>?
    public let actor: Actor
    public let at: Moment

    public init(
        _ reason: String, matter: ID<Matter>? = nil, batch: ID<ImportBatch>? = nil, by actor: Actor, at: Moment
    ) {
        self.reason = reason
        self.matter = matter
        self.batch = batch
        self.actor = actor
        self.at = at
    }

    /// The same ground, with the file that was read on it.
    public func reading(_ batch: ID<ImportBatch>) -> Ground {
        Ground(reason, matter: matter, batch: batch, by: actor, at: at)
    }

    /// `reason, matter, by_kind, by_number, happened_at`, as the tables end.
    var values: [Value] {
        [
            .text(reason), Value(matter), .int(actor.columns.kind), .int(actor.columns.number), Value(at),
        ]
    }

    /// Everything has a reason that fits its column.
    var problems: [Problem] {
        (1...200).contains(reason.count)
            ? [] : [Problem("control.ground.reason", field: "reason", "请写明理由,不超过 200 个字")]
    }

    /// The event's words for readers of the list.
    func detail(_ words: KeyValuePairs<StaticString, String>) -> String {
        var detail = JSONWriter(capacity: 160)
        detail.object {
            for (name, value) in words { $0.field(name, value) }
            $0.field("reason", reason)
            if let matter { $0.field("matter", matter.raw) }
        }
        return detail.text
    }
}
