import Basics
import Benefits
import Contributions
import Enrolment
import Policy
import Providers
import Seals
import Settlement
import Storage

/// What a settlement is computed from (结算依据), gathered in its own transaction.
struct SettlementCase {
    var encounter: EncounterRecord
    var information: VisitInformation
    var person: InsuredPerson
    var lines: [FeeLineRecord]
    /// 出院日, or the day up to which is settled.
    var end: Day
    var isInterim = false
    var usesAccount = true
    var batch = ""
    var invoice = ""
    /// Settlements of the same encounter that stand.
    var earlier: [SettlementRow] = []
}

/// A settlement computed and not yet recorded.
struct Reckoned {
    var outcome: Outcome
    var facts: SettlementFacts
    var policyVersion: [UInt8]
    /// The day whose law decided.
    var costDay: Day
    /// 统筹年度
    var year: Int64
    /// The running totals that it goes on from; nil at the year's first settlement.
    var totals: RunningTotals?
    /// What the year has seen under the person's other numbers, and the settlements up to which that is.
    var elsewhere: (figures: YearToDate, last: [ID<SettlementRecord>])
}

extension Work {
    /// Computes a settlement by the law of its day from what the person's year has seen.
    func reckon(_ given: SettlementCase) throws -> Reckoned {
        let begin = given.information.begunAt.day
        if let objection = provider.objection(on: begin) { throw Problems(objection) }
        let coverage = try given.person.entitlement(on: begin, under: given.encounter.insurance).require()
        var visit = try visit(given, coverage)
        let policy = try agency.policies.area(area)
        let atEnd = try agency.shelf.terms(policy, coverage.insurance, on: visit.end)
        let day = Benefits.policyDay(of: visit, rule: atEnd.year.policyDay)
        let terms = day == visit.end ? atEnd : try agency.shelf.terms(policy, coverage.insurance, on: day)
        let scheme = terms.scheme(coverage.insurance)
        visit.conditions.formUnion(scheme?.conditions(of: given.information.diagnosisCode) ?? [])
        let year = Int64(Benefits.year(of: visit, terms: terms))
        let totals = try SettlementDesk.accumulator(
            area, given.encounter.person, given.encounter.insurance, year: year, tx)
        let elsewhere = try used(
            under: numbers(of: given.encounter.person).filter { $0 != given.encounter.person },
            given.encounter.insurance, year: year)
        let own = try totals.map { totals throws(Problems) in try YearToDate(encoded: totals.totals) } ?? YearToDate()
        let bill = Bill(
            insured: Insured(given.person, coverage, on: begin, scheme), visit: visit,
            lines: given.lines.map(\.billLine),
            accounts: try accounts(of: given.encounter.person, areUsed: given.usesAccount))
        let outcome = try Benefits.settle(bill, terms: terms, soFar: own + elsewhere.figures)
        return Reckoned(
            outcome: outcome,
            facts: SettlementFacts(
                insured: bill.insured, visit: visit, accounts: bill.accounts,
                deductibleScheduled: outcome.deductibleScheduled, eligible: outcome.eligible,
                fundTotalIncludesAccount: terms.settlement.fundTotalIncludesAccount),
            policyVersion: Hex.decode(policy.version) ?? [], costDay: day, year: year, totals: totals,
            elsewhere: elsewhere)
    }

    private func accounts(of person: ID<Person>, areUsed: Bool) throws -> Accounts {
        let person = try accountHolder(of: person)
        guard areUsed else {
            let own = try Contributions.balance(tx, area: area, of: person) ?? .zero
            return Accounts(balance: own, isUsed: false)
        }
        let available = try Contributions.available(tx, area: area, to: person, on: at.day)
        return Accounts(balance: available.own, shared: available.sharedTotal)
    }

    // MARK: The visit

    private func visit(_ given: SettlementCase, _ coverage: Entitlement.Coverage) throws -> Visit {
        let information = given.information
        let begin = information.begunAt.day
        let filings = try self.filings(of: numbers(of: given.encounter.person), on: begin)
        let diseaseText = try disease(given)
        try requireFiling(diseaseText, information.careType, filings)
        let hasPrescription = given.lines.contains { $0.flags.contains(.circulatedPrescription) }
        return Visit(
            care: information.careType, tier: provider.tier(on: begin), begin: begin, end: max(begin, given.end),
            remote: try remoteCare(given, filings, on: begin), conditions: VisitConditions(extra: information.extra),
            link: try link(given, filings), isInterim: given.isInterim, disease: DiseaseCode(diseaseText),
            filedDiseases: filings.filter { $0.kind == .chronicDisease }.compactMap { DiseaseCode($0.code) },
            birth: BirthKind(extra: information.extra), liability: try liability(given, on: begin),
            // A prescription circulates through the platform to dual-channel pharmacies alone.
            isDualChannel: hasPrescription && provider.kind == .pharmacy, hasPrescription: hasPrescription)
    }

    /// The disease a bill is for: its lines' when they name one, else the encounter's.
    private func disease(_ given: SettlementCase) throws -> String {
        let named = Set(given.lines.map(\.diseaseCode)).subtracting([""])
        guard named.count <= 1 else {
            throw Problems(
                Problem(
                    "settlement.bill.diseases", field: "dise_codg",
                    "同一收费批次有 \(named.count) 个病种(\(named.sorted().joined(separator: "、"))),请按病种分批上传"))
        }
        return named.first ?? given.information.diseaseCode
    }

