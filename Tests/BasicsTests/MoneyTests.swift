import Basics
import Testing

@Suite("Money, rates, quantities and their one rounding")
struct MoneyTests {
    @Test("Half a fen goes away from zero, on both sides of it")
    func rounding() {
        #expect(Rounding.halfUp(5, 10) == 1)
        #expect(Rounding.halfUp(4, 10) == 0)
        #expect(Rounding.halfUp(-5, 10) == -1)
        #expect(Rounding.halfUp(-15, 10) == -2)
        #expect(Rounding.halfUp(1, 3) == 0)
        #expect(Rounding.halfUp(2, 3) == 1)
        #expect(Rounding.halfUp(.max, 1) == .max)
        #expect(Rounding.halfUp(4_000_000_000_000, times: 5_000_000_000, over: 100_000_000) == 200_000_000_000_000)
    }

    @Test("A refund is the exact negative of its bill, whatever the price")
    func refund() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<10_000 {
            let price = UnitPrice(microYuan: Int64(random.below(3_000_000_000)))
            let quantity = Quantity(tenThousandths: Int64(random.below(1_000_000)))
            #expect(price * -quantity == -(price * quantity))
            let money = price * quantity
            let rate = Rate(partsPerMillion: Int64(random.below(1_000_001)))
            #expect(-money * rate == -(money * rate))
        }
    }

    @Test("Text is read exactly or refused")
    func parsing() throws {
        #expect(try Money("12.5") == Money(fen: 1250))
        #expect(try Money("-0.07") == Money(fen: -7))
        #expect(try Money("1000") == Money(yuan: 1000))
        #expect(try Money("1.2300") == Money(fen: 123))
        #expect(throws: FixedPoint.Failure.tooFine(digits: 2)) { try Money("1.234") }
        #expect(throws: FixedPoint.Failure.notANumber) { try Money("1,234") }
        #expect(throws: FixedPoint.Failure.notANumber) { try Money("") }
        #expect(throws: FixedPoint.Failure.notANumber) { try Money(".") }
        #expect(throws: FixedPoint.Failure.notANumber) { try Money("1e3") }
        #expect(throws: FixedPoint.Failure.tooLarge) { try Money("99999999999999999999") }
        #expect(try Rate("85%") == .percent(85))
        #expect(try Rate("7.5%").fraction == "0.0750")
        #expect(try Rate("0.1") == .percent(10))
    }

    @Test("Amounts are written for machines and for people")
    func writing() {
        #expect(Money(fen: -7).description == "-0.07")
        #expect(Money(fen: 123_456_789).grouped == "1,234,567.89")
        #expect(Money(fen: -100_000).grouped == "-1,000.00")
        #expect(Money(fen: 10).grouped == "0.10")
        #expect(Quantity(tenThousandths: 15_000).description == "1.5")
        #expect(UnitPrice(Money(fen: 1250)).exact == "12.500000")
    }

    @Test(
        "Capital numerals",
        arguments: [
            (0, "零元整"), (1, "壹分"), (50, "伍角整"), (101, "壹元零壹分"), (123_450, "壹仟贰佰叁拾肆元伍角整"),
            (1_000_000, "壹万元整"), (1_000_100, "壹万零壹元整"), (10_010_000, "壹拾万零壹佰元整"),
            (100_000_000_000, "壹拾亿元整"), (10_000_000_100, "壹亿零壹元整"), (-4250, "负肆拾贰元伍角整"),
            (20_000_050, "贰拾万元伍角整"),
        ])
    func capitals(fen: Int64, text: String) {
        #expect(Money(fen: fen).inChinese == text)
    }
}
