import Basics

/// Writes an area's law in its one normal form. It is YAML itself (every text quoted, keys in order), so that the
/// same reader reads files and archives.
enum PolicyArchive {
    static func text(
        code: AreaCode, name: String, since: Day, until: Day?, histories: [Insurance?: [String: ParameterHistory]]
    ) -> String {
        var out =
            "---\ntitle: \(quoted(name))\narea: \"\(code)\"\nname: \(quoted(name))\nsince: \"\(since)\"\n"
        if let until { out += "until: \"\(until)\"\n" }
        for scope in histories.keys.sorted(by: { ($0?.rawValue ?? 0) < ($1?.rawValue ?? 0) }) {
            guard let scoped = histories[scope], !scoped.isEmpty else { continue }
            out += "---\ntitle: \(quoted(scope?.name ?? "各险种共用"))\narea: \"\(code)\"\n"
            if let scope { out += "insurance: \"\(scope.rawValue)\"\n" }
            out += "parameters:\n"
            for key in scoped.keys.sorted() { append(scoped[key]!, to: &out) }
        }
        return out
    }

    private static func append(_ history: ParameterHistory, to out: inout String) {
        out += "  \(quoted(history.key)):\n    title: \(quoted(history.title))\n"
        if !history.unit.isEmpty { out += "    unit: \(quoted(history.unit))\n" }
        if !history.dimensions.isEmpty {
            out += "    by: [\(history.dimensions.map(quoted).joined(separator: ","))]\n"
        }
        if let note = history.note { out += "    note: \(quoted(note))\n" }
        out += "    values:\n"
        for (index, value) in history.values.enumerated() {
            out += "      - from: \"\(value.from)\"\n"
            // An end that the next generation gives anyway says nothing of its own.
            let next = index + 1 < history.values.count ? history.values[index + 1].from - 1 : nil
            if let to = value.to, to != next { out += "        to: \"\(to)\"\n" }
            out += "        basis: \(quoted(value.basis))\n"
            if let note = value.note { out += "        note: \(quoted(note))\n" }
            out += "        value: \(flow(value.value))\n"
        }
    }

    /// Tables keep the order of the file: ordinals and diseases are read in it.
    private static func flow(_ tree: PolicyTree) -> String {
        switch tree.content {
        case .text(let text): quoted(text)
        case .list(let list): "[" + list.map(flow).joined(separator: ",") + "]"
        case .table(let table):
            "{" + table.map { "\(quoted($0.name)): \(flow($0.tree))" }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" { out.unicodeScalars.append("\\") }
            out.unicodeScalars.append(character)
        }
        return out + "\""
    }
}
