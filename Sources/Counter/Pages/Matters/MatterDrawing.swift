import Basics
import Control

/// What a matter's page shows of it.
struct MatterDrawing: Sendable {
    let view: MatterView
    let now: Moment
    /// What stands behind the numbers of the form, by field.
    let behind: [String: FoundSubject]
    /// What the matter brought about, in the words of its papers.
    let brought: [Carried.Subject: String]
    /// Whether the reader may open a page: a link that leads to a refusal is none.
    let isOpen: @Sendable (String) -> Bool

    var model: Model {
        var model: Model = [
            "matter": "\(view.matter)", "name": view.kindName, "title": view.title, "basis": view.basis,
            "state": view.state.name, "tone": view.state.tone.rawValue, "isOverdue": view.isOverdue,
            "version": String(view.version), "opener": view.opener, "openedAt": view.openedAt.description,
            "endedAt": view.endedAt?.description ?? "", "amount": view.amount?.grouped ?? "",
            "amountTitle": view.isMeasured ? "分级金额" : "金额",
            "stations": view.drawing.map(station), "fields": fields, "hasPapers": !view.papers.isEmpty,
            "papers": view.papers.map(paper), "acts": view.acts.reversed().map(act),
            "refusal": view.state.isEnded ? "" : view.refusal ?? "", "result": result,
            "subjects": view.subjects.map { ["words": words(of: $0), "href": $0.href] as Model },
            "hasSubjects": !view.subjects.isEmpty, "hasPreview": !view.preview.isEmpty,
            "preview": view.preview.map { ["line": $0] as Model },
            "hasObjections": !view.objections.isEmpty,
            "objections": view.objections.map { ["message": $0.message] as Model },
            "hasList": view.kind.hasPrefix("enrolment.list.") && view.progress != nil,
            "prints": view.prints.map {
                ["title": $0.name, "href": "/matters/\(view.matter)/print/\($0.code)"] as Model
            },
        ]
        model.merge(buttons) { $1 }
        model.merge(progress) { $1 }
        return model
    }

    // MARK: Where it stands

    private func station(_ station: MatterView.Station) -> Model {
        let isStopped = station.standing == .current && view.state.isEnded
        let look =
            switch station.standing {
            case .done: "done"
            case .current: isStopped ? "stopped" : "now"
            case .toCome: ""
            }
        return [
            "name": station.name + (station.isAdded ? "(加签)" : ""), "post": station.post, "look": look,
            "people": station.people.joined(separator: "、"), "due": station.due.map { "期限 \($0)" } ?? "",
            "votes": station.votes.map { votes($0, station.signing) } ?? "",
            "isNow": look == "now",
        ]
    }

    private func votes(_ votes: Votes, _ signing: Signing) -> String {
        "\(signing.name)(\(votes.signers) 人中至少 \(signing.needed(of: votes.signers)) 人):同意 \(votes.agreed),不同意 "
            + "\(votes.rejected),弃权 \(votes.abstained),未表态 \(votes.pending)"
    }

    private var progress: Model {
        guard let progress = view.progress else { return [:] }
        let isKnown = progress.total > 0
        return [
            "hasProgress": true, "isRunning": progress.isRunning, "done": String(progress.done),
            "total": String(max(progress.total, 1)), "words": isKnown ? "\(progress.done) / \(progress.total)" : "等待开始",
        ]
    }

    /// The sentence of the end, or of the last failure.
    private var result: String {
        view.acts.last { [.carriedOut, .effectFailed, .stopped, .terminated].contains($0.kind) }.map { $0.opinion }
            ?? ""
    }

    // MARK: Form, papers, acts

    private var fields: [Model] {
        view.form.filter { !$0.text.isEmpty }.map { field in
            let file = view.papers.first { $0.file.code == field.name }?.file
            let subject = behind[field.name]
            let page = (subject?.href ?? field.concern?.href).flatMap { isOpen($0) ? $0 : nil } ?? ""
            return [
                "label": field.title, "value": file?.name ?? value(of: field, subject),
                "href": file.map { "/matters/\(view.matter)/papers/\($0.hash)" } ?? page,
            ]
        }
    }

    /// A number with what stands behind it: whoever approves sees whose money it is.
    private func value(of field: MatterView.Field, _ subject: FoundSubject?) -> String {
        subject.map { "\(field.shown)(\($0.words))" } ?? field.shown
    }

    private func words(of subject: Carried.Subject) -> String {
        MatterConcern(subject).flatMap { view.names[$0]?.name } ?? brought[subject] ?? subject.words
    }

    private func paper(_ paper: MatterView.Paper) -> Model {
        [
            "title": paper.title, "name": paper.file.name, "size": MatterDrawing.size(paper.size),
            "at": paper.handedIn.description, "href": "/matters/\(view.matter)/papers/\(paper.file.hash)",
        ]
    }

    static func size(_ bytes: Int) -> String {
        bytes < 1024 ? "\(bytes) 字节" : bytes < 1 << 20 ? "\(bytes >> 10) KB" : "\(bytes >> 20) MB"
    }

    private func act(_ act: MatterView.Act) -> Model {
        [
            "what": act.kind.name, "name": act.name, "post": act.post, "behalf": act.behalf ?? "", "step": act.step,
            "target": act.target ?? "", "opinion": act.opinion, "at": act.at.description,
            "look": look(of: act.kind),
        ]
    }

    private func look(of kind: MatterAct.Kind) -> String {
        switch kind {
        case .disagreed, .rejected, .effectFailed, .stopped, .expired, .withdrawn, .endingAsked, .terminated: "bad"
        case .askedForPapers, .returned, .reminded, .lapsed, .released, .recalled: "back"
        default: ""
        }
    }

    // MARK: Buttons

    /// The steps that a matter can be given back to.
    var earlier: [(code: String, name: String)] {
        view.drawing.filter { $0.standing == .done }.map { ($0.code, $0.name) }
    }

    private var buttons: Model {
        var may = view.actions
        // Whoever is to act reminds nobody but themselves.
        if !may.isDisjoint(with: [.accept, .agree]) { may.remove(.remind) }
        var model: Model = [
            "canGiveBack": may.contains(.giveBack) && !earlier.isEmpty,
            "endTitle": view.endingAsker == nil ? "提请终止" : "确认终止",
            "endingAsked": view.endingAsker.map { "\($0)已提请终止批量办理,待另一环节的人员确认;恢复办理则作罢" } ?? "",
            "canEdit": may.contains(.revise) || may.contains(.supply),
            "editTitle": may.contains(.supply) ? "补正" : "修改",
            "hasMore": !may.isDisjoint(with: [.handOver, .delegate, .addSigners, .copy]),
        ]
        for action in MatterAction.allCases { model[action.rawValue] = may.contains(action) }
        let main: Set<MatterAction> = [
            .accept, .agree, .disagree, .abstain, .askForPapers, .giveBack, .recall, .withdraw, .remind, .resumeJob,
            .endJob,
        ]
        model["canAct"] = !may.isDisjoint(with: main)
        return model
    }
}
