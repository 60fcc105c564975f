import Basics
import Control
import Storage

/// What a transfer is asked for with (转移申请).
public struct TransferApplication: Hashable, Sendable {
    public var direction: TransferDirection
    public var scene: TransferScene
    public var person: ID<Person>
    public var from: Insurance
    public var to: Insurance
    /// 对方统筹区
    public var other: AreaCode
    public var applicant: Transfer.Applicant
    public var appliedOn: Day
    public var insuredFrom: Day
    /// 连续缴费起始年月 and 缴至年月, as the person's certificate says them
    public var paidFrom: Month?
    public var paidThrough: Month?
    public var isOnPaper: Bool
    /// The number the destination gave; nil where the destination is here and gives one.
    public var number: String?

    public init(
        _ direction: TransferDirection, scene: TransferScene, person: ID<Person>, from: Insurance, to: Insurance,
        other: AreaCode, applicant: Transfer.Applicant, appliedOn: Day, insuredFrom: Day,
        paidFrom: Month? = nil, paidThrough: Month? = nil, isOnPaper: Bool, number: String? = nil
    ) {
        self.direction = direction
        self.scene = scene
        self.person = person
        self.from = from
        self.to = to
        self.other = other
        self.applicant = applicant
        self.appliedOn = appliedOn
        self.insuredFrom = insuredFrom
        self.paidFrom = paidFrom
        self.paidThrough = paidThrough
        self.isOnPaper = isOnPaper
        self.number = number
    }
}

extension Portability {
    // MARK: - The beginning

    /// Registers a transfer that was asked for (申请): here by the person, or at the other agency, whose letter came.
    public static func apply(
        _ tx: any Transaction, area: AreaCode, _ application: TransferApplication, _ ground: Ground
    ) throws -> Transfer {
        if let open = try openTransfer(tx, area: area, of: application.person) {
            throw Problem("transfer.open", field: "person", "此人已有办理中的转移 \(open),请先办结或撤回")
        }
        let id = try tx.nextID(Transfer.self, "transfer")
        let number = application.number ?? self.number(area, application.appliedOn, id)
        if let known = try find(tx, area: area, application.direction, number: number) { throw registered(known) }
        let applicant = application.applicant.columns
        try tx.execute(
            Transfer.table.insertion,
            [
                Value(area), Value(id), .text(number), Value(code: application.direction),
                Value(code: application.scene), Value(application.person), Value(code: application.from),
                Value(code: application.to), Value(application.other), .int(applicant.kind), Value(applicant.employer),
                Value(application.appliedOn), Value(application.insuredFrom), Value(application.paidFrom),
                Value(application.paidThrough), Value(application.isOnPaper),
            ] + ground.columns)
        try Evidence.applied.record(tx, area: area, subject: id.raw, by: ground.actor, at: ground.at)
        try write(tx, area: area, id, 1, .applied, application.appliedOn, hasMoney: nil, ground)
        try tx.execute(
            standingInsertion, Value(area), Value(id), Value(code: application.direction),
            Value(code: TransferState.applied), Value(application.appliedOn))
        return try require(tx, area: area, id)
    }

    /// That a letter of this number was registered before: a letter that was answered is asked for anew by a new one.
    public static func registered(_ known: Transfer) -> Problem {
        Problem(
            "transfer.number.known", field: "number",
            "编号 \(known.number) 的\(known.direction.name)业务已于 \(known.appliedOn) 的申请登记,请核对编号;重新申请的请转入地另编新号,两地编号碰巧相同的请在编号前加对方区划代码"
        )
    }

    /// ZY, the destination, the day and a running number.
    private static func number(_ area: AreaCode, _ day: Day, _ id: ID<Transfer>) -> String {
        let digits = String(id.raw % 1_000_000 + 1_000_000).dropFirst()
        return "ZY\(area)\(day.compact)\(digits)"
    }

    private static let standingInsertion: SQL = """
        INSERT INTO transfer_standing (area, transfer, direction, state, since_day, limit_kind, limit_since, is_late)
        VALUES (?, ?, ?, ?, ?, NULL, NULL, 0)
        """

    /// The number of a person's transfer that is not over; nil when there is none.
    public static func openTransfer(_ tx: any Transaction, area: AreaCode, of person: ID<Person>) throws -> String? {
        try tx.first(openOf, Value(area), Value(person)) { try $0.text(0) }
    }

    private static let openOf: SQL = """
        SELECT t.number FROM transfer t JOIN transfer_standing s ON s.area = t.area AND s.transfer = t.id
        WHERE t.area = ? AND t.person = ? AND s.state NOT IN (8, 20, 24) ORDER BY t.id LIMIT 1
        """

    // MARK: - The course

    /// Takes the next act of a transfer; refuses one that may not come now.
    ///
    /// - Parameter hasMoney: of a form made or received, whether it names money.
    @discardableResult
    public static func take(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, _ act: TransferState, on day: Day,
        hasMoney: Bool? = nil, _ ground: Ground
    ) throws -> TransferCourse {
        let acts = try acts(tx, area: area, of: transfer.id)
        var course = course(transfer.direction, acts)
        let before = course.state
        guard course.take(act, on: day, hasMoney: hasMoney) else { throw refused(act, before, transfer) }
        try write(tx, area: area, transfer.id, Int64(acts.count + 1), act, day, hasMoney: hasMoney, ground)
        try tx.execute(
            standingUpdate, Value(code: course.state), act == .timeout ? .null : Value(day),
            Value(code: course.limit?.kind), Value(course.limit?.since), Value(course.isLate), Value(area),
            Value(transfer.id))
        if transfer.direction == .incoming, course.state?.isOver == true {
            try dropLetter(tx, area: area, of: transfer.id, at: ground.at)
        }
        return course
    }

