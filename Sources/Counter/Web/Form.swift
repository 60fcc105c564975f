import Basics
import Hummingbird

/// A form as the browser posted it (`application/x-www-form-urlencoded`), trimmed, the last of equal names winning.
struct Form: Sendable {
    private(set) var fields: [String: String]

    init(_ request: Request, limit: Int = 64 * 1024) async throws {
        let body = try await request.body.collect(upTo: limit)
        self.init(encoded: String(buffer: body))
    }

    init(encoded: String) {
        fields = [:]
        for pair in encoded.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields[Form.decode(parts[0])] = parts.count > 1 ? Form.decode(parts[1]) : ""
        }
    }

    subscript(_ name: String) -> String { fields[name] ?? "" }

    /// `%E5%8C%BB+a` as `医 a`; a broken escape stays as it was typed.
    static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = Array(text.utf8)[...]
        func hex(_ byte: UInt8) -> UInt8? {
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x41...0x46: byte - 0x37
            case 0x61...0x66: byte - 0x57
            default: nil
            }
        }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), rest.count >= 2, let high = hex(rest[rest.startIndex]),
                let low = hex(rest[rest.startIndex + 1])
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        let decoded = String(decoding: bytes, as: UTF8.self)
        guard let first = decoded.firstIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(decoded[first...decoded.lastIndex(where: { !$0.isWhitespace })!])
    }
}

/// What a list page was asked for in its address: `?day=…&after=…`.
struct Query: Sendable {
    private let fields: [String: String]

    init(_ request: Request) {
        fields = Form(encoded: request.uri.query ?? "").fields
    }

    subscript(_ name: String) -> String { fields[name] ?? "" }
    func day(_ name: String) -> Day? { Day(self[name]) }
    func number(_ name: String) -> Int64? { Int64(self[name]) }

    /// The same address with some fields replaced, for links to the next page and to exports.
    func link(_ path: String, _ changes: [String: String] = [:]) -> String {
        let merged = fields.merging(changes) { $1 }.filter { !$0.value.isEmpty }
        guard !merged.isEmpty else { return path }
        return path + "?"
            + merged.sorted { $0.key < $1.key }.map { "\($0.key)=\(Query.encode($0.value))" }.joined(separator: "&")
    }

    static func encode(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default: out += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
