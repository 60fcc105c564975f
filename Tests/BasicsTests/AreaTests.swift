import Basics
import Testing

@Suite("Which divisions belong to an area")
struct AreaTests {
    @Test(
        "A province takes in all of its divisions, a city and a county those of the city",
        arguments: [
            (110_105, 110_000, true), (110_000, 110_000, true), (120_105, 110_000, false),
            (990_102, 990_100, true), (990_100, 990_100, true), (990_201, 990_100, false), (990_000, 990_100, false),
            (990_102, 990_105, true), (990_201, 990_105, false),
        ] as [(Int64, Int64, Bool)])
    func belonging(_ division: Int64, _ area: Int64, _ belongs: Bool) {
        #expect(AreaCode(division).lies(in: AreaCode(area)) == belongs)
    }
}
