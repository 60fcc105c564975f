import Agency
import Basics
import Logging
import Policy
import Providers
import Seals
import Storage
import Synchronization

/// The national HIS interface (定点医药机构接口): one signed message in, one answer out.
///
///     let gateway = Gateway(agency)
///     let reply = await gateway.exchange(request)
///     reply.status      // 200
///
/// National field names are known here and nowhere further in. Nothing is written unless the whole message holds.
public struct Gateway: Sendable {
    /// What bounds a message, and the gateway as a whole.
    public struct Settings: Sendable {
        /// Longest body; a hundred fee lines take a tenth of it.
        public var bodyBytesMax = 4 << 20
        /// Messages under way at once; beyond it senders are asked to come again.
        public var messagesAtOnceMax = 1024
        /// 时钟允许误差: seconds between the sender's clock and the agency's.
        public var clockToleranceSeconds: Int64 = 300

        public init() {}
    }

    public let agency: Agency
    public let settings: Settings
    private let keys = KeyRing()
    private let signOns = SignOns()
    private let seen = SeenSignatures()
    private let traffic = Traffic()
    private let offices = Offices()
    private let logger: Logger

    public init(
        _ agency: Agency, settings: Settings = Settings(), logger: Logger = Logger(label: "yibao.gateway")
    ) {
        self.agency = agency
        self.settings = settings
        self.logger = logger
    }

    /// Answers one request. Never throws: whatever goes wrong is an answer.
    public func exchange(_ request: GatewayRequest) async -> GatewayReply {
        let receivedAt = agency.clock()
        guard traffic.enter(limit: settings.messagesAtOnceMax) else {
            return reply(to: receivedAt, .refusal(Problem("gateway.busy", "系统繁忙,请稍候几秒用同一报文ID重发")))
        }
        defer { traffic.leave() }
        do {
            return reply(to: receivedAt, .success(try await output(of: request, at: receivedAt)))
        } catch {
            return reply(to: receivedAt, answer(to: error, request))
        }
    }

    /// The `output` of a message: proved, read, held against its form, carried out.
    private func output(of request: GatewayRequest, at receivedAt: Moment) async throws -> [UInt8] {
        guard let form = MessageForm.byInfno[request.infno], let carry = Dispatch.carriers[request.infno] else {
            throw Problem("gateway.transaction.unknown", field: "infno", "没有交易 \(request.infno),请核对交易编号")
        }
        guard request.body.count <= settings.bodyBytesMax else { throw Gateway.tooLong(settings) }
        let signature = try Signature(
            provider: request.provider, time: request.time, messageID: request.messageID,
            signature: request.signature)
        let digest = SM3.hash(request.body)
        let check = SignatureCheck(toleranceSeconds: settings.clockToleranceSeconds)
        let key = try await key(of: signature.providerCode, for: signature.method)
        try check.check(signature, by: key, path: request.path, digest: digest, now: receivedAt)
        // A signature may be dated as far ahead as behind.
        try seen.require(signature, keptFor: 2 * settings.clockToleranceSeconds, now: receivedAt)
        let envelope = try Gateway.envelope(request.body, limits: JSON.Limits(bytesMax: settings.bodyBytesMax))
        try check.match(signature, envelope)
        try match(envelope, request, receivedAt)
        try await requireOffice(of: envelope.insuredArea)
        try FormCheck.check(envelope.input, against: form)
        if let number = envelope.signNumber {
            try await signOns.require(number, of: envelope.providerCode, agency)
        }
        let head = MessageHead(
            area: envelope.insuredArea, provider: envelope.providerCode, messageID: envelope.messageID,
            transaction: envelope.infno, digest: digest, operatorCode: envelope.actor)
        return try await carry(Message(envelope: envelope, head: head, receivedAt: receivedAt), agency)
    }

    /// The answer to a body that was not even taken in.
    func refuseLongBody() -> GatewayReply { reply(to: agency.clock(), .refusal(Gateway.tooLong(settings))) }

    private static func envelope(_ body: [UInt8], limits: JSON.Limits) throws(Problems) -> Envelope {
        let json: JSON
        do {
            json = try JSON.parse(body, limits: limits)
        } catch {
            throw Problems(error.problem(field: "报文"))
        }
        return try Envelope(json)
    }

    private static func tooLong(_ settings: Settings) -> Problem {
        Problem("gateway.body.tooLong", field: "报文", "报文超过 \(settings.bodyBytesMax) 字节,请减少内容或分批上传")
    }

    private func match(_ envelope: Envelope, _ request: GatewayRequest, _ now: Moment) throws(Problem) {
        guard envelope.infno == request.infno else {
            throw Problem(
                "gateway.envelope.infno", field: "infno",
                "报文的交易编号 \(envelope.infno) 与请求地址的 \(request.infno) 不一致,请核对")
        }
        guard envelope.sentAt.seconds <= now.seconds + settings.clockToleranceSeconds else {
            throw Problem("gateway.signature.stale", field: "inf_time", "交易时间 \(envelope.sentAt) 尚未到来,请校准时钟")
        }
    }

