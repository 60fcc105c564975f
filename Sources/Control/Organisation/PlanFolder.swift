import Basics
import Foundation

extension OrganisationPlan {
    /// Reads a plan from a folder (knowledge/control); files that are missing and lines that are wrong come back at once.
    public static func load(folder: String) throws -> OrganisationPlan {
        var problems = Problems()
        func read(_ name: String) -> String {
            let path = folder + "/" + name
            guard let data = FileManager.default.contents(atPath: path), let text = String(bytes: data, encoding: .utf8)
            else {
                problems.add(
                    "control.plan.file", field: path, "读不到岗位设置文件“\(path)”,请在程序目录下执行,或指出 knowledge/control 的位置")
                return ""
            }
            return text
        }
        let names = OrganisationFiles.names
        let files = OrganisationFiles(
            sections: read(names.sections), posts: read(names.posts), incompatible: read(names.incompatible),
            limits: read(names.limits))
        try problems.throwIfAny()
        return try OrganisationPlan(files)
    }
}
