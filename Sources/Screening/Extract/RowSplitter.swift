import Foundation

/// Splits a block of whole CSV rows into the fields that a table asks for.
///
/// A field that begins with a quote runs to the next single quote; a quote elsewhere is text. A quote that finds
/// no end within 64 KiB is broken: its row ends at the line's end and is rejected, and the next line is read again.
struct RowSplitter {
    static let longestQuoted = 65_536

    enum Row {
        case end
        case blank
        case fields
        /// The reason why the row is no row.
        case broken(String)
    }

    private let base: UnsafePointer<UInt8>
    private let count: Int
    private(set) var offset = 0
    /// Where the row just read began, and how many lines of the block lie before it.
    private(set) var rowStart = 0
    private(set) var linesBefore = 0
    /// Lines of the block that have been read.
    private(set) var lines = 0
    /// Slot of each column of the file; -1 when the table does not ask for it.
    private let slots: [Int32]
    private let width: Int
    /// Fields by slot.
    let fields: UnsafeMutablePointer<Field>
    /// Unescaped text of quoted fields with doubled quotes.
    private let scratch: Scratch

    final class Scratch {
        var blocks: [UnsafeMutablePointer<UInt8>] = []
        func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
            let block = UnsafeMutablePointer<UInt8>.allocate(capacity: max(count, 1))
            blocks.append(block)
            return block
        }
        func clear() {
            for block in blocks { block.deallocate() }
            blocks.removeAll(keepingCapacity: true)
        }
        deinit { clear() }
    }

    /// `base` must be readable for 8 bytes beyond `count`.
    init(
        _ base: UnsafePointer<UInt8>, _ count: Int, slots: [Int32], fields: UnsafeMutablePointer<Field>,
        scratch: Scratch
    ) {
        self.base = base
        self.count = count
        self.slots = slots
        width = slots.count
        self.fields = fields
        self.scratch = scratch
    }

    /// Reads the next row into `fields`.
    mutating func next() -> Row {
        if offset >= count { return .end }
        rowStart = offset
        linesBefore = lines
        let base = base
        let end = count
        let width = width
        let fields = fields
        if !scratch.blocks.isEmpty { scratch.clear() }
        var position = offset
        var column = 0
        let commas: UInt64 = 0x2C2C_2C2C_2C2C_2C2C
        let newlines: UInt64 = 0x0A0A_0A0A_0A0A_0A0A
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        return slots.withUnsafeBufferPointer { slots -> Row in
            while true {
                let slot = column < width ? slots[column] : -1
                if position < end, base[position] == 0x22 {
                    guard let (field, next) = quoted(at: position) else {
                        offset = lineEnd(from: position)
                        lines += 1
                        return .broken("引号没有闭合")
                    }
                    if slot >= 0 { fields[Int(slot)] = field }
                    lines += newlineCount(position, next)
                    position = next
                    if position < end, base[position] == 0x0D, position + 1 >= end || base[position + 1] == 0x0A {
                        position += 1
                    }
                    if position < end, base[position] != 0x2C, base[position] != 0x0A {
                        offset = skipRow(from: position)
                        lines += newlineCount(position, offset)
                        return .broken("引号之后还有文字")
                    }
                } else {
                    let start = position
                    // Eight bytes at a time to the next comma or newline.
                    while position < end {
                        let word = UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self)
                        let a = word ^ commas
                        let b = word ^ newlines
                        let found = ((a &- ones) & ~a | (b &- ones) & ~b) & highs
                        if found != 0 {
                            position += found.trailingZeroBitCount >> 3
                            break
                        }
                        position += 8
                    }
                    if position > end { position = end }
                    if slot >= 0 {
                        var length = position - start
                        if length > 0, base[position - 1] == 0x0D, position >= end || base[position] == 0x0A {
                            length -= 1
                        }
                        fields[Int(slot)] = Field(start: base + start, count: length)
                    }
                }
                column += 1
                if position >= end || base[position] == 0x0A {
                    offset = min(position + 1, end)
                    lines += 1
                    if column == width { return .fields }
                    if column == 1, isBlank(rowStart, position) { return .blank }
                    return .broken("有 \(column) 列,表头有 \(width) 列")
                }
                position += 1
            }
        }
    }

    private func isBlank(_ start: Int, _ end: Int) -> Bool {
        var index = start
        while index < end {
            if base[index] != 0x0D, base[index] != 0x20, base[index] != 0x09 { return false }
            index += 1
        }
        return true
    }

    private func newlineCount(_ start: Int, _ end: Int) -> Int {
        var count = 0
        for index in start..<end where base[index] == 0x0A { count += 1 }
        return count
    }

    private func lineEnd(from position: Int) -> Int {
        guard let found = memchr(base + position, 0x0A, count - position) else { return count }
        return base.distance(to: found.assumingMemoryBound(to: UInt8.self)) + 1
    }

    /// The end of a row that is broken somewhere before `position`: further quoted fields are honoured.
    private func skipRow(from position: Int) -> Int {
        RowScanner.rowEnd(base, from: position, to: count) ?? count
    }

    /// A quoted field at `position` and the place after its closing quote; nil when it never closes.
    private func quoted(at position: Int) -> (Field, Int)? {
        guard let close = RowScanner.closingQuote(base, opening: position, end: count) else { return nil }
        let start = position + 1
        if close.doubled == 0 { return (Field(start: base + start, count: close.position - start), close.position + 1) }
        let text = scratch.reserve(close.position - start)
        var length = 0
        var index = start
        while index < close.position {
            text[length] = base[index]
            length += 1
            index += base[index] == 0x22 ? 2 : 1
        }
        return (Field(start: UnsafePointer(text), count: length), close.position + 1)
    }
}

