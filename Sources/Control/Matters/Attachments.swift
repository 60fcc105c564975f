import Basics
import Seals
import Storage

/// A file that was handed in, with its bytes (附件).
public struct AttachedFile: Sendable, Hashable {
    /// As it was called where it came from.
    public let name: String
    public let hash: ContentHash
    public let type: AttachmentType
    public let bytes: [UInt8]
}

/// A paper of a matter, without its bytes (材料).
public struct AttachedPaper: Sendable, Hashable {
    /// The paper's kind, or the form's field.
    public let code: String
    public let name: String
    public let hash: ContentHash

    public init(code: String, name: String, hash: ContentHash) {
        self.code = code
        self.name = name
        self.hash = hash
    }
}

/// What kinds of files are taken, told by their first bytes and never by their names (附件类型).
public enum AttachmentType: Int64, Sendable, CaseIterable {
    case pdf = 1
    case jpeg = 2
    case png = 3
    case xlsx = 4
    case docx = 5
    /// CSV and plain text, UTF-8 or GB18030.
    case text = 6

    public var mediaType: String {
        switch self {
        case .pdf: "application/pdf"
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        case .docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        case .text: "text/plain"
        }
    }
}

/// The store of attachments (附件库): each content once, under its own digest, never overwritten.
///
/// Bytes leave it in two ways only: to a desk's effect, and through `Matters.attachment` to whoever may see a matter
/// that carries them.
public enum Attachments {
    /// 20 MB: a scanned booklet of some fifty pages.
    public static let bytesMax = 20 << 20

    static let table = EvidenceTable(
        "attachment", "area", .blob("hash"), "type", .text("name"), "size", "kept_at", .blob("content"))

    /// Keeps a file. The same bytes again are the same attachment, under the name they first came with.
    ///
    /// - Throws: `Problem` when it is empty, too large, or of a type that is not taken.
    public static func keep(
        _ tx: any Transaction, area: AreaCode, name: String, bytes: [UInt8], at now: Moment
    ) throws -> ContentHash {
        guard !bytes.isEmpty else {
            throw Problem("matter.attachment.empty", field: name, "文件“\(name)”是空的,请重新选择文件")
        }
        guard bytes.count <= bytesMax else {
            throw Problem(
                "matter.attachment.large", field: name,
                "文件“\(name)”超过 \(bytesMax >> 20) MB,请压缩、降低扫描分辨率或分成几份")
        }
        guard let type = AttachmentType(of: bytes) else {
            throw Problem(
                "matter.attachment.type", field: name,
                "文件“\(name)”的内容不是 PDF、JPG、PNG、XLSX、DOCX、CSV 或文本,请换成其中一种")
        }
        let hash = ContentHash(of: bytes)
        try tx.execute(
            insertion, Value(area), .bytes(hash.bytes), .int(type.rawValue), .text(String(name.suffix(120))),
            .int(Int64(bytes.count)), Value(now), .bytes(bytes))
        return hash
    }

    private static let insertion = SQL("\(table.insertion) ON CONFLICT (area, hash) DO NOTHING")

    /// The file of a content hash.
    static func content(_ tx: any Transaction, area: AreaCode, _ hash: ContentHash) throws -> AttachedFile {
        let found = try tx.first(selection, Value(area), .bytes(hash.bytes)) { row in
            AttachedFile(
                name: try row.text(0), hash: hash, type: try row.code(1), bytes: try row.bytes(2))
        }
        guard let found else {
            throw Problem("matter.attachment.unknown", field: "\(hash)", "找不到这个附件,请重新上传")
        }
        guard ContentHash(of: found.bytes) == hash else {
            throw Problem("matter.attachment.damaged", field: found.name, "附件“\(found.name)”的内容被改动过,请从备份恢复")
        }
        return found
    }

    private static let selection: SQL = "SELECT name, type, content FROM attachment WHERE area = ? AND hash = ?"

    static func name(_ tx: any Transaction, area: AreaCode, _ hash: ContentHash) throws -> String? {
        try tx.first(naming, Value(area), .bytes(hash.bytes)) { try $0.text(0) }
    }

    private static let naming: SQL = "SELECT name FROM attachment WHERE area = ? AND hash = ?"

    static func measure(
        _ tx: any Transaction, area: AreaCode, _ hash: ContentHash
    ) throws -> (type: AttachmentType, size: Int)? {
        try tx.first(measures, Value(area), .bytes(hash.bytes)) { (try $0.code(0), Int(try $0.int(1))) }
    }

    private static let measures: SQL = "SELECT type, size FROM attachment WHERE area = ? AND hash = ?"

    static func isKept(_ tx: any Transaction, area: AreaCode, _ hash: ContentHash) throws -> Bool {
        try tx.first(presence, Value(area), .bytes(hash.bytes)) { _ in true } ?? false
    }

    private static let presence: SQL = "SELECT 1 FROM attachment WHERE area = ? AND hash = ?"
}

extension AttachmentType {
    /// The type that the content shows; nil for anything that is not taken.
    init?(of bytes: [UInt8]) {
        func begins(_ magic: [UInt8]) -> Bool { bytes.starts(with: magic) }
        if begins(Array("%PDF-".utf8)) {
            self = .pdf
        } else if begins([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if begins([0x50, 0x4B, 0x03, 0x04]) {
            guard let office = AttachmentType(zip: bytes) else { return nil }
            self = office
        } else if AttachmentType.isText(bytes) {
            self = .text
        } else {
            return nil
        }
    }

    /// Office files are archives: the folder that their parts lie in tells which. A macro part is refused.
    private init?(zip bytes: [UInt8]) {
        let names = AttachmentType.partNames(bytes)
        guard names.contains("[Content_Types].xml"), !names.contains(where: { $0.hasSuffix("vbaProject.bin") }) else {
            return nil
        }
        if names.contains(where: { $0.hasPrefix("xl/") }) {
            self = .xlsx
        } else if names.contains(where: { $0.hasPrefix("word/") }) {
            self = .docx
        } else {
            return nil
        }
    }

    /// The names in a ZIP archive's central directory.
    private static func partNames(_ bytes: [UInt8]) -> [String] {
        var names: [String] = []
        func half(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }
        guard var at = directoryStart(bytes) else { return [] }
        while at + 46 <= bytes.count, names.count < 1000, bytes[at..<at + 4].elementsEqual([0x50, 0x4B, 0x01, 0x02]) {
            let nameEnd = at + 46 + half(at + 28)
            guard nameEnd <= bytes.count else { return [] }
            names.append(String(decoding: bytes[at + 46..<nameEnd], as: UTF8.self))
            at = nameEnd + half(at + 30) + half(at + 32)
        }
        return names
    }

    /// Where the end record says that the central directory begins.
    private static func directoryStart(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 22 else { return nil }
        for end in stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 65_535), by: -1)
        where bytes[end] == 0x50 && bytes[end..<end + 4].elementsEqual([0x50, 0x4B, 0x05, 0x06]) {
            let start = (0..<4).reduce(0) { $0 | Int(bytes[end + 16 + $1]) << (8 * $1) }
            return start < bytes.count ? start : nil
        }
        return nil
    }

    /// No control characters but tabs and line ends: programs and unknown formats have them at once.
    private static func isText(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    }
}
