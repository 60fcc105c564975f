import Basics
import Policy

/// The law of transfers as the policy files state it (转移接续参数).
public enum PortabilityParameters {
    static let outDays = Parameter<Int64>("portability.outDays", title: "转出地办理时限", unit: "工作日")
    static let inDays = Parameter<Int64>("portability.inDays", title: "转入地办理时限", unit: "工作日")
    static let certificateDays = Parameter<Int64>("portability.certificateDays", title: "参保凭证有效期", unit: "天")

    /// Every key of this desk, for the check.
    public static let declarations: [Declaration] = [
        outDays.declaration, inDays.declaration, certificateDays.declaration,
    ]
}

/// The time limits of a transfer (办理时限), in working days.
public struct TransferLimits: Sendable {
    /// From acceptance to the form and the money (转出地 10 个工作日).
    public var outDays: Int
    /// From the form to the account (转入地 5 个工作日).
    public var inDays: Int
    public var calendar: WorkCalendar

    public init(outDays: Int, inDays: Int, calendar: WorkCalendar) {
        self.outDays = outDays
        self.inDays = inDays
        self.calendar = calendar
    }

    public init(_ policy: AreaPolicy, on day: Day, calendar: WorkCalendar) throws(Problem) {
        let view = try policy.on(day)
        self.init(
            outDays: Int(try view.value(PortabilityParameters.outDays)),
            inDays: Int(try view.value(PortabilityParameters.inDays)), calendar: calendar)
    }

    /// The last day of a running limit.
    public func due(_ limit: TransferLimit) throws(Problem) -> Day {
        try calendar.day(days(limit.kind), workingDaysAfter: limit.since)
    }

    private func days(_ kind: TransferLimit.Kind) -> Int { kind == .origin ? outDays : inDays }

    /// The latest day such that a limit begun on it, or before, is over today.
    func lastOverdue(_ kind: TransferLimit.Kind, today: Day) throws(Problem) -> Day {
        var day = today - days(kind)
        while try due(TransferLimit(kind: kind, since: day)) >= today { day = day - 1 }
        return day
    }
}

extension Portability {
    /// How long a certificate holds (凭证有效期), in days.
    public static func certificateDays(_ policy: AreaPolicy, on day: Day) throws(Problem) -> Int {
        Int(try policy.on(day).value(PortabilityParameters.certificateDays))
    }
}
