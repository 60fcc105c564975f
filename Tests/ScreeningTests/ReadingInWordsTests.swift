import Basics
import Testing

@testable import Screening

/// What is read and kept in whole words is what reading byte by byte gives, for anything that may stand in a file.
@Suite struct ReadingInWordsTests {
    private func field<Result>(_ text: [UInt8], _ body: (Field) -> Result) -> Result {
        let bytes = text + Array(repeating: UInt8(ascii: "7"), count: Field.readableBeyond)
        return bytes.withUnsafeBufferPointer { body(Field(start: $0.baseAddress!, count: text.count)) }
    }

    private func text(_ pieces: [UInt8], _ lengths: ClosedRange<Int>, _ random: inout SeededRandom) -> [UInt8] {
        (0..<random.within(lengths)).map { _ in random.pick(pieces) }
    }

    @Test(arguments: [2, 4, 6])
    func shortNumbersAreLongNumbers(decimals: Int) {
        var random = SeededRandom(seed: UInt64(decimals))
        let pieces = Array("00123456789012345678901234567890..+-x/: ".utf8)
        var read = 0
        for _ in 0..<60_000 {
            let text = text(pieces, 1...10, &random)
            let exact = text.withUnsafeBufferPointer { try? FixedPoint.parse(bytes: $0, decimals: decimals) }
            let value = field(text) { try? $0.decimal(decimals) }
            #expect(value == exact, "\(String(decoding: text, as: UTF8.self))")
            read += value == nil ? 0 : 1
        }
        #expect(read > 5_000)
    }

    /// A fraction of a second is read character by character, the same moment without one in words.
    @Test func momentsInWordsAreMomentsByCharacters() {
        var random = SeededRandom(seed: 9)
        let sound = Array("2024-02-29 23:59:59".utf8)
        var read = 0
        for _ in 0..<60_000 {
            var text = sound
            for _ in 0..<random.within(0...3) {
                text[random.within(0...18)] = random.pick(Array("0123456789-:/ T.x".utf8))
            }
            let inWords = field(text) { try? $0.moment() }
            let byCharacters = field(text + Array(".0".utf8)) { try? $0.moment() }
            #expect(inWords?.day == byCharacters?.day, "\(String(decoding: text, as: UTF8.self))")
            #expect(inWords?.second == byCharacters?.second)
            read += inWords == nil ? 0 : 1
        }
        #expect(read > 5_000)
    }

    /// Days of all months over four centuries, by the calendar of the house.
    @Test func everyDayHasItsNumber() {
        for year in 1899...2301 {
            for month in 0...13 {
                for day in [0, 1, 28, 29, 30, 31, 32] {
                    #expect(Day.checked(year, month, day) == Day(year: year, month: month, day: day)?.number)
                }
            }
        }
    }

