import Agency
import Basics
import Benefits
import Enrolment
import Providers
import Settlement

/// What the agency has on record of a person's care: 5201–5206, 5301–5304.
enum RecordMessages {
    // MARK: 就诊、诊断、结算、明细

    static func encounters(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let found = try await agency.encounters(
            of: try fields.person(), from: fields.moment("begntime"), through: fields.moment("endtime"),
            careType: fields.code("med_type"), encounter: fields.id("mdtrt_id"), message.head)
        let names = try await names(message, agency)
        return list("mdtrtinfo", found) { json, finding in
            let record = finding.record
            json.field("mdtrt_id", record.id)
            json.field("psn_no", record.person)
            json.field("psn_name", names.person)
            json.field("insutype", String(record.insurance.rawValue))
            json.field("med_type", String(finding.information.careType.rawValue))
            json.field("fixmedins_code", message.head.provider)
            json.field("fixmedins_name", names.provider)
            json.field("begntime", finding.information.begunAt)
            if let ended = finding.state.dischargedAt { json.field("endtime", ended) }
            json.field("ipt_otp_no", record.visitNumber)
            json.field("dise_codg", finding.information.diseaseCode)
            json.field("memo", finding.state.name)
        }
    }

    static func diagnoses(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let found = try await agency.diagnoses(of: try message.node("data").reference(), message.head)
        return list("diseinfo", found) { json, diagnosis in
            json.field("diag_type", diagnosis.kind)
            json.field("maindiag_flag", diagnosis.isMain ? "1" : "0")
            json.field("diag_srt_no", diagnosis.order)
            json.field("diag_code", diagnosis.code)
            json.field("diag_name", diagnosis.name)
            json.field("adm_cond", diagnosis.condition)
            json.field("diag_dept", diagnosis.department)
            json.field("dise_dor_no", diagnosis.doctorCode)
            json.field("dise_dor_name", diagnosis.doctorName)
            json.field("diag_time", diagnosis.at)
        }
    }

    static func settlement(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let id = try fields.settlement()
        let found = try await agency.settlements(of: try fields.reference(), id, message.head)
        guard let statement = found.first else {
            throw Problem("settlement.unknown", field: "setl_id", "没有结算 \(id),请核对结算 ID")
        }
        let process = try await Explainer.shared.lines(for: statement.bill, agency)
        return Outputs.object { json in
            json.object("setlinfo") {
                $0.settlementInformation(statement)
                $0.field("refd_setl_flag", statement.bill.kind == .reversal ? "1" : "0")
            }
            json.fundDetail(of: statement, process: process)
        }
    }

    static func feeLines(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let settlement = fields.isBlank("setl_id") ? nil : try fields.settlement()
        let lines = try await agency.feeLines(of: try fields.reference(), settlement: settlement, message.head)
        return list("feedetail", lines) { json, line in
            json.field("mdtrt_id", line.encounter)
            if let settlement { json.field("setl_id", settlement) }
            json.field("fee_ocur_time", line.occurredAt)
            json.field("med_list_codg", line.itemCode)
            json.split(line)
        }
    }

    // MARK: 慢特病用药、累计

    static func chronicDrugs(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let lines = try await agency.chronicDrugLines(
            of: try fields.person(), from: try fields.requiredDay("begntime"),
            through: try fields.requiredDay("endtime"),
            message.head)
        return list("feedetail", lines) { json, line in
            json.field("mdtrt_id", line.encounter)
            json.field("feedetl_sn", line.serial)
            json.field("fee_ocur_time", line.occurredAt)
            json.field("med_list_codg", line.itemCode)
            json.field("cnt", line.quantity)
            json.field("pric", line.price)
            json.field("det_item_fee_sumamt", line.amount)
        }
    }

    static func yearFigures(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let year = try year(fields.optional("cum_ym"), now: message.receivedAt)
        let found = try await agency.yearFigures(of: try fields.person(), year: year, message.head)
        return Outputs.object { json in
            json.array("cuminfo") { json in
                for figures in found {
                    for accumulator in Accumulator.allCases where figures.figures[accumulator] != 0 {
                        json.object { $0.figure(accumulator, figures) }
                    }
                }
            }
        }
    }

