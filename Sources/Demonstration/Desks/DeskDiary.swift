import Agency
import Basics
import Contributions
import Control
import Policy
import Portability
import Storage

/// What people and employers bring to the county's desks, working day by working day (日常办件); in the last two
/// months some of it is left in every state that a matter can be in.
struct DeskDiary: Sendable {
    private let work: DeskWork
    private let county: County
    private let register: CountyRegister
    private let employers: [ID<Employer>]
    private let calendar: WorkCalendar
    private let people: PeopleMonths
    private let collection: CollectionMonths
    private let transfers: TransferDiary
    private let families: Families
    private let occasions: Occasions

    /// A desk in a county of 20,000 sees four of these a working day.
    private static let peopleAMatter = 5_000
    /// From so many days before the end on, not everything is finished.
    static let openDays = 60

    init(_ work: DeskWork, county: County, register: CountyRegister, employers: [ID<Employer>]) throws {
        self.work = work
        self.county = county
        self.register = register
        self.employers = employers
        calendar = try work.agency.policies.calendar()
        people = PeopleMonths(work, county: county, register: register, employers: employers)
        collection = CollectionMonths(work, county: county, register: register, employers: employers)
        transfers = TransferDiary(work, county: county, register: register)
        families = try Families(work, county: county, register: register, calendar: calendar)
        occasions = Occasions(work, county: county, register: register, employers: employers)
    }

    /// What the computer does before the day begins: the whole of the day's work (日终处理) on the days after something
    /// fell due and in the last weeks. To find who owes, it looks through the bills of all years, so on the other days
    /// of the two years it only tends the matters.
    func begin(_ day: Day) async throws {
        let moment = Moment(day, hour: 0, minute: 5)
        if isAfterDueDay(day) || county.last - day < Self.dailyDays { return try await work.daily(at: moment) }
        _ = try await work.at(moment) { try await work.agency.tendMatters(county.area) }
    }

    private static let dailyDays = 14

    /// Employees' months fall due on a fifteenth, residents' years with the end of December or of February.
    private func isAfterDueDay(_ day: Day) -> Bool {
        let offset = day - day.month.first
        return offset == 15 || offset == 0 && [1, 3].contains(day.month.month)
    }

    /// The county's last evening: some of the day's matters wait for papers, and a list for the machine.
    func end(at moment: Moment) async throws {
        try await work.each([Errand.employerChange, .correction, .baseCorrection]) { number, errand in
            var random = self.random(on: moment.day, Self.lastEvening + number)
            let opened = try await self.bring(
                errand, until: .accepted, on: moment.day, at: moment + -10_800 + Int64(number) * 600, &random)
            try await self.end(opened, .papersAsked, at: moment + -5_400 + Int64(number) * 600, turn: number)
        }
        try await work.each([DeskWork.Until.drafted, .accepted]) { number, until in
            var random = self.random(on: moment.day, Self.lastEvening + 10 + number)
            _ = try await self.bring(
                .transferIn, until: until, on: moment.day, at: moment + -9_000 + Int64(number) * 600, &random)
        }
        try await transfers.leaveOpen(at: moment)
        try await occasions.leaveCoSigned(at: moment)
        try await occasions.leaveApproved(at: moment)
    }

    /// Somebody applies for a transfer so many days before the end, whose other city has not answered yet.
    private static let transferDays = [6, 4, 2]
    private static let transferIn = 20_000

    /// What is drawn on the last evening is drawn apart from the day's errands.
    private static let lastEvening = 10_000

    /// Works through a day; nobody comes on days off.
    func live(_ day: Day) async throws {
        try await people.live(day)
        try await collection.live(day)
        try await transfers.live(day)
        try await families.live(day)
        try await occasions.live(day)
        guard calendar.years.contains(day.year), try calendar.isWorkingDay(day) else { return }
        let count = max(1, county.residents.count / Self.peopleAMatter)
        try await work.each(Array(0..<count)) { number, _ in
            var random = self.random(on: day, number)
            let moment = Moment(day, hour: 9 + number * 6 / count, minute: random.within(0...40))
            let errand = Errand.allCases[random.weighted(Errand.weights)]
            _ = try await bring(errand, on: day, at: moment, &random)
        }
        if Self.transferDays.contains(county.last - day) {
            try await work.once {
                var random = self.random(on: day, Self.transferIn)
                _ = try await bring(.transferIn, on: day, at: Moment(day, hour: 11), &random)
            }
        }
        if county.last - day < Self.openDays {
            try await work.once {
                var random = self.random(on: day, count)
                try await leaveOpen(day, &random)
            }
        }
    }

