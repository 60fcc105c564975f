import Basics
import Catalogue
import Policy
import Settlement

/// How the lines of one message are compared with what the provider has mapped (上传明细与目录对照核对): the rule of each
/// line's day, and the mappings as they stood approved when the message came.
struct MappingCheck: Sendable {
    let rules: [Day: MappingRule]
    let mappings: ProviderMappings

    /// Why a line cannot be taken in. One that takes another back goes by what was charged then.
    func objection(to line: FeeLineGiven) -> Problem? {
        let day = line.line.occurredAt.day
        guard line.line.original == nil, let rule = rules[day] else { return nil }
        return mappings.objection(
            to: line.line.itemCode, as: line.providerItemCode, on: day, rule: rule,
            field: line.line.place)
    }
}

extension Agency {
    /// What a message's lines are compared with; nil where the law of none of their days asks for it.
    func mappingCheck(_ lines: [FeeLineGiven], _ head: MessageHead) async throws -> MappingCheck? {
        let policy = try policies.area(head.area)
        var rules: [Day: MappingRule] = [:]
        for line in lines {
            let day = line.line.occurredAt.day
            // A day of which the policies say nothing is the settlement's to refuse.
            guard rules[day] == nil, let view = try? policy.on(day) else { continue }
            rules[day] = try Catalogue.mappingRule(view)
        }
        guard rules.values.contains(where: { $0 != .unchecked }) else { return nil }
        return MappingCheck(
            rules: rules, mappings: try await shelf.mappings(head.area, of: head.provider, store))
    }
}
