import ArgumentParser
import Basics
import Benefits
import Foundation
import Policy

/// `yibao settle BILL.json --policy policies/demo`: the benefit calculation alone, without a database.
struct SettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle", abstract: "待遇计算器:按政策文件结算一张费用单,不需要数据库",
        discussion: "费用单和结果用国家接口的字段名;加 --explain 打印参保人能看懂的说明表。示例见 examples/bills。")

    @Argument(help: "费用单文件(JSON);写 - 从管道读入")
    var bill: String

    @Option(help: "政策文件夹")
    var policy = "policies/demo"

    @Option(name: .customLong("on"), help: "按哪一天的政策,如 2026-03-01;不写时按费用单的结算日")
    var day: String?

    @Flag(help: "打印说明表,代替 JSON")
    var explain = false

    func run() async throws {
        do {
            let document = try JSON.parse([UInt8](try content()))
            var reader = BillReader(document)
            let request = try reader.read()
            let terms = try terms(for: request)
            let outcome = try Benefits.settle(request.bill, terms: terms, soFar: request.soFar)
            print(explain ? explanation(outcome, terms) : StatementWriter(request, outcome, terms).text)
        } catch {
            throw SettleCommand.sentence(error, bill)
        }
    }

    private func content() throws -> Data {
        guard bill == "-" else { return try Data(contentsOf: URL(filePath: bill)) }
        return try FileHandle.standardInput.readToEnd() ?? Data()
    }

    private func terms(for request: BillRequest) throws -> BenefitTerms {
        let book = try PolicyBook.load(policy)
        guard let area = request.area ?? (book.areas.count == 1 ? book.areas.keys.first : nil) else {
            throw Problem(
                "settle.area", field: "insuplc_admdvs", "政策文件夹里有几个统筹区,请在费用单里写明 insuplc_admdvs(参保地医保区划)")
        }
        let law = try book.area(area)
        let visit = request.bill.visit
        if let day {
            guard let day = Day(day) else {
                throw Problem("settle.day", field: "--on", "日期“\(day)”不存在或写法不对,应写成 2026-03-01")
            }
            return try BenefitTerms(law.on(day, for: request.bill.insured.insurance))
        }
        let atEnd = try BenefitTerms(law.on(visit.end, for: request.bill.insured.insurance))
        guard atEnd.year.policyDay == .begin, visit.begin != visit.end else { return atEnd }
        return try BenefitTerms(law.on(visit.begin, for: request.bill.insured.insurance))
    }

    private func explanation(_ outcome: Outcome, _ terms: BenefitTerms) -> String {
        """
        费用由谁承担
        \(Explanation.shares(outcome).text)
        怎样算出来的
        \(Explanation.table(outcome.steps, terms: terms).text)
        """
    }

    /// Problems in Chinese on the error output, and exit code 1.
    private static func sentence(_ error: any Error, _ file: String) -> any Error {
        let text: String
        switch error {
        case let problems as Problems: text = problems.description
        case let problem as Problem: text = problem.description
        case let failure as JSON.Failure: text = failure.problem(field: file).description
        default: text = "读不了文件 \(file),请检查路径和权限"
        }
        FileHandle.standardError.write(Data((text + "\n").utf8))
        return ExitCode(1)
    }
}

/// A bill as it was handed in.
struct BillRequest {
    var bill: Bill
    var soFar: YearToDate
    var area: AreaCode?
    /// `mdtrt_id`, `psn_no` and the lines' `feedetl_sn`, given back as they came.
    var encounter: String
    var person: String
    var lineNumbers: [String]
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
        if person == nil { problems.add("settle.field", field: "psninfo", "缺少 psninfo(参保人信息)节点") }
        if visit == nil { problems.add("settle.field", field: "mdtrtinfo", "缺少 mdtrtinfo(就诊信息)节点") }
        let care = readVisit(visit)
        let insured = readInsured(person, on: care.begin)
        let lines = readLines(care)
        let request = BillRequest(
            bill: Bill(
                insured: insured, visit: care, lines: lines.map(\.line),
                accounts: Accounts(
                    balance: money(accounts, "balc") ?? .zero, shared: money(accounts, "acct_mulaid_balc") ?? .zero,
                    isUsed: text(visit, "acct_used_flag") != "0")),
            soFar: readYear(document["cuminfo"]), area: text(visit, "insuplc_admdvs").flatMap { AreaCode($0) },
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
        return Insured(
            insurance: insurance, category: category, age: birth.map { $0.age(on: day) } ?? 40,
            assistance: AssistanceGroups(groups(node)), hasCivilServantSubsidy: text(node, "cvlserv_flag") == "1",
            hasEnterpriseSupplement: text(node, "hifes_flag") == "1",
            hasLargeAmount: text(node, "hifob_flag") != "0",
            criticalLimitRaise: money(node, "hifmi_lmt_raise") ?? .zero)
    }

