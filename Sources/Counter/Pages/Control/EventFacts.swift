import Basics
import Contributions
import Control
import Providers

/// What an event tells its reader (事件内容): what it is about and its detail, in words and with links.
///
/// The detail is part of the evidence and stays beside it as it was written.
struct EventFacts {
    struct Fact: Hashable {
        var label: String
        var words: String
        /// Where it is to be read; empty where there is no page of it.
        var href = ""
    }

    let names: [ID<StaffMember>: String]
    let providers: ProviderDirectory
    let plan: OrganisationPlan

    // MARK: What it is about

    /// The subject's number means what the kind of event says.
    func subject(of event: Event) -> Fact {
        let number = event.subject
        guard number != 0 else { return Fact(label: "", words: "") }
        if event.kind.name.hasSuffix(".imported") { return Fact(label: "导入批次", words: "\(number)") }
        let topic = Self.topics.first { event.kind.name.hasPrefix($0.prefix) }
        guard let topic else { return Fact(label: "", words: "\(number)") }
        switch topic.subject {
        case .page(let label, let path): return Fact(label: label, words: "\(number)", href: "\(path)/\(number)")
        case .number(let label): return Fact(label: label, words: "\(number)")
        case .staff:
            return Fact(label: "人员", words: names[ID(number)] ?? "\(number)", href: "/organisation/staff/\(number)")
        case .provider: return provider(number)
        case .month: return Fact(label: "会计期间", words: "\(Month(number: Int32(clamping: number)))")
        case .day: return Fact(label: "日期", words: "\(Day(number: Int32(clamping: number)))")
        }
    }

    private enum Subject {
        case page(String, String)
        case number(String)
        case staff, provider, month, day
    }

    /// The longest beginnings first where one is part of another.
    private static let topics: [(prefix: String, subject: Subject)] = [
        ("settlement.settled", .page("结算", "/settlements")), ("settlement.purchased", .page("结算", "/settlements")),
        ("settlement.reversed", .page("结算", "/settlements")), ("settlement.recomputed", .page("结算", "/settlements")),
        ("settlement.filed", .number("备案")), ("settlement.filingWithdrawn", .number("备案")),
        ("settlement.ruled", .number("认定")), ("settlement.rulingWithdrawn", .number("认定")),
        ("settlement.messageReversed", .number("对象")), ("settlement.", .number("就诊")),
        ("matter.sampled", .number("抽查")), ("matter.", .page("办件", "/matters")),
        ("enrolment.person.", .page("参保人", "/people")), ("enrolment.spell.", .page("参保人", "/people")),
        ("enrolment.status.act", .page("参保人", "/people")), ("enrolment.retirement", .page("参保人", "/people")),
        ("enrolment.cover.", .page("参保人", "/people")), ("enrolment.employer.", .page("单位", "/employers")),
        ("enrolment.list.", .number("名单")), ("enrolment.population.", .number("人口名单")),
        ("enrolment.handOver.", .number("移交")), ("daily.accountsCompared", .day), ("daily.", .number("日终")),
        ("contributions.account.closed", .page("参保人", "/people")),
        ("contributions.account.paidOut", .page("参保人", "/people")), ("contributions.account.posted", .number("批次")),
        ("contributions.sharing.", .number("共济关系")), ("contributions.levy.", .number("征缴业务")),
        ("portability.transfer.", .page("转移", "/transfers")), ("portability.form.", .page("转移", "/transfers")),
        ("portability.money.", .page("转移", "/transfers")), ("portability.years.", .page("转移", "/transfers")),
        ("portability.order.", .page("付款单", "/transfers/orders")), ("portability.receipt.", .number("到账")),
        ("portability.certificate.", .number("凭证")), ("portability.peer.", .number("经办机构")),
        ("fund.voucher", .number("凭证")), ("fund.period", .month),
        ("catalogue.mapping.", .number("对照")), ("providers.key.", .provider), ("providers.agreement.", .number("协议")),
        ("staff.", .staff), ("post.", .staff), ("recusal.", .staff),
    ]

