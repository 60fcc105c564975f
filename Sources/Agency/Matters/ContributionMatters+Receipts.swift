import Basics
import Contributions
import Control
import Policy
import Sheets
import Storage

extension ContributionMatters {
    // MARK: Money in

    private static let sources = ReceiptSource.allCases.filter { $0 != .finance }
    private static let books: [Insurance] = [.employee, .resident]

    static let takeReceipts = MatterKind(
        code: "contributions.receipts.take", name: "到账入账", section: .contributions, basis: "社会保险经办条例第四十一条",
        fields: [
            FormField("source", "来源", .choice(sources.map { (String($0.rawValue), $0.name) })),
            FormField(
                "insurance", "文件险种", .choice(books.map { (String($0.rawValue), $0.name) }), isRequired: false,
                help: "未匹配的钱记入这个险种的账套;文件各行自有险种的以文件为准,留空按政策对该来源的规定"),
            FormField("sheet", "到账文件", .file, help: "税务、银行、POS 或代收点的文件,CSV 或 Excel"),
        ],
        steps: receiptRoute,
        check: { tx, draft in
            guard let file = try draft.file(tx, "sheet") else { return [] }
            return try problems {
                let sheet = try lines(tx, draft.area, draft.form, file, on: draft.today)
                let source = try draft.form.code("source", ReceiptSource.self)
                try Agency.ticketProblems(tx, area: draft.area, from: source, sheet, on: draft.today).throwIfAny()
            }
        },
        effect: .job(chunk: { tx, approved, cursor in
            guard let file = try approved.file(tx, "sheet") else {
                throw Problem("matter.form.missing", field: "sheet", "请上传到账文件")
            }
            let sheet = try lines(tx, approved.area, approved.form, file, on: approved.at.day)
            let source = try approved.form.code("source", ReceiptSource.self)
            let origin = ImportOrigin(area: approved.area, actor: approved.actor, at: approved.at)
            let from = try ground(approved, "\(source.name)到账 \(file.name)")
                .reading(Contributions.registerReceipts(tx, sheet, by: origin).batch)
            let lines = Contributions.inOrderOfTaking(sheet)
            let start = min(Int(cursor), lines.count)
            let end = min(lines.count, start + Contributions.receiptsMax)
            try Agency.takeIn(
                tx, area: approved.area, from: source, Array(lines[start..<end]),
                of: approved.form.codeIfGiven("insurance"), from)
            if end < lines.count { return .more(next: Int64(end), done: end, of: lines.count) }
            let taken = try Contributions.receiptCount(tx, area: approved.area, of: approved.matter)
            return .finished(Carried([], words(file.name, lines: lines.count, taken: taken)))
        }))

    /// What came of a file: a line that was booked before, by its serial, is not booked again.
    private static func words(_ file: String, lines: Int, taken: Int) -> String {
        let known = lines - taken
        guard known > 0 else { return "到账文件“\(file)”共 \(lines) 笔已入账,未匹配的在暂收款清单" }
        let before = "\(known) 笔以前已按流水号入账,没有重复记账"
        guard taken > 0 else { return "到账文件“\(file)”共 \(lines) 笔,本次没有新入账:\(before)" }
        return "到账文件“\(file)”共 \(lines) 笔,本次入账 \(taken) 笔,未匹配的在暂收款清单;另有 \(before)"
    }

    private static func lines(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues, _ file: AttachedFile, on day: Day
    ) throws -> ImportSheet<PaymentLine> {
        let source = try form.code("source", ReceiptSource.self)
        let columns = try ReceiptColumns(Agency.law(tx, area: area), source, on: day)
        return try Contributions.readReceipts(
            SheetText.read(file.bytes, name: file.name), file: file.name, columns: columns, on: day)
    }

