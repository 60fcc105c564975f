import Basics
import Benefits

/// A bill as it was handed in.
struct BillRequest {
    var bill: Bill
    var soFar: YearToDate
    var diseasesUsed: [LimitUse]
    var area: AreaCode?
    /// `mdtrt_id`, `psn_no` and the lines' `feedetl_sn`, given back as they came.
    var encounter: String
    var person: String
    var lineNumbers: [String]

    /// 病种限额已用 as handed in: which period of its limit a month lies in, only the policy tells.
    struct LimitUse {
        var disease: DiseaseCode
        var month: Month?
        var used: Money
    }

    /// The year so far, with what the diseases' limits have given in their own periods.
    func yearSoFar(_ terms: BenefitTerms) throws(Problems) -> YearToDate {
        var problems = Problems()
        var year = soFar
        for (index, use) in diseasesUsed.enumerated() {
            let place = "opsp_cuminfo[\(index)]"
            guard let limit = limit(of: use.disease, terms) else {
                problems.add(
                    "settle.disease", field: "\(place).opsp_dise_code",
                    "病种 \(use.disease) 不在病种目录内或没有限额,没有限额已用可写,请核对病种编码")
                continue
            }
            guard let day = use.month?.first ?? (limit.period == .year ? bill.visit.end : nil) else {
                problems.add(
                    "settle.disease", field: "\(place).cum_ym",
                    "病种 \(use.disease) 的限额按月或按季计算,请写明用于哪个月(cum_ym,如 202603)")
                continue
            }
            year.use(use.disease, limit.period.first(of: day), use.used)
        }
        try problems.throwIfAny()
        return year
    }

    private func limit(of disease: DiseaseCode, _ terms: BenefitTerms) -> DiseaseLimit? {
        let scheme = terms.scheme(bill.insured.insurance)
        let isTwoDiseases = bill.visit.care == .twoDiseases
        return (isTwoDiseases ? scheme?.twoDiseases : scheme?.chronic)?.disease(disease)?.limit
            ?? (isTwoDiseases ? scheme?.chronic : scheme?.twoDiseases)?.disease(disease)?.limit
    }
}

/// The fields that a bill may carry, node by node (docs/calculator.md). Anything else is refused: a figure passed over
/// would come out as a wrong payment.
private enum BillFields {
    static let document = [
        "psninfo", "mdtrtinfo", "acctinfo", "mid_setlinfo", "refl_setlinfo", "feedetail", "cuminfo", "opsp_cuminfo",
    ]
    static let person = [
        "psn_no", "insutype", "psn_type", "brdy", "maf_psn_type", "cvlserv_flag", "hifes_flag", "hifob_flag",
        "hifmi_lmt_raise",
    ]
    static let visit = [
        "mdtrt_id", "insuplc_admdvs", "med_type", "hosp_lv", "begntime", "endtime", "mid_setl_flag", "acct_used_flag",
        "dise_codg", "opsp_dise_codes", "matn_type", "out_type", "third_liab_prop", "third_unpaid_flag", "exp_content",
        "spcl_cond", "dual_chnl_flag", "rx_circ_flag",
    ]
    static let extensions = ["resc_flag"]
    static let accounts = ["balc", "acct_mulaid_balc"]
    static let interim = ["dedc_std", "act_pay_dedc", "inscp_scp_amt"]
    static let transfer = ["hosp_lv", "act_pay_dedc"]
    static let line = [
        "feedetl_sn", "pric", "cnt", "det_item_fee_sumamt", "chrgitm_lv", "med_chrgitm_type", "pric_uplmt_amt",
        "selfpay_prop", "fee_ocur_time", "lmt_used_flag", "hosp_appr_flag", "hi_nego_drug_flag", "matn_fee_flag",
        "hosp_bear_flag", "rx_circ_flag",
    ]
    static let limitUse = ["opsp_dise_code", "cum_ym", "cum"]
}

/// Reads a bill by the national field names, and collects everything that is wrong with it.
struct BillReader {
    private let document: JSON
    private var problems = Problems()

    init(_ document: JSON) { self.document = document }

