import Basics
import Control
import Sheets
import Storage
import StoreKit
import Testing

@testable import Contributions

@Suite("Receipts, suspense, refunds and the books")
struct ReceiptTests {
    @Test(
        "Money with a bill's number, or its payer, month and amount, finds the bill; a file sent twice does nothing",
        arguments: StoreKind.allCases)
    func matchesOnce(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { try Town.billJanuary($0) }
            let first = try await store.write { try Town.pay($0, "T1", Money(yuan: 1000), bill: bill.id, period: nil) }
            #expect(first.matched == 1 && first.inSuspense == .zero)
            let rest = try await store.write { try Town.pay($0, "T2", Money(yuan: 1430)) }
            #expect(rest.matched == 1)
            let again = try await store.write { try Town.pay($0, "T2", Money(yuan: 1430), on: "2026-02-11") }
            #expect(again.known == 1 && again.taken == 0 && again.act == nil)
            try await store.read { tx throws in
                #expect(
                    try Contributions.standing(tx, area: Town.area, of: bill, terms: nil, on: bill.due).state == .paid)
                let receipts = try Contributions.receipts(
                    tx, area: Town.area, arrived: Town.day("2026-02-10")...Town.day("2026-02-10"), limit: 10)
                #expect(receipts.map(\.numberName) == ["2026-00000001", "2026-00000002"])
                #expect(
                    try Contributions.payments(
                        tx, area: Town.area, person: Town.people[0], employers: [Town.works]
                    ).map(\.standing) == [
                        .paid(on: Town.day("2026-02-10"))
                    ])
            }
            #expect(
                try await refusals { _ = try await store.write { try Town.pay($0, "T2", Money(yuan: 1)) } } == [
                    "contributions.receipt.different"
                ])
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "Late money pays principal, then the late fee of its own days; what is too much waits",
        arguments: StoreKind.allCases)
    func lateFee(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { try Town.billJanuary($0) }
            // Due 15 February; 43 days from 16 February to 31 March: 2,430 × 0.05 % × 43 = 52.245.
            let outcome = try await store.write { try Town.pay($0, "T1", Money(yuan: 2500), on: "2026-03-31") }
            #expect(outcome.inSuspense == Money(fen: 250_000 - 243_000 - 5_225))
            try await store.read { tx throws in
                let standing = try Contributions.standing(
                    tx, area: Town.area, of: bill, terms: try Town.lateFees(Town.january), on: Town.day("2026-06-01"))
                #expect(
                    standing.state == .paid && standing.lateFeeOutstanding == .zero
                        && standing.lateFeePaid == Money(fen: 5_225))
            }
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("Unmatched money waits in suspense until it is given to a bill or given back", arguments: StoreKind.allCases)
    func suspense(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "T1", Money(yuan: 3000), code: "NOBODY", period: nil, from: .bank)
                return bill
            }
            let item = try await store.read { try Contributions.suspense($0, area: Town.area, limit: 10) }[0]
            #expect(item.amount == Money(yuan: 3000))
            let tooMuch = try await refusals {
                _ = try await store.write {
                    try Contributions.clear(
                        $0, area: Town.area, item.receipt.id, to: bill.id, Money(yuan: 3000), lateFees: Town.lateFees,
                        Town.ground("2026-02-12"))
                }
            }
            #expect(tooMuch == ["contributions.clear.exceeds"])
            try await store.write { tx in
                try Contributions.clear(
                    tx, area: Town.area, item.receipt.id, to: bill.id, bill.payable, lateFees: Town.lateFees,
                    Town.ground("2026-02-12"))
                try Town.refund(tx, item.receipt.id, Money(yuan: 570), on: "2026-02-13")
            }
            #expect(try await store.read { try Contributions.suspense($0, area: Town.area, limit: 10) }.isEmpty)
            #expect(
                try await refusals {
                    _ = try await store.write {
                        try Town.refund($0, item.receipt.id, Money(fen: 1), on: "2026-02-13")
                    }
                } == ["contributions.suspense.short"])
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "What the tax office gave back is taken out of suspense first and then out of the bill",
        arguments: StoreKind.allCases)
    func givenBack(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "T1", Money(yuan: 2500), bill: bill.id)
                try Town.pay(tx, "R1", Money(yuan: -100), on: "2026-02-12", original: "T1")
                return bill
            }
            try await store.read { tx throws in
                #expect(try Contributions.suspense(tx, area: Town.area, limit: 10).isEmpty)
                let standing = try Contributions.standing(tx, area: Town.area, of: bill, terms: nil, on: bill.due)
                #expect(
                    standing.paid == Money(yuan: 2400) && standing.outstanding == Money(yuan: 30)
                        && standing.state == .partlyPaid)
            }
            let unknown = try await refusals {
                _ = try await store.write { try Town.pay($0, "R2", Money(yuan: -5), original: "T9") }
            }
            #expect(unknown == ["contributions.receipt.noOriginal"])
            let tooMuch = try await refusals {
                _ = try await store.write { try Town.pay($0, "R3", Money(yuan: -5000), original: "T1") }
            }
            #expect(tooMuch == ["contributions.receipt.tooMuchBack"])
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "A receipt taken back in red leaves the bill unpaid, once; numbers go on without a gap",
        arguments: StoreKind.allCases)
    func void(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "T1", bill.payable)
                return bill
            }
            let receipt = try await store.read {
                try Contributions.receipts(
                    $0, area: Town.area, arrived: Town.day("2026-02-10")...Town.day("2026-02-10"), limit: 1)[0]
            }
            let red = try await store.write {
                try Contributions.void($0, area: Town.area, receipt.id, Town.ground("2026-02-11", "入错单位"))
            }
            try await store.read { tx throws in
                #expect(
                    try Contributions.standing(tx, area: Town.area, of: bill, terms: nil, on: bill.due).state == .open)
                #expect(try Contributions.receipt(tx, area: Town.area, red)?.number == 2)
            }
            #expect(
                try await refusals {
                    _ = try await store.write { try Contributions.void($0, area: Town.area, receipt.id, Town.ground()) }
                }
                    == ["contributions.receipt.voidedBefore"])
            // A refused payment takes no number with it.
            _ = try await refusals {
                _ = try await store.write { try Town.pay($0, "R9", Money(yuan: -5), original: "T9") }
            }
            try await store.write { try Town.pay($0, "T3", bill.payable, on: "2026-02-12") }
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("Bookings of part payments come to each insurance's sum to the fen", arguments: StoreKind.allCases)
    func bookings(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "T1", Money(fen: 77_777))
                try Town.pay(tx, "T2", Money(fen: 100_001))
                try Town.pay(tx, "T3", Money(fen: 243_000 - 177_778))
                return bill
            }
            var sums: [String: Money] = [:]
            for act in try await store.read({ try Contributions.unbooked($0, area: Town.area, limit: 50) }) {
                let lines = try await store.write { tx in
                    let lines = try Contributions.bookingLines(tx, area: Town.area, of: act.id)
                    try Contributions.recordBooking(
                        tx, area: Town.area, of: act.id, lines.map { ($0, 1) }, Town.ground("2026-02-28"))
                    return lines
                }
                for line in lines { sums["\(line.book.rawValue) \(line.part.name)", default: .zero] += line.amount }
            }
            #expect(bill.payable == sums.values.total())
            #expect(
                sums == [
                    "310 单位缴纳": Money(yuan: 1920), "310 个人缴纳": Money(yuan: 480), "330 单位缴纳": Money(yuan: 15),
                    "330 个人缴纳": Money(yuan: 15),
                ])
            #expect(try await store.read { try Contributions.unbooked($0, area: Town.area, limit: 50) }.isEmpty)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("A file of the bank in GB18030 is read; wrong cells and a file that mixes encodings are refused in words")
    func files() async throws {
        let columns = try ReceiptColumns(Town.law, .bank, on: Town.day("2026-03-01"))
        let text = """
            交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期
            B1,,WORKS,示范单位,2430.00,2026-03-02
            B2,12a,WORKS,示范单位,0,2026-02-30
            B1,,WORKS,示范单位,-1,2026-03-02
            """
        let problems = try await refusals {
            _ = try Contributions.readReceipts(
                text, file: "bank.csv", columns: columns, on: Town.day("2026-03-02"))
        }
        #expect(
            problems.sorted() == [
                "contributions.receipt.bill", "contributions.receipt.doubled", "contributions.receipt.original",
                "contributions.receipt.zero", "import.day",
            ])
        // 户名 in GB18030, and a line of UTF-8 glued behind it.
        let gb: [UInt8] = [0xBB, 0xA7, 0xC3, 0xFB, 0x0A]
        #expect(try SheetText.read(gb, name: "bank.csv") == "户名\n")
        #expect(
            try await refusals { _ = try SheetText.read(gb + Array("户名,金额\n".utf8) + [0xFF, 0xFF], name: "bank.csv") }
                .isEmpty == false)
    }

    @Test(
        "The same file is the same batch, and finishing an interrupted one takes in only the rest",
        arguments: StoreKind.allCases)
    func powerCut(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let columns = try ReceiptColumns(Town.law, .bank, on: Town.day("2026-03-01"))
            var text = "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n"
            for number in 1...20 { text += "B\(number),,9\(number),无名,10.00,2026-03-02\n" }
            let sheet = try Contributions.readReceipts(
                text, file: "bank.csv", columns: columns, on: Town.day("2026-03-03"))
            let origin = ImportOrigin(area: Town.area, actor: Town.clerk, at: Moment(Town.day("2026-03-03"), hour: 9))
            func takeIn(_ lines: some Collection<PaymentLine>, batch: ID<ImportBatch>) async throws -> ReceiptOutcome {
                let lines = Array(lines)
                return try await store.write { tx in
                    try Contributions.takeIn(
                        tx, area: Town.area, from: .bank, lines, find: Town.find, lateFees: Town.lateFees,
                        Ground("银行到账", batch: batch, by: Town.clerk, at: origin.at))
                }
            }
            let lines = sheet.lines.map(\.row)
            let first = try await store.write { try Contributions.registerReceipts($0, sheet, by: origin) }
            _ = try await takeIn(lines.prefix(8), batch: first.batch)
            // The power fails here. The file is handed in again.
            let second = try await store.write { try Contributions.registerReceipts($0, sheet, by: origin) }
            #expect(second.isRepeat && second.batch == first.batch)
            let outcome = try await takeIn(lines, batch: second.batch)
            #expect(outcome.known == 8 && outcome.taken == 12)
            #expect(try await takeIn(lines, batch: second.batch).taken == 0)
            #expect(
                try await store.read { try Contributions.suspense($0, area: Town.area, limit: 50) }.map(\.amount)
                    .total() == Money(yuan: 200))
            #expect(try await Town.broken(store) == [])
        }
    }
}
