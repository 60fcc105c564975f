import Basics
import Contributions
import Control
import Enrolment
import Portability
import Settlement
import Storage

/// The register of recusals is kept by matters too (回避登记): received by the security administrator, approved by the
/// principal, like the powers it takes away.
extension ControlMatters {
    private static let basis = "公务员法第七十六条;社会保险经办条例第三十七条"

    static let declareRecusal = MatterKind(
        code: "control.recusal.declare", name: "回避登记", section: .control, basis: basis,
        fields: [
            FormField("staff", "经办人员", .staff, help: "可以是受理人本人:申报回避不需要回避", isConcerned: false),
            FormField(
                "relation", "关系", .choice(Recusal.Relation.allCases.map { ("\($0.rawValue)", $0.name) }),
                help: "亲属:夫妻、直系血亲、三代以内旁系血亲、近姻亲"),
            FormField(
                "person", "参保人", .person, isRequired: false, help: "参保人、单位、同事三项只填一项", isConcerned: false),
            FormField("employer", "单位", .employer, isRequired: false, isConcerned: false),
            FormField("colleague", "同事", .staff, isRequired: false, isConcerned: false), reason,
        ],
        steps: powerRoute,
        check: { tx, draft in
            guard let concern = try concern(draft.form) else { return [oneOfThree] }
            return try unknown(tx, draft.area, concern)
                + Recusals.problems(
                    tx, area: draft.area, staff: draft.form.staff("staff"), concern, on: draft.controlGround)
        },
        effect: .atOnce { tx, approved in
            let (form, staff) = (approved.form, try approved.form.staff("staff"))
            guard let concern = try concern(form) else { throw oneOfThree }
            let id = try Recusals.declare(
                tx, area: approved.area, staff: staff, concern, form.code("relation"), on: approved.controlGround)
            return Carried([("staff", staff.raw)], "回避登记 \(id) 已生效:此人不再办理涉及该\(concern.kind.name)的办件")
        })

    static let endRecusal = MatterKind(
        code: "control.recusal.end", name: "解除回避", section: .control, basis: basis,
        fields: [FormField("recusal", "回避登记编号", .whole(1...Int64.max)), reason], steps: powerRoute,
        check: { tx, draft in
            let id = ID<Recusal>(try draft.form.whole("recusal"))
            let recusal = try Recusals.find(tx, area: draft.area, id)
            return recusal.map { $0.endedAt == nil } ?? false ? [] : [Recusals.unknown(id)]
        },
        effect: .atOnce { tx, approved in
            let id = ID<Recusal>(try approved.form.whole("recusal"))
            let staff = try Recusals.find(tx, area: approved.area, id)?.staff
            try Recusals.end(tx, area: approved.area, id, on: approved.controlGround)
            return Carried(staff.map { [("staff", $0.raw)] } ?? [], "回避登记 \(id) 已解除")
        }
    ).concerning { tx, area, form in
        // Nobody frees themselves.
        guard let id = form.wholeIfGiven("recusal"), let recusal = try Recusals.find(tx, area: area, ID(id)) else {
            return []
        }
        return [.staff(recusal.staff)]
    }

    private static func concern(_ form: FormValues) throws -> MatterConcern? {
        let named = [
            form.personIfGiven("person").map(MatterConcern.person),
            form.employerIfGiven("employer").map(MatterConcern.employer),
            form.staffIfGiven("colleague").map(MatterConcern.staff),
        ].compactMap(\.self)
        return named.count == 1 ? named[0] : nil
    }

    private static let oneOfThree = Problem(
        "control.recusal.concern", field: "person", "参保人、单位、同事请填且只填一项")

    private static func unknown(
        _ tx: any Transaction, _ area: AreaCode, _ concern: MatterConcern
    ) throws -> [Problem] {
        let isKnown =
            switch concern.kind {
            case .person: try Enrolment.person(tx, area: area, ID(concern.number)) != nil
            case .employer: try Enrolment.employer(tx, area: area, ID(concern.number)) != nil
            case .staff: try Staff.find(tx, area: area, staff: ID(concern.number)) != nil
            }
        return isKnown
            ? []
            : [
                Problem(
                    "control.recusal.nobody", field: concern.kind == .staff ? "colleague" : concern.kind.subject,
                    "没有编号为 \(concern.number) 的\(concern.kind.name),请核对编号")
            ]
    }
}

extension MatterKind {
    /// The same kind, which also concerns whoever stands behind what its form names by number: a bill, a receipt, an
    /// entry of an account, a ruling, a transfer.
    var concerningPayers: MatterKind {
        typealias Look = @Sendable (any Transaction, AreaCode, FormValues) throws -> [MatterConcern]
        let known: [(field: String, look: Look)] = [
            ("bill", Agency.payer), ("receipt", Agency.remitter), ("refund", Agency.refunded), ("entry", Agency.owner),
            ("ruling", Agency.ruled),
            ("number", Agency.traveller),
        ]
        let looks = known.filter { field($0.field) != nil && ($0.field != "number" || section == .portability) }
            .map(\.look)
        guard !looks.isEmpty else { return self }
        return concerning { tx, area, form in try looks.flatMap { try $0(tx, area, form) } }
    }
}

extension Agency {
    @Sendable fileprivate static func payer(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> [MatterConcern] {
        guard let id = form.wholeIfGiven("bill"), let bill = try Contributions.bill(tx, area: area, ID(id)) else {
            return []
        }
        switch bill.payer {
        case .employer(let employer): return [.employer(employer)]
        case .person(let person): return [.person(person)]
        }
    }

    /// Whoever paid in, as far as the bank or the tax office named them by a number that the registers know.
    @Sendable fileprivate static func remitter(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> [MatterConcern] {
        guard let id = form.wholeIfGiven("receipt") else { return [] }
        return try remitter(tx, area, of: ID(id))
    }

    @Sendable fileprivate static func refunded(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> [MatterConcern] {
        guard let id = form.wholeIfGiven("refund") else { return [] }
        do {
            return try remitter(tx, area, of: Contributions.requireRefund(tx, area: area, ID(id)).receipt)
        } catch is Problem { return [] }
    }

    private static func remitter(
        _ tx: any Transaction, _ area: AreaCode, of receipt: ID<Receipt>
    ) throws -> [MatterConcern] {
        guard let code = try Contributions.receipt(tx, area: area, receipt)?.payerCode, !code.isEmpty else { return [] }
        if let credit = try? CreditCode(code), let one = try Enrolment.employer(tx, area: area, creditCode: credit) {
            return [.employer(one.id)]
        }
        return try Enrolment.find(tx, area: area, paperNumber: code).map { .person($0) }
    }

    @Sendable fileprivate static func owner(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> [MatterConcern] {
        guard let id = form.wholeIfGiven("entry"), let entry = try Contributions.find(tx, area: area, ID(id)) else {
            return []
        }
        return [.person(entry.owner)]
    }

    @Sendable fileprivate static func ruled(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> [MatterConcern] {
        guard let id = form.wholeIfGiven("ruling") else { return [] }
        do { return [.person(try SettlementDesk.requireStanding(tx, area: area, ID(id)).person)] } catch is Problem {
            return []
        }
    }

    @Sendable fileprivate static func traveller(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> [MatterConcern] {
        let number = form.text("number").uppercased()
        return try TransferDirection.allCases
            .compactMap { try Portability.find(tx, area: area, $0, number: number) }.map { .person($0.person) }
    }
}
