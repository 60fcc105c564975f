import Basics
import Testing

@Suite("Identity numbers and credit codes")
struct IdentityTests {
    @Test("A valid number tells birth date and sex")
    func valid() throws {
        // The standard's own example of the check digit.
        let id = try NationalID("11010519491231002X")
        #expect(id.birthDate == Day("1949-12-31"))
        #expect(id.sex == .female)
        #expect(try NationalID("11010519491231002x") == id)
    }

    @Test("Each mistake has its own name")
    func invalid() {
        #expect(throws: NationalID.Failure.checkDigit(expected: "X")) { try NationalID("110105194912310021") }
        #expect(throws: NationalID.Failure.length) { try NationalID("1101051949123100") }
        #expect(throws: NationalID.Failure.birthDate) { try NationalID("110105194913310021") }
        #expect(throws: NationalID.Failure.characters) { try NationalID("11010519491231A021") }
    }

    @Test("The credit code's check character")
    func creditCode() throws {
        let body = Array("91350100M000100Y4")
        let check = try #require(CreditCode.checkDigit(body))
        #expect(check == "3")
        #expect(try CreditCode(String(body) + "3").description == "91350100M000100Y43")
        #expect(throws: CreditCode.Failure.checkDigit(expected: "3")) { try CreditCode("91350100M000100Y40") }
        #expect(throws: CreditCode.Failure.characters) { try CreditCode("9135O100M000100Y43") }
    }

    @Test("A seed gives the same draws for ever")
    func random() {
        var random = SeededRandom(seed: 1)
        let draws = (0..<5).map { _ in random.below(1000) }
        #expect(draws == [557, 522, 900, 383, 371])
        var again = SeededRandom(seed: 1)
        #expect((0..<5).map { _ in again.below(1000) } == draws)
    }

    @Test("CSV: quotes, newlines, marks, widths")
    func csv() throws {
        let table = try CSVTable("\u{FEFF}a,b\r\n1,\"x,\"\"y\"\"\nz\"\r\n\r\n 2 ,w\n", file: "t.csv", required: ["a"])
        #expect(table.rows.count == 2)
        #expect(table.rows[0]["b"] == "x,\"y\"\nz")
        #expect(table.rows[1]["a"] == "2")
        #expect(table.rows[1].line == 5)
        #expect(throws: Problems.self) { try CSVTable("a,b\n1\n1,2,3\n", file: "t.csv") }
        #expect(CSVTable.escape("=1+1") == "'=1+1")
        #expect(CSVTable.escape("-12.5") == "-12.5")
    }
}
