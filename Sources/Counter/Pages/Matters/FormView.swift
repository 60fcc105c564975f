import Basics
import Control
import Foundation
import Sheets

/// A matter's form as its page draws it: every field with what was typed, what was found for it, and what is wrong.
struct FormView: Sendable {
    let kind: MatterKind
    /// What was typed, by field name.
    var typed: [String: String] = [:]
    /// Files that came with an earlier attempt, by field or paper.
    var kept: [String: KeptFile] = [:]
    var found: [String: Found] = [:]
    var problems: [Problem] = []
    var choices = FormChoices()

    struct KeptFile: Sendable, Hashable {
        var name: String
        var hash: String
    }

    /// What stands behind a number that was typed or looked for.
    enum Found: Sendable, Hashable {
        case one(FoundSubject)
        case several([FoundSubject])
    }

    static let fieldPrefix = "form."
    static let paperPrefix = "paper."
    /// Rows of a wrong file that are shown at once; the person mends these first.
    static let rowsMax = 200

    // MARK: The page's part

    var model: Model {
        let loose = problems.filter { !isPlaced($0) }
        return [
            "kind": kind.code, "name": kind.name, "basis": kind.basis, "section": kind.section.name,
            "fields": kind.fields.map { field($0, isFirst: $0.name == focus) }, "enter": enter,
            "papers": kind.papers.map(paper), "hasPapers": !kind.papers.isEmpty,
            "wrong": placed.map { ["anchor": anchor($0.name), "title": $0.title] as Model },
            "hasProblems": !problems.isEmpty, "problemCount": String(problems.count),
            "general": loose.filter { FormView.cell(of: $0) == nil }.map { ["message": $0.message] as Model },
            "cells": cells(loose), "hasCells": loose.contains { FormView.cell(of: $0) != nil },
            "moreCells": moreCells(loose), "cellsFile": cellsFile(loose),
        ]
    }

    private func anchor(_ name: String) -> String { "field-" + name }

    private func isPlaced(_ problem: Problem) -> Bool {
        guard let field = problem.field else { return false }
        return kind.field(field) != nil || kind.papers.contains { $0.code == field }
    }

    /// The wrong fields in the order of the page.
    private var placed: [(name: String, title: String)] {
        let wrong = Set(problems.compactMap(\.field))
        return (kind.fields.map { ($0.name, $0.title) } + kind.papers.map { ($0.code, $0.name) })
            .filter { wrong.contains($0.0) }
    }

    /// The keyboard begins at the first wrong field or paper, else at the first field that is blank.
    private var focus: String? {
        placed.first?.name ?? kind.fields.first { (typed[$0.name] ?? "").isEmpty }?.name
    }

    /// What the Enter key does: as long as somebody is to be looked for it looks, then it submits.
    private var enter: String {
        let isLooking = kind.fields.contains { field in
            guard field.kind.isLooked else { return false }
            if case .one = found[field.name] { return false }
            return field.isRequired || !(typed[field.name] ?? "").isEmpty
        }
        return isLooking ? "look" : "submit"
    }

    private func sentences(_ name: String) -> [Model] {
        problems.filter { $0.field == name }.map { ["message": $0.message] }
    }

    // MARK: Cells of an uploaded table

    /// `第 12 行 证件号码` or `名单.xlsx:12 证件号码` as line and column; nil for a problem of the whole form.
    static func cell(of problem: Problem) -> (line: String, column: String)? {
        guard let field = problem.field else { return nil }
        let rest: Substring
        if field.hasPrefix("第 ") {
            rest = field.dropFirst(2)
        } else if let colon = field.lastIndex(of: ":") {
            rest = field[field.index(after: colon)...]
        } else {
            return nil
        }
        let line = rest.prefix { $0.isNumber }
        guard !line.isEmpty else { return nil }
        let column = rest.dropFirst(line.count).split(separator: " ").filter { $0 != "行" }.joined(separator: " ")
        return (String(line), column)
    }

    private func cells(_ problems: [Problem]) -> [Model] {
        problems.lazy.compactMap { problem in
            FormView.cell(of: problem).map {
                ["line": $0.line, "column": $0.column, "message": problem.message] as Model
            }
        }.prefix(FormView.rowsMax).map { $0 }
    }

    /// All of them, however many, as a file that the page carries along: the form with its table is not sent again for it.
    private func cellsFile(_ problems: [Problem]) -> String {
        let rows = problems.compactMap { problem in
            FormView.cell(of: problem).map { [Sheet.Cell.text($0.line), .text($0.column), .text(problem.message)] }
        }
        guard !rows.isEmpty else { return "" }
        let sheet = Sheet(name: "问题", columns: ["行", "列", "问题"], rows: rows)
        return "data:text/csv;base64," + Data(sheet.csv()).base64EncodedString()
    }

    private func moreCells(_ problems: [Problem]) -> String {
        let count = problems.count { FormView.cell(of: $0) != nil }
        return count > FormView.rowsMax ? String(count - FormView.rowsMax) : ""
    }

