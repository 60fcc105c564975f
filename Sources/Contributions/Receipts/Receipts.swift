import Basics
import Control
import Storage

extension Contributions {
    /// Who pays under a code: employers by their credit codes, people by their papers. The registers are other desks'.
    public typealias FindPayers = (Set<String>) throws -> [String: [Payer]]
    /// The late fee's law of a bill's month; nil where there is none.
    public typealias LateFeeLaw = @Sendable (Month) throws -> LateFeeTerms?

    /// As many lines as one transaction takes in.
    public static let receiptsMax = 5_000

    /// Takes in money (到账): each line once by its source and serial, matched to a bill or put into suspense. A serial
    /// that a 更正 took back is taken in anew.
    ///
    /// - Parameter insurance: in whose books money waits that no bill is found for, where the line does not say.
    /// - Throws: `contributions.receipt.different` when a known serial now says another amount.
    @discardableResult
    public static func takeIn(
        _ tx: any Transaction, area: AreaCode, from source: ReceiptSource, _ lines: [PaymentLine],
        insurance: Insurance = .employee, find: FindPayers, lateFees: @escaping LateFeeLaw, _ ground: Ground
    ) throws -> ReceiptOutcome {
        precondition(lines.count <= receiptsMax, "a transaction takes in \(receiptsMax) lines at most")
        var outcome = ReceiptOutcome()
        let entered = try entries(tx, area: area, source, Set(lines.map(\.serial)))
        try differences(lines, entered).throwIfAny()
        let fresh = lines.filter { entered[$0.serial]?.amount == nil }
        outcome.known = lines.count - fresh.count
        guard !fresh.isEmpty else { return outcome }
        try ticketProblems(tx, area: area, fresh.map { ($0, $0.serial) }, entered).throwIfAny()
        var writing = try LevyWriting(tx, area: area, .receipts, ground)
        var taking = try Taking(tx, area: area, source, fresh, entered, find, lateFees, writing.act)
        taking.unknown = insurance
        try taking.run(fresh, &outcome)
        try taking.write(&writing)
        outcome.act = writing.act.id
        try writing.finish(
            #"{"source":\#(source.rawValue),"receipts":\#(outcome.taken),"amount":"\#(outcome.amount)"}"#)
        // A ticket is written off with its first entry.
        try useTickets(tx, area: area, fresh.filter { entered[$0.serial] == nil }.compactMap(\.ticket), ground)
        return outcome
    }

    private static func differences(_ lines: [PaymentLine], _ entered: [String: SerialEntries]) -> Problems {
        var problems = Problems()
        for line in lines {
            if let amount = entered[line.serial]?.amount, amount != line.amount {
                problems.add(
                    "contributions.receipt.different", field: line.serial,
                    "流水号 \(line.serial) 已按 \(amount) 元入账,现在来的是 \(line.amount) 元;请与来源核对,原来入账有误的先办理到账更正,再导入这份文件")
            }
        }
        return problems
    }

    /// What was entered under some serials; those that never were are left out.
    static func entries(
        _ tx: any Transaction, area: AreaCode, _ source: ReceiptSource, _ serials: Set<String>
    ) throws -> [String: SerialEntries] {
        var found: [String: SerialEntries] = [:]
        try Lookup.each(serials.map { Value.text($0) }) { values in
            try tx.forEach(Self.entriesOfSerials, [Value(area), Value(code: source)] + values) { row in
                let isTakenBack = try row.int(3) == 1
                found[try row.text(0)] = SerialEntries(
                    count: try row.int(2), amount: isTakenBack ? nil : try row.money(1))
                return true
            }
        }
        return found
    }

    /// The last entry comes last: it says how the serial stands.
    private static let entriesOfSerials = SQL(
        """
        SELECT r.serial, r.amount_fen, r.entry, CASE WHEN \(Receipt.takenBackOfR) THEN 1 ELSE 0 END FROM receipt r
        WHERE r.area = ? AND r.source = ? AND r.serial IN (\(Lookup.places)) ORDER BY r.serial, r.entry
        """)
}

/// What was entered under a serial so far (流水号入账情况).
struct SerialEntries: Hashable, Sendable {
    /// How often it was entered.
    var count: Int64
    /// With which amount it stands in the books; nil after a 更正 took it back, until it is entered anew.
    var amount: Money?
}

/// Looks many keys up at once, in statements of one length that are prepared once.
enum Lookup {
    static let size = 200
    static let places = Array(repeating: "?", count: size).joined(separator: ", ")

