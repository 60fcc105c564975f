import Basics
import Control
import Storage

/// Another agency (对方经办机构): its address for letters, its bank for money, and, where it works with this house's
/// messages, its door and key.
public struct PortabilityPeer: Hashable, Sendable {
    public enum Key: Hashable, Sendable {
        /// 只往来纸质函件
        case none
        /// A secret that both sides hold, for HMAC-SM3.
        case hmac([UInt8])
        /// The other side's SM2 public key as PEM.
        case sm2(String)

        var columns: (kind: Int64, bytes: [UInt8]) {
            switch self {
            case .none: (0, [])
            case .hmac(let secret): (1, secret)
            case .sm2(let pem): (2, Array(pem.utf8))
            }
        }

        init(kind: Int64, bytes: [UInt8]) {
            switch kind {
            case 1: self = .hmac(bytes)
            case 2: self = .sm2(String(decoding: bytes, as: UTF8.self))
            default: self = .none
            }
        }
    }

    public var agency: TransferAgency
    /// Where messages go: https://医保.示例:8443; empty for letters.
    public var url: String
    public var key: Key

    public init(agency: TransferAgency, url: String = "", key: Key = .none) {
        self.agency = agency
        self.url = url
        self.key = key
    }

    public var isElectronic: Bool { key != .none && !url.isEmpty }
}

extension Portability {
    /// Registers another agency, or what has changed about it; with the area's own code, the head of its own letters.
    public static func register(
        _ tx: any Transaction, area: AreaCode, _ peer: PortabilityPeer, _ ground: Ground
    ) throws {
        try check(peer, area).throwIfAny()
        let agency = peer.agency
        let version = (try tx.first(lastVersion, Value(area), Value(agency.area)) { try $0.intOrNil(0) } ?? nil) ?? 0
        try tx.execute(
            peerInsertion,
            [
                Value(area), Value(agency.area), .int(version + 1), .text(agency.name), .text(agency.address),
                .text(agency.phone), .text(agency.bank), .text(agency.account), .text(peer.url),
                .int(peer.key.columns.kind), .bytes(peer.key.columns.bytes),
            ] + ground.columns)
        try Evidence.peer.record(
            tx, area: area, subject: agency.area.raw, record: version + 1, by: ground.actor, at: ground.at)
    }

    private static func check(_ peer: PortabilityPeer, _ area: AreaCode) -> Problems {
        var problems = Problems()
        if peer.agency.area == area, peer.key != .none {
            problems.add("transfer.peer.self", field: "agency", "\(area) 是本统筹区,登记的是本机构的函头,不填对方地址和密钥")
        }
        if peer.agency.name.isEmpty { problems.add("transfer.peer.name", field: "name", "请填写对方经办机构名称") }
        if case .hmac(let secret) = peer.key, secret.count < 16 {
            problems.add("transfer.peer.key", field: "key", "共享密钥至少 16 字节,请与对方重新约定")
        }
        if (peer.key == .none) != peer.url.isEmpty {
            problems.add("transfer.peer.url", field: "url", "电子往来要同时填写对方地址和密钥;只往来纸质函件的两项都不填")
        }
        return problems
    }

    private static let lastVersion: SQL = "SELECT max(version) FROM portability_peer WHERE area = ? AND agency = ?"

    private static let peerInsertion: SQL = """
        INSERT INTO portability_peer (area, agency, version, name, address, phone, bank, account, url, key_kind, key,
            matter, actor_kind, actor, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// What is known of an agency now; nil when it was never registered.
    public static func peer(
        _ tx: any Transaction, area: AreaCode, _ agency: AreaCode
    ) throws -> PortabilityPeer? {
        try tx.first(peerByArea, Value(area), Value(agency), read: readPeer)
    }

    private static let peerByArea: SQL = """
        SELECT agency, name, address, phone, bank, account, url, key_kind, key FROM portability_peer
        WHERE area = ? AND agency = ? ORDER BY version DESC LIMIT 1
        """

    /// Every agency, by area code.
    public static func peers(_ tx: any Transaction, area: AreaCode) throws -> [PortabilityPeer] {
        try tx.rows(allPeers, Value(area), read: readPeer)
    }

    private static let allPeers: SQL = """
        SELECT agency, name, address, phone, bank, account, url, key_kind, key FROM portability_peer p
        WHERE area = ? AND version = (SELECT max(version) FROM portability_peer l
            WHERE l.area = p.area AND l.agency = p.agency)
        ORDER BY agency LIMIT 4000
        """

    private static func readPeer(_ row: any Row) throws -> PortabilityPeer {
        PortabilityPeer(
            agency: TransferAgency(
                area: AreaCode(try row.int(0)), name: try row.text(1), address: try row.text(2), phone: try row.text(3),
                bank: try row.text(4), account: try row.text(5)),
            url: try row.text(6), key: PortabilityPeer.Key(kind: try row.int(7), bytes: try row.bytes(8)))
    }
}
