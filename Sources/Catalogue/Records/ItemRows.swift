import Basics
import Control
import Storage

/// The columns of `catalogue_item` in the order in which items are read and written.
enum ItemColumns {
    static let names = [
        "area", "code", "first_day", "version", "last_day", "name", "list_type", "charge_type", "fee_class",
        "first_self_pay_ppm", "cap_third_e6", "cap_second_e6", "cap_first_e6", "traits", "lowest_tier", "limit_text",
        "unit", "content", "excluded", "batch",
    ]
    static let selection = """
        code, first_day, version, last_day, name, list_type, charge_type, fee_class, first_self_pay_ppm,
        cap_third_e6, cap_second_e6, cap_first_e6, traits, lowest_tier, limit_text, unit, content, excluded
        """
}

/// An item as one version of the catalogue brought it.
public struct ItemRow: Record, Hashable {
    public let item: CatalogueItem
    public let version: Int64

    public init(_ row: any Row) throws {
        version = try row.int(2)
        item = CatalogueItem(
            code: try row.text(0), name: try row.text(4), listType: try row.code(5), chargeType: try row.code(6),
            terms: try ItemRow.terms(row), limit: try row.text(14), unit: try row.text(15), content: try row.text(16),
            excluded: try row.text(17), first: try row.day(1), last: try row.dayOrNil(3))
    }

    private static func terms(_ row: any Row) throws -> PaymentTerms {
        PaymentTerms(
            feeClass: try row.code(7), firstSelfPay: Rate(partsPerMillion: try row.int(8)),
            caps: PriceCaps(
                third: try row.intOrNil(9).map { UnitPrice(microYuan: $0) },
                second: try row.intOrNil(10).map { UnitPrice(microYuan: $0) },
                first: try row.intOrNil(11).map { UnitPrice(microYuan: $0) }),
            traits: ItemTraits(rawValue: try row.int(12)), lowestTier: try row.codeOrNil(13))
    }
}

extension CatalogueItem {
    func values(area: AreaCode, version: Int64, batch: ID<ImportBatch>) -> [Value] {
        [
            Value(area), .text(code), Value(first), .int(version), Value(last), .text(name), .int(listType.rawValue),
            .int(chargeType.rawValue), .int(terms.feeClass.rawValue), .int(terms.firstSelfPay.partsPerMillion),
            Value(terms.caps.third?.microYuan), Value(terms.caps.second?.microYuan), Value(terms.caps.first?.microYuan),
            .int(terms.traits.rawValue), Value(terms.lowestTier?.rawValue), .text(limit), .text(unit), .text(content),
            .text(excluded), Value(batch),
        ]
    }
}

/// A code as one version brought it.
public struct CodeRow: Record, Hashable {
    public let entry: CodeEntry
    public let version: Int64

    static let selection = "code_table, parent, code, first_day, version, last_day, name"
    static let columns = ["area", "code_table", "parent", "code", "first_day", "version", "last_day", "name", "batch"]

    public init(_ row: any Row) throws {
        version = try row.int(4)
        entry = CodeEntry(
            table: try row.code(0), code: try row.text(2), name: try row.text(6), parent: try row.text(1),
            first: try row.day(3), last: try row.dayOrNil(5))
    }
}

extension CodeEntry {
    func values(area: AreaCode, version: Int64, batch: ID<ImportBatch>) -> [Value] {
        [
            Value(area), .int(table.rawValue), .text(parent), .text(code), Value(first), .int(version), Value(last),
            .text(name), Value(batch),
        ]
    }
}
