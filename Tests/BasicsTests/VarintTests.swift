import Basics
import Testing

@Suite("Numbers in few bytes")
struct VarintTests {
    @Test("What is written is read, at the edges too")
    func roundTrip() throws {
        let numbers: [Int64] = [0, 1, -1, 63, 64, -64, -65, 1 << 40, .max, .min]
        var writer = VarintWriter()
        for number in numbers { writer.append(number) }
        var reader = VarintReader(writer.bytes)
        for number in numbers { #expect(try reader.int() == number) }
        #expect(reader.isAtEnd)
    }

    @Test("Bytes that end too early are damaged, never a wrong number")
    func damaged() {
        var writer = VarintWriter()
        writer.append(1 << 40)
        var reader = VarintReader(Array(writer.bytes.dropLast()))
        #expect(throws: VarintReader.Damaged.self) { try reader.int() }
    }
}
