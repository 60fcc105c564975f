import Basics
import Catalogue
import Contributions
import Control
import Enrolment
import Fund
import Policy
import Portability
import Providers
import Screening
import Settlement
import Storage

/// The agency (经办机构) with its doors open: the store, the law, the catalogues, and every flow that crosses desks.
///
///     let agency = try await Agency.open(store, policies: PolicyBook.load("policies"), clock: { Moment(…) })
///     let statement = try await agency.settle(request, head)
///     statement.bill.amounts.pool      // 统筹基金支付
///
/// A value that many tasks share. Today is what its clock says; no flow asks another.
public struct Agency: Sendable {
    public let store: any Store
    public let policies: PolicyBook
    public let clock: @Sendable () -> Moment
    let shelf = Shelf()

    public init(store: any Store, policies: PolicyBook, clock: @escaping @Sendable () -> Moment) {
        self.store = store
        self.policies = policies
        self.clock = clock
    }

    /// Brings the store to the newest schema, files the law of each area in its archive, and opens the doors.
    public static func open(
        _ store: any Store, policies: PolicyBook, clock: @escaping @Sendable () -> Moment
    ) async throws -> Agency {
        try await store.migrate(migrations)
        let now = clock()
        try await store.write { tx in
            for (code, policy) in policies.areas.sorted(by: { $0.key < $1.key }) {
                try EventLog.resume(tx, area: code)
                try PolicyVersions.archive(tx, area: code, text: policy.archive, at: now)
            }
        }
        return Agency(store: store, policies: policies, clock: clock)
    }

    /// Every desk's schema, in the order in which the house stands on it.
    public static let migrations: [Migration] =
        ControlSchema.migrations + MatterSchema.migrations + SamplingSchema.migrations + Imports.migrations
        + Catalogue.migrations
        + Providers.migrations
        + Enrolment.migrations + Contributions.migrations + Portability.migrations + SettlementDesk.migrations
        + FundDesk.migrations
        + ExchangeFiles.migrations + ScreeningDesk.migrations + DailyRecords.migrations
        + AccountComparisons.migrations

    public func close() async throws { try await store.close() }
}
