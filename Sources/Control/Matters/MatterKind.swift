import Basics
import Storage

/// A kind of matter (办件类别), declared once: what is filled in and handed in, who acts in which order and within
/// how many working days, what is carried out on approval, and what it prints.
///
/// ```swift
/// MatterKind(
///     code: "enrolment.employer.register", name: "单位参保登记", section: .enrolment, basis: "社会保险经办条例第十条",
///     fields: [
///         FormField("name", "单位名称", .text(max: 100)),
///         FormField("code", "统一社会信用代码", .creditCode),
///         FormField("from", "参保起始月", .month),
///     ],
///     papers: [PaperKind("licence", "营业执照", basis: "社会保险经办条例第十条")],
///     steps: [
///         RouteStep("reception", "受理", post: "enrolment.reception", limit: 1),
///         RouteStep("review", "复核", post: "enrolment.review", limit: 3),
///     ],
///     effect: .atOnce { tx, approved in
///         let employer = try Enrolment.register(tx, …, matter: approved.matter)
///         return Carried([("employer", employer.raw)], "单位已登记")
///     })
/// ```
public struct MatterKind: Sendable {
    /// Stable: `enrolment.employer.register`.
    public let code: String
    /// As staff call it: 单位参保登记.
    public let name: String
    public let section: MatterSection
    /// The clause that asks for this matter (依据).
    public let basis: String
    public let fields: [FormField]
    public let papers: [PaperKind]
    /// The route (流程). The first step is acceptance (受理), by the post that may open the matter.
    public let steps: [RouteStep]
    /// Working days in which missing papers must be supplied before the matter lapses (补正期限).
    public let supplyLimit: Int
    /// The amount that raises the level of approval (分级授权); nil where the kind has none.
    public let amount: @Sendable (FormValues) -> Money?
    /// What speaks against the matter in the desk's own records: asked when it is accepted, and once more in the
    /// transaction of the approval, before the effect.
    public let check: @Sendable (any Transaction, MatterDraft) throws -> [Problem]
    public private(set) var effect: MatterEffect
    public let prints: [PrintKind]
    /// What approval would bring about today (试算), in sentences: shown with the check and to whoever reviews.
    public private(set) var preview: @Sendable (any Transaction, MatterDraft) throws -> [String]
    /// Whom the matter is about besides those its form names: the payer of a bill, the person of a transfer.
    private var furtherConcerns: @Sendable (any Transaction, AreaCode, FormValues) throws -> [MatterConcern]
    /// The papers that only some forms ask for, by their codes.
    private var furtherPapers: @Sendable (FormValues) -> Set<String>
    /// The amount where the desk's own records tell it, and nobody types it.
    private var recordedAmount: (@Sendable (any Transaction, AreaCode, FormValues, Day) throws -> Money?)?

    /// - Precondition: at least one step, codes told apart, the first step without an amount and signed by one; a job
    ///   is approved by another than its opener, so that two hands are there to end it should it stop.
    public init(
        code: String, name: String, section: MatterSection, basis: String, fields: [FormField],
        papers: [PaperKind] = [], steps: [RouteStep], supplyLimit: Int = 10,
        amount: @escaping @Sendable (FormValues) -> Money? = { _ in nil },
        check: @escaping @Sendable (any Transaction, MatterDraft) throws -> [Problem] = { _, _ in [] },
        effect: MatterEffect, prints: [PrintKind] = []
    ) {
        precondition(!steps.isEmpty, "\(code): a matter begins with its acceptance")
        precondition(steps[0].from == nil && steps[0].signing == .one, "\(code): whoever opens accepts, at any amount")
        precondition(Set(steps.map(\.code)).count == steps.count, "\(code): two steps of one code")
        precondition(Set(fields.map(\.name)).count == fields.count, "\(code): two fields of one name")
        precondition(Set(papers.map(\.code)).count == papers.count, "\(code): two papers of one code")
        if case .job = effect { precondition(steps.count > 1, "\(code): a job wants two hands") }
        self.code = code
        self.name = name
        self.section = section
        self.basis = basis
        self.fields = fields
        self.papers = papers
        self.steps = steps
        self.supplyLimit = supplyLimit
        self.amount = amount
        self.check = check
        self.effect = effect
        self.prints = prints
        preview = { _, _ in [] }
        furtherConcerns = { _, _, _ in [] }
        furtherPapers = { _ in [] }
    }

    /// The same kind, which also concerns (办理对象) whom `further` finds behind the numbers of its form.
    public func concerning(
        _ further: @escaping @Sendable (any Transaction, AreaCode, FormValues) throws -> [MatterConcern]
    ) -> MatterKind {
        var kind = self
        kind.furtherConcerns = further
        return kind
    }

    /// The same kind, for which forms of some content must come with further ones of its papers (按情形必交的材料).
    public func requiring(_ further: @escaping @Sendable (FormValues) -> Set<String>) -> MatterKind {
        var kind = self
        kind.furtherPapers = further
        return kind
    }

    /// The same kind, whose amount the desk's records tell (按账面金额分级授权), as they stand on a day. Records go on while
    /// a matter waits: the amount is read again when it is accepted or supplied, and before every approval.
    public func measuring(
        _ amount: @escaping @Sendable (any Transaction, AreaCode, FormValues, _ today: Day) throws -> Money?
    ) -> MatterKind {
        var kind = self
        kind.recordedAmount = amount
        return kind
    }

