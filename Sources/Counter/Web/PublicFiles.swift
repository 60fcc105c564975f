import Basics
import Foundation
import Hummingbird

/// Style sheets, scripts and the mark: few and small, so they are read once and served from memory.
struct PublicFiles: Sendable {
    private let files: [String: (type: String, body: ByteBuffer)]

    init() throws {
        let folder = try Resources.folder("Public").resolvingSymlinksInPath()
        let types = ["css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"]
        var files: [String: (String, ByteBuffer)] = [:]
        for case let relative as String in FileManager.default.enumerator(atPath: folder.path) ?? .init() {
            guard let type = types[(relative as NSString).pathExtension] else { continue }
            let body = try Data(contentsOf: folder.appendingPathComponent(relative))
            files[relative] = (type, ByteBuffer(bytes: body))
        }
        self.files = files
        guard files["vendor/bootstrap.min.css"] != nil else {
            throw Problem("counter.vendorMissing", "缺少网页样式 bootstrap.min.css,请先运行 make setup 再启动")
        }
    }

    /// The style of printed forms, which carry it along: PDF is made from the page alone.
    var printStyle: String { files["print.css"].map { String(buffer: $0.body) } ?? "" }

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/public/**") { _, context in
            let path = context.parameters.getCatchAll().joined(separator: "/")
            guard let file = files[path] else { throw HTTPError(.notFound) }
            return Response(
                status: .ok, headers: [.contentType: file.type, .cacheControl: "max-age=3600"],
                body: .init(byteBuffer: file.body))
        }
    }
}
