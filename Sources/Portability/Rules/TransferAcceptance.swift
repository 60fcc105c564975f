import Basics

/// What is known when a transfer is asked for (受理条件). Facts of the other agency that are not known are nil, and
/// are checked there.
public struct TransferFacts: Hashable, Sendable {
    public var direction: TransferDirection
    public var scene: TransferScene
    public var from: Insurance
    public var to: Insurance
    public var today: Day
    /// The last day of the insurance at the origin; nil while it goes on.
    public var originEnded: Day?
    /// Whether the origin's records are at hand: only the origin knows when its own insurance ended.
    public var knowsOrigin: Bool
    /// The first day of the insurance at the destination; nil when there is none.
    public var destinationFrom: Day?
    public var knowsDestination: Bool
    /// The last year that is paid for as a resident at the origin.
    public var residentPaidThrough: Int?
    /// Another transfer of the same insurance that is not over.
    public var openTransfer: String?
    public var owed: Money
    public var isRetired: Bool
    public var hasDied: Bool
    /// A stay or visit that is not settled yet.
    public var unsettledCare: Bool

    public init(
        direction: TransferDirection, scene: TransferScene, from: Insurance, to: Insurance, today: Day,
        originEnded: Day? = nil, knowsOrigin: Bool = true, destinationFrom: Day? = nil, knowsDestination: Bool = true,
        residentPaidThrough: Int? = nil, openTransfer: String? = nil, owed: Money = .zero, isRetired: Bool = false,
        hasDied: Bool = false, unsettledCare: Bool = false
    ) {
        self.direction = direction
        self.scene = scene
        self.from = from
        self.to = to
        self.today = today
        self.originEnded = originEnded
        self.knowsOrigin = knowsOrigin
        self.destinationFrom = destinationFrom
        self.knowsDestination = knowsDestination
        self.residentPaidThrough = residentPaidThrough
        self.openTransfer = openTransfer
        self.owed = owed
        self.isRetired = isRetired
        self.hasDied = hasDied
        self.unsettledCare = unsettledCare
    }
}

/// Whether a transfer can be accepted (受理审核). 医保办发〔2021〕43号 第二条、第三条.
public enum TransferAcceptance {
    /// All that speaks against it, in the words for the counter; empty when it is to be accepted.
    public static func problems(_ facts: TransferFacts) -> [Problem] {
        var problems = Problems()
        scheme(facts, &problems)
        person(facts, &problems)
        origin(facts, &problems)
        destination(facts, &problems)
        return problems.all
    }

    /// The scene that two insurances make.
    public static func scene(from: Insurance, to: Insurance) -> TransferScene? {
        switch (from, to) {
        case (.employee, .employee): .employee
        case (.resident, .resident): .resident
        case (.employee, .resident), (.resident, .employee): .crossScheme
        default: nil
        }
    }

    private static func scheme(_ facts: TransferFacts, _ problems: inout Problems) {
        guard let scene = scene(from: facts.from, to: facts.to) else {
            problems.add(
                "transfer.insurance", field: "from_insurance",
                "\(facts.from.name)与\(facts.to.name)之间不办理转移接续,只转移职工医保和居民医保")
            return
        }
        if scene != facts.scene {
            problems.add(
                "transfer.scene", field: "scene", "从\(facts.from.name)转到\(facts.to.name)是“\(scene.name)”,请改选转移类型")
        }
    }

    private static func person(_ facts: TransferFacts, _ problems: inout Problems) {
        if facts.hasDied { problems.add("transfer.died", field: "person", "此人已登记死亡,不能转移;个人账户余额请办理清退") }
        if facts.isRetired {
            problems.add("transfer.retired", field: "person", "已享受退休医保待遇的人员不转移关系,可办理异地安置备案")
        }
        if let open = facts.openTransfer {
            problems.add("transfer.open", field: "person", "此人已有办理中的转移 \(open),请先办结或撤回")
        }
    }

    private static func origin(_ facts: TransferFacts, _ problems: inout Problems) {
        guard facts.knowsOrigin else { return }
        if facts.originEnded == nil, facts.scene != .resident {
            problems.add("transfer.origin.active", field: "person", "转出地的\(facts.from.name)还没有停保,请先由单位或本人办理停保")
        }
        if facts.owed > .zero {
            problems.add("transfer.origin.owed", field: "person", "在转出地还欠缴 \(facts.owed) 元,请先缴清")
        }
        if facts.unsettledCare {
            problems.add("transfer.origin.unsettled", field: "person", "还有没有结算的就诊,账户余额未定,请先完成结算")
        }
    }

    /// A resident keeps this year where it was paid; what is transferred is the next one.
    private static func destination(_ facts: TransferFacts, _ problems: inout Problems) {
        guard facts.knowsDestination else { return }
        guard let from = facts.destinationFrom else {
            problems.add("transfer.destination.notInsured", field: "person", "在转入地还没有参加\(facts.to.name),请先办理参保登记")
            return
        }
        if facts.scene == .resident, let paid = facts.residentPaidThrough, from.year <= paid {
            problems.add(
                "transfer.resident.thisYear", field: "person",
                "居民医保已在转出地缴到 \(paid) 年度,当年不转移;请参加转入地 \(paid + 1) 年度居民医保后再申请")
        }
    }
}
