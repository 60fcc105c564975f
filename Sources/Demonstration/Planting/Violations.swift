import Basics

/// Plants one violation of each kind of rule, each on people of its own, and says what must be found (埋设违规样本).
///
/// The labels are written down beside the care, not computed: they are what the rules' wording asks for.
struct Violations {
    /// The first day of the planted care.
    let first: Day
    private(set) var visits: [PlantedVisit] = []
    private(set) var labels: [PlantedLabel] = []
    private var people = 0

    private static let longAgo = Day(year: 1980, month: 5, day: 5)!

    init(first: Day) { self.first = first }

    /// Everything once; `copy` keeps the people and days of several copies apart.
    mutating func plant(copy: Int) {
        people = copy * 1_000
        let day = copy * 40
        plantDemographics(day)
        plantPayment(day)
        plantPairs(day)
        plantAmounts(day)
        plantCourses(day)
        plantOperations(day)
        plantHerbs(day)
        plantDrugs(day)
        plantStays(day)
        plantOverlaps(day)
        plantFrequencies(copy)
        plantCrowd(day)
        plantCodes(day)
        plantRecords(day)
        plantTables(day)
    }

    // MARK: - Words

    mutating func person(sex: Int = 1, birth: Day = Violations.longAgo) -> PlantedPerson {
        people += 1
        let digits = "\(100_000 + people)".dropFirst()
        return PlantedPerson(number: "99010090\(digits)", name: "埋设样本\(people)", sex: sex, birth: birth)
    }

    /// A visit with one line that nothing is wrong with; it counts once it is added.
    func outpatient(
        _ person: PlantedPerson, day: Int, hour: Int = 13, at institution: PlantedInstitution = .third,
        care: CareType = .outpatient
    ) -> PlantedVisit {
        let begin = Moment(first + day, hour: hour)
        var visit = PlantedVisit(
            id: newID(person), person: person, care: care, institution: institution, begin: begin, end: begin + 7_200,
            diagnosis: care == .pharmacy ? "" : "I10.x00x002")
        visit.charge(care == .pharmacy ? .infusion : .bloodCount, hour: hour)
        return visit
    }

    /// A stay with treatment on each of its days but the last.
    func stay(
        _ person: PlantedPerson, day: Int, nights: Int, at institution: PlantedInstitution = .third,
        diagnosis: String = "J18.900"
    ) -> PlantedVisit {
        var visit = PlantedVisit(
            id: newID(person), person: person, care: .inpatient, institution: institution,
            begin: Moment(first + day, hour: 9), end: Moment(first + day + nights, hour: 10), diagnosis: diagnosis)
        for offset in 0..<nights { visit.charge(.infusion, day: offset) }
        return visit
    }

    private func newID(_ person: PlantedPerson) -> String {
        let earlier = visits.count { $0.person.number == person.number }
        return "\(person.number)\(10 + earlier)"
    }

    mutating func add(_ visit: PlantedVisit) { visits.append(visit) }

    mutating func expect(_ kind: String, _ rule: String, _ visit: PlantedVisit, lines: [String]) {
        labels.append(
            PlantedLabel(
                kind: kind, rule: rule, person: visit.person.number, encounter: visit.id,
                institution: visit.institution.code, lines: lines))
    }

    /// A finding about an institution.
    mutating func expect(_ kind: String, _ rule: String, institution: String) {
        labels.append(
            PlantedLabel(kind: kind, rule: rule, person: "", encounter: "", institution: institution, lines: []))
    }

    /// One line in an outpatient's visit that a rule must find.
    private mutating func plantLine(
        _ kind: String, _ rule: String, _ item: PlantedItem, day: Int, sex: Int = 1,
        at institution: PlantedInstitution = .third, quantity: Int64 = 1,
        _ change: (inout PlantedLine) -> Void = { _ in }
    ) {
        var visit = outpatient(person(sex: sex), day: day, at: institution)
        let line = visit.charge(item, quantity: quantity, change)
        add(visit)
        expect(kind, rule, visit, lines: [line])
    }

