import Basics
import Control
import Synchronization

/// Forms that were sent: one that comes twice (双击提交) opens one matter. The second sending waits for the first and is
/// shown what that one opened.
///
/// In memory alone. Two sendings are the same when they come from one drawing of the form, by one person, with the same
/// content; whoever opens the form anew may well send the same again.
final class SentForms: Sendable {
    private struct Entry: Sendable {
        var at: Moment
        var opening: Task<ID<Matter>, any Error>
    }

    private let entries = Mutex<[String: Entry]>([:])
    private static let entriesMax = 10_000
    private static let secondsMax: Int64 = 3600

    /// The mark that one drawing of a form carries.
    static func mark() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }

    /// What was sent, as one word; nil when the form carries no mark.
    static func key(_ mark: String, _ posted: PostedForm, of kind: MatterKind, by staff: ID<StaffMember>) -> String? {
        guard !mark.isEmpty else { return nil }
        let texts = posted.typed.map { "\($0.key)=\($0.value)" } + posted.kept.map { "\($0.key)=\($0.value.hash)" }
        let content = ContentHash(of: Array(texts.sorted().joined(separator: "\n").utf8))
        return "\(staff)/\(kind.code)/\(mark)/\(content)"
    }

    /// One drawing of the form as one word, whatever was written into it.
    static func key(_ mark: String, of kind: MatterKind, by staff: ID<StaffMember>) -> String {
        "\(staff)/\(kind.code)/\(mark)"
    }

    /// What was opened under a key; nil when nothing was.
    func opened(_ key: String) async -> ID<Matter>? {
        let opening = entries.withLock { $0[key]?.opening }
        return try? await opening?.value
    }

    /// Opens at most once under a key. What fails is forgotten, so that the mended form can be sent.
    func once(
        _ key: String, at now: Moment, _ open: @escaping @Sendable () async throws -> ID<Matter>
    ) async throws -> ID<Matter> {
        let opening = entries.withLock { entries in
            if let entry = entries[key] { return entry.opening }
            entries = entries.filter { now.seconds - $0.value.at.seconds <= SentForms.secondsMax }
            let opening = Task { try await open() }
            if entries.count < SentForms.entriesMax { entries[key] = Entry(at: now, opening: opening) }
            return opening
        }
        do {
            return try await opening.value
        } catch {
            entries.withLock { $0[key] = nil }
            throw error
        }
    }
}
