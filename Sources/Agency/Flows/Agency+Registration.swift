import Basics
import Control
import Enrolment
import Providers
import Settlement
import Storage

extension EventKind {
    /// 门诊挂号
    public static let registered: EventKind = "settlement.registered"
    /// 挂号撤销
    public static let registrationWithdrawn: EventKind = "settlement.registrationWithdrawn"
    /// 就诊信息上传
    public static let visitGiven: EventKind = "settlement.visitGiven"
}

extension Agency {
    /// 2201 门诊挂号: begins an outpatient encounter for a person who is covered on its day.
    public func register(_ request: Registration, _ head: MessageHead) async throws -> ID<Encounter> {
        try await once(head, .registered) { work in
            let id = try work.begin(request, setting: .outpatient, diagnoses: [])
            return (.encounter(id), id)
        } again: { _, answer in
            try answer.encounter()
        }
    }

    /// 2202 门诊挂号撤销: while no line and no settlement stands.
    public func withdrawRegistration(_ request: EncounterReference, _ head: MessageHead) async throws {
        try await once(head, .registrationWithdrawn) { work in
            try work.end(request, .withdrawRegistration, act: .registrationWithdrawn, leadingTo: .withdrawn)
            return (.encounter(request.encounter), ())
        } again: { _, _ in
        }
    }

    /// 2203 门诊就诊信息上传: way of care, disease, diagnoses.
    public func giveVisitInformation(_ request: VisitReport, _ head: MessageHead) async throws {
        try await once(head, .visitGiven) { work in
            try work.change(request, .giveVisitInformation, act: .visitInformation)
            return (.encounter(request.reference.encounter), ())
        } again: { _, _ in
        }
    }
}

extension MessageAnswer {
    /// The encounter a message was answered with.
    func encounter() throws -> ID<Encounter> {
        guard case .encounter(let id) = self else { throw StoreError.damaged("message.answer") }
        return id
    }
}

extension Work {
    /// The certificate shown at the window is the person's own (人证相符): an identity card by its number, a card that
    /// is registered here by its holder. The token of an electronic certificate was decoded by the national platform.
    func requireCertificate(_ kind: CertificateKind, _ number: String, of person: ID<Person>) throws {
        let holder: ID<Person>?
        switch kind {
        case .electronic: return
        case .identityCard:
            let paper = try? IdentityPaper(kind: .residentID, number: number)
            holder = try paper.flatMap { try Enrolment.find(tx, area: area, paper: $0) }
        case .socialSecurityCard: holder = try Enrolment.find(tx, area: area, card: number) ?? person
        }
        guard holder == person else {
            throw Problems(
                Problem(
                    "settlement.certificate.other", field: "mdtrt_cert_no", "就诊凭证 \(number) 不是此人的,请核对凭证和人员编号后重试"))
        }
    }

    /// Begins an encounter (登记) for a person who is covered when it begins.
    func begin(
        _ request: Registration, setting: EncounterSetting, diagnoses: [DiagnosisGiven]
    ) throws -> ID<Encounter> {
        let person = try Enrolment.requireInsured(tx, area: area, request.person)
        try requireCertificate(request.certificateKind, request.certificateNumber, of: request.person)
        let coverage = try require(person, request.insurance, setting, request.information)
        let id = try tx.nextID(Encounter.self, "encounter")
        let encounter = EncounterRecord(
            area: area, id: id, person: request.person, provider: provider.id, setting: setting,
            insurance: coverage.insurance, category: coverage.category, visitNumber: request.visitNumber,
            certificateKind: request.certificateKind, certificateNumber: request.certificateNumber,
            registeredAt: at, actor: head.operatorCode, information: request.information)
        let records = diagnoses.enumerated().map { index, given in
            DiagnosisRecord(given, area: area, encounter: id, no: Int64(index) + 1, act: 0)
        }
        let state: EncounterState = setting == .inpatient ? .admitted(settlements: 0) : .registered(settlements: 0)
        _ = try SettlementDesk.begin(encounter, diagnoses: records, as: state, tx, &written)
        references.encounter = id
        references.begins = true
        if !records.isEmpty { references.diagnoses = 1...Int64(records.count) }
        return id
    }

