import Basics
import Storage

/// On what ground something about staff and posts is done (办理依据): by whom, for what reason, and by which matter.
/// Without a matter it is the set-up of the house, or an act of the machine's owner in an emergency.
public struct Ground: Hashable, Sendable {
    public let actor: Actor
    public let reason: String
    public let matter: ID<Matter>?
    public let at: Moment

    public init(by actor: Actor, reason: String, matter: ID<Matter>? = nil, at: Moment) {
        self.actor = actor
        self.reason = reason
        self.matter = matter
        self.at = at
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
