import Basics
import Storage

// Internal control (内控), first part: staff accounts and their acts, signing in, the event chain, the archive
// of the law.
//
// * `Staff` opens, locks, closes accounts; `SignIn` and `Sessions` let people in and out.
// * `Organisation` keeps sections, posts and who holds them: all rights come from posts.
// * `EventLog`, `Sealer`, `EventChain`, `Verifier` keep and prove what happened.
// * `PolicyVersions` keeps the text of the law a settlement was computed with.
// * `ControlSchema` holds the tables.

/// The evidence of internal control's own events.
enum ControlEvidence {
    static let sources = [staffActs, signIns, PlanRecords.evidence] + GrantRecords.evidence + Recusals.evidence

    static let staffActs = EvidenceSource(
        "经办账号办理", kinds: StaffAct.Kind.allCases.map(\.event),
        rowCount: "SELECT count(*) FROM staff_act WHERE area = ?"
    ) { tx, event, digest in
        if event.kind == .staffOpened {
            try Staff.table.addAll(
                tx, "WHERE area = ? AND id = ?", [Value(event.area), .int(event.subject)], to: &digest)
        }
        try StaffAct.table.addAll(
            tx, "WHERE area = ? AND act = ?", [Value(event.area), .int(event.record)], to: &digest)
    }

    static let signIns = EvidenceSource(
        "登录记录", kinds: [.signedIn, .signInRefused], rowCount: "SELECT count(*) FROM sign_in WHERE area = ?"
    ) { tx, event, digest in
        try SignInRecord.table.addAll(
            tx, "WHERE area = ? AND id = ?", [Value(event.area), .int(event.record)], to: &digest)
    }
}
