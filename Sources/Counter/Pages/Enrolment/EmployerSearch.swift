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
}
