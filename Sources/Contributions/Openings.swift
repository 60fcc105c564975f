import Basics
import Control
import Storage

/// The person a line of an import file means, by the paper that the file names.
public struct PersonReference: Hashable, Sendable {
    /// `psn_cert_type`
    public var paperKind: Int64
    /// `certno`
    public var paperNumber: String
}

/// One line of an opening file (期初余额).
public struct OpeningLine: Hashable, Sendable {
    public var person: PersonReference
    public var balance: Money
}

/// One line of a sharing file (家庭共济关系).
public struct SharingLine: Hashable, Sendable {
    public var owner: PersonReference
    public var beneficiary: PersonReference
    public var relation: FamilyRelation
    public var first: Day
}

/// A sharing of one account with one relative (家庭共济关系).
public enum AccountSharing {}

/// How the beneficiary stands to the owner of the account (家庭共济 covers these).
public enum FamilyRelation: Int64, Sendable, CaseIterable {
    /// 配偶
    case spouse = 1
    /// 父母
    case parent = 2
    /// 子女
    case child = 3
    /// 其他近亲属
    case otherRelative = 4
}

extension Contributions {
    /// Finds the person a file means. The register of people is another desk's; the caller asks it.
    public typealias FindPerson = (PersonReference) throws -> ID<Person>?

    /// Reads an opening file: `psn_cert_type, certno, balc`.
    public static func readOpenings(_ text: String, file: String) throws(Problems) -> ImportSheet<OpeningLine> {
        try ImportSheet(text, file: file, required: ["psn_cert_type", "certno", "balc"]) {
            (fields: inout FieldReader) -> OpeningLine? in
            let person = readPerson(&fields, "psn_cert_type", "certno")
            guard let balance = fields.money("balc"), let person else { return nil }
            if balance <= .zero {
                fields.reject("contributions.opening.amount", "balc", "期初余额应大于 0,没有余额的人不必导入")
            }
            return OpeningLine(person: person, balance: balance)
        }
    }

    /// Reads a sharing file: `owner_cert_type, owner_certno, psn_cert_type, certno, relation, begndate`.
    public static func readSharings(_ text: String, file: String) throws(Problems) -> ImportSheet<SharingLine> {
        try ImportSheet(
            text, file: file,
            required: ["owner_cert_type", "owner_certno", "psn_cert_type", "certno", "relation", "begndate"]
        ) { (fields: inout FieldReader) -> SharingLine? in
            let owner = readPerson(&fields, "owner_cert_type", "owner_certno")
            let beneficiary = readPerson(&fields, "psn_cert_type", "certno")
            let relation = fields.code("relation", FamilyRelation.self)
            let first = fields.day("begndate")
            guard let owner, let beneficiary, let relation, let first else { return nil }
            if owner == beneficiary {
                fields.reject("contributions.sharing.self", "certno", "账户所有人和使用人是同一人,请核对证件号码")
            }
            return SharingLine(owner: owner, beneficiary: beneficiary, relation: relation, first: first)
        }
    }

    private static func readPerson(_ fields: inout FieldReader, _ kind: String, _ number: String) -> PersonReference? {
        let text = fields.text(kind, upTo: 6)
        guard let paperNumber = fields.text(number, upTo: 50), let text else { return nil }
        guard let paperKind = Int64(text) else {
            fields.reject("import.code", kind, "证件类型“\(text)”不是数字代码,居民身份证请填 01")
            return nil
        }
        return PersonReference(paperKind: paperKind, paperNumber: paperNumber.uppercased())
    }

