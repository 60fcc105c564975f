/// Exact JSON (RFC 8259): a value of a parsed document.
///
/// The design is one flat tape. The parser walks the bytes once and writes a node per value into an array; a
/// `JSON` is a position on that tape together with the document, cheap to copy. Nothing is decoded before it is
/// asked for, and a number is never anything but its digits: `fixed(decimals:)` reads them into a scaled integer
/// exactly, so no binary fraction ever stands between a hospital's message and the books.
///
/// Strict: UTF-8 is validated, a name may appear once in an object, depth, size and width have limits, and nothing
/// may follow the document. Writing is `JSONWriter`'s.
public struct JSON: Sendable {
    let document: Document
    let index: Int

    /// Parses one document. The failure says where and why in Chinese.
    public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(Failure) -> JSON {
        let tape = try JSONParser.tape(of: bytes, limits: limits)
        return JSON(document: Document(bytes: bytes, tape: tape), index: 0)
    }

    public static func parse(_ text: String, limits: Limits = Limits()) throws(Failure) -> JSON {
        try parse(Array(text.utf8), limits: limits)
    }

    public enum Kind: Sendable, Hashable {
        case null
        case bool
        case number
        case text
        case array
        case object
    }

    public var kind: Kind {
        switch node.tag {
        case .null: .null
        case .yes, .no: .bool
        case .number: .number
        case .text, .escapedText: .text
        case .array: .array
        case .object: .object
        }
    }

    public var isNull: Bool { node.tag == .null }

    /// Nil for anything but `true` and `false`.
    public var bool: Bool? {
        switch node.tag {
        case .yes: true
        case .no: false
        default: nil
        }
    }

    /// The decoded text of a string; nil for other kinds.
    public var text: String? {
        switch node.tag {
        case .text: withBytes { String(decoding: $0, as: UTF8.self) }
        case .escapedText: withBytes { String(decoding: JSONParser.unescaped($0), as: UTF8.self) }
        default: nil
        }
    }

    /// The digits of a number exactly as they stood; nil for other kinds.
    public var numberText: String? {
        node.tag == .number ? withBytes { String(decoding: $0, as: UTF8.self) } : nil
    }

    /// A number, or a string that holds nothing but a number, as an integer scaled by 10^`decimals`; nil for other
    /// kinds. Exponents are refused: money is not written that way.
    public func fixed(decimals: Int) throws(FixedPoint.Failure) -> Int64? {
        guard node.tag == .number || node.tag == .text else { return nil }
        return try withBytes { bytes in
            Result { () throws(FixedPoint.Failure) in try FixedPoint.parse(bytes: bytes, decimals: decimals) }
        }.get()
    }

    /// A whole number; nil for other kinds, fractions, and what 64 bits cannot hold.
    public var int: Int64? { node.tag == .number ? try? fixed(decimals: 0) : nil }

    /// The bytes of a string or number as they stand in the document, escapes included.
    @inline(__always)
    public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let node = self.node
        return document.bytes.withUnsafeBufferPointer { all in
            body(UnsafeBufferPointer(rebasing: all[Int(node.start)..<Int(node.start + node.length)]))
        }
    }

    /// How many elements or members; 0 for other kinds.
    public var count: Int {
        switch node.tag {
        case .array, .object: Int(node.length)
        default: 0
        }
    }

    @inline(__always)
    var node: Node { document.tape[index] }

    final class Document: Sendable {
        let bytes: [UInt8]
        let tape: [Node]
        init(bytes: [UInt8], tape: [Node]) {
            self.bytes = bytes
            self.tape = tape
        }
    }

    enum Tag: UInt8 {
        case null, yes, no, number, text, escapedText, array, object
    }

    /// One value, or the name before a value. Containers are followed by their contents up to `next`.
    struct Node {
        var tag: Tag
        /// First byte; for a container its opening bracket.
        var start: UInt32
        /// Bytes of a string or number; elements of an array; members of an object.
        var length: UInt32
        /// The node after this value and everything in it.
        var next: UInt32
        /// Of a member's name, over its decoded bytes.
        var hash: UInt32
    }
}

extension JSON {
    /// A limit on everything: what a document may cost before it is understood.
    public struct Limits: Sendable {
        public var bytesMax: Int
        public var depthMax: Int
        /// Members of one object.
        public var membersMax: Int

        public init(bytesMax: Int = 8 << 20, depthMax: Int = 32, membersMax: Int = 1000) {
            self.bytesMax = min(bytesMax, Int(Int32.max))
            self.depthMax = depthMax
            self.membersMax = membersMax
        }
    }

    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public enum Reason: Hashable, Sendable {
            case tooLong, tooDeep, tooWide, unexpectedEnd, unexpectedByte, invalidUTF8, invalidEscape, invalidNumber
            case controlCharacter, duplicateName(String), trailingBytes
        }

        public let reason: Reason
        /// Bytes before the place.
        public let offset: Int

        public init(reason: Reason, offset: Int) {
            self.reason = reason
            self.offset = offset
        }

        /// A Chinese sentence with the place.
        public var description: String { "第 \(offset + 1) 个字节处:\(explanation)" }

