import Basics
import Control
import Enrolment
import Foundation
import Storage

/// What the desk's tests start from. The area and all people are invented.
enum Given {
    static let area = AreaCode(990_100)
    static let at = Moment(Day("2026-03-01")!, hour: 9)
    static let origin = ImportOrigin(area: area, actor: .system, at: at)
    static let ground = ControlSchema.migrations + MatterSchema.migrations + Imports.migrations

    static func acts(_ ground: String, at: Moment = Given.at, matter: Int64? = 1) -> ActOrigin {
        ActOrigin(area: area, actor: .system, at: at, matter: matter.map { ID($0) }, ground: ground)
    }

    static func day(_ text: String) -> Day { Day(text)! }
}

/// A file's text.
func text(of path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

/// What a verification of these desks' events finds.
func brokenPlaces(of store: any Store, _ evidence: [EvidenceSource]) async throws -> [Problem] {
    let verifier = Verifier(area: Given.area, sources: evidence)
    return try await store.read { try verifier.run($0) }.problems.all
}
