import Basics
import Testing

@testable import Benefits

/// What holds of every bill under every policy. A failure names the seed that repeats it.
@Suite struct PropertyTests {
    static let seeds = UInt64(1)...4_000

    @Test func partsSumToTheWholeAtEveryLevel() throws {
        for seed in Self.seeds {
            var cases = RandomCases(seed: seed)
            let (terms, bill, year) = (cases.terms(), cases.bill(), cases.yearToDate())
            let outcome = try Benefits.settle(bill, terms: terms, soFar: year)
            for (line, split) in zip(bill.lines, outcome.lines) {
                #expect(line.amount == split.fullSelfPay + split.overLimit + split.preSelfPay + split.inScope)
            }
            let parts = outcome.parts
            #expect(parts.totalFee == bill.lines.map(\.amount).total())
            #expect(parts.isBalanced(fundTotalIncludesAccount: terms.settlement.fundTotalIncludesAccount), "\(seed)")
            #expect(
                parts.totalFee == parts.fundsWithoutAccounts + parts.account + parts.sharedAccount + parts.cash
                    + parts.hospital, "\(seed)")
            #expect(Set(outcome.funds.map(\.fund)).count == outcome.funds.count, "one row a fund, seed \(seed)")
            let shares = outcome.funds.map(\.amount).total()
            #expect(shares == parts.fundsWithoutAccounts + parts.account + parts.sharedAccount, "\(seed)")
        }
    }

    @Test func nobodyPaysLessThanNothingOrMoreThanTheyMay() throws {
        for seed in Self.seeds {
            var cases = RandomCases(seed: seed)
            let (terms, bill, year) = (cases.terms(), cases.bill(), cases.yearToDate())
            let outcome = try Benefits.settle(bill, terms: terms, soFar: year)
            let parts = outcome.parts
            #expect(!parts.cash.isNegative && !parts.hospital.isNegative && parts.deductible <= parts.inScope)
            for share in outcome.funds {
                #expect(share.amount > .zero, "\(seed)")
                if let payable = share.payable { #expect(share.amount <= payable, "\(seed) \(share.fund)") }
            }
            #expect(parts.account <= bill.accounts.balance && parts.sharedAccount <= bill.accounts.shared)
            #expect(parts.accountBalance == bill.accounts.balance - parts.account, "\(seed)")
        }
    }

    /// Every ceiling that a policy sets, over years of twelve bills; in half of them the person comes again and again
    /// for the same, so that each ceiling is met.
    @Test func ceilingsAreNeverExceededOverAYear() throws {
        for seed in UInt64(1)...2_000 {
            var cases = RandomCases(seed: seed)
            let terms = cases.terms()
            let first = cases.bill()
            let scheme = try #require(terms.scheme(first.insured.insurance))
            let repeats = cases.random.chance(500_000)
            var year = YearToDate()
            for _ in 0..<12 {
                var bill = cases.bill()
                bill.insured = first.insured
                if repeats { (bill.visit.care, bill.visit.disease) = (first.visit.care, first.visit.disease) }
                let outcome = try Benefits.settle(bill, terms: terms, soFar: year)
                year = outcome.after
                guard outcome.parts.pool > .zero, let (plan, paid) = scheme.payment(of: bill.visit) else { continue }
                if let limit = plan.visitLimit {
                    #expect(outcome.parts.pool <= limit.value, "\(seed) \(bill.visit.care)")
                }
                // Emergency care may have a limit of its own on the figure it has in common with outpatients: what
                // is paid never passes the limit by which it is paid.
                if let limit = plan.groups[0].yearLimit {
                    #expect(year[money: paid] <= limit.value, "\(seed) \(bill.visit.care)")
                }
            }
            for (accumulator, limit) in scheme.ceilings(of: first.insured) + terms.ceilings(of: first.insured) {
                #expect(year[money: accumulator] <= limit, "\(seed) \(accumulator)")
            }
            for use in year.diseases {
                // A disease of both lists has one figure: paid as chronic or as one of the two, to the limit of each.
                let limits = [scheme.chronic, scheme.twoDiseases].compactMap { $0?.disease(use.disease)?.limit }
                let most = try #require(limits.map(\.amount.value).max())
                #expect(use.used <= most, "\(seed) \(use.disease)")
            }
        }
    }

    /// The cases are as wide as the law: every kind of care, every ground for care elsewhere, every kind of stay.
    @Test func casesAreDrawnOfEveryKind() {
        var (cares, remotes, links) = (Set<CareType>(), Set<RemoteCare>(), Set<String>())
        var hasOwnPlans = Set<[Bool]>()
        for seed in UInt64(1)...400 {
            var cases = RandomCases(seed: seed)
            let (scheme, visit) = (cases.scheme(), cases.bill().visit)
            cares.insert(visit.care)
            remotes.insert(visit.remote)
            hasOwnPlans.insert([scheme.emergency != nil, scheme.accident != nil])
            switch visit.link {
            case .none: links.insert(visit.isInterim ? "interim" : "whole")
            case .interim: links.insert("continued")
            case .transfer: links.insert("transferred")
            }
        }
        #expect(cares == Set(CareType.allCases) && remotes == Set(RemoteCare.allCases))
        #expect(links.count == 4 && hasOwnPlans.count == 4)
    }

    @Test func policiesAreDrawnWithAndWithoutQuotas() {
        let quotas = (UInt64(1)...100).map { seed in
            var cases = RandomCases(seed: seed)
            return cases.terms().employee?.chronic?.diseases.contains { $0.limit?.kind == .quota }
        }
        #expect(quotas.contains(true) && quotas.contains(false))
    }

    @Test func aReversalIsTheExactNegativeAndRestoresTheYear() throws {
        for seed in Self.seeds {
            var cases = RandomCases(seed: seed)
            let (terms, bill, year) = (cases.terms(), cases.bill(), cases.yearToDate())
            let outcome = try Benefits.settle(bill, terms: terms, soFar: year)
            let red = Benefits.reverse(outcome, current: outcome.after)
            #expect(red.after == year)
            #expect(red.parts.totalFee + outcome.parts.totalFee == .zero)
            #expect(red.parts.cash + outcome.parts.cash == .zero)
            #expect(zip(red.funds, outcome.funds).allSatisfy { $0.amount + $1.amount == .zero })
            #expect(zip(red.lines, outcome.lines).allSatisfy { $0.inScope + $1.inScope == .zero })
            let settlement = terms.settlement
            #expect(red.parts.isBalanced(fundTotalIncludesAccount: settlement.fundTotalIncludesAccount), "\(seed)")
        }
    }

    @Test func reversingInAnyOrderLeavesNothingBehind() throws {
        for seed in UInt64(1)...500 {
            var cases = RandomCases(seed: seed)
            let terms = cases.terms()
            let first = cases.bill()
            var outcomes: [Outcome] = []
            for _ in 0..<5 {
                var bill = cases.bill()
                bill.insured = first.insured
                outcomes.append(
                    try Benefits.settle(bill, terms: terms, soFar: outcomes.last?.after ?? YearToDate()))
            }
            var year = outcomes.last!.after
            while !outcomes.isEmpty {
                let picked = outcomes.remove(at: cases.random.below(outcomes.count))
                year = Benefits.reverse(picked, current: year).after
            }
            #expect(year == YearToDate(), "\(seed)")
        }
    }

    @Test func aRefundLineSplitsIntoTheExactNegatives() {
        for seed in Self.seeds {
            var cases = RandomCases(seed: seed)
            let line = cases.line(on: Day(number: 20_000))
            let (there, back) = (Benefits.split(line), Benefits.split(line.refund))
            #expect(there.negated == back, "\(seed)")
        }
    }

    @Test func refundingALineEqualsNeverHavingBilledIt() throws {
        for seed in UInt64(1)...1_000 {
            var cases = RandomCases(seed: seed)
            let (terms, bill, year) = (cases.terms(), cases.bill(), cases.yearToDate())
            var refunded = bill
            var extra = cases.line(on: bill.visit.begin)
            // A mark on one line, even on one given back, says that this seller marks what was prescribed: then the
            // unmarked lines count no longer.
            if !bill.lines.contains(where: { $0.flags.contains(.prescribed) }) { extra.flags.remove(.prescribed) }
            refunded.lines += [extra, extra.refund]
            let plain = try Benefits.settle(bill, terms: terms, soFar: year)
            let both = try Benefits.settle(refunded, terms: terms, soFar: year)
            #expect(plain.parts == both.parts && plain.after == both.after, "\(seed)")
        }
    }

    /// One fen more in scope: no fund jumps by more than a fen; the patient never pays less for it, and in cash or
    /// in all at most that fen more.
    @Test func oneFenMoreNeverJumps() throws {
        for seed in UInt64(1)...2_000 {
            var cases = RandomCases(seed: seed)
            let (terms, year) = (cases.terms(), cases.yearToDate())
            var bill = cases.bill()
            bill.visit.liability = .none
            let amount = cases.yuan(0...200_000)
            func settled(_ money: Money) throws -> Outcome {
                bill.lines = [.drug(of: money, on: bill.visit.end)]
                return try Benefits.settle(bill, terms: terms, soFar: year)
            }
            let less = try settled(amount)
            let more = try settled(amount + Money(fen: 1))
            for fund in FundType.allCases {
                func paid(_ outcome: Outcome) -> Int64 {
                    outcome.funds.filter { $0.fund == fund }.map(\.amount.fen).reduce(0, +)
                }
                let jump = paid(more) - paid(less)
                #expect((-1...1).contains(jump), "\(seed) \(fund) \(jump)")
            }
            let cash = more.parts.cash - less.parts.cash
            let borne =
                cash + more.parts.account - less.parts.account + more.parts.sharedAccount - less.parts.sharedAccount
            #expect((0...1).contains(cash.fen) && (0...1).contains(borne.fen), "\(seed) cash \(cash) borne \(borne)")
        }
    }

    /// A larger bill never leaves the funds paying less, beyond a fen for each.
    @Test func moreInScopeNeverPaysLess() throws {
        for seed in UInt64(1)...2_000 {
            var cases = RandomCases(seed: seed)
            let (terms, year) = (cases.terms(), cases.yearToDate())
            var bill = cases.bill()
            bill.accounts = Accounts()
            let small = cases.yuan(0...100_000)
            let large = small + cases.yuan(0...50_000)
            func funds(_ money: Money) throws -> Money {
                bill.lines = [.drug(of: money, on: bill.visit.end)]
                return try Benefits.settle(bill, terms: terms, soFar: year).parts.fundsWithoutAccounts
            }
            let (least, most) = try (funds(small), funds(large))
            #expect(least <= most + Money(fen: 4), "\(seed) \(small) \(large)")
        }
    }

    /// With yearly deductibles, bands and ceilings the order of a year's bills changes the year's totals by
    /// roundings alone, over stays, visits, emergencies, accidents, chronic and the two diseases together.
    ///
    /// By their nature left out, because the first to come is charged the deductible or takes the lower bands, each at
    /// its own ratio: care at several places of different cuts, emergency care and accidents with ratios of their own
    /// under the outpatients' yearly deductible, and diseases with ratios of their own. Maternity and pharmacies
    /// have neither deductible nor bands of their own.
    @Test func orderDoesNotMatterWhereThePolicyIsOrderFree() throws {
        for seed in UInt64(1)...500 {
            var cases = RandomCases(seed: seed)
            let terms = cases.orderFreeTerms()
            let insured = Insured(
                insurance: .resident, category: .adult, age: 50, assistance: AssistanceGroups(.lowIncome))
            let place = cases.random.pick(RemoteCare.allCases)
            let bills = (0..<6).map { _ in
                var bill = cases.bill()
                bill.insured = insured
                bill.visit = Visit(
                    care: cases.random.pick(Self.orderFreeCare), tier: .third, begin: bill.visit.begin,
                    end: bill.visit.end, remote: place, link: cases.link(), disease: RandomCases.codes[0])
                bill.accounts = Accounts()
                return bill
            }
            func total(_ bills: [Bill]) throws -> YearToDate {
                var year = YearToDate()
                for bill in bills { year = try Benefits.settle(bill, terms: terms, soFar: year).after }
                return year
            }
            let (forward, backward) = try (total(bills), total(bills.reversed()))
            let figures: [Accumulator] = [
                .pool, .critical, .assistance, .inpatient, .outpatient, .accident, .chronic, .twoDiseases,
            ]
            for accumulator in figures {
                let difference = (forward[accumulator] - backward[accumulator]).magnitude
                #expect(difference <= 12, "\(seed) \(accumulator) \(difference)")
            }
        }
    }

    private static let orderFreeCare: [CareType] = [
        .inpatient, .inpatient, .injuryInpatient, .referredInpatient, .emergencyInpatient, .outpatient, .emergency,
        .accidentOutpatient, .chronicDisease, .twoDiseases,
    ]

    @Test func stepsAndYearsSurviveTheirBytes() throws {
        for seed in Self.seeds {
            var cases = RandomCases(seed: seed)
            let outcome = try Benefits.settle(cases.bill(), terms: cases.terms(), soFar: cases.yearToDate())
            #expect(try StepCoding.decode(StepCoding.encode(outcome.steps)) == outcome.steps)
            #expect(try YearToDate(encoded: outcome.after.encoded) == outcome.after)
        }
    }
}

