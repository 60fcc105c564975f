import Basics
import Storage

/// Keeps an area's chain while the house is open: seals every second what has been committed, signs each day's
/// head once the day is over (also one that ended while the house was closed), and sweeps old sessions.
///
/// ```swift
/// let keeper = ChainKeeper(store: store, areas: [area], key: key, clock: clock, report: { logger.error("\($0)") })
/// async let keeping: Void = keeper.run()   // until the task is cancelled
/// ```
public struct ChainKeeper: Sendable {
    let store: any Store
    let areas: [AreaCode]
    let key: SigningKey?
    let clock: @Sendable () -> Moment
    let report: @Sendable (any Error) -> Void

    /// Without a key the chain is sealed but its heads are not signed: `report` is told once a day.
    public init(
        store: any Store, areas: [AreaCode], key: SigningKey?, clock: @escaping @Sendable () -> Moment,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.store = store
        self.areas = areas
        self.key = key
        self.clock = clock
        self.report = report
    }

    /// Works until its task is cancelled, then seals what is left. A failure is reported and tried again.
    public func run() async {
        var signedUntil: [AreaCode: Day] = [:]
        while !Task.isCancelled {
            for area in areas { await keep(area, &signedUntil) }
            try? await Task.sleep(for: .seconds(1))
        }
        for area in areas {
            do { try await Sealer.seal(store, area: area, at: clock()) } catch { report(error) }
        }
    }

    private func keep(_ area: AreaCode, _ signedUntil: inout [AreaCode: Day]) async {
        let now = clock()
        let yesterday = now.day - 1
        do {
            if signedUntil[area] != yesterday {
                signedUntil[area] = yesterday
                try await closeDays(area, through: yesterday, at: now)
            }
            try await Sealer.seal(store, area: area, at: now)
        } catch {
            report(error)
        }
    }

    /// Signs the last day that had events and is over, unless that is done. The head covers all days before it.
    func closeDays(_ area: AreaCode, through last: Day, at now: Moment) async throws {
        try await Sealer.seal(store, area: area, at: now)
        let pending = try await store.read { tx -> Day? in
            guard let event = try EventLog.latest(tx, area: area, limit: 1).first else { return nil }
            let day = min(event.at.day, last)
            let signed = try tx.first("SELECT max(day) FROM signed_head WHERE area = ?", Value(area)) {
                try $0.dayOrNil(0)
            }
            return (signed ?? nil).map { $0 < day } ?? true ? day : nil
        }
        if let day = pending {
            guard let key else {
                throw Problem("control.key.missing", field: "key", "没有签名密钥,\(day) 的链头没有签名;请用 --key 指出密钥文件")
            }
            _ = try await EventChain.signDay(store, area: area, day: day, key: key, at: now)
        }
        let old = now + Int64(-30 * 86_400)
        _ = try await store.write { tx in try Sessions.sweep(tx, area: area, expiredBefore: old) }
    }
}