    mutating func read() throws(Problems) -> BillRequest {
        let person = document["psninfo"]
        let visit = document["mdtrtinfo"]
        let accounts = document["acctinfo"]
        refuseUnknown(document, nil, BillFields.document)
        refuseUnknown(person, "psninfo", BillFields.person)
        refuseUnknown(visit, "mdtrtinfo", BillFields.visit)
        refuseUnknown(accounts, "acctinfo", BillFields.accounts)
        if person == nil { problems.add("settle.field", field: "psninfo", "缺少 psninfo(参保人信息)节点") }
        if visit == nil { problems.add("settle.field", field: "mdtrtinfo", "缺少 mdtrtinfo(就诊信息)节点") }
        var care = readVisit(visit)
        let insured = readInsured(person, on: care.begin)
        let lines = readLines(care)
        if lines.contains(where: { $0.line.flags.contains(.prescribed) }) { care.hasPrescription = true }
        let request = BillRequest(
            bill: Bill(
                insured: insured, visit: care, lines: lines.map(\.line),
                accounts: Accounts(
                    balance: money(accounts, "balc") ?? .zero, shared: money(accounts, "acct_mulaid_balc") ?? .zero,
                    isUsed: flag(visit, "acct_used_flag", unstated: true))),
            soFar: readYear(document["cuminfo"]), diseasesUsed: readLimitUses(), area: area(visit),
            encounter: text(visit, "mdtrt_id") ?? "", person: text(person, "psn_no") ?? "",
            lineNumbers: lines.map(\.number))
        try problems.throwIfAny()
        return request
    }

    // MARK: People and visits

    private mutating func readInsured(_ node: JSON?, on day: Day) -> Insured {
        let insurance: Insurance = code(node, "insutype") ?? .employee
        let category: PersonCategory = code(node, "psn_type") ?? .employed
        let birth = self.day(node, "brdy")
        if node != nil, text(node, "brdy") == nil {
            problems.add("settle.field", field: "brdy", "缺少 brdy(出生日期),年龄决定人群和比例,请补上")
        }
        return Insured(
            insurance: insurance, category: category, age: birth.map { $0.age(on: day) } ?? 0,
            assistance: AssistanceGroups(groups(node)), hasCivilServantSubsidy: flag(node, "cvlserv_flag"),
            hasEnterpriseSupplement: flag(node, "hifes_flag"),
            hasLargeAmount: flag(node, "hifob_flag", unstated: true),
            criticalLimitRaise: money(node, "hifmi_lmt_raise") ?? .zero)
    }

    private mutating func groups(_ node: JSON?) -> [AssistanceGroup] {
        list(node, "maf_psn_type").compactMap { item in
            if let raw = try? item.fixed(decimals: 0), let group = AssistanceGroup(rawValue: raw) { return group }
            problems.add("settle.field", field: "maf_psn_type", "救助对象身份应为 1 至 6 的代码")
            return nil
        }
    }

    private mutating func readVisit(_ node: JSON?) -> Visit {
        let begin = day(node, "begntime") ?? Day(number: 0)
        if node != nil, text(node, "begntime") == nil {
            problems.add("settle.field", field: "begntime", "缺少 begntime(就诊开始时间)")
        }
        var visit = Visit(
            care: code(node, "med_type") ?? .inpatient, tier: tier(node), begin: begin,
            end: day(node, "endtime") ?? begin)
        visit.isInterim = flag(node, "mid_setl_flag")
        visit.link = readLink(visit.care)
        if node?["dise_codg"] != nil { visit.disease = disease(node?["dise_codg"], "dise_codg") }
        visit.filedDiseases = list(node, "opsp_dise_codes").compactMap { disease($0, "opsp_dise_codes") }
        if text(node, "matn_type") != nil { visit.birth = code(node, "matn_type") }
        if let remote = text(node, "out_type") { visit.remote = remoteCare(remote) }
        if let share = fixed(node, "third_liab_prop", 6) {
            visit.liability = Liability(
                share: Rate(partsPerMillion: share), isUnpaid: flag(node, "third_unpaid_flag"))
        }
        visit.conditions = conditions(node)
        refuseUnknown(node?["exp_content"], "mdtrtinfo.exp_content", BillFields.extensions)
        if flag(node?["exp_content"], "resc_flag") { visit.conditions.insert(.rescue) }
        visit.isDualChannel = flag(node, "dual_chnl_flag")
        visit.hasPrescription = flag(node, "rx_circ_flag")
        return visit
    }

    private mutating func conditions(_ node: JSON?) -> VisitConditions {
        var conditions: VisitConditions = []
        for item in list(node, "spcl_cond") {
            if let condition = item.text.flatMap({ VisitConditions(named: $0) }) {
                conditions.formUnion(condition)
            } else {
                problems.add(
                    "settle.field", field: "spcl_cond", "没有这种情形,可以写:\(VisitConditions.names.joined(separator: "、"))")
            }
        }
        return conditions
    }

