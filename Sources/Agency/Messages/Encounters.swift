import Basics
import Settlement

/// 2201 门诊挂号
public struct Registration: Hashable, Sendable {
    public var person: ID<Person>
    public var insurance: Insurance
    public var certificateKind: CertificateKind
    public var certificateNumber: String
    /// 住院/门诊号
    public var visitNumber: String
    /// 医疗类别; 2201 carries none, so 普通门诊 until 2203 tells another.
    public var information: VisitInformation

    public init(
        person: ID<Person>, insurance: Insurance, certificateKind: CertificateKind, certificateNumber: String,
        visitNumber: String, information: VisitInformation
    ) {
        self.person = person
        self.insurance = insurance
        self.certificateKind = certificateKind
        self.certificateNumber = certificateNumber
        self.visitNumber = visitNumber
        self.information = information
    }
}

/// 2401 入院办理: a registration with diagnoses.
public struct Admission: Hashable, Sendable {
    public var registration: Registration
    public var diagnoses: [DiagnosisGiven]

    public init(registration: Registration, diagnoses: [DiagnosisGiven]) {
        self.registration = registration
        self.diagnoses = diagnoses
    }
}

/// A diagnosis as a message gives it (诊断信息 `diseinfo`).
public struct DiagnosisGiven: Hashable, Sendable {
    public var kind: String
    public var isMain: Bool
    public var order: Int64
    public var code: String
    public var name: String
    public var condition: String
    public var department: String
    public var doctorCode: String
    public var doctorName: String
    public var at: Moment

    public init(
        kind: String, isMain: Bool, order: Int64, code: String, name: String, condition: String = "",
        department: String, doctorCode: String, doctorName: String, at: Moment
    ) {
        self.kind = kind
        self.isMain = isMain
        self.order = order
        self.code = code
        self.name = name
        self.condition = condition
        self.department = department
        self.doctorCode = doctorCode
        self.doctorName = doctorName
        self.at = at
    }
}

/// One encounter of one person: 2202, 2404 and 2405 need no more.
public struct EncounterReference: Hashable, Sendable {
    public var encounter: ID<Encounter>
    public var person: ID<Person>

    public init(encounter: ID<Encounter>, person: ID<Person>) {
        self.encounter = encounter
        self.person = person
    }
}

/// What a message tells anew about a visit or stay; nil keeps what was known.
public struct InformationGiven: Hashable, Sendable {
    public var careType: CareType?
    public var begunAt: Moment?
    public var diseaseCode: String?
    public var diseaseName: String?
    public var doctorCode: String?
    public var doctorName: String?
    public var departmentCode: String?
    public var departmentName: String?
    public var bed: String?
    public var diagnosisCode: String?
    public var diagnosisName: String?
    /// Further national fields as they were given, as JSON.
    public var extra: String?

    public init() {}
}

/// 2203 门诊就诊信息上传, 2403 住院信息变更
public struct VisitReport: Hashable, Sendable {
    public var reference: EncounterReference
    public var information: InformationGiven
    public var diagnoses: [DiagnosisGiven]

    public init(reference: EncounterReference, information: InformationGiven, diagnoses: [DiagnosisGiven]) {
        self.reference = reference
        self.information = information
        self.diagnoses = diagnoses
    }
}

/// 2402 出院办理
public struct Discharge: Hashable, Sendable {
    public var reference: EncounterReference
    /// 结束时间
    public var endedAt: Moment
    /// 离院方式 `dscg_way`
    public var leavingWay: String
    public var information: InformationGiven
    public var diagnoses: [DiagnosisGiven]

    public init(
        reference: EncounterReference, endedAt: Moment, leavingWay: String, information: InformationGiven,
        diagnoses: [DiagnosisGiven]
    ) {
        self.reference = reference
        self.endedAt = endedAt
        self.leavingWay = leavingWay
        self.information = information
        self.diagnoses = diagnoses
    }
}
