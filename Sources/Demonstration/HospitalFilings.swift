import Agency
import Basics
import Catalogue
import Control
import Enrolment
import Providers
import Settlement
import Storage

/// What hospitals tell the agency besides their patients' bills (医疗机构报备): the mapping of their own items (3301),
/// long-term conditions (2503), chosen hospitals (2505).
struct HospitalFilings: Sendable {
    private let agency: Agency
    private let joint: JointStore
    private let county: County
    private let register: CountyRegister
    private let diseases: [String: String]
    /// Conditions by the day of their registration: resident, and place among his conditions.
    private let conditions: [Day: [(resident: Int, condition: Int)]]
    /// How every hospital numbers the items that it charges, by national code (院内编码).
    let ownCodes: [String: String]

    /// So many messages share a commit; see `Days.appointmentsPerCommit`.
    private static let messagesPerCommit = 12

    init(
        agency: Agency, joint: JointStore, county: County, register: CountyRegister, files: DemonstrationFiles,
        charged codes: [String]
    ) throws {
        self.agency = agency
        self.joint = joint
        self.county = county
        self.register = register
        ownCodes = Dictionary(
            uniqueKeysWithValues: codes.enumerated().map { ($0.element, Self.ownCode($0.offset + 1)) })
        let table = try CSVTable(
            files.chronicDiseases.text, file: files.chronicDiseases.name, required: ["code", "name"])
        diseases = Dictionary(table.rows.map { ($0["code"], $0["name"]) }) { first, _ in first }
        var conditions: [Day: [(resident: Int, condition: Int)]] = [:]
        for (index, resident) in county.residents.enumerated() {
            for (place, condition) in resident.conditions.enumerated()
            where resident.left.map({ $0 > condition.since }) ?? true {
                conditions[condition.since, default: []].append((index, place))
            }
        }
        self.conditions = conditions
    }

    // MARK: Items

    /// The code of a hospital's own for its nth item.
    static func ownCode(_ number: Int) -> String { "Y\(String(100_000 + number).dropFirst())" }

    /// Every hospital maps the items that it charges to the national ones (目录对照).
    func mapItems(at moment: Moment) async throws {
        let (area, catalogue) = (county.area, try await agency.catalogue(county.area))
        let providers = try await agency.providers(area)
        let items = ownCodes.sorted { $0.value < $1.value }.compactMap { code, own in
            catalogue.item(code, on: moment.day).map { (code: code, own: own, item: $0) }
        }
        for (place, hospital) in county.institutions.enumerated() where !hospital.isPharmacy {
            guard let sender = providers[hospital.code] else { continue }
            let head = MessageNumber(provider: hospital.code, at: moment, serial: 9_000 + place)
                .head("3301", area: area, operatorCode: "物价办")
            let drafts = items.map { charged in
                ItemMapping(
                    id: ID(0), area: area, provider: hospital.code,
                    ownCode: charged.own, ownName: catalogue.name(of: charged.item),
                    listType: charged.item.listType, nationalCode: charged.code, first: moment.day,
                    last: Day(year: 2099, month: 12, day: 31)!, uploaded: moment)
            }
            try await DemonstrationClock.$now.withValue(moment) {
                _ = try await agency.once(head, kind: .mappingsSubmitted, subject: 0) { tx, _ in
                    for draft in drafts {
                        _ = try Catalogue.submitMapping(tx, draft, catalogue: catalogue, by: .provider(sender.id))
                    }
                    return .nothing
                }
            }
        }
    }

    // MARK: Conditions and choices

    /// Registers the long-term conditions whose day has come (2503 慢特病备案) at a hospital that may certify them; answers
    /// how many there were.
    func fileConditions(on day: Day) async throws -> Int {
        let certifiers = county.institutions.filter { $0.tier >= .second && !$0.isPharmacy }
        let requests = (conditions[day] ?? []).compactMap { item -> FilingRequest? in
            guard let person = register[item.resident] else { return nil }
            let resident = county.residents[item.resident]
            let condition = resident.conditions[item.condition]
            let hospital = certifiers[item.resident % certifiers.count]
            return FilingRequest(
                kind: .chronicDisease, person: person, insurance: resident.insurance(on: day),
                providerCode: hospital.code, providerName: hospital.name, code: condition.code,
                name: diseases[condition.code] ?? condition.code, first: day, last: nil)
        }
        return try await file(requests, "2503", on: day)
    }

    /// One in two hundred has chosen a hospital near home (2505 人员定点备案).
    func fileChoices(on day: Day) async throws -> Int {
        let near = county.institutions.filter { $0.tier == .first }
        let requests = county.residents.indices.filter { $0 % 200 == 0 && county.residents[$0].isInsured(on: day) }
            .compactMap { index -> FilingRequest? in
                guard let person = register[index] else { return nil }
                let hospital = near[index % near.count]
                return FilingRequest(
                    kind: .designatedProvider, person: person, insurance: county.residents[index].insurance(on: day),
                    providerCode: hospital.code, providerName: hospital.name, first: day, last: nil, order: 1)
            }
        return try await file(requests, "2505", on: day)
    }

    /// Whoever is not covered on the day is told so, and files nothing.
    private func file(_ requests: [FilingRequest], _ transaction: String, on day: Day) async throws -> Int {
        let moment = Moment(day, hour: 7, minute: 30)
        var filed = 0
        for start in stride(from: 0, to: requests.count, by: Self.messagesPerCommit) {
            let part = start..<min(requests.count, start + Self.messagesPerCommit)
            filed += try await joint.together {
                var filed = 0
                for number in part {
                    let request = requests[number]
                    let head = MessageNumber(
                        provider: request.providerCode, at: moment + Int64(number / 1_000), serial: number
                    )
                    .head(transaction, area: county.area, operatorCode: "备案")
                    try await DemonstrationClock.$now.withValue(moment) {
                        do {
                            _ = try await agency.file(request, head)
                            filed += 1
                        } catch let problems as Problems where problems.isAbsence {}
                    }
                }
                return filed
            }
        }
        return filed
    }
}

extension Problems {
    /// Whether all they say is that somebody is not covered.
    var isAbsence: Bool {
        all.allSatisfy { $0.code.hasPrefix("enrolment.entitlement.") }
    }
}
