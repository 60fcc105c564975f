import Agency
import Basics
import Control
import Enrolment
import Storage

/// What the months bring to people's insurance (参保年历): on the 2nd the villages' lists of children born and people
/// come, and the civil affairs' list of the poor; on the 10th their list of the dead; on the 28th what changes with the
/// coming month: work taken and left, retirement, school. Whoever leaves for good is dealt with on the day.
struct PeopleMonths: Sendable {
    private let work: DeskWork
    private let county: County
    private let register: CountyRegister
    private let employers: [ID<Employer>]
    private let wages: Wages
    /// Residents by the month that brings them to the desks.
    private let newcomers: [Month: [Int]]
    private let turns: [Month: [Int]]
    private let poor: [Month: [Int]]
    private let noLongerPoor: [Month: [Int]]
    private let dead: [Month: [Int]]
    private let leavers: [Day: [Int]]

    init(_ work: DeskWork, county: County, register: CountyRegister, employers: [ID<Employer>]) {
        self.work = work
        self.county = county
        self.register = register
        self.employers = employers
        wages = Wages(work, county: county, employers: employers)
        func group<Key>(_ key: (County.Resident) -> Key?) -> [Key: [Int]] {
            var groups: [Key: [Int]] = [:]
            for (index, resident) in county.residents.enumerated() {
                if let key = key(resident) { groups[key, default: []].append(index) }
            }
            return groups
        }
        newcomers = group { resident in
            guard resident.enrolled >= county.first else { return nil }
            return resident.category == .newborn ? resident.enrolled.month + 1 : resident.enrolled.month
        }
        turns = group { $0.turn?.day.month }
        poor = group { resident in
            guard let assistance = resident.assistance, assistance.from != resident.enrolled || resident.isNew(county)
            else { return nil }
            return max(assistance.from, resident.enrolled).month + (resident.category == .newborn ? 1 : 0)
        }
        noLongerPoor = group { $0.assistance?.until.map { ($0 + 1).month } }
        dead = group { $0.departure?.cause == .death ? $0.departure?.day.month : nil }
        leavers = group { $0.departure?.cause == .leaving ? $0.departure?.day : nil }
    }

    func live(_ day: Day) async throws {
        let month = day.month
        if let leaving = leavers[day] { try await leave(leaving, on: day) }
        switch day - month.first {
        case 1:
            try await enrol(newcomers[month] ?? [], on: day)
            try await assist(poor[month] ?? [], on: day)
            try await endAssistance(noLongerPoor[month] ?? [], on: day)
        case 9: try await bury(dead[month + -1] ?? [], on: day)
        case 12: try await closeAccounts(dead[month + -1] ?? [], on: day)
        case 27:
            try await turn(turns[month + 1] ?? [], into: month + 1, on: day)
            try await retireAfterPayment(turns[month] ?? [], on: day)
        default: break
        }
    }

    private func resident(_ index: Int) -> County.Resident { county.residents[index] }

    // MARK: Coming

    private static let heading = "姓名,证件号码,人员类别,开始日期,街道乡镇代码,确认不是同名人员"

    /// The villages' lists of children born last month and of people come this month; a child in four is brought to the
    /// counter instead. Each pays for the year.
    private func enrol(_ people: [Int], on day: Day) async throws {
        let own = people.filter { resident($0).category == .newborn && $0 % 4 == 0 }
        try await work.each(own) { number, index in
            try await work.carry(
                "enrolment.person.register", form(resident(index)), at: Moment(day, hour: 9) + Int64(number) * 300,
                turn: number)
        }
        let others = Dictionary(grouping: people.filter { !own.contains($0) }) { resident($0).town }
        try await work.each(others.sorted { $0.key < $1.key }) { number, list in
            let town = county.towns[list.key]
            let lines = list.value.map { index in
                let resident = resident(index)
                return [
                    resident.name, resident.nationalID, resident.category.name, resident.enrolled.description,
                    town.code, "是",
                ].joined(separator: ",")
            }
            try await work.carry(
                "enrolment.list.residents", [:],
                sheet: DeskWork.Sheet("\(town.name)\(day.month)新参保.csv", heading: Self.heading, lines),
                at: Moment(day, hour: 10) + Int64(number) * 300, turn: number)
        }
        let unknown = Set(try await register.look(up: people, in: work.agency.store))
        try await bill(people.filter { !unknown.contains($0) }, on: day)
    }

