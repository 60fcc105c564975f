import Basics
import Control
import Storage

/// The desk of transfers (关系转移接续): people who move between pooling areas or schemes take their years and
/// their account with them. 医保办发〔2021〕43号.
///
/// A transfer is the same at both agencies: one number, two courses of acts (`TransferCourse`). Agencies of this
/// house's kind tell one another by signed messages (`PortabilityMessage`), others by letters.
public enum Portability {
    // MARK: - Look-up

    public static func find(_ tx: any Transaction, area: AreaCode, _ id: ID<Transfer>) throws -> Transfer? {
        try tx.one(Transfer.self, byID, Value(area), Value(id))
    }

    private static let byID = SQL("\(Transfer.selection) WHERE area = ? AND id = ?")

    /// The transfer, or the problem that tells what to check.
    public static func require(_ tx: any Transaction, area: AreaCode, _ id: ID<Transfer>) throws -> Transfer {
        if let transfer = try find(tx, area: area, id) { return transfer }
        throw Problem("transfer.unknown", field: "transfer", "没有转移业务 \(id),请从转移列表中选择")
    }

    public static func find(
        _ tx: any Transaction, area: AreaCode, _ direction: TransferDirection, number: String
    ) throws -> Transfer? {
        try tx.one(Transfer.self, byNumber, Value(area), Value(code: direction), .text(number))
    }

    private static let byNumber = SQL("\(Transfer.selection) WHERE area = ? AND direction = ? AND number = ?")

    /// The same by its number, or the problem.
    public static func require(
        _ tx: any Transaction, area: AreaCode, _ direction: TransferDirection, number: String
    ) throws -> Transfer {
        if let transfer = try find(tx, area: area, direction, number: number) { return transfer }
        throw Problem("transfer.unknown", field: "number", "没有编号 \(number) 的\(direction.name)业务,请核对转移业务编号")
    }

    /// Everything that was done about a transfer, in order.
    public static func acts(_ tx: any Transaction, area: AreaCode, of id: ID<Transfer>) throws -> [TransferAct] {
        try tx.all(TransferAct.self, actsOf, Value(area), Value(id))
    }

    private static let actsOf = SQL("\(TransferAct.selection) WHERE area = ? AND transfer = ? ORDER BY seq")

    /// How far it has come.
    public static func course(_ tx: any Transaction, area: AreaCode, of transfer: Transfer) throws -> TransferCourse {
        course(transfer.direction, try acts(tx, area: area, of: transfer.id))
    }

    static func course(_ direction: TransferDirection, _ acts: [TransferAct]) -> TransferCourse {
        acts.reduce(into: TransferCourse(direction)) { course, act in
            course.take(act.kind, on: act.day, hasMoney: act.hasMoney)
        }
    }

