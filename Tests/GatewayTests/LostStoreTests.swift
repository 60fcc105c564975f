import Agency
import Basics
import Demonstration
import Storage
import Synchronization
import TestKit
import Testing

/// 10902: the store is out of reach, or the line to it breaks while it commits.
@Suite("A store that is lost while a message is under way")
struct LostStoreTests {
    @Test(
        "The commit's answer is lost again and again: 10902; the same message sent later hears what was done, once",
        arguments: StoreKind.allCases)
    func unknownOutcome(_ kind: StoreKind) async throws {
        try await withLosingHouse(kind) { house, store async throws in
            let hospital = house.hospital
            let (input, id) = (Write.registration(house.employee), hospital.messageID(1))
            store.answersToLose = .max
            let lost = try await hospital.send("2201", input, messageID: id)
            #expect(lost.code == 10902)
            #expect(lost.status == 503)
            #expect(lost.error.contains("同一报文ID重发"))
            store.answersToLose = 0
            let heard = try await hospital.send("2201", input, messageID: id)
            #expect(heard.code == 0, "\(heard.error)")
            #expect(try await registrations(in: house) == 1)
        }
    }

    @Test("The commit's answer is lost once: the window hears nothing of it", arguments: StoreKind.allCases)
    func settledAtOnce(_ kind: StoreKind) async throws {
        try await withLosingHouse(kind) { house, store async throws in
            store.answersToLose = 1
            let reply = try await house.hospital.send("2201", Write.registration(house.employee))
            #expect(reply.code == 0, "\(reply.error)")
            #expect(try await registrations(in: house) == 1)
        }
    }

    @Test("The store is out of reach: 10902, and nothing is done", arguments: StoreKind.allCases)
    func outOfReach(_ kind: StoreKind) async throws {
        try await withLosingHouse(kind) { house, store async throws in
            store.isOutOfReach = true
            let reply = try await house.hospital.send("2201", Write.registration(house.employee))
            #expect(reply.code == 10902)
            #expect(reply.status == 503)
            store.isOutOfReach = false
            #expect(try await registrations(in: house) == 0)
        }
    }

    private func registrations(in house: TestHouse) async throws -> Int64 {
        try await house.house.agency.store.read { tx in
            try tx.first("SELECT count(*) FROM encounter") { try $0.int(0) } ?? -1
        }
    }

    /// The test house opened once more, over a store that can be lost.
    private func withLosingHouse(
        _ kind: StoreKind, _ body: (TestHouse, LosingStore) async throws -> Void
    ) async throws {
        try await withTestHouse(kind) { found async throws in
            let (store, clock) = (LosingStore(found.house.agency.store), found.clock)
            let house = try await SampleHouse.open(
                store, policies: TestLaw.demonstration(), people: found.house.people.count
            ) { clock.now }
            try await body(TestHouse(house: house, clock: clock), store)
        }
    }
}

/// A store behind a line that can break. What was committed stays committed; nobody hears of it.
private final class LosingStore: Store {
    private let store: any Store
    private let answers = Atomic<Int>(0)
    private let outOfReach = Atomic<Bool>(false)

    init(_ store: any Store) { self.store = store }

    var dialect: Dialect { store.dialect }

    /// How many commits from now on happen and are not answered.
    var answersToLose: Int {
        get { answers.load(ordering: .sequentiallyConsistent) }
        set { answers.store(newValue, ordering: .sequentiallyConsistent) }
    }

    var isOutOfReach: Bool {
        get { outOfReach.load(ordering: .sequentiallyConsistent) }
        set { outOfReach.store(newValue, ordering: .sequentiallyConsistent) }
    }

    @discardableResult
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try requireReach()
        let result = try await store.write(body)
        guard answersToLose > 0 else { return result }
        answers.subtract(1, ordering: .sequentiallyConsistent)
        throw StoreError.unknownOutcome
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try requireReach()
        return try await store.read(body)
    }

    func migrate(_ migrations: [Migration]) async throws { try await store.migrate(migrations) }

    func close() async throws { try await store.close() }

    private func requireReach() throws {
        if isOutOfReach { throw StoreError.unavailable("the line is broken") }
    }
}
