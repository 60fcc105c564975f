import Agency
import Basics
import Catalogue
import Contributions
import Control
import Enrolment
import Foundation
import Fund
import Policy
import Providers
import Storage

/// A house just big enough to settle in (样例机构): two hospitals, a pharmacy, some insured people and a short
/// catalogue. Interface tests, the load client and the first steps of a hospital's engineer begin here.
///
///     let house = try await SampleHouse.make(in: store, policies: book, people: 10, at: now)
///     house.hospital.key        // signs the hospital's messages
///
/// Everything is invented; check digits are right. The same arguments make the same house.
public struct SampleHouse: Sendable {
    public struct Sender: Sendable {
        public let code: String
        public let name: String
        /// HMAC-SM3 key
        public let key: [UInt8]

        public init(code: String, name: String, key: [UInt8]) {
            self.code = code
            self.name = name
            self.key = key
        }
    }

    public struct Insured: Sendable {
        public let id: ID<Person>
        public let certificate: String
        public let name: String
        public let insurance: Insurance
    }

    public struct Item: Sendable {
        public let code: String
        public let name: String
        public let price: UnitPrice

        public init(code: String, name: String, price: UnitPrice) {
            self.code = code
            self.name = name
            self.price = price
        }
    }

    public let agency: Agency
    public let area: AreaCode
    public let hospital: Sender
    public let otherHospital: Sender
    public let pharmacy: Sender
    public let people: [Insured]
    /// Drugs first, then services.
    public let items: [Item]

    /// Every third person is a resident (390), the others employees (310) with 2,000 yuan on their accounts.
    ///
    /// - Parameters:
    ///   - chart: the file with the chart of accounts that settlements are booked by.
    ///   - organisation: the folder with the posts.
    public static func make(
        in store: any Store, policies: PolicyBook, people count: Int, area: AreaCode = AreaCode(990_100),
        chart: String = "knowledge/fund/chart.csv", organisation: String = "knowledge/control",
        clock: @escaping @Sendable () -> Moment
    ) async throws -> SampleHouse {
        let agency = try await Agency.open(store, policies: policies, clock: clock)
        let origin = ImportOrigin(area: area, actor: .system, at: clock())
        try await openBooks(store, origin, chart: chart, organisation: organisation)
        try await importCatalogue(store, origin)
        try await importProviders(store, origin, senders)
        try await importPeople(store, origin, (1...count).map(resident))
        agency.refresh()
        return try await house(of: agency, people: count, area: area)
    }

    /// The same house on a store in which it was made before, by the law given now.
    public static func open(
        _ store: any Store, policies: PolicyBook, people count: Int, area: AreaCode = AreaCode(990_100),
        clock: @escaping @Sendable () -> Moment
    ) async throws -> SampleHouse {
        let agency = try await Agency.open(store, policies: policies, clock: clock)
        return try await house(of: agency, people: count, area: area)
    }

    private static func house(of agency: Agency, people count: Int, area: AreaCode) async throws -> SampleHouse {
        let people = try await agency.store.read { tx in
            try (1...count).map(resident).map { resident in
                let paper = IdentityPaper(kind: .residentID, checked: resident.certificate)
                guard let id = try Enrolment.find(tx, area: area, paper: paper) else {
                    throw StoreError.failed("sample house: \(resident.certificate)")
                }
                return Insured(
                    id: id, certificate: resident.certificate, name: resident.name, insurance: resident.insurance)
            }
        }
        return SampleHouse(
            agency: agency, area: area, hospital: senders[0], otherHospital: senders[1], pharmacy: senders[2],
            people: people, items: items)
    }

    private static let senders = [
        Sender(code: "H99010000001", name: "示例第一医院", key: key(1)),
        Sender(code: "H99010000002", name: "示例第二医院", key: key(2)),
        Sender(code: "P99010000001", name: "示例大药房", key: key(3)),
    ]

    /// A key of this house alone: whoever runs a real one gives out random keys.
    private static func key(_ number: UInt8) -> [UInt8] { (0..<32).map { $0 &* 7 &+ number &* 31 } }

    private static func openBooks(
        _ store: any Store, _ origin: ImportOrigin, chart file: String, organisation folder: String
    ) async throws {
        let plan = try OrganisationPlan.load(folder: folder)
        let chart = try Chart(csv: String(contentsOfFile: file, encoding: .utf8), file: file)
        try await store.write { tx in
            _ = try FundDesk.load(tx, area: origin.area, chart, by: origin.actor, at: origin.at)
            try Organisation.establish(
                tx, area: origin.area, plan, on: Ground("样例机构建立", by: origin.actor, at: origin.at))
        }
    }

    // MARK: People

    private struct Resident: Sendable {
        let certificate: String
        let name: String
        let sex: Sex
        let birth: Day
        let insurance: Insurance
    }

    private static func resident(_ number: Int) -> Resident {
        let sex: Sex = number % 2 == 0 ? .female : .male
        let birth = Day(year: 1970 + number % 30, month: 1 + number % 12, day: 1 + number % 28)!
        let sequence = (number / 360 * 2 + (sex == .male ? 1 : 0)) % 1000
        let padded = String(1000 + sequence).dropFirst()
        let digits = "99010" + String(1 + number / 180_000) + birth.compact + padded
        let certificate = digits + String(NationalID.checkDigit(digits.utf8))
        return Resident(
            certificate: certificate, name: "示例\(number)", sex: sex, birth: birth,
            insurance: number % 3 == 0 ? .resident : .employee)
    }