    // MARK: Its detail

    /// The detail's fields in the order they were written.
    func facts(of event: Event) -> [Fact] {
        guard let json = try? JSON.parse(event.detail) else { return [] }
        return json.members.compactMap { name, value -> Fact? in
            // An act of a matter is called by its event already.
            if name == "act", event.kind.name.hasPrefix("matter.") { return nil }
            return fact(name, value, of: event.kind)
        }
    }

    private func fact(_ name: String, _ value: JSON, of kind: EventKind) -> Fact {
        let text = value.text ?? value.numberText ?? (value.bool == true ? "是" : "")
        let number = value.int ?? 0
        let label = Self.labels[name] ?? name
        switch name {
        case "provider": return provider(number)
        case "matter": return Fact(label: label, words: text, href: "/matters/\(text)")
        case "settlements":
            return Fact(label: label, words: text, href: text.contains(",") ? "" : "/settlements/\(text)")
        case "post", "one", "other": return Fact(label: label, words: plan.name(of: PostCode(text)))
        case "behalf", "reviewedBy": return Fact(label: label, words: names[ID(number)] ?? text)
        case "book": return Fact(label: label, words: Insurance(rawValue: number)?.name ?? text)
        case "movement": return Fact(label: label, words: BlankMovement(rawValue: number)?.name ?? text)
        case "source": return Fact(label: label, words: ReceiptSource(rawValue: number)?.name ?? text)
        case "outcome": return Fact(label: label, words: Self.outcomes[number] ?? text)
        case "lines" where !kind.name.hasPrefix("settlement."): return Fact(label: "行数", words: text)
        case "total" where kind.name.hasPrefix("settlement."): return Fact(label: "医疗费", words: yuan(text))
        case "total", "funds", "amount", "payable", "fiscal", "aid": return Fact(label: label, words: yuan(text))
        default: return Fact(label: label, words: text)
        }
    }

    private func provider(_ number: Int64) -> Fact {
        guard let institution = providers[ID<Provider>(number)] else { return Fact(label: "机构", words: "\(number)") }
        return Fact(
            label: "机构", words: institution.profiles.first?.name ?? "\(institution.code)",
            href: "/providers/\(institution.code)")
    }

    private func yuan(_ text: String) -> String { (try? Money(text)).map { "\($0.grouped) 元" } ?? text }

    /// How a sign-in ended, as `SignInRecord.Outcome` keeps it.
    private static let outcomes: [Int64: String] = [1: "成功", 2: "登录名或密码不对", 3: "多次输错,暂停登录", 4: "账号已锁定或注销"]

    /// What the fields of details are called.
    static let labels: [String: String] = [
        "provider": "机构", "message": "报文", "encounter": "就诊", "begins": "新登记", "act": "业务序号", "diagnoses": "诊断序号",
        "lines": "明细序号", "withdrawn": "撤销明细", "settlements": "结算", "filing": "备案", "withdrawsFiling": "撤销备案",
        "voided": "作废报文", "total": "合计", "funds": "基金支付", "written": "写入", "carried": "已办", "entries": "分录",
        "book": "险种账", "month": "会计期间", "number": "凭证号", "reviewedBy": "复核", "login": "登录名", "name": "姓名",
        "reason": "理由", "matter": "办件", "outcome": "结果", "from": "来自", "post": "岗位", "days": "期间", "one": "岗位",
        "other": "不相容岗位", "behalf": "代", "posts": "岗位数", "pairs": "不相容岗位对数", "movement": "动作", "count": "数量",
        "differences": "差异", "reconciliation": "对账", "amount": "金额", "receipt": "到账", "receipts": "到账笔数",
        "fiscal": "财政补助", "aid": "救助资助", "bill": "应缴单", "bills": "应缴单数", "payable": "应缴", "people": "人数",
        "payBy": "限缴日期", "source": "来源", "findings": "疑点", "first": "首号", "last": "末号", "finding": "结论",
        "about": "回避对象", "frame": "抽样总体", "drawn": "抽中",
    ]
}
