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

    /// The day by which the act after this one must come; nil where nothing more is awaited from this side or no
    /// limit is set.
    func due(after act: TransferState, on day: Day, since: Day?) throws(Problem) -> Day? {
        switch act {
        case .accepted: try calendar.day(outDays, workingDaysAfter: day)
        case .infoReceived: try calendar.day(inDays, workingDaysAfter: day)
        // Money and entries stand within the limit that the step before began.
        case .infoReady, .fundMatched, .credited: since
        case .returned: try calendar.day(outDays, workingDaysAfter: day)
        case .applied, .fundSent, .done, .rejected, .timeout: nil
        }
    }
}
