import Basics
import Control
import Synchronization

/// Files of a form that was refused: kept for its sender until the form is right, so that nothing is chosen twice.
///
/// In memory alone. After a restart the sender is asked to choose the file again.
final class StagedFiles: Sendable {
    private struct Entry: Sendable {
        var staff: ID<StaffMember>
        var file: UploadedFile
        var kept: Moment
    }

    private struct Shelf: Sendable {
        var entries: [String: Entry] = [:]
        var bytes = 0

        mutating func drop(_ isOld: (Entry) -> Bool) {
            for (key, entry) in entries where isOld(entry) {
                bytes -= entry.file.bytes.count
                entries[key] = nil
            }
        }
    }

    private let shelf = Mutex(Shelf())
    private static let bytesMax = 256 * 1024 * 1024
    private static let secondsMax: Int64 = 2 * 3600

    /// Keeps a file for one member of staff; the same file twice is one.
    func keep(_ file: UploadedFile, hash: String, for staff: ID<StaffMember>, at now: Moment) {
        shelf.withLock { shelf in
            shelf.drop { now.seconds - $0.kept.seconds > StagedFiles.secondsMax }
            let key = "\(staff)/\(hash)"
            shelf.bytes -= shelf.entries[key]?.file.bytes.count ?? 0
            while shelf.bytes + file.bytes.count > StagedFiles.bytesMax,
                let oldest = shelf.entries.min(by: { $0.value.kept < $1.value.kept })?.key
            {
                shelf.bytes -= shelf.entries.removeValue(forKey: oldest)?.file.bytes.count ?? 0
            }
            shelf.entries[key] = Entry(staff: staff, file: file, kept: now)
            shelf.bytes += file.bytes.count
        }
    }

    /// The file that this member of staff sent before; nobody else's.
    func file(_ hash: String, for staff: ID<StaffMember>) -> UploadedFile? {
        shelf.withLock { $0.entries["\(staff)/\(hash)"]?.file }
    }
}
