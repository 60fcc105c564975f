import Basics
import Foundation

/// Tables of stock (3501–3506) of an invented county: counts at the quarters of a year and what moved between them, in
/// balance but for what is planted.
extension World {
    /// How a quarter's books and its closing count disagree.
    private enum Gap: CaseIterable {
        case none
        /// Exactly the tolerance: nothing is found.
        case tolerated
        case missing, surplus
    }

    mutating func stock(in folder: URL, into writer: inout ExtractWriter) throws {
        let books = try StockBooks(folder)
        let consumable = Item(
            code: "C0101010010000100001", name: "虚构耗材", price: 1_000_000, charge: 8, list: 301)
        for institution in institutions.prefix(20) {
            for item in [random.pick(drugs), random.pick(drugs), consumable] {
                if try year(institution.code, item.code, books) { try writer.plant("\(RuleKind.stock.rawValue),,,") }
            }
        }
        try books.finish()
    }

    /// Four counts of an item; whether one of them does not come out.
    private mutating func year(_ institution: String, _ item: String, _ books: StockBooks) throws -> Bool {
        var held = random.within(400...900)
        var opening = first
        var isPlanted = false
        try books.count(institution, item, opening, held)
        for _ in 0..<3 {
            let closing = opening + 90
            let (bought, returned) = (random.within(200...400), random.within(0...20))
            let (gained, lost) = (random.within(0...5), random.within(0...5))
            // Hundreds, so that one per cent of them is a whole number.
            let (sold, back) = (random.within(1...3) * 100, random.chance(300_000) ? 100 : 0)
            try books.move("3503", institution, item, opening + 1, bought)
            try books.move("3504", institution, item, opening + 20, returned)
            try books.move("3502", institution, item, opening + 30, gained, type: "101")
            try books.move("3502", institution, item, opening + 40, lost, type: "201")
            try books.move("3506", institution, item, opening + 60, back)
            // What moves on the day of a count is in it.
            try books.move("3505", institution, item, closing, sold)
            held += bought - returned + gained - lost - sold + back
            let gap = random.chance(planted) ? random.pick(Gap.allCases) : .none
            let tolerance = (sold - back) / 100
            switch gap {
            case .none: break
            case .tolerated: held -= tolerance
            case .missing: held -= tolerance + 1
            case .surplus: held += tolerance + 1
            }
            if gap == .missing || gap == .surplus { isPlanted = true }
            opening = closing
            try books.count(institution, item, closing, held)
        }
        return isPlanted
    }
}

/// The six files while they are written.
private struct StockBooks {
    private let files: [String: FileWriter]

    init(_ folder: URL) throws {
        var files: [String: FileWriter] = [:]
        func open(_ number: String, _ columns: String) throws {
            let file = try FileWriter(folder.appending(path: number + ".csv").path)
            try file.line("fixmedins_code,med_list_codg,\(columns)")
            files[number] = file
        }
        try open("3501", "invdate,inv_cnt")
        for move in StockMove.all {
            try open(move.number, "\(move.day),\(move.quantity)" + (move.hasType ? ",inv_chg_type" : ""))
        }
        self.files = files
    }

    func count(_ institution: String, _ item: String, _ day: Int32, _ held: Int) throws {
        try files["3501"]?.line("\(institution),\(item),\(Day(number: day)),\(held)")
    }

    func move(
        _ number: String, _ institution: String, _ item: String, _ day: Int32, _ quantity: Int, type: String? = nil
    ) throws {
        if quantity == 0 { return }
        let change = type.map { "," + $0 } ?? ""
        try files[number]?.line("\(institution),\(item),\(Day(number: day)),\(quantity)\(change)")
    }

    func finish() throws { for file in files.values { try file.flush() } }
}
