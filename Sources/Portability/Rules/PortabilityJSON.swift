import Basics

// How messages are written as JSON and read back. The names are this house's own.

extension PortabilityMessage {
    /// The body as it is signed and sent.
    public var body: [UInt8] {
        var json = JSONWriter(capacity: 1024)
        json.object { json in
            json.field("kind", kind.word)
            json.field("number", number)
            json.field("from", from.description)
            json.field("to", to.description)
            switch content {
            case .contact(let letter): json.object("letter") { letter.write(to: &$0) }
            case .accepted(let due): json.field("due", due)
            case .rejected(let reason), .returned(let reason), .withdrawn(let reason): json.field("reason", reason)
            case .information(let form): json.object("form") { form.write(to: &$0) }
            case .fund(let notice): json.object("fund") { notice.write(to: &$0) }
            case .done(let day): json.field("day", day)
            }
        }
        return json.bytes
    }

    /// Reads a body; throws every problem in it.
    public init(_ body: [UInt8]) throws(Problems) {
        let json: JSON
        do {
            json = try JSON.parse(body, limits: JSON.Limits(bytesMax: 1 << 20))
        } catch {
            throw Problems(error.problem(field: "报文"))
        }
        var reader = MessageReader(json, "")
        let number = reader.text("number", upTo: 40)
        let from = reader.area("from")
        let to = reader.area("to")
        let content = Content(reader.word("kind") ?? "", &reader)
        try reader.problems.throwIfAny()
        guard let number, let from, let to, let content else {
            throw Problems(Problem("transfer.message.kind", field: "kind", "报文类别不认识,请核对 kind"))
        }
        self.init(number: number, from: from, to: to, content)
    }
}

extension PortabilityMessage.Content {
    fileprivate init?(_ word: String, _ reader: inout MessageReader) {
        switch PortabilityMessage.Kind(word: word) {
        case nil: return nil
        case .contact:
            guard let letter = reader.nested("letter", ContactLetter.init) else { return nil }
            self = .contact(letter)
        case .accepted:
            guard let due = reader.day("due") else { return nil }
            self = .accepted(due: due)
        case .rejected:
            guard let reason = reader.text("reason", upTo: 300) else { return nil }
            self = .rejected(reason: reason)
        case .information:
            guard let form = reader.nested("form", InformationForm.init) else { return nil }
            self = .information(form)
        case .fund:
            guard let notice = reader.nested("fund", FundNotice.init) else { return nil }
            self = .fund(notice)
        case .returned:
            guard let reason = reader.text("reason", upTo: 300) else { return nil }
            self = .returned(reason: reason)
        case .done:
            guard let day = reader.day("day") else { return nil }
            self = .done(day: day)
        case .withdrawn:
            guard let reason = reader.text("reason", upTo: 300) else { return nil }
            self = .withdrawn(reason: reason)
        }
    }
}

extension TransferAgency {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("area", area.description)
        json.field("name", name)
        json.field("address", address)
        json.field("phone", phone)
        json.field("bank", bank)
        json.field("account", account)
    }

    fileprivate init?(_ reader: inout MessageReader) {
        let area = reader.area("area")
        let name = reader.text("name", upTo: 100)
        let rest = ["address", "phone", "bank", "account"].map { reader.optionalText($0, upTo: 200) }
        guard let area, let name else { return nil }
        self.init(area: area, name: name, address: rest[0], phone: rest[1], bank: rest[2], account: rest[3])
    }
}

extension TransferPerson {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("name", name)
        json.field("paper_kind", paperKind)
        json.field("paper_number", paperNumber)
        json.field("sex", sex.rawValue)
        json.field("birth", birth)
    }

    fileprivate init?(_ reader: inout MessageReader) {
        let name = reader.text("name", upTo: 50)
        let kind = reader.whole("paper_kind")
        let number = reader.text("paper_number", upTo: 50)
        let sex = reader.code("sex", Sex.self)
        let birth = reader.day("birth")
        guard let name, let kind, let number, let sex, let birth else { return nil }
        self.init(name: name, paperKind: kind, paperNumber: number, sex: sex, birth: birth)
    }
}

