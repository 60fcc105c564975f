import Agency
import Basics
import Control
import Portability
import Storage

/// How people's insurance moves between the county and the city next door, on paper (关系转移接续): twice a month the
/// letters that came are entered, forms made, money paid and answers registered. A few are refused or sent back; in the
/// last two months some wait.
struct TransferDiary: Sendable {
    private let work: DeskWork
    private let county: County
    private let register: CountyRegister
    /// Residents who left for elsewhere, by the day on which the other city's letter comes.
    private let letters: [Day: [Int]]

    /// Our form is made so many days after the letter came.
    private static let formDays = 7

    init(_ work: DeskWork, county: County, register: CountyRegister) {
        self.work = work
        self.county = county
        self.register = register
        var letters: [Day: [Int]] = [:]
        for (index, resident) in county.residents.enumerated() {
            if let letter = resident.transfer { letters[letter.comes, default: []].append(index) }
        }
        self.letters = letters
    }

    func live(_ day: Day) async throws {
        try await enterLetters(of: letters[day] ?? [], on: day)
        try await answerLetters(of: letters[day - Self.formDays] ?? [], on: day)
        switch day - day.month.first {
        case 11: try await enterForms(on: day)
        case 19: try await pay(on: day)
        case 24: try await finishOutgoing(on: day)
        case 25: try await finish(on: day)
        default: break
        }
    }

    /// Some of what comes in the last two months is left as it is.
    private func isLeft(_ number: Int64, on day: Day) -> Bool {
        county.last - day < DeskDiary.openDays && number % 6 == 1
    }

    /// The county's last evening: of what lies at each step of a transfer, something waits for its reviewer, something
    /// is only written down.
    func leaveOpen(at moment: Moment) async throws {
        let (first, second) = (moment + -7_200, moment + -5_400)
        let coming = try await open(.incoming, .accepted)
        try await leave(coming.prefix(1).map { ("portability.in.receive", form(of: $0, on: moment.day)) }, at: first)
        try await leave(
            coming.dropFirst().prefix(1).map {
                ("portability.in.refused", ["number": $0.number, "reason": "转出地查无此人参保记录"])
            }, until: .drafted, at: second)
        let agreed = try await open(.incoming, .infoReceived).filter { !bringsMoney($0) }
        try await leave(agreed.prefix(1).map { ("portability.in.finish", ["number": $0.number]) }, at: first)
        let going = try await open(.outgoing, .accepted)
        try await leave(going.prefix(1).map { ("portability.out.prepare", ["number": $0.number]) }, at: first)
        try await leave(
            going.dropFirst().prefix(1).map {
                ("portability.out.reject", ["number": $0.number, "reason": "转入地联系函所载证件号码与参保人不一致"])
            }, until: .drafted, at: second)
        let written = (1...10).flatMap { self.letters[moment.day + $0] ?? [] }
        let letters = written.compactMap { letter($0, on: moment.day) }
        try await leave(letters.prefix(1).map { ("portability.out.register", $0) }, at: first)
        try await leave(
            letters.dropFirst().prefix(1).map { ("portability.out.register", $0) }, until: .drafted, at: second)
    }

    private func leave(
        _ matters: [(code: String, form: [String: String])], until: DeskWork.Until = .accepted, at moment: Moment
    ) async throws {
        try await work.each(matters) { number, matter in
            try await work.carry(matter.code, matter.form, until: until, at: moment + Int64(number) * 300, turn: number)
        }
    }

    private func open(_ direction: TransferDirection, _ state: TransferState) async throws -> [Transfer] {
        let area = county.area
        return try await work.agency.store.read { tx in
            try Portability.list(tx, area: area, direction, state, limit: 500)
        }.map(\.transfer)
    }

    // MARK: Out

    private func number(_ index: Int) -> String {
        "\(DeskDiary.neighbour)-\(county.residents[index].departure?.day.compact ?? "")-\(index)"
    }

