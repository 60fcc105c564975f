import Basics
import Control

extension Actor {
    /// Who it was, for a table of what was done.
    func words(_ staff: [ID<StaffMember>: String]) -> String {
        if case .staff(let id) = self { return staff[id] ?? "\(id)" }
        return description
    }
}
