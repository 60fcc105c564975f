import Basics
import Demonstration
import Enrolment
import TestKit
import Testing

/// What the window pays for each kind of care, by the demonstration city's law of 2 March 2026 (policies/demo).
///
/// An employee's stay in the third tier owes 1,000 first, then the fund pays 85 %; employees have 2,000 yuan on their
/// accounts, residents have none.
@Suite("What each treatment told by messages comes to")
struct AmountTests {
    /// 异地就医: the cut is taken from the ratio of each band.
    @Test(
        "One bill in the capital: settled there, referred, an emergency, and come without a word",
        arguments: StoreKind.allCases)
    func elsewhere(_ kind: StoreKind) async throws {
        // The city cuts emergencies as much as referrals; here by half, so that each of the four is known by its sum.
        let law = [("异地急诊抢救: 10%", "异地急诊抢救: 5%")]
        try await withTestHouse(kind, people: .many, law: law) { house async throws in
            let hospital = try await house.hospitalElsewhere()
            let people = house.employees
            try await house.settle(people[0], in: AreaCode(110_000))
            try await house.hospital.refer(people[1], to: hospital, in: "110100")
            // 11,000 − 1,000 = 10,000, of which 85 − 0, 85 − 10, 85 − 5 and 85 − 20 %; the account pays 2,000 of the rest.
            #expect(
                try await hospital.stay(people[0])
                    == Paid([.employeePool: "8500.00"], account: "2000.00", cash: "500.00"))
            #expect(
                try await hospital.stay(people[1])
                    == Paid([.employeePool: "7500.00"], account: "2000.00", cash: "1500.00"))
            #expect(
                try await hospital.stay(people[2], Care(type: "24"))
                    == Paid([.employeePool: "8000.00"], account: "2000.00", cash: "1000.00"))
            #expect(
                try await hospital.stay(people[3])
                    == Paid([.employeePool: "6500.00"], account: "2000.00", cash: "2500.00"))
            #expect(try await house.proof() == [])
        }
    }

    /// 转院: to a higher tier only the difference of the deductibles is due, to a lower one nothing.
    @Test("A stay that goes on in another hospital by referral", arguments: StoreKind.allCases)
    func transferred(_ kind: StoreKind) async throws {
        try await withTestHouse(kind, people: .many) { house async throws in
            let (third, second) = (house.hospital, house.otherHospital)
            let people = house.employees
            let first = Care(
                units: 30, begins: "2026-02-20 09:00:00", charged: "2026-02-21 10:00:00", ends: "2026-02-24 08:00:00")
            let next = Care(begins: "2026-02-24 12:00:00")

            // Upwards. 330 in the second tier stay below its 500: all from the account, which keeps 1,670.
            #expect(try await second.stay(people[0], first) == Paid([:], account: "330.00"))
            try await second.refer(people[0], to: third)
            // Due are 1,000 − 330 = 670: (11,000 − 670) × 85 % = 8,780.50; of the other 2,219.50 the account pays 1,670.
            #expect(
                try await third.stay(people[0], next)
                    == Paid([.employeePool: "8780.50"], account: "1670.00", cash: "549.50"))

            // Not referred, it is a second stay: (11,000 − 500) × 85 % = 8,925; of the other 2,075 the account pays 1,670.
            #expect(try await second.stay(people[1], first) == Paid([:], account: "330.00"))
            #expect(
                try await third.stay(people[1], next)
                    == Paid([.employeePool: "8925.00"], account: "1670.00", cash: "405.00"))

            // Downwards. 330 in the third tier stay below its 1,000; then 5,500 in the second without a deductible:
            // 5,500 × 88 % = 4,840, and the account pays the other 660.
            #expect(try await third.stay(people[2], first) == Paid([:], account: "330.00"))
            try await third.refer(people[2], to: second)
            var lower = next
            lower.units = 500
            #expect(try await second.stay(people[2], lower) == Paid([.employeePool: "4840.00"], account: "660.00"))
            #expect(try await house.proof() == [])
        }
    }

    /// 急诊转住院: what the emergency room charged in the three days before joins the stay.
    @Test("An emergency that becomes a stay", arguments: StoreKind.allCases)
    func emergencyBecomesStay(_ kind: StoreKind) async throws {
        try await withTestHouse(kind, people: .many) { house async throws in
            let people = house.employees
            var care = Care(
                type: "24", units: 400, begins: "2026-02-27 10:00:00", charged: "2026-02-28 10:00:00")
            care.lines = [(house.service, 100, "2026-02-24 22:00:00")]
            // 4,400 + 1,100 = 5,500; − 1,000 = 4,500 × 85 % = 3,825; the account pays the other 1,675.
            #expect(
                try await house.hospital.stay(people[0], care) == Paid([.employeePool: "3825.00"], account: "1675.00"))
            // A day earlier, they do not belong to the stay.
            care.lines = [(house.service, 100, "2026-02-23 22:00:00")]
            let encounter = try await house.hospital.admitted(people[1], care)
            let refused = try await house.hospital.send(
                "2304", house.hospital.settlement(people[1], encounter, care))
            #expect(refused.code != 0 && refused.error.contains("入院前 3 天以前"), "\(refused.error)")
            #expect(try await house.proof() == [])
        }
    }

    @Test(
        "Outpatients: an ordinary visit, an emergency, a rescue, a filed disease, two diseases, an accident",
        arguments: StoreKind.allCases)
    func outpatients(_ kind: StoreKind) async throws {
        try await withTestHouse(kind, people: .many) { house async throws in
            let (third, second) = (house.hospital, house.otherHospital)
            let (employees, residents) = (house.employees, house.residents)
            // 1,100 − 600 = 500 × 55 % = 275.
            #expect(
                try await third.visit(employees[0], .visit("11")) == Paid([.employeePool: "275.00"], account: "825.00"))
            // An emergency: 500 × 70 % = 350.
            #expect(
                try await third.visit(employees[1], .visit("13"), by: "2203A")
                    == Paid([.employeePool: "350.00"], account: "750.00"))
            // A rescue is settled as a stay: (2,200 − 1,000) × 85 % = 1,020.
            let rescue = Care.visit("13", units: 200, more: #""exp_content":{"resc_flag":"1"},"#)
            #expect(
                try await third.visit(employees[2], rescue) == Paid([.employeePool: "1020.00"], account: "1180.00"))
            // Hypertension filed: (1,210 − 300) × 80 % = 728, below the year's 3,000.
            try await third.fileDisease(employees[3], "M03900", "高血压")
            #expect(
                try await third.visit(employees[3], .visit("14", units: 110, disease: "M03900"))
                    == Paid([.employeePool: "728.00"], account: "482.00"))

            // 两病 of a resident: drugs alone, 100 × 4.23 = 423 × 60 % = 253.80; the service of 110 is the patient's.
            try await third.fileDisease(residents[0], "M03900", "高血压")
            var drugs = Care.visit("9901", units: 10, disease: "M03900")
            drugs.lines = [(house.drug, 100, "2026-03-02 08:12:00")]
            #expect(
                try await third.visit(residents[0], drugs) == Paid([.residentPool: "253.80"], cash: "279.20"))
            // Again: of the year's 400 there are 146.20 left.
            #expect(
                try await third.visit(residents[0], drugs) == Paid([.residentPool: "146.20"], cash: "386.80"))
            // An accident: (1,100 − 100) × 80 % = 800.
            #expect(
                try await third.visit(residents[1], .visit("19")) == Paid([.residentPool: "800.00"], cash: "300.00"))
            // A visit in the second tier: (1,100 − 50) × 50 % = 525, of which a visit brings 80 at most; in the third none.
            #expect(
                try await second.visit(residents[2], .visit("11")) == Paid([.residentPool: "80.00"], cash: "1020.00"))
            #expect(try await third.visit(residents[3], .visit("11")) == Paid([:], cash: "1100.00"))
            #expect(try await house.proof() == [])
        }
    }

    @Test(
        "At the pharmacy: on a prescription, without one, both in one purchase, and a resident's negotiated drug",
        arguments: StoreKind.allCases)
    func pharmacy(_ kind: StoreKind) async throws {
        try await withTestHouse(kind, people: .many) { house async throws in
            let negotiated = try await house.negotiatedDrug()
            let (pharmacy, drug) = (house.pharmacy, house.drug)
            let (employees, residents) = (house.employees, house.residents)
            // 1,000 × 4.23 = 4,230; − 600 = 3,630 × 70 % = 2,541; the account pays the other 1,689.
            #expect(
                try await pharmacy.sell(employees[0], [(drug, 1000, true)])
                    == Paid([.employeePool: "2541.00"], account: "1689.00"))
            #expect(
                try await pharmacy.sell(employees[1], [(drug, 1000, false)])
                    == Paid([:], account: "2000.00", cash: "2230.00"))
            // 846 of 1,269 are on the prescription: 846 − 600 = 246 × 70 % = 172.20; the account pays the other 1,096.80.
            #expect(
                try await pharmacy.sell(employees[2], [(drug, 200, true), (drug, 100, false)])
                    == Paid([.employeePool: "172.20"], account: "1096.80"))

            // Residents: dual-channel drugs alone, 2 × 50 = 100 − 50 = 50 × 60 % = 30; the drug of 42.30 is not one.
            #expect(
                try await pharmacy.sell(residents[0], [(negotiated, 2, true), (drug, 10, true)])
                    == Paid([.residentPool: "30.00"], cash: "112.30"))
            #expect(
                try await pharmacy.sell(residents[1], [(negotiated, 2, false)]) == Paid([:], cash: "100.00"))
            #expect(try await house.proof() == [])
        }
    }

    /// 生育: prenatal care, births by package and by limit, family planning.
    @Test("Maternity care of employees and residents", arguments: StoreKind.allCases)
    func maternity(_ kind: StoreKind) async throws {
        try await withTestHouse(kind, people: .many) { house async throws in
            let hospital = house.hospital
            let (employees, residents) = (house.women(.employee), house.women(.resident))
            // 1,100 × 90 % = 990; then 2,750 × 90 % = 2,475, of the year's 3,000 there are 2,010 left.
            #expect(
                try await hospital.visit(employees[0], .visit("51"))
                    == Paid([.employeeMaternity: "990.00"], account: "110.00"))
            #expect(
                try await hospital.visit(employees[0], .visit("51", units: 250))
                    == Paid([.employeeMaternity: "2010.00"], account: "740.00"))
            // A natural birth is a package of 4,000: the hospital bears the other 1,500.
            let natural = Care(type: "52", units: 500, more: #""matn_type":"1","#)
            #expect(
                try await hospital.stay(employees[1], natural)
                    == Paid([.employeeMaternity: "4000.00"], hospital: "1500.00"))
            // A caesarean is paid up to 6,500: of the other 2,300 the account pays 2,000.
            #expect(
                try await hospital.stay(employees[2], Care(type: "52", units: 800, more: #""matn_type":"3","#))
                    == Paid([.employeeMaternity: "6500.00"], account: "2000.00", cash: "300.00"))
            // An ectopic pregnancy is a stay like others.
            #expect(
                try await hospital.stay(employees[3], Care(type: "52", more: #""matn_type":"10","#))
                    == Paid([.employeePool: "8500.00"], account: "2000.00", cash: "500.00"))
            // Family planning, all of it.
            #expect(
                try await hospital.visit(employees[4], .visit("53")) == Paid([.employeeMaternity: "1100.00"]))
            // A resident's natural birth is paid up to 2,000.
            #expect(
                try await hospital.stay(residents[0], natural) == Paid([.residentPool: "2000.00"], cash: "3500.00"))
            #expect(try await house.proof() == [])
        }
    }

    @Test(
        "Further payers: civil servants' subsidy, enterprise supplement, large amount, critical illness and assistance",
        arguments: StoreKind.allCases)
    func furtherPayers(_ kind: StoreKind) async throws {
        try await withTestHouse(kind, people: .many) { house async throws in
            let hospital = house.hospital
            let (employees, residents) = (house.employees, house.residents)
            // 320: of the 2,500 that the pool leaves, the deductible included, 60 % = 1,500.
            try await house.recognise(employees[0], as: .civilServantSubsidy)
            #expect(
                try await hospital.stay(employees[0])
                    == Paid([.employeePool: "8500.00", .civilServant: "1500.00"], account: "1000.00"))
            // 370: of 2,500 − 1,000 (deductible of the stay) = 1,500, what is above the year's 1,000: 500 × 40 % = 200.
            try await house.recognise(employees[1], as: .enterpriseSupplement)
            #expect(
                try await hospital.stay(employees[1])
                    == Paid(
                        [.employeePool: "8500.00", .enterpriseSupplement: "200.00"], account: "2000.00", cash: "300.00")
            )
            // 330: 330,000 − 1,000 = 329,000. 50,000 × 85 % + 279,000 × 90 % = 293,600, of which the year's ceiling lets
            // 250,000 through. Above it lie 43,600 ÷ 90 % = 48,444.44…, of which 85 % = 41,177.777… are paid.
            #expect(
                try await hospital.stay(employees[2], Care(units: 30_000))
                    == Paid(
                        [.employeePool: "250000.00", .largeAmount: "41177.78"], account: "2000.00", cash: "36822.22"))

            // A resident: 19,800 − 1,000 = 18,800 × 60 % = 11,280, the other 8,520 are below critical illness (16,000).
            let long = Care(units: 1800)
            #expect(
                try await hospital.stay(residents[0], long) == Paid([.residentPool: "11280.00"], cash: "8520.00"))
            // 低保对象: critical illness from 8,000 on, 520 × (60 + 5) % = 338; of the other 8,182 assistance 70 % =
            // 5,727.40; the 2,454.60 left are below the further assistance (10,000).
            try await house.recognise(residents[1], as: .assistance(.lowIncome))
            #expect(
                try await hospital.stay(residents[1], long)
                    == Paid(
                        [
                            .residentPool: "11280.00", .residentCriticalIllness: "338.00",
                            .medicalAssistance: "5727.40",
                        ], cash: "2454.60"))
            #expect(try await house.proof() == [])
        }
    }
}