    private func enterLetters(of people: [Int], on day: Day) async throws {
        try await work.each(people) { number, index in
            guard let form = letter(index, on: day) else { return }
            try await work.carry(
                "portability.out.register", form, at: Moment(day, hour: 9) + Int64(number % 90) * 300, turn: number)
        }
    }

    /// What the other city's letter says of somebody who left.
    private func letter(_ index: Int, on day: Day) -> [String: String]? {
        let resident = county.residents[index]
        guard let person = register[index], let transfer = resident.transfer, transfer.insuredFrom <= day else {
            return nil
        }
        let insurance = String(transfer.insurance.rawValue)
        return [
            "number": number(index), "person": person.description, "other": DeskDiary.neighbour.description,
            "from_insurance": insurance, "to_insurance": insurance,
            "applied_on": min(transfer.comes - 5, day).description,
            "insured_from": transfer.insuredFrom.description, "applicant": "person",
        ]
    }

    /// Most get their form, one in ten is refused.
    private func answerLetters(of people: [Int], on day: Day) async throws {
        try await work.each(people) { number, index in
            let (form, moment) = (["number": self.number(index)], Moment(day, hour: 10) + Int64(number % 90) * 300)
            if isLeft(Int64(index), on: day) { return }
            guard index % 10 == 0 else {
                try await work.carry("portability.out.prepare", form, at: moment, turn: number)
                return
            }
            try await work.carry(
                "portability.out.reject", form.merging(["reason": "转入地联系函所载证件号码与参保人不一致"]) { $1 }, at: moment,
                turn: number)
        }
    }

    /// The accounts of those who left are paid in one order, and the bank answers in the afternoon (付款、回盘); the last
    /// order waits for its answer.
    private func pay(on day: Day) async throws {
        let area = county.area
        let due = try await work.agency.store.read { try Agency.transferMoneyDue($0, area: area) }
        if due.isEmpty { return }
        try await work.once {
            try await work.carry(
                "portability.out.order", ["amount": due.map(\.amount).total().description], at: Moment(day, hour: 9))
            if (day.month + 1).first + 19 > county.last { return }
            let lines = due.enumerated().map { "\($1.transfer.number),成功,示付\(day.compact)\($0 + 1),\(day)," }
            try await work.carry(
                "portability.out.answers", [:],
                sheet: DeskWork.Sheet("转移付款回盘\(day).csv", heading: "用途,结果,银行流水号,付款日期,失败原因", lines),
                at: Moment(day, hour: 16))
        }
    }

    /// The other city's answers that it is done, as they come by post (办结回执).
    private func finishOutgoing(on day: Day) async throws {
        let area = county.area
        let unpaid = Set(
            try await work.agency.store.read { try Agency.transferMoneyDue($0, area: area) }.map(\.transfer.id))
        let paid = try await open(.outgoing, .fundSent)
        let moneyless = try await open(.outgoing, .infoReady).filter { !unpaid.contains($0.id) && $0.from == .resident }
        try await work.each((paid + moneyless).filter { !isLeft($0.id.raw, on: day) }) { number, transfer in
            try await work.carry(
                "portability.out.finish", ["number": transfer.number, "day": day.description],
                at: Moment(day, hour: 10) + Int64(number % 90) * 300, turn: number)
        }
    }

    // MARK: In

    private func incoming(_ state: TransferState, before day: Day) async throws -> [Transfer] {
        let area = county.area
        return try await work.agency.store.read { tx in
            try Portability.list(tx, area: area, .incoming, state, limit: 500)
        }.filter { $0.since < day }.map(\.transfer)
    }

    /// The other city's forms, typed in as they come by post, those that went back corrected; one application in six it
    /// refuses.
    private func enterForms(on day: Day) async throws {
        let waiting = try await incoming(.accepted, before: day - 8) + incoming(.returned, before: day - 8)
        try await work.each(waiting.filter { !isLeft($0.id.raw, on: day) }) { number, transfer in
            let moment = Moment(day, hour: 9) + Int64(number % 90) * 300
            guard transfer.id.raw % 6 == 0 else {
                try await work.carry("portability.in.receive", form(of: transfer, on: day), at: moment, turn: number)
                return
            }
            try await work.carry(
                "portability.in.refused", ["number": transfer.number, "reason": "转出地查无此人参保记录"], at: moment,
                turn: number)
        }
    }

