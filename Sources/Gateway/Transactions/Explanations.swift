import Agency
import Basics
import Benefits
import Settlement
import Synchronization

/// Puts settlements into words for `setl_proc_info` (结算过程信息): from the steps that were stored and the law they were
/// taken under, which is kept at hand, since a day's settlements share it.
final class Explainer: Sendable {
    private struct Law: Hashable {
        let area: AreaCode
        let version: [UInt8]
        let insurance: Insurance
        let day: Day
    }

    /// A counter settles bills of few days and few insurances at a time; beyond this the shelf is cleared.
    private static let lawsMax = 256
    private let laws = Mutex<[Law: BenefitTerms]>([:])

    static let shared = Explainer()

    /// The computation, a line a step.
    func lines(for row: SettlementRow, _ agency: Agency) async throws -> [String] {
        let law = Law(area: row.area, version: row.policyVersion, insurance: row.insurance, day: row.costDay)
        let terms = try await terms(law, row, agency)
        return Explanation.lines(try StepCoding.decode(row.steps), terms: terms)
    }

    private func terms(_ law: Law, _ row: SettlementRow, _ agency: Agency) async throws -> BenefitTerms {
        if let known = laws.withLock({ $0[law] }) { return known }
        let terms = try await agency.terms(of: row)
        laws.withLock { laws in
            if laws.count >= Explainer.lawsMax { laws.removeAll() }
            laws[law] = terms
        }
        return terms
    }
}
