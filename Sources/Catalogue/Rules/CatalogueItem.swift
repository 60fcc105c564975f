import Basics

/// An item of the three catalogues (三目录项目) as one pooling area pays for it from a day on:
/// its class, first self-payment, price caps and limits.
///
/// Rows are never changed. A change is a new row with a later `first` day; a correction is a row with the same
/// `first` day and a later version; a withdrawal is such a row with its `last` day.
public struct CatalogueItem: Hashable, Sendable {
    /// 医保目录编码 (`hilist_code`), the national code.
    public var code: String
    public var name: String
    public var listType: ListType
    /// 收费类别
    public var chargeType: ChargeType
    public var terms: PaymentTerms
    /// 限制使用的条件, in words; empty when there is none.
    public var limit: String
    /// 计价单位
    public var unit: String
    /// 规格 of a drug or consumable, 项目内涵 of a service.
    public var content: String
    /// 除外内容
    public var excluded: String
    public var first: Day
    public var last: Day?

    public init(
        code: String, name: String, listType: ListType, chargeType: ChargeType, terms: PaymentTerms,
        limit: String = "", unit: String = "", content: String = "", excluded: String = "",
        first: Day, last: Day? = nil
    ) {
        self.code = code
        self.name = name
        self.listType = listType
        self.chargeType = chargeType
        self.terms = terms
        self.limit = limit
        self.unit = unit
        self.content = content
        self.excluded = excluded
        self.first = first
        self.last = last
    }
}

/// What the fund makes of an item: the figures that splitting a fee line needs (支付标准).
public struct PaymentTerms: Hashable, Sendable {
    public var feeClass: FeeClass
    /// 先行自付比例 (`selfpay_prop`): 0 for 甲类, 1 for 丙类.
    public var firstSelfPay: Rate
    public var caps: PriceCaps
    public var traits: ItemTraits
    /// The lowest tier whose use of the item is paid (限医疗机构级别); nil when any.
    public var lowestTier: Tier?

    public init(
        feeClass: FeeClass, firstSelfPay: Rate, caps: PriceCaps = .none, traits: ItemTraits = [],
        lowestTier: Tier? = nil
    ) {
        self.feeClass = feeClass
        self.firstSelfPay = firstSelfPay
        self.caps = caps
        self.traits = traits
        self.lowestTier = lowestTier
    }
}

/// Highest unit price that counts, by tier of the institution (定价上限 `pric_uplmt_amt`).
public struct PriceCaps: Hashable, Sendable {
    public var third: UnitPrice?
    public var second: UnitPrice?
    public var first: UnitPrice?

    public init(third: UnitPrice? = nil, second: UnitPrice? = nil, first: UnitPrice? = nil) {
        self.third = third
        self.second = second
        self.first = first
    }

    public static let none = PriceCaps()

    /// An institution without a tier is held to the cap of the first.
    public subscript(tier: Tier) -> UnitPrice? {
        switch tier {
        case .third: third
        case .second: second
        case .first, .unrated: first
        }
    }
}

/// Marks that the national catalogue sets on an item.
public struct ItemTraits: OptionSet, Hashable, Sendable {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// 限制使用 (`lmt_used_flag`): paid only when its condition is met or the hospital has approved the use.
    public static let restricted = ItemTraits(rawValue: 1)
    /// 基本药物 (`bas_medn_flag`)
    public static let essential = ItemTraits(rawValue: 2)
    /// 谈判药品 (`hi_nego_drug_flag`)
    public static let negotiated = ItemTraits(rawValue: 4)
    /// 儿童用药 (`chld_medc_flag`)
    public static let forChildren = ItemTraits(rawValue: 8)
    /// 目录特项:特检特治或特殊药品 (`list_sp_item_flag`)
    public static let special = ItemTraits(rawValue: 16)
    /// 生育使用 (`matn_used_flag`)
    public static let maternity = ItemTraits(rawValue: 32)
    /// 限住院使用
    public static let inpatientOnly = ItemTraits(rawValue: 64)
    /// 单方不予支付 (`lmt_cpnd_type`): a herb that is paid only within a compound.
    public static let onlyInCompound = ItemTraits(rawValue: 128)

    public static let all: ItemTraits = [
        .restricted, .essential, .negotiated, .forChildren, .special, .maternity, .inpatientOnly, .onlyInCompound,
    ]
}
