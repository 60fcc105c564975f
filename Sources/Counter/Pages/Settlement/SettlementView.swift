import Agency
import Basics
import Benefits
import Catalogue
import Enrolment
import Providers
import Seals
import Settlement
import Storage

/// Everything a settlement's page and its printed sheet show.
struct SettlementView: Sendable {
    let site: Site

    private struct Facts: Sendable {
        var bill: SettlementRow
        var reversal: SettlementRow?
        var recomputation: SettlementRow?
        var visit: VisitInformation
        var ended: Moment?
        var lines: [FeeLineRecord]
        var person: PersonRecord?
    }

    func model(_ id: ID<SettlementRecord>) async throws -> Model {
        let area = site.area
        let facts = try await site.agency.store.read { tx in try Self.read(area, id, tx) }
        let providers = try await site.agency.providers(area)
        let catalogue = try await site.agency.catalogue(area)
        let bill = facts.bill
        let institution = providers[bill.provider]
        // A red settlement is the exact negative of its original, which explains itself.
        let steps =
            bill.kind == .reversal
            ? [] : Explanation.rows(try StepCoding.decode(bill.steps), terms: try await site.agency.terms(of: bill))
        var model: Model = [
            "id": bill.id.description, "person": bill.person.description, "name": bill.personName,
            "sex": facts.person.map { $0.sex == .male ? "男" : "女" } ?? "",
            "age": facts.person.map { String($0.birth.age(on: bill.settledDay)) } ?? "",
            "insurance": bill.insurance.name, "category": bill.category.name, "care": bill.careType.name,
            "provider": institution?.profile(on: bill.settledDay).name ?? "",
            "providerCode": institution?.code.description ?? "", "at": bill.settledAt.description,
            "begun": facts.visit.begunAt.day.description, "ended": (facts.ended?.day ?? bill.settledDay).description,
            "diagnosis": [facts.visit.diagnosisCode, facts.visit.diagnosisName].filter { !$0.isEmpty }
                .joined(separator: " "),
            "message": bill.messageID, "policyVersion": Hex.encode(bill.policyVersion),
            "policyShort": String(Hex.encode(bill.policyVersion).prefix(12)) + "…",
            "isReversal": bill.kind == .reversal, "isRecomputed": bill.kind == .recomputation,
            "isReversed": facts.reversal != nil, "isInterim": bill.isInterim,
            "links": links(facts), "lineCount": String(facts.lines.count),
            "steps": steps.map { step in
                [
                    "what": step.what, "base": step.base, "value": step.value, "result": step.result,
                    "clause": step.clause,
                ] as Model
            },
            "lines": facts.lines.map { line($0, catalogue) },
            "funds": bill.funds.map { ["name": $0.fund.name, "amount": $0.paid.grouped] as Model },
            "charges": charges(facts.lines),
            "total": bill.amounts.total.grouped, "totalChinese": bill.amounts.total.inChinese,
            "cashChinese": bill.amounts.cash.inChinese,
        ]
        model.merge(amounts(bill.amounts)) { $1 }
        return model
    }

    private static func read(_ area: AreaCode, _ id: ID<SettlementRecord>, _ tx: any Transaction) throws -> Facts {
        guard let bill = try SettlementDesk.settlement(area, id, tx),
            let encounter = try SettlementDesk.encounter(area, bill.encounter, tx)
        else {
            throw Problem("counter.settlement.unknown", "没有找到编号为 \(id) 的结算,请从结算列表进入")
        }
        let running = try SettlementDesk.runningState(area, bill.encounter, tx)
        return Facts(
            bill: bill, reversal: try SettlementDesk.reversal(of: id, area, tx),
            recomputation: try SettlementDesk.recomputation(of: id, area, tx),
            visit: try running.map { try SettlementDesk.information(of: encounter, $0, tx) } ?? encounter.information,
            ended: try SettlementDesk.acts(area, bill.encounter, tx).last { $0.endedAt != nil }?.endedAt,
            lines: try SettlementDesk.lines(area, bill.encounter, in: bill.lines, tx),
            person: try Enrolment.insured(tx, area: area, bill.person)?.person)
    }

    private func links(_ facts: Facts) -> [Model] {
        var links: [Model] = []
        if let original = facts.bill.original {
            links.append(["text": facts.bill.kind == .reversal ? "本笔撤销了结算" : "本笔重算了结算", "id": original.description])
        }
        if let reversal = facts.reversal { links.append(["text": "本笔已被撤销,红字结算为", "id": reversal.id.description]) }
        if let again = facts.recomputation { links.append(["text": "本笔已重算,新的结算为", "id": again.id.description]) }
        return links
    }

