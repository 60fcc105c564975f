import Agency
import Basics
import Control

extension Site {
    /// Links to open matters from a page (办理): those that exist here and that the visitor's posts accept.
    ///
    /// - Parameter given: what the form starts with: `staff=3`.
    func matterLinks(
        _ wanted: [(code: String, title: String)], given: String = "", _ context: CounterContext
    ) throws -> [ListPage.Link] {
        let session = try context.signedIn()
        return wanted.compactMap { link in
            guard let kind = kinds[link.code], session.accepts(kind) else { return nil }
            return ListPage.Link(link.title, "/matters/new/\(kind.code)" + (given.isEmpty ? "" : "?" + given))
        }
    }

    /// What a matter can be about on a page of its own.
    enum MatterTopic: Sendable {
        case person, employer
    }

    /// Every kind of matter that is about a person or an employer, with this one filled in. A field for another part —
    /// the parent of an employer that registers (上级单位) — does not make it one.
    func matterLinks(about topic: MatterTopic, _ number: Int64, _ context: CounterContext) throws -> [ListPage.Link] {
        let session = try context.signedIn()
        return kinds.kinds.compactMap { kind in
            guard session.accepts(kind), let field = kind.fields.first(where: { $0.isAbout(topic) }) else {
                return nil
            }
            return ListPage.Link(kind.name, "/matters/new/\(kind.code)?\(field.name)=\(number)")
        }
    }
}

extension FormField {
    fileprivate func isAbout(_ topic: Site.MatterTopic) -> Bool {
        switch (kind, topic) {
        case (.person, .person): true
        case (.employer, .employer): name == "employer"
        default: false
        }
    }
}

extension Session {
    /// Whether one of the posts in hand accepts matters of this kind.
    func accepts(_ kind: MatterKind) -> Bool { held.contains { $0.post == kind.steps[0].post } }
}

extension Table.Cell {
    /// The matter that something rests on.
    static func matter(_ id: ID<Matter>?) -> Table.Cell { id.map { .link("\($0)", to: "/matters/\($0)") } ?? .text("") }
}

extension Site {
    /// Matters as a table of a subject's page.
    func matterTable(_ lines: [MatterLine]) -> Table {
        Table(
            ["办件", "事项", "对象", "发起", "状态", "结束"],
            lines.map { line in
                [
                    .matter(line.matter), .text(kinds[line.kind]?.name ?? line.kind), .text(line.title),
                    .moment(line.openedAt), line.state.badge, .moment(line.endedAt),
                ]
            }, empty: "没有办件")
    }
}
