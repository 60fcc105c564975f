import CPostgres

/// The values of one execution in PostgreSQL's binary form.
struct PostgresParameters {
    private var bytes: [UInt8] = []
    /// Where each value starts in `bytes`; nil for NULL.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []

    init(_ arguments: [Value]) throws(StoreError) {
        for value in arguments {
            let start = bytes.count
            switch value {
            case .null: break
            case .int(let number): withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
            case .text(let text):
                guard !text.utf8.contains(0) else { throw .nulInText }
                bytes += text.utf8
            case .bytes(let blob): bytes += blob
            }
            starts.append(value == .null ? nil : start)
            lengths.append(Int32(bytes.count - start))
        }
        // An empty value still needs an address: no address means NULL.
        bytes.append(0)
    }

    func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { buffer in
            let pointers = starts.map { start in
                start.flatMap { buffer.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            }
            return body(pointers, lengths, [Int32](repeating: 1, count: lengths.count))
        }
    }
}

/// Rows in the text form of COPY.
struct PostgresCopyText {
    var bytes: [UInt8] = []

    mutating func append(_ row: [Value]) throws(StoreError) {
        for (index, value) in row.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "\t")) }
            switch value {
            case .null: bytes += "\\N".utf8
            case .int(let number): bytes += String(number).utf8
            case .text(let text): try append(text)
            case .bytes(let blob):
                bytes += "\\\\x".utf8
                for byte in blob {
                    bytes.append(Self.digits[Int(byte >> 4)])
                    bytes.append(Self.digits[Int(byte & 15)])
                }
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func append(_ text: String) throws(StoreError) {
        for byte in text.utf8 {
            switch byte {
            case 0: throw .nulInText
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\r"): bytes += "\\r".utf8
            default: bytes.append(byte)
            }
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

/// An answer, or the part of it that has arrived; as a row it is its first.
final class PostgresResult: Row {
    let handle: OpaquePointer?

    init(_ handle: OpaquePointer?) { self.handle = handle }

    deinit { PQclear(handle) }

    var rowCount: Int32 { PQntuples(handle) }

    var changedRows: Int { PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }

    func isNull(_ column: Int) -> Bool { PQgetisnull(handle, 0, Int32(column)) == 1 }

    func int(_ column: Int) throws -> Int64 {
        let field = try field(column, "an integer")
        if PQftype(handle, Int32(column)) == PostgresType.bool { return field.first == UInt8(ascii: "t") ? 1 : 0 }
        guard let number = Int64(String(decoding: field, as: UTF8.self)) else { throw wrongType(column, "an integer") }
        return number
    }

    func text(_ column: Int) throws -> String {
        let field = try field(column, "a text")
        guard PostgresType.texts.contains(PQftype(handle, Int32(column))) else { throw wrongType(column, "a text") }
        return String(decoding: field, as: UTF8.self)
    }

    /// The server writes bytes as `\x` and two digits each.
    func bytes(_ column: Int) throws -> [UInt8] {
        let field = try field(column, "bytes")
        guard PQftype(handle, Int32(column)) == PostgresType.bytea else { throw wrongType(column, "bytes") }
        return stride(from: 2, to: field.count - 1, by: 2).map {
            Self.digit(field[$0]) << 4 | Self.digit(field[$0 + 1])
        }
    }

    private func field(_ column: Int, _ wanted: String) throws -> UnsafeBufferPointer<UInt8> {
        guard column < PQnfields(handle) else { throw StoreError.failed("the answer has no column \(column)") }
        guard !isNull(column), let start = PQgetvalue(handle, 0, Int32(column)) else {
            throw StoreError.failed("column \(column) is NULL, not \(wanted)")
        }
        let bytes = UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self)
        return UnsafeBufferPointer(start: bytes, count: Int(PQgetlength(handle, 0, Int32(column))))
    }

    private func wrongType(_ column: Int, _ wanted: String) -> StoreError {
        .failed("column \(column) is of another type, not \(wanted)")
    }

    private static func digit(_ byte: UInt8) -> UInt8 {
        byte <= UInt8(ascii: "9") ? byte - UInt8(ascii: "0") : byte - UInt8(ascii: "a") + 10
    }
}
