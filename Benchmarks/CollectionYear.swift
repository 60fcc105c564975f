import Agency
import Basics
import Contributions
import Control
import Enrolment
import Foundation
import Fund
import Policy
import Storage

/// A year of collecting: bases, bills, receipts, account credits and bookings of a county, two in five of its people
/// employees billed every month, the others residents billed once.
struct CollectionYear {
    static let area = AreaCode(990_100)
    static let year = 2026
    private static let at = Moment("2026-12-20 09:00:00")!
    private static let ground = Ground("年度征缴", by: .staff(ID(1)), at: at)
    private static let peopleEach = 25

    let agency: Agency
    let people: Int

    /// Measures runs of growing size; answers the time of each.
    static func measure(
        _ report: inout Report, policies: PolicyBook, folder: URL, sizes: [Int], chart: String
    ) async throws {
        var times: [(people: Int, seconds: Double)] = []
        for people in sizes {
            let path = folder.appendingPathComponent("collection-\(people).sqlite").path
            let store = try SQLiteStore.open(path)
            let agency = try await Agency.open(store, policies: policies, clock: { at })
            let run = CollectionYear(agency: agency, people: people)
            try await run.found(chart: chart)
            let total = try await run.measure(&report)
            times.append((people, total))
            try await store.close()
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
            report.add("  file", "\(size >> 20) MiB")
            try FileManager.default.removeItem(atPath: path)
        }
        for (small, large) in zip(times, times.dropFirst()) {
            let growth = large.seconds / small.seconds / (Double(large.people) / Double(small.people))
            report.add(
                "  growth \(small.people) → \(large.people), time per person", String(format: "× %.2f", growth),
                bound: "< 1.5", holds: growth < 1.5)
        }
    }

    // MARK: The county

    private var employees: Int { people * 2 / 5 }

    private func found(chart: String) async throws {
        let origin = ImportOrigin(area: Self.area, actor: .system, at: Self.at)
        let text = try String(contentsOfFile: chart, encoding: .utf8)
        let accounts = try Chart(csv: text, file: chart)
        try await agency.store.write { tx in
            _ = try FundDesk.load(tx, area: Self.area, accounts, by: .system, at: Self.at)
            let ground = Ground("测速人员", by: .system, at: Self.at)
            for login in ["clerk", "reviewer"] {
                _ = try Staff.open(tx, area: Self.area, login: login, displayName: login, on: ground)
            }
        }
        for start in stride(from: 0, to: people, by: 20_000) {
            let range = start..<min(people, start + 20_000)
            var list = "psn_cert_type,certno,psn_name,gend,brdy\n"
            var spells = "psn_cert_type,certno,insutype,psn_type,begndate,enddate,emp_uscc,emp_name\n"
            for number in range { line(number, &list, &spells) }
            let sheets = try (
                Enrolment.readPeople(list, file: "people.csv"), Enrolment.readSpells(spells, file: "spells.csv")
            )
            try await agency.store.write { tx in
                _ = try Enrolment.importPeople(tx, sheets.0, by: origin)
                _ = try Enrolment.importSpells(tx, sheets.1, by: origin)
            }
        }
    }

    private func line(_ number: Int, _ list: inout String, _ spells: inout String) {
        let birth = Day("1955-01-01")! + number % 18_000
        let sequence = number / 18_000
        let digits = "990\(100 + sequence / 499)" + birth.compact + String("00\(sequence % 499 * 2 + 1)".suffix(3))
        let id = digits + String(NationalID.checkDigit(digits.utf8))
        list += "01,\(id),示例\(number),1,\(birth)\n"
        guard number < employees else {
            spells += "01,\(id),390,1501,2026-01-01,,,\n"
            return
        }
        let code = "91990100" + String("000000000\(number / Self.peopleEach)".suffix(9))
        spells +=
            "01,\(id),310,1101,2026-01-01,,\(code)\(CreditCode.checkDigit(code)!),示例单位\(number / Self.peopleEach)\n"
    }

