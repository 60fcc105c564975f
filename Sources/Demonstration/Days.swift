import Agency
import Basics
import Catalogue
import Control
import Enrolment
import Settlement
import Storage

/// The county day by day (逐日办理): who comes, who leaves hospital, in the order of the clock.
actor Days {
    private let agency: Agency
    private let joint: JointStore
    private let county: County
    private let register: CountyRegister
    private let hospitals: HospitalFilings
    private let desks: DeskDiary
    private let plan: VisitPlan
    private let diagnosisNames: [String: String]
    private var diary: CareDiary
    /// What is due on later days.
    private var due: [Day: [Appointment]] = [:]
    /// Those that the present commit is for.
    private var appointments: [Appointment] = []
    /// How many visits, interim settlements and discharges each institution has had today.
    private var visitsToday: [Int]
    private var tally = Tally()
    /// When each resident was last referred to another hospital.
    private var referred: [Int: Day] = [:]
    /// Residents who lie in hospital when the county ends.
    private(set) var inHospital: Set<Int> = []

    /// Messages of one visit at most, so that no two visits of an institution share a number.
    private static let messagesPerVisitMax = 20

    /// A flush of the disk costs as much as several visits; what one holds stays in memory until it.
    private static let appointmentsPerCommit = 100
    /// A visit is over within the hour.
    private static let secondsOfVisitMax: Int64 = 3_600

    /// Something that happens at a moment.
    private struct Appointment {
        let at: Moment
        let resident: Int
        let what: What

        enum What {
            case visit(Visit)
            case charges(Stay)
            case interim(Stay)
            case discharge(Stay)
        }
    }

    /// A stay under way.
    private final class Stay {
        var window: Window
        let reference: EncounterReference
        let admitted: Moment
        /// The first day whose charges are not yet uploaded.
        var charged: Day

        init(_ window: Window, _ reference: EncounterReference, admitted: Moment) {
            self.window = window
            self.reference = reference
            self.admitted = admitted
            charged = admitted.day
        }
    }

    init(
        agency: Agency, joint: JointStore, county: County, register: CountyRegister, files: DemonstrationFiles,
        hospitals: HospitalFilings, desks: DeskDiary
    ) async throws {
        self.agency = agency
        self.joint = joint
        self.county = county
        self.register = register
        self.hospitals = hospitals
        self.desks = desks
        let illnesses = try Illnesses(illnesses: files.illnesses.text, baskets: files.baskets.text)
        let catalogue = try await agency.catalogue(county.area)
        plan = VisitPlan(county, illnesses) { item, tier, day in catalogue.item(item, on: day)?.cap(for: tier) }
        let codes = Set(illnesses.all.map(\.diagnosis))
        let table = try CSVTable(files.diagnoses.text, file: files.diagnoses.name, required: ["code", "name"])
        var names: [String: String] = [:]
        for row in table.rows where codes.contains(row["code"]) { names[row["code"]] = row["name"] }
        diagnosisNames = names
        diary = CareDiary(residents: county.residents.count, before: county.first)
        visitsToday = Array(repeating: 0, count: county.institutions.count)
    }

    /// Lives through every day, whose events are sealed and whose head is signed when it is over.
    func play(
        until: Moment, key: SigningKey?, report: @Sendable (Demonstration.Progress) -> Void
    ) async throws -> Tally {
        let total = county.last - county.first + 1
        for offset in 0..<total {
            try Task.checkCancellation()
            let day = county.first + offset
            try await desks.begin(day)
            if offset > 0 { tally.filings += try await hospitals.fileConditions(on: day) }
            try await live(day, until: until)
            if Moment(day + 1) <= until { try await desks.live(day) }
            try await seal(day, until: until, key)
            report(.day(day, done: offset + 1, of: total, tally: tally))
        }
        try await joint.together { try await self.chargeOpenStays(at: until) }
        try await desks.end(at: until)
        return tally
    }

    private func seal(_ day: Day, until: Moment, _ key: SigningKey?) async throws {
        let end = Moment(day + 1)
        guard let key, end <= until else {
            try await Sealer.seal(joint, area: county.area, at: min(end, until))
            return
        }
        _ = try await EventChain.signDay(joint, area: county.area, day: day, key: key, at: end)
    }

    // MARK: One day

    private func live(_ day: Day, until: Moment) async throws {
        visitsToday = Array(repeating: 0, count: county.institutions.count)
        var today = due.removeValue(forKey: day) ?? []
        for visit in plan.visits(on: day, &diary) {
            today.append(Appointment(at: arrival(visit), resident: visit.resident, what: .visit(visit)))
        }
        try await keep(all: today, until: until)
        // Those admitted today are charged this evening.
        if let evening = due.removeValue(forKey: day) { try await keep(all: evening, until: until) }
    }

    private func keep(all appointments: [Appointment], until: Moment) async throws {
        var today = appointments.sorted { ($0.at, $0.resident) < ($1.at, $1.resident) }
        let isOver = { (appointment: Appointment) in appointment.at + Self.secondsOfVisitMax <= until }
        for appointment in today where !isOver(appointment) { postpone(appointment, to: appointment.at.day + 1) }
        today.removeAll { !isOver($0) }
        for start in stride(from: 0, to: today.count, by: Self.appointmentsPerCommit) {
            let group = start..<min(today.count, start + Self.appointmentsPerCommit)
            self.appointments = Array(today[group])
            try await joint.together { try await self.keepAppointments() }
        }
    }

    /// What the county's end cuts off: stays are left open, visits not made.
    private func postpone(_ appointment: Appointment, to day: Day) {
        if case .visit = appointment.what { return }
        due[day, default: []].append(appointment)
    }

    private func keepAppointments() async throws {
        for appointment in appointments { try await keep(appointment) }
        appointments = []
    }

    /// What the law refuses is counted and the day goes on, as it does at a window.
    private func keep(_ appointment: Appointment) async throws {
        do {
            switch appointment.what {
            case .visit(let visit): try await begin(visit, at: appointment.at)
            case .charges(let stay): try await chargeDay(stay, at: appointment.at)
            case .interim(let stay): try await interim(stay, at: appointment.at)
            case .discharge(let stay): try await discharge(stay, at: appointment.at)
            }
        } catch let problems as Problems {
            tally.refused[problems.all.first?.code ?? "", default: 0] += 1
        } catch let problem as Problem {
            tally.refused[problem.code, default: 0] += 1
        }
    }

    /// Emergencies come at any hour, customers of pharmacies until the evening, the others in office hours.
    private func arrival(_ visit: Visit) -> Moment {
        var random = SeededRandom(
            seed: county.seed &* 31 &+ UInt64(visit.resident) &* 131_071 &+ UInt64(visit.begins.number))
        let hours: ClosedRange<Int> =
            switch visit.illness.care {
            case .emergency: 0...22
            case .pharmacy: 8...20
            default: visit.illness.care.isInpatient ? 8...15 : 8...16
            }
        return Moment(
            visit.begins, hour: random.within(hours), minute: random.within(0...59), second: random.within(0...59))
    }

    private func begin(_ visit: Visit, at moment: Moment) async throws {
        guard !visit.charges.isEmpty, let person = register[visit.resident] else { return }
        let number = nextNumber(visit.institution)
        let isInpatient = visit.illness.care.isInpatient
        let digits = String(100_000 + number).dropFirst()
        var window = Window(
            agency: agency, county: county, visit: visit, person: person,
            diagnosisName: diagnosisNames[visit.illness.diagnosis] ?? visit.illness.diagnosis,
            visitNumber: (isInpatient ? "ZY" : "MZ") + visit.begins.compact + digits,
            ownCodes: county.institutions[visit.institution].isPharmacy ? [:] : hospitals.ownCodes,
            serial: number * Self.messagesPerVisitMax)
        guard try await window.isEntitled(at: moment) else {
            tally.selfPaid += 1
            count(&window)
            return
        }
        if county.institutions[visit.institution].isPharmacy {
            try await window.purchase(at: moment)
        } else if isInpatient {
            let reference = try await window.admit(at: moment)
            expect(Stay(window, reference, admitted: moment), visit)
            return
        } else {
            try await window.outpatient(from: moment)
        }
        count(&window)
    }

    // MARK: Stays

    /// Puts a stay's further events in the diary: each evening the day's charges, discharge in the morning of its last
    /// day, and for one long stay in ten an interim settlement halfway.
    private func expect(_ stay: Stay, _ visit: Visit) {
        count(&stay.window)
        let nights = visit.ends - visit.begins
        let minute = visit.resident % 60
        for offset in 0..<nights {
            let evening = Moment(visit.begins + offset, hour: 21, minute: minute)
            due[evening.day, default: []].append(
                Appointment(at: evening, resident: visit.resident, what: .charges(stay)))
        }
        if nights >= 10, visit.resident % 10 == 0 {
            let day = visit.begins + nights / 2
            due[day, default: []].append(
                Appointment(at: Moment(day, hour: 15, minute: minute), resident: visit.resident, what: .interim(stay)))
        }
        due[visit.ends, default: []].append(
            Appointment(
                at: Moment(visit.ends, hour: 9, minute: minute), resident: visit.resident, what: .discharge(stay)))
    }

    /// A stay's later messages are numbered among those of their own day.
    private func renumber(_ stay: Stay) {
        stay.window.serial = nextNumber(stay.window.visit.institution) * Self.messagesPerVisitMax
    }

    private func nextNumber(_ institution: Int) -> Int {
        defer { visitsToday[institution] += 1 }
        return visitsToday[institution]
    }

    /// What was done for the patient today is uploaded today (费用明细当日上传).
    private func chargeDay(_ stay: Stay, at moment: Moment) async throws {
        renumber(stay)
        _ = try await charge(stay, before: moment.day + 1, at: moment)
        count(&stay.window)
    }

    private func interim(_ stay: Stay, at moment: Moment) async throws {
        renumber(stay)
        _ = try await charge(stay, before: moment.day, at: moment)
        try await stay.window.settleInterim(stay.reference, at: moment + 600)
        count(&stay.window)
    }

    private func discharge(_ stay: Stay, at moment: Moment) async throws {
        renumber(stay)
        let lines = try await charge(stay, before: moment.day + 1, at: moment)
        try await stay.window.discharge(stay.reference, lines, at: moment + 300)
        try await refer(stay, at: moment + 2_700)
        count(&stay.window)
    }

    /// One in fifty who leave a smaller hospital is sent on, each once in two months.
    private func refer(_ stay: Stay, at moment: Moment) async throws {
        let visit = stay.window.visit
        let hospital = county.institutions[visit.institution]
        guard hospital.tier < .third, (visit.resident + Int(visit.begins.number)) % 50 == 0,
            referred[visit.resident].map({ moment.day - $0 > 60 }) ?? true,
            let other = county.institutions.first(where: { $0.tier == .third })
        else { return }
        referred[visit.resident] = moment.day
        try await stay.window.refer(to: other, at: moment)
        tally.filings += 1
    }

    private func charge(_ stay: Stay, before day: Day, at moment: Moment) async throws -> [FeeLineGiven] {
        let lines = try await stay.window.charge(
            stay.reference, from: stay.charged, before: day, admitted: stay.admitted, at: moment)
        stay.charged = day
        return lines
    }

    /// Whoever lies in hospital when the county ends has been charged up to the day before.
    private func chargeOpenStays(at until: Moment) async throws {
        let left = due.values.joined().sorted { ($0.at, $0.resident) < ($1.at, $1.resident) }
        for appointment in left {
            guard case .discharge(let stay) = appointment.what else { continue }
            renumber(stay)
            _ = try await charge(stay, before: until.day, at: until)
            count(&stay.window)
            inHospital.insert(appointment.resident)
        }
        tally.openStays = inHospital.count
    }

    private func count(_ window: inout Window) {
        tally.messages += window.tally.messages
        tally.settlements += window.tally.settlements
        tally.reversals += window.tally.reversals
        tally.lines += window.tally.lines
        window.tally = Tally()
    }
}
