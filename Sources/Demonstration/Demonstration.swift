import Agency
import Basics
import Control
import Enrolment
import Policy
import Providers
import Seals
import Settlement
import Storage

/// Makes the demonstration county in an empty store (示范县): the first steps of an agency, then two years of visits
/// settled through the counter's own flows, each at its own moment.
///
///     let made = try await Demonstration(people: 2_000, seed: 1, until: now).make(
///         in: store, policies: book, files: files, key: key) { progress in … }
///     print(made.settlements, made.logins)
///
/// The same people, seed, moment and files make the same county, number for number.
public struct Demonstration: Sendable {
    /// What a run did.
    public struct Result: Sendable {
        public var logins: [Login] = []
        public var institutions: [Key] = []
        /// Somebody insured, with an account and not in hospital, to try the counter with.
        public var sample: (certificate: String, name: String) = ("", "")
        public var people = 0
        public var filings = 0
        public var tally = Tally()
    }

    public struct Login: Sendable {
        /// The names of the posts, by which one finds the right account.
        public let posts: String
        public let login: String
        public let password: String
    }

    /// An institution and the key that it signs messages with.
    public struct Key: Sendable {
        public let code: String
        public let name: String
        public let isPharmacy: Bool
        public let key: [UInt8]
    }

    /// How far a run has come.
    public enum Progress: Sendable {
        case step(String)
        /// Days done of all, the last of them, and what has been settled so far.
        case day(Day, done: Int, of: Int, tally: Tally)
    }

    public static let area = AreaCode(990_100)
    /// No law of the demonstration city is older.
    public static let lawBegins = Day(year: 2024, month: 1, day: 1)!

    let people: Int
    let seed: UInt64
    let until: Moment

    /// - Parameter until: the county's last moment; stays not ended by then are left open.
    public init(people: Int, seed: UInt64, until: Moment) throws {
        guard people >= 50 else {
            throw Problem("demonstration.people", field: "--people", "示范县至少要有 50 人,请改大")
        }
        guard until.day >= Demonstration.lawBegins + 31 else {
            throw Problem("demonstration.until", field: "--until", "示范市的政策从 2024-01-01 起,请改为 2024-02-01 以后的日期")
        }
        self.people = people
        self.seed = seed
        self.until = until
    }

    /// Two years, or as far back as the law reaches.
    private var first: Day { max(Demonstration.lawBegins, until.day - 729) }

