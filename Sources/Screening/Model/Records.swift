/// Rows between reading and screening; how they lie in a partition stands in `PackedRecords.swift`.
/// Hashes of 64 bits stand for ids where only equality is asked.

struct LineRecord {
    var person: UInt64 = 0
    var encounter: UInt64 = 0
    var settlement: UInt64 = 0
    var prescription: UInt64 = 0
    /// Ten-thousandths.
    var quantity: Int64 = 0
    /// 10⁻⁶ yuan.
    var price: Int64 = 0
    /// Fen.
    var amount: Int64 = 0
    /// Seconds of `updt_time`; the least value without one.
    var updated: Int64 = 0
    var day: Int32 = 0
    /// Second of the day; -1 for a date without a time.
    var second: Int32 = 0
    var item: UInt32 = 0
    var doctor: UInt32 = 0
    var department: UInt32 = 0
    var flags: LineFlags = []
    var days: UInt16 = 0
    var herb: UInt8 = 0
    var charge: UInt8 = 0
    var idLength: UInt16 = 0
    var refundOfLength: UInt16 = 0
    var prescriptionLength: UInt16 = 0
    /// In the partition: id, the id that a refund names, number of the prescription.
    var texts: UnsafePointer<UInt8>!

    init() {}

    var valid: Bool { !flags.contains(.invalid) }
}

/// What is known of a line, in sixteen bits of the hot columns.
struct LineFlags: OptionSet, Sendable {
    let rawValue: UInt16
    init(rawValue: UInt16) { self.rawValue = rawValue }

    /// In the fund's scope (范围内).
    static let inScope = LineFlags(rawValue: 1)
    /// Nothing tells whether the line is in the fund's scope.
    static let scopeUnknown = LineFlags(rawValue: 2)
    /// Bed, nursing or diagnosis fee by charge type.
    static let idleCharge = LineFlags(rawValue: 4)
    /// The charge type is missing.
    static let chargeUnknown = LineFlags(rawValue: 8)
    /// Herbal piece (中药饮片), by list type or code.
    static let herbal = LineFlags(rawValue: 16)
    /// Western or patent drug.
    static let drug = LineFlags(rawValue: 32)
    static let late = LineFlags(rawValue: 64)
    /// Upload or fee time is missing.
    static let lateUnknown = LineFlags(rawValue: 128)
    /// Amount is not quantity × price.
    static let amountWrong = LineFlags(rawValue: 256)
    static let codeMissing = LineFlags(rawValue: 512)
    static let codeImpossible = LineFlags(rawValue: 1024)
    /// Something a rule looks at besides the item: a prescription number.
    static let prescribed = LineFlags(rawValue: 2048)
    /// The row was invalidated (`vali_flag` 0).
    static let invalid = LineFlags(rawValue: 4096)
}

struct EncounterRecord {
    var person: UInt64 = 0
    var encounter: UInt64 = 0
    var begin: Int64 = 0
    /// `.min` when open.
    var end: Int64 = .min
    var updated: Int64 = .min
    var birth: Int32 = .min
    var death: Int32 = .min
    var institution: UInt32 = 0
    var tier: UInt32 = 0
    var capTier: UInt32 = 0
    var mainDiagnosis: UInt32 = 0
    var procedure: UInt32 = 0
    var medType: UInt32 = 0
    var insurance: UInt32 = 0
    var sex: UInt8 = 0
    var sexImpossible = false
    var newborn = false
    /// By the moments when both have a time, else by the days.
    var endBeforeBegin = false
    var valid = true
    var personLength: UInt16 = 0
    var idLength: UInt16 = 0
    /// In the partition: the person's id, the encounter's.
    var texts: UnsafePointer<UInt8>!

    init() {}
}

struct SettlementRecord {
    var person: UInt64 = 0
    var encounter: UInt64 = 0
    var settlement: UInt64 = 0
    var initial: UInt64 = 0
    var total: Int64 = 0
    var fund: Int64 = 0
    var updated: Int64 = .min
    var encounterLength: UInt16 = 0
    var initialLength: UInt16 = 0
    var refunded = false
    var valid = true
    /// In the partition: its encounter's id, the id of the settlement it takes back.
    var texts: UnsafePointer<UInt8>!

    init() {}
}

struct DiagnosisRecord {
    var person: UInt64 = 0
    var encounter: UInt64 = 0
    var code: UInt32 = 0
    var main = false
}

// MARK: - Texts of a record

extension LineRecord {
    @inline(__always)
    var id: UnsafePointer<UInt8> { texts }
    @inline(__always)
    var refundOf: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: texts + Int(idLength), count: Int(refundOfLength))
    }
    @inline(__always)
    var prescriptionNumber: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: texts + Int(idLength) + Int(refundOfLength), count: Int(prescriptionLength))
    }
}

extension EncounterRecord {
    var personID: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: texts, count: Int(personLength)) }
    var id: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: texts + Int(personLength), count: Int(idLength))
    }
}

extension SettlementRecord {
    var encounterID: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: texts, count: Int(encounterLength)) }
    var initialID: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: texts + Int(encounterLength), count: Int(initialLength))
    }
}
