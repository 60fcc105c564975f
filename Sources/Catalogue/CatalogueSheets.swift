import Basics
import Control

/// The import files of the catalogue: their columns and what makes a row valid.
extension Catalogue {
    /// Columns of an item file. Blank caps mean no cap; `traits` lists marks of `ItemTraits` by name.
    public static let itemColumns = [
        "hilist_code", "hilist_name", "list_type", "med_chrgitm_type", "chrgitm_lv", "selfpay_prop", "begndate",
    ]

    /// Reads an item file (目录文件), every problem in it at once.
    public static func readItems(_ text: String, file: String) throws(Problems) -> ImportSheet<CatalogueItem> {
        try ImportSheet(text, file: file, required: itemColumns) { (fields: inout FieldReader) -> CatalogueItem? in
            let code = fields.text("hilist_code", upTo: 50)
            let name = fields.text("hilist_name", upTo: 200)
            let listType = fields.code("list_type", ListType.self)
            let chargeType = fields.code("med_chrgitm_type", ChargeType.self)
            let terms = readTerms(&fields)
            let period = fields.period("begndate", "enddate")
            let limit = fields.optionalText("limit", upTo: 500)
            let unit = fields.optionalText("unit", upTo: 100)
            let content = fields.optionalText("content", upTo: 2000)
            let excluded = fields.optionalText("excluded", upTo: 2000)
            guard let code, let name, let listType, let chargeType, let terms, let period, let limit, let unit,
                let content, let excluded
            else { return nil }
            checkCode(code, listType, &fields)
            return CatalogueItem(
                code: code, name: name, listType: listType, chargeType: chargeType, terms: terms, limit: limit,
                unit: unit, content: content, excluded: excluded, first: period.first, last: period.last)
        }
    }

    /// Reads a list that names items without the area's terms (`hilist_code, hilist_name, list_type` and, for
    /// services and consumables, `med_chrgitm_type, unit, cap_tier3, cap_tier2, cap_tier1, content, excluded`),
    /// and gives each item the terms that the area states for its group.
    public static func readItems(
        _ text: String, file: String, terms: ImportSheet<AreaTerms.Rule>
    ) throws(Problems) -> ImportSheet<CatalogueItem> {
        let table = AreaTerms(terms.lines.map(\.row))
        let list = try ImportSheet(text, file: file, required: ["hilist_code", "hilist_name", "list_type"]) {
            (fields: inout FieldReader) -> [CatalogueItem]? in
            guard let item = readListed(&fields) else { return nil }
            let dated = table.items(item)
            if dated.isEmpty {
                fields.reject(
                    "catalogue.item.noTerms", "hilist_code", "支付标准文件 \(terms.file) 没有适用于 \(item.code) 的规则,请补上")
            }
            return dated
        }
        return list.flattened(beside: terms)
    }

    private static func readListed(_ fields: inout FieldReader) -> CatalogueItem? {
        let code = fields.text("hilist_code", upTo: 50)
        let name = fields.text("hilist_name", upTo: 200)
        let listType = fields.code("list_type", ListType.self)
        let chargeType = fields.optionalCode("med_chrgitm_type", ChargeType.self)
        let caps = readCaps(&fields)
        let unit = fields.optionalText("unit", upTo: 100)
        let content = fields.optionalText("content", upTo: 2000)
        let excluded = fields.optionalText("excluded", upTo: 2000)
        guard let code, let name, let listType, let unit, let content, let excluded else { return nil }
        guard let chargeType = chargeType ?? listType.chargeType else {
            fields.reject("import.missing", "med_chrgitm_type", "服务项目要写收费类别“med_chrgitm_type”,请补上")
            return nil
        }
        checkCode(code, listType, &fields)
        return CatalogueItem(
            code: code, name: name, listType: listType, chargeType: chargeType,
            terms: PaymentTerms(feeClass: .selfPaid, firstSelfPay: .one, caps: caps), unit: unit, content: content,
            excluded: excluded, first: Day(number: 0))
    }

    /// Reads an area's terms by group: `list_type, code_prefix, chrgitm_lv, selfpay_prop, traits, limit, begndate,
    /// enddate`.
    public static func readTerms(_ text: String, file: String) throws(Problems) -> ImportSheet<AreaTerms.Rule> {
        try ImportSheet(
            text, file: file, required: ["list_type", "code_prefix", "chrgitm_lv", "selfpay_prop", "begndate"]
        ) { (fields: inout FieldReader) -> AreaTerms.Rule? in
            let listType = fields.code("list_type", ListType.self)
            let prefix = fields.text("code_prefix", upTo: 50)
            let terms = readTerms(&fields)
            let limit = fields.optionalText("limit", upTo: 500)
            let period = fields.period("begndate", "enddate")
            guard let listType, let prefix, let terms, let limit, let period else { return nil }
            return AreaTerms.Rule(
                listType: listType, prefix: prefix, terms: terms, limit: limit, first: period.first, last: period.last)
        }
    }

