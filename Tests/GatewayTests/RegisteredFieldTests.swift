import Agency
import Basics
import Control
import Demonstration
import Storage
import TestKit
import Testing

@Suite("What was registered stays until a message gives it anew, on both stores")
struct RegisteredFieldTests {
    @Test("A birth is still known after a change and a discharge that leave it out", arguments: StoreKind.allCases)
    func birth(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let person = house.employee
            let plain = Write.admission(person).replacing("\"med_type\":\"21\"", with: "\"med_type\":\"52\"")
            let told = #""matn_type":"1","oprn_oprt_code":"72.0","exp_content":{"a":"1","b":"2"},"ipt_no""#
            let admission = plain.replacing("\"ipt_no\"", with: told)
            let encounter = try await hospital.ask("2401", admission)["result"]?["mdtrt_id"]?.text ?? ""
            let item = house.house.items[0]
            let line = Write.line("F1", item, Quantity(40), at: "2026-02-25 10:00:00")
            _ = try await hospital.ask("2301", Write.upload(person, encounter, [line], more: #""med_type":"52""#))

            let given = #""geso_val":39,"matn_type":"","exp_content":{"b":"3"},"mdtrt_id":"\#(encounter)","ipt_otp_no""#
            let change = plain.replacing("mdtrtinfo", with: "adminfo").replacing("\"ipt_no\"", with: given)
            _ = try await hospital.ask("2403", change)
            _ = try await hospital.ask("2402", Write.discharge(person, encounter))
            let registered = try await registered(house)
            #expect(registered["matn_type"]?.text == "1")
            #expect(registered["oprn_oprt_code"]?.text == "72.0")
            #expect(registered["geso_val"]?.int == 39)
            #expect(registered["exp_content"]?["a"]?.text == "1")
            #expect(registered["exp_content"]?["b"]?.text == "3")

            let settle = Write.settlement(person, encounter, total: item.price * Quantity(40))
                .replacing("\"med_type\":\"21\"", with: "\"med_type\":\"52\"")
            #expect(try await hospital.ask("2304", settle)["setlinfo"]?["setl_id"] != nil)
            let area = house.house.area
            let agency = house.house.agency
            let broken = try await agency.store.read { try Agency.verifier(area).run($0).problems.all }
            #expect(broken.isEmpty, "\(broken)")
        }
    }

    @Test("A kind of birth given at the discharge replaces the one of the admission", arguments: StoreKind.allCases)
    func replaced(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let person = house.employee
            let admission = Write.admission(person)
                .replacing("\"med_type\":\"21\"", with: "\"med_type\":\"52\",\"matn_type\":\"1\",\"fetus_cnt\":1")
            let encounter = try await house.hospital.ask("2401", admission)["result"]?["mdtrt_id"]?.text ?? ""
            let discharge = Write.discharge(person, encounter)
                .replacing("\"dscg_way\"", with: "\"matn_type\":\"3\",\"dscg_way\"")
            _ = try await house.hospital.ask("2402", discharge)
            let registered = try await registered(house)
            #expect(registered["matn_type"]?.text == "3")
            #expect(registered["fetus_cnt"]?.int == 1)
        }
    }

    /// The further fields as the last act of the only encounter left them.
    private func registered(_ house: TestHouse) async throws -> JSON {
        let text = try await house.house.agency.store.read { tx in
            try tx.first(SQL("SELECT extra FROM encounter_act ORDER BY no DESC LIMIT 1")) { try $0.text(0) }
        }
        return try JSON.parse(text ?? "null")
    }
}
