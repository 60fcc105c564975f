import Basics

@testable import Benefits

/// Random bills, people and policies from a seed: the same seed gives the same cases on every machine.
struct RandomCases {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    // MARK: Policies

    mutating func terms() -> BenefitTerms {
        var settlement = SettlementTerms()
        settlement.fundTotalIncludesAccount = random.chance(300_000)
        settlement.supplementsBeforeAssistance = random.chance(700_000)
        settlement.liability.value = random.pick(LiabilityRule.allCases)
        return BenefitTerms(
            area: AreaCode(990_999), settlement: settlement, employee: scheme(), resident: scheme(),
            assistance: random.chance(800_000) ? assistance() : nil)
    }

    mutating func scheme() -> SchemeTerms {
        var scheme = SchemeTerms(inpatient: plan())
        scheme.outpatient = random.chance(800_000) ? plan() : nil
        scheme.emergency = random.chance(600_000) ? plan() : nil
        scheme.rescueAsInpatient = random.chance(500_000)
        scheme.accident = random.chance(600_000) ? plan() : nil
        scheme.pharmacy = Stated(random.pick(PharmacyRule.allCases))
        if random.chance(700_000) { scheme.yearCap = Stated(yuan(1_000...200_000)) }
        if random.chance(600_000) { scheme.largeAmount = LargeAmountTerms(bands: bands(), yearLimit: maybeLimit()) }
        if random.chance(600_000) { scheme.critical = critical() }
        if random.chance(600_000) { scheme.civilServant = supplement() }
        if random.chance(600_000) { scheme.enterprise = supplement() }
        if random.chance(800_000) { scheme.account = AccountTerms(covers: scope(), sharedCovers: scope()) }
        scheme.remoteCuts = RemoteCuts(filed: cut(), referred: cut(), emergency: cut(), unfiled: cut())
        scheme.chronic = ChronicTerms(plan: plan(), diseases: diseases())
        if random.chance(200_000) { scheme.chronic?.plan.deductible.period = .yearWithInpatient }
        scheme.twoDiseases = ChronicTerms(plan: plan(), diseases: diseases(), drugsOnly: random.chance(500_000))
        scheme.maternity = maternity()
        return scheme
    }

    private mutating func cut() -> Stated<Rate> { Stated(.percent(Int64(random.below(30)))) }

    private mutating func maternity() -> MaternityTerms {
        MaternityTerms(
            fund: .maternity, prenatal: random.chance(800_000) ? Stated(payment()) : nil,
            prenatalLimit: maybeLimit(), births: [BirthTerms(kind: .natural, payment: Stated(payment()))],
            familyPlanning: random.chance(800_000) ? Stated(payment()) : nil)
    }

    private mutating func plan() -> Plan {
        var plan = Plan(groups: [], deductibles: [], bands: bands())
        plan.deductibles = (0..<random.within(1...3)).map { _ in PerTier(all: Stated(yuan(0...2_000))) }
        plan.groups = [
            GroupTerms(
                deductibles: .init(start: 0, count: plan.deductibles.count),
                bands: PerTier(all: .init(start: 0, count: plan.bands.count)),
                bonus: Stated(.percent(Int64(random.below(6)))), yearLimit: maybeLimit())
        ]
        plan.basis = random.pick(BandBasis.allCases)
        plan.reach = random.pick(BandReach.allCases)
        plan.deductible = deductibleRule()
        plan.visitLimit = random.chance(200_000) ? Stated(yuan(10...20_000)) : nil
        plan.countsTowardYearCap = random.chance(700_000)
        plan.accountFirst = random.chance(200_000)
        return plan
    }

    private mutating func deductibleRule() -> DeductibleRule {
        var rule = DeductibleRule(period: random.pick([.stay, .year]))
        rule.repeats = Stated(
            random.pick([.asListed, .step(yuan(0...500), floor: yuan(0...500)), .ratio(rate(), floor: yuan(0...500))]))
        if random.chance(300_000) {
            rule.waivers = [
                DeductibleWaiver(
                    conditions: .malignancy, groups: AssistanceGroups(.orphan), firstShare: rate(), laterShare: rate())
            ]
        }
        rule.transferUp = Stated(random.pick(TransferRule.allCases))
        rule.transferDown = Stated(random.pick(TransferRule.allCases))
        rule.interim = Stated(random.pick(InterimRule.allCases))
        return rule
    }

    mutating func bands() -> [Band] {
        var from: Int64 = 0
        return (0..<random.within(1...4)).map { index in
            if index > 0 { from += Int64(random.within(1...40_000)) }
            return Band(from: Money(yuan: from), ratio: Rate(partsPerMillion: Int64(random.below(1_000_001))))
        }
    }

    private mutating func critical() -> CriticalTerms {
        CriticalTerms(
            covers: .all, includesPreSelfPay: random.chance(500_000), deductible: Stated(yuan(0...20_000)),
            bands: bands(), yearLimit: maybeLimit(),
            tilts: [
                CriticalTilt(
                    groups: AssistanceGroups(.lowIncome), deductible: Stated(yuan(0...8_000)),
                    bonus: Stated(.percent(5)), isUncapped: random.chance(500_000))
            ])
    }

    private mutating func supplement() -> SupplementTerms {
        SupplementTerms(
            covers: .all, includesDeductible: random.chance(500_000), includesPreSelfPay: random.chance(500_000),
            deductible: random.chance(500_000) ? Stated(yuan(0...2_000)) : nil, ratio: Stated(rate()),
            retiredRatio: Stated(rate()), yearLimit: maybeLimit())
    }

