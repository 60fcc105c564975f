import ArgumentParser
import Basics
import Benefits
import Foundation
import Policy

/// `yibao settle BILL.json --policy policies/demo`: the benefit calculation alone, without a database.
struct SettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle", abstract: "待遇计算器:按政策文件结算一张费用单,不需要数据库",
        discussion: "费用单和结果用国家接口的字段名,每个字段见 docs/calculator.md;加 --explain 打印参保人能看懂的说明表。示例见 examples/bills。")

    @Argument(help: "费用单文件(JSON);写 - 从管道读入")
    var bill: String

    @Option(help: "政策文件夹")
    var policy = "policies/demo"

    @Option(name: .customLong("on"), help: "按哪一天的政策,如 2026-03-01;不写时按费用单的结算日")
    var day: String?

    @Flag(help: "打印说明表,代替 JSON")
    var explain = false

    func run() async throws {
        do {
            let document = try JSON.parse([UInt8](try content()))
            var reader = BillReader(document)
            let request = try reader.read()
            let terms = try terms(for: request)
            let outcome = try Benefits.settle(request.bill, terms: terms, soFar: try request.yearSoFar(terms))
            print(explain ? explanation(outcome, terms) : StatementWriter(request, outcome, terms).text)
        } catch {
            throw SettleCommand.sentence(error, bill)
        }
    }

    private func content() throws -> Data {
        guard bill == "-" else { return try Data(contentsOf: URL(filePath: bill)) }
        return try FileHandle.standardInput.readToEnd() ?? Data()
    }

    private func terms(for request: BillRequest) throws -> BenefitTerms {
        let book = try PolicyBook.load(policy)
        guard let area = request.area ?? (book.areas.count == 1 ? book.areas.keys.first : nil) else {
            throw Problem(
                "settle.area", field: "insuplc_admdvs", "政策文件夹里有几个统筹区,请在费用单里写明 insuplc_admdvs(参保地医保区划)")
        }
        let law = try book.area(area)
        let visit = request.bill.visit
        if let day {
            guard let day = Day(day) else {
                throw Problem("settle.day", field: "--on", "日期“\(day)”不存在或写法不对,应写成 2026-03-01")
            }
            return try BenefitTerms(law.on(day, for: request.bill.insured.insurance))
        }
        let atEnd = try BenefitTerms(law.on(visit.end, for: request.bill.insured.insurance))
        guard atEnd.year.policyDay == .begin, visit.begin != visit.end else { return atEnd }
        return try BenefitTerms(law.on(visit.begin, for: request.bill.insured.insurance))
    }

    private func explanation(_ outcome: Outcome, _ terms: BenefitTerms) -> String {
        """
        费用由谁承担
        \(Explanation.shares(outcome).text)
        怎样算出来的
        \(Explanation.table(outcome.steps, terms: terms).text)
        """
    }

    /// Problems in Chinese on the error output, and exit code 1.
    private static func sentence(_ error: any Error, _ file: String) -> any Error {
        let text: String
        switch error {
        case let problems as Problems: text = problems.description
        case let problem as Problem: text = problem.description
        case let failure as JSON.Failure: text = failure.problem(field: file).description
        default: text = "读不了文件 \(file),请检查路径和权限"
        }
        FileHandle.standardError.write(Data((text + "\n").utf8))
        return ExitCode(1)
    }
}
