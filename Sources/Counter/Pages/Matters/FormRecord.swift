import Agency
import Basics
import Contributions
import Control
import Enrolment
import Portability
import Storage

/// What a form names by its number beside people and employers (到账、应缴单、转移业务…): what stands behind the number,
/// for whoever types it and for whoever is to approve it.
///
/// The fields bear the same names in every kind of matter.
enum FormRecord: String, Sendable {
    case receipt, bill, reconciliation
    case population = "list"
    case transfer = "number"

    init?(_ field: FormField) {
        switch field.kind {
        case .whole, .text: self.init(rawValue: field.name)
        default: return nil
        }
    }

    /// The one that is meant; nil where nobody knows it, which the desk then says itself.
    func find(_ asked: String, _ area: AreaCode, _ tx: any Transaction) throws -> FoundSubject? {
        switch self {
        case .receipt: try Self.receipt(asked, area, tx)
        case .bill: try Int64(asked).flatMap { try Self.bill(ID($0), area, tx) }
        case .reconciliation: try Int64(asked).flatMap { try Self.reconciliation(ID($0), area, tx) }
        case .population: try Int64(asked).flatMap { try Self.population(ID($0), area, tx) }
        case .transfer: try Self.transfer(asked.uppercased(), area, tx)
        }
    }

    /// By our number within, or by the number that is printed (票据号).
    private static func receipt(_ asked: String, _ area: AreaCode, _ tx: any Transaction) throws -> FoundSubject? {
        let receipt =
            try Int64(asked).map { try Contributions.receipt(tx, area: area, ID($0)) }
            ?? Contributions.receipt(tx, area: area, numbered: asked)
        return receipt.map {
            found(
                "receipt", $0.id.raw,
                ["到账 \($0.numberName)", $0.source.name, $0.payerName, "\($0.paidDay)", "\($0.amount.grouped) 元"])
        }
    }

    private static func bill(_ id: ID<LevyBill>, _ area: AreaCode, _ tx: any Transaction) throws -> FoundSubject? {
        guard let bill = try Contributions.bill(tx, area: area, id) else { return nil }
        let names = try PayerNames([bill.payer], area, tx)
        return found(
            "bill", id.raw,
            [
                "应缴单 \(id)", names.words(bill.payer), bill.insurance.name, bill.periodName, bill.purpose.name,
                "\(bill.payable.grouped) 元",
            ])
    }

    private static func reconciliation(
        _ id: ID<LevyAct>, _ area: AreaCode, _ tx: any Transaction
    ) throws -> FoundSubject? {
        try Contributions.reconciliation(tx, area: area, id).map {
            found(
                "reconciliation", id.raw,
                [
                    "\($0.source.name)对账", "\($0.days.lowerBound) 至 \($0.days.upperBound)",
                    "差异 \($0.differenceCount) 笔",
                ])
        }
    }

    private static func population(
        _ id: ID<PopulationList>, _ area: AreaCode, _ tx: any Transaction
    ) throws -> FoundSubject? {
        try Enrolment.populationList(tx, area: area, id).map {
            found("population", id.raw, [$0.name, "截至 \($0.asOf)", "\($0.lineCount) 人"])
        }
    }

    private static func transfer(_ number: String, _ area: AreaCode, _ tx: any Transaction) throws -> FoundSubject? {
        for direction in TransferDirection.allCases {
            guard let transfer = try Portability.find(tx, area: area, direction, number: number) else { continue }
            return try described(transfer, area, tx)
        }
        return nil
    }

    private static func described(
        _ transfer: Transfer, _ area: AreaCode, _ tx: any Transaction
    ) throws -> FoundSubject {
        let name = try Enrolment.person(tx, area: area, transfer.person)?.name ?? "人员 \(transfer.person)"
        var subject = found("transfer", transfer.id.raw, [transfer.direction.name, name, transfer.insurances])
        subject.number = transfer.number
        return subject
    }

    private static func found(_ kind: String, _ id: Int64, _ words: [String]) -> FoundSubject {
        FoundSubject(
            number: "\(id)", words: words.filter { !$0.isEmpty }.joined(separator: " · "),
            href: Carried.Subject(kind: kind, id: id).href)
    }
}

extension FormRecord {
    private static let subjectsMax = 20

    /// What a matter brought about, in the words of its papers; of many only the first.
    static func words(
        of subjects: [Carried.Subject], _ area: AreaCode, _ tx: any Transaction
    ) throws -> [Carried.Subject: String] {
        var words: [Carried.Subject: String] = [:]
        for subject in subjects.prefix(subjectsMax) {
            words[subject] =
                switch subject.kind {
                case "receipt": try receipt("\(subject.id)", area, tx)?.words
                case "bill": try bill(ID(subject.id), area, tx)?.words
                case "reconciliation": try reconciliation(ID(subject.id), area, tx)?.words
                case "population": try population(ID(subject.id), area, tx)?.words
                case "transfer":
                    try Portability.find(tx, area: area, ID(subject.id)).map { try described($0, area, tx).words }
                default: nil
                }
        }
        return words
    }

    /// What stands behind the numbers of a form that has been handed in, by field.
    static func behind(
        _ form: [MatterView.Field], of kind: MatterKind, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [String: FoundSubject] {
        var subjects: [String: FoundSubject] = [:]
        for field in form {
            guard let record = kind.field(field.name).flatMap(FormRecord.init), !field.text.isEmpty else { continue }
            subjects[field.name] = try record.find(field.text, area, tx)
        }
        return subjects
    }
}
