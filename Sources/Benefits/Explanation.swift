import Basics

/// A calculation in words (结算说明), rendered when somebody asks, from the steps and the terms they refer to.
///
///     Explanation.table(outcome.steps, terms: terms).text    // for a terminal
///     Explanation.rows(steps, terms: terms)                  // for a page
///     Explanation.lines(steps, terms: terms)                 // 结算过程信息 of a message
public enum Explanation {
    /// One step: what, on which amount, with which value, to which result, by which clause.
    public struct Row: Hashable, Sendable {
        /// `起付线以上费用第一段`
        public var what: String
        /// `28,700.00`; empty where the step works on nothing.
        public var base: String
        /// `85%`, `1,000.00`; empty where no value of the law is used.
        public var value: String
        /// `24,395.00`; empty for a step that only states a value.
        public var result: String
        /// `住院支付比例(示医保发〔2025〕26号第三条)`
        public var clause: String
    }

    public static func rows(_ steps: [Step], terms: BenefitTerms) -> [Row] {
        steps.map { step in
            let words = words(step)
            let clause = terms.clause(step.clause)
            return Row(
                what: words.what, base: words.base ? Money(fen: step.base).grouped : "",
                value: value(step, words.value),
                result: words.result ? Money(fen: step.result).grouped : "",
                clause: clause.map { "\($0.title)(\($0.basis))" } ?? "")
        }
    }

    /// A sentence a step: `起付线以上费用段,自 0.00 元起:28,700.00 × 85% → 24,395.00;依据:……`
    public static func lines(_ steps: [Step], terms: BenefitTerms) -> [String] {
        rows(steps, terms: terms).map { row in
            let figures = [row.base, row.value].filter { !$0.isEmpty }.joined(separator: ",")
            var line = row.what
            if !figures.isEmpty { line += ":\(figures)" }
            if !row.result.isEmpty { line += " → \(row.result)" }
            if !row.clause.isEmpty { line += ";依据:\(row.clause)" }
            return line
        }
    }

    /// What a patient reads (费用说明): amounts below each other, the law at the side.
    public static func table(_ steps: [Step], terms: BenefitTerms) -> TextTable {
        var table = TextTable([
            .init("项目"), .init("计算基数", isAmount: true), .init("标准", isAmount: true), .init("结果(元)", isAmount: true),
            .init("依据"),
        ])
        for row in rows(steps, terms: terms) { table.add([row.what, row.base, row.value, row.result, row.clause]) }
        return table
    }

    /// Who pays the bill (费用分担), for a patient: each payer that pays, then the patient's own parts.
    public static func shares(_ outcome: Outcome) -> TextTable {
        var table = TextTable([.init("谁来付"), .init("金额(元)", isAmount: true)])
        table.add(["医疗费总额", outcome.parts.totalFee.grouped])
        for share in outcome.funds where share.fund != .personalAccount {
            table.add([share.fund.name, share.amount.grouped])
        }
        let rest: [(String, Money)] = [
            ("医院负担", outcome.parts.hospital), ("个人账户", outcome.parts.account),
            ("家庭成员账户(共济)", outcome.parts.sharedAccount),
        ]
        for (name, amount) in rest where amount != .zero { table.add([name, amount.grouped]) }
        table.add(["个人现金", outcome.parts.cash.grouped])
        return table
    }

    // MARK: Words

    /// How a step's value is to be read.
    private enum ValueKind { case none, rate, money }

    private static func value(_ step: Step, _ kind: ValueKind) -> String {
        switch kind {
        case .none: ""
        case .rate: Rate(partsPerMillion: step.value).description
        case .money: Money(fen: step.value).grouped
        }
    }

    private struct Words {
        var what: String
        var base = false
        var value = ValueKind.none
        var result = true
    }

    private static func words(_ step: Step) -> Words {
        switch step.kind {
        case .totalFee: Words(what: "医疗费总额")
        case .fullSelfPay: Words(what: "其中全自费")
        case .overLimit: Words(what: "其中超限价自费")
        case .preSelfPay: Words(what: "其中先行自付")
        case .inScope: Words(what: "其中符合政策范围")
        case .liableShare: Words(what: "第三人责任部分,基金不付", base: true, value: .rate)
        case .outsideBenefit: Words(what: "不属于本项待遇的费用", base: true)
        case .hospitalBorne: Words(what: "由医疗机构负担")
        case .deductibleScheduled, .deductibleWaived, .deductiblePaidBefore, .deductible: deductibleWords(step)
        case .ratioBonus: Words(what: "支付比例加点", value: .rate, result: false)
        case .remoteCut: Words(what: "异地就医降低支付比例", value: .rate, result: false)
        case .band:
            Words(what: "自 \(Money(fen: step.mark).grouped) 元起的费用段,统筹支付", base: true, value: .rate)
        case .pool: Words(what: "统筹基金应支付", base: true)
        default: limitWords(step)
        }
    }

