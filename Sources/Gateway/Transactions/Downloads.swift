import Agency
import Basics
import Catalogue
import Settlement
import Storage

/// Catalogue downloads by version: 1301, 1305–1308.
///
/// A download's file is not stored. Its number says which rows it holds (`1305.12-25`: of list 1305, what came after
/// version 12 up to version 25), the catalogue is append-only, and 9102 writes the same file again from it.
enum CatalogueFile {
    /// What a transaction downloads.
    enum Content: Sendable {
        case items([ListType])
        case codes(CodeTable)
    }

    static let contents: [String: Content] = [
        "1301": .items([.westernDrug, .chinesePatentDrug]),
        "1305": .items([.service]),
        "1306": .items([.consumable]),
        "1307": .codes(.diagnosis),
        "1308": .codes(.procedure),
    ]

    /// Which rows a file holds.
    struct Number: Hashable, Sendable, CustomStringConvertible {
        let infno: String
        let after: Int64
        let through: Int64

        init(infno: String, after: Int64, through: Int64) {
            self.infno = infno
            self.after = after
            self.through = through
        }

        /// Nil when the text is not such a number.
        init?(_ text: String) {
            let parts = text.split(separator: ".")
            guard parts.count == 2, contents[String(parts[0])] != nil else { return nil }
            let versions = parts[1].split(separator: "-").map { Int64($0) }
            guard versions.count == 2, let after = versions[0], let through = versions[1], after >= 0 else {
                return nil
            }
            self.init(infno: String(parts[0]), after: after, through: through)
        }

        var description: String { "\(infno).\(after)-\(through)" }
        var fileName: String { "\(infno)-\(through).txt" }
    }

    /// 1301, 1305–1308: names the file of everything after the sender's version.
    static func announce(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let area = message.head.area
        guard let after = Int64(message.node("data").text("ver")), after >= 0 else {
            throw Problem("gateway.field.type", field: "data.ver", "版本号应为非负整数,首次下载请填 0")
        }
        let infno = message.envelope.infno
        let (number, rows) = try await agency.store.read { tx in
            let number = Number(infno: infno, after: after, through: try Catalogue.version(tx, area: area))
            var rows: Int64 = 0
            try forEachRow(of: number, area: area, tx) { _ in rows += 1 }
            return (number, rows)
        }
        return Outputs.object { json in
            json.object("fileinfo") {
                $0.field("file_qury_no", number.description)
                $0.field("filename", number.fileName)
                $0.field("dld_endtime", message.receivedAt + 86_400)
                $0.field("data_cnt", rows)
                $0.field("ver", String(number.through))
            }
        }
    }

    /// The file: a heading in the national names, then a line a row, fields parted by tabs.
    static func text(of number: Number, area: AreaCode, _ tx: any Transaction) throws -> [UInt8] {
        var out: [UInt8] = []
        switch contents[number.infno] {
        case .items: append(itemHeading, to: &out)
        case .codes, nil: append(codeHeading, to: &out)
        }
        try forEachRow(of: number, area: area, tx) { append($0, to: &out) }
        return out
    }

    private static let itemHeading = [
        "hilist_code", "hilist_name", "list_type", "med_chrgitm_type", "chrgitm_lv", "selfpay_prop", "pric_uplmt_amt_3",
        "pric_uplmt_amt_2", "pric_uplmt_amt_1", "lmt_used_flag", "lmt_cont", "prcunt", "spec", "begndate", "enddate",
        "ver",
    ]
    private static let codeHeading = ["code", "name", "parent", "begndate", "enddate", "ver"]

    private static func forEachRow(
        of number: Number, area: AreaCode, _ tx: any Transaction, _ row: ([String]) -> Void
    ) throws {
        switch contents[number.infno] {
        case .items(let lists):
            for list in lists {
                try follow(from: number) { position in
                    let page = try Catalogue.download(tx, area: area, list: list, from: position)
                    for item in page.rows where item.version <= number.through { row(fields(of: item)) }
                    return page.rows.isEmpty || page.next.version > number.through ? nil : page.next
                }
            }
        case .codes(let table):
            try follow(from: number) { position in
                let page = try Catalogue.downloadCodes(tx, area: area, table: table, from: position)
                for code in page.rows where code.version <= number.through { row(fields(of: code)) }
                return page.rows.isEmpty || page.next.version > number.through ? nil : page.next
            }
        case nil: break
        }
    }

    private static func follow(
        from number: Number, _ page: (DownloadPosition) throws -> DownloadPosition?
    ) throws {
        var position: DownloadPosition? = .after(version: number.after)
        while let here = position { position = try page(here) }
    }

    private static func fields(of row: ItemRow) -> [String] {
        let item = row.item
        let caps = [Tier.third, .second, .first].map { item.terms.caps[$0]?.description ?? "" }
        return [item.code, item.name, String(item.listType.rawValue), item.chargeType.code, item.terms.feeClass.code]
            + [item.terms.firstSelfPay.fraction] + caps
            + [
                item.terms.traits.contains(.restricted) ? "1" : "0", item.limit, item.unit, item.content,
                item.first.description, item.last?.description ?? "", String(row.version),
            ]
    }

    private static func fields(of row: CodeRow) -> [String] {
        [
            row.entry.code, row.entry.name, row.entry.parent, row.entry.first.description,
            row.entry.last?.description ?? "", String(row.version),
        ]
    }

    /// Tabs and line ends inside a field would break the line: they become spaces.
    private static func append(_ fields: [String], to out: inout [UInt8]) {
        for (index, field) in fields.enumerated() {
            if index > 0 { out.append(UInt8(ascii: "\t")) }
            for byte in field.utf8 { out.append(byte < 0x20 ? UInt8(ascii: " ") : byte) }
        }
        out.append(UInt8(ascii: "\n"))
    }
}
