import Agency
import Basics
import Control
import Enrolment
import Hummingbird
import Storage

/// Lists that employers, schools and villages handed in (批量业务), newest first.
struct ListPages: Sendable {
    let site: Site
    private static let pageRows = 50

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/lists", to: router) { query, context, _ in try await lists(query, context) }
    }

    private func lists(_ query: Query, _ context: CounterContext) async throws -> ListPage {
        let before = query.number("after").map { ID<EnrolmentListEntry>($0) }
        let (lists, progress, employers, staff) = try await site.agency.store.read { [area = site.area] tx in
            let lists = try Enrolment.lists(tx, area: area, before: before, limit: Self.pageRows)
            var employers: [ID<Employer>: String] = [:]
            for employer in Set(lists.compactMap(\.employer)) {
                employers[employer] = try Enrolment.employer(tx, area: area, employer)?.name
            }
            return (
                lists, try lists.map { try Enrolment.progress(tx, area: area, of: $0.id) }, employers,
                try Staff.names(tx, area: area)
            )
        }
        let rows = zip(lists, progress).map { list, progress -> [Table.Cell] in
            [
                .link(list.kind.name, to: "/matters/\(list.matter)/results"), .text(list.file),
                list.employer.map { .link(employers[$0] ?? "\($0)", to: "/employers/\($0)") } ?? .text(""),
                .count(Int64(list.lineCount)), .count(Int64(progress.carried)), .count(Int64(progress.unchanged)),
                .count(Int64(progress.refused)), .text(list.actor.words(staff)), .moment(list.at), .matter(list.matter),
            ]
        }
        return ListPage(
            title: "批量业务", path: "/lists", lead: "单位增减员、学校和村居集体参保、救助和死亡名单;未办理的行可导出退回。",
            table: Table(
                ["种类", "文件", "单位", "行数", "办理", "无需处理", "未办理", "经办", "时间", "办件"], rows, empty: "还没有交来名单"),
            links: try site.matterLinks(
                site.kinds.kinds.filter { $0.code.hasPrefix("enrolment.list.") }.map { ($0.code, $0.name) }, context),
            next: lists.count == Self.pageRows ? query.link("/lists", ["after": "\(lists.last!.id)"]) : nil,
            first: before == nil ? nil : "/lists")
    }
}
