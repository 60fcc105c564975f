import Basics
import Benefits
import Foundation
import Policy
import TestKit
import Testing

@testable import YibaoCLI

/// The calculator's bill (`yibao settle`): every field is understood or refused, and all that is wrong comes together.
@Suite("The calculator's bills")
struct BillReaderTests {
    private static func read(_ text: String) throws -> BillRequest {
        var reader = BillReader(try JSON.parse(Array(text.utf8)))
        return try reader.read()
    }

    /// `code field` of everything that a bill is refused for.
    private static func refused(_ text: String) throws -> [String] {
        do {
            _ = try read(text)
            return []
        } catch let problems as Problems {
            return problems.all.map { "\($0.code) \($0.field ?? "")" }
        }
    }

    /// An employee's stay with one line; the arguments replace or add fields.
    private static func bill(
        person: String = "", visit: String = #""med_type":"21","hosp_lv":"3","begntime":"2026-03-01""#,
        line: String = #""pric":10,"cnt":2,"chrgitm_lv":"01""#, more: String = ""
    ) -> String {
        """
        {"psninfo":{"insutype":"310","psn_type":"1101","brdy":"1980-05-06"\(person)},
         "mdtrtinfo":{\(visit)},"feedetail":[{\(line)}]\(more)}
        """
    }

    @Test("The examples of the manual are read")
    func examples() throws {
        let folder = repositoryRoot + "/examples/bills"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
        #expect(names.count >= 5)
        for name in names {
            let request = try Self.read(String(contentsOfFile: folder + "/" + name, encoding: .utf8))
            #expect(!request.bill.lines.isEmpty, "\(name)")
        }
    }

    @Test("What is not stated has its plain meaning")
    func unstated() throws {
        let request = try Self.read(Self.bill())
        let (bill, visit) = (request.bill, request.bill.visit)
        #expect(visit.end == visit.begin && visit.remote == .local && visit.link == .none && !visit.isInterim)
        #expect(bill.insured.age == 45 && bill.insured.hasLargeAmount && !bill.insured.hasCivilServantSubsidy)
        #expect(bill.accounts == Accounts(balance: .zero, shared: .zero, isUsed: true))
        #expect(bill.lines[0].amount == Money(yuan: 20) && bill.lines[0].day == visit.end)
        #expect(request.lineNumbers == ["1"] && request.area == nil && request.soFar == YearToDate())
    }

    @Test("Figures may be numbers or texts, flags 0, 1 or empty; money never passes through floating point")
    func values() throws {
        let line = #""pric":"0.105","cnt":"3","chrgitm_lv":1,"selfpay_prop":0.1,"hosp_bear_flag":"","feedetl_sn":"A7""#
        let visit =
            #""med_type":21,"hosp_lv":2,"begntime":"2026-02-20 08:00:00","endtime":"2026-03-01","acct_used_flag":0"#
        let request = try Self.read(
            Self.bill(person: #","cvlserv_flag":"1","maf_psn_type":[3]"#, visit: visit, line: line))
        // 3 × 0.105 = 0.315 → 0.32.
        #expect(request.bill.lines[0].amount == Money(fen: 32))
        #expect(request.bill.lines[0].selfPayRatio == Rate(partsPerMillion: 100_000))
        #expect(request.bill.visit.tier == .second && request.lineNumbers == ["A7"])
        #expect(
            request.bill.insured.hasCivilServantSubsidy
                && request.bill.insured.assistance == AssistanceGroups(AssistanceGroup.lowIncome))
        #expect(!request.bill.accounts.isUsed)
        #expect(
            try Self.refused(Self.bill(line: #""pric":0.0000001,"cnt":2,"chrgitm_lv":"01""#)) == ["settle.field pric"])
        #expect(try Self.refused(Self.bill(person: #","cvlserv_flag":"是""#)) == ["settle.field cvlserv_flag"])
    }

    @Test("A field that the calculator does not know is named, wherever it stands, instead of passed over")
    func unknown() throws {
        let text = Self.bill(
            person: #","name":"示例""#, visit: #""med_type":"21","begntime":"2026-03-01","exp_content":{"x":1}"#,
            line: #""pric":10,"cnt":2,"chrgitm_lv":"01","discount":1"#, more: #","remark":"""#)
        #expect(
            try Set(Self.refused(text)) == [
                "settle.unknown remark", "settle.unknown psninfo.name", "settle.unknown mdtrtinfo.exp_content.x",
                "settle.unknown feedetail[0].discount",
            ])
    }

    @Test("Everything wrong with a bill comes back together, each with its place")
    func together() throws {
        let text = """
            {"psninfo":{"insutype":"999","psn_type":"1101","maf_psn_type":[8]},
             "mdtrtinfo":{"med_type":"21","hosp_lv":"7","begntime":"2026-02-30","out_type":"9","spcl_cond":["其他"]},
             "feedetail":[{"pric":10,"chrgitm_lv":"01"},{"pric":1,"cnt":1,"chrgitm_lv":"09"}],
             "cuminfo":{"没有的累计":1}}
            """
        #expect(
            try Set(Self.refused(text)) == [
                "settle.field insutype", "settle.field brdy", "settle.field maf_psn_type", "settle.field hosp_lv",
                "settle.field begntime", "settle.field out_type", "settle.field spcl_cond",
                "settle.field feedetail[0].cnt", "settle.field feedetail[1].chrgitm_lv", "settle.field 没有的累计",
            ])
        #expect(
            try Self.refused("{}") == ["settle.field psninfo", "settle.field mdtrtinfo", "settle.field feedetail"])
    }

    @Test("A stay continues its own interim settlements or a stay elsewhere, not both, and only a stay does")
    func links() throws {
        let interim = #","mid_setlinfo":{"dedc_std":1000,"act_pay_dedc":600.00,"inscp_scp_amt":"41000.50"}"#
        let transfer = #","refl_setlinfo":{"hosp_lv":"2","act_pay_dedc":500}"#
        #expect(
            try Self.read(Self.bill(more: interim)).bill.visit.link
                == .interim(scheduled: Money(yuan: 1000), paid: Money(yuan: 600), inScope: Money(fen: 4_100_050)))
        #expect(
            try Self.read(Self.bill(more: transfer)).bill.visit.link == .transfer(from: .second, paid: Money(yuan: 500))
        )
        #expect(try Self.refused(Self.bill(more: interim + transfer)) == ["settle.link mid_setlinfo"])
        let visit = #""med_type":"11","begntime":"2026-03-01""#
        #expect(try Self.refused(Self.bill(visit: visit, more: transfer)) == ["settle.link med_type"])
        #expect(
            try Self.refused(Self.bill(more: #","refl_setlinfo":{"act_pay_dedc":-1}"#))
                == ["settle.field refl_setlinfo.hosp_lv", "settle.field refl_setlinfo.act_pay_dedc"])
    }

