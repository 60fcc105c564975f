import Basics
import Policy

extension BenefitTerms {
    /// Compiles what the law of an area sets for one insurance on one day. The view names the insurance; the
    /// terms hold for all of `AreaPolicy.span(around:for:)`, so that a caller compiles them once for it.
    ///
    /// The same policy version and day give the same terms, clause for clause: stored steps can be read years later.
    /// Throws everything that is missing at once.
    public init(_ view: PolicyView) throws(Problems) {
        guard let insurance = view.insurance, BenefitParameters.schemes.contains(insurance) else {
            throw Problems(
                Problem(
                    "benefits.terms.insurance", field: "insutype",
                    "待遇政策按险种取用,只有 310 职工、340 离休和 390 居民有待遇方案,请核对险种"))
        }
        var compiler = TermsCompiler(view)
        let year = compiler.year()
        let settlement = compiler.settlement()
        let scheme = compiler.scheme()
        let assistance = compiler.assistance()
        try compiler.problems.throwIfAny()
        self.init(
            area: view.policy.code, clauses: compiler.clauses, year: year, settlement: settlement,
            employee: insurance == .employee ? scheme : nil,
            retiredCadre: insurance == .retiredCadre ? scheme : nil,
            resident: insurance == .resident ? scheme : nil, assistance: assistance)
    }
}

extension Benefits {
    /// How far a line's amount may differ from price × quantity (明细金额与单价乘数量的允许差), where no bill tells the
    /// insurance yet: what the area states for all of them.
    public static func amountTolerance(_ view: PolicyView) throws(Problem) -> Money {
        try view.optional(BenefitParameters.amountTolerance) ?? .zero
    }
}

/// Reads parameters, keeps their clauses, and collects what is missing.
struct TermsCompiler {
    let view: PolicyView
    var clauses: [Clause] = []
    var problems = Problems()
    private var indices: [Clause: ClauseRef] = [:]

    init(_ view: PolicyView) { self.view = view }

    // MARK: Reading

    /// Nil where the area has no such benefit.
    mutating func optional<Value: PolicyReadable & Hashable>(
        _ parameter: Parameter<Value>, _ at: Coordinate...
    ) -> Stated<Value>? {
        do {
            guard let cited = try view.citedIfStated(parameter, at: at) else { return nil }
            return Stated(cited.value, clause(cited))
        } catch {
            problems.all.append(error)
            return nil
        }
    }

    /// Nil, with a problem collected, where the files should state it and do not.
    mutating func required<Value: PolicyReadable & Hashable>(
        _ parameter: Parameter<Value>, _ at: Coordinate...
    ) -> Stated<Value>? {
        do {
            let cited = try view.cited(parameter, at: at)
            return Stated(cited.value, clause(cited))
        } catch {
            problems.all.append(error)
            return nil
        }
    }

    /// A limit; nil where there is none, or where it is 不限.
    mutating func limit(_ parameter: Parameter<Limit>, _ at: Coordinate...) -> Stated<Money>? {
        do {
            guard let cited = try view.citedIfStated(parameter, at: at), let amount = cited.value.amount else {
                return nil
            }
            return Stated(amount, clause(cited))
        } catch {
            problems.all.append(error)
            return nil
        }
    }

    private mutating func clause<Value>(_ cited: Cited<Value>) -> ClauseRef {
        let clause = Clause(title: cited.title, basis: cited.basis)
        if let known = indices[clause] { return known }
        let ref = ClauseRef(UInt16(clauses.count))
        clauses.append(clause)
        indices[clause] = ref
        return ref
    }

    // MARK: The area as a whole

    // `yibao policy check` asks for these of an area that settles; the published tables of a real city, kept
    // to show its benefits, may leave the house's own reading in place.

    mutating func year() -> YearTerms {
        YearTerms(
            beginsInMonth: Int(optional(BenefitParameters.yearBeginsInMonth)?.value ?? 1),
            acrossYears: optional(BenefitParameters.acrossYears) ?? Stated(.settlementYear),
            policyDay: optional(BenefitParameters.policyDay)?.value ?? .end)
    }

    mutating func settlement() -> SettlementTerms {
        SettlementTerms(
            fundTotalIncludesAccount: optional(BenefitParameters.fundTotalIncludesAccount)?.value ?? false,
            supplementsBeforeAssistance: optional(BenefitParameters.supplementsBeforeAssistance)?.value ?? true,
            liability: optional(BenefitParameters.liability) ?? Stated(.unliableShareOnly),
            reversal: optional(BenefitParameters.reversal) ?? Stated(.refuse),
            amountTolerance: optional(BenefitParameters.amountTolerance)?.value ?? .zero)
    }