    /// What the stay continues: `mid_setlinfo` its own interim settlements, `refl_setlinfo` a stay elsewhere.
    private mutating func readLink(_ care: CareType) -> StayLink {
        let interim = document["mid_setlinfo"]
        let transfer = document["refl_setlinfo"]
        refuseUnknown(interim, "mid_setlinfo", BillFields.interim)
        refuseUnknown(transfer, "refl_setlinfo", BillFields.transfer)
        if interim != nil || transfer != nil, !care.isInpatient {
            problems.add("settle.link", field: "med_type", "只有住院能接续中途结算或转院,请核对 med_type,或删去 mid_setlinfo、refl_setlinfo")
        }
        switch (interim, transfer) {
        case (nil, nil): return .none
        case (let interim?, nil):
            return .interim(
                scheduled: requiredMoney(interim, "dedc_std", "mid_setlinfo"),
                paid: requiredMoney(interim, "act_pay_dedc", "mid_setlinfo"),
                inScope: requiredMoney(interim, "inscp_scp_amt", "mid_setlinfo"))
        case (nil, let transfer?):
            if transfer["hosp_lv"] == nil {
                problems.add("settle.field", field: "refl_setlinfo.hosp_lv", "缺少 hosp_lv(转出医院等级),请补上")
            }
            return .transfer(
                from: tier(transfer), paid: requiredMoney(transfer, "act_pay_dedc", "refl_setlinfo"))
        default:
            problems.add(
                "settle.link", field: "mid_setlinfo", "一次结算只能接续一个:同一次住院的中途结算写 mid_setlinfo,转院写 refl_setlinfo,请删去一个")
            return .none
        }
    }

    private mutating func disease(_ value: JSON?, _ name: String) -> DiseaseCode? {
        if let code = value?.text.flatMap({ DiseaseCode($0) }) { return code }
        problems.add("settle.field", field: name, "病种编码应为不超过 12 位的字母、数字,如 M03900,请核对 \(name)")
        return nil
    }

    private mutating func area(_ node: JSON?) -> AreaCode? {
        guard let text = text(node, "insuplc_admdvs") else { return nil }
        if let area = AreaCode(text) { return area }
        problems.add("settle.field", field: "insuplc_admdvs", "参保地医保区划应为六位数字,请核对 insuplc_admdvs")
        return nil
    }

    private mutating func tier(_ node: JSON?) -> Tier {
        guard let text = text(node, "hosp_lv") else { return .unrated }
        if let raw = Int64(text), let tier = Tier(rawValue: raw) { return tier }
        problems.add("settle.field", field: "hosp_lv", "医院等级应为 0 至 3")
        return .unrated
    }

    private mutating func remoteCare(_ text: String) -> RemoteCare {
        if let raw = UInt8(text), let remote = RemoteCare(rawValue: raw) { return remote }
        problems.add("settle.field", field: "out_type", "异地就医类型应为 0 本地、1 备案、2 转诊、3 急诊抢救、4 未备案")
        return .local
    }

    // MARK: Lines

    private mutating func readLines(_ visit: Visit) -> [(line: BillLine, number: String)] {
        guard let list = document["feedetail"], list.kind == .array else {
            problems.add("settle.field", field: "feedetail", "缺少 feedetail(费用明细)列表")
            return []
        }
        var lines: [(BillLine, String)] = []
        for (index, item) in list.elements.enumerated() {
            let place = "feedetail[\(index)]"
            refuseUnknown(item, place, BillFields.line)
            let feeClass: FeeClass = code(item, "chrgitm_lv", place) ?? .selfPaid
            let price = UnitPrice(microYuan: required(item, "pric", 6, place))
            let quantity = Quantity(tenThousandths: required(item, "cnt", 4, place))
            var line = BillLine(
                price: price, quantity: quantity, amount: money(item, "det_item_fee_sumamt"), feeClass: feeClass,
                priceCap: fixed(item, "pric_uplmt_amt", 6).map { UnitPrice(microYuan: $0) },
                selfPayRatio: Rate(partsPerMillion: fixed(item, "selfpay_prop", 6) ?? 0),
                day: day(item, "fee_ocur_time") ?? visit.end)
            if text(item, "med_chrgitm_type") != nil {
                line.chargeType = code(item, "med_chrgitm_type", place) ?? .other
            }
            if flag(item, "lmt_used_flag"), text(item, "hosp_appr_flag") != "1" {
                line.flags.insert(.restrictionUnmet)
            }
            if flag(item, "hi_nego_drug_flag") { line.flags.insert(.dualChannelDrug) }
            if flag(item, "matn_fee_flag") { line.flags.insert(.maternity) }
            if flag(item, "rx_circ_flag") { line.flags.insert(.prescribed) }
            if flag(item, "hosp_bear_flag") { line.flags.insert(.hospitalBears) }
            lines.append((line, text(item, "feedetl_sn") ?? String(index + 1)))
        }
        return lines
    }

