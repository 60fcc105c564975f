import Basics
import Storage

/// The running row of a person's year (年度累计): the totals after the last settlement.
public struct RunningTotals: Record, Hashable {
    public var area: AreaCode
    public var person: ID<Person>
    public var insurance: Insurance
    public var year: Int64
    public var version: Int64
    public var lastSettlement: ID<SettlementRecord>
    public var totals: [UInt8]

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        person = try reader.id()
        insurance = try reader.code()
        year = try reader.int()
        version = try reader.int()
        lastSettlement = try reader.id()
        totals = try reader.bytes()
    }

    static let selection =
        "SELECT area, person_id, insurance, year, version, last_settlement_id, totals FROM accumulator"
}

/// What a message was answered with, as a reference to the rows it wrote: the rows are the answer, so a repeated
/// message is answered from them and nothing is stored twice.
public enum MessageAnswer: Hashable, Sendable {
    case nothing
    case encounter(ID<Encounter>)
    case lines(ID<Encounter>, ClosedRange<Int64>)
    case settlement(ID<SettlementRecord>)
    case filing(ID<Filing>)
    /// The message never arrived, was asked to be reversed (冲正), and must not be carried out if it still comes.
    case voided
}

/// Kind of identifier of a filing (备案).
public enum Filing {}

/// A message from outside that was carried out (报文登记): the key to answering it only once.
public struct MessageRecord: LedgerRecord, Hashable {
    public var area: AreaCode
    public var provider: ID<Provider>
    /// 发送方报文 ID `msgid`
    public var messageID: String
    /// 交易编号 `infno`
    public var code: String
    /// Digest of what was asked.
    public var digest: [UInt8]
    public var at: Moment
    public var actor: String
    public var answer: MessageAnswer

    public init(
        area: AreaCode, provider: ID<Provider>, messageID: String, code: String, digest: [UInt8], at: Moment,
        actor: String, answer: MessageAnswer
    ) {
        self.area = area
        self.provider = provider
        self.messageID = messageID
        self.code = code
        self.digest = digest
        self.at = at
        self.actor = actor
        self.answer = answer
    }

    public static let table = "message"
    public static let columns = [
        "area", "provider_id", "message_id", "code", "digest", "at", "actor", "answer_kind", "answer_id",
        "answer_first", "answer_last",
    ]
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        provider = try reader.id()
        messageID = try reader.text()
        code = try reader.text()
        digest = try reader.bytes()
        at = try reader.moment()
        actor = try reader.text()
        let kind = try reader.int()
        let id = try reader.int()
        let first = try reader.int()
        let last = try reader.int()
        switch kind {
        case 0: answer = .nothing
        case 1: answer = .encounter(ID(id))
        case 2 where first <= last: answer = .lines(ID(id), first...last)
        case 3: answer = .settlement(ID(id))
        case 4: answer = .filing(ID(id))
        case 5: answer = .voided
        default: throw StoreError.damaged("message.answer")
        }
    }

    public var values: [Value] {
        let (kind, id, first, last): (Int64, Int64, Int64, Int64) =
            switch answer {
            case .nothing: (0, 0, 0, 0)
            case .encounter(let id): (1, id.raw, 0, 0)
            case .lines(let id, let range): (2, id.raw, range.lowerBound, range.upperBound)
            case .settlement(let id): (3, id.raw, 0, 0)
            case .filing(let id): (4, id.raw, 0, 0)
            case .voided: (5, 0, 0, 0)
            }
        return [
            Value(area), Value(provider), .text(messageID), .text(code), .bytes(digest), Value(at), .text(actor),
            .int(kind), .int(id), .int(first), .int(last),
        ]
    }
}

/// A filing (备案) that opens a benefit for a person from a day on.
public struct FilingRecord: LedgerRecord, Hashable {
    public var area: AreaCode
    public var id: ID<Filing>
    public var kind: FilingKind
    public var person: ID<Person>
    public var insurance: Insurance
    public var filedBy: ID<Provider>
    /// 转往机构、鉴定机构或定点机构
    public var providerCode: String
    public var providerName: String
    /// 病种或诊断
    public var code: String
    public var name: String
    public var period: Period
    /// 定点排序号
    public var order: Int64
    public var filedAt: Moment
    public var actor: String
    /// Further national fields as they were given, as JSON.
    public var extra: String?

    public init(
        area: AreaCode, id: ID<Filing>, kind: FilingKind, person: ID<Person>, insurance: Insurance,
        filedBy: ID<Provider>, providerCode: String, providerName: String, code: String, name: String,
        period: Period, order: Int64, filedAt: Moment, actor: String, extra: String?
    ) {
        self.area = area
        self.id = id
        self.kind = kind
        self.person = person
        self.insurance = insurance
        self.filedBy = filedBy
        self.providerCode = providerCode
        self.providerName = providerName
        self.code = code
        self.name = name
        self.period = period
        self.order = order
        self.filedAt = filedAt
        self.actor = actor
        self.extra = extra
    }

    public static let table = "filing"
    public static let columns = [
        "area", "id", "kind", "person_id", "insurance", "filed_by", "provider_code", "provider_name", "code", "name",
        "begin_day", "end_day", "sort_no", "filed_at", "actor", "extra",
    ]
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        id = try reader.id()
        kind = try reader.code()
        person = try reader.id()
        insurance = try reader.code()
        filedBy = try reader.id()
        providerCode = try reader.text()
        providerName = try reader.text()
        code = try reader.text()
        name = try reader.text()
        let first = try reader.day()
        guard let days = Period(from: first, through: try reader.dayOrNil()) else {
            throw StoreError.damaged("filing.period")
        }
        period = days
        order = try reader.int()
        filedAt = try reader.moment()
        actor = try reader.text()
        extra = try reader.textOrNil()
    }

    public var values: [Value] {
        [
            Value(area), Value(id), .int(kind.rawValue), Value(person), .int(insurance.rawValue), Value(filedBy),
            .text(providerCode), .text(providerName), .text(code), .text(name), Value(period.first),
            Value(period.last), .int(order), Value(filedAt), .text(actor), Value(extra),
        ]
    }
}

/// The withdrawal of a filing (备案撤销).
public struct FilingWithdrawal: LedgerRecord, Hashable {
    public var area: AreaCode
    public var filing: ID<Filing>
    public var at: Moment
    public var actor: String
    public var ground: String

    public init(area: AreaCode, filing: ID<Filing>, at: Moment, actor: String, ground: String) {
        self.area = area
        self.filing = filing
        self.at = at
        self.actor = actor
        self.ground = ground
    }

    public static let table = "filing_withdrawal"
    public static let columns = ["area", "filing_id", "at", "actor", "ground"]
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        filing = try reader.id()
        at = try reader.moment()
        actor = try reader.text()
        ground = try reader.text()
    }

    public var values: [Value] { [Value(area), Value(filing), Value(at), .text(actor), .text(ground)] }
}
