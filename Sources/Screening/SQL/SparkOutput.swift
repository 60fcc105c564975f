import Basics
import Foundation

/// What the SQL program prints on Spark (集群审核的输出): for each file what was read and rejected, a line of JSON a
/// rejected row, a line of JSON a finding, then two counts.
struct SparkOutput {
    static let readMark = "READ "
    static let exampleMark = "EXAMPLE "
    static let rejectedMark = "REJECTED "
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

    /// A row that could not be read: its file by number, its key, the column and the reason.
    struct Rejected: Sendable, Hashable {
        var file: Int
        var column: String
        var reason: String
        var id: String

        init?(_ json: JSON) {
            guard let file = json["file"]?.int, let fault = json["fault"]?.text,
                let mark = fault.firstIndex(of: ScreeningSQL.faultMark)
            else { return nil }
            self.file = Int(file)
            column = String(fault[..<mark])
            reason = String(fault[fault.index(after: mark)...])
            id = json["id"]?.text ?? ""
        }
    }

    /// Rows read and rejected of each file, by its number.
    private(set) var read: [Int: (rows: Int, rejected: Int)] = [:]
    private(set) var examples: [Rejected] = []
    private(set) var rejected: [Rejected] = []
    /// Lines screened; nil when the program did not come so far.
    private(set) var lines: Int?
    /// Findings there must be, by the cluster's own count.
    private(set) var findings: Int?
    private var taken = 0

    /// Reads what was printed: each finding goes to `take`, in order. What is none of all that fails the run.
    init(file: URL, take: (Finding) throws -> Void = { _ in }) throws {
        let stream = try FileStream(path: file.path, name: file.lastPathComponent)
        var rest: [UInt8] = []
        while true {
            let block = try stream.read(upTo: BlockSource.blockSize)
            rest += block
            var start = 0
            for end in rest.indices where rest[end] == 0x0A {
                guard try note(rest[start..<end], take) else { throw SparkOutput.broken(file) }
                start = end + 1
            }
            rest.removeFirst(start)
            if block.isEmpty { break }
        }
        if !rest.isEmpty { throw SparkOutput.broken(file) }
    }

    /// Whether the program came to its end and all findings arrived.
    var isWhole: Bool { lines != nil && findings == taken }

    private mutating func note(_ line: ArraySlice<UInt8>, _ take: (Finding) throws -> Void) throws -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        func after(_ mark: String) -> String? { text.hasPrefix(mark) ? String(text.dropFirst(mark.count)) : nil }
        func row(_ text: String) -> Rejected? { (try? JSON.parse(Array(text.utf8))).flatMap(Rejected.init) }
        if let told = after(SparkOutput.readMark) {
            let figures = told.split(separator: " ").compactMap { Int($0) }
            guard figures.count == 3 else { return false }
            read[figures[0]] = (figures[1], figures[2])
        } else if let told = after(SparkOutput.exampleMark) {
            guard let row = row(told) else { return false }
            examples.append(row)
        } else if let told = after(SparkOutput.rejectedMark) {
            guard let row = row(told) else { return false }
            rejected.append(row)
        } else if let told = after(SparkOutput.linesMark) {
            lines = Int(told)
        } else if let told = after(SparkOutput.findingsMark) {
            findings = Int(told)
        } else if !text.isEmpty {
            guard let json = try? JSON.parse(Array(line)), let finding = Finding(json) else { return false }
            try take(finding)
            taken += 1
        }
        return true
    }

    static func broken(_ file: URL) -> Problems {
        Problems(Problem("screening.spark.output", field: file.path, "集群返回的疑点不完整,没有写入结果;请查看 spark.log 后重新审核"))
    }
}