    // MARK: - Who and where

    private mutating func plantDemographics(_ day: Int) {
        plantLine(
            "sex", "GZ10000301004000",
            PlantedItem("XG01AFA222D003010101770", "奥硝唑阴道栓", 30, .westernDrug), day: day, sex: 1)
        plantLine(
            "sex", "GZ10000302004000", PlantedItem("002101030280000", "阴茎海绵体造影", 120, .examination), day: day, sex: 2)
        plantLine(
            "age", "GZ10000301002000", PlantedItem("XR05XXX089N001010101298", "小儿氨酚烷胺颗粒", 12, .westernDrug), day: day)
        plantLine(
            "age", "GZ10000302003000", PlantedItem("003105120040000", "儿童前牙树脂冠修复", 160, .treatment), day: day)
        plantLine(
            "tier", "GZ10000101012000", PlantedItem("ZA05CAC0029010102312", "参附注射液", 45, .chinesePatentDrug),
            day: day, at: .first)
    }

    private mutating func plantPayment(_ day: Int) {
        plantLine(
            "insurance", "GZ10000101001000",
            PlantedItem("ZH01AAB0066010100716", "疤痕止痒软化膏", 40, .chinesePatentDrug), day: day)
        plantLine(
            "setting", "YB-2025-13",
            PlantedItem("XB05BAU006B002010100454", "中长链脂肪乳注射液", 210, .westernDrug), day: day)
        plantLine(
            "late_upload", "GZ10000201007000", PlantedItem("002501010140000", "血小板计数", 8, .laboratory), day: day
        ) { $0.uploadedAt = $0.at + 25 * 3_600 }
        // The area's cap for this item is 10 yuan (see `PlantedTables`).
        plantLine(
            "cap", "GZ10000102001000", PlantedItem("002501010200000", "血浆渗量试验", 11, .laboratory), day: day)
    }

    // MARK: - Units

    private mutating func plantPairs(_ day: Int) {
        let pairs: [(a: PlantedItem, b: PlantedItem, apart: Int)] = [
            (
                PlantedItem("003205000030000", "经皮冠状动脉内支架置入术", 3_000, .surgery),
                PlantedItem("003205000010000", "冠状动脉造影术", 2_000, .surgery), 240
            ),
            (
                PlantedItem("003302010140000", "颅内多发血肿清除术", 3_600, .surgery),
                PlantedItem("003302010040000", "颅内硬膜外血肿引流术", 1_800, .surgery), 30 * 60
            ),
            (
                PlantedItem("003102070060000", "酪胺激发试验", 60, .examination),
                PlantedItem("003107010210000", "动态血压监测", 40, .examination), 30
            ),
        ]
        for pair in pairs {
            var visit = stay(person(), day: day, nights: 4)
            visit.charge(pair.a, day: 1, hour: 9)
            let again = visit.charge(pair.b, day: 1, hour: 9, minute: pair.apart)
            add(visit)
            expect("pair", "GZ10000102012000", visit, lines: [again])
        }
        // Within six hours, across midnight.
        var birth = stay(person(sex: 2), day: day, nights: 4, diagnosis: "O80.900")
        birth.charge(PlantedItem("003314000020000", "单胎顺产接生", 900, .surgery), day: 1, hour: 22)
        let exam = birth.charge(PlantedItem("003109040040000", "肛门指检", 10, .examination), day: 2, hour: 3)
        add(birth)
        expect("pair", "GZ10000102012000", birth, lines: [exam])
    }

