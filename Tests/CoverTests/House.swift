import Agency
import Basics
import Control
import Enrolment
import Foundation
import Policy
import Storage
import StoreKit

/// A house with the demonstration city's law, in which the tests register invented people.
enum House {
    static let area = AreaCode(990_100)
    static let clerk = Actor.staff(ID(11))

    static func with(_ kind: StoreKind, _ body: (any Store) async throws -> Void) async throws {
        try await opened.withCopy(kind) { store, _ in try await body(store) }
    }

    private static let opened = PreparedStore { store in
        let book = try PolicyBook.load(repositoryRoot + "/policies/demo", declared: Agency.declarations)
        _ = try await Agency.open(store, policies: book, clock: { Moment(day("2026-01-01")) })
    }

    static func day(_ text: String) -> Day { Day(text)! }
    static func moment(_ text: String) -> Moment { Moment(day(text), hour: 10) }

    static func acts(_ day: String) -> ActOrigin {
        ActOrigin(area: area, actor: clerk, at: moment(day), matter: ID(1), ground: "示范业务")
    }

    static func ground(_ day: String, matter: Int64? = 7) -> TargetGround {
        TargetGround(area: area, actor: clerk, at: moment(day), matter: matter.map { ID($0) })
    }

    /// An identity number of the demonstration city, by date of birth and a serial number.
    static func paper(_ birth: String, _ serial: Int) -> IdentityPaper {
        let digits = "990100" + birth.filter { $0 != "-" } + String(String(1000 + serial).dropFirst())
        return try! IdentityPaper(kind: .residentID, number: digits + String(NationalID.checkDigit(digits.utf8)))
    }

    static func register(
        _ tx: any Transaction, _ name: String, _ birth: String, _ serial: Int, town: String = "", on day: String
    ) throws -> ID<Person> {
        try Enrolment.register(
            tx,
            PersonParticulars(
                paper: paper(birth, serial), name: name, sex: serial % 2 == 1 ? .male : .female,
                birth: House.day(birth),
                division: town), by: acts(day))
    }

    /// Everything that verification finds in the house.
    static func broken(_ store: any Store) async throws -> [String] {
        try await store.read { tx in try Agency.verifier(area).run(tx) }.problems.all.map(\.description)
    }
}

let repositoryRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
