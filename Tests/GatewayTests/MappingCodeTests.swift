import Testing

@testable import Gateway

@Suite("Mappings of items in the answers' codes")
struct MappingCodeTests {
    @Test("A line against its mapping and a line without one have codes of their own")
    func codes() {
        let codes = ["catalogue.mapping.otherItem", "catalogue.mapping.missing", "catalogue.mapping.overlap"]
        #expect(codes.map { InfCode(problem: $0).number } == [22_004, 22_005, 22_003])
    }
}
