import Basics
import Benefits
import Catalogue
import Fund
import Policy
import Providers
import Storage
import Synchronization

/// What is kept at hand so that a message need not ask the store for it: catalogues, providers, compiled law.
/// Snapshots are immutable and replaced whole; a flow keeps those it began with.
final class Shelf: Sendable {
    /// An area's snapshots, and when they were last compared with the store.
    struct Snapshots: Sendable {
        var catalogue: CatalogueIndex
        var providers: ProviderDirectory
        var chart: Chart
        var checked: ContinuousClock.Instant
    }

    private let snapshots = Mutex<[AreaCode: Snapshots]>([:])
    private let mappings = Mutex<[MappingKey: Mappings]>([:])
    private let terms = Mutex<[TermsKey: [(days: Period, terms: BenefitTerms)]]>([:])
    private let policies = Mutex<[PolicyKey: AreaPolicy]>([:])

    struct MappingKey: Hashable, Sendable {
        var area: AreaCode
        var provider: String
    }

    /// A provider's mappings, and when they were last compared with the store.
    private struct Mappings: Sendable {
        var snapshot: ProviderMappings
        var checked: ContinuousClock.Instant
    }

    /// How old a snapshot may grow before its version is asked again: a change at another desk is in force at the
    /// counter within a second.
    private static let freshness = Duration.seconds(1)

    /// The area's snapshots, fresh enough to answer a message.
    func snapshots(_ area: AreaCode, _ store: any Store) async throws -> Snapshots {
        let kept = snapshots.withLock { $0[area] }
        let now = ContinuousClock.now
        if let kept, kept.checked.duration(to: now) < Self.freshness { return kept }
        let fresh = try await store.read { tx in
            var fresh =
                try kept
                ?? Snapshots(
                    catalogue: Catalogue.loadIndex(tx, area: area), providers: Providers.loadDirectory(tx, area: area),
                    chart: FundDesk.chart(tx, area: area), checked: now)
            if try Catalogue.version(tx, area: area) != fresh.catalogue.version {
                fresh.catalogue = try Catalogue.loadIndex(tx, area: area)
            }
            if try Providers.revision(tx, area: area) != fresh.providers.revision {
                fresh.providers = try Providers.loadDirectory(tx, area: area)
            }
            if kept != nil { fresh.chart = try FundDesk.chart(tx, area: area) }
            fresh.checked = now
            return fresh
        }
        snapshots.withLock { $0[area] = fresh }
        return fresh
    }

    /// What a provider's own codes are mapped to, fresh enough to answer a message: loaded with its first lines, asked
    /// for their revision once a second, and loaded again when something was decided since.
    func mappings(
        _ area: AreaCode, of provider: String, _ store: any Store, now: ContinuousClock.Instant = .now
    ) async throws -> ProviderMappings {
        let key = MappingKey(area: area, provider: provider)
        let kept = mappings.withLock { $0[key] }
        if let kept, kept.checked.duration(to: now) < Self.freshness { return kept.snapshot }
        let fresh = try await store.read { tx in
            if let kept,
                try Catalogue.mappingRevision(tx, area: area, provider: provider) == kept.snapshot.revision
            {
                return kept.snapshot
            }
            return try Catalogue.loadMappings(tx, area: area, provider: provider)
        }
        mappings.withLock { $0[key] = Mappings(snapshot: fresh, checked: now) }
        return fresh
    }

    /// Forgets what is at hand, so that the next message sees an import or a decision made just now.
    func refresh() {
        snapshots.withLock { $0.removeAll() }
        mappings.withLock { $0.removeAll() }
    }

    // MARK: Law

    /// Compiled terms are kept by the version of the law that they come from.
    struct TermsKey: Hashable, Sendable {
        var area: AreaCode
        var version: String
        var insurance: Insurance
    }

    struct PolicyKey: Hashable, Sendable {
        var area: AreaCode
        var version: String
    }

    func terms(_ policy: AreaPolicy, _ insurance: Insurance, on day: Day) throws -> BenefitTerms {
        let key = TermsKey(area: policy.code, version: policy.version, insurance: insurance)
        if let kept = terms.withLock({ $0[key]?.first { $0.days.contains(day) } }) { return kept.terms }
        let compiled = try BenefitTerms(policy.on(day, for: insurance))
        let days = policy.span(around: day, for: insurance)
        terms.withLock { $0[key, default: []].append((days, compiled)) }
        return compiled
    }

    func policy(_ key: PolicyKey) -> AreaPolicy? { policies.withLock { $0[key] } }
    func keep(_ policy: AreaPolicy, as key: PolicyKey) { policies.withLock { $0[key] = policy } }
}

extension Agency {
    /// Makes the next message read catalogues, providers and mappings anew: call after an import in this process.
    public func refresh() { shelf.refresh() }

    /// The catalogue as messages see it now.
    public func catalogue(_ area: AreaCode) async throws -> CatalogueIndex {
        try await shelf.snapshots(area, store).catalogue
    }

    /// The providers as messages see them now.
    public func providers(_ area: AreaCode) async throws -> ProviderDirectory {
        try await shelf.snapshots(area, store).providers
    }

    /// The law in force at this agency for a day, compiled.
    public func terms(_ area: AreaCode, _ insurance: Insurance, on day: Day) throws -> BenefitTerms {
        try shelf.terms(try policies.area(area), insurance, on: day)
    }

    /// How far the amount of a line that arrives today may differ from price × quantity.
    func amountTolerance(_ area: AreaCode) throws -> Money {
        try Benefits.amountTolerance(policies.area(area).on(clock().day))
    }
}