    /// Imports opening balances: one for each person, once.
    public static func importOpenings(
        _ tx: any Transaction, _ sheet: ImportSheet<OpeningLine>, by origin: ImportOrigin, find: FindPerson
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.openings, by: origin) { batch in
            let lines = try resolve(tx, sheet, area: origin.area, find: find)
            let entries = try lines.map { person, balance in
                let after = try add(tx, balance, to: person, area: origin.area)
                return AccountEntry(
                    id: try tx.nextID(AccountEntry.self, "account_entry"), area: origin.area, owner: person,
                    sequence: after.sequence, kind: .opening, amount: balance, balance: after.balance,
                    patient: person, batch: batch.raw, at: origin.at)
            }
            try tx.insert(
                into: "account_entry", columns: AccountEntry.evidence.columns.map(\.name), rows: entries.map(\.values))
            return entries.count
        }
    }

    /// What an import of openings brought in all.
    public static func openingTotal(
        _ tx: any Transaction, area: AreaCode, of batch: ID<ImportBatch>
    ) throws -> Money {
        try tx.first(openingSum, Value(area), Value(batch)) { try $0.money(0) } ?? .zero
    }

    private static let openingSum: SQL = """
        SELECT CAST(COALESCE(sum(amount_fen), 0) AS BIGINT) FROM account_entry WHERE area = ? AND batch = ?
        """

    /// The openings that are new; a second and different one for a person is a problem.
    private static func resolve(
        _ tx: any Transaction, _ sheet: ImportSheet<OpeningLine>, area: AreaCode, find: FindPerson
    ) throws -> [(person: ID<Person>, balance: Money)] {
        var problems = Problems()
        var fresh: [(person: ID<Person>, balance: Money)] = []
        var seen: [ID<Person>: Money] = [:]
        for (number, line) in sheet.lines {
            guard let person = try find(line.person) else {
                problems.all.append(unknownPerson(line.person, at: sheet.place(number)))
                continue
            }
            if let known = try seen[person] ?? opening(tx, area: area, of: person) {
                if known != line.balance {
                    problems.add(
                        "contributions.opening.different", field: sheet.place(number),
                        "\(line.person.paperNumber) 已有期初余额 \(known),与本行 \(line.balance) 不同,请核对后只留一个")
                }
                continue
            }
            seen[person] = line.balance
            fresh.append((person, line.balance))
        }
        try problems.throwIfAny()
        return fresh
    }

    private static func opening(_ tx: any Transaction, area: AreaCode, of person: ID<Person>) throws -> Money? {
        try tx.first(openingSelection, Value(area), Value(person)) { try $0.money(0) }
    }

    private static let openingSelection: SQL = """
        SELECT amount_fen FROM account_entry WHERE area = ? AND person = ? AND kind = 1
        """

    private static func unknownPerson(_ person: PersonReference, at place: String) -> Problem {
        Problem(
            "contributions.person.unknown", field: place, "没有登记证件号码 \(person.paperNumber) 的人员,请先导入人员")
    }

    // MARK: - Family sharing

    /// Imports family sharings (家庭共济). A sharing that is open already is passed over.
    public static func importSharings(
        _ tx: any Transaction, _ sheet: ImportSheet<SharingLine>, by origin: ImportOrigin, find: FindPerson
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.sharings, by: origin) { batch in
            var problems = Problems()
            var written = 0
            for (number, line) in sheet.lines {
                if let bound = objection(to: line.first, today: origin.at.day, at: sheet.place(number)) {
                    problems.all.append(bound)
                    continue
                }
                let owner = try find(line.owner)
                let beneficiary = try find(line.beneficiary)
                if owner == nil { problems.all.append(unknownPerson(line.owner, at: sheet.place(number))) }
                if beneficiary == nil { problems.all.append(unknownPerson(line.beneficiary, at: sheet.place(number))) }
                guard let owner, let beneficiary, try !isShared(tx, area: origin.area, owner, beneficiary) else {
                    continue
                }
                _ = try writeSharing(
                    tx, area: origin.area, owner: owner, beneficiary: beneficiary, line.relation, from: line.first,
                    by: origin.actor, at: origin.at, batch: batch)
                written += 1
            }
            try problems.throwIfAny()
            return written
        }
    }

    /// Personal accounts began with 国发〔1998〕44号; what begins after today is bound at the desk.
    private static let accountsSince = Day(year: 1998, month: 12, day: 14)!

    private static func objection(to day: Day, today: Day, at place: String) -> Problem? {
        if day >= accountsSince, day <= today { return nil }
        return Problem(
            "contributions.sharing.bounds", field: place,
            "开始日期 \(day) 不在 \(accountsSince) 至 \(today) 之间,请核对;以后才开始的请办理家庭共济绑定")
    }

    static func isShared(
        _ tx: any Transaction, area: AreaCode, _ owner: ID<Person>, _ beneficiary: ID<Person>
    ) throws -> Bool {
        try tx.first(openSharing, Value(area), Value(beneficiary), Value(owner)) { try $0.int(0) } != nil
    }

    private static let openSharing: SQL = """
        SELECT s.id FROM account_sharing s
        WHERE s.area = ? AND s.beneficiary = ? AND s.owner = ?
            AND NOT EXISTS (SELECT 1 FROM account_sharing_end e WHERE e.area = s.area AND e.sharing = s.id)
        """

    /// Lets a relative use the owner's account from a day on.
    public static func share(
        _ tx: any Transaction, area: AreaCode, owner: ID<Person>, beneficiary: ID<Person>, _ relation: FamilyRelation,
        from first: Day, matter: ID<Matter>? = nil, by actor: Actor, at: Moment
    ) throws -> ID<AccountSharing> {
        try requireUnshared(tx, area: area, owner: owner, beneficiary: beneficiary)
        let id = try writeSharing(
            tx, area: area, owner: owner, beneficiary: beneficiary, relation, from: first, by: actor, at: at,
            matter: matter)
        try Evidence.shared.record(tx, area: area, subject: id.raw, by: actor, at: at)
        return id
    }

    /// Refuses to share with oneself, or twice.
    public static func requireUnshared(
        _ tx: any Transaction, area: AreaCode, owner: ID<Person>, beneficiary: ID<Person>
    ) throws {
        guard owner != beneficiary else {
            throw Problem(
                "contributions.sharing.self", field: "beneficiary", "账户所有人和使用人是同一人,请核对证件号码")
        }
        guard try !isShared(tx, area: area, owner, beneficiary) else {
            throw Problem("contributions.sharing.doubled", field: "beneficiary", "两人之间已有共济关系,不必重复办理")
        }
    }

    private static func writeSharing(
        _ tx: any Transaction, area: AreaCode, owner: ID<Person>, beneficiary: ID<Person>, _ relation: FamilyRelation,
        from first: Day, by actor: Actor, at: Moment, batch: ID<ImportBatch>? = nil, matter: ID<Matter>? = nil
    ) throws -> ID<AccountSharing> {
        let id = try tx.nextID(AccountSharing.self, "account_sharing")
        try tx.execute(
            sharingInsertion, Value(area), Value(id), Value(owner), Value(beneficiary), Value(code: relation),
            Value(first), Value(batch), Value(matter), .int(actor.columns.kind), .int(actor.columns.number),
            Value(at))
        return id
    }

    private static let sharingInsertion: SQL = """
        INSERT INTO account_sharing
            (area, id, owner, beneficiary, relation, first_day, batch, matter, actor_kind, actor, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// Ends a sharing; its last day still counts.
    public static func endSharing(
        _ tx: any Transaction, area: AreaCode, _ sharing: ID<AccountSharing>, last: Day, matter: ID<Matter>? = nil,
        by actor: Actor, ground: String, at: Moment
    ) throws {
        try tx.execute(
            sharingEnd, Value(area), Value(sharing), Value(last), Value(matter), .int(actor.columns.kind),
            .int(actor.columns.number), .text(ground), Value(at))
        try Evidence.sharingEnded.record(tx, area: area, subject: sharing.raw, by: actor, at: at)
    }

    private static let sharingEnd: SQL = """
        INSERT INTO account_sharing_end (area, sharing, last_day, matter, actor_kind, actor, ground, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
}
