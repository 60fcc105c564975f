/// Of several rows with one id (重复行) the one updated last stays; of rows updated at one time the greater, by every
/// field that is read, one after another.
///
/// The SQL orders by the same values in the same sequence (`ORDER BY` of `setl`, `enc_all`, `raw_line`): which row stays
/// depends neither on the order of reading nor on the engine. A field that is read from now on belongs into both.
struct FieldOrder {
    private var result = 0

    var isDecided: Bool { result != 0 }
    var isGreater: Bool { result > 0 }

    mutating func then<Value: Comparable>(_ a: Value, _ b: Value) {
        if result == 0, a != b { result = a < b ? -1 : 1 }
    }

    mutating func then(_ a: Bool, _ b: Bool) { then(a ? 1 : 0, b ? 1 : 0) }

    /// Codes by their bytes: their numbers depend on which row was read first.
    mutating func then(_ a: UInt32, _ b: UInt32, in book: CodeBook) {
        guard result == 0, a != b else { return }
        result = book.codes[Int(a)].lexicographicallyPrecedes(book.codes[Int(b)]) ? -1 : 1
    }

    mutating func then(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) {
        if result == 0 { result = compare(a.baseAddress!, a.count, b.baseAddress!, b.count) }
    }
}

extension BatchBuilder {
    func isNewer(_ a: EncounterRecord, than b: EncounterRecord) -> Bool {
        var order = FieldOrder()
        order.then(a.updated, b.updated)
        order.then(a.begin, b.begin)
        order.then(a.end, b.end)
        order.then(a.valid, b.valid)
        order.then(a.institution, b.institution, in: books.institutions)
        order.then(a.sex, b.sex)
        order.then(a.sexImpossible, b.sexImpossible)
        order.then(a.birth, b.birth)
        order.then(a.insurance, b.insurance, in: books.insurances)
        order.then(a.newborn, b.newborn)
        order.then(a.tier, b.tier, in: books.tiers)
        order.then(a.capTier == 0 ? a.tier : a.capTier, b.capTier == 0 ? b.tier : b.capTier, in: books.tiers)
        order.then(a.medType, b.medType, in: books.medTypes)
        order.then(a.mainDiagnosis, b.mainDiagnosis, in: books.diagnoses)
        order.then(a.procedure, b.procedure, in: books.procedures)
        order.then(a.death, b.death)
        order.then(a.endBeforeBegin, b.endBeforeBegin)
        return order.isGreater
    }

    func isNewer(_ a: SettlementRecord, than b: SettlementRecord) -> Bool {
        var order = FieldOrder()
        order.then(a.updated, b.updated)
        order.then(a.fund, b.fund)
        order.then(a.total, b.total)
        order.then(a.refunded, b.refunded)
        order.then(a.valid, b.valid)
        order.then(a.encounterID, b.encounterID)
        order.then(a.initialID, b.initialID)
        return order.isGreater
    }

    func isNewer(_ one: LineRecord, than other: LineRecord) -> Bool {
        var order = FieldOrder()
        order.then(one.updated, other.updated)
        order.then(one.day, other.day)
        order.then(one.second, other.second)
        order.then(one.item, other.item, in: books.items)
        order.then(one.quantity, other.quantity)
        order.then(one.price, other.price)
        order.then(one.amount, other.amount)
        order.then(one.valid, other.valid)
        if !order.isDecided { comparePlaces(one, other, &order) }
        order.then(one.prescriptionNumber, other.prescriptionNumber)
        order.then(one.flags.scope, other.flags.scope)
        order.then(one.flags.medicine, other.flags.medicine)
        order.then(one.herb, other.herb)
        order.then(one.chargeType, other.chargeType)
        order.then(one.department, other.department, in: books.departments)
        order.then(one.days, other.days)
        order.then(one.flags.lateness, other.flags.lateness)
        order.then(one.refundOf, other.refundOf)
        // The SQL does not read it: only the report names the doctor.
        order.then(one.doctor, other.doctor, in: books.doctors)
        return order.isGreater
    }

    /// The later encounter of the person; then the settlement that takes part, with the greater sums.
    private func comparePlaces(_ a: LineRecord, _ b: LineRecord, _ order: inout FieldOrder) {
        order.then(encounterNumber(of: a) ?? .min, encounterNumber(of: b) ?? .min)
        let (own, other) = (standing(of: a), standing(of: b))
        order.then(own.standing.rawValue, other.standing.rawValue)
        order.then(own.fund, other.fund)
        order.then(own.total, other.total)
    }
}

/// What a line's `setl_id` comes to (费用行的结算).
private enum SettlementStanding: Int {
    case cancelled, unknown, unnamed, kept
}

extension BatchBuilder {
    private func standing(of line: LineRecord) -> (standing: SettlementStanding, fund: Int64, total: Int64) {
        if line.settlement == 0 { return (.unnamed, 0, 0) }
        let number = settlementNumber(of: line) ?? BatchBuilder.unknown
        if number == BatchBuilder.leftOut { return (.cancelled, 0, 0) }
        if number < 0 { return (.unknown, 0, 0) }
        return (.kept, ownSettlements[Int(number)].fund, ownSettlements[Int(number)].total)
    }
}

extension LineFlags {
    /// 2 in the fund's scope, 1 outside, 0 unknown.
    fileprivate var scope: Int { contains(.inScope) ? 2 : contains(.scopeUnknown) ? 0 : 1 }
    /// 2 a herbal piece, 1 another drug, 0 neither.
    fileprivate var medicine: Int { contains(.herbal) ? 2 : contains(.drug) ? 1 : 0 }
    /// 2 uploaded late, 1 in time, 0 unknown.
    fileprivate var lateness: Int { contains(.late) ? 2 : contains(.lateUnknown) ? 0 : 1 }
}

extension LineRecord {
    /// −1 without a charge type.
    fileprivate var chargeType: Int { flags.contains(.chargeUnknown) ? -1 : Int(charge) }
}
