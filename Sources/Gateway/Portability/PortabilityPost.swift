import Agency
import Basics
import Foundation
import Portability
import Seals
import Storage

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Carries a signed message to another agency's door (报文传送).
public protocol PortabilityCarrier: Sendable {
    /// The answer's HTTP status and body; throws when nothing came back.
    func post(_ url: String, headers: [(name: String, value: String)], body: [UInt8]) async throws -> (
        status: Int, body: [UInt8]
    )
}

/// Over HTTP.
public struct HTTPCarrier: PortabilityCarrier {
    public var timeoutSeconds = 30

    public init() {}

    public func post(_ url: String, headers: [(name: String, value: String)], body: [UInt8]) async throws -> (
        status: Int, body: [UInt8]
    ) {
        guard let address = URL(string: url) else {
            throw Problem("transfer.peer.url", field: "url", "对方地址“\(url)”不是网址,请更正对方机构的登记")
        }
        var request = URLRequest(url: address)
        request.httpMethod = "POST"
        request.httpBody = Data(body)
        request.timeoutInterval = TimeInterval(timeoutSeconds)
        for header in headers { request.setValue(header.value, forHTTPHeaderField: header.name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, Array(data))
    }
}

/// Sends what waits in the outbox (发报): each message signed anew at each attempt, under its one number.
public struct PortabilityPost: Sendable {
    let agency: Agency
    let carrier: any PortabilityCarrier
    /// Signs towards agencies that hold this one's public key; those with a shared secret need none.
    let key: SM2PrivateKey?

    public init(_ agency: Agency, carrier: any PortabilityCarrier = HTTPCarrier(), key: SM2PrivateKey? = nil) {
        self.agency = agency
        self.carrier = carrier
        self.key = key
    }

    /// What a round did.
    public struct Round: Hashable, Sendable {
        public var delivered = 0
        public var refused = 0
        public var failed = 0

        public init(delivered: Int = 0, refused: Int = 0, failed: Int = 0) {
            self.delivered = delivered
            self.refused = refused
            self.failed = failed
        }
    }

    /// Sends what is due until nothing more is: what a delivered message held back comes with it.
    public func deliver(area: AreaCode) async throws -> Round {
        var round = Round()
        while true {
            let now = agency.clock()
            let due = try await agency.store.read { try Portability.due($0, area: area, at: now) }
            if due.isEmpty { return round }
            for message in due {
                let outcome = await attempt(message, area: area)
                try await agency.store.write {
                    try Agency.recordDelivery($0, area: area, outcome, of: message, at: now)
                }
                switch outcome {
                case .delivered: round.delivered += 1
                case .refused: round.refused += 1
                case .failed: round.failed += 1
                }
            }
        }
    }

    private func attempt(_ message: OutgoingMessage, area: AreaCode) async -> DeliveryOutcome {
        do {
            let agencyCode = message.agency
            let peer = try await agency.store.read { try Portability.peer($0, area: area, agencyCode) }
            guard let peer, peer.isElectronic else { return .failed("没有登记 \(message.agency) 的电子往来地址和密钥") }
            let path = "/portability/" + message.kind.word
            let headers = try headers(message, area: area, path: path, peer.key)
            let answer = try await carrier.post(peer.url + path, headers: headers, body: message.body)
            let text = Self.words(of: answer.body)
            switch answer.status {
            case 200: return .delivered
            // What the other side will never take. A wrong clock, key or address may be put right: what answers in some
            // other way is not its door, or not in order.
            case 422: return .refused(text, codes: Self.codes(of: answer.body))
            default: return .failed("HTTP \(answer.status) \(text)")
            }
        } catch {
            return .failed("\(error)")
        }
    }

    private static func codes(of body: [UInt8]) -> Set<String> {
        let problems = (try? JSON.parse(body))?["problems"]
        return Set(problems?.elements.compactMap { $0["code"]?.text } ?? [])
    }

    /// What the other side says is wrong, in its sentences; of another kind of house, its answer as it stands.
    private static func words(of body: [UInt8]) -> String {
        let problems = (try? JSON.parse(body))?["problems"]
        let sentences = problems?.elements.compactMap { $0["message"]?.text } ?? []
        return sentences.isEmpty ? String(decoding: body.prefix(500), as: UTF8.self) : sentences.joined(separator: ";")
    }

    private func headers(
        _ message: OutgoingMessage, area: AreaCode, path: String, _ key: PortabilityPeer.Key
    ) throws -> [(name: String, value: String)] {
        let time = agency.clock().description.filter(\.isNumber)
        let text = Signature.text(
            method: "POST", path: path, time: time, messageID: message.messageID, digest: SM3.hash(message.body))
        let signature: String
        switch (key, self.key) {
        case (.hmac(let secret), _): signature = "HMAC-SM3 " + Hex.encode(HMACSM3(key: secret).code(for: text))
        case (.sm2, let own?): signature = "SM2 " + Hex.encode(try own.sign(text))
        default:
            throw Problem("transfer.post.noKey", field: "key", "与对方约定用 SM2 签名,但本机构没有签名私钥,请配置后重发")
        }
        return [
            ("Content-Type", "application/json"), ("X-Yibao-Provider", area.description), ("X-Yibao-Time", time),
            ("X-Yibao-Msgid", message.messageID), ("X-Yibao-Signature", signature),
        ]
    }
}
