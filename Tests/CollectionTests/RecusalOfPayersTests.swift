import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// A form that names a bill concerns whoever owes it (回避).
@Suite("Recusal reaches the payer behind a bill")
struct RecusalOfPayersTests {
    @Test("Who keeps out of the way of an employer handles none of its bills", arguments: StoreKind.allCases)
    func bills(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await desk.county.declareWages()
            _ = try await desk.county.agency.carryOut(
                CollectionRun(area: County.area, .month(County.january), pageSize: 2), County.ground())
            let bills = try await store.read { tx in
                try Contributions.bills(tx, area: County.area, after: ID(0), limit: 10)
            }
            let kinds = Agency.matterKinds.filter { $0.field("bill") != nil }
            #expect(!kinds.isEmpty)
            for bill in bills {
                guard case .employer(let employer) = bill.payer else { continue }
                for kind in kinds {
                    let concerns = try await store.read { tx in
                        try kind.concerns(tx, area: County.area, FormValues(["bill": "\(bill.id)"]))
                    }
                    #expect(concerns == [.employer(employer)], "\(kind.code)")
                }
            }
            let kind = try #require(kinds.first)
            let clerk = try #require(desk.staff[kind.steps[0].post])
            guard case .employer(let own) = bills[0].payer else { return }
            let codes = try await store.write { [matters = desk.matters] tx -> [String] in
                try Recusals.declare(
                    tx, area: County.area, staff: clerk, .employer(own), .interest,
                    on: Ground("本人申报", by: .system, at: County.at))
                do {
                    try matters.open(
                        tx, kind.code, form: ["bill": "\(bills[0].id)"], by: clerk, at: County.at, accept: false)
                    return []
                } catch let problems as Problems { return problems.all.map(\.code) }
            }
            #expect(codes.contains("matter.act.recused"))
        }
    }
}
