import Agency
import Basics
import HTTPTypes
import Hummingbird
import Logging
import Policy
import Portability
import Seals
import Storage

/// The door for other agencies (经办机构间转移接续报文): `POST /portability/{message}`, signed like the providers' messages.
///
/// A message is carried out once, however often it comes. What will never be taken is answered 422 with the problems;
/// what may be taken later, 401 or 503.
public struct PortabilityDoor: Sendable {
    let agency: Agency
    /// 时钟允许误差
    let toleranceSeconds: Int64
    private let keys = KeyRing()
    private let logger: Logger

    /// A form is some kilobytes.
    public static let bodyBytesMax = 256 << 10

    public init(
        _ agency: Agency, toleranceSeconds: Int64 = 300, logger: Logger = Logger(label: "yibao.portability")
    ) {
        self.agency = agency
        self.toleranceSeconds = toleranceSeconds
        self.logger = logger
    }

    public struct Reply: Sendable {
        /// HTTP status
        public var status: Int
        public var body: [UInt8]
    }

    /// Answers one message. Never throws: whatever goes wrong is an answer.
    public func exchange(_ request: GatewayRequest) async -> Reply {
        do {
            return PortabilityDoor.accepted(try await carryOut(request))
        } catch let problems as Problems {
            return PortabilityDoor.refused(problems)
        } catch let problem as Problem {
            return PortabilityDoor.refused(Problems(problem))
        } catch let failure as StoreError where failure.isPassing {
            return PortabilityDoor.refused(
                Problems(Problem("storage.unavailable", "数据库暂时不可用,请稍后用同一报文ID重发")), status: 503)
        } catch {
            logger.error("portability message failed", metadata: ["error": "\(error)"])
            return PortabilityDoor.refused(
                Problems(Problem("portability.broken", "系统内部错误,报文没有生效;请稍后用同一报文ID重发")), status: 503)
        }
    }

    private func carryOut(_ request: GatewayRequest) async throws -> Transfer {
        guard request.body.count <= PortabilityDoor.bodyBytesMax else {
            throw Problem("transfer.message.tooLong", field: "报文", "报文超过 \(PortabilityDoor.bodyBytesMax) 字节,请核对内容")
        }
        let now = agency.clock()
        let signature = try Signature(
            provider: request.provider, time: request.time, messageID: request.messageID,
            signature: request.signature)
        guard let from = AreaCode(signature.providerCode) else {
            throw Problem("gateway.signature.form", field: "X-Yibao-Provider", "发送方应为六位统筹区代码,请核对")
        }
        let areas = try await areas(that: from, signed: signature, request, now)
        let message = try PortabilityMessage(request.body)
        guard message.from == from, message.kind.word == request.infno else {
            throw Problem("transfer.message.mismatch", field: "报文", "报文内的发送方或类别与请求头、地址不一致,请重新签名发送")
        }
        guard areas.contains(message.to) else {
            throw Problem("transfer.message.notForUs", field: "to", "报文是给 \(message.to) 的,本系统没有与 \(from) 约定该统筹区的往来")
        }
        let messageID = signature.messageID
        let body = request.body
        return try await agency.store.write { tx in
            try Agency.receive(tx, area: message.to, message, messageID: messageID, body: body, at: now)
        }
    }

    /// The areas here that hold a key with which the other agency signed this message.
    private func areas(
        that other: AreaCode, signed signature: Signature, _ request: GatewayRequest, _ now: Moment
    ) async throws -> Set<AreaCode> {
        let check = SignatureCheck(toleranceSeconds: toleranceSeconds)
        let digest = SM3.hash(request.body)
        var refusal: Problem?
        var accepted: Set<AreaCode> = []
        for area in agency.policies.areas.keys {
            let peer = try await agency.store.read { try Portability.peer($0, area: area, other) }
            do {
                try check.check(signature, by: key(of: peer), path: request.path, digest: digest, now: now)
                accepted.insert(area)
            } catch { refusal = error }
        }
        if accepted.isEmpty, let refusal { throw refusal }
        return accepted
    }

    private func key(of peer: PortabilityPeer?) -> SigningKey? {
        switch peer?.key {
        case .hmac(let secret): keys.hmac(secret)
        case .sm2(let pem): keys.sm2(Array(pem.utf8))
        case nil, .some(.none): nil
        }
    }

    // MARK: - Answers

    private static func accepted(_ transfer: Transfer) -> Reply {
        var json = JSONWriter(capacity: 64)
        json.object {
            $0.field("status", "ok")
            $0.field("number", transfer.number)
        }
        return Reply(status: 200, body: json.bytes)
    }

    private static func refused(_ problems: Problems, status: Int? = nil) -> Reply {
        let isUnsigned = problems.all.first?.code.hasPrefix("gateway.signature") == true
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("status", "refused")
            json.array("problems") { json in
                for problem in problems.all {
                    json.object {
                        $0.field("code", problem.code)
                        $0.field("field", problem.field ?? "")
                        $0.field("message", problem.message)
                    }
                }
            }
        }
        return Reply(status: status ?? (isUnsigned ? 401 : 422), body: json.bytes)
    }
}

extension PortabilityDoor {
    /// Adds `POST /portability/{message}` to a router.
    public func addRoutes<Context: RequestContext>(to router: Router<Context>) {
        router.post("/portability/:message") { request, context in
            let word = context.parameters.get("message") ?? ""
            var body: [UInt8] = []
            for try await part in request.body {
                body.append(contentsOf: part.readableBytesView)
                if body.count > PortabilityDoor.bodyBytesMax { break }
            }
            let headers = request.headers
            var message = GatewayRequest(
                infno: word, provider: headers[.provider], time: headers[.time], messageID: headers[.messageID],
                signature: headers[.signature], body: body)
            message.path = request.uri.path
            let reply = await exchange(message)
            var fields = HTTPFields()
            fields[.contentType] = "application/json; charset=utf-8"
            return Response(
                status: HTTPResponse.Status(code: reply.status), headers: fields,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
        }
    }
}
