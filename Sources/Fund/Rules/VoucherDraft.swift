import Basics

/// A line of a voucher as the accountant writes it (分录).
public struct VoucherLine: Sendable, Hashable {
    public var account: AccountKey
    public var side: Side
    public var amount: Money

    public init(_ side: Side, _ account: AccountKey, _ amount: Money) {
        self.side = side
        self.account = account
        self.amount = amount
    }
}

/// A voucher before it is entered (记账凭证草稿).
///
/// ```swift
/// VoucherDraft(
///     book: .employee, day: day, summary: "拨付三月定点机构费用",
///     lines: [VoucherLine(.debit, .benefitExpense, amount), VoucherLine(.credit, .expenseAccount, amount)])
/// ```
public struct VoucherDraft: Sendable, Hashable {
    /// The insurance in whose books it stands: each keeps its own (分别建账).
    public var book: Insurance
    public var day: Day
    /// 摘要
    public var summary: String
    /// 附件张数
    public var attachments: Int
    public var lines: [VoucherLine]

    public init(book: Insurance, day: Day, summary: String, attachments: Int = 0, lines: [VoucherLine]) {
        self.book = book
        self.day = day
        self.summary = summary
        self.attachments = attachments
        self.lines = lines
    }

    /// The paired entries of a balanced voucher; throws everything that is wrong with it.
    ///
    /// Debits and credits are matched in their order: the smaller of the two amounts at hand becomes one entry
    /// and the rest waits for the next. Any balanced voucher comes out whole, with fewer entries than lines.
    func entries(_ chart: Chart) throws(Problems) -> [PairedEntry] {
        try check(chart).throwIfAny()
        var debits = sums(of: .debit)[...]
        var credits = sums(of: .credit)[...]
        var entries: [PairedEntry] = []
        while let debit = debits.first, let credit = credits.first {
            let isSmaller = debit.amount.magnitude <= credit.amount.magnitude
            let amount = isSmaller ? debit.amount : credit.amount
            entries.append(
                PairedEntry(debit: chart[debit.account]!.id, credit: chart[credit.account]!.id, amount: amount))
            debits[debits.startIndex].amount -= amount
            credits[credits.startIndex].amount -= amount
            if debits.first?.amount == .zero { debits.removeFirst() }
            if credits.first?.amount == .zero { credits.removeFirst() }
        }
        return entries
    }

    /// One sum an account, in the order in which the accounts first appear.
    private func sums(of side: Side) -> [(account: AccountKey, amount: Money)] {
        var sums: [(account: AccountKey, amount: Money)] = []
        for line in lines where line.side == side {
            if let index = sums.firstIndex(where: { $0.account == line.account }) {
                sums[index].amount += line.amount
            } else {
                sums.append((line.account, line.amount))
            }
        }
        return sums
    }

    private func check(_ chart: Chart) -> Problems {
        var problems = Problems()
        if summary.isEmpty || summary.count > 100 {
            problems.add("fund.voucher.summary", field: "summary", "请填写摘要,不超过 100 个字")
        }
        if attachments < 0 { problems.add("fund.voucher.attachments", field: "attachments", "附件张数不能是负数") }
        for (index, line) in lines.enumerated() { check(line, number: index + 1, chart, &problems) }
        let debit = lines.filter { $0.side == .debit }.map(\.amount).total()
        let credit = lines.filter { $0.side == .credit }.map(\.amount).total()
        if lines.isEmpty { problems.add("fund.voucher.empty", field: "lines", "请至少填写一借一贷两行分录") }
        if debit != credit {
            problems.add(
                "fund.voucher.unbalanced", field: "lines", "借方合计 \(debit) 与贷方合计 \(credit) 不相等,请核对金额")
        }
        if lines.contains(where: \.amount.isNegative), lines.contains(where: { $0.amount > .zero }) {
            problems.add("fund.voucher.mixedSigns", field: "lines", "一张凭证里不能既有蓝字又有红字,请分成两张")
        }
        let debited = Set(lines.filter { $0.side == .debit }.map(\.account))
        for account in debited.intersection(lines.filter { $0.side == .credit }.map(\.account)) {
            problems.add(
                "fund.voucher.sameAccount", field: "lines", "科目“\(chart[account]?.name ?? account.name)”同时在借方和贷方,请合并")
        }
        return problems
    }

    private func check(_ line: VoucherLine, number: Int, _ chart: Chart, _ problems: inout Problems) {
        let field = "第 \(number) 行"
        if chart[line.account]?.ledger != .general {
            problems.add("fund.voucher.account", field: field, "总账没有科目“\(line.account)”,请从科目表中选择")
        }
        if line.amount == .zero { problems.add("fund.voucher.zero", field: field, "金额不能为零") }
    }
}
