import Basics
import Demonstration
import Gateway
import TestKit
import Testing

@Suite("Damaged messages are answered, never carried out, and never bring the house down")
struct FuzzTests {
    @Test("Signed envelopes with random damage", arguments: StoreKind.allCases)
    func damaged(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let pharmacy = house.pharmacy
            let line = Write.line("F1", house.house.items[0], at: "2026-03-02 08:20:00")
            let whole = Array(
                pharmacy.envelope(
                    "2101A", Write.purchase(house.employee, [line], total: house.house.items[0].price * Quantity(2)),
                    messageID: pharmacy.messageID(1)
                ).utf8)
            let before = try await house.written()
            var random = SeededRandom(seed: 20_260_302)
            for _ in 0..<1500 {
                var body = whole
                for _ in 0...random.below(4) {
                    switch random.below(4) {
                    case 0: body[random.below(body.count)] = UInt8(random.below(256))
                    case 1: body.remove(at: random.below(body.count))
                    case 2:
                        body.insert(
                            contentsOf: Array("{}[]\",:9-".utf8).shuffled(using: &random).prefix(2),
                            at: random.below(body.count))
                    default: body.removeLast(random.below(body.count / 2))
                    }
                }
                let path = "/gateway/2101A"
                let id = pharmacy.messageID(1)
                let reply = try await house.post(path, headers: pharmacy.headers(path, id, body), body: body)
                #expect(reply.code != nil)
                #expect(reply.code != -1, "\(String(decoding: body, as: UTF8.self))")
            }
            #expect(try await house.written() == before)
        }
    }

    @Test(
        "Random inputs for every transaction are refused or answered, and writing ones write nothing",
        arguments: StoreKind.allCases)
    func randomInputs(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let before = try await house.written()
            var random = SeededRandom(seed: 5)
            for form in MessageForm.all where !["9001"].contains(form.infno) {
                for _ in 0..<8 {
                    let nodes = form.inputs.map { node in
                        let fields = node.fields.map { "\"\($0.name)\":\(FuzzTests.value(&random))" }
                        return "\"\(node.name)\":{\(fields.joined(separator: ","))}"
                    }
                    let reply = try await house.hospital.send(form.infno, "{\(nodes.joined(separator: ","))}")
                    #expect(reply.code != nil)
                    #expect(reply.code != -1, "\(form.infno) \(reply.error)")
                }
            }
            #expect(try await house.written() == before)
        }
    }

    private static func value(_ random: inout SeededRandom) -> String {
        let values = [
            "null", "true", "0", "-1", "1.5", "99999999999999999999", "1e9", "\"\"", "\"0\"", "\"1\"", "\"310\"",
            "\"02\"",
            "\"2026-03-01\"", "\"2026-03-01 08:00:00\"", "\"2026-13-01\"", "\"\\u0000\"", "\"示\"", "{}", "[]", "[{}]",
        ]
        return random.pick(values)
    }
}