    private func form(_ resident: County.Resident) -> [String: String] {
        [
            "paperKind": "1", "paperNumber": resident.nationalID, "name": resident.name,
            "sex": String(resident.sex.rawValue), "birth": resident.birth.description, "ethnicity": "01",
            "division": county.towns[resident.town].code, "isDistinct": "1",
            "category": String(resident.category.rawValue), "from": resident.enrolled.description,
        ]
    }

    private func bill(_ people: [Int], on day: Day) async throws {
        let years = people.flatMap { index in
            (resident(index).enrolled.year...day.year).map { (index, $0) }
        }
        try await work.each(years) { number, item in
            guard let person = register[item.0] else { return }
            try await work.carry(
                "contributions.bill.resident", ["person": person.description, "year": String(item.1)],
                at: Moment(day, hour: 11) + Int64(number % 200) * 60, turn: number)
        }
    }

    // MARK: The poor

    private func assist(_ people: [Int], on day: Day) async throws {
        let lines = people.compactMap { index -> String? in
            let resident = resident(index)
            guard let assistance = resident.assistance, register[index] != nil, resident.isInsured(on: day) else {
                return nil
            }
            return "\(resident.name),\(resident.nationalID),\(assistance.group.name),\(assistance.from),"
        }
        if lines.isEmpty { return }
        try await work.once {
            try await work.carry(
                "enrolment.list.assisted", [:],
                sheet: DeskWork.Sheet(
                    "示范市民政\(day.month)救助对象.csv", heading: "姓名,证件号码,救助对象类别,开始日期,结束日期", lines),
                at: Moment(day, hour: 14))
        }
    }

    private func endAssistance(_ people: [Int], on day: Day) async throws {
        try await work.each(people) { number, index in
            guard let assistance = resident(index).assistance, let until = assistance.until,
                let person = register[index], resident(index).isInsured(on: until)
            else { return }
            try await work.carry(
                "enrolment.person.status",
                [
                    "person": person.description, "status": String(assistance.group.rawValue),
                    "from": assistance.from.description, "until": until.description, "ground": "民政部门退出名单",
                ], at: Moment(day, hour: 15) + Int64(number) * 300, turn: number)
        }
    }

    // MARK: What changes with the coming month

    private func turn(_ people: [Int], into month: Month, on day: Day) async throws {
        var left: [Int: [Int]] = [:]
        var joined: [Int: [Int]] = [:]
        var schooled: [Int: [Int]] = [:]
        var retired: [Int] = []
        for index in people where register[index] != nil {
            switch resident(index).turn {
            case .hired(_, let place): joined[place, default: []].append(index)
            case .moved(_, let place):
                if let former = resident(index).employer { left[former, default: []].append(index) }
                joined[place, default: []].append(index)
            case .schooled(_, let place): schooled[place, default: []].append(index)
            case .retired: retired.append(index)
            case nil: break
            }
        }
        try await remove(left, last: month.first - 1, on: day)
        try await hand("enrolment.list.joiners", "增员", joined, from: month.first, on: day)
        try await hand("enrolment.list.students", "新生", schooled, from: month.first, on: day)
        try await wages.declare(joined, from: month, on: day)
        try await retire(retired, on: day)
    }

    /// An employer's or a school's list of whom it enrols from a day on.
    private func hand(
        _ kind: String, _ name: String, _ lists: [Int: [Int]], from first: Day, on day: Day
    ) async throws {
        try await work.each(lists.sorted { $0.key < $1.key }) { number, list in
            let lines = list.value.map { index in
                let resident = resident(index)
                return [
                    resident.name, resident.nationalID, resident.category(on: first).name, first.description,
                    county.towns[resident.town].code, "",
                ].joined(separator: ",")
            }
            try await work.carry(
                kind, ["employer": employers[list.key].description],
                sheet: DeskWork.Sheet(
                    "\(county.employers[list.key].name)\(first.month)\(name).csv", heading: Self.heading, lines),
                at: Moment(day, hour: 10) + Int64(number) * 300, turn: number)
        }
    }

