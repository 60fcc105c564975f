import Foundation

/// Refunds (退费): a line of negative quantity takes back from the line it names, then from the latest earlier lines
/// of the same encounter, item and price. A refund at the very time of a line counts as later than it.
enum Refunds {
    typealias Line = UnsafePointer<LineRecord>

    /// Given an encounter's lines in order of (time, id): what remains of each, 0 for the refunds themselves,
    /// and how many refunds could not be placed in full.
    static func reduce(_ lines: [Line]) -> (quantities: [Int64], unmatched: Int) {
        var quantities = lines.map { max(0, $0.pointee.quantity) }
        var open = lines.map { max(0, -$0.pointee.quantity) }
        for refund in lines.indices where open[refund] > 0 && lines[refund].pointee.refundOfLength > 0 {
            guard let named = named(by: lines[refund], in: lines) else { continue }
            let taken = min(quantities[named], open[refund])
            quantities[named] -= taken
            open[refund] -= taken
        }
        for refund in lines.indices where open[refund] > 0 {
            let back = lines[refund].pointee
            // Lines at the same moment may stand behind the refund when their ids are greater.
            var line = lines.count - 1
            while line >= 0, open[refund] > 0 {
                let other = lines[line].pointee
                let isEarlier = (other.day, other.second) <= (back.day, back.second)
                if isEarlier, quantities[line] > 0, other.item == back.item, other.price == back.price {
                    let taken = min(quantities[line], open[refund])
                    quantities[line] -= taken
                    open[refund] -= taken
                }
                line -= 1
            }
        }
        return (quantities, open.count { $0 > 0 })
    }

    private static func named(by refund: Line, in lines: [Line]) -> Int? {
        let record = refund.pointee
        let name = record.refundOf.baseAddress!
        return lines.firstIndex {
            $0.pointee.quantity > 0 && $0.pointee.idLength == record.refundOfLength
                && memcmp($0.pointee.id, name, Int(record.refundOfLength)) == 0
        }
    }
}
