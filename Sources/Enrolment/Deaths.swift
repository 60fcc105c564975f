import Basics
import Storage

extension Enrolment {
    /// The day on which each who is registered as dead died (死亡日期).
    public static func deaths(_ tx: any Transaction, area: AreaCode) throws -> [ID<Person>: Day] {
        var deaths: [ID<Person>: Day] = [:]
        try tx.forEach("SELECT person, died_day FROM person_death WHERE area = ?", [Value(area)]) { row in
            deaths[try row.id(0)] = try row.day(1)
            return true
        }
        return deaths
    }
}
