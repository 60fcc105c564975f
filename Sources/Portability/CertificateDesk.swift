import Basics
import Control
import Seals
import Storage

extension Portability {
    /// What a certificate is made from, before it has number and code.
    public struct CertificateDraft: Hashable, Sendable {
        public var kind: Certificate.Kind
        public var owner: ID<Person>
        public var person: TransferPerson
        public var spells: [Certificate.Spell]
        public var status: String
        public var agency: TransferAgency
        public var validDays: Int

        public init(
            kind: Certificate.Kind, owner: ID<Person>, person: TransferPerson, spells: [Certificate.Spell],
            status: String, agency: TransferAgency, validDays: Int
        ) {
            self.kind = kind
            self.owner = owner
            self.person = person
            self.spells = spells
            self.status = status
            self.agency = agency
            self.validDays = validDays
        }
    }

    /// Issues a certificate (出具凭证): numbered, with its last valid day and the code by which anybody can ask whether
    /// it is genuine.
    public static func issue(
        _ tx: any Transaction, area: AreaCode, _ draft: CertificateDraft, _ ground: Ground
    ) throws -> Certificate {
        let id = try tx.nextNumber("certificate")
        let day = ground.at.day
        let digits = String(id % 10_000_000 + 10_000_000).dropFirst()
        var certificate = Certificate(
            number: "\(draft.kind.prefix)\(area)\(day.compact)\(digits)", kind: draft.kind, person: draft.person,
            spells: draft.spells, status: draft.status, agency: draft.agency, issuedOn: day,
            validThrough: day + draft.validDays, code: "")
        let key = try certificateKey(tx, area: area, at: ground.at)
        certificate.code = code(certificate.content, key.bytes)
        try tx.execute(
            Evidence.certificateTable.insertion,
            [
                Value(area), .int(id), .text(certificate.number), Value(code: certificate.kind), Value(draft.owner),
                .text(certificate.content), Value(day), Value(certificate.validThrough), .int(key.version),
                .text(certificate.code),
            ] + ground.columns)
        try Evidence.certificate.record(tx, area: area, subject: id, by: ground.actor, at: ground.at)
        return certificate
    }

    private static func code(_ content: String, _ key: [UInt8]) -> String {
        Certificate.code(of: HMACSM3(key: key).code(for: content))
    }

    /// The agency's secret of today; drawn when the first certificate is issued.
    private static func certificateKey(
        _ tx: any Transaction, area: AreaCode, at: Moment
    ) throws -> (version: Int64, bytes: [UInt8]) {
        if let key = try tx.first(lastKey, Value(area), read: { (try $0.int(0), try $0.bytes(1)) }) { return key }
        let fresh = SecureRandom.bytes(32)
        try tx.execute(
            "INSERT INTO certificate_key (area, version, key, at) VALUES (?, 1, ?, ?)", Value(area), .bytes(fresh),
            Value(at))
        return (1, fresh)
    }

    private static let lastKey: SQL = """
        SELECT version, key FROM certificate_key WHERE area = ? ORDER BY version DESC LIMIT 1
        """

    /// A certificate as it was issued: the lines that its code is over.
    public struct IssuedCertificate: Hashable, Sendable {
        public let number: String
        public let kind: Certificate.Kind
        public let content: String
        public let issuedOn: Day
        public let validThrough: Day
        public let code: String
    }

    /// What a matter issued; nil for one that issued nothing.
    public static func certificate(
        _ tx: any Transaction, area: AreaCode, of matter: ID<Matter>
    ) throws -> IssuedCertificate? {
        try tx.first(certificateOfMatter, Value(area), Value(matter)) { row in
            IssuedCertificate(
                number: try row.text(0), kind: try row.code(1), content: try row.text(2), issuedOn: try row.day(3),
                validThrough: try row.day(4), code: try row.text(5))
        }
    }

    private static let certificateOfMatter: SQL = """
        SELECT number, kind, content, issued_day, valid_through, code FROM certificate
        WHERE area = ? AND matter = ? ORDER BY id DESC LIMIT 1
        """

    /// Whether a certificate is genuine (凭证查验), for anybody who has its number and code.
    public static func check(
        _ tx: any Transaction, area: AreaCode, number: String, code given: String, today: Day
    ) throws -> CertificateCheck {
        let found = try tx.first(certificateByNumber, Value(area), .text(number.uppercased())) { row in
            (
                content: try row.text(0), issued: try row.day(1), through: try row.day(2), code: try row.text(3),
                key: try row.bytes(4)
            )
        }
        let clean = given.uppercased().filter { $0.isLetter || $0.isNumber }
        guard let found, constantTimeEqual(Array(found.code.utf8), Array(clean.utf8)),
            code(found.content, found.key) == found.code
        else { return .unknown }
        return .genuine(
            content: found.content, issuedOn: found.issued, validThrough: found.through,
            hasExpired: today > found.through)
    }

    private static let certificateByNumber: SQL = """
        SELECT c.content, c.issued_day, c.valid_through, c.code, k.key FROM certificate c
        JOIN certificate_key k ON k.area = c.area AND k.version = c.key_version
        WHERE c.area = ? AND c.number = ?
        """
}
