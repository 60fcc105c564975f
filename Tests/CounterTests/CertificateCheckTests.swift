import Agency
import Basics
import Control
import Demonstration
import Portability
import Storage
import TestKit
import Testing

@Suite("凭证查验:不用登录,凭编号和查验码")
struct CertificateCheckTests {
    private static func issue(_ house: TestHouse) async throws -> Certificate {
        let (area, person, now) = (house.house.area, house.employee.id, house.clock.now)
        return try await house.house.agency.store.write { tx in
            let draft = try Agency.certificateDraft(tx, area: area, .insured, of: person, today: now.day)
            return try Portability.issue(tx, area: area, draft, Ground("出具凭证", by: .system, at: now))
        }
    }

    @Test("真凭证显示当时载明的内容,过期的说过期;编号或查验码有一处不对,只说不符", arguments: StoreKind.allCases)
    func check(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let certificate = try await Self.issue(house)
            let visit = try await Visit(house)
            func verify(_ number: String, _ code: String) async throws -> Visit.Page {
                try await visit.post("/verify", ["number": number, "code": code])
            }
            let blank = try await visit.get("/verify")
            #expect(blank.status == 200 && blank.text.contains("name=\"code\"") && !blank.text.contains("查验属实"))
            let empty = try await verify(certificate.number, "")
            #expect(empty.status == 400 && empty.text.contains("请填写凭证上的编号和查验码"))

            let spoken = certificate.code.prefix(4).lowercased() + "-" + certificate.code.dropFirst(4)
            let genuine = try await verify(certificate.number, spoken)
            #expect(genuine.status == 200 && genuine.text.contains("查验属实,有效期至 \(certificate.validThrough)"))
            for words in [certificate.kind.name, certificate.person.name, certificate.person.paperNumber] {
                #expect(genuine.text.contains(words))
            }
            for (number, code) in [
                (certificate.number, "0000000000000000"), ("CB990100202603020009999", certificate.code),
            ] {
                let page = try await verify(number, code)
                #expect(page.text.contains("查验不符") && !page.text.contains(certificate.person.paperNumber))
            }
            house.clock.now = Moment(certificate.validThrough + 1, hour: 9)
            let late = try await verify(certificate.number, certificate.code)
            #expect(late.text.contains("查验属实,但有效期已于 \(certificate.validThrough) 届满"))
        }
    }
}
