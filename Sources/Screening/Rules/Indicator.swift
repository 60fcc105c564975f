import Basics

/// Sums by institution for the indicators (统计指标), gathered beside the pass.
struct InstitutionSums: Sendable {
    /// What a share's numerator sums.
    enum Share: Int, CaseIterable, Sendable {
        case drug, examination, consumable, treatment, ct, mri

        var variant: String {
            switch self {
            case .drug: "drug"
            case .examination: "examination"
            case .consumable: "consumable"
            case .treatment: "treatment"
            case .ct: "ct"
            case .mri: "mri"
            }
        }

        var chinese: String {
            switch self {
            case .drug: "药费占比"
            case .examination: "检查检验占比"
            case .consumable: "耗材占比"
            case .treatment: "治疗占比"
            case .ct: "CT检查占比"
            case .mri: "核磁检查占比"
            }
        }
    }

    private(set) var totals: [Int64]
    /// By institution, then share.
    private(set) var shares: [Int64]
    private(set) var stays: [Int64]
    private(set) var readmissions: [Int64]
    /// Greatest tier seen; -1 when never known.
    private(set) var tiers: [Int8]
    private(set) var unknownCharges = 0
    /// Encounters that no institution can be asked about.
    private(set) var withoutInstitution = 0

    init(count: Int) {
        totals = Array(repeating: 0, count: count)
        shares = Array(repeating: 0, count: count * Share.allCases.count)
        stays = Array(repeating: 0, count: count)
        readmissions = Array(repeating: 0, count: count)
        tiers = Array(repeating: -1, count: count)
    }

    mutating func addStay(_ institution: UInt32) { stays[Int(institution)] += 1 }
    mutating func addReadmission(of institution: UInt32) { readmissions[Int(institution)] += 1 }

    mutating func addUnknownCharges(_ count: Int) { unknownCharges += count }

    @inline(__always)
    mutating func see(_ number: UInt32, tier: Int8) {
        let institution = Int(number)
        if tier > tiers[institution] { tiers[institution] = tier }
        withoutInstitution += institution == 0 ? 1 : 0
    }

    /// Charge types 0 (unknown) to 14; 15 stands for all others.
    static let charges = 16
    /// Sums of an institution: charge types of all lines but CT and MRI, then of CT, then of MRI.
    static let places = charges * 3
    /// The charge type of examinations (检查费): CT and MRI are among them.
    private static let examination = 3

    /// The place of a line's amount by its charge type and its item's attention, reckoned without a branch.
    @inline(__always)
    static func place(_ charge: UInt8, _ attention: UInt32) -> Int {
        // The two bits of CT and MRI follow one another and are never both set: 0, 1 or 2 rows of charge types further.
        let row = Int(attention >> Attention.ct.rawValue.trailingZeroBitCount) & 3
        return row * charges + min(Int(charge), charges - 1)
    }

    /// Adds sums by institution and place: shares and totals come of them.
    mutating func add(_ sums: UnsafeMutablePointer<Int64>) {
        for institution in totals.indices {
            let own = sums + institution * InstitutionSums.places
            let base = institution * Share.allCases.count
            func sum(_ charge: Int) -> Int64 {
                own[charge] + own[charge + InstitutionSums.charges] + own[charge + 2 * InstitutionSums.charges]
            }
            for charge in 0..<InstitutionSums.charges { totals[institution] += sum(charge) }
            shares[base + Share.drug.rawValue] += sum(9) + sum(10) + sum(11)
            shares[base + Share.examination.rawValue] += sum(InstitutionSums.examination) + sum(4)
            shares[base + Share.consumable.rawValue] += sum(8)
            shares[base + Share.treatment.rawValue] += sum(5)
            shares[base + Share.ct.rawValue] += own[InstitutionSums.charges + InstitutionSums.examination]
            shares[base + Share.mri.rawValue] += own[2 * InstitutionSums.charges + InstitutionSums.examination]
        }
    }

    mutating func merge(_ other: InstitutionSums) {
        for index in totals.indices {
            totals[index] += other.totals[index]
            stays[index] += other.stays[index]
            readmissions[index] += other.readmissions[index]
            tiers[index] = max(tiers[index], other.tiers[index])
        }
        for index in shares.indices { shares[index] += other.shares[index] }
        unknownCharges += other.unknownCharges
        withoutInstitution += other.withoutInstitution
    }
}

/// `indicator`: an institution whose share or rate lies above mean + 2 s and above Q3 + 1.5 IQR of its tier.
/// All in integers: both comparisons are multiplied out.
enum Indicator {
    struct Value: Sendable {
        var institution: UInt32
        var numerator: Int64
        var denominator: Int64
        /// Parts per million, rounded half up.
        var partsPerMillion: Int64

        init?(institution: UInt32, numerator: Int64, denominator: Int64) {
            guard denominator > 0 else { return nil }
            self.institution = institution
            self.numerator = numerator
            self.denominator = denominator
            partsPerMillion = Rounding.halfUp(numerator, times: 1_000_000, over: denominator)
        }
    }

    struct Outlier: Sendable {
        var value: Value
        /// Excess over the tier's mean, in the unit of the denominator.
        var excess: Int64
        var count: Int
        var meanPartsPerMillion: Int64
    }

    /// The outliers among the institutions of one tier.
    static func outliers(_ values: [Value]) -> [Outlier] {
        let n = Int64(values.count)
        guard n > 1 else { return [] }
        let sorted = values.map(\.partsPerMillion).sorted()
        let sum = sorted.reduce(0, +)
        let squares = sorted.reduce(Int128(0)) { $0 + Int128($1) * Int128($1) }
        // n² (n−1) times the sample variance, over n: (n Σx² − (Σx)²) = n (n−1) s².
        let spread = Int128(n) * squares - Int128(sum) * Int128(sum)
        let (q1, q3) = (quartile(sorted, 1), quartile(sorted, 3))
        return values.compactMap { value in
            // x > mean + 2s ⟺ n x − Σ > 0 and (n x − Σ)² (n−1) > 4 n (n Σx² − (Σx)²).
            let above = Int128(n) * Int128(value.partsPerMillion) - Int128(sum)
            guard above > 0, above * above * Int128(n - 1) > 4 * Int128(n) * spread else { return nil }
            // x > Q3 + 1.5 (Q3 − Q1), with quartiles in quarters.
            guard 8 * value.partsPerMillion > 2 * q3 + 3 * (q3 - q1) else { return nil }
            return Outlier(
                value: value,
                excess: Rounding.halfUp(Int64(above), times: value.denominator, over: n * 1_000_000),
                count: values.count,
                meanPartsPerMillion: Rounding.halfUp(sum, n))
        }
    }

    /// Four times the quantile of type 7 at k/4.
    private static func quartile(_ sorted: [Int64], _ k: Int) -> Int64 {
        let position = (sorted.count - 1) * k
        let (index, fraction) = position.quotientAndRemainder(dividingBy: 4)
        let low = sorted[index]
        if fraction == 0 { return low * 4 }
        return low * 4 + (sorted[index + 1] - low) * Int64(fraction)
    }
}
