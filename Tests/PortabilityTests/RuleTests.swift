import Basics
import Policy
import Portability
import StoreKit
import Testing

@Suite("转移接续的规则")
struct RuleTests {
    /// Walks a course through acts; answers whether each was taken.
    static func walk(
        _ direction: TransferDirection, _ acts: [(TransferState, Bool?)]
    ) -> (taken: [Bool], course: TransferCourse) {
        var course = TransferCourse(direction)
        let taken = acts.enumerated().map { index, act in
            course.take(act.0, on: Given.day("2026-03-02") + index, hasMoney: act.1)
        }
        return (taken, course)
    }

    @Test("转入:有钱的走完资金环节,余额 0 跳过,退回后可再来")
    func incoming() {
        let whole = Self.walk(
            .incoming,
            [
                (.applied, nil), (.accepted, nil), (.infoReceived, true), (.fundMatched, nil), (.credited, nil),
                (.done, nil),
            ])
        #expect(whole.taken == [true, true, true, true, true, true])
        #expect(whole.course.state == .done && whole.course.limit == nil)
        let without = Self.walk(
            .incoming, [(.applied, nil), (.accepted, nil), (.infoReceived, false), (.fundMatched, nil), (.done, nil)])
        #expect(without.taken == [true, true, true, false, true])
        let tooEarly = Self.walk(
            .incoming, [(.applied, nil), (.accepted, nil), (.infoReceived, true), (.credited, nil), (.done, nil)])
        #expect(tooEarly.taken == [true, true, true, false, false])
        let again = Self.walk(
            .incoming,
            [
                (.applied, nil), (.accepted, nil), (.infoReceived, true), (.returned, nil), (.fundMatched, nil),
                (.infoReceived, false), (.done, nil),
            ])
        #expect(again.taken == [true, true, true, true, false, true, true])
    }

    @Test("转出:先出表再划款;划过一次,更正后不再划第二次")
    func outgoing() {
        let whole = Self.walk(
            .outgoing,
            [
                (.applied, nil), (.accepted, nil), (.infoReady, true), (.done, nil), (.fundSent, nil),
                (.returned, nil), (.infoReady, true), (.fundSent, nil), (.done, nil),
            ])
        #expect(whole.taken == [true, true, true, false, true, true, true, false, true])
        let refused = Self.walk(.outgoing, [(.applied, nil), (.rejected, nil), (.accepted, nil)])
        #expect(refused.taken == [true, true, false])
    }

