import Agency
import Basics
import Control
import Enrolment
import Storage

/// The agency's first day at the desks (开账): towns, employers and schools, the city next door, and everybody whom the
/// former system insured, list by list.
struct Opening: Sendable {
    let work: DeskWork
    let county: County
    /// When the desks open.
    let morning: Moment

    // MARK: Whom the agency deals with

    func setTowns() async throws {
        try await work.once {
            try await work.carry(
                "enrolment.towns.set", [:],
                sheet: DeskWork.Sheet(
                    "示范市乡镇名录.csv", heading: "乡镇代码,乡镇名称,包片科室", county.towns.map { "\($0.code),\($0.name),参保登记科" }),
                at: morning)
        }
    }

    /// Registers every employer, a minute apart, and the neighbouring city with which people's insurance is exchanged;
    /// answers the employers' numbers in the county's order.
    func registerEmployers() async throws -> [ID<Employer>] {
        let peers = [(county.area, "示范市医疗保障经办中心"), (DeskDiary.neighbour, "邻市医疗保障经办中心(演示)")]
        try await work.each(peers) { number, peer in
            try await register(peer.0, peer.1, at: morning + Int64(number) * 3_600)
        }
        let day = morning.day.description
        try await work.each(county.employers) { number, employer in
            var form = employer.form
            form["day"] = day
            form["division"] = county.towns[number % county.towns.count].code
            try await work.carry(
                "enrolment.employer.register", form, at: morning + Int64(number % 400) * 60, turn: number)
        }
        let (area, codes) = (county.area, try county.employers.map { try CreditCode($0.creditCode) })
        return try await work.agency.store.read { tx in
            try codes.map { code in
                guard let employer = try Enrolment.employer(tx, area: area, creditCode: code) else {
                    throw Problem("demonstration.employer", field: code.description, "单位登记后查不到,请重新生成示范县")
                }
                return employer.id
            }
        }
    }

    private func register(_ peer: AreaCode, _ name: String, at moment: Moment) async throws {
        try await work.carry(
            "portability.peer.register",
            [
                "area": peer.description, "name": name, "address": "示范市演示大街 1 号", "phone": "000-12345678",
                "bank": "示范银行演示支行", "account": "\(name) 9901000000001",
            ], at: moment)
    }

    // MARK: Whom it takes over

    private struct List: Sendable {
        let form: [String: String]
        let name: String
        let people: [Int]
    }

    private static let heading = "姓名,证件号码,人员类别,开始日期,人员身份,街道乡镇代码,确认不是同名人员"

    /// Takes over everybody who was insured before the first day (期初接收): a list of each employer's people, and one of
    /// each town's others.
    func takeOver(_ employers: [ID<Employer>], into register: CountyRegister) async throws {
        let insured = county.residents.indices.filter { county.residents[$0].enrolled < county.first }
        let ofEmployers = Dictionary(grouping: insured.filter { county.residents[$0].employer != nil }) {
            county.residents[$0].employer!
        }
        let ofTowns = Dictionary(grouping: insured.filter { county.residents[$0].employer == nil }) {
            county.residents[$0].town
        }
        let lists =
            ofEmployers.sorted { $0.key < $1.key }.map { employer, people in
                List(
                    form: ["employer": employers[employer].description], name: county.employers[employer].name,
                    people: people)
            }
            + ofTowns.sorted { $0.key < $1.key }.map { town, people in
                List(form: [:], name: county.towns[town].name, people: people)
            }
        try await work.each(lists) { number, list in
            let lines = list.people.map { line(of: county.residents[$0]) }
            try await work.carry(
                "enrolment.list.opening", list.form,
                sheet: DeskWork.Sheet("\(list.name)期初参保名单.csv", heading: Self.heading, lines),
                at: morning + 7_200 + Int64(number % 400) * 60, turn: number)
        }
        if let missing = try await register.look(up: insured, in: work.agency.store).first {
            throw Problem(
                "demonstration.person", field: county.residents[missing].nationalID, "期初名单办理后查不到此人,请重新生成示范县")
        }
    }

    private func line(of resident: County.Resident) -> String {
        [
            resident.name, resident.nationalID, resident.category.name, resident.enrolled.description,
            standing(of: resident)?.name ?? "", county.towns[resident.town].code, "是",
        ].joined(separator: ",")
    }

    /// What the former system knew besides: groups of assistance, and who has a supplementary insurance.
    private func standing(of resident: County.Resident) -> SpecialStatus.Kind? {
        if let assistance = resident.assistance, assistance.from == resident.enrolled {
            return .assistance(assistance.group)
        }
        if [.civilServant, .retiredCivilServant].contains(resident.category) { return .civilServantSubsidy }
        return resident.hasEnterpriseSupplement ? .enterpriseSupplement : nil
    }
}
