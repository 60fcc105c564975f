import Basics
import Foundation

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

/// `stock` (进销存): opening + purchases − returns − sold ≠ closing beyond a tolerance, out of the tables of
/// transactions 3501 (stock count), 3502 (other change), 3503 (purchase), 3504 (return to the supplier),
/// 3505 (sale) and 3506 (return by the buyer), as `3501.csv` … `3506.csv` in the extract's folder.
enum StockFindings {
    private struct Key: Hashable {
        var institution: String
        var item: String
    }
    private struct Account {
        /// Counts of stock by day.
        var counts: [(day: Day, quantity: Int64)] = []
        /// Movements between counts: what came (+) and went (−), with sales beside for the tolerance.
        var moves: [(day: Day, quantity: Int64, sold: Int64)] = []
    }

    static func rows(_ folder: URL, _ renderer: FindingRenderer) throws -> [FindingRow] {
        var accounts: [Key: Account] = [:]
        try read("3501", day: "invdate", quantity: "inv_cnt", folder) { key, day, quantity, _ in
            accounts[key, default: Account()].counts.append((day, quantity))
        }
        if accounts.isEmpty { return [] }
        for move in StockMove.all {
            try read(move.number, day: move.day, quantity: move.quantity, folder) { key, day, quantity, row in
                let sign: Int64 = move.hasType ? (row["inv_chg_type"].hasPrefix("2") ? -1 : 1) : move.sign
                let sold = move.isSale ? -sign * quantity : 0
                accounts[key, default: Account()].moves.append((day, sign * quantity, sold))
            }
        }
        return accounts.flatMap { judge($0, $1, renderer) }
    }

    private static func read(
        _ name: String, day: String, quantity: String, _ folder: URL,
        _ take: (Key, Day, Int64, CSVTable.Row) -> Void
    ) throws {
        let file = folder.appending(path: name + ".csv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return }
        let table = try CSVTable(
            text, file: name + ".csv", required: ["fixmedins_code", "med_list_codg", day, quantity])
        var problems = Problems()
        for row in table.rows {
            guard let date = Day(row[day].prefix(10)), let amount = try? FixedPoint.parse(row[quantity], decimals: 4)
            else {
                problems.add("screening.stock.row", field: "\(name).csv:\(row.line)", "日期或数量读不出来,请改正")
                continue
            }
            take(Key(institution: row["fixmedins_code"], item: row["med_list_codg"]), date, amount, row)
        }
        try problems.throwIfAny()
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
