import Basics
import Demonstration
import Foundation
import TestKit
import Testing

/// The message pairs in `Messages/`: what a hospital sends and what it gets, to be read as documents.
/// After a change that is meant, `YIBAO_RECORD_MESSAGES=1 swift test --filter GatewayTests` writes them and
/// docs/openapi.yaml anew.
@Suite("The documented messages are answered as documented")
struct GoldenTests {
    @Test("A stay, a visit and a purchase, message by message", arguments: StoreKind.allCases)
    func day(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            var play = Play(house: house)
            let person = house.employee
            try await play.step(
                "1101-人员信息获取", house.hospital, "1101",
                #"{"data":{"mdtrt_cert_type":"02","mdtrt_cert_no":"\#(person.certificate)","psn_cert_type":"01"}}"#)
            let stay = try await play.step("2401-入院办理", house.hospital, "2401", Write.admission(person))
            let encounter = stay["result"]?["mdtrt_id"]?.text ?? ""
            let items = [house.house.items[0], house.house.items[3], house.house.items[4], house.house.items[9]]
            let lines = items.enumerated().map {
                Write.line("F\($0.offset + 1)", $0.element, Quantity(100), at: "2026-02-25 10:00:00")
            }
            let total = items.map { $0.price * Quantity(100) }.total()
            let upload = Write.upload(person, encounter, lines, more: #""med_type":"21""#)
            try await play.step("2301-住院费用明细上传", house.hospital, "2301", upload)
            try await play.step("2402-出院办理", house.hospital, "2402", Write.discharge(person, encounter))
            let settle = Write.settlement(person, encounter, total: total)
            try await play.step("2303-住院预结算", house.hospital, "2303", settle)
            let settled = try await play.step("2304-住院结算", house.hospital, "2304", settle)
            let id = settled["setlinfo"]?["setl_id"]?.text ?? ""
            try await play.step(
                "2305-住院结算撤销", house.hospital, "2305",
                Write.encounter(person, encounter, more: ",\"setl_id\":\"\(id)\""))

            let drugs = [house.house.items[1], house.house.items[2]]
            let purchase = Write.purchase(
                person,
                drugs.enumerated().map { Write.line("Y\($0.offset + 1)", $0.element, at: "2026-03-02 08:20:00") },
                total: drugs.map { $0.price * Quantity(2) }.total())
            try await play.step("2102A-药店结算", house.pharmacy, "2102A", purchase)
            try await play.step(
                "2301-被拒绝的明细", house.hospital, "2301", upload.replacing("\"cnt\":100.0000", with: "\"cnt\":101.0000"))
            #expect(play.differing.isEmpty, "应答与文档不符:\(play.differing.joined(separator: "、"))")
        }
    }
}

/// Sends the messages of a day in order and holds each answer against its document.
private struct Play {
    let house: TestHouse
    private var count = 0
    private(set) var differing: [String] = []

    init(house: TestHouse) { self.house = house }

    @discardableResult
    mutating func step(_ name: String, _ sender: TestSender, _ infno: String, _ input: String) async throws -> JSON {
        count += 1
        let reply = try await sender.send(infno, input, messageID: sender.messageID(count))
        let output = try #require(reply.output)
        var document = JSONWriter()
        document.object {
            $0.field("infno", infno)
            $0.name("input")
            if let input = try? JSON.parse(input) { $0.value(input) }
            $0.field("infcode", reply.code ?? -1)
            $0.field("err_msg", reply.error)
            $0.name("output")
            $0.value(output)
        }
        let written = try JSON.parse(document.bytes)
        let path = repositoryRoot + "/Tests/GatewayTests/Messages/\(name).json"
        if ProcessInfo.processInfo.environment["YIBAO_RECORD_MESSAGES"] == "1" {
            try Play.pretty(written).write(toFile: path, atomically: true, encoding: .utf8)
        }
        let kept = try JSON.parse(String(contentsOfFile: path, encoding: .utf8))
        if kept != written { differing.append(name) }
        return output
    }

    private static func pretty(_ json: JSON, indent: String = "") -> String {
        let inner = indent + "  "
        switch json.kind {
        case .object where json.count > 0:
            let members = json.members.map { "\(inner)\"\($0.name)\": \(pretty($0.value, indent: inner))" }
            return "{\n" + members.joined(separator: ",\n") + "\n\(indent)}" + (indent.isEmpty ? "\n" : "")
        case .array where json.count > 0:
            let elements = json.elements.map { inner + pretty($0, indent: inner) }
            return "[\n" + elements.joined(separator: ",\n") + "\n\(indent)]"
        default: return json.description
        }
    }
}
