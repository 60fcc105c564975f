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
    private let slots: UnsafePointer<Int32>
    private let width: Int
    /// Fields by slot.
    let fields: UnsafeMutablePointer<Field>
    /// Unescaped text of quoted fields with doubled quotes.
    private let scratch: Scratch

    /// Memory of one reader beside its block: the slots, and texts that cannot be read in place.
    final class Scratch {
        private var slots: UnsafeMutablePointer<Int32>?
        private var blocks: [UnsafeMutablePointer<UInt8>] = []
        func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
            let block = UnsafeMutablePointer<UInt8>.allocate(capacity: count + Field.readableBeyond)
            blocks.append(block)
            return block
        }
        func clear() {
            for block in blocks { block.deallocate() }
            blocks.removeAll(keepingCapacity: true)
        }
        /// A copy that stays where it is: an array would be counted and checked at each field.
        func hold(_ wanted: [Int32]) -> UnsafePointer<Int32> {
            slots?.deallocate()
            let copy = UnsafeMutablePointer<Int32>.allocate(capacity: max(1, wanted.count))
            copy.initialize(from: wanted, count: wanted.count)
            slots = copy
            return UnsafePointer(copy)
        }
        deinit {
            clear()
            slots?.deallocate()
        }
    }

    private var stops: Stops
    /// Quotes and newlines, for fields that begin with a quote.
    private var closings: Stops
    /// Commas and newlines of text without quotes.
    private var plainStops: PlainStops
    private var usesScratch = false
    private let mayQuote: Bool

    /// `base` must be readable for `ByteMasks.width` bytes beyond `count`. `mayQuote` is false of text without quotes.
    init(
        _ base: UnsafePointer<UInt8>, _ count: Int, slots: [Int32], fields: UnsafeMutablePointer<Field>,
        scratch: Scratch, mayQuote: Bool = true
    ) {
        self.base = base
        self.count = count
        self.slots = scratch.hold(slots)
        width = slots.count
        self.fields = fields
        self.scratch = scratch
        self.mayQuote = mayQuote
        stops = Stops(base, count, 0x2C)
        closings = Stops(base, count, 0x22)
        plainStops = PlainStops(base, count)
    }

    /// Newlines and another byte one after another, found 64 bytes at a time: a loop over bytes or words would mispredict
    /// its end at every field.
    private struct Stops {
        private let base: UnsafePointer<UInt8>
        private let count: Int
        private let wanted: UInt8
        /// Those of the 64 bytes at `window`, one bit each.
        private var bits: UInt64 = 0
        private var window = -ByteMasks.width

        init(_ base: UnsafePointer<UInt8>, _ count: Int, _ wanted: UInt8) {
            self.base = base
            self.count = count
            self.wanted = wanted
        }

        /// The next one from a position on, which only grows; the end of the text when there is none.
        @inline(__always)
        mutating func next(from position: Int) -> Int {
            var left: UInt64 = 0
            var start = position
            if position &- window < ByteMasks.width {
                left = bits & (~0 &<< UInt64(truncatingIfNeeded: position &- window))
                start = window &+ ByteMasks.width
            }
            while left == 0 {
                if start >= count { return count }
                window = start
                bits = ByteMasks.equal(base + start, wanted, or: 0x0A)
                left = bits
                start &+= ByteMasks.width
            }
            // What lies beyond the end is no text.
            return min(window &+ left.trailingZeroBitCount, count)
        }
    }

    /// Commas and newlines one after another where each of them counts: nothing is asked of a place, so that finding the
    /// next one does not wait for the last.
    private struct PlainStops {
        private let base: UnsafePointer<UInt8>
        private let count: Int
        /// Those of the 64 bytes at `window` that were not taken, one bit each.
        private var left: UInt64 = 0
        private var window = -ByteMasks.width

        init(_ base: UnsafePointer<UInt8>, _ count: Int) {
            self.base = base
            self.count = count
        }

        /// The next one; the end of the text when there is none.
        @inline(__always)
        mutating func next() -> Int {
            while left == 0 {
                if window &+ ByteMasks.width >= count { return count }
                window &+= ByteMasks.width
                left = ByteMasks.equal(base + window, 0x2C, or: 0x0A)
            }
            let found = window &+ left.trailingZeroBitCount
            left &= left &- 1
            // What lies beyond the end is no text.
            return min(found, count)
        }
    }

    /// Reads the next row into `fields`.
    @inline(__always)
    mutating func next() -> Row {
        if offset >= count { return .end }
        rowStart = offset
        linesBefore = lines
        return mayQuote ? nextQuoted() : nextPlain()
    }

    /// A row of text without quotes: every comma ends a field and every newline a row.
    private mutating func nextPlain() -> Row {
        var stops = plainStops
        defer { plainStops = stops }
        // Locals: what is written through `fields` could change a variable of the splitter, which would be read again each
        // time.
        let (base, count, width, slots, fields) = (base, count, width, slots, fields)
        var start = offset
        var column = 0
        while true {
            let position = stops.next()
            let isLast = position >= count || base[position] == 0x0A
            let end = isLast ? textEnd(start, position) : position
            if column < width, slots[column] >= 0 {
                fields[Int(slots[column])] = Field(start: base + start, count: end - start)
            }
            column &+= 1
            start = position &+ 1
            if isLast { return ended(position, columns: column) }
        }
    }

    /// What a row is that ends at a newline or the end of the text.
    @inline(__always)
    private mutating func ended(_ position: Int, columns: Int) -> Row {
        offset = min(position + 1, count)
        lines += 1
        if columns == width { return .fields }
        if columns == 1, isBlank(rowStart, position) { return .blank }
        return .broken("有 \(columns) 列,表头有 \(width) 列")
    }

    private mutating func nextQuoted() -> Row {
        if usesScratch {
            scratch.clear()
            usesScratch = false
        }
        var (stops, closings) = (stops, closings)
        defer { (self.stops, self.closings) = (stops, closings) }
        var position = offset
        var column = 0
        while true {
            let slot = column < width ? slots[column] : -1
            if position < count, base[position] == 0x22 {
                let close = closings.next(from: position + 1)
                if isPlainClosing(close, of: position) {
                    if slot >= 0 { fields[Int(slot)] = Field(start: base + position + 1, count: close - position - 1) }
                    position = close + 1
                } else if let reason = readQuoted(&position, slot) {
                    return .broken(reason)
                }
            } else {
                let start = position
                position = stops.next(from: start)
                if slot >= 0 { fields[Int(slot)] = Field(start: base + start, count: textEnd(start, position) - start) }
            }
            column += 1
            if position >= count || base[position] == 0x0A { return ended(position, columns: column) }
            position += 1
        }
    }

    /// Whether the first quote or newline in a quoted field is its closing quote and a comma or newline follows, as nearly
    /// always; the rest takes the careful way.
    @inline(__always)
    private func isPlainClosing(_ place: Int, of quote: Int) -> Bool {
        place + 1 < count && base[place] == 0x22 && (base[place + 1] == 0x2C || base[place + 1] == 0x0A)
            && place - quote <= RowSplitter.longestQuoted
    }

    /// A carriage return before the end of the line is not of the field.
    @inline(__always)
    private func textEnd(_ start: Int, _ end: Int) -> Int {
        end > start && base[end - 1] == 0x0D && (end >= count || base[end] == 0x0A) ? end - 1 : end
    }

    /// Reads a quoted field and goes on behind it; the reason when the row is broken, which is then skipped.
    private mutating func readQuoted(_ position: inout Int, _ slot: Int32) -> String? {
        guard let (field, next) = quoted(at: position) else {
            offset = lineEnd(from: position)
            lines += 1
            return "引号没有闭合"
        }
        if slot >= 0 { fields[Int(slot)] = field }
        lines += newlineCount(position, next)
        position = next
        if position < count, base[position] == 0x0D, position + 1 >= count || base[position + 1] == 0x0A {
            position += 1
        }
        if position < count, base[position] != 0x2C, base[position] != 0x0A {
            offset = skipRow(from: position)
            lines += newlineCount(position, offset)
            return "引号之后还有文字"
        }
        return nil
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
    private mutating func quoted(at position: Int) -> (Field, Int)? {
        guard let close = RowScanner.closingQuote(base, opening: position, end: count) else { return nil }
        let start = position + 1
        if close.doubled == 0 { return (Field(start: base + start, count: close.position - start), close.position + 1) }
        let text = scratch.reserve(close.position - start)
        usesScratch = true
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
    /// `final` says that no more bytes will come. This is the one part of reading that threads do one after another:
    /// text without quotes is searched from its end, well quoted text by parity, and only the rest quote by quote.
    static func lastRowEnd(
        _ base: UnsafePointer<UInt8>, _ count: Int, final: Bool, mayQuote: Bool = true
    ) -> Int {
        if final { return count }
        if !mayQuote { return newlineBefore(base, count, from: 0) ?? 0 }
        return lastRowEndByParity(base, count) ?? lastRowEndByQuotes(base, count)
    }

    /// Newlines outside quotes by the parity of quotes, 64 bytes at a time: several times faster than going from quote
    /// to quote. Nil when a quote opens where no field begins, or a field is nearly as long as any may be: there parity
    /// and meaning part. A doubled quote closes and opens again, which changes nothing for the newlines around it.
    private static func lastRowEndByParity(_ base: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        var rowEnd = 0
        // All ones while a quote is open at the beginning of the window, and where its field began.
        var open: UInt64 = 0
        var opened = 0
        // Whether the byte before the window was a quote, or else lets one open; at the beginning a row begins.
        var afterQuote: UInt64 = 0
        var afterStop: UInt64 = 1
        for window in stride(from: 0, to: count, by: ByteMasks.width) {
            if open != 0, window - opened > RowSplitter.longestQuoted - 2 * ByteMasks.width { return nil }
            let valid: UInt64 = count - window >= ByteMasks.width ? ~0 : (1 << UInt64(count - window)) - 1
            let quotes = ByteMasks.equal(base + window, 0x22) & valid
            let newlines = ByteMasks.equal(base + window, 0x0A) & valid
            let inside = ByteMasks.parity(quotes) ^ open
            let stops = newlines | ByteMasks.equal(base + window, 0x2C)
            let fields = quotes & inside & ~(quotes << 1 | afterQuote)
            if fields & ~(stops << 1 | afterStop) != 0 { return nil }
            if fields != 0 { opened = window + ByteMasks.width - 1 - fields.leadingZeroBitCount }
            let outside = newlines & ~inside
            if outside != 0 { rowEnd = window + ByteMasks.width - outside.leadingZeroBitCount }
            open = UInt64(bitPattern: Int64(bitPattern: inside) >> 63)
            afterQuote = quotes >> 63
            afterStop = stops >> 63
        }
        return rowEnd
    }

    /// The same quote by quote, whatever the text.
    static func lastRowEndByQuotes(_ base: UnsafePointer<UInt8>, _ count: Int) -> Int {
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
