import Basics
import Sheets

/// A table as a page shows it and a file takes it along: the same cells, with links on the page.
struct Table: Sendable {
    enum Cell: Sendable {
        case text(String)
        case link(String, to: String)
        case money(Money)
        case count(Int64)
        /// A number that is written out already: a share, an average.
        case figure(String)
        /// A short state, coloured by what it asks for.
        case badge(String, Tone)

        static func day(_ day: Day?) -> Cell { .text(day?.description ?? "") }
        /// 占比, to a tenth of a percent.
        static func share(_ rate: Rate) -> Cell { .figure(rate.tenths) }
        static func moment(_ moment: Moment?) -> Cell { .text(moment?.description ?? "") }
    }

    enum Tone: String, Sendable {
        case fine = ""
        /// Worth a look, and not wrong.
        case caution
        case warn
        case grey
    }

    var columns: [String]
    var rows: [[Cell]]
    /// What stands there when no row does, with what to do next.
    var empty: String

    init(_ columns: [String], _ rows: [[Cell]], empty: String) {
        self.columns = columns
        self.rows = rows
        self.empty = empty
    }

    /// A sheet as a page shows it.
    init(_ sheet: Sheet, empty: String = "") {
        self.init(
            sheet.columns,
            sheet.rows.map { row in
                row.map { cell in
                    switch cell {
                    case .text(let text): .text(text)
                    case .money(let money): .money(money)
                    case .count(let count): .count(count)
                    }
                }
            }, empty: empty)
    }

    /// Columns are aligned by what their cells are.
    var model: Model {
        let first = rows.first ?? []
        return [
            "columns": columns.enumerated().map { index, title in
                ["title": title, "isNumber": index < first.count && first[index].isNumber] as Model
            },
            "rows": rows.map { ["cells": $0.map(\.model)] as Model },
            "isEmpty": rows.isEmpty, "empty": empty, "width": String(columns.count),
        ]
    }

    func sheet(_ name: String) -> Sheet { Sheet(name: name, columns: columns, rows: rows.map { $0.map(\.kept) }) }
}

extension Table.Cell {
    var isNumber: Bool {
        switch self {
        case .money, .count, .figure: true
        default: false
        }
    }

    fileprivate var model: Model {
        switch self {
        case .text(let text): ["text": text]
        case .link(let text, let href): ["text": text, "href": href, "isLink": true]
        case .money(let money): ["text": money.grouped, "isNumber": true, "isRed": money.isNegative]
        case .count(let count): ["text": String(count), "isNumber": true]
        case .figure(let figure): ["text": figure, "isNumber": true]
        case .badge(let text, let tone): ["text": text, "isBadge": true, "tone": tone.rawValue]
        }
    }

    fileprivate var kept: Sheet.Cell {
        switch self {
        case .text(let text), .link(let text, _), .badge(let text, _), .figure(let text): .text(text)
        case .money(let money): .money(money)
        case .count(let count): .count(count)
        }
    }
}

extension Table.Cell {
    /// The words of the cell as the page shows them.
    var shown: String { kept.shown }
}

extension Rate {
    /// As people read a share, always to a tenth: 94.7%, 98.0%.
    var tenths: String {
        let words = Rate(partsPerMillion: Rounding.halfUp(partsPerMillion, 1_000) * 1_000).description
        return words.contains(".") ? words : words.replacing("%", with: ".0%")
    }
}
