import Basics
import Foundation

/// What the SQL program prints on Spark: a line of JSON a finding, then two counts (集群审核的输出).
struct SparkOutput {
    static let linesMark = "LINES "
    static let findingsMark = "FINDINGS "

    /// One finding as Spark prints it; what is NULL is left out.
    struct Finding {
        var rule: Int
        var point: String
        var person: String
        var encounter: String
        var institution: String
        var day: Int32
        var ids: String
        var quantity: Int64
        var amount: Int64
        var fund: Int64

        init?(_ json: JSON) {
            guard let rule = json["rule"]?.int, let amount = json["amt"]?.int else { return nil }
            self.rule = Int(rule)
            self.amount = amount
            point = json["point"]?.text ?? ""
            person = json["psn"]?.text ?? ""
            encounter = json["enc"]?.text ?? ""
            institution = json["inst"]?.text ?? ""
            day = json["day"]?.int.map { Int32(truncatingIfNeeded: $0) } ?? .min
            ids = json["ids"]?.text ?? ""
            quantity = json["qty"]?.int ?? .min
            fund = json["fund"]?.int ?? .min
        }
    }

    /// Lines screened.
    let lines: Int
    /// Findings there must be, by the cluster's own count.
    let findings: Int

    /// Reads the whole output: each finding goes to `take`, in order. What is neither finding nor count, and counts
    /// that do not match, fail the run.
    init(file: URL, take: (Finding) throws -> Void) throws {
        var lines: Int?
        var findings: Int?
        var taken = 0
        let stream = try FileStream(path: file.path, name: file.lastPathComponent)
        var rest: [UInt8] = []
        func read(_ line: ArraySlice<UInt8>) throws {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix(SparkOutput.linesMark) {
                lines = Int(text.dropFirst(SparkOutput.linesMark.count))
            } else if text.hasPrefix(SparkOutput.findingsMark) {
                findings = Int(text.dropFirst(SparkOutput.findingsMark.count))
            } else if !text.isEmpty {
                guard let json = try? JSON.parse(Array(line)), let finding = Finding(json) else {
                    throw SparkOutput.broken(file)
                }
                try take(finding)
                taken += 1
            }
        }
        while true {
            let block = try stream.read(upTo: BlockSource.blockSize)
            rest += block
            let ends = rest.indices.filter { rest[$0] == 0x0A }
            var start = 0
            for end in ends {
                try read(rest[start..<end])
                start = end + 1
            }
            rest.removeFirst(start)
            if block.isEmpty { break }
        }
        guard rest.isEmpty, let lines, let findings, findings == taken else { throw SparkOutput.broken(file) }
        self.lines = lines
        self.findings = findings
    }

    private static func broken(_ file: URL) -> Problems {
        Problems(Problem("screening.spark.output", field: file.path, "集群返回的疑点不完整,没有写入结果;请查看 spark.log 后重新审核"))
    }
}
