import Basics
import Control
import Portability
import Storage
import StoreKit
import Testing

@Suite("转移接续的办理")
struct TransferTests {
    static func apply(
        _ store: any Store, _ application: TransferApplication, on day: String = "2026-03-02"
    ) async throws -> Transfer {
        try await store.write { tx in
            let transfer = try Portability.apply(tx, area: Given.area, application, Given.ground(day))
            try Portability.take(tx, area: Given.area, transfer, .accepted, on: Given.day(day), Given.ground(day))
            return transfer
        }
    }

    static func receive(
        _ store: any Store, _ transfer: Transfer, _ form: InformationForm, on day: String = "2026-03-12"
    ) async throws {
        try await store.write { tx in
            try Portability.record(
                tx, area: Given.area, form, .received, for: transfer, Given.ground(day))
        }
    }

    static let bankFile = """
        serial,day,payer,amount,note
        BK1,2026-03-13,邻市医疗保险中心,1203.00,
        BK2,2026-03-13,邻市医疗保险中心,88.00,ZY 不相干
        """

    static func importReceipts(_ store: any Store, _ text: String = bankFile) async throws -> ImportOutcome {
        let sheet = try Portability.readReceipts(text, file: "bank.csv")
        let origin = ImportOrigin(area: Given.area, actor: .system, at: Moment(Given.day("2026-03-13"), hour: 17))
        return try await store.write { try Portability.importReceipts($0, sheet, by: origin) }
    }

