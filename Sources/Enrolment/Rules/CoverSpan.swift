import Basics

/// Days in a row on which a person is covered alike, or not covered for one reason (待遇享受区间).
public struct CoverSpan: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case covered(Cover)
        case notCovered(NoCover)

        public var isCovered: Bool { if case .covered = self { true } else { false } }
    }

    public var period: Period
    public var state: State

    public init(_ period: Period, _ state: State) {
        self.period = period
        self.state = state
    }
}

/// As what somebody is covered: the spell tells insurance, category and employer.
public struct Cover: Hashable, Sendable {
    public var insurance: Insurance
    public var spell: ID<Spell>
    /// 连续参保和零报销激励: by so much the year's ceiling of critical-illness insurance is raised.
    public var criticalRaise: Money

    public init(insurance: Insurance, spell: ID<Spell>, criticalRaise: Money = .zero) {
        self.insurance = insurance
        self.spell = spell
        self.criticalRaise = criticalRaise
    }
}

/// Why somebody is not covered (不享受待遇的原因), with the dates the sentence needs and the clause it rests on.
public struct NoCover: Hashable, Sendable {
    public enum Reason: Int64, Hashable, Sendable, CaseIterable {
        /// 没有参保
        case notInsured = 1
        /// 参保已终止
        case ended = 2
        /// 首次缴费尚未到账
        case unpaid = 3
        /// 已缴费,尚未到享受日
        case startsLater = 4
        /// 欠费停保
        case arrears = 5
        /// 补缴后待恢复
        case resumesLater = 6
        /// 中断缴费等待期
        case waiting = 7
        /// 居民年度未缴费
        case yearUnpaid = 8
        /// 居民待遇等待期
        case residentWaiting = 9
        /// 经办暂停
        case suspended = 10
        /// 服刑
        case imprisoned = 11
        /// 服兵役
        case serving = 12
        /// 死亡
        case dead = 13
        /// 登记(导入)的待遇开始日未到
        case declaredLater = 14
    }

    public var reason: Reason
    /// Since when, or until when (the first day of cover): what the reason means by its day.
    public var day: Day?
    /// The month or the year's January that is unpaid.
    public var month: Month?
    /// 依据; empty when no parameter decided.
    public var clause: String

    public init(_ reason: Reason, day: Day? = nil, month: Month? = nil, clause: String = "") {
        self.reason = reason
        self.day = day
        self.month = month
        self.clause = clause
    }
}

extension NoCover {
    /// The sentence for the counter and the person, with what to do next.
    public var problem: Problem {
        Problem(
            "enrolment.entitlement.\(reason.code)", field: "psn_no",
            clause.isEmpty ? sentence : "\(sentence)(依据:\(clause))")
    }

    private var sentence: String {
        let day = day.map(String.init(describing:)) ?? ""
        let month = month.map(String.init(describing:)) ?? ""
        return switch reason {
        case .notInsured: "此人当日没有参保,请按自费结算或先办理参保登记"
        case .ended: "此人的参保已于 \(day) 终止,请先办理续保"
        case .unpaid: "此人 \(month) 的医疗保险费尚未到账,请单位或本人缴费后再结算"
        case .startsLater: "此人已缴费,\(day) 起享受待遇,此前的费用请按自费结算"
        case .arrears: "此人自 \(month) 起欠缴医疗保险费,待遇自 \(day) 起停止,请单位或个人足额补缴后恢复"
        case .resumesLater: "此人的欠费已经补缴,\(day) 起恢复待遇,此前的费用请按自费结算"
        case .waiting: "此人中断缴费时间较长,在待遇等待期内,\(day) 起可以享受待遇"
        case .yearUnpaid: "此人 \(month.prefix(4)) 年度的居民医保费尚未缴纳,请缴费后再结算"
        case .residentWaiting: "此人未在集中缴费期缴费或未连续参保,在待遇等待期内,\(day) 起可以享受待遇"
        case .suspended: "此人的待遇自 \(day) 起暂停,请单位或个人补缴或办理恢复后再结算"
        case .imprisoned: "此人自 \(day) 起服刑,期间不享受待遇;刑满后请办理恢复"
        case .serving: "此人自 \(day) 起服兵役,医疗由部队保障;退役后请办理恢复"
        case .dead: "此人已于 \(day) 登记死亡,不能结算,请核对人员编号"
        case .declaredLater: "此人在待遇等待期内,\(day) 起可以享受待遇"
        }
    }
}

extension NoCover.Reason {
    /// The last part of the problem's code.
    public var code: String {
        switch self {
        case .notInsured: "notInsured"
        case .ended: "ended"
        case .unpaid: "unpaid"
        case .startsLater: "startsLater"
        case .arrears: "arrears"
        case .resumesLater: "resumesLater"
        case .waiting, .declaredLater: "waiting"
        case .yearUnpaid: "yearUnpaid"
        case .residentWaiting: "residentWaiting"
        case .suspended: "suspended"
        case .imprisoned: "imprisoned"
        case .serving: "serving"
        case .dead: "dead"
        }
    }

    /// Short, for lists and scenarios.
    public var name: String {
        switch self {
        case .notInsured: "未参保"
        case .ended: "已终止"
        case .unpaid: "未缴费"
        case .startsLater: "未到享受日"
        case .arrears: "欠费"
        case .resumesLater: "补缴待恢复"
        case .waiting: "中断等待期"
        case .yearUnpaid: "年度未缴费"
        case .residentWaiting: "居民等待期"
        case .suspended: "暂停"
        case .imprisoned: "服刑"
        case .serving: "服兵役"
        case .dead: "死亡"
        case .declaredLater: "登记等待期"
        }
    }
}
