import Basics
import Benefits

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
            json.array("opsp_cuminfo") { writeDiseases(&$0) }
            if request.bill.visit.isInterim { json.object("mid_setlinfo") { writeInterim(&$0) } }
        }
        return json.text
    }

    /// 病种限额已用, in the form in which the next bill hands it in.
    private func writeDiseases(_ json: inout JSONWriter) {
        for use in outcome.after.diseases {
            json.object { json in
                json.field("opsp_dise_code", use.disease.description)
                if !use.isYearly { json.field("cum_ym", use.period.description.filter { $0 != "-" }) }
                json.field("cum", use.used)
            }
        }
    }

    /// What this stay's interim settlements have settled so far, for the next bill of the stay.
    private func writeInterim(_ json: inout JSONWriter) {
        var (scheduled, paid, inScope) = (outcome.deductibleScheduled, outcome.parts.deductible, outcome.eligible)
        if case .interim(let first, let earlierPaid, let earlierInScope) = request.bill.visit.link {
            (scheduled, paid, inScope) = (first, earlierPaid + paid, earlierInScope + inScope)
        }
        json.field("dedc_std", scheduled)
        json.field("act_pay_dedc", paid)
        json.field("inscp_scp_amt", inScope)
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
                if line.flags.contains(.maternity) { json.field("matn_fee_flag", "1") }
                if line.flags.contains(.prescribed) { json.field("rx_circ_flag", "1") }
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
