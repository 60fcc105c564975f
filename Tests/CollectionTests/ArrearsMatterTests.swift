import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

@Suite("欠费、缓缴、到账文件和暂收款:办件怎么说,风险检查怎么看")
struct ArrearsMatterTests {
    private static let bank = "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n"
    private static func moment(_ day: String) -> Moment { Moment(Day(day)!, hour: 9) }

    /// January billed for two employers of four people: 3,240 yuan each, due on 15 February.
    private static func billed(_ store: any Store) async throws -> (desk: Desk, bills: [LevyBill]) {
        let desk = try await Desk.open(store)
        try await desk.county.declareWages()
        #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
        let bills = try await store.read {
            try Contributions.bills($0, area: County.area, after: ID(0), limit: 10)
        }
        return (desk, bills)
    }

    private static func employer(_ bill: LevyBill) -> ID<Employer> {
        guard case .employer(let id) = bill.payer else { preconditionFailure("employers are billed by the month") }
        return id
    }

    /// What the house says on the page of a matter that is carried out.
    private static func said(
        _ desk: Desk, _ code: String, _ form: [String: String], file: String? = nil, at: Moment
    ) async throws -> String {
        let outcome = try await desk.approve(code, form, file: file, at: at)
        _ = try await desk.matters.runJobs(desk.store) { at + 120 }
        return try await desk.store.read { [matters = desk.matters, staff = desk.staff] tx in
            let opener = staff[try matters.kind(code).steps[0].post]!
            return try matters.view(tx, outcome.matter, for: opener, at: at + 180).acts.last?.opinion ?? ""
        }
    }

