import Basics
import Enrolment
import Storage

extension Site {
    /// A town as people call it, with its code: 示范镇(990100901). The bare code when no list of towns has it, empty for
    /// none.
    static func townWords(_ tx: any Transaction, area: AreaCode, _ code: String) throws -> String {
        guard !code.isEmpty, let town = try Enrolment.towns(tx, area: area).first(where: { $0.code == code }) else {
            return code
        }
        return "\(town.name)(\(code))"
    }
}