    /// `202603` or `2026`; without it, the year of today.
    private static func year(_ text: String?, now: Moment) throws(Problem) -> Int64 {
        guard let text else { return Int64(now.day.year) }
        guard text.utf8.count == 4 || text.utf8.count == 6, let year = Int64(text.prefix(4)), year >= 2000 else {
            throw Problem("gateway.field.type", field: "data.cum_ym", "累计年月应为 6 位(202603)或 4 位年度,请核对")
        }
        return year
    }

    // MARK: 备案、在院

    static func chronicFilings(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let found = try await agency.filings(
            of: try message.node("data").person(), kind: .chronicDisease, message.head)
        return list("feedetail", found) { json, filing in
            json.field("opsp_dise_code", filing.code)
            json.field("opsp_dise_name", filing.name)
            json.days(filing.period.first, filing.period.last)
            json.field("trt_dcla_detl_sn", filing.id)
        }
    }

    static func designatedProviders(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let found = try await agency.filings(
            of: try message.node("data").person(), kind: .designatedProvider, message.head)
        return list("psnfixmedin", found) { json, filing in
            json.field("psn_no", filing.person)
            json.field("fix_srt_no", String(filing.order))
            json.field("fixmedins_code", filing.providerCode)
            json.field("fixmedins_name", filing.providerName)
            json.days(filing.period.first, filing.period.last)
            json.field("trt_dcla_detl_sn", filing.id)
        }
    }

    static func referrals(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let found = try await agency.filings(of: try fields.person(), kind: .referral, message.head)
        let first = try fields.requiredDay("begntime")
        let last = try fields.requiredDay("endtime")
        let within = found.filter { $0.period.first <= last && ($0.period.last.map { $0 >= first } ?? true) }
        return list("refmedin", within) { json, filing in
            json.field("psn_no", filing.person)
            json.field("trt_dcla_detl_sn", filing.id)
            json.field("reflin_medins_no", filing.providerCode)
            json.field("reflin_medins_name", filing.providerName)
            json.field("diag_code", filing.code)
            json.field("diag_name", filing.name)
            json.days(filing.period.first, filing.period.last)
        }
    }

    static func staysUnderWay(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let found = try await agency.staysUnderWay(of: try message.node("data").person(), message.head)
        let names = try await names(message, agency)
        return list("data", found) { json, stay in
            json.field("mdtrt_id", stay.id)
            json.field("psn_no", stay.person)
            json.field("psn_name", names.person)
            json.field("insutype", String(stay.insurance.rawValue))
            json.field("med_type", String(stay.information.careType.rawValue))
            json.field("begntime", stay.information.begunAt)
            json.field("ipt_otp_no", stay.visitNumber)
            json.field("dscg_maindiag_code", stay.information.diagnosisCode)
            json.field("dscg_maindiag_name", stay.information.diagnosisName)
        }
    }

    // MARK: Parts

    private static func list<Row>(
        _ name: StaticString, _ rows: [Row], _ write: (inout JSONWriter, Row) -> Void
    ) -> [UInt8] {
        Outputs.object { json in
            json.array(name) { json in
                for row in rows { json.object { write(&$0, row) } }
            }
        }
    }

    /// The names that the lists repeat: of the person asked about and of the provider that asks.
    private static func names(_ message: Message, _ agency: Agency) async throws -> (person: String, provider: String) {
        let inquiry = PersonInquiry(key: .number(try message.node("data").person()))
        let person = try await agency.personInformation(inquiry, message.head).insured.person.name
        let provider = try await agency.providers(message.head.area)[message.head.provider]
        return (person, provider?.profile(on: message.receivedAt.day).name ?? "")
    }
}

extension JSONWriter {
    fileprivate mutating func figure(_ accumulator: Accumulator, _ figures: YearFigures) {
        field("insutype", String(figures.insurance.rawValue))
        field("year", String(figures.year))
        field("cum_type_code", String(accumulator.rawValue))
        field("cum_type_name", accumulator.name)
        name("cum")
        let figure = figures.figures[accumulator]
        number(accumulator.isCount ? figure * 100 : figure, decimals: 2)
    }
}
