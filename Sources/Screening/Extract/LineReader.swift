import Basics

/// What the line reader must know of the rules: which codes and charge types mean what.
struct LineVocabulary: Sendable {
    /// Hash of a herb's name or alias → its number, from 1.
    let herbs: [UInt64: UInt8]
    let idleCharges: [Bool]
    /// Lengths allowed by first byte; empty when the first byte is not judged.
    let codeLengths: [[Int]]
    let lateSeconds: Int64
    let hasScope: Bool
    let hasLevel: Bool

    init(_ knowledge: KnowledgeBase, herbNumbers: [String: UInt8], hasScope: Bool, hasLevel: Bool) {
        var herbs: [UInt64: UInt8] = [:]
        for (alias, herb) in knowledge.herbs { herbs[Hashing.hash(alias)] = herbNumbers[herb] }
        self.herbs = herbs
        var idle = Array(repeating: false, count: 100)
        for type in knowledge.parameters.idleChargeTypes {
            if let number = Int(type), number < 100 { idle[number] = true }
        }
        idleCharges = idle
        var lengths: [[Int]] = Array(repeating: [], count: 256)
        for (first, allowed) in knowledge.parameters.codeLengths {
            if let byte = first.utf8.first { lengths[Int(byte)] = allowed }
        }
        codeLengths = lengths
        lateSeconds = Int64(knowledge.parameters.lateUploadHours) * 3600
        self.hasScope = hasScope
        self.hasLevel = hasLevel
    }
}

struct LineReader: RowReader {
    private let writer: PartitionWriter
    private let vocabulary: LineVocabulary
    private var items: LocalCodes
    private var doctors: LocalCodes
    private var departments: LocalCodes
    /// The line written last, and the place behind it: a line of the same encounter is written shorter there.
    private var last = LineRecord()
    private var lastEnd: UnsafeMutableRawPointer?

    init(_ store: PartitionStore, _ books: CodeBooks, _ vocabulary: LineVocabulary) {
        writer = PartitionWriter(store, table: .lines)
        self.vocabulary = vocabulary
        items = LocalCodes(books.items)
        doctors = LocalCodes(books.doctors)
        departments = LocalCodes(books.departments)
    }

    mutating func read(_ fields: UnsafeMutablePointer<Field>) throws(RowFault) {
        @inline(__always) func cell(_ column: LineColumn) -> Field { fields[column.rawValue].trimmed }
        var record = LineRecord()
        let id = cell(.id)
        let person = cell(.person)
        let encounter = cell(.mdtrtID)
        if id.count == 0 { throw RowFault(LineColumn.id, .missing) }
        if id.count > FieldFault.longestID { throw RowFault(LineColumn.id, .tooLong) }
        if person.count == 0 { throw RowFault(LineColumn.person, .missing) }
        if encounter.count == 0 { throw RowFault(LineColumn.mdtrtID, .missing) }
        record.person = person.hash
        record.encounter = encounter.hash
        record.settlement = cell(.setlID).hash
        let prescription = cell(.prescription)
        do throws(FieldFault) { (record.day, record.second) = try cell(.time).moment() } catch {
            throw RowFault(LineColumn.time, cell(.time).count == 0 ? .missing : error)
        }
        record.quantity = try number(cell(.quantity), 4, .quantity)
        record.price = try number(cell(.price), 6, .price)
        record.amount = try number(cell(.amount), 2, .amount)
        if record.price < 0 { takeForRefund(&record) }
        do throws(FieldFault) { record.updated = try cell(.updated).seconds() } catch {
            throw RowFault(LineColumn.updated, error)
        }
        var item = cell(.item)
        if item.count == 0 { item = cell(.hospitalItem) }
        record.item = items.number(item)
        record.doctor = doctors.number(cell(.doctor))
        doctors.offer(name: cell(.doctorName), for: record.doctor)
        record.department = departments.number(cell(.department))
        let days = cell(.days)
        if days.count > 0 {
            // Ten thousand days is no prescription; a fraction of a day counts as a day begun.
            let value = try number(days, 4, .days)
            record.days = UInt16(clamping: (value + 9_999) / 10_000)
        }
        try judge(&record, item, fields)
        if cell(.valid).isOne(0x30) { record.flags.formUnion(.invalid) }
        var refundOf = cell(.refundOf)
        if refundOf.count > FieldFault.longestID { throw RowFault(LineColumn.refundOf, .tooLong) }
        if prescription.count > FieldFault.longestID { throw RowFault(LineColumn.prescription, .tooLong) }
        if record.quantity >= 0 { refundOf.count = 0 }
        try store(record, id, refundOf, prescription)
    }

    /// Some systems write a refund as so many at a negative price: the same as so many fewer at the price.
    @inline(never)
    private func takeForRefund(_ record: inout LineRecord) {
        record.quantity = -abs(record.quantity)
        record.price = -record.price
    }

