import Agency
import Basics
import Control
import Enrolment
import Foundation
import Storage

/// A list of an employer's people as it is handed in: read, checked against the register cell by cell, put on record
/// and carried out in chunks with their events.
enum Lists {
    static func measure(_ report: inout Report, folder: URL, count: Int) async throws {
        let store = try SQLiteStore.open(folder.appendingPathComponent("lists.sqlite").path)
        try await store.migrate(Agency.migrations)
        let area = AreaCode(990_100)
        let origin = ActOrigin(
            area: area, actor: .system, at: Moment("2026-03-02 09:00:00")!, matter: ID(1), ground: "批量增员")
        let terms = EnrolmentTerms(
            ages: ResidentAges(schoolFrom: 6, adultFrom: 18, elderlyFrom: 60), workingFrom: 16, retirementFrom: 45,
            cadresBornThrough: 1949, flexibleSince: 2003, residentsSince: 2003)
        let code = "91990100MA0YBYB01"
        let creditCode = try CreditCode(code + String(CreditCode.checkDigit(code)!))
        let employer = try await store.write {
            try Enrolment.register(
                $0, EmployerParticulars(creditCode: creditCode, name: "示范公司"), from: origin.at.day, by: origin)
        }
        let text = Lists.text(count)
        var order: ListOrder?
        let read = try seconds {
            let list = try EnrolmentList(text, file: "名单.csv", kind: .joiners)
            order = ListOrder(list, file: "名单.csv", text: text, employer: employer, isWhole: false, terms: terms)
        }
        guard let order else { return }
        let checked = try await seconds {
            let problems = try await store.read {
                try Enrolment.objections($0, area: area, handingIn: order, today: origin.at.day)
            }
            precondition(problems.isEmpty, "\(problems)")
        }
        var list: ID<EnrolmentListEntry>?
        let carried = try await seconds {
            let entered = try await store.write { try Enrolment.enter($0, order, matter: ID(1), by: origin) }
            var last: Int? = 0
            while let line = last {
                last = try await store.write {
                    try Enrolment.carryOutNext($0, entered, after: line, terms: terms, by: origin)
                }
            }
            list = entered
        }
        if let list {
            let progress = try await store.read { try Enrolment.progress($0, area: area, of: list) }
            precondition(progress.carried == count, progress.sentence)
        }
        try await store.close()
        let total = read + checked + carried
        report.add("a list of \(count) people: read", "\(tenths(read)) s")
        report.add("  checked against the register", "\(tenths(checked)) s")
        report.add("  put on record and carried out", "\(tenths(carried)) s, \(residentMiB()) MiB")
        report.add(
            "  altogether", "\(tenths(total)) s", bound: "100,000 in under a minute",
            holds: total * 100_000 / Double(count) < 60)
    }

    private static func text(_ count: Int) -> String {
        var text = "姓名,证件类型,证件号码,性别,出生日期,人员类别,开始日期,街道乡镇代码,确认不是同名人员\n"
        let first = Day("1965-01-01")!
        for index in 0..<count {
            let digits = "990100" + (first + index % 12_000).compact + String("00\(index / 12_000 * 2 + 1)".suffix(3))
            text += "示范人\(index),,\(digits)\(NationalID.checkDigit(digits.utf8)),,,在职职工,2026-04-01,990100001,\n"
        }
        return text
    }

    private static func tenths(_ seconds: Double) -> String { String(format: "%.1f", seconds) }
}
