import Basics
import Foundation
import Seals

/// The result folder of a run (审核结果文件夹), as the agency takes it over: `run.json` says what it is, `findings.csv`
/// what was found, and the digest in the one proves the other whole.
public struct ResultFolder: Sendable {
    public let folder: URL
    let code: String
    let extract: String
    let screenedAt: Moment
    let rulesDigest: [UInt8]
    let knowledgeDigest: [UInt8]
    let parametersVersion: String
    let capsArea: String
    let findingsDigest: [UInt8]
    let lineCount: Int
    let findingCount: Int

    /// The hour of Beijing before Greenwich's.
    private static let beijing: Int64 = 8 * 3600

    public init(_ folder: URL) throws {
        self.folder = folder
        let file = folder.appending(path: "run.json")
        guard let data = try? Data(contentsOf: file), let json = try? JSON.parse([UInt8](data)) else {
            throw Problems(Problem("screening.result.run", field: file.path, "读不到审核批次说明 run.json,请指明完整的审核结果文件夹"))
        }
        let counts = json["counts"]
        let knowledge = json["knowledge"]?.elements.map { ($0["file"]?.text ?? "", $0["sm3"]?.text ?? "") } ?? []
        guard let code = json["run_id"]?.text, !code.isEmpty, code.count <= 60,
            let began = json["began"]?.text, let date = try? Date(began, strategy: .iso8601),
            let rules = knowledge.first(where: { $0.0.hasSuffix("rules.csv") }), let rulesDigest = Hex.decode(rules.1),
            let findings = json["findings_sm3"]?.text, let findingsDigest = Hex.decode(findings),
            let lineCount = counts?["lines_screened"]?.int, let findingCount = counts?["findings"]?.int
        else {
            throw Problems(Problem("screening.result.run", field: file.path, "run.json 缺少批次号、规则版本或计数,请重新审核后再导入"))
        }
        self.code = code
        extract = json["extract"]?.text ?? ""
        screenedAt = Moment(seconds: Int64(date.timeIntervalSince1970) + ResultFolder.beijing)
        self.rulesDigest = rulesDigest
        knowledgeDigest = SM3.hash(knowledge.map { "\($0.0) \($0.1)\n" }.joined())
        parametersVersion = json["parameters_version"]?.text ?? ""
        capsArea = json["caps_area"]?.text ?? ""
        self.findingsDigest = findingsDigest
        self.lineCount = Int(lineCount)
        self.findingCount = Int(findingCount)
    }

    private var path: String { folder.appending(path: "findings.csv").path }

    /// Refuses findings that are not the ones `run.json` was written with.
    func checkDigest() throws {
        let source = try FileStream(path: path, name: "findings.csv")
        let hasher = SM3Hasher()
        let buffer = Block(capacity: BlockSource.blockSize)
        while true {
            let count = try source.read(into: buffer.bytes, upTo: buffer.capacity)
            if count == 0 { break }
            hasher.update(UnsafeRawBufferPointer(start: buffer.bytes, count: count))
        }
        guard hasher.finish() == findingsDigest else {
            throw Problems(Problem("screening.result.changed", field: path, "疑点文件与 run.json 不是同一次审核的,或被改动过;请重新审核后再导入"))
        }
    }

    /// Calls `take` with each finding in the order of the file, a block of rows in memory at a time.
    func forEach(run: ID<ImportedRun>, _ take: (ImportedFinding) throws -> Void) throws {
        let source = try BlockSource(path: path, name: "findings.csv", encoding: .utf8)
        let columns = FindingRenderer.header.split(separator: ",").map(String.init)
        guard source.header == columns else {
            throw Problems(Problem("screening.result.header", field: path, "疑点文件的表头不对,请用本程序重新审核"))
        }
        let fields = UnsafeMutablePointer<Field>.allocate(capacity: columns.count)
        defer { fields.deallocate() }
        let scratch = RowSplitter.Scratch()
        let block = Block(capacity: BlockSource.blockSize)
        var number = 0
        while try source.next(into: block) {
            fields.initialize(repeating: Field(start: UnsafePointer(block.bytes), count: 0), count: columns.count)
            var rows = RowSplitter(
                block.bytes, block.count, slots: columns.indices.map(Int32.init), fields: fields, scratch: scratch)
            while true {
                let row = rows.next()
                if case .end = row { break }
                number += 1
                let texts = (0..<columns.count).map { FindingText.restored(fields[$0]) }
                guard case .fields = row, let finding = ImportedFinding(texts, run: run, number: number) else {
                    throw Problems(
                        Problem("screening.result.row", field: "findings.csv:\(number + 1)", "这一行读不出来,请重新审核后再导入"))
                }
                try take(finding)
            }
        }
    }
}

/// A field of `findings.csv` as it was before writing.
private enum FindingText {
    /// Without the quote sign that keeps a spreadsheet from running a field.
    static func restored(_ field: Field) -> String {
        var bytes = UnsafeBufferPointer(start: field.start, count: field.count)[...]
        let dangerous: [UInt8] = [UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@")]
        if bytes.count > 1, bytes.first == UInt8(ascii: "'"), dangerous.contains(bytes[bytes.startIndex + 1]) {
            bytes = bytes.dropFirst()
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ImportedFinding {
    /// A row of `findings.csv`; nil when a figure in it cannot be read.
    fileprivate init?(_ fields: [String], run: ID<ImportedRun>, number: Int) {
        guard let strength = Strength(rawValue: fields[6]), let amount = try? Money(fields[13]) else { return nil }
        let day = Day(fields[10])
        let quantity = try? Quantity(fields[12])
        let fund = try? Money(fields[14])
        if day == nil && !fields[10].isEmpty || quantity == nil && !fields[12].isEmpty
            || fund == nil && !fields[14].isEmpty
        {
            return nil
        }
        self.init(
            run: run, number: number, ruleSequence: Int(fields[1]), ruleCode: fields[2], ruleName: fields[3],
            kind: fields[4], point: fields[5], strength: strength, person: fields[7], encounter: fields[8],
            provider: fields[9], day: day, quantity: quantity, amount: amount, fundAmount: fund, evidence: fields[15],
            lines: fields[11].split(separator: ";").map(String.init))
    }
}
