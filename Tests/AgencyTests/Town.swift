import Agency
import Basics
import Benefits
import Control
import Demonstration
import Settlement
import Storage
import Synchronization
import TestKit

/// A town to settle in: the sample house with its books open, a clock that tests move, and messages that number
/// themselves.
final class Town: Sendable {
    let house: SampleHouse
    let clock: TownClock
    private let count = Mutex(0)

    var agency: Agency { house.agency }
    var area: AreaCode { house.area }
    /// Third tier.
    var hospital: String { house.hospital.code }
    /// Second tier.
    var otherHospital: String { house.otherHospital.code }
    var pharmacy: String { house.pharmacy.code }
    /// An employee (310) of middle age with 2,000 yuan on the account.
    var employee: ID<Person> { house.people.first { $0.insurance == .employee }!.id }
    var resident: ID<Person> { house.people.first { $0.insurance == .resident }!.id }

    init(house: SampleHouse, clock: TownClock) {
        self.house = house
        self.clock = clock
    }

    /// A message head with a fresh number.
    func head(_ transaction: String, from provider: String? = nil, id: String? = nil, content: String? = nil)
        -> MessageHead
    {
        let number = count.withLock { count -> Int in
            count += 1
            return count
        }
        let provider = provider ?? hospital
        let messageID = id ?? "\(provider)20260301090000\(String(10_000 + number).dropFirst())"
        return MessageHead(
            area: area, provider: provider, messageID: messageID, transaction: transaction,
            digest: Array((content ?? messageID).utf8), operatorCode: "op01")
    }
}