    // MARK: A scheme

    mutating func scheme() -> SchemeTerms? {
        let groups = optional(BenefitParameters.groups)?.value ?? [.everyone]
        guard var inpatient = plan(BenefitParameters.inpatient, groups) else {
            _ = required(BenefitParameters.inpatient.bands, .group(groups[0]), .tier(.third))
            return nil
        }
        inpatient.deductible = inpatientDeductible(inpatient.deductible)
        var scheme = SchemeTerms(groups: groups, inpatient: inpatient)
        scheme.conditions = conditions()
        scheme.outpatient = plan(BenefitParameters.outpatient, groups)
        scheme.emergency = plan(BenefitParameters.emergency, groups)
        scheme.accident = plan(BenefitParameters.accident, groups)
        scheme.rescueAsInpatient = optional(BenefitParameters.rescueAsInpatient)?.value ?? false
        scheme.emergencyMergeDays = Int(optional(BenefitParameters.emergencyMergeDays)?.value ?? 3)
        scheme.chronic = chronic(groups)
        scheme.twoDiseases = twoDiseases(groups)
        scheme.maternity = maternity()
        scheme.pharmacy = optional(BenefitParameters.pharmacy) ?? Stated(.accountOnly)
        scheme.yearCap = limit(BenefitParameters.poolYearCap)
        scheme.largeAmount = largeAmount()
        scheme.critical = critical()
        scheme.civilServant = supplement(BenefitParameters.civilServant)
        scheme.enterprise = supplement(BenefitParameters.enterprise)
        scheme.remoteCuts = remoteCuts()
        scheme.account = account()
        return scheme
    }

    private mutating func inpatientDeductible(_ rule: DeductibleRule) -> DeductibleRule {
        var rule = rule
        rule.repeats = optional(BenefitParameters.repeatRule) ?? Stated(.asListed)
        if let waivers = optional(BenefitParameters.waivers) {
            rule.waivers = waivers.value.map {
                var waiver = $0
                waiver.clause = waivers.clause
                return waiver
            }
        }
        rule.transferUp = optional(BenefitParameters.transferUp) ?? rule.transferUp
        rule.transferDown = optional(BenefitParameters.transferDown) ?? rule.transferDown
        rule.interim = optional(BenefitParameters.interim) ?? rule.interim
        return rule
    }

    private mutating func conditions() -> [DiagnosedCondition] {
        ConditionTerm.diagnosed.compactMap { term in
            let place = Coordinate(BenefitParameters.conditionDimension, term.policyTerm)
            return optional(BenefitParameters.conditions, place).map {
                DiagnosedCondition(condition: term.condition, diagnoses: $0.value)
            }
        }
    }

    // MARK: A plan

    /// Nil where the area has no such plan.
    private mutating func plan(_ parameters: PlanParameters, _ groups: [PersonGroup]) -> Plan? {
        guard view.states(parameters.bands) else { return nil }
        return readPlan(parameters, groups)
    }

    private mutating func readPlan(_ parameters: PlanParameters, _ groups: [PersonGroup]) -> Plan {
        var plan = Plan(groups: [], deductibles: [], bands: [])
        plan.basis = optional(parameters.bandBasis)?.value ?? .afterDeductible
        plan.reach = optional(parameters.bandReach)?.value ?? .settlement
        plan.deductible.period = optional(parameters.deductiblePeriod)?.value ?? .stay
        plan.visitLimit = limit(parameters.visitLimit)
        plan.countsTowardYearCap = optional(parameters.countsTowardYearCap)?.value ?? true
        plan.accountFirst = optional(parameters.accountFirst)?.value ?? false
        for group in groups { plan.groups.append(row(parameters, group, &plan)) }
        return plan
    }

    private mutating func row(_ parameters: PlanParameters, _ group: PersonGroup, _ plan: inout Plan) -> GroupTerms {
        let deductibles = deductibleList(parameters.deductible, group, &plan)
        var bands = PerTier(all: GroupTerms.Span(start: 0, count: 0))
        if view.states(parameters.bands) {
            for tier in Tier.allCases { bands[tier] = bandList(parameters.bands, group, tier, &plan) }
        }
        return GroupTerms(
            deductibles: deductibles, bands: bands, bonus: optional(parameters.bonus, .group(group)),
            yearLimit: limit(parameters.yearLimit, .group(group)))
    }

