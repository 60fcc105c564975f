/// Memory of one thread's pass, used again from batch to batch.
final class PassScratch {
    private var noted: UnsafeMutablePointer<Int32>
    private var room = 1024
    /// By drug class: the person in hand and the first substance seen, in one number that grows from person to person;
    /// `PassScratch.doubled` instead of the substance once a second was seen.
    let firstDrug: UnsafeMutablePointer<UInt64>
    private let drugClasses: Int
    /// Sums by institution and place (`InstitutionSums.place`).
    let chargeSums: UnsafeMutablePointer<Int64>
    /// Sums by item of the day in hand; zero between two days.
    let daySums: UnsafeMutablePointer<Int64>

    static let doubled: UInt64 = 0xFFFF

    init(_ rules: CompiledRules, institutions: Int) {
        func zeros<T: FixedWidthInteger>(_ count: Int, _: T.Type) -> UnsafeMutablePointer<T> {
            let memory = UnsafeMutablePointer<T>.allocate(capacity: max(1, count))
            memory.initialize(repeating: 0, count: max(1, count))
            return memory
        }
        noted = .allocate(capacity: room)
        drugClasses = rules.drugClassCount
        firstDrug = zeros(rules.drugClassCount, UInt64.self)
        chargeSums = zeros(institutions * InstitutionSums.places, Int64.self)
        daySums = zeros(rules.items.count, Int64.self)
    }

    deinit {
        noted.deallocate()
        firstDrug.deallocate()
        chargeSums.deallocate()
        daySums.deallocate()
    }

    /// Ready for a batch, whose persons are numbered from the beginning again. Gives room for noting the lines of its
    /// longest encounter, and one beyond: the loop writes before it knows whether the line counts.
    func begin(longest: Int) -> UnsafeMutablePointer<Int32> {
        firstDrug.update(repeating: 0, count: drugClasses)
        if longest >= room {
            noted.deallocate()
            room = longest + 1
            noted = .allocate(capacity: room)
        }
        return noted
    }
}
