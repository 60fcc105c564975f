import Basics
import Storage

/// Marks of a fee line (明细标志), each a bit.
public struct FeeLineFlags: OptionSet, Hashable, Sendable {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// 基本药物
    public static let essentialDrug = FeeLineFlags(rawValue: 1)
    /// 医保谈判药品
    public static let negotiatedDrug = FeeLineFlags(rawValue: 2)
    /// 儿童用药
    public static let childDrug = FeeLineFlags(rawValue: 4)
    /// 目录特项(特检特治或特殊药品)
    public static let specialItem = FeeLineFlags(rawValue: 8)
    /// 限制使用
    public static let limitedUse = FeeLineFlags(rawValue: 16)
    /// 直报
    public static let directPay = FeeLineFlags(rawValue: 32)
    /// 医院审批通过
    public static let approved = FeeLineFlags(rawValue: 64)
    /// 急诊
    public static let emergency = FeeLineFlags(rawValue: 128)
    /// 出院带药
    public static let takeHome = FeeLineFlags(rawValue: 256)
    /// 生育费用
    public static let maternity = FeeLineFlags(rawValue: 512)
    /// 外检
    public static let externalExamination = FeeLineFlags(rawValue: 1024)
    /// 外购处方
    public static let circulatedPrescription = FeeLineFlags(rawValue: 2048)
    /// 医院审批不通过
    public static let notApproved = FeeLineFlags(rawValue: 4096)
    /// 限制条件不满足: the whole line is the patient's own.
    public static let restrictionUnmet = FeeLineFlags(rawValue: 8192)
}

/// A fee line (费用明细) with the split that was computed when it was handed in.
public struct FeeLineRecord: LedgerRecord, Hashable {
    public var area: AreaCode
    public var encounter: ID<Encounter>
    public var number: Int64
    /// 费用明细流水号
    public var serial: String
    /// The number of the line that this one takes back (退费).
    public var refunds: Int64?
    /// 收费批次号 (outpatients)
    public var batch: String
    /// 处方号、医嘱号
    public var orderNumber: String
    public var diseaseCode: String
    public var occurredAt: Moment
    public var uploadedAt: Moment
    public var itemCode: String
    public var providerItemCode: String
    public var chargeType: ChargeType
    public var feeClass: FeeClass
    public var quantity: Quantity
    public var price: UnitPrice
    /// 明细项目费用总额
    public var amount: Money
    /// 定价上限
    public var priceCap: UnitPrice?
    /// 自付比例
    public var selfPayRatio: Rate
    /// 全自费
    public var fullSelfPay: Money
    /// 超限价
    public var overLimit: Money
    /// 先行自付
    public var preSelfPay: Money
    /// 符合政策范围
    public var inScope: Money
    public var flags: FeeLineFlags
    public var departmentCode: String
    public var departmentName: String
    public var doctorCode: String
    public var doctorName: String
    /// Further national fields as they were given, as JSON.
    public var extra: String?

    public init(
        area: AreaCode, encounter: ID<Encounter>, number: Int64, serial: String, refunds: Int64?, batch: String,
        orderNumber: String, diseaseCode: String, occurredAt: Moment, uploadedAt: Moment, itemCode: String,
        providerItemCode: String, chargeType: ChargeType, feeClass: FeeClass, quantity: Quantity, price: UnitPrice,
        amount: Money, priceCap: UnitPrice?, selfPayRatio: Rate, fullSelfPay: Money, overLimit: Money,
        preSelfPay: Money, inScope: Money, flags: FeeLineFlags, departmentCode: String, departmentName: String,
        doctorCode: String, doctorName: String, extra: String?
    ) {
        self.area = area
        self.encounter = encounter
        self.number = number
        self.serial = serial
        self.refunds = refunds
        self.batch = batch
        self.orderNumber = orderNumber
        self.diseaseCode = diseaseCode
        self.occurredAt = occurredAt
        self.uploadedAt = uploadedAt
        self.itemCode = itemCode
        self.providerItemCode = providerItemCode
        self.chargeType = chargeType
        self.feeClass = feeClass
        self.quantity = quantity
        self.price = price
        self.amount = amount
        self.priceCap = priceCap
        self.selfPayRatio = selfPayRatio
        self.fullSelfPay = fullSelfPay
        self.overLimit = overLimit
        self.preSelfPay = preSelfPay
        self.inScope = inScope
        self.flags = flags
        self.departmentCode = departmentCode
        self.departmentName = departmentName
        self.doctorCode = doctorCode
        self.doctorName = doctorName
        self.extra = extra
    }

