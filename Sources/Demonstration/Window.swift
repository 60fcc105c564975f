import Agency
import Basics
import Enrolment
import Settlement

/// One person's visit at an institution's window, message by message (就诊窗口).
///
/// A value of its own for each visit: it numbers the messages and the lines, and carries what all of them repeat.
struct Window: Sendable {
    let agency: Agency
    let area: AreaCode
    let visit: Visit
    let resident: County.Resident
    let person: ID<Person>
    /// Under which the visit is billed: that of its first day.
    let insurance: Insurance
    let institution: County.Institution
    let department: Department
    let doctor: Department.Doctor
    let diagnosisName: String
    /// 住院/门诊号
    let visitNumber: String
    /// 院内编码 by national code, as the institution mapped them; empty for one that did not.
    let ownCodes: [String: String]
    /// The institution's serial for the next message of this visit.
    var serial: Int
    var tally = Tally()
    private var lineCount = 0
    private var random: SeededRandom

    init(
        agency: Agency, county: County, visit: Visit, person: ID<Person>, diagnosisName: String, visitNumber: String,
        ownCodes: [String: String], serial: Int
    ) {
        self.agency = agency
        area = county.area
        self.visit = visit
        resident = county.residents[visit.resident]
        self.person = person
        insurance = resident.insurance(on: visit.begins)
        institution = county.institutions[visit.institution]
        let department = Department(diagnosis: visit.illness.diagnosis, age: resident.birth.age(on: visit.begins))
        self.department = department
        random = SeededRandom(
            seed: county.seed &+ UInt64(resident.number) &* 1_000_003 &+ UInt64(visit.begins.number) &* 7_919)
        doctor = random.pick(department.doctors(of: visit.institution))
        self.diagnosisName = diagnosisName
        self.visitNumber = visitNumber
        self.ownCodes = ownCodes
        self.serial = serial
    }

    // MARK: Before anything else

    /// 待遇享受检查: whether the fund answers for the visit; without it the patient pays himself, and the agency never
    /// hears of it.
    mutating func isEntitled(at moment: Moment) async throws -> Bool {
        let inquiry = EntitlementInquiry(
            person: person, insurance: insurance, careType: visit.illness.care, begins: visit.begins,
            diseaseCode: visit.illness.chronic ?? "")
        let findings = try await send("2001", at: moment) { [agency] in
            try await agency.checkEntitlement(inquiry, $0)
        }
        return findings.allSatisfy(\.isEntitled)
    }

    // MARK: Outpatients and pharmacies

    /// 门诊: registration, visit, lines, settlement; now and then a refund, lines sent anew, a settlement taken back.
    mutating func outpatient(from begin: Moment) async throws {
        let registration = registration(careType: .outpatient, begin: begin)
        let encounter = try await send("2201", at: begin) { [agency] in try await agency.register(registration, $0) }
        let reference = EncounterReference(encounter: encounter, person: person)
        let report = VisitReport(
            reference: reference, information: information, diagnoses: [diagnosis(at: begin + 300)])
        try await send("2203", at: begin + 300) { [agency] in try await agency.giveVisitInformation(report, $0) }
        var lines = lines(visit.charges) { _, _ in begin + 300 }
        if random.chance(3_000) {
            try await upload(lines, to: reference, "2204", at: begin + 400)
            let withdrawal = FeeWithdrawalRequest(reference: reference, scope: .all)
            try await send("2205", at: begin + 500) { [agency] in try await agency.withdrawLines(withdrawal, $0) }
            lines = self.lines(visit.charges) { _, _ in begin + 300 }
        }
        if lines.count > 1, random.chance(7_000), let last = lines.last {
            lines.append(refund(of: last, at: begin + 600))
        }
        try await upload(lines, to: reference, "2204", at: begin + 700)
        try await settle(reference, "2207", reversal: "2208", lines, at: begin + 900)
    }

