import Agency
import Basics
import Settlement
import Storage
import TestKit
import Testing

/// Lists, totals and reconciliation: what the web and the hospitals look at.
@Suite("Lists and reconciliation")
struct ListTests {
    private func twelvePurchases(_ town: Town) async throws -> [SettlementStatement] {
        var all: [SettlementStatement] = []
        for index in 0..<12 {
            town.clock.now = Moment(day("2026-03-01") + index / 3, hour: 9)
            let person = index % 2 == 0 ? town.employee : town.resident
            all.append(
                try await town.agency.purchase(
                    town.purchase(person, [town.line(0, Int64(index + 1), serial: "1")]),
                    town.head("2102A", from: town.pharmacy)))
        }
        return all
    }

    @Test("A list runs from the newest to the oldest, page by page, and misses nothing", arguments: StoreKind.allCases)
    func pages(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let all = try await twelvePurchases(town)
            let area = town.area
            let provider = all[0].bill.provider
            let filters: [(SettlementDesk.SettlementFilter, [SettlementStatement])] = [
                (.init(), all), (.init(provider: provider), all),
                (.init(person: town.resident), all.filter { $0.bill.person == town.resident }),
                (.init(firstDay: day("2026-03-02"), lastDay: day("2026-03-03")), Array(all[3..<9])),
                (.init(provider: provider, careType: .inpatient), []),
            ]
            for (filter, expected) in filters {
                let found = try await town.agency.store.read { tx in
                    var found: [ID<SettlementRecord>] = []
                    var place: SettlementDesk.SettlementPlace?
                    repeat {
                        let page = try SettlementDesk.settlements(area, filter, after: place, limit: 5, tx)
                        #expect(page.bills.count <= 5)
                        found += page.bills.map(\.id)
                        place = page.next
                    } while place != nil
                    return found
                }
                #expect(Set(found) == Set(expected.map(\.bill.id)))
                #expect(found.count == expected.count)
            }
        }
    }

    @Test("Reconciliation of totals finds equal what is equal, and says what differs", arguments: StoreKind.allCases)
    func totals(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let all = try await twelvePurchases(town)
            let red = try await town.reverse(all[0], at: town.pharmacy)
            let mine = all.filter { $0.bill.insurance == .employee }.map(\.bill) + [red.bill]
            var statement = TotalsStatement(
                insurance: .employee, clearingType: .pharmacy, first: day("2026-03-01"), last: day("2026-03-31"),
                total: mine.map(\.amounts.total).total(), funds: mine.map(\.amounts.funds).total(),
                account: mine.map(\.amounts.account).total(), count: Int64(mine.count))
            let head = town.head("3201", from: town.pharmacy)
            #expect(try await town.agency.reconcileTotals(statement, head).isEqual)
            statement.total += Money(fen: 1)
            let finding = try await town.agency.reconcileTotals(statement, head)
            #expect(!finding.isEqual)
            #expect(finding.description.contains("医疗费总额"))
        }
    }

    @Test(
        "Reconciliation line by line names each settlement that one side lacks or tells otherwise",
        arguments: StoreKind.allCases)
    func details(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let all = try await twelvePurchases(town)
            var stated = all.map { DetailStatement($0.bill) }
            stated[3].total += Money(fen: 1)
            let left = stated.remove(at: 5)
            var invented = stated[0]
            invented.settlement = ID(999_999)
            stated.append(invented)
            let findings = try await town.agency.reconcileDetails(
                stated, first: day("2026-03-01"), last: day("2026-03-31"), clearingType: nil,
                town.head("3202", from: town.pharmacy))
            #expect(findings.map(\.result) == [.amountsDiffer, .unknownToAgency, .unknownToProvider])
            #expect(findings[2].ours?.settlement == left.settlement)
        }
    }

    /// SQLite's plans alone: PostgreSQL chooses its plan by counted rows, and scans the few of a test.
    @Test("The lists of the web run along an index: no plan scans the table or sorts it")
    func plans() async throws {
        try await withTown(.sqlite) { town in
            let area = town.area
            let place = SettlementDesk.SettlementPlace(day: day("2026-03-02"), id: ID(5))
            let filters: [SettlementDesk.SettlementFilter] = [
                .init(), .init(provider: ID(1)), .init(firstDay: day("2026-03-01"), lastDay: day("2026-03-02")),
                .init(provider: ID(1), careType: .pharmacy),
            ]
            for filter in filters {
                let plan = try await town.agency.store.read { tx in
                    let (query, arguments) = SettlementDesk.listQuery(area, filter, after: place, limit: 50)
                    return try tx.rows(SQL("EXPLAIN QUERY PLAN \(query.text)"), arguments) { try $0.text(3) }
                }
                #expect(plan.allSatisfy { !$0.contains("SCAN") && !$0.contains("TEMP B-TREE") }, "\(plan)")
            }
            let person = try await town.agency.store.read { tx in
                let filter = SettlementDesk.SettlementFilter(person: ID(1))
                let (query, arguments) = SettlementDesk.listQuery(area, filter, after: nil, limit: 50)
                return try tx.rows(SQL("EXPLAIN QUERY PLAN \(query.text)"), arguments) { try $0.text(3) }
            }
            // A person's few settlements are sorted; they are found by index.
            #expect(person.allSatisfy { !$0.contains("SCAN") }, "\(person)")
        }
    }
}
