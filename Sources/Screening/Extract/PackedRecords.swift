/// How records lie in their partitions: packed numbers, then texts. What was read of a record is written and read back here
/// and nowhere else.
///
/// Hashes of ids that lie beside them as texts are not kept: hashing again costs less than eight bytes of memory.
extension LineRecord {
    /// Bytes that a line may take with texts of so many bytes.
    @inline(__always)
    static func most(_ texts: Int) -> Int { PackedNumbers.header + 3 * 8 + 11 * 7 + texts + PackedNumbers.beyond }

    /// Writes the record; the place behind it. Lines of one encounter mostly follow one another: one that `repeats` person,
    /// encounter and settlement of the line before it in the partition leaves them out.
    @inline(__always)
    func pack(
        at start: UnsafeMutableRawPointer, repeats: Bool, id: Field, refundOf: Field, prescription: Field
    ) -> UnsafeMutableRawPointer {
        var packer = NumberPacker(at: start, mark: repeats)
        if !repeats {
            packer.add(word: person)
            packer.add(word: encounter)
            packer.add(word: settlement)
        }
        let time = PackedMoment.packed(day: day, second: second)
        packer.add(time)
        packer.add(signed: quantity)
        packer.add(signed: price)
        packer.add(signed: amount)
        packer.add(PackedMoment.packed(updated, after: Field.seconds(day, second)))
        packer.add(UInt64(item))
        packer.add(UInt64(doctor))
        packer.add(UInt64(department))
        packer.add(UInt64(flags.rawValue) | UInt64(charge) &<< 16)
        packer.add(UInt64(days) | UInt64(herb) &<< 16)
        packer.add(
            UInt64(truncatingIfNeeded: id.count) | UInt64(truncatingIfNeeded: refundOf.count) &<< 10
                | UInt64(truncatingIfNeeded: prescription.count) &<< 20)
        packer.add(id)
        if refundOf.count > 0 { packer.add(refundOf) }
        if prescription.count > 0 { packer.add(prescription) }
        packer.finish()
        return packer.place
    }

    /// Reads the record at a place and moves the place behind it; `previous` is the record before it in its piece.
    @inline(__always)
    init(unpacking place: inout UnsafeRawPointer, after previous: LineRecord) {
        var packed = NumberUnpacker(at: place)
        if packed.isMarked {
            (person, encounter, settlement) = (previous.person, previous.encounter, previous.settlement)
        } else {
            (person, encounter, settlement) = (packed.word(), packed.word(), packed.word())
        }
        (day, second) = PackedMoment.unpacked(packed.next())
        quantity = packed.nextSigned()
        price = packed.nextSigned()
        amount = packed.nextSigned()
        updated = PackedMoment.unpacked(packed.next(), after: Field.seconds(day, second))
        item = UInt32(truncatingIfNeeded: packed.next())
        doctor = UInt32(truncatingIfNeeded: packed.next())
        department = UInt32(truncatingIfNeeded: packed.next())
        let kinds = packed.next()
        flags = LineFlags(rawValue: UInt16(truncatingIfNeeded: kinds))
        charge = UInt8(truncatingIfNeeded: kinds &>> 16)
        let use = packed.next()
        days = UInt16(truncatingIfNeeded: use)
        herb = UInt8(truncatingIfNeeded: use &>> 16)
        let lengths = packed.next()
        idLength = UInt16(truncatingIfNeeded: lengths & 1023)
        refundOfLength = UInt16(truncatingIfNeeded: lengths &>> 10 & 1023)
        prescriptionLength = UInt16(truncatingIfNeeded: lengths &>> 20 & 1023)
        let bytes = Int(idLength) &+ Int(refundOfLength) &+ Int(prescriptionLength)
        texts = packed.text(bytes)
        prescription = 0
        if prescriptionLength > 0 {
            prescription = Hashing.hash(prescriptionNumber.baseAddress!, prescriptionNumber.count)
        }
        place = packed.place
    }
}

extension EncounterRecord {
    static func most(_ texts: Int) -> Int { PackedNumbers.header + 14 * 7 + texts + PackedNumbers.beyond }

    func pack(at start: UnsafeMutableRawPointer, person: Field, id: Field) -> UnsafeMutableRawPointer {
        var packer = NumberPacker(at: start)
        packer.add(signed: begin)
        packer.add(PackedMoment.packed(end, after: begin))
        packer.add(PackedMoment.packed(updated, after: begin))
        packer.add(PackedMoment.packed(birth))
        packer.add(PackedMoment.packed(death))
        packer.add(UInt64(institution))
        packer.add(UInt64(tier))
        packer.add(UInt64(capTier))
        packer.add(UInt64(mainDiagnosis))
        packer.add(UInt64(procedure))
        packer.add(UInt64(medType))
        packer.add(UInt64(insurance))
        packer.add(marks)
        packer.add(UInt64(person.count) | UInt64(id.count) << 10)
        packer.add(person)
        packer.add(id)
        packer.finish()
        return packer.place
    }

