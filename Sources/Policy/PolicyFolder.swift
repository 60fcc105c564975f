import Basics
import Foundation

/// The policy files of a folder, in the order of their paths.
enum PolicyFolder {
    static func read(_ folder: String) -> (files: [PolicyFile], problems: [Problem]) {
        let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue,
            let paths = try? FileManager.default.subpathsOfDirectory(atPath: root)
        else {
            return ([], [Problem("policy.folder", field: folder, "文件夹不存在或无法读取,请检查路径")])
        }
        let names = paths.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
        guard !names.isEmpty else {
            return ([], [Problem("policy.folder", field: folder, "文件夹里没有政策文件(*.yaml)")])
        }
        var files: [PolicyFile] = []
        var problems: [Problem] = []
        let shown = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        for name in names {
            var findings = Findings(file: "\(shown)/\(name)")
            if let text = text(at: root + "/" + name, findings: &findings) {
                let trees = YAMLReader.documents(text, findings: &findings)
                files += self.files(trees, findings: &findings)
            }
            problems += findings.problems
        }
        return (files, problems)
    }

    static func files(_ trees: [PolicyTree], findings: inout Findings) -> [PolicyFile] {
        var files: [PolicyFile] = []
        for tree in trees {
            var reader = PolicyFileReader(file: findings.file)
            if let file = reader.read(tree) { files.append(file) }
            findings.problems += reader.findings.problems
        }
        return files
    }

    private static func text(at path: String, findings: inout Findings) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else {
            findings.add("policy.unreadable", line: 1, "文件无法打开,请检查权限")
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            findings.add("policy.encoding", line: 1, "文件不是 UTF-8 文本,请用 UTF-8 编码另存")
            return nil
        }
        return text
    }
}
