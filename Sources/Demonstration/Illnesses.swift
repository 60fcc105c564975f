import Basics

/// What makes the demonstration county's people seek care, and what it costs (knowledge/demonstration).
public struct Illnesses: Sendable {
    public struct Illness: Sendable {
        public let key: String
        public let diagnosis: String
        public let care: CareType
        /// Nil when both sexes have it.
        public let sex: Sex?
        public let ages: ClosedRange<Int>
        public let perThousandYears: Int
        public let season: Season
        /// Weights of hospitals of tier 1, 2, 3; all zero sends people to a pharmacy.
        public let tierWeights: [Int]
        public let days: ClosedRange<Int>
        public let baskets: [String]
        /// The registered condition that this visit belongs to, if any.
        public let chronic: String?
        /// 生育类别 `matn_type`, for births and what goes before them.
        public let birth: String?
        /// 手术操作编码, for stays with an operation.
        public let procedure: String?
    }

    public enum Season: String, Sendable {
        case winter, summer, even

        /// How much likelier a month makes it, in percent of the year's mean.
        func percent(_ month: Int) -> Int {
            switch self {
            case .even: 100
            case .winter: [160, 155, 125, 95, 80, 70, 65, 65, 75, 90, 105, 115][month - 1]
            case .summer: [70, 70, 80, 90, 105, 130, 150, 150, 120, 90, 75, 70][month - 1]
            }
        }
    }

    public struct BasketLine: Sendable {
        public let item: String
        /// Nil: the area's cap for the tier.
        public let price: UnitPrice?
        public let quantity: ClosedRange<Int>
        public let rhythm: Rhythm
        public let chancePercent: Int
    }

    public enum Rhythm: String, Sendable {
        case once, day
    }

    public let all: [Illness]
    public let baskets: [String: [BasketLine]]

    /// Reads the two tables; every fault in them comes back at once, with its line.
    public init(illnesses: String, baskets: String) throws {
        var problems = Problems()
        let illnessTable = try CSVTable(
            illnesses, file: "illnesses.csv",
            required: ["key", "diagnosis", "care", "age_from", "age_to", "per_1000_years", "season", "baskets"])
        let basketTable = try CSVTable(
            baskets, file: "baskets.csv", required: ["basket", "item", "price", "quantity_from", "quantity_to", "per"])
        var lines: [String: [BasketLine]] = [:]
        for row in basketTable.rows {
            guard let low = Int(row["quantity_from"]), let high = Int(row["quantity_to"]), low >= 1, low <= high,
                let rhythm = Rhythm(rawValue: row["per"]), let chance = Int(row["chance_percent"])
            else {
                problems.add("demonstration.basket", field: "baskets.csv:\(row.line)", "数量、频率或百分比无法读取,请检查这一行")
                continue
            }
            let price = row["price"] == "cap" ? nil : try? UnitPrice(row["price"])
            if row["price"] != "cap", price == nil {
                problems.add(
                    "demonstration.price", field: "baskets.csv:\(row.line)", "单价“\(row["price"])”不是数字,请改正或写 cap")
            }
            lines[row["basket"], default: []].append(
                BasketLine(item: row["item"], price: price, quantity: low...high, rhythm: rhythm, chancePercent: chance)
            )
        }
        var all: [Illness] = []
        for row in illnessTable.rows {
            guard let illness = Illness(row), illness.baskets.allSatisfy({ lines[$0] != nil }) else {
                problems.add("demonstration.illness", field: "illnesses.csv:\(row.line)", "这一行有读不出的值或没有的费用篮,请检查")
                continue
            }
            all.append(illness)
        }
        try problems.throwIfAny()
        self.all = all
        self.baskets = lines
    }
}

extension Illnesses.Illness {
    init?(_ row: CSVTable.Row) {
        guard let care = Int64(row["care"]).flatMap(CareType.init(rawValue:)),
            let from = Int(row["age_from"]), let to = Int(row["age_to"]), from <= to,
            let rate = Int(row["per_1000_years"]), let season = Illnesses.Season(rawValue: row["season"]),
            let first = Int(row["weight_tier1"]), let second = Int(row["weight_tier2"]),
            let third = Int(row["weight_tier3"]), let low = Int(row["days_from"]), let high = Int(row["days_to"]),
            low <= high
        else { return nil }
        key = row["key"]
        diagnosis = row["diagnosis"]
        self.care = care
        sex = Int64(row["sex"]).flatMap(Sex.init(rawValue:))
        ages = from...to
        perThousandYears = rate
        self.season = season
        tierWeights = [first, second, third]
        days = low...high
        baskets = row["baskets"].split(separator: " ").map(String.init)
        chronic = row["chronic"].isEmpty ? nil : row["chronic"]
        birth = row["matn_type"].isEmpty ? nil : row["matn_type"]
        procedure = row["procedure"].isEmpty ? nil : row["procedure"]
    }
}
