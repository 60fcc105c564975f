import Basics
import Control
import Storage

/// The providers desk (定点机构管理): who may settle, since when, at which tier, and with which key it signs.
public enum Providers {
    /// Grows with each change; a `ProviderDirectory` of an older revision is out of date.
    public static func revision(_ tx: any Transaction, area: AreaCode) throws -> Int64 {
        try tx.first(newestRevision, Value(area)) { try $0.int(0) } ?? 0
    }

    private static let newestRevision: SQL = """
        SELECT revision FROM provider_revision WHERE area = ? ORDER BY revision DESC LIMIT 1
        """

    private static func openRevision(_ tx: any Transaction, area: AreaCode, at: Moment) throws -> Int64 {
        let next = try revision(tx, area: area) + 1
        try tx.execute(
            "INSERT INTO provider_revision (area, revision, at) VALUES (?, ?, ?)", Value(area), .int(next), Value(at))
        return next
    }

    // MARK: - Import

    /// Imports providers and their agreements. Lines that say nothing new are passed over; a line that contradicts
    /// what is registered is a problem.
    public static func importAgreements(
        _ tx: any Transaction, _ sheet: ImportSheet<AgreementLine>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.agreements, by: origin) { batch in
            let change = Change(
                area: origin.area, batch: batch, revision: try openRevision(tx, area: origin.area, at: origin.at))
            var problems = Problems()
            var written = 0
            for (number, line) in sheet.lines {
                do {
                    if try register(tx, line, change) { written += 1 }
                } catch let problem as Problem {
                    problems.add(problem.code, field: sheet.place(number), problem.message)
                }
            }
            try problems.throwIfAny()
            return written
        }
    }

    /// What the rows of one import have in common.
    private struct Change {
        let area: AreaCode
        let batch: ID<ImportBatch>
        let revision: Int64
    }

    private static func register(_ tx: any Transaction, _ line: AgreementLine, _ change: Change) throws -> Bool {
        guard let known = try institution(tx, area: change.area, code: line.code) else {
            let id = try tx.nextID(Provider.self, "provider")
            try tx.execute(
                "INSERT INTO provider (area, id, code, batch) VALUES (?, ?, ?, ?)", Value(change.area), Value(id),
                .text(line.code.description), Value(change.batch))
            try insertProfile(tx, line.profile, of: id, change)
            try insertAgreement(tx, line, of: id, change)
            return true
        }
        var isNew = false
        if !known.profile(on: line.profile.first).says(line.profile) {
            try insertProfile(tx, line.profile, of: known.id, change)
            isNew = true
        }
        if try isNewAgreement(line, of: known) {
            try insertAgreement(tx, line, of: known.id, change)
            isNew = true
        }
        return isNew
    }

    private static func isNewAgreement(_ line: AgreementLine, of known: Institution) throws(Problem) -> Bool {
        guard let other = known.agreements.first(where: { $0.period.overlaps(line.period) }) else { return true }
        if other.period == line.period, other.number == line.number { return false }
        throw Problem(
            "providers.agreement.overlap",
            "\(line.code) 已有协议 \(other.number)(\(other.period)),与 \(line.number)(\(line.period))重叠,请核对起止日期")
    }

    private static func insertProfile(
        _ tx: any Transaction, _ profile: Institution.Profile, of id: ID<Provider>, _ change: Change
    ) throws {
        try tx.execute(
            """
            INSERT INTO provider_profile (area, provider, first_day, revision, name, tier, clearing_way, batch)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            Value(change.area), Value(id), Value(profile.first), .int(change.revision), .text(profile.name),
            Value(code: profile.tier), Value(code: profile.clearing), Value(change.batch))
    }

    private static func insertAgreement(
        _ tx: any Transaction, _ line: AgreementLine, of id: ID<Provider>, _ change: Change
    ) throws {
        let agreement = try tx.nextID(Institution.Agreement.self, "provider_agreement")
        try tx.execute(
            """
            INSERT INTO provider_agreement (area, id, provider, number, first_day, last_day, batch)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            Value(change.area), Value(agreement), Value(id), .text(line.number), Value(line.period.first),
            Value(line.period.last), Value(change.batch))
    }

    /// Imports departments and doctors of registered providers.
    public static func importStaff(
        _ tx: any Transaction, _ sheet: ImportSheet<DoctorLine>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.staff, by: origin) { batch in
            var problems = Problems()
            var written = 0
            for (number, line) in sheet.lines {
                guard let provider = try providerID(tx, area: origin.area, code: line.provider) else {
                    problems.add(
                        "providers.unknown", field: sheet.place(number), "没有机构 \(line.provider),请先导入定点机构")
                    continue
                }
                try tx.execute(
                    departmentInsertion, Value(origin.area), Value(provider), .text(line.departmentCode),
                    .text(line.departmentName), Value(batch))
                written += try tx.execute(
                    doctorInsertion, Value(origin.area), Value(provider), .text(line.code), .text(line.name),
                    .text(line.departmentCode), Value(batch))
            }
            try problems.throwIfAny()
            return written
        }
    }

    private static let departmentInsertion: SQL = """
        INSERT INTO provider_department (area, provider, code, name, batch) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (area, provider, code) DO NOTHING
        """
    private static let doctorInsertion: SQL = """
        INSERT INTO provider_doctor (area, provider, code, name, department, batch) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (area, provider, code) DO NOTHING
        """

    // MARK: - Acts

    /// Suspends, resumes or terminates an agreement from a day on (中止、恢复、解除).
    public static func act(
        _ tx: any Transaction, area: AreaCode, agreement: ID<Institution.Agreement>, _ act: Institution.Act,
        by actor: Actor, ground: String, at: Moment
    ) throws {
        let last = try tx.rows(
            "SELECT kind, from_day FROM provider_act WHERE area = ? AND agreement = ? ORDER BY seq", Value(area),
            Value(agreement)
        ) { Institution.Act(kind: try $0.code(0), from: try $0.day(1)) }
        try requireSequence(last, act)
        try tx.execute(
            """
            INSERT INTO provider_act (area, agreement, seq, kind, from_day, actor_kind, actor, ground, at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            Value(area), Value(agreement), .int(Int64(last.count + 1)), Value(code: act.kind), Value(act.from),
            .int(actor.columns.kind), .int(actor.columns.number), .text(ground), Value(at))
        try Evidence.agreementAct.record(
            tx, area: area, subject: agreement.raw, record: Int64(last.count + 1), by: actor, at: at)
        _ = try openRevision(tx, area: area, at: at)
    }

    private static func requireSequence(_ acts: [Institution.Act], _ next: Institution.Act) throws(Problem) {
        let last = acts.last
        if last?.kind == .terminated {
            throw Problem("providers.act.terminated", "协议已解除,不能再中止或恢复,请签订新协议")
        }
        if let last, next.from < last.from {
            throw Problem("providers.act.order", "生效日期早于上一次处理的 \(last.from),请改为之后的日期")
        }
        if next.kind == .resumed, last?.kind != .suspended {
            throw Problem("providers.act.notSuspended", "协议没有中止,不需要恢复")
        }
        if next.kind == .suspended, last?.kind == .suspended {
            throw Problem("providers.act.suspended", "协议已在中止期,请先恢复或直接解除")
        }
    }

    // MARK: - Keys

    /// Gives a provider the key with which its messages are signed from now on; nil takes the old one away.
    public static func setKey(
        _ tx: any Transaction, area: AreaCode, provider: ID<Provider>, _ key: ProviderKey?, by actor: Actor, at: Moment
    ) throws {
        if let key, key.bytes.count < 16 {
            throw Problem("providers.key.short", "密钥少于 16 字节,请重新生成")
        }
        let seq = (try tx.first(keyCount, Value(area), Value(provider)) { try $0.int(0) } ?? 0) + 1
        try tx.execute(
            """
            INSERT INTO provider_key (area, provider, seq, kind, key, actor_kind, actor, at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            Value(area), Value(provider), .int(seq), .int(key?.kind.rawValue ?? 0), .bytes(key?.bytes ?? []),
            .int(actor.columns.kind), .int(actor.columns.number), Value(at))
        try Evidence.keySet.record(tx, area: area, subject: provider.raw, record: seq, by: actor, at: at)
        _ = try openRevision(tx, area: area, at: at)
    }

    private static let keyCount: SQL = "SELECT count(*) FROM provider_key WHERE area = ? AND provider = ?"

    // MARK: - Look-up

    public static func providerID(_ tx: any Transaction, area: AreaCode, code: InstitutionCode) throws -> ID<Provider>?
    {
        try tx.first(idByCode, Value(area), .text(code.description)) { try $0.id(0) }
    }

    private static let idByCode: SQL = "SELECT id FROM provider WHERE area = ? AND code = ?"

    /// One provider with its profiles, agreements and acts.
    public static func institution(
        _ tx: any Transaction, area: AreaCode, code: InstitutionCode
    ) throws -> Institution? {
        guard let id = try providerID(tx, area: area, code: code) else { return nil }
        return Institution(
            id: id, code: code, profiles: try profiles(tx, area: area, of: id),
            agreements: try agreements(tx, area: area, of: id))
    }

    /// Loads all providers of an area, with their keys.
    public static func loadDirectory(_ tx: any Transaction, area: AreaCode) throws -> ProviderDirectory {
        let codes = try tx.rows("SELECT id, code FROM provider WHERE area = ? ORDER BY id", Value(area)) { row in
            (id: try row.id(0, Provider.self), code: try InstitutionCode(try row.text(1)))
        }
        var keys: [String: ProviderKey] = [:]
        let institutions = try codes.map { id, code in
            keys[code.description] = try key(tx, area: area, of: id)
            return Institution(
                id: id, code: code, profiles: try profiles(tx, area: area, of: id),
                agreements: try agreements(tx, area: area, of: id))
        }
        return ProviderDirectory(
            area: area, revision: try revision(tx, area: area), institutions: institutions, keys: keys)
    }
}
