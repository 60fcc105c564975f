import Basics
import Foundation
import Synchronization

/// Makes PDF from printed pages, with WeasyPrint as a program beside the server.
///
/// A few run at a time, each with a time limit; the pages carry their style and load nothing.
actor PDFWriter {
    private let program: URL?
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private static let runningMax = 2
    /// Cutting a Chinese font down takes two seconds of a processor; of the large font that a rare character asks for,
    /// ten, and several times that on a busy machine.
    private static let secondsMax = 120.0

    /// - Parameter path: folders to look in, as in the environment's `PATH`.
    init(path: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin") {
        let places = path.split(separator: ":").map {
            URL(fileURLWithPath: String($0)).appendingPathComponent("weasyprint")
        }
        program = places.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        free = PDFWriter.runningMax
    }

    /// The page as a PDF file.
    ///
    /// - Throws: `counter.pdf.missing`, `counter.pdf.slow`, `counter.pdf.failed`
    func pdf(of html: [UInt8]) async throws -> [UInt8] {
        guard let program else {
            throw Problem(
                "counter.pdf.missing",
                "服务器没有安装 PDF 程序 WeasyPrint,暂不能生成 PDF。可先用浏览器打印网页;请系统管理员运行 scripts/setup 安装")
        }
        await enter()
        defer { leave() }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("yibao-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = folder.appendingPathComponent("page.html"), file = folder.appendingPathComponent("page.pdf")
        try Data(html).write(to: page)
        try await PDFWriter.run(program, [page.path, file.path], in: folder)
        guard let pdf = try? Data(contentsOf: file), !pdf.isEmpty else { throw PDFWriter.failed }
        return Array(pdf)
    }

    private static let failed = Problem("counter.pdf.failed", "PDF 没有生成成功,请用浏览器打印网页,并把时间告诉系统管理员")
    private static let slow = Problem("counter.pdf.slow", "生成 PDF 超过时限,请稍后再试,或用浏览器打印网页")

    // MARK: Taking turns

    private func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }

    // MARK: The program

    private static func run(_ program: URL, _ arguments: [String], in folder: URL) async throws {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let isSlow = Mutex(false)
        let status: Int32 = try await withCheckedThrowingContinuation { answer in
            process.terminationHandler = { answer.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch {
                process.terminationHandler = nil
                answer.resume(throwing: failed)
                return
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + secondsMax) {
                guard process.isRunning else { return }
                isSlow.withLock { $0 = true }
                process.terminate()
            }
        }
        if isSlow.withLock({ $0 }) { throw slow }
        guard status == 0 else { throw failed }
    }
}
