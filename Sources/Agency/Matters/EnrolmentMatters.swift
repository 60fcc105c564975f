import Basics
import Control
import Enrolment
import Policy
import Storage

extension Agency {
    /// The enrolment desk's kinds of matter (参保登记科目的办件).
    static let enrolmentMatters: [MatterKind] =
        EmployerMatters.kinds + PeopleMatters.kinds + SpellMatters.kinds + RetirementMatters.kinds + ListMatters.kinds
}

/// What the kinds of the enrolment desk have in common (参保登记办件的共同部分).
enum EnrolmentMatters {
    /// 社会保险经办条例第十条 and 第十一条: ten working days for registration, change and cancellation.
    static let steps: [RouteStep] = [
        RouteStep("reception", "受理", post: "enrolment.reception", limit: 2),
        RouteStep("review", "复核", post: "enrolment.review", limit: 8),
    ]

    /// Acts that decide on rights or concern a whole employer go to the head of the section as well.
    static let stepsToChief: [RouteStep] = [
        RouteStep("reception", "受理", post: "enrolment.reception", limit: 2),
        RouteStep("review", "复核", post: "enrolment.review", limit: 4),
        RouteStep("approval", "审批", post: "enrolment.chief", limit: 4),
    ]

    /// The steps by which a person's own particulars are kept: not by the post that decides on benefits.
    static let stepsOfPeople: [RouteStep] = [
        RouteStep("reception", "受理", post: "enrolment.people", limit: 2),
        RouteStep("review", "复核", post: "enrolment.review", limit: 8),
    ]

    /// A check that a look-up may break off: what was thrown is a problem like the others.
    static func objections(_ check: () throws -> [Problem]) throws -> [Problem] {
        do {
            return try check()
        } catch let problem as Problem {
            return [problem]
        } catch let problems as Problems {
            return problems.all
        }
    }

    /// The field names of a form in place of those of messages and registers, so that a page marks the right field.
    static func named(_ problems: [Problem], _ names: [String: String]) -> [Problem] {
        problems.map { problem in
            var problem = problem
            if let field = problem.field, let name = names[field] { problem.field = name }
            return problem
        }
    }

    static func title(_ name: String, _ id: some CustomStringConvertible) -> String { "“\(name)”(编号 \(id))" }
}

extension Approved {
    /// The ground of what an effect of the enrolment desk writes: this matter, in its kind's words.
    func origin(_ ground: String) -> ActOrigin {
        ActOrigin(area: area, actor: actor, at: at, matter: matter, ground: ground)
    }
}

extension FormField {
    static let person = FormField("person", "人员编号", .person)
    static let employer = FormField("employer", "单位编号", .employer)
    static let ground = FormField("ground", "办理依据", .text(max: 100), help: "如:解除劳动合同证明、民政部门名单文号")

    /// A choice among the values of a national dictionary.
    static func choice<Code: RawRepresentable<Int64>>(
        _ name: String, _ title: String, _ codes: [Code], _ names: (Code) -> String, isRequired: Bool = true,
        help: String = ""
    ) -> FormField {
        FormField(
            name, title, .choice(codes.map { (code: String($0.rawValue), title: names($0)) }), isRequired: isRequired,
            help: help)
    }
}