    /// The insured person's area is one that this agency administers (参保地有经办机构): of others it may have the law at
    /// hand, and nobody to answer for it. Where the care is given (就医地) may be anywhere.
    private func requireOffice(of area: AreaCode) async throws {
        if offices.has(area) { return }
        let established = try await agency.officeAreas()
        offices.note(established)
        guard established.contains(area) else {
            throw Problem("gateway.envelope.area", field: "insuplc_admdvs", "医保区划 \(area) 不在本系统,请核对参保地")
        }
    }

    /// The key a provider signs with, whichever of the agency's areas it belongs to.
    private func key(of provider: String, for method: Signature.Method) async throws -> SigningKey? {
        for area in agency.policies.areas.keys {
            guard let key = try await agency.providers(area).key(of: provider) else { continue }
            switch key.kind {
            case .hmac: return keys.hmac(key.bytes)
            case .sm2: return keys.sm2(key.bytes)
            }
        }
        return nil
    }

    private func answer(to error: any Error, _ request: GatewayRequest) -> Answer {
        switch error {
        case let problems as Problems: return .refusal(problems)
        case let problem as Problem: return .refusal(problem)
        case let failure as StoreError where failure.isPassing:
            logger.error("store", metadata: ["infno": "\(request.infno)", "error": "\(failure)"])
            return .refusal(Problem("storage.unavailable", "数据库暂时不可用,请稍后用同一报文ID重发"))
        default:
            logger.error(
                "message failed",
                metadata: [
                    "infno": "\(request.infno)", "msgid": "\(request.messageID ?? "")", "error": "\(error)",
                ])
            return .broken
        }
    }

    private func reply(to receivedAt: Moment, _ answer: Answer) -> GatewayReply {
        let answeredAt = agency.clock()
        let body = answer.bytes(
            reference: traffic.reference(answeredAt), receivedAt: receivedAt, answeredAt: answeredAt)
        return GatewayReply(status: answer.status, code: answer.code, body: body)
    }
}

extension StoreError {
    /// Whether the same message may succeed a little later.
    var isPassing: Bool {
        switch self {
        case .diskFull, .locked, .unknownOutcome, .unavailable: true
        case .constraint, .newerDatabase, .damaged, .failed: false
        }
    }
}

/// A request as it came, whatever carried it.
public struct GatewayRequest: Sendable {
    /// The path that was signed: `/gateway/2207`.
    public var path: String
    public var infno: String
    /// `X-Yibao-Provider`, `X-Yibao-Time`, `X-Yibao-Msgid`, `X-Yibao-Signature`
    public var provider: String?
    public var time: String?
    public var messageID: String?
    public var signature: String?
    public var body: [UInt8]

    public init(
        infno: String, provider: String?, time: String?, messageID: String?, signature: String?, body: [UInt8]
    ) {
        path = "/gateway/" + infno
        self.infno = infno
        self.provider = provider
        self.time = time
        self.messageID = messageID
        self.signature = signature
        self.body = body
    }
}

public struct GatewayReply: Sendable {
    /// HTTP status
    public var status: Int
    public var code: InfCode
    /// The answering envelope as JSON.
    public var body: [UInt8]
}

/// Areas known to have their office here: none ever closes, so that each is looked up once.
private final class Offices: Sendable {
    private let known = Mutex<Set<AreaCode>>([])

    func has(_ area: AreaCode) -> Bool { known.withLock { $0.contains(area) } }
    func note(_ areas: [AreaCode]) { known.withLock { $0.formUnion(areas) } }
}

/// How many messages are under way, and how many were answered.
final class Traffic: Sendable {
    private let underWay = Atomic<Int>(0)
    private let answered = Atomic<Int>(0)

    func enter(limit: Int) -> Bool {
        let count = underWay.add(1, ordering: .relaxed).newValue
        if count <= limit { return true }
        leave()
        return false
    }

    func leave() { underWay.subtract(1, ordering: .relaxed) }

    /// 接收方报文ID: moment and a running number, unique within this run.
    func reference(_ at: Moment) -> String {
        let number = answered.add(1, ordering: .relaxed).newValue
        var out: [UInt8] = []
        out.reserveCapacity(30)
        for byte in at.description.utf8 where (0x30...0x39).contains(byte) { out.append(byte) }
        let digits = String(number).utf8
        for _ in digits.count..<16 { out.append(UInt8(ascii: "0")) }
        out.append(contentsOf: digits)
        return String(decoding: out, as: UTF8.self)
    }
}
