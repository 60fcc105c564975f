import Basics
import Policy
import Storage

/// The matters of an area (办件): the one way in which staff change anything.
///
/// A matter is opened by whoever holds the post of its first step, goes through its route step by step, and is
/// carried out in the transaction of its last approval. What is kept are acts: who, under which post, on whose
/// behalf, with which opinion, having seen which version of the form. Who acts is the session's to say, never the
/// form's: every function takes `by` beside what was typed.
///
/// ```swift
/// let matters = Matters(area: area, catalogue: Agency.matterCatalogue, calendar: calendar)
/// let opened = try matters.open(tx, "enrolment.employer.register", form: typed, papers: papers, by: clerk, at: now)
/// let outcome = try matters.act(
///     tx, opened.matter, .agree("同意"), seen: opened.version, by: reviewer, at: now)
/// ```
public struct Matters: Sendable {
    public let area: AreaCode
    public let catalogue: MatterCatalogue
    public let calendar: WorkCalendar
    /// Who stands behind the numbers of the forms.
    let naming: SubjectNaming

    public init(
        area: AreaCode, catalogue: MatterCatalogue, calendar: WorkCalendar,
        naming: @escaping SubjectNaming = { _, _, _ in nil }
    ) {
        self.naming = naming
        self.area = area
        self.catalogue = catalogue
        self.calendar = calendar
    }

    public static let evidence: [EvidenceSource] = MatterEvidence.sources

    /// The kind of a code.
    public func kind(_ code: String) throws -> MatterKind {
        guard let kind = catalogue[code] else {
            throw Problem("matter.kind.unknown", field: code, "没有“\(code)”这类办件,请从办件目录中选择")
        }
        return kind
    }

    /// Does one thing in a matter.
    ///
    /// - Parameters:
    ///   - seen: the matter's version that was before the person's eyes (`MatterView.version`). If the matter has
    ///     changed since, nothing is done.
    ///   - staff: whoever is signed in.
    /// - Throws: `Problem` or `Problems` when it is refused: nothing is recorded. An effect that fails is not
    ///   thrown but answered: the failure itself is on record.
    @discardableResult
    public func act(
        _ tx: any Transaction, _ matter: ID<Matter>, _ verb: MatterVerb, seen: Int64, by staff: ID<StaffMember>,
        at now: Moment
    ) throws -> MatterOutcome {
        let work = try MatterWork(self, tx, matter, by: staff, at: now)
        try work.expect(version: seen)
        switch verb {
        case .revise(let form, let papers): try work.revise(form, papers)
        case .accept(let opinion): try work.accept(opinion)
        case .askForPapers(let what): try work.askForPapers(what)
        case .supply(let form, let papers, let note): try work.supply(form, papers, note)
        case .agree(let opinion): try work.vote(.agreed, opinion)
        case .disagree(let reason): try work.vote(.disagreed, reason)
        case .abstain(let reason): try work.vote(.abstained, reason)
        case .giveBack(let step, let reason): try work.giveBack(to: step, reason)
        case .withdraw(let reason): try work.withdraw(reason)
        case .handOver(let colleague, let reason): try work.handOver(to: colleague, reason)
        case .delegate(let colleague, let reason): try work.delegate(to: colleague, reason)
        case .recall(let reason): try work.recall(reason)
        case .addSigners(let signers): try work.add(signers)
        case .copy(let staff, let note): try work.copy(to: staff, note)
        case .remind(let note): try work.remind(note)
        case .resumeJob(let reason): try work.resumeJob(reason)
        case .endJob(let reason): try work.endJob(reason)
        }
        try work.save()
        return work.outcome
    }
}

/// What staff can do in a matter (办理动作).
public enum MatterVerb: Sendable {
    /// 修改: another version of the form, and further papers, before acceptance or after a return to it.
    case revise(form: [String: String], papers: [AttachedPaper])
    /// 受理
    case accept(_ opinion: String)
    /// 通知补正: says what is missing, and stops the clock.
    case askForPapers(_ what: String)
    /// 补正: the clock goes on. A changed form goes through review once more.
    case supply(form: [String: String]?, papers: [AttachedPaper], note: String)
    /// 同意: review and approval alike; the last one carries the matter out.
    case agree(_ opinion: String)
    /// 不同意
    case disagree(_ reason: String)
    /// 弃权: in a co-signed step.
    case abstain(_ reason: String)
    /// 退回 to an earlier step, by its code.
    case giveBack(to: String, reason: String)
    /// 撤回
    case withdraw(_ reason: String)
    /// 转办 to another holder of the post.
    case handOver(to: ID<StaffMember>, reason: String)
    /// 委托: somebody else acts on one's behalf, this once.
    case delegate(to: ID<StaffMember>, reason: String)
    /// 收回委托: whoever gave the work away acts themselves after all.
    case recall(_ reason: String)
    /// 加签
    case addSigners(AddedSigners)
    /// 抄送
    case copy(to: [ID<StaffMember>], note: String)
    /// 催办
    case remind(_ note: String)
    /// 恢复批量办理
    case resumeJob(_ reason: String)
    /// 终止办理: of a job that stopped; what was carried out stays.
    case endJob(_ reason: String)
}

/// Signers whom the person of a step asks for (加签).
public struct AddedSigners: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        /// 前加签: they sign first, then the step comes back.
        case before
        /// 后加签: they sign after the person has agreed.
        case after
    }

    public let staff: [ID<StaffMember>]
    public let place: Place
    public let signing: Signing
    /// Time limit in working days.
    public let limit: Int
    public let reason: String

    public init(
        _ staff: [ID<StaffMember>], _ place: Place, signing: Signing = .all, limit: Int = 3, reason: String
    ) {
        self.staff = staff
        self.place = place
        self.signing = signing
        self.limit = limit
        self.reason = reason
    }
}

/// Where an act has left the matter (办理结果).
public struct MatterOutcome: Sendable, Hashable {
    public let matter: ID<Matter>
    public let state: MatterState
    /// The version to name in the next act.
    public let version: Int64
    /// Why the effect could not be carried out; empty unless it failed. The matter is still open at its step.
    public let problems: [Problem]

    public var isCarriedOut: Bool { state == .carriedOut }
}