    @Test("同一银行文件再来一遍:一笔也不重复,并说明几笔以前已入账", arguments: StoreKind.allCases)
    func twice(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let (desk, bills) = try await Self.billed(store)
            let at = Self.moment("2026-02-12")
            let first = Self.bank + "B1,\(bills[0].id),,示例户名,3240.00,2026-02-10\n"
            let both = first + "B2,\(bills[1].id),,示例户名,3240.00,2026-02-11\n"
            func take(_ file: String) async throws -> String {
                try await Self.said(desk, "contributions.receipts.take", ["source": "2"], file: file, at: at)
            }
            #expect(try await take(first) == "到账文件“表.csv”共 1 笔已入账,未匹配的在暂收款清单")
            #expect(try await take(first) == "到账文件“表.csv”共 1 笔,本次没有新入账:1 笔以前已按流水号入账,没有重复记账")
            #expect(
                try await take(both)
                    == "到账文件“表.csv”共 2 笔,本次入账 1 笔,未匹配的在暂收款清单;另有 1 笔以前已按流水号入账,没有重复记账")
            let receipts = try await store.read {
                try Contributions.receipts($0, area: County.area, arrived: at.day...at.day, limit: 10)
            }
            #expect(receipts.map(\.serial) == ["B1", "B2"])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("迟缴的两笔在同一文件、后缴的写在前面:按缴款日先后计滞纳金,多缴的进暂收", arguments: StoreKind.allCases)
    func order(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let (desk, bills) = try await Self.billed(store)
            let file =
                Self.bank + "B2,\(bills[0].id),,示例户名,3000.00,2026-04-17\n"
                + "B1,\(bills[0].id),,示例户名,1000.00,2026-03-18\n"
            #expect(
                try await desk.carryOut(
                    "contributions.receipts.take", ["source": "2"], file: file, at: Self.moment("2026-04-20")) == [])
            let waiting = try await store.read { try Contributions.suspense($0, area: County.area, limit: 10) }
            // 1,000 × 0.0005 × 30 + 2,240 × 0.0005 × 60 = 15.00 + 67.20; 4,000 − 3,240 − 82.20 is too much.
            #expect(waiting.map(\.amount) == [Money(fen: 67_780)])
            #expect(waiting.map(\.receipt.serial) == ["B2"])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("护照等其他证件登记的人,到账按证件号码找到他的应缴单;号码没有登记的进暂收", arguments: StoreKind.allCases)
    func passports(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let desk = try await Desk.open(store, employers: 0, residents: 1)
            let person = try await store.write { tx in
                let origin = ActOrigin(area: County.area, actor: .system, at: County.at, ground: "参保登记")
                let person = try Enrolment.register(
                    tx,
                    PersonParticulars(
                        paper: try IdentityPaper(kind: .passport, number: "E12345678"), name: "SHI LI", sex: .female,
                        birth: Day("1985-03-04")!), by: origin)
                _ = try Enrolment.open(tx, SpellOpening(category: .adult, from: County.at.day), for: person, by: origin)
                try Agency.billResident(tx, area: County.area, year: 2026, person, County.ground())
                return person
            }
            func bill() async throws -> LevyBill {
                let bills = try await store.read {
                    try Contributions.bills($0, area: County.area, of: .person(person))
                }
                return bills[0]
            }
            let payable = try await bill().payable
            let file =
                Self.bank + "P1,,e12345678,SHI LI,\(payable),2026-01-20\nP2,,E99999999,无名氏,\(payable),2026-01-20\n"
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            let waiting = try await store.read { try Contributions.suspense($0, area: County.area, limit: 10) }
            #expect(waiting.map(\.receipt.serial) == ["P2"])
            let found = try await bill()
            let standing = try await store.read { tx in
                try Contributions.standing(tx, area: County.area, of: found, terms: nil, on: County.at.day)
            }
            #expect(standing.outstanding == .zero)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("缴款日期在今天以后的行,连文件行号一并退回", arguments: StoreKind.allCases)
    func future(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let (desk, bills) = try await Self.billed(store)
            let file =
                Self.bank + "B1,\(bills[0].id),,示例户名,3240.00,2026-02-10\nB2,,,无名氏,10.00,2027-05-05\n"
            let refused = try await desk.carryOut(
                "contributions.receipts.take", ["source": "2"], file: file, at: Self.moment("2026-02-12"))
            #expect(
                refused.map { "\($0.field ?? "") \($0.code)" } == ["表.csv:3 交易日期 contributions.receipt.future"])
            #expect(
                try await store.read { try Contributions.suspense($0, area: County.area, limit: 10) }.isEmpty)
        }
    }

    @Test("缓缴到已过去的一天在受理前退回;批准后,批准前已产生的滞纳金照收", arguments: StoreKind.allCases)
    func deferral(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let (desk, bills) = try await Self.billed(store)
            let at = Self.moment("2026-03-31")
            func form(_ payBy: String) -> [String: String] {
                [
                    "employer": "\(Self.employer(bills[0]))", "first": "2026-01", "last": "2026-01", "pay_by": payBy,
                    "reason": "受灾停产",
                ]
            }
            let past = try await desk.carryOut("contributions.defer", form("2026-03-30"), at: at)
            #expect(past.map(\.code) == ["contributions.deferral.past"] && past[0].field == "pay_by")
            #expect(past[0].message.contains("减免滞纳金"))
            #expect(try await desk.carryOut("contributions.defer", form("2026-06-30"), at: at) == [])
            let fee = try await store.read { tx in
                try Contributions.standing(
                    tx, area: County.area, of: bills[0],
                    terms: try Agency.lateFees(try Agency.law(tx, area: County.area))(bills[0].months.lowerBound),
                    on: Day("2026-06-30")!
                ).lateFee
            }
            // 3,240 × 0.0005 × 43 = 69.66.
            #expect(fee == Money(fen: 6_966))
        }
    }

    @Test("全部催缴:只欠滞纳金的单位也发,缓缴的不发", arguments: StoreKind.allCases)
    func letters(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let (desk, bills) = try await Self.billed(store)
            let file = Self.bank + "B1,\(bills[0].id),,示例户名,3240.00,2026-03-31\n"
            let at = Self.moment("2026-03-31")
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: at) == [])
            let form = [
                "employer": "\(Self.employer(bills[1]))", "first": "2026-01", "last": "2026-01",
                "pay_by": "2026-06-30", "reason": "受灾停产",
            ]
            #expect(try await desk.carryOut("contributions.defer", form, at: at) == [])
            let said = try await Self.said(
                desk, "contributions.dun", ["pay_by": "2026-05-08"], at: Self.moment("2026-04-08"))
            #expect(said == "已催缴 1 家单位,限 2026-05-08 前缴清;通知书在单位的欠费页打印")
            let sent = try await store.read { try Contributions.dunnings($0, area: County.area, of: bills[0].payer) }
            #expect(sent.map(\.lateFee) == [Money(fen: 6_966)] && sent.map(\.principal) == [.zero])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("暂收款挂过三十天:风险检查列为问题,逐笔可查;清理后正常", arguments: StoreKind.allCases)
    func suspense(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let (desk, bills) = try await Self.billed(store)
            let file = Self.bank + "B1,,,无名氏,3240.00,2026-02-10\n"
            #expect(
                try await desk.carryOut(
                    "contributions.receipts.take", ["source": "2"], file: file, at: Self.moment("2026-02-10")) == [])
            func point(_ day: String) async throws -> RiskPoint {
                try await store.read { try Agency.suspensePoint($0, area: County.area, on: Day(day)!, rowsMax: 10) }
            }
            #expect(try await point("2026-03-12").verdict == .sound)
            let late = try await point("2026-03-13")
            #expect(late.verdict == .finding && late.figure == "1 笔 3240.00 元" && late.rowCount == 1)
            #expect(late.rows.map(\.cells) == [["2026-00000001", "无名氏", "2026-02-10", "3240.00"]])
            let receipt = try await store.read {
                try Contributions.suspense($0, area: County.area, limit: 1)[0].receipt
            }
            let claim = ["receipt": "\(receipt.id)", "bill": "\(bills[1].id)", "amount": "3240.00", "reason": "来电"]
            #expect(
                try await desk.carryOut("contributions.suspense.clear", claim, at: Self.moment("2026-03-13")) == [])
            #expect(try await point("2026-03-14").verdict == .sound)
        }
    }
}
