import Basics
import Storage

/// What is told about an encounter (就诊信息) at registration or admission, and again whenever it changes.
public struct VisitInformation: Hashable, Sendable {
    public var careType: CareType
    public var begunAt: Moment
    /// 病种编码、名称
    public var diseaseCode = ""
    public var diseaseName = ""
    public var doctorCode = ""
    public var doctorName = ""
    public var departmentCode = ""
    public var departmentName = ""
    public var bed = ""
    /// 主诊断
    public var diagnosisCode = ""
    public var diagnosisName = ""
    /// Further national fields as they were given, as JSON.
    public var extra: String?

    public init(careType: CareType, begunAt: Moment) {
        self.careType = careType
        self.begunAt = begunAt
    }

    static let columns = [
        "care_type", "begun_at", "disease_code", "disease_name", "doctor_code", "doctor_name", "department_code",
        "department_name", "bed", "diagnosis_code", "diagnosis_name", "extra",
    ]

    init(_ reader: inout ColumnReader) throws {
        careType = try reader.code()
        begunAt = try reader.moment()
        diseaseCode = try reader.text()
        diseaseName = try reader.text()
        doctorCode = try reader.text()
        doctorName = try reader.text()
        departmentCode = try reader.text()
        departmentName = try reader.text()
        bed = try reader.text()
        diagnosisCode = try reader.text()
        diagnosisName = try reader.text()
        extra = try reader.textOrNil()
    }

    var values: [Value] {
        [
            .int(careType.rawValue), Value(begunAt), .text(diseaseCode), .text(diseaseName), .text(doctorCode),
            .text(doctorName), .text(departmentCode), .text(departmentName), .text(bed), .text(diagnosisCode),
            .text(diagnosisName), Value(extra),
        ]
    }
}

/// The beginning of an encounter (就诊登记): a registration, an admission, or a purchase.
public struct EncounterRecord: LedgerRecord, Hashable {
    public var area: AreaCode
    public var id: ID<Encounter>
    public var person: ID<Person>
    public var provider: ID<Provider>
    public var setting: EncounterSetting
    public var insurance: Insurance
    public var category: PersonCategory
    /// 住院/门诊号
    public var visitNumber: String
    public var certificateKind: CertificateKind
    public var certificateNumber: String
    public var registeredAt: Moment
    public var actor: String
    public var information: VisitInformation

    public init(
        area: AreaCode, id: ID<Encounter>, person: ID<Person>, provider: ID<Provider>, setting: EncounterSetting,
        insurance: Insurance, category: PersonCategory, visitNumber: String, certificateKind: CertificateKind,
        certificateNumber: String, registeredAt: Moment, actor: String, information: VisitInformation
    ) {
        self.area = area
        self.id = id
        self.person = person
        self.provider = provider
        self.setting = setting
        self.insurance = insurance
        self.category = category
        self.visitNumber = visitNumber
        self.certificateKind = certificateKind
        self.certificateNumber = certificateNumber
        self.registeredAt = registeredAt
        self.actor = actor
        self.information = information
    }

    public static let table = "encounter"
    public static let columns =
        [
            "area", "id", "person_id", "provider_id", "setting", "insurance", "category", "visit_number",
            "certificate_kind", "certificate_number", "registered_at", "actor",
        ] + VisitInformation.columns
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        id = try reader.id()
        person = try reader.id()
        provider = try reader.id()
        setting = try reader.code()
        insurance = try reader.code()
        category = try reader.code()
        visitNumber = try reader.text()
        certificateKind = try reader.code()
        certificateNumber = try reader.text()
        registeredAt = try reader.moment()
        actor = try reader.text()
        information = try VisitInformation(&reader)
    }

    public var values: [Value] {
        [
            Value(area), Value(id), Value(person), Value(provider), .int(setting.rawValue), .int(insurance.rawValue),
            .int(category.rawValue), .text(visitNumber), .int(certificateKind.rawValue), .text(certificateNumber),
            Value(registeredAt), .text(actor),
        ] + information.values
    }
}

/// One act on an encounter after its beginning (就诊行为): who, when, and what was told.
public struct EncounterAct: LedgerRecord, Hashable {
    public var area: AreaCode
    public var encounter: ID<Encounter>
    public var no: Int64
    public var kind: EncounterActKind
    public var at: Moment
    public var actor: String
    /// 出院时间
    public var endedAt: Moment?
    /// 离院方式 `dscg_way`
    public var leavingWay: String
    /// The information in force after the act.
    public var information: VisitInformation

    public init(
        area: AreaCode, encounter: ID<Encounter>, no: Int64, kind: EncounterActKind, at: Moment, actor: String,
        endedAt: Moment? = nil, leavingWay: String = "", information: VisitInformation
    ) {
        self.area = area
        self.encounter = encounter
        self.no = no
        self.kind = kind
        self.at = at
        self.actor = actor
        self.endedAt = endedAt
        self.leavingWay = leavingWay
        self.information = information
    }

    public static let table = "encounter_act"
    public static let columns =
        ["area", "encounter_id", "no", "kind", "at", "actor", "ended_at", "leaving_way"] + VisitInformation.columns
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        encounter = try reader.id()
        no = try reader.int()
        kind = try reader.code()
        at = try reader.moment()
        actor = try reader.text()
        endedAt = try reader.momentOrNil()
        leavingWay = try reader.text()
        information = try VisitInformation(&reader)
    }

    public var values: [Value] {
        [
            Value(area), Value(encounter), .int(no), .int(kind.rawValue), Value(at), .text(actor), Value(endedAt),
            .text(leavingWay),
        ] + information.values
    }
}

/// A diagnosis (诊断) as one act gave it; those of the last act that gave any are in force.
public struct DiagnosisRecord: LedgerRecord, Hashable {
    public var area: AreaCode
    public var encounter: ID<Encounter>
    public var no: Int64
    /// The act that brought it; 0 is the encounter's beginning.
    public var act: Int64
    /// 诊断类别 `diag_type`
    public var kind: String
    public var isMain: Bool
    /// 诊断排序号
    public var order: Int64
    public var code: String
    public var name: String
    /// 入院病情
    public var condition: String
    public var department: String
    public var doctorCode: String
    public var doctorName: String
    public var at: Moment

    public init(
        area: AreaCode, encounter: ID<Encounter>, no: Int64, act: Int64, kind: String, isMain: Bool, order: Int64,
        code: String, name: String, condition: String, department: String, doctorCode: String, doctorName: String,
        at: Moment
    ) {
        self.area = area
        self.encounter = encounter
        self.no = no
        self.act = act
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

    public static let table = "diagnosis"
    public static let columns = [
        "area", "encounter_id", "no", "act_no", "kind", "is_main", "sort_no", "code", "name", "condition",
        "department", "doctor_code", "doctor_name", "at",
    ]
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        encounter = try reader.id()
        no = try reader.int()
        act = try reader.int()
        kind = try reader.text()
        isMain = try reader.flag()
        order = try reader.int()
        code = try reader.text()
        name = try reader.text()
        condition = try reader.text()
        department = try reader.text()
        doctorCode = try reader.text()
        doctorName = try reader.text()
        at = try reader.moment()
    }

    public var values: [Value] {
        [
            Value(area), Value(encounter), .int(no), .int(act), .text(kind), Value(isMain), .int(order), .text(code),
            .text(name), .text(condition), .text(department), .text(doctorCode), .text(doctorName), Value(at),
        ]
    }
}
