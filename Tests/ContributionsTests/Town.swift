import Basics
import Control
import Foundation
import Policy
import Storage
import StoreKit

@testable import Contributions

/// What the tests of contributions start from: the demonstration city's law, two employers, a handful of people.
enum Town {
    static let area = AreaCode(990_100)
    static let clerk = Actor.staff(ID(11))
    static let migrations = ControlSchema.migrations + Imports.migrations + Contributions.migrations
    static let law = try! PolicyBook.load(repositoryRoot + "/policies/demo").areas[area]!
    static let version = law.version

    static let works = ID<Employer>(501)
    static let school = ID<Employer>(502)
    static let people = (1...5).map { ID<Person>(Int64(1000 + $0)) }
    static let january = Month(year: 2026, month: 1)

    static func day(_ text: String) -> Day { Day(text)! }
    static func ground(_ day: String = "2026-01-20", _ text: String = "示范征缴业务") -> Ground {
        Ground(text, by: clerk, at: Moment(Town.day(day), hour: 10))
    }

    static func terms(_ month: Month = january) throws -> LevyTerms { try LevyTerms(law, month: month) }
    static func lateFees(_ month: Month) throws -> LateFeeTerms? { try LevyTerms(law, month: month).lateFee }

    /// Employers by credit codes, people by their numbers.
    static func find(_ codes: Set<String>) -> [String: [Payer]] {
        var found: [String: [Payer]] = [:]
        for code in codes {
            switch code {
            case "WORKS": found[code] = [.employer(works)]
            case "SCHOOL": found[code] = [.employer(school)]
            default:
                if let number = Int64(code) { found[code] = [.person(ID(number))] }
            }
        }
        return found
    }

    /// Declares 8,000 yuan for each of the first three people and bills January: 3 × (600 + 160 + 40 + 10) = 2,430.
    @discardableResult
    static func billJanuary(_ tx: any Transaction) throws -> LevyBill {
        try declare(tx)
        let outcome = try Contributions.billMonth(
            tx, area: area, month: january, [roll], terms: try terms(), policyVersion: version, ground())
        precondition(outcome.bills == 1)
        return try Contributions.bills(tx, area: area, of: .employer(works))[0]
    }

    static let roll = EmployerRoll(works, people.prefix(3).map { LevyMember($0, .employee) })

    static func declare(_ tx: any Transaction) throws {
        try Contributions.setBases(
            tx, area: area, employer: works, baseYear: 2026,
            people.prefix(3).map { (person: $0, wage: Money(yuan: 8000), from: nil) }, terms: try terms(),
            policyVersion: version, ground())
    }

    @discardableResult
    static func pay(
        _ tx: any Transaction, _ serial: String, _ amount: Money, code: String = "WORKS", bill: ID<LevyBill>? = nil,
        period: Month? = january, on day: String = "2026-02-10", original: String? = nil,
        from source: ReceiptSource = .tax, insurance: Insurance? = nil
    ) throws -> ReceiptOutcome {
        try Contributions.takeIn(
            tx, area: area, from: source,
            [
                PaymentLine(
                    serial: serial, payerCode: code, payerName: "示范单位", amount: amount, paidDay: Town.day(day),
                    bill: bill, period: period, original: original, insurance: insurance)
            ], find: find, lateFees: lateFees, ground(day))
    }

    /// Approves giving money in suspense back and has the cashier pay it on the same day.
    @discardableResult
    static func refund(
        _ tx: any Transaction, _ receipt: ID<Receipt>, _ amount: Money, on day: String
    ) throws -> RefundOrder {
        let order = try Contributions.orderRefund(
            tx, area: area, receipt, amount, payee: "示范单位", account: "示例银行 001", ground(day, "退费"))
        return try Contributions.answerRefund(
            tx, area: area, order.act, .paid(serial: "付\(order.act)", day: Town.day(day)), ground(day, "退费付款"))
    }

    /// Books every act that is not in the books yet; answers the lines.
    static func book(_ tx: any Transaction, on day: String) throws -> [BookingLine] {
        try Contributions.unbooked(tx, area: area, limit: 100).flatMap { act in
            let lines = try Contributions.bookingLines(tx, area: area, of: act.id)
            try Contributions.recordBooking(tx, area: area, of: act.id, lines.map { ($0, 1) }, ground(day))
            return lines
        }
    }

    /// Everything that verification finds: events against rows, and the desk's own sums.
    static func broken(_ store: any Store) async throws -> [String] {
        let verifier = Verifier(
            area: area, sources: Contributions.evidence, checks: [{ try Contributions.verifyLevies($0, $1) }])
        return try await store.read { try verifier.run($0) }.problems.all.map(\.description)
    }
}
