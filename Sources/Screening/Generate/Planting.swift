import Basics

/// What is planted among ordinary care: one violation of a kind, and awkward rows.
extension World {
    private func item(_ code: String, _ name: String, charge: Int = 5) -> Item {
        let list = code.hasPrefix("X") ? 101 : code.hasPrefix("Z") ? 102 : code.hasPrefix("T") ? 103 : 201
        return Item(
            code: code, name: name, price: 12_340_000, charge: list == 103 ? 10 : list < 200 ? 9 : charge, list: list,
            isHerb: list == 103)
    }

    mutating func plant(_ visits: inout [Visit], sex: Int) {
        let kinds: [RuleKind] = [
            .sex, .age, .insurance, .tier, .setting, .pair, .quantity, .period, .course, .discount, .herbalNone,
            .herbalSingle,
            .herbalIncompatible, .stayDate, .bedDays, .readmission, .overlapStay, .duringStay, .afterDeath, .frequency,
            .hangingBed, .diagnosisSex, .diagnosisAge, .procedureSex, .lateUpload, .kinds, .sameClass, .record,
        ]
        let kind = random.pick(kinds)
        switch kind {
        case .sex, .age, .insurance, .tier, .setting, .quantity, .herbalNone: plantLine(kind, &visits[0], sex: sex)
        case .pair: plantPair(&visits[0])
        case .period, .course: plantRepeated(kind, &visits[0])
        case .discount: plantOperations(&visits[0])
        case .herbalSingle:
            plantHerbs(&visits[0], points[.herbalSingle]!.prefix(2).map { item($0.items[0], $0.itemName) })
        case .herbalIncompatible: plantHerbs(&visits[0], [herb("甘草片", 1), herb("醋甘遂", 2)])
        case .lateUpload: visits[0].lines[0].late = true
        case .record: visits[0].lines[0].wrongAmount = true
        case .kinds: plantManyDrugs(&visits[0])
        case .sameClass: plantSameClass(&visits[0])
        case .diagnosisSex: visits[0].more.append(sex == 1 ? "N80.000" : "N40.x00")
        case .diagnosisAge: visits[0].more.append("P59.900")
        case .procedureSex: visits[0].procedure = sex == 1 ? "68.4901" : "60.2901"
        case .frequency: for _ in 0..<6 { visits.append(visits[0]) }
        default: plantStay(kind, &visits)
        }
        visits[0].plants.append(kind.rawValue)
    }

    private mutating func plantLine(_ kind: RuleKind, _ visit: inout Visit, sex: Int) {
        let candidates = points[kind]!.filter { point in
            switch point.demand {
            case .sex(let only): Int(only) != sex
            case .age(let limit): limit.below != nil || limit.newborn
            // No national code tells internet care: nobody could find it.
            case .notInternet: false
            default: true
            }
        }
        let point = random.pick(candidates)
        var own = line(item(random.pick(point.items), point.itemName), visit.begin)
        own.inScope = true
        if kind == .setting { visit.medType = "11" }
        if kind == .tier { visit.institution = institutions.firstIndex { $0.tier == 1 }! }
        if case .quantity(let maximum) = point.demand { own.quantity = maximum + 10_000 }
        visit.lines.append(own)
    }

    private mutating func plantPair(_ visit: inout Visit) {
        let pair = random.pick(knowledge.pairs)
        visit.lines.append(line(item(pair.itemA, pair.nameA), visit.begin))
        visit.lines.append(line(item(pair.itemB, pair.nameB), visit.begin + 60))
    }

    private mutating func plantRepeated(_ kind: RuleKind, _ visit: inout Visit) {
        let point = random.pick(points[kind]!)
        let own = item(random.pick(point.items), point.itemName)
        var days = 2
        if case .course(let most, let span, _) = point.demand { days = Int(most ?? 2) + (span == nil ? 1 : 0) }
        for offset in 0..<days {
            var next = line(own, visit.begin + Int64(offset) * 86_400)
            next.inScope = true
            visit.lines.append(next)
        }
    }