    public static let table = "fee_line"
    public static let columns = [
        "area", "encounter_id", "line_no", "serial", "refunds_no", "batch", "order_number", "disease_code",
        "occurred_at", "uploaded_at", "item_code", "provider_item_code", "charge_type", "fee_class", "quantity_e4",
        "price_e6", "amount_fen", "price_cap_e6", "self_pay_ppm", "full_self_pay_fen", "over_limit_fen",
        "pre_self_pay_fen", "in_scope_fen", "flags", "department_code", "department_name", "doctor_code",
        "doctor_name", "extra",
    ]
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        encounter = try reader.id()
        number = try reader.int()
        serial = try reader.text()
        refunds = try reader.intOrNil()
        batch = try reader.text()
        orderNumber = try reader.text()
        diseaseCode = try reader.text()
        occurredAt = try reader.moment()
        uploadedAt = try reader.moment()
        itemCode = try reader.text()
        providerItemCode = try reader.text()
        chargeType = try reader.code()
        feeClass = try reader.code()
        quantity = Quantity(tenThousandths: try reader.int())
        price = UnitPrice(microYuan: try reader.int())
        amount = try reader.money()
        priceCap = try reader.intOrNil().map(UnitPrice.init(microYuan:))
        selfPayRatio = Rate(partsPerMillion: try reader.int())
        fullSelfPay = try reader.money()
        overLimit = try reader.money()
        preSelfPay = try reader.money()
        inScope = try reader.money()
        flags = FeeLineFlags(rawValue: try reader.int())
        departmentCode = try reader.text()
        departmentName = try reader.text()
        doctorCode = try reader.text()
        doctorName = try reader.text()
        extra = try reader.textOrNil()
    }

    public var values: [Value] {
        [
            Value(area), Value(encounter), .int(number), .text(serial), Value(refunds), .text(batch),
            .text(orderNumber), .text(diseaseCode), Value(occurredAt), Value(uploadedAt), .text(itemCode),
            .text(providerItemCode), .int(chargeType.rawValue), .int(feeClass.rawValue),
            .int(quantity.tenThousandths), .int(price.microYuan), Value(amount), Value(priceCap?.microYuan),
            .int(selfPayRatio.partsPerMillion), Value(fullSelfPay), Value(overLimit), Value(preSelfPay),
            Value(inScope), .int(flags.rawValue), .text(departmentCode), .text(departmentName), .text(doctorCode),
            .text(doctorName), Value(extra),
        ]
    }
}

/// The withdrawal of a line (明细撤销) before it was settled.
public struct FeeWithdrawal: LedgerRecord, Hashable {
    public var area: AreaCode
    public var encounter: ID<Encounter>
    public var line: Int64
    public var at: Moment
    public var actor: String

    public init(area: AreaCode, encounter: ID<Encounter>, line: Int64, at: Moment, actor: String) {
        self.area = area
        self.encounter = encounter
        self.line = line
        self.at = at
        self.actor = actor
    }

    public static let table = "fee_withdrawal"
    public static let columns = ["area", "encounter_id", "line_no", "at", "actor"]
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        encounter = try reader.id()
        line = try reader.int()
        at = try reader.moment()
        actor = try reader.text()
    }

    public var values: [Value] { [Value(area), Value(encounter), .int(line), Value(at), .text(actor)] }
}