    private mutating func groups(_ node: JSON?) -> [AssistanceGroup] {
        guard let list = node?["maf_psn_type"] else { return [] }
        return list.elements.compactMap { item in
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
        visit.isInterim = text(node, "mid_setl_flag") == "1"
        visit.disease = text(node, "dise_codg").flatMap { DiseaseCode($0) }
        visit.filedDiseases =
            node?["opsp_dise_codes"]?.elements.compactMap { $0.text.flatMap { DiseaseCode($0) } } ?? []
        if text(node, "matn_type") != nil { visit.birth = code(node, "matn_type") }
        if let remote = text(node, "out_type") { visit.remote = remoteCare(remote) }
        if let share = fixed(node, "third_liab_prop", 6) {
            visit.liability = Liability(
                share: Rate(partsPerMillion: share), isUnpaid: text(node, "third_unpaid_flag") == "1")
        }
        if text(node?["exp_content"], "resc_flag") == "1" { visit.conditions.insert(.rescue) }
        visit.isDualChannel = text(node, "dual_chnl_flag") == "1"
        visit.hasPrescription = text(node, "rx_circ_flag") == "1"
        return visit
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
            if text(item, "lmt_used_flag") == "1", text(item, "hosp_appr_flag") != "1" {
                line.flags.insert(.restrictionUnmet)
            }
            if text(item, "hi_nego_drug_flag") == "1" { line.flags.insert(.dualChannelDrug) }
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

    // MARK: Fields

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

/// Writes the result by the national field names: `setlinfo`, `setldetail`, the lines' `result`, and the steps.
struct StatementWriter {
    let request: BillRequest
    let outcome: Outcome
    let terms: BenefitTerms

    init(_ request: BillRequest, _ outcome: Outcome, _ terms: BenefitTerms) {
        self.request = request
        self.outcome = outcome
        self.terms = terms
    }

    var text: String {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.object("setlinfo") { writeSetlinfo(&$0) }
            json.array("setldetail") { writeFunds(&$0) }
            json.array("result") { writeLines(&$0) }
            json.array("steps") { writeSteps(&$0) }
            json.object("cuminfo") { json in
                for accumulator in Accumulator.allCases where outcome.after[accumulator] != 0 {
                    json.name(accumulator.name)
                    json.number(outcome.after[accumulator], decimals: accumulator.isCount ? 0 : 2)
                }
            }
        }
        return json.text
    }

    private func writeSetlinfo(_ json: inout JSONWriter) {
        let parts = outcome.parts
        json.field("mdtrt_id", request.encounter)
        json.field("psn_no", request.person)
        json.field("insutype", String(request.bill.insured.insurance.rawValue))
        json.field("psn_type", String(request.bill.insured.category.rawValue))
        json.field("med_type", String(request.bill.visit.care.rawValue))
        json.field("medfee_sumamt", parts.totalFee)
        json.field("fulamt_ownpay_amt", parts.fullSelfPay)
        json.field("overlmt_selfpay", parts.overLimitSelfPay)
        json.field("preselfpay_amt", parts.preSelfPay)
        json.field("inscp_scp_amt", parts.inScope)
        json.field("act_pay_dedc", parts.deductible)
        json.field("hifp_pay", parts.pool)
        json.field("pool_prop_selfpay", parts.poolRatio)
        json.field("cvlserv_pay", parts.civilServant)
        json.field("hifes_pay", parts.enterprise)
        json.field("hifmi_pay", parts.critical)
        json.field("hifob_pay", parts.largeAmount)
        json.field("maf_pay", parts.assistance)
        json.field("oth_pay", parts.other)
        json.field("fund_pay_sumamt", parts.fundTotal)
        json.field("psn_part_amt", parts.personal)
        json.field("acct_pay", parts.account)
        json.field("psn_cash_pay", parts.cash)
        json.field("hosp_part_amt", parts.hospital)
        json.field("balc", parts.accountBalance)
        json.field("acct_mulaid_pay", parts.sharedAccount)
    }

    private func writeFunds(_ json: inout JSONWriter) {
        let process = Explanation.lines(outcome.steps, terms: terms).joined(separator: "\n")
        for share in outcome.funds {
            json.object { json in
                json.field("fund_pay_type", String(share.fund.rawValue))
                json.field("fund_pay_type_name", share.fund.name)
                json.field("inscp_scp_amt", share.inScope)
                if let payable = share.payable { json.field("crt_payb_lmt_amt", payable) }
                json.field("fund_payamt", share.amount)
                json.field("setl_proc_info", String(process.prefix(4000)))
            }
        }
    }

    private func writeLines(_ json: inout JSONWriter) {
        for (index, split) in outcome.lines.enumerated() {
            let line = request.bill.lines[index]
            json.object { json in
                json.field("feedetl_sn", request.lineNumbers[index])
                json.field("det_item_fee_sumamt", split.amount)
                json.field("cnt", line.quantity)
                json.field("pric", line.price)
                if let cap = line.priceCap { json.field("pric_uplmt_amt", cap) }
                json.field("selfpay_prop", line.selfPayRatio)
                json.field("fulamt_ownpay_amt", split.fullSelfPay)
                json.field("overlmt_amt", split.overLimit)
                json.field("preselfpay_amt", split.preSelfPay)
                json.field("inscp_scp_amt", split.inScope)
                json.field("chrgitm_lv", line.feeClass.code)
            }
        }
    }

    private func writeSteps(_ json: inout JSONWriter) {
        for row in Explanation.rows(outcome.steps, terms: terms) {
            json.object { json in
                json.field("what", row.what)
                if !row.base.isEmpty { json.field("base", row.base) }
                if !row.value.isEmpty { json.field("value", row.value) }
                if !row.clause.isEmpty { json.field("clause", row.clause) }
                if !row.result.isEmpty { json.field("result", row.result) }
            }
        }
    }
}
