import Basics
import Foundation

/// One encounter (就诊) of a batch.
struct Encounter {
    var person: Int32 = 0
    var begin: Int64 = 0
    var beginDay: Int32 = 0
    /// `.min` when open.
    var endDay: Int32 = .min
    var birth: Int32 = .min
    var sex: UInt8 = 0
    var sexImpossible = false
    var newborn = false
    var sexUndecided = false
    var endBeforeBegin = false
    /// Its codes or its dates give a rule something to look at: most encounters have nothing of the kind.
    var isNotable = false
    var setting: Setting = []
    var tier: Int8 = -1
    var capTier: Int8 = -1
    var insurance: UInt8 = 0
    var institution: UInt32 = 0
    /// What the fund paid, in fen; `.min` without a settlement.
    var fund: Int64 = .min
    var mainDiagnosis: UInt32 = 0
    var mainProcedure: UInt32 = 0
    var diagnoses: Range<Int32> = 0..<0
    var procedures: Range<Int32> = 0..<0
    var lines: Range<Int32> = 0..<0
    var idStart: Int32 = 0
    var idCount: Int32 = 0

    var isStay: Bool { setting.contains(.inpatient) }
    /// Outpatient, emergency or pharmacy visit.
    var isVisit: Bool { !isStay && !setting.isDisjoint(with: [.outpatient, .pharmacy]) }
}

struct Person {
    var encounters: Range<Int32> = 0..<0
    /// Earliest day of death; `.min` when alive.
    var death: Int32 = .min
    var idStart: Int32 = 0
    var idCount: Int32 = 0
}

/// The lines of one partition as columns, person → encounter → day → time → id.
///
/// Hot columns, 19 bytes a line, which the pass reads of every line: item, day, flags, charge type, amount. The others lie
/// beside and are read of lines that a rule looks at, and for findings.
final class LineColumns {
    let count: Int
    let item: UnsafeMutablePointer<UInt32>
    let day: UnsafeMutablePointer<Int32>
    let second: UnsafeMutablePointer<Int32>
    let flags: UnsafeMutablePointer<UInt16>
    let quantity: UnsafeMutablePointer<Int64>
    let price: UnsafeMutablePointer<Int64>
    let amount: UnsafeMutablePointer<Int64>
    let prescription: UnsafeMutablePointer<UInt64>
    let settlement: UnsafeMutablePointer<Int32>
    let encounter: UnsafeMutablePointer<Int32>
    let doctor: UnsafeMutablePointer<UInt32>
    let department: UnsafeMutablePointer<UInt32>
    let days: UnsafeMutablePointer<UInt16>
    let herb: UnsafeMutablePointer<UInt8>
    let charge: UnsafeMutablePointer<UInt8>
    let id: UnsafeMutablePointer<UnsafePointer<UInt8>>
    let idCount: UnsafeMutablePointer<UInt16>

    static let hotBytes = 19

    init(count: Int) {
        self.count = count
        func column<T>(_: T.Type) -> UnsafeMutablePointer<T> { .allocate(capacity: max(count, 1)) }
        item = column(UInt32.self)
        day = column(Int32.self)
        second = column(Int32.self)
        flags = column(UInt16.self)
        quantity = column(Int64.self)
        price = column(Int64.self)
        amount = column(Int64.self)
        prescription = column(UInt64.self)
        settlement = column(Int32.self)
        encounter = column(Int32.self)
        doctor = column(UInt32.self)
        department = column(UInt32.self)
        days = column(UInt16.self)
        herb = column(UInt8.self)
        charge = column(UInt8.self)
        id = column(UnsafePointer<UInt8>.self)
        idCount = column(UInt16.self)
    }

    deinit {
        item.deallocate()
        day.deallocate()
        second.deallocate()
        flags.deallocate()
        quantity.deallocate()
        price.deallocate()
        amount.deallocate()
        prescription.deallocate()
        settlement.deallocate()
        encounter.deallocate()
        doctor.deallocate()
        department.deallocate()
        days.deallocate()
        herb.deallocate()
        charge.deallocate()
        id.deallocate()
        idCount.deallocate()
    }
}

/// One partition ready for the pass.
struct Batch {
    var persons: [Person] = []
    var encounters: [Encounter] = []
    var diagnoses: [UInt32] = []
    var procedures: [UInt32] = []
    /// Fund payment and total of each settlement, then of each encounter's settlements together.
    var settlementFund: [Int64] = []
    var settlementTotal: [Int64] = []
    var lines = LineColumns(count: 0)
    /// Lines of the encounter that has most.
    var longest = 0
    /// Lines without a charge type.
    var unknownCharges = 0
    var ids: [UInt8] = []
    var undecided = UndecidedCounts()
    /// Keeps the ids that `lines.id` points into.
    var lineBytes: PartitionBytes?
    var dropped = Dropped()

    /// Rows left out, for `run.json`.
    struct Dropped: Sendable {
        var invalid = 0
        var doubled = 0
        var cancelled = 0
        var refunded = 0
        var kept = 0

        static func += (a: inout Dropped, b: Dropped) {
            a.invalid += b.invalid
            a.doubled += b.doubled
            a.cancelled += b.cancelled
            a.refunded += b.refunded
            a.kept += b.kept
        }
    }

    func id(of encounter: Encounter) -> ArraySlice<UInt8> {
        ids[Int(encounter.idStart)..<Int(encounter.idStart + encounter.idCount)]
    }
    func id(of person: Person) -> ArraySlice<UInt8> { ids[Int(person.idStart)..<Int(person.idStart + person.idCount)] }
}