    private static func readCaps(_ fields: inout FieldReader) -> PriceCaps {
        PriceCaps(
            third: fields.optionalPrice("cap_tier3"), second: fields.optionalPrice("cap_tier2"),
            first: fields.optionalPrice("cap_tier1"))
    }

    private static func readTerms(_ fields: inout FieldReader) -> PaymentTerms? {
        let feeClass = fields.code("chrgitm_lv", FeeClass.self)
        let firstSelfPay = fields.share("selfpay_prop")
        let caps = readCaps(&fields)
        let lowestTier = fields.optionalCode("lowest_tier", Tier.self)
        let traits = readTraits(&fields)
        guard let feeClass, let firstSelfPay else { return nil }
        if let problem = inconsistency(feeClass, firstSelfPay) {
            fields.reject("catalogue.item.ratio", "selfpay_prop", problem)
        }
        return PaymentTerms(
            feeClass: feeClass, firstSelfPay: firstSelfPay, caps: caps, traits: traits, lowestTier: lowestTier)
    }

    /// 甲类 pays nothing first, 丙类 everything; anything else is a slip of the file.
    private static func inconsistency(_ feeClass: FeeClass, _ firstSelfPay: Rate) -> String? {
        switch feeClass {
        case .a where firstSelfPay != .zero: "甲类的先行自付比例应为 0,请核对等级或比例"
        case .selfPaid where firstSelfPay != .one: "丙类(自费)的先行自付比例应为 1,请核对等级或比例"
        case .b where firstSelfPay == .one: "乙类的先行自付比例应小于 1;全额自费请填丙类(03)"
        default: nil
        }
    }

    private static let traitNames: [(name: Substring, trait: ItemTraits)] = [
        ("restricted", .restricted), ("essential", .essential), ("negotiated", .negotiated),
        ("children", .forChildren), ("special", .special), ("maternity", .maternity),
        ("inpatient", .inpatientOnly), ("compound", .onlyInCompound),
    ]

    private static func readTraits(_ fields: inout FieldReader) -> ItemTraits {
        var traits: ItemTraits = []
        for word in fields.row["traits"].split(separator: " ") {
            if let known = traitNames.first(where: { $0.name == word }) {
                traits.insert(known.trait)
            } else {
                let names = traitNames.map { String($0.name) }.joined(separator: "、")
                fields.reject("catalogue.item.trait", "traits", "没有标志“\(word)”,可填:\(names)")
            }
        }
        return traits
    }

    /// The national codes' shapes (医保编码标准), as far as they are settled.
    private static func checkCode(_ code: String, _ listType: ListType, _ fields: inout FieldReader) {
        let length = code.utf8.count
        let fits =
            switch listType {
            case .westernDrug: code.hasPrefix("X") && length == 23
            case .chinesePatentDrug: code.hasPrefix("Z") && length == 20
            case .herbalPiece: code.hasPrefix("T") && (length == 10 || length == 20)
            case .service: length == 15 && code.utf8.allSatisfy { (0x30...0x39).contains($0) }
            case .consumable: code.hasPrefix("C") && (length == 20 || length == 27)
            case .hospitalPreparation, .ethnicDrug: true
            }
        if !fits {
            fields.reject(
                "catalogue.item.code", "hilist_code", "编码“\(code)”不合目录类别 \(listType.rawValue) 的编码规则,请核对编码和类别")
        }
    }

    /// Reads a code table: `code,name` and, where the table has them, `parent`, `begndate`, `enddate`.
    ///
    /// - Parameter first: the first day of codes whose line gives none.
    public static func readCodes(
        _ text: String, file: String, table: CodeTable, first: Day
    ) throws(Problems) -> ImportSheet<CodeEntry> {
        try ImportSheet(text, file: file, required: ["code", "name"]) { (fields: inout FieldReader) -> CodeEntry? in
            let code = fields.text("code", upTo: 50)
            let name = fields.text("name", upTo: 200)
            let parent = fields.optionalText("parent", upTo: 50)
            let begin = fields.isBlank("begndate") ? first : fields.day("begndate")
            let last = fields.optionalDay("enddate")
            guard let code, let name, let parent, let begin else { return nil }
            if let last, last < begin { fields.reject("import.period", "enddate", "结束日期早于开始日期,请核对") }
            return CodeEntry(table: table, code: code, name: name, parent: parent, first: begin, last: last)
        }
    }
}

extension ListType {
    /// The kind of charge that goes with a list of goods; services differ one by one.
    var chargeType: ChargeType? {
        switch self {
        case .westernDrug, .hospitalPreparation, .ethnicDrug: .westernDrug
        case .chinesePatentDrug: .chinesePatentDrug
        case .herbalPiece: .herbalPiece
        case .consumable: .material
        case .service: nil
        }
    }
}
