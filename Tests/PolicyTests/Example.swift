import Basics
import Foundation

@testable import Policy

/// A small town's law as a test writes it: files by name, in a folder of its own that goes when the test ends.
final class PolicyFiles: Sendable {
    let folder: String

    init(_ files: [String: String]) {
        folder = NSTemporaryDirectory() + "policy-\(UUID().uuidString)"
        for (name, text) in files { write(name, Data(text.utf8)) }
    }

    func write(_ name: String, _ data: Data) {
        let url = URL(fileURLWithPath: folder + "/" + name)
        try! FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try! data.write(to: url)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// What the check says, each as `file:line code`, the folder's name taken off.
    func findings(_ declared: [Declaration] = Town.declared) -> [String] {
        PolicyCheck(declared).problems(inFolder: folder).map {
            "\(($0.field ?? "").replacingOccurrences(of: folder + "/", with: "")) \($0.code)"
        }
    }

    func messages(_ declared: [Declaration] = Town.declared) -> [String] {
        PolicyCheck(declared).problems(inFolder: folder).map(\.message)
    }
}

enum Rounds: PolicyChoice {
    case each, whole
    var policyTerm: String { self == .each ? "按次" : "按年" }
}

struct Quota: PolicyReadable, Equatable {
    var name: String
    var limit: Money?
    static let shape = Shape.record([Field("病种", .text), Field("限额", .money, required: false)])

    init?(policyValue: PolicyValue) {
        guard let name: String = policyValue.field("病种"), name != "矛盾" else { return nil }
        self.name = name
        limit = policyValue.field("限额")
    }
}

/// An invented town's parameters, one of each shape.
enum Town {
    static let deductible = Parameter<Money>(
        "stay.deductible", title: "起付标准", by: [.tier, .stay], requiredFor: [.employee])
    static let ratio = Parameter<Rate>("stay.ratio", title: "支付比例", by: [.employment])
    static let bands = Parameter<Bands>("stay.bands", title: "分段比例", by: [group, .tier])
    static let cap = Parameter<Limit>("stay.cap", title: "年度限额")
    static let days = Parameter<Int64>("stay.days", title: "天数", unit: "天")
    static let joined = Parameter<Bool>("stay.joined", title: "合并计算")
    static let rounds = Parameter<Rounds>("stay.rounds", title: "计算方式")
    static let groups = Parameter<[GroupName]>("persons.groups", title: "人群")
    static let diseases = Parameter<Quota>("chronic.diseases", title: "病种", by: [.chronicDisease])
    static let aid = Parameter<Money>("aid.deductible", title: "救助起付线", by: [.assistanceGroup.partial])
    static let group = Dimension("group", title: "人群", .listed(key: "persons.groups", field: "名称"))

    static let declared: [Declaration] = [
        deductible.declaration, ratio.declaration, bands.declaration, cap.declaration, days.declaration,
        joined.declaration, rounds.declaration, groups.declaration, diseases.declaration, aid.declaration,
    ]

    struct GroupName: PolicyReadable {
        var name: String
        static let shape = Shape.record([Field("名称", .text)])
        init?(policyValue: PolicyValue) {
            guard let name: String = policyValue.field("名称") else { return nil }
            self.name = name
        }
    }

    static let head = """
        title: 某镇职工住院待遇
        area: 990999
        name: 某镇
        since: 2024-01-01
        insurance: 310
        parameters:

        """

    static let deductibleText = """
          stay.deductible:
            title: 住院起付标准
            unit: 元
            by: [医疗机构级别, 住院次数]
            values:
              - from: 2024-01-01
                basis: 某医保发〔2023〕1号第三条
                value:
                  三级: {第1次: 1000, 第2次: 500.50, 第3次起: "300"}
                  其余: 200
              - from: 2026-01-01
                basis: 某医保发〔2025〕9号第二条
                value: 800

        """

    /// The head, the required parameter (lines 7 to 18), and from line 19 one more whose value stands on the last
    /// line or lines.
    static func text(_ key: String, unit: String = "", by: String = "", value: String) -> String {
        var lines = ["  \(key):", "    title: 被检查的参数"]
        if !unit.isEmpty { lines.append("    unit: \"\(unit)\"") }
        if !by.isEmpty { lines.append("    by: \(by)") }
        lines += ["    values:", "      - from: 2024-01-01", "        basis: 某医保发〔2023〕1号第九条"]
        lines.append("        value: \(value)")
        return head + deductibleText + lines.joined(separator: "\n") + "\n"
    }
}
