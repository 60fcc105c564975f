import Agency
import Basics
import Contributions
import Enrolment
import Storage
import StoreKit
import Testing

@Suite("应缴列表")
struct BillListTests {
    private static func bills(
        _ desk: Desk, of payers: [Payer]? = nil, from month: Month? = nil, before: ID<LevyBill> = ID(Int64.max),
        limit: Int = 10
    ) async throws -> [LevyBill] {
        try await desk.store.read {
            try Contributions.bills($0, area: County.area, of: payers, from: month, before: before, limit: limit)
        }
    }

    @Test("新的在前,逐页不漏不重;可以只看一个月、一些缴费人的", arguments: StoreKind.allCases)
    func narrowed(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store)
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            let all = try await Self.bills(desk)
            #expect(all.count > 1 && all.map(\.id) == all.map(\.id).sorted(by: >))
            var (paged, place): ([LevyBill], ID<LevyBill>) = ([], ID(Int64.max))
            while let one = try await Self.bills(desk, before: place, limit: 1).first {
                paged.append(one)
                place = one.id
            }
            #expect(paged == all)
            #expect(try await Self.bills(desk, from: County.january) == all)
            #expect(try await Self.bills(desk, from: County.january + 1) == [])
            let payers = all.map(\.payer)
            #expect(try await Self.bills(desk, of: [payers[1]]) == [all[1]])
            #expect(try await Self.bills(desk, of: payers) == all)
            let following = try await Self.bills(desk, of: payers, from: County.january, before: all[0].id)
            #expect(following == Array(all.dropFirst()))
            #expect(try await Self.bills(desk, of: []) == [])
        }
    }
}