    private mutating func plantOperations(_ visit: inout Visit) {
        let group = random.pick(points[.discount]!).demand
        let members = points[.discount]!.filter { $0.demand == group }
        for point in [random.pick(members), random.pick(members), random.pick(members)] {
            visit.lines.append(line(item(point.items[0], point.itemName, charge: 6), visit.begin))
        }
    }

    private func herb(_ name: String, _ number: Int) -> Item { item("T0088\(10_000 + number)", name) }

    private mutating func plantHerbs(_ visit: inout Visit, _ herbs: [Item]) {
        for herb in herbs {
            var own = line(herb, visit.begin)
            own.prescription = 9
            own.inScope = true
            visit.lines.append(own)
        }
    }

    private mutating func plantManyDrugs(_ visit: inout Visit) {
        for number in 0..<7 {
            var own = line(drugs[number * 9], visit.begin)
            own.prescription = 8
            visit.lines.append(own)
        }
    }

    private mutating func plantSameClass(_ visit: inout Visit) {
        let first = drugs[0]
        let other = drugs.first {
            $0.code.prefix(6) == first.code.prefix(6) && $0.code.prefix(10) != first.code.prefix(10)
        }
        visit.lines.append(line(first, visit.begin))
        visit.lines.append(line(other ?? first, visit.begin))
    }

    private mutating func plantStay(_ kind: RuleKind, _ visits: inout [Visit]) {
        var own = stay(from: 100, days: 6)
        let institution = own.institution
        switch kind {
        case .stayDate: own.lines.append(line(services[0], own.end! + 86_400 * 2))
        case .bedDays: own.lines[0].quantity = 90_000
        case .hangingBed: own.lines = own.lines.filter { $0.item.charge == 1 || $0.item.charge == 7 }
        case .afterDeath:
            own.death = first + 103
            own.lines.append(line(services[1], Int64(first + 105) * 86_400 + 40_000))
        case .readmission:
            var second = stay(from: 112, days: 4)
            second.institution = institution
            second.diagnosis = "I10.x00"
            own.diagnosis = "I10.x00"
            visits.append(second)
        case .overlapStay: visits.append(stay(from: 103, days: 6))
        default:
            // During the stay, a visit elsewhere.
            visits[0].institution = (institution + 1) % institutions.count
            visits[0].begin = Int64(first + 103) * 86_400 + 40_000
            visits[0].end = visits[0].begin + 3600
            for index in visits[0].lines.indices { visits[0].lines[index].day = first + 103 }
        }
        visits.append(own)
    }

    /// Refunds, corrections, cancelled settlements, gaps and doubled rows among ordinary care.
    mutating func disturb(_ visits: inout [Visit]) {
        let number = random.below(visits.count)
        guard !visits[number].lines.isEmpty else { return }
        let place = random.below(visits[number].lines.count)
        var back = visits[number].lines[place]
        back.negativePrice = random.chance(300_000)
        switch random.below(8) {
        case 0: visits[number].cancelled = true
        case 4: visits[number].withoutInstitution = true
        case 5: visits[number].end = nil
        case 6, 7: for index in visits.indices { visits[index].doubled = true }
        case 1:
            back.quantity = -back.quantity
            back.refundOf = "\(place + 1)"
            visits[number].lines.append(back)
        case 2:
            back.quantity = -max(10_000, back.quantity / 20_000 * 10_000)
            visits[number].lines.append(back)
        default:
            back.quantity = -back.quantity * 2
            back.second += 60
            visits[number].lines.append(back)
        }
    }

    /// Six persons who come to one institution on the same three days.
    mutating func crowd(into writer: inout ExtractWriter) throws {
        for _ in 0..<6 {
            personNumber += 1
            let number = "9901\(1_000_000_000 + personNumber)"
            var visits: [Visit] = []
            for day in [3, 11, 19] {
                let begin = Int64(first + 60 + Int32(day)) * 86_400 + 36_000
                var visit = Visit(medType: "11", institution: 5, begin: begin, end: begin + 600, diagnosis: "I10.x00")
                visit.lines.append(line(drugs[3], begin))
                visit.plants.append(RuleKind.together.rawValue)
                visits.append(visit)
            }
            try write(visits, person: number, sex: 1, birth: first - 20_000, into: &writer)
        }
    }
}
