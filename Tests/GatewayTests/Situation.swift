import Agency
import Basics
import Demonstration
@testable import Gateway
import Storage
import TestKit
import Testing

/// Messages as a hospital's system writes them, for the situations below.
enum Write {
    static func line(
        _ serial: String, _ item: SampleHouse.Item, _ quantity: Quantity = Quantity(2), at: String,
        amount: Money? = nil, more: String = ""
    ) -> String {
        """
        {"feedetl_sn":"\(serial)","fee_ocur_time":"\(at)","med_list_codg":"\(item.code)",\
        "medins_list_codg":"HIS\(item.code)","det_item_fee_sumamt":\(amount ?? item.price * quantity),\
        "cnt":\(quantity.exact),"pric":\(item.price.exact),"bilg_dept_codg":"A01","bilg_dept_name":"内科",\
        "bilg_dr_codg":"D990100000001","bilg_dr_name":"示例医师"\(more)}
        """
    }

    static func diagnoses(_ person: SampleHouse.Insured, at: String) -> String {
        """
        [{"psn_no":"\(person.id)","diag_type":"1","maindiag_flag":"1","diag_srt_no":1,"diag_code":"I10.x00x002",\
        "diag_name":"高血压","diag_dept":"内科","dise_dor_no":"D990100000001","dise_dor_name":"示例医师",\
        "diag_time":"\(at)","vali_flag":"1"}]
        """
    }

    static func admission(_ person: SampleHouse.Insured, begins: String = "2026-02-24 09:00:00") -> String {
        """
        {"mdtrtinfo":{"psn_no":"\(person.id)","insutype":"\(person.insurance.rawValue)","begntime":"\(begins)",\
        "mdtrt_cert_type":"02","mdtrt_cert_no":"\(person.certificate)","med_type":"21","ipt_no":"ZY0001",\
        "atddr_no":"D990100000001","chfpdr_name":"示例医师","adm_diag_dscr":"高血压","adm_dept_codg":"A01",\
        "adm_dept_name":"内科","adm_bed":"01","dscg_maindiag_code":"I10.x00x002","dscg_maindiag_name":"高血压"},\
        "diseinfo":\(diagnoses(person, at: begins))}
        """
    }

    static func discharge(
        _ person: SampleHouse.Insured, _ encounter: String, ends: String = "2026-03-02 08:00:00"
    ) -> String {
        """
        {"dscginfo":{"mdtrt_id":"\(encounter)","psn_no":"\(person.id)","insutype":"\(person.insurance.rawValue)",\
        "endtime":"\(ends)","dscg_dept_codg":"A01","dscg_dept_name":"内科","dscg_way":"1"},\
        "diseinfo":\(diagnoses(person, at: ends))}
        """
    }

    static func registration(_ person: SampleHouse.Insured) -> String {
        """
        {"data":{"psn_no":"\(person.id)","insutype":"\(person.insurance.rawValue)","begntime":"2026-03-02 08:00:00",\
        "mdtrt_cert_type":"02","mdtrt_cert_no":"\(person.certificate)","ipt_otp_no":"MZ0001",\
        "atddr_no":"D990100000001","dr_name":"示例医师","dept_code":"A01","dept_name":"内科","caty":"A03"}}
        """
    }

    static func visit(_ person: SampleHouse.Insured, _ encounter: String, careType: String = "11") -> String {
        """
        {"mdtrtinfo":{"mdtrt_id":"\(encounter)","psn_no":"\(person.id)","med_type":"\(careType)",\
        "begntime":"2026-03-02 08:00:00"},"diseinfo":\(diagnoses(person, at: "2026-03-02 08:00:00"))}
        """
    }

    /// The `feedetail` of one encounter.
    static func upload(_ person: SampleHouse.Insured, _ encounter: String, _ lines: [String], more: String) -> String {
        let whole = lines.map { line in
            String(line.dropLast()) + ",\"mdtrt_id\":\"\(encounter)\",\"psn_no\":\"\(person.id)\",\(more)}"
        }
        return "{\"feedetail\":[\(whole.joined(separator: ","))]}"
    }

    static func settlement(
        _ person: SampleHouse.Insured, _ encounter: String, total: Money, batch: String? = nil, interim: Bool = false
    ) -> String {
        """
        {"data":{"psn_no":"\(person.id)","mdtrt_cert_type":"02","mdtrt_cert_no":"\(person.certificate)",\
        "med_type":"\(batch == nil ? 21 : 11)","medfee_sumamt":\(total),"psn_setlway":"01","mdtrt_id":"\(encounter)",\
        "chrg_bchno":"\(batch ?? "")","acct_used_flag":"1","insutype":"\(person.insurance.rawValue)",\
        "mid_setl_flag":"\(interim ? 1 : 0)"}}
        """
    }

