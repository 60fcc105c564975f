import Agency
import Basics
import Synchronization

/// Signing-on numbers (签到编号) that were really given out. A HIS sends its number with every message of a shift,
/// so each is looked up once and then known.
final class SignOns: Sendable {
    private let known = Mutex<Set<String>>([])
    /// A day's shifts of a county's providers; beyond it the numbers are simply looked up again.
    private static let keptMax = 20_000

    /// Throws unless the agency answered a 9001 of this provider with the number.
    func require(_ number: String, of provider: String, _ agency: Agency) async throws {
        if known.withLock({ $0.contains(number) }) { return }
        guard number.hasPrefix(provider), try await agency.hasSignedOn(provider, with: number) else {
            throw Problem("gateway.signOn.unknown", field: "sign_no", "没有这个签到编号,请重新签到(9001)后使用返回的编号")
        }
        known.withLock { known in
            if known.count >= SignOns.keptMax { known.removeAll(keepingCapacity: true) }
            known.insert(number)
        }
    }
}
