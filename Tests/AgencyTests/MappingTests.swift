import Basics
import Catalogue
import Control
import Demonstration
import Foundation
import Policy
import Settlement
import Storage
import TestKit
import Testing

@testable import Agency

/// Hospitals' item mappings bind what they charge (目录对照约束上传明细).
@Suite("审批通过的目录对照约束上传的费用明细,按统筹区的规定")
struct MappingTests {
    private static let required = [("value: 有对照的须一致", "value: 必须有对照")]
    private static let unchecked = [("value: 有对照的须一致", "value: 不核对")]

    /// The hospital says that its own code `院内1` is an item of the catalogue, and two sections agree.
    private static func map(_ town: Town, to item: Int = 20, from first: String = "2026-02-01") async throws {
        let (area, hospital, item) = (town.area, town.hospital, town.house.items[item])
        let catalogue = try await town.agency.catalogue(area)
        let listType = try catalogue.requireItem(item.code, on: day(first), field: "med_list_codg").listType
        let at = town.clock.now
        try await town.agency.store.write { tx in
            _ = try Catalogue.submitMapping(
                tx,
                ItemMapping(
                    id: ID(0), area: area, provider: hospital, ownCode: "院内1", ownName: "本院项目",
                    listType: listType, nationalCode: item.code, first: day(first),
                    last: Day(year: 2026, month: 12, day: 31)!, uploaded: at),
                catalogue: catalogue)
        }
    }

    /// 目录对照审批: accepted by one, reviewed by another.
    private static func approve(_ town: Town) async throws {
        let calendar = try WorkCalendar(
            csv: String(contentsOfFile: repositoryRoot + "/policies/calendar.csv", encoding: .utf8),
            file: "calendar.csv")
        let (area, hospital, at) = (town.area, town.hospital, Moment(day("2026-03-02"), hour: 9))
        let matters = Matters(area: area, catalogue: Agency.matterCatalogue, calendar: calendar)
        let staff = try await town.agency.store.write { tx in
            let ground = Ground("建账", by: .system, at: at)
            let posts: [(login: String, post: PostCode)] = [
                ("dz1", "settlement.first"), ("dz2", "settlement.review"),
            ]
            return try posts.map { login, post in
                let id = try Staff.open(tx, area: area, login: login, displayName: "示范\(login)", on: ground)
                _ = try Organisation.grant(tx, area: area, post, to: id, from: at.day, on: ground)
                return id
            }
        }
        let opened = try await town.agency.store.write { tx in
            try matters.open(
                tx, "catalogue.mappings.decide", form: ["provider": hospital], papers: [], by: staff[0], at: at)
        }
        let decided = try await town.agency.store.write { tx in
            try matters.act(tx, opened.matter, .agree("同意"), seen: opened.version, by: staff[1], at: at + 60)
        }
        #expect(decided.isCarriedOut)
        town.agency.refresh()
    }

    private static func line(
        _ town: Town, _ item: Int, as own: String, serial: String, on day: Day? = nil, quantity: Int64 = 2,
        refunds original: String? = nil
    ) -> FeeLineGiven {
        var line = town.line(item, quantity, serial: serial, on: day, refunds: original)
        line.providerItemCode = own
        return line
    }

    private static func upload(
        _ town: Town, _ stay: EncounterReference, _ lines: [FeeLineGiven], id: String? = nil
    ) async throws -> [FeeLineRecord] {
        try await town.agency.uploadLines(
            FeeUpload(reference: stay, lines: lines), town.head("2301", id: id, content: "同一内容"))
    }

    private static func withdraw(_ town: Town) async throws {
        let (area, hospital, code, at) = (town.area, town.hospital, town.house.items[20].code, town.clock.now)
        try await town.agency.store.write { tx in
            _ = try Catalogue.withdrawMapping(
                tx, area: area, provider: hospital, ownCode: "院内1", nationalCode: code, at: at)
        }
        town.agency.refresh()
    }