    private func form(of transfer: Transfer, on day: Day) -> [String: String] {
        var form = [
            "number": transfer.number, "scan": work.paper.description, "deemed_months": "0", "interest": "0",
            "sealed_on": (day - 3).description, "handler": "示例经办人",
        ]
        let last = day.month + -3
        if transfer.from == .resident {
            form["paid_months"] = "0"
            form["resident_first"] = String(last.year - 3)
            form["resident_last"] = String(last.year - 1)
            form["principal"] = "0"
        } else {
            form["first"] = (last + -35).description
            form["last"] = last.description
            form["paid_months"] = "36"
            form["last_base"] = "5200"
            // Money on the account keeps a transfer waiting until the bank reports it.
            form["principal"] = bringsMoney(transfer) ? Self.money : "0"
        }
        return form
    }

    private static let money = "2345.60"

    private func bringsMoney(_ transfer: Transfer) -> Bool { transfer.from != .resident && transfer.id.raw % 3 == 0 }

    /// The bank's receipt of the account's money is entered, and with it the transfer is finished (匹配到账、入账).
    private func credit(_ transfer: Transfer, on day: Day, at moment: Moment, turn: Int) async throws {
        let serial = "示转\(day.compact)-\(transfer.id)"
        try await work.carry(
            "portability.receipt.record",
            [
                "serial": serial, "day": (day - 2).description, "payer": "邻市医疗保障经办中心(演示)", "amount": Self.money,
                "note": transfer.number,
            ], at: moment, turn: turn)
        try await work.carry(
            "portability.in.finish", ["number": transfer.number, "serial": serial], at: moment + 3_600, turn: turn)
    }

    /// Forms that agree are credited, one in six goes back once to be corrected.
    private func finish(on day: Day) async throws {
        let received = try await incoming(.infoReceived, before: day - 8)
        try await work.each(received) { number, transfer in
            let moment = Moment(day, hour: 9) + Int64(number) * 300
            let goesBack = transfer.id.raw % 6 == 5 ? try await !hasGoneBack(transfer) : false
            if goesBack {
                try await work.carry(
                    "portability.in.return", ["number": transfer.number, "reason": "参保起止年月与参保凭证不一致"], at: moment,
                    turn: number)
            } else if !bringsMoney(transfer) {
                try await work.carry("portability.in.finish", ["number": transfer.number], at: moment, turn: number)
            } else {
                try await credit(transfer, on: day, at: moment, turn: number)
            }
        }
    }

    private func hasGoneBack(_ transfer: Transfer) async throws -> Bool {
        let area = county.area
        return try await work.agency.store.read { tx in
            try Portability.acts(tx, area: area, of: transfer.id).contains { $0.kind == .returned }
        }
    }
}

extension County.Resident {
    /// What the other city's letter says of somebody who left for it (联系函).
    fileprivate struct TransferOut: Sendable {
        let insurance: Insurance
        /// 参加转入地医保的起始日
        let insuredFrom: Day
        let comes: Day
    }

    /// The letter comes ten days after the move; a resident keeps the year where it was paid, and asks in January. Whoever
    /// is retired stays where he retired.
    fileprivate var transfer: TransferOut? {
        guard let departure, departure.cause == .leaving, !category(on: departure.day - 1).isPensioner else {
            return nil
        }
        let insurance = insurance(on: departure.day - 1)
        guard insurance == .resident else {
            return TransferOut(insurance: insurance, insuredFrom: departure.day, comes: departure.day + 10)
        }
        let year = Day(year: departure.day.year + 1, month: 1, day: 1)!
        return TransferOut(insurance: insurance, insuredFrom: year, comes: year + 10)
    }
}