    @Test("A prescription is told of the whole bill or of its lines")
    func prescriptions() throws {
        let visit = #""med_type":"41","begntime":"2026-03-01""#
        let whole = try Self.read(Self.bill(visit: visit + #","rx_circ_flag":"1""#))
        #expect(whole.bill.visit.hasPrescription && !whole.bill.lines[0].flags.contains(.prescribed))
        let lines = #""pric":10,"cnt":2,"chrgitm_lv":"01","rx_circ_flag":"1"},{"pric":5,"cnt":1,"chrgitm_lv":"01""#
        let marked = try Self.read(Self.bill(visit: visit, line: lines)).bill
        #expect(marked.visit.hasPrescription)
        #expect(marked.lines.map { $0.flags.contains(.prescribed) } == [true, false])
        let none = try Self.read(Self.bill(visit: visit)).bill
        #expect(!none.visit.hasPrescription)
    }

    @Test("What a disease's limit has given is counted in the period of its limit, which the policy tells")
    func limits() throws {
        func request(_ disease: String, _ month: String) throws -> BillRequest {
            let use =
                #"{"opsp_dise_code":"\#(disease)","cum":200.00\#(month.isEmpty ? "" : ",\"cum_ym\":\"\(month)\"")}"#
            return try Self.read(
                Self.bill(
                    visit: #""med_type":"14","begntime":"2026-03-20","dise_codg":"\#(disease)""#,
                    more: #","opsp_cuminfo":[\#(use)]"#))
        }
        let law = try TestLaw.demonstration().area(AreaCode(990_100))
        let terms = try BenefitTerms(law.on(Day("2026-03-20")!, for: .employee))
        func used(_ disease: String, _ month: String, in period: Month) throws -> Money {
            let year = try request(disease, month).yearSoFar(terms)
            return year.used(try #require(DiseaseCode(disease)), period)
        }
        // A month's quota, a quarter's limit, a year's limit.
        let months = (january: Month("2026-01")!, march: Month("2026-03")!)
        #expect(try used("M06900", "202603", in: months.march) == Money(yuan: 200))
        #expect(try used("M05300", "202602", in: months.january) == Money(yuan: 200))
        #expect(try used("M03900", "", in: LimitPeriod.year.first(of: Day("2026-03-20")!)) == Money(yuan: 200))
        let unsaid = #expect(throws: Problems.self) { try request("M06900", "").yearSoFar(terms) }
        #expect(unsaid?.all.map(\.field) == ["opsp_cuminfo[0].cum_ym"])
        let unlimited = #expect(throws: Problems.self) { try request("M07801", "202603").yearSoFar(terms) }
        #expect(unlimited?.all.map(\.field) == ["opsp_cuminfo[0].opsp_dise_code"])
        #expect(
            try Self.refused(Self.bill(more: #","opsp_cuminfo":[{"opsp_dise_code":"M06900","cum":1,"cum_ym":"三月"}]"#))
                == ["settle.field opsp_cuminfo[0].cum_ym"])
    }
}
