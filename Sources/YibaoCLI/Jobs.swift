import Agency
import Basics
import Control
import Logging
import Policy
import ServiceLifecycle

/// Carries out approved jobs while the house is open (批量办理), every second, and tends the matters every minute.
/// A job that is cut off by closing time goes on at the next opening, from its last chunk.
struct Jobs: Service {
    let agency: Agency
    let logger: Logger

    private static let secondsBetweenUpkeep = 60

    func run() async throws {
        var round = 0
        while !Task.isCancelled {
            let tends = round % Jobs.secondsBetweenUpkeep == 0
            // Graceful shutdown ends the wait and the work between two chunks.
            let goesOn: Void? = try? await cancelWhenGracefulShutdown {
                await work(tends: tends)
                try await Task.sleep(for: .seconds(1))
            }
            guard goesOn != nil else { return }
            round += 1
        }
    }

    private func work(tends: Bool) async {
        for area in agency.policies.areas.keys.sorted() {
            do {
                for job in try await agency.runJobs(area) where job.state == .stopped {
                    logger.warning(
                        "批量办理中止",
                        metadata: [
                            "matter": "\(job.matter)",
                            "reason": "\(job.problems.map(\.message).joined(separator: ";"))",
                        ])
                }
                if tends { try await agency.tendMatters(area) }
            } catch is CancellationError {
                return
            } catch {
                logger.error("批量办理没有完成,稍后重试", metadata: ["area": "\(area)", "error": "\(error)"])
            }
        }
    }
}
