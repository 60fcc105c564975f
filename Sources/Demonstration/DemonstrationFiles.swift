import Basics
import Control
import Foundation

/// The texts a demonstration county is made from: catalogues, the area's terms, illnesses, the chart of accounts.
public struct DemonstrationFiles: Sendable {
    public struct File: Sendable {
        public let name: String
        public let text: String
    }

    public let drugs: File
    public let services: File
    public let consumables: File
    public let terms: File
    public let diagnoses: File
    public let procedures: File
    public let divisions: File
    public let chronicDiseases: File
    public let dictionary: File
    public let illnesses: File
    public let baskets: File
    public let chart: File
    public let staff: File
    /// Sections, posts and what must stay apart.
    public let organisation: OrganisationPlan

    /// Reads them from the folder `knowledge`; every file that is missing is told at once.
    public init(folder: String) throws {
        var problems = Problems()
        func read(_ path: String) -> File {
            guard let data = FileManager.default.contents(atPath: folder + "/" + path),
                let text = String(bytes: data, encoding: .utf8)
            else {
                problems.add(
                    "demonstration.file", field: folder + "/" + path, "读不到这个文件,请用 --knowledge 指出 knowledge 文件夹")
                return File(name: path, text: "")
            }
            return File(name: path, text: text)
        }
        drugs = read("catalogue/drugs.csv")
        services = read("catalogue/services.csv")
        consumables = read("catalogue/demo/consumables.csv")
        terms = read("catalogue/demo/terms.csv")
        diagnoses = read("catalogue/diagnoses.csv")
        procedures = read("catalogue/procedures.csv")
        divisions = read("catalogue/divisions.csv")
        chronicDiseases = read("dictionaries/chronic_diseases.csv")
        dictionary = read("dictionaries/national.csv")
        illnesses = read("demonstration/illnesses.csv")
        baskets = read("demonstration/baskets.csv")
        chart = read("fund/chart.csv")
        staff = read("demonstration/staff.csv")
        try problems.throwIfAny()
        organisation = try OrganisationPlan.load(folder: folder + "/control")
    }

    /// The same with only the catalogue lines that the demonstration's visits use: a county for tests, ready sooner.
    public func trimmed() throws -> DemonstrationFiles {
        let illnesses = try Illnesses(illnesses: illnesses.text, baskets: baskets.text)
        let items = Set(illnesses.baskets.values.joined().map(\.item))
        let codes = Set(illnesses.all.map(\.diagnosis))
        let procedures = Set(illnesses.all.compactMap(\.procedure))
        return DemonstrationFiles(self, items: items, diagnoses: codes, procedures: procedures)
    }

    private init(
        _ all: DemonstrationFiles, items: Set<String>, diagnoses codes: Set<String>, procedures operations: Set<String>
    ) {
        func keep(_ file: File, _ wanted: Set<String>) -> File {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: true)
            let kept = lines.enumerated().filter { index, line in
                index == 0 || wanted.contains(String(line.prefix { $0 != "," }))
            }
            return File(name: file.name, text: kept.map(\.element).joined(separator: "\n") + "\n")
        }
        drugs = keep(all.drugs, items)
        services = keep(all.services, items)
        consumables = all.consumables
        terms = all.terms
        diagnoses = keep(all.diagnoses, codes)
        procedures = keep(all.procedures, operations)
        divisions = keep(all.divisions, ["110101"])
        chronicDiseases = all.chronicDiseases
        dictionary = all.dictionary
        illnesses = all.illnesses
        baskets = all.baskets
        chart = all.chart
        staff = all.staff
        organisation = all.organisation
    }
}