    // MARK: The year

    private func measure(_ report: inout Report) async throws -> Double {
        let bases = try await seconds { try await declareWages() }
        var bills = CollectionRun.Progress()
        let billing = try await seconds {
            for month in months {
                let month = try await agency.carryOut(CollectionRun(area: Self.area, .month(month)), Self.ground)
                bills.bills += month.bills
            }
            let residents = CollectionRun(area: Self.area, .residents(year: Self.year))
            bills.bills += try await agency.carryOut(residents, Self.ground).bills
        }
        var taken = 0
        let receipts = try await seconds { taken = try await payAll() }
        precondition(taken == bills.bills, "\(taken) of \(bills.bills) bills were paid")
        var credited = 0
        let credits = try await seconds {
            for month in months {
                credited += try await agency.carryOut(CollectionRun(area: Self.area, .credits(month)), Self.ground)
                    .credited
            }
        }
        precondition(credited == employees * 12, "\(credited) credits")
        let booking = try await seconds { try await bookAll() }
        let total = bases + billing + receipts + credits + booking
        report.add("a year's collection of \(people) people", "\(tenths(total)) s, \(residentMiB()) MiB")
        report.add("  bases", "\(tenths(bases)) s")
        report.add("  \(bills.bills) bills, \(employees * 36 + people - employees) lines", "\(tenths(billing)) s")
        report.add("  \(taken) receipts", "\(tenths(receipts)) s")
        report.add("  \(credited) credits of accounts", "\(tenths(credits)) s")
        report.add("  bookings", "\(tenths(booking)) s")
        return total
    }

    private func tenths(_ seconds: Double) -> String { String(format: "%.1f", seconds) }

    private var months: ClosedRange<Month> { Month(year: Self.year, month: 1)...Month(year: Self.year, month: 12) }

    private func declareWages() async throws {
        let policy = try await agency.store.read { try Agency.law($0, area: Self.area) }
        let terms = try LevyTerms(policy, month: months.lowerBound)
        var last: ID<Employer>? = ID(0)
        while let after = last {
            last = try await agency.store.write { tx in
                let page = try Enrolment.employers(tx, area: Self.area, after: after, limit: 200)
                for employer in page {
                    let members = try Enrolment.members(
                        tx, area: Self.area, employer: employer.id, month: months.lowerBound)
                    try Contributions.setBases(
                        tx, area: Self.area, employer: employer.id, baseYear: Self.year,
                        members.map {
                            (person: $0.person, wage: Money(yuan: 5_000 + $0.person.raw % 9_000), from: nil)
                        },
                        terms: terms, policyVersion: policy.version, Self.ground)
                }
                return page.last?.id
            }
        }
    }

    /// Every bill is paid in full by a line of the tax office that names it.
    private func payAll() async throws -> Int {
        var taken = 0
        var last: ID<LevyBill>? = ID(0)
        while let after = last {
            let page = try await agency.store.read {
                try Contributions.bills($0, area: Self.area, after: after, limit: Contributions.receiptsMax)
            }
            last = page.last?.id
            let lines = page.map { bill in
                PaymentLine(
                    serial: "T\(bill.id)", payerCode: "", payerName: "示例", amount: bill.payable, paidDay: bill.due,
                    bill: bill.id)
            }
            guard !lines.isEmpty else { break }
            taken += try await agency.store.write {
                try Agency.takeIn($0, area: Self.area, from: .tax, lines, Self.ground)
            }.matched
        }
        return taken
    }

    private func bookAll() async throws {
        while true {
            let done = try await agency.store.write { tx in
                let staff = try Staff.names(tx, area: Self.area).keys.sorted()
                return try Agency.bookCollections(
                    tx, area: Self.area, limit: 10, preparedBy: staff[0], reviewedBy: staff[1], at: Self.at)
            }
            if done.acts == 0 { return }
        }
    }
}
