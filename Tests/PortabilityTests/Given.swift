import Basics
import Control
import Policy
import Portability
import Storage
import StoreKit

/// What the transfers' tests start from. Areas, agencies and people are invented.
enum Given {
    static let area = AreaCode(990_100)
    static let otherArea = AreaCode(990_200)
    static let migrations = ControlSchema.migrations + Imports.migrations + Portability.migrations
    static let person = ID<Person>(7)

    static let here = TransferAgency(
        area: area, name: "示范市医疗保险中心", address: "示范路1号", phone: "0000-1234567", bank: "示例银行", account: "示例户 01")
    static let there = TransferAgency(
        area: otherArea, name: "邻市医疗保险中心", address: "邻市路2号", phone: "0000-7654321", bank: "示例银行", account: "示例户 02")
    static let traveller = TransferPerson(
        name: "示例甲", paperKind: 1, paperNumber: "110105199003070011", sex: .male, birth: day("1990-03-07"))

    static func day(_ text: String) -> Day { Day(text)! }
    static func month(_ text: String) -> Month { Month(text)! }

    static func ground(_ day: String, _ text: String = "测试") -> Ground {
        Ground(text, by: .system, at: Moment(Day(day)!, hour: 9))
    }

    static func limits() throws -> TransferLimits {
        let book = try PolicyBook.load(repositoryRoot + "/policies/demo")
        let calendar = try WorkCalendar.load(repositoryRoot + "/policies/calendar.csv")
        return try TransferLimits(try book.area(area), on: day("2026-03-01"), calendar: calendar)
    }

    static func application(
        _ direction: TransferDirection, number: String? = nil, onPaper: Bool = false
    ) -> TransferApplication {
        TransferApplication(
            direction, scene: .employee, person: person, from: .employee, to: .employee, other: otherArea,
            applicant: .person, appliedOn: day("2026-03-02"), insuredFrom: day("2026-02-01"),
            paidThrough: month("2025-12"), isOnPaper: onPaper, number: number)
    }

    static func form(_ number: String, principal: Int64 = 1_200, interest: Int64 = 3, months: Int64 = 24)
        -> InformationForm
    {
        InformationForm(
            number: number, person: traveller, insurance: .employee, origin: there, destination: here,
            record: InsuranceRecord(
                firstEver: month("2024-01"), first: month("2024-01"), last: month("2025-12"), paidMonths: months,
                deemedMonths: 12, residentYears: [2022, 2023], lastPaid: month("2025-12"), lastBase: Money(yuan: 6_000)),
            principal: Money(yuan: principal), interest: Money(yuan: interest), handler: "经办甲", reviewer: "复核乙",
            sealedOn: day("2026-03-10"))
    }
}

/// What verification finds: broken events, broken courses, broken money.
func brokenPlaces(of store: any Store) async throws -> [Problem] {
    let verifier = Verifier(
        area: Given.area, sources: Portability.evidence,
        checks: [{ tx, area in try Portability.verify(tx, area: area) }])
    return try await store.read { try verifier.run($0) }.problems.all
}
