import Basics
import Storage

/// What one fund pays of a settlement (结算基金分项 `setldetail`).
public struct SettledShare: Hashable, Sendable {
    public var fund: FundType
    /// 符合政策范围金额
    public var inScope: Money
    /// 本次可支付限额
    public var limit: Money
    /// 基金支付金额
    public var paid: Money

    public init(fund: FundType, inScope: Money, limit: Money, paid: Money) {
        self.fund = fund
        self.inScope = inScope
        self.limit = limit
        self.paid = paid
    }

    static prefix func - (share: SettledShare) -> SettledShare {
        SettledShare(fund: share.fund, inScope: -share.inScope, limit: -share.limit, paid: -share.paid)
    }

    /// A few bytes a share: fund, then three amounts.
    static func encode(_ shares: [SettledShare]) -> [UInt8] {
        var writer = VarintWriter(capacity: shares.count * 14)
        for share in shares {
            writer.append(share.fund.rawValue)
            writer.append(share.inScope.fen)
            writer.append(share.limit.fen)
            writer.append(share.paid.fen)
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws -> [SettledShare] {
        var reader = VarintReader(bytes)
        var shares: [SettledShare] = []
        while !reader.isAtEnd {
            guard let fund = FundType(rawValue: try reader.int()) else {
                throw StoreError.damaged("settlement.funds")
            }
            shares.append(
                SettledShare(
                    fund: fund, inScope: Money(fen: try reader.int()), limit: Money(fen: try reader.int()),
                    paid: Money(fen: try reader.int())))
        }
        return shares
    }
}

/// One settlement (结算), one taken back in red (红字), or one made again.
public struct SettlementRow: LedgerRecord, Hashable {
    public var area: AreaCode
    public var id: ID<SettlementRecord>
    public var kind: SettlementKind
    /// The settlement that a reversal takes back, or that a recomputation replaces.
    public var original: ID<SettlementRecord>?
    public var encounter: ID<Encounter>
    public var person: ID<Person>
    public var provider: ID<Provider>
    public var insurance: Insurance
    public var category: PersonCategory
    public var careType: CareType
    public var diseaseCode: String
    public var settledAt: Moment
    public var settledDay: Day
    /// The day whose law decided (费用结算适用日).
    public var costDay: Day
    /// The year whose accumulators it moved (统筹年度).
    public var year: Int64
    /// 中途结算
    public var isInterim: Bool
    public var batch: String
    public var lines: LineRanges
    /// 医药机构结算 ID: the message that asked for it
    public var messageID: String
    public var invoice: String
    public var clearingType: ClearingType
    /// 清算方式 `clr_way`, the national figure
    public var clearingWay: Int64
    public var amounts: SettlementAmounts
    /// 统筹基金支付比例 (`pool_prop_selfpay`)
    public var poolRatio: Rate
    /// 个人账户余额 after the settlement
    public var accountBalance: Money
    /// The name on the bill of that day.
    public var personName: String
    /// Digest of the policies that it was computed with.
    public var policyVersion: [UInt8]
    /// The facts about person and visit that the computation used.
    public var facts: [UInt8]
    public var funds: [SettledShare]
    /// The computation's steps, compact.
    public var steps: [UInt8]
    /// The accumulators of this number before and after.
    public var before: [UInt8]
    public var after: [UInt8]
    /// The settlement whose `after` is this one's `before`; nil for the year's first.
    public var previous: ID<SettlementRecord>?
    /// The last settlements of the year under the person's other numbers (重复人员合并): their `after` and this one's
    /// `before` together are what the computation saw. Empty for whoever has one number, and for a red row.
    public var elsewhere: [ID<SettlementRecord>]
    public var actor: String

    public init(
        area: AreaCode, id: ID<SettlementRecord>, kind: SettlementKind, original: ID<SettlementRecord>?,
        encounter: ID<Encounter>, person: ID<Person>, provider: ID<Provider>, insurance: Insurance,
        category: PersonCategory, careType: CareType, diseaseCode: String, settledAt: Moment, costDay: Day,
        year: Int64, isInterim: Bool, batch: String, lines: LineRanges, messageID: String, invoice: String,
        clearingType: ClearingType, clearingWay: Int64, amounts: SettlementAmounts, poolRatio: Rate,
        accountBalance: Money, personName: String, policyVersion: [UInt8], facts: [UInt8], funds: [SettledShare],
        steps: [UInt8], before: [UInt8], after: [UInt8], previous: ID<SettlementRecord>?,
        elsewhere: [ID<SettlementRecord>], actor: String
    ) {
        self.area = area
        self.id = id
        self.kind = kind
        self.original = original
        self.encounter = encounter
        self.person = person
        self.provider = provider
        self.insurance = insurance
        self.category = category
        self.careType = careType
        self.diseaseCode = diseaseCode
        self.settledAt = settledAt
        settledDay = settledAt.day
        self.costDay = costDay
        self.year = year
        self.isInterim = isInterim
        self.batch = batch
        self.lines = lines
        self.messageID = messageID
        self.invoice = invoice
        self.clearingType = clearingType
        self.clearingWay = clearingWay
        self.amounts = amounts
        self.poolRatio = poolRatio
        self.accountBalance = accountBalance
        self.personName = personName
        self.policyVersion = policyVersion
        self.facts = facts
        self.funds = funds
        self.steps = steps
        self.before = before
        self.after = after
        self.previous = previous
        self.elsewhere = elsewhere
        self.actor = actor
    }

    /// The red row that takes this one back: every amount the exact negative.
    public func reversal(
        id: ID<SettlementRecord>, at: Moment, messageID: String, actor: String, accountBalance: Money,
        before: [UInt8], after: [UInt8], previous: ID<SettlementRecord>?
    ) -> SettlementRow {
        var red = self
        red.id = id
        red.kind = .reversal
        red.original = self.id
        red.settledAt = at
        red.settledDay = at.day
        red.messageID = messageID
        red.amounts = -amounts
        red.funds = funds.map { -$0 }
        red.accountBalance = accountBalance
        red.before = before
        red.after = after
        red.previous = previous
        red.elsewhere = []
        red.actor = actor
        return red
    }

    public static let table = "settlement"
    public static let columns =
        [
            "area", "id", "kind", "original_id", "encounter_id", "person_id", "provider_id", "insurance", "category",
            "care_type", "disease_code", "settled_at", "settled_day", "cost_day", "year", "is_interim", "batch",
            "lines", "message_id", "invoice", "clearing_type", "clearing_way",
        ] + SettlementDesk.amountColumns + [
            "pool_ratio_ppm", "account_balance_fen", "person_name", "policy_version", "facts", "funds", "steps",
            "before", "after", "previous_id", "elsewhere", "actor",
        ]
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        id = try reader.id()
        kind = try reader.code()
        original = try reader.idOrNil()
        encounter = try reader.id()
        person = try reader.id()
        provider = try reader.id()
        insurance = try reader.code()
        category = try reader.code()
        careType = try reader.code()
        diseaseCode = try reader.text()
        settledAt = try reader.moment()
        settledDay = try reader.day()
        costDay = try reader.day()
        year = try reader.int()
        isInterim = try reader.flag()
        batch = try reader.text()
        guard let ranges = LineRanges(try reader.text()) else { throw StoreError.damaged("settlement.lines") }
        lines = ranges
        messageID = try reader.text()
        invoice = try reader.text()
        clearingType = try reader.code()
        clearingWay = try reader.int()
        amounts = SettlementAmounts()
        for path in SettlementAmounts.paths { amounts[keyPath: path] = try reader.money() }
        poolRatio = Rate(partsPerMillion: try reader.int())
        accountBalance = try reader.money()
        personName = try reader.text()
        policyVersion = try reader.bytes()
        facts = try reader.bytes()
        funds = try SettledShare.decode(try reader.bytes())
        steps = try reader.bytes()
        before = try reader.bytes()
        after = try reader.bytes()
        previous = try reader.idOrNil()
        elsewhere = try Self.numbers(try reader.text())
        actor = try reader.text()
    }

    private static func numbers(_ text: String) throws -> [ID<SettlementRecord>] {
        try text.split(separator: ",").map { part in
            guard let number = Int64(part) else { throw StoreError.damaged("settlement.elsewhere") }
            return ID(number)
        }
    }

    public var values: [Value] {
        [
            Value(area), Value(id), .int(kind.rawValue), Value(original), Value(encounter), Value(person),
            Value(provider), .int(insurance.rawValue), .int(category.rawValue), .int(careType.rawValue),
            .text(diseaseCode), Value(settledAt), Value(settledDay), Value(costDay), .int(year), Value(isInterim),
            .text(batch), .text(lines.description), .text(messageID), .text(invoice), .int(clearingType.rawValue),
            .int(clearingWay),
        ] + amounts.values + [
            .int(poolRatio.partsPerMillion), Value(accountBalance), .text(personName), .bytes(policyVersion),
            .bytes(facts), .bytes(SettledShare.encode(funds)), .bytes(steps), .bytes(before), .bytes(after),
            Value(previous), .text(elsewhere.map(\.description).joined(separator: ",")), .text(actor),
        ]
    }
}

extension SettlementAmounts {
    /// In the order of `amountColumns`; spelled out because key paths cost more than the insert.
    var values: [Value] {
        [
            Value(total), Value(fullSelfPay), Value(overLimitSelfPay), Value(preSelfPay), Value(inScope),
            Value(deductible), Value(pool), Value(civilServant), Value(enterpriseSupplement), Value(criticalIllness),
            Value(largeAmount), Value(assistance), Value(other), Value(account), Value(sharedAccount), Value(cash),
            Value(hospital),
        ]
    }
}