    private static func importPeople(
        _ store: any Store, _ origin: ImportOrigin, _ residents: [Resident]
    ) async throws {
        var people = "psn_cert_type,certno,psn_name,gend,brdy,naty\n"
        var spells = "psn_cert_type,certno,insutype,psn_type,begndate,enddate\n"
        var openings = "psn_cert_type,certno,balc\n"
        for resident in residents {
            people += "01,\(resident.certificate),\(resident.name),\(resident.sex.rawValue),\(resident.birth),01\n"
            let category: PersonCategory = resident.insurance == .employee ? .employed : .adult
            spells += "01,\(resident.certificate),\(resident.insurance.rawValue),\(category.rawValue),2020-01-01,\n"
            if resident.insurance == .employee { openings += "01,\(resident.certificate),2000.00\n" }
        }
        let peopleSheet = try Enrolment.readPeople(people, file: "people.csv")
        let spellSheet = try Enrolment.readSpells(spells, file: "spells.csv")
        let openingSheet = try Contributions.readOpenings(openings, file: "openings.csv")
        try await store.write { tx in
            _ = try Enrolment.importPeople(tx, peopleSheet, by: origin)
            _ = try Enrolment.importSpells(tx, spellSheet, by: origin)
            _ = try Agency.importOpenings(tx, openingSheet, by: origin) { person in
                guard let kind = IdentityPaperKind(rawValue: person.paperKind) else { return nil }
                return try Enrolment.find(
                    tx, area: origin.area, paper: IdentityPaper(kind: kind, checked: person.paperNumber))
            }
        }
    }

    // MARK: Providers

    private static func importProviders(
        _ store: any Store, _ origin: ImportOrigin, _ senders: [Sender]
    ) async throws {
        var text = "fixmedins_code,fixmedins_name,hosp_lv,clr_way,agreement_no,begndate,enddate\n"
        for (sender, tier) in zip(senders, [3, 2, 0]) {
            text += "\(sender.code),\(sender.name),\(tier),1,XY-\(sender.code),2020-01-01,2099-12-31\n"
        }
        let sheet = try Providers.readAgreements(text, file: "providers.csv")
        try await store.write { tx in
            _ = try Providers.importAgreements(tx, sheet, by: origin)
            for sender in senders {
                guard
                    let id = try Providers.providerID(tx, area: origin.area, code: try InstitutionCode(sender.code))
                else { continue }
                try Providers.setKey(
                    tx, area: origin.area, provider: id, ProviderKey(kind: .hmac, bytes: sender.key), by: .system,
                    at: origin.at)
            }
        }
    }

    // MARK: Catalogue

    private static let items: [Item] =
        (1...20).map { number in
            let digits = String(100_000 + number).dropFirst()
            return Item(
                code: "XA01AAA001A0010101\(digits)", name: "示例西药\(number)",
                price: UnitPrice(microYuan: Int64(number) * 1_730_000 + 2_500_000))
        }
        + (1...20).map { number in
            let digits = String(100 + number).dropFirst()
            return Item(
                code: "0011020000\(digits)000", name: "示例诊疗项目\(number)",
                price: UnitPrice(microYuan: Int64(number) * 11_000_000))
        }

    private static func importCatalogue(_ store: any Store, _ origin: ImportOrigin) async throws {
        var text = """
            hilist_code,hilist_name,list_type,med_chrgitm_type,chrgitm_lv,selfpay_prop,begndate,enddate,cap_tier3,\
            cap_tier2,cap_tier1,traits,limit,unit\n
            """
        for (index, item) in items.enumerated() {
            let isDrug = index < 20
            // Every fourth item is 乙类, every tenth 丙类, every fifth has a cap below its price at a first-tier hospital.
            let (level, ratio) = index % 10 == 9 ? ("03", "1") : index % 4 == 3 ? ("02", "0.1") : ("01", "0")
            let cap = index % 5 == 4 ? UnitPrice(microYuan: item.price.microYuan - 1_000_000).description : ""
            text += "\(item.code),\(item.name),\(isDrug ? "101" : "201"),\(isDrug ? "09" : "05"),\(level),\(ratio),"
            text += "2020-01-01,,\(cap),\(cap),\(cap),,,\(isDrug ? "盒" : "次")\n"
        }
        let sheet = try Catalogue.readItems(text, file: "items.csv")
        let diagnoses = try Catalogue.readCodes(
            "code,name\nI10.x00x002,高血压\nE11.900,2型糖尿病\nJ18.900,肺炎\nK35.900,急性阑尾炎\n", file: "diagnoses.csv",
            table: .diagnosis, first: Day(number: 18_262))
        try await store.write { tx in
            _ = try Catalogue.importItems(tx, sheet, by: origin)
            _ = try Catalogue.importCodes(tx, diagnoses, table: .diagnosis, by: origin)
        }
    }
}
