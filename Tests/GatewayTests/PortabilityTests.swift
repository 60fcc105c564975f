import Agency
import Basics
import Contributions
import Control
import Demonstration
import Enrolment
import Foundation
import Fund
import Gateway
import Policy
import Portability
import Seals
import Storage
import Synchronization
import TestKit
import Testing

/// Two agencies of this house's kind, each with its own store, law and door.
final class TwinCities: Sendable {
    /// 转出地
    let origin: City
    /// 转入地
    let destination: City
    let clock: TestClock

    init(origin: City, destination: City, clock: TestClock) {
        self.origin = origin
        self.destination = destination
        self.clock = clock
    }

    /// The first employee of both sample houses is the same human being.
    var traveller: SampleHouse.Insured { origin.house.people.first { $0.insurance == .employee }! }
}

/// One agency: its house, its door for others, and two of its staff.
struct City: Sendable {
    let house: SampleHouse
    let door: PortabilityDoor
    let handler: ID<StaffMember>
    let reviewer: ID<StaffMember>

    var area: AreaCode { house.area }
    var agency: Agency { house.agency }

    /// Who handles transfers, and who reviews them.
    struct Staffing: Sendable {
        let handler: ID<StaffMember>
        let reviewer: ID<StaffMember>
    }

    /// A city founded before, opened again.
    init(
        _ store: any Store, _ staffing: Staffing, area: AreaCode, _ book: PolicyBook, _ clock: TestClock
    ) async throws {
        house = try await SampleHouse.open(store, policies: book, people: 6, area: area) { clock.now }
        door = PortabilityDoor(house.agency)
        (handler, reviewer) = (staffing.handler, staffing.reviewer)
    }

    static let founded = Moment("2026-03-02 09:00:00")!

    static func found(in store: any Store, area: AreaCode, _ book: PolicyBook) async throws -> Staffing {
        _ = try await SampleHouse.make(in: store, policies: book, people: 6, area: area) { founded }
        return try await store.write { tx in
            let ground = Ground("测试", by: .system, at: founded)
            return Staffing(
                handler: try Staff.open(tx, area: area, login: "transfers1", displayName: "经办甲", on: ground),
                reviewer: try Staff.open(tx, area: area, login: "transfers2", displayName: "复核乙", on: ground))
        }
    }

    /// What a kind of matter brings about once it is approved, checked before as the engine does.
    @discardableResult
    func carry(_ code: String, _ form: [String: String]) async throws -> Carried {
        let kind = try #require(Agency.matterCatalogue[code])
        let now = agency.clock()
        let values = FormValues(form)
        let calendar = try WorkCalendar.load(repositoryRoot + "/policies/calendar.csv")
        let approved = Approved(
            matter: ID(1), area: area, form: values, actor: .staff(reviewer), opener: handler, at: now,
            calendar: calendar)
        let draft = MatterDraft(area: area, form: values, today: now.day, opener: handler, calendar: calendar)
        return try await agency.store.write { tx in
            try Problems(try kind.check(tx, draft)).throwIfAny()
            guard case .atOnce(let effect) = kind.effect else { throw StoreError.failed("\(code) is a job") }
            return try effect(tx, approved)
        }
    }

    func deliver(_ line: any PortabilityCarrier) async throws -> PortabilityPost.Round {
        try await PortabilityPost(agency, carrier: line).deliver(area: area)
    }

    /// Orders the money of one transfer, as the list of what is due names it, and answers how much.
    @discardableResult
    func orderMoney(_ number: String) async throws -> Money {
        let due = try await agency.store.read { try Agency.transferMoneyDue($0, area: area, number: number) }
        let sum = due.map(\.amount).total()
        try await carry("portability.out.order", ["amount": sum.description, "number": number])
        return sum
    }

    /// The number of the transfer under way.
    func number(of person: ID<Person>) async throws -> String {
        try #require(try await agency.store.read { try Portability.openTransfer($0, area: area, of: person) })
    }

    func state(of person: ID<Person>) async throws -> TransferState? {
        try await agency.store.read { try Portability.transfers($0, area: area, of: person).last?.state }
    }

    func balance(of person: ID<Person>) async throws -> Money? {
        try await agency.store.read { try Contributions.balance($0, area: area, of: person) }
    }

