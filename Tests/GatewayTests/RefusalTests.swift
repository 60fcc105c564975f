import Basics
import Demonstration
import Gateway
import TestKit
import Testing

@Suite("A message that does not hold is refused with a code and a sentence, and writes nothing")
struct RefusalTests {
    /// Sends what must be refused and checks that no table has grown.
    private func refuse(
        _ sender: TestSender, _ infno: String, _ input: String, _ code: Int64, says words: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await sender.house.written()
        let reply = try await sender.send(infno, input)
        #expect(reply.code == code, "\(reply.error)", sourceLocation: sourceLocation)
        #expect(reply.error.contains(words), "\(reply.error)", sourceLocation: sourceLocation)
        #expect(try await sender.house.written() == before, sourceLocation: sourceLocation)
    }

    @Test("What is no JSON, no envelope or no transaction", arguments: StoreKind.allCases)
    func envelope(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            func post(_ infno: String, _ text: String, _ id: String) async throws -> TestHouse.Reply {
                let path = "/gateway/" + infno
                let body = Array(text.utf8)
                return try await house.post(path, headers: hospital.headers(path, id, body), body: body)
            }
            let id = hospital.messageID(1)
            #expect(try await post("2201", "{", id).code == 10001)
            #expect(try await post("2201", "[]", id).code == 10002)
            let missing = try await post("2201", "{}", id)
            #expect(missing.code == 10002)
            #expect(missing.error.contains("infno"))
            #expect(missing.error.contains("fixmedins_code"))
            let whole = hospital.envelope("2202", "{}", messageID: id)
            #expect(try await post("2201", whole, id).code == 10003)
            #expect(try await post("9999", hospital.envelope("9999", "{}", messageID: id), id).code == 10004)
            let short = hospital.envelope("2201", "{}", messageID: "1")
            #expect(try await post("2201", short, "1").code == 10006)
            let elsewhere = whole.replacing("\"990100\"", with: "\"110000\"")
            #expect(try await post("2202", elsewhere, id).code == 10007)
        }
    }

    @Test(
        "An area of which the agency knows the law and has no office; care given there to its own people is no matter",
        arguments: StoreKind.allCases)
    func offices(_ kind: StoreKind) async throws {
        try await withTestHouse(kind, policies: "policies") { house async throws in
            let hospital = house.hospital
            let id = hospital.messageID(1)
            let whole = hospital.envelope("2202", "{}", messageID: id)
            for (field, code) in [("insuplc_admdvs", 10007), ("mdtrtarea_admvs", 10201)] as [(String, Int64)] {
                let body = Array(whole.replacing("\"\(field)\":\"990100\"", with: "\"\(field)\":\"310000\"").utf8)
                let path = "/gateway/2202"
                let reply = try await house.post(path, headers: hospital.headers(path, id, body), body: body)
                #expect(reply.code == code, "\(field) \(reply.error)")
            }
        }
    }

    @Test("A body beyond the limit, and a house that is full", arguments: StoreKind.allCases)
    func limits(_ kind: StoreKind) async throws {
        var settings = Gateway.Settings()
        settings.bodyBytesMax = 200
        try await withTestHouse(kind, settings: settings) { house async throws in
            let reply = try await house.hospital.send("2201", Write.registration(house.employee))
            #expect(reply.code == 10005)
            #expect(reply.status == 413)
        }
        settings = Gateway.Settings()
        settings.messagesAtOnceMax = 0
        try await withTestHouse(kind, settings: settings) { house async throws in
            let reply = try await house.hospital.send("2201", Write.registration(house.employee))
            #expect(reply.code == 10901)
            #expect(reply.status == 503)
        }
    }

    @Test(
        "All that is wrong with the fields comes back together, in Chinese, with its place",
        arguments: StoreKind.allCases)
    func fields(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let input = """
                {"data":{"psn_no":17,"insutype":"999","begntime":"昨天","mdtrt_cert_type":"02",\
                "mdtrt_cert_no":"\(String(repeating: "1", count: 51))","ipt_otp_no":"","atddr_no":"D1","dr_name":"示例",\
                "dept_code":"A01","dept_name":"内科","caty":"A03"}}
                """
            let reply = try await house.hospital.send("2201", input)
            #expect(reply.code == 10202)
            for words in [
                "data.psn_no:“人员编号”应为字符串", "data.insutype:“险种类型”的值“999”不在字典内", "data.begntime:“开始时间”应为时间",
                "data.mdtrt_cert_no:“就诊凭证编号”最多 50 个字符", "data.ipt_otp_no:“住院/门诊号”必填",
            ] {
                #expect(reply.error.contains(words), "\(reply.error)")
            }
            try await refuse(house.hospital, "2201", "{}", 10201, says: "缺少节点“data”")
            try await refuse(house.hospital, "2201", #"{"data":5}"#, 10202)
        }
    }

    @Test(
        "Control characters, and the reversal of a message that cannot be this sender's", arguments: StoreKind.allCases)
    func oddities(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let odd = Write.registration(house.employee).replacing("MZ0001", with: "MZ\\u00001")
            try await refuse(house.hospital, "2201", odd, 10202, says: "控制字符")
            let foreign = """
                {"data":{"psn_no":"\(house.employee.id)","omsgid":"\(house.otherHospital.messageID(1))","oinfno":"2304"}}
                """
            try await refuse(house.hospital, "2601", foreign, 25009, says: "本机构")
        }
    }

    @Test(
        "Amounts are read exactly or refused: no exponent, no hidden decimals, no seventeenth digit",
        arguments: StoreKind.allCases)
    func amounts(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let (encounter, _) = try await house.hospital.register(house.employee)
            func settle(_ amount: String) -> String {
                Write.settlement(house.employee, encounter, total: Money(fen: 0), batch: "B1")
                    .replacing("\"medfee_sumamt\":0.00", with: "\"medfee_sumamt\":\(amount)")
            }
            try await refuse(house.hospital, "2207", settle("1e2"), 10202)
            try await refuse(house.hospital, "2207", settle("10.001"), 10204)
            try await refuse(house.hospital, "2207", settle("123456789012345678"), 10203)
            try await refuse(house.hospital, "2207", settle("true"), 10202)
            try await refuse(house.hospital, "2207", settle("\"十元\""), 10202)
            try await refuse(house.hospital, "2207", settle("null"), 10201)
        }
    }

    @Test("Lines that do not multiply out, negative totals, unknown items", arguments: StoreKind.allCases)
    func lines(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let person = house.employee
            let encounter = try await hospital.ask("2401", Write.admission(person))["result"]?["mdtrt_id"]?.text ?? ""
            let item = house.house.items[0]
            let at = "2026-02-25 10:00:00"
            func upload(_ lines: String...) -> String {
                Write.upload(person, encounter, lines, more: #""med_type":"21""#)
            }
            try await refuse(
                hospital, "2301", upload(Write.line("F1", item, at: at, amount: Money(fen: 1))), 24001,
                says: "与上传的总额 0.01 不符")
            try await refuse(
                hospital, "2301", upload(Write.line("F1", item, Quantity(-1), at: at)), 24000, says: "init_feedetl_sn")
            let unknown = Write.line("F1", item, at: at).replacing(item.code, with: "X999")
            try await refuse(hospital, "2301", upload(unknown), 22001, says: "X999")
            let line = Write.line("F1", item, at: at)
            try await refuse(hospital, "2301", upload(line, line), 24003)
            _ = try await hospital.ask("2301", upload(line))
            try await refuse(hospital, "2301", upload(line), 24002)
            let more = #","init_feedetl_sn":"F1""#
            let refund = Write.line("F2", item, Quantity(-3), at: at, more: more)
            try await refuse(hospital, "2301", upload(refund), 24004)
        }
    }

    @Test("A bill whose total is not that of its lines, or that has none", arguments: StoreKind.allCases)
    func totals(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let (encounter, total) = try await house.hospital.register(house.employee)
            let wrong = Write.settlement(house.employee, encounter, total: total + Money(fen: 1), batch: "B1")
            try await refuse(house.hospital, "2207", wrong, 25002)
            let empty = Write.settlement(house.employee, encounter, total: .zero, batch: "B9")
            try await refuse(house.hospital, "2207", empty, 25003)
            let line = Write.line("F1", house.house.items[0], Quantity(-2), at: "2026-03-02 08:10:00")
            let negative = Write.purchase(house.employee, [line], total: Money(fen: -100))
            try await refuse(house.pharmacy, "2102A", negative, 24000)
        }
    }

    @Test(
        "A charging batch in which more of an item is taken back than given: its total is negative",
        arguments: StoreKind.allCases)
    func negative(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let (hospital, person) = (house.hospital, house.employee)
            let (encounter, total) = try await hospital.register(person)
            let item = house.house.items[0]
            let refund = Write.line(
                "F9", item, Quantity(-1), at: "2026-03-02 08:15:00", more: #","init_feedetl_sn":"F1""#)
            _ = try await hospital.ask(
                "2204", Write.upload(person, encounter, [refund], more: #""chrg_bchno":"B2""#))
            let alone = Write.settlement(person, encounter, total: -(item.price * Quantity(1)), batch: "B2")
            for infno in ["2206", "2207"] {
                try await refuse(hospital, infno, alone, 25001, says: "项目 \(item.code) 合计为负")
            }
            // What the other batch gave is still there to be settled.
            let given = Write.settlement(person, encounter, total: total, batch: "B1")
            #expect(try await hospital.ask("2207", given)["setlinfo"]?.money("medfee_sumamt") == total)
            // And what was settled is taken back by reversing, not by a refund of its own.
            try await refuse(hospital, "2207", alone, 25001, says: "请先撤销原结算")
        }
    }

    @Test("A kind of birth that no dictionary knows is refused where it is told", arguments: StoreKind.allCases)
    func birthKinds(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let told = Write.admission(house.employee)
                .replacing("\"med_type\":\"21\"", with: "\"med_type\":\"52\",\"matn_type\":\"8\"")
            try await refuse(house.hospital, "2401", told, 10205, says: "“生育类别”的值“8”不在字典内")
        }
    }

    @Test(
        "Another provider's encounter, and steps that the encounter's state does not allow",
        arguments: StoreKind.allCases)
    func state(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let person = house.employee
            let (encounter, total) = try await house.hospital.admit(person)
            let settle = Write.settlement(person, encounter, total: total)
            try await refuse(house.otherHospital, "2304", settle, 23003)
            try await refuse(house.hospital, "2304", settle, 23002, says: "出院")
            try await refuse(house.hospital, "2405", Write.encounter(person, encounter), 23002)
            try await refuse(
                house.hospital, "2202", Write.encounter(person, encounter, more: #","ipt_otp_no":"1""#), 23002)
            try await refuse(house.hospital, "2404", Write.encounter(person, "999999"), 23001)
            try await refuse(house.hospital, "2404", Write.encounter(person, "不是编号"), 23001)
            _ = try await house.hospital.ask("2402", Write.discharge(person, encounter))
            _ = try await house.hospital.ask("2304", settle)
            try await refuse(house.hospital, "2304", settle, 23002, says: "撤销")
        }
    }

    @Test("A person whom the agency does not know, or does not insure in this way", arguments: StoreKind.allCases)
    func people(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let stranger = Write.registration(house.employee).replacing(
                "\"\(house.employee.id)\"", with: "\"99999999\"")
            try await refuse(house.hospital, "2201", stranger, 20001)
            let other = Write.registration(house.employee).replacing("\"310\"", with: "\"390\"")
            try await refuse(house.hospital, "2201", other, 20002)
        }
    }

    @Test(
        "One number, one message: again it is answered the same, with other content it is refused",
        arguments: StoreKind.allCases)
    func repetition(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let pharmacy = house.pharmacy
            let line = Write.line("F1", house.house.items[0], at: "2026-03-02 08:20:00")
            let total = house.house.items[0].price * Quantity(2)
            let input = Write.purchase(house.employee, [line], total: total)
            let id = pharmacy.messageID(77)
            let first = try await pharmacy.send("2102A", input, messageID: id)
            #expect(first.code == 0, "\(first.error)")
            let written = try await house.written()
            let second = try await pharmacy.send("2102A", input, messageID: id)
            #expect(second.output == first.output)
            #expect(try await house.written() == written)
            let other = try await pharmacy.send(
                "2102A", Write.purchase(house.resident, [line], total: total), messageID: id)
            #expect(other.code == 25009)
            #expect(other.error.contains("报文"))
            #expect(try await house.written() == written)
        }
    }
}
