import Basics
import Hummingbird

/// A form as the browser posted it, plain (`application/x-www-form-urlencoded`) or with files
/// (`multipart/form-data`): texts trimmed, in the order of the page.
struct Form: Sendable {
    private var texts: [String: [String]] = [:]
    private(set) var files: [UploadedFile] = []

    /// 一次提交连同附件的上限
    static let uploadBytesMax = 40 * 1024 * 1024
    private static let plainBytesMax = 1024 * 1024

    init(_ request: Request) async throws {
        let type = request.headers[.contentType] ?? ""
        let hasFiles = Multipart.boundary(in: type) != nil
        let limit = hasFiles ? Form.uploadBytesMax : Form.plainBytesMax
        var body: [UInt8] = []
        for try await chunk in request.body {
            guard body.count + chunk.readableBytes <= limit else { throw Form.tooLarge }
            body.append(contentsOf: chunk.readableBytesView)
        }
        guard hasFiles else {
            take(encoded: String(decoding: body, as: UTF8.self))
            return
        }
        let parts = try Multipart(body, type: type)
        for (name, value) in parts.texts { texts[name, default: []].append(Form.trimmed(value)) }
        files = parts.files
    }

    static let tooLarge = Problem(
        "counter.upload.tooLarge", "一次提交的内容超过 \(uploadBytesMax / 1024 / 1024) MB,请压缩扫描件或分几次提交")

    /// A page drawn in an earlier session does nothing: somebody has signed in anew since, in another window.
    static let ofEarlierSession = Problem(
        "control.session.form", "页面已经过期,这次没有提交。填写的都在,请核对后再提交一次")

    init(encoded: String) { take(encoded: encoded) }

    private mutating func take(encoded: String) {
        for pair in encoded.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            texts[Form.decode(parts[0]), default: []].append(parts.count > 1 ? Form.decode(parts[1]) : "")
        }
    }

    /// The last of equal names; empty when the form has none.
    subscript(_ name: String) -> String { texts[name]?.last ?? "" }

    /// Every value of a name that may come several times: the ticked rows of a list.
    func all(_ name: String) -> [String] { texts[name] ?? [] }

    /// The fields whose names begin so, without the beginning: `form.` of `form.person`.
    func fields(under prefix: String) -> [String: String] {
        var found: [String: String] = [:]
        for (name, values) in texts where name.hasPrefix(prefix) {
            found[String(name.dropFirst(prefix.count))] = values.last
        }
        return found
    }

    /// Every value with its name, those of one name in their order.
    var pairs: [(name: String, value: String)] {
        texts.sorted { $0.key < $1.key }.flatMap { name, values in values.map { (name, $0) } }
    }

    /// One value a name, the last one.
    var fields: [String: String] { texts.compactMapValues(\.last) }

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
        return trimmed(String(decoding: bytes, as: UTF8.self))
    }

    private static func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(text[first...text.lastIndex(where: { !$0.isWhitespace })!])
    }
}

/// What a list page was asked for in its address: `?day=…&after=…`.
struct Query: Sendable {
    private let fields: [String: String]

    init(_ request: Request) {
        fields = Form(encoded: request.uri.query ?? "").fields
    }

    init(fields: [String: String]) { self.fields = fields }

    /// What a link asks for: `/bills?after=12`.
    init(address: String) {
        let parts = address.split(separator: "?", maxSplits: 1)
        self.init(fields: Form(encoded: parts.count > 1 ? String(parts[1]) : "").fields)
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
