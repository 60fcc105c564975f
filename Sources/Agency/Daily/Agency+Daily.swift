import Basics
import Control
import Policy
import Portability
import Storage

/// A day's work as it stands (日终处理情况).
public struct DailyReport: Sendable {
    public let area: AreaCode
    public let day: Day
    /// One for each part, in their order.
    public let outcomes: [DailyOutcome]

    public var failures: [DailyOutcome] { outcomes.filter { !$0.isDone } }
}

extension Agency {
    /// The areas that have their office in this house (本机办理的统筹区): those whose work is done each day.
    public func officeAreas() async throws -> [AreaCode] {
        let known = policies.areas.keys.sorted()
        return try await store.read { tx in try known.filter { try Organisation.isEstablished(tx, area: $0) } }
    }

    /// Does the day's work of an area (日终处理): everything that time alone brings about. What has been done today is
    /// not done again; what failed, or was cut off, is; and a part that fails keeps none of the others from being done.
    ///
    ///     let report = try await agency.daily(area)
    ///     report.failures        // shown to the system administrator, and tried again
    ///
    /// - Parameter failed: told the error behind a part that failed, for the log.
    @discardableResult
    public func daily(
        _ area: AreaCode, failed: @Sendable (DailyPart, any Error) -> Void = { _, _ in }
    ) async throws -> DailyReport {
        let today = clock().day
        var outcomes: [DailyOutcome] = []
        for part in DailyPart.allCases {
            let done = try await store.read { tx in try DailyRecords.done(tx, area: area, part, on: today) }
            if let done {
                outcomes.append(done)
            } else {
                outcomes.append(try await carry(part, of: today, area, failed: failed))
            }
        }
        return DailyReport(area: area, day: today, outcomes: outcomes)
    }

    /// Whether some of today's work waits: not tried yet, or failed an hour ago. What was done and found a difference is
    /// looked at again tomorrow: another try today would find the same.
    public func isDailyDue(_ area: AreaCode) async throws -> Bool {
        let now = clock()
        return try await store.read { tx in
            let tried = try DailyRecords.all(tx, area: area, on: now.day)
            return try DailyPart.allCases.contains { part in
                if try DailyRecords.done(tx, area: area, part, on: now.day) != nil { return false }
                guard let last = tried.last(where: { $0.part == part }) else { return true }
                if part == .accounts, last.reason != Agency.unfinished { return false }
                return last.finishedAt + Agency.secondsBetweenTries <= now
            }
        }
    }

    private static let secondsBetweenTries: Int64 = 3_600

    /// The parts of today's work whose last try failed: what the system administrator is shown.
    public func dailyFailures(_ area: AreaCode) async throws -> [DailyOutcome] {
        let today = clock().day
        return try await store.read { tx in
            let tried = try DailyRecords.all(tx, area: area, on: today)
            return DailyPart.allCases.compactMap { part in tried.last { $0.part == part } }.filter { !$0.isDone }
        }
    }

    /// That the calendar of working days lacks a year whose notice is due (待补工作日历); nil when it is complete. Shown to
    /// the system administrator from November on, by the day's work and on the first page.
    public var calendarWarning: String? {
        do throws(Problem) {
            guard let year = try policies.calendar().missingYear(on: clock().day) else { return nil }
            return "工作日历还没有 \(year) 年的放假安排,落在该年的期限暂按双休日和法定假日计算;国务院办公厅的通知公布后,请补入政策文件夹的 \(WorkCalendar.fileName)"
        } catch {
            return error.message
        }
    }

    private func carry(
        _ part: DailyPart, of day: Day, _ area: AreaCode, failed: @Sendable (DailyPart, any Error) -> Void
    ) async throws -> DailyOutcome {
        let startedAt = clock()
        var (touched, reason) = (0, "")
        do {
            touched = try await work(part, area)
        } catch is CancellationError {
            // Closing time: not a failure; the next opening goes on.
            throw CancellationError()
        } catch {
            failed(part, error)
            reason = Agency.sentence(for: error)
        }
        let outcome = DailyOutcome(
            day: day, part: part, isDone: reason.isEmpty, touched: touched, reason: reason, startedAt: startedAt,
            finishedAt: max(startedAt, clock()))
        do {
            return try await store.write { tx in try DailyRecords.record(tx, area: area, outcome) }
        } catch StoreError.constraint(let text) {
            // Another server has recorded the part in the meantime.
            let done = try await store.read { tx in try DailyRecords.done(tx, area: area, part, on: day) }
            guard let done else { throw StoreError.constraint(text) }
            return done
        }
    }

    private static let unfinished = "程序没有办完这一项,一小时后重试;仍不能办完时,请把运行日志交给系统维护人员"

    private static func sentence(for error: any Error) -> String {
        let words =
            switch error {
            case let problems as Problems: problems.all.map(\.message).joined(separator: ";")
            case let problem as Problem: problem.message
            default: unfinished
            }
        return String(words.prefix(2_000))
    }

    // MARK: - The parts

    /// Does one part; answers how many it touched.
    private func work(_ part: DailyPart, _ area: AreaCode) async throws -> Int {
        switch part {
        case .matters: try await tendAllMatters(area)
        case .jobs: try await runJobs(area).count
        case .yearCover: try await refreshAllCover(area)
        case .arrears: try await sweepCover(area)
        case .transfers: try await markLateTransfers(area)
        case .expiry: try await clearExpired(area)
        case .accounts: try await compareAccounts(area)
        case .sealing: try await Sealer.seal(store, area: area, at: clock())
        }
    }

    /// Round by round until nothing new turns up.
    private func tendAllMatters(_ area: AreaCode) async throws -> Int {
        var touched: Set<ID<Matter>> = []
        while true {
            try Task.checkCancellation()
            let round = try await tendMatters(area)
            guard !touched.isSuperset(of: round) else { return touched.count }
            touched.formUnion(round)
        }
    }

    private func markLateTransfers(_ area: AreaCode) async throws -> Int {
        let now = clock()
        let limits = try TransferLimits(policies.area(area), on: now.day, calendar: policies.calendar())
        let ground = Ground("超过办理时限", by: .system, at: now)
        var marked = 0
        while true {
            try Task.checkCancellation()
            let late = try await store.write { tx in
                try Portability.markLate(tx, area: area, today: now.day, limits, ground)
            }
            if late.isEmpty { return marked }
            marked += late.count
        }
    }

    /// Holds the accounts against the fund's ledger (账账核对) and enters how the days came out; of today, which is not over,
    /// only that it differs. Answers on how many days both moved alike.
    private func compareAccounts(_ area: AreaCode) async throws -> Int {
        let now = clock()
        let round = try await store.read { tx in try AccountComparisons.round(tx, area: area, today: now.day) }
        try await store.write { tx in
            let told = round.compared.filter { $0.day < now.day || !$0.agrees }
            try AccountComparisons.record(tx, area: area, told, at: now)
        }
        try Problems(round.problems).throwIfAny()
        return round.compared.count
    }

    private func clearExpired(_ area: AreaCode) async throws -> Int {
        let now = clock()
        return try await store.write { tx in
            try Sessions.sweep(tx, area: area, expiredBefore: now) + ExchangeFiles.sweep(tx, area: area, at: now)
        }
    }
}
