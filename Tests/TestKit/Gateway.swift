import Basics
import Demonstration
import Gateway
import HTTPTypes
import Hummingbird
import Logging
import Policy
import Seals
import Storage
import Synchronization

/// A clock that stands until a test moves it.
public final class TestClock: Sendable {
    private let current: Mutex<Moment>

    public init(_ moment: Moment) { current = Mutex(moment) }

    public var now: Moment {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

/// A sample house with its gateway open, asked through the router as over HTTP, without a socket.
public struct TestHouse: Sendable {
    public let house: SampleHouse
    public let clock: TestClock
    public let gateway: Gateway
    private let responder: RouterResponder<PlainContext>

    public var hospital: TestSender { TestSender(self, house.hospital) }
    public var otherHospital: TestSender { TestSender(self, house.otherHospital) }
    public var pharmacy: TestSender { TestSender(self, house.pharmacy) }

    /// The first employee (310) and the first resident (390).
    public var employee: SampleHouse.Insured { house.people.first { $0.insurance == .employee }! }
    public var resident: SampleHouse.Insured { house.people.first { $0.insurance == .resident }! }

    public init(house: SampleHouse, clock: TestClock, settings: Gateway.Settings = Gateway.Settings()) {
        self.house = house
        self.clock = clock
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        gateway = Gateway(house.agency, settings: settings, logger: logger)
        let router = Router(context: PlainContext.self)
        gateway.addRoutes(to: router)
        responder = router.buildResponder()
    }

    public struct Reply: Sendable {
        public let status: Int
        public let json: JSON
        /// 0 for success
        public var code: Int64? { json["infcode"]?.int }
        public var error: String { json["err_msg"]?.text ?? "" }
        public var output: JSON? { json["output"] }
    }

    /// One HTTP request through the router.
    public func post(_ path: String, headers: [(String, String)], body: [UInt8]) async throws -> Reply {
        var fields = HTTPFields()
        for (name, value) in headers { fields[HTTPField.Name(name)!] = value }
        let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: path, headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let context = PlainContext(source: PlainContext.Source(logger: Logger(label: "test")))
        let response = try await responder.respond(to: request, context: context)
        let collected = Collected()
        try await response.body.write(Collector(into: collected))
        return Reply(status: response.status.code, json: try JSON.parse(collected.bytes.withLock { $0 }))
    }
}

/// Runs `body` with a sample house on a store of this kind and of its own, on 2 March 2026 at half past eight.
///
/// `law` replaces words of the demonstration city's policies; `policies` names another folder of the repository.
public func withTestHouse<Result>(
    _ kind: StoreKind, people: TestHouse.People = .few, policies: String = "policies/demo",
    law: [(String, String)] = [], settings: Gateway.Settings = Gateway.Settings(),
    _ body: (TestHouse) async throws -> Result
) async throws -> Result {
    let clock = TestClock(TestHouse.morning)
    let book = law.isEmpty ? try TestLaw.book(policies) : try await TestLaw.demonstration(changed: law)
    return try await people.house.withCopy(kind, policies: book, clock: { clock.now }) { house in
        try await body(TestHouse(house: house, clock: clock, settings: settings))
    }
}

extension TestHouse {
    public static let morning = Moment("2026-03-02 08:30:00")!

    /// How many people are insured: six for what is asked of one or two of them, sixty where each of many situations
    /// takes a person of its own.
    public enum People: Sendable {
        case few, many

        fileprivate var house: PreparedHouse { self == .few ? TestHouse.fewPeople : TestHouse.manyPeople }
    }

    private static let fewPeople = PreparedHouse(people: 6, founded: morning + -3600)
    private static let manyPeople = PreparedHouse(people: 60, founded: morning + -3600)
}

/// A hospital's or a pharmacy's system: puts messages in their envelope, signs and sends them.
public struct TestSender: Sendable {
    public let house: TestHouse
    public let sender: SampleHouse.Sender
    private let signer: HMACSM3

    /// Where the sender gives its care; the house's own area unless another is named.
    private let division: String

    public init(_ house: TestHouse, _ sender: SampleHouse.Sender, division: AreaCode? = nil) {
        self.house = house
        self.sender = sender
        self.division = (division ?? house.house.area).description
        signer = HMACSM3(key: sender.key)
    }

    /// A message id of this sender at this moment.
    public func messageID(_ sequence: Int) -> String {
        sender.code + house.clock.now.description.filter(\.isNumber) + String(10_000 + sequence).dropFirst()
    }

    /// The envelope around an `input`, as JSON.
    public func envelope(_ infno: String, _ input: String, messageID: String) -> String {
        let area = house.house.area
        return """
            {"infno":"\(infno)","msgid":"\(messageID)","mdtrtarea_admvs":"\(division)","insuplc_admdvs":"\(area)",\
            "recer_sys_code":"YBXT","infver":"V1.0","opter_type":"1","opter":"0001","opter_name":"示例操作员",\
            "inf_time":"\(house.clock.now)","fixmedins_code":"\(sender.code)","fixmedins_name":"\(sender.name)",\
            "input":\(input)}
            """
    }

    /// The four headers that sign a body for a path, some seconds after the house's moment.
    public func headers(
        _ path: String, _ messageID: String, _ body: [UInt8], after seconds: Int64 = 0
    ) -> [(String, String)] {
        let time = (house.clock.now + seconds).description.filter(\.isNumber)
        let text = "POST\n\(path)\n\(time)\n\(messageID)\n\(Hex.encode(SM3.hash(body)))"
        return [
            ("X-Yibao-Provider", sender.code), ("X-Yibao-Time", time), ("X-Yibao-Msgid", messageID),
            ("X-Yibao-Signature", "HMAC-SM3 " + Hex.encode(signer.code(for: text))),
        ]
    }

    /// Sends one message, signed anew; a fresh number unless one is given.
    @discardableResult
    public func send(_ infno: String, _ input: String, messageID: String? = nil) async throws -> TestHouse.Reply {
        let messageID = messageID ?? self.messageID(serials.next())
        let body = Array(envelope(infno, input, messageID: messageID).utf8)
        let path = "/gateway/" + infno
        return try await house.post(
            path, headers: headers(path, messageID, body, after: Int64(turns.next() % 200)), body: body)
    }
}

private let serials = Serials()
/// No two messages in a row are signed for the same second.
private let turns = Serials()

/// Numbers that no two messages of the test run share within a second of the house's clock.
private final class Serials: Sendable {
    private let last = Atomic<Int>(0)
    func next() -> Int { last.add(1, ordering: .relaxed).newValue % 10_000 }
}

/// A request context without a connection.
public struct PlainContext: RequestContext {
    public struct Source: RequestContextSource {
        public let logger: Logger
        public init(logger: Logger) { self.logger = logger }
    }

    public var coreContext: CoreRequestContextStorage
    public init(source: Source) { coreContext = CoreRequestContextStorage(source: source) }
}

private final class Collected: Sendable {
    let bytes = Mutex<[UInt8]>([])
}

private struct Collector: ResponseBodyWriter {
    let collected: Collected
    init(into collected: Collected) { self.collected = collected }
    mutating func write(_ buffer: ByteBuffer) async throws {
        collected.bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