    private func random(on day: Day, _ number: Int) -> SeededRandom {
        SeededRandom(
            seed: county.seed &* 7_919 &+ UInt64(bitPattern: Int64(day.number)) &* 1_009 &+ UInt64(number))
    }

    // MARK: Errands

    /// Why somebody comes to the desk.
    private enum Errand: CaseIterable {
        case certificate, employerChange, remoteResidence, sharing, transferIn, correction, baseCorrection

        /// In the order of the cases; bases are corrected among what is left open alone.
        static let weights = [40, 18, 10, 12, 8, 12, 0]
    }

    private func bring(
        _ errand: Errand, until: DeskWork.Until = .carriedOut, on day: Day, at moment: Moment,
        _ random: inout SeededRandom
    ) async throws -> DeskWork.Handled {
        let turn = random.below(1_000)
        let resident = present(on: day, &random)
        let person = number(of: resident)
        switch errand {
        case .certificate:
            let kind = Certificate.Kind.allCases[random.below(Certificate.Kind.allCases.count)]
            return try await work.carry(
                "portability.certificate.issue", ["person": person, "kind": String(kind.rawValue)], until: until,
                at: moment, turn: turn)
        case .employerChange:
            return try await work.carry(
                "enrolment.employer.change", changed(random.below(employers.count), day, turn), until: until,
                at: moment, turn: turn)
        case .remoteResidence:
            return try await work.carry(
                "settlement.remoteResidence",
                ["person": person, "division": random.pick(["110000", "310000"]), "from": day.description],
                until: until, at: moment, turn: turn)
        case .sharing:
            guard let family = family(on: day, &random) else {
                return try await bring(.certificate, until: until, on: day, at: moment, &random)
            }
            return try await work.carry(
                "accounts.sharing.begin",
                [
                    "owner": number(of: family.owner), "beneficiary": number(of: family.other),
                    "relation": String(family.relation.rawValue), "from": day.description,
                ], until: until, at: moment, turn: turn)
        case .transferIn:
            // Whoever is retired stays where he retired.
            let resident = present(on: day, &random) { !$0.category(on: day).isPensioner }
            let person = number(of: resident)
            let insurance = String(county.residents[resident].insurance(on: day).rawValue)
            return try await work.carry(
                "portability.in.apply",
                [
                    "person": person, "other": DeskDiary.neighbour.description, "from_insurance": insurance,
                    "to_insurance": insurance, "applicant": "person",
                ], until: until, at: moment, turn: turn)
        case .correction:
            return try await work.carry(
                "enrolment.person.correct", corrected(resident, random.pick(["01", "02", "11", "15"])), until: until,
                at: moment, turn: turn)
        case .baseCorrection:
            let worker = present(on: day, &random) { $0.isWorking(on: day) && $0.employer(on: day) != nil }
            let employer = county.residents[worker].employer(on: day) ?? 0
            return try await work.carry(
                "contributions.base.correct",
                [
                    "employer": employers[employer].description, "person": number(of: worker),
                    "from": day.month.description, "wage": "8600", "reason": "单位少报了月平均工资",
                ], until: until, at: moment, turn: turn)
        }
    }

    /// The invented city with which the county exchanges transfers.
    static let neighbour = AreaCode(990_200)

    /// Somebody who lives and is enrolled on the day.
    private func present(
        on day: Day, _ random: inout SeededRandom, where fits: (County.Resident) -> Bool = { _ in true }
    ) -> Int {
        for _ in 0..<200 {
            let index = random.below(county.residents.count)
            let resident = county.residents[index]
            if resident.isInsured(on: day), register[index] != nil, fits(resident) { return index }
        }
        return 0
    }

    /// Somebody with an account, and one of the family without; of every other household, since
    /// the others came in the first weeks.
    private func family(
        on day: Day, _ random: inout SeededRandom
    ) -> (owner: Int, other: Int, relation: FamilyRelation)? {
        let owner = present(on: day, &random) { $0.household % 2 == 1 && $0.openingBalance > .zero }
        let household = county.residents[owner].household
        for index in max(0, owner - 4)..<min(county.residents.count, owner + 5) {
            let other = county.residents[index]
            guard other.household == household, other.openingBalance == .zero, other.isInsured(on: day),
                register[index] != nil
            else { continue }
            let relation = other.relation(to: county.residents[owner])
            if relation != .otherRelative { return (owner, index, relation) }
        }
        return nil
    }