    /// 药店购药: everything in one message.
    mutating func purchase(at moment: Moment) async throws {
        let lines = lines(visit.charges) { _, _ in moment }
        var purchase = Purchase(
            person: person, insurance: insurance, certificateKind: .electronic,
            certificateNumber: resident.nationalID, boughtAt: moment, lines: lines, total: Self.total(lines))
        purchase.usesAccount = usesAccount()
        let request = purchase
        _ = try await send("2102A", at: moment) { [agency] in try await agency.purchase(request, $0) }
        tally.lines += lines.count
        tally.settlements += 1
    }

    // MARK: Inpatients

    /// 入院
    mutating func admit(at moment: Moment) async throws -> EncounterReference {
        let admission = Admission(
            registration: registration(careType: visit.illness.care, begin: moment),
            diagnoses: [diagnosis(at: moment)])
        let encounter = try await send("2401", at: moment) { [agency] in try await agency.admit(admission, $0) }
        return EncounterReference(encounter: encounter, person: person)
    }

    /// Uploads what was charged on the days from one to before another.
    mutating func charge(
        _ reference: EncounterReference, from first: Day, before last: Day, admitted: Moment, at moment: Moment
    ) async throws -> [FeeLineGiven] {
        let charges = visit.charges.filter { $0.day >= first && $0.day < last }
        if charges.isEmpty { return [] }
        var lines = lines(charges) { charge, index in
            charge.day == admitted.day ? admitted + Int64(600 + index) : Moment(charge.day, hour: 8) + Int64(index * 60)
        }
        if lines.count > 4, random.chance(30_000) {
            lines.append(refund(of: lines[random.below(lines.count)], at: moment + -60))
        }
        try await upload(lines, to: reference, "2301", at: moment)
        return lines
    }

    /// 中途结算
    mutating func settleInterim(_ reference: EncounterReference, at moment: Moment) async throws {
        let request = SettlementRequest(
            reference: reference, insurance: insurance, isInterim: true, invoice: invoice())
        _ = try await send("2304", at: moment) { [agency] in try await agency.settle(request, $0) }
        tally.settlements += 1
    }

    /// 出院结算
    mutating func discharge(_ reference: EncounterReference, _ lines: [FeeLineGiven], at moment: Moment) async throws {
        var given = InformationGiven()
        given.diagnosisCode = visit.illness.diagnosis
        given.diagnosisName = diagnosisName
        let discharge = Discharge(
            reference: reference, endedAt: moment, leavingWay: "1", information: given,
            diagnoses: [diagnosis(at: moment)])
        try await send("2402", at: moment + 60) { [agency] in try await agency.discharge(discharge, $0) }
        try await settle(reference, "2304", reversal: "2305", lines, at: moment + 1_800)
    }

    /// 转院: sends a patient on to a bigger hospital of the county (2501).
    mutating func refer(to other: County.Institution, at moment: Moment) async throws {
        let request = FilingRequest(
            kind: .referral, person: person, insurance: insurance, providerCode: other.code, providerName: other.name,
            code: visit.illness.diagnosis, name: diagnosisName, first: moment.day, last: moment.day + 30)
        _ = try await send("2501", at: moment) { [agency] in try await agency.file(request, $0) }
    }

    // MARK: Settling

    /// Settles; five in a thousand are taken back at once and settled again, as when a card was not shown in time.
    private mutating func settle(
        _ reference: EncounterReference, _ transaction: String, reversal: String, _ lines: [FeeLineGiven],
        at moment: Moment
    ) async throws {
        var request = SettlementRequest(
            reference: reference, insurance: insurance, usesAccount: usesAccount(),
            invoice: invoice())
        request.total = transaction == "2207" ? Self.total(lines) : nil
        let first = request
        let statement = try await send(transaction, at: moment) { [agency] in try await agency.settle(first, $0) }
        tally.settlements += 1
        guard random.chance(5_000) else { return }
        let back = ReversalRequest(
            settlement: statement.bill.id, encounter: reference.encounter, person: person)
        _ = try await send(reversal, at: moment + 300) { [agency] in try await agency.reverse(back, $0) }
        tally.reversals += 1
        request.usesAccount = true
        request.invoice = invoice()
        let again = request
        _ = try await send(transaction, at: moment + 600) { [agency] in try await agency.settle(again, $0) }
        tally.settlements += 1
    }