/// Finds where rows end without splitting them: blocks handed to threads must hold whole rows.
enum RowScanner {
    /// The closing quote of the one at `opening`, and how many doubled quotes lie inside; nil when there is none
    /// within the longest quoted field.
    static func closingQuote(
        _ base: UnsafePointer<UInt8>, opening: Int, end: Int
    ) -> (position: Int, doubled: Int)? {
        let limit = min(end, opening + 1 + RowSplitter.longestQuoted)
        var index = opening + 1
        var doubled = 0
        while index < limit, let found = memchr(base + index, 0x22, limit - index) {
            let quote = base.distance(to: found.assumingMemoryBound(to: UInt8.self))
            if quote + 1 < end, base[quote + 1] == 0x22 {
                doubled += 1
                index = quote + 2
            } else {
                return (quote, doubled)
            }
        }
        return nil
    }

    /// The place after the newline that ends the row which `position` lies in (outside quotes).
    static func rowEnd(_ base: UnsafePointer<UInt8>, from position: Int, to end: Int) -> Int? {
        var index = position
        var fieldStart = false
        while index < end {
            let byte = base[index]
            if byte == 0x0A { return index + 1 }
            if byte == 0x22, fieldStart {
                guard let close = closingQuote(base, opening: index, end: end) else {
                    guard let newline = memchr(base + index, 0x0A, end - index) else { return nil }
                    return base.distance(to: newline.assumingMemoryBound(to: UInt8.self)) + 1
                }
                index = close.position + 1
                fieldStart = false
                continue
            }
            fieldStart = byte == 0x2C
            index += 1
        }
        return nil
    }

    /// The greatest offset at which a row ends, given that one begins at 0; 0 when not even one row is whole.
    /// `final` says that no more bytes will come.
    static func lastRowEnd(_ base: UnsafePointer<UInt8>, _ count: Int, final: Bool) -> Int {
        if final { return count }
        var rowEnd = 0
        // Newlines count only outside quotes: `segment` is where the text outside the last ones begins.
        var segment = 0
        var position = 0
        while let found = memchr(base + position, 0x22, count - position) {
            let quote = base.distance(to: found.assumingMemoryBound(to: UInt8.self))
            position = quote + 1
            guard quote == 0 || base[quote - 1] == 0x2C || base[quote - 1] == 0x0A else { continue }
            if let newline = newlineBefore(base, quote, from: segment) { rowEnd = newline }
            segment = quote
            // A quote at the very end of the buffer may be the first of a doubled pair.
            if let close = closingQuote(base, opening: quote, end: count), close.position + 1 < count {
                position = close.position + 1
                segment = position
            } else if quote + 1 + RowSplitter.longestQuoted >= count {
                return rowEnd
            } else {
                guard let newline = memchr(base + quote, 0x0A, count - quote) else { return rowEnd }
                position = base.distance(to: newline.assumingMemoryBound(to: UInt8.self))
                segment = position
            }
        }
        return newlineBefore(base, count, from: segment) ?? rowEnd
    }

    private static func newlineBefore(_ base: UnsafePointer<UInt8>, _ end: Int, from start: Int) -> Int? {
        var index = end
        while index > start, base[index - 1] != 0x0A { index -= 1 }
        return index > start ? index : nil
    }
}
