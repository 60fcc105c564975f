import Basics

/// A file as the browser sent it with a form.
struct UploadedFile: Sendable, Hashable {
    /// The form field it was chosen in.
    var field: String
    /// Its name on the sender's machine, without folders.
    var name: String
    /// As the browser calls it: `application/pdf`. Whoever keeps the file looks at its bytes, not at this.
    var type: String
    var bytes: [UInt8]
}

/// The body of a form with files (`multipart/form-data`, RFC 7578) taken apart.
struct Multipart: Sendable {
    private(set) var texts: [(name: String, value: String)] = []
    private(set) var files: [UploadedFile] = []

    static let partsMax = 300
    static let textBytesMax = 64 * 1024
    private static let headerBytesMax = 4 * 1024

    /// - Parameter type: the request's content type with its boundary.
    /// - Throws: `counter.upload.*`
    init(_ body: [UInt8], type: String) throws {
        guard let boundary = Multipart.boundary(in: type) else { throw Multipart.unreadable }
        var reader = PartReader(body, boundary: boundary)
        guard reader.skipToFirstPart() else { throw Multipart.unreadable }
        while let part = try reader.next() {
            guard texts.count + files.count < Multipart.partsMax else {
                throw Problem("counter.upload.parts", "表单的栏目超过 \(Multipart.partsMax) 个,请分几次提交")
            }
            try take(part)
        }
    }

    static let unreadable = Problem("counter.upload.unreadable", "上传的内容没有完整收到,请检查网络后重新提交")

    private mutating func take(_ part: PartReader.Part) throws {
        let head = Multipart.parameters(of: part.header("content-disposition"))
        guard let name = head["name"] else { throw Multipart.unreadable }
        guard let file = head["filename"] else {
            guard part.body.count <= Multipart.textBytesMax else {
                throw Problem("counter.upload.text", field: name, "填写的内容太长,请缩短后再提交")
            }
            return texts.append((name, String(decoding: part.body, as: UTF8.self)))
        }
        // A file field that was left alone arrives as a file without name and bytes.
        guard !file.isEmpty || !part.body.isEmpty else { return }
        files.append(
            UploadedFile(
                field: name, name: Multipart.lastComponent(file), type: part.header("content-type"),
                bytes: Array(part.body)))
    }

    // MARK: Headers

    static func boundary(in type: String) -> String? {
        guard type.lowercased().hasPrefix("multipart/form-data") else { return nil }
        guard let boundary = parameters(of: type)["boundary"], (1...70).contains(boundary.utf8.count) else {
            return nil
        }
        return boundary
    }

    /// `form-data; name="a"; filename="b;c.xlsx"` as its named parameters; quotes hold semicolons together.
    private static func parameters(of header: String) -> [String: String] {
        var parameters: [String: String] = [:]
        var piece = ""
        var isQuoted = false
        for character in header + ";" {
            if character == "\"" { isQuoted.toggle() }
            guard character == ";", !isQuoted else {
                piece.append(character)
                continue
            }
            let halves = piece.split(separator: "=", maxSplits: 1)
            if halves.count == 2 {
                let name = halves[0].filter { !$0.isWhitespace }.lowercased()
                parameters[name] = unquoted(halves[1])
            }
            piece = ""
        }
        return parameters
    }

    private static func unquoted(_ value: Substring) -> String {
        var value = value
        while value.last?.isWhitespace == true { value.removeLast() }
        guard value.count >= 2, value.first == "\"", value.last == "\"" else { return String(value) }
        // Browsers write a quotation mark in a name as %22.
        return value.dropFirst().dropLast().split(separator: "%22", omittingEmptySubsequences: false)
            .joined(separator: "\"")
    }

    /// Old browsers send the whole path; a name never leads out of a folder.
    private static func lastComponent(_ name: String) -> String {
        let last = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        return String(last.filter { !$0.isNewline && $0 != "\0" }.prefix(120))
    }
}

/// Walks over the parts of a multipart body.
private struct PartReader {
    struct Part {
        var headers: [String: String]
        var body: ArraySlice<UInt8>
        func header(_ name: String) -> String { headers[name] ?? "" }
    }

    private let bytes: [UInt8]
    private let delimiter: [UInt8]
    private var place = 0
    private static let headerBytesMax = 4 * 1024

    init(_ bytes: [UInt8], boundary: String) {
        self.bytes = bytes
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    mutating func skipToFirstPart() -> Bool {
        let first = delimiter.dropFirst(2)
        guard bytes.starts(with: first) else { return false }
        place = first.count
        return true
    }

    /// The next part; nil after the closing delimiter.
    mutating func next() throws -> Part? {
        if follows("--") { return nil }
        guard follows("\r\n") else { throw Multipart.unreadable }
        // The blank line before the body may come at once, so it is looked for from the line break on.
        let start = place + 2
        guard let blank = find(Array("\r\n\r\n".utf8), from: place, within: PartReader.headerBytesMax),
            let end = find(delimiter, from: blank + 2, within: bytes.count)
        else { throw Multipart.unreadable }
        let headers = start < blank ? PartReader.headers(bytes[start..<blank]) : [:]
        place = end + delimiter.count
        return Part(headers: headers, body: bytes[min(blank + 4, end)..<end])
    }

    private func follows(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return bytes[min(place, bytes.count)...].starts(with: wanted)
    }

    private func find(_ wanted: [UInt8], from start: Int, within limit: Int) -> Int? {
        let last = min(bytes.count - wanted.count, start + limit)
        guard start <= last else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index <= last {
                if bytes[index] == wanted[0], wanted.indices.allSatisfy({ bytes[index + $0] == wanted[$0] }) {
                    return index
                }
                index += 1
            }
            return nil
        }
    }

    private static func headers(_ bytes: ArraySlice<UInt8>) -> [String: String] {
        var headers: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\r\n") {
            let halves = line.split(separator: ":", maxSplits: 1)
            guard halves.count == 2 else { continue }
            headers[halves[0].lowercased()] = String(halves[1].drop { $0 == " " })
        }
        return headers
    }
}
