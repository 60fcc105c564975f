import Basics
import Control
import Providers
import Storage
import StoreKit
import Testing

@Suite("定点机构")
struct ProvidersTests {
    static let header = "fixmedins_code,fixmedins_name,hosp_lv,clr_way,agreement_no,begndate,enddate\n"
    static let hospital = "H99010000001"
    static let agreements =
        header + """
            \(hospital),示范县人民医院,2,1,XY-2025-1,2025-01-01,2025-12-31
            \(hospital),示范县人民医院,3,1,XY-2026-1,2026-01-01,2026-12-31
            P99010000001,示范大药房,0,1,XY-2026-2,2026-01-01,
            """

    static func imported(_ tx: any Transaction, _ text: String) throws -> ImportOutcome {
        try Providers.importAgreements(tx, Providers.readAgreements(text, file: "providers.csv"), by: Given.origin)
    }

    static func directory(_ store: any Store) async throws -> ProviderDirectory {
        try await store.read { try Providers.loadDirectory($0, area: Given.area) }
    }

    @Test("一家医院两期协议:级别随日期变,协议之外的日子不能结算", arguments: StoreKind.allCases)
    func agreements(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Providers.migrations) { store in
            let first = try await store.write { try Self.imported($0, Self.agreements) }
            let again = try await store.write { try Self.imported($0, Self.agreements) }
            let reworded = try await store.write { try Self.imported($0, Self.agreements + "\n") }
            #expect((first.written, again.isRepeat, reworded.written) == (3, true, 0))

            let directory = try await Self.directory(store)
            let hospital = try #require(directory[Self.hospital])
            #expect(directory.all.map(\.code.description) == [Self.hospital, "P99010000001"])
            #expect(hospital.tier(on: Given.day("2025-06-01")) == .second)
            #expect(hospital.tier(on: Given.day("2026-06-01")) == .third)
            #expect(directory[hospital.id]?.code == hospital.code)
            #expect(hospital.objection(on: Given.day("2024-12-31"))?.code == "providers.agreement.none")
            #expect(hospital.objection(on: Given.day("2025-01-01")) == nil)
            #expect(hospital.objection(on: Given.day("2027-01-01"))?.code == "providers.agreement.none")
            let refused = #expect(throws: Problem.self) {
                try directory.requireInstitution("H99010000009", on: Given.day("2026-03-01"))
            }
            #expect(refused?.code == "providers.unknown")
        }
    }

    @Test("中止、恢复、解除从生效日起算,次序不对的拒绝", arguments: StoreKind.allCases)
    func acts(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Providers.migrations) { store in
            _ = try await store.write { try Self.imported($0, Self.agreements) }
            let agreement = try #require(try await Self.directory(store)[Self.hospital]?.agreements.last).id
            func act(_ kind: Institution.Act.Kind, _ day: String) async throws -> [String] {
                try await refusals {
                    try await store.write {
                        try Providers.act(
                            $0, area: Given.area, agreement: agreement,
                            Institution.Act(kind: kind, from: Given.day(day)),
                            by: .system, ground: "示医保稽〔2026〕1号", at: Given.at)
                    }
                }
            }
            #expect(try await act(.resumed, "2026-02-01") == ["providers.act.notSuspended"])
            #expect(try await act(.suspended, "2026-03-01") == [])
            #expect(try await act(.resumed, "2026-02-01") == ["providers.act.order"])
            #expect(try await act(.resumed, "2026-04-01") == [])
            #expect(try await act(.terminated, "2026-06-01") == [])
            #expect(try await act(.suspended, "2026-07-01") == ["providers.act.terminated"])

            let hospital = try #require(try await Self.directory(store)[Self.hospital])
            let days = ["2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01", "2026-06-01"]
            #expect(
                days.map { hospital.objection(on: Given.day($0))?.code } == [
                    nil, "providers.agreement.suspended", "providers.agreement.suspended", nil,
                    "providers.agreement.terminated",
                ])
            #expect(try await brokenPlaces(of: store, Providers.evidence) == [])
        }
    }

    @Test("编号、级别、重叠的协议:每个问题都说出在哪一行", arguments: StoreKind.allCases)
    func problems(_ kind: StoreKind) async throws {
        let refused = #expect(throws: Problems.self) {
            try Providers.readAgreements(
                Self.header + """
                    H9901,短编号,1,1,A,2026-01-01,
                    P99010000002,有级别的药店,2,1,B,2026-01-01,
                    X99010000003,别的字母,1,1,C,2026-02-01,2026-01-01
                    """, file: "p.csv")
        }
        #expect(
            refused?.all.map(\.code) == [
                "providers.code", "providers.tier.pharmacy", "providers.code", "import.period",
            ])
        try await withStore(kind, Given.ground + Providers.migrations) { store in
            _ = try await store.write { try Self.imported($0, Self.agreements) }
            let overlapping = Self.header + "\(Self.hospital),示范县人民医院,3,1,XY-9,2026-06-01,2027-06-01"
            let codes = try await refusals { _ = try await store.write { try Self.imported($0, overlapping) } }
            #expect(codes == ["providers.agreement.overlap"])
        }
    }

    @Test("签名密钥可更换、可收回;目录的版次随之增长", arguments: StoreKind.allCases)
    func keys(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Providers.migrations) { store in
            _ = try await store.write { try Self.imported($0, Self.agreements) }
            let before = try await Self.directory(store)
            let id = try #require(before[Self.hospital]).id
            func set(_ key: ProviderKey?) async throws -> ProviderKey? {
                try await store.write {
                    try Providers.setKey($0, area: Given.area, provider: id, key, by: .system, at: Given.at)
                }
                return try await Self.directory(store).key(of: Self.hospital)
            }
            let key = ProviderKey(kind: .hmac, bytes: Array(repeating: 7, count: 32))
            #expect(before.key(of: Self.hospital) == nil)
            #expect(try await set(key) == key)
            #expect(try await set(nil) == nil)
            #expect(try await Self.directory(store).revision == before.revision + 2)
            #expect(String(describing: key) == "HMAC-SM3")
            #expect(try await brokenPlaces(of: store, Providers.evidence) == [])
        }
    }

    @Test("科室和医师导入一次即可", arguments: StoreKind.allCases)
    func staff(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Providers.migrations) { store in
            _ = try await store.write { try Self.imported($0, Self.agreements) }
            let text = """
                fixmedins_code,dept_code,dept_name,dr_code,dr_name
                \(Self.hospital),0300,示范内科,D990100000001,示范甲医师
                \(Self.hospital),0300,示范内科,D990100000002,示范乙医师
                """
            let sheet = try Providers.readStaff(text, file: "staff.csv")
            let outcome = try await store.write { try Providers.importStaff($0, sheet, by: Given.origin) }
            let id = try #require(try await Self.directory(store)[Self.hospital]).id
            let doctors = try await store.read { try Providers.doctors($0, area: Given.area, of: id) }
            #expect(outcome.written == 2)
            #expect(doctors.map(\.departmentName) == ["示范内科", "示范内科"])
            #expect(try await brokenPlaces(of: store, Providers.evidence) == [])
        }
    }
}