    private func requireFiling(_ disease: String, _ care: CareType, _ filings: [FilingRecord]) throws {
        guard care == .chronicDisease || care == .twoDiseases, !disease.isEmpty else { return }
        guard filings.contains(where: { $0.kind == .chronicDisease && $0.code == disease }) else {
            throw Problems(
                Problem(
                    "settlement.filing.none", field: "dise_codg",
                    "此人没有病种 \(disease) 的有效备案,请先办理慢特病备案(2503)或按普通门诊结算"))
        }
    }

    private func remoteCare(_ given: SettlementCase, _ filings: [FilingRecord], on day: Day) throws -> RemoteCare {
        let division = provider.code.division
        guard !division.lies(in: area) else { return .local }
        // Whoever lives there by a standing ruling is treated there as at home: province and city must agree.
        let residences = try rulings(of: given.encounter.person, .remoteResidence)
        let livesThere = residences.contains { residence in
            residence.period.contains(day) && residence.division.map { division.lies(in: $0) } ?? false
        }
        if livesThere { return .filed }
        if filings.contains(where: { $0.kind == .referral && $0.providerCode == head.provider }) { return .referred }
        let care = given.information.careType
        return care == .emergency || care == .emergencyInpatient ? .emergency : .unfiled
    }

    /// A third person's liability as ruled; only injuries have one, so that other bills need not ask.
    private func liability(_ given: SettlementCase, on day: Day) throws -> Liability {
        let care = given.information.careType
        let diagnosis = given.information.diagnosisCode
        guard
            care == .accidentOutpatient || care == .injuryInpatient || diagnosis.hasPrefix("S")
                || diagnosis.hasPrefix("T")
        else { return .none }
        let ruling = try rulings(of: given.encounter.person, .liability).first { $0.period.contains(day) }
        return ruling.flatMap { ruling in
            ruling.share.map { Liability(share: $0, isUnpaid: ruling.isUnpaid) }
        } ?? .none
    }

    /// What a stay continues: its own interim settlements, or a stay elsewhere from which it was referred.
    private func link(_ given: SettlementCase, _ filings: [FilingRecord]) throws -> StayLink {
        guard given.encounter.setting == .inpatient else { return .none }
        if !given.earlier.isEmpty {
            let facts = try given.earlier.map { try SettlementFacts(encoded: $0.facts) }
            return .interim(
                scheduled: facts[0].deductibleScheduled, paid: given.earlier.map(\.amounts.deductible).total(),
                inScope: facts.map(\.eligible).total())
        }
        let referral = filings.first { $0.kind == .referral && $0.providerCode == head.provider }
        guard let referral, let from = providers[referral.filedBy] else { return .none }
        let begin = given.information.begunAt.day
        guard let left = try settledStay(of: given.encounter.person, at: referral.filedBy, before: begin) else {
            return .none
        }
        return .transfer(from: from.tier(on: left.costDay), paid: left.amounts.deductible)
    }

    /// The last stay settled at a provider that ended no longer than a day before this one began.
    private func settledStay(
        of person: ID<Person>, at provider: ID<Provider>, before begin: Day
    ) throws -> SettlementRow? {
        let found = try numbers(of: person).flatMap { number in
            let filter = SettlementDesk.SettlementFilter(provider: provider, person: number, firstDay: begin - 1)
            return try SettlementDesk.settlements(area, filter, limit: 50, tx).bills
        }
        let reversed = Set(found.compactMap { $0.kind == .reversal ? $0.original : nil })
        return found.first {
            $0.careType.isInpatient && $0.kind != .reversal && !reversed.contains($0.id) && $0.costDay >= begin - 1
        }
    }
}

extension InstitutionCode {
    /// The division that the code carries (编码中的行政区划).
    var division: AreaCode { AreaCode(description.dropFirst().prefix(6)) ?? AreaCode(0) }
}

extension Insured {
    /// The person as the benefit rules see one, by what held when the visit began.
    init(_ person: InsuredPerson, _ coverage: Entitlement.Coverage, on day: Day, _ scheme: SchemeTerms?) {
        self.init(
            insurance: coverage.insurance, category: coverage.category, age: person.person.birth.age(on: day),
            assistance: AssistanceGroups(coverage.assistance),
            hasCivilServantSubsidy: coverage.hasCivilServantSubsidy,
            hasEnterpriseSupplement: coverage.hasEnterpriseSupplement,
            hasLargeAmount: scheme?.largeAmount?.enrolment != .separate
                || person.entitlement(on: day, under: .largeAmount).coverage != nil,
            criticalLimitRaise: coverage.criticalLimitRaise)
    }
}

extension VisitConditions {
    /// 急诊抢救 as the institution declares it: `exp_content.resc_flag` among the further fields of a visit. The
    /// national fields know an emergency (`med_type` 13, `er_flag` of a line), which is not yet a rescue.
    init(extra: String?) {
        let fields = extra.flatMap { try? JSON.parse($0) }
        self = fields?["exp_content"]?["resc_flag"]?.text == "1" ? .rescue : []
    }
}

extension BirthKind {
    /// 生育类别 `matn_type` among the further fields of a visit.
    init?(extra: String?) {
        guard let extra, let json = try? JSON.parse(extra), let text = json["matn_type"]?.text,
            let raw = Int64(text), let kind = BirthKind(rawValue: raw)
        else { return nil }
        self = kind
    }
}
