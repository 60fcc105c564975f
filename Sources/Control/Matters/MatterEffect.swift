import Basics
import Policy
import Storage

/// What approval brings about (办结动作).
public enum MatterEffect: Sendable {
    /// Carried out in the approval's own transaction: both happen or neither. Throws `Problems` to leave the matter
    /// open with the reason.
    case atOnce(@Sendable (any Transaction, Approved) throws -> Carried)

    /// Too large for one transaction: frozen by the approval, then carried out chunk by chunk, each in a transaction
    /// with its cursor, so that a job that was cut off goes on where it stopped and does nothing twice.
    ///
    /// The first chunk gets cursor 0; each answers where the next begins. A chunk that throws `Problems` stops the
    /// job with the reason until somebody resumes it.
    case job(chunk: @Sendable (any Transaction, Approved, _ cursor: Int64) throws -> JobStep)
}

extension MatterEffect {
    fileprivate static func given(_ calendar: WorkCalendar?) throws -> WorkCalendar {
        guard let calendar else {
            throw Problem("matter.noCalendar", "没有工作日历,不能计算工作日期限;请在政策文件夹补上 calendar.csv")
        }
        return calendar
    }
}

/// A matter before its approval, as a kind's `check` sees it (待办内容).
public struct MatterDraft: Sendable {
    public let area: AreaCode
    /// Nil while it is being opened.
    public let matter: ID<Matter>?
    public let form: FormValues
    public let today: Day
    public let opener: ID<StaffMember>
    private let workCalendar: WorkCalendar?

    public init(
        area: AreaCode, matter: ID<Matter>? = nil, form: FormValues, today: Day, opener: ID<StaffMember>,
        calendar: WorkCalendar? = nil
    ) {
        workCalendar = calendar
        self.area = area
        self.matter = matter
        self.form = form
        self.today = today
        self.opener = opener
    }

    /// The calendar of working days that the agency goes by.
    public func calendar() throws -> WorkCalendar { try MatterEffect.given(workCalendar) }

    /// The file behind a `sheet` or `file` field; nil when the field is blank.
    public func file(_ tx: any Transaction, _ field: String) throws -> AttachedFile? {
        try form.attachmentIfGiven(field).map { try Attachments.content(tx, area: area, $0) }
    }
}

/// A matter that has been approved by the last step of its route (已批准的办件): what its effect is given.
public struct Approved: Sendable {
    public let matter: ID<Matter>
    public let area: AreaCode
    public let form: FormValues
    /// Who approved; a row that the effect writes has this actor and `matter` as its ground.
    public let actor: Actor
    public let opener: ID<StaffMember>
    /// The approval for an effect at once; the chunk's own moment for a job.
    public let at: Moment
    /// The papers handed in, by their kinds' codes.
    public let attachments: [AttachedPaper]
    private let workCalendar: WorkCalendar?

    public init(
        matter: ID<Matter>, area: AreaCode, form: FormValues, actor: Actor, opener: ID<StaffMember>, at: Moment,
        attachments: [AttachedPaper] = [], calendar: WorkCalendar? = nil
    ) {
        workCalendar = calendar
        self.matter = matter
        self.area = area
        self.form = form
        self.actor = actor
        self.opener = opener
        self.at = at
        self.attachments = attachments
    }

    /// The calendar of working days that the agency goes by.
    public func calendar() throws -> WorkCalendar { try MatterEffect.given(workCalendar) }

    /// The file behind a `sheet` or `file` field; nil when the field is blank.
    public func file(_ tx: any Transaction, _ field: String) throws -> AttachedFile? {
        try form.attachmentIfGiven(field).map { try Attachments.content(tx, area: area, $0) }
    }
}

/// What an effect did (办理结果): the matter's page shows the sentence and links to the subjects.
public struct Carried: Sendable, Hashable {
    public struct Subject: Sendable, Hashable {
        /// `person`, `employer`, `voucher` …: the page that shows it.
        public let kind: String
        public let id: Int64

        public init(kind: String, id: Int64) {
            self.kind = kind
            self.id = id
        }
    }

    public let subjects: [Subject]
    /// One sentence for people: 已登记单位“…”,编号 …
    public let sentence: String

    public init(subjects: [(kind: String, id: Int64)], sentence: String) {
        self.subjects = subjects.map { Subject(kind: $0.kind, id: $0.id) }
        self.sentence = sentence
    }

    public init(_ subjects: [(kind: String, id: Int64)] = [], _ sentence: String) {
        self.init(subjects: subjects, sentence: sentence)
    }
}

/// What one chunk of a job says at its end.
public enum JobStep: Sendable, Hashable {
    /// Go on at `next`; `done` of `of` are finished, for the progress on the matter's page.
    case more(next: Int64, done: Int, of: Int)
    case finished(Carried)
}