    /// The deductibles of the first, second … stay, up to the last one that the files tell apart.
    private mutating func deductibleList(
        _ parameter: Parameter<Money>, _ group: PersonGroup, _ plan: inout Plan
    ) -> GroupTerms.Span {
        guard view.states(parameter) else { return GroupTerms.Span(start: 0, count: 0) }
        let start = plan.deductibles.count
        let ordinals = view.members(of: parameter, along: .stay).compactMap { Int($0.filter(\.isNumber)) }
        let last = min(ordinals.max() ?? 1, 99)
        for nth in 1...max(last, 1) {
            var list = PerTier(all: Stated(Money.zero))
            for tier in Tier.allCases {
                if let stated = required(parameter, .group(group), .tier(tier), .stay(nth)) { list[tier] = stated }
            }
            plan.deductibles.append(list)
        }
        return GroupTerms.Span(start: start, count: plan.deductibles.count - start)
    }

    private mutating func bandList(
        _ parameter: Parameter<Bands>, _ group: PersonGroup, _ tier: Tier, _ plan: inout Plan
    ) -> GroupTerms.Span {
        let start = plan.bands.count
        if let stated = required(parameter, .group(group), .tier(tier)) {
            plan.bands += TermsCompiler.bands(stated)
        }
        return GroupTerms.Span(start: start, count: plan.bands.count - start)
    }

    private static func bands(_ stated: Stated<Bands>) -> [Band] {
        stated.value.all.map { Band(from: $0.from, ratio: $0.ratio, clause: stated.clause) }
    }

    // MARK: Special outpatient care

    private mutating func chronic(_ groups: [PersonGroup]) -> ChronicTerms? {
        guard view.states(BenefitParameters.chronicDiseases) else { return nil }
        return ChronicTerms(
            plan: readPlan(BenefitParameters.chronic, groups), diseases: diseases(BenefitParameters.chronicDiseases),
            stacking: optional(BenefitParameters.chronicStacking) ?? Stated(.separate),
            drugsOnly: optional(BenefitParameters.chronicDrugsOnly)?.value ?? false)
    }

    private mutating func twoDiseases(_ groups: [PersonGroup]) -> ChronicTerms? {
        guard view.states(BenefitParameters.twoDiseasesDiseases) else { return nil }
        return ChronicTerms(
            plan: readPlan(BenefitParameters.twoDiseases, groups),
            diseases: diseases(BenefitParameters.twoDiseasesDiseases),
            stacking: optional(BenefitParameters.twoDiseasesStacking) ?? Stated(.separate),
            drugsOnly: optional(BenefitParameters.twoDiseasesDrugsOnly)?.value ?? true)
    }

    private mutating func diseases(_ parameter: Parameter<DiseaseRow>) -> [ChronicDisease] {
        var diseases: [ChronicDisease] = []
        for text in view.members(of: parameter, along: .chronicDisease) {
            guard let code = DiseaseCode(text) else {
                problems.add(
                    "benefits.terms.diseaseCode", field: parameter.declaration.key,
                    "病种编码“\(text)”应为不超过 12 位的字母和数字,请改正政策文件")
                continue
            }
            guard let row = required(parameter, .chronicDisease(text)) else { continue }
            var disease = ChronicDisease(code: code, name: row.value.name)
            disease.ratio = row.value.ratio.map { Stated($0, row.clause) }
            if let kind = row.value.kind, let amount = row.value.amount {
                disease.limit = DiseaseLimit(kind: kind, amount: Stated(amount, row.clause), period: row.value.period)
            }
            diseases.append(disease)
        }
        return diseases
    }

    // MARK: Maternity and care elsewhere

    private mutating func maternity() -> MaternityTerms? {
        guard let fund = optional(BenefitParameters.maternityFund) else { return nil }
        var maternity = MaternityTerms(fund: fund.value.fund)
        maternity.prenatal = optional(BenefitParameters.prenatal)
        maternity.prenatalLimit = limit(BenefitParameters.prenatalLimit)
        maternity.familyPlanning = optional(BenefitParameters.familyPlanning)
        for kind in BirthKind.allCases {
            let place = Coordinate(BenefitParameters.birthDimension, kind.name)
            if let payment = optional(BenefitParameters.births, place) {
                maternity.births.append(BirthTerms(kind: kind, payment: payment))
            }
        }
        return maternity
    }

    private mutating func remoteCuts() -> RemoteCuts {
        var cuts = RemoteCuts()
        guard view.states(BenefitParameters.remoteCuts) else { return cuts }
        func place(_ remote: RemoteCare) -> Coordinate { Coordinate(BenefitParameters.remoteDimension, remote.name) }
        cuts.filed = required(BenefitParameters.remoteCuts, place(.filed)) ?? cuts.filed
        cuts.referred = required(BenefitParameters.remoteCuts, place(.referred)) ?? cuts.referred
        cuts.emergency = required(BenefitParameters.remoteCuts, place(.emergency)) ?? cuts.emergency
        cuts.unfiled = required(BenefitParameters.remoteCuts, place(.unfiled)) ?? cuts.unfiled
        return cuts
    }

