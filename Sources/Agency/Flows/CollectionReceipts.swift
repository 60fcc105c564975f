import Basics
import Contributions
import Control
import Enrolment
import Policy
import Sheets
import Storage

/// Taking in money (到账): the register tells who pays under a code.
extension Agency {
    /// Finds payers by credit code and by the number of any paper that they registered; a number that is several
    /// people's finds all of them, and the money waits until somebody says whose it is.
    static func findPayers(_ tx: any Transaction, area: AreaCode) -> Contributions.FindPayers {
        { codes in
            var found: [String: [Payer]] = [:]
            for code in codes {
                if let credit = try? CreditCode(code),
                    let employer = try Enrolment.employer(tx, area: area, creditCode: credit)
                {
                    found[code, default: []].append(.employer(employer.id))
                }
                let number = (try? NationalID(code))?.description ?? code.uppercased()
                guard !number.isEmpty else { continue }
                found[code, default: []] += try Enrolment.find(tx, area: area, paperNumber: number).map(Payer.person)
            }
            return found
        }
    }

    /// Takes some lines in within a transaction, in their order.
    ///
    /// - Parameter insurance: for what insurance the file is, where it is for one and does not say so in its lines.
    @discardableResult
    public static func takeIn(
        _ tx: any Transaction, area: AreaCode, from source: ReceiptSource, _ lines: [PaymentLine],
        of insurance: Insurance? = nil, _ ground: Ground
    ) throws -> ReceiptOutcome {
        let policy = try law(tx, area: area)
        let book = try insurance ?? SuspenseBook(policy, source, on: ground.at.day).insurance
        let outcome = try Contributions.takeIn(
            tx, area: area, from: source, lines, insurance: book, find: findPayers(tx, area: area),
            lateFees: lateFees(policy), ground)
        let people = try lines.flatMap { try coveredBy(tx, area: area, source, serial: $0.serial) }
        try refreshCover(tx, area: area, of: people, by: ground.actor, at: ground.at, matter: ground.matter)
        return outcome
    }

    /// What is wrong with the tickets that a file of receipts names (代收票据核对).
    static func ticketProblems(
        _ tx: any Transaction, area: AreaCode, from source: ReceiptSource, _ sheet: ImportSheet<PaymentLine>,
        on today: Day
    ) throws -> Problems {
        try Contributions.ticketProblems(
            tx, area: area, from: source, sheet,
            columns: try ReceiptColumns(law(tx, area: area), source, on: today))
    }

    /// Takes in a file of the tax office, a bank, a terminal or an agent: CSV in UTF-8 or GB18030, or Excel. It is read
    /// whole and refused with every wrong cell; then taken in chunk by chunk, so that a file that was cut off halfway is
    /// handed in again and finishes, and one handed in twice does nothing.
    ///
    ///     let outcome = try await agency.importReceipts(area, from: .bank, bytes, name: "0302.csv", by: .staff(id))
    @discardableResult
    public func importReceipts(
        _ area: AreaCode, from source: ReceiptSource, _ bytes: [UInt8], name: String, by actor: Actor
    ) async throws -> ReceiptOutcome {
        let now = clock()
        let policy = try await store.read { try Agency.law($0, area: area) }
        let columns = try ReceiptColumns(policy, source, on: now.day)
        let sheet = try Contributions.readReceipts(
            try SheetText.read(bytes, name: name), file: name, columns: columns, on: now.day)
        let origin = ImportOrigin(area: area, actor: actor, at: now)
        let batch = try await store.write { tx in
            try Agency.ticketProblems(tx, area: area, from: source, sheet, on: now.day).throwIfAny()
            return try Contributions.registerReceipts(tx, sheet, by: origin)
        }.batch
        let ground = Ground("\(source.name)到账 \(name)", batch: batch, by: actor, at: now)
        var outcome = ReceiptOutcome()
        let all = Contributions.inOrderOfTaking(sheet)
        for start in stride(from: 0, to: all.count, by: Contributions.receiptsMax) {
            let lines = Array(all[start..<min(all.count, start + Contributions.receiptsMax)])
            outcome += try await store.write { try Agency.takeIn($0, area: area, from: source, lines, ground) }
        }
        return outcome
    }

    /// Reconciles a file of a source with what was taken in: POS day by day, the tax office month by month.
    @discardableResult
    public func reconcileReceipts(
        _ area: AreaCode, with source: ReceiptSource, days: ClosedRange<Day>, _ bytes: [UInt8], name: String,
        by actor: Actor
    ) async throws -> ReconciliationSheet {
        let now = clock()
        let policy = try await store.read { try Agency.law($0, area: area) }
        let sheet = try Contributions.readReceipts(
            try SheetText.read(bytes, name: name), file: name,
            columns: try ReceiptColumns(policy, source, on: now.day), on: now.day)
        let stated = sheet.lines.map {
            StatedPayment(serial: $0.row.serial, amount: $0.row.amount, day: $0.row.paidDay)
        }
        return try await store.write { tx in
            try Contributions.reconcile(
                tx, area: area, with: source, days: days, stated: stated,
                Ground("\(source.name)对账 \(name)", by: actor, at: now))
        }
    }
}
