import Basics
import Enrolment
import Storage

/// Finding people (查找参保人) by what somebody at the counter says or hands over.
enum PersonSearch {
    /// By number where what was typed is one (identity, card, person), else by the beginning of the name.
    static func find(
        _ asked: String, after: ID<Person> = ID(0), limit: Int, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [InsuredPerson] {
        try numbers(asked, after: after, limit: limit, area, tx).compactMap {
            try Enrolment.insured(tx, area: area, $0)
        }
    }

    private static func numbers(
        _ asked: String, after: ID<Person>, limit: Int, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [ID<Person>] {
        if let national = try? NationalID(asked) {
            return [try Enrolment.find(tx, area: area, paper: IdentityPaper(national))].compactMap { $0 }
        }
        if asked.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return [Int64(asked).map { ID($0) }, try Enrolment.find(tx, area: area, card: asked)].compactMap { $0 }
        }
        return try Enrolment.search(tx, area: area, name: asked, after: after, limit: limit).map(\.id)
    }

    /// A list shows enough of an identity number to tell people apart, and no more.
    static func masked(_ number: String) -> String {
        guard number.count > 8 else { return number }
        return number.prefix(6) + String(repeating: "*", count: max(0, number.count - 10)) + number.suffix(4)
    }
}
