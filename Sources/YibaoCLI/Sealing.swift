import Agency
import Basics
import Control
import Logging
import Policy
import ServiceLifecycle

/// Seals what was done, every second while the house is open (封存): the event chain grows behind the counter and
/// never holds it up. At the end of each day the day's head is signed, when the signing key is at hand.
struct Sealing: Service {
    let agency: Agency
    let key: SigningKey?
    let logger: Logger

    func run() async throws {
        while !Task.isCancelled {
            for area in agency.policies.areas.keys.sorted() {
                do {
                    try await work(area)
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("封存没有完成,稍后重试", metadata: ["area": "\(area)", "error": "\(error)"])
                }
            }
            // Graceful shutdown ends the wait; the last second's events are sealed at the next opening.
            guard (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: .seconds(1)) })) != nil else {
                return
            }
        }
    }

    private func work(_ area: AreaCode) async throws {
        let now = agency.clock()
        try await Sealer.seal(agency.store, area: area, at: now)
        if let key { try await EventChain.closeDays(agency.store, area: area, key: key, at: now) }
    }
}