    /// The same kind, which tells beforehand what it would do.
    public func previewing(
        _ preview: @escaping @Sendable (any Transaction, MatterDraft) throws -> [String]
    ) -> MatterKind {
        var kind = self
        kind.preview = preview
        return kind
    }

    /// The same kind with another effect: the desk's own, with what the house adds to it.
    public func carryingOut(_ effect: MatterEffect) -> MatterKind {
        var kind = self
        kind.effect = effect
        return kind
    }

    /// Everybody and everything that a matter with this form is about.
    public func concerns(_ tx: any Transaction, area: AreaCode, _ form: FormValues) throws -> Set<MatterConcern> {
        let named = fields.filter(\.isConcerned).compactMap { $0.concern(in: form) }
        return Set(named + (try furtherConcerns(tx, area, form)))
    }

    /// The papers without which a matter with this form is not accepted.
    public func requiredPapers(for form: FormValues) -> [PaperKind] {
        let further = furtherPapers(form)
        return papers.filter { $0.isRequired || further.contains($0.code) }
    }

    /// What still lacks of the papers that a matter with this form needs (缺少的材料).
    ///
    /// - Parameter handed: the codes of the papers that are there.
    public func missingPapers(for form: FormValues, handed: Set<String>) -> [Problem] {
        requiredPapers(for: form).filter { !handed.contains($0.code) }.map { paper in
            Problem("matter.paper.missing", field: paper.code, "缺少材料“\(paper.name)”(\(paper.basis)),请补交")
        }
    }

    /// Whether the records tell the amount, and not the form.
    public var isMeasured: Bool { recordedAmount != nil }

    /// The amount of a matter with this form: what the desk's records say on a day, or else what the form does.
    public func amount(
        _ tx: any Transaction, area: AreaCode, of form: FormValues, on today: Day
    ) throws -> Money? {
        guard let recordedAmount else { return self.amount(form) }
        return try recordedAmount(tx, area, form, today)
    }

    /// The steps that a matter of this amount goes through.
    public func steps(for amount: Money?) -> [RouteStep] { steps.filter { $0.isNeeded(for: amount) } }

    public func field(_ name: String) -> FormField? { fields.first { $0.name == name } }
}

/// Where a kind of matter stands in the lists (业务科目).
public enum MatterSection: String, Sendable, CaseIterable {
    /// 参保登记
    case enrolment
    /// 征缴
    case contributions
    /// 个人账户
    case accounts
    /// 关系转移
    case portability
    /// 结算与报销
    case settlement
    /// 基金财务
    case fund
    /// 稽核
    case audit
    /// 综合
    case office
    /// 内控
    case control

    public var name: String {
        switch self {
        case .enrolment: "参保登记"
        case .contributions: "基金征缴"
        case .accounts: "个人账户"
        case .portability: "关系转移"
        case .settlement: "待遇结算"
        case .fund: "基金财务"
        case .audit: "稽核"
        case .office: "综合"
        case .control: "内控"
        }
    }
}

/// One step of a route (环节).
public struct RouteStep: Sendable, Hashable {
    /// Stable within its kind: `review`.
    public let code: String
    /// 复核
    public let name: String
    /// The post that acts here.
    public let post: PostCode
    /// Time limit in working days.
    public let limit: Int
    /// The step is taken only when the matter's amount reaches this; nil for always.
    public let from: Money?
    /// How many of the post's holders must agree.
    public let signing: Signing

    public init(
        _ code: String, _ name: String, post: PostCode, limit: Int, from: Money? = nil, signing: Signing = .one
    ) {
        precondition(limit > 0, "\(code): a step has its time limit")
        self.code = code
        self.name = name
        self.post = post
        self.limit = limit
        self.from = from
        self.signing = signing
    }

    public func isNeeded(for amount: Money?) -> Bool {
        guard let from else { return true }
        return amount.map { $0.magnitude >= from } ?? false
    }
}

/// A paper that is handed in with the matter (材料). What the law does not name may not be demanded
/// (社会保险经办条例第二十条、第三十一条): so each has its basis.
public struct PaperKind: Sendable, Hashable {
    public let code: String
    /// 死亡证明
    public let name: String
    public let basis: String
    public let isRequired: Bool
    public let help: String

    public init(_ code: String, _ name: String, basis: String, isRequired: Bool = true, help: String = "") {
        self.code = code
        self.name = name
        self.basis = basis
        self.isRequired = isRequired
        self.help = help
    }
}

/// A form that a carried-out matter prints (打印件): 参保凭证, 回执. The page that draws it goes by its code.
public struct PrintKind: Sendable, Hashable {
    public let code: String
    public let name: String

    public init(_ code: String, _ name: String) {
        self.code = code
        self.name = name
    }
}

/// All kinds that an agency works with, by their codes (办件目录).
public struct MatterCatalogue: Sendable {
    public let kinds: [MatterKind]
    private let byCode: [String: MatterKind]

    /// - Precondition: no code twice.
    public init(_ kinds: [MatterKind]) {
        self.kinds = kinds
        byCode = Dictionary(uniqueKeysWithValues: kinds.map { ($0.code, $0) })
    }

    public subscript(code: String) -> MatterKind? { byCode[code] }
}
