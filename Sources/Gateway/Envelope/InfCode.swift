import Basics

/// The answer's `infcode`: stable numbers, 0 for success. The table below is also the list in docs/gateway.md.
public struct InfCode: Hashable, Sendable {
    public let number: Int

    public static let success = InfCode(number: 0)
    public static let internalError = InfCode(number: -1)

    /// One family of problems and the number it answers with.
    public struct Family: Sendable {
        public let number: Int
        /// Problem codes that begin so belong here; the longest match counts.
        public let prefix: String
        public let title: String
        /// HTTP status; business refusals answer 200, as systems at the windows expect.
        let status: Int

        init(_ number: Int, _ prefix: String, _ title: String, status: Int = 200) {
            self.number = number
            self.prefix = prefix
            self.title = title
            self.status = status
        }
    }

    /// The code of a problem, by the longest prefix that fits.
    init(problem code: String) {
        let fitting = InfCode.families.filter { code.hasPrefix($0.prefix) }
        number = fitting.max { $0.prefix.utf8.count < $1.prefix.utf8.count }?.number ?? 29999
    }

    private init(number: Int) { self.number = number }

    var status: Int { InfCode.families.first { $0.number == number }?.status ?? 200 }

    public static let families: [Family] = [
        Family(10001, "json.malformed", "报文不是合法的 JSON", status: 400),
        Family(10002, "gateway.envelope", "报文信封缺少字段或字段不合规", status: 400),
        Family(10003, "gateway.envelope.infno", "交易编号与请求地址不一致", status: 400),
        Family(10004, "gateway.transaction.unknown", "没有这个交易编号", status: 404),
        Family(10005, "gateway.body.tooLong", "报文过长", status: 413),
        Family(10006, "gateway.envelope.msgid", "报文ID不合规则", status: 400),
        Family(10007, "gateway.envelope.area", "医保区划不在本系统", status: 400),
        Family(10101, "gateway.signature.absent", "请求没有签名", status: 401),
        Family(10102, "gateway.signature.wrong", "签名不符", status: 401),
        Family(10103, "gateway.signature.stale", "签名时间超出允许范围", status: 401),
        Family(10104, "gateway.signature.form", "签名请求头格式不对", status: 401),
        Family(10105, "gateway.signature.noKey", "机构没有登记签名密钥", status: 401),
        Family(10106, "gateway.signature.otherProvider", "签名机构与报文机构不是同一家", status: 401),
        Family(10107, "gateway.signature.otherMessage", "签名报文ID与报文内的不一致", status: 401),
        Family(10108, "gateway.signOn", "签到编号无效或已签退"),
        Family(10109, "gateway.signature.repeated", "签名已经用过", status: 401),
        Family(10201, "gateway.field.missing", "缺少必填内容"),
        Family(10202, "gateway.field.type", "内容的类型不对"),
        Family(10203, "gateway.field.tooLong", "内容超过规定长度"),
        Family(10204, "gateway.field.tooFine", "小数位超过规定"),
        Family(10205, "gateway.field.dictionary", "字典里没有这个值"),
        Family(10301, "gateway.file", "文件不存在、过期或内容不对"),
        Family(10901, "gateway.busy", "系统繁忙,请稍后重发", status: 503),
        Family(10902, "storage", "数据库暂不可用,请稍后用同一报文ID重发", status: 503),

        Family(20000, "enrolment", "人员或参保信息不符"),
        Family(20001, "enrolment.person.unknown", "查无此人"),
        Family(20002, "enrolment.entitlement", "不能享受待遇"),
        Family(20003, "settlement.certificate", "就诊凭证不是此人的"),
        Family(20100, "contributions", "个人账户不符"),
        Family(21000, "providers", "定点机构不符合办理条件"),
        Family(21001, "providers.unknown", "没有这家定点机构"),
        Family(21002, "providers.agreement", "定点协议无效、中止或解除"),
        Family(22000, "catalogue", "目录不符"),
        Family(22001, "catalogue.item.unknown", "目录里没有这个项目"),
        Family(22002, "catalogue.item.notInForce", "项目当日不在有效期内"),
        Family(22003, "catalogue.mapping", "目录对照不符"),
        Family(22004, "catalogue.mapping.otherItem", "明细的项目与审批通过的目录对照不同"),
        Family(22005, "catalogue.mapping.missing", "院内编码没有审批通过的目录对照"),
        Family(23000, "settlement.encounter", "就诊登记不符"),
        Family(23001, "settlement.encounter.unknown", "没有这次就诊"),
        Family(23002, "settlement.encounter.state", "就诊状态不允许这样办理"),
        Family(23003, "settlement.encounter.otherProvider", "不是本机构的就诊"),
        Family(23004, "settlement.encounter.otherPerson", "不是此人的就诊"),
        Family(23005, "settlement.discharge", "出院信息不符"),
        Family(24000, "settlement.line", "费用明细不符"),
        Family(24001, "settlement.line.product", "数量×单价与总额不符"),
        Family(24002, "settlement.line.known", "明细流水号已上传"),
        Family(24003, "settlement.line.repeated", "同一批内明细流水号重复"),
        Family(24004, "settlement.line.refundTooMuch", "退费超过被退明细的剩余数量"),
        Family(25000, "settlement", "结算不符"),
        Family(25001, "settlement.bill.negative", "费用合计为负"),
        Family(25002, "settlement.bill.total", "医疗费总额与明细合计不符"),
        Family(25003, "settlement.bill.empty", "没有待结算的明细"),
        Family(25004, "settlement.unknown", "没有这笔结算"),
        Family(25005, "settlement.bill.split", "机构自算的分割与中心不符"),
        Family(25006, "settlement.alreadyReversed", "结算已经撤销"),
        Family(25007, "settlement.reversal", "须先撤销其后的结算"),
        Family(25008, "settlement.accumulator", "此人正在别处结算,请稍后重发"),
        Family(25009, "settlement.message", "报文ID已用于其他内容,或已作废"),
        Family(26000, "settlement.filing", "备案不符"),
        Family(27000, "settlement.reconciliation", "对账条件不符"),
        Family(28000, "benefits", "待遇计算未通过"),
        Family(28500, "policy", "没有当日的政策参数"),
        Family(28800, "fund", "基金账目不符"),
        Family(29999, "", "其他业务原因"),
    ]
}
