import Agency
import Basics
import Catalogue
import Control
import Demonstration
import Enrolment
import Providers
import Settlement
import Storage
import TestKit
import Testing

/// One treatment as a hospital tells it in messages, from the registration to the settlement.
struct Care {
    /// 医疗类别 `med_type`
    var type = "21"
    /// How much of 示例诊疗项目1 (甲类, 11.00 yuan, no cap) is charged; 1,000 make 11,000 yuan.
    var units: Int64 = 1000
    var begins = "2026-02-24 09:00:00"
    var charged = "2026-02-25 10:00:00"
    var ends = "2026-03-02 08:00:00"
    /// 病种 `dise_codg`
    var disease = ""
    /// Further fields of `mdtrtinfo`, each ending in a comma.
    var more = ""
    /// Charged besides.
    var lines: [(item: SampleHouse.Item, units: Int64, at: String)] = []

    /// The same within the morning: outpatients.
    static func visit(_ type: String, units: Int64 = 100, disease: String = "", more: String = "") -> Care {
        Care(
            type: type, units: units, begins: "2026-03-02 08:00:00", charged: "2026-03-02 08:10:00", disease: disease,
            more: more)
    }

    fileprivate func charges(_ house: TestHouse) -> [(item: SampleHouse.Item, units: Int64, at: String)] {
        var charges = lines
        if units > 0 { charges.insert((item: house.service, units: units, at: charged), at: 0) }
        return charges
    }

    fileprivate func total(_ house: TestHouse) -> Money {
        charges(house).map { $0.item.price * Quantity($0.units) }.total()
    }
}

/// What came of a bill: who paid how much, as `setlinfo` and `setldetail` tell it.
struct Paid: Equatable, CustomStringConvertible {
    var funds: [FundType: Money]
    var account: Money
    var cash: Money
    var hospital: Money

    init(
        _ funds: KeyValuePairs<FundType, String>, account: String = "0.00", cash: String = "0.00",
        hospital: String = "0.00"
    ) {
        self.funds = Dictionary(uniqueKeysWithValues: funds.map { ($0.key, Paid.amount($0.value)) })
        self.account = Paid.amount(account)
        self.cash = Paid.amount(cash)
        self.hospital = Paid.amount(hospital)
        if self.account > .zero { self.funds[.personalAccount] = self.account }
    }

    /// Reads an answer, and holds its sums against one another on the way.
    init(_ output: JSON) throws {
        let info = try #require(output["setlinfo"])
        func amount(_ name: String) throws -> Money { try #require(info.money(name), "\(name)") }
        account = try amount("acct_pay")
        cash = try amount("psn_cash_pay")
        hospital = try amount("hosp_part_amt")
        funds = [:]
        for share in output["setldetail"].map({ Array($0.elements) }) ?? [] {
            let fund = try #require(
                share["fund_pay_type"]?.text.flatMap { Int64($0) }.flatMap { FundType(rawValue: $0) })
            #expect(funds[fund] == nil, "\(fund.name) stands twice")
            let amount: Money = try #require(share.money("fund_payamt"))
            funds[fund] = amount
        }
        let sum = funds.filter { $0.key != .personalAccount }.values.reduce(.zero, +)
        #expect(try amount("fund_pay_sumamt") == sum)
        #expect(try amount("medfee_sumamt") == sum + account + cash + hospital)
    }

    private static func amount(_ text: String) -> Money { (try? Money(text)) ?? Money(fen: -1) }

    var description: String {
        let shares = funds.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.name) \($0.value)" }
        return (shares + ["账户 \(account)", "现金 \(cash)", "医院 \(hospital)"]).joined(separator: ",")
    }
}

extension TestSender {
    /// 2401, 2301, 2402, 2304: a stay settled when the person leaves.
    func stay(_ person: SampleHouse.Insured, _ care: Care = Care()) async throws -> Paid {
        let encounter = try await admitted(person, care)
        return try Paid(try await ask("2304", settlement(person, encounter, care)))
    }

