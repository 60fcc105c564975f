import Basics
import Foundation
import Testing

@testable import Policy

/// The repository's own policy files, as far as the engine can judge them without the desks' declarations.
@Suite("The shipped policies")
struct ShippedPolicyTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("policies").path

    @Test("They load, and each area reads back from its archive with the same version")
    func load() throws {
        let book = try PolicyBook.load(Self.folder)
        #expect(book.areas.keys.sorted() == [AreaCode(110_000), AreaCode(310_000), AreaCode(990_100)])
        for area in book.areas.values {
            #expect(try AreaPolicy(archived: area.archive).version == area.version)
        }
        #expect(try book.area(AreaCode(990_100)).insurances == [.employee, .retiredCadre, .resident])
    }

    @Test("The demonstration city changes its law at the turn of 2025 and of 2026")
    func generations() throws {
        let cap = Parameter<Limit>("pool.yearCap", title: "封顶")
        let demo = try PolicyBook.load(Self.folder + "/demo").area(AreaCode(990_100))
        let caps = try ["2024-06-01", "2025-06-01", "2026-06-01"].map {
            try demo.on(Day($0)!, for: .employee).value(cap)
        }
        #expect(caps == [180_000, 200_000, 250_000].map { .upTo(Money(yuan: $0)) })
        #expect(
            demo.span(around: Day("2025-06-01")!, for: .resident)
                == Period(from: Day("2025-01-01")!, through: Day("2025-12-31")!))
    }
}
