import Basics

/// A certificate that a person carries (凭证): of being insured, or of having paid.
public struct Certificate: Hashable, Sendable {
    public enum Kind: Int64, Sendable, CaseIterable {
        /// 参保凭证
        case insured = 1
        /// 缴费证明
        case payments = 2

        public var name: String { self == .insured ? "基本医疗保险参保凭证" : "基本医疗保险缴费证明" }
        var prefix: String { self == .insured ? "CB" : "JF" }
    }

    /// A stretch of insurance or of payments.
    public struct Spell: Hashable, Sendable {
        public var insurance: Insurance
        public var first: Month
        /// Nil while it goes on.
        public var last: Month?
        /// Months paid within it.
        public var months: Int64
        /// 个人缴纳
        public var paid: Money
        public var employer: String
        /// 本系统建立前的记录: months taken over from the former system, of which no amount is known here.
        public var isTakenOver: Bool

        public init(
            insurance: Insurance, first: Month, last: Month?, months: Int64, paid: Money = .zero, employer: String = "",
            isTakenOver: Bool = false
        ) {
            self.isTakenOver = isTakenOver
            self.insurance = insurance
            self.first = first
            self.last = last
            self.months = months
            self.paid = paid
            self.employer = employer
        }
    }

    /// 凭证编号
    public var number: String
    public var kind: Kind
    public var person: TransferPerson
    public var spells: [Spell]
    /// 缴费状态: 参保缴费, 暂停缴费, 终止缴费
    public var status: String
    /// 出具机构
    public var agency: TransferAgency
    public var issuedOn: Day
    /// 有效期至
    public var validThrough: Day
    /// 查验码
    public var code: String

    public init(
        number: String, kind: Kind, person: TransferPerson, spells: [Spell], status: String, agency: TransferAgency,
        issuedOn: Day, validThrough: Day, code: String
    ) {
        self.number = number
        self.kind = kind
        self.person = person
        self.spells = spells
        self.status = status
        self.agency = agency
        self.issuedOn = issuedOn
        self.validThrough = validThrough
        self.code = code
    }

    /// What the verification code is over: every line of it, in one order.
    public var content: String {
        var lines = [
            "凭证 \(kind.name)", "编号 \(number)", "姓名 \(person.name)", "证件 \(person.paperKind) \(person.paperNumber)",
            "性别 \(person.sex.rawValue)", "出生 \(person.birth)", "状态 \(status)",
            "机构 \(agency.area) \(agency.name) \(agency.phone)", "出具 \(issuedOn)", "有效期至 \(validThrough)",
        ]
        for spell in spells {
            let last = spell.last?.description ?? "至今"
            let label = spell.isTakenOver ? "前期" : "时段"
            lines.append(
                "\(label) \(spell.insurance.rawValue) \(spell.first) \(last) \(spell.months) \(spell.paid) \(spell.employer)"
            )
        }
        return lines.joined(separator: "\n")
    }

    /// Sixteen characters of a digest, in groups of four, without letters that are read for digits: 7K3M-…
    static func code(of digest: [UInt8]) -> String {
        let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        var text = ""
        var held: UInt64 = 0
        var bits = 0
        for byte in digest where text.count < 16 {
            held = held << 8 | UInt64(byte)
            bits += 8
            while bits >= 5, text.count < 16 {
                bits -= 5
                text.append(letters[Int(held >> UInt64(bits) & 31)])
            }
            held &= 0xFF
        }
        return text
    }
}

/// What the verification of a certificate says (凭证查验).
public enum CertificateCheck: Hashable, Sendable {
    /// As it was issued; whether its days are over.
    case genuine(content: String, issuedOn: Day, validThrough: Day, hasExpired: Bool)
    /// No such number, or a code that is not its own: the two look the same from outside.
    case unknown
}
