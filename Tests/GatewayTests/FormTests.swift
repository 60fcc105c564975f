import Basics
import Demonstration
import Foundation
import Gateway
import TestKit
import Testing

@Suite("One table of fields decides what is taken and what is described")
struct FormTests {
    @Test("Every transaction of the counter is in the table")
    func complete() {
        let known = Set(MessageForm.all.map(\.infno))
        var asked = ["9001", "9002", "1101", "2001", "2601", "3201", "3202", "3301", "3302", "1301", "1312"]
        asked += ["2101A", "2102A", "2103A"]
        let ranges = [
            1305...1308, 1316...1319, 2201...2208, 2301...2305, 2401...2405, 2501...2506, 5201...5206, 5301...5304,
        ]
        for range in ranges { asked += range.map { String($0) } }
        #expect(asked.filter { !known.contains($0) }.isEmpty)
        #expect(known.count == MessageForm.all.count)
        for form in MessageForm.all {
            #expect(!form.inputs.isEmpty, "\(form.infno)")
            for node in form.inputs + form.outputs {
                #expect(Set(node.fields.map(\.name)).count == node.fields.count, "\(form.infno) \(node.name)")
            }
        }
    }

    @Test("docs/openapi.yaml says what the table says")
    func openAPI() throws {
        if ProcessInfo.processInfo.environment["YIBAO_RECORD_MESSAGES"] == "1" {
            try OpenAPI.yaml().write(toFile: repositoryRoot + "/docs/openapi.yaml", atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOfFile: repositoryRoot + "/docs/openapi.yaml", encoding: .utf8)
        #expect(kept == OpenAPI.yaml(), "请运行 yibao openapi > docs/openapi.yaml")
    }

    @Test("Each code of an answer has one meaning and stands in the manual")
    func codes() throws {
        let numbers = InfCode.families.map(\.number)
        #expect(Set(numbers).count == numbers.count)
        let manual = try String(contentsOfFile: repositoryRoot + "/docs/gateway.md", encoding: .utf8)
        for family in InfCode.families {
            #expect(manual.contains("| \(family.number) | \(family.title) |"), "\(family.number)")
        }
    }

    @Test("Every required field of every transaction is missed when it is absent", arguments: StoreKind.allCases)
    func required(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let before = try await house.written()
            for form in MessageForm.all {
                let nodes = form.inputs.map { "\"\($0.name)\":\($0.isList ? "[{}]" : "{}")" }
                let reply = try await house.hospital.send(form.infno, "{\(nodes.joined(separator: ","))}")
                let required = form.inputs.flatMap(\.fields).filter(\.isRequired)
                guard !required.isEmpty else { continue }
                #expect(reply.code == 10201, "\(form.infno) \(reply.error)")
                for field in required.prefix(10) { #expect(reply.error.contains(".\(field.name):"), "\(form.infno)") }
            }
            #expect(try await house.written() == before)
        }
    }
}
