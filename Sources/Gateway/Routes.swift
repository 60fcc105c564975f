import Agency
import Basics
import HTTPTypes
import Hummingbird
import Storage

extension Gateway {
    /// Adds `POST /gateway/{infno}` and `GET /healthz` to a router.
    public func addRoutes<Context: RequestContext>(to router: Router<Context>) {
        router.post("/gateway/:infno") { request, context in
            let infno = context.parameters.get("infno") ?? ""
            return await respond(to: request, infno: infno)
        }
        router.get("/healthz") { _, _ in await health() }
    }

    /// A router with the gateway alone.
    public func router() -> Router<BasicRequestContext> {
        let router = Router()
        addRoutes(to: router)
        return router
    }

    private func respond(to request: Request, infno: String) async -> Response {
        let body: [UInt8]
        do {
            body = try await collect(request)
        } catch {
            return Gateway.response(to: refuseLongBody())
        }
        let headers = request.headers
        var message = GatewayRequest(
            infno: infno, provider: headers[.provider], time: headers[.time], messageID: headers[.messageID],
            signature: headers[.signature], body: body)
        message.path = request.uri.path
        return Gateway.response(to: await exchange(message))
    }

    /// The body in one buffer, within the limit; a longer one is refused without being read to its end.
    private func collect(_ request: Request) async throws -> [UInt8] {
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= settings.bodyBytesMax else { throw BodyTooLong() }
        var body: [UInt8] = []
        body.reserveCapacity(length)
        for try await part in request.body {
            guard body.count + part.readableBytes <= settings.bodyBytesMax else { throw BodyTooLong() }
            body.append(contentsOf: part.readableBytesView)
        }
        return body
    }

    private struct BodyTooLong: Error {}

    private static func response(to reply: GatewayReply) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "application/json; charset=utf-8"
        if reply.status == 503 { headers[.retryAfter] = "2" }
        return Response(
            status: HTTPResponse.Status(code: reply.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }

    /// Whether the store answers: for whoever watches over the service.
    private func health() async -> Response {
        let works = (try? await agency.store.read { tx in try tx.first("SELECT 1") { try $0.int(0) } }) == 1
        var headers = HTTPFields()
        headers[.contentType] = "application/json; charset=utf-8"
        let text = works ? #"{"status":"ok"}"# : #"{"status":"unavailable"}"#
        return Response(
            status: works ? .ok : .serviceUnavailable, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension HTTPField.Name {
    static let provider = HTTPField.Name("X-Yibao-Provider")!
    static let time = HTTPField.Name("X-Yibao-Time")!
    static let messageID = HTTPField.Name("X-Yibao-Msgid")!
    static let signature = HTTPField.Name("X-Yibao-Signature")!
}
