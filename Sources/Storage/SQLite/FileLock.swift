#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import Synchronization

/// A lock on a file beside the database, held while this process may write: a second writer would give out the
/// same numbers and wait in vain for its turn. The kernel drops it when the process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Throws `locked` when another holder exists, `unavailable` when the file cannot be made.
    init(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw StoreError.unavailable("\(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let reason = String(cString: strerror(errno))
            _ = close(descriptor)
            throw isHeld ? StoreError.locked : StoreError.unavailable("\(path): \(reason)")
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    func release() {
        descriptor.withLock { held in
            if let held { _ = close(held) }
            held = nil
        }
    }
}
