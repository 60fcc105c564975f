import Basics

/// What tells who somebody is (人员基本信息).
public struct PersonParticulars: Hashable, Sendable {
    public var paper: IdentityPaper
    public var name: String
    public var sex: Sex
    public var birth: Day
    /// 民族 (`naty`), `01` 汉族; empty when unknown.
    public var ethnicity: String
    /// 所属街道、乡镇 by its code of nine or twelve digits; empty when unknown.
    public var division: String

    public init(
        paper: IdentityPaper, name: String, sex: Sex, birth: Day, ethnicity: String = "", division: String = ""
    ) {
        self.paper = paper
        self.name = name
        self.sex = sex
        self.birth = birth
        self.ethnicity = ethnicity
        self.division = division
    }

    /// What contradicts itself, the day of registration at hand (与证件不符之处).
    public func problems(today: Day) -> [Problem] {
        var problems = Problems()
        if name.isEmpty || name.count > 50 {
            problems.add("enrolment.person.name", field: "name", "姓名应为 1 到 50 个字,请按证件填写")
        }
        if NameKey(name).text.isEmpty {
            problems.add("enrolment.person.name", field: "name", "姓名里没有文字,请按证件填写")
        }
        if birth > today {
            problems.add("enrolment.person.birth", field: "birth", "出生日期 \(birth) 还没有到,请核对证件")
        }
        if birth.age(on: today) > 130 {
            problems.add("enrolment.person.birth", field: "birth", "出生日期 \(birth) 已超过 130 年,请核对证件")
        }
        if !division.allSatisfy({ $0.isASCII && $0.isNumber }) || division.count > 12 {
            problems.add("enrolment.person.division", field: "division", "街道、乡镇代码应为不超过 12 位的数字,请核对")
        }
        if paper.kind == .residentID, let id = try? NationalID(paper.number) {
            if id.birthDate != birth {
                problems.add(
                    "enrolment.person.birth", field: "birth", "出生日期 \(birth) 与身份证号中的 \(id.birthDate) 不符,请核对")
            }
            if id.sex != sex {
                problems.add("enrolment.person.sex", field: "sex", "性别与身份证号不符,请核对身份证号和性别")
            }
        }
        return problems.all
    }
}

/// What may be done to a person's entry (人员办理事项): each a row that is never changed.
public struct PersonAct: Hashable, Sendable {
    public enum Kind: Int64, Sendable, CaseIterable {
        /// 信息变更
        case corrected = 1
        /// 死亡
        case died = 2
        /// 判刑收监
        case imprisoned = 3
        /// 失踪
        case missing = 4
        /// 服兵役
        case serving = 5
        /// 出境定居
        case abroad = 6
        /// 恢复正常: released, found, demobilised, returned; or a death registered in error
        case restored = 7
        /// 并入: the same human being had been registered twice
        case merged = 8
        /// 撤销并入
        case separated = 9

        public var name: String {
            switch self {
            case .corrected: "信息变更"
            case .died: "死亡"
            case .imprisoned: "判刑收监"
            case .missing: "失踪"
            case .serving: "服兵役"
            case .abroad: "出境定居"
            case .restored: "恢复正常"
            case .merged: "重复人员并入"
            case .separated: "撤销并入"
            }
        }
    }
    public var seq: Int64
    public var kind: Kind
    /// The day of the event itself: of the death, of the imprisonment.
    public var day: Day
    /// After a correction, who the person is.
    public var particulars: PersonParticulars?
    /// 并入的人员编号
    public var survivor: ID<Person>?
    /// 证明编号: 死亡医学证明、判决书、入伍通知书
    public var certificate: String

    public init(
        seq: Int64, kind: Kind, day: Day, particulars: PersonParticulars? = nil, survivor: ID<Person>? = nil,
        certificate: String = ""
    ) {
        self.seq = seq
        self.kind = kind
        self.day = day
        self.particulars = particulars
        self.survivor = survivor
        self.certificate = certificate
    }
}

/// Where a person is in life, as far as insurance is concerned (生存状态 `surv_stas`), and since which day.
public struct LifeStatus: Hashable, Sendable {
    public enum State: Int64, Sendable, CaseIterable {
        /// 正常
        case normal = 1
        /// 死亡
        case dead = 2
        /// 判刑收监
        case imprisoned = 3
        /// 失踪
        case missing = 4
        /// 服兵役: the army answers for care meanwhile (军人保险法)
        case serving = 5
        /// 出境定居
        case abroad = 6

        public var name: String {
            switch self {
            case .normal: "正常"
            case .dead: "死亡"
            case .imprisoned: "判刑收监"
            case .missing: "失踪"
            case .serving: "服兵役"
            case .abroad: "出境定居"
            }
        }

