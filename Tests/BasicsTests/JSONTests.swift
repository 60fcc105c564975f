import Basics
import Testing

@Suite("Exact JSON: parsed strictly, written compactly")
struct JSONTests {
    @Test("A message's values are read by name and kind, amounts as scaled integers")
    func reading() throws {
        let json = try JSON.parse(
            #" {"infno":"2301","cnt":-2.5,"pric":12.500000,"ok":true,"gone":null,"lines":[{"sn":"1"},{"sn":"2"}]} "#)
        #expect(json["infno"]?.text == "2301")
        #expect(try json["cnt"]?.fixed(decimals: 4) == -25_000)
        #expect(try json["pric"]?.fixed(decimals: 6) == 12_500_000)
        #expect(json["ok"]?.bool == true)
        #expect(json["gone"]?.isNull == true)
        #expect(json["absent"] == nil)
        #expect(json["lines"]?.elements.map { $0["sn"]?.text } == ["1", "2"])
        #expect(json.members.map(\.name) == ["infno", "cnt", "pric", "ok", "gone", "lines"])
        #expect(json.count == 6)
    }

    @Test("A number keeps its digits, however many; it is refused where they do not fit the unit")
    func exactNumbers() throws {
        let json = try JSON.parse("[0.1000000000000000055511151231257827, 12345678901234567890, 1e2, 0.10]")
        let numbers = Array(json.elements)
        #expect(numbers[0].numberText == "0.1000000000000000055511151231257827")
        #expect(throws: FixedPoint.Failure.tooFine(digits: 2)) { try numbers[0].fixed(decimals: 2) }
        #expect(numbers[1].int == nil)
        #expect(throws: FixedPoint.Failure.notANumber) { try numbers[2].fixed(decimals: 2) }
        #expect(try numbers[3].fixed(decimals: 2) == 10)
        #expect(json.description == "[0.1000000000000000055511151231257827,12345678901234567890,1e2,0.10]")
    }

    @Test("Escapes and surrogate pairs are decoded, also in names")
    func escapes() throws {
        let json = try JSON.parse(#"{"\u4f59\u989d":"a\"\\\/\b\f\n\r\t\ud83d\ude00","plain":"甲类"}"#)
        #expect(try JSON.parse(#"{"":1,"a":2}"#)[""]?.int == 1)
        #expect(json["余额"]?.text == "a\"\\/\u{8}\u{c}\n\r\t😀")
        #expect(json["plain"]?.text == "甲类")
    }

    @Test(
        "What is not JSON is refused with the place and the reason",
        arguments: [
            ("", .unexpectedEnd, 0), ("{", .unexpectedEnd, 1), ("[1,]", .unexpectedByte, 3),
            ("{\"a\":1,}", .unexpectedByte, 7), ("[01]", .invalidNumber, 2), ("[1.]", .invalidNumber, 3),
            ("[-]", .invalidNumber, 2), ("[1e]", .invalidNumber, 3), ("[+1]", .unexpectedByte, 1),
            ("tru", .unexpectedEnd, 0), ("trux", .unexpectedByte, 0), ("1 2", .trailingBytes, 2),
            ("\"a", .unexpectedEnd, 2), ("\"\\x\"", .invalidEscape, 1), ("\"\\ud800\"", .invalidEscape, 1),
            ("\"\\udc00\"", .invalidEscape, 1), ("\"\n\"", .controlCharacter, 1), ("{1:2}", .unexpectedByte, 1),
            ("{\"a\" 1}", .unexpectedByte, 5), ("[NaN]", .unexpectedByte, 1),
        ] as [(String, JSON.Failure.Reason, Int)])
    func refusal(text: String, reason: JSON.Failure.Reason, offset: Int) {
        #expect(throws: JSON.Failure(reason: reason, offset: offset)) { try JSON.parse(text) }
    }

    @Test("A doubled name is refused, whether spelled plainly or by escapes, and whatever its hash shares")
    func doubledNames() throws {
        #expect(throws: JSON.Failure(reason: .duplicateName("acct_pay"), offset: 14)) {
            try JSON.parse(#"{"acct_pay":1,"acct_pay":2}"#)
        }
        #expect(throws: JSON.Failure(reason: .duplicateName("a"), offset: 7)) { try JSON.parse(#"{"a":1,"\u0061":2}"#) }
        // The same first and last eight bytes and length: equal hashes, different names.
        let twins = try JSON.parse(#"{"12345678-a-12345678":1,"12345678-b-12345678":2}"#)
        #expect(twins["12345678-b-12345678"]?.int == 2)
        #expect(try JSON.parse(#"[{"a":1},{"a":{"a":2}}]"#).count == 2)
    }

    @Test(
        "Malformed UTF-8 is refused",
        arguments: [
            [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE4, 0xB8],
            [0xFF], [0xE4, 0x22, 0x22],
        ] as [[UInt8]])
    func malformedUTF8(bytes: [UInt8]) {
        #expect(throws: JSON.Failure(reason: .invalidUTF8, offset: 1)) { try JSON.parse([0x22] + bytes + [0x22]) }
    }

    @Test("Depth, size and width have limits")
    func limits() throws {
        let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(try JSON.parse(deep).count == 1)
        #expect(throws: JSON.Failure(reason: .tooDeep, offset: 32)) { try JSON.parse("[" + deep + "]") }
        #expect(throws: JSON.Failure(reason: .tooLong, offset: 4)) {
            try JSON.parse("[1,2]", limits: JSON.Limits(bytesMax: 4))
        }
        #expect(throws: JSON.Failure(reason: .tooWide, offset: 7)) {
            try JSON.parse(#"{"a":1,"b":2}"#, limits: JSON.Limits(membersMax: 1))
        }
    }

    @Test("A reader finds fields in the table's order and in any other")
    func reader() throws {
        var reader = try JSON.parse(#"{"a":1,"b":2,"c":[3],"d":4}"#).reader
        #expect(reader.find("b")?.int == 2)
        #expect(reader.find("d")?.int == 4)
        #expect(reader.find("a")?.int == 1)
        #expect(reader.find("x") == nil)
        #expect(reader.find("c")?.count == 1)
        var none = try JSON.parse("[1]").reader
        #expect(none.find("a") == nil)
    }

    @Test("Amounts, prices, quantities and shares are written with the message's decimals")
    func writing() {
        var json = JSONWriter()
        json.object {
            $0.field("fee", Money(fen: -5))
            $0.field("pric", UnitPrice(microYuan: 12_500_000))
            $0.field("cnt", Quantity(2))
            $0.field("prop", Rate.percent(85))
            $0.field("day", Day("2026-03-01")!)
            $0.field("id", ID<Person>(7))
            $0.array("list") {
                $0.text("引\"号\\\u{1}")
                $0.null()
                $0.object { _ in }
            }
            $0.field("ok", true)
        }
        #expect(
            json.text
                == #"{"fee":-0.05,"pric":12.500000,"cnt":2.0000,"prop":0.8500,"day":"2026-03-01","id":"7","#
                + #""list":["引\"号\\\u0001",null,{}],"ok":true}"#)
    }

    @Test("What is written is read back and written the same, over 2000 random documents")
    func roundTrip() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<2000 {
            var writer = JSONWriter()
            JSONTests.write(&writer, depth: 0, &random)
            let parsed = try JSON.parse(writer.bytes)
            var again = JSONWriter()
            again.value(parsed)
            #expect(again.bytes == writer.bytes)
            #expect(try JSON.parse(again.bytes) == parsed)
        }
    }

    @Test("Random and damaged bytes never trap; what parses can be written")
    func fuzz() {
        var random = SeededRandom(seed: 12)
        let alphabet =
            Array(#"{}[]":,\u0019eE+-.tfnalsr "#.utf8) + [0x00, 0x1F, 0x80, 0xC2, 0xE4, 0xB8, 0xAD, 0xF0, 0xFF]
        for _ in 0..<20_000 {
            let noise = (0..<random.below(40)).map { _ in random.pick(alphabet) }
            if let json = try? JSON.parse(noise) { #expect(!json.description.isEmpty) }
        }
        for _ in 0..<2000 {
            var writer = JSONWriter()
            JSONTests.write(&writer, depth: 0, &random)
            var damaged = writer.bytes
            for _ in 0..<(1 + random.below(3)) { damaged[random.below(damaged.count)] = UInt8(random.below(256)) }
            if let json = try? JSON.parse(damaged) { #expect(!json.description.isEmpty) }
        }
    }

    private static func write(_ writer: inout JSONWriter, depth: Int, _ random: inout SeededRandom) {
        switch random.below(depth < 5 ? 7 : 5) {
        case 0: writer.null()
        case 1: writer.bool(random.chance(500_000))
        case 2: writer.number(Int64(bitPattern: random.next()), decimals: random.below(7))
        case 3, 4: writer.text(text(&random))
        case 5:
            var random = random
            writer.array { writer in
                for _ in 0..<random.below(5) { write(&writer, depth: depth + 1, &random) }
            }
        default:
            var random = random
            writer.object { writer in
                for ordinal in 0..<random.below(6) {
                    writer.name("\(ordinal)" + text(&random))
                    write(&writer, depth: depth + 1, &random)
                }
            }
        }
        _ = random.next()
    }

    private static func text(_ random: inout SeededRandom) -> String {
        let scalars = ["a", "\"", "\\", "\n", "\u{0}", "医", "保", "\u{7FF}", "\u{800}", "😀", "\u{10FFFF}", "/"]
        return (0..<random.below(12)).map { _ in random.pick(scalars) }.joined()
    }
}