    private static func deductibleWords(_ step: Step) -> Words {
        switch step.kind {
        case .deductibleScheduled where step.mark > 1: Words(what: "起付标准(年度第 \(step.mark) 次住院)")
        case .deductibleScheduled: Words(what: "起付标准")
        case .deductibleWaived: Words(what: "起付标准减免后", base: true, value: .rate)
        case .deductiblePaidBefore: Words(what: "扣除此前已付起付线后", base: true, value: .money)
        default: Words(what: "本次支付起付线", base: true, value: .money)
        }
    }

    private static func limitWords(_ step: Step) -> Words {
        switch step.kind {
        case .yearCap: Words(what: "统筹基金年度封顶,还可支付", base: true, value: .money)
        case .aboveCap: Words(what: "封顶线以上的政策范围内费用")
        case .visitLimit: Words(what: "单次支付限额", base: true, value: .money)
        case .yearLimit: Words(what: "年度支付限额,还可支付", base: true, value: .money)
        case .diseaseLimit: Words(what: "病种限额,还可支付", base: true, value: .money)
        case .diseaseQuota: Words(what: "病种定额,还可支付", base: true, value: .money)
        case .maternityQuota: Words(what: "生育医疗费限额", base: true, value: .money)
        case .maternityByItem: Words(what: "生育医疗费按比例支付", base: true, value: .rate)
        default: payerWords(step)
        }
    }

    private static func payerWords(_ step: Step) -> Words {
        switch step.kind {
        case .largeBand:
            Words(what: "封顶线以上自 \(Money(fen: step.mark).grouped) 元起的费用段,大额补助", base: true, value: .rate)
        case .large: Words(what: "大额补助支付", base: true)
        case .largeLimit: Words(what: "大额补助年度限额,还可支付", base: true, value: .money)
        case .criticalBurden where step.value == 0: Words(what: "大病保险合规负担")
        case .criticalBurden: Words(what: "大病保险合规负担(年度此前累计)", value: .money)
        case .criticalDeductible: Words(what: "大病保险起付线以上", base: true, value: .money)
        case .criticalBonus: Words(what: "大病保险倾斜加点", value: .rate, result: false)
        case .criticalBand:
            Words(what: "起付线以上自 \(Money(fen: step.mark).grouped) 元起的费用段,大病保险", base: true, value: .rate)
        case .critical: Words(what: "大病保险应支付", base: true)
        case .criticalLimit: Words(what: "大病保险年度限额,还可支付", base: true, value: .money)
        case .supplementDeductible: Words(what: "补充保险年度起付线以上", base: true, value: .money)
        case .civilServant: Words(what: "公务员医疗补助", base: true, value: .rate)
        case .civilServantLimit: Words(what: "公务员医疗补助年度限额,还可支付", base: true, value: .money)
        case .enterprise: Words(what: "企业补充医疗保险", base: true, value: .rate)
        case .enterpriseLimit: Words(what: "企业补充年度限额,还可支付", base: true, value: .money)
        case .assistanceDeductible: Words(what: "救助年度起付线以上", base: true, value: .money)
        case .assistance: Words(what: "医疗救助", base: true, value: .rate)
        case .assistanceLimit: Words(what: "医疗救助年度限额,还可支付", base: true, value: .money)
        case .furtherAssistance: Words(what: "倾斜救助", base: true, value: .rate)
        case .furtherLimit: Words(what: "倾斜救助年度限额,还可支付", base: true, value: .money)
        default: patientWords(step)
        }
    }

    private static func patientWords(_ step: Step) -> Words {
        switch step.kind {
        case .account: Words(what: "个人账户支付(余额)", base: true, value: .money)
        case .sharedAccount: Words(what: "家庭成员账户共济支付(余额)", base: true, value: .money)
        case .recoverable: Words(what: "先行支付,待向第三人追偿", base: true, value: .rate)
        default: Words(what: "个人现金支付")
        }
    }
}
