import Basics
import CZip
import Foundation
import Sheets
import Synchronization

/// Encoding of an extract's text (字符编码).
public enum TextEncoding: String, Sendable {
    case utf8 = "UTF-8"
    case gb18030 = "GB18030"
}

/// A piece of a file that holds whole rows, readable for `ByteMasks.width` bytes beyond its end.
final class Block {
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    var count = 0
    /// Position of this block among the file's blocks.
    var number = 0
    /// False of a block without a single quote.
    var mayQuote = true

    init(capacity: Int) {
        self.capacity = capacity
        bytes = .allocate(capacity: capacity + ByteMasks.width)
    }

    func reserve(_ wanted: Int) {
        if wanted <= capacity { return }
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted + ByteMasks.width)
        larger.update(from: bytes, count: count)
        bytes.deallocate()
        bytes = larger
        capacity = wanted
    }

    deinit { bytes.deallocate() }
}

/// Hands out one file's blocks to several threads: the reading is serial and cheap, the parsing parallel.
final class BlockSource: @unchecked Sendable {
    /// Small enough to stay in a core's own cache while its rows are read.
    static let blockSize = 1 << 18
    /// Bytes that the encoding is told by.
    private static let sampleSize = 1 << 20

    let name: String
    let encoding: TextEncoding
    /// The header row's cells.
    let header: [String]
    /// Lines of the file that the header takes, for naming lines later.
    let headerLines: Int
    private let stream: ByteStream
    private let lock = Mutex(())
    private var carry: [UInt8] = []
    private var finished = false
    private var blocks = 0
    /// Bytes consumed of the file as it lies on disk, for the progress bar.
    var bytesRead: Int { lock.withLock { _ in stream.position } }

    init(path: String, name: String, encoding wanted: TextEncoding?) throws {
        self.name = name
        stream =
            name.hasSuffix(".xlsx")
            ? try MemoryStream(Workbook.csv(path: path, name: name)) : try FileStream(path: path, name: name)
        var head = try stream.read(upTo: BlockSource.sampleSize)
        if head.starts(with: [0xEF, 0xBB, 0xBF]) {
            head.removeFirst(3)
            encoding = .utf8
        } else {
            encoding = wanted ?? (BlockSource.looksLikeUTF8(head) ? .utf8 : .gb18030)
        }
        let whole = head.count < BlockSource.sampleSize
        let end = head.withUnsafeBufferPointer { buffer -> Int in
            guard let base = buffer.baseAddress else { return 0 }
            return RowScanner.rowEnd(base, from: 0, to: buffer.count) ?? (whole ? buffer.count : 0)
        }
        try BlockSource.requireLineFeeds(end == 0 ? head[...] : head[..<end], name: name)
        if end == 0 { throw Problems(Problem("screening.extract.header", field: name, "文件没有表头,请检查文件内容")) }
        var line = Array(head[..<end])
        if encoding == .gb18030 { line = GB18030.utf8(line) ?? line }
        header = BlockSource.cells(line)
        headerLines = max(1, line.count { $0 == 0x0A })
        carry = Array(head[end...])
    }

    /// Where lines end in a carriage return alone, the whole file would be its header.
    private static func requireLineFeeds(_ header: ArraySlice<UInt8>, name: String) throws {
        let isBare = header.indices.contains {
            header[$0] == 0x0D && ($0 + 1 == header.endIndex || header[$0 + 1] != 0x0A)
        }
        if isBare {
            throw Problems(
                Problem(
                    "screening.extract.lineEnds", field: name,
                    "表头里有单独的回车符(CR),文件的行应以换行符(LF 或 CRLF)结尾,请用表格软件或编辑器重新另存为 CSV"))
        }
    }

