import Basics
import Foundation
import Seals

/// Writes bytes to a file through a buffer.
final class FileWriter {
    private let file: Int32
    private let path: String
    private var buffer: [UInt8] = []
    private let hasher: SM3Hasher?

    /// - Parameter digesting: takes the SM3 of what is written, for `digest()`.
    init(_ path: String, digesting: Bool = false) throws {
        self.path = path
        hasher = digesting ? SM3Hasher() : nil
        file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        if file < 0 { throw Problems(Problem("screening.out.open", field: path, "写不了结果文件,请检查文件夹的权限")) }
        buffer.reserveCapacity(1 << 20)
    }

    deinit { close(file) }

    func write(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 1 << 20 { try flush() }
    }

    func line(_ text: String) throws { try write((text + "\n").utf8) }

    /// SM3 of all that was flushed.
    func digest() -> [UInt8] { hasher?.finish() ?? [] }

    func flush() throws {
        hasher?.update(buffer)
        var written = 0
        while written < buffer.count {
            let got = buffer.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + written, buffer.count - written) }
            if got <= 0 { throw Problems(Problem("screening.out.full", field: path, "结果写不下,请清出磁盘空间")) }
            written += got
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
