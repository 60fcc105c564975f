import Agency
import Basics
import Contributions
import Control
import Enrolment
import Storage

/// What happens at the desks now and then (不定期办件): goals set, lists compared, debts put off, blank receipts handed
/// out; and two departments that contradict each other, so that a list stops half-way.
struct Occasions: Sendable {
    private let work: DeskWork
    private let county: County
    private let register: CountyRegister
    private let employers: [ID<Employer>]

    init(_ work: DeskWork, county: County, register: CountyRegister, employers: [ID<Employer>]) {
        self.work = work
        self.county = county
        self.register = register
        self.employers = employers
    }

    func live(_ day: Day) async throws {
        if day == county.first + 4 || day == day.month.first + 4 && day.month.month == 1 { try await setGoals(day) }
        if day == county.first + 8 { try await decideMappings(day) }
        try await moveBlanks(day)
        switch county.last - day {
        case 45: try await put(off: day)
        case 40: try await compare(day)
        case 30: try await agreeInstalments(day)
        case 27: try await contradict(day, isEnded: true)
        case 25: try await contradict(day)
        default: break
        }
    }

    // MARK: Hospitals' items

    /// The hospitals' mappings of their items are approved (目录对照审批), every third hospital's but for two codes; those
    /// of the last hospital wait.
    private func decideMappings(_ day: Day) async throws {
        let hospitals = county.institutions.filter { !$0.isPharmacy }.dropLast()
        try await work.each(Array(hospitals)) { number, hospital in
            var form = ["provider": hospital.code]
            if number % 3 == 2 {
                form["returned"] = "\(HospitalFilings.ownCode(1))\n\(HospitalFilings.ownCode(4))"
                form["reason"] = "规格与国家目录不一致,请核对后重新上传"
            }
            try await work.carry(
                "catalogue.mappings.decide", form, at: Moment(day, hour: 14) + Int64(number) * 300, turn: number)
        }
    }

    // MARK: Goals and lists

    /// The county's goals, split by town (目标任务).
    private func setGoals(_ day: Day) async throws {
        var towns = Array(repeating: 0, count: county.towns.count)
        var employees = 0
        for resident in county.residents where resident.isInsured(on: day) {
            switch resident.insurance(on: day) {
            case .resident: towns[resident.town] += 1
            case .employee: employees += 1
            default: break
            }
        }
        // Two in a hundred more than there are.
        let goals = towns.map { $0 + $0 / 50 + 1 }
        let lines =
            ["\(day.year),居民参保人数,,,\(goals.reduce(0, +))", "\(day.year),职工参保人数,,,\(employees + employees / 50 + 1)"]
            + zip(county.towns, goals).map { "\(day.year),居民参保人数,\($0.code),,\($1)" }
        try await work.once {
            try await work.carry(
                "enrolment.targets.set", [:],
                sheet: DeskWork.Sheet("示范市\(day.year)年目标任务.csv", heading: "年度,指标,乡镇代码,科室,目标", lines),
                at: Moment(day, hour: 15))
        }
    }

    /// The police's list of a town's people, some of whom nobody has enrolled yet (应保未保), and those whom illness has
    /// cost much (防返贫): both go to the towns.
    private func compare(_ day: Day) async throws {
        let town = county.towns[0]
        let own = county.residents.filter { $0.town == 0 && $0.birth < day }
        let lines = own.map { "\($0.nationalID),\($0.name),\(town.code)" } + strangers(in: town, on: day)
        let area = county.area
        let moment = Moment(day, hour: 10)
        try await work.once {
            try await work.carry(
                "enrolment.population.import",
                ["kind": "1", "name": "\(town.name)户籍人口", "asOf": day.description],
                sheet: DeskWork.Sheet("\(town.name)户籍人口.csv", heading: "证件号码,姓名,乡镇代码", lines), at: moment)
            let lists = try await work.agency.store.read { try Enrolment.populationLists($0, area: area) }
            guard let list = lists.max(by: { $0.id < $1.id }) else { return }
            try await work.carry("enrolment.missing.handOver", ["list": list.id.description], at: moment + 7_200)
        }
        try await work.once {
            try await work.carry(
                "enrolment.burden.handOver", ["month": (day.month + -1).description], at: moment + 9_000)
        }
    }

    /// People of the town whom the agency does not know: from the neighbouring invented area's numbers.
    private func strangers(in town: County.Town, on day: Day) -> [String] {
        (1...max(3, county.residents.count / 2_000)).map { number in
            let birth = Day(year: 1960 + number % 50, month: 1 + number % 12, day: 1 + number % 28)!
            let body = "990199\(birth.compact)\(String(1_000 + number % 1_000).dropFirst())"
            return "\(body)\(NationalID.checkDigit(body.utf8)),示外\(County.cycle[number % 60]),\(town.code)"
        }
    }

    // MARK: Debts

    /// An employer in distress may pay three months later (缓缴).
    private func put(off day: Day) async throws {
        let month = day.month
        try await work.once {
            try await work.carry(
                "contributions.defer",
                [
                    "employer": employers[0].description, "first": month.description, "last": (month + 1).description,
                    "pay_by": (month + 4).last.description, "reason": "厂房受灾停产,申请缓缴",
                ], at: Moment(day, hour: 10))
        }
    }

