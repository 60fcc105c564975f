import Basics
import Control
import Portability
import Storage
import StoreKit
import Testing

@Suite("收发报文与凭证")
struct ExchangeTests {
    @Test("待发报文按次序:前一封没到,后一封不发;失败重试,拒收不再发", arguments: StoreKind.allCases)
    func outbox(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let transfer = try await TransferTests.apply(store, Given.application(.outgoing, number: "ZY1"))
            let start = Moment(Given.day("2026-03-03"), hour: 9)
            try await store.write { tx in
                try Portability.send(
                    tx, area: Given.area, about: transfer, .accepted(due: Given.day("2026-03-16")), at: start)
                try Portability.send(
                    tx, area: Given.area, about: transfer, .information(Given.form("ZY1")), at: start)
            }
            func due(_ at: Moment) async throws -> [OutgoingMessage] {
                try await store.read { try Portability.due($0, area: Given.area, at: at) }
            }
            func standings() async throws -> [CorrespondenceLine.Standing] {
                try await store.read { try Portability.correspondence($0, area: Given.area, of: transfer.id) }
                    .map(\.standing)
            }
            func record(_ outcome: DeliveryOutcome, _ message: OutgoingMessage, _ at: Moment) async throws {
                try await store.write { try Portability.record($0, area: Given.area, outcome, of: message, at: at) }
            }
            let first = try #require(try await due(start).first)
            #expect(try await due(start).map(\.kind) == [.accepted])
            try await record(.failed("连接不上"), first, start)
            #expect(try await due(start + 59).isEmpty)
            #expect(try await standings() == [.waiting(attempts: 1), .waiting(attempts: 0)])
            let retried = try #require(try await due(start + 60).first)
            #expect(retried.messageID == first.messageID && retried.attempts == 1)
            try await record(.delivered, retried, start + 60)
            let second = try #require(try await due(start + 61).first)
            #expect(second.kind == .information)
            #expect(try PortabilityMessage(second.body).number == "ZY1")
            try await record(.refused("信息表编号不符"), second, start + 61)
            #expect(try await due(start + 999_999).isEmpty)
            #expect(try await standings() == [.delivered, .refused(answer: "信息表编号不符")])
        }
    }

    @Test("转出地不收联系函:转入即为不予受理,说明原因,可以另行申请", arguments: StoreKind.allCases)
    func refusedLetter(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let transfer = try await TransferTests.apply(store, Given.application(.incoming))
            let at = Moment(Given.day("2026-03-03"), hour: 9)
            let letter = ContactLetter(
                number: transfer.number, person: Given.traveller, scene: .employee, from: .employee, to: .employee,
                origin: Given.there, destination: Given.here, insuredFrom: Given.day("2026-02-01"),
                appliedOn: Given.day("2026-03-02"), writtenOn: Given.day("2026-03-02"), handler: "甲", reviewer: "乙")
            let changed = try await store.write { tx in
                try Portability.send(tx, area: Given.area, about: transfer, .contact(letter), at: at)
                let message = try #require(try Portability.due(tx, area: Given.area, at: at).first)
                return try Portability.record(
                    tx, area: Given.area, .refused("本地没有此人", codes: ["transfer.person.unknown"]), of: message, at: at)
            }
            #expect(changed?.person == Given.person)
            let last = try await store.read { try Portability.acts($0, area: Given.area, of: transfer.id).last }
            #expect(last?.kind == .rejected && last?.ground.contains("本地没有此人") == true)
            _ = try await TransferTests.apply(store, Given.application(.incoming), on: "2026-03-04")
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("纸质往来的转移不产生报文", arguments: StoreKind.allCases)
    func paper(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let transfer = try await TransferTests.apply(
                store, Given.application(.outgoing, number: "ZY1", onPaper: true))
            let at = Moment(Given.day("2026-03-03"))
            try await store.write { tx in
                try Portability.send(tx, area: Given.area, about: transfer, .done(day: at.day), at: at)
            }
            #expect(try await store.read { try Portability.due($0, area: Given.area, at: at) }.isEmpty)
        }
    }

    @Test("同一报文收两次只办一次;同号不同内容拒绝;别家的报文管不了这件事", arguments: StoreKind.allCases)
    func inbox(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let transfer = try await TransferTests.apply(store, Given.application(.incoming, number: "ZY1"))
            let message = PortabilityMessage(
                number: "ZY1", from: Given.otherArea, to: Given.area, .information(Given.form("ZY1")))
            func take(_ message: PortabilityMessage, _ id: String) async throws -> ArrivedMessage {
                try await store.write { tx in
                    let ground = Given.ground("2026-03-12", "电子报文")
                    let arrived = try Portability.arrive(
                        tx, area: Given.area, from: message.from, messageID: id, message.body)
                    if arrived == .fresh {
                        let transfer = try Portability.follow(tx, area: Given.area, message, ground)
                        try Portability.keep(
                            tx, area: Given.area, from: message.from, messageID: id, message.kind, message.body,
                            about: transfer.id, at: ground.at)
                    }
                    return arrived
                }
            }
            #expect(try await take(message, "M1") == .fresh)
            #expect(try await take(message, "M1") == .repeated(transfer.id))
            var changed = message
            changed.content = .information(Given.form("ZY1", principal: 9_999))
            let other = changed
            #expect(try await refusals { _ = try await take(other, "M1") } == ["transfer.message.changed"])
            #expect(try await refusals { _ = try await take(other, "M2") } == ["transfer.state"])
            var foreign = message
            foreign.from = AreaCode(990_300)
            let stranger = foreign
            #expect(try await refusals { _ = try await take(stranger, "M3") } == ["transfer.message.otherAgency"])
            let acts = try await store.read { try Portability.acts($0, area: Given.area, of: transfer.id) }
            #expect(acts.map(\.kind) == [.applied, .accepted, .infoReceived])
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("对方机构:最新一版为准;密钥太短、只填地址不填密钥,一次说全", arguments: StoreKind.allCases)
    func peers(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            func register(_ peer: PortabilityPeer) async throws {
                try await store.write {
                    try Portability.register($0, area: Given.area, peer, Given.ground("2026-03-01"))
                }
            }
            try await register(PortabilityPeer(agency: Given.there))
            let key = PortabilityPeer.Key.hmac(Array(repeating: 7, count: 32))
            try await register(PortabilityPeer(agency: Given.there, url: "http://127.0.0.1:1", key: key))
            let peer = try await store.read { try Portability.peer($0, area: Given.area, Given.otherArea) }
            #expect(peer?.isElectronic == true && peer?.key == key)
            #expect(try await store.read { try Portability.peers($0, area: Given.area) }.count == 1)
            #expect(
                try await refusals { try await register(PortabilityPeer(agency: Given.there, key: .hmac([1]))) }
                    == ["transfer.peer.key", "transfer.peer.url"])
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("参保凭证有编号、有效期、查验码:改一字查不出,过期说过期,编号与码不配不认", arguments: StoreKind.allCases)
    func certificates(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let draft = Portability.CertificateDraft(
                kind: .insured, owner: Given.person, person: Given.traveller,
                spells: [
                    Certificate.Spell(
                        insurance: .employee, first: Given.month("2024-01"), last: Given.month("2025-12"), months: 24)
                ], status: "终止缴费", agency: Given.here, validDays: 90)
            func issue() async throws -> Certificate {
                try await store.write {
                    try Portability.issue($0, area: Given.area, draft, Given.ground("2026-03-01"))
                }
            }
            let certificate = try await issue()
            let other = try await issue()
            #expect(certificate.number != other.number && certificate.code != other.code)
            #expect(certificate.code.count == 16 && certificate.validThrough == Given.day("2026-05-30"))
            func check(_ number: String, _ code: String, _ day: String = "2026-03-02") async throws -> CertificateCheck
            {
                try await store.read {
                    try Portability.check($0, area: Given.area, number: number, code: code, today: Given.day(day))
                }
            }
            let grouped = certificate.code.prefix(4) + "-" + certificate.code.dropFirst(4).lowercased()
            guard case .genuine(let content, _, _, let expired) = try await check(certificate.number, String(grouped))
            else {
                Issue.record("a genuine certificate was not known")
                return
            }
            #expect(content == certificate.content && !expired)
            #expect(content.contains("示例甲") && content.contains("2024-01 2025-12 24"))
            #expect(try await check(certificate.number, other.code) == .unknown)
            #expect(try await check("CB0", certificate.code) == .unknown)
            guard case .genuine(_, _, _, true) = try await check(certificate.number, certificate.code, "2026-05-31")
            else {
                Issue.record("an expired certificate was not called so")
                return
            }
            #expect(try await brokenPlaces(of: store) == [])
        }
    }
}
