import Basics
import Control

/// What somebody typed to act in a matter (办理意见): read as the act that was pressed, and drawn again as it was when the
/// act is refused.
struct TypedAct: Sendable {
    private let form: Form?

    /// A page that nobody has typed in yet.
    static let blank = TypedAct(nil)

    init(_ form: Form?) { self.form = form }

    private static let percentGiven = 67
    private static let limitGiven = 3

    // MARK: As an act

    /// The button that was pressed, with what it needs.
    func verb() throws -> MatterVerb {
        switch action {
        case .accept: return .accept(opinion)
        case .askForPapers: return .askForPapers(opinion)
        case .agree: return .agree(opinion.isEmpty ? "同意" : opinion)
        case .disagree: return .disagree(opinion)
        case .abstain: return .abstain(opinion)
        case .giveBack: return .giveBack(to: form?["step"] ?? "", reason: opinion)
        case .withdraw: return .withdraw(opinion)
        case .handOver: return .handOver(to: try colleague(), reason: opinion)
        case .delegate: return .delegate(to: try colleague(), reason: opinion)
        case .recall: return .recall(opinion)
        case .addSigners: return .addSigners(signers())
        case .copy: return .copy(to: colleagues, note: opinion)
        case .remind: return .remind(opinion)
        case .resumeJob: return .resumeJob(opinion)
        case .endJob: return .endJob(opinion)
        case .revise, .supply, nil: throw Problem("counter.matter.act", "请按页面上的按钮办理")
        }
    }

    private var action: MatterAction? { form.flatMap { MatterAction(rawValue: $0["act"]) } }
    private var opinion: String { form?["opinion"] ?? "" }
    private var colleagues: [ID<StaffMember>] {
        (form?.all("colleague") ?? []).compactMap { Int64($0) }.map { ID($0) }
    }

    private func colleague() throws -> ID<StaffMember> {
        guard let one = colleagues.first, colleagues.count == 1 else {
            throw Problem(
                "counter.matter.colleague", field: "colleague",
                colleagues.isEmpty ? "请先选择同事" : "转办、委托只能交给一位同事,请只勾选一位")
        }
        return one
    }

    private func signers() -> AddedSigners {
        let signing: Signing =
            switch form?["signing"] {
            case "any": .any
            case "percent": .percent(number("percent", blank: 0))
            default: .all
            }
        return AddedSigners(
            colleagues, form?["place"] == "after" ? .after : .before, signing: signing,
            limit: number("limit", blank: Self.limitGiven), reason: opinion)
    }

    /// What is no number is refused by the engine like a number out of bounds.
    private func number(_ name: String, blank: Int) -> Int {
        let text = (form?[name] ?? "").filter { !$0.isWhitespace }
        return text.isEmpty ? blank : Int(text) ?? 0
    }

    // MARK: As it was typed

    /// Whether it was typed below, beside the colleagues (转办、委托、加签、抄送).
    private var isAmongColleagues: Bool {
        switch action {
        case .handOver, .delegate, .addSigners, .copy: true
        default: false
        }
    }

    func model(earlier: [(code: String, name: String)], colleagues staff: [StaffAccount], wrong: Set<String>) -> Model {
        let chosen = Set(colleagues)
        func options(_ name: String, _ titles: [(String, String)]) -> [Model] {
            titles.map { ["code": $0.0, "title": $0.1, "chosen": form?[name] == $0.0] as Model }
        }
        return [
            "opinion": isAmongColleagues ? "" : opinion, "reason": isAmongColleagues ? opinion : "",
            "isMoreOpen": isAmongColleagues,
            "earlier": earlier.map { ["code": $0.code, "name": $0.name, "chosen": form?["step"] == $0.code] as Model },
            "colleagues": staff.map {
                ["id": "\($0.id)", "name": "\($0.displayName)(\($0.login))", "chosen": chosen.contains($0.id)] as Model
            },
            "places": options("place", [("before", "先由他们签,再回到我"), ("after", "我同意后由他们签")]),
            "signings": options("signing", [("all", "全部同意"), ("any", "一人同意"), ("percent", "按比例")]),
            "percent": isAmongColleagues ? form?["percent"] ?? "" : "\(Self.percentGiven)",
            "limit": isAmongColleagues ? form?["limit"] ?? "" : "\(Self.limitGiven)",
            "wrongPercent": wrong.contains("signing"), "wrongLimit": wrong.contains("limit"),
            "wrongColleague": !wrong.isDisjoint(with: ["colleague", "to", "staff"]),
            "wrongOpinion": !isAmongColleagues && !wrong.isDisjoint(with: ["opinion", "reason"]),
            "wrongReason": isAmongColleagues && !wrong.isDisjoint(with: ["opinion", "reason"]),
        ]
    }
}
