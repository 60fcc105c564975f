import Agency
import Basics
import Contributions
import Control
import Demonstration
import Enrolment
import Foundation
import Gateway
import Hummingbird
import Logging
import NIOCore
import Policy
import Portability
import Seals
import Storage
import TestKit
import Testing

extension City {
    /// Opens this agency's door on a port of this machine, as `yibao serve` does, for as long as `body` runs.
    ///
    /// - Parameter port: 0 for a free one.
    func serving<Result: Sendable>(
        port: Int = 0, _ body: @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let router = Router(context: BasicRequestContext.self)
        door.addRoutes(to: router)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (ports, announced) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { announced.yield($0.localAddress?.port ?? 0) }, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { announced.finish() }
                try await application.runService(gracefulShutdownSignals: [])
            }
            var opened = ports.makeAsyncIterator()
            guard let port = await opened.next() else {
                try await group.waitForAll()
                throw StoreError.failed("the server ended before it answered")
            }
            let result = try await body(port)
            group.cancelAll()
            // A server that is told to stop says so by an error.
            while let ended = await group.nextResult() { _ = ended }
            return result
        }
    }

    /// Registers the other agency at its address with its public key, as staff do by a matter.
    func register(_ other: City, port: Int, publicKey: String) async throws {
        try await carry(
            "portability.peer.register",
            [
                "area": other.area.description, "name": "示例经办机构\(other.area)", "address": "示例路",
                "phone": "0000-1234567", "bank": "示例银行", "account": "示例户 \(other.area)",
                "url": "http://127.0.0.1:\(port)", "public_key": publicKey,
            ])
    }
}

/// Two agencies, each with its own database, its own SM2 key and its own server on a port.
struct TwoServers: Sendable {
    let cities: TwinCities
    let originKey: SM2PrivateKey
    let destinationKey: SM2PrivateKey
    let originPort: Int
    let destinationPort: Int

    var origin: City { cities.origin }
    var destination: City { cities.destination }
    var person: ID<Person> { cities.traveller.id }

    /// Sends what the origin has to send, signed by its own key.
    func fromOrigin(_ carrier: any PortabilityCarrier = HTTPCarrier()) async throws -> PortabilityPost.Round {
        try await PortabilityPost(origin.agency, carrier: carrier, key: originKey).deliver(area: origin.area)
    }

    func fromDestination(_ carrier: any PortabilityCarrier = HTTPCarrier()) async throws -> PortabilityPost.Round {
        try await PortabilityPost(destination.agency, carrier: carrier, key: destinationKey)
            .deliver(area: destination.area)
    }
}

func withTwoServers(_ kind: StoreKind, _ body: @Sendable (TwoServers) async throws -> Void) async throws {
    try await withTwinCities(kind) { cities in
        let keys = (origin: try SM2PrivateKey.generate(), destination: try SM2PrivateKey.generate())
        try await cities.origin.serving { originPort in
            try await cities.destination.serving { destinationPort in
                try await cities.origin.register(
                    cities.destination, port: destinationPort, publicKey: try keys.destination.publicKey.pem())
                try await cities.destination.register(
                    cities.origin, port: originPort, publicKey: try keys.origin.publicKey.pem())
                try await body(
                    TwoServers(
                        cities: cities, originKey: keys.origin, destinationKey: keys.destination,
                        originPort: originPort, destinationPort: destinationPort))
            }
        }
    }
}

/// Hands a message over and loses the answer, once.
private actor LostAnswer: PortabilityCarrier {
    private var isLost = false

    func post(_ url: String, headers: [(name: String, value: String)], body: [UInt8]) async throws -> (
        status: Int, body: [UInt8]
    ) {
        let answer = try await HTTPCarrier().post(url, headers: headers, body: body)
        if isLost { return answer }
        isLost = true
        throw StoreError.unavailable("答复在路上丢失")
    }
}