    private func number(of index: Int) -> String { register[index]?.description ?? "" }

    private func changed(_ index: Int, _ day: Day, _ turn: Int) -> [String: String] {
        var form = county.employers[index].form
        form["employer"] = employers[index].description
        form["division"] = county.towns[index % county.towns.count].code
        form["contact"] = "示例联系人\(County.cycle[turn % 60])"
        form["phone"] = "000-\(String(10_000_000 + turn).dropFirst())"
        form["day"] = day.description
        return form
    }

    private func corrected(_ index: Int, _ ethnicity: String) -> [String: String] {
        let resident = county.residents[index]
        return [
            "person": number(of: index), "paperKind": "1", "paperNumber": resident.nationalID,
            "name": resident.name, "sex": String(resident.sex.rawValue), "birth": resident.birth.description,
            "ethnicity": ethnicity, "ground": "户口簿登记的民族与原登记不符",
        ]
    }

    // MARK: Left in every state

    /// One matter a working day that is not simply finished, each in its turn.
    private func leaveOpen(_ day: Day, _ random: inout SeededRandom) async throws {
        let moment = Moment(day, hour: 16)
        let turn = Int(day.number)
        let ending = Ending.allCases[turn % Ending.allCases.count]
        // Only what asks for papers can be supplied with them.
        let errands: [Errand] =
            [.employerChange, .remoteResidence, .correction]
            + (ending == .supplied ? [] : [.certificate, .baseCorrection, .sharing, .transferIn])
        let errand = errands[turn / Ending.allCases.count % errands.count]
        if ending == .drafted {
            _ = try await bring(errand, until: .drafted, on: day, at: moment, &random)
            return
        }
        let opened = try await bring(errand, until: .accepted, on: day, at: moment, &random)
        try await end(opened, ending, at: moment + 1_800, turn: turn)
    }

    /// What becomes of a matter that has been accepted.
    private enum Ending: CaseIterable {
        case drafted, waiting, papersAsked, supplied, handedBack, rejected, withdrawn, signerAdded, copied, reminded
    }

    private func end(
        _ opened: DeskWork.Handled, _ ending: Ending, at moment: Moment, turn: Int
    ) async throws {
        var matter = opened
        let steps = opened.kind.steps
        let reviewers = work.holders(of: steps[1].post).filter { $0 != opened.opener }
        guard !reviewers.isEmpty else { return }
        let reviewer = reviewers[turn % reviewers.count]
        switch ending {
        case .drafted, .waiting: break
        case .papersAsked: try await work.act(&matter, .askForPapers("请补交经办人身份证复印件"), by: reviewer, at: moment)
        case .supplied:
            try await work.act(&matter, .askForPapers("请补交加盖公章的申请表"), by: reviewer, at: moment)
            try await work.act(
                &matter,
                .supply(form: nil, papers: work.papers(of: opened.kind, with: opened.form), note: "已当面补交,原件核对无误"),
                by: opened.opener, at: moment + 3_600)
        case .handedBack:
            try await work.act(
                &matter, .giveBack(to: steps[0].code, reason: "联系电话与申请表不一致,请核对后重新提交"), by: reviewer, at: moment)
        case .rejected: try await work.act(&matter, .disagree("材料不符合办理条件,不予办理"), by: reviewer, at: moment)
        case .withdrawn: try await work.act(&matter, .withdraw("申请人要求撤回"), by: opened.opener, at: moment)
        case .signerAdded:
            let chiefs = Array(work.holders(of: "deputy").prefix(1))
            try await work.act(
                &matter, .addSigners(AddedSigners(chiefs, .before, reason: "情况特殊,请分管领导先阅示")), by: reviewer,
                at: moment)
        case .copied:
            try await work.act(&matter, .copy(to: work.holders(of: "office"), note: "请办公室知悉"), by: reviewer, at: moment)
        case .reminded: try await work.act(&matter, .remind("申请人急用,请尽快办理"), by: opened.opener, at: moment + 3_600)
        }
    }
}

extension County.Employer {
    /// What the employer's registration form says.
    var form: [String: String] {
        [
            "creditCode": creditCode, "name": name, "management": "1", "address": "示范市演示大街",
            "legalPerson": "示例负责人", "contact": "示例联系人", "phone": "000-00000000", "taxNumber": creditCode,
            "bank": "示范银行演示支行", "bankAccount": creditCode.filter(\.isNumber),
        ]
    }
}
