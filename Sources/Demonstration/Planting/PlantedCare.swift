import Basics

/// Somebody invented whose care is planted in the extract (埋设样本的参保人).
struct PlantedPerson {
    let number: String
    let name: String
    let sex: Int
    let birth: Day
}

/// An institution invented for planted care, apart from the county's own.
struct PlantedInstitution: Hashable {
    let code: String
    let name: String
    let tier: Tier

    static let third = PlantedInstitution(code: "H99010090301", name: "示范市埋设样本甲医院(演示)", tier: .third)
    static let otherThird = PlantedInstitution(code: "H99010090302", name: "示范市埋设样本乙医院(演示)", tier: .third)
    static let first = PlantedInstitution(code: "H99010090101", name: "示范市埋设样本卫生院(演示)", tier: .first)
    static let pharmacy = PlantedInstitution(code: "P99010090001", name: "示范市埋设样本药房(演示)", tier: .unrated)

    /// One of a group of second-tier hospitals among which an outlier stands out.
    static func peer(_ number: Int) -> PlantedInstitution {
        PlantedInstitution(code: "H990100902\(10 + number)", name: "示范市埋设样本对照医院\(number)(演示)", tier: .second)
    }
}

/// What is charged: code, name and the figures that go with it.
struct PlantedItem {
    var code: String
    var name: String
    var price: UnitPrice
    var charge: ChargeType

    init(_ code: String, _ name: String, _ yuan: Int64, _ charge: ChargeType) {
        self.code = code
        self.name = name
        price = UnitPrice(Money(yuan: yuan))
        self.charge = charge
    }

    var listType: Int64 {
        switch code.first {
        case "X": 101
        case "Z": 102
        case "T": 103
        case "C": 301
        default: 201
        }
    }

    /// Nothing is wrong with these, however often they are charged.
    static let bloodCount = PlantedItem("002501010150000", "血常规", 18, .laboratory)
    static let infusion = PlantedItem("XB05BBG129B001010105754", "输液(演示)", 54, .westernDrug)
    static let bed = PlantedItem("001109000010000", "普通病房床位费", 38, .bed)
    static let nursing = PlantedItem("001201000040000", "护理费", 20, .nursing)
}

struct PlantedLine {
    let id: String
    let item: PlantedItem
    var at: Moment
    var quantity = Quantity(1)
    var amount: Money
    var prescription = ""
    var department = "D01"
    var uploadedAt: Moment
}

/// A visit planted with something wrong, or beside it.
struct PlantedVisit {
    let id: String
    let person: PlantedPerson
    let care: CareType
    let institution: PlantedInstitution
    var begin: Moment
    var end: Moment?
    var diagnosis: String
    var moreDiagnoses: [String] = []
    var procedure: String?
    var death: Day?
    private(set) var lines: [PlantedLine] = []

    init(
        id: String, person: PlantedPerson, care: CareType, institution: PlantedInstitution, begin: Moment, end: Moment?,
        diagnosis: String
    ) {
        self.id = id
        self.person = person
        self.care = care
        self.institution = institution
        self.begin = begin
        self.end = end
        self.diagnosis = diagnosis
    }

    var total: Money { lines.map(\.amount).total() }

    /// Charges an item so many days after the beginning; answers the line's id.
    @discardableResult
    mutating func charge(
        _ item: PlantedItem, day: Int = 0, hour: Int? = nil, minute: Int = 0, quantity: Int64 = 1,
        _ change: (inout PlantedLine) -> Void = { _ in }
    ) -> String {
        let at = Moment(begin.day + day, hour: hour ?? (day == 0 ? 14 : 9), minute: minute)
        let quantity = Quantity(quantity)
        // Two digits, so that the order of ids is the order of the lines.
        var line = PlantedLine(
            id: "\(id)-\(11 + lines.count)", item: item, at: at, quantity: quantity, amount: item.price * quantity,
            uploadedAt: at + 3_600)
        change(&line)
        lines.append(line)
        return line.id
    }
}

/// What the screening of a planted extract must find (标注): the rule, where, and in which lines.
struct PlantedLabel {
    let kind: String
    let rule: String
    let person: String
    let encounter: String
    let institution: String
    let lines: [String]

    static let header = "kind,rule_code,psn_no,mdtrt_id,fixmedins_code,bkkp_sn"

    var row: [String] { [kind, rule, person, encounter, institution, lines.joined(separator: ";")] }
}
