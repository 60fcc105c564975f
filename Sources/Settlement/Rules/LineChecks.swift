import Basics

/// A fee line as it was handed in (费用明细), before prices and shares are known.
public struct LineGiven: Hashable, Sendable {
    /// 费用明细流水号, unique within the encounter
    public var serial: String
    /// 原费用流水号: the line that a negative quantity takes back
    public var original: String?
    public var itemCode: String
    public var quantity: Quantity
    public var price: UnitPrice
    /// 明细项目费用总额
    public var amount: Money
    public var occurredAt: Moment

    public init(
        serial: String, original: String?, itemCode: String, quantity: Quantity, price: UnitPrice, amount: Money,
        occurredAt: Moment
    ) {
        self.serial = serial
        self.original = original
        self.itemCode = itemCode
        self.quantity = quantity
        self.price = price
        self.amount = amount
        self.occurredAt = occurredAt
    }
}

extension LineGiven {
    /// Where the line stands in its message, for whoever has to correct it.
    public var place: String { "feedetail[\(serial)]" }
}

/// A line that is already there, as far as a refund or a repetition concerns it.
public struct LineKept: Hashable, Sendable {
    public var number: Int64
    public var serial: String
    public var itemCode: String
    public var price: UnitPrice
    public var quantity: Quantity
    public var occurredAt: Moment
    /// The number of the line that this one takes back.
    public var refunds: Int64?
    public var isWithdrawn: Bool

    public init(
        number: Int64, serial: String, itemCode: String, price: UnitPrice, quantity: Quantity, occurredAt: Moment,
        refunds: Int64?, isWithdrawn: Bool
    ) {
        self.number = number
        self.serial = serial
        self.itemCode = itemCode
        self.price = price
        self.quantity = quantity
        self.occurredAt = occurredAt
        self.refunds = refunds
        self.isWithdrawn = isWithdrawn
    }
}

/// What is asked of fee lines before they are kept.
public enum LineChecks {
    /// Lines of one message: the national limit of a batch upload.
    public static let linesPerMessageMax = 100
    /// Lines of one encounter: a year in hospital has fewer.
    public static let linesPerEncounterMax = 50_000

    /// What can be seen in a message alone: serials, numbers, and products within what the law lets them differ.
    public static func form(_ lines: [LineGiven], tolerance: Money) -> Problems {
        var problems = Problems()
        if lines.isEmpty { problems.add("settlement.line.none", field: "feedetail", "没有费用明细,请至少上传一条") }
        if lines.count > linesPerMessageMax {
            problems.add(
                "settlement.line.tooMany", field: "feedetail", "一次最多上传 \(linesPerMessageMax) 条明细,请分批上传")
        }
        var serials: Set<String> = []
        for line in lines {
            if !serials.insert(line.serial).inserted {
                problems.add("settlement.line.repeated", field: line.place, "同一批中明细流水号重复,请改用不同的流水号")
            }
            form(line, tolerance: tolerance, into: &problems)
        }
        return problems
    }

    private static func form(
        _ line: LineGiven, tolerance: Money, into problems: inout Problems
    ) {
        if line.quantity.tenThousandths == 0 {
            problems.add("settlement.line.quantity", field: line.place, "数量为零,请填写实际数量")
        }
        if line.price.microYuan < 0 {
            problems.add("settlement.line.price", field: line.place, "单价为负;退费请将数量填为负数")
        }
        // A product beyond 10¹⁴ fen is a typing error; it is refused before it is multiplied.
        guard line.quantity.tenThousandths.magnitude < 10_000_000_000_0000,
            line.price.microYuan.magnitude < 100_000_000_000_000
        else {
            problems.add("settlement.line.tooLarge", field: line.place, "数量或单价超出范围,请核对")
            return
        }
        let product = line.price * line.quantity
        if (line.amount - product).magnitude > tolerance {
            problems.add(
                "settlement.line.product", field: line.place,
                "数量 \(line.quantity) × 单价 \(line.price) = \(product),与上传的总额 \(line.amount) 不符,请核对后重传")
        }
        if line.quantity.tenThousandths < 0, line.original == nil {
            problems.add("settlement.line.noOriginal", field: line.place, "退费明细须在 init_feedetl_sn 填写被退明细的流水号")
        }
        if line.quantity.tenThousandths > 0, line.original != nil {
            problems.add("settlement.line.positiveRefund", field: line.place, "填写了原费用流水号,数量须为负数")
        }
    }