    @Test("撤回:转出地出表以前可以;等对方答复时表先到的、对方不能撤回的,接着办")
    func withdrawals() {
        let taken = Self.walk(
            .incoming, [(.applied, nil), (.accepted, nil), (.withdrawing, nil), (.withdrawing, nil), (.withdrawn, nil)])
        #expect(taken.taken == [true, true, true, false, true])
        #expect(taken.course.state?.isOver == true && taken.course.limit == nil && taken.course.next.isEmpty)
        let faster = Self.walk(
            .incoming,
            [(.applied, nil), (.accepted, nil), (.withdrawing, nil), (.infoReceived, true), (.withdrawn, nil)])
        #expect(faster.taken == [true, true, true, true, false])
        let refused = Self.walk(
            .incoming,
            [(.applied, nil), (.accepted, nil), (.withdrawing, nil), (.accepted, nil), (.infoReceived, true)])
        #expect(refused.taken == [true, true, true, true, true])
        let origin = Self.walk(
            .outgoing, [(.applied, nil), (.accepted, nil), (.infoReady, true), (.withdrawn, nil), (.fundSent, nil)])
        #expect(origin.taken == [true, true, true, false, true])
        #expect(
            Self.walk(.outgoing, [(.applied, nil), (.withdrawn, nil), (.accepted, nil)]).taken == [true, true, false])
    }

    @Test("撤回被退回以后,转出地的期限照旧从受理日起算,已经超时的仍是超时")
    func withdrawalRefused() {
        let day = Given.day("2026-03-02")
        var course = TransferCourse(.incoming)
        course.take(.applied, on: day)
        course.take(.accepted, on: day)
        course.take(.timeout, on: day + 20)
        for act in [TransferState.withdrawing, .accepted] {
            let isTaken = course.take(act, on: day + 21)
            #expect(isTaken)
            #expect(course.limit == TransferLimit(kind: .origin, since: day) && course.isLate)
        }
        // The form itself begins the days of the destination.
        course.take(.withdrawing, on: day + 22)
        course.take(.infoReceived, on: day + 23, hasMoney: true)
        #expect(course.limit == TransferLimit(kind: .destination, since: day + 23) && !course.isLate)
    }

    @Test("没有钱要划的转出,出了信息表就没有期限在计;有钱的到划出为止")
    func originIsDone() {
        let without = Self.walk(.outgoing, [(.applied, nil), (.accepted, nil), (.infoReady, false)])
        #expect(without.course.limit == nil)
        let with = Self.walk(.outgoing, [(.applied, nil), (.accepted, nil), (.infoReady, true)])
        #expect(with.course.limit == TransferLimit(kind: .origin, since: Given.day("2026-03-03")))
        let again = Self.walk(
            .outgoing,
            [
                (.applied, nil), (.accepted, nil), (.infoReady, true), (.fundSent, nil), (.returned, nil),
                (.infoReady, true),
            ])
        #expect(again.course.limit == nil)
    }

    @Test("超时是旁注:标一次,流程照走,进入下一步即消")
    func timeouts() {
        let late = Self.walk(
            .outgoing, [(.applied, nil), (.accepted, nil), (.timeout, nil), (.timeout, nil), (.infoReady, true)])
        #expect(late.taken == [true, true, true, false, true])
        #expect(!late.course.isLate && late.course.state == .infoReady)
        #expect(late.course.limit?.since == Given.day("2026-03-03"))
    }

    @Test("十个工作日跨春节:2026-02-09 受理,春节调休不算")
    func limits() throws {
        let limits = try Given.limits()
        // 2 月 10—14 日(14 日周六调休上班)5 天,24—28 日(28 日周六调休上班)5 天。
        #expect(
            try limits.due(TransferLimit(kind: .origin, since: Given.day("2026-02-09"))) == Given.day("2026-02-28"))
        #expect(
            try limits.due(TransferLimit(kind: .destination, since: Given.day("2026-03-02"))) == Given.day("2026-03-09")
        )
    }

    static let employee = TransferFacts(
        direction: .incoming, scene: .employee, from: .employee, to: .employee, today: Given.day("2026-03-02"),
        originEnded: Given.day("2026-01-31"), destinationFrom: Given.day("2026-02-01"))

    @Test("职工:转出地停保、转入地参保才受理;欠费、未结算、退休、死亡、重复申请一次说全")
    func employees() {
        #expect(TransferAcceptance.problems(Self.employee).isEmpty)
        var facts = Self.employee
        facts.originEnded = nil
        facts.destinationFrom = nil
        facts.owed = Money(yuan: 100)
        facts.unsettledCare = true
        facts.isRetired = true
        facts.hasDied = true
        facts.openTransfer = "ZY1"
        facts.scene = .crossScheme
        #expect(
            TransferAcceptance.problems(facts).map(\.code) == [
                "transfer.scene", "transfer.died", "transfer.retired", "transfer.open", "transfer.origin.active",
                "transfer.origin.owed", "transfer.origin.unsettled", "transfer.destination.notInsured",
            ])
        // What only the other agency knows is left to it.
        facts = Self.employee
        facts.originEnded = nil
        facts.knowsOrigin = false
        #expect(TransferAcceptance.problems(facts).isEmpty)
    }

    @Test("居民:当年不转,参加下一年度后申请")
    func residents() {
        var facts = TransferFacts(
            direction: .incoming, scene: .resident, from: .resident, to: .resident, today: Given.day("2026-11-01"),
            destinationFrom: Given.day("2026-11-01"), residentPaidThrough: 2026)
        #expect(TransferAcceptance.problems(facts).map(\.code) == ["transfer.resident.thisYear"])
        facts.destinationFrom = Given.day("2027-01-01")
        #expect(TransferAcceptance.problems(facts).isEmpty)
        facts.to = .longTermCare
        #expect(TransferAcceptance.problems(facts).first?.code == "transfer.insurance")
    }

    @Test("职工年限实缴加视同累计互认;居民年度永不折成职工年限")
    func years() {
        var form = Given.form("ZY1")
        #expect(form.recognisedMonths(into: .employee) == 36)
        #expect(form.recognisedMonths(into: .resident) == 0)
        form.insurance = .resident
        form.principal = .zero
        form.interest = .zero
        #expect(form.recognisedMonths(into: .employee) == 0)
    }

    @Test("由缴费月份汇成参保记录:起止、实缴、中断")
    func records() {
        let months: Set<Month> = [Given.month("2024-01"), Given.month("2024-02"), Given.month("2024-05")]
        let record = InsuranceRecord(
            paid: months, deemed: 6, residentYears: [2023, 2022], lastBase: Money(yuan: 5_000), isRetired: false)
        #expect(record.first == Given.month("2024-01") && record.last == Given.month("2024-05"))
        #expect((record.paidMonths, record.gapMonths) == (3, 2))
        #expect(record.residentYears == [2022, 2023] && record.firstEver == Given.month("2022-01"))
    }

    @Test("自相矛盾的信息表:负数、倒序、缴费月数多于跨度、居民带钱,一次说全")
    func contradictions() {
        var form = Given.form("ZY1", principal: -1, months: 25)
        #expect(form.problems().map(\.code) == ["transfer.form.money", "transfer.form.months"])
        form = Given.form("ZY1")
        form.record.last = Given.month("2023-01")
        form.insurance = .resident
        #expect(form.problems().map(\.code) == ["transfer.form.period", "transfer.form.residentMoney"])
    }

    @Test("每种报文写成 JSON 再读回,一字不差;残缺的逐项说出")
    func messages() throws {
        let letter = ContactLetter(
            number: "ZY1", person: Given.traveller, scene: .employee, from: .employee, to: .employee,
            origin: Given.there, destination: Given.here, insuredFrom: Given.day("2026-02-01"),
            appliedOn: Given.day("2026-03-02"), writtenOn: Given.day("2026-03-02"), handler: "甲", reviewer: "乙")
        let notice = FundNotice(
            principal: Money(fen: 120_001), interest: Money(fen: 305), serial: "BK1", day: Given.day("2026-03-12"))
        let contents: [PortabilityMessage.Content] = [
            .contact(letter), .accepted(due: Given.day("2026-03-16")), .rejected(reason: "没有\"停保\""),
            .information(Given.form("ZY1")), .fund(notice), .returned(reason: "月数不符"),
            .done(day: Given.day("2026-03-20")), .withdrawn(reason: "本人不再转移"),
        ]
        #expect(contents.count == PortabilityMessage.Kind.allCases.count)
        for content in contents {
            let message = PortabilityMessage(number: "ZY1", from: Given.otherArea, to: Given.area, content)
            #expect(try PortabilityMessage(message.body) == message)
            // Any byte taken away is noticed, or changes the content.
            let cut = Array(message.body.dropLast())
            #expect(throws: Problems.self) { try PortabilityMessage(cut) }
        }
        let poor = #"{"kind":"information","number":"ZY1","from":"990200","to":"990100","form":{"number":"ZY1"}}"#
        do {
            _ = try PortabilityMessage(Array(poor.utf8))
            Issue.record("a form without a person was read")
        } catch {
            #expect(error.all.count >= 8)
            #expect(error.all.allSatisfy { $0.field?.hasPrefix("form.") == true })
        }
    }

    @Test("重发越隔越久,最长一天")
    func redelivery() {
        let waits = (1...8).map { Redelivery.wait(after: $0) }
        #expect(waits == waits.sorted() && waits.first == 60 && waits.last == 86_400)
    }
}