    private func line(_ line: FeeLineRecord, _ catalogue: CatalogueIndex) -> Model {
        let item = catalogue.item(line.itemCode, on: line.occurredAt.day)
        return [
            "day": line.occurredAt.day.description, "item": item.map(catalogue.name) ?? line.providerItemCode,
            "code": line.itemCode, "class": line.feeClass.name, "price": SettlementView.words(line.price),
            "quantity": line.quantity.description, "amount": line.amount.grouped,
            "fullSelfPay": line.fullSelfPay.grouped, "overLimit": line.overLimit.grouped,
            "preSelfPay": line.preSelfPay.grouped, "inScope": line.inScope.grouped, "isRed": line.amount.isNegative,
        ]
    }

    // MARK: Amounts

    /// A price in whole fen as money is written everywhere; a finer one with all its decimals.
    private static func words(_ price: UnitPrice) -> String {
        guard price.microYuan % 10_000 == 0 else { return price.description }
        return Money(fen: price.microYuan / 10_000).grouped
    }

    private func amounts(_ a: SettlementAmounts) -> Model {
        let rows: [(String, Money, Bool)] = [
            ("医疗费总额", a.total, true), ("全自费", a.fullSelfPay, false), ("超限价", a.overLimitSelfPay, false),
            ("先行自付", a.preSelfPay, false), ("政策范围内", a.inScope, true), ("起付线", a.deductible, false),
            ("统筹基金支付", a.pool, false), ("职工大额补助", a.largeAmount, false), ("居民大病保险", a.criticalIllness, false),
            ("公务员补助", a.civilServant, false), ("企业补充保险", a.enterpriseSupplement, false),
            ("医疗救助", a.assistance, false), ("其他基金", a.other, false), ("基金支付总额", a.funds, true),
            ("个人账户支付", a.account, false), ("家庭共济支付", a.sharedAccount, false), ("个人现金支付", a.cash, true),
            ("医院负担", a.hospital, false),
        ]
        let half = (rows.count + 1) / 2
        return [
            "amounts": rows.filter { $0.2 || $0.1 != .zero }.map {
                ["name": $0.0, "amount": $0.1.grouped, "strong": $0.2] as Model
            },
            "amountPairs": (0..<half).map { index in
                let right = index + half < rows.count ? rows[index + half] : nil
                return [
                    "leftName": rows[index].0, "leftAmount": rows[index].1.grouped,
                    "rightName": right?.0 ?? "", "rightAmount": right?.1.grouped ?? "",
                ] as Model
            },
            "payers": payers(a),
        ]
    }

    /// The bar that shows who pays: widths in thousandths of the bill.
    private func payers(_ a: SettlementAmounts) -> [Model] {
        let all: [(name: String, amount: Money, colour: String)] = [
            ("统筹基金", a.pool, "#0b6b63"), ("大额补助", a.largeAmount, "#3c78b4"), ("大病保险", a.criticalIllness, "#3c78b4"),
            ("公务员补助", a.civilServant, "#6b6b8d"), ("企业补充", a.enterpriseSupplement, "#7a8b3a"),
            ("医疗救助", a.assistance, "#a04668"), ("其他基金", a.other, "#49a09a"), ("个人账户", a.account, "#e8b04a"),
            ("家庭共济", a.sharedAccount, "#f0cf8e"), ("个人现金", a.cash, "#e08a1e"), ("医院负担", a.hospital, "#9aa7a6"),
        ]
        var x: Int64 = 0
        return all.filter { $0.amount != .zero }.map { payer in
            let whole = max(1, a.total.magnitude.fen)
            let width = Rounding.halfUp(payer.amount.magnitude.fen, times: 1000, over: whole)
            defer { x += width }
            return [
                "name": payer.name, "amount": payer.amount.grouped, "colour": payer.colour, "x": String(x),
                "width": String(width),
            ]
        }
    }

    /// Kinds of charge against 甲 乙 自费, as the settlement list of the standard splits them.
    private func charges(_ lines: [FeeLineRecord]) -> [Model] {
        func row(_ name: String, _ lines: [FeeLineRecord], strong: Bool = false) -> Model {
            func sum(_ level: FeeClass) -> String {
                lines.filter { $0.feeClass == level }.map(\.amount).total().grouped
            }
            return [
                "name": name, "a": sum(.a), "b": sum(.b), "c": sum(.selfPaid),
                "total": lines.map(\.amount).total().grouped, "strong": strong,
            ]
        }
        let byType = Dictionary(grouping: lines) { $0.chargeType }
        return ChargeType.allCases.compactMap { type in byType[type].map { row(type.name, $0) } }
            + [row("合计", lines, strong: true)]
    }
}
