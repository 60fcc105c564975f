import Agency
import Basics
import Catalogue
import Contributions
import Control
import Enrolment
import Fund
import Policy
import Providers
import Seals
import Settlement
import Storage

/// The first steps of an agency (建账): what `yibao init` and `yibao import` do, for an invented county: posts, books,
/// catalogues, institutions, and the balances of accounts pass through the desks' own imports, as CSV text like a real
/// county's files. Employers and people come by matters: see `Opening`.
struct Founding {
    let agency: Agency
    let county: County
    let files: DemonstrationFiles
    let origin: ImportOrigin

    private var area: AreaCode { county.area }
    private var lawBegins: Day { Demonstration.lawBegins }

    // MARK: Catalogues and books

    func importCatalogues() async throws {
        let terms = try Catalogue.readTerms(files.terms.text, file: files.terms.name)
        let origin = origin
        for file in [files.drugs, files.services, files.consumables] {
            let sheet = try Catalogue.readItems(file.text, file: file.name, terms: terms)
            try await agency.store.write { tx in _ = try Catalogue.importItems(tx, sheet, by: origin) }
        }
        let tables: [(DemonstrationFiles.File, CodeTable)] = [
            (files.diagnoses, .diagnosis), (files.procedures, .procedure), (files.chronicDiseases, .chronicDisease),
            (files.divisions, .division), (files.dictionary, .dictionary),
        ]
        for (file, table) in tables {
            let sheet = try Catalogue.readCodes(file.text, file: file.name, table: table, first: lawBegins)
            try await agency.store.write { tx in _ = try Catalogue.importCodes(tx, sheet, table: table, by: origin) }
        }
    }

    func openBooks(signedWith key: SigningKey?) async throws {
        let chart = try Chart(csv: files.chart.text, file: files.chart.name)
        let (area, origin, plan) = (area, origin, files.organisation)
        try await agency.store.write { tx in
            try FundDesk.load(tx, area: area, chart, by: origin.actor, at: origin.at)
            try Organisation.establish(
                tx, area: area, plan, on: Ground("示范县建立", by: origin.actor, at: origin.at))
            try key?.register(tx, area: area, at: origin.at)
        }
    }

    // MARK: Providers

    /// Imports the institutions with their agreements and doctors; answers the key that each signs messages with.
    func importProviders() async throws -> [[UInt8]] {
        var agreements = "fixmedins_code,fixmedins_name,hosp_lv,clr_way,agreement_no,begndate,enddate\n"
        var staff = "fixmedins_code,dept_code,dept_name,dr_code,dr_name\n"
        for (index, institution) in county.institutions.enumerated() {
            agreements += "\(institution.code),\(institution.name),\(institution.tier.rawValue),1,"
            agreements += "示协-\(institution.code),\(lawBegins),2099-12-31\n"
            if institution.isPharmacy { continue }
            for department in Department.allCases {
                for doctor in department.doctors(of: index) {
                    staff += "\(institution.code),\(department.code),\(department.name),\(doctor.code),\(doctor.name)\n"
                }
            }
        }
        let agreementSheet = try Providers.readAgreements(agreements, file: "示范市定点机构.csv")
        let staffSheet = try Providers.readStaff(staff, file: "示范市医师.csv")
        let keys = county.institutions.map { _ in SecureRandom.bytes(32) }
        let codes = try county.institutions.map { try InstitutionCode($0.code) }
        let (area, origin) = (area, origin)
        try await agency.store.write { tx in
            _ = try Providers.importAgreements(tx, agreementSheet, by: origin)
            _ = try Providers.importStaff(tx, staffSheet, by: origin)
            for (code, key) in zip(codes, keys) {
                guard let id = try Providers.providerID(tx, area: area, code: code) else { continue }
                try Providers.setKey(
                    tx, area: area, provider: id, ProviderKey(kind: .hmac, bytes: key), by: origin.actor, at: origin.at)
            }
        }
        return keys
    }

    // MARK: Accounts

