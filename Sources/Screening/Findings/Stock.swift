import Basics
import Foundation
import Sheets

/// A transaction that moves stock (进销存变动): its table, columns and sign.
struct StockMove: Sendable {
    let number: String
    let day: String
    let quantity: String
    /// +1 comes in, −1 goes out.
    var sign: Int64 = 1
    var isSale = false
    /// The sign is told by `inv_chg_type`: 10x adds to the stock, 20x takes from it; an unknown type counts as given.
    var hasType = false

    var file: String { number + ".csv" }

    static let all = [
        StockMove(number: "3502", day: "inv_chg_time", quantity: "cnt", hasType: true),
        StockMove(number: "3503", day: "purc_retn_stoin_time", quantity: "purc_retn_cnt"),
        StockMove(number: "3504", day: "purc_retn_stoin_time", quantity: "purc_retn_cnt", sign: -1),
        StockMove(number: "3505", day: "sel_retn_time", quantity: "sel_retn_cnt", sign: -1, isSale: true),
        StockMove(number: "3506", day: "sel_retn_time", quantity: "sel_retn_cnt", isSale: true),
    ]
}

/// Counts of stock and what moved between them (盘存与变动), by institution and item, out of the tables of transactions
/// 3501 (stock count), 3502 (other change), 3503 (purchase), 3504 (return to the supplier), 3505 (sale) and 3506 (return
/// by the buyer): `3501.csv` … `3506.csv` in the extract's folder.
struct StockAccounts {
    struct Key: Hashable {
        var institution: String
        var item: String
    }
    struct Account {
        /// Counts of stock by day.
        var counts: [(day: Day, quantity: Int64)] = []
        /// Movements between counts: what came (+) and went (−), with sales beside for the tolerance.
        var moves: [(day: Day, quantity: Int64, sold: Int64)] = []
    }

    private(set) var accounts: [Key: Account] = [:]

    /// Reads what lies in the folder; a broken row is rejected, the others count.
    init(_ folder: URL, encoding: TextEncoding?, _ rejections: Rejections) throws {
        try StockFile.counts(in: folder).read(encoding, rejections) { row in
            accounts[row.key, default: Account()].counts.append((row.day, row.quantity))
        }
        if accounts.isEmpty { return }
        for move in StockMove.all {
            try StockFile.moves(move, in: folder).read(encoding, rejections) { row in
                let sign: Int64 = move.hasType ? (row.type.hasPrefix("2") ? -1 : 1) : move.sign
                let sold = move.isSale ? -sign * row.quantity : 0
                accounts[row.key, default: Account()].moves.append((row.day, sign * row.quantity, sold))
            }
        }
    }
}

/// One table of stock as it lies in the folder.
struct StockFile {
    struct Row {
        let key: StockAccounts.Key
        let day: Day
        let quantity: Int64
        let type: String
    }

    let number: String
    let day: String
    let quantity: String
    let folder: URL

    static func counts(in folder: URL) -> StockFile {
        StockFile(number: "3501", day: "invdate", quantity: "inv_cnt", folder: folder)
    }

    static func moves(_ move: StockMove, in folder: URL) -> StockFile {
        StockFile(number: move.number, day: move.day, quantity: move.quantity, folder: folder)
    }

    static func all(in folder: URL) -> [StockFile] {
        [counts(in: folder)] + StockMove.all.map { moves($0, in: folder) }
    }

    var name: String { number + ".csv" }
    var exists: Bool { FileManager.default.fileExists(atPath: folder.appending(path: name).path) }

    /// The columns of a clean copy, and a row of it.
    var header: String { "fixmedins_code,med_list_codg,\(day),\(quantity),inv_chg_type" }

    static func text(_ row: Row) -> String {
        let cells = [
            row.key.institution, row.key.item, row.day.description, FixedPoint.format(row.quantity, decimals: 4),
            row.type,
        ]
        return cells.map(CSVTable.escape).joined(separator: ",")
    }

    private var columns: [String] { ["fixmedins_code", "med_list_codg", day, quantity, "inv_chg_type"] }

    func read(_ encoding: TextEncoding?, _ rejections: Rejections, _ take: (Row) throws -> Void) throws {
        if !exists { return }
        let source = try BlockSource(path: folder.appending(path: name).path, name: name, encoding: encoding)
        for column in columns.prefix(4) where !source.header.contains(column) {
            throw Problems(Problem("screening.extract.column", field: source.name, "缺少必需的列“\(column)”,请重新提取"))
        }
        let slots = source.header.map { columns.firstIndex(of: $0).map(Int32.init) ?? -1 }
        let fields = UnsafeMutablePointer<Field>.allocate(capacity: columns.count)
        defer { fields.deallocate() }
        let (block, converted) = (Block(capacity: BlockSource.blockSize), Block(capacity: 64))
        fields.initialize(repeating: Field(start: UnsafePointer(block.bytes), count: 0), count: columns.count)
        while try source.next(into: block) {
            if source.encoding == .gb18030 { _ = GB18030.convert(block, into: converted) }
            let text = source.encoding == .gb18030 ? converted : block
            try read(text, number: block.number, source, slots, fields, rejections, take)
        }
    }