extension SchemeTerms {
    /// The plan that pays for this visit out of the pool, and where its year's payments are kept.
    fileprivate func payment(of visit: Visit) -> (plan: Plan, paid: Accumulator)? {
        switch visit.care {
        case .inpatient, .injuryInpatient, .referredInpatient, .emergencyInpatient: (inpatient, .inpatient)
        // Out of the pool only as inpatient care: all else of maternity is another fund's in these cases.
        case .maternityInpatient, .maternityOutpatient, .familyPlanning: (inpatient, .inpatient)
        case .emergency where rescueAsInpatient && visit.conditions.contains(.rescue): (inpatient, .inpatient)
        case .emergency: (emergency ?? outpatient).map { ($0, .outpatient) }
        case .accidentOutpatient: accident.map { ($0, .accident) } ?? outpatient.map { ($0, .outpatient) }
        case .outpatient, .registration, .pharmacy: outpatient.map { ($0, .outpatient) }
        case .chronicDisease: chronic.map { ($0.plan, .chronic) }
        case .twoDiseases: twoDiseases.map { ($0.plan, .twoDiseases) }
        }
    }

    /// What no figure of this person's year may pass.
    fileprivate func ceilings(of insured: Insured) -> [(Accumulator, Money)] {
        let isUncapped = critical?.tilts.contains { $0.isUncapped && !$0.groups.isDisjoint(with: insured.assistance) }
        let limits: [(Accumulator, Stated<Money>?)] = [
            (.pool, yearCap), (.inpatient, inpatient.groups[0].yearLimit),
            (.outpatient, emergency == nil ? outpatient?.groups[0].yearLimit : nil),
            (.accident, accident?.groups[0].yearLimit), (.chronic, chronic?.plan.groups[0].yearLimit),
            (.twoDiseases, twoDiseases?.plan.groups[0].yearLimit), (.prenatal, maternity?.prenatalLimit),
            (.largeAmount, largeAmount?.yearLimit), (.critical, isUncapped == true ? nil : critical?.yearLimit),
            (.civilServant, civilServant?.yearLimit), (.enterprise, enterprise?.yearLimit),
        ]
        return limits.compactMap { accumulator, limit in limit.map { (accumulator, $0.value) } }
    }
}