    func proof() async throws -> [Problem] {
        try await agency.store.read { try Agency.verifier(area).run($0) }.problems.all
    }
}

/// A line from one city's post to another's door, which may be cut before or after a message.
final class Line: PortabilityCarrier {
    enum Fault { case none, beforeArrival, afterArrival, tampered }

    private let door: PortabilityDoor
    private let fault = Mutex(Fault.none)

    init(to door: PortabilityDoor) { self.door = door }

    func fail(_ next: Fault) { fault.withLock { $0 = next } }

    func post(_ url: String, headers: [(name: String, value: String)], body: [UInt8]) async throws -> (
        status: Int, body: [UInt8]
    ) {
        let fault = fault.withLock { fault in
            defer { fault = .none }
            return fault
        }
        if fault == .beforeArrival { throw StoreError.unavailable("线路中断") }
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        var request = GatewayRequest(
            infno: String(url.split(separator: "/").last ?? ""), provider: header("X-Yibao-Provider"),
            time: header("X-Yibao-Time"), messageID: header("X-Yibao-Msgid"),
            signature: header("X-Yibao-Signature"), body: fault == .tampered ? body + [0x20] : body)
        request.path = "/portability/" + request.infno
        let reply = await door.exchange(request)
        if fault == .afterArrival { throw StoreError.unavailable("对方答复丢失") }
        return (reply.status, reply.body)
    }
}

/// Opens two cities that hold one secret between them.
func withTwinCities<Result>(_ kind: StoreKind, _ body: (TwinCities) async throws -> Result) async throws -> Result {
    let clock = TestClock(City.founded)
    let (here, there) = (try TestLaw.demonstration(), try await lawElsewhere.value)
    return try await foundedHere.withCopy(kind) { store, staffing in
        let origin = try await City(store, staffing, area: AreaCode(990_100), here, clock)
        return try await foundedThere.withCopy(kind) { store, staffing in
            let destination = try await City(store, staffing, area: AreaCode(990_200), there, clock)
            let secret = Hex.encode(SecureRandom.bytes(32))
            try await introduce(origin, to: destination, secret)
            try await introduce(destination, to: origin, secret)
            return try await body(TwinCities(origin: origin, destination: destination, clock: clock))
        }
    }
}

private let foundedHere = PreparedStore { store in
    try await City.found(in: store, area: AreaCode(990_100), try TestLaw.demonstration())
}
private let foundedThere = PreparedStore { store in
    try await City.found(in: store, area: AreaCode(990_200), try await lawElsewhere.value)
}
private let lawElsewhere = Task {
    try await withTemporaryFolder { try PolicyBook.load(try moved(to: AreaCode(990_200), in: $0)) }
}

private func introduce(_ city: City, to other: City, _ secret: String) async throws {
    func card(_ of: City) -> [String: String] {
        [
            "area": of.area.description, "name": "示例经办机构\(of.area)", "address": "示例路", "phone": "0000-1234567",
            "bank": "示例银行", "account": "示例户 \(of.area)",
        ]
    }
    try await city.carry("portability.peer.register", card(city))
    let keys = ["url": "http://peer.example", "secret": secret]
    try await city.carry("portability.peer.register", card(other).merging(keys) { $1 })
}

/// The demonstration city's law, enacted word for word in another area.
private func moved(to area: AreaCode, in folder: String) throws -> String {
    let copy = folder + "/other"
    try FileManager.default.copyItem(
        at: URL(fileURLWithPath: repositoryRoot + "/policies/demo").resolvingSymlinksInPath(),
        to: URL(fileURLWithPath: copy))
    for case let path as String in FileManager.default.enumerator(atPath: copy)! where path.hasSuffix(".yaml") {
        let text = try String(contentsOfFile: copy + "/" + path, encoding: .utf8)
        try text.replacingOccurrences(of: "990100", with: area.description)
            .write(toFile: copy + "/" + path, atomically: true, encoding: .utf8)
    }
    return copy
}

@Suite("两家经办机构之间的转移接续")
struct PortabilityTests {
    static func application(_ cities: TwinCities) -> [String: String] {
        [
            "person": cities.traveller.id.description, "other": "990100", "from_insurance": "310",
            "to_insurance": "310", "applicant": "person", "paid_through": "2026-01",
        ]
    }

