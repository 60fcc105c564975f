import Foundation
import Storage

/// A line to PostgreSQL that can break at the worst moment: after the server has committed, before its answer
/// arrives.
final class Relay: @unchecked Sendable {
    // Unchecked: every access of `armed` holds `lock`; the rest is constant.
    let folder: String
    private let server: String
    private let listener: Int32
    private let lock = NSLock()
    private var armed = false

    init(to conninfo: String) throws {
        guard
            let host = conninfo.split(separator: " ").last(where: { $0.hasPrefix("host=") })?.dropFirst(5)
        else {
            throw StoreError.failed("the cluster's conninfo names no socket folder")
        }
        server = host + "/.s.PGSQL.5432"
        folder = "/tmp/yibao-relay-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = Self.withAddress(folder + "/.s.PGSQL.5432") { [listener] in bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 16) == 0 else {
            throw StoreError.failed("cannot listen in \(folder)")
        }
        Thread.detachNewThread { [self] in acceptAll() }
    }

    func dropNextCommitAnswer() { lock.withLock { armed = true } }

    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            let upstream = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            _ = Self.withAddress(server) { connect(upstream, $0, $1) }
            Thread.detachNewThread { [self] in pump(from: client, to: upstream, watching: false) }
            Thread.detachNewThread { [self] in pump(from: upstream, to: client, watching: true) }
        }
    }

    private func pump(from source: Int32, to target: Int32, watching: Bool) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            if watching, breaks(at: buffer[..<count]) { break }
            guard send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(target, Int32(SHUT_RDWR))
    }

    /// Whether these bytes carry the answer to COMMIT and the line was to break at it.
    private func breaks(at bytes: ArraySlice<UInt8>) -> Bool {
        lock.withLock {
            guard armed, String(decoding: bytes, as: UTF8.self).contains("COMMIT\0") else { return false }
            armed = false
            return true
        }
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: path.utf8.prefix($0.count - 1))
        }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
