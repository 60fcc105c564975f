import Basics
import Control
import Enrolment
import Storage

extension Agency {
    /// Who stands behind a number of a form (办理对象): what a matter's page, its prints and the work lists call them.
    @Sendable public static func subjectName(
        _ tx: any Transaction, _ area: AreaCode, _ concern: MatterConcern
    ) throws -> SubjectName? {
        switch concern.kind {
        case .person:
            try Enrolment.person(tx, area: area, ID(concern.number)).map {
                SubjectName($0.name, paper: $0.paper.number, hint: $0.paper.masked)
            }
        case .employer:
            try Enrolment.employer(tx, area: area, ID(concern.number)).map {
                SubjectName($0.name, paper: $0.creditCode)
            }
        case .staff: try Staff.find(tx, area: area, staff: ID(concern.number)).map { SubjectName($0.displayName) }
        }
    }
}

extension IdentityPaper {
    /// As lists show the number (证件号码掩码): enough to tell people apart, and no more.
    public var masked: String {
        guard number.count > 8 else { return number }
        return number.prefix(6) + String(repeating: "*", count: max(0, number.count - 10)) + number.suffix(4)
    }
}