    private mutating func assistance() -> AssistanceTerms {
        AssistanceTerms(
            covers: .all, includesPreSelfPay: random.chance(500_000), rules: [rule(.lowIncome), rule(.orphan)],
            further: random.chance(500_000) ? [rule(.lowIncome)] : [])
    }

    private mutating func rule(_ group: AssistanceGroup) -> AssistanceRule {
        AssistanceRule(
            groups: AssistanceGroups(group), deductible: Stated(yuan(0...4_000)), ratio: Stated(rate()),
            yearLimit: maybeLimit())
    }

    static let codes = ["M00001", "M00002", "M00003", "M00004", "M00005"].map { DiseaseCode($0)! }

    private mutating func diseases() -> [ChronicDisease] {
        let kinds: [DiseaseLimit.Kind?] = [
            .fundPayment, .inScope, .totalFee, random.chance(600_000) ? .quota : nil, nil,
        ]
        return zip(RandomCases.codes, kinds).map { code, kind in
            ChronicDisease(
                code: code, name: "示例病", ratio: random.chance(300_000) ? Stated(rate()) : nil,
                limit: kind.map {
                    DiseaseLimit(kind: $0, amount: Stated(yuan(100...5_000)), period: random.pick(LimitPeriod.allCases))
                })
        }
    }

    private mutating func payment() -> MaternityPayment {
        switch random.below(4) {
        case 0: .upTo(yuan(1_000...6_000))
        case 1: .package(yuan(1_000...6_000))
        case 2: .byItem(rate())
        default: .asInpatient
        }
    }

    // MARK: Bills

    mutating func bill(in year: Int = 2026) -> Bill {
        let day = Day(year: year, month: random.within(1...12), day: random.within(1...28))!
        let insurance = random.pick([Insurance.employee, .resident])
        let category: PersonCategory = insurance == .employee ? random.pick([.employed, .retired]) : .adult
        let insured = Insured(
            insurance: insurance, category: category, age: random.within(0...95),
            assistance: random.pick([[], AssistanceGroups(.lowIncome), AssistanceGroups([.orphan, .lowIncome])]),
            hasCivilServantSubsidy: random.chance(300_000), hasEnterpriseSupplement: random.chance(300_000),
            hasLargeAmount: random.chance(800_000))
        let visit = visit(on: day)
        let lines = (0..<random.within(1...12)).map { _ in line(on: day) }
        return Bill(
            insured: insured, visit: visit, lines: lines,
            accounts: Accounts(balance: yuan(0...5_000), shared: yuan(0...2_000), isUsed: random.chance(800_000)))
    }

    /// Care of every kind, at home and elsewhere; stays whole, interim, or moved from another hospital.
    private mutating func visit(on day: Day) -> Visit {
        var visit = Visit(
            care: random.pick(CareType.allCases), tier: random.pick(Tier.allCases), begin: day, end: day,
            remote: random.chance(400_000) ? .local : random.pick(RemoteCare.allCases),
            conditions: random.pick([[], .malignancy, .rescue]), disease: random.pick(RandomCases.codes),
            birth: .natural, isDualChannel: random.chance(500_000), hasPrescription: random.chance(700_000))
        if visit.care.isInpatient {
            visit.end = day + random.within(0...20)
            visit.link = link()
            visit.isInterim = random.chance(200_000)
        }
        if random.chance(100_000) { visit.liability = Liability(share: rate(), isUnpaid: random.chance(500_000)) }
        return visit
    }

    /// What an earlier part of the stay left: never more paid than was due, nor than its costs.
    mutating func link() -> StayLink {
        switch random.below(4) {
        case 0:
            let (scheduled, inScope) = (yuan(0...2_000), yuan(0...80_000))
            return .interim(
                scheduled: scheduled, paid: min(scheduled, inScope, yuan(0...2_000)), inScope: inScope)
        case 1: return .transfer(from: random.pick(Tier.allCases), paid: yuan(0...2_000))
        default: return .none
        }
    }

    mutating func line(on day: Day) -> BillLine {
        let price = UnitPrice(microYuan: Int64(random.below(random.chance(100_000) ? 30_000_000_000 : 500_000_000)))
        var line = BillLine(
            price: price, quantity: Quantity(tenThousandths: Int64(random.within(1...60_000))),
            feeClass: random.pick(FeeClass.allCases), day: day)
        line.amount = price * line.quantity
        if random.chance(400_000) { line.priceCap = UnitPrice(microYuan: Int64(random.below(500_000_000))) }
        if line.feeClass == .b { line.selfPayRatio = rate() }
        if random.chance(400_000) { line.chargeType = .westernDrug }
        if random.chance(50_000) { line.flags.insert(.hospitalBears) }
        if random.chance(200_000) { line.flags.insert(.prescribed) }
        if random.chance(200_000) { line.flags.insert(.dualChannelDrug) }
        return line
    }

    mutating func yearToDate() -> YearToDate {
        var year = YearToDate()
        for accumulator in Accumulator.allCases where random.chance(400_000) {
            year[accumulator] = accumulator.isCount ? Int64(random.below(6)) : yuan(0...200_000).fen
        }
        return year
    }

    // MARK: Values

    mutating func rate() -> Rate { Rate(partsPerMillion: Int64(random.below(1_000_001))) }
    mutating func yuan(_ range: ClosedRange<Int>) -> Money {
        Money(fen: Int64(random.within(range.lowerBound * 100...range.upperBound * 100)))
    }
    private mutating func maybeLimit() -> Stated<Money>? { random.chance(400_000) ? Stated(yuan(0...30_000)) : nil }
    private mutating func scope() -> AccountScope { AccountScope(rawValue: UInt8(random.below(16))) }
}
