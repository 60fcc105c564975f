import Basics
@testable import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency

/// 工作台上的“对象”:每一类办件都说得出办的是谁。
@Suite("办件的对象")
struct MatterTitleTests {
    private static let reason = "解除劳动合同证明第 7 号"

    /// A form with something in every field; the reasons say what tells no matter from another.
    private func filled(
        _ kind: MatterKind, _ person: ID<Person>, _ employer: ID<Employer>, _ staff: ID<StaffMember>,
        _ sheet: ContentHash
    ) -> FormValues {
        var texts: [String: String] = [:]
        for field in kind.fields {
            switch field.kind {
            case .text: texts[field.name] = ["reason", "ground", "differs"].contains(field.name) ? Self.reason : "示范文字"
            case .lines: texts[field.name] = Self.reason
            case .choice(let choices): texts[field.name] = choices[0].code
            case .day: texts[field.name] = "2026-03-02"
            case .month: texts[field.name] = "2026-03"
            case .year: texts[field.name] = "2026"
            case .money: texts[field.name] = "100.00"
            case .whole(let range): texts[field.name] = "\(range.lowerBound)"
            case .yesNo: texts[field.name] = "1"
            case .person: texts[field.name] = "\(person)"
            case .employer: texts[field.name] = "\(employer)"
            case .staff: texts[field.name] = "\(staff)"
            case .post: texts[field.name] = "enrolment.review"
            case .nationalID: texts[field.name] = EnrolmentOffice.number("19800101", 2)
            case .creditCode: texts[field.name] = EnrolmentOffice.creditCode
            case .sheet, .file: texts[field.name] = "\(sheet)"
            }
        }
        return FormValues(texts)
    }

    @Test("目录里的每一类:有人、有单位、有名单的写出来,理由不当对象", arguments: StoreKind.allCases)
    func everyKind(_ kind: StoreKind) async throws {
        try await EnrolmentOffice.with(kind) { office in
            try await office.carryOut("enrolment.employer.register", EnrolmentOffice.company)
            let employer = try #require(
                try await office.store.read { try Enrolment.employers($0, area: EnrolmentOffice.area).first })
            let number = EnrolmentOffice.number("19800101", 1)
            try await office.carryOut(
                "enrolment.person.register",
                EnrolmentOffice.person(number, "示范张三", ["category": "1501", "from": "2026-01-01"]))
            let person = try await office.insured(number).person
            let staff = office.staff["enrolment.review"]!
            let engine = Matters(
                area: EnrolmentOffice.area, catalogue: Agency.matterCatalogue, calendar: office.matters.calendar,
                naming: Agency.subjectName)
            let titles = try await office.store.write { tx in
                let bytes = Array("姓名,证件号码\n示范甲,990100198001010010\n示范乙,990100198001010028\n".utf8)
                let sheet = try Attachments.keep(
                    tx, area: EnrolmentOffice.area, name: "名单.csv", bytes: bytes, at: EnrolmentOffice.morning)
                return try Agency.matterKinds.map { kind in
                    (kind, try engine.title(tx, kind, filled(kind, person.id, employer.id, staff, sheet)))
                }
            }
            for (kind, title) in titles { check(kind, title, person) }
        }
    }

    private func check(_ kind: MatterKind, _ title: String, _ person: PersonRecord) {
        // A form without any field is of a kind of which one matter is like the other.
        #expect(title.isEmpty == kind.fields.isEmpty && !title.contains(Self.reason), "\(kind.code) \(title)")
        for field in kind.fields {
            switch field.kind {
            case .person: #expect(title.contains("示范张三 \(person.paper.masked)"), "\(kind.code) \(title)")
            case .employer: #expect(title.contains("示范公司"), "\(kind.code) \(title)")
            case .staff: #expect(title.contains("示范2"), "\(kind.code) \(title)")
            case .sheet: #expect(title.contains("名单.csv(2 行)"), "\(kind.code) \(title)")
            default: break
            }
        }
        #expect(!title.contains(person.paper.number), "\(kind.code) \(title)")
    }

    @Test("办件标题留在办件里:险种变更、单位注销、增员名单", arguments: StoreKind.allCases)
    func kept(_ kind: StoreKind) async throws {
        try await EnrolmentOffice.with(kind) { office in
            try await office.carryOut("enrolment.employer.register", EnrolmentOffice.company)
            let employer = try #require(
                try await office.store.read { try Enrolment.employers($0, area: EnrolmentOffice.area).first })
            let number = EnrolmentOffice.number("19800101", 1)
            let joined = try await office.carryOut(
                "enrolment.person.register",
                EnrolmentOffice.person(number, "示范张三", ["category": "1501", "from": "2026-01-01"]))
            let person = try await office.insured(number).person
            let changed = try await office.carryOut(
                "enrolment.spell.change",
                [
                    "person": "\(person.id)", "category": "1101", "employer": "\(employer.id)", "from": "2026-03-01",
                    "reason": "5",
                ])
            let table =
                ListKind.joiners.columns.map(\.name).joined(separator: ",") + "\n示范员工,,"
                + EnrolmentOffice.number("19850101", 1) + ",,,在职职工,2026-03-01,,\n"
            let list = try await office.carryOut(
                "enrolment.list.joiners", ["employer": "\(employer.id)"], file: ("sheet", Array(table.utf8)))
            let other = EnrolmentOffice.company.merging(
                ["creditCode": EnrolmentOffice.otherCode, "name": "示范停业公司"]) { $1 }
            let opened = try await office.carryOut("enrolment.employer.register", other)
            let idle = try #require(
                try await office.store.read {
                    try Enrolment.employers($0, area: EnrolmentOffice.area).first { $0.name == "示范停业公司" }
                })
            let closing = try await office.carryOut(
                "enrolment.employer.close",
                ["employer": "\(idle.id)", "day": "2026-02-01", "ground": Self.reason])
            let titles = try await office.store.read { tx in
                try [joined, changed, list, opened, closing].map {
                    try MatterFile.load(tx, area: EnrolmentOffice.area, $0.matter)!.status.title
                }
            }
            #expect(
                titles == [
                    "示范张三", "示范张三 \(person.paper.masked) · 示范公司", "示范公司 · 名单.csv(1 行)", "示范停业公司", "示范停业公司",
                ])
        }
    }
}
