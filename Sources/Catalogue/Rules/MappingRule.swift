import Basics

/// What the agency asks of an uploaded fee line's item codes (上传明细与目录对照核对): the area decides, from a day on.
public enum MappingRule: Sendable, Hashable, CaseIterable {
    /// 不核对: the mapping is for queries alone
    case unchecked
    /// 有对照的须一致: a code with an approved mapping is charged as what it is mapped to
    case checked
    /// 必须有对照: and a code without one cannot be charged
    case required
}

/// What the provider's own codes stand for (目录对照), as approved: an immutable snapshot, asked for each fee line. Its
/// holder loads another after a decision (`Catalogue.mappingRevision`).
public struct ProviderMappings: Sendable {
    public let revision: Int64
    private let byCode: [String: [Approved]]

    private struct Approved: Sendable {
        let nationalCode: String
        let first: Day
        let last: Day
    }

    /// - Parameter mappings: those that stand approved; others are passed over.
    public init(revision: Int64, mappings: [ItemMapping]) {
        self.revision = revision
        var byCode: [String: [Approved]] = [:]
        for mapping in mappings where mapping.state == .approved {
            byCode[mapping.ownCode, default: []].append(
                Approved(nationalCode: mapping.nationalCode, first: mapping.first, last: mapping.last))
        }
        self.byCode = byCode
    }

    /// The national code that a code of the provider's own stands for on a day; nil without an approved mapping.
    public func nationalCode(of ownCode: String, on day: Day) -> String? {
        byCode[ownCode]?.first { $0.first <= day && day <= $0.last }?.nationalCode
    }

    /// Why a line with these two codes cannot be taken in; nil when it can.
    public func objection(
        to nationalCode: String, as ownCode: String, on day: Day, rule: MappingRule, field: @autoclosure () -> String
    ) -> Problem? {
        if rule == .unchecked { return nil }
        guard let mapped = self.nationalCode(of: ownCode, on: day) else {
            guard rule == .required else { return nil }
            return Problem(
                "catalogue.mapping.missing", field: field(),
                ownCode.isEmpty
                    ? "明细没有院内编码(medins_list_codg),请补上已审批对照的院内编码后重传"
                    : "院内编码 \(ownCode) 在 \(day) 没有审批通过的目录对照,请先上传对照(3301),审批通过后再上传明细")
        }
        guard mapped != nationalCode else { return nil }
        return Problem(
            "catalogue.mapping.otherItem", field: field(),
            "院内编码 \(ownCode) 在 \(day) 已对照到 \(mapped),明细写的是 \(nationalCode),请按对照改正编码,或重新办理对照(3302、3301)后重传")
    }
}
