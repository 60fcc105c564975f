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
        try tx.execute(statusInsertion, status.values(person: id, by: origin))
        let seq = try tx.first(lastStatus, Value(origin.area), Value(id)) { try $0.int(0) } ?? 0
        try Evidence.status.record(
            tx, area: origin.area, subject: id.raw, record: seq, by: origin.actor, at: origin.at)
        return true
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