    // MARK: Fields

    private func field(_ field: FormField, isFirst: Bool) -> Model {
        let value = typed[field.name] ?? ""
        let wrong = sentences(field.name)
        var model: Model = [
            "id": anchor(field.name), "input": FormView.fieldPrefix + field.name, "name": field.name,
            "title": field.title, "help": field.help, "required": field.isRequired, "value": value,
            "problems": wrong, "isWrong": !wrong.isEmpty, "focus": isFirst, "isWide": field.kind.isWide,
            "described": wrong.isEmpty && field.help.isEmpty ? "" : anchor(field.name) + "-note",
        ]
        model.merge(kindModel(field, value)) { $1 }
        if case .one(let subject) = found[field.name] {
            model["one"] = ["words": subject.words, "href": subject.href] as Model
        }
        return model
    }

    private func kindModel(_ field: FormField, _ value: String) -> Model {
        switch field.kind {
        case .text(let max): ["isText": true, "max": String(max)]
        case .lines(let max): ["isLines": true, "max": String(max)]
        case .choice(let choices): options(choices.map { (code: $0.code, title: $0.title) }, value)
        case .staff: options(choices.staff, value)
        case .post: options(choices.posts, value)
        case .yesNo: options([("1", "是"), ("0", "否")], value)
        case .day: ["isDay": true]
        case .month: ["isMonth": true]
        case .year: ["isNumber": true, "low": "1900", "high": "2200", "sample": "2026"]
        case .whole(let range): ["isNumber": true, "low": "\(range.lowerBound)", "high": "\(range.upperBound)"]
        case .money: ["isMoney": true]
        case .nationalID, .creditCode: ["isText": true, "max": "18", "isCode": true]
        case .person: looked(field.name, "身份证号、姓名、社保卡号或人员编号")
        case .employer: looked(field.name, "统一社会信用代码、名称或单位编号")
        case .sheet(let template): file(field.name, accepts: ".xlsx,.csv", template: template)
        case .file: file(field.name, accepts: FormView.scans, template: nil)
        }
    }

    private static let scans = ".pdf,.jpg,.jpeg,.png,.xlsx,.docx,.csv,.txt"

    private func options(_ choices: [(code: String, title: String)], _ value: String) -> Model {
        [
            "isChoice": true,
            "options": choices.map { ["code": $0.code, "title": $0.title, "chosen": $0.code == value] as Model },
        ]
    }

    private func looked(_ name: String, _ sample: String) -> Model {
        var model: Model = ["isLooked": true, "sample": sample]
        if case .several(let subjects) = found[name] {
            model["several"] = subjects.map { ["number": $0.number, "words": $0.words] as Model }
            model["hasSeveral"] = true
        }
        return model
    }

    private func file(_ name: String, accepts: String, template: SheetTemplate?) -> Model {
        var model: Model = ["isFile": true, "accepts": accepts]
        if let template {
            model["template"] = template.name
            model["templateHref"] = "/matters/new/\(kind.code)/template?field=\(Query.encode(name))"
            model["columns"] = template.columns.map {
                ["name": $0.name, "required": $0.isRequired, "example": $0.example] as Model
            }
        }
        if let file = kept[name] { model["kept"] = ["name": file.name, "hash": file.hash] as Model }
        return model
    }

    private func paper(_ paper: PaperKind) -> Model {
        let wrong = sentences(paper.code)
        var model: Model = [
            "id": anchor(paper.code), "input": FormView.paperPrefix + paper.code, "title": paper.name,
            "basis": paper.basis, "help": paper.help, "required": paper.isRequired, "problems": wrong,
            "isWrong": !wrong.isEmpty, "accepts": FormView.scans, "focus": paper.code == focus,
        ]
        if let file = kept[paper.code] { model["kept"] = ["name": file.name, "hash": file.hash] as Model }
        return model
    }
}

/// A person or employer that was found for a field.
struct FoundSubject: Sendable, Hashable {
    var number: String
    /// 示范甲 · 男 · 1980-01-02 · 990100****0011
    var words: String
    var href: String
}

/// What a form offers for choice beside its own lists.
struct FormChoices: Sendable {
    var staff: [(code: String, title: String)] = []
    var posts: [(code: String, title: String)] = []
}

extension FormField.Kind {
    /// A person or employer who is looked for by what was typed.
    fileprivate var isLooked: Bool {
        switch self {
        case .person, .employer: true
        default: false
        }
    }

    /// Takes the whole width of the form.
    fileprivate var isWide: Bool {
        switch self {
        case .lines, .sheet, .file: true
        default: false
        }
    }
}

extension SheetTemplate {
    /// The empty table that people fill in: headings, and one line that shows how.
    var sheet: Sheet {
        Sheet(name: name, columns: columns.map(\.name), rows: [columns.map { .text($0.example) }])
    }
}
