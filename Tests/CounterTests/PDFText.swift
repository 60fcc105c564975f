import Foundation

/// Reads a PDF as a reader's eye does: by Poppler's `pdftotext`, which the set-up of the tests installs.
enum PDFText {
    private static func program(_ name: String) -> URL? {
        let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return places.map { URL(fileURLWithPath: "\($0)/\(name)") }.first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
    }

    /// Whether this machine can write PDF and read it.
    static var isReadable: Bool { program("weasyprint") != nil && program("pdftotext") != nil }

    /// Its words in the order of the page, without any blanks: where a line breaks makes no difference.
    static func read(_ bytes: [UInt8]) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).pdf")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = program("pdftotext")
        process.arguments = ["-raw", "-enc", "UTF-8", file.path, "-"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return packed(String(decoding: text, as: UTF8.self))
    }

    static func packed(_ text: String) -> String { String(text.filter { !$0.isWhitespace }) }

    /// What stands in the cells of a printed page's tables.
    static func cells(_ html: String) -> [String] {
        html.split(separator: "<").compactMap { piece in
            guard piece.hasPrefix("td") || piece.hasPrefix("th>") || piece.hasPrefix("th "),
                let end = piece.firstIndex(of: ">")
            else { return nil }
            let text = String(piece[piece.index(after: end)...]).trimmingCharacters(in: .whitespacesAndNewlines)
            return text.isEmpty || text.contains("&") ? nil : text
        }
    }
}