    @inline(__always)
    private func number(_ field: Field, _ decimals: Int, _ column: LineColumn) throws(RowFault) -> Int64 {
        let most = decimals == 2 ? FieldFault.mostYuan : FieldFault.mostUnits
        do throws(FieldFault) { return try field.decimal(decimals, below: most) } catch {
            throw RowFault(column, field.count == 0 ? .missing : error)
        }
    }

    /// Fills in the flags that need more than the record keeps.
    @inline(__always)
    private mutating func judge(
        _ record: inout LineRecord, _ item: Field, _ fields: UnsafeMutablePointer<Field>
    ) throws(RowFault) {
        @inline(__always) func cell(_ column: LineColumn) -> Field { fields[column.rawValue].trimmed }
        var flags = LineFlags()
        if vocabulary.hasScope {
            let inScope = cell(.inScope)
            if inScope.count == 0 {
                flags.formUnion(.scopeUnknown)
            } else if try number(inScope, 2, .inScope) > 0 {
                flags.formUnion(.inScope)
            }
        } else if vocabulary.hasLevel, cell(.level).count > 0 {
            let level = cell(.level)
            if !(level.count == 2 && level.start[0] == 0x30 && level.start[1] == 0x33) { flags.formUnion(.inScope) }
        } else {
            flags.formUnion(.scopeUnknown)
        }
        let charge = cell(.chargeType)
        if charge.count == 2, charge.start[0] &- 0x30 <= 9, charge.start[1] &- 0x30 <= 9 {
            record.charge = (charge.start[0] - 0x30) * 10 + charge.start[1] - 0x30
            if vocabulary.idleCharges[Int(record.charge)] { flags.formUnion(.idleCharge) }
        } else {
            flags.formUnion(.chargeUnknown)
        }
        let list = cell(.listType)
        let first = item.count > 0 ? CodeBook.capital(item.start[0]) : 0
        let isList10x = list.count == 3 && list.start[0] == 0x31 && list.start[1] == 0x30
        if isList10x && list.start[2] == 0x33 || first == 0x54 {
            flags.formUnion(.herbal)
            var name = cell(.hospitalName)
            if name.count == 0 { name = cell(.ownName) }
            if name.count > 0 { record.herb = vocabulary.herbs[name.hash] ?? 0 }
        } else if isList10x && (list.start[2] == 0x31 || list.start[2] == 0x32) || first == 0x58 || first == 0x5A {
            flags.formUnion(.drug)
        }
        items.offer(name: cell(.hospitalName), for: record.item)
        if cell(.prescription).count > 0 { flags.formUnion(.prescribed) }
        try judgeTimes(record, cell(.uploaded), &flags)
        let exact = Rounding.halfUp(record.price, times: record.quantity, over: 100_000_000)
        if (exact - record.amount).magnitude > 1 { flags.formUnion(.amountWrong) }
        if item.count == 0 {
            flags.formUnion(.codeMissing)
        } else {
            let lengths = vocabulary.codeLengths[Int(first)]
            if !lengths.isEmpty, !lengths.contains(item.count) { flags.formUnion(.codeImpossible) }
        }
        record.flags = flags
    }

    @inline(__always)
    private func judgeTimes(_ record: LineRecord, _ uploaded: Field, _ flags: inout LineFlags) throws(RowFault) {
        do throws(FieldFault) {
            guard uploaded.count > 0, record.second >= 0 else {
                flags.formUnion(.lateUnknown)
                return
            }
            let (day, second) = try uploaded.moment()
            if second < 0 {
                flags.formUnion(.lateUnknown)
            } else {
                let delay = Int64(day - record.day) * 86_400 + Int64(second - record.second)
                if delay > vocabulary.lateSeconds { flags.formUnion(.late) }
            }
        } catch { throw RowFault(LineColumn.uploaded, error) }
    }

    @inline(__always)
    private mutating func store(
        _ record: LineRecord, _ id: Field, _ refundOf: Field, _ prescription: Field
    ) throws(RowFault) {
        do {
            let partition = writer.partition(of: record.person)
            let most = LineRecord.most(id.count &+ refundOf.count &+ prescription.count)
            let place = try writer.room(most, in: partition)
            let repeats =
                place == lastEnd && !writer.isBeginning(partition) && record.encounter == last.encounter
                && record.person == last.person && record.settlement == last.settlement
            let end = record.pack(
                at: place, repeats: repeats, id: id, refundOf: refundOf, prescription: prescription)
            writer.keep(to: end, in: partition)
            (last.person, last.encounter, last.settlement) = (record.person, record.encounter, record.settlement)
            lastEnd = end
        } catch { throw RowFault(column: "", reason: "\(error)") }
    }

    func finish() throws { try writer.finish() }
}
