import Agency
import Basics
import Control
import Demonstration
import Gateway
import Providers
import Seals
import Storage
import TestKit
import Testing

@Suite("A request is answered only when its provider signed it, for this message, now")
struct SignatureTests {
    let path = "/gateway/1101"

    private func body(_ sender: TestSender, _ id: String) -> [UInt8] {
        let person = sender.house.employee
        let input = """
            {"data":{"mdtrt_cert_type":"02","mdtrt_cert_no":"\(person.certificate)","psn_cert_type":"01"}}
            """
        return Array(sender.envelope("1101", input, messageID: id).utf8)
    }

    @Test("A signed message is answered", arguments: StoreKind.allCases)
    func signed(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let id = hospital.messageID(1)
            let body = body(hospital, id)
            let reply = try await house.post(path, headers: hospital.headers(path, id, body), body: body)
            #expect(reply.code == 0)
            #expect(reply.status == 200)
            #expect(reply.json["inf_refmsgid"]?.text?.count == 30)
            #expect(reply.json["respond_time"]?.text == "2026-03-02 08:30:00")
        }
    }

    @Test("Without a signature, or with any of its headers missing, nothing is answered", arguments: StoreKind.allCases)
    func unsigned(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let id = hospital.messageID(1)
            let body = body(hospital, id)
            let all = hospital.headers(path, id, body)
            for missing in all.indices {
                var headers = all
                headers.remove(at: missing)
                let reply = try await house.post(path, headers: headers, body: body)
                #expect(reply.code == 10101)
                #expect(reply.status == 401)
            }
        }
    }

    @Test(
        "One changed byte of the body, another path or another key: the signature is wrong",
        arguments: StoreKind.allCases)
    func wrong(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let id = hospital.messageID(1)
            let body = body(hospital, id)
            let headers = hospital.headers(path, id, body)
            var changed = body
            changed[body.count - 40] ^= 1
            #expect(try await house.post(path, headers: headers, body: changed).code == 10102)
            #expect(try await house.post("/gateway/2001", headers: headers, body: body).code == 10102)
            let forged = house.otherHospital.headers(path, id, body)
            let stolen = [headers[0], headers[1], headers[2], forged[3]]
            let reply = try await house.post(path, headers: stolen, body: body)
            #expect(reply.code == 10102)
            #expect(reply.error.contains("签名不符"))
        }
    }

    @Test(
        "The same signed request sent again is refused; the same message signed anew gets the first answer",
        arguments: StoreKind.allCases)
    func replayed(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let id = hospital.messageID(1)
            let body = body(hospital, id)
            let headers = hospital.headers(path, id, body)
            let first = try await house.post(path, headers: headers, body: body)
            #expect(first.code == 0)
            let again = try await house.post(path, headers: headers, body: body)
            #expect((again.status, again.code) == (401, 10109))
            #expect(again.error.contains("重新签名"))
            #expect(again.output?["baseinfo"] == nil)
            let anew = try await house.post(path, headers: hospital.headers(path, id, body, after: 1), body: body)
            #expect(anew.code == 0 && anew.output == first.output)
            // For as long as the signature's time is accepted, it is remembered.
            house.clock.now = house.clock.now + 300
            #expect(try await house.post(path, headers: headers, body: body).code == 10109)
        }
    }

    @Test(
        "A signature older than five minutes, or from a clock five minutes ahead, is stale",
        arguments: StoreKind.allCases)
    func stale(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let id = hospital.messageID(1)
            let body = body(hospital, id)
            let headers = hospital.headers(path, id, body)
            house.clock.now = house.clock.now + 300
            #expect(try await house.post(path, headers: headers, body: body).code == 0)
            house.clock.now = house.clock.now + 1
            let late = try await house.post(path, headers: headers, body: body)
            #expect(late.code == 10103)
            #expect(late.error.contains("校准时钟"))
            house.clock.now = house.clock.now + -602
            #expect(try await house.post(path, headers: headers, body: body).code == 10103)
        }
    }

    @Test("A provider cannot speak for another, nor sign one message and send another", arguments: StoreKind.allCases)
    func otherProvider(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let id = house.hospital.messageID(1)
            let body = body(house.hospital, id)
            let asOther = house.otherHospital.headers(path, id, body)
            #expect(try await house.post(path, headers: asOther, body: body).code == 10106)
            let otherID = house.hospital.headers(path, house.hospital.messageID(2), body)
            #expect(try await house.post(path, headers: otherID, body: body).code == 10107)
        }
    }

    @Test(
        "Headers that cannot be read are told apart from wrong ones; an unknown provider has no key",
        arguments: StoreKind.allCases)
    func unreadable(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let id = hospital.messageID(1)
            let body = body(hospital, id)
            var headers = hospital.headers(path, id, body)
            headers[1].1 = "20260332083000"
            #expect(try await house.post(path, headers: headers, body: body).code == 10104)
            headers = hospital.headers(path, id, body)
            headers[3].1 = "MD5 00"
            #expect(try await house.post(path, headers: headers, body: body).code == 10104)
            headers = hospital.headers(path, id, body)
            headers[0].1 = "H99010099999"
            #expect(try await house.post(path, headers: headers, body: body).code == 10105)
        }
    }

    @Test("A provider with an SM2 key signs with it, and with nothing else", arguments: StoreKind.allCases)
    func sm2(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let hospital = house.hospital
            let key = try SM2PrivateKey.generate()
            let pem = try key.publicKey.pem()
            let area = house.house.area
            try await house.house.agency.store.write { tx in
                let code = try InstitutionCode(hospital.sender.code)
                let id = try #require(try Providers.providerID(tx, area: area, code: code))
                try Providers.setKey(
                    tx, area: area, provider: id, ProviderKey(kind: .sm2, bytes: Array(pem.utf8)), by: .system,
                    at: Moment(seconds: 0))
            }
            house.house.agency.refresh()
            let id = hospital.messageID(1)
            let body = body(hospital, id)
            var headers = hospital.headers(path, id, body)
            #expect(try await house.post(path, headers: headers, body: body).code == 10102)
            let text = "POST\n\(path)\n\(headers[1].1)\n\(id)\n\(Hex.encode(SM3.hash(body)))"
            headers[3].1 = "SM2 " + Hex.encode(try key.sign(Array(text.utf8)))
            #expect(try await house.post(path, headers: headers, body: body).code == 0)
            headers[3].1.removeLast(2)
            #expect(try await house.post(path, headers: headers, body: body).code == 10102)
        }
    }
}
