/// One walk over the bytes of a document, leaving its tape (see `JSON`).
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: JSON.Limits
    private var at = 0
    private var depth = 0
    private var tape: [JSON.Node] = []
    /// The hashes of names met so far in the objects that are open, innermost last: side by side, so that looking
    /// for a doubled name is a scan of a few words.
    private var openNames: [UInt32] = []

    static func tape(of bytes: [UInt8], limits: JSON.Limits) throws(JSON.Failure) -> [JSON.Node] {
        guard bytes.count <= limits.bytesMax else { throw JSON.Failure(reason: .tooLong, offset: limits.bytesMax) }
        return try bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSON.Failure) in
                var parser = JSONParser(bytes: buffer, limits: limits)
                return try parser.document()
            }
        }.get()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, limits: JSON.Limits) {
        self.bytes = bytes
        self.limits = limits
        tape.reserveCapacity(bytes.count / 8 + 8)
        openNames.reserveCapacity(64)
    }

    private mutating func document() throws(JSON.Failure) -> [JSON.Node] {
        skipSpace()
        try value()
        skipSpace()
        guard at == bytes.count else { throw failure(.trailingBytes) }
        return tape
    }

    private mutating func value() throws(JSON.Failure) {
        guard at < bytes.count else { throw failure(.unexpectedEnd) }
        switch bytes[at] {
        case UInt8(ascii: "\""): try string(isName: false)
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try word("true", .yes)
        case UInt8(ascii: "f"): try word("false", .no)
        case UInt8(ascii: "n"): try word("null", .null)
        default: throw failure(.unexpectedByte)
        }
    }

    private mutating func object() throws(JSON.Failure) {
        let opened = try open(.object)
        let outer = openNames.count
        skipSpace()
        if take(UInt8(ascii: "}")) { return close(opened, count: 0) }
        var count = 0
        repeat {
            skipSpace()
            guard at < bytes.count else { throw failure(.unexpectedEnd) }
            guard bytes[at] == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
            count += 1
            guard count <= limits.membersMax else { throw failure(.tooWide) }
            try name(after: outer, in: opened)
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw missing() }
            skipSpace()
            try value()
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw missing() }
        openNames.removeLast(openNames.count - outer)
        close(opened, count: count)
    }

    private mutating func array() throws(JSON.Failure) {
        let opened = try open(.array)
        skipSpace()
        if take(UInt8(ascii: "]")) { return close(opened, count: 0) }
        var count = 0
        repeat {
            skipSpace()
            try value()
            count += 1
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw missing() }
        close(opened, count: count)
    }

    private mutating func open(_ tag: JSON.Tag) throws(JSON.Failure) -> Int {
        depth += 1
        guard depth <= limits.depthMax else { throw failure(.tooDeep) }
        let opened = tape.count
        append(tag, start: at, length: 0)
        at += 1
        return opened
    }

    private mutating func close(_ opened: Int, count: Int) {
        depth -= 1
        tape[opened].length = UInt32(count)
        tape[opened].next = UInt32(tape.count)
    }

    /// A member's name: a string whose hash is new among its siblings, or whose bytes differ from theirs.
    private mutating func name(after outer: Int, in object: Int) throws(JSON.Failure) {
        let start = at
        try string(isName: true)
        let position = tape.count - 1
        let hash = tape[position].hash
        for known in openNames[outer...] where known == hash {
            try refuseDouble(of: position, in: object, at: start)
        }
        openNames.append(hash)
    }

    /// The rare path behind an equal hash: compares the decoded names of the object so far.
    private func refuseDouble(of position: Int, in object: Int, at start: Int) throws(JSON.Failure) {
        let name = decoded(tape[position])
        var sibling = object + 1
        while sibling < position {
            if decoded(tape[sibling]) == name {
                let text = String(decoding: name, as: UTF8.self)
                throw JSON.Failure(reason: .duplicateName(text), offset: start)
            }
            sibling = Int(tape[sibling + 1].next)
        }
    }

    private func decoded(_ node: JSON.Node) -> [UInt8] {
        let raw = UnsafeBufferPointer(rebasing: bytes[Int(node.start)..<Int(node.start + node.length)])
        return node.tag == .text ? Array(raw) : JSONParser.unescaped(raw)
    }

    private mutating func string(isName: Bool) throws(JSON.Failure) {
        at += 1
        let start = at
        var escaped = false
        while at < bytes.count {
            let byte = bytes[at]
            if byte >= 0x80 {
                try multibyte(byte)
            } else if byte == UInt8(ascii: "\"") {
                append(escaped ? .escapedText : .text, start: start, length: at - start)
                if isName { hashLast() }
                at += 1
                return
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
                try escape()
            } else if byte < 0x20 {
                throw failure(.controlCharacter)
            } else {
                at += 1
            }
        }
        throw failure(.unexpectedEnd)
    }

    private mutating func hashLast() {
        let node = tape[tape.count - 1]
        let raw = UnsafeBufferPointer(rebasing: bytes[Int(node.start)..<Int(node.start + node.length)])
        tape[tape.count - 1].hash =
            node.tag == .text
            ? JSONParser.hash(raw) : JSONParser.unescaped(raw).withUnsafeBufferPointer { JSONParser.hash($0) }
    }

    /// Well-formed UTF-8 (Unicode table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
    private mutating func multibyte(_ lead: UInt8) throws(JSON.Failure) {
        let (count, second): (Int, ClosedRange<UInt8>)
        switch lead {
        case 0xC2...0xDF: (count, second) = (2, 0x80...0xBF)
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (count, second) = (3, 0x80...0xBF)
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (count, second) = (4, 0x80...0xBF)
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        default: throw failure(.invalidUTF8)
        }
        guard at + count <= bytes.count, second.contains(bytes[at + 1]) else { throw failure(.invalidUTF8) }
        for offset in 2..<max(count, 2) where bytes[at + offset] & 0xC0 != 0x80 { throw failure(.invalidUTF8) }
        at += count
    }

    private mutating func escape() throws(JSON.Failure) {
        guard at + 1 < bytes.count else { throw failure(.unexpectedEnd) }
        switch bytes[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        case UInt8(ascii: "u"):
            guard let unit = JSONParser.unit(bytes, at) else { throw failure(.invalidEscape) }
            switch unit {
            case 0xD800...0xDBFF:
                guard let low = JSONParser.unit(bytes, at + 6), (0xDC00...0xDFFF).contains(low) else {
                    throw failure(.invalidEscape)
                }
                at += 12
            case 0xDC00...0xDFFF: throw failure(.invalidEscape)
            default: at += 6
            }
        default: throw failure(.invalidEscape)
        }
    }

    /// `-`? (`0` | 1–9 digits) (`.` digits)? (`e` sign? digits)?
    private mutating func number() throws(JSON.Failure) {
        let start = at
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        if take(UInt8(ascii: "0")) {
            if at < bytes.count, isDigit(bytes[at]) { throw failure(.invalidNumber) }
        } else {
            try digits()
        }
        if take(UInt8(ascii: ".")) { try digits() }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        append(.number, start: start, length: at - start)
    }

    private mutating func digits() throws(JSON.Failure) {
        let start = at
        while at < bytes.count, isDigit(bytes[at]) { at += 1 }
        guard at > start else { throw failure(.invalidNumber) }
    }

    private mutating func word(_ word: StaticString, _ tag: JSON.Tag) throws(JSON.Failure) {
        let length = word.utf8CodeUnitCount
        guard at + length <= bytes.count else { throw failure(.unexpectedEnd) }
        for offset in 0..<length where bytes[at + offset] != word.utf8Start[offset] {
            throw failure(.unexpectedByte)
        }
        append(tag, start: at, length: length)
        at += length
    }

    @inline(__always)
    private mutating func append(_ tag: JSON.Tag, start: Int, length: Int) {
        let next = UInt32(truncatingIfNeeded: tape.count + 1)
        tape.append(
            JSON.Node(
                tag: tag, start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: length),
                next: next, hash: 0))
    }

    @inline(__always)
    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }
    private func failure(_ reason: JSON.Failure.Reason) -> JSON.Failure { JSON.Failure(reason: reason, offset: at) }
    private func missing() -> JSON.Failure { failure(at < bytes.count ? .unexpectedByte : .unexpectedEnd) }
}