    /// POS day by day, the tax office month by month: what the other side states against what was taken in.
    static let reconcile = MatterKind(
        code: "contributions.reconcile", name: "到账对账", section: .contributions, basis: "社会保险经办条例第四十一条",
        fields: [
            FormField("source", "来源", .choice(sources.map { (String($0.rawValue), $0.name) })),
            FormField("first", "起始日", .day), FormField("last", "终止日", .day, help: "POS 按日、税务按月对账"),
            FormField("sheet", "对方明细", .file, help: "对方当期全部明细,格式同到账文件"),
        ],
        steps: receiptRoute,
        check: { tx, draft in
            guard let file = try draft.file(tx, "sheet") else { return [] }
            return try problems { _ = try days(draft.form, on: draft.today) }
                + problems { _ = try lines(tx, draft.area, draft.form, file, on: draft.today) }
        },
        effect: .atOnce { tx, approved in
            guard let file = try approved.file(tx, "sheet") else {
                throw Problem("matter.form.missing", field: "sheet", "请上传对方明细")
            }
            let stated = try lines(tx, approved.area, approved.form, file, on: approved.at.day).lines.map {
                StatedPayment(serial: $0.row.serial, amount: $0.row.amount, day: $0.row.paidDay)
            }
            let source = try approved.form.code("source", ReceiptSource.self)
            let result = try Contributions.reconcile(
                tx, area: approved.area, with: source, days: try days(approved.form, on: approved.at.day),
                stated: stated,
                ground(approved, "\(source.name)对账 \(file.name)"))
            let made = try Contributions.reconciliations(tx, area: approved.area, limit: 1)
            let subjects = made.map { (kind: "reconciliation", id: $0.act.raw) }
            if result.agrees { return Carried(subjects, "\(source.name)对账相符:\(result.ownCount) 笔 \(result.own) 元") }
            let shown = result.differences.prefix(10).map {
                "\($0.serial)\($0.kind.name)(对方 \($0.stated),我方 \($0.own))"
            }
            return Carried(
                subjects, "\(source.name)对账有 \(result.differences.count) 笔差异:" + shown.joined(separator: ";"))
        })

    private static func days(_ form: FormValues, on today: Day) throws -> ClosedRange<Day> {
        let (first, last) = (try form.day("first"), try form.day("last"))
        guard first <= last else {
            throw Problem("contributions.reconcile.days", field: "last", "终止日 \(last) 早于起始日 \(first),请核对")
        }
        try Contributions.requireOver(first...last, on: today)
        return first...last
    }

    /// Differences that stay after everything wrong has been put right: money under way, another day of booking.
    static let explainDifferences = MatterKind(
        code: "contributions.reconcile.explain", name: "对账差异说明", section: .contributions, basis: "社会保险经办条例第四十一条",
        fields: [
            FormField("reconciliation", "对账编号", .whole(1...Int64.max), help: "在“对账”列表中查看"),
            FormField("reason", "差异原因和处理结果", .lines(max: 300)),
        ],
        steps: receiptRoute + [RouteStep("chief", "科长审批", post: "contributions.chief", limit: 2)],
        check: { tx, draft in
            let id = ID<LevyAct>(try draft.form.whole("reconciliation"))
            return try problems { try Contributions.requireExplicable(tx, area: draft.area, id) }
        },
        effect: .atOnce { tx, approved in
            let id = ID<LevyAct>(try approved.form.whole("reconciliation"))
            try Contributions.explain(tx, area: approved.area, id, ground(approved, "差异说明"))
            return Carried([("reconciliation", id.raw)], "对账 \(id) 的差异已说明")
        })

    static let takeSubsidy = MatterKind(
        code: "contributions.subsidy.take", name: "财政补助和资助参保到账", section: .contributions,
        basis: "《中华人民共和国社会保险法》第二十五条",
        fields: [
            FormField("serial", "拨款单号", .text(max: 60)), FormField("payer", "拨款单位", .text(max: 100)),
            FormField("fiscal", "财政补助", .money), FormField("aid", "资助参保", .money), FormField("paid", "到账日期", .day),
        ],
        steps: receiptRoute,
        check: { tx, draft in
            let form = draft.form
            return try Contributions.subsidyProblems(
                tx, area: draft.area, serial: form.text("serial"), fiscal: form.money("fiscal"),
                aid: form.money("aid"), paid: form.day("paid"), on: draft.today
            ).all
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let receipt = try Contributions.takeInSubsidy(
                tx, area: approved.area, serial: form.text("serial"), payer: form.text("payer"),
                fiscal: try form.money("fiscal"), aid: try form.money("aid"), paid: try form.day("paid"),
                ground(approved, "财政补助到账"))
            return Carried([("receipt", receipt.raw)], "拨款单 \(form.text("serial")) 已入账")
        })

    // MARK: Money that moves: giving it back is in ContributionMatters+Refunds

