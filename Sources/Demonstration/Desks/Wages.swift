import Basics
import Control

/// Wages as employers declare them (缴费工资申报): of all their people in January, of newcomers before their first month.
struct Wages: Sendable {
    private let work: DeskWork
    private let county: County
    private let employers: [ID<Employer>]

    init(_ work: DeskWork, county: County, employers: [ID<Employer>]) {
        self.work = work
        self.county = county
        self.employers = employers
    }

    /// Every employer's declaration for a year.
    func declareAll(_ year: Int, at moment: Moment) async throws {
        var people: [Int: [Int]] = [:]
        for (index, resident) in county.residents.enumerated() where resident.isWorking(on: moment.day) {
            if let employer = resident.employer(on: moment.day) { people[employer, default: []].append(index) }
        }
        try await hand(people, year: year, from: nil, at: moment)
    }

    /// The wages of those who join from a month on; January's joiners are in the year's declaration.
    func declare(_ joined: [Int: [Int]], from month: Month, on day: Day) async throws {
        if month.month == 1 { return }
        try await hand(joined, year: month.year, from: month, at: Moment(day, hour: 12))
    }

    private func hand(_ lists: [Int: [Int]], year: Int, from month: Month?, at moment: Moment) async throws {
        let name = month.map { "\($0)新增" } ?? "\(year)年"
        try await work.each(lists.sorted { $0.key < $1.key }) { number, list in
            let lines = list.value.map { index in
                let resident = county.residents[index]
                return
                    "01,\(resident.nationalID),\(resident.name),\(wage(of: resident, in: year)),\(month?.description ?? "")"
            }
            try await work.carry(
                "contributions.wages.declare",
                ["employer": employers[list.key].description, "year": String(year)],
                sheet: DeskWork.Sheet("\(name)工资申报.csv", heading: "证件类型,证件号码,姓名,月平均工资,起始月", lines),
                at: moment + Int64(number % 400) * 60, turn: number)
        }
    }

    /// Between 3,200 and 24,000 yuan, a twentieth more each year.
    private func wage(of resident: County.Resident, in year: Int) -> Money {
        var random = SeededRandom(seed: county.seed &* 17 &+ UInt64(resident.number))
        let wage = Int64(random.within(3_200...9_000)) * (random.chance(60_000) ? 3 : 1)
        return Money(yuan: wage + wage * Int64(year - 2024) / 20)
    }
}