    /// What needs the encounter: its dates, its other lines. Returns for each line the number of the line it takes
    /// back, if any.
    public static func against(
        _ kept: [LineKept], lines: [LineGiven], begunAt: Moment, endedAt: Moment?, now: Moment, firstNumber: Int64
    ) throws(Problems) -> [Int64?] {
        var problems = Problems()
        var bySerial: [String: LineKept] = [:]
        var remaining: [Int64: Int64] = [:]
        for line in kept where !line.isWithdrawn {
            bySerial[line.serial] = line
            remaining[line.refunds ?? line.number, default: 0] += line.quantity.tenThousandths
        }
        // Most messages take nothing back; then nobody asks for their own lines (`form` has seen repeated serials).
        let takesBack = lines.contains { $0.original != nil }
        var refunds: [Int64?] = []
        refunds.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated() {
            if bySerial[line.serial] != nil {
                problems.add("settlement.line.known", field: line.place, "明细流水号已经上传过,请勿重复上传;如需更正请先撤销原明细")
            }
            dates(line, begunAt: begunAt, endedAt: endedAt, now: now, into: &problems)
            refunds.append(refunded(line, in: bySerial, remaining: &remaining, into: &problems))
            if takesBack, line.original == nil {
                // A line of the same message may be taken back by a later one.
                let number = firstNumber + Int64(index)
                bySerial[line.serial] = LineKept(
                    number: number, serial: line.serial, itemCode: line.itemCode, price: line.price,
                    quantity: line.quantity, occurredAt: line.occurredAt, refunds: nil, isWithdrawn: false)
                remaining[number] = line.quantity.tenThousandths
            }
        }
        try problems.throwIfAny()
        return refunds
    }

    private static func dates(
        _ line: LineGiven, begunAt: Moment, endedAt: Moment?, now: Moment, into problems: inout Problems
    ) {
        if line.occurredAt.day < begunAt.day {
            problems.add(
                "settlement.line.beforeStay", field: line.place,
                "费用发生日期 \(line.occurredAt.day) 早于就诊开始日期 \(begunAt.day),请核对")
        }
        if let endedAt, line.occurredAt.day > endedAt.day {
            problems.add(
                "settlement.line.afterStay", field: line.place,
                "费用发生日期 \(line.occurredAt.day) 晚于出院日期 \(endedAt.day),请核对")
        }
        if line.occurredAt.day > now.day {
            problems.add("settlement.line.future", field: line.place, "费用发生日期 \(line.occurredAt.day) 尚未到来,请核对")
        }
    }

    private static func refunded(
        _ line: LineGiven, in bySerial: [String: LineKept], remaining: inout [Int64: Int64],
        into problems: inout Problems
    ) -> Int64? {
        guard let serial = line.original else { return nil }
        guard let original = bySerial[serial], original.refunds == nil else {
            problems.add("settlement.line.originalUnknown", field: line.place, "被退明细 \(serial) 不存在或已撤销,请核对原费用流水号")
            return nil
        }
        if original.itemCode != line.itemCode || original.price != line.price {
            problems.add("settlement.line.otherItem", field: line.place, "退费明细的项目和单价须与被退明细 \(serial) 相同")
        }
        let left = remaining[original.number, default: 0]
        if left + line.quantity.tenThousandths < 0 {
            problems.add(
                "settlement.line.refundTooMuch", field: line.place,
                "被退明细 \(serial) 只剩 \(Quantity(tenThousandths: left)) 可退,请减少退费数量")
        } else {
            remaining[original.number] = left + line.quantity.tenThousandths
        }
        return original.number
    }

    /// The bill as a whole: something to settle, and no item with more taken back than given.
    public static func bill(_ lines: [(itemCode: String, amount: Money)], stated: Money?) throws(Problems) {
        var problems = Problems()
        if lines.isEmpty {
            throw Problems(Problem("settlement.bill.empty", field: "mdtrt_id", "没有待结算的费用明细,请先上传"))
        }
        var totals: [String: Money] = [:]
        for line in lines { totals[line.itemCode, default: .zero] += line.amount }
        for (code, total) in totals.sorted(by: { $0.key < $1.key }) where total.isNegative {
            problems.add(
                "settlement.bill.negative", field: "med_list_codg",
                "项目 \(code) 合计为负(\(total)):退费多于收费;已结算的费用请先撤销原结算再退")
        }
        let sum = lines.reduce(Money.zero) { $0 + $1.amount }
        if let stated, stated != sum {
            problems.add(
                "settlement.bill.total", field: "medfee_sumamt", "上送的医疗费总额 \(stated) 与已上传明细合计 \(sum) 不符,请核对明细后重试")
        }
        try problems.throwIfAny()
    }
}