    private func read(
        _ text: Block, number: Int, _ source: BlockSource, _ slots: [Int32], _ fields: UnsafeMutablePointer<Field>,
        _ rejections: Rejections, _ take: (Row) throws -> Void
    ) throws {
        var rows = RowSplitter(text.bytes, text.count, slots: slots, fields: fields, scratch: RowSplitter.Scratch())
        var rejected: [Rejections.Row] = []
        var count = 0
        func reject(_ column: String, _ reason: String) {
            rejected.append(
                .init(file: source.name, block: number, lineInBlock: rows.linesBefore, column: column, reason: reason))
        }
        reading: while true {
            switch rows.next() {
            case .end: break reading
            case .blank: continue
            case .broken(let reason): reject("", reason)
            case .fields:
                switch row(fields) {
                case .success(let row): try take(row)
                case .failure(let fault): reject(fault.column, fault.reason)
                }
            }
            count += 1
        }
        rejections.add(
            rejected, file: source.name, block: number, lines: rows.lines, rows: count,
            headerLines: source.headerLines)
    }

    private func row(_ fields: UnsafeMutablePointer<Field>) -> Result<Row, RowFault> {
        Result { () throws(RowFault) in try sound(fields) }
    }

    private func sound(_ fields: UnsafeMutablePointer<Field>) throws(RowFault) -> Row {
        let cells = columns.indices.map { fields[$0].trimmed }
        for index in 0..<4 where cells[index].count == 0 {
            throw RowFault(column: columns[index], reason: FieldFault.missing.rawValue)
        }
        func read<Value>(_ index: Int, _ value: () throws(FieldFault) -> Value) throws(RowFault) -> Value {
            do throws(FieldFault) { return try value() } catch {
                throw RowFault(column: columns[index], reason: error.rawValue)
            }
        }
        let date = try read(2) { () throws(FieldFault) in try cells[2].moment().day }
        let quantity = try read(3) { () throws(FieldFault) in try cells[3].decimal(4, below: FieldFault.mostUnits) }
        return Row(
            key: StockAccounts.Key(institution: cells[0].text, item: cells[1].text), day: Day(number: date),
            quantity: quantity, type: cells[4].text)
    }
}

/// `stock` (进销存): opening + purchases − returns − sold ≠ closing beyond a tolerance.
enum StockFindings {
    private typealias Key = StockAccounts.Key
    private typealias Account = StockAccounts.Account

    static func rows(_ stock: StockAccounts, _ renderer: FindingRenderer) -> [FindingRow] {
        stock.accounts.flatMap { judge($0, $1, renderer) }
    }

    /// Between each two counts of stock: what should be there against what was counted.
    private static func judge(_ key: Key, _ account: Account, _ renderer: FindingRenderer) -> [FindingRow] {
        let rules = renderer.rules
        let variant = key.item.hasPrefix("C") ? "consumable" : "drug"
        guard let rule = rules.ruleOf[.stock, variant] else { return [] }
        let counts = account.counts.sorted { ($0.day, $0.quantity) < ($1.day, $1.quantity) }
        return zip(counts, counts.dropFirst()).compactMap { opening, closing in
            let moves = account.moves.filter { $0.day > opening.day && $0.day <= closing.day }
            let expected = opening.quantity + moves.reduce(0) { $0 + $1.quantity }
            let sold = moves.reduce(0) { $0 + $1.sold }
            let difference = expected - closing.quantity
            let tolerance = rules.parameters.stockTolerance.partsPerMillion
            guard Int64(difference.magnitude) * 1_000_000 > abs(sold) * tolerance else { return nil }
            let evidence =
                "\(key.item):\(opening.day)盘存\(Figures.quantity(opening.quantity)),此后应存\(Figures.quantity(expected)),"
                + "\(closing.day)盘存\(Figures.quantity(closing.quantity)),相差\(Figures.quantity(difference))"
            return renderer.row(
                rule: Int32(rule), point: -1, person: [], encounter: [],
                institution: renderer.books.institutions.number(of: key.institution), day: closing.day.number, ids: [],
                quantity: Int64(difference.magnitude), amount: 0, fund: .min, evidence: Array(evidence.utf8)[...],
                doctor: 0,
                lines: 0)
        }
    }
}