extension JSONParser {
    /// Of the first and last eight bytes and the length: enough to tell field names apart; equality is compared
    /// after it.
    static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var head: UInt64 = 0
        var tail: UInt64 = 0
        if name.count >= 8, let base = UnsafeRawPointer(name.baseAddress) {
            head = base.loadUnaligned(as: UInt64.self)
            tail = base.loadUnaligned(fromByteOffset: name.count - 8, as: UInt64.self)
        } else {
            for byte in name { head = head << 8 | UInt64(byte) }
        }
        let mixed = (head &* 0x9E37_79B9_7F4A_7C15) ^ (tail &* 0xBF58_476D_1CE4_E5B9) &+ UInt64(name.count)
        return UInt32(truncatingIfNeeded: mixed >> 32) ^ UInt32(truncatingIfNeeded: mixed &* 31)
    }

    /// The four hexadecimal digits of a `\u` escape that begins at an index.
    static func unit(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> UInt32? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var value: UInt32 = 0
        for byte in bytes[(index + 2)..<(index + 6)] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }

    /// The text behind a string whose escapes the parser has checked.
    static func unescaped(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                out.append(raw[index])
                index += 1
                continue
            }
            guard raw[index + 1] == UInt8(ascii: "u") else {
                out.append(plain(raw[index + 1]))
                index += 2
                continue
            }
            var scalar = unit(raw, index) ?? 0
            index += 6
            if (0xD800...0xDBFF).contains(scalar), let low = unit(raw, index) {
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                index += 6
            }
            if let scalar = Unicode.Scalar(scalar) { out.append(contentsOf: UTF8.encode(scalar)!) }
        }
        return out
    }

    private static func plain(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escape
        }
    }
}
