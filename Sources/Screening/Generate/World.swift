import Basics

/// An invented county while it is written: its items, institutions, and the person in hand.
struct World {
    struct Item {
        var code: String
        var name: String
        var price: Int64
        var charge: Int
        var list: Int
        var isHerb = false
    }
    struct Institution {
        var code: String
        var name: String
        var tier: Int
    }
    struct Line {
        var item: Item
        var day: Int32
        var second: Int32
        /// Ten-thousandths.
        var quantity: Int64 = 10_000
        var prescription = 0
        var inScope = true
        var days = 0
        var late = false
        var wrongAmount = false
        /// A refund written as so many at a negative price.
        var negativePrice = false
        var id = ""
        var refundOf = ""
    }
    struct Visit {
        var medType: String
        var institution: Int
        var begin: Int64
        var end: Int64?
        var insurance = "310"
        var diagnosis: String
        var more: [String] = []
        var procedure: String?
        var death: Int32?
        var lines: [Line] = []
        var newborn = false
        var plants: [String] = []
        var cancelled = false
        /// The extract does not say where.
        var withoutInstitution = false
        /// Some of its rows stand there twice, updated at one time but not the same.
        var doubled = false
    }

    var random: SeededRandom
    let knowledge: KnowledgeBase
    let first: Int32
    let planted: Int
    let awkward: Bool
    let points: [RuleKind: [Point]]
    let drugs: [Item]
    let services: [Item]
    let herbs: [Item]
    let institutions: [Institution]
    let diagnoses = [
        "I10.x00", "E11.900", "J18.900", "K29.500", "I25.103", "M54.500", "J06.900", "N18.500", "Z51.100", "H25.900",
    ]
    var serial = 0
    var personNumber = 0

    init(_ knowledge: KnowledgeBase, seed: UInt64, year: Int, planted: Int, awkward: Bool) {
        self.knowledge = knowledge
        self.planted = planted
        self.awkward = awkward
        random = SeededRandom(seed: seed)
        first = Day(year: year, month: 1, day: 1)!.number
        var points: [RuleKind: [Point]] = [:]
        for point in knowledge.points where point.demand != .words && !point.items.isEmpty {
            if let kind = knowledge.rules[point.rule].kind { points[kind, default: []].append(point) }
        }
        self.points = points
        var random = SeededRandom(seed: seed ^ 0xABCD)
        // Everyday drugs that no point names: invented substances in plausible classes.
        let letters = ["A", "B", "C", "D", "E", "F", "G", "H"]
        drugs = (0..<2400).map { number in
            // Eight substances in each of 300 classes.
            let place = number % 300
            let level4 = "\(letters[place % 8])0\(place / 8 % 9 + 1)\(letters[place / 72 % 8])A"
            return Item(
                code: "X\(level4)\(letters[number / 300])100A0010101\(10_000 + number)", name: "虚构药品\(number)",
                price: Int64(random.within(200...9_900)) * 10_000, charge: 9, list: 101)
        }
        services = (0..<300).map { number in
            let kind = number % 5
            let prefix = ["002501", "002102", "002103", "003401", "003900"][kind]
            return Item(
                code: "\(prefix)\(100_000_000 + number * 7)", name: "虚构项目\(number)",
                price: Int64(random.within(500...60_000)) * 10_000, charge: [4, 3, 3, 5, 8][kind],
                list: kind == 4 ? 301 : 201)
        }
        herbs = ["当归", "黄芪", "茯苓", "白术", "陈皮", "川芎", "熟地黄", "桔梗"].enumerated().map { number, name in
            Item(
                code: "T0099\(10_000 + number)", name: name, price: Int64(number + 1) * 30_000, charge: 10, list: 103,
                isHerb: true)
        }
        institutions = (0..<60).map { number in
            Institution(code: "H9901\(1_000_000 + number)", name: "虚构医院\(number)", tier: number % 3 + 1)
        }
    }

    // MARK: A person's year

