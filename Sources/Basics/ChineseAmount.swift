extension Money {
    /// The amount in capital Chinese numerals (大写金额) as bills write it: `壹仟贰佰叁拾肆元伍角整`.
    public var inChinese: String {
        if fen == 0 { return "零元整" }
        let digits = Array("零壹贰叁肆伍陆柒捌玖")
        let places = ["", "拾", "佰", "仟"]
        let groups = ["", "万", "亿", "万亿", "亿亿"]
        let whole = fen.magnitude / 100
        let jiao = Int(fen.magnitude / 10 % 10)
        let cent = Int(fen.magnitude % 10)

        var text = ""
        var rest = whole
        var parts: [(value: Int, name: String)] = []
        while rest > 0 {
            parts.append((Int(rest % 10_000), groups[parts.count]))
            rest /= 10_000
        }
        var pendingZero = false
        for part in parts.reversed() {
            if part.value == 0 {
                pendingZero = !text.isEmpty
                continue
            }
            if !text.isEmpty, pendingZero || part.value < 1000 { text.append("零") }
            pendingZero = false
            var zero = false
            var divisor = 1000
            var started = false
            for place in stride(from: 3, through: 0, by: -1) {
                let digit = part.value / divisor % 10
                divisor /= 10
                if digit == 0 {
                    zero = started
                    continue
                }
                if zero { text.append("零") }
                zero = false
                started = true
                text.append(digits[digit])
                text.append(places[place])
            }
            text.append(part.name)
        }
        if whole > 0 { text.append("元") }
        if jiao == 0 && cent == 0 {
            text.append("整")
        } else {
            if jiao > 0 {
                text.append(digits[jiao])
                text.append("角")
            } else if whole > 0 {
                text.append("零")
            }
            if cent > 0 {
                text.append(digits[cent])
                text.append("分")
            } else {
                text.append("整")
            }
        }
        return fen < 0 ? "负" + text : text
    }
}