    static func purchase(_ person: SampleHouse.Insured, _ lines: [String], total: Money) -> String {
        """
        {"druginfo":{"psn_no":"\(person.id)","mdtrt_cert_type":"02","mdtrt_cert_no":"\(person.certificate)",\
        "begntime":"2026-03-02 08:20:00","medfee_sumamt":\(total),"insutype":"\(person.insurance.rawValue)",\
        "acct_used_flag":"1","med_type":"41"},"drugdetail":[\(lines.joined(separator: ","))]}
        """
    }

    static func encounter(_ person: SampleHouse.Insured, _ encounter: String, more: String = "") -> String {
        #"{"data":{"mdtrt_id":"\#(encounter)","psn_no":"\#(person.id)"\#(more)}}"#
    }
}

extension TestSender {
    /// Sends and asks for success; the output.
    func ask(_ infno: String, _ input: String) async throws -> JSON {
        let reply = try await send(infno, input)
        guard reply.code == 0, let output = reply.output else {
            throw Refused(infno: infno, code: reply.code ?? -1, error: reply.error)
        }
        Conformity.check(output, of: infno)
        return output
    }

    struct Refused: Error, CustomStringConvertible {
        let infno: String
        let code: Int64
        let error: String
        var description: String { "\(infno) refused (\(code)): \(error)" }
    }

    /// An admitted person with ten lines of 40 units each.
    func admit(_ person: SampleHouse.Insured, lines count: Int = 10) async throws -> (encounter: String, total: Money) {
        let encounter = try await ask("2401", Write.admission(person))["result"]?["mdtrt_id"]?.text ?? ""
        let items = Array(house.house.items.prefix(count))
        let lines = items.enumerated().map {
            Write.line("F\($0.offset + 1)", $0.element, Quantity(40), at: "2026-02-25 10:00:00")
        }
        _ = try await ask("2301", Write.upload(person, encounter, lines, more: #""med_type":"21""#))
        return (encounter, items.map { $0.price * Quantity(40) }.total())
    }

    /// A registered person with lines of one charging batch.
    func register(_ person: SampleHouse.Insured, batch: String = "B1") async throws -> (encounter: String, total: Money)
    {
        let encounter = try await ask("2201", Write.registration(person))["data"]?["mdtrt_id"]?.text ?? ""
        _ = try await ask("2203", Write.visit(person, encounter))
        let items = Array(house.house.items[0..<3])
        let lines = items.enumerated().map { Write.line("F\($0.offset + 1)", $0.element, at: "2026-03-02 08:10:00") }
        _ = try await ask("2204", Write.upload(person, encounter, lines, more: "\"chrg_bchno\":\"\(batch)\""))
        return (encounter, items.map { $0.price * Quantity(2) }.total())
    }
}

extension JSON {
    func money(_ name: String) -> Money? {
        self[name].flatMap { (try? $0.fixed(decimals: 2)) ?? nil }.map { Money(fen: $0) }
    }
}

extension TestHouse {
    /// How many rows the house has written so far, in every table that messages write.
    func written() async throws -> [Int64] {
        try await house.agency.store.read { tx in
            try [
                "message", "encounter", "encounter_act", "fee_line", "fee_withdrawal", "settlement", "filing", "event",
            ]
            .map { table in try tx.first(SQL("SELECT count(*) FROM \(table)")) { try $0.int(0) } ?? 0 }
        }
    }
}

/// Each answer that a test gets is held against the form of its transaction: required fields are there, values have
/// their types, and nothing is said that the form does not know.
enum Conformity {
    static func check(_ output: JSON, of infno: String) {
        guard let form = MessageForm.all.first(where: { $0.infno == infno }) else { return }
        let known = Set(form.outputs.map(\.name))
        for member in output.members where !known.contains(member.name) { Issue.record("\(infno) node \(member.name)") }
        for node in form.outputs {
            guard let json = output[node.name] else {
                Issue.record("\(infno) lacks \(node.name)")
                continue
            }
            for object in node.isList ? Array(json.elements) : [json] { check(object, node, infno) }
        }
    }

    private static func check(_ object: JSON, _ node: NodeForm, _ infno: String) {
        for field in node.fields {
            // An unknown ethnicity or an empty remark is said by empty text.
            if let value = object[field.key], value.text == "" { continue }
            if let wrong = FormCheck.problem(with: object[field.key], field: field) {
                Issue.record("\(infno) \(node.name).\(field.name): \(wrong.message)")
            }
        }
        let known = Set(node.fields.map(\.name))
        for member in object.members where !known.contains(member.name) {
            Issue.record("\(infno) \(node.name) says \(member.name), which its form does not know")
        }
    }
}
