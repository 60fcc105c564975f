import Agency
import Basics
import Control
import Seals
import Settlement
import Storage

/// Signing on and off, and files: 9001, 9002, 9101, 9102.
enum HouseMessages {
    /// 9001: the number of the signing-on is the message's own, which is unique already.
    static func signOn(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        _ = try await agency.once(message.head, kind: .signedOn, subject: 0) { _, _ in .nothing }
        return Outputs.object { json in
            json.object("signinoutb") {
                $0.field("sign_time", message.envelope.sentAt)
                $0.field("sign_no", message.head.messageID)
            }
        }
    }

    static func signOff(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let number = message.node("signOut").text("sign_no")
        guard try await agency.hasSignedOn(message.head.provider, with: number) else {
            throw Problem("gateway.signOn.unknown", field: "sign_no", "没有这个签到编号,请使用 9001 返回的编号")
        }
        _ = try await agency.once(message.head, kind: .signedOff, subject: 0) { _, _ in .nothing }
        return Outputs.object { json in
            json.object("signoutoutb") { $0.field("sign_time", message.envelope.sentAt) }
        }
    }

    /// 9101: the file's number is the message's own.
    static func upload(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("fsUploadIn")
        let own = try message.requireOwnProvider(fields)
        guard let content = Base64.decode(fields.text("in")) else {
            throw Problem("gateway.file.encoding", field: "fsUploadIn.in", "文件数据应为 Base64 编码,请编码后重发")
        }
        let file = ExchangeFile(
            area: message.head.area, number: message.head.messageID, provider: own, name: fields.text("filename"),
            content: content, madeAt: message.receivedAt)
        let kept = try await agency.store.write { tx in try ExchangeFiles.keep(file, tx) }
        return Outputs.object { json in
            json.object("fsUploadOut") {
                $0.field("file_qury_no", kept.number)
                $0.field("filename", kept.name)
                $0.field("fixmedins_code", kept.provider)
                $0.field("dld_endtime", kept.expiresAt)
            }
        }
    }

    /// 9102: a file that was uploaded or made for this provider, or a catalogue download.
    static func download(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("fsDownloadIn")
        let own = try message.requireOwnProvider(fields)
        let number = fields.text("file_qury_no")
        let area = message.head.area
        let now = message.receivedAt
        let file: (name: String, content: [UInt8]) = try await agency.store.read { tx in
            if let catalogue = CatalogueFile.Number(number) {
                return (catalogue.fileName, try CatalogueFile.text(of: catalogue, area: area, tx))
            }
            let file = try ExchangeFiles.require(number, of: own, area: area, now: now, tx)
            return (file.name, file.content)
        }
        return Outputs.object { json in
            json.object("fsDownloadOut") {
                $0.field("filename", file.name)
                $0.field("in", Base64.encode(file.content))
            }
        }
    }
}