    private func remove(_ lists: [Int: [Int]], last: Day, on day: Day) async throws {
        try await work.each(lists.sorted { $0.key < $1.key }) { number, list in
            let lines = list.value.map { index in
                "\(resident(index).name),\(resident(index).nationalID),\(last),\(SpellReason.leftEmployer.name)"
            }
            try await work.carry(
                "enrolment.list.leavers", ["employer": employers[list.key].description],
                sheet: DeskWork.Sheet(
                    "\(county.employers[list.key].name)\(last)减员.csv", heading: "姓名,证件号码,最后日期,减员原因", lines),
                at: Moment(day, hour: 9) + Int64(number) * 300, turn: number)
        }
    }

    // MARK: Retirement

    /// One in eight lacks twenty months, which he pays at once.
    private static func lacksMonths(_ index: Int) -> Bool { index % 8 == 0 }

    private func retire(_ people: [Int], on day: Day) async throws {
        try await work.each(people) { number, index in
            let moment = Moment(day, hour: 13) + Int64(number % 100) * 120
            try await decide(index, on: day, at: moment, turn: number)
            guard Self.lacksMonths(index), let person = register[index] else { return }
            try await work.carry(
                "contributions.lump", ["person": person.description], at: moment + 7_200, turn: number)
        }
    }

    /// Whoever has paid the missing months meanwhile is assessed once more.
    private func retireAfterPayment(_ turned: [Int], on day: Day) async throws {
        let people = turned.filter { index in
            if case .retired? = resident(index).turn { Self.lacksMonths(index) } else { false }
        }
        try await work.each(people) { number, index in
            try await decide(index, on: day, at: Moment(day, hour: 15) + Int64(number) * 300, turn: number)
        }
    }

    private func decide(_ index: Int, on day: Day, at moment: Moment, turn: Int) async throws {
        guard let person = register[index] else { return }
        let months = resident(index).sex == .male ? 360 : 300
        let lacks = Self.lacksMonths(index)
        let form = [
            "person": person.description, "day": day.description, "local": "180", "deemed": "0",
            "paid": String(months + (lacks ? -20 : 6)), "differs": "原系统缴费记录和职工档案", "way": lacks ? "2" : "1",
        ]
        try await work.carry("enrolment.retirement", form, at: moment, turn: turn)
    }

    // MARK: Leaving

    private func leave(_ people: [Int], on day: Day) async throws {
        let last = day - 1
        let lists = Dictionary(grouping: people.filter { resident($0).employer(on: last) != nil }) {
            resident($0).employer(on: last)!
        }
        try await remove(lists, last: last, on: day)
        let others = people.filter { resident($0).employer(on: last) == nil }
        try await work.each(others) { number, index in
            guard let person = register[index] else { return }
            try await work.carry(
                "enrolment.spell.act",
                [
                    "person": person.description, "insurance": String(resident(index).insurance(on: last).rawValue),
                    "action": "1", "day": last.description, "reason": String(SpellReason.transferOut.rawValue),
                    "ground": "本人迁往外地并在当地参保",
                ], at: Moment(day, hour: 10) + Int64(number) * 300, turn: number)
        }
    }

    /// The civil affairs' list of last month's dead.
    private func bury(_ people: [Int], on day: Day) async throws {
        let lines = people.filter { register[$0] != nil }.compactMap { index in
            resident(index).departure.map {
                "\(resident(index).name),\(resident(index).nationalID),\($0.day),示死证\($0.day.compact)\(index)"
            }
        }
        if lines.isEmpty { return }
        try await work.once {
            try await work.carry(
                "enrolment.list.deaths", [:],
                sheet: DeskWork.Sheet(
                    "示范市民政\(day.month + -1)死亡人员.csv", heading: "姓名,证件号码,死亡日期,死亡证明编号", lines),
                at: Moment(day, hour: 9))
        }
    }

    /// What the dead leave on their accounts goes to their families (个人账户清退).
    private func closeAccounts(_ people: [Int], on day: Day) async throws {
        let owners = people.filter { resident($0).openingBalance > .zero }
        try await work.each(owners) { number, index in
            guard let person = register[index] else { return }
            try await work.carry(
                "accounts.close",
                [
                    "person": person.description, "reason": "1", "payee": "bank", "payee_name": "示例继承人",
                    "payee_account": "示范银行演示支行 99010000\(String(1_000_000 + index).dropFirst())",
                ], at: Moment(day, hour: 10) + Int64(number) * 300, turn: number)
        }
    }
}

extension County.Resident {
    fileprivate func isNew(_ county: County) -> Bool { enrolled >= county.first }
}
