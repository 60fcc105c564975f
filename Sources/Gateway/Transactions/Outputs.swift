import Agency
import Basics
import Enrolment
import Settlement

/// The nodes that several answers share, written under the national names.
extension JSONWriter {
    /// 结算信息 `setlinfo`; a pre-settlement has no `setl_id`.
    mutating func settlementInformation(_ statement: SettlementStatement) {
        let bill = statement.bill
        field("mdtrt_id", bill.encounter)
        if bill.id.raw > 0 { field("setl_id", bill.id) }
        identity(of: statement)
        field("setl_time", bill.settledAt)
        field("mdtrt_cert_type", statement.certificateKind.code)
        field("med_type", String(bill.careType.rawValue))
        amounts(of: statement)
        field("medins_setl_id", bill.messageID)
        field("clr_optins", statement.clearingAgency)
        field("clr_way", String(bill.clearingWay))
        field("clr_type", String(bill.clearingType.rawValue))
    }

    private mutating func identity(of statement: SettlementStatement) {
        let person = statement.person
        field("psn_no", person.id)
        field("psn_name", statement.bill.personName)
        field("psn_cert_type", person.paper.kind.code)
        field("certno", person.paper.number)
        field("gend", String(person.sex.rawValue))
        field("naty", person.ethnicity)
        field("brdy", person.birth)
        name("age")
        number(Int64(statement.age) * 10, decimals: 1)
        field("insutype", String(statement.bill.insurance.rawValue))
        field("psn_type", String(statement.bill.category.rawValue))
        field("cvlserv_flag", statement.isCivilServant ? "1" : "0")
    }

    /// The amounts of `setlinfo` in the specification's order.
    mutating func amounts(of statement: SettlementStatement) {
        let amounts = statement.bill.amounts
        field("medfee_sumamt", amounts.total)
        field("fulamt_ownpay_amt", amounts.fullSelfPay)
        field("overlmt_selfpay", amounts.overLimitSelfPay)
        field("preselfpay_amt", amounts.preSelfPay)
        field("inscp_scp_amt", amounts.inScope)
        field("act_pay_dedc", amounts.deductible)
        field("hifp_pay", amounts.pool)
        field("pool_prop_selfpay", statement.bill.poolRatio)
        field("cvlserv_pay", amounts.civilServant)
        field("hifes_pay", amounts.enterpriseSupplement)
        field("hifmi_pay", amounts.criticalIllness)
        field("hifob_pay", amounts.largeAmount)
        field("maf_pay", amounts.assistance)
        field("oth_pay", amounts.other)
        field("fund_pay_sumamt", statement.fundTotal)
        field("psn_part_amt", statement.personalTotal)
        field("acct_pay", amounts.account)
        field("psn_cash_pay", amounts.cash)
        field("hosp_part_amt", amounts.hospital)
        field("balc", statement.bill.accountBalance)
        field("acct_mulaid_pay", amounts.sharedAccount)
    }

    /// 撤销后的 `setlinfo`: the red row's number and its negative amounts.
    mutating func reversalInformation(_ statement: SettlementStatement) {
        field("mdtrt_id", statement.bill.encounter)
        field("setl_id", statement.bill.id)
        field("clr_optins", statement.clearingAgency)
        field("setl_time", statement.bill.settledAt)
        amounts(of: statement)
        field("medins_setl_id", statement.bill.messageID)
    }

    /// 结算基金分项信息 `setldetail`; the computation in words (结算过程信息) stands with the first fund.
    mutating func fundDetail(of statement: SettlementStatement, process: [String] = []) {
        array("setldetail") { json in
            for (index, share) in statement.bill.funds.enumerated() {
                json.object {
                    $0.field("fund_pay_type", String(share.fund.rawValue))
                    $0.field("inscp_scp_amt", share.inScope)
                    $0.field("crt_payb_lmt_amt", share.limit)
                    $0.field("fund_payamt", share.paid)
                    $0.field("fund_pay_type_name", share.fund.name)
                    if index == 0, !process.isEmpty { $0.field("setl_proc_info", Outputs.process(process)) }
                }
            }
        }
    }

    /// 费用明细分割结果, one line.
    mutating func split(_ line: FeeLineRecord) {
        field("feedetl_sn", line.serial)
        field("det_item_fee_sumamt", line.amount)
        field("cnt", line.quantity)
        field("pric", line.price)
        field("pric_uplmt_amt", line.priceCap ?? Outputs.noPriceCap)
        field("selfpay_prop", line.selfPayRatio)
        field("fulamt_ownpay_amt", line.fullSelfPay)
        field("overlmt_amt", line.overLimit)
        field("preselfpay_amt", line.preSelfPay)
        field("inscp_scp_amt", line.inScope)
        field("chrgitm_lv", line.feeClass.code)
        field("med_chrgitm_type", line.chargeType.code)
        field("bas_medn_flag", line.flags.contains(.essentialDrug) ? "1" : "0")
        field("hi_nego_drug_flag", line.flags.contains(.negotiatedDrug) ? "1" : "0")
        field("chld_medc_flag", line.flags.contains(.childDrug) ? "1" : "0")
        field("list_sp_item_flag", line.flags.contains(.specialItem) ? "1" : "0")
        field("lmt_used_flag", line.flags.contains(.limitedUse) ? "1" : "0")
        field("drt_reim_flag", line.flags.contains(.directPay) ? "1" : "0")
    }

    mutating func splits(_ name: StaticString, _ lines: [FeeLineRecord]) {
        array(name) { json in
            for line in lines { json.object { $0.split(line) } }
        }
    }
}

enum Outputs {
    /// The specification has no word for "no cap": its largest price says so.
    static let noPriceCap = UnitPrice(microYuan: 999_999_999_999_999)

    /// 结算过程信息 is at most 4000 characters; a longer computation ends where it can be read in full.
    static func process(_ lines: [String]) -> String {
        var text = ""
        for line in lines {
            if text.unicodeScalars.count + line.unicodeScalars.count > 3960 {
                text += "(其余步骤请查询结算单)"
                break
            }
            if !text.isEmpty { text += "\n" }
            text += line
        }
        return text
    }

    /// One object as the whole `output`.
    static func object(_ body: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
        var json = JSONWriter(capacity: 2048)
        try json.object(body)
        return json.bytes
    }

    static let none: [UInt8] = Array("{}".utf8)

    static func statement(_ statement: SettlementStatement, process: [String]) -> [UInt8] {
        object { json in
            json.object("setlinfo") { $0.settlementInformation(statement) }
            json.fundDetail(of: statement, process: process)
        }
    }

    static func reversal(_ statement: SettlementStatement) -> [UInt8] {
        object { json in
            json.object("setlinfo") { $0.reversalInformation(statement) }
            json.fundDetail(of: statement)
        }
    }
}