    static let clearSuspense = MatterKind(
        code: "contributions.suspense.clear", name: "暂收款认领", section: .contributions, basis: "财会〔2017〕28号第二部分",
        fields: [receipt, bill, amount, reason], steps: receiptRoute,
        check: { tx, draft in
            try problems {
                try Contributions.requireClearable(
                    tx, area: draft.area, ID(draft.form.whole("receipt")), to: ID(draft.form.whole("bill")),
                    draft.form.money("amount"), lateFees: lateFees(tx, draft.area))
            }
        },
        effect: .atOnce { tx, approved in
            let (receipt, bill) = (
                ID<Receipt>(try approved.form.whole("receipt")), ID<LevyBill>(try approved.form.whole("bill"))
            )
            try Contributions.clear(
                tx, area: approved.area, receipt, to: bill, try approved.form.money("amount"),
                lateFees: lateFees(tx, approved.area), ground(approved, "暂收款认领"))
            return Carried([("receipt", receipt.raw), ("bill", bill.raw)], "暂收款已认领到应缴单 \(bill)")
        })

    static let voidReceipt = MatterKind(
        code: "contributions.receipt.void", name: "到账更正", section: .contributions, basis: "《会计基础工作规范》第五十一条",
        fields: [receipt, reason],
        steps: receiptRoute + [RouteStep("chief", "科长审批", post: "contributions.chief", limit: 2)],
        check: { tx, draft in
            try problems {
                try Contributions.requireVoidable(tx, area: draft.area, ID(draft.form.whole("receipt")))
            }
        },
        effect: .atOnce { tx, approved in
            let receipt = ID<Receipt>(try approved.form.whole("receipt"))
            let red = try Contributions.void(tx, area: approved.area, receipt, ground(approved, "到账更正"))
            return Carried(
                [("receipt", receipt.raw), ("receipt", red.raw)], "到账 \(try printed(tx, approved.area, receipt)) 已红字冲正")
        })

    /// The number that is printed on the receipt (票据号): what people know it by.
    static func printed(_ tx: any Transaction, _ area: AreaCode, _ id: ID<Receipt>) throws -> String {
        try Contributions.receipt(tx, area: area, id)?.numberName ?? "\(id)"
    }

    // MARK: Blank receipts

    static let moveBlanks = MatterKind(
        code: "contributions.blanks.move", name: "空白票据出入库", section: .contributions, basis: "《财政票据管理办法》第二十五条",
        fields: [
            FormField("series", "票据批次", .text(max: 20)),
            FormField("movement", "业务", .choice(BlankMovement.allCases.map { (String($0.rawValue), $0.name) })),
            FormField("first", "起号", .whole(1...Int64.max)), FormField("last", "止号", .whole(1...Int64.max)),
            FormField("custodian", "保管人", .text(max: 60)),
        ],
        steps: [
            RouteStep("reception", "受理", post: "finance.receipts", limit: 1),
            RouteStep("review", "复核", post: "contributions.review", limit: 2),
        ],
        check: { tx, draft in
            try problems {
                let form = draft.form
                try Contributions.requireMovable(
                    tx, area: draft.area, series: form.text("series"), form.code("movement"), numbers(form),
                    custodian: form.text("custodian"))
            }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let numbers = try numbers(form)
            let movement = try form.code("movement", BlankMovement.self)
            let custody = try Contributions.moveBlanks(
                tx, area: approved.area, series: form.text("series"), movement, numbers,
                custodian: form.text("custodian"), ground(approved, movement.name))
            return Carried([], "\(movement.name) \(numbers.count) 份,库存 \(custody.count(in: .store)) 份")
        })

    /// 起止号
    private static func numbers(_ form: FormValues) throws -> ClosedRange<Int64> {
        let (first, last) = (try form.whole("first"), try form.whole("last"))
        guard first <= last else { throw Problem("contributions.blank.order", field: "last", "止号小于起号,请核对") }
        return first...last
    }

    // MARK: Books

    static let booking = MatterKind(
        code: "contributions.book", name: "征缴记账", section: .contributions, basis: "财会〔2017〕28号第二部分",
        fields: [],
        steps: [
            RouteStep("reception", "制单", post: "accountant", limit: 1),
            RouteStep("review", "复核", post: "finance.review", limit: 1),
        ],
        effect: .job(chunk: { tx, approved, cursor in
            guard case .staff(let reviewer) = approved.actor else {
                throw Problem("contributions.booking.reviewer", "征缴记账须由凭证复核岗审核")
            }
            let done = try Agency.bookCollections(
                tx, area: approved.area, limit: 50, preparedBy: approved.opener, reviewedBy: reviewer,
                matter: approved.matter, at: approved.at)
            let total = Int(cursor) + done.acts
            if done.acts > 0 { return .more(next: Int64(total), done: total, of: total + 1) }
            return .finished(Carried([], "到账已全部记账,共 \(total) 笔业务"))
        }))
}