        private var explanation: String {
            switch reason {
            case .tooLong: "内容过长"
            case .tooDeep: "嵌套过深"
            case .tooWide: "一个对象的字段过多"
            case .unexpectedEnd: "JSON 没有写完"
            case .unexpectedByte: "不是合法的 JSON"
            case .invalidUTF8: "不是合法的 UTF-8 编码"
            case .invalidEscape: "转义符不合法"
            case .invalidNumber: "数字不合法"
            case .controlCharacter: "字符串里有未转义的控制字符"
            case .duplicateName(let name): "字段“\(name)”重复"
            case .trailingBytes: "JSON 之后还有多余内容"
            }
        }

        /// As a problem of a form or file.
        public func problem(field: String? = nil) -> Problem {
            Problem("json.malformed", field: field, "JSON 无法解析:\(description),请检查后重发")
        }
    }
}

// MARK: - Objects and arrays

extension JSON {
    /// A member's name prepared for look-up: hash once, find often.
    public struct Key: Sendable, Hashable, ExpressibleByStringLiteral {
        public let name: String
        let bytes: [UInt8]
        let hash: UInt32

        public init(_ name: String) {
            self.name = name
            bytes = Array(name.utf8)
            hash = bytes.withUnsafeBufferPointer { JSONParser.hash($0) }
        }

        public init(stringLiteral value: String) { self.init(value) }

        /// Eight bytes at a time: this stands behind every field of every message.
        @inline(__always)
        func equals(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
            guard name.count == bytes.count else { return false }
            guard let other = UnsafeRawPointer(name.baseAddress) else { return true }
            return bytes.withUnsafeBytes { own in
                var index = 0
                while index + 8 <= own.count {
                    let mine = own.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    if mine != other.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
                    index += 8
                }
                while index < own.count {
                    if own[index] != other.load(fromByteOffset: index, as: UInt8.self) { return false }
                    index += 1
                }
                return true
            }
        }

        public static func == (a: Key, b: Key) -> Bool { a.name == b.name }
        public func hash(into hasher: inout Hasher) { hasher.combine(name) }
    }

    /// The member of an object; nil when it is absent or this is no object. A member that is `null` is found.
    public subscript(_ key: Key) -> JSON? {
        guard node.tag == .object else { return nil }
        var position = index + 1
        for _ in 0..<node.length {
            if document.names(position, key) { return JSON(document: document, index: position + 1) }
            position = Int(document.tape[position + 1].next)
        }
        return nil
    }

    public subscript(_ name: String) -> JSON? { self[Key(name)] }

    /// The elements of an array in order; empty for other kinds.
    public var elements: Elements {
        node.tag == .array
            ? Elements(document: document, position: index + 1, left: Int(node.length))
            : Elements(document: document, position: 0, left: 0)
    }

    public struct Elements: Sequence, IteratorProtocol, Sendable {
        let document: Document
        var position: Int
        var left: Int

        public mutating func next() -> JSON? {
            guard left > 0 else { return nil }
            defer { position = Int(document.tape[position].next) }
            left -= 1
            return JSON(document: document, index: position)
        }
    }

    /// The members of an object in the order they were written; empty for other kinds.
    public var members: Members {
        node.tag == .object
            ? Members(document: document, position: index + 1, left: Int(node.length))
            : Members(document: document, position: 0, left: 0)
    }

    public struct Members: Sequence, IteratorProtocol, Sendable {
        let document: Document
        var position: Int
        var left: Int

        public mutating func next() -> (name: String, value: JSON)? {
            guard left > 0 else { return nil }
            let name = JSON(document: document, index: position)
            let value = JSON(document: document, index: position + 1)
            left -= 1
            position = Int(document.tape[position + 1].next)
            return (name.text ?? "", value)
        }
    }

    /// A reader of one object for tables of known names: it looks first after the member it found last, so that a
    /// sender who keeps the table's order costs one comparison a field.
    public var reader: Reader { Reader(self) }

    public struct Reader: Sendable {
        let document: Document
        private let first: Int
        private let last: Int
        private var position: Int

        init(_ object: JSON) {
            document = object.document
            let node = object.node
            first = object.index + 1
            last = node.tag == .object ? Int(node.next) : first
            position = first
        }

        /// Nil when the object lacks the member.
        public mutating func find(_ key: Key) -> JSON? {
            let start = position
            while position < last {
                if document.names(position, key) { return taken() }
                position = Int(document.tape[position + 1].next)
            }
            position = first
            while position < start {
                if document.names(position, key) { return taken() }
                position = Int(document.tape[position + 1].next)
            }
            return nil
        }

        private mutating func taken() -> JSON {
            let value = JSON(document: document, index: position + 1)
            position = Int(document.tape[position + 1].next)
            return value
        }
    }
}

extension JSON.Document {
    /// Whether the name at a position of the tape is this key.
    @inline(__always)
    func names(_ position: Int, _ key: JSON.Key) -> Bool {
        let node = tape[position]
        guard node.hash == key.hash else { return false }
        return bytes.withUnsafeBufferPointer { all in
            let name = UnsafeBufferPointer(rebasing: all[Int(node.start)..<Int(node.start + node.length)])
            return node.tag == .text ? key.equals(name) : JSONParser.unescaped(name) == key.bytes
        }
    }
}

extension JSON: Equatable {
    /// Equal as written: members in the same order, numbers by the same digits.
    public static func == (a: JSON, b: JSON) -> Bool {
        var left = JSONWriter()
        var right = JSONWriter()
        left.value(a)
        right.value(b)
        return left.bytes == right.bytes
    }
}

extension JSON: CustomStringConvertible {
    /// Compact JSON.
    public var description: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
