import Basics
import Testing

@testable import Counter

@Suite("Forms with files")
struct MultipartTests {
    private let type = "multipart/form-data; boundary=----x7"

    private func body(_ parts: [(head: String, body: String)], end: String = "--\r\n") -> [UInt8] {
        var text = parts.map { "------x7\r\n\($0.head)\r\n\r\n\($0.body)\r\n" }.joined()
        text += "------x7" + end
        return Array(text.utf8)
    }

    @Test("Texts and files come apart; line ends and dashes inside a file stay")
    func apart() throws {
        let form = try Multipart(
            body([
                ("Content-Disposition: form-data; name=\"form.name\"", "示范公司\r\n二行"),
                (
                    "Content-Disposition: form-data; name=\"form.sheet\"; filename=\"名单;1.csv\"\r\nContent-Type: text/csv",
                    "a,b\r\n------x\r\n\r\n1,2"
                ),
            ]), type: type)
        #expect(form.texts.map(\.name) == ["form.name"])
        #expect(form.texts[0].value == "示范公司\r\n二行")
        let file = try #require(form.files.first)
        #expect(file.field == "form.sheet" && file.name == "名单;1.csv" && file.type == "text/csv")
        #expect(String(decoding: file.bytes, as: UTF8.self) == "a,b\r\n------x\r\n\r\n1,2")
    }

    @Test("A file's name never leads out of a folder")
    func names() throws {
        for (sent, kept) in [
            ("../../etc/passwd", "passwd"), ("C:\\\\表\\\\一.xlsx", "一.xlsx"), ("甲%22乙.pdf", "甲\"乙.pdf"),
        ] {
            let form = try Multipart(
                body([("Content-Disposition: form-data; name=\"f\"; filename=\"\(sent)\"", "x")]), type: type)
            #expect(form.files.first?.name == kept)
        }
    }

    @Test("A file field that was left alone is no file")
    func leftAlone() throws {
        let form = try Multipart(
            body([
                (
                    "Content-Disposition: form-data; name=\"f\"; filename=\"\"\r\nContent-Type: application/octet-stream",
                    ""
                )
            ]),
            type: type)
        #expect(form.files.isEmpty && form.texts.isEmpty)
    }

    @Test(
        "A body that breaks off or has no boundary is refused in words",
        arguments: [
            "", "------x7", "------x7\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf", "something else",
        ])
    func broken(text: String) {
        #expect { try Multipart(Array(text.utf8), type: type) } throws: {
            ($0 as? Problem)?.code == "counter.upload.unreadable"
        }
        #expect(throws: Problem.self) { try Multipart(body([]), type: "multipart/form-data") }
    }

    @Test("Thousands of parts are refused")
    func manyParts() {
        let parts = (0...Multipart.partsMax).map { ("Content-Disposition: form-data; name=\"p\($0)\"", "1") }
        #expect { try Multipart(body(parts), type: type) } throws: { ($0 as? Problem)?.code == "counter.upload.parts" }
    }
}
