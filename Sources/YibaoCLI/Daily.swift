import Agency
import Basics
import Control
import Logging
import Policy
import ServiceLifecycle

/// Does the day's work of every area while the house is open (日终处理): at the opening when today's is not done yet,
/// and after each midnight. What failed is tried again an hour later.
struct Daily: Service {
    let agency: Agency
    let logger: Logger

    func run() async throws {
        while !Task.isCancelled {
            // Graceful shutdown ends the wait, and the work between two parts.
            let goesOn: Void? = try? await cancelWhenGracefulShutdown {
                try await work()
                try await Task.sleep(for: .seconds(60))
            }
            guard goesOn != nil else { return }
        }
    }

    private func work() async throws {
        do {
            for area in try await agency.officeAreas() {
                guard try await agency.isDailyDue(area) else { continue }
                let report = try await agency.daily(area) { part, error in
                    logger.error(
                        "日终处理有一项没有办完",
                        metadata: ["area": "\(area)", "part": "\(part.name)", "error": "\(error)"])
                }
                if let warning = agency.calendarWarning { logger.warning("\(warning)") }
                if report.failures.isEmpty { logger.notice("日终处理已办完", metadata: ["area": "\(area)"]) }
            }
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            logger.error("日终处理没有办完,稍后重试", metadata: ["error": "\(error)"])
        }
    }
}