    /// The employer that owes longest pays in three parts (分期缴纳).
    private func agreeInstalments(_ day: Day) async throws {
        let area = county.area
        let owed = try await work.agency.store.read { tx in
            try Contributions.arrears(
                tx, area: area, on: day, limit: 500, lateFees: Agency.lateFees(try Agency.law(tx, area: area))
            ).arrears
        }
        let debtor = owed.lazy.compactMap { arrear -> ID<Employer>? in
            if case .employer(let id) = arrear.bill.payer { id } else { nil }
        }.first
        guard let debtor else { return }
        try await work.once {
            try await work.carry(
                "contributions.instalments",
                [
                    "employer": debtor.description, "first": (day.month + 1).description, "count": "3",
                    "reason": "单位资金周转困难,申请分期缴清",
                ], at: Moment(day, hour: 10))
        }
    }

    // MARK: Blank receipts

    private static let receiptsAMonth = 10

    /// Stocked once, ten handed out a month, eight of them used, one spoilt, one brought back (空白票据).
    private func moveBlanks(_ day: Day) async throws {
        if day == county.first + 1 {
            try await move(1...1_000, .stocked, by: "票据保管员", on: day)
        }
        let months = day.month - county.first.month
        guard months > 0, months < 1_000 / Self.receiptsAMonth else { return }
        let first = Int64((months - 1) * Self.receiptsAMonth + 1)
        switch day - day.month.first {
        case 5: try await move(first...first + 9, .issued, by: "示范镇代收点", on: day)
        case 23:
            try await move(first...first + 7, .used, by: "示范镇代收点", on: day)
            try await move(first + 8...first + 8, .voided, by: "示范镇代收点", on: day)
            try await move(first + 9...first + 9, .returned, by: "示范镇代收点", on: day)
        default: break
        }
    }

    private func move(
        _ numbers: ClosedRange<Int64>, _ movement: BlankMovement, by custodian: String, on day: Day
    ) async throws {
        try await work.once {
            try await work.carry(
                "contributions.blanks.move",
                [
                    "series": "示财(演示)", "movement": String(movement.rawValue), "first": String(numbers.lowerBound),
                    "last": String(numbers.upperBound), "custodian": custodian,
                ], at: Moment(day, hour: 16))
        }
    }

    // MARK: Lists that stop or wait

    private static let assistedHeading = "姓名,证件号码,救助对象类别,开始日期,结束日期"

    /// A list that is to be carried out whole is approved; before the machine comes to it, the counter enters one of its
    /// people from another day. The list stops with the reason (批量办理中止); the department takes one such list back,
    /// and whoever brought it ends it (终止办理).
    private func contradict(_ day: Day, isEnded: Bool = false) async throws {
        let (first, second) = (day.month.first + -31, day.month.first)
        guard let index = unaided(on: first, besides: isEnded ? 4 : 0), let person = register[index] else { return }
        try await work.once {
            var brought = try await work.carry(
                "enrolment.list.assisted", ["whole": "1"], sheet: list("乡村振兴部门", [index], from: second),
                until: .approved, at: Moment(day, hour: 9))
            try await work.carry(
                "enrolment.person.status",
                [
                    "person": person.description, "status": String(AssistanceGroup.lowIncome.rawValue),
                    "from": first.description, "ground": "民政部门低保审批表",
                ], at: Moment(day, hour: 14))
            try await work.runJobs(at: Moment(day, hour: 15))
            if isEnded { try await work.endJob(&brought, "部门来函撤回名单,核对后重新报送", at: Moment(day, hour: 16)) }
        }
    }

    /// An exception of incompatible posts waits for the last voices of the group (会签中).
    func leaveCoSigned(at moment: Moment) async throws {
        guard let clerk = work.holders(of: "enrolment.reception").first,
            let kind = Agency.matterCatalogue[Self.exception],
            let signing = kind.steps.first(where: { $0.signing.isJoint })
        else { return }
        try await work.once {
            var brought = try await work.carry(
                Self.exception,
                [
                    "staff": clerk.description, "one": "enrolment.reception", "other": "enrolment.review",
                    "from": (moment.day + 1).description, "through": (moment.day + 30).description,
                    "reason": "参保复核岗一人产假,补岗到任前临时兼任",
                ], until: .accepted, at: moment + -7_200)
            let deputies = work.holders(of: "deputy").prefix(1)
            for deputy in deputies {
                try await work.act(&brought, .agree("情况属实,请内控领导小组会签"), by: deputy, at: moment + -5_400)
            }
            brought.acted += deputies
            try await work.cosign(&brought, signing, voices: 1, at: moment + -3_600)
        }
    }

    private static let exception = "control.post.exception"

    /// The county's last list is approved and waits for the machine (批量办理中).
    func leaveApproved(at moment: Moment) async throws {
        let people = (1...3).compactMap { unaided(on: moment.day, besides: $0) }
        if people.isEmpty { return }
        try await work.once {
            try await work.carry(
                "enrolment.list.assisted", [:], sheet: list("民政部门增补", Array(Set(people)).sorted(), from: moment.day),
                until: .approved, at: moment + -7_200)
        }
    }

    private func list(_ department: String, _ people: [Int], from first: Day) -> DeskWork.Sheet {
        DeskWork.Sheet(
            "\(department)救助对象名单.csv", heading: Self.assistedHeading,
            people.map { index in
                let resident = county.residents[index]
                return "\(resident.name),\(resident.nationalID),\(AssistanceGroup.lowIncome.name),\(first),"
            })
    }

    /// A resident who is insured and in no group of assistance; another for each figure.
    private func unaided(on day: Day, besides figure: Int) -> Int? {
        let start = county.residents.count * ((figure + 1) % 5) / 5
        return county.residents.indices[start...].first { index in
            let resident = county.residents[index]
            return resident.assistance == nil && resident.departure == nil && resident.turn == nil
                && resident.enrolled < county.first && resident.insurance(on: day) == .resident
                && register[index] != nil
        }
    }
}
