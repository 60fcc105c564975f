import Agency
import Basics
import Control
import Storage

/// A matter's form as it came from the page: texts, and files that came now or with an earlier attempt.
struct PostedForm: Sendable {
    /// Texts and content hashes, by field name.
    private(set) var typed: [String: String]
    /// Files that are to be kept when the form is taken, by field or paper.
    private(set) var files: [String: UploadedFile] = [:]
    /// What the page shows as received already, by field or paper.
    private(set) var kept: [String: FormView.KeptFile] = [:]
    private(set) var problems: [Problem] = []

    /// - Parameter standing: files that the matter carries already.
    init(
        _ form: Form, of kind: MatterKind, by staff: ID<StaffMember>, staged: StagedFiles,
        standing: [AttachedPaper] = [],
        at now: Moment
    ) {
        typed = form.fields(under: FormView.fieldPrefix)
        for name in kind.fields.filter(\.kind.isAttachment).map(\.name) {
            typed[name] = nil
            take(name, FormView.fieldPrefix + name, form, staff, staged, standing, now)
            typed[name] = kept[name]?.hash
        }
        for paper in kind.papers {
            take(paper.code, FormView.paperPrefix + paper.code, form, staff, staged, standing, now)
        }
    }

    private mutating func take(
        _ name: String, _ input: String, _ form: Form, _ staff: ID<StaffMember>, _ staged: StagedFiles,
        _ standing: [AttachedPaper], _ now: Moment
    ) {
        if let file = form.files.first(where: { $0.field == input }) {
            let hash = ContentHash(of: file.bytes).description
            staged.keep(file, hash: hash, for: staff, at: now)
            files[name] = file
            kept[name] = FormView.KeptFile(name: file.name, hash: hash)
            return
        }
        let hash = form["kept." + input]
        guard !hash.isEmpty else { return }
        if let file = staged.file(hash, for: staff) {
            files[name] = file
            kept[name] = FormView.KeptFile(name: file.name, hash: hash)
        } else if let paper = standing.first(where: { $0.hash.description == hash }) {
            kept[name] = FormView.KeptFile(name: paper.name, hash: hash)
        } else {
            problems.append(Problem("counter.upload.gone", field: name, "之前上传的文件没有保留下来,请重新选择"))
        }
    }

    /// Puts looked-up numbers in the place of what was typed.
    mutating func resolve(_ answer: FormLookup.Answer) { typed = answer.typed }

    /// Everything that can be said of what was typed before a desk looks at it (录入校验): every wrong field and every
    /// paper that lacks, each once.
    ///
    /// - Parameter isComplete: whether blank fields and papers that lack count as wrong.
    func shortcomings(of kind: MatterKind, _ answer: FormLookup.Answer, isComplete: Bool = true) -> [Problem] {
        var wrong = problems + answer.problems
        let said = Set(wrong.compactMap(\.field))
        let (form, misread) = kind.read(typed, complete: isComplete)
        let lacking = isComplete ? kind.missingPapers(for: form, handed: Set(kept.keys)) : []
        wrong += (misread + lacking).filter { problem in problem.field.map { !said.contains($0) } ?? true }
        return wrong
    }

    /// Keeps the files in the store and answers the papers among them.
    ///
    /// - Throws: every file that cannot be kept, each at its field.
    func keep(_ tx: any Transaction, of kind: MatterKind, area: AreaCode, at now: Moment) throws -> [AttachedPaper] {
        var papers: [AttachedPaper] = []
        var wrong = Problems()
        for (name, file) in files.sorted(by: { $0.key < $1.key }) {
            do {
                let hash = try Attachments.keep(tx, area: area, name: file.name, bytes: file.bytes, at: now)
                guard kind.papers.contains(where: { $0.code == name }) else { continue }
                papers.append(AttachedPaper(code: name, name: file.name, hash: hash))
            } catch let problem as Problem {
                wrong.add(problem.code, field: name, problem.message)
            }
        }
        try wrong.throwIfAny()
        return papers
    }
}