    /// Calls `body` with `size` keys at a time; the last ones are filled up by repetition.
    static func each(_ keys: [Value], _ body: ([Value]) throws -> Void) throws {
        var start = 0
        while start < keys.count {
            let end = min(keys.count, start + size)
            var part = Array(keys[start..<end])
            part += Array(repeating: part[part.count - 1], count: size - part.count)
            try body(part)
            start = end
        }
    }
}

/// The taking in of some lines: candidates are read at once, then each line is matched in memory.
struct Taking {
    private let tx: any Transaction
    private let area: AreaCode
    private let source: ReceiptSource
    private let act: LevyAct
    private let lateFees: Contributions.LateFeeLaw
    private let payers: [String: [Payer]]
    private let entered: [String: SerialEntries]
    /// In whose books money waits that no bill is found for.
    var unknown = Insurance.employee
    private var bills: [ID<LevyBill>: Candidate] = [:]
    private var ofPayer: [Payer: [ID<LevyBill>]] = [:]
    private var originals: [String: Receipt] = [:]
    private var nextNumber: [Int: Int64] = [:]
    private var receipts: [Receipt] = []
    /// What became of the money so far, by receipt, and the receipts that took one back.
    private var uses: [ID<Receipt>: [ReceiptUse]] = [:]
    private var takers: [ID<Receipt>: [ID<Receipt>]] = [:]
    /// The approved refunds that these lines answer (退库).
    private var answered: [(order: RefundOrder, outcome: RefundOrder.Outcome)] = []

    private struct Candidate {
        var bill: LevyBill
        var paid: Money
        var lateFeePaid: Money
        /// What the store knows of the bill; read when its late fee is first asked for.
        var stored: BillHistory?
        /// What these lines have paid of it so far, by day: the store does not know it yet.
        var taken: [PaidPrincipal] = []

        mutating func take(_ principal: Money, _ lateFee: Money, on day: Day) {
            paid += principal
            lateFeePaid += lateFee
            if principal != .zero { taken.append(PaidPrincipal(principal, on: day)) }
        }
    }

    init(
        _ tx: any Transaction, area: AreaCode, _ source: ReceiptSource, _ lines: [PaymentLine],
        _ entered: [String: SerialEntries], _ find: Contributions.FindPayers,
        _ lateFees: @escaping Contributions.LateFeeLaw, _ act: LevyAct
    ) throws {
        self.tx = tx
        self.entered = entered
        self.area = area
        self.source = source
        self.act = act
        self.lateFees = lateFees
        payers = try find(Set(lines.map(\.payerCode).filter { !$0.isEmpty }))
        try readBills(Set(lines.compactMap(\.bill)))
        try readBills(of: Set(lines.filter { $0.bill == nil }.flatMap { payers[$0.payerCode] ?? [] }))
        try readOriginals(Set(lines.compactMap(\.original)))
        for (year, count) in Dictionary(grouping: lines, by: { _ in act.at.day.year }).mapValues(\.count) {
            nextNumber[year] = try Contributions.reserve(tx, area: area, count, of: year)
        }
    }

    // MARK: Reading

    private static let candidate = """
        SELECT \(LevyBill.columnsOfB),
            (SELECT CAST(coalesce(sum(u.principal_fen), 0) AS BIGINT) FROM receipt_use u
                WHERE u.area = b.area AND u.bill = b.id),
            (SELECT CAST(coalesce(sum(u.late_fee_fen), 0) AS BIGINT) FROM receipt_use u
                WHERE u.area = b.area AND u.bill = b.id)
        FROM levy_bill b
        WHERE b.area = ? AND b.purpose <> 6
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = b.area AND x.reverses = b.id)
        """
    private static let candidatesByNumber = SQL("\(candidate) AND b.id IN (\(Lookup.places))")
    private static let candidatesByPayer = SQL("\(candidate) AND b.payer_kind = ? AND b.payer IN (\(Lookup.places))")

