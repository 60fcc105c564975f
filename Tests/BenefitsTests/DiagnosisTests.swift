import Basics
import Foundation
import Policy
import Testing

@testable import Benefits

@Suite("What a main diagnosis tells of a visit")
struct DiagnosisTests {
    private static let policies = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("policies").path

    @Test(
        "A stretch of codes takes in what lies below its ends",
        arguments: [
            ("C", "C34.900", true), ("C", "D34", false), ("D00-D09", "D09.300", true), ("D00-D09", "D10", false),
            ("D00-D09", "D0", false), ("Z51.1", "Z51.102", true), ("Z51.1", "Z51.0", false), ("Z51.1", "", false),
        ])
    func stretch(_ range: String, _ code: String, _ lies: Bool) throws {
        #expect(try #require(DiagnosisRange(range)).contains(code) == lies)
    }

    @Test(
        "What is no stretch of codes is refused",
        arguments: ["", "-", "D09-D00", "D00-D9", "D00-", "51", "d00", "C00-C10-C20", "肿瘤"])
    func malformed(_ text: String) {
        #expect(DiagnosisRange(text) == nil)
    }

    @Test("In the demonstration city chemotherapy counts as a tumour; where the law lists nothing, nothing is known")
    func listed() throws {
        let book = try PolicyBook.load(Self.policies)
        let day = Day("2026-03-01")!
        for insurance in [Insurance.employee, .resident] {
            let terms = try BenefitTerms(book.area(AreaCode(990_100)).on(day, for: insurance))
            let scheme = try #require(terms.scheme(insurance))
            #expect(scheme.conditions(of: "Z51.102") == .malignancy)
            #expect(scheme.conditions(of: "C34.900") == .malignancy)
            #expect(scheme.conditions(of: "F20.900") == .mentalIllness)
            #expect(scheme.conditions(of: "A16.200") == .infectious)
            #expect(scheme.conditions(of: "J18.900") == [])
        }
        let elsewhere = try BenefitTerms(book.area(AreaCode(110_000)).on(day, for: .employee))
        #expect(try #require(elsewhere.employee).conditions(of: "C34.900") == [])
    }
}