    /// Imports what the former system kept of personal accounts (期初余额).
    func importAccounts() async throws {
        let openings = try Contributions.readOpenings(openingsText(), file: "示范市账户余额.csv")
        let origin = origin
        try await agency.store.write { tx in
            let find: Contributions.FindPerson = { person in
                try Enrolment.find(
                    tx, area: origin.area, paper: IdentityPaper(kind: .residentID, checked: person.paperNumber))
            }
            _ = try Agency.importOpenings(tx, openings, by: origin, find: find)
        }
    }

    private func openingsText() -> String {
        var text = "psn_cert_type,certno,balc\n"
        for resident in county.residents where resident.openingBalance > .zero {
            text += "01,\(resident.nationalID),\(resident.openingBalance)\n"
        }
        return text
    }

    /// The items that the county's hospitals charge, each once.
    func chargedItems() throws -> [String] {
        let illnesses = try Illnesses(illnesses: files.illnesses.text, baskets: files.baskets.text)
        return Set(illnesses.baskets.values.joined().map(\.item)).sorted()
    }

    // MARK: Staff

    /// Takes on the people of the county's agency with their posts; nobody can sign in before the passwords are handed
    /// out.
    func takeOnStaff() async throws {
        let (area, people) = (area, try staff())
        let ground = Ground("示范县建立", by: origin.actor, at: origin.at)
        try await agency.store.write { tx in
            for person in people {
                let staff = try Staff.open(
                    tx, area: area, login: person.login, displayName: person.name, on: ground)
                for post in person.posts {
                    try Organisation.grant(tx, area: area, post, to: staff, from: ground.at.day, on: ground)
                }
            }
        }
    }

    /// Gives every account a password that works at once; each is random and shown once.
    func handOutPasswords(at now: Moment) async throws -> [Demonstration.Login] {
        var logins: [Demonstration.Login] = []
        let (area, plan) = (area, files.organisation)
        for person in try staff() {
            let (password, credential) = await Credential.ready()
            try await agency.store.write { tx in
                guard let name = LoginName(person.login), let account = try Staff.find(tx, area: area, login: name)
                else { throw StoreError.failed("the county lacks \(person.login)") }
                try Staff.changePassword(tx, area: area, staff: account.id, to: credential, at: now)
            }
            logins.append(
                Demonstration.Login(
                    posts: person.posts.map(plan.name).joined(separator: "、"), login: person.login,
                    password: password))
        }
        return logins
    }

    private func staff() throws -> [(login: String, name: String, posts: [PostCode])] {
        try CSVTable(files.staff.text, file: files.staff.name, required: ["login", "name", "posts"]).rows.map { row in
            (row["login"], row["name"], row["posts"].split(separator: " ").map { PostCode(String($0)) })
        }
    }
}

/// The departments of every hospital of the county (科室).
enum Department: Int, CaseIterable, Sendable {
    case medicine = 1
    case surgery
    case paediatrics
    case obstetrics

    var code: String { "0\(rawValue)" }

    var name: String {
        switch self {
        case .medicine: "内科"
        case .surgery: "外科"
        case .paediatrics: "儿科"
        case .obstetrics: "妇产科"
        }
    }

    struct Doctor: Sendable {
        let code: String
        let name: String
    }

    /// Two doctors each; `institution` is the place in the county's list.
    func doctors(of institution: Int) -> [Doctor] {
        (1...2).map { number in
            let digits = String(100_000_000 + institution * 100 + rawValue * 10 + number).dropFirst()
            return Doctor(
                code: "D9901\(digits)", name: "示例医师\(County.cycle[(institution * 7 + rawValue * 2 + number) % 60])")
        }
    }

    /// Where somebody of this age with this diagnosis is treated, by the chapters of ICD-10.
    init(diagnosis: String, age: Int) {
        if diagnosis.hasPrefix("O") || diagnosis.hasPrefix("Z34") {
            self = .obstetrics
        } else if age < 14 {
            self = .paediatrics
        } else {
            let surgical = ["S", "K35", "K80", "M", "N40", "H", "K04"]
            self = surgical.contains(where: diagnosis.hasPrefix) ? .surgery : .medicine
        }
    }
}
