import Foundation

/// The repository as these tests read it: text, and nothing run.
enum House {
    static let root: URL = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct Source {
        let path: String
        let lines: [Substring]

        /// The target (`Settlement`) for a file below `Sources/`.
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
        var isRule: Bool { path.split(separator: "/").contains("Rules") }

        /// The modules a file imports, whatever access or attribute stands before the word.
        var imports: [(line: Int, module: String)] {
            lines.enumerated().compactMap { index, line in
                let words = line.split(separator: " ")
                guard let word = words.firstIndex(of: "import"), word <= 2, words.count > word + 1,
                    words[..<word].allSatisfy({
                        $0.hasPrefix("@") || ["public", "package", "internal", "private"].contains($0)
                    })
                else { return nil }
                // `import struct Foundation.Date` names its module in the next word.
                let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
                let name = kinds.contains(words[word + 1]) && words.count > word + 2 ? words[word + 2] : words[word + 1]
                return (index + 1, String(name.split(separator: ".")[0]))
            }
        }

        /// The lines of code, what stands between triple quotes (pages, queries, messages) left out.
        var linesOutsideTexts: [(line: Int, text: Substring)] {
            var isText = false
            return lines.enumerated().filter { _, line in
                let marks = line.split(separator: "\"\"\"", omittingEmptySubsequences: false).count - 1
                defer { if marks % 2 == 1 { isText.toggle() } }
                return !isText
            }.map { ($0.offset + 1, $0.element) }
        }

        /// Lines without comments and string literals, for looking at code alone.
        var code: [(line: Int, text: String)] { withoutComments(keepsTexts: false) }

        /// Lines without comments, their string literals kept: what a reader or a program may meet.
        var codeWithTexts: [(line: Int, text: String)] { withoutComments(keepsTexts: true) }

        private func withoutComments(keepsTexts: Bool) -> [(line: Int, text: String)] {
            lines.enumerated().map { index, line in
                var text = ""
                var quoted = false
                var previous: Character = " "
                for character in line {
                    if character == "\"", previous != "\\" { quoted.toggle() }
                    if !quoted, character == "/", previous == "/" {
                        text.removeLast()
                        break
                    }
                    if !quoted || keepsTexts { text.append(character) }
                    previous = character
                }
                return (index + 1, text)
            }
        }
    }

    /// The codes and names of all areas that have policies.
    static func areas() throws -> (codes: Set<String>, names: Set<String>) {
        let policies = root.appendingPathComponent("policies")
        var (codes, names) = (Set<String>(), Set<String>())
        for folder in try FileManager.default.contentsOfDirectory(atPath: policies.resolvingSymlinksInPath().path) {
            let file = policies.appendingPathComponent("\(folder)/area.yaml")
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.first == "area:", words.count > 1 { codes.insert(String(words[1])) }
                if words.first == "name:", words.count > 1 { names.insert(String(words[1])) }
            }
        }
        return (codes, names)
    }

    /// The names and words of a text.
    static func words<Text: StringProtocol>(_ text: Text) -> [Substring] where Text.SubSequence == Substring {
        text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    }

    /// The Swift files below a folder, in the order of their paths.
    static func sources(below folder: String) -> [Source] {
        let base = root.appendingPathComponent(folder)
        guard let walk = FileManager.default.enumerator(atPath: base.resolvingSymlinksInPath().path) else { return [] }
        return walk.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".swift") }
            .sorted()
            .compactMap { relative in
                guard let text = try? String(contentsOf: base.appendingPathComponent(relative), encoding: .utf8) else {
                    return nil
                }
                return Source(
                    path: "\(folder)/\(relative)", lines: text.split(separator: "\n", omittingEmptySubsequences: false))
            }
    }
}
