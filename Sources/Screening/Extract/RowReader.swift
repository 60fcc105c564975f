/// Turns the fields of a row into its table's record. One reader a thread.
protocol RowReader {
    /// Appends the row's record; throws the column and what is wrong with it.
    mutating func read(_ fields: UnsafeMutablePointer<Field>) throws(RowFault)
    func finish() throws
}

/// Why a row is no row: the column and the reason.
struct RowFault: Error {
    var column: String
    var reason: String
}

extension RowFault {
    init<Column: TableColumn>(_ column: Column, _ fault: FieldFault) {
        self.init(column: Column.names[column.rawValue], reason: fault.rawValue)
    }
}

/// The shared code books of an extract (编码表).
final class CodeBooks: Sendable {
    let items, diagnoses, procedures, institutions, doctors, departments, tiers, medTypes, insurances: CodeBook

    init(_ share: MemoryShare) {
        items = CodeBook(share, weight: 512, inCapitals: true)
        diagnoses = CodeBook(share, inCapitals: true)
        procedures = CodeBook(share, inCapitals: true)
        // Each thread sums by institution.
        institutions = CodeBook(share, weight: 2048)
        doctors = CodeBook(share)
        departments = CodeBook(share)
        tiers = CodeBook(share)
        medTypes = CodeBook(share)
        insurances = CodeBook(share)
    }
}

extension Field {
    @inline(__always)
    var hash: UInt64 { count == 0 ? 0 : Hashing.hash(start, count) }

    /// A number of seconds since 1970 for ordering; the least value when empty.
    @inline(__always)
    func seconds() throws(FieldFault) -> Int64 {
        if count == 0 { return .min }
        let (day, second) = try moment()
        return Field.seconds(day, second)
    }

    @inline(__always)
    static func seconds(_ day: Int32, _ second: Int32) -> Int64 { Int64(day) * 86_400 + Int64(max(second, 0)) }
}

struct EncounterReader: RowReader {
    private let writer: PartitionWriter
    private var institutions: LocalCodes
    private var tiers: LocalCodes
    private var diagnoses: LocalCodes
    private var procedures: LocalCodes
    private var medTypes: LocalCodes
    private var insurances: LocalCodes

    init(_ store: PartitionStore, _ books: CodeBooks) {
        writer = PartitionWriter(store, table: .encounters)
        institutions = LocalCodes(books.institutions)
        tiers = LocalCodes(books.tiers)
        diagnoses = LocalCodes(books.diagnoses)
        procedures = LocalCodes(books.procedures)
        medTypes = LocalCodes(books.medTypes)
        insurances = LocalCodes(books.insurances)
    }

    mutating func read(_ fields: UnsafeMutablePointer<Field>) throws(RowFault) {
        typealias Column = EncounterColumn
        @inline(__always) func cell(_ column: Column) -> Field { fields[column.rawValue].trimmed }
        var record = EncounterRecord()
        let person = cell(.person)
        let id = cell(.mdtrtID)
        for (column, field) in [(Column.person, person), (.mdtrtID, id)] {
            if field.count == 0 { throw RowFault(column, .missing) }
            if field.count > FieldFault.longestID { throw RowFault(column, .tooLong) }
        }
        try readSpan(cell(.begin), cell(.end), &record)
        do throws(FieldFault) { record.updated = try cell(.updated).seconds() } catch {
            throw RowFault(Column.updated, error)
        }
        record.birth = try day(cell(.birth), .birth)
        record.death = try day(cell(.death), .death)
        record.institution = institutions.number(cell(.institution))
        institutions.offer(name: cell(.institutionName), for: record.institution)
        record.valid = !cell(.valid).isOne(0x30)
        // An invalid row says nothing about how the extract writes tiers.
        if record.valid {
            record.tier = tiers.number(cell(.tier))
            record.capTier = tiers.number(cell(.capTier))
        }
        record.mainDiagnosis = diagnoses.number(cell(.mainDiagnosis))
        record.procedure = procedures.number(cell(.procedure))
        record.medType = medTypes.number(cell(.medType))
        record.insurance = insurances.number(cell(.insurance))
        let sex = cell(.sex)
        if sex.isOne(0x31) { record.sex = 1 } else if sex.isOne(0x32) { record.sex = 2 }
        record.sexImpossible = record.sex == 0 && sex.count > 0 && !sex.isOne(0x30) && !sex.isOne(0x39)
        record.newborn = cell(.newborn).isOne(0x31)
        do {
            let partition = writer.partition(of: person.hash)
            let place = try writer.room(EncounterRecord.most(person.count + id.count), in: partition)
            writer.keep(to: record.pack(at: place, person: person, id: id), in: partition)
        } catch { throw RowFault(column: "", reason: "\(error)") }
    }