    @Test func bytesAreTextAsTheLanguageSays() {
        var random = SeededRandom(seed: 4)
        let pieces: [[UInt8]] = [
            Array("plain text of some length ".utf8), Array("医保".utf8), Array("é".utf8), Array("🏥".utf8), [0x41],
            [0xE4, 0xB8],
            [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
        ]
        for _ in 0..<20_000 {
            let bytes = (0..<random.within(0...12)).flatMap { _ in
                random.within(0...30) == 0 ? random.pick(pieces) : random.pick(Array(pieces[..<5]))
            }
            let isText = bytes.withUnsafeBufferPointer {
                $0.isEmpty || UTF8Text.isValid($0.baseAddress!, $0.count)
            }
            #expect(isText == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }

    /// Text without quotes takes a way of its own: the same rows as on the way that looks for quotes.
    @Test(arguments: 0..<30)
    func rowsWithoutQuotesAreTheSameOnBothWays(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let pieces = [",", ",", ",", "\n", "\r\n", "\r", "a", "some longer text", " ", "中文", ",,,\n", "1,2,3\n"]
        var bytes = (0..<random.within(0...600)).flatMap { _ in Array(random.pick(pieces).utf8) }
        let count = bytes.count
        bytes += Array(repeating: UInt8(ascii: ","), count: ByteMasks.width)
        #expect(rows(bytes, count, mayQuote: false) == rows(bytes, count, mayQuote: true))
    }

    private func rows(_ bytes: [UInt8], _ count: Int, mayQuote: Bool) -> [String] {
        let fields = UnsafeMutablePointer<Field>.allocate(capacity: 3)
        defer { fields.deallocate() }
        var result: [String] = []
        bytes.withUnsafeBufferPointer { buffer in
            fields.initialize(repeating: Field(start: buffer.baseAddress!, count: 0), count: 3)
            var splitter = RowSplitter(
                buffer.baseAddress!, count, slots: [1, -1, 0, 2], fields: fields, scratch: RowSplitter.Scratch(),
                mayQuote: mayQuote)
            while true {
                switch splitter.next() {
                case .end: return
                case .blank: result.append("blank \(splitter.linesBefore)")
                case .broken(let reason): result.append("\(reason) \(splitter.linesBefore)")
                case .fields:
                    result.append((0..<3).map { fields[$0].text }.joined(separator: "|") + " \(splitter.rowStart)")
                }
            }
        }
        return result
    }

    /// A line comes out of its partition as it went in, whatever its figures, alone or after another of its encounter.
    @Test func packedLinesComeBack() {
        var random = SeededRandom(seed: 12)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { memory.deallocate() }
        for _ in 0..<500 {
            var (written, end): ([LineRecord], UnsafeMutableRawPointer) = ([], memory)
            for _ in 0..<random.within(1...8) {
                var line = invented(&random)
                let repeats = !written.isEmpty && random.within(0...1) == 0
                if repeats, let last = written.last {
                    (line.person, line.encounter, line.settlement) = (last.person, last.encounter, last.settlement)
                }
                let texts = [1...40, 0...2, 0...1000].map { text(Array("A7中".utf8), $0, &random) }
                (line.idLength, line.refundOfLength) = (UInt16(texts[0].count), UInt16(texts[1].count))
                line.prescriptionLength = UInt16(texts[2].count)
                end = field(texts[0]) { id in
                    field(texts[1]) { refund in
                        field(texts[2]) { prescription in
                            line.pack(at: end, repeats: repeats, id: id, refundOf: refund, prescription: prescription)
                        }
                    }
                }
                written.append(line)
            }
            var (place, last) = (UnsafeRawPointer(memory), LineRecord())
            for line in written {
                last = LineRecord(unpacking: &place, after: last)
                #expect(figures(last) == figures(line))
            }
            #expect(place == UnsafeRawPointer(end))
        }
    }

    private func invented(_ random: inout SeededRandom) -> LineRecord {
        var line = LineRecord()
        (line.person, line.encounter, line.settlement) = (random.next(), random.next(), random.next())
        (line.day, line.second) = (Int32(random.within(-719_162...2_932_896)), Int32(random.within(-1...86_399)))
        // The bounds of what may be read (FieldFault): units and yuan.
        line.quantity = Int64(random.within(-999_999_999_999...999_999_999_999))
        line.price = Int64(random.within(0...99_999_999_999_999))
        line.amount = Int64(random.within(-99_999_999_999_999...99_999_999_999_999))
        line.updated = random.within(0...3) == 0 ? .min : Int64(random.within(-62_135_596_800...253_402_300_799))
        (line.item, line.doctor) = (UInt32(random.within(0...300)), UInt32(random.within(0...4_294_967_295)))
        (line.department, line.days) = (UInt32(random.within(0...70_000)), UInt16(random.within(0...65_535)))
        line.flags = LineFlags(rawValue: UInt16(random.within(0...8191)))
        (line.charge, line.herb) = (UInt8(random.within(0...99)), UInt8(random.within(0...63)))
        return line
    }

    private func figures(_ line: LineRecord) -> [Int64] {
        let keys = [line.person, line.encounter, line.settlement].map { Int64(bitPattern: $0) }
        let codes = [
            line.item, line.doctor, line.department, UInt32(line.days), UInt32(line.charge), UInt32(line.herb),
        ]
        let lengths = [line.idLength, line.refundOfLength, line.prescriptionLength, line.flags.rawValue]
        return keys + [line.quantity, line.price, line.amount, line.updated, Int64(line.day), Int64(line.second)]
            + codes.map { Int64($0) } + lengths.map { Int64($0) }
    }
}
