import Agency
import Basics
import Settlement
import Storage
import Synchronization

/// The figures of days that are over, kept in memory: they never change, so a year of them is read once.
final class FigureCache: Sendable {
    private let kept = Mutex<[Day: [DayFigure]]>([:])

    /// The figures from `first` through `last`; days before `today` come from memory once they were read.
    func figures(
        _ store: any Store, _ area: AreaCode, from first: Day, through last: Day, today: Day
    ) async throws -> [DayFigure] {
        guard first <= last else { return [] }
        let known = kept.withLock { $0 }
        // Read the gap between the first and the last day that is not known, in one query.
        let wanted = (first...last).filter { known[$0] == nil || $0 >= today }
        var byDay = known
        if let low = wanted.first, let high = wanted.last {
            let read = try await store.read { tx in try SettlementDesk.dayFigures(area, from: low, through: high, tx) }
            for day in low...high { byDay[day] = [] }
            for figure in read { byDay[figure.day, default: []].append(figure) }
            kept.withLock { kept in
                for day in low...high where day < today { kept[day] = byDay[day] }
            }
        }
        return (first...last).flatMap { byDay[$0] ?? [] }
    }
}