    private mutating func upload(
        _ lines: [FeeLineGiven], to reference: EncounterReference, _ transaction: String, at moment: Moment
    ) async throws {
        for start in stride(from: 0, to: lines.count, by: LineChecks.linesPerMessageMax) {
            let part = Array(lines[start..<min(lines.count, start + LineChecks.linesPerMessageMax)])
            let upload = FeeUpload(reference: reference, lines: part)
            _ = try await send(transaction, at: moment) { [agency] in try await agency.uploadLines(upload, $0) }
        }
        tally.lines += lines.count
    }

    private mutating func send<Answer>(
        _ transaction: String, at moment: Moment, _ flow: (MessageHead) async throws -> Answer
    ) async throws -> Answer {
        let number = MessageNumber(provider: institution.code, at: moment, serial: serial)
        serial += 1
        tally.messages += 1
        let head = number.head(transaction, area: area, operatorCode: "窗口\(department.code)")
        return try await DemonstrationClock.$now.withValue(moment) { try await flow(head) }
    }

    // MARK: What messages repeat

    private func registration(careType: CareType, begin: Moment) -> Registration {
        var told = VisitInformation(careType: careType, begunAt: begin)
        told.doctorCode = doctor.code
        told.doctorName = doctor.name
        told.departmentCode = department.code
        told.departmentName = department.name
        told.extra = extra
        if careType.isInpatient {
            told.bed = "\(1 + visit.resident % 60)床"
            told.diagnosisCode = visit.illness.diagnosis
            told.diagnosisName = diagnosisName
        }
        return Registration(
            person: person, insurance: insurance, certificateKind: .electronic,
            certificateNumber: resident.nationalID, visitNumber: visitNumber, information: told)
    }

    /// Fields of the message that the house keeps as they came.
    private var extra: String? {
        let given = [("matn_type", visit.illness.birth), ("oprn_oprt_code", visit.illness.procedure)]
        let members = given.compactMap { name, value in value.map { "\"\(name)\":\"\($0)\"" } }
        return members.isEmpty ? nil : "{" + members.joined(separator: ",") + "}"
    }

    private var information: InformationGiven {
        var given = InformationGiven()
        given.careType = visit.illness.care
        given.diseaseCode = visit.illness.chronic
        given.diagnosisCode = visit.illness.diagnosis
        given.diagnosisName = diagnosisName
        return given
    }

    private func diagnosis(at moment: Moment) -> DiagnosisGiven {
        DiagnosisGiven(
            kind: "1", isMain: true, order: 1, code: visit.illness.diagnosis, name: diagnosisName,
            department: department.name, doctorCode: doctor.code, doctorName: doctor.name, at: moment)
    }

    private mutating func lines(
        _ charges: [Visit.Charge], at moment: (Visit.Charge, Int) -> Moment
    ) -> [FeeLineGiven] {
        charges.enumerated().map { index, charge in
            lineCount += 1
            return FeeLineGiven(
                line: LineGiven(
                    serial: "\(visitNumber)-\(lineCount)", original: nil, itemCode: charge.item,
                    quantity: charge.quantity, price: charge.price, amount: charge.price * charge.quantity,
                    occurredAt: moment(charge, index)),
                orderNumber: "\(visitNumber)\(charge.day.compact)", providerItemCode: ownCodes[charge.item] ?? "",
                departmentCode: department.code, departmentName: department.name, doctorCode: doctor.code,
                doctorName: doctor.name)
        }
    }

    /// A line that takes all of another back (退费).
    private mutating func refund(of line: FeeLineGiven, at moment: Moment) -> FeeLineGiven {
        lineCount += 1
        var back = line
        back.line.serial = "\(visitNumber)-\(lineCount)"
        back.line.original = line.line.serial
        back.line.quantity = Quantity(tenThousandths: -line.line.quantity.tenThousandths)
        back.line.amount = -line.line.amount
        back.line.occurredAt = moment
        return back
    }

    /// Most show their card; without it nothing is taken from the account.
    private mutating func usesAccount() -> Bool { random.chance(900_000) }

    private func invoice() -> String { "\(institution.code.suffix(5))\(serial)" }

    private static func total(_ lines: [FeeLineGiven]) -> Money { lines.map(\.line.amount).total() }
}
