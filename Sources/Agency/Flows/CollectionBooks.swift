import Basics
import Contributions
import Control
import Fund
import Storage

extension AccountKey {
    static let treasuryDeposit: AccountKey = "treasuryDeposit"
    static let incomeAccount: AccountKey = "incomeAccount"
    static let premiumIncome: AccountKey = "premiumIncome"
    static let otherIncome: AccountKey = "otherIncome"
    static let suspense: AccountKey = "suspense"
    static let fiscalSubsidy: AccountKey = "fiscalSubsidy"
}

/// Booking what was collected (征缴记账): an act of collecting becomes one voucher a book and source, and the thread
/// between the two is kept, so that every fen of a voucher leads back to its receipts.
extension Agency {
    /// What a booking did.
    public struct CollectionBooking: Sendable, Hashable {
        public var acts = 0
        public var vouchers = 0
        public var amount: Money = .zero
    }

    /// Books the acts that are not in the books yet, oldest first, at most `limit` of them.
    ///
    /// - Parameters:
    ///   - preparedBy: 制单, and `reviewedBy` 复核: never one person.
    @discardableResult
    public static func bookCollections(
        _ tx: any Transaction, area: AreaCode, limit: Int, preparedBy: ID<StaffMember>, reviewedBy: ID<StaffMember>,
        matter: ID<Matter>? = nil, at now: Moment
    ) throws -> CollectionBooking {
        let chart = try FundDesk.chart(tx, area: area)
        var done = CollectionBooking()
        for act in try Contributions.unbooked(tx, area: area, limit: limit) {
            let lines = try Contributions.bookingLines(tx, area: area, of: act.id)
            // In the month in which it came in; where that is closed, in the month in which it is booked.
            let day = try Periods.bookingDay(tx, area: area, of: act.at.day, today: now.day)
            var booked: [(line: BookingLine, voucher: Int64)] = []
            for group in Dictionary(grouping: lines, by: { [$0.book.rawValue, $0.source.rawValue] })
                .sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }).map(\.value)
            {
                let draft = voucher(for: act, group, on: day)
                let voucher = try Vouchers.enter(
                    tx, area: area, draft, chart: chart, preparedBy: preparedBy, reviewedBy: reviewedBy, at: now)
                booked += group.map { ($0, voucher.id.raw) }
                done.vouchers += 1
            }
            try Contributions.recordBooking(
                tx, area: area, of: act.id, booked,
                Ground("征缴记账", matter: matter, by: .staff(preparedBy), at: now))
            done.acts += 1
            done.amount += lines.map(\.amount).total()
        }
        return done
    }

    /// The voucher of one book and source. Money that came in is debited where it lies; what went back is the same
    /// voucher in red; what only moves (out of suspense into income) is black on both sides.
    static func voucher(for act: LevyAct, _ lines: [BookingLine], on day: Day) -> VoucherDraft {
        let cash = lines.map(\.amount).total()
        var entries: [VoucherLine] = []
        let isRed = lines.allSatisfy { $0.amount.isNegative }
        func add(_ account: AccountKey, _ side: Side, _ amount: Money) {
            guard amount != .zero else { return }
            // A red voucher keeps its sides; elsewhere a negative sum stands on the other side.
            if isRed || !amount.isNegative {
                entries.append(VoucherLine(side, account, amount))
            } else {
                entries.append(VoucherLine(side == .debit ? .credit : .debit, account, -amount))
            }
        }
        add(bank(of: lines[0].source), .debit, cash)
        var sums: [(account: AccountKey, amount: Money)] = []
        for line in lines {
            let key = account(of: line.part)
            if let index = sums.firstIndex(where: { $0.account == key }) {
                sums[index].amount += line.amount
            } else {
                sums.append((key, line.amount))
            }
        }
        for sum in sums { add(sum.account, .credit, sum.amount) }
        return VoucherDraft(
            book: lines[0].book, day: day, summary: "\(act.kind.name) \(act.at.day) \(lines[0].source.name)",
            attachments: 1, lines: entries)
    }

    /// 税务入国库, 银行、POS、代收点入收入户, 财政入专户.
    private static func bank(of source: ReceiptSource) -> AccountKey {
        switch source {
        case .tax: .treasuryDeposit
        case .bank, .terminal, .agent: .incomeAccount
        case .finance: .fiscalAccount
        }
    }

    private static func account(of part: IncomePart) -> AccountKey {
        switch part {
        case .employer, .personal, .aid: .premiumIncome
        case .lateFee: .otherIncome
        case .suspense: .suspense
        case .fiscal: .fiscalSubsidy
        }
    }
}