    mutating func person(into writer: inout ExtractWriter) throws {
        personNumber += 1
        let number = "9901\(1_000_000_000 + personNumber)"
        let sex = random.within(1...2)
        let birth = first - Int32(random.within(6_000...30_000))
        var visits: [Visit] = []
        for _ in 0..<random.within(1...4) { visits.append(outpatientVisit()) }
        if random.chance(250_000) {
            visits.append(stay(from: Int32(random.within(0...300)), days: random.within(2...12)))
        }
        if random.chance(300_000) { visits.append(purchase()) }
        if random.chance(planted) { plant(&visits, sex: sex) }
        // A refund may take a planted violation back: such a person carries no label.
        if awkward, random.chance(60_000) {
            disturb(&visits)
            for index in visits.indices { visits[index].plants = [] }
        }
        try write(visits, person: number, sex: sex, birth: birth, into: &writer)
    }

    private mutating func moment(_ day: Int32) -> Int64 { Int64(day) * 86_400 + Int64(random.within(28_800...61_200)) }

    private mutating func outpatientVisit() -> Visit {
        let begin = moment(first + Int32(random.within(0...360)))
        var visit = Visit(
            medType: random.chance(50_000) ? "13" : random.chance(200_000) ? "14" : "11",
            institution: random.below(institutions.count), begin: begin, end: begin + 3600,
            diagnosis: random.pick(diagnoses))
        visit.lines.append(line(random.pick(services), begin))
        let prescription = 1
        for _ in 0..<random.within(1...4) {
            var drug = line(random.pick(drugs), begin)
            drug.prescription = prescription
            drug.days = random.within(1...7)
            visit.lines.append(drug)
        }
        if random.chance(60_000) {
            for _ in 0..<random.within(4...8) {
                var herb = line(random.pick(herbs), begin)
                herb.prescription = 2
                visit.lines.append(herb)
            }
        }
        return visit
    }

    private mutating func purchase() -> Visit {
        let begin = moment(first + Int32(random.within(0...360)))
        var visit = Visit(
            medType: "41", institution: random.below(institutions.count), begin: begin, end: begin + 600, diagnosis: "")
        for _ in 0..<random.within(1...3) { visit.lines.append(line(random.pick(drugs), begin)) }
        return visit
    }

    mutating func stay(from day: Int32, days: Int) -> Visit {
        let begin = moment(first + day)
        var visit = Visit(
            medType: "21", institution: random.below(institutions.count), begin: begin,
            end: Int64(first + day + Int32(days)) * 86_400 + 36_000, diagnosis: random.pick(diagnoses))
        let bed = Item(code: "001109000010000", name: "普通病房床位费", price: 400_000_00, charge: 1, list: 201)
        let nursing = Item(code: "001201000030000", name: "二级护理", price: 180_000_00, charge: 7, list: 201)
        for offset in 0..<days {
            let today = Int64(first + day + Int32(offset)) * 86_400 + (offset == 0 ? 62_000 : 32_400)
            for daily in [bed, nursing] {
                var own = line(daily, today)
                own.quantity = 10_000
                visit.lines.append(own)
            }
            for _ in 0..<random.within(1...4) { visit.lines.append(line(random.pick(services), today)) }
            for _ in 0..<random.within(2...6) { visit.lines.append(line(random.pick(drugs), today)) }
        }
        return visit
    }

    mutating func line(_ item: Item, _ at: Int64) -> Line {
        Line(
            item: item, day: Int32(at / 86_400), second: Int32(at % 86_400),
            quantity: Int64(random.within(1...3)) * 10_000,
            inScope: !random.chance(100_000))
    }

    // MARK: Rows

