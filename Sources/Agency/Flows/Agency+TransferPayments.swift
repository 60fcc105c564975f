import Basics
import Control
import Fund
import Portability
import Sheets
import Storage

/// The money of transfers out (转移资金划转): ordered with a bank file, booked when the bank has paid.
extension Agency {
    /// What is due to be paid, of one transfer or of all.
    ///
    /// - Parameter number: 转移业务编号; nil for everything that is due.
    public static func transferMoneyDue(
        _ tx: any Transaction, area: AreaCode, number: String? = nil
    ) throws -> [(transfer: Transfer, amount: Money)] {
        let due = try Portability.moneyDue(tx, area: area)
        guard let number else { return due }
        let transfer = try Portability.require(tx, area: area, .outgoing, number: number.uppercased())
        guard let one = due.first(where: { $0.transfer.id == transfer.id }) else { throw Portability.nothingDue }
        return [one]
    }

    /// What speaks against an order of this sum: nothing is due, another sum is, an agency has no account.
    public static func objections(
        _ tx: any Transaction, area: AreaCode, orderingTransferMoney number: String?, total: Money
    ) throws -> [Problem] {
        let due = try transferMoneyDue(tx, area: area, number: number)
        guard !due.isEmpty else { return [Portability.nothingDue] }
        var problems = Portability.unpayable(due.map(\.transfer.other), try payees(tx, area: area, due))
        let sum = due.map(\.amount).total()
        if sum != total {
            problems.add(
                "transfer.order.total", field: "amount", "待付 \(due.count) 笔,合计 \(sum) 元,与填写的 \(total) 元不符,请核对待付清单")
        }
        return problems.all
    }

    /// Orders what is due (开具付款单).
    public static func orderTransferMoney(
        _ tx: any Transaction, area: AreaCode, number: String?, total: Money, _ ground: Ground
    ) throws -> TransferOrder {
        try Problems(objections(tx, area: area, orderingTransferMoney: number, total: total)).throwIfAny()
        let due = try transferMoneyDue(tx, area: area, number: number)
        return try Portability.order(tx, area: area, due, payees: try payees(tx, area: area, due), ground)
    }

    private static func payees(
        _ tx: any Transaction, area: AreaCode, _ due: [(transfer: Transfer, amount: Money)]
    ) throws -> [AreaCode: TransferAgency] {
        var payees: [AreaCode: TransferAgency] = [:]
        for other in Set(due.map(\.transfer.other)) {
            payees[other] = try Portability.peer(tx, area: area, other)?.agency
        }
        return payees
    }

    /// The file for the bank (银行代付文件): one line a payment; the purpose is what the bank's answer is matched by.
    public static func bankFile(_ order: TransferOrder, _ lines: [TransferOrderLine]) -> Sheet {
        Sheet(
            name: "转移资金付款单\(order.id)", columns: ["付款单号", "行号", "收款机构", "开户银行", "户名账号", "金额", "用途"],
            rows: lines.map { line in
                [
                    .text("\(order.id)"), .count(line.line), .text(line.payee), .text(line.bank), .text(line.account),
                    .money(line.amount), .text(line.number),
                ]
            })
    }

    /// Writes down that the money was sent (划转资金): the order's line, the transfer, the books, a notice to the
    /// destination.
    public static func payOutgoing(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, serial: String, on day: Day,
        by hands: TransferHands, _ ground: Ground
    ) throws -> FundNotice {
        guard let form = try Portability.form(tx, area: area, of: transfer.id) else {
            throw Problem("transfer.form.absent", field: "number", "\(transfer.number) 还没有生成信息表,不能划转资金")
        }
        let notice = FundNotice(principal: form.principal, interest: form.interest, serial: serial, day: day)
        try Portability.sendMoney(tx, area: area, transfer, notice, ground)
        try enter(
            tx, area: area, "关系转出 \(transfer.number)", notice.total, debit: "transferOut", credit: .expenseAccount,
            by: hands, at: ground.at)
        try Portability.send(tx, area: area, about: transfer, .fund(notice), at: ground.at)
        return notice
    }

    // MARK: - The bank's answers

    /// What speaks against a bank's file of answers, line by line: payments that were not ordered, days to come.
    public static func objections(
        _ tx: any Transaction, area: AreaCode, to answers: ImportSheet<Portability.BankAnswer>, today: Day
    ) throws -> [Problem] {
        var problems = Problems()
        var seen: Set<String> = []
        for (line, answer) in answers.lines {
            do {
                guard seen.insert(answer.number).inserted else {
                    throw Problem("transfer.answer.twice", "\(answer.number) 在文件里出现两次,请与银行核对")
                }
                let transfer = try Portability.require(tx, area: area, .outgoing, number: answer.number)
                _ = try Portability.openLine(tx, area: area, of: transfer)
                if answer.day > today { throw Problem("transfer.pay.day", "付款日期 \(answer.day) 还没有到,请核对回单") }
            } catch let problem as Problem {
                problems.add(problem.code, field: answers.place(line), problem.message)
            }
        }
        return problems.all
    }

    /// Takes a bank's answers in (银行回盘): what was paid is booked and told to the destination, what was not is due
    /// again.
    public static func takeBankAnswers(
        _ tx: any Transaction, area: AreaCode, _ answers: ImportSheet<Portability.BankAnswer>, by hands: TransferHands,
        _ ground: Ground
    ) throws -> (paid: Int, sum: Money, failed: Int) {
        try Problems(objections(tx, area: area, to: answers, today: ground.at.day)).throwIfAny()
        var taken = (paid: 0, sum: Money.zero, failed: 0)
        for (_, answer) in answers.lines {
            let transfer = try Portability.require(tx, area: area, .outgoing, number: answer.number)
            switch answer.outcome {
            case .paid(let serial, let day):
                taken.sum += try payOutgoing(tx, area: area, transfer, serial: serial, on: day, by: hands, ground).total
                taken.paid += 1
            case .failed(let reason, let day):
                try Portability.recordUnpaid(tx, area: area, transfer, reason: reason, on: day, ground)
                taken.failed += 1
            }
        }
        return taken
    }
}

extension Portability.BankAnswer {
    var day: Day {
        switch outcome {
        case .paid(_, let day), .failed(_, let day): day
        }
    }
}