    /// Admitted, charged and discharged, not yet settled.
    func admitted(_ person: SampleHouse.Insured, _ care: Care) async throws -> String {
        let admission = Write.admission(person, begins: care.begins)
            .replacing("\"med_type\":\"21\"", with: "\(care.more)\"med_type\":\"\(care.type)\"")
        let encounter = try await ask("2401", admission)["result"]?["mdtrt_id"]?.text ?? ""
        _ = try await ask(
            "2301", Write.upload(person, encounter, lines(care), more: "\"med_type\":\"\(care.type)\""))
        _ = try await ask("2402", Write.discharge(person, encounter, ends: care.ends))
        return encounter
    }

    /// The `data` of 2303, 2304 and 2207 for a treatment.
    func settlement(
        _ person: SampleHouse.Insured, _ encounter: String, _ care: Care, batch: String? = nil
    ) -> String {
        Write.settlement(person, encounter, total: care.total(house), batch: batch)
            .replacing("\"med_type\":\"\(batch == nil ? 21 : 11)\"", with: "\"med_type\":\"\(care.type)\"")
    }

    /// 2201, 2203, 2204, 2207: an outpatient's visit. Some areas number the second message 2203A.
    func visit(_ person: SampleHouse.Insured, _ care: Care, by report: String = "2203") async throws -> Paid {
        let encounter = try await ask("2201", Write.registration(person))["data"]?["mdtrt_id"]?.text ?? ""
        let told = Write.visit(person, encounter, careType: care.type)
            .replacing("\"mdtrt_id\"", with: "\(care.more)\"dise_codg\":\"\(care.disease)\",\"mdtrt_id\"")
        _ = try await ask(report, told)
        _ = try await ask("2204", Write.upload(person, encounter, lines(care), more: "\"chrg_bchno\":\"B1\""))
        return try Paid(try await ask("2207", settlement(person, encounter, care, batch: "B1")))
    }

    /// 2102A: drugs bought in one message; those marked are on a prescription.
    func sell(
        _ person: SampleHouse.Insured, _ goods: [(item: SampleHouse.Item, units: Int64, isPrescribed: Bool)]
    ) async throws -> Paid {
        let lines = goods.enumerated().map { index, sold in
            Write.line(
                "Y\(index + 1)", sold.item, Quantity(sold.units), at: "2026-03-02 08:20:00",
                more: ",\"rx_circ_flag\":\"\(sold.isPrescribed ? 1 : 0)\"")
        }
        let total = goods.map { $0.item.price * Quantity($0.units) }.total()
        return try Paid(try await ask("2102A", Write.purchase(person, lines, total: total)))
    }

    /// 2501: refers a person to another hospital.
    func refer(_ person: SampleHouse.Insured, to other: TestSender, in division: String = "990100") async throws {
        _ = try await ask(
            "2501",
            """
            {"refmedin":{"psn_no":"\(person.id)","insutype":"\(person.insurance.rawValue)","diag_code":"I10.x00x002",\
            "diag_name":"高血压","reflin_medins_no":"\(other.sender.code)","reflin_medins_name":"\(other.sender.name)",\
            "mdtrtarea_admdvs":"\(division)","refl_type":"1","refl_date":"2026-02-24","refl_rea":"病情需要",\
            "refl_opnn":"同意","begndate":"2026-02-24","enddate":"2026-06-01"}}
            """)
    }

    /// 2503: files a disease that outpatients are treated for.
    func fileDisease(_ person: SampleHouse.Insured, _ code: String, _ name: String) async throws {
        _ = try await ask(
            "2503",
            """
            {"data":{"psn_no":"\(person.id)","insutype":"\(person.insurance.rawValue)","opsp_dise_code":"\(code)",\
            "opsp_dise_name":"\(name)","insu_optins":"990100","ide_fixmedins_no":"\(sender.code)",\
            "ide_fixmedins_name":"\(sender.name)","hosp_ide_date":"2026-02-01","diag_dr_codg":"D1",\
            "diag_dr_name":"示例医师","begndate":"2026-03-01"}}
            """)
    }

    private func lines(_ care: Care) -> [String] {
        care.charges(house).enumerated().map { index, charge in
            Write.line("F\(index + 1)", charge.item, Quantity(charge.units), at: charge.at)
        }
    }
}

