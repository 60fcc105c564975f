import Basics
import Control
import Storage

/// A page of the arrears list (欠费清单).
public struct ArrearsPage: Hashable, Sendable {
    public var arrears: [Arrear]
    /// After which bill the next page begins; nil on the last page.
    public var next: ID<LevyBill>?

    public init(arrears: [Arrear], next: ID<LevyBill>?) {
        self.arrears = arrears
        self.next = next
    }
}

/// The letters of some late employers (批量催缴).
public struct DunningPage: Hashable, Sendable {
    public var letters: [DunningLetter]
    /// After which employer to go on; nil when nobody is left.
    public var next: ID<Employer>?

    public init(letters: [DunningLetter], next: ID<Employer>?) {
        self.letters = letters
        self.next = next
    }
}

extension Contributions {
    /// The arrears of a day by bill number (欠费清单), a page at a time: what is past its day and owes principal or late
    /// fee. What a deferral or instalments protect is not on it, as it is in no letter.
    public static func arrears(
        _ tx: any Transaction, area: AreaCode, on day: Day, after: ID<LevyBill> = ID(0), limit: Int,
        lateFees: LateFeeLaw
    ) throws -> ArrearsPage {
        let limit = min(limit, 500)
        var found: [Arrear] = []
        var last = after
        for _ in 0..<readsOfPageMax {
            let read = try tx.all(LevyBill.self, lateBills, Value(area), Value(day), Value(last), .int(billsOfRead))
            for bill in read {
                let arrear = try arrear(tx, area: area, bill, on: day, lateFees: lateFees)
                guard isLate(arrear, on: day) else { continue }
                // One more than the page holds: there is a next one, and it begins after the last one shown.
                if found.count == limit { return ArrearsPage(arrears: found, next: found.last?.bill.id) }
                found.append(arrear)
            }
            guard read.count == Int(billsOfRead), let end = read.last?.id else {
                return ArrearsPage(arrears: found, next: nil)
            }
            last = end
        }
        return ArrearsPage(arrears: found, next: last)
    }

    /// Bills read at a time, and how often for one page: a page is answered however many bills owe nothing.
    private static let billsOfRead: Int64 = 500
    private static let readsOfPageMax = 20

    static func isLate(_ arrear: Arrear, on day: Day) -> Bool { arrear.due < day && arrear.total > .zero }

    /// Past its day, and not paid in full or paid too late: a late fee may be owed of it. What it comes to is reckoned from
    /// its payments, which no query can.
    private static let mayBeLate = """
        b.area = ? AND b.due_day < ? AND b.purpose <> 6
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = b.area AND x.reverses = b.id)
            AND (b.payable_fen > (SELECT coalesce(sum(u.principal_fen), 0) FROM receipt_use u
                    WHERE u.area = b.area AND u.bill = b.id)
                OR b.insurance <> 390 AND EXISTS (SELECT 1 FROM receipt_use u
                    WHERE u.area = b.area AND u.bill = b.id AND u.day > b.due_day AND u.principal_fen <> 0))
        """

    private static let lateBills = SQL(
        "SELECT \(LevyBill.columnsOfB) FROM levy_bill b WHERE \(mayBeLate) AND b.id > ? ORDER BY b.id LIMIT ?")

    /// The letter that demands a payer's arrears; nil when there are none.
    ///
    /// - Parameter absorbed: employers merged into the payer, whose bills count as its own.
    public static func dunning(
        _ tx: any Transaction, area: AreaCode, _ payer: Payer, absorbed: [ID<Employer>] = [], on day: Day, payBy: Day,
        lateFees: LateFeeLaw
    ) throws -> DunningLetter? {
        let late = try openBills(tx, area: area, of: payer, absorbed: absorbed, on: day, lateFees: lateFees)
            .filter { isLate($0, on: day) }
        return late.isEmpty ? nil : DunningLetter(payer: payer, on: day, payBy: payBy, arrears: late)
    }

    /// The letters to employers that are late, by number, after one. Whom a deferral or instalments protect gets none,
    /// who owes only a late fee does.
    ///
    /// - Parameters:
    ///   - limit: as many employers are looked at.
    ///   - letter: the letter about an employer's bills; who answers for them is the register's to say.
    public static func dunningLetters(
        _ tx: any Transaction, area: AreaCode, on day: Day, after employer: ID<Employer> = ID(0), limit: Int,
        letter: (ID<Employer>) throws -> DunningLetter?
    ) throws -> DunningPage {
        let limit = min(limit, 500)
        let asked = try tx.rows(latePayers, Value(area), Value(day), Value(employer), .int(Int64(limit))) {
            try $0.id(0, Employer.self)
        }
        return DunningPage(letters: try asked.compactMap(letter), next: asked.count == limit ? asked.last : nil)
    }

    private static let latePayers = SQL(
        """
        SELECT DISTINCT b.payer FROM levy_bill b
        WHERE \(mayBeLate) AND b.payer_kind = 1 AND b.payer > ? ORDER BY b.payer LIMIT ?
        """)
}
