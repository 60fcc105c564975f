import Basics
import Demonstration
import TestKit
import Testing

@Suite("At the window: each transaction as a hospital uses it, on both stores")
struct StayTests {
    @Test("A stay: admission, lines, pre-settlement, discharge, settlement, reversal", arguments: StoreKind.allCases)
    func stay(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let person = house.employee
            let (encounter, total) = try await hospital.admit(person)

            let change = Write.admission(person)
                .replacing("mdtrtinfo", with: "adminfo")
                .replacing("\"ipt_no\"", with: "\"mdtrt_id\":\"\(encounter)\",\"ipt_otp_no\"")
                .replacing("\"adm_bed\":\"01\"", with: "\"adm_bed\":\"18\"")
            _ = try await hospital.ask("2403", change)

            let mistake = Write.line("F99", house.house.items[0], at: "2026-02-25 11:00:00")
            _ = try await hospital.ask(
                "2301", Write.upload(person, encounter, [mistake], more: #""med_type":"21""#))
            _ = try await hospital.ask("2302", Write.encounter(person, encounter, more: #","feedetl_sn":"F99""#))

            _ = try await hospital.ask("2402", Write.discharge(person, encounter))
            _ = try await hospital.ask("2405", Write.encounter(person, encounter))
            _ = try await hospital.ask("2402", Write.discharge(person, encounter))

            let settle = Write.settlement(person, encounter, total: total)
            let preview = try #require(try await hospital.ask("2303", settle)["setlinfo"])
            let settled = try #require(try await hospital.ask("2304", settle)["setlinfo"])
            let id = try #require(settled["setl_id"]?.text)
            #expect(preview["setl_id"] == nil)
            for name in ["medfee_sumamt", "inscp_scp_amt", "hifp_pay", "fund_pay_sumamt", "acct_pay", "psn_cash_pay"] {
                #expect(preview.money(name) == settled.money(name), "\(name)")
            }
            expectBalance(settled, total)

            let reversed = try await hospital.ask(
                "2305", Write.encounter(person, encounter, more: ",\"setl_id\":\"\(id)\""))
            let red = try #require(reversed["setlinfo"])
            for name in ["medfee_sumamt", "hifp_pay", "fund_pay_sumamt", "acct_pay", "psn_cash_pay"] {
                #expect(red.money(name) == settled.money(name).map { -$0 }, "\(name)")
            }
        }
    }

    /// The identities of a settlement, on the figures as they were sent.
    private func expectBalance(_ info: JSON, _ total: Money) {
        func sum(_ names: String...) -> Money { names.compactMap { info.money($0) }.total() }
        #expect(info.money("medfee_sumamt") == total)
        #expect(sum("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt") == total)
        #expect(sum("fund_pay_sumamt", "psn_part_amt", "hosp_part_amt") == total)
        #expect(sum("acct_pay", "acct_mulaid_pay", "psn_cash_pay") == info.money("psn_part_amt"))
        #expect((info.money("hifp_pay") ?? .zero) > .zero)
    }

    @Test(
        "An admission may be cancelled while nothing is settled; an interim settlement leaves the stay open",
        arguments: StoreKind.allCases)
    func admissions(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let cancelled =
                try await hospital.ask("2401", Write.admission(house.resident))["result"]?["mdtrt_id"]?.text ?? ""
            _ = try await hospital.ask("2404", Write.encounter(house.resident, cancelled))
            let (encounter, total) = try await hospital.admit(house.employee)
            let interim = Write.settlement(house.employee, encounter, total: total, interim: true)
            #expect(try await hospital.ask("2304", interim)["setlinfo"]?["setl_id"] != nil)
            let under = try await hospital.ask(
                "5303", #"{"data":{"psn_no":"\#(house.employee.id)","begntime":"2026-01-01","endtime":"2026-12-31"}}"#)
            #expect(under["data"]?.elements.map { $0["mdtrt_id"]?.text } == [encounter])
        }
    }

    @Test(
        "An outpatient visit: registration, diagnoses, lines of a batch, settlement, reversal",
        arguments: StoreKind.allCases)
    func outpatient(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let person = house.resident
            let withdrawn = try await hospital.ask("2201", Write.registration(person))["data"]?["mdtrt_id"]?.text ?? ""
            _ = try await hospital.ask("2202", Write.encounter(person, withdrawn, more: #","ipt_otp_no":"MZ0001""#))

            let (encounter, total) = try await hospital.register(person)
            let extra = Write.line("F9", house.house.items[5], at: "2026-03-02 08:15:00")
            let upload = Write.upload(person, encounter, [extra], more: #""chrg_bchno":"B2""#)
            let split = try #require(try await hospital.ask("2204", upload)["result"]?.elements.first { _ in true })
            #expect(split["feedetl_sn"]?.text == "F9")
            #expect(split.money("det_item_fee_sumamt") == house.house.items[5].price * Quantity(2))
            _ = try await hospital.ask("2205", Write.encounter(person, encounter, more: #","chrg_bchno":"B2""#))

            let settle = Write.settlement(person, encounter, total: total, batch: "B1")
            _ = try await hospital.ask("2206", settle)
            let settled = try #require(try await hospital.ask("2207", settle)["setlinfo"])
            #expect(settled.money("medfee_sumamt") == total)
            #expect(settled["clr_type"]?.text == "11")
            let id = settled["setl_id"]?.text ?? ""
            let red = try await hospital.ask("2208", Write.encounter(person, encounter, more: ",\"setl_id\":\"\(id)\""))
            #expect(red["setlinfo"]?.money("medfee_sumamt") == -total)
        }
    }

    @Test(
        "A purchase at a pharmacy in one message, and its reversal by the message's number",
        arguments: StoreKind.allCases)
    func pharmacy(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let pharmacy = house.pharmacy
            let person = house.employee
            let items = Array(house.house.items[0..<15])
            let lines = items.enumerated().map { Write.line("F\($0.offset)", $0.element, at: "2026-03-02 08:20:00") }
            let total = items.map { $0.price * Quantity(2) }.total()
            let input = Write.purchase(person, lines, total: total)
            let preview = try await pharmacy.ask("2101A", input)
            let settled = try await pharmacy.ask("2102A", input)
            let info = try #require(settled["setlinfo"])
            #expect(preview["setlinfo"]?.money("psn_cash_pay") == info.money("psn_cash_pay"))
            #expect(info["clr_type"]?.text == "41")
            #expect(info.money("medfee_sumamt") == total)
            let undone = try await pharmacy.ask(
                "2103A",
                """
                {"data":{"psn_no":"\(person.id)","mdtrt_id":"\(info["mdtrt_id"]?.text ?? "")",\
                "setl_id":"\(info["setl_id"]?.text ?? "")"}}
                """)
            #expect(undone["setlinfo"]?.money("medfee_sumamt") == -total)

            let id = pharmacy.messageID(9001)
            #expect(try await pharmacy.send("2102A", input, messageID: id).code == 0)
            let reversal = #"{"data":{"psn_no":"\#(person.id)","omsgid":"\#(id)","oinfno":"2102A"}}"#
            _ = try await pharmacy.ask("2601", reversal)
            let never = #"{"data":{"psn_no":"\#(person.id)","omsgid":"\#(pharmacy.messageID(9002))","oinfno":"2102A"}}"#
            _ = try await pharmacy.ask("2601", never)
            #expect(try await pharmacy.send("2102A", input, messageID: pharmacy.messageID(9002)).code == 25009)
        }
    }

    @Test("Who a person is, what he may use, and what the year has seen", arguments: StoreKind.allCases)
    func people(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let person = house.employee
            let found = try await hospital.ask(
                "1101",
                #"{"data":{"mdtrt_cert_type":"02","mdtrt_cert_no":"\#(person.certificate)","psn_cert_type":"01"}}"#)
            #expect(found["baseinfo"]?["psn_no"]?.text == person.id.description)
            #expect(found["baseinfo"]?["psn_name"]?.text == person.name)
            let spell = try #require(found["insuinfo"]?.elements.first { _ in true })
            #expect(spell["insutype"]?.text == "310")
            #expect(spell.money("balc") == Money(yuan: 2000))

            let entitled = try await hospital.ask(
                "2001",
                """
                {"data":{"psn_no":"\(person.id)","insutype":"310","fixmedins_code":"\(hospital.sender.code)",\
                "med_type":"21","begntime":"2026-03-02 08:00:00"}}
                """)
            #expect(entitled["trtinfo"]?.elements.contains { $0["trt_enjymnt_flag"]?.text == "1" } == true)

            let (encounter, total) = try await hospital.admit(person)
            _ = try await hospital.ask("2402", Write.discharge(person, encounter))
            let settled = try await hospital.ask("2304", Write.settlement(person, encounter, total: total))
            let id = settled["setlinfo"]?["setl_id"]?.text ?? ""

            let all =
                #"{"data":{"psn_no":"\#(person.id)","begntime":"2026-01-01 00:00:00","endtime":"2026-12-31 00:00:00"}}"#
            let visits = try await hospital.ask("5201", all)
            #expect(visits["mdtrtinfo"]?.elements.map { $0["mdtrt_id"]?.text } == [encounter])
            let diagnoses = try await hospital.ask("5202", Write.encounter(person, encounter))
            #expect(diagnoses["diseinfo"]?.elements.map { $0["diag_code"]?.text } == ["I10.x00x002"])
            let again = try await hospital.ask(
                "5203", Write.encounter(person, encounter, more: ",\"setl_id\":\"\(id)\""))
            #expect(again["setlinfo"]?.money("hifp_pay") == settled["setlinfo"]?.money("hifp_pay"))
            let lines = try await hospital.ask("5204", Write.encounter(person, encounter))
            #expect(lines["feedetail"]?.count == 10)
            #expect(try await hospital.ask("5205", all)["feedetail"]?.count == 0)
            let year = try await hospital.ask("5206", #"{"data":{"psn_no":"\#(person.id)","cum_ym":"202603"}}"#)
            #expect((year["cuminfo"]?.count ?? 0) > 0)
        }
    }

    @Test(
        "Filings: chronic disease, referral, designated provider; each listed until withdrawn",
        arguments: StoreKind.allCases)
    func filings(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let person = house.employee
            let chronic =
                try await hospital.ask(
                    "2503",
                    """
                    {"data":{"psn_no":"\(person.id)","insutype":"310","opsp_dise_code":"M03900","opsp_dise_name":"高血压",\
                    "insu_optins":"990100","ide_fixmedins_no":"\(hospital.sender.code)","ide_fixmedins_name":"示例第一医院",\
                    "hosp_ide_date":"2026-02-01","diag_dr_codg":"D1","diag_dr_name":"示例医师","begndate":"2026-03-01"}}
                    """)["result"]?["trt_dcla_detl_sn"]?.text ?? ""
            let asked = #"{"data":{"psn_no":"\#(person.id)"}}"#
            let listed = try await hospital.ask("5301", asked)
            #expect(listed["feedetail"]?.elements.map { $0["opsp_dise_code"]?.text } == ["M03900"])
            _ = try await hospital.ask(
                "2504", #"{"data":{"trt_dcla_detl_sn":"\#(chronic)","psn_no":"\#(person.id)","memo":"登记有误"}}"#)
            #expect(try await hospital.ask("5301", asked)["feedetail"]?.count == 0)

            let referral =
                try await hospital.ask(
                    "2501",
                    """
                    {"refmedin":{"psn_no":"\(person.id)","insutype":"310","diag_code":"I10.x00x002","diag_name":"高血压",\
                    "reflin_medins_no":"\(house.otherHospital.sender.code)","reflin_medins_name":"示例第二医院",\
                    "mdtrtarea_admdvs":"990100","refl_type":"1","refl_date":"2026-03-02","refl_rea":"病情需要",\
                    "refl_opnn":"同意","begndate":"2026-03-02","enddate":"2026-06-01"}}
                    """)["result"]?["trt_dcla_detl_sn"]?.text ?? ""
            let period = #"{"data":{"psn_no":"\#(person.id)","begntime":"2026-01-01","endtime":"2026-12-31"}}"#
            #expect(try await hospital.ask("5304", period)["refmedin"]?.count == 1)
            _ = try await hospital.ask(
                "2502", #"{"data":{"trt_dcla_detl_sn":"\#(referral)","psn_no":"\#(person.id)"}}"#)
            #expect(try await hospital.ask("5304", period)["refmedin"]?.count == 0)

            let fixed =
                try await hospital.ask(
                    "2505",
                    """
                    {"data":{"psn_no":"\(person.id)","insutype":"310","biz_appy_type":"03","begndate":"2026-03-01",\
                    "fix_srt_no":"1","fixmedins_code":"\(hospital.sender.code)","fixmedins_name":"示例第一医院"}}
                    """)["result"]?["trt_dcla_detl_sn"]?.text ?? ""
            let fixedAsked = #"{"data":{"psn_no":"\#(person.id)","biz_appy_type":"03"}}"#
            #expect(try await hospital.ask("5302", fixedAsked)["psnfixmedin"]?.count == 1)
            _ = try await hospital.ask(
                "2506", #"{"data":{"trt_dcla_detl_sn":"\#(fixed)","psn_no":"\#(person.id)","memo":"搬迁"}}"#)
            #expect(try await hospital.ask("5302", fixedAsked)["psnfixmedin"]?.count == 0)
        }
    }

    @Test("Catalogues: queries in pages, downloads by version, a hospital's own items", arguments: StoreKind.allCases)
    func catalogues(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            func query(_ infno: String, _ more: String = "") async throws -> JSON {
                try await hospital.ask(
                    infno, #"{"data":{"query_date":"2026-03-02","page_num":1,"page_size":10\#(more)}}"#)
            }
            let items = try await query("1312", #","list_type":"101""#)
            #expect(items["data"]?.count == 10)
            #expect(items["paging"]?["recordCounts"]?.int == 20)
            #expect(items["paging"]?["pages"]?.int == 2)
            #expect(try await query("1318")["paging"]?["recordCounts"]?.int == 24)
            #expect(try await query("1319")["data"]?.count == 10)
            #expect(try await query("1316")["data"]?.count == 10)

            for infno in ["1301", "1305", "1306", "1307", "1308"] {
                let file = try #require(try await hospital.ask(infno, #"{"data":{"ver":"0"}}"#)["fileinfo"])
                let name = file["filename"]?.text ?? ""
                let fetched = try await hospital.ask(
                    "9102",
                    """
                    {"fsDownloadIn":{"file_qury_no":"\(file["file_qury_no"]?.text ?? "")","filename":"\(name)",\
                    "fixmedins_code":"\(hospital.sender.code)"}}
                    """)
                let text = try #require(Text.decode(fetched["fsDownloadOut"]?["in"]?.text))
                #expect(text.split(separator: "\n").count == 1 + Int(file["data_cnt"]?.int ?? -1), "\(infno)")
                let newest = file["ver"]?.text ?? ""
                let none = try await hospital.ask(infno, #"{"data":{"ver":"\#(newest)"}}"#)
                #expect(none["fileinfo"]?["data_cnt"]?.int == 0)
            }

            let item = house.house.items[0]
            let own = """
                {"data":[{"fixmedins_hilist_id":"HIS001","fixmedins_hilist_name":"本院药品","list_type":"101",\
                "med_list_codg":"\(item.code)","begndate":"2026-03-02","enddate":"2026-12-31"}]}
                """
            _ = try await hospital.ask("3301", own)
            let mapped = try await query("1317", #","medins_list_codg":"HIS001""#)
            #expect(mapped["data"]?.elements.map { $0["med_list_codg"]?.text } == [item.code])
            _ = try await hospital.ask(
                "3302", #"{"data":{"fixmedins_hilist_id":"HIS001","list_type":"101","med_list_codg":"\#(item.code)"}}"#)
            let after = try await query("1317", #","medins_list_codg":"HIS001""#)
            #expect(after["data"]?.elements.map { $0["vali_flag"]?.text } == ["0"])
        }
    }

    @Test("Signing on and off, and the day's reconciliation by totals and by file", arguments: StoreKind.allCases)
    func reconciliation(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let person = house.employee
            let signOn = try await hospital.ask("9001", #"{"signIn":{"opter_no":"0001"}}"#)
            let number = signOn["signinoutb"]?["sign_no"]?.text ?? ""
            let (encounter, total) = try await hospital.admit(person)
            _ = try await hospital.ask("2402", Write.discharge(person, encounter))
            let info = try #require(
                try await hospital.ask("2304", Write.settlement(person, encounter, total: total))["setlinfo"])
            let funds = try #require(info.money("fund_pay_sumamt"))
            let account = try #require(info.money("acct_pay"))
            func totals(_ funds: Money) -> String {
                """
                {"data":{"insutype":"310","clr_type":"21","setl_optins":"990100","stmt_begndate":"2026-03-02",\
                "stmt_enddate":"2026-03-02","medfee_sumamt":\(total),"fund_pay_sumamt":\(funds),\
                "acct_pay":\(account),"fixmedins_setl_cnt":1}}
                """
            }
            #expect(try await hospital.ask("3201", totals(funds))["stmtinfo"]?["stmt_rslt"]?.text == "0")
            let off = try await hospital.ask("3201", totals(funds + Money(fen: 1)))
            #expect(off["stmtinfo"]?["stmt_rslt"]?.text == "1")
            #expect(off["stmtinfo"]?["stmt_rslt_dscr"]?.text?.contains("基金支付") == true)

            // The provider's file says one fen more than the agency has.
            let wrong = funds + Money(fen: 1)
            let id = info["setl_id"]?.text ?? ""
            let message = info["medins_setl_id"]?.text ?? ""
            let file = """
                psn_no\tmdtrt_id\tsetl_id\tmsgid\tstmt_rslt\trefd_setl_flag\tmemo\tmedfee_sumamt\tfund_pay_sumamt\tacct_pay
                \(person.id)\t\(encounter)\t\(id)\t\(message)\t\t0\t\t\(total)\t\(wrong)\t\(account)\n
                """
            let upload = """
                {"fsUploadIn":{"in":"\(Text.encode(file))","filename":"day.txt","fixmedins_code":"\(hospital.sender.code)"}}
                """
            let uploaded = try await hospital.ask("9101", upload)["fsUploadOut"]?["file_qury_no"]?.text ?? ""
            let result = try #require(
                try await hospital.ask(
                    "3202",
                    """
                    {"data":{"clr_type":"21","setl_optins":"990100","file_qury_no":"\(uploaded)",\
                    "stmt_begndate":"2026-03-02","stmt_enddate":"2026-03-02","medfee_sumamt":\(total),\
                    "fund_pay_sumamt":\(wrong),"cash_payamt":0,"fixmedins_setl_cnt":1}}
                    """)["fileinfo"])
            let findings = try await hospital.ask(
                "9102",
                """
                {"fsDownloadIn":{"file_qury_no":"\(result["file_qury_no"]?.text ?? "")",\
                "filename":"\(result["filename"]?.text ?? "")","fixmedins_code":"\(hospital.sender.code)"}}
                """)
            let text = try #require(Text.decode(findings["fsDownloadOut"]?["in"]?.text))
            #expect(text.contains("\t103\t"))
            #expect(text.contains("金额不符"))
            // Nobody else may fetch it.
            let other = try await house.otherHospital.send(
                "9102",
                """
                {"fsDownloadIn":{"file_qury_no":"\(uploaded)","filename":"day.txt",\
                "fixmedins_code":"\(house.otherHospital.sender.code)"}}
                """)
            #expect(other.code == 10301)
            // A number of the right look that nobody was given is no signing-on.
            let invented = String(number.dropLast()) + (number.hasSuffix("9") ? "8" : "9")
            let refused = try await hospital.send("9002", #"{"signOut":{"sign_no":"\#(invented)","opter_no":"0001"}}"#)
            #expect(refused.error.contains("签到编号"))
            _ = try await hospital.ask("9002", #"{"signOut":{"sign_no":"\#(number)","opter_no":"0001"}}"#)
        }
    }

    @Test(
        "Four purchases for one person at the same moment: the account pays each fen once",
        arguments: StoreKind.allCases)
    func together(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let person = house.employee
            let lines = house.house.items[0..<10].enumerated().map {
                Write.line("F\($0.offset)", $0.element, at: "2026-03-02 08:20:00")
            }
            let total = house.house.items[0..<10].map { $0.price * Quantity(2) }.total()
            let input = Write.purchase(person, lines, total: total)
            let balances = try await withThrowingTaskGroup(of: Money.self) { group in
                for sender in [house.pharmacy, house.pharmacy, house.pharmacy, house.pharmacy] {
                    group.addTask {
                        try await sender.ask("2102A", input)["setlinfo"]?.money("acct_pay") ?? .zero
                    }
                }
                return try await group.reduce(into: [Money]()) { $0.append($1) }
            }
            let found = try await house.hospital.ask(
                "1101",
                #"{"data":{"mdtrt_cert_type":"02","mdtrt_cert_no":"\#(person.certificate)","psn_cert_type":"01"}}"#)
            let left = found["insuinfo"]?.elements.first { _ in true }?.money("balc")
            #expect(left == Money(yuan: 2000) - balances.total())
        }
    }
}