    private static let standingUpdate: SQL = """
        UPDATE transfer_standing SET state = ?, since_day = COALESCE(?, since_day), limit_kind = ?, limit_since = ?,
            is_late = ?
        WHERE area = ? AND transfer = ?
        """

    private static func refused(_ act: TransferState, _ state: TransferState?, _ transfer: Transfer) -> Problem {
        Problem(
            "transfer.state", field: "transfer",
            "\(transfer.direction.name)业务 \(transfer.number) 目前“\(state?.name ?? "未申请")”,不能办理“\(act.name)”,请刷新后核对进度")
    }

    private static func write(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Transfer>, _ seq: Int64, _ act: TransferState, _ day: Day,
        hasMoney: Bool?, _ ground: Ground
    ) throws {
        try tx.execute(
            TransferAct.table.insertion,
            [
                Value(area), Value(id), .int(seq), Value(code: act), Value(day),
                hasMoney.map { Value($0) } ?? .null, .text(ground.reason),
            ] + ground.columns)
        try Evidence.act.record(tx, area: area, subject: id.raw, record: seq, by: ground.actor, at: ground.at)
    }

    /// Marks the transfers whose step has run over its limit (超时), at most `limit` of each kind at a time; answers
    /// them. The course goes on: the mark is for the lists, the statistics and whoever must be reminded.
    public static func markLate(
        _ tx: any Transaction, area: AreaCode, today: Day, _ limits: TransferLimits, limit: Int = 200,
        _ ground: Ground
    ) throws -> [Transfer] {
        var late: [Transfer] = []
        for kind in [TransferLimit.Kind.origin, .destination] {
            let lines = try tx.all(
                TransferLine.self, overdue, Value(area), Value(code: kind),
                Value(try limits.lastOverdue(kind, today: today)), .int(Int64(min(limit, 500))))
            late += lines.map(\.transfer)
        }
        for transfer in late { try take(tx, area: area, transfer, .timeout, on: today, ground) }
        return late
    }

    private static let overdue = SQL(
        """
        \(TransferLine.selection)
        WHERE s.area = ? AND s.limit_kind = ? AND s.limit_since <= ? AND s.is_late = 0 ORDER BY s.transfer LIMIT ?
        """)

    // MARK: - Forms

    /// Where a form came from (信息表来源).
    public enum FormOrigin: Int64, Sendable {
        /// 本地生成
        case made = 1
        /// 电子收到
        case received = 2
        /// 纸质登记
        case paper = 3
    }

    /// Keeps an information form and takes the act that goes with it: made here when money and years leave, received
    /// when they come. A form that contradicts itself, or speaks of another person or transfer, is refused.
    @discardableResult
    public static func record(
        _ tx: any Transaction, area: AreaCode, _ form: InformationForm, _ origin: FormOrigin, for transfer: Transfer,
        scan: String? = nil, _ ground: Ground
    ) throws -> TransferCourse {
        var problems = Problems(form.problems())
        if form.number != transfer.number {
            problems.add(
                "transfer.form.number", field: "number", "信息表编号 \(form.number) 与转移业务 \(transfer.number) 不一致,请核对")
        }
        if form.insurance != transfer.from {
            problems.add(
                "transfer.form.insurance", field: "insurance",
                "信息表是\(form.insurance.name),申请转移的是\(transfer.from.name),请退回转出地更正")
        }
        try problems.throwIfAny()
        let seq = (try tx.first(lastFormSeq, Value(area), Value(transfer.id)) { try $0.int(0) } ?? 0) + 1
        try tx.execute(
            Evidence.formTable.insertion,
            [
                Value(area), Value(transfer.id), .int(seq), Value(code: origin), .text(form.text), Value(form.money),
                Value(scan),
            ] + ground.columns)
        try Evidence.form.record(
            tx, area: area, subject: transfer.id.raw, record: seq, by: ground.actor, at: ground.at)
        return try take(
            tx, area: area, transfer, transfer.direction == .outgoing ? .infoReady : .infoReceived,
            on: ground.at.day, hasMoney: form.money > .zero, ground)
    }

    private static let lastFormSeq: SQL = """
        SELECT seq FROM transfer_form WHERE area = ? AND transfer = ? ORDER BY seq DESC LIMIT 1
        """

    // MARK: - Years

    /// Writes down what counts here of the years elsewhere (年限互认), as the last form tells it: an employee's months by
    /// their sum, a resident's years one by one, since what counts of these is whether one follows another.
    public static func recognise(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, _ form: InformationForm, _ ground: Ground
    ) throws {
        let months = form.recognisedMonths(into: transfer.to)
        let years = Set(form.record.residentYears).sorted()
        try tx.execute(
            Evidence.recognitionTable.insertion,
            [
                Value(area), Value(transfer.id), Value(transfer.person), Value(code: transfer.to),
                Value(form.record.first), Value(form.record.last), .int(form.record.paidMonths), .int(months),
                .int(min(form.record.deemedMonths, months)), .int(Int64(years.count)),
            ] + ground.columns)
        try Evidence.recognition.record(
            tx, area: area, subject: transfer.id.raw, by: ground.actor, at: ground.at)
        for year in years {
            try tx.execute(
                Evidence.recognisedYearTable.insertion, [Value(area), Value(transfer.id), .int(Int64(year))])
            try Evidence.recognisedYear.record(
                tx, area: area, subject: transfer.id.raw, record: Int64(year), by: ground.actor, at: ground.at)
        }
    }
}
