import Basics
import Sheets
import Storage

/// A person, employer or colleague in words (对象名称).
public struct SubjectName: Hashable, Sendable {
    /// 示范甲
    public let name: String
    /// The number of the paper by which they are known: identity number, credit code. Empty for colleagues.
    public let paper: String
    /// As much of that number as a list shows to tell one from another; empty where the name alone does.
    public let hint: String

    public init(_ name: String, paper: String = "", hint: String = "") {
        self.name = name
        self.paper = paper
        self.hint = hint
    }

    /// For who reviews: name and paper, to be compared with what was handed in.
    public var full: String { paper.isEmpty ? name : "\(name) · \(paper)" }
    /// For lists.
    public var brief: String { hint.isEmpty ? name : "\(name) \(hint)" }
}

/// Says who stands behind a number of the registers (办理对象): given by the house, since Control itself knows colleagues
/// only. Nil when the registers do not have the number.
public typealias SubjectNaming = @Sendable (any Transaction, AreaCode, MatterConcern) throws -> SubjectName?

extension Matters {
    /// Who or what a matter is about, in words; nil when the registers do not know the number.
    func name(_ tx: any Transaction, _ concern: MatterConcern) throws -> SubjectName? {
        guard concern.kind == .staff else { return try naming(tx, area, concern) }
        return try Staff.find(tx, area: area, staff: ID(concern.number)).map { SubjectName($0.displayName) }
    }

    // MARK: What tells one matter from another

    static let titleMax = 100

    /// What tells one matter of a kind from another in a list (对象): whom it is about by name, what it registers, the
    /// list that was handed in with its number of lines. Kept when the form is taken, so that a list needs no look-up.
    func title(_ tx: any Transaction, _ kind: MatterKind, _ form: FormValues) throws -> String {
        var named: [String] = []
        for field in kind.fields {
            guard let part = try titlePart(tx, field, form), !part.isEmpty else { continue }
            // A change of particulars names the person, and the name as it is to be.
            guard !named.contains(where: { $0 == part || $0.hasPrefix(part + " ") }) else { continue }
            named.append(part)
        }
        let known = Set(kind.fields.compactMap { $0.concern(in: form) })
        let further = try kind.concerns(tx, area: area, form).subtracting(known).sorted()
        var parts = try named + further.map { try brief(tx, $0) }
        if named.isEmpty { parts += try plainParts(tx, kind, form).prefix(parts.isEmpty ? 3 : 1) }
        let words = parts.joined(separator: " · ").unicodeScalars.prefix(Matters.titleMax)
        return String(String.UnicodeScalarView(words))
    }

    private func titlePart(_ tx: any Transaction, _ field: FormField, _ form: FormValues) throws -> String? {
        if let concern = field.concern(in: form) { return try brief(tx, concern) }
        switch field.kind {
        case .text: return field.isTitle ? form.text(field.name) : nil
        case .sheet: return try form.attachmentIfGiven(field.name).map { try table(tx, $0, field) }
        default: return nil
        }
    }

    private func brief(_ tx: any Transaction, _ concern: MatterConcern) throws -> String {
        try name(tx, concern)?.brief ?? "\(concern.kind.name) \(concern.number)"
    }

    /// `增员名单.xlsx(50 行)`
    private func table(_ tx: any Transaction, _ hash: ContentHash, _ field: FormField) throws -> String {
        guard try Attachments.isKept(tx, area: area, hash) else { return field.title }
        let file = try Attachments.content(tx, area: area, hash)
        return file.table.map { "\(file.name)(\($0.rows.count) 行)" } ?? file.name
    }

    /// Of a form that names nobody, what stands in its first fields: the month of a run, the number of a bill. Several
    /// lines of text are a reason and tell no matter from another.
    private func plainParts(_ tx: any Transaction, _ kind: MatterKind, _ form: FormValues) throws -> [String] {
        try kind.fields.compactMap { field -> String? in
            guard let text = form.textIfGiven(field.name) else { return nil }
            switch field.kind {
            case .text, .choice, .month, .year, .day: return field.shown(text)
            case .whole: return "\(field.title) \(text)"
            case .file:
                return try form.attachmentIfGiven(field.name).flatMap { try Attachments.name(tx, area: area, $0) }
            default: return nil
            }
        }
    }

    // MARK: People in the lines of a list

    /// Whom a person keeps out of the way of and who stands in the lines of a list that the form brings (名单中的回避).
    ///
    /// The table is read only for those who have a recusal entered: for nearly everybody this costs one look-up.
    func listed(
        _ tx: any Transaction, _ kind: MatterKind, _ form: FormValues, keepingOut staff: ID<StaffMember>
    ) throws -> (concern: MatterConcern, relation: Recusal.Relation)? {
        let tables = kind.tables(form)
        guard !tables.isEmpty else { return nil }
        let standing = try Recusals.standing(tx, area: area, of: staff)
        guard !standing.isEmpty else { return nil }
        for hash in tables where try Attachments.isKept(tx, area: area, hash) {
            guard let table = try Attachments.content(tx, area: area, hash).table else { continue }
            for recusal in standing {
                guard let paper = try name(tx, recusal.concern)?.paper, table.holds(paper) else { continue }
                return (recusal.concern, recusal.relation)
            }
        }
        return nil
    }
}

extension AttachedFile {
    /// The lines of an uploaded table under their headings; nil when it cannot be read, which the desk's check reports.
    fileprivate var table: CSVTable? {
        guard let text = try? SheetText.read(bytes, name: name) else { return nil }
        return try? CSVTable(text, file: name)
    }
}

extension CSVTable {
    /// Whether the number of a paper stands in one of the cells.
    fileprivate func holds(_ paper: String) -> Bool {
        guard !paper.isEmpty else { return false }
        return rows.contains { row in header.contains { row[$0].uppercased() == paper } }
    }
}

extension MatterKind {
    /// The tables of people that a form brings.
    fileprivate func tables(_ form: FormValues) -> [ContentHash] {
        fields.compactMap { field in
            guard case .sheet = field.kind else { return nil }
            return form.attachmentIfGiven(field.name)
        }
    }
}

extension FormField {
    /// A name that the matter registers or changes.
    fileprivate var isTitle: Bool { name == "name" }

    /// Whom the field's number stands for.
    func concern(in form: FormValues) -> MatterConcern? {
        guard let kind = kind.concern, let number = form.wholeIfGiven(name) else { return nil }
        return MatterConcern(kind: kind, number: number)
    }
}
