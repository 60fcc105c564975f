import Basics
import Control
import Enrolment
import Foundation
import Fund
import Policy
import Storage
import StoreKit

@testable import Agency
@testable import Contributions

/// A county small enough to add up by hand: employers with four people each and residents, brought in by the files
/// that every county begins with.
struct County {
    static let area = AreaCode(990_100)
    static let at = Moment(Day("2026-01-20")!, hour: 9)
    static let founded = Moment(Day("2025-01-01")!, hour: 9)
    static let policies = Result { try PolicyBook.load(repositoryRoot + "/policies") }
    static let january = Month(year: 2026, month: 1)
    static let clerk = ID<StaffMember>(11)

    let agency: Agency
    let employers: Int
    let residents: Int

    var store: any Store { agency.store }

    static func ground(_ text: String = "年度征缴") -> Ground { Ground(text, by: .staff(clerk), at: at) }

    /// Opens the house over a store; founds the county where it is empty.
    static func open(
        _ store: any Store, employers: Int = 5, residents: Int = 7, law: PolicyBook? = nil
    ) async throws -> County {
        let agency = try await Agency.open(store, policies: law ?? policies.get(), clock: { at })
        let county = County(agency: agency, employers: employers, residents: residents)
        let isEmpty = try await store.read { try Enrolment.employers($0, area: area, limit: 1) }.isEmpty
        if isEmpty { try await county.found() }
        return county
    }

    private func found() async throws {
        let origin = ImportOrigin(area: County.area, actor: .system, at: County.at)
        var people = "psn_cert_type,certno,psn_name,gend,brdy\n"
        var spells = "psn_cert_type,certno,insutype,psn_type,begndate,enddate,emp_uscc,emp_name\n"
        for number in 0..<(employers * 4 + residents) {
            let id = County.idNumber(number)
            people += "01,\(id),示例\(number),1,1980-05-17\n"
            spells +=
                number < employers * 4
                ? "01,\(id),310,1101,2025-01-01,,\(County.creditCode(number / 4)),示例单位\(number / 4)\n"
                : "01,\(id),390,1501,2025-01-01,,,\n"
        }
        let sheets = try (
            Enrolment.readPeople(people, file: "people.csv"), Enrolment.readSpells(spells, file: "spells.csv")
        )
        let chart = try Chart(
            csv: String(contentsOfFile: repositoryRoot + "/knowledge/fund/chart.csv", encoding: .utf8),
            file: "chart.csv")
        try await store.write { tx in
            _ = try Enrolment.importPeople(tx, sheets.0, by: origin)
            _ = try Enrolment.importSpells(tx, sheets.1, by: origin)
            _ = try FundDesk.load(tx, area: County.area, chart, by: .system, at: County.at)
            let ground = Ground("示例人员", by: .system, at: County.at)
            for login in ["clerk", "reviewer"] {
                _ = try Staff.open(tx, area: County.area, login: login, displayName: login, on: ground)
            }
        }
    }

    static func idNumber(_ number: Int) -> String {
        let digits = "99010019800517" + String(1001 + number * 2).suffix(3)
        return digits + String(NationalID.checkDigit(digits.utf8))
    }

    static func creditCode(_ number: Int) -> String {
        let code = "91990100MA" + String("000000\(number)".suffix(7))
        return code + String(CreditCode.checkDigit(code)!)
    }

    /// Declares 8,000 yuan for everybody: 810 a person and month.
    func declareWages() async throws {
        try await store.write { tx in
            let policy = try Agency.law(tx, area: County.area)
            for employer in try Enrolment.employers(tx, area: County.area, limit: 100) {
                let people = try Enrolment.members(tx, area: County.area, employer: employer.id, month: County.january)
                try Contributions.setBases(
                    tx, area: County.area, employer: employer.id, baseYear: 2026,
                    people.map { (person: $0.person, wage: Money(yuan: 8000), from: nil) },
                    terms: try LevyTerms(policy, month: County.january), policyVersion: policy.version, County.ground())
            }
        }
    }

    /// A bank's file that pays every bill there is.
    func bankFile(on day: Day = Day("2026-01-19")!) async throws -> String {
        let bills = try await store.read { try Contributions.bills($0, area: County.area, after: ID(0), limit: 5_000) }
        return bills.filter { $0.payable > .zero }.reduce("交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n") { text, bill in
            text + "B\(bill.id),\(bill.id),,示例户名,\(bill.payable),\(day)\n"
        }
    }

    /// 制单 and 复核, two people
    func bookkeepers(_ tx: any Transaction) throws -> (preparing: ID<StaffMember>, reviewing: ID<StaffMember>) {
        let staff = try Staff.names(tx, area: County.area).keys.sorted()
        return (staff[0], staff[1])
    }

    func broken() async throws -> [String] {
        try await store.read { try Agency.verifier(County.area).run($0) }.problems.all.map(\.description)
    }
}
