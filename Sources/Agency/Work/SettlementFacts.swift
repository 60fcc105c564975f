import Basics
import Benefits
import Storage

/// The facts that a settlement was computed from, lines aside: kept with it, so that it can be computed again,
/// with the law of its day, long after the person's circumstances have changed.
struct SettlementFacts: Hashable, Sendable {
    var insured: Insured
    var visit: Visit
    var accounts: Accounts
    /// 起付标准 of the stay, which a later interim settlement continues.
    var deductibleScheduled: Money
    /// What the benefit reckoned on, for the same purpose.
    var eligible: Money
    /// 基金支付总额含个人账户
    var fundTotalIncludesAccount: Bool

    private static let version: Int64 = 1

    var encoded: [UInt8] {
        var writer = VarintWriter(capacity: 64)
        writer.append(Self.version)
        write(insured, to: &writer)
        write(visit, to: &writer)
        writer.append(accounts.balance.fen)
        writer.append(accounts.shared.fen)
        writer.append(accounts.isUsed)
        writer.append(deductibleScheduled.fen)
        writer.append(eligible.fen)
        writer.append(fundTotalIncludesAccount)
        return writer.bytes
    }

    init(
        insured: Insured, visit: Visit, accounts: Accounts, deductibleScheduled: Money, eligible: Money,
        fundTotalIncludesAccount: Bool
    ) {
        self.insured = insured
        self.visit = visit
        self.accounts = accounts
        self.deductibleScheduled = deductibleScheduled
        self.eligible = eligible
        self.fundTotalIncludesAccount = fundTotalIncludesAccount
    }

    init(encoded bytes: [UInt8]) throws {
        var reader = VarintReader(bytes)
        guard try reader.int() == Self.version else { throw StoreError.damaged("settlement.facts") }
        insured = try Insured(&reader)
        visit = try Visit(&reader)
        accounts = Accounts(
            balance: Money(fen: try reader.int()), shared: Money(fen: try reader.int()), isUsed: try reader.flag())
        deductibleScheduled = Money(fen: try reader.int())
        eligible = Money(fen: try reader.int())
        fundTotalIncludesAccount = try reader.flag()
    }

    private func write(_ insured: Insured, to writer: inout VarintWriter) {
        writer.append(insured.insurance.rawValue)
        writer.append(insured.category.rawValue)
        writer.append(Int64(insured.age))
        writer.append(Int64(insured.assistance.rawValue))
        writer.append(insured.hasCivilServantSubsidy)
        writer.append(insured.hasEnterpriseSupplement)
        writer.append(insured.hasLargeAmount)
        writer.append(insured.criticalLimitRaise.fen)
    }

    private func write(_ visit: Visit, to writer: inout VarintWriter) {
        writer.append(visit.care.rawValue)
        writer.append(visit.tier.rawValue)
        writer.append(Int64(visit.begin.number))
        writer.append(Int64(visit.end.number))
        writer.append(Int64(visit.remote.rawValue))
        writer.append(Int64(visit.conditions.rawValue))
        switch visit.link {
        case .none: for number in [0, 0, 0, 0] as [Int64] { writer.append(number) }
        case .interim(let scheduled, let paid, let inScope):
            for number in [1, scheduled.fen, paid.fen, inScope.fen] { writer.append(number) }
        case .transfer(let tier, let paid): for number in [2, tier.rawValue, paid.fen, 0] { writer.append(number) }
        }
        writer.append(visit.isInterim)
        writer.append(visit.disease?.packed ?? 0)
        writer.append(Int64(visit.filedDiseases.count))
        for disease in visit.filedDiseases { writer.append(disease.packed) }
        writer.append(visit.birth?.rawValue ?? 0)
        writer.append(visit.liability.share.partsPerMillion)
        writer.append(visit.liability.isUnpaid)
        writer.append(visit.isDualChannel)
        writer.append(visit.hasPrescription)
    }
}

extension VarintReader {
    /// A dictionary value; anything else means that the bytes are damaged.
    fileprivate mutating func code<Code: RawRepresentable>(_: Code.Type = Code.self) throws -> Code
    where Code.RawValue: BinaryInteger {
        guard let raw = Code.RawValue(exactly: try int()), let value = Code(rawValue: raw) else { throw Damaged() }
        return value
    }

    fileprivate mutating func day() throws -> Day { Day(number: Int32(truncatingIfNeeded: try int())) }
}

extension Insured {
    fileprivate init(_ reader: inout VarintReader) throws {
        self.init(
            insurance: try reader.code(), category: try reader.code(), age: Int(try reader.int()),
            assistance: AssistanceGroups(rawValue: UInt16(truncatingIfNeeded: try reader.int())),
            hasCivilServantSubsidy: try reader.flag(), hasEnterpriseSupplement: try reader.flag(),
            hasLargeAmount: try reader.flag(), criticalLimitRaise: Money(fen: try reader.int()))
    }
}

extension Visit {
    fileprivate init(_ reader: inout VarintReader) throws {
        self.init(
            care: try reader.code(), tier: try reader.code(), begin: try reader.day(), end: try reader.day(),
            remote: try reader.code(),
            conditions: VisitConditions(rawValue: UInt16(truncatingIfNeeded: try reader.int())),
            link: try StayLink(&reader), isInterim: try reader.flag(),
            disease: try Self.disease(&reader), filedDiseases: try Self.diseases(&reader),
            birth: BirthKind(rawValue: try reader.int()),
            liability: Liability(share: Rate(partsPerMillion: try reader.int()), isUnpaid: try reader.flag()),
            isDualChannel: try reader.flag(), hasPrescription: try reader.flag())
    }

    private static func disease(_ reader: inout VarintReader) throws -> DiseaseCode? {
        let packed = try reader.int()
        return packed == 0 ? nil : DiseaseCode(packed: packed)
    }

    private static func diseases(_ reader: inout VarintReader) throws -> [DiseaseCode] {
        try (0..<(try reader.int())).map { _ in DiseaseCode(packed: try reader.int()) }
    }
}

extension StayLink {
    fileprivate init(_ reader: inout VarintReader) throws {
        let kind = try reader.int()
        let first = try reader.int()
        let paid = Money(fen: try reader.int())
        let inScope = Money(fen: try reader.int())
        switch (kind, Tier(rawValue: first)) {
        case (0, _): self = .none
        case (1, _): self = .interim(scheduled: Money(fen: first), paid: paid, inScope: inScope)
        case (2, let tier?): self = .transfer(from: tier, paid: paid)
        default: throw VarintReader.Damaged()
        }
    }
}
