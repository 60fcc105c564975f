import Agency
import Basics
import Control
import Counter
import Demonstration
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Storage
import Synchronization
import TestKit

/// A browser at the counter of a sample house: keeps its cookie, posts forms, reads pages. No socket.
final class Visit: Sendable {
    let house: TestHouse
    private let responder: RouterResponder<DoorContext>
    private let cookie = Mutex<String?>(nil)

    static let password = "Correct-horse-27"
    /// One for all accounts of the tests: a hash takes a tenth of a second by its purpose.
    private static let credential = Task {
        try await Credential.make(password, login: "someone", displayName: "例甲", rules: SignInRules())
    }

    init(_ house: TestHouse) async throws {
        self.house = house
        var log = Logger(label: "test")
        log.logLevel = .critical
        let counter = try await Counter(agency: house.house.agency, area: house.house.area, log: log)
        let router = Router(context: DoorContext.self)
        counter.addRoutes(to: router)
        responder = router.buildResponder()
    }

    struct Page: Sendable {
        let status: Int
        let headers: HTTPFields
        let bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }

        /// The hidden token of the page's first form.
        var formToken: String {
            guard let start = text.range(of: "name=\"csrf\" value=\"") else { return "" }
            return String(text[start.upperBound...].prefix { $0 != "\"" })
        }
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Page {
        try await ask(.get, path, body: [], headers: headers)
    }

    func post(_ path: String, _ fields: [String: String], headers: [String: String] = [:]) async throws -> Page {
        let body = fields.map { "\($0.key)=\(Self.escape($0.value))" }.joined(separator: "&")
        return try await ask(.post, path, body: Array(body.utf8), headers: headers)
    }

    /// Posts a form in which a field stands several times, as ticked boxes do.
    func post(_ path: String, pairs: [(String, String)]) async throws -> Page {
        let body = pairs.map { "\($0.0)=\(Self.escape($0.1))" }.joined(separator: "&")
        return try await ask(.post, path, body: Array(body.utf8), headers: [:])
    }

    /// Posts a form with files, as a browser does (`multipart/form-data`).
    func upload(
        _ path: String, _ fields: [String: String], files: [(field: String, name: String, bytes: [UInt8])]
    ) async throws -> Page {
        let boundary = "----visit27"
        var body: [UInt8] = []
        func write(_ text: String) { body += Array(text.utf8) }
        for (name, value) in fields {
            write("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n")
        }
        for file in files {
            write(
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(file.field)\"; filename=\"\(file.name)\"\r\n"
            )
            write("Content-Type: application/octet-stream\r\n\r\n")
            body += file.bytes
            write("\r\n")
        }
        write("--\(boundary)--\r\n")
        return try await ask(
            .post, path, body: body, headers: ["Content-Type": "multipart/form-data; boundary=\(boundary)"])
    }

    /// Opens an account with these posts and signs in with it.
    @discardableResult
    func signIn(_ posts: Set<PostCode> = ["settlement.review"], login: String = "li.shi") async throws -> Page {
        try await openAccount(posts, login: login)
        return try await post("/sign-in", ["login": login, "password": Self.password])
    }

    func openAccount(_ posts: Set<PostCode>, login: String) async throws {
        let credential = try await Self.credential.value
        let now = house.clock.now
        try await house.house.agency.store.write { [area = house.house.area] tx in
            let ground = Ground("测试", by: .system, at: now)
            let staff = try Staff.open(
                tx, area: area, login: login, displayName: "例甲", credential: credential, on: ground)
            for post in posts {
                try Organisation.grant(tx, area: area, post, to: staff, from: now.day, on: ground)
            }
        }
    }

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, body: [UInt8], headers: [String: String] = [:]
    ) async throws -> Page {
        var fields = HTTPFields()
        if let cookie = cookie.withLock({ $0 }) { fields[.cookie] = cookie }
        for (name, value) in headers { fields[HTTPField.Name(name)!] = value }
        let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path, headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let channel = EmbeddedChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: "10.20.30.40", port: 50_000)
        let context = DoorContext(
            source: ApplicationRequestContextSource(channel: channel, logger: Logger(label: "test")))
        let response = try await responder.respond(to: request, context: context)
        if let set = response.headers[.setCookie] { cookie.withLock { $0 = String(set.prefix { $0 != ";" }) } }
        let pile = Pile()
        try await response.body.write(Writer(pile: pile))
        return Page(status: response.status.code, headers: response.headers, bytes: pile.bytes.withLock { $0 })
    }

    private static func escape(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

private final class Pile: Sendable {
    let bytes = Mutex<[UInt8]>([])
}

private struct Writer: ResponseBodyWriter {
    let pile: Pile
    mutating func write(_ buffer: ByteBuffer) async throws {
        pile.bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
