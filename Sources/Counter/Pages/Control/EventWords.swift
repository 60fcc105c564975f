import Catalogue
import Control

/// What the kinds of event are called on the page. A kind that is not listed shows its code.
enum EventWords {
    static func of(_ kind: EventKind) -> String { words[kind.name] ?? matter(kind) ?? codes(kind) ?? kind.name }

    /// An event of a matter is called as the act it records: 办件:同意.
    private static func matter(_ kind: EventKind) -> String? {
        guard kind.name.hasPrefix("matter.") else { return nil }
        return MatterAct.Kind.allCases.first { "matter.\($0)" == kind.name }.map { "办件:\($0.name)" }
    }

    /// 导入编码表:疾病诊断
    private static func codes(_ kind: EventKind) -> String? {
        CodeTable.allCases.first { kind.name == "catalogue.codes.\($0).imported" }.map { "导入编码表:\($0.name)" }
    }

    /// What a desk's events begin with.
    static let desks: [(code: String, name: String)] = [
        ("settlement.", "结算"), ("enrolment.", "参保"), ("contributions.", "征缴和个人账户"), ("portability.", "转移接续"),
        ("fund.", "基金账"), ("providers.", "定点机构"), ("catalogue.", "目录和对照"), ("gateway.", "机构接口"), ("screening.", "智能审核"),
        ("matter.", "办件"),
        ("staff.", "账号和登录"), ("post.", "岗位"), ("recusal.", "回避"), ("organisation.", "机构设置"), ("daily.", "日终处理"),
    ]

    private static let words: [String: String] = [
        "settlement.registered": "门诊登记", "settlement.registrationWithdrawn": "撤销登记",
        "settlement.visitGiven": "上传就诊信息", "settlement.linesUploaded": "上传费用明细",
        "settlement.linesWithdrawn": "撤销费用明细", "settlement.settled": "结算", "settlement.purchased": "药店结算",
        "settlement.messageReversed": "冲正", "settlement.reversed": "撤销结算",
        "settlement.recomputed": "重算结算", "settlement.admitted": "入院登记", "settlement.discharged": "出院登记",
        "settlement.admissionChanged": "变更住院信息", "settlement.admissionCancelled": "撤销入院",
        "settlement.dischargeWithdrawn": "撤销出院", "settlement.filed": "备案", "settlement.filingWithdrawn": "撤销备案",
        "enrolment.spell.act": "参保变动", "enrolment.person.died": "死亡登记", "contributions.sharing.begun": "开通共济",
        "contributions.sharing.ended": "停止共济", "contributions.account.closed": "个人账户清退",
        "contributions.account.paidOut": "清退付款",
        "contributions.openings.imported": "导入账户期初余额", "contributions.sharings.imported": "导入共济关系",
        "contributions.receipts.imported": "收下到账文件", "contributions.declarations.imported": "收下税务申报文件",
        "fund.chartLoaded": "载入科目", "fund.accountPosted": "个人账户总账记账",
        "fund.periodOpened": "开启会计期间", "fund.periodClosed": "结账",
        "fund.voucherEntered": "填制凭证", "fund.voucherReversed": "红冲凭证",
        "providers.agreements.imported": "导入定点机构和协议", "providers.staff.imported": "导入科室和医师",
        "providers.agreement.act": "协议中止、恢复或解除", "providers.key.set": "登记机构签名密钥",
        "catalogue.items.imported": "导入目录", "catalogue.mapping.uploaded": "目录对照待审",
        "catalogue.mapping.decided": "目录对照审核", "gateway.signedOn": "机构签到", "gateway.signedOff": "机构签退",
        "catalogue.mapping.submitted": "目录对照报文",
        "catalogue.mapping.withdrawn": "撤销对照报文", "staff.opened": "开立账号", "staff.passwordChanged": "修改密码",
        "staff.locked": "锁定账号",
        "staff.unlocked": "解除锁定", "staff.closed": "注销账号", "staff.renamed": "更改姓名",
        "staff.passwordVoided": "作废密码", "post.granted": "授予岗位", "post.substituted": "安排代班",
        "post.withdrawn": "收回岗位", "post.excepted": "不相容岗位例外",
        "recusal.declared": "回避登记", "recusal.ended": "解除回避", "daily.partDone": "日终处理",
        "daily.accountsCompared": "账户与基金账日核对", "organisation.planned": "机构岗位设置",
        "matter.sampled": "抽取办件",
        "matter.inspected": "登记抽查结论", "staff.signedIn": "登录",
        "staff.signInRefused": "登录被拒", "staff.signedOut": "退出",
        "matter.chunkCarried": "办件:批量办理一段",
        "enrolment.people.imported": "导入人员", "enrolment.spells.imported": "导入参保",
        "enrolment.statuses.imported": "导入人员身份", "enrolment.towns.imported": "导入乡镇",
        "enrolment.targets.imported": "导入目标任务", "enrolment.population.imported": "导入人口名单文件",
        "enrolment.employer.act": "单位登记变更", "enrolment.person.registered": "人员登记", "enrolment.person.act": "人员变更",
        "enrolment.spell.opened": "参保登记", "enrolment.status.act": "救助身份变更", "enrolment.retirement": "退休核定",
        "enrolment.list.entered": "名单登记", "enrolment.list.carried": "名单办理", "enrolment.cover.reckoned": "待遇核算",
        "enrolment.targets.set": "下达目标任务", "enrolment.population.kept": "建立人口名单",
        "enrolment.population.part": "导入人口名单一段", "enrolment.handOver.begun": "查找拟移交人员",
        "enrolment.handOver.noted": "登记拟移交人员", "enrolment.handOver.made": "移交乡镇名单",
        "contributions.account.posted": "个人账户入账", "contributions.levy.done": "征缴办理",
        "portability.peer.recorded": "登记对方经办机构", "portability.receipts.imported": "导入转移到账",
        "portability.transfer.applied": "转移申请", "portability.transfer.act": "转移办理",
        "portability.form.recorded": "登记信息表",
        "portability.money.recorded": "转移资金", "portability.receipt.recorded": "转移到账",
        "portability.years.recognised": "年限互认", "portability.years.resident": "居民参保年度互认",
        "portability.transfer.promised": "转出地受理回执",
        "portability.order.made": "转移资金付款单", "portability.order.line": "转移资金付款明细",
        "portability.order.answered": "转移资金付款结果",
        "portability.certificate.issued": "出具凭证", "settlement.ruled": "待遇认定", "settlement.rulingWithdrawn": "撤销待遇认定",
        "screening.run.imported": "导入审核结果", "screening.findings.imported": "导入疑点",
    ]
}
