import Basics
import Storage

/// Reading settlements: one, those of an encounter or a person, lists and totals.
extension SettlementDesk {
    private static let settlementQuery = SQL(SettlementRow.selection + " WHERE area = ? AND id = ?")
    private static let encounterSettlements = SQL(
        SettlementRow.selection + " WHERE area = ? AND encounter_id = ? ORDER BY settled_at, id")

    public static func settlement(
        _ area: AreaCode, _ id: ID<SettlementRecord>, _ tx: any Transaction
    ) throws -> SettlementRow? {
        try tx.one(SettlementRow.self, settlementQuery, Value(area), Value(id))
    }

    /// Every settlement row of an encounter, red ones included, oldest first.
    public static func settlements(
        of encounter: ID<Encounter>, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [SettlementRow] {
        try tx.all(SettlementRow.self, encounterSettlements, Value(area), Value(encounter))
    }

    /// The settlements of an encounter that stand: neither reversed nor themselves red.
    public static func standingSettlements(
        _ area: AreaCode, _ encounter: ID<Encounter>, _ tx: any Transaction
    ) throws -> [SettlementRow] {
        let all = try settlements(of: encounter, area, tx)
        let reversed = Set(all.compactMap { $0.kind == .reversal ? $0.original : nil })
        return all.filter { $0.kind != .reversal && !reversed.contains($0.id) }
    }

    private static let reversalQuery = SQL(
        SettlementRow.selection + " WHERE area = ? AND original_id = ? AND kind = 2")

    /// The red row that took a settlement back, if any.
    public static func reversal(
        of id: ID<SettlementRecord>, _ area: AreaCode, _ tx: any Transaction
    ) throws -> SettlementRow? {
        try tx.one(SettlementRow.self, reversalQuery, Value(area), Value(id))
    }

    private static let recomputationQuery = SQL(
        SettlementRow.selection + " WHERE area = ? AND original_id = ? AND kind = 3")

    /// The settlement that replaced one after an earlier one was reversed, if any.
    public static func recomputation(
        of id: ID<SettlementRecord>, _ area: AreaCode, _ tx: any Transaction
    ) throws -> SettlementRow? {
        try tx.one(SettlementRow.self, recomputationQuery, Value(area), Value(id))
    }

    private static let chainQuery = SQL(
        """
        SELECT \(SettlementRow.columns.map { "s.\($0)" }.joined(separator: ", "))
        FROM encounter e JOIN settlement s ON s.area = e.area AND s.encounter_id = e.id
        WHERE e.area = ? AND e.person_id = ? AND s.insurance = ? AND s.year = ?
        """)

    /// All rows of a person's year in the order in which they moved the accumulators: the chain that leads from the
    /// year's first settlement to the last one, each naming the one before.
    public static func yearChain(
        of person: ID<Person>, _ area: AreaCode, _ insurance: Insurance, year: Int64, _ tx: any Transaction
    ) throws -> [SettlementRow] {
        let all = try tx.all(
            SettlementRow.self, chainQuery, Value(area), Value(person), .int(insurance.rawValue), .int(year))
        var next: [ID<SettlementRecord>?: SettlementRow] = [:]
        for bill in all { next[bill.previous] = bill }
        var chain: [SettlementRow] = []
        var place: ID<SettlementRecord>?
        while let bill = next[place], chain.count < all.count {
            chain.append(bill)
            place = bill.id
        }
        guard chain.count == all.count else { throw StoreError.damaged("settlement.previous_id of \(person)") }
        return chain
    }

    private static let elsewhereQuery = SQL(
        SettlementRow.selection + " WHERE area = ? AND elsewhere <> '' ORDER BY id LIMIT ?")

    /// Settlements that went on from the year of another number of the same person.
    public static func settlementsSeeingElsewhere(
        _ area: AreaCode, limit: Int, _ tx: any Transaction
    ) throws -> [SettlementRow] {
        try tx.all(SettlementRow.self, elsewhereQuery, Value(area), .int(Int64(limit)))
    }

    // MARK: Lists

    /// What a list of settlements is narrowed to; at least one of provider, person or days should be given.
    public struct SettlementFilter: Sendable, Hashable {
        public var provider: ID<Provider>?
        public var person: ID<Person>?
        public var firstDay: Day?
        public var lastDay: Day?
        public var careType: CareType?
        public var insurance: Insurance?

        public init(
            provider: ID<Provider>? = nil, person: ID<Person>? = nil, firstDay: Day? = nil, lastDay: Day? = nil,
            careType: CareType? = nil, insurance: Insurance? = nil
        ) {
            self.provider = provider
            self.person = person
            self.firstDay = firstDay
            self.lastDay = lastDay
            self.careType = careType
            self.insurance = insurance
        }
    }

    /// The key of a row in a list that runs from the newest day to the oldest.
    public struct SettlementPlace: Sendable, Hashable {
        public var day: Day
        public var id: ID<SettlementRecord>

        public init(day: Day, id: ID<SettlementRecord>) {
            self.day = day
            self.id = id
        }
    }

    public struct SettlementPage: Sendable {
        public var bills: [SettlementRow]
        /// Begin the next page after this place; nil at the end.
        public var next: SettlementPlace?
    }

    /// A page of settlements, newest first, never more than `pageMax`.
    public static func settlements(
        _ area: AreaCode, _ filter: SettlementFilter, after place: SettlementPlace? = nil, limit: Int,
        _ tx: any Transaction
    ) throws -> SettlementPage {
        let limit = min(max(limit, 1), pageMax)
        let (query, arguments) = listQuery(area, filter, after: place, limit: limit)
        let bills: [SettlementRow] = try tx.rows(query, arguments) { try SettlementRow($0) }
        let next = bills.count == limit ? bills.last.map { SettlementPlace(day: $0.settledDay, id: $0.id) } : nil
        return SettlementPage(bills: bills, next: next)
    }

    /// The query of a list, apart, so that its plan can be looked at. A person's list starts from the person's
    /// encounters; any other runs along the index of its provider or of the day.
    public static func listQuery(
        _ area: AreaCode, _ filter: SettlementFilter, after place: SettlementPlace?, limit: Int
    ) -> (SQL, [Value]) {
        var arguments: [Value] = [Value(area)]
        let columns = SettlementRow.columns.map { "s.\($0)" }.joined(separator: ", ")
        var text: String
        if let person = filter.person {
            text = """
                SELECT \(columns) FROM encounter e JOIN settlement s ON s.area = e.area AND s.encounter_id = e.id
                WHERE e.area = ? AND e.person_id = ?
                """
            arguments.append(Value(person))
        } else {
            text = "SELECT \(columns) FROM settlement s WHERE s.area = ?"
        }
        if let provider = filter.provider {
            text += " AND s.provider_id = ?"
            arguments.append(Value(provider))
        }
        text += " AND s.settled_day >= ? AND s.settled_day <= ?"
        arguments.append(Value(filter.firstDay ?? Day(number: 0)))
        // The place after which the page begins also bounds the index: (day, id) below it.
        let lastDay = min(filter.lastDay ?? Day(number: .max), place?.day ?? Day(number: .max))
        arguments.append(Value(lastDay))
        if let place {
            text += " AND (s.settled_day < ? OR s.id < ?)"
            arguments += [Value(place.day), Value(place.id)]
        }
        if let care = filter.careType {
            text += " AND s.care_type = ?"
            arguments.append(.int(care.rawValue))
        }
        if let insurance = filter.insurance {
            text += " AND s.insurance = ?"
            arguments.append(.int(insurance.rawValue))
        }
        text += " ORDER BY s.settled_day DESC, s.id DESC LIMIT ?"
        arguments.append(.int(Int64(limit)))
        return (SQL(text), arguments)
    }

    // MARK: Filings

    private static let filingQuery = SQL(FilingRecord.selection + " WHERE area = ? AND id = ?")
    private static let filingWithdrawalQuery = SQL(FilingWithdrawal.selection + " WHERE area = ? AND filing_id = ?")
    private static let filingsQuery = SQL(
        """
        SELECT \(FilingRecord.columns.map { "f.\($0)" }.joined(separator: ", "))
        FROM filing f LEFT JOIN filing_withdrawal w ON w.area = f.area AND w.filing_id = f.id
        WHERE f.area = ? AND f.person_id = ? AND w.filing_id IS NULL
        ORDER BY f.begin_day DESC, f.id DESC LIMIT \(pageMax)
        """)

    public static func filing(_ area: AreaCode, _ id: ID<Filing>, _ tx: any Transaction) throws -> FilingRecord? {
        try tx.one(FilingRecord.self, filingQuery, Value(area), Value(id))
    }

    public static func withdrawal(
        of id: ID<Filing>, _ area: AreaCode, _ tx: any Transaction
    ) throws -> FilingWithdrawal? {
        try tx.one(FilingWithdrawal.self, filingWithdrawalQuery, Value(area), Value(id))
    }

    /// A person's filings that stand, newest first (5301, 5302, 5304).
    public static func filings(
        of person: ID<Person>, _ area: AreaCode, kind: FilingKind? = nil, on day: Day? = nil, _ tx: any Transaction
    ) throws -> [FilingRecord] {
        let all = try tx.all(FilingRecord.self, filingsQuery, Value(area), Value(person))
        return all.filter { filing in
            (kind == nil || filing.kind == kind) && (day.map { filing.period.contains($0) } ?? true)
        }
    }
}

extension SettlementDesk {
    /// Walks all settlements that a filter names, page by page, however many there are.
    public static func forEachSettlement(
        _ area: AreaCode, _ filter: SettlementFilter, _ tx: any Transaction,
        _ body: (SettlementRow) throws -> Void
    ) throws {
        var place: SettlementPlace?
        repeat {
            let page = try settlements(area, filter, after: place, limit: pageMax, tx)
            for row in page.bills { try body(row) }
            place = page.next
        } while place != nil
    }
}
