import Basics
import Control
import Fund
import Providers
import Settlement
import Storage

extension Agency {
    /// 3201 对总账: compares a provider's four figures of a period with the ledger of amounts due (应付明细账).
    public func reconcileTotals(_ request: TotalsStatement, _ head: MessageHead) async throws -> TotalsFinding {
        try await consult(head) { work in
            try work.requirePeriod(request.first, request.last)
            let posted = try FundDesk.totals(
                work.tx, area: work.area, provider: work.provider.id, from: request.first, through: request.last
            ).first { $0.insurance == request.insurance && $0.clearing == request.clearingType }
            let ours = posted.map(request.asked) ?? SettledTotals()
            let differences = request.differences(from: ours)
            return TotalsFinding(
                isEqual: differences.isEmpty, agency: ours,
                description: differences.isEmpty ? "对账平" : differences.joined(separator: ";"))
        }
    }

    /// 3202 对明细账: compares a provider's settlements of a period with the agency's, one by one, and names each
    /// that differs. Settlements that agree are not listed.
    public func reconcileDetails(
        _ stated: [DetailStatement], first: Day, last: Day, clearingType: ClearingType?, _ head: MessageHead
    ) async throws -> [DetailFinding] {
        try await consult(head) { work in
            try work.requirePeriod(first, last)
            let filter = SettlementDesk.SettlementFilter(
                provider: work.provider.id, firstDay: first, lastDay: last)
            var ours: [DetailStatement] = []
            try SettlementDesk.forEachSettlement(work.area, filter, work.tx) { row in
                if clearingType == nil || row.clearingType == clearingType { ours.append(DetailStatement(row)) }
            }
            return DetailFinding.compare(stated, with: ours)
        }
    }
}

extension Work {
    /// Longer periods are reconciled month by month.
    static let reconciliationDaysMax = 366

    func requirePeriod(_ first: Day, _ last: Day) throws {
        guard last >= first else {
            throw Problems(Problem("settlement.reconciliation.period", field: "stmt_enddate", "对账结束日期早于开始日期,请核对"))
        }
        guard last - first < Self.reconciliationDaysMax else {
            throw Problems(Problem("settlement.reconciliation.tooLong", field: "stmt_enddate", "一次最多对账一年,请分段对账"))
        }
    }
}

extension TotalsStatement {
    /// Of what was posted, the part that the provider speaks of.
    fileprivate func asked(_ posted: ProviderTotals) -> SettledTotals {
        reversals.map { $0 ? posted.red : posted.normal } ?? posted.net
    }

    fileprivate func differences(from ours: SettledTotals) -> [String] {
        var differences: [String] = []
        func compare(_ name: String, _ theirs: Money, _ ours: Money) {
            if theirs != ours { differences.append("\(name):医药机构 \(theirs),中心 \(ours)") }
        }
        if count != ours.count { differences.append("笔数:医药机构 \(count),中心 \(ours.count)") }
        compare("医疗费总额", total, ours.total)
        compare("基金支付", funds, ours.fund)
        compare("个人账户", account, ours.account)
        return differences
    }
}

extension DetailStatement {
    /// What a settlement states, as either side would write it.
    public init(_ row: SettlementRow) {
        self.init(
            settlement: row.id, encounter: row.encounter, person: row.person, messageID: row.messageID,
            isReversal: row.kind == .reversal, total: row.amounts.total, funds: row.amounts.funds,
            account: row.amounts.account)
    }
}

extension DetailFinding {
    /// Settlements by number, reversals (under their own numbers) apart from the rest.
    static func compare(_ stated: [DetailStatement], with ours: [DetailStatement]) -> [DetailFinding] {
        struct Key: Hashable {
            let settlement: ID<SettlementRecord>
            let isReversal: Bool
        }
        var waiting: [Key: DetailStatement] = [:]
        for line in ours { waiting[Key(settlement: line.settlement, isReversal: line.isReversal)] = line }
        var findings: [DetailFinding] = []
        for line in stated {
            let key = Key(settlement: line.settlement, isReversal: line.isReversal)
            guard let own = waiting.removeValue(forKey: key) else {
                findings.append(
                    DetailFinding(result: .unknownToAgency, stated: line, ours: nil, memo: "中心没有这笔结算,请核对或撤销本地记录"))
                continue
            }
            guard (line.total, line.funds, line.account) != (own.total, own.funds, own.account) else { continue }
            findings.append(
                DetailFinding(
                    result: .amountsDiffer, stated: line, ours: own,
                    memo: "金额不符:中心总额 \(own.total)、基金 \(own.funds)、个人账户 \(own.account)"))
        }
        for line in waiting.values.sorted(by: { $0.settlement < $1.settlement }) {
            findings.append(
                DetailFinding(result: .unknownToProvider, stated: nil, ours: line, memo: "中心有这笔结算而上传明细没有,请补录或撤销"))
        }
        return findings
    }
}
