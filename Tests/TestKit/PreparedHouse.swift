import Basics
import Demonstration
import Foundation
import Policy
import Storage
import Synchronization

/// A sample house founded once a run, of which each test has a copy with a clock of its own. Where it is opened
/// by another law, that clock must be later than the founding: of two laws in the archive the later one is in force.
public struct PreparedHouse: Sendable {
    private let people: Int
    private let store: PreparedStore<Void>

    public init(people: Int, founded: Moment, policies: String = "policies/demo") {
        self.people = people
        store = PreparedStore { store in
            let book = try TestLaw.book(policies)
            _ = try await SampleHouse.make(in: store, policies: book, people: people) { founded }
        }
    }

    /// Runs `body` with a copy, opened by the law given: it may be another than the one the house was founded under.
    public func withCopy<Result>(
        _ kind: StoreKind, policies book: PolicyBook, clock: @escaping @Sendable () -> Moment,
        _ body: (SampleHouse) async throws -> Result
    ) async throws -> Result {
        try await store.withCopy(kind) { store, _ in
            try await body(try await SampleHouse.open(store, policies: book, people: people, clock: clock))
        }
    }
}

/// The law that tests settle by.
public enum TestLaw {
    /// The demonstration city's.
    public static func demonstration() throws -> PolicyBook { try book("policies/demo") }

    /// The files of a folder of the repository, read once a run.
    public static func book(_ folder: String) throws -> PolicyBook {
        try known.withLock { known in
            if let book = known[folder] { return book }
            let book = try PolicyBook.load(repositoryRoot + "/" + folder)
            known[folder] = book
            return book
        }
    }

    private static let known = Mutex<[String: PolicyBook]>([:])

    /// The demonstration city's with some of its words replaced; words that do not stand there are a mistake of the
    /// test.
    public static func demonstration(changed changes: [(String, String)]) async throws -> PolicyBook {
        if changes.isEmpty { return try demonstration() }
        return try await withTemporaryFolder { temporary in
            let copy = temporary + "/demo"
            for (from, to) in [("policies/demo", copy), ("policies/calendar.csv", temporary + "/calendar.csv")] {
                try FileManager.default.copyItem(
                    at: URL(fileURLWithPath: repositoryRoot + "/" + from).resolvingSymlinksInPath(),
                    to: URL(fileURLWithPath: to))
            }
            var waiting = Set(changes.map(\.0))
            for case let path as String in FileManager.default.enumerator(atPath: copy)! where path.hasSuffix(".yaml") {
                var text = try String(contentsOfFile: copy + "/" + path, encoding: .utf8)
                for (old, new) in changes where text.contains(old) {
                    text = text.replacingOccurrences(of: old, with: new)
                    waiting.remove(old)
                }
                try text.write(toFile: copy + "/" + path, atomically: true, encoding: .utf8)
            }
            guard waiting.isEmpty else { throw StoreError.failed("not in the law: \(waiting.sorted())") }
            return try PolicyBook.load(copy)
        }
    }
}
