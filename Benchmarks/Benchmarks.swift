import Agency
import ArgumentParser
import Foundation
import Policy

/// What docs/performance.md reports, measured anew: `make bench`.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "yibao-bench", abstract: "测速")

    @Option(help: "政策文件夹")
    var policies = "policies"

    @Option(help: "成组落盘的结算笔数,0 为不测")
    var settlements = 40_000

    @Option(help: "增长试验的总笔数")
    var growth = 200_000

    @Option(help: "增长试验每步笔数")
    var step = 50_000

    @Option(help: "批量名单行数")
    var lines = 100_000

    @Option(help: "待办试验的环节总数,0 为不测")
    var lists = 10_000_000

    @Option(help: "年度征缴试验的人数,逗号分隔;0 为不测")
    var collection = "10000,100000"

    @Option(help: "科目表文件")
    var chart = "knowledge/fund/chart.csv"

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("yibao-bench-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let book = try PolicyBook.load(policies, declared: Agency.declarations)
        var report = Report()
        Report.header()
        if settlements > 0 {
            try Calculation.measure(&report, policies: book)
            try await Durable.measure(&report, policies: book, folder: folder, count: settlements)
        }
        if lines > 0 { try await Lists.measure(&report, folder: folder, count: lines) }
        let sizes = collection.split(separator: ",").compactMap { Int($0) }.filter { $0 > 0 }
        try await CollectionYear.measure(&report, policies: book, folder: folder, sizes: sizes, chart: chart)
        if growth > 0 { try await Durable.growth(&report, policies: book, folder: folder, total: growth, step: step) }
        if lists > 0 { try await WorkLists.measure(&report, folder: folder, steps: lists) }
        if report.rows.contains(where: { $0.holds == false }) { throw ExitCode(1) }
    }
}
