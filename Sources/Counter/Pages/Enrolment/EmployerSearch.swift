import Basics
import Enrolment
import Storage

/// Finding employers (查找单位) by number, credit code or the beginning of the name.
enum EmployerSearch {
    static func find(
        _ asked: String, limit: Int, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [EmployerRecord] {
        // Eighteen digits are a credit code, fewer a number.
        if asked.utf8.count < 18, let number = Int64(asked) {
            return [try Enrolment.employer(tx, area: area, ID(number))].compactMap { $0 }
        }
        return try Enrolment.employers(tx, area: area, EmployerFilter(text: asked), limit: limit)
    }

    /// Every employer that is meant, for lists of what belongs to them; too many are refused.
    static func findAll(_ asked: String, _ area: AreaCode, _ tx: any Transaction) throws -> [EmployerRecord] {
        let found = try find(asked, limit: employersMax + 1, area, tx)
        guard found.count <= employersMax else {
            throw Problem(
                "counter.search.tooMany", field: "q", "“\(asked)”开头的单位超过 \(employersMax) 个,请写全名称,或用统一社会信用代码查找")
        }
        return found
    }

    private static let employersMax = 100
}
