import Basics
import Foundation
import Hummingbird
import Mustache

/// What a page gives its view: names to texts, numbers, flags, lists of the same.
/// Dictionaries, because Mustache reads them a hundred times faster than structs.
typealias Model = [String: Any]

/// Views and public files, read once at start.
struct Renderer: Sendable {
    private let library: MustacheLibrary

    init() async throws {
        library = try await MustacheLibrary(directory: Resources.folder("Views").path)
    }

    /// A page as an HTTP answer, never cached and never framed: it shows people's data.
    func page(_ view: String, _ model: Model, status: HTTPResponse.Status = .ok) -> Response {
        Renderer.answer(html(view, model), status: status)
    }

    func html(_ view: String, _ model: Model) -> String {
        library.render(Renderer.blanked(model), withTemplate: view) ?? "缺少页面模板 \(view),请检查安装是否完整"
    }

    static func answer(_ html: String, status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: html)))
    }
}

extension Renderer {
    /// An empty text counts as absent in a section (`{{#note}}`), and still hides an outer field of the same name.
    private struct Blank: MustacheCustomRenderable {
        var renderText: String { "" }
        var isNull: Bool { true }
    }

    private static func blanked(_ model: Model) -> Model {
        model.mapValues { value in
            switch value {
            case let text as String where text.isEmpty: Blank()
            case let rows as [Model]: rows.map(blanked)
            case let inner as Model: blanked(inner)
            default: value
            }
        }
    }
}

/// Where the views and public files are: beside the executable in an installation,
/// in the build folder during development.
enum Resources {
    static func folder(_ name: String) throws -> URL {
        let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let beside = executable.deletingLastPathComponent()
        let running = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let places =
            [running, beside].compactMap { $0 }.flatMap {
                [
                    $0.appendingPathComponent("yibao_Counter.resources"),
                    $0.appendingPathComponent("../share/yibao"),
                ]
            } + [source]
        for place in places {
            let folder = place.appendingPathComponent(name)
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue {
                return folder
            }
        }
        throw Problem(
            "counter.resourcesMissing", field: name,
            "找不到网页资源 \(name),请把 yibao_Counter.resources 目录放在 yibao 程序旁边后重试")
    }
}