    init(unpacking place: inout UnsafeRawPointer) {
        var packed = NumberUnpacker(at: place)
        begin = packed.nextSigned()
        end = PackedMoment.unpacked(packed.next(), after: begin)
        updated = PackedMoment.unpacked(packed.next(), after: begin)
        birth = PackedMoment.unpackedDay(packed.next())
        death = PackedMoment.unpackedDay(packed.next())
        institution = UInt32(packed.next())
        tier = UInt32(packed.next())
        capTier = UInt32(packed.next())
        mainDiagnosis = UInt32(packed.next())
        procedure = UInt32(packed.next())
        medType = UInt32(packed.next())
        insurance = UInt32(packed.next())
        marks = packed.next()
        let lengths = packed.next()
        personLength = UInt16(lengths & 1023)
        idLength = UInt16(lengths >> 10)
        texts = packed.text(Int(personLength) + Int(idLength))
        person = Hashing.hash(personID.baseAddress!, personID.count)
        encounter = Hashing.hash(id.baseAddress!, id.count)
        place = packed.place
    }

    private var marks: UInt64 {
        get {
            UInt64(sex) | (sexImpossible ? 4 : 0) | (newborn ? 8 : 0) | (endBeforeBegin ? 16 : 0) | (valid ? 32 : 0)
        }
        set {
            sex = UInt8(newValue & 3)
            sexImpossible = newValue & 4 != 0
            newborn = newValue & 8 != 0
            endBeforeBegin = newValue & 16 != 0
            valid = newValue & 32 != 0
        }
    }
}

extension SettlementRecord {
    static func most(_ texts: Int) -> Int { PackedNumbers.header + 2 * 8 + 5 * 7 + texts + PackedNumbers.beyond }

    func pack(at start: UnsafeMutableRawPointer, encounter: Field, initial: Field) -> UnsafeMutableRawPointer {
        var packer = NumberPacker(at: start)
        packer.add(word: person)
        packer.add(word: settlement)
        packer.add(signed: total)
        packer.add(signed: fund)
        packer.add(PackedMoment.packed(updated, after: 0))
        packer.add((refunded ? 1 : 0) | (valid ? 2 : 0))
        packer.add(UInt64(encounter.count) | UInt64(initial.count) << 10)
        packer.add(encounter)
        if initial.count > 0 { packer.add(initial) }
        packer.finish()
        return packer.place
    }

    init(unpacking place: inout UnsafeRawPointer) {
        var packed = NumberUnpacker(at: place)
        person = packed.word()
        settlement = packed.word()
        total = packed.nextSigned()
        fund = packed.nextSigned()
        updated = PackedMoment.unpacked(packed.next(), after: 0)
        let marks = packed.next()
        (refunded, valid) = (marks & 1 != 0, marks & 2 != 0)
        let lengths = packed.next()
        encounterLength = UInt16(lengths & 1023)
        initialLength = UInt16(lengths >> 10)
        texts = packed.text(Int(encounterLength) + Int(initialLength))
        encounter = Hashing.hash(encounterID.baseAddress!, encounterID.count)
        if initialLength > 0 { initial = Hashing.hash(initialID.baseAddress!, initialID.count) }
        place = packed.place
    }
}

/// Days and seconds as numbers that are small for what is usual.
private enum PackedMoment {
    /// Day and second of the day, −1 for a date without a time.
    @inline(__always)
    static func packed(day: Int32, second: Int32) -> UInt64 {
        zigzag(Int64(day)) &<< 17 | UInt64(truncatingIfNeeded: second &+ 1)
    }

    @inline(__always)
    static func unpacked(_ number: UInt64) -> (day: Int32, second: Int32) {
        (Int32(truncatingIfNeeded: signed(number &>> 17)), Int32(truncatingIfNeeded: number & 0x1FFFF) &- 1)
    }

    /// Seconds as the distance to another moment, near which they mostly are; 0 for the least value, which means none.
    @inline(__always)
    static func packed(_ seconds: Int64, after base: Int64) -> UInt64 {
        seconds == .min ? 0 : zigzag(seconds &- base) &+ 1
    }

    @inline(__always)
    static func unpacked(_ number: UInt64, after base: Int64) -> Int64 {
        number == 0 ? .min : base &+ signed(number &- 1)
    }

    /// A day alone; 0 for the least value, which means none.
    static func packed(_ day: Int32) -> UInt64 { day == .min ? 0 : zigzag(Int64(day)) + 1 }
    static func unpackedDay(_ number: UInt64) -> Int32 { number == 0 ? .min : Int32(signed(number - 1)) }

    @inline(__always)
    private static func zigzag(_ number: Int64) -> UInt64 { UInt64(bitPattern: number &<< 1 ^ number &>> 63) }
    @inline(__always)
    private static func signed(_ number: UInt64) -> Int64 {
        Int64(bitPattern: number &>> 1) ^ -Int64(bitPattern: number & 1)
    }
}
