import Basics
import Control
import Fund
import Providers
import Settlement
import Storage

extension Work {
    /// Posts a settlement to the ledger of amounts due (应付明细账), by insurance and fund.
    func book(_ row: SettlementRow) throws {
        let payable = Payable(
            area: area, settlement: row.id, provider: row.provider, insurance: row.insurance, care: row.careType,
            clearing: row.clearingType, day: row.settledDay, total: row.amounts.total,
            shares: row.funds.map { Payable.Share(fund: $0.fund, amount: $0.paid) },
            sharedAccount: row.amounts.sharedAccount, cash: row.amounts.cash, hospital: row.amounts.hospital)
        for line in try FundDesk.post(tx, payable, chart: chart, by: .provider(provider.id)) {
            written.note(table: line.table, line.values)
        }
    }

    /// Takes a settlement's postings back in red.
    func bookReversal(_ red: SettlementRow, of original: ID<SettlementRecord>) throws {
        let rows = try FundDesk.reverse(
            tx, area: area, original: original, by: red.id, day: red.settledDay, actor: .provider(provider.id))
        for line in rows { written.note(table: line.table, line.values) }
    }
}
