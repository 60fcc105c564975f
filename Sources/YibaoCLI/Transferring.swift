import Agency
import Basics
import Gateway
import Logging
import Policy
import Portability
import ServiceLifecycle

/// Sends transfers' messages to other agencies while the house is open (关系转移往来), every half a minute; those that
/// do not get through wait longer each time.
struct Transferring: Service {
    let agency: Agency
    let post: PortabilityPost
    let logger: Logger

    func run() async throws {
        while !Task.isCancelled {
            for area in agency.policies.areas.keys.sorted() {
                do {
                    let round = try await post.deliver(area: area)
                    if round.refused > 0 {
                        logger.warning(
                            "有转移报文被对方拒收,请查看转移业务", metadata: ["area": "\(area)", "count": "\(round.refused)"])
                    }
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("转移报文没有发完,稍后重试", metadata: ["area": "\(area)", "error": "\(error)"])
                }
            }
            guard (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: .seconds(30)) })) != nil else {
                return
            }
        }
    }
}
