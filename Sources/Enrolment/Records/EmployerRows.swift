import Basics
import Storage

/// An employer as of today (参保单位).
public struct EmployerRecord: Record, Hashable {
    public let id: ID<Employer>
    /// 统一社会信用代码
    public let creditCode: String
    public let name: String
    public let management: ManagementType
    public let state: EmployerState
    /// 上级单位 of a branch
    public let parent: ID<Employer>?
    /// 并入的单位
    public let successor: ID<Employer>?
    /// 街道乡镇代码, empty where none is known
    public let division: String

    static let columns = "id, credit_code, name, management, state, parent, successor, division"

    public init(_ row: any Row) throws {
        id = try row.id(0)
        creditCode = try row.text(1)
        name = try row.text(2)
        management = try row.code(3)
        state = try row.code(4)
        parent = try row.intOrNil(5).map { ID($0) }
        successor = try row.intOrNil(6).map { ID($0) }
        division = try row.text(7)
    }
}

/// Something done to an employer, with the whole picture after it (单位办理记录).
public struct EmployerAct: Hashable, Sendable {
    public let employer: ID<Employer>
    public let seq: Int64
    public let kind: EmployerActKind
    public let day: Day
    public let particulars: EmployerParticulars
    public let state: EmployerState
    public let successor: ID<Employer>?
    public let trace: ActTrace
}

extension EmployerAct: Record {
    static let insertColumns = [
        "area", "employer", "seq", "kind", "day", "credit_code", "name", "management", "state", "parent", "successor",
        "address", "legal_person", "contact", "phone", "tax_number", "bank", "bank_account", "division", "actor_kind",
        "actor",
        "ground", "at", "batch", "matter",
    ]
    static let selection = """
        SELECT employer, seq, kind, day, credit_code, name, management, state, parent, successor, address,
            legal_person, contact, phone, tax_number, bank, bank_account, division, \(ActTrace.columns)
        FROM employer_act
        """

    public init(_ row: any Row) throws {
        employer = try row.id(0)
        seq = try row.int(1)
        kind = try row.code(2)
        day = try row.day(3)
        let text = try row.text(4)
        guard let code = try? CreditCode(text) else { throw StoreError.damaged("\(text) is no credit code") }
        particulars = EmployerParticulars(
            creditCode: code, name: try row.text(5), management: try row.code(6),
            parent: try row.intOrNil(8).map { ID($0) }, address: try row.text(10), legalPerson: try row.text(11),
            contact: try row.text(12), phone: try row.text(13), taxNumber: try row.text(14), bank: try row.text(15),
            bankAccount: try row.text(16), division: try row.text(17))
        state = try row.code(7)
        successor = try row.intOrNil(9).map { ID($0) }
        trace = try ActTrace(row, from: 18)
    }
}

/// The next act of an employer as it is written.
struct EmployerStep {
    var employer: ID<Employer>
    var seq: Int64
    var kind: EmployerActKind
    var day: Day
    var particulars: EmployerParticulars
    var state: EmployerState
    var successor: ID<Employer>?

    func values(by origin: ActOrigin) -> [Value] {
        [
            Value(origin.area), Value(employer), .int(seq), Value(code: kind), Value(day),
            .text(particulars.creditCode.description), .text(particulars.name), Value(code: particulars.management),
            Value(code: state), Value(particulars.parent), Value(successor), .text(particulars.address),
            .text(particulars.legalPerson), .text(particulars.contact), .text(particulars.phone),
            .text(particulars.taxNumber), .text(particulars.bank), .text(particulars.bankAccount),
            .text(particulars.division),
        ] + origin.values
    }

    /// The row of today's picture.
    func picture(area: AreaCode) -> [Value] {
        [
            Value(area), Value(employer), .text(particulars.creditCode.description), .text(particulars.name),
            Value(code: particulars.management), Value(code: state), Value(particulars.parent), Value(successor),
            .text(particulars.division),
        ]
    }

    static let pictureColumns = [
        "area", "id", "credit_code", "name", "management", "state", "parent", "successor", "division",
    ]
}