    @Test("有对照的须一致:审批前不约束,审批后对照以外的项目退回,对照期以前、别的机构、退费和撤销以后不约束", arguments: StoreKind.allCases)
    func checked(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            try await Self.map(town, from: "2026-02-10")
            let stay = try await town.stay(town.employee, from: day("2026-02-01"), [])
            let wrong = Self.line(town, 21, as: "院内1", serial: "1", on: day("2026-02-11"))
            let message = "\(town.hospital)202603010900009999"
            let kept = try await Self.upload(town, stay, [wrong], id: message)
            try await Self.approve(town)
            #expect(try await Self.upload(town, stay, [wrong], id: message) == kept, "重发的报文照旧应答")

            let before = try await town.contents()
            func line(_ item: Int, _ serial: String, on text: String) -> FeeLineGiven {
                Self.line(town, item, as: "院内1", serial: serial, on: day(text))
            }
            let refused = try await refusal {
                try await Self.upload(town, stay, [line(21, "2", on: "2026-02-12"), line(20, "3", on: "2026-02-12")])
            }
            #expect(refused == ["catalogue.mapping.otherItem"])
            #expect(try await town.contents() == before)
            // As mapped; before the mapping began; a code without one; taking back what was charged before.
            let taken = [
                line(20, "4", on: "2026-02-12"), line(21, "5", on: "2026-02-09"),
                Self.line(town, 21, as: "院内2", serial: "6", on: day("2026-02-12")),
                Self.line(
                    town, 21, as: "院内1", serial: "7", on: day("2026-02-12"), quantity: -2, refunds: "1"),
            ]
            #expect(try await Self.upload(town, stay, taken).count == 4)
            let elsewhere = try await town.stay(
                town.resident, at: town.otherHospital, from: day("2026-02-01"), [line(21, "1", on: "2026-02-12")])
            #expect(elsewhere.person == town.resident)
            try await Self.withdraw(town)
            #expect(try await Self.upload(town, stay, [line(21, "8", on: "2026-02-12")]).count == 1)
            #expect(try await town.verify() == [])
        }
    }

    @Test("必须有对照:没有对照的和对照不同的一并指出;药店同样", arguments: StoreKind.allCases)
    func required(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.required) { town in
            try await Self.map(town)
            try await Self.approve(town)
            let stay = try await town.stay(town.employee, from: day("2026-02-01"), [])
            let lines = [
                Self.line(town, 20, as: "院内1", serial: "1"), Self.line(town, 20, as: "院内2", serial: "2"),
                Self.line(town, 21, as: "院内1", serial: "3"), Self.line(town, 20, as: "", serial: "4"),
            ]
            #expect(
                try await refusal { try await Self.upload(town, stay, lines) } == [
                    "catalogue.mapping.missing", "catalogue.mapping.otherItem", "catalogue.mapping.missing",
                ])
            #expect(try await Self.upload(town, stay, [lines[0]]).map(\.providerItemCode) == ["院内1"])
            let purchase = town.purchase(town.employee, [Self.line(town, 0, as: "院内1", serial: "1")])
            #expect(
                try await refusal { try await town.agency.purchase(purchase, town.head("2102A", from: town.pharmacy)) }
                    == ["catalogue.mapping.missing"])
        }
    }

    @Test("不核对的地方,对照只供查询", arguments: StoreKind.allCases)
    func unchecked(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.unchecked) { town in
            try await Self.map(town)
            try await Self.approve(town)
            let stay = try await town.stay(town.employee, from: day("2026-02-01"), [])
            #expect(try await Self.upload(town, stay, [Self.line(town, 21, as: "院内1", serial: "1")]).count == 1)
        }
    }

    @Test("手边的对照一秒内照用,其后版本变了才重读", arguments: StoreKind.allCases)
    func kept(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let (shelf, start) = (town.agency.shelf, ContinuousClock.now)
            func mapped(after seconds: Int) async throws -> (revision: Int64, code: String?) {
                let mappings = try await shelf.mappings(
                    town.area, of: town.hospital, town.agency.store, now: start + .seconds(seconds))
                return (mappings.revision, mappings.nationalCode(of: "院内1", on: day("2026-03-01")))
            }
            try await Self.map(town)
            #expect(try await mapped(after: 0) == (0, nil))
            let (area, hospital, at) = (town.area, town.hospital, town.clock.now)
            try await town.agency.store.write { tx in
                for mapping in try Catalogue.waitingMappings(tx, area: area, provider: hospital, limit: 10) {
                    try Catalogue.decideMapping(tx, mapping, .approved, by: .system, ground: "编码一致", at: at)
                }
            }
            #expect(try await mapped(after: 0) == (0, nil))
            #expect(try await mapped(after: 2) == (1, town.house.items[20].code))
        }
    }
}
