import ArgumentParser
import Basics
import Foundation
import Screening

/// `yibao rules`: the register of the national rules; `yibao rules show CODE` explains one with its points.
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "国家审核规则登记", subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "列出 88 条国家规则和机构模型")
        @Option(help: "随系统的知识库文件夹") var knowledgeBase: String?

        func run() async throws {
            let known = try RulesCommand.knowledge(knowledgeBase, extra: nil)
            for state in RuleState.allCases {
                let rules = known.rules.filter { $0.state == state }
                print("\n\(state.rawValue)(\(rules.count) 条)")
                for rule in rules {
                    let number = rule.sequence.map { $0 < 10 ? " \($0)" : "\($0)" } ?? " -"
                    let reason = rule.reason.isEmpty ? "" : ":" + rule.reason
                    print("  \(number)  \(rule.code)  \(rule.name)\(known.traits(of: rule))\(reason)")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "说明一条规则和它的知识点")
        @Argument(help: "规则编码或国家规则的序号") var code: String
        @Option(help: "随系统的知识库文件夹") var knowledgeBase: String?
        @Option(help: "机构自己的知识点和表格所在文件夹") var knowledge: String?

        func run() async throws {
            let known = try RulesCommand.knowledge(knowledgeBase, extra: knowledge)
            guard let rule = known.rules.first(where: { $0.code == code || $0.sequence.map(String.init) == code })
            else {
                throw ValidationError("没有规则“\(code)”,请用 yibao rules 查看编码")
            }
            print("\(rule.code)  \(rule.name)")
            print("类别:\(rule.field) · \(rule.family)")
            if !rule.definition.isEmpty { print("定义:\(rule.definition)") }
            let strength = rule.strength?.rawValue ?? "无"
            print("类型:\(rule.kind?.rawValue ?? "无")  强度:\(strength)  状态:\(rule.state.rawValue)")
            if rule.onlyInScope { print("只看基金支付范围内的明细。") }
            if !rule.knowledge.isEmpty { print("知识来源:\(rule.knowledge)") }
            if !rule.reason.isEmpty { print("说明:\(rule.reason)") }
            for line in known.pointLines(of: rule) { print("  " + line) }
        }
    }

    fileprivate static func knowledge(_ base: String?, extra: String?) throws -> KnowledgeBase {
        do {
            let folder = try base.map { URL(fileURLWithPath: $0) } ?? KnowledgeBase.standardFolder()
            return try KnowledgeBase(folder: folder, extra: extra.map { URL(fileURLWithPath: $0) })
        } catch let problems as Problems {
            throw ValidationError(problems.description)
        }
    }
}