@Suite("两台服务器、两个数据库之间的转移接续")
struct TwoServersTests {
    @Test("联系函、受理、信息表、划款、办结:报文都经网络以 SM2 签名往来,两边的账和链都对", arguments: StoreKind.allCases)
    func wholeCourse(_ kind: StoreKind) async throws {
        try await withTwoServers(kind) { servers in
            let (origin, destination, person) = (servers.origin, servers.destination, servers.person)
            try await PortabilityTests.leave(servers.cities)
            try await destination.carry("portability.in.apply", PortabilityTests.application(servers.cities))
            #expect(try await servers.fromDestination() == PortabilityPost.Round(delivered: 1))
            #expect(try await origin.state(of: person) == .applied)

            let number = try await origin.number(of: person)
            try await origin.carry("portability.out.accept", ["number": number])
            #expect(try await servers.fromOrigin() == PortabilityPost.Round(delivered: 1))
            let promised = try await destination.agency.store.read { tx in
                try Portability.transfers(tx, area: destination.area, of: person).last.flatMap {
                    try Portability.promisedDay(tx, area: destination.area, of: $0.transfer.id)
                }
            }
            // Ten working days from Monday 2 March.
            #expect(promised == Day("2026-03-16"))

            servers.cities.clock.now = Moment("2026-03-12 10:00:00")!
            try await origin.carry("portability.out.prepare", ["number": number, "deemed_months": "18"])
            try await pay(number, servers)
            #expect(try await servers.fromOrigin() == PortabilityPost.Round(delivered: 2))
            #expect(try await destination.state(of: person) == .infoReceived)

            let form = try #require(try await received(servers))
            #expect(form.record.deemedMonths == 18 && form.record.paidMonths == 74)
            try await destination.carry(
                "portability.receipt.record",
                ["serial": "BK1", "day": "2026-03-13", "payer": "示例经办机构", "amount": form.money.description])
            try await destination.carry("portability.in.finish", ["number": number, "serial": "BK1"])
            #expect(try await servers.fromDestination() == PortabilityPost.Round(delivered: 1))
            #expect(try await origin.state(of: person) == .done)
            #expect(try await destination.state(of: person) == .done)
            try await moveOn(servers)
            #expect(try await origin.proof() == [])
            #expect(try await destination.proof() == [])
        }
    }