    /// Begin and end; which of them is earlier is known only here, where a date without a time is still told apart.
    private func readSpan(_ begin: Field, _ end: Field, _ record: inout EncounterRecord) throws(RowFault) {
        if begin.count == 0 { throw RowFault(EncounterColumn.begin, .missing) }
        let (beginDay, beginSecond) = try moment(begin, .begin)
        record.begin = Field.seconds(beginDay, beginSecond)
        if end.count == 0 { return }
        let (endDay, endSecond) = try moment(end, .end)
        record.end = Field.seconds(endDay, endSecond)
        let haveTimes = beginSecond >= 0 && endSecond >= 0
        record.endBeforeBegin = endDay < beginDay || haveTimes && record.end < record.begin
    }

    private func moment(_ field: Field, _ column: EncounterColumn) throws(RowFault) -> (day: Int32, second: Int32) {
        do throws(FieldFault) { return try field.moment() } catch { throw RowFault(column, error) }
    }

    private func day(_ field: Field, _ column: EncounterColumn) throws(RowFault) -> Int32 {
        if field.count == 0 { return .min }
        do throws(FieldFault) { return try field.moment().day } catch { throw RowFault(column, error) }
    }

    func finish() throws { try writer.finish() }
}

struct SettlementReader: RowReader {
    private let writer: PartitionWriter

    init(_ store: PartitionStore) { writer = PartitionWriter(store, table: .settlements) }

    mutating func read(_ fields: UnsafeMutablePointer<Field>) throws(RowFault) {
        typealias Column = SettlementColumn
        @inline(__always) func cell(_ column: Column) -> Field { fields[column.rawValue].trimmed }
        var record = SettlementRecord()
        for column in [Column.setlID, .mdtrtID, .person] where cell(column).count == 0 {
            throw RowFault(column, .missing)
        }
        let (encounter, initial) = (cell(.mdtrtID), cell(.initial))
        if encounter.count > FieldFault.longestID { throw RowFault(Column.mdtrtID, .tooLong) }
        if initial.count > FieldFault.longestID { throw RowFault(Column.initial, .tooLong) }
        record.person = cell(.person).hash
        record.settlement = cell(.setlID).hash
        record.total = try money(cell(.total), .total)
        record.fund = try money(cell(.fund), .fund)
        do throws(FieldFault) { record.updated = try cell(.updated).seconds() } catch {
            throw RowFault(Column.updated, error)
        }
        record.refunded = cell(.refunded).isOne(0x31)
        record.valid = !cell(.valid).isOne(0x30)
        do {
            let partition = writer.partition(of: record.person)
            let place = try writer.room(SettlementRecord.most(encounter.count + initial.count), in: partition)
            writer.keep(to: record.pack(at: place, encounter: encounter, initial: initial), in: partition)
        } catch { throw RowFault(column: "", reason: "\(error)") }
    }

    private func money(_ field: Field, _ column: SettlementColumn) throws(RowFault) -> Int64 {
        if field.count == 0 { return 0 }
        do throws(FieldFault) { return try field.decimal(2, below: FieldFault.mostYuan) } catch {
            throw RowFault(column, error)
        }
    }

    func finish() throws { try writer.finish() }
}

/// Diagnoses and procedures: the same shape.
struct DiagnosisReader: RowReader {
    private let writer: PartitionWriter
    private var codes: LocalCodes

    init(_ store: PartitionStore, _ table: ExtractTable, _ book: CodeBook) {
        writer = PartitionWriter(store, table: table)
        codes = LocalCodes(book)
    }

    mutating func read(_ fields: UnsafeMutablePointer<Field>) throws(RowFault) {
        // Both column lists have the same order: encounter, person, code, main, valid.
        typealias Column = DiagnosisColumn
        @inline(__always) func cell(_ column: Column) -> Field { fields[column.rawValue].trimmed }
        for column in [Column.mdtrtID, .person] where cell(column).count == 0 { throw RowFault(column, .missing) }
        if cell(.valid).isOne(0x30) || cell(.code).count == 0 { return }
        var record = DiagnosisRecord()
        record.person = cell(.person).hash
        record.encounter = cell(.mdtrtID).hash
        record.code = codes.number(cell(.code))
        record.main = cell(.main).isOne(0x31)
        do {
            let partition = writer.partition(of: record.person)
            let place = try writer.room(MemoryLayout<DiagnosisRecord>.stride, in: partition)
            place.storeBytes(of: record, as: DiagnosisRecord.self)
            writer.keep(to: place + MemoryLayout<DiagnosisRecord>.stride, in: partition)
        } catch { throw RowFault(column: "", reason: "\(error)") }
    }

    func finish() throws { try writer.finish() }
}
