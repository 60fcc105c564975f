/// A line on its way into the columns.
struct SortedLine {
    /// Day and second as one ordered number.
    let time: UInt64
    let record: UnsafePointer<LineRecord>

    @inline(__always)
    init(_ record: UnsafePointer<LineRecord>) {
        let (day, second) = (record.pointee.day, record.pointee.second)
        time = UInt64(UInt32(bitPattern: day ^ .min)) << 32 | UInt64(UInt32(second + 1))
        self.record = record
    }

    @inline(__always)
    static func precedes(_ a: SortedLine, _ b: SortedLine) -> Bool {
        if a.time != b.time { return a.time < b.time }
        return compare(
            a.record.pointee.id, Int(a.record.pointee.idLength), b.record.pointee.id, Int(b.record.pointee.idLength))
            < 0
    }
}

/// Memory of one thread's building, used again from batch to batch: unpacked lines need room only until they lie in columns.
final class BatchScratch {
    private(set) var records: UnsafeMutablePointer<LineRecord>
    /// By line, the number of its encounter, or `unplaced` or `superseded`.
    private(set) var encounters: UnsafeMutablePointer<Int32>
    private(set) var sorted: UnsafeMutablePointer<SortedLine>
    /// Where each encounter's lines begin in `sorted`.
    var starts: [Int32] = []
    /// Lines unpacked.
    private(set) var count = 0
    private var room = 0

    /// Of a line that takes no part, and of one of which a newer row was read.
    static let unplaced: Int32 = -1
    static let superseded: Int32 = -2

    init() {
        records = .allocate(capacity: 0)
        encounters = .allocate(capacity: 0)
        sorted = .allocate(capacity: 0)
    }

    deinit {
        records.deallocate()
        encounters.deallocate()
        sorted.deallocate()
    }

    /// Unpacks all lines of a partition.
    func unpack(_ bytes: PartitionBytes) {
        count = 0
        for chunk in bytes.chunks {
            // The least that a line takes: a header, its length and an id of one byte.
            reserve(count + chunk.count / (PackedNumbers.header + 2) + 1)
            let (records, encounters) = (records, encounters)
            var (count, place) = (self.count, chunk.baseAddress!)
            let end = place + chunk.count
            var last = LineRecord()
            while place < end {
                last = LineRecord(unpacking: &place, after: last)
                (records + count).initialize(to: last)
                encounters[count] = BatchScratch.unplaced
                count &+= 1
            }
            self.count = count
        }
        sorted.deallocate()
        sorted = .allocate(capacity: max(1, count))
    }

    private func reserve(_ wanted: Int) {
        if wanted <= room { return }
        room = max(wanted, room * 2)
        (records, encounters) = (grown(records), grown(encounters))
    }

    private func grown<Element>(_ old: UnsafeMutablePointer<Element>) -> UnsafeMutablePointer<Element> {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: room)
        larger.update(from: old, count: count)
        old.deallocate()
        return larger
    }
}