    /// The money leaves by an order and the bank's answer: first it fails, then it is paid.
    private func pay(_ number: String, _ servers: TwoServers) async throws {
        let origin = servers.origin
        await #expect(throws: Problems.self) {
            try await origin.carry("portability.out.pay", ["number": number, "serial": "BK1", "day": "2026-03-12"])
        }
        await #expect(throws: Problems.self) {
            try await origin.carry("portability.out.order", ["amount": "1.00", "number": number])
        }
        let amount = try await origin.orderMoney(number)
        // With the bank already: it is not due a second time.
        let due = try await origin.agency.store.read { try Agency.transferMoneyDue($0, area: origin.area) }
        #expect(due.isEmpty)
        for (result, serial, reason) in [("失败", "", "账号不符"), ("成功", "BK1", "")] {
            if result == "成功" { #expect(try await origin.orderMoney(number) == amount) }
            let file = "用途,结果,银行流水号,付款日期,失败原因\n\(number),\(result),\(serial),2026-03-12,\(reason)\n"
            let answers = try Portability.readAnswers(file, file: "回盘.csv")
            let hands = TransferHands(handler: origin.handler, reviewer: origin.reviewer)
            let ground = Ground("银行回盘", by: .staff(origin.reviewer), at: servers.cities.clock.now)
            let taken = try await origin.agency.store.write { tx in
                try Agency.takeBankAnswers(tx, area: origin.area, answers, by: hands, ground)
            }
            #expect(taken.paid == (serial.isEmpty ? 0 : 1) && taken.failed == (serial.isEmpty ? 1 : 0))
            #expect(taken.sum == (serial.isEmpty ? .zero : amount))
        }
    }

    private func received(_ servers: TwoServers) async throws -> InformationForm? {
        let (area, person) = (servers.destination.area, servers.person)
        return try await servers.destination.agency.store.read { tx in
            let id = try Portability.transfers(tx, area: area, of: person).last?.transfer.id
            return try id.flatMap { try Portability.form(tx, area: area, of: $0) }
        }
    }

    /// What came along goes on with the person: deemed months stay deemed, paid ones paid.
    private func moveOn(_ servers: TwoServers) async throws {
        let (destination, person) = (servers.destination, servers.person)
        let today = servers.cities.clock.now.day
        let record = try await destination.agency.store.read { tx in
            try Agency.insuranceRecord(tx, area: destination.area, person, today: today)
        }
        #expect(record.deemedMonths == 18)
        // Both sample houses have him insured since January 2020: a month that was paid in two places counts once.
        #expect(record.paidMonths == 75)
    }

    @Test("对方停机、答复丢失:到时重发,只办一次;伪造的签名、过期的签名、别人的密钥都不认", arguments: StoreKind.allCases)
    func badLine(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let keys = (origin: try SM2PrivateKey.generate(), destination: try SM2PrivateKey.generate())
            // A port on which, for now, nobody listens.
            let port = try await cities.origin.serving { $0 }
            try await cities.destination.register(
                cities.origin, port: port, publicKey: try keys.origin.publicKey.pem())
            try await cities.origin.register(
                cities.destination, port: port, publicKey: try keys.destination.publicKey.pem())
            let servers = TwoServers(
                cities: cities, originKey: keys.origin, destinationKey: keys.destination, originPort: port,
                destinationPort: 0)
            try await PortabilityTests.leave(cities)
            try await cities.destination.carry("portability.in.apply", PortabilityTests.application(cities))
            #expect(try await servers.fromDestination() == PortabilityPost.Round(failed: 1))
            #expect(try await cities.origin.state(of: servers.person) == nil)

            try await cities.origin.serving(port: port) { _ in
                // Not before its time.
                #expect(try await servers.fromDestination() == PortabilityPost.Round())
                cities.clock.now = cities.clock.now + 60
                try await forge(servers)
                #expect(try await cities.origin.state(of: servers.person) == nil)

                #expect(try await servers.fromDestination(LostAnswer()) == PortabilityPost.Round(failed: 1))
                #expect(try await cities.origin.state(of: servers.person) == .applied)
                cities.clock.now = cities.clock.now + 300
                #expect(try await servers.fromDestination() == PortabilityPost.Round(delivered: 1))
            }
            let transfers = try await cities.origin.agency.store.read {
                try Portability.transfers($0, area: cities.origin.area, of: servers.person)
            }
            #expect(transfers.count == 1)
            #expect(try await cities.origin.proof() == [])
        }
    }

    /// Sends the waiting letter over the network with signatures that must not pass.
    private func forge(_ servers: TwoServers) async throws {
        let (destination, now) = (servers.destination, servers.cities.clock.now)
        let letter = try #require(
            try await destination.agency.store.read { try Portability.due($0, area: destination.area, at: now).first })
        func ask(_ key: SM2PrivateKey, at moment: Moment, body: [UInt8]? = nil) async throws -> (Int, String?) {
            let time = moment.description.filter(\.isNumber)
            let digest = Hex.encode(SM3.hash(letter.body))
            let text = "POST\n/portability/contact\n\(time)\n\(letter.messageID)\n\(digest)"
            let answer = try await HTTPCarrier().post(
                "http://127.0.0.1:\(servers.originPort)/portability/contact",
                headers: [
                    ("Content-Type", "application/json"), ("X-Yibao-Provider", destination.area.description),
                    ("X-Yibao-Time", time), ("X-Yibao-Msgid", letter.messageID),
                    ("X-Yibao-Signature", "SM2 " + Hex.encode(try key.sign(Array(text.utf8)))),
                ], body: body ?? letter.body)
            let problems = try JSON.parse(answer.body)["problems"]
            return (answer.status, problems?.elements.map { $0["code"]?.text ?? "" }.first)
        }
        #expect(try await ask(SM2PrivateKey.generate(), at: now) == (401, "gateway.signature.wrong"))
        #expect(try await ask(servers.originKey, at: now) == (401, "gateway.signature.wrong"))
        #expect(try await ask(servers.destinationKey, at: now + -301) == (401, "gateway.signature.stale"))
        #expect(
            try await ask(servers.destinationKey, at: now, body: letter.body + [0x20]) == (
                401, "gateway.signature.wrong"
            ))
    }

    @Test("不予受理经网络传回:窗口当天就不再认这段转移,账户原封不动", arguments: StoreKind.allCases)
    func rejection(_ kind: StoreKind) async throws {
        try await withTwoServers(kind) { servers in
            let (origin, destination, clock) = (servers.origin, servers.destination, servers.cities.clock)
            let life = try await TransferLife.begin(servers)
            func answer() async throws -> String? {
                let hospital = TestHouse(house: destination.house, clock: clock).hospital
                let output = try await hospital.ask(
                    "2001",
                    """
                    {"data":{"psn_no":"\(life.person)","insutype":"310","fixmedins_code":"\(hospital.sender.code)",\
                    "med_type":"21","begntime":"\(clock.now)"}}
                    """)
                return output["trtinfo"]?.elements.compactMap { $0["trt_enjymnt_flag"]?.text }.max()
            }
            // Paid this month, as somebody new: cover begins next month.
            #expect(try await answer() == "0")

            // The certificate shows that he was insured elsewhere two months ago: covered from the month of payment,
            // however long the two agencies take.
            try await destination.carry(
                "portability.in.apply",
                [
                    "person": life.person.description, "other": origin.area.description, "from_insurance": "310",
                    "to_insurance": "310", "applicant": "person", "paid_through": "2025-12",
                ])
            #expect(try await answer() == "1")
            #expect(try await servers.fromDestination() == PortabilityPost.Round(delivered: 1))
            clock.now = Moment("2026-03-20 10:00:00")!
            #expect(try await answer() == "1")
            #expect(try await destination.proof() == [])

            try await origin.carry(
                "portability.out.reject",
                ["number": try await origin.number(of: life.personAtOrigin), "reason": "在本地没有参保记录"])
            #expect(try await servers.fromOrigin() == PortabilityPost.Round(delivered: 1))
            #expect(try await destination.state(of: life.person) == .rejected)
            #expect(try await answer() == "0")
            #expect(try await origin.proof() == [])
            #expect(try await destination.proof() == [])
        }
    }
}