extension BenefitTerms {
    /// What no figure of assistance may pass: of several rules for one person the highest limit, and none where one
    /// of them has none.
    fileprivate func ceilings(of insured: Insured) -> [(Accumulator, Money)] {
        func highest(_ rules: [AssistanceRule]) -> Money? {
            let limits = rules.filter { !$0.groups.isDisjoint(with: insured.assistance) }.map(\.yearLimit?.value)
            return limits.contains(nil) ? nil : limits.compactMap(\.self).max()
        }
        let limits = [
            (Accumulator.assistance, highest(assistance?.rules ?? [])), (.further, highest(assistance?.further ?? [])),
        ]
        return limits.compactMap { accumulator, limit in limit.map { (accumulator, $0) } }
    }
}

extension RandomCases {
    /// Everything by the year, no limit: what a bill pays depends on sums alone. An accident's deductible is charged
    /// by the visit, and so is nobody else's.
    mutating func orderFreeTerms() -> BenefitTerms {
        var scheme = SchemeTerms(inpatient: yearlyPlan())
        scheme.outpatient = yearlyPlan()
        scheme.accident = yearlyPlan()
        scheme.accident?.deductible.period = .stay
        scheme.accident?.basis = .afterDeductible
        let disease = ChronicDisease(code: RandomCases.codes[0], name: "示例病")
        scheme.chronic = ChronicTerms(plan: yearlyPlan(), diseases: [disease])
        scheme.twoDiseases = ChronicTerms(plan: yearlyPlan(), diseases: [disease], drugsOnly: true)
        scheme.remoteCuts.unfiled = Stated(.percent(20))
        scheme.remoteCuts.referred = Stated(.percent(10))
        scheme.critical = CriticalTerms(covers: .all, deductible: Stated(yuan(0...20_000)), bands: bands())
        let rule = AssistanceRule(
            groups: AssistanceGroups(.lowIncome), deductible: Stated(yuan(0...4_000)), ratio: Stated(rate()))
        return BenefitTerms(
            area: AreaCode(990_999), resident: scheme, assistance: AssistanceTerms(covers: .all, rules: [rule]))
    }

    private mutating func yearlyPlan() -> Plan {
        var plan = Plan(
            groups: [
                GroupTerms(deductibles: .init(start: 0, count: 1), bands: PerTier(all: .init(start: 0, count: 1)))
            ], deductibles: [PerTier(all: Stated(yuan(0...2_000)))], bands: [Band(from: .zero, ratio: rate())])
        plan.bands = bands()
        plan.groups[0].bands = PerTier(all: .init(start: 0, count: plan.bands.count))
        plan.reach = .year
        plan.basis = random.pick(BandBasis.allCases)
        plan.deductible.period = .year
        return plan
    }
}

extension BillLine {
    /// A prescribed drug wholly in scope, which every kind of care reckons on.
    fileprivate static func drug(of amount: Money, on day: Day) -> BillLine {
        BillLine(
            price: UnitPrice(amount), quantity: Quantity(1), feeClass: .a, chargeType: .westernDrug, day: day,
            flags: [.prescribed, .dualChannelDrug])
    }
}
