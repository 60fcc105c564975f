/// Rows between reading and screening, in fixed-size form; texts (ids) follow a record in its partition.
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

    var valid: Bool { !flags.contains(.invalid) }
    /// Bytes of the record with its texts: id, the id that a refund names, number of the prescription.
    @inline(__always)
    var size: Int {
        let texts = Int(idLength) + Int(refundOfLength) + Int(prescriptionLength)
        return MemoryLayout<LineRecord>.stride + (texts + 7) & ~7
    }
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

    /// Bytes of the record with its texts: its encounter's id, the id of the settlement it takes back.
    var size: Int {
        MemoryLayout<SettlementRecord>.stride + (Int(encounterLength) + Int(initialLength) + 7) & ~7
    }
}

struct DiagnosisRecord {
    var person: UInt64 = 0
    var encounter: UInt64 = 0
    var code: UInt32 = 0
    var main = false
}

// MARK: - Texts behind a record

extension UnsafePointer {
    /// So many bytes at a place behind the record.
    @inline(__always)
    fileprivate func text(at offset: Int, _ count: UInt16) -> UnsafeBufferPointer<UInt8> {
        let texts = UnsafeRawPointer(self + 1).assumingMemoryBound(to: UInt8.self)
        return UnsafeBufferPointer(start: texts + offset, count: Int(count))
    }
}

extension UnsafePointer<LineRecord> {
    var refundOf: UnsafeBufferPointer<UInt8> { text(at: Int(pointee.idLength), pointee.refundOfLength) }
    var prescriptionNumber: UnsafeBufferPointer<UInt8> {
        text(at: Int(pointee.idLength) + Int(pointee.refundOfLength), pointee.prescriptionLength)
    }
}

extension UnsafePointer<SettlementRecord> {
    var encounterID: UnsafeBufferPointer<UInt8> { text(at: 0, pointee.encounterLength) }
    var initialID: UnsafeBufferPointer<UInt8> { text(at: Int(pointee.encounterLength), pointee.initialLength) }
}