    /// The traveller leaves his employer at the origin.
    static func leave(_ cities: TwinCities) async throws {
        let city = cities.origin
        let person = cities.traveller.id
        let at = cities.clock.now
        try await city.agency.store.write { tx in
            let spells = try Enrolment.requireInsured(tx, area: city.area, person).spells
            let spell = try #require(spells.first { $0.insurance == .employee })
            try Enrolment.act(
                tx, person: person, spell: spell.id, Spell.Act(kind: .ended, day: Day("2026-02-28")!),
                by: ActOrigin(area: city.area, actor: .system, at: at, ground: "解除劳动合同"))
        }
    }

    @Test("从申请到两地办结:资金一分不少,年限互认,两边账都平", arguments: StoreKind.allCases)
    func wholeTransfer(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let (origin, destination, person) = (cities.origin, cities.destination, cities.traveller.id)
            let toOrigin = Line(to: origin.door)
            let toDestination = Line(to: destination.door)
            try await Self.leave(cities)
            let applied = try await destination.carry("portability.in.apply", Self.application(cities))
            #expect(applied.sentence.contains("已电子发出"))
            #expect(try await destination.deliver(toOrigin) == PortabilityPost.Round(delivered: 1))
            #expect(try await origin.state(of: person) == .applied)
            let number = try #require(
                try await origin.agency.store.read {
                    try Portability.openTransfer($0, area: origin.area, of: person)
                })

            // Ten days on: 2,000.00 carried over, 10 days at 1.1 % of a year of 360 days.
            cities.clock.now = Moment("2026-03-12 10:00:00")!
            try await origin.carry("portability.out.prepare", ["number": number])
            #expect(try await origin.balance(of: person) == .zero)
            try await origin.orderMoney(number)
            try await origin.carry(
                "portability.out.pay", ["number": number, "serial": "BK20260312", "day": "2026-03-12"])
            #expect(try await origin.deliver(toDestination) == PortabilityPost.Round(delivered: 2))
            #expect(try await destination.state(of: person) == .infoReceived)