    /// The person's coverage when the encounter begins, once provider, dates and care agree.
    private func require(
        _ person: InsuredPerson, _ insurance: Insurance, _ setting: EncounterSetting, _ information: VisitInformation
    ) throws -> Entitlement.Coverage {
        var problems = Problems()
        let day = information.begunAt.day
        if let objection = provider.objection(on: day) { problems.all.append(objection) }
        if day > at.day {
            problems.add("settlement.encounter.future", field: "begntime", "开始时间 \(day) 尚未到来,请核对日期")
        }
        if information.careType.isInpatient != (setting == .inpatient) {
            problems.add(
                "settlement.encounter.careType", field: "med_type",
                "医疗类别 \(information.careType.rawValue)(\(information.careType.name))不适用于本交易,请核对")
        }
        let entitlement = person.entitlement(on: day, under: insurance)
        if case .refused(let refusal) = entitlement { problems.all.append(refusal.problem) }
        if setting == .inpatient, problems.all.isEmpty {
            try refuseSecondStay(person.person.id, into: &problems)
        }
        try problems.throwIfAny()
        return try entitlement.require()
    }

    /// Nobody lies in two beds: an admission while a stay is under way is refused.
    private func refuseSecondStay(_ person: ID<Person>, into problems: inout Problems) throws {
        let stays = try numbers(of: person).flatMap { try SettlementDesk.staysUnderWay(of: $0, area, tx) }
        for stay in stays where try SettlementDesk.runningState(area, stay.id, tx)?.state.dischargedAt == nil {
            let name = providers[stay.provider]?.profile(on: at.day).name ?? "其他机构"
            problems.add(
                "settlement.encounter.inHospital", field: "psn_no",
                "此人自 \(stay.information.begunAt.day) 起在\(name)住院尚未出院,请先办理该次出院")
        }
    }

    /// An encounter of this provider and this person, with its state and the information in force.
    func encounter(_ reference: EncounterReference) throws -> OpenEncounter {
        guard let record = try SettlementDesk.encounter(area, reference.encounter, tx),
            let running = try SettlementDesk.runningState(area, reference.encounter, tx)
        else {
            throw Problems(
                Problem("settlement.encounter.unknown", field: "mdtrt_id", "没有就诊 \(reference.encounter),请核对就诊 ID"))
        }
        guard record.provider == provider.id else {
            throw Problems(
                Problem("settlement.encounter.otherProvider", field: "mdtrt_id", "就诊 \(record.id) 不属于本机构,请核对就诊 ID"))
        }
        guard try isSame(record.person, as: reference.person) else {
            throw Problems(
                Problem(
                    "settlement.encounter.otherPerson", field: "psn_no",
                    "就诊 \(record.id) 不是人员 \(reference.person) 的,请核对人员编号"))
        }
        return OpenEncounter(
            record: record, running: running,
            information: try SettlementDesk.information(of: record, running, tx))
    }

    /// Ends an encounter that was begun in error: nothing of it may stand.
    func end(
        _ reference: EncounterReference, _ step: EncounterStep, act kind: EncounterActKind,
        leadingTo state: EncounterState
    ) throws {
        var open = try encounter(reference)
        try open.running.state.admit(step)
        let waiting = try SettlementDesk.openLines(area, reference.encounter, batch: nil, tx)
        guard waiting.isEmpty else {
            throw Problems(
                Problem(
                    "settlement.encounter.hasLines", field: "mdtrt_id",
                    "本次就诊还有 \(waiting.count) 条费用明细,请先撤销明细(2205、2302)"))
        }
        try record(kind, leadingTo: state, &open)
    }

    /// Records that something about an encounter changed.
    func change(_ request: VisitReport, _ step: EncounterStep, act kind: EncounterActKind) throws {
        var open = try encounter(request.reference)
        try open.running.state.admit(step)
        open.information.take(request.information)
        try requireCare(open)
        try record(kind, leadingTo: open.running.state, diagnoses: request.diagnoses, &open)
    }