    private static func cells(_ line: [UInt8]) -> [String] {
        let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "\""))).lowercased()
        }
    }

    /// A character cut off by the end of the sample does not count.
    private static func looksLikeUTF8(_ sample: [UInt8]) -> Bool {
        var bytes = sample[...]
        for _ in 0..<4 {
            if String(validating: bytes, as: UTF8.self) != nil { return true }
            if bytes.isEmpty || sample.count < sampleSize { return false }
            bytes = bytes.dropLast()
        }
        return false
    }

    /// The next block of whole rows; false at the end of the file.
    func next(into block: Block) throws -> Bool {
        try lock.withLock { _ in
            block.count = 0
            if finished && carry.isEmpty { return false }
            var wanted = max(BlockSource.blockSize, carry.count * 2)
            block.reserve(wanted)
            block.bytes.update(from: carry, count: carry.count)
            block.count = carry.count
            carry.removeAll(keepingCapacity: true)
            while true {
                if !finished {
                    let got = try stream.read(into: block.bytes + block.count, upTo: wanted - block.count)
                    block.count += got
                    if got == 0 { finished = true }
                }
                if !finished, block.count < wanted { continue }
                block.mayQuote = memchr(block.bytes, 0x22, block.count) != nil
                let end = RowScanner.lastRowEnd(
                    block.bytes, block.count, final: finished, mayQuote: block.mayQuote)
                if end > 0 || finished {
                    carry.append(contentsOf: UnsafeBufferPointer(start: block.bytes + end, count: block.count - end))
                    block.count = end
                    break
                }
                wanted *= 2
                block.reserve(wanted)
            }
            if block.count == 0 { return false }
            block.number = blocks
            blocks += 1
            return true
        }
    }
}

// MARK: - Where bytes come from

protocol ByteStream: AnyObject {
    var position: Int { get }
    /// 0 at the end.
    func read(into: UnsafeMutablePointer<UInt8>, upTo: Int) throws -> Int
}

extension ByteStream {
    func read(upTo count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
        defer { buffer.deallocate() }
        while bytes.count < count {
            let got = try read(into: buffer, upTo: count - bytes.count)
            if got == 0 { break }
            bytes.append(contentsOf: UnsafeBufferPointer(start: buffer, count: got))
        }
        return bytes
    }
}

/// A file, plain or gzip: zlib reads both.
final class FileStream: ByteStream {
    private let name: String
    private let plain: Int32
    private let zipped: gzFile?
    private var taken = 0

    init(path: String, name: String) throws {
        self.name = name
        plain = open(path, O_RDONLY)
        if plain < 0 { throw Problems(Problem("screening.extract.open", field: name, "打不开这个文件,请检查路径和权限")) }
        guard name.hasSuffix(".gz") else {
            zipped = nil
            return
        }
        zipped = gzdopen(plain, "rb")
        gzbuffer(zipped, 1 << 18)
    }

    deinit {
        if let zipped { gzclose(zipped) } else { close(plain) }
    }

    var position: Int { zipped.map { Int(gzoffset($0)) } ?? taken }

    func read(into buffer: UnsafeMutablePointer<UInt8>, upTo count: Int) throws -> Int {
        let got: Int
        if let zipped {
            got = Int(gzread(zipped, buffer, UInt32(min(count, 1 << 30))))
        } else {
            got = Glibc.read(plain, buffer, count)
        }
        if got < 0 {
            throw Problems(Problem("screening.extract.read", field: name, "读到一半出错,文件可能损坏或没有下载完,请重新取得"))
        }
        taken += got
        return got
    }
}

final class MemoryStream: ByteStream {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into buffer: UnsafeMutablePointer<UInt8>, upTo count: Int) -> Int {
        let taken = min(count, bytes.count - position)
        bytes.withUnsafeBufferPointer { source in
            if taken > 0 { buffer.update(from: source.baseAddress! + position, count: taken) }
        }
        position += taken
        return taken
    }
}

extension GB18030 {
    /// Converts a block of rows; bytes that are no character become U+FFFD and are counted, so that their rows are
    /// rejected.
    static func convert(_ input: Block, into output: Block) -> Int {
        output.count = 0
        return convert(UnsafeBufferPointer(start: input.bytes, count: input.count)) { piece in
            output.reserve(output.count + piece.count)
            (output.bytes + output.count).update(from: piece.baseAddress!, count: piece.count)
            output.count += piece.count
        }
    }
}