            let form = try #require(
                try await destination.agency.store.read { tx in
                    let id = try Portability.transfers(tx, area: destination.area, of: person).last?.transfer.id
                    return try id.flatMap { try Portability.form(tx, area: destination.area, of: $0) }
                })
            #expect(form.money == Money(yuan: 2_000) + form.interest)
            #expect(form.record.last == Month("2026-02") && form.record.paidMonths == 74)
            try await destination.carry(
                "portability.receipt.record",
                [
                    "serial": "BK20260312", "day": "2026-03-13", "payer": "示例经办机构", "amount": form.money.description,
                ])
            let before = try await destination.balance(of: person) ?? .zero
            try await destination.carry("portability.in.finish", ["number": number, "serial": "BK20260312"])
            #expect(try await destination.balance(of: person) == before + form.money)
            #expect(try await destination.deliver(toOrigin) == PortabilityPost.Round(delivered: 1))
            #expect(try await origin.state(of: person) == .done)
            #expect(try await destination.state(of: person) == .done)
            let months = try await destination.agency.store.read {
                try Portability.recognisedMonths($0, area: destination.area, of: person)
            }
            #expect(months == 74)
            #expect(try await origin.proof() == [])
            #expect(try await destination.proof() == [])
        }
    }

    @Test("线路坏了重发,答复丢了对方不办第二次,被改过的报文不认", arguments: StoreKind.allCases)
    func badLine(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let (origin, destination, person) = (cities.origin, cities.destination, cities.traveller.id)
            let line = Line(to: origin.door)
            try await Self.leave(cities)
            try await destination.carry("portability.in.apply", Self.application(cities))
            for fault in [Line.Fault.beforeArrival, .tampered, .afterArrival] {
                line.fail(fault)
                #expect(try await destination.deliver(line) == PortabilityPost.Round(failed: 1))
                #expect(try await origin.state(of: person) == (fault == .afterArrival ? .applied : nil))
                // Not before its time.
                #expect(try await destination.deliver(line) == PortabilityPost.Round())
                cities.clock.now = cities.clock.now + 1_800
            }
            #expect(try await destination.deliver(line) == PortabilityPost.Round(delivered: 1))
            let transfers = try await origin.agency.store.read {
                try Portability.transfers($0, area: origin.area, of: person)
            }
            #expect(transfers.count == 1)
        }
    }

    @Test("转出地没有停保:不予受理,原因传回转入地,账户原封不动", arguments: StoreKind.allCases)
    func refusal(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let (origin, destination, person) = (cities.origin, cities.destination, cities.traveller.id)
            try await destination.carry("portability.in.apply", Self.application(cities))
            _ = try await destination.deliver(Line(to: origin.door))
            let number = try #require(
                try await origin.agency.store.read {
                    try Portability.openTransfer($0, area: origin.area, of: person)
                })
            do {
                try await origin.carry("portability.out.prepare", ["number": number])
                Issue.record("a form was made for somebody still insured")
            } catch let problems as Problems {
                #expect(problems.all.map(\.code) == ["transfer.origin.active"])
            }
            try await origin.carry("portability.out.reject", ["number": number, "reason": "尚未停保"])
            _ = try await origin.deliver(Line(to: destination.door))
            #expect(try await destination.state(of: person) == .rejected)
            #expect(try await origin.balance(of: person) == Money(yuan: 2_000))
            let arrivals = try await destination.agency.store.read {
                try Portability.arrivals($0, area: destination.area, of: person)
            }
            #expect(arrivals.isEmpty)
        }
    }

    @Test("转出地出表以前撤回:先为撤回中,转出地收到后两边都已撤回,账户不动,可以重新申请", arguments: StoreKind.allCases)
    func withdrawal(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let (origin, destination, person) = (cities.origin, cities.destination, cities.traveller.id)
            let toOrigin = Line(to: origin.door)
            func arrivals() async throws -> Int {
                try await destination.agency.store.read {
                    try Portability.arrivals($0, area: destination.area, of: person).count
                }
            }
            try await Self.leave(cities)
            try await destination.carry("portability.in.apply", Self.application(cities))
            _ = try await destination.deliver(toOrigin)
            let number = try await destination.number(of: person)
            try await origin.carry("portability.out.accept", ["number": number])
            let asked = ["number": number, "reason": "本人又回原地就业"]
            let withdrawn = try await destination.carry("portability.in.withdraw", asked)
            #expect(withdrawn.sentence.contains("转出地收到后撤回生效"))
            #expect(try await destination.state(of: person) == .withdrawing)
            #expect(try await arrivals() == 1, "没有答复以前仍算办理中")
            #expect(
                try await refusals { try await destination.carry("portability.in.withdraw", asked) }
                    == ["transfer.state"])

            toOrigin.fail(.afterArrival)
            #expect(try await destination.deliver(toOrigin) == PortabilityPost.Round(failed: 1))
            #expect(try await origin.state(of: person) == .withdrawn)
            #expect(try await destination.state(of: person) == .withdrawing)
            cities.clock.now = cities.clock.now + 1_800
            #expect(try await destination.deliver(toOrigin) == PortabilityPost.Round(delivered: 1))
            #expect(try await destination.state(of: person) == .withdrawn)
            #expect(try await arrivals() == 0)
            #expect(try await origin.balance(of: person) == Money(yuan: 2_000))
            let told = try await origin.agency.store.read { tx in
                let id = try #require(try Portability.transfers(tx, area: origin.area, of: person).last).transfer.id
                return try Portability.acts(tx, area: origin.area, of: id).last?.ground
            }
            #expect(told?.hasSuffix("本人又回原地就业") == true)
            try await destination.carry("portability.in.apply", Self.application(cities))
            #expect(try await destination.number(of: person) != number)
            #expect(try await origin.proof() == [])
            #expect(try await destination.proof() == [])
        }
    }

    @Test("转出地不收联系函:转入不予受理,原因是一句话,窗口不再认这段转移,更正后可以再申请", arguments: StoreKind.allCases)
    func refusedLetter(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let (origin, destination, person) = (cities.origin, cities.destination, cities.traveller.id)
            try await Self.leave(cities)
            let elsewhere = TransferApplication(
                .outgoing, scene: .employee, person: person, from: .employee, to: .employee, other: AreaCode(990_300),
                applicant: .person, appliedOn: cities.clock.now.day, insuredFrom: cities.clock.now.day, isOnPaper: true,
                number: "ZY990300-1")
            let open = try await origin.agency.store.write { tx in
                try Portability.apply(
                    tx, area: origin.area, elsewhere, Ground("测试", by: .system, at: cities.clock.now))
            }
            try await destination.carry("portability.in.apply", Self.application(cities))
            #expect(
                try await destination.deliver(Line(to: origin.door)) == PortabilityPost.Round(refused: 1))
            #expect(try await destination.state(of: person) == .rejected)
            let (arrivals, told) = try await destination.agency.store.read { tx in
                let last = try #require(try Portability.transfers(tx, area: destination.area, of: person).last)
                return (
                    try Portability.arrivals(tx, area: destination.area, of: person).count,
                    try Portability.acts(tx, area: destination.area, of: last.transfer.id).last?.ground ?? ""
                )
            }
            #expect(arrivals == 0)
            #expect(told.contains("此人已有办理中的转移 ZY990300-1") && !told.contains("{"), "\(told)")

            try await origin.agency.store.write { tx in
                let ground = Ground("转入地撤回", by: .system, at: cities.clock.now)
                try Portability.take(tx, area: origin.area, open, .withdrawn, on: ground.at.day, ground)
            }
            try await destination.carry("portability.in.apply", Self.application(cities))
            #expect(
                try await destination.deliver(Line(to: origin.door)) == PortabilityPost.Round(delivered: 1))
            #expect(try await origin.state(of: person) == .applied)
            #expect(try await destination.proof() == [])
        }
    }

    @Test("纸质联系函先到、已在窗口登记的,同号报文后到算同一件,转入照常办理;没寄出的联系函撤回后不再寄出", arguments: StoreKind.allCases)
    func letterTwice(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let (origin, destination, person) = (cities.origin, cities.destination, cities.traveller.id)
            try await Self.leave(cities)
            try await destination.carry("portability.in.apply", Self.application(cities))
            let unsent = try await destination.number(of: person)
            try await destination.carry("portability.in.withdraw", ["number": unsent, "reason": "本人不再转移"])
            #expect(try await destination.state(of: person) == .withdrawn)
            #expect(try await destination.deliver(Line(to: origin.door)) == PortabilityPost.Round())
            #expect(try await origin.state(of: person) == nil)

            try await destination.carry("portability.in.apply", Self.application(cities))
            let number = try await destination.number(of: person)
            let today = cities.clock.now.day
            try await origin.carry(
                "portability.out.register",
                [
                    "number": number, "person": "\(person)", "other": "\(destination.area)", "from_insurance": "310",
                    "to_insurance": "310", "applied_on": "\(today)", "insured_from": "\(today)", "applicant": "person",
                ])
            #expect(
                try await destination.deliver(Line(to: origin.door)) == PortabilityPost.Round(delivered: 1))
            #expect(try await destination.state(of: person) == .accepted)
            let transfers = try await origin.agency.store.read {
                try Portability.transfers($0, area: origin.area, of: person)
            }
            #expect(transfers.map(\.state) == [.accepted])
            #expect(try await destination.proof() == [])
        }
    }

    @Test("转出地已经出表:撤回被退回,转移继续;信息表先到的也一样", arguments: StoreKind.allCases)
    func withdrawalTooLate(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let (origin, destination, person) = (cities.origin, cities.destination, cities.traveller.id)
            let (toOrigin, toDestination) = (Line(to: origin.door), Line(to: destination.door))
            try await Self.leave(cities)
            try await destination.carry("portability.in.apply", Self.application(cities))
            _ = try await destination.deliver(toOrigin)
            let number = try await destination.number(of: person)
            try await origin.carry("portability.out.prepare", ["number": number])
            let asked = ["number": number, "reason": "本人不再转移"]
            try await destination.carry("portability.in.withdraw", asked)
            cities.clock.now = cities.clock.now + 3 * 86_400
            #expect(try await destination.deliver(toOrigin) == PortabilityPost.Round(refused: 1))
            #expect(try await destination.state(of: person) == .accepted)
            #expect(try await origin.state(of: person) == .infoReady)
            let line = try await destination.agency.store.read {
                try Portability.transfers($0, area: destination.area, of: person).last
            }
            #expect(line?.limit == TransferLimit(kind: .origin, since: City.founded.day), "退回撤回不另给期限")

            try await destination.carry("portability.in.withdraw", asked)
            _ = try await origin.deliver(toDestination)
            #expect(try await destination.state(of: person) == .infoReceived)
            #expect(try await destination.deliver(toOrigin) == PortabilityPost.Round(refused: 1))
            #expect(try await destination.state(of: person) == .infoReceived)
            #expect(
                try await refusals { try await destination.carry("portability.in.withdraw", asked) }
                    == ["transfer.state"])
            #expect(try await origin.proof() == [])
            #expect(try await destination.proof() == [])
        }
    }

    @Test("纸质往来:转入撤回当即生效,转出地凭撤回函登记", arguments: StoreKind.allCases)
    func withdrawalOnPaper(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let (origin, destination, person) = (cities.origin, cities.destination, cities.traveller.id)
            for (city, other) in [(origin, destination), (destination, origin)] {
                let card = [
                    "area": other.area.description, "name": "示例经办机构\(other.area)", "address": "示例路",
                    "phone": "0000-1234567", "bank": "示例银行", "account": "示例户 \(other.area)",
                ]
                try await city.carry("portability.peer.register", card)
            }
            try await destination.carry("portability.in.apply", Self.application(cities))
            let number = try await destination.number(of: person)
            let asked = ["number": number, "reason": "本人不再转移"]
            let done = try await destination.carry("portability.in.withdraw", asked)
            #expect(done.sentence.contains("请打印撤回函"))
            #expect(try await destination.state(of: person) == .withdrawn)

            try await Self.leave(cities)
            try await origin.carry(
                "portability.out.register",
                [
                    "number": number, "person": person.description, "other": "990200", "from_insurance": "310",
                    "to_insurance": "310", "applied_on": "2026-03-02", "insured_from": "2026-03-01",
                    "applicant": "person",
                ])
            #expect(try await origin.state(of: person) == .accepted)
            try await origin.carry("portability.out.withdrawn", asked)
            #expect(try await origin.state(of: person) == .withdrawn)
            #expect(try await origin.proof() == [])
            #expect(try await destination.proof() == [])
        }
    }

    @Test("不认识的机构、过期的签名、别的类别、不存在的人:各有状态码和一句话", arguments: StoreKind.allCases)
    func strangers(_ kind: StoreKind) async throws {
        try await withTwinCities(kind) { cities in
            let (origin, destination) = (cities.origin, cities.destination)
            try await Self.leave(cities)
            try await destination.carry("portability.in.apply", Self.application(cities))
            let now = cities.clock.now
            let message = try #require(
                try await destination.agency.store.read {
                    try Portability.due($0, area: destination.area, at: now).first
                })
            func ask(
                _ word: String = "contact", from: String = "990200", time: String? = nil, secret: [UInt8]? = nil
            ) async throws -> (status: Int, code: String?) {
                let time = time ?? now.description.filter(\.isNumber)
                let peer = try #require(
                    try await origin.agency.store.read {
                        try Portability.peer($0, area: origin.area, destination.area)
                    })
                guard case .hmac(let shared) = peer.key else { throw StoreError.failed("no secret") }
                let digest = Hex.encode(SM3.hash(message.body))
                let text = "POST\n/portability/\(word)\n\(time)\n\(message.messageID)\n\(digest)"
                let code = HMACSM3(key: secret ?? shared).code(for: text)
                var request = GatewayRequest(
                    infno: word, provider: from, time: time, messageID: message.messageID,
                    signature: "HMAC-SM3 " + Hex.encode(code), body: message.body)
                request.path = "/portability/" + word
                let reply = await origin.door.exchange(request)
                let problems = try JSON.parse(reply.body)["problems"]
                return (reply.status, problems?.elements.map { $0["code"]?.text ?? "" }.first)
            }
            #expect(try await ask(from: "990300") == (401, "gateway.signature.noKey"))
            #expect(try await ask(time: "20260301090000") == (401, "gateway.signature.stale"))
            #expect(try await ask(secret: SecureRandom.bytes(32)) == (401, "gateway.signature.wrong"))
            #expect(try await ask("done") == (422, "transfer.message.mismatch"))
            #expect(try await ask() == (200, nil))
            #expect(try await ask() == (200, nil))
        }
    }
}
