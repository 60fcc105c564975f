import Agency
import Basics
import Contributions
import Enrolment
import Hummingbird
import Storage

/// What was paid for one person, month by month (缴费记录), to read and to take away.
struct PersonContributions: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/people/{id}/contributions", to: router) { _, context, _ in try await all(context) }
    }

    private func all(_ context: CounterContext) async throws -> ListPage {
        let id = try PersonPage.number(context)
        let (person, payments, employers) = try await site.agency.store.read { [area = site.area] tx in
            guard let insured = try Enrolment.insured(tx, area: area, id) else { throw PersonPage.unknown }
            let payments = try Agency.payments(tx, area: area, of: id)
            var employers: [ID<Employer>: String] = [:]
            for employer in Set(payments.compactMap(\.employer)) {
                employers[employer] = try Enrolment.employer(tx, area: area, employer)?.name
            }
            return (insured.person, payments, employers)
        }
        let paid = payments.filter(\.isPaid)
        return ListPage(
            title: "\(person.name)的缴费记录", path: "/people/\(id)/contributions", menu: "/people",
            lead: "人员编号 \(id);按所属期,最近的在前。一张应缴单缴清才算已缴。",
            figures: [
                .init("已缴", String(paid.count), "笔"), .init("单位缴纳", paid.map(\.part.employer).total().grouped, "元"),
                .init("个人缴纳", paid.map(\.part.personal).total().grouped, "元"),
                .init("未缴", String(payments.count - paid.count), "笔"),
            ], table: Self.table(payments, employers, on: site.agency.clock().day),
            links: [.init("返回参保人", "/people/\(id)")])
    }

    static func table(
        _ payments: [PaymentRecord], _ employers: [ID<Employer>: String], on today: Day
    ) -> Table {
        Table(
            ["所属期", "险种", "缴费人", "缴费基数", "单位缴纳", "个人缴纳", "状态", "到账或期限", "应缴单"],
            payments.reversed().map { payment in
                [
                    .text(payment.periodName), .text(payment.insurance.name),
                    payment.employer.map { .link(employers[$0] ?? "\($0)", to: "/employers/\($0)") } ?? .text("个人"),
                    .money(payment.part.base), .money(payment.part.employer), .money(payment.part.personal),
                    payment.badge(on: today), .text(payment.standingWords),
                    .link("\(payment.bill)", to: "/bills/\(payment.bill)"),
                ]
            }, empty: "本地没有缴费记录")
    }
}

extension PaymentRecord {
    fileprivate var periodName: String {
        if months.lowerBound == months.upperBound { return "\(months.lowerBound)" }
        return insurance == .resident ? "\(months.lowerBound.year) 年度" : "\(months.lowerBound) 至 \(months.upperBound)"
    }

    fileprivate func badge(on today: Day) -> Table.Cell {
        switch standing {
        case .paid: .badge(isBackPayment ? "已补缴" : "已缴", .fine)
        case .due(let day): day < today ? .badge("逾期未缴", .warn) : .badge("未到期", .grey)
        case .deferred: .badge("缓缴", .grey)
        }
    }

    fileprivate var standingWords: String {
        switch standing {
        case .paid(let day): "\(day)"
        case .due(let day): "期限 \(day)"
        case .deferred(_, let payBy): "缓至 \(payBy)"
        }
    }
}