        /// The national dictionary knows 1–4; service and settling abroad are alive to it.
        public var nationalCode: Int64 { rawValue <= 4 ? rawValue : 1 }

        init?(after kind: PersonAct.Kind) {
            switch kind {
            case .died: self = .dead
            case .imprisoned: self = .imprisoned
            case .missing: self = .missing
            case .serving: self = .serving
            case .abroad: self = .abroad
            case .restored: self = .normal
            case .corrected, .merged, .separated: return nil
            }
        }
    }
    public var state: State
    /// Nil as long as nothing was ever registered.
    public var since: Day?

    public static let normal = LifeStatus(state: .normal, since: nil)

    /// One human being is dead or in prison under all his numbers, or under none (两个编号的生存状态须一致).
    public static func objection(merging former: LifeStatus, into kept: LifeStatus) -> Problem? {
        let differ = former.state != kept.state || former.state == .dead && former.since != kept.since
        guard differ else { return nil }
        func words(_ life: LifeStatus) -> String { "“\(life.state.name)”" + (life.since.map { "(\($0))" } ?? "") }
        return Problem(
            "enrolment.merge.life", field: "duplicate",
            "并入的编号登记为\(words(former)),保留的编号登记为\(words(kept)),生存状态不一致;请先查实,用“生存状态登记”把两个编号登记一致,再合并")
    }
}

/// A person as the register knows him (人员): what was registered first and the sum of the acts since.
public struct PersonRecord: Hashable, Sendable {
    /// 人员编号 (`psn_no`)
    public var id: ID<Person>
    public var particulars: PersonParticulars
    /// All acts, in their order.
    public var acts: [PersonAct]

    public init(id: ID<Person>, particulars: PersonParticulars, acts: [PersonAct] = []) {
        self.id = id
        self.particulars = particulars
        self.acts = []
        for act in acts { take(act) }
    }

    public init(
        id: ID<Person>, paper: IdentityPaper, name: String, sex: Sex, birth: Day, ethnicity: String = "",
        died: Day? = nil
    ) {
        self.init(
            id: id,
            particulars: PersonParticulars(paper: paper, name: name, sex: sex, birth: birth, ethnicity: ethnicity),
            acts: died.map { [PersonAct(seq: 1, kind: .died, day: $0)] } ?? [])
    }

    /// Adds the next act: a correction replaces the particulars.
    public mutating func take(_ act: PersonAct) {
        acts.append(act)
        if let corrected = act.particulars { particulars = corrected }
    }

    public var paper: IdentityPaper { particulars.paper }
    public var name: String { particulars.name }
    public var sex: Sex { particulars.sex }
    public var birth: Day { particulars.birth }
    public var ethnicity: String { particulars.ethnicity }
    public var division: String { particulars.division }

    /// What the last of the events of life left him in.
    public var life: LifeStatus {
        for act in acts.reversed() {
            if let state = LifeStatus.State(after: act.kind) { return LifeStatus(state: state, since: act.day) }
        }
        return .normal
    }

    /// 死亡日期; nil while alive.
    public var died: Day? { life.state == .dead ? life.since : nil }

    /// Whose number counts when this one was found to be the same human being's second (并入的人员编号).
    public var mergedInto: ID<Person>? {
        acts.last { $0.kind == .merged || $0.kind == .separated }?.survivor
    }

    /// Whether an event of life may follow (前后次序是否成立): nobody dies twice, nobody returns who is here, and none
    /// happens before the last one, the withdrawal of a mistaken death aside.
    public func objection(to kind: PersonAct.Kind, on day: Day) -> Problem? {
        guard let next = LifeStatus.State(after: kind) else { return nil }
        if let survivor = mergedInto { return Problem.mergedPerson(id, into: survivor) }
        if day < birth {
            return Problem("enrolment.life.beforeBirth", field: "day", "日期 \(day) 早于出生日期 \(birth),请核对")
        }
        if next == life.state {
            let since = life.since.map { "自 \($0) 起" } ?? ""
            return Problem("enrolment.life.same", field: "person", "此人\(since)已登记为“\(next.name)”,不必再办")
        }
        if life.state == .dead {
            return next == .normal
                ? nil : Problem("enrolment.life.dead", field: "person", "此人已登记死亡;登记有误的,请先办理死亡登记撤销")
        }
        if let since = life.since, day < since {
            return Problem(
                "enrolment.life.order", field: "day", "日期早于 \(since) 登记的“\(life.state.name)”,请改为之后的日期")
        }
        return nil
    }
}

extension Problem {
    /// An act or a message names a number that was merged into another.
    public static func mergedPerson(_ id: ID<Person>, into survivor: ID<Person>) -> Problem {
        Problem("enrolment.person.merged", field: "psn_no", "人员编号 \(id) 已并入 \(survivor),请改用 \(survivor) 办理")
    }
}
