import Basics
@testable import Control
import Storage
import StoreKit
import Testing

@Suite("A matter says whom it is about, by name")
struct TitleTests {
    private func title(_ office: Office, _ matter: ID<Matter>) async throws -> String {
        try await office.file(matter).status.title
    }

    @Test("In the lists: people, employers, and lists with their number of lines", arguments: StoreKind.allCases)
    func titles(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let both = try await office.open(Office.about, "更正", more: ["person": "7", "employer": "3"])
            #expect(try await title(office, both) == "更正 · 示范甲 990100********001X · 示范公司")
            let colleague = try await office.open(Office.about, "更正", more: ["staff": "\(office.id("丁"))"])
            #expect(try await title(office, colleague) == "更正 · 丁")
            // The name as it is to be is the person's own already.
            let same = try await office.open(Office.about, "示范公司", more: ["employer": "3"])
            #expect(try await title(office, same) == "示范公司")
            let list = try await office.open(list: ["990100198001010027", "990100198001010035"], for: "3")
            #expect(try await title(office, list) == "示范公司 · 增员.csv(2 行)")
            let found = try await office.open(Office.jointAbout, "某人的事")
            #expect(try await title(office, found) == "某人的事 · 示范甲 990100********001X")
            let unknown = try await office.open(Office.about, "更正", more: ["employer": "9"])
            #expect(try await title(office, unknown) == "更正 · 单位 9")
            let waiting = try await office.store.read { [matters = office.matters, id = office.id("丙")] tx in
                try matters.todo(tx, of: id, at: Office.morning).map(\.title)
            }
            #expect(waiting.contains("示范公司 · 增员.csv(2 行)"))
        }
    }

    @Test("A changed form changes the title", arguments: StoreKind.allCases)
    func revised(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.about, "更正", more: ["person": "7"], accept: false)
            try await office.act(matter, .revise(form: ["name": "更正", "employer": "3"], papers: []), by: "甲")
            #expect(try await title(office, matter) == "更正 · 示范公司")
        }
    }

    @Test("On the page: name and paper in full for who reviews, and for what came of it", arguments: StoreKind.allCases)
    func page(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let more = ["person": "7", "employer": "3", "witness": "\(office.id("丁"))"]
            let matter = try await office.open(Office.about, "更正", more: more)
            var view = try await office.view(matter, for: "丙")
            let shown = Dictionary(uniqueKeysWithValues: view.form.map { ($0.name, $0.shown) })
            #expect(shown["person"] == "示范甲 · 99010019800101001X" && shown["employer"] == "示范公司 · 91990100MA0YBYB01X")
            #expect(shown["witness"] == "丁")
            #expect(view.form.first { $0.name == "person" }?.concern == .person(ID(7)))
            // What an input holds stays the number.
            #expect(view.form.first { $0.name == "person" }?.text == "7")
            try await office.act(matter, .agree("同意"), by: "丙")
            view = try await office.view(matter, for: "丙")
            #expect(view.subjects.count == 1 && view.names[.person(ID(7))]?.name == "示范甲")
        }
    }
}