extension TestHouse {
    /// 示例诊疗项目1: 甲类, 11.00 yuan, no cap.
    var service: SampleHouse.Item { house.items[20] }
    /// 示例西药1: 甲类, 4.23 yuan, no cap.
    var drug: SampleHouse.Item { house.items[0] }

    var employees: [SampleHouse.Insured] { house.people.filter { $0.insurance == .employee } }
    var residents: [SampleHouse.Insured] { house.people.filter { $0.insurance == .resident } }

    /// Women by the last digit but one of the identity number.
    func women(_ insurance: Insurance) -> [SampleHouse.Insured] {
        house.people.filter {
            $0.insurance == insurance && ($0.certificate.dropLast().last?.wholeNumberValue ?? 1).isMultiple(of: 2)
        }
    }

    /// A third-tier hospital of the capital that has an agreement here (异地定点医疗机构).
    func hospitalElsewhere() async throws -> TestSender {
        let sender = SampleHouse.Sender(
            code: "H11010100001", name: "示例异地医院", key: (0..<32).map { $0 &* 5 &+ 3 })
        let text = """
            fixmedins_code,fixmedins_name,hosp_lv,clr_way,agreement_no,begndate,enddate
            \(sender.code),\(sender.name),3,1,XY-\(sender.code),2020-01-01,2099-12-31
            """
        let sheet = try Providers.readAgreements(text, file: "providers.csv")
        let origin = origin
        try await house.agency.store.write { tx in
            _ = try Providers.importAgreements(tx, sheet, by: origin)
            let id = try #require(
                try Providers.providerID(tx, area: origin.area, code: try InstitutionCode(sender.code)))
            try Providers.setKey(
                tx, area: origin.area, provider: id, ProviderKey(kind: .hmac, bytes: sender.key), by: .system,
                at: origin.at)
        }
        house.agency.refresh()
        return TestSender(self, sender, division: AreaCode(110_100))
    }

    /// A negotiated drug (谈判药品), 甲类 here, of 50.00 yuan.
    func negotiatedDrug() async throws -> SampleHouse.Item {
        let item = SampleHouse.Item(
            code: "XA01AAA001A001010190001", name: "示例谈判药品", price: UnitPrice(microYuan: 50_000_000))
        let text = """
            hilist_code,hilist_name,list_type,med_chrgitm_type,chrgitm_lv,selfpay_prop,begndate,traits
            \(item.code),\(item.name),101,09,01,0,2020-01-01,negotiated
            """
        let sheet = try Catalogue.readItems(text, file: "items.csv")
        let origin = origin
        try await house.agency.store.write { tx in _ = try Catalogue.importItems(tx, sheet, by: origin) }
        house.agency.refresh()
        return item
    }

    /// A status that benefits depend on, since the beginning of the year.
    func recognise(_ person: SampleHouse.Insured, as kind: SpecialStatus.Kind) async throws {
        let acts = ActOrigin(area: house.area, actor: .system, at: clock.now, ground: "身份认定")
        let since = Period(from: Day("2026-01-01")!, through: nil)!
        try await house.agency.store.write { tx in
            _ = try Enrolment.record(tx, SpecialStatus(kind: kind, period: since), for: person.id, by: acts)
        }
    }

    /// 异地长期居住备案 in a province.
    func settle(_ person: SampleHouse.Insured, in division: AreaCode) async throws {
        let (area, now) = (house.area, clock.now)
        try await house.agency.store.write { tx in
            _ = try SettlementDesk.rule(
                tx, area: area, .remoteResidence, person: person.id,
                period: Period(from: Day("2026-01-01")!, through: nil)!, division: division, matter: ID(1),
                by: .staff(ID(7)), at: now)
        }
    }

    /// What the whole proof finds.
    func proof() async throws -> [Problem] {
        let area = house.area
        return try await house.agency.store.read { try Agency.verifier(area).run($0).problems.all }
    }

    private var origin: ImportOrigin { ImportOrigin(area: house.area, actor: .system, at: clock.now) }
}
