import Basics
import Contributions
import Control
import Enrolment
import Portability
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
    /// The same kind, which also concerns whoever stands behind the bill, the receipt or the transfer its form names.
    var concerningPayers: MatterKind {
        let (bill, number) = (field("bill") != nil, field("number") != nil && section == .portability)
        guard bill || number else { return self }
        return concerning { tx, area, form in
            try (bill ? Agency.payer(tx, area, form) : []) + (number ? Agency.traveller(tx, area, form) : [])
        }
    }
}

extension Agency {
    fileprivate static func payer(
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

    fileprivate static func traveller(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> [MatterConcern] {
        let number = form.text("number").uppercased()
        return try TransferDirection.allCases
            .compactMap { try Portability.find(tx, area: area, $0, number: number) }.map { .person($0.person) }
    }
}