    private mutating func plantAmounts(_ day: Int) {
        var visit = stay(person(), day: day, nights: 3)
        let heating = PlantedItem("001107000010000", "病房取暖费", 6, .other)
        let lines = [visit.charge(heating, day: 1), visit.charge(heating, day: 1, hour: 15)]
        add(visit)
        expect("quantity", "GZ10000102014000", visit, lines: lines)
        let patient = person()
        var earlier = outpatient(patient, day: day)
        let test = PlantedItem("002503020030000", "糖化血红蛋白测定", 60, .laboratory)
        earlier.charge(test)
        add(earlier)
        var later = outpatient(patient, day: day + 14)
        let again = later.charge(test)
        add(later)
        expect("period", "YB-2025-31", later, lines: [again])
    }

    private mutating func plantCourses(_ day: Int) {
        var visit = stay(person(), day: day, nights: 16)
        let drug = PlantedItem("XN07XXB093B002010100075", "吡拉西坦注射液", 33, .westernDrug)
        let lines = (0..<15).map { visit.charge(drug, day: $0) }
        add(visit)
        expect("course", "GZ10000101010000", visit, lines: [lines[14]])
    }

    private mutating func plantOperations(_ day: Int) {
        var visit = stay(person(), day: day, nights: 5)
        visit.charge(PlantedItem("003310010140000", "食管癌根治+结肠代食管术", 5_200, .surgery), day: 1)
        let second = visit.charge(PlantedItem("003310010160000", "食管胃吻合口狭窄切开成形术", 2_600, .surgery), day: 1)
        add(visit)
        expect("discount", "GZ10000102002000", visit, lines: [second])
    }

    // MARK: - Prescriptions

    private func herb(_ code: String, _ name: String) -> PlantedItem { PlantedItem(code, name, 3, .herbalPiece) }

    /// A prescription of these pieces; answers the visit and the lines.
    private mutating func prescription(_ items: [PlantedItem], day: Int) -> (visit: PlantedVisit, lines: [String]) {
        var visit = outpatient(person(), day: day)
        let number = visit.id + "R1"
        let lines = items.map { item in visit.charge(item) { $0.prescription = number } }
        add(visit)
        return (visit, lines)
    }

    private mutating func plantHerbs(_ day: Int) {
        let neutral = herb("T009900001", "演示饮片")
        let never = prescription([herb("T001700024", "白糖参"), neutral], day: day)
        expect("herbal_none", "GZ10000101003000", never.visit, lines: [never.lines[0]])
        let single = prescription([herb("T000700200", "丁香"), herb("T000700035", "八角茴香")], day: day)
        expect("herbal_single", "GZ10000101004000", single.visit, lines: single.lines)
        let clash = prescription([herb("T009900002", "甘草"), neutral, herb("T009900003", "甘遂")], day: day)
        expect("herbal_incompatible", "GZ10000301012000", clash.visit, lines: [clash.lines[0], clash.lines[2]])
        let long = prescription((0..<25).map { herb("T0099001\(10 + $0)", "演示饮片\($0)") }, day: day)
        expect("kinds", "YB-2025-76", long.visit, lines: [long.lines[24]])
    }

    private mutating func plantDrugs(_ day: Int) {
        let codes = [
            "XR06AXY072E003010181575", "XJ01DIF005N001010104929", "XM01AET056V006010104942", "XD11AXB099F002010105781",
            "XC09CAA284A001010100553", "XC08CAA321A001010179306",
        ]
        let six = prescription(codes.map { PlantedItem($0, "药品(演示)", 20, .westernDrug) }, day: day)
        expect("kinds", "GZ10000202004000", six.visit, lines: [six.lines[5]])
        var visit = outpatient(person(), day: day)
        let lines = [
            visit.charge(PlantedItem("XA02BCA348X006010104145", "奥美拉唑碳酸氢钠干混悬剂", 46, .westernDrug)),
            visit.charge(PlantedItem("XA02BCA393A012010183696", "安奈拉唑钠肠溶片", 88, .westernDrug)),
        ]
        add(visit)
        expect("same_class", "GZ10000301006000", visit, lines: lines)
    }
}
