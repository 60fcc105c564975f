import Basics
@testable import Control
import Storage
import StoreKit
import Testing

@Suite("Attachments are kept by their content, and served to whoever may see the matter")
struct AttachmentTests {
    static let pdf = Array("%PDF-1.7 示例".utf8)

    static func keep(_ office: Office, _ name: String, _ bytes: [UInt8]) async throws -> ContentHash {
        try await office.store.write { tx in
            try Attachments.keep(tx, area: Office.area, name: name, bytes: bytes, at: Office.morning)
        }
    }

    static func paper(_ office: Office, _ code: String, _ name: String) async throws -> AttachedPaper {
        AttachedPaper(code: code, name: name, hash: try await keep(office, name, pdf))
    }

    @Test("A stranger is not told more than that there is nothing to see", arguments: StoreKind.allCases)
    func stranger(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let paper = try await Self.paper(office, "proof", "证明.pdf")
            let matter = try await office.open(papers: [paper])
            func fetch(_ person: String, _ hash: ContentHash, of matter: ID<Matter>) async throws -> [String]? {
                let staff = office.id(person)
                return try await Office.codes {
                    let file = try await office.store.read { [matters = office.matters] tx in
                        try matters.attachment(tx, of: matter, hash, for: staff, at: Office.morning)
                    }
                    #expect(file.bytes == Self.pdf && file.type == .pdf)
                }
            }
            #expect(try await fetch("甲", paper.hash, of: matter) == nil)
            #expect(try await fetch("丙", paper.hash, of: matter) == nil)
            #expect(try await fetch("辛", paper.hash, of: matter) == nil, "an auditor reads every matter")
            #expect(try await fetch("庚", paper.hash, of: matter) == ["matter.notShown"])
            #expect(try await fetch("庚", paper.hash, of: ID(999)) == ["matter.notShown"])
            // Through a matter of one's own that does not carry it.
            let other = try await office.open()
            #expect(try await fetch("甲", paper.hash, of: other) == ["matter.attachment.notHere"])
            try await office.act(matter, .copy(to: [office.id("庚")], note: ""), by: "甲")
            #expect(try await fetch("庚", paper.hash, of: matter) == nil)
        }
    }

    @Test("The same bytes are one attachment; changed bytes are found", arguments: StoreKind.allCases)
    func byContent(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let first = try await Self.keep(office, "一.pdf", Self.pdf)
            #expect(try await Self.keep(office, "二.pdf", Self.pdf) == first)
            let count = try await office.store.read { tx in
                try tx.first("SELECT count(*) FROM attachment", read: { try $0.int(0) })
            }
            #expect(count == 1)
            #expect(try await office.verify().isEmpty)
            try await office.store.write { tx in
                switch tx.dialect {
                case .sqlite: try tx.execute("DROP TRIGGER attachment_refuses_update")
                case .postgres: try tx.execute("ALTER TABLE attachment DISABLE TRIGGER USER")
                }
                let forged = Array("%PDF-1.7 伪造".utf8)
                try tx.execute("UPDATE attachment SET content = ?, size = ?", .bytes(forged), .int(Int64(forged.count)))
            }
            #expect(try await office.verify().map(\.code) == ["matter.verify.attachment"])
        }
    }

    @Test("Types are told by content, not by name; size has its limit", arguments: StoreKind.allCases)
    func refused(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let large = Self.pdf + [UInt8](repeating: 0x20, count: Attachments.bytesMax)
            let cases: [(String, [UInt8], String)] = [
                ("空.pdf", [], "matter.attachment.empty"), ("大.pdf", large, "matter.attachment.large"),
                ("程序.pdf", [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0], "matter.attachment.type"),
                ("半张.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x00], "matter.attachment.type"),
                ("压缩.xlsx", [0x50, 0x4B, 0x03, 0x04, 0, 0], "matter.attachment.type"),
            ]
            for (name, bytes, code) in cases {
                #expect(try await Office.codes { _ = try await Self.keep(office, name, bytes) } == [code])
            }
            for bytes in [Array("姓名,金额\n".utf8), [0xD0, 0xD5, 0xC3, 0xFB, 0x2C, 0x0A], [0xFF, 0xD8, 0xFF, 0xE0]] {
                _ = try await Self.keep(office, "名单", bytes)
            }
        }
    }

    @Test(
        "A paper of an unknown kind, a file that was never uploaded, and required papers", arguments: StoreKind.allCases
    )
    func papers(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let paper = try await Self.paper(office, "diploma", "文凭.pdf")
            #expect(try await Office.codes { try await office.open(papers: [paper]) } == ["matter.paper.unknown"])
            let lost = AttachedPaper(code: "proof", name: "证明.pdf", hash: ContentHash(of: [1]))
            #expect(try await Office.codes { try await office.open(papers: [lost]) } == ["matter.paper.lost"])
            let hash = try await Self.keep(office, "名单.csv", Array("姓名\n".utf8))
            let matter = try await office.open(more: ["file": hash.description])
            let papers = try await office.view(matter, for: "丙").papers
            #expect(papers.map(\.title) == ["名单"] && papers.map(\.type) == [.text] && papers[0].file.name == "名单.csv")
        }
    }
}
