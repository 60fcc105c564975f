import Basics
import Control
import Storage

extension Enrolment {
    /// Registers a status, or moves the end of one with the same first day (救助对象身份认定、退出). Answers false when it
    /// stands so already.
    @discardableResult
    public static func record(
        _ tx: any Transaction, _ status: SpecialStatus, for id: ID<Person>, by origin: ActOrigin
    ) throws -> Bool {
        let insured = try requireActive(tx, area: origin.area, id)
        if insured.statuses.contains(status) { return false }
        if let objection = insured.objection(to: status, today: origin.at.day) { throw objection }
        for (number, row) in try places(tx, area: origin.area, of: status, standing: insured) {
            try write(tx, row, under: number, by: origin)
        }
        return true
    }

    /// Writes one row of a status with its event.
    static func write(
        _ tx: any Transaction, _ status: SpecialStatus, under number: ID<Person>, by origin: ActOrigin
    ) throws {
        try tx.execute(statusInsertion, status.values(person: number, by: origin))
        let seq = try tx.first(lastStatus, Value(origin.area), Value(number)) { try $0.int(0) } ?? 0
        try Evidence.status.record(
            tx, area: origin.area, subject: number.raw, record: seq, by: origin.actor, at: origin.at)
    }

    /// Where a status is written (身份登记在哪个编号下): under the person's number; one that stands under several numbers of his
    /// is ended, or goes on, under each that it must be.
    static func places(
        _ tx: any Transaction, area: AreaCode, of status: SpecialStatus, standing insured: InsuredPerson
    ) throws -> [(number: ID<Person>, row: SpecialStatus)] {
        let id = insured.person.id
        let former = try formerNumbers(tx, area: area, of: [id])[id] ?? []
        let known = insured.statuses.first { $0.kind == status.kind && $0.period.first == status.period.first }
        guard !former.isEmpty, let known else { return [(id, status)] }
        let rows = try ([id] + former).flatMap { number in
            try statuses(tx, area: area, under: [number])
                .filter { $0.kind == status.kind && $0.period.overlaps(known.period) }.map { (number, $0) }
        }
        guard let last = status.period.last, known.period.last.map({ last < $0 }) ?? true else {
            // It goes on longer: so does the one that went on longest.
            let longest = rows.first { $0.1.period.last == known.period.last }
            guard let longest, let period = Period(from: longest.1.period.first, through: status.period.last) else {
                return [(id, status)]
            }
            return [(longest.0, SpecialStatus(kind: status.kind, period: period))]
        }
        return try rows.filter { row in row.1.period.last.map { $0 > last } ?? true }.map { number, row in
            guard let period = Period(from: row.period.first, through: last) else {
                throw Problem(
                    "enrolment.status.later", field: "until",
                    "此人的\(status.kind.name)身份在编号 \(number) 下自 \(row.period.first) 起另有登记,结束日期不能早于这一天,请核对名单")
            }
            return (number, SpecialStatus(kind: status.kind, period: period))
        }
    }

    private static let lastStatus: SQL = """
        SELECT seq FROM special_status WHERE area = ? AND person = ? ORDER BY seq DESC LIMIT 1
        """

    /// Ends a status that is in force (退出救助对象).
    public static func end(
        _ tx: any Transaction, _ kind: SpecialStatus.Kind, of id: ID<Person>, on day: Day, by origin: ActOrigin
    ) throws {
        let insured = try requireActive(tx, area: origin.area, id)
        guard let current = insured.statuses.last(where: { $0.kind == kind && $0.period.contains(day) }),
            let period = Period(from: current.period.first, through: day)
        else {
            throw Problem("enrolment.status.none", field: "group", "此人在 \(day) 没有“\(kind.name)”身份,请核对日期和类别")
        }
        try record(tx, SpecialStatus(kind: kind, period: period), for: id, by: origin)
    }
}