    /// A person's transfers, the oldest first.
    public static func transfers(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> [TransferLine] {
        try tx.all(TransferLine.self, ofPerson, Value(area), Value(person))
    }

    private static let ofPerson = SQL(
        "\(TransferLine.selection) WHERE t.area = ? AND t.person = ? ORDER BY t.id LIMIT 100")

    /// Transfers of a direction in one state, by number, after a given one: the desk's lists.
    public static func list(
        _ tx: any Transaction, area: AreaCode, _ direction: TransferDirection, _ state: TransferState,
        after: ID<Transfer> = ID(0), limit: Int = 50
    ) throws -> [TransferLine] {
        try tx.all(
            TransferLine.self, inState, Value(area), Value(code: direction), Value(code: state), Value(after),
            .int(Int64(min(limit, 500))))
    }

    private static let inState = SQL(
        """
        \(TransferLine.selection)
        WHERE s.area = ? AND s.direction = ? AND s.state = ? AND s.transfer > ? ORDER BY s.transfer LIMIT ?
        """)

    /// The last information form of a transfer.
    public static func form(
        _ tx: any Transaction, area: AreaCode, of id: ID<Transfer>
    ) throws -> InformationForm? {
        try tx.first(lastForm, Value(area), Value(id)) { try $0.text(0) }.map { try InformationForm(text: $0) }
    }

    private static let lastForm: SQL = """
        SELECT content FROM transfer_form WHERE area = ? AND transfer = ? ORDER BY seq DESC LIMIT 1
        """

    /// By when the origin has said that the form will come (转出地承诺日期); nil when it has said nothing.
    public static func promisedDay(_ tx: any Transaction, area: AreaCode, of id: ID<Transfer>) throws -> Day? {
        try tx.first(promiseOf, Value(area), Value(id)) { try $0.day(0) }
    }

    private static let promiseOf: SQL = "SELECT due_day FROM transfer_promise WHERE area = ? AND transfer = ?"

    // MARK: - What counts for cover

    /// A transfer into here, as entitlement asks for it: while it runs, and what it brought.
    public struct Arrival: Hashable, Sendable {
        public var from: Insurance
        public var to: Insurance
        public var appliedOn: Day
        public var insuredFrom: Day
        /// When it was done; nil while it runs.
        public var doneOn: Day?
        /// The first and the last month paid elsewhere: of a finished transfer as the form says them, of one under way as
        /// the person's certificate does.
        public var first: Month?
        public var lastPaid: Month?
        /// Months paid elsewhere (实际缴费月数), into whichever insurance he moved; none before the transfer is done.
        public var paidMonths: Int64
        /// Months that count towards the years of an employee's insurance.
        public var months: Int64
        /// Of these, the months that only count as paid (视同缴费月数).
        public var deemedMonths: Int64
        /// Years insured as a resident elsewhere (居民参保年度), in order; none before the transfer is done.
        public var residentYears: [Int] = []

        /// The months that a finished transfer's employee months are taken to be: a form tells no more than how many they
        /// were and in which span. They are laid on the months of the span that nothing stands for here, the last ones
        /// first; what finds no room there fell together with months here, and counts once.
        public func paid(besides local: Set<Month>) -> Set<Month> {
            guard doneOn != nil, from == .employee, paidMonths > 0, let last = lastPaid else { return [] }
            let earliest = min(first ?? last + -Int(paidMonths - 1), last)
            return Set((earliest...last).reversed().lazy.filter { !local.contains($0) }.prefix(Int(paidMonths)))
        }
    }

    /// The transfers of a person into this area that were neither refused nor withdrawn, in the order in which they were asked for.
    public static func arrivals(_ tx: any Transaction, area: AreaCode, of person: ID<Person>) throws -> [Arrival] {
        let found = try tx.rows(arrivalsOf, Value(area), Value(person)) { row in
            (transfer: try row.id(11, Transfer.self), arrival: try arrival(row))
        }
        return try found.map { transfer, arrival in
            var arrival = arrival
            guard arrival.doneOn != nil else { return arrival }
            arrival.residentYears = try tx.rows(yearsOfTransfer, Value(area), Value(transfer)) { Int(try $0.int(0)) }
            return arrival
        }
    }

    private static func arrival(_ row: any Row) throws -> Arrival {
        let state: TransferState = try row.code(3)
        func month(_ column: Int) throws -> Month? {
            try row.intOrNil(column).map { Month(number: Int32(truncatingIfNeeded: $0)) }
        }
        return Arrival(
            from: try row.code(0), to: try row.code(1), appliedOn: try row.day(2), insuredFrom: try row.day(10),
            doneOn: state == .done ? try row.day(4) : nil, first: try month(5), lastPaid: try month(6),
            paidMonths: try row.intOrNil(7) ?? 0, months: try row.intOrNil(8) ?? 0,
            deemedMonths: try row.intOrNil(9) ?? 0)
    }

    private static let yearsOfTransfer: SQL = """
        SELECT year FROM transfer_recognised_year WHERE area = ? AND transfer = ? ORDER BY year
        """

    private static let arrivalsOf: SQL = """
        SELECT t.from_insurance, t.to_insurance, t.applied_day, s.state, s.since_day,
            CASE WHEN s.state = 8 THEN r.first_month ELSE t.paid_from END,
            CASE WHEN s.state = 8 THEN r.last_month ELSE t.paid_through END, r.paid_months, r.months, r.deemed_months,
            t.insured_from, t.id
        FROM transfer t
        JOIN transfer_standing s ON s.area = t.area AND s.transfer = t.id
        LEFT JOIN transfer_recognition r ON r.area = t.area AND r.transfer = t.id
        WHERE t.area = ? AND t.person = ? AND t.direction = 1 AND s.state NOT IN (20, 24) ORDER BY t.id
        """

    /// Months of employee insurance elsewhere that count here for retirement (互认月数).
    public static func recognisedMonths(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> Int64 {
        try tx.first(recognisedSum, Value(area), Value(person)) { try $0.int(0) } ?? 0
    }

    private static let recognisedSum: SQL = """
        SELECT CAST(COALESCE(sum(months), 0) AS BIGINT) FROM transfer_recognition
        WHERE area = ? AND person = ? AND insurance = 310
        """
}

extension Ground {
    /// The same ground with what the other agency says (对方说明的原因).
    func adding(_ reason: String) -> Ground {
        Ground("\(self.reason):\(reason)", matter: matter, by: actor, at: at)
    }

    var columns: [Value] { [Value(matter)] + actorColumns }
    var actorColumns: [Value] { [.int(actor.columns.kind), .int(actor.columns.number), Value(at)] }
}
