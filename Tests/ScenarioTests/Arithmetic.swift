import Basics

/// Checks the arithmetic that a scenario writes out: in each line of its 算式, what stands left of `=` must come to
/// what stands right of it, exactly, or rounded to the fen after `≈`. Words before a colon are a caption.
enum Arithmetic {
    static func mistakes(in lines: [String]) -> [String] {
        lines.compactMap { line in
            let text = line.split(separator: ":").last.map(String.init) ?? line
            let sign: Character = text.contains("≈") ? "≈" : "="
            let sides = text.split(separator: sign)
            guard sides.count >= 2 else { return nil }
            let values = sides.map { value(of: String($0)) }
            guard let first = values.first.flatMap(\.self) else { return "算式读不懂:\(line)" }
            for value in values.dropFirst() {
                guard let value else { return "算式读不懂:\(line)" }
                let agrees = sign == "=" ? first == value : first.roundedToFen == value.roundedToFen
                if !agrees { return "算式不对:\(line)" }
            }
            return nil
        }
    }

    static func isEquation(_ line: String) -> Bool { line.contains("=") || line.contains("≈") }

    /// Every amount that the lines name, as it is written or as it comes out; percentages are none.
    static func amounts(in lines: [String]) -> Set<Ratio> {
        let words = lines.flatMap { $0.split { !($0.isASCII && $0.isNumber) && $0 != "." && $0 != "%" } }
        return Set(words.filter { !$0.hasSuffix("%") }.compactMap { value(of: String($0)) })
    }

    static func value(of text: String) -> Ratio? {
        var parser = Parser(symbols: Array(text.filter { !$0.isWhitespace && $0 != "," }))
        guard let value = parser.sum(), parser.isAtEnd else { return nil }
        return value
    }

    /// An exact fraction.
    struct Ratio: Hashable {
        var numerator: Int128
        var denominator: Int128

        init(_ numerator: Int128, _ denominator: Int128 = 1) {
            var (a, b) = (numerator.magnitude, denominator.magnitude)
            while b != 0 { (a, b) = (b, a % b) }
            let divisor = Int128(max(a, 1))
            self.numerator = numerator / divisor
            self.denominator = denominator / divisor
        }

        var roundedToFen: Int64 { Rounding.halfUp(wide: numerator * 100, over: denominator) }
    }

    private struct Parser {
        let symbols: [Character]
        var index = 0

        var isAtEnd: Bool { index == symbols.count }

        mutating func take(_ options: String) -> Character? {
            guard index < symbols.count, options.contains(symbols[index]) else { return nil }
            index += 1
            return symbols[index - 1]
        }

        mutating func sum() -> Ratio? {
            guard var value = product() else { return nil }
            while let sign = take("+-−") {
                guard let next = product() else { return nil }
                let signed = sign == "+" ? next.numerator : -next.numerator
                value = Ratio(
                    value.numerator * next.denominator + signed * value.denominator,
                    value.denominator * next.denominator)
            }
            return value
        }

        mutating func product() -> Ratio? {
            guard var value = factor() else { return nil }
            while let sign = take("×÷") {
                guard let next = factor(), sign == "×" || next.numerator > 0 else { return nil }
                value =
                    sign == "×"
                    ? Ratio(value.numerator * next.numerator, value.denominator * next.denominator)
                    : Ratio(value.numerator * next.denominator, value.denominator * next.numerator)
            }
            return value
        }

        mutating func factor() -> Ratio? {
            if take("-−") != nil { return factor().map { Ratio(-$0.numerator, $0.denominator) } }
            if take("(") != nil {
                guard let value = sum(), take(")") != nil else { return nil }
                return value
            }
            return number()
        }

        mutating func number() -> Ratio? {
            var value: Int128 = 0
            var scale: Int128 = 1
            var digits = 0
            var isFraction = false
            while index < symbols.count {
                if symbols[index] == ".", !isFraction {
                    isFraction = true
                } else if let digit = symbols[index].wholeNumberValue, symbols[index].isASCII {
                    value = value * 10 + Int128(digit)
                    if isFraction { scale *= 10 }
                    digits += 1
                } else {
                    break
                }
                index += 1
            }
            guard digits > 0 else { return nil }
            if take("%") != nil { scale *= 100 }
            return Ratio(value, scale)
        }
    }
}
