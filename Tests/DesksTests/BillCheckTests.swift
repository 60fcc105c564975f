import Basics
import Settlement
import StoreKit
import Testing

/// A bill as a whole (整单核对): before anything is settled.
@Suite struct BillCheckTests {
    private func codes(_ lines: [(itemCode: String, amount: Money)], stated: Money? = nil) async throws -> [String] {
        try await refusals { try LineChecks.bill(lines, stated: stated) }
    }

    @Test("An item of which more was taken back than given: what was settled before must be reversed first")
    func negative() async throws {
        #expect(
            try await codes([("A", Money(yuan: 30)), ("A", Money(fen: -3_001))]) == ["settlement.bill.negative"])
        #expect(try await codes([("A", Money(yuan: 30)), ("A", Money(yuan: -30))]) == [])
        // The one is not made good by the other.
        #expect(
            try await codes([("A", Money(yuan: 100)), ("B", Money(fen: -1))]) == ["settlement.bill.negative"])
    }

    @Test("Each thing that is wrong is told at once")
    func together() async throws {
        let lines: [(itemCode: String, amount: Money)] = [("A", Money(fen: -1)), ("B", Money(fen: -2))]
        #expect(
            try await codes(lines, stated: .zero)
                == ["settlement.bill.negative", "settlement.bill.negative", "settlement.bill.total"])
        #expect(try await codes([]) == ["settlement.bill.empty"])
    }
}