final class TownClock: Sendable {
    private let current: Mutex<Moment>
    init(_ moment: Moment) { current = Mutex(moment) }
    var now: Moment {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

/// Opens a town on a store of this kind; `law` may change the text of the demonstration city's policies.
func withTown<Result>(
    _ kind: StoreKind, law: [(String, String)] = [], _ body: (Town) async throws -> Result
) async throws -> Result {
    let book = try await TestLaw.demonstration(changed: law)
    let clock = TownClock(morning)
    return try await town.withCopy(kind, policies: book, clock: { clock.now }) { house in
        try await body(Town(house: house, clock: clock))
    }
}

private let morning = Moment(Day("2026-03-01")!, hour: 9)
private let town = PreparedHouse(people: 6, founded: morning + -3600)

// MARK: Messages

extension Town {
    /// A line of the sample catalogue. Item 20 is a 甲类 service of 11.00 yuan without a cap, item 0 a 甲类 drug of 4.23.
    func line(
        _ item: Int = 20, _ quantity: Int64, serial: String, on day: Day? = nil, batch: String = "",
        refunds original: String? = nil, disease: String = "", flags: FeeLineFlags = []
    ) -> FeeLineGiven {
        let item = house.items[item]
        let amount = item.price * Quantity(quantity)
        return FeeLineGiven(
            line: LineGiven(
                serial: serial, original: original, itemCode: item.code, quantity: Quantity(quantity),
                price: item.price, amount: amount, occurredAt: Moment(day ?? clock.now.day, hour: 8)),
            batch: batch, diseaseCode: disease, providerItemCode: "院内\(item.code.suffix(4))", flags: flags,
            departmentCode: "01", departmentName: "内科", doctorCode: "D990100000001", doctorName: "示例医师")
    }

    func registration(
        _ person: ID<Person>, care: CareType = .outpatient, on day: Day? = nil, insurance: Insurance? = nil
    )
        -> Registration
    {
        let insured = house.people.first { $0.id == person }!
        return Registration(
            person: person, insurance: insurance ?? insured.insurance, certificateKind: .identityCard,
            certificateNumber: insured.certificate, visitNumber: "MZ001",
            information: VisitInformation(careType: care, begunAt: Moment(day ?? clock.now.day, hour: 7)))
    }

    /// Registers a visit, uploads lines, and gives back the encounter.
    func visit(_ person: ID<Person>, at provider: String? = nil, _ lines: [FeeLineGiven]) async throws
        -> EncounterReference
    {
        let provider = provider ?? hospital
        let id = try await agency.register(registration(person), head("2201", from: provider))
        let reference = EncounterReference(encounter: id, person: person)
        _ = try await agency.uploadLines(FeeUpload(reference: reference, lines: lines), head("2204", from: provider))
        return reference
    }

    /// Admits a person, uploads lines, and gives back the encounter.
    func stay(_ person: ID<Person>, at provider: String? = nil, from day: Day, _ lines: [FeeLineGiven]) async throws
        -> EncounterReference
    {
        let provider = provider ?? hospital
        let admission = Admission(registration: registration(person, care: .inpatient, on: day), diagnoses: [diagnosis])
        let id = try await agency.admit(admission, head("2401", from: provider))
        let reference = EncounterReference(encounter: id, person: person)
        if !lines.isEmpty {
            _ = try await agency.uploadLines(
                FeeUpload(reference: reference, lines: lines), head("2301", from: provider))
        }
        return reference
    }

    var diagnosis: DiagnosisGiven {
        DiagnosisGiven(
            kind: "1", isMain: true, order: 1, code: "J18.900", name: "肺炎", department: "内科",
            doctorCode: "D990100000001", doctorName: "示例医师", at: clock.now)
    }

    func discharge(_ reference: EncounterReference, at provider: String? = nil, on day: Day? = nil) async throws {
        try await agency.discharge(
            Discharge(
                reference: reference, endedAt: Moment(day ?? clock.now.day, hour: 9), leavingWay: "1",
                information: InformationGiven(), diagnoses: [diagnosis]),
            head("2402", from: provider))
    }

    func request(_ reference: EncounterReference, interim: Bool = false, account: Bool = true, batch: String? = nil)
        -> SettlementRequest
    {
        SettlementRequest(
            reference: reference, insurance: house.people.first { $0.id == reference.person }!.insurance, batch: batch,
            usesAccount: account, isInterim: interim)
    }

    func settle(_ reference: EncounterReference, at provider: String? = nil, interim: Bool = false) async throws
        -> SettlementStatement
    {
        try await agency.settle(request(reference, interim: interim), head("2207", from: provider))
    }

    func settleStay(
        _ reference: EncounterReference, at provider: String? = nil, interim: Bool = false, account: Bool = true
    )
        async throws -> SettlementStatement
    {
        try await agency.settle(request(reference, interim: interim, account: account), head("2304", from: provider))
    }

    func reverse(_ statement: SettlementStatement, at provider: String? = nil) async throws -> SettlementStatement {
        try await agency.reverse(
            ReversalRequest(
                settlement: statement.bill.id, encounter: statement.bill.encounter, person: statement.bill.person),
            head("2208", from: provider))
    }

    func purchase(_ person: ID<Person>, _ lines: [FeeLineGiven]) -> Purchase {
        let insured = house.people.first { $0.id == person }!
        return Purchase(
            person: person, insurance: insured.insurance, certificateKind: .electronic,
            certificateNumber: insured.certificate, boughtAt: clock.now, lines: lines)
    }
}

// MARK: Looking at the store

extension Town {
    /// The whole proof; the problems it finds.
    func verify() async throws -> [Problem] {
        let area = area
        return try await agency.store.read { tx in try Agency.verifier(area).run(tx).problems.all }
    }

    /// Every row of every table a message may write, as text: what must stay the same when a message is refused.
    func contents() async throws -> [String] {
        try await agency.store.read { tx in
            try Self.tables.flatMap { table, columns in
                let list = columns.map { Self.blobs.contains($0) ? $0 : "CAST(\($0) AS TEXT)" }.joined(separator: ", ")
                return try tx.rows(SQL("SELECT \(list) FROM \(table)")) { row in
                    let values = try columns.indices.map { index -> String in
                        if row.isNull(index) { return "∅" }
                        return Self.blobs.contains(columns[index])
                            ? "\(try row.bytes(index))" : try row.text(index)
                    }
                    return table + "|" + values.joined(separator: "|")
                }.sorted()
            }
        }
    }

    private static let blobs: Set<String> = [
        "policy_version", "facts", "funds", "steps", "before", "after", "digest", "totals", "rows_digest",
    ]

    static let tables: [(String, [String])] = [
        (EncounterRecord.table, EncounterRecord.columns), (EncounterAct.table, EncounterAct.columns),
        (DiagnosisRecord.table, DiagnosisRecord.columns), (FeeLineRecord.table, FeeLineRecord.columns),
        (FeeWithdrawal.table, FeeWithdrawal.columns), (SettlementRow.table, SettlementRow.columns),
        (MessageRecord.table, MessageRecord.columns), (FilingRecord.table, FilingRecord.columns),
        (FilingWithdrawal.table, FilingWithdrawal.columns),
        (
            "encounter_state",
            ["area", "encounter_id", "version", "status", "settlements", "last_line_no", "last_act_no"]
        ),
        ("accumulator", ["area", "person_id", "insurance", "year", "version", "last_settlement_id", "totals"]),
        ("personal_account", ["area", "person", "balance_fen"]),
        ("account_entry", ["area", "id", "person", "kind", "amount_fen", "balance_fen"]),
        ("payable", ["area", "settlement", "total_fen", "fund_fen", "account_fen", "cash_fen"]),
        ("event", ["area", "mark", "id", "kind", "subject", "detail", "rows_digest"]),
    ]

    func balance(of person: ID<Person>) async throws -> Money {
        let area = area
        return try await agency.store.read { tx in
            try tx.first(
                "SELECT balance_fen FROM personal_account WHERE area = ? AND person = ?", Value(area), Value(person)
            ) { try $0.money(0) } ?? .zero
        }
    }

    func number(_ query: SQL) async throws -> Int64 {
        try await agency.store.read { tx in try tx.first(query) { try $0.int(0) } ?? 0 }
    }

    /// What the person has used in 2026.
    func year(of person: ID<Person>) async throws -> YearToDate {
        try await agency.yearFigures(of: person, year: 2026, head("5206")).first?.figures ?? YearToDate()
    }
}

/// The codes of the problems that a piece of work is refused with; empty when it is not refused.
func refusal<Answer>(_ work: () async throws -> Answer) async throws -> [String] {
    do {
        _ = try await work()
        return []
    } catch let problems as Problems {
        return problems.all.map(\.code)
    } catch let problem as Problem {
        return [problem.code]
    }
}

func day(_ text: String) -> Day { Day(text)! }

extension Town {
    /// The agency opened again on the same store, with other words in its law.
    func reopened(law: [(String, String)]) async throws -> Agency {
        let clock = clock
        let book = try await TestLaw.demonstration(changed: law)
        return try await Agency.open(agency.store, policies: book) { clock.now }
    }
}
