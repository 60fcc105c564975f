import Basics
import Control
import Portability
import Storage

extension MatterKind {
    /// The same kind, which hands out a certificate of insurance to whomever it has insured (随办件出具参保凭证): the paper
    /// it promises is the real one, with number and verification code.
    var handingOutCertificate: MatterKind {
        guard prints.contains(where: { $0.code == "certificate" }), case .atOnce(let carryOut) = effect else {
            return self
        }
        let effect = MatterEffect.atOnce { tx, approved in
            let carried = try carryOut(tx, approved)
            for subject in carried.subjects where subject.kind == "person" {
                try Agency.handOutCertificate(tx, to: ID(subject.id), after: approved)
            }
            return carried
        }
        return MatterKind(
            code: code, name: name, section: section, basis: basis, fields: fields, papers: papers, steps: steps,
            supplyLimit: supplyLimit, amount: amount, summary: summary, check: check, effect: effect, prints: prints)
    }
}

extension Agency {
    /// Insurance that begins later, or is not a basic one, has nothing to certify yet: then the matter prints its receipt.
    fileprivate static func handOutCertificate(
        _ tx: any Transaction, to person: ID<Person>, after approved: Approved
    ) throws {
        let draft: Portability.CertificateDraft
        do {
            draft = try certificateDraft(tx, area: approved.area, .insured, of: person, today: approved.at.day)
        } catch let problem as Problem where problem.code == "transfer.certificate.nothing" {
            return
        }
        _ = try Portability.issue(
            tx, area: approved.area, draft,
            TransferGround("随办件出具", matter: approved.matter, by: approved.actor, at: approved.at))
    }
}
