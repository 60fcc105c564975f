import Agency
import Basics
import Control
import Hummingbird

/// A printed form (打印件): one layout for the screen, the printer and PDF.
struct PrintedPage: Sendable {
    /// Folder and name of its view: `print/certificate`.
    let view: String
    /// The file's and the window's name: `参保凭证-示范甲`.
    let title: String
    /// Where the page is on the screen; the PDF is the same with `pdf` behind it.
    let address: String
    /// Where the reader came from.
    let back: String
    /// What both addresses ask for: `year=2026`.
    var query = ""
    /// How the address of the PDF ends.
    var pdf = ".pdf"
}

extension Site {
    /// The printed form as a page with a bar for printing, or as PDF when the address ends so.
    func printed(_ page: PrintedPage, _ model: Model, asPDF: Bool, _ context: CounterContext) async throws -> Response {
        let session = try context.signedIn()
        let frame: Model = [
            "agency": agencyName, "title": page.title, "style": files.printStyle,
            "isScreen": !asPDF, "pdf": page.address + page.pdf + (page.query.isEmpty ? "" : "?" + page.query),
            "back": page.back,
            "printedBy": session.account.displayName, "printedAt": agency.clock().description,
        ]
        let html = renderer.html(page.view, frame.merging(model) { $1 })
        guard asPDF else { return Renderer.answer(html, status: .ok) }
        let pdf = try await pdfs.pdf(of: Array(html.utf8))
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/pdf", .cacheControl: "no-store",
                .contentDisposition: "inline; filename*=UTF-8''\(Query.encode(page.title)).pdf",
            ], body: .init(byteBuffer: ByteBuffer(bytes: pdf)))
    }
}