extension ContactLetter {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("number", number)
        json.object("person") { person.write(to: &$0) }
        json.field("scene", scene.rawValue)
        json.field("from_insurance", from.rawValue)
        json.field("to_insurance", to.rawValue)
        json.object("origin") { origin.write(to: &$0) }
        json.object("destination") { destination.write(to: &$0) }
        json.field("insured_from", insuredFrom)
        json.field("applied_on", appliedOn)
        json.field("written_on", writtenOn)
        json.field("handler", handler)
        json.field("reviewer", reviewer)
    }

    fileprivate init?(_ reader: inout MessageReader) {
        let number = reader.text("number", upTo: 40)
        let person = reader.nested("person", TransferPerson.init)
        let scene = reader.code("scene", TransferScene.self)
        let from = reader.code("from_insurance", Insurance.self)
        let to = reader.code("to_insurance", Insurance.self)
        let origin = reader.nested("origin", TransferAgency.init)
        let destination = reader.nested("destination", TransferAgency.init)
        let days = ["insured_from", "applied_on", "written_on"].map { reader.day($0) }
        let handler = reader.optionalText("handler", upTo: 50)
        let reviewer = reader.optionalText("reviewer", upTo: 50)
        guard let number, let person, let scene, let from, let to, let origin, let destination,
            let insuredFrom = days[0], let appliedOn = days[1], let writtenOn = days[2]
        else { return nil }
        self.init(
            number: number, person: person, scene: scene, from: from, to: to, origin: origin, destination: destination,
            insuredFrom: insuredFrom, appliedOn: appliedOn, writtenOn: writtenOn, handler: handler, reviewer: reviewer)
    }
}

extension FundNotice {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("principal", principal)
        json.field("interest", interest)
        json.field("serial", serial)
        json.field("day", day)
    }

    fileprivate init?(_ reader: inout MessageReader) {
        let principal = reader.money("principal")
        let interest = reader.money("interest")
        let serial = reader.text("serial", upTo: 60)
        let day = reader.day("day")
        guard let principal, let interest, let serial, let day else { return nil }
        self.init(principal: principal, interest: interest, serial: serial, day: day)
    }
}

extension InsuranceRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("first_ever", firstEver?.description ?? "")
        json.field("first", first?.description ?? "")
        json.field("last", last?.description ?? "")
        json.field("paid_months", paidMonths)
        json.field("deemed_months", deemedMonths)
        json.array("resident_years") { json in for year in residentYears { json.number(Int64(year)) } }
        json.field("last_paid", lastPaid?.description ?? "")
        json.field("last_base", lastBase)
        json.field("gap_months", gapMonths)
        json.field("is_retired", isRetired)
    }

    fileprivate init?(_ reader: inout MessageReader) {
        let firstEver = reader.optionalMonth("first_ever")
        let first = reader.optionalMonth("first")
        let last = reader.optionalMonth("last")
        let lastPaid = reader.optionalMonth("last_paid")
        let paid = reader.whole("paid_months")
        let deemed = reader.whole("deemed_months")
        let years = reader.wholes("resident_years", 1949...2200)
        let base = reader.money("last_base")
        let gap = reader.whole("gap_months")
        let retired = reader.flag("is_retired")
        guard let paid, let deemed, let base, let gap else { return nil }
        self.init(
            firstEver: firstEver, first: first, last: last, paidMonths: paid, deemedMonths: deemed,
            residentYears: years, lastPaid: lastPaid, lastBase: base, gapMonths: gap, isRetired: retired)
    }
}

extension InformationForm {
    /// The form's own text: what is kept, and what the seal is over.
    public var text: String {
        var json = JSONWriter(capacity: 1024)
        json.object { write(to: &$0) }
        return json.text
    }

    /// Reads a form's text back.
    public init(text: String) throws(Problems) {
        let json: JSON
        do {
            json = try JSON.parse(text)
        } catch {
            throw Problems(error.problem(field: "信息表"))
        }
        var reader = MessageReader(json, "")
        let form = InformationForm(&reader)
        try reader.problems.throwIfAny()
        guard let form else { throw Problems(Problem("transfer.form.text", field: "信息表", "信息表内容不完整,请从备份核对")) }
        self = form
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.field("number", number)
        json.object("person") { person.write(to: &$0) }
        json.field("insurance", insurance.rawValue)
        json.object("origin") { origin.write(to: &$0) }
        json.object("destination") { destination.write(to: &$0) }
        json.object("record") { record.write(to: &$0) }
        json.field("principal", principal)
        json.field("interest", interest)
        json.field("handler", handler)
        json.field("reviewer", reviewer)
        json.field("sealed_on", sealedOn)
        json.field("note", note)
    }

