import Basics
import Synchronization

/// A part of the memory bound (内存份额) for what cannot be spilled: codes, their names, rows that were rejected.
/// Who holds such things counts them here, and reading stops with a clear sentence before the system ends the program.
final class MemoryShare: Sendable {
    let limit: Int
    private let held = Atomic<Int>(0)

    /// An ordinary extract's codes fit into this, however little memory is given.
    static let least = 64 << 20

    init(_ limit: Int) { self.limit = limit }

    var used: Int { held.load(ordering: .relaxed) }

    func add(_ bytes: Int) { held.add(bytes, ordering: .relaxed) }

    /// Throws when more is held than allowed; asked once a block.
    func check(file: String) throws {
        guard used > limit else { return }
        throw Problems(
            Problem(
                "screening.memory.codes", field: file,
                "项目、机构、医师、科室等编码和被拒绝的行占了 \(used >> 20) MiB 内存,超过了为它们留的 \(limit >> 20) MiB(--memory 的八分之一)。"
                    + "请检查这些列是不是放错了内容(例如每行都不同的流水号);数据无误时请加大 --memory"))
    }
}