    private mutating func readBills(_ ids: Set<ID<LevyBill>>) throws {
        try Lookup.each(ids.map { Value($0) }) { values in
            try read(Self.candidatesByNumber, [Value(area)] + values)
        }
    }

    private mutating func readBills(of payers: Set<Payer>) throws {
        for kind in [Int64(1), 2] {
            let numbers = payers.filter { $0.columns.kind == kind }.map { Value.int($0.columns.number) }
            try Lookup.each(numbers) { values in
                try read(Self.candidatesByPayer, [Value(area), .int(kind)] + values)
            }
        }
    }

    private mutating func read(_ query: SQL, _ arguments: [Value]) throws {
        let count = LevyEvidence.bill.columns.count
        let found = try tx.rows(query, arguments) { row in
            Candidate(
                bill: try LevyBill(row), paid: try row.money(count), lateFeePaid: try row.money(count + 1))
        }
        for candidate in found where bills[candidate.bill.id] == nil {
            bills[candidate.bill.id] = candidate
            ofPayer[candidate.bill.payer, default: []].append(candidate.bill.id)
        }
    }

    /// Of several entries of a serial the last is the one that money went back from.
    private static let originalsBySerial = SQL(
        "\(Receipt.selection) WHERE area = ? AND source = ? AND serial IN (\(Lookup.places)) ORDER BY serial, entry")

    private mutating func readOriginals(_ serials: Set<String>) throws {
        try Lookup.each(serials.map { Value.text($0) }) { values in
            for receipt in try tx.rows(
                Self.originalsBySerial, [Value(area), Value(code: source)] + values, read: { try Receipt($0) })
            {
                originals[receipt.serial] = receipt
            }
        }
    }

    // MARK: Matching

    mutating func run(_ lines: [PaymentLine], _ outcome: inout ReceiptOutcome) throws {
        var problems = Problems()
        for line in lines {
            let receipt = try number(line)
            outcome.taken += 1
            outcome.amount += line.amount
            if line.amount.isNegative {
                do { try takeBack(line, receipt) } catch let problem as Problem { problems.all.append(problem) }
            } else if let (bill, rule) = try match(line) {
                outcome.matched += 1
                outcome.inSuspense += pay(line, receipt, bill, rule)
            } else {
                let book = (line.insurance ?? unknown).book
                add(receipt.id, 1, .suspense, nil, .none, line.amount, .zero, line.paidDay, in: book)
                outcome.inSuspense += line.amount
            }
        }
        try problems.throwIfAny()
    }

    private mutating func number(_ line: PaymentLine) throws -> Receipt {
        let day = act.at.day
        let number = nextNumber[day.year]!
        nextNumber[day.year] = number + 1
        let receipt = Receipt(
            id: try tx.nextID(Receipt.self, "receipt"), act: act.id, year: day.year, number: number, source: source,
            serial: line.serial, payerCode: line.payerCode, payerName: line.payerName, paidDay: line.paidDay,
            arrivedDay: day, amount: line.amount,
            reverses: line.amount.isNegative ? line.original.flatMap { originals[$0]?.id } : nil,
            entry: (entered[line.serial]?.count ?? 0) + 1)
        receipts.append(receipt)
        // What went back later in the same file finds it here: the store does not know it yet.
        if !line.amount.isNegative { originals[receipt.serial] = receipt }
        return receipt
    }

    private mutating func match(_ line: PaymentLine) throws -> (OpenBill, MatchRule)? {
        let own = Set(payers[line.payerCode] ?? [])
        var ids = own.flatMap { ofPayer[$0] ?? [] }
        if let number = line.bill { ids.append(number) }
        var open: [OpenBill] = []
        for id in Set(ids).sorted() {
            if let bill = try openBill(id, on: line.paidDay) { open.append(bill) }
        }
        return ReceiptMatching.match(line, payers: own, bills: open)
    }