    public func make(
        in store: any Store, policies: PolicyBook, files: DemonstrationFiles, key: SigningKey? = nil,
        report: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Result {
        let joint = JointStore(store)
        let county = County(people: people, seed: seed, area: Demonstration.area, first: first, last: until.day)
        let opening = Moment(first, hour: 7)
        return try await DemonstrationClock.$now.withValue(opening) {
            let agency = try await Agency.open(joint, policies: policies) { DemonstrationClock.now }
            let origin = ImportOrigin(area: county.area, actor: .system, at: opening)
            let founding = Founding(agency: agency, county: county, files: files, origin: origin)
            var result = try await found(founding, joint, key, report)
            let desks = try DeskDiary(
                result.work, county: county, register: result.register, employers: result.employers)
            let days = try await Days(
                agency: agency, joint: joint, county: county, register: result.register, files: files,
                hospitals: result.hospitals, desks: desks)
            result.made.tally = try await days.play(until: until, key: key, report: report)
            result.made.tally.filings += result.made.filings
            result.made.tally.refusedMatters = result.work.refused
            result.made.logins = try await founding.handOutPasswords(at: until)
            try await Sealer.seal(joint, area: county.area, at: until)
            result.made.sample = try await sample(
                county, result.register, openStays: await days.inHospital, in: joint)
            return result.made
        }
    }

    private func found(
        _ founding: Founding, _ joint: JointStore, _ key: SigningKey?, _ report: (Progress) -> Void
    ) async throws -> Founded {
        var result = Result(people: people)
        report(.step("建立账套和签名密钥"))
        try await founding.openBooks(signedWith: key)
        try await founding.takeOnStaff()
        report(.step("导入三目录和编码表"))
        try await founding.importCatalogues()
        report(.step("导入定点机构和协议"))
        let keys = try await founding.importProviders()
        result.institutions = zip(founding.county.institutions, keys).map {
            Key(code: $0.code, name: $0.name, isPharmacy: $0.isPharmacy, key: $1)
        }
        let county = founding.county
        let work = try await DeskWork(
            agency: founding.agency, joint: joint, area: county.area, at: founding.origin.at)
        let opening = Opening(work: work, county: county, morning: founding.origin.at + 5_400)
        report(.step("登记 \(county.employers.count) 家参保单位和学校"))
        try await opening.setTowns()
        let employers = try await opening.registerEmployers()
        report(.step("接收 \(people) 人的期初参保名单"))
        let register = CountyRegister(county)
        try await opening.takeOver(employers, into: register)
        report(.step("导入个人账户余额"))
        try await founding.importAccounts()
        founding.agency.refresh()
        report(.step("目录对照、慢特病和定点备案"))
        let hospitals = try HospitalFilings(
            agency: founding.agency, joint: joint, county: county, register: register, files: founding.files,
            charged: founding.chargedItems())
        try await hospitals.mapItems(at: founding.origin.at)
        result.filings = try await hospitals.fileConditions(on: county.first)
        result.filings += try await hospitals.fileChoices(on: county.first)
        return Founded(made: result, register: register, work: work, employers: employers, hospitals: hospitals)
    }

    /// The county on its first evening.
    private struct Founded {
        var made: Result
        let register: CountyRegister
        let work: DeskWork
        let employers: [ID<Employer>]
        let hospitals: HospitalFilings
    }

    /// Somebody for a first try at the windows: at work, covered today, with money in the account.
    private func sample(
        _ county: County, _ register: CountyRegister, openStays: Set<Int>, in store: any Store
    ) async throws -> (certificate: String, name: String) {
        let likely = county.residents.indices.filter { index in
            let resident = county.residents[index]
            return resident.category == .employed && resident.turn == nil && resident.left == nil
                && !openStays.contains(index) && resident.openingBalance > Money(fen: 100_000)
        }
        let day = until.day
        let found = try await store.read { tx in
            try likely.first { index in
                guard let person = register[index] else { return false }
                let insured = try Enrolment.insured(tx, area: county.area, person)
                guard case .covered = insured?.entitlement(on: day, under: .employee) else { return false }
                return true
            }
        }
        return found.map { (county.residents[$0].nationalID, county.residents[$0].name) } ?? ("", "")
    }
}

/// What was done at the windows of the county.
public struct Tally: Sendable, Equatable {
    public var messages = 0
    public var settlements = 0
    public var reversals = 0
    public var lines = 0
    public var openStays = 0
    /// 备案
    public var filings = 0
    /// Visits of people who were not covered on the day: their hospitals were told so and billed them.
    public var selfPaid = 0
    /// Refused messages by the code of their first problem: a county whose visits agree with the law has none.
    public var refused: [String: Int] = [:]
    /// The same of matters.
    public var refusedMatters: [String: Int] = [:]
}

/// The moment that the counter's flows take for now while a county is made.
enum DemonstrationClock {
    @TaskLocal static var now = Moment(seconds: 0)
}

/// The number of a message (发送方报文 ID): institution, moment, and a serial that the institution counts.
struct MessageNumber {
    let provider: String
    let at: Moment
    let serial: Int

    func head(_ transaction: String, area: AreaCode, operatorCode: String) -> MessageHead {
        let digits = String(10_000 + serial % 10_000).dropFirst()
        let id = provider + at.description.filter(\.isNumber) + digits
        // No body is sent, so the number and the transaction stand for the content.
        return MessageHead(
            area: area, provider: provider, messageID: id, transaction: transaction,
            digest: SM3.hash(Array((transaction + id).utf8)), operatorCode: operatorCode)
    }
}
