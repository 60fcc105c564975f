import Basics
import Control
import Storage

/// A row as it was written, for the digest of the event that vouches for it.
public typealias WrittenRow = (table: String, values: [Value])

/// The head of a payable as it stands in the ledger.
struct PayableRow: Sendable, Hashable {
    var area: AreaCode
    var settlement: ID<SettlementRecord>
    var original: ID<SettlementRecord>?
    var provider: ID<Provider>
    var insurance: Insurance
    var care: CareType
    var clearing: ClearingType
    var day: Day
    var total: Money
    var fund: Money
    var account: Money
    var sharedAccount: Money
    var cash: Money
    var hospital: Money

    init(_ payable: Payable) {
        area = payable.area
        settlement = payable.settlement
        original = payable.original
        provider = payable.provider
        insurance = payable.insurance
        care = payable.care
        clearing = payable.clearing
        day = payable.day
        total = payable.total
        fund = payable.fund
        account = payable.account
        sharedAccount = payable.sharedAccount
        cash = payable.cash
        hospital = payable.hospital
    }

    /// The red head that takes this one back.
    func red(by settlement: ID<SettlementRecord>, on day: Day) -> PayableRow {
        var red = self
        red.original = self.settlement
        red.settlement = settlement
        red.day = day
        (red.total, red.fund, red.cash, red.hospital) = (-total, -fund, -cash, -hospital)
        (red.account, red.sharedAccount) = (-account, -sharedAccount)
        return red
    }
}

extension PayableRow: Record {
    static let table = EvidenceTable(
        "payable", "area", "settlement", "original", "provider", "insurance", "care_type", "clearing_type", "day",
        "total_fen", "fund_fen", "account_fen", "shared_account_fen", "cash_fen", "hospital_fen")

    static let one = SQL("SELECT \(table.columnList) FROM payable WHERE area = ? AND settlement = ?")

    init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        settlement = try row.id(1)
        original = try row.intOrNil(2).map { ID($0) }
        provider = try row.id(3)
        insurance = try row.code(4)
        care = try row.code(5)
        clearing = try row.code(6)
        day = try row.day(7)
        total = try row.money(8)
        fund = try row.money(9)
        account = try row.money(10)
        sharedAccount = try row.money(11)
        cash = try row.money(12)
        hospital = try row.money(13)
    }

    var values: [Value] {
        [
            Value(area), Value(settlement), Value(original), Value(provider), .int(insurance.rawValue),
            .int(care.rawValue), .int(clearing.rawValue), Value(day), Value(total), Value(fund), Value(account),
            Value(sharedAccount), Value(cash), Value(hospital),
        ]
    }
}

/// The entries of the ledger of amounts due.
enum PayableEntry {
    static let table = EvidenceTable(
        "payable_entry", "area", "settlement", "line", "fund", "debit_account", "credit_account", "amount_fen")

    static let ofSettlement = SQL(
        "SELECT \(table.columnList) FROM payable_entry WHERE area = ? AND settlement = ? ORDER BY line")

    static func values(
        _ area: AreaCode, _ settlement: ID<SettlementRecord>, line: Int, _ entry: PairedEntry
    ) -> [Value] {
        [
            Value(area), Value(settlement), .int(Int64(line)), .int(entry.fund?.rawValue ?? 0), .int(entry.debit),
            .int(entry.credit), Value(entry.amount),
        ]
    }

    /// From a row selected by the table's columns.
    static func read(_ row: any Row) throws -> PairedEntry {
        PairedEntry(
            debit: try row.int(4), credit: try row.int(5), amount: try row.money(6), fund: try row.code(3))
    }
}

/// The number of a voucher in the database; the number on paper is by book and month.
public enum VoucherRecord {}

/// A voucher in the books (记账凭证).
public struct Voucher: Sendable, Hashable, Identifiable {
    public let area: AreaCode
    public let id: ID<VoucherRecord>
    public let book: Insurance
    public let month: Month
    /// 凭证号, from 1 in each month of each book, without a gap.
    public let number: Int64
    public let day: Day
    /// The voucher that a red one takes back.
    public let original: ID<VoucherRecord>?
    public let summary: String
    public let attachments: Int64
    public let total: Money
    public let preparedBy: ID<StaffMember>
    public let reviewedBy: ID<StaffMember>
    public let enteredAt: Moment
}

extension Voucher: Record {
    static let table = EvidenceTable(
        "voucher", "area", "id", "book", "month", "number", "day", "original", .text("summary"), "attachments",
        "total_fen", "prepared_by", "reviewed_by", "entered_at")

    public init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        id = try row.id(1)
        book = try row.code(2)
        month = Month(number: Int32(truncatingIfNeeded: try row.int(3)))
        number = try row.int(4)
        day = try row.day(5)
        original = try row.intOrNil(6).map { ID($0) }
        summary = try row.text(7)
        attachments = try row.int(8)
        total = try row.money(9)
        preparedBy = try row.id(10)
        reviewedBy = try row.id(11)
        enteredAt = try row.moment(12)
    }

    var values: [Value] {
        [
            Value(area), Value(id), .int(book.rawValue), Value(month), .int(number), Value(day), Value(original),
            .text(summary), .int(attachments), Value(total), Value(preparedBy), Value(reviewedBy), Value(enteredAt),
        ]
    }
}

/// The entries of the general ledger.
enum VoucherEntry {
    static let table = EvidenceTable(
        "voucher_entry", "area", "voucher", "line", "debit_account", "credit_account", "amount_fen")

    static func values(_ area: AreaCode, _ voucher: ID<VoucherRecord>, line: Int, _ entry: PairedEntry) -> [Value] {
        [
            Value(area), Value(voucher), .int(Int64(line)), .int(entry.debit), .int(entry.credit),
            Value(entry.amount),
        ]
    }

    static func read(_ row: any Row) throws -> PairedEntry {
        PairedEntry(debit: try row.int(3), credit: try row.int(4), amount: try row.money(5))
    }
}