    mutating func write(_ visits: [Visit], person: String, sex: Int, birth: Int32, into writer: inout ExtractWriter)
        throws
    {
        for visit in visits {
            serial += 1
            let id = "M\(1_000_000_000 + serial)"
            let settlement = "S\(1_000_000_000 + serial)"
            let total = try write(visit, id: id, settlement: settlement, person: person, into: &writer)
            let institution = institutions[visit.institution]
            let end = visit.end.map { Moment(seconds: $0).description } ?? ""
            let death = visit.death.map { Day(number: $0).description } ?? ""
            let begin = Moment(seconds: visit.begin).description
            let fields = [
                id, person, "示例人\(personNumber)", "\(sex)", Day(number: birth).description, visit.insurance,
                visit.newborn ? "1" : "0", visit.withoutInstitution ? "" : institution.code, institution.name,
                "\(institution.tier)", begin, end,
                visit.medType, visit.diagnosis, death, "1", begin,
            ]
            let settlementFields = settlementFields(visit, id, settlement, person, total)
            for row in rows(fields, visit.doubled, World.encounterChanges) { try writer.encounter(row) }
            for row in rows(settlementFields, visit.doubled, settlementChanges) { try writer.settlement(row) }
            if !visit.diagnosis.isEmpty { try writer.diagnosis("\(settlement),\(id),\(person),\(visit.diagnosis),1,1") }
            for code in visit.more { try writer.diagnosis("\(settlement),\(id),\(person),\(code),0,1") }
            if let procedure = visit.procedure {
                try writer.procedure("\(settlement),\(id),\(person),\(procedure),1,1")
            }
            for plant in visit.plants { try writer.plant("\(plant),\(person),\(id),") }
        }
    }

    private func settlementFields(
        _ visit: Visit, _ id: String, _ settlement: String, _ person: String, _ total: Int64
    ) -> [String] {
        [
            settlement, id, person, "", FixedPoint.format(total, decimals: 2),
            FixedPoint.format(total * 6 / 10, decimals: 2), visit.cancelled ? "1" : "0", "1",
            Moment(seconds: visit.begin + 7200).description,
        ]
    }

    /// The visit's lines; returns their sum in fen.
    private mutating func write(
        _ visit: Visit, id: String, settlement: String, person: String, into writer: inout ExtractWriter
    ) throws -> Int64 {
        var total: Int64 = 0
        let institution = institutions[visit.institution].code
        for (number, line) in visit.lines.enumerated() {
            let own = line.id.isEmpty ? "\(id)-\(number + 1)" : "\(id)-\(line.id)"
            let exact = (UnitPrice(microYuan: line.item.price) * Quantity(tenThousandths: line.quantity)).fen
            let amount = exact + (line.wrongAmount ? 500 : 0)
            total += amount
            let moment = Moment(seconds: Int64(line.day) * 86_400 + Int64(line.second)).description
            let doctor = 100 + visit.institution * 7 + number % 5
            let uploaded = Moment(seconds: Int64(line.day) * 86_400 + Int64(line.second) + (line.late ? 90_000 : 600))
                .description
            let refund = line.refundOf.isEmpty ? "" : "\(id)-\(line.refundOf)"
            let amountText = FixedPoint.format(amount, decimals: 2)
            let sign: Int64 = line.negativePrice ? -1 : 1
            let prescription = line.prescription == 0 ? "" : "\(id)R\(line.prescription)"
            let fields = [
                own, id, moment, settlement, prescription, institution, person, visit.medType,
                Quantity(tenThousandths: line.quantity * sign).description,
                UnitPrice(microYuan: line.item.price * sign).description,
                amountText, line.inScope ? amountText : "0", line.inScope ? "01" : "03", line.item.code, line.item.name,
                "\(line.item.list)", line.item.code, "\(line.item.charge < 10 ? "0" : "")\(line.item.charge)",
                "D\(visit.institution % 9)", "DR\(doctor)", "虚构医师\(doctor)", line.days == 0 ? "" : "\(line.days)", "1",
                moment, uploaded, refund,
            ]
            if visit.doubled, random.chance(500_000) {
                for row in rows(fields, true, lineChanges(id)) { try writer.line(Array((row + "\n").utf8)) }
            } else {
                try writer.line(World.bytes(fields))
            }
        }
        return total
    }

    private static func bytes(_ fields: [String]) -> [UInt8] {
        var row: [UInt8] = []
        row.reserveCapacity(320)
        for (position, field) in fields.enumerated() {
            if position > 0 { row.append(UInt8(ascii: ",")) }
            row.append(contentsOf: field.utf8)
        }
        row.append(UInt8(ascii: "\n"))
        return row
    }
}
