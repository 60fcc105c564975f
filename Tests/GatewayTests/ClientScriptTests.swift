import Basics
import Demonstration
import Foundation
import Gateway
import Hummingbird
import Logging
import Seals
import TestKit
import Testing

@Suite("The example client plays a stay and a purchase over HTTP")
struct ClientScriptTests {
    @Test("examples/his_client.py, with nothing but Python's standard library", arguments: StoreKind.allCases)
    func script(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            house.clock.now = Moment(seconds: Int64(Date().timeIntervalSince1970) + 8 * 3600)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let (ports, opened) = AsyncStream<Int>.makeStream()
            let application = Application(
                router: house.gateway.router(), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { channel in opened.yield(channel.localAddress?.port ?? 0) }, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                var port = 0
                for await opened in ports {
                    port = opened
                    break
                }
                let (status, output) = try await run(port: port, house)
                #expect(status == 0, "\(output)")
                #expect(output.contains("全部完成"))
                // The hospital's day and the pharmacy's, each counted by its own bills.
                #expect(output.components(separatedBy: "对账结果 0").count == 3, "\(output)")
                #expect(!output.contains("对账结果 1"), "\(output)")
                group.cancelAll()
            }
        }
    }

    private func run(port: Int, _ house: TestHouse) async throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", repositoryRoot + "/examples/his_client.py", "--url", "http://127.0.0.1:\(port)",
            "--hospital", house.hospital.sender.code, "--hospital-key", Hex.encode(house.hospital.sender.key),
            "--pharmacy", house.pharmacy.sender.code, "--pharmacy-key", Hex.encode(house.pharmacy.sender.key),
            "--certno", house.employee.certificate,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { ended in
                let output = pipe.fileHandleForReading.readDataToEndOfFile()
                continuation.resume(returning: (ended.terminationStatus, String(decoding: output, as: UTF8.self)))
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }
}
