import Basics
import Storage

/// Links the events that have been committed, batch by batch, beside the counters and not inside them.
///
/// The server calls it every second, a command at its end, and `EventChain.signDay` before it signs.
/// Two sealers at once do no harm: the second finds the seal's number taken and looks again.
///
/// ```swift
/// let sealed = try await Sealer.seal(store, area: area, at: now)
/// ```
public enum Sealer {
    /// Events one seal holds at most: a broken chain is named to the event all the same, and a seal's row
    /// stays around ten kilobytes.
    public static let batchMax = 1000

    /// Seals what is final; answers how many events that were.
    @discardableResult
    public static func seal(_ store: any Store, area: AreaCode, at now: Moment) async throws -> Int {
        var sealed = 0
        while true {
            guard let next = try await store.read({ tx in try Sealer.next(tx, area: area, at: now) }) else {
                return sealed
            }
            if try await store.write({ tx in try Sealer.put(next, tx) }) {
                sealed += Int(next.batchCount)
            }
            if next.batchCount < Int64(batchMax) { return sealed }
        }
    }

    /// The seal that comes next; nil when no final event waits.
    static func next(_ tx: any Transaction, area: AreaCode, at now: Moment) throws -> Seal? {
        let previous = try Seal.latest(tx, area: area)
        let batch = try EventLog.after(
            previous?.last ?? .beginning, before: try EventLog.horizon(tx, area: area), limit: batchMax, area: area, tx)
        return batch.isEmpty ? nil : Seal.over(batch, after: previous, area: area, at: now)
    }

    /// Writes a seal unless another sealer was quicker.
    private static func put(_ seal: Seal, _ tx: any Transaction) throws -> Bool {
        try tx.execute(insertion, seal.values) == 1
    }

    private static let insertion = SQL("\(Seal.insertion) ON CONFLICT (area, seal) DO NOTHING")
}