    /// What the year has seen, by the names of the accumulators.
    private mutating func readYear(_ node: JSON?) -> YearToDate {
        var year = YearToDate()
        for (name, value) in node?.members.map({ ($0.name, $0.value) }) ?? [] {
            guard let accumulator = Accumulator.allCases.first(where: { $0.name == name }) else {
                let known = Accumulator.allCases.map(\.name).joined(separator: "、")
                problems.add("settle.field", field: name, "没有这一项年度累计,可以写:\(known)")
                continue
            }
            guard let figure = (try? value.fixed(decimals: accumulator.isCount ? 0 : 2)) ?? nil else {
                problems.add("settle.field", field: name, "年度累计应为数值")
                continue
            }
            year[accumulator] = figure
        }
        return year
    }

    private mutating func readLimitUses() -> [BillRequest.LimitUse] {
        list(document, "opsp_cuminfo").enumerated().compactMap { index, item in
            let place = "opsp_cuminfo[\(index)]"
            refuseUnknown(item, place, BillFields.limitUse)
            let used = requiredMoney(item, "cum", place)
            let month = text(item, "cum_ym").map { Month($0) }
            if case .some(nil) = month {
                problems.add("settle.field", field: "\(place).cum_ym", "累计年月应写成 202603,请核对")
            }
            return disease(item["opsp_dise_code"], "\(place).opsp_dise_code").map {
                BillRequest.LimitUse(disease: $0, month: month ?? nil, used: used)
            }
        }
    }

    // MARK: Fields

    /// Names every member that the calculator does not know, instead of passing over it.
    private mutating func refuseUnknown(_ node: JSON?, _ place: String?, _ known: [String]) {
        guard let node else { return }
        guard node.kind == .object else {
            problems.add("settle.field", field: place ?? "费用单", "\(place ?? "费用单")应为一组字段({…}),请核对写法")
            return
        }
        for (name, _) in node.members where !known.contains(name) {
            problems.add(
                "settle.unknown", field: place.map { "\($0).\(name)" } ?? name,
                "计算器没有“\(name)”这个字段,请改正或删去;\(place ?? "费用单")可以写:\(known.joined(separator: "、"))")
        }
    }

    private mutating func list(_ node: JSON?, _ name: String) -> [JSON] {
        guard let value = node?[name], !value.isNull else { return [] }
        if value.kind == .array { return Array(value.elements) }
        problems.add("settle.field", field: name, "\(name) 应为列表([…]),只有一个也要写成列表")
        return []
    }

    private mutating func flag(_ node: JSON?, _ name: String, unstated: Bool = false) -> Bool {
        guard let value = node?[name], !value.isNull else { return unstated }
        switch value.text ?? value.numberText {
        case "": return unstated
        case "0": return false
        case "1": return true
        default:
            problems.add("settle.field", field: name, "\(name) 应为 0(否)或 1(是)")
            return unstated
        }
    }

    private mutating func requiredMoney(_ node: JSON, _ name: String, _ place: String) -> Money {
        let amount = Money(fen: required(node, name, 2, place))
        if amount.isNegative { problems.add("settle.field", field: "\(place).\(name)", "\(name) 不能为负数,请核对") }
        return amount
    }

    private func text(_ node: JSON?, _ name: String) -> String? {
        guard let value = node?[name], let text = value.text ?? value.numberText, !text.isEmpty else { return nil }
        return text
    }

    private mutating func code<Code>(_ node: JSON?, _ name: String, _ place: String? = nil) -> Code?
    where Code: RawRepresentable<Int64> {
        if let raw = text(node, name).flatMap({ Int64($0) }), let code = Code(rawValue: raw) { return code }
        guard node != nil else { return nil }
        problems.add(
            "settle.field", field: place.map { "\($0).\(name)" } ?? name,
            text(node, name).map { "“\($0)”不在字典里,请核对 \(name)" } ?? "缺少 \(name),请补上")
        return nil
    }

    private mutating func fixed(_ node: JSON?, _ name: String, _ decimals: Int) -> Int64? {
        guard let value = node?[name], !value.isNull else { return nil }
        if let figure = (try? value.fixed(decimals: decimals)) ?? nil { return figure }
        problems.add("settle.field", field: name, "\(name) 应为不超过 \(decimals) 位小数的数值")
        return nil
    }

    private mutating func required(_ node: JSON, _ name: String, _ decimals: Int, _ place: String) -> Int64 {
        if node[name] == nil { problems.add("settle.field", field: "\(place).\(name)", "缺少 \(name),请补上") }
        return fixed(node, name, decimals) ?? 0
    }

    private mutating func money(_ node: JSON?, _ name: String) -> Money? { fixed(node, name, 2).map { Money(fen: $0) } }

    private mutating func day(_ node: JSON?, _ name: String) -> Day? {
        guard let text = text(node, name) else { return nil }
        if let day = Day(text.prefix(10)) { return day }
        problems.add("settle.field", field: name, "\(name) 的日期“\(text)”不存在或写法不对,应写成 2026-03-01")
        return nil
    }
}
