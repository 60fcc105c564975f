import Basics
import Contributions
import Control
import Enrolment
import Storage

/// The lump sum for the years that somebody lacks at his retirement (退休一次性补缴): enrolment decides it, contributions bills
/// it, and its receipts say when it was paid.
extension Agency {
    /// Bills what the last decision on somebody's retirement says; of what an earlier decision had him pay, the difference.
    static func billLumpSum(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, _ ground: Ground
    ) throws -> LevyBill {
        let decided = try requireLumpSum(tx, area: area, of: person)
        let month = ground.at.day.month
        let id = try Contributions.billLumpSum(
            tx, area: area, person, decision: decided.seq, month: month, decided.lumpSum, due: month.last, ground)
        guard let bill = try Contributions.bill(tx, area: area, id) else {
            throw StoreError.failed("a bill that was written is not there")
        }
        return bill
    }

    /// The decision whose lump sum is to be billed; otherwise the problem that says why there is none.
    @discardableResult
    static func requireLumpSum(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> RetirementRecord {
        guard let decided = try Enrolment.retirements(tx, area: area, of: person).last, decided.lumpSum > .zero else {
            throw Problem("contributions.lump.none", field: "person", "这个人没有须一次性补缴的退休核定,请先办理退休待遇核定")
        }
        if decided.retiredFrom != nil, try isSettled(tx, area: area, of: person, decided) {
            throw Problem("contributions.lump.settled", field: "person", "这个人的一次性补缴已经缴清并核定了退休待遇,不用再补缴")
        }
        try Contributions.requireUnbilled(tx, area: area, person, decision: decided.seq)
        for number in try lumpNumbers(tx, area: area, of: person) where number != person {
            guard let bill = try Contributions.lumpBill(tx, area: area, of: number) else { continue }
            throw Problem(
                "contributions.lump.merged", field: "person",
                "这个人合并前的编号 \(number) 已核定一次性补缴(应缴单 \(bill.id)),不能重复;请先办理应缴更正整单冲正,已缴的从暂收款认领到新单")
        }
        return decided
    }

    /// Whether nothing is left to bill of a sum that was paid when the retirement was decided: what stands was billed for as
    /// many missing months, or nothing was ever billed here. Where other months are missing now, or the bill was taken back
    /// since, the decision is billed (多缴的转入暂收款).
    private static func isSettled(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ decided: RetirementRecord
    ) throws -> Bool {
        var wasBilled = false
        for number in try lumpNumbers(tx, area: area, of: person) {
            wasBilled = try wasBilled || Contributions.wasLumpBilled(tx, area: area, of: number)
            guard let bill = try Contributions.lumpBill(tx, area: area, of: number) else { continue }
            let billed = try Enrolment.retirements(tx, area: area, of: number).first { $0.seq == bill.decision }
            return billed?.missingMonths == decided.missingMonths
        }
        return !wasBilled
    }

    /// The lump sum that was decided for somebody's missing years under any of his numbers, and the day on which it came in
    /// whole (一次性补缴到账日期): the receipts of its bill say so, nobody types it. A paid one counts, else the last. Nil where
    /// none was decided.
    static func decidedLump(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> (decision: RetirementRecord, paidOn: Day?)? {
        let numbers = try lumpNumbers(tx, area: area, of: person)
        let decisions = try numbers.map { number in
            try Enrolment.retirements(tx, area: area, of: number).filter { $0.lumpSum > .zero }
        }
        for (number, own) in zip(numbers, decisions) {
            guard let bill = try Contributions.lumpBill(tx, area: area, of: number),
                let billed = own.first(where: { $0.seq == bill.decision }),
                let paidOn = try Contributions.settledDay(tx, area: area, of: bill)
            else { continue }
            return (billed, paidOn)
        }
        return decisions.flatMap(\.self).max { $0.at < $1.at }.map { ($0, nil) }
    }

    /// The numbers under which somebody may have been billed: his own first, then those merged into it.
    private static func lumpNumbers(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> [ID<Person>] {
        guard let record = try Enrolment.person(tx, area: area, person) else { return [person] }
        return [person] + (try Enrolment.numbers(tx, area: area, of: record)).filter { $0 != person }
    }

    /// What becomes of a lump sum's bill when somebody's retirement is decided anew without one (改为按月续缴、年限已足): it is
    /// taken back. Answers in words; nothing where no bill stood.
    static func withdrawLumpSum(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ ground: Ground
    ) throws -> String {
        try lumpNumbers(tx, area: area, of: person)
            .compactMap { try Contributions.withdrawLumpSum(tx, area: area, of: $0, ground) }
            .map { ";原一次性补缴应缴单 \($0.id) 已红字冲正,已缴的转入暂收款" }
            .joined()
    }
}