    fileprivate init?(_ reader: inout MessageReader) {
        let number = reader.text("number", upTo: 40)
        let person = reader.nested("person", TransferPerson.init)
        let insurance = reader.code("insurance", Insurance.self)
        let origin = reader.nested("origin", TransferAgency.init)
        let destination = reader.nested("destination", TransferAgency.init)
        let record = reader.nested("record", InsuranceRecord.init)
        let principal = reader.money("principal")
        let interest = reader.money("interest")
        let handler = reader.optionalText("handler", upTo: 50)
        let reviewer = reader.optionalText("reviewer", upTo: 50)
        let sealed = reader.day("sealed_on")
        let note = reader.optionalText("note", upTo: 500)
        guard let number, let person, let insurance, let origin, let destination, let record, let principal,
            let interest, let sealed
        else { return nil }
        self.init(
            number: number, person: person, insurance: insurance, origin: origin, destination: destination,
            record: record, principal: principal, interest: interest, handler: handler, reviewer: reviewer,
            sealedOn: sealed, note: note)
    }
}

/// Reads an object of a message; what cannot be read becomes a problem under its path, and reading goes on.
private struct MessageReader {
    let json: JSON
    let path: String
    var problems = Problems()

    init(_ json: JSON, _ path: String) {
        self.json = json
        self.path = path
    }

    private mutating func reject(_ name: String, _ message: String) {
        problems.add("transfer.message.field", field: path + name, message)
    }

    func word(_ name: String) -> String? { json[name]?.text }

    mutating func text(_ name: String, upTo limit: Int) -> String? {
        guard let text = json[name]?.text, !text.isEmpty else {
            reject(name, "缺少“\(name)”,请补上")
            return nil
        }
        guard text.count <= limit else {
            reject(name, "“\(name)”有 \(text.count) 个字,最多 \(limit) 个")
            return nil
        }
        return text
    }

    mutating func optionalText(_ name: String, upTo limit: Int) -> String {
        guard let text = json[name]?.text, !text.isEmpty else { return "" }
        return self.text(name, upTo: limit) ?? ""
    }

    mutating func day(_ name: String) -> Day? {
        if let day = json[name]?.text.flatMap({ Day($0) }) { return day }
        reject(name, "“\(name)”不是日期,应写成 2026-03-01")
        return nil
    }

    mutating func optionalMonth(_ name: String) -> Month? {
        guard let text = json[name]?.text, !text.isEmpty else { return nil }
        if let month = Month(text) { return month }
        reject(name, "“\(name)”不是年月,应写成 2026-03")
        return nil
    }

    mutating func whole(_ name: String) -> Int64? {
        if let value = json[name]?.int, (0...10_000_000).contains(value) { return value }
        reject(name, "“\(name)”应为不小于 0 的整数")
        return nil
    }

    mutating func wholes(_ name: String, _ range: ClosedRange<Int64>) -> [Int] {
        guard let elements = json[name]?.elements else { return [] }
        let values = elements.map { $0.int }
        guard values.allSatisfy({ $0.map(range.contains) == true }), values.count <= 100 else {
            reject(name, "“\(name)”应为年度的列表")
            return []
        }
        return values.compactMap { $0.map { Int($0) } }
    }

    mutating func money(_ name: String) -> Money? {
        if let value = json[name], let fen = try? value.fixed(decimals: 2) { return Money(fen: fen) }
        if let text = json[name]?.text, let money = try? Money(text) { return money }
        reject(name, "“\(name)”不是金额(最多两位小数)")
        return nil
    }

    mutating func flag(_ name: String) -> Bool {
        if let flag = json[name]?.bool { return flag }
        reject(name, "“\(name)”应为 true 或 false")
        return false
    }

    mutating func area(_ name: String) -> AreaCode? {
        if let area = json[name]?.text.flatMap({ AreaCode($0) }) { return area }
        reject(name, "“\(name)”不是六位区划代码")
        return nil
    }

    mutating func code<Code: RawRepresentable<Int64>>(_ name: String, _: Code.Type) -> Code? {
        if let value = json[name]?.int, let code = Code(rawValue: value) { return code }
        reject(name, "“\(name)”不在字典里")
        return nil
    }

    mutating func nested<Value>(_ name: String, _ read: (inout MessageReader) -> Value?) -> Value? {
        guard let inner = json[name], inner.kind == .object else {
            reject(name, "缺少“\(name)”,请补上")
            return nil
        }
        var reader = MessageReader(inner, path + name + ".")
        let value = read(&reader)
        problems.all += reader.problems.all
        return value
    }
}