/// Somebody known at both places who has just begun to work at the destination, and whose first month is paid.
struct TransferLife: Sendable {
    let person: ID<Person>
    let personAtOrigin: ID<Person>

    static func begin(_ servers: TwoServers) async throws -> TransferLife {
        let (origin, destination) = (servers.origin, servers.destination)
        let personAtOrigin = try await origin.agency.store.write { try register($0, origin, servers) }
        let person = try await destination.agency.store.write { tx in
            let person = try register(tx, destination, servers)
            let employer = try employ(tx, person, destination, servers)
            try pay(tx, person, employer, destination, servers)
            try Agency.refreshCover(
                tx, area: destination.area, of: [person], by: .staff(destination.reviewer),
                at: servers.cities.clock.now)
            return person
        }
        return TransferLife(person: person, personAtOrigin: personAtOrigin)
    }

    private static func acts(_ city: City, _ servers: TwoServers) -> ActOrigin {
        ActOrigin(
            area: city.area, actor: .staff(city.reviewer), at: servers.cities.clock.now, matter: ID(1), ground: "测试")
    }

    private static func register(_ tx: any Transaction, _ city: City, _ servers: TwoServers) throws -> ID<Person> {
        let digits = "990100" + "19850505" + "117"
        let paper = try IdentityPaper(
            kind: .residentID, number: digits + String(NationalID.checkDigit(digits.utf8)))
        return try Enrolment.register(
            tx,
            PersonParticulars(paper: paper, name: "示例转移人", sex: .male, birth: Day("1985-05-05")!, division: ""),
            by: acts(city, servers))
    }

    private static func employ(
        _ tx: any Transaction, _ person: ID<Person>, _ city: City, _ servers: TwoServers
    ) throws -> ID<Employer> {
        let digits = "91990100MA0YBYB01"
        let code = try CreditCode(digits + String(CreditCode.checkDigit(digits)!))
        let employer = try Enrolment.register(
            tx, EmployerParticulars(creditCode: code, name: "示例新单位"), from: Day("2026-03-01")!,
            by: acts(city, servers))
        _ = try Enrolment.open(
            tx, SpellOpening(category: .employed, employer: employer, from: Day("2026-03-01")!), for: person,
            by: acts(city, servers))
        return employer
    }

    private static func pay(
        _ tx: any Transaction, _ person: ID<Person>, _ employer: ID<Employer>, _ city: City, _ servers: TwoServers
    ) throws {
        let month = Month("2026-03")!
        let policy = try #require(try? city.agency.policies.area(city.area))
        let terms = try LevyTerms(policy, month: month)
        let ground = Ground("测试", by: .staff(city.reviewer), at: servers.cities.clock.now)
        try Contributions.setBases(
            tx, area: city.area, employer: employer, baseYear: terms.baseYear(of: month),
            [(person: person, wage: Money(yuan: 8_000), from: nil)], terms: terms, policyVersion: policy.version,
            ground)
        _ = try Contributions.billMonth(
            tx, area: city.area, month: month, [EmployerRoll(employer, [LevyMember(person, .employee)])], terms: terms,
            policyVersion: policy.version, ground)
        let bill = try #require(try Contributions.bills(tx, area: city.area, of: .employer(employer), limit: 1).first)
        _ = try Contributions.takeIn(
            tx, area: city.area, from: .tax,
            [
                PaymentLine(
                    serial: "T1", payerCode: "W", payerName: "示例新单位", amount: bill.payable,
                    paidDay: servers.cities.clock.now.day, bill: nil, period: month, original: nil)
            ], find: { codes in Dictionary(uniqueKeysWithValues: codes.map { ($0, [.employer(employer)]) }) },
            lateFees: { try LevyTerms(policy, month: $0).lateFee }, ground)
    }
}
