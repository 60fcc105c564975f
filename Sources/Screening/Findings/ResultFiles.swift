import Basics
import Foundation
import Seals

/// Everything in the result folder beside the findings: `summary.csv`, `undecided.csv`, `rejected.csv`, `report.html`
/// and `run.json`.
struct ResultFiles {
    let run: ScreeningRun
    let rules: CompiledRules

    private func write(_ name: String, _ lines: [String]) throws {
        let file = try FileWriter(run.options.out.appending(path: name).path)
        for line in lines { try file.line(line) }
        try file.flush()
    }

    func writeAll() throws {
        try writeSummary()
        try writeUndecided()
        try writeRejected()
        try write("report.html", [ReportPage(run: run, rules: rules).html()])
    }

    private func writeSummary() throws {
        var lines = ["rule_seq,rule_code,rule_name,kind,strength,state,findings,lines,amount,fund_amount,undecided"]
        var open: [Int: Int] = [:]
        for row in run.undecided.rows { if let rule = row.rule { open[rule, default: 0] += row.count } }
        for (index, rule) in rules.knowledge.rules.enumerated() {
            let sum = run.summary.byRule[Int32(index)] ?? Summary.Sum()
            let fields: [String] = [
                rule.sequence.map(String.init) ?? "", rule.code, rule.name, rule.kind?.rawValue ?? "",
                rule.strengthText,
                rule.state.rawValue, "\(sum.findings)", "\(sum.lines)", Figures.yuan(sum.amount),
                Figures.yuan(sum.fund),
                "\(open[index] ?? 0)",
            ]
            lines.append(fields.map(CSVTable.escape).joined(separator: ","))
        }
        try write("summary.csv", lines)
    }

    private func writeUndecided() throws {
        var lines = ["rule_seq,rule_code,rule_name,reason,count"]
        for row in run.undecided.rows {
            let rule = row.rule.map { rules.knowledge.rules[$0] }
            let fields = [
                rule?.sequence.map(String.init) ?? "", rule?.code ?? "", rule?.name ?? "全部规则", row.reason.chinese,
                "\(row.count)",
            ]
            lines.append(fields.map(CSVTable.escape).joined(separator: ","))
        }
        try write("undecided.csv", lines)
    }

    private func writeRejected() throws {
        let rows = run.rejections.named().map { row in
            [row.file, "\(row.line)", row.column, row.reason].map(CSVTable.escape).joined(separator: ",")
        }
        try write("rejected.csv", ["file,line,column,reason"] + rows)
    }

    /// Times and counts; the only result besides `run_id` that two runs over the same data do not share.
    func writeRun() throws {
        var json = JSONWriter(capacity: 8192)
        let result = run.result
        json.object { json in
            json.field("run_id", run.options.runID)
            json.field("extract", run.options.extract.lastPathComponent)
            json.field("began", run.began.formatted(.iso8601))
            json.field("threads", Int64(run.options.threads))
            json.field("memory_bytes", Int64(run.options.memory))
            json.field("partitions", Int64(result.partitions))
            json.field("hot_bytes_a_line", Int64(LineColumns.hotBytes))
            json.field("parameters_version", rules.parameters.version)
            rules.parameters.write(to: &json)
            json.field("caps_area", rules.knowledge.capsArea ?? "")
            json.field("findings_sm3", Hex.encode(run.findingsDigest))
            json.object("counts") { writeCounts(&$0) }
            json.object("milliseconds") { json in
                json.field("read", Int64(result.readSeconds * 1000))
                json.field("screen", Int64(result.screenSeconds * 1000))
                json.field("write", Int64(result.writeSeconds * 1000))
                json.field("build_thread", Int64(result.buildSeconds * 1000))
                json.field("rules_thread", Int64(result.rulesSeconds * 1000))
                json.field("pass_thread", Int64(result.passSeconds * 1000))
            }
            json.array("knowledge") { json in
                for file in rules.knowledge.files {
                    json.object { json in
                        json.field("file", file.name)
                        json.field("sm3", file.hash)
                    }
                }
            }
            json.array("files") { json in
                for file in run.files {
                    json.object { json in
                        json.field("file", file.name)
                        json.field("encoding", file.encoding)
                        json.field("bytes", Int64(file.bytes))
                        json.array("ignored_columns") { json in for column in file.ignoredColumns { json.text(column) }
                        }
                        json.array("missing_columns") { json in for column in file.missingColumns { json.text(column) }
                        }
                    }
                }
            }
        }
        let file = try FileWriter(run.options.out.appending(path: "run.json").path)
        try file.write(json.bytes)
        try file.write([0x0A])
        try file.flush()
    }

    private func writeCounts(_ json: inout JSONWriter) {
        let result = run.result
        json.field("rows_read", Int64(result.rows))
        json.field("rows_rejected", Int64(result.rejected))
        json.field("lines_screened", Int64(result.lines))
        json.field("lines_invalid", Int64(run.dropped.invalid))
        json.field("lines_superseded", Int64(run.dropped.doubled))
        json.field("lines_cancelled", Int64(run.dropped.cancelled))
        json.field("lines_refunded", Int64(run.dropped.refunded))
        json.field("persons", Int64(result.persons))
        json.field("encounters", Int64(result.encounters))
        json.field("findings", Int64(result.findings))
        json.field("spilled_bytes", Int64(result.spilledBytes))
    }
}
