import Basics
import Storage

extension Providers {
    /// A provider's profiles, the newest first day first; of one day's, the newest revision alone.
    static func profiles(
        _ tx: any Transaction, area: AreaCode, of provider: ID<Provider>
    ) throws -> [Institution.Profile] {
        let rows = try tx.rows(profileSelection, Value(area), Value(provider)) { row in
            Institution.Profile(
                first: try row.day(0), name: try row.text(1), tier: try row.code(2), clearing: try row.code(3))
        }
        return rows.enumerated().filter { $0 == 0 || rows[$0 - 1].first != $1.first }.map(\.element)
    }

    private static let profileSelection: SQL = """
        SELECT first_day, name, tier, clearing_way FROM provider_profile WHERE area = ? AND provider = ?
        ORDER BY first_day DESC, revision DESC
        """

    /// A provider's agreements by first day, each with its acts.
    static func agreements(
        _ tx: any Transaction, area: AreaCode, of provider: ID<Provider>
    ) throws -> [Institution.Agreement] {
        var agreements: [Institution.Agreement] = []
        try tx.forEach(agreementSelection, [Value(area), Value(provider)]) { row in
            let id = try row.id(0, Institution.Agreement.self)
            if agreements.last?.id != id {
                guard let period = Period(from: try row.day(2), through: try row.dayOrNil(3)) else { return true }
                agreements.append(Institution.Agreement(id: id, number: try row.text(1), period: period))
            }
            if !row.isNull(4) {
                agreements[agreements.count - 1].acts.append(
                    Institution.Act(kind: try row.code(4), from: try row.day(5)))
            }
            return true
        }
        return agreements
    }

    private static let agreementSelection: SQL = """
        SELECT g.id, g.number, g.first_day, g.last_day, a.kind, a.from_day
        FROM provider_agreement g LEFT JOIN provider_act a ON a.area = g.area AND a.agreement = g.id
        WHERE g.area = ? AND g.provider = ? ORDER BY g.first_day, g.id, a.seq
        """

    /// The key a provider signs with now; nil when it has none or it was taken away.
    static func key(_ tx: any Transaction, area: AreaCode, of provider: ID<Provider>) throws -> ProviderKey? {
        let last = try tx.first(keySelection, Value(area), Value(provider)) { (try $0.int(0), try $0.bytes(1)) }
        guard let (code, bytes) = last, let kind = ProviderKey.Kind(rawValue: code) else { return nil }
        return ProviderKey(kind: kind, bytes: bytes)
    }

    private static let keySelection: SQL = """
        SELECT kind, key FROM provider_key WHERE area = ? AND provider = ? ORDER BY seq DESC LIMIT 1
        """
}

/// A doctor of a provider with his department (医师、科室).
public struct DoctorRecord: Record, Hashable {
    public let code: String
    public let name: String
    public let department: String
    public let departmentName: String

    public init(_ row: any Row) throws {
        code = try row.text(0)
        name = try row.text(1)
        department = try row.text(2)
        departmentName = try row.text(3)
    }
}

extension Providers {
    /// A provider's doctors by code.
    public static func doctors(
        _ tx: any Transaction, area: AreaCode, of provider: ID<Provider>
    ) throws -> [DoctorRecord] {
        try tx.all(
            DoctorRecord.self,
            """
            SELECT d.code, d.name, d.department, p.name FROM provider_doctor d
            JOIN provider_department p ON p.area = d.area AND p.provider = d.provider AND p.code = d.department
            WHERE d.area = ? AND d.provider = ? ORDER BY d.code
            """, Value(area), Value(provider))
    }
}