    // MARK: Further payers

    private mutating func largeAmount() -> LargeAmountTerms? {
        guard let bands = optional(BenefitParameters.largeAmountBands) else { return nil }
        return LargeAmountTerms(
            bands: TermsCompiler.bands(bands), yearLimit: limit(BenefitParameters.largeAmountYearLimit),
            enrolment: optional(BenefitParameters.largeAmountEnrolment)?.value ?? .withBasicInsurance)
    }

    private mutating func critical() -> CriticalTerms? {
        guard let bands = optional(BenefitParameters.criticalBands),
            let deductible = required(BenefitParameters.criticalDeductible)
        else { return nil }
        var critical = CriticalTerms(deductible: deductible, bands: TermsCompiler.bands(bands))
        if let covers = optional(BenefitParameters.criticalCovers) {
            critical.covers = CareScope(covers.value.map(\.scope))
        }
        critical.includesPreSelfPay = optional(BenefitParameters.criticalIncludesPreSelf)?.value ?? false
        critical.yearLimit = limit(BenefitParameters.criticalYearLimit)
        critical.raiseShareMax = optional(BenefitParameters.criticalRaiseShareMax)?.value ?? critical.raiseShareMax
        for group in listedGroups(BenefitParameters.criticalTilts) {
            guard let row = required(BenefitParameters.criticalTilts, .group(group)) else { continue }
            critical.tilts.append(
                CriticalTilt(
                    groups: AssistanceGroups(group), deductible: Stated(row.value.deductible, row.clause),
                    bonus: Stated(row.value.bonus, row.clause), isUncapped: row.value.isUncapped))
        }
        return critical
    }

    private func listedGroups<Value>(_ parameter: Parameter<Value>) -> [AssistanceGroup] {
        let names = view.members(of: parameter, along: .assistanceGroup)
        return AssistanceGroup.allCases.filter { names.contains($0.name) || names.contains(Dimension.others) }
    }

    private mutating func supplement(_ parameters: SupplementParameters) -> SupplementTerms? {
        guard view.states(parameters.ratio), let ratio = required(parameters.ratio, .employment(retired: false)) else {
            return nil
        }
        var terms = SupplementTerms(ratio: ratio, retiredRatio: required(parameters.ratio, .employment(retired: true)))
        if let covers = optional(parameters.covers) { terms.covers = CareScope(covers.value.map(\.scope)) }
        terms.includesDeductible = optional(parameters.includesDeductible)?.value ?? false
        terms.includesPreSelfPay = optional(parameters.includesPreSelfPay)?.value ?? false
        terms.deductible = optional(parameters.deductible)
        terms.yearLimit = limit(parameters.yearLimit)
        return terms
    }

    mutating func assistance() -> AssistanceTerms? {
        guard view.states(BenefitParameters.assistance.ratio) else { return nil }
        var terms = AssistanceTerms(
            rules: assistanceRules(BenefitParameters.assistance),
            further: assistanceRules(BenefitParameters.furtherAssistance))
        if let covers = optional(BenefitParameters.assistanceCovers) {
            terms.covers = CareScope(covers.value.map(\.scope))
        }
        terms.includesPreSelfPay = optional(BenefitParameters.assistanceIncludesPreSelf)?.value ?? false
        return terms
    }

    private mutating func assistanceRules(_ parameters: AssistanceParameters) -> [AssistanceRule] {
        var rules: [AssistanceRule] = []
        for group in listedGroups(parameters.ratio) {
            guard let ratio = required(parameters.ratio, .group(group)) else { continue }
            rules.append(
                AssistanceRule(
                    groups: AssistanceGroups(group),
                    deductible: optional(parameters.deductible, .group(group)) ?? Stated(.zero), ratio: ratio,
                    yearLimit: limit(parameters.yearLimit, .group(group))))
        }
        return rules
    }

    // MARK: Personal accounts

    private mutating func account() -> AccountTerms? {
        guard let covers = optional(BenefitParameters.accountCovers) else { return nil }
        var account = AccountTerms(covers: AccountScope(covers.value.map(\.scope)), clause: covers.clause)
        account.sharing = optional(BenefitParameters.accountSharing)?.value ?? false
        let shared = optional(BenefitParameters.accountSharedCovers)?.value ?? covers.value
        account.sharedCovers = AccountScope(shared.map(\.scope))
        return account
    }
}

extension Coordinate {
    fileprivate static func group(_ group: PersonGroup) -> Coordinate {
        Coordinate(BenefitParameters.groupDimension, group.name)
    }
}
