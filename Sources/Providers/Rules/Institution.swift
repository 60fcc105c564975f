import Basics

/// A designated provider (定点医药机构) with everything that decides whether it may settle.
public struct Institution: Hashable, Sendable {
    public var id: ID<Provider>
    public var code: InstitutionCode
    /// By first day, the newest first; never empty.
    public var profiles: [Profile]
    public var agreements: [Agreement]

    public init(id: ID<Provider>, code: InstitutionCode, profiles: [Profile], agreements: [Agreement]) {
        self.id = id
        self.code = code
        self.profiles = profiles
        self.agreements = agreements
    }

    /// Name, tier and way of clearing from a day on.
    public struct Profile: Hashable, Sendable {
        public var first: Day
        public var name: String
        public var tier: Tier
        public var clearing: ClearingWay

        public init(first: Day, name: String, tier: Tier, clearing: ClearingWay) {
            self.first = first
            self.name = name
            self.tier = tier
            self.clearing = clearing
        }

        /// Whether both say the same, whatever the day from which they say it.
        public func says(_ other: Profile) -> Bool {
            name == other.name && tier == other.tier && clearing == other.clearing
        }
    }

    /// One agreement (定点协议) and the acts upon it.
    public struct Agreement: Hashable, Sendable {
        public var id: ID<Agreement>
        /// 协议编号
        public var number: String
        public var period: Period
        /// In the order in which they were recorded.
        public var acts: [Act]

        public init(id: ID<Agreement>, number: String, period: Period, acts: [Act] = []) {
            self.id = id
            self.number = number
            self.period = period
            self.acts = acts
        }
    }

    /// What the agency did to an agreement, effective from a day.
    public struct Act: Hashable, Sendable {
        public enum Kind: Int64, Sendable, CaseIterable {
            /// 中止(暂停结算)
            case suspended = 1
            /// 恢复
            case resumed = 2
            /// 解除
            case terminated = 3
        }
        public var kind: Kind
        public var from: Day

        public init(kind: Kind, from: Day) {
            self.kind = kind
            self.from = from
        }
    }

    public var kind: InstitutionKind { code.kind }

    /// The profile of a day; before the first known one, the first.
    public func profile(on day: Day) -> Profile { profiles.first { $0.first <= day } ?? profiles[profiles.count - 1] }

    public func tier(on day: Day) -> Tier { profile(on: day).tier }

    /// Nil when the provider may settle care of this day; else what stands in the way.
    public func objection(on day: Day) -> Problem? {
        let name = profile(on: day).name
        guard let agreement = agreements.first(where: { $0.period.contains(day) }) else {
            return Problem(
                "providers.agreement.none", field: "fixmedins_code",
                "\(name)在 \(day) 没有有效的定点协议,不能结算,请联系医保经办机构")
        }
        switch agreement.acts.last(where: { $0.from <= day })?.kind {
        case .suspended:
            return Problem(
                "providers.agreement.suspended", field: "fixmedins_code",
                "\(name)的定点协议在 \(day) 处于中止期,不能结算,恢复后再办")
        case .terminated:
            return Problem(
                "providers.agreement.terminated", field: "fixmedins_code",
                "\(name)的定点协议已解除,\(day) 的费用不能结算,请联系医保经办机构")
        case .resumed, nil: return nil
        }
    }
}

/// All providers of an area in memory: each message asks it who is speaking and whether it may.
/// An immutable snapshot; its holder loads another after a change (`Providers.revision`).
public struct ProviderDirectory: Sendable {
    public let area: AreaCode
    public let revision: Int64
    private let byCode: [String: Institution]
    private let codes: [ID<Provider>: String]
    private let keys: [String: ProviderKey]

    public init(area: AreaCode, revision: Int64, institutions: [Institution], keys: [String: ProviderKey]) {
        self.area = area
        self.revision = revision
        byCode = Dictionary(uniqueKeysWithValues: institutions.map { ($0.code.description, $0) })
        codes = Dictionary(uniqueKeysWithValues: institutions.map { ($0.id, $0.code.description) })
        self.keys = keys
    }

    public var all: [Institution] { byCode.values.sorted { $0.code.description < $1.code.description } }
    public subscript(code: String) -> Institution? { byCode[code] }
    public subscript(id: ID<Provider>) -> Institution? { codes[id].flatMap { byCode[$0] } }

    /// The key with which this provider signs now.
    public func key(of code: String) -> ProviderKey? { keys[code] }

    /// The provider that may settle care of this day, or the reason why not.
    public func requireInstitution(_ code: String, on day: Day) throws(Problem) -> Institution {
        guard let institution = byCode[code] else {
            throw Problem(
                "providers.unknown", field: "fixmedins_code", "没有编号为 \(code) 的定点医药机构,请核对编号")
        }
        if let objection = institution.objection(on: day) { throw objection }
        return institution
    }
}

/// What a provider's messages are signed with (签名密钥). Never part of an export or a log.
public struct ProviderKey: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Int64, Sendable, CaseIterable {
        /// HMAC-SM3 with a shared secret
        case hmac = 1
        /// SM2 public key of the provider
        case sm2 = 2
    }
    public var kind: Kind
    public var bytes: [UInt8]

    public init(kind: Kind, bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }

    /// Says the kind and nothing of the key.
    public var description: String { kind == .hmac ? "HMAC-SM3" : "SM2" }
}
