import Basics
import Synchronization

/// Signatures that have been used (防重放): a request caught on its way and sent again is refused.
///
/// A sender that heard no answer signs its message anew, with the same msgid and the time of now, and gets the first
/// answer. Kept is a short digest of each signature for as long as its time is accepted: two turns of that length,
/// the older forgotten as a whole. After a restart the house knows none of the last minutes' signatures; what changes
/// anything is then still answered only once, by its msgid.
final class SeenSignatures: Sendable {
    private struct Turns {
        var begun: Int64 = 0
        var current: Set<UInt64> = []
        var earlier: Set<UInt64> = []
    }

    private let turns = Mutex(Turns())

    /// Notes a signature that was found right; throws when it has come before.
    ///
    /// - Parameter seconds: how long a signature may be accepted after it was first seen.
    func require(_ signature: Signature, keptFor seconds: Int64, now: Moment) throws(Problem) {
        let mark = SeenSignatures.mark(signature)
        let isNew = turns.withLock { turns in
            if now.seconds - turns.begun >= seconds {
                turns.earlier = now.seconds - turns.begun < 2 * seconds ? turns.current : []
                turns.current = []
                turns.begun = now.seconds
            }
            return !turns.earlier.contains(mark) && turns.current.insert(mark).inserted
        }
        guard isNew else {
            throw Problem(
                "gateway.signature.repeated", field: "X-Yibao-Signature",
                "这份签名已经用过:如因未收到应答而重发,请保持 msgid 不变,用当前时间重新签名后再发")
        }
    }

    /// The last bytes of the signature, which are as good as random.
    private static func mark(_ signature: Signature) -> UInt64 {
        signature.bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
