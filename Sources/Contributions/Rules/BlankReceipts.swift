import Basics

/// A movement of blank receipts (空白票据).
public enum BlankMovement: Int64, Sendable, Hashable, CaseIterable {
    /// 入库
    case stocked = 1
    /// 领用
    case issued = 2
    /// 交回
    case returned = 3
    /// 作废
    case voided = 4
    /// 使用
    case used = 5

    public var name: String {
        switch self {
        case .stocked: "入库"
        case .issued: "领用"
        case .returned: "交回"
        case .voided: "作废"
        case .used: "使用"
        }
    }
}

/// A numbered receipt of a series, and who says that he wrote it out (代收票据).
public struct Ticket: Hashable, Sendable {
    public var series: String
    public var number: Int64
    public var custodian: String

    public init(series: String, number: Int64, custodian: String) {
        self.series = series
        self.number = number
        self.custodian = custodian
    }

    /// Unlike its number, told apart from every ticket of another series.
    public var serial: String { "\(series)-\(number)" }
}

/// Where the blanks of one series are (票据保管): at the store, with a custodian, used up or void. Each number is in
/// one place.
public struct BlankCustody: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        case store
        case custodian(String)
        case used(by: String)
        case void

        public var name: String {
            switch self {
            case .store: "库存"
            case .custodian(let name): name
            case .used(let name): "\(name)已使用"
            case .void: "作废"
            }
        }
    }

    /// Ranges of numbers in their order, without gaps inside a range, each in one place.
    public private(set) var ranges: [(numbers: ClosedRange<Int64>, place: Place)] = []

    public init() {}

    public static func == (a: BlankCustody, b: BlankCustody) -> Bool {
        a.ranges.map(\.numbers) == b.ranges.map(\.numbers) && a.ranges.map(\.place) == b.ranges.map(\.place)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(ranges.map(\.numbers)) }

    /// How many numbers are in a place.
    public func count(in place: Place) -> Int64 {
        ranges.filter { $0.place == place }.map { Int64($0.numbers.count) }.reduce(0, +)
    }

    /// Where a number is; nil for one that was never put into the store.
    public func place(of number: Int64) -> Place? { ranges.first { $0.numbers.contains(number) }?.place }

    /// What each custodian holds (票据结存).
    public var balances: [(custodian: String, count: Int64)] {
        var counts: [String: Int64] = [:]
        for range in ranges {
            if case .custodian(let name) = range.place { counts[name, default: 0] += Int64(range.numbers.count) }
        }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Moves numbers; refuses them where any is not where the movement takes it from.
    public mutating func move(
        _ movement: BlankMovement, _ numbers: ClosedRange<Int64>, custodian: String
    ) throws(Problem) {
        switch movement {
        case .stocked:
            guard !ranges.contains(where: { $0.numbers.overlaps(numbers) }) else {
                throw Problem(
                    "contributions.blank.stockedBefore", field: "first",
                    "票号 \(numbers.lowerBound) 至 \(numbers.upperBound) 中有已入库的,请核对起止号")
            }
            ranges.append((numbers, .store))
            ranges.sort { $0.numbers.lowerBound < $1.numbers.lowerBound }
        case .issued: try move(numbers, from: .store, to: .custodian(custodian), movement)
        case .returned: try move(numbers, from: .custodian(custodian), to: .store, movement)
        case .used: try move(numbers, from: .custodian(custodian), to: .used(by: custodian), movement)
        case .voided:
            // Whoever holds them may void them; what is spoilt in the store is voided there.
            let isHeld = isWhole(numbers, in: .custodian(custodian))
            try move(numbers, from: isHeld ? .custodian(custodian) : .store, to: .void, movement)
        }
    }

    private func isWhole(_ numbers: ClosedRange<Int64>, in place: Place) -> Bool {
        let inside = ranges.filter { $0.place == place && $0.numbers.overlaps(numbers) }
            .map { Int64($0.numbers.clamped(to: numbers).count) }.reduce(0, +)
        return inside == Int64(numbers.count)
    }

    private mutating func move(
        _ numbers: ClosedRange<Int64>, from: Place, to: Place, _ movement: BlankMovement
    ) throws(Problem) {
        guard isWhole(numbers, in: from) else {
            throw Problem(
                "contributions.blank.elsewhere", field: "first",
                "票号 \(numbers.lowerBound) 至 \(numbers.upperBound) 不全在“\(from.name)”,不能办理\(movement.name),请先查票据结存")
        }
        var result: [(numbers: ClosedRange<Int64>, place: Place)] = []
        for range in ranges {
            guard range.place == from, range.numbers.overlaps(numbers) else {
                result.append(range)
                continue
            }
            let inside = range.numbers.clamped(to: numbers)
            if range.numbers.lowerBound < inside.lowerBound {
                result.append((range.numbers.lowerBound...(inside.lowerBound - 1), from))
            }
            result.append((inside, to))
            if range.numbers.upperBound > inside.upperBound {
                result.append(((inside.upperBound + 1)...range.numbers.upperBound, from))
            }
        }
        ranges = result
    }
}
