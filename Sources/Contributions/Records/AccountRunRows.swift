import Basics
import Control
import Storage

/// What was posted to accounts together (入账批次): the credits of a month for some thousand people, or one transfer.
/// Its event vouches for its entries; the fund's ledger of accounts posts its total.
public struct AccountRun: Hashable, Sendable, Record {
    public let id: ID<AccountRun>
    public let area: AreaCode
    public let kind: AccountEntry.Kind
    /// The month credited or the year of the interest; 0 for what concerns no period.
    public let period: Int64
    public let entries: Range<Int64>
    public let entryCount: Int
    /// The people it concerns, first and last.
    public let people: ClosedRange<ID<Person>>
    public let total: Money
    public let ground: String
    public let matter: ID<Matter>?
    public let actor: Actor
    public let at: Moment

    static let table = EvidenceTable(
        "account_run", "area", "id", "kind", "period", "first_entry", "last_entry", "entry_count", "first_person",
        "last_person", "total_fen", .text("ground"), "matter", "actor_kind", "actor", "at")
    static let years = EvidenceTable(
        "account_year", "area", "year", "person", "part", "first_day", "last_day", "last_seq", "opening_fen",
        "closing_fen", "carried_interest_fen", "current_interest_fen", .text("steps"), "run")

    public init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        id = try row.id(1)
        kind = try row.code(2)
        period = try row.int(3)
        let first = try row.int(4)
        let last = try row.int(5)
        entries = first..<max(first, last + 1)
        entryCount = Int(try row.int(6))
        let firstPerson = ID<Person>(try row.int(7))
        people = firstPerson...max(firstPerson, ID(try row.int(8)))
        total = try row.money(9)
        ground = try row.text(10)
        matter = try row.intOrNil(11).map { ID($0) }
        let actorKind = try row.int(12)
        guard let actor = Actor(kind: actorKind, number: try row.int(13)) else {
            throw StoreError.damaged("account_run.actor_kind \(actorKind)")
        }
        self.actor = actor
        at = try row.moment(14)
    }

    /// 个人账户入账
    static let posted: EventKind = "contributions.account.posted"

    static let evidence = EvidenceSource(
        "个人账户入账", kinds: [posted], rowCount: "SELECT count(*) FROM account_run WHERE area = ?"
    ) { tx, event, digest in try add(tx, area: event.area, run: event.subject, to: &digest) }

    /// The run's own row, its entries by number, and the years of interest that it settled.
    static func add(_ tx: any Transaction, area: AreaCode, run: Int64, to digest: inout RowDigest) throws {
        let key = [Value(area), .int(run)]
        try table.addAll(tx, "WHERE area = ? AND id = ?", key, to: &digest)
        guard let run = try tx.one(AccountRun.self, selection, Value(area), .int(run)) else { return }
        try AccountEntry.evidence.addAll(
            tx, "WHERE area = ? AND id >= ? AND id < ? AND run = ? ORDER BY id",
            [Value(area), .int(run.entries.lowerBound), .int(run.entries.upperBound), Value(run.id)], to: &digest)
        if run.kind == .interest {
            try years.addAll(
                tx, "WHERE area = ? AND person BETWEEN ? AND ? AND year = ? AND run = ? ORDER BY person, part",
                [
                    Value(area), Value(run.people.lowerBound), Value(run.people.upperBound), .int(run.period),
                    Value(run.id),
                ], to: &digest)
        }
    }

    static let selection = SQL("SELECT \(table.columnList) FROM account_run WHERE area = ? AND id = ?")
}