    @Test("转入从申请到办结:信息表、到账匹配、年限;同一人不能同时办两件", arguments: StoreKind.allCases)
    func incoming(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let transfer = try await Self.apply(store, Given.application(.incoming))
            #expect(transfer.number.hasPrefix("ZY99010020260302"))
            #expect(
                try await refusals { _ = try await Self.apply(store, Given.application(.incoming)) } == [
                    "transfer.open"
                ])
            try await Self.receive(store, transfer, Given.form(transfer.number))
            _ = try await Self.importReceipts(store)
            let again = try await Self.importReceipts(store)
            #expect(again.isRepeat)
            let suggested = try await store.read {
                try Portability.suggestReceipt($0, area: Given.area, for: transfer, total: Money(yuan: 1_203))
            }
            #expect(suggested?.serial == "BK1")
            func match(_ serial: String) async throws {
                try await store.write { tx in
                    _ = try Portability.matchMoney(
                        tx, area: Given.area, transfer, serial: serial, Given.ground("2026-03-16"))
                }
            }
            #expect(try await refusals { try await match("BK2") } == ["transfer.receipt.amountDiffers"])
            #expect(try await refusals { try await match("没有") } == ["transfer.receipt.unknown"])
            try await match("BK1")
            try await store.write { tx in
                let form = try #require(try Portability.form(tx, area: Given.area, of: transfer.id))
                let ground = Given.ground("2026-03-16")
                try Portability.take(tx, area: Given.area, transfer, .credited, on: ground.at.day, ground)
                try Portability.recognise(tx, area: Given.area, transfer, form, ground)
                try Portability.take(tx, area: Given.area, transfer, .done, on: ground.at.day, ground)
            }
            let months = try await store.read {
                try Portability.recognisedMonths($0, area: Given.area, of: Given.person)
            }
            #expect(months == 36)
            let arrivals = try await store.read { try Portability.arrivals($0, area: Given.area, of: Given.person) }
            #expect(arrivals.map(\.paidMonths) == [24] && arrivals.map(\.deemedMonths) == [12])
            let span = Set(Given.month("2024-01")...Given.month("2025-12"))
            #expect(arrivals.map { $0.paid(besides: []) } == [span], "视同缴费的月数不当作缴费月")
            #expect(arrivals[0].paid(besides: span).isEmpty, "与本地同月的只算一次")
            #expect(arrivals.map(\.doneOn) == [Given.day("2026-03-16")])
            #expect(arrivals.map(\.lastPaid) == [Given.month("2025-12")])
            #expect(arrivals.map(\.residentYears) == [[2022, 2023]], "年度逐年记下,不只是年数")
            let left = try await store.read { try Portability.unmatchedReceipts($0, area: Given.area) }
            #expect(left.map(\.serial) == ["BK2"])
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("同一编号的联系函登记第二次,说明已经登记", arguments: StoreKind.allCases)
    func knownNumber(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            var application = Given.application(.outgoing, number: "ZY1")
            _ = try await Self.apply(store, application)
            application.person = ID(8)
            let again = application
            #expect(
                try await refusals { _ = try await Self.apply(store, again) } == ["transfer.number.known"])
        }
    }

    @Test("办理中也算:凭证上的缴至年月告诉待遇这段空档", arguments: StoreKind.allCases)
    func underWay(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let transfer = try await Self.apply(store, Given.application(.incoming))
            func arrivals() async throws -> [Portability.Arrival] {
                try await store.read { try Portability.arrivals($0, area: Given.area, of: Given.person) }
            }
            #expect(try await arrivals().map(\.lastPaid) == [Given.month("2025-12")])
            #expect(try await arrivals().map(\.doneOn) == [nil])
            try await store.write { tx in
                try Portability.take(
                    tx, area: Given.area, transfer, .rejected, on: Given.day("2026-03-05"),
                    Given.ground("2026-03-05", "转出地没有停保"))
            }
            #expect(try await arrivals().isEmpty)
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("纸质往来的当即撤回:不再算办理中,可以另行申请;信息表来了以后不能撤回", arguments: StoreKind.allCases)
    func withdrawn(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let first = try await Self.apply(store, Given.application(.incoming, onPaper: true))
            func withdraw(_ transfer: Transfer, _ act: TransferState = .withdrawn) async throws {
                try await store.write { tx in
                    _ = try Portability.take(
                        tx, area: Given.area, transfer, act, on: Given.day("2026-03-05"),
                        Given.ground("2026-03-05", "本人不再转移"))
                }
            }
            try await withdraw(first)
            let arrivals = try await store.read { try Portability.arrivals($0, area: Given.area, of: Given.person) }
            #expect(arrivals.isEmpty)
            #expect(try await refusals { try await withdraw(first) } == ["transfer.state"])
            let second = try await Self.apply(store, Given.application(.incoming), on: "2026-03-06")
            try await Self.receive(store, second, Given.form(second.number))
            for act in [TransferState.withdrawn, .withdrawing] {
                #expect(try await refusals { try await withdraw(second, act) } == ["transfer.state"])
            }
            let statistics = try await store.read {
                try Portability.statistics($0, area: Given.area, Given.day("2026-01-01")...Given.day("2026-12-31"))
            }
            #expect(statistics.flows.map { [$0.applied, $0.withdrawn] } == [[2, 1]])
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("不合的信息表不收:编号不同、险种不同、自相矛盾;次序不对的办理说明现在到哪一步", arguments: StoreKind.allCases)
    func wrongForms(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let transfer = try await Self.apply(store, Given.application(.incoming))
            var form = Given.form("ZY-别的", months: 99)
            form.insurance = .resident
            let wrong = form
            #expect(
                try await refusals { try await Self.receive(store, transfer, wrong) } == [
                    "transfer.form.months", "transfer.form.residentMoney", "transfer.form.number",
                    "transfer.form.insurance",
                ])
            #expect(
                try await refusals {
                    _ = try await store.write { tx in
                        try Portability.take(
                            tx, area: Given.area, transfer, .done, on: Given.day("2026-03-05"),
                            Given.ground("2026-03-05"))
                    }
                } == ["transfer.state"])
            #expect(
                try await refusals {
                    _ = try await Self.importReceipts(store)
                    _ = try await Self.importReceipts(store, Self.bankFile.replacing("88.00", with: "89.00"))
                } == ["transfer.receipt.different"])
        }
    }

    @Test("过了十个工作日标为超时,只标一次;进入下一步后重新计时", arguments: StoreKind.allCases)
    func late(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let limits = try Given.limits()
            let transfer = try await Self.apply(store, Given.application(.outgoing, number: "ZY9902001"))
            func mark(_ day: String) async throws -> [String] {
                try await store.write { tx in
                    try Portability.markLate(
                        tx, area: Given.area, today: Given.day(day), limits, Given.ground(day, "超过办理时限"))
                }.map(\.number)
            }
            #expect(try await mark("2026-03-16") == [])
            #expect(try await mark("2026-03-17") == ["ZY9902001"])
            #expect(try await mark("2026-03-18") == [])
            let line = try await store.read { try Portability.transfers($0, area: Given.area, of: Given.person) }
            #expect(line.map(\.isLate) == [true])
            #expect(line.map(\.state) == [.accepted])
            let statistics = try await store.read {
                try Portability.statistics($0, area: Given.area, Given.day("2026-01-01")...Given.day("2026-12-31"))
            }
            #expect(statistics.flows.map(\.late) == [1])
            #expect(transfer.direction == .outgoing)
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("统计:各市流向、占比、每一步的用时", arguments: StoreKind.allCases)
    func statistics(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            for number in 1...4 {
                var application = Given.application(number == 4 ? .outgoing : .incoming, number: "ZY\(number)")
                application.person = ID(Int64(number))
                application.other = number == 1 ? AreaCode(990_300) : Given.otherArea
                let transfer = try await Self.apply(store, application)
                if number == 2 {
                    try await Self.receive(store, transfer, Given.form("ZY2", principal: 0, interest: 0))
                }
            }
            let statistics = try await store.read {
                try Portability.statistics($0, area: Given.area, Given.day("2026-01-01")...Given.day("2026-12-31"))
            }
            #expect(statistics.flows.map(\.other) == [Given.otherArea, AreaCode(990_300), Given.otherArea])
            #expect(statistics.flows.map(\.applied) == [2, 1, 1])
            #expect(
                statistics.flows.map(\.share) == [Rate(partsPerMillion: 666_667), Rate(partsPerMillion: 333_333), .one])
            #expect(statistics.share(of: .incoming).share == .percent(75))
            let received = try #require(statistics.steps.first { $0.act == .infoReceived })
            #expect((received.count, received.daysInAll, received.daysOnAverage) == (1, 10, "10.0"))
        }
    }

    @Test("当前状态被人改动,核验指出是哪一件;办理记录不能改", arguments: StoreKind.allCases)
    func verification(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let transfer = try await Self.apply(store, Given.application(.incoming))
            await #expect(throws: StoreError.self) {
                try await store.write { try $0.execute("UPDATE transfer_act SET kind = 8") }
            }
            try await store.write { try $0.execute("UPDATE transfer_standing SET state = 8") }
            let problems = try await brokenPlaces(of: store)
            #expect(problems.map(\.code) == ["transfer.verify.course"])
            #expect(problems.first?.field == "transfer \(transfer.id)")
        }
    }
}
