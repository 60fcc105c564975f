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

/// The first steps of an agency (建账): what `yibao init` and `yibao import` do, for an invented county. Every row
/// passes through the desks' own imports, as CSV text like a real county's files.
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
                tx, area: area, plan, on: Ground(by: origin.actor, reason: "示范县建立", at: origin.at))
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

    // MARK: Employers

    /// Registers every employer at the desk, a minute apart, and the neighbouring city with which people's insurance
    /// is exchanged; answers the employers' numbers in the county's order.
    func registerEmployers(_ work: DeskWork) async throws -> [ID<Employer>] {
        let morning = origin.at + 5_400
        try await register(area, "示范市医疗保障中心", work, at: morning)
        try await register(DeskDiary.neighbour, "邻市医疗保障中心(演示)", work, at: morning + 3_600)
        for (number, employer) in county.employers.enumerated() {
            var form = employer.form
            form["day"] = origin.at.day.description
            try await work.carry(
                "enrolment.employer.register", form, at: morning + Int64(number % 400) * 60, turn: number)
        }
        let (area, codes) = (area, try county.employers.map { try CreditCode($0.creditCode) })
        return try await agency.store.read { tx in
            try codes.map { code in
                guard let employer = try Enrolment.employer(tx, area: area, creditCode: code) else {
                    throw Problem("demonstration.employer", field: code.description, "单位登记后查不到,请重新生成示范县")
                }
                return employer.id
            }
        }
    }

    private func register(_ peer: AreaCode, _ name: String, _ work: DeskWork, at moment: Moment) async throws {
        try await work.carry(
            "portability.peer.register",
            [
                "area": peer.description, "name": name, "address": "示范市演示大街 1 号", "phone": "000-12345678",
                "bank": "示范银行演示支行", "account": "\(name) 9901000000001",
            ], at: moment)
    }

    // MARK: People

    /// Imports the people with their insurance, statuses and accounts; answers their numbers in the county's order.
    func importPeople() async throws -> [ID<Person>] {
        let people = try Enrolment.readPeople(peopleText(), file: "示范市人员.csv")
        let spells = try Enrolment.readSpells(spellsText(), file: "示范市参保时段.csv")
        let statuses = try Enrolment.readStatuses(statusesText(), file: "示范市人员身份.csv")
        let openings = try Contributions.readOpenings(openingsText(), file: "示范市账户余额.csv")
        let sharings = try Contributions.readSharings(sharingsText(), file: "示范市家庭共济.csv")
        let origin = origin
        try await agency.store.write { tx in
            let find: Contributions.FindPerson = { person in
                try Enrolment.find(
                    tx, area: origin.area, paper: IdentityPaper(kind: .residentID, checked: person.paperNumber))
            }
            _ = try Enrolment.importPeople(tx, people, by: origin)
            _ = try Enrolment.importSpells(tx, spells, by: origin)
            _ = try Enrolment.importStatuses(tx, statuses, by: origin)
            _ = try Agency.importOpenings(tx, openings, by: origin, find: find)
            _ = try Contributions.importSharings(tx, sharings, by: origin, find: find)
        }
        return try await numbers()
    }

    private func numbers() async throws -> [ID<Person>] {
        let (area, residents) = (area, county.residents)
        return try await agency.store.read { tx in
            try residents.map { resident in
                let paper = IdentityPaper(kind: .residentID, checked: resident.nationalID)
                guard let id = try Enrolment.find(tx, area: area, paper: paper) else {
                    throw Problem("demonstration.person", field: resident.nationalID, "人员导入后查不到,请重新生成示范县")
                }
                return id
            }
        }
    }

    private func peopleText() -> String {
        var text = "psn_cert_type,certno,psn_name,gend,brdy,naty,card_no\n"
        for resident in county.residents {
            text += "01,\(resident.nationalID),\(resident.name),\(resident.sex.rawValue),\(resident.birth),01,"
            text += "SF\(String(1_000_000_000 + resident.number).dropFirst())\n"
        }
        return text
    }

    private func spellsText() -> String {
        var text = "psn_cert_type,certno,insutype,psn_type,begndate,enddate,emp_uscc,emp_name\n"
        for resident in county.residents {
            let last = resident.left.map { "\($0 - 1)" } ?? ""
            text += "01,\(resident.nationalID),\(resident.category.insurance.rawValue),\(resident.category.rawValue),"
            text += "\(resident.enrolled),\(last),"
            text += resident.employer.map { "\(county.employers[$0].creditCode),\(county.employers[$0].name)" } ?? ","
            text += "\n"
        }
        return text
    }

    private func statusesText() -> String {
        var text = "psn_cert_type,certno,psn_idet_type,begndate,enddate\n"
        for resident in county.residents {
            var kinds: [Int64] = []
            if let assistance = resident.assistance { kinds.append(assistance.rawValue) }
            if [.civilServant, .retiredCivilServant].contains(resident.category) { kinds.append(320) }
            if resident.hasEnterpriseSupplement { kinds.append(370) }
            for kind in kinds { text += "01,\(resident.nationalID),\(kind),\(resident.enrolled),\n" }
        }
        return text
    }

    private func openingsText() -> String {
        var text = "psn_cert_type,certno,balc\n"
        for resident in county.residents where resident.openingBalance > .zero {
            text += "01,\(resident.nationalID),\(resident.openingBalance)\n"
        }
        return text
    }

    /// In every other household the first who has an account lets those without one use it.
    private func sharingsText() -> String {
        var text = "owner_cert_type,owner_certno,psn_cert_type,certno,relation,begndate\n"
        var owner: County.Resident?
        for resident in county.residents {
            if resident.household != owner?.household { owner = nil }
            if owner == nil, resident.openingBalance > .zero { owner = resident }
            guard let owner, owner.number != resident.number, owner.household % 2 == 0,
                resident.openingBalance == .zero
            else { continue }
            text += "01,\(owner.nationalID),01,\(resident.nationalID),\(Self.relation(of: resident, to: owner)),"
            text += "\(max(county.first, resident.enrolled))\n"
        }
        return text
    }

    private static func relation(of resident: County.Resident, to owner: County.Resident) -> Int64 {
        let years = (resident.birth - owner.birth) / 365
        let relation: FamilyRelation =
            if years >= 16 { .child } else if years <= -16 { .parent } else if resident.sex != owner.sex {
                .spouse
            } else {
                .otherRelative
            }
        return relation.rawValue
    }

    // MARK: Filings

    /// Registers the long-term conditions (2503 慢特病备案) at a hospital that may certify them.
    func fileConditions(_ people: [ID<Person>]) async throws -> Int {
        let certifiers = county.institutions.filter { $0.tier >= .second && !$0.isPharmacy }
        let names = try diseaseNames()
        var count = 0
        for (index, resident) in county.residents.enumerated() {
            guard resident.left.map({ $0 > county.first }) ?? true else { continue }
            for condition in resident.conditions {
                let hospital = certifiers[index % certifiers.count]
                count += 1
                let request = FilingRequest(
                    kind: .chronicDisease, person: people[index], insurance: resident.category.insurance,
                    providerCode: hospital.code, providerName: hospital.name, code: condition,
                    name: names[condition] ?? condition, first: max(county.first, resident.enrolled), last: nil)
                let message = MessageNumber(
                    provider: hospital.code, at: origin.at + Int64(count / 1_000), serial: count)
                _ = try await agency.file(request, message.head("2503", area: area, operatorCode: "备案"))
            }
        }
        return count
    }

    private func diseaseNames() throws -> [String: String] {
        let table = try CSVTable(
            files.chronicDiseases.text, file: files.chronicDiseases.name, required: ["code", "name"])
        return Dictionary(table.rows.map { ($0["code"], $0["name"]) }) { first, _ in first }
    }

    // MARK: Staff

    /// Takes on the people of the county's agency with their posts; nobody can sign in before the passwords are handed
    /// out.
    func takeOnStaff() async throws {
        let (area, people) = (area, try staff())
        let ground = Ground(by: origin.actor, reason: "示范县建立", at: origin.at)
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
