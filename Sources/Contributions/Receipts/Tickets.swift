import Basics
import Control
import Storage

/// Agents collect on numbered tickets that were issued to them (代收票据): a ticket in their file is one that they hold,
/// and taking the money in uses it up.
extension Contributions {
    /// What is wrong with the tickets of a file's lines that were not taken in before: each with its place in the file.
    public static func ticketProblems(
        _ tx: any Transaction, area: AreaCode, from source: ReceiptSource, _ sheet: ImportSheet<PaymentLine>,
        columns: ReceiptColumns
    ) throws -> Problems {
        let entered = try entries(tx, area: area, source, Set(sheet.lines.map(\.row.serial)))
        let fresh = sheet.lines.filter { entered[$0.row.serial]?.amount == nil }
        return try ticketProblems(
            tx, area: area, fresh.map { ($0.row, "\(sheet.place($0.number)) \(columns.serial)") }, entered)
    }

    static func ticketProblems(
        _ tx: any Transaction, area: AreaCode, _ lines: [(line: PaymentLine, place: String)],
        _ entered: [String: SerialEntries]
    ) throws -> Problems {
        var problems = Problems()
        var custodies: [String: BlankCustody] = [:]
        for (line, place) in lines {
            guard let ticket = line.ticket else { continue }
            let custody = try custodies[ticket.series] ?? custody(tx, area: area, series: ticket.series)
            custodies[ticket.series] = custody
            if let reason = custody.objection(to: ticket, again: entered[line.serial] != nil) {
                problems.add(
                    "contributions.receipt.ticketNotHeld", field: place,
                    "票据 \(ticket.series) 第 \(ticket.number) 号\(reason);请核对票据号,确属漏登的先办理空白票据出入库")
            }
        }
        return problems
    }

    /// Writes off tickets as used by whoever held them (票据核销), range by range.
    static func useTickets(
        _ tx: any Transaction, area: AreaCode, _ tickets: [Ticket], _ ground: Ground
    ) throws {
        let holders = Dictionary(grouping: tickets) { [$0.series, $0.custodian] }
        for (holder, own) in holders.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            for numbers in ranges(of: own.map(\.number).sorted()) {
                try moveBlanks(
                    tx, area: area, series: holder[0], .used, numbers, custodian: holder[1], ground)
            }
        }
    }

    /// Numbers in their order as ranges without gaps.
    private static func ranges(of numbers: [Int64]) -> [ClosedRange<Int64>] {
        numbers.reduce(into: []) { ranges, number in
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
    }
}

extension BlankCustody {
    /// Why nobody can have collected on a ticket, as the end of a sentence; nil where its custodian holds it, or where
    /// it was written off with an entry that a 更正 took back.
    fileprivate func objection(to ticket: Ticket, again: Bool) -> String? {
        switch place(of: ticket.number) {
        case .custodian(ticket.custodian): nil
        case .used(ticket.custodian) where again: nil
        case .custodian(let other): "领用人是\(other),不是\(ticket.custodian)"
        case .store: "还在库存,没有领用给\(ticket.custodian)"
        case .used(let holder): "已由\(holder)使用"
        case .void: "已作废"
        case nil: "没有入库"
        }
    }
}
