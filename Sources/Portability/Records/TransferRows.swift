import Basics
import Control
import Storage

/// A transfer of one person between two agencies (转移业务), as it was asked for. How far it has come is told by its
/// acts.
public struct Transfer: Hashable, Sendable, Record {
    /// Who asked for it (申请渠道).
    public enum Applicant: Hashable, Sendable {
        /// 本人(窗口)
        case person
        /// 单位代办
        case employer(ID<Employer>)
        /// 网上平台
        case platform

        var columns: (kind: Int64, employer: ID<Employer>?) {
            switch self {
            case .person: (1, nil)
            case .employer(let id): (2, id)
            case .platform: (3, nil)
            }
        }
    }

    public let id: ID<Transfer>
    public let area: AreaCode
    /// 转移业务编号, the same at both agencies
    public let number: String
    public let direction: TransferDirection
    public let scene: TransferScene
    public let person: ID<Person>
    public let from: Insurance
    public let to: Insurance
    /// 对方统筹区
    public let other: AreaCode
    public let applicant: Applicant
    public let appliedOn: Day
    /// 参加转入地医保的起始日
    public let insuredFrom: Day
    /// 连续缴费起始年月 and 缴至年月, as the person's certificate says them
    public let paidFrom: Month?
    public let paidThrough: Month?
    /// The other agency is written to on paper.
    public let isOnPaper: Bool

    static let table = EvidenceTable(
        "transfer", "area", "id", .text("number"), "direction", "scene", "person", "from_insurance", "to_insurance",
        "other", "applicant", "employer", "applied_day", "insured_from", "paid_from", "paid_through", "on_paper",
        "matter",
        "actor_kind", "actor", "at")

    public init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        id = try row.id(1)
        number = try row.text(2)
        direction = try row.code(3)
        scene = try row.code(4)
        person = try row.id(5)
        from = try row.code(6)
        to = try row.code(7)
        other = AreaCode(try row.int(8))
        let employer = try row.intOrNil(10).map { ID<Employer>($0) }
        applicant =
            switch (try row.int(9), employer) {
            case (2, let employer?): .employer(employer)
            case (3, _): .platform
            default: .person
            }
        appliedOn = try row.day(11)
        insuredFrom = try row.day(12)
        paidFrom = try row.intOrNil(13).map { Month(number: Int32(truncatingIfNeeded: $0)) }
        paidThrough = try row.intOrNil(14).map { Month(number: Int32(truncatingIfNeeded: $0)) }
        isOnPaper = try row.flag(15)
    }

    static let selection = "SELECT \(table.columnList) FROM transfer"
}

/// One act of a transfer's course (转移办理).
public struct TransferAct: Hashable, Sendable, Record {
    public let sequence: Int64
    public let kind: TransferState
    public let day: Day
    public let hasMoney: Bool?
    public let ground: String
    public let matter: ID<Matter>?
    public let actor: Actor
    public let at: Moment

    static let table = EvidenceTable(
        "transfer_act", "area", "transfer", "seq", "kind", "day", "has_money", .text("ground"), "matter",
        "actor_kind", "actor", "at")
    static let selection =
        "SELECT seq, kind, day, has_money, ground, matter, actor_kind, actor, at FROM transfer_act"

    public init(_ row: any Row) throws {
        sequence = try row.int(0)
        kind = try row.code(1)
        day = try row.day(2)
        hasMoney = try row.intOrNil(3).map { $0 == 1 }
        ground = try row.text(4)
        matter = try row.intOrNil(5).map { ID($0) }
        actor = Actor(kind: try row.int(6), number: try row.int(7)) ?? .system
        at = try row.moment(8)
    }
}

/// A line of the list of transfers: what it is and how far it has come.
public struct TransferLine: Hashable, Sendable, Record {
    public let transfer: Transfer
    public let state: TransferState
    public let since: Day
    /// The limit that runs: `TransferLimits.due` names its last day.
    public let limit: TransferLimit?
    public let isLate: Bool

    static let selection: String = {
        let columns = Transfer.table.columns.map { "t.\($0.name)" }.joined(separator: ", ")
        return """
            SELECT \(columns), s.state, s.since_day, s.limit_kind, s.limit_since, s.is_late
            FROM transfer_standing s JOIN transfer t ON t.area = s.area AND t.id = s.transfer
            """
    }()

    public init(_ row: any Row) throws {
        transfer = try Transfer(row)
        let first = Transfer.table.columns.count
        state = try row.code(first)
        since = try row.day(first + 1)
        let since = try row.dayOrNil(first + 3)
        limit = try row.codeOrNil(first + 2, TransferLimit.Kind.self).flatMap { kind in
            since.map { TransferLimit(kind: kind, since: $0) }
        }
        isLate = try row.flag(first + 4)
    }
}

/// What came to our bank from another agency (到账).
public struct TransferReceipt: Hashable, Sendable, Record {
    public let id: ID<TransferReceipt>
    public let serial: String
    public let day: Day
    public let payer: String
    public let amount: Money
    public let note: String

    static let table = EvidenceTable(
        "transfer_receipt", "area", "id", .text("serial"), "day", .text("payer"), "amount_fen", .text("note"), "batch",
        "actor_kind", "actor", "at")
    static let selection = "SELECT r.id, r.serial, r.day, r.payer, r.amount_fen, r.note FROM transfer_receipt r"

    public init(_ row: any Row) throws {
        id = try row.id(0)
        serial = try row.text(1)
        day = try row.day(2)
        payer = try row.text(3)
        amount = try row.money(4)
        note = try row.text(5)
    }
}