    private mutating func openBill(_ id: ID<LevyBill>, on day: Day) throws -> OpenBill? {
        guard let candidate = bills[id] else { return nil }
        let bill = candidate.bill
        var fee = Money.zero
        // Late fees are looked at only where there can be any: for money that is late, or a bill that got some before.
        if bill.insurance != .resident, day > bill.due || candidate.paid > .zero || candidate.lateFeePaid != .zero {
            var history = try candidate.stored ?? Contributions.history(tx, area: area, of: bill)
            bills[id]?.stored = history
            history.payments += candidate.taken
            history.lateFeePaid = candidate.lateFeePaid
            fee = history.standing(of: bill, terms: try lateFees(bill.months.lowerBound), on: day).lateFeeOutstanding
        }
        return OpenBill(
            id: bill.id, payer: bill.payer, insurance: bill.insurance, period: bill.months.lowerBound,
            outstanding: max(.zero, bill.payable - candidate.paid), lateFee: fee)
    }

    /// Principal first, then late fee; what is too much waits in suspense. Answers how much that is.
    private mutating func pay(
        _ line: PaymentLine, _ receipt: Receipt, _ bill: OpenBill, _ rule: MatchRule
    ) -> Money {
        let principal = min(line.amount, bill.outstanding)
        let fee = min(line.amount - principal, bill.lateFee)
        let excess = line.amount - principal - fee
        add(receipt.id, 1, .bill, bill.id, rule, principal, fee, line.paidDay)
        if excess > .zero {
            add(receipt.id, 2, .suspense, nil, rule, excess, .zero, line.paidDay, in: bill.insurance.book)
        }
        bills[bill.id]?.take(principal, fee, on: line.paidDay)
        return excess
    }

    /// Money that went back: out of what the original still has in suspense, then out of the bills it paid.
    private mutating func takeBack(_ line: PaymentLine, _ receipt: Receipt) throws {
        guard let original = line.original.flatMap({ originals[$0] }) else {
            throw Problem(
                "contributions.receipt.noOriginal", field: line.serial,
                "退费 \(line.serial) 的原流水号 \(line.original ?? "") 没有入过账,请先导入原到账文件或与来源核对")
        }
        let open = try Contributions.openRefunds(tx, area: area, of: original.id).filter { order in
            !answered.contains { $0.order.act == order.act }
        }
        let answer = source == .tax ? open.first { $0.amount == line.amount.magnitude } : nil
        if source == .tax, answer == nil, let order = open.first {
            throw Problem(
                "contributions.refund.otherSum", field: line.serial,
                "退费 \(line.serial) 为 \(line.amount.magnitude) 元,而原流水号 \(original.serial) 已核准待税务退库的退费 \(order.act) 为 \(order.amount) 元;"
                    + "请先与税务机关核对,确按此数退的先把退费 \(order.act) 登记为未付再导入")
        }
        if let answer { answered.append((answer, .paid(serial: line.serial, day: line.paidDay))) }
        let reserved = open.filter { $0.act != answer?.act }.map(\.amount).total()
        let family = ([original.id] + takers[original.id, default: []]).flatMap { uses[$0] ?? [] }
        let taken = try Contributions.takeBack(
            tx, area: area, original, line.amount.magnitude, onto: receipt.id, day: line.paidDay,
            reserved: reserved, also: family)
        takers[original.id, default: []].append(receipt.id)
        uses[receipt.id, default: []] += taken
        for use in taken where use.kind == .bill {
            guard let bill = use.bill else { continue }
            bills[bill]?.take(use.principal, use.lateFee, on: use.day)
        }
    }

    private mutating func add(
        _ receipt: ID<Receipt>, _ sequence: Int64, _ kind: ReceiptUse.Kind, _ bill: ID<LevyBill>?, _ rule: MatchRule,
        _ principal: Money, _ lateFee: Money, _ day: Day, in book: Insurance? = nil
    ) {
        uses[receipt, default: []].append(
            ReceiptUse(
                receipt: receipt, sequence: sequence, kind: kind, bill: bill, rule: rule, principal: principal,
                lateFee: lateFee, day: day, book: book))
    }

    // MARK: Writing

    func write(_ writing: inout LevyWriting) throws {
        try writing.write(LevyEvidence.receipt, receipts.map { $0.values(area) })
        try writing.write(
            LevyEvidence.use, Contributions.inOrder(uses.values.flatMap(\.self)).map { $0.values(area, act.id) })
        try writing.write(
            LevyEvidence.refundResult,
            answered.sorted { $0.order.act < $1.order.act }.map {
                Contributions.result(area, $0.order, $0.outcome, act.id)
            })
    }
}
