import Basics
import Benefits
import Control
import Enrolment
import Providers
import Settlement
import Storage

extension EventKind {
    /// 药店购药结算
    public static let purchased: EventKind = "settlement.purchased"
}

extension Agency {
    /// 2101A 药店预结算: computed, and nothing is written.
    public func previewPurchase(_ request: Purchase, _ head: MessageHead) async throws -> SettlementStatement {
        let priced = try await price(request, head)
        return try await consult(head) { work in
            let (given, reckoned) = try work.reckon(request, priced.get(), encounter: ID(0))
            let row = work.row(reckoned, given, id: ID(0), messageID: head.messageID)
            return work.statement(
                row, given.person.person, certificate: request.certificateKind, facts: reckoned.facts)
        }
    }

    /// 2102A 药店结算: the purchase, its lines and its settlement in one message.
    public func purchase(_ request: Purchase, _ head: MessageHead) async throws -> SettlementStatement {
        let priced = try await price(request, head)
        return try await once(head, .purchased) { work in
            let id = try work.tx.nextID(Encounter.self, "encounter")
            let (given, reckoned) = try work.reckon(request, priced.get(), encounter: id)
            let settlement = try work.tx.nextID(SettlementRecord.self, "settlement")
            let row = work.row(reckoned, given, id: settlement, messageID: head.messageID)
            try SettlementDesk.beginSettled(
                given.encounter, diagnoses: [], lines: given.lines, bill: row, work.tx, &work.written)
            work.references.encounter = id
            work.references.begins = true
            work.references.lines = 1...Int64(given.lines.count)
            try work.post(row, over: reckoned.totals)
            work.references.total = row.amounts.total
            work.references.funds = row.amounts.funds
            let statement = work.statement(
                row, given.person.person, certificate: request.certificateKind, facts: reckoned.facts)
            return (.settlement(settlement), statement)
        } again: { work, answer in
            try work.statement(try answer.settlement())
        }
    }

    /// Everything about the lines that is known before the transaction. What speaks against them is asked only of a new
    /// message: one that was settled before is answered as it was.
    private func price(_ request: Purchase, _ head: MessageHead) async throws -> Result<PricedLines, Problems> {
        let snapshots = try await shelf.snapshots(head.area, store)
        let tier = snapshots.providers[head.provider]?.tier(on: request.boughtAt.day) ?? .unrated
        let (mapping, tolerance) = try await (mappingCheck(request.lines, head), amountTolerance(head.area))
        return Result { () throws(Problems) in
            let priced = try PricedLines(
                request.lines, snapshots.catalogue, mapping, tier: tier, isInpatient: false, tolerance: tolerance)
            try priced.requireGoods()
            try LineChecks.bill(request.lines.map { ($0.line.itemCode, $0.line.amount) }, stated: request.total)
            return priced
        }
    }
}

extension Work {
    func reckon(
        _ request: Purchase, _ priced: PricedLines, encounter id: ID<Encounter>
    ) throws -> (SettlementCase, Reckoned) {
        try requirePurchase(request)
        let person = try Enrolment.requireInsured(tx, area: area, request.person)
        try requireCertificate(request.certificateKind, request.certificateNumber, of: request.person)
        let coverage = try person.entitlement(on: request.boughtAt.day, under: request.insurance).require()
        var information = VisitInformation(careType: request.careType, begunAt: request.boughtAt)
        information.diseaseCode = request.diseaseCode
        information.diseaseName = request.diseaseName
        let encounter = EncounterRecord(
            area: area, id: id, person: request.person, provider: provider.id, setting: .pharmacy,
            insurance: coverage.insurance, category: coverage.category, visitNumber: "",
            certificateKind: request.certificateKind, certificateNumber: request.certificateNumber,
            registeredAt: at, actor: head.operatorCode, information: information)
        let refunds = try LineChecks.against(
            [], lines: priced.lines, begunAt: request.boughtAt, endedAt: request.boughtAt, now: at,
            firstNumber: 1)
        let lines = priced.records(
            area: area, encounter: id, after: 0, refunds: refunds, originals: [:], at: at)
        let given = SettlementCase(
            encounter: encounter, information: information, person: person, lines: lines,
            end: request.boughtAt.day, usesAccount: request.usesAccount, invoice: request.invoice)
        return (given, try reckon(given))
    }

    private func requirePurchase(_ request: Purchase) throws {
        var problems = Problems()
        if provider.kind != .pharmacy {
            problems.add("settlement.purchase.provider", field: "fixmedins_code", "药店结算只限定点零售药店,医疗机构请用门诊交易")
        }
        let allowed: Set<CareType> = [.pharmacy, .chronicDisease, .twoDiseases]
        if !allowed.contains(request.careType) {
            problems.add(
                "settlement.purchase.careType", field: "med_type",
                "医疗类别 \(request.careType.rawValue)(\(request.careType.name))不能在药店结算,请核对")
        }
        if request.boughtAt.day > at.day {
            problems.add("settlement.purchase.future", field: "begntime", "购药日期 \(request.boughtAt.day) 尚未到来,请核对")
        }
        try problems.throwIfAny()
    }
}