    private func requireCare(_ open: OpenEncounter) throws {
        guard open.information.careType.isInpatient == (open.record.setting == .inpatient) else {
            throw Problems(
                Problem(
                    "settlement.encounter.careType", field: "med_type",
                    "医疗类别 \(open.information.careType.rawValue)(\(open.information.careType.name))不适用于本次就诊,请核对"))
        }
    }

    /// Writes the act with the information now in force.
    func record(
        _ kind: EncounterActKind, leadingTo state: EncounterState, diagnoses: [DiagnosisGiven] = [],
        endedAt: Moment? = nil, leavingWay: String = "", _ open: inout OpenEncounter
    ) throws {
        let act = EncounterAct(
            area: area, encounter: open.record.id, no: open.running.lastAct + 1, kind: kind, at: at,
            actor: head.operatorCode, endedAt: endedAt, leavingWay: leavingWay, information: open.information)
        let first = open.running.lastDiagnosis + 1
        let records = diagnoses.enumerated().map { index, given in
            DiagnosisRecord(given, area: area, encounter: open.record.id, no: first + Int64(index), act: act.no)
        }
        try SettlementDesk.act(act, diagnoses: records, leadingTo: state, &open.running, tx, &written)
        references.encounter = open.record.id
        references.act = act.no
        if !records.isEmpty { references.diagnoses = first...(first + Int64(records.count) - 1) }
    }
}

/// An encounter as a message finds it.
struct OpenEncounter {
    var record: EncounterRecord
    var running: RunningState
    var information: VisitInformation
}

extension VisitInformation {
    /// Takes over what a message tells; what it leaves out stays as it was.
    mutating func take(_ given: InformationGiven) {
        careType = given.careType ?? careType
        begunAt = given.begunAt ?? begunAt
        diseaseCode = given.diseaseCode ?? diseaseCode
        diseaseName = given.diseaseName ?? diseaseName
        doctorCode = given.doctorCode ?? doctorCode
        doctorName = given.doctorName ?? doctorName
        departmentCode = given.departmentCode ?? departmentCode
        departmentName = given.departmentName ?? departmentName
        bed = given.bed ?? bed
        diagnosisCode = given.diagnosisCode ?? diagnosisCode
        diagnosisName = given.diagnosisName ?? diagnosisName
        extra = Self.merged(extra, given.extra)
    }

    /// The further fields (其他登记项) as they stand after a message: what it gives replaces what stood, field by field.
    static func merged(_ kept: String?, _ given: String?) -> String? {
        guard let kept, let given, let before = try? JSON.parse(kept), let now = try? JSON.parse(given) else {
            return given ?? kept
        }
        var writer = JSONWriter()
        writer.value(before, replacedBy: now)
        return writer.text
    }
}

extension JSONWriter {
    /// `kept` with the members that `given` states put in their place; those that it leaves out or empty stay.
    fileprivate mutating func value(_ kept: JSON, replacedBy given: JSON) {
        guard kept.kind == .object, given.kind == .object else { return value(given) }
        object { json in
            for (name, old) in kept.members {
                json.name(name)
                if let new = given[name], !new.isNull, new.text != "" {
                    json.value(old, replacedBy: new)
                } else {
                    json.value(old)
                }
            }
            for (name, new) in given.members where kept[name] == nil {
                json.name(name)
                json.value(new)
            }
        }
    }
}

extension DiagnosisRecord {
    init(_ given: DiagnosisGiven, area: AreaCode, encounter: ID<Encounter>, no: Int64, act: Int64) {
        self.init(
            area: area, encounter: encounter, no: no, act: act, kind: given.kind, isMain: given.isMain,
            order: given.order, code: given.code, name: given.name, condition: given.condition,
            department: given.department, doctorCode: given.doctorCode, doctorName: given.doctorName, at: given.at)
    }
}
