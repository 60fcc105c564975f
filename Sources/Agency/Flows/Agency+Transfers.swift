import Basics
import Contributions
import Control
import Enrolment
import Fund
import Policy
import Portability
import Storage

/// Who acts for the agency upon a transfer: whoever opened the matter, and whoever approved it.
public struct TransferHands: Sendable {
    public var handler: ID<StaffMember>
    public var reviewer: ID<StaffMember>

    public init(handler: ID<StaffMember>, reviewer: ID<StaffMember>) {
        self.handler = handler
        self.reviewer = reviewer
    }
}

/// Transfers between agencies (关系转移接续): what crosses the desks of people, accounts, transfers and books.
extension Agency {
    // MARK: - Letters

    /// What stands at the head of this agency's letters: its own entry among the agencies, or its area's name.
    public static func letterhead(_ tx: any Transaction, area: AreaCode) throws -> TransferAgency {
        if let own = try Portability.peer(tx, area: area, area) { return own.agency }
        let name = try law(tx, area: area).name + "医疗保障经办机构"
        return TransferAgency(area: area, name: name, address: "", phone: "", bank: "", account: "")
    }

    static func addressee(_ tx: any Transaction, area: AreaCode, _ other: AreaCode) throws -> TransferAgency {
        if let peer = try Portability.peer(tx, area: area, other) { return peer.agency }
        throw Problem(
            "transfer.peer.unknown", field: "other", "没有登记 \(other) 的经办机构,请先办理“登记对方经办机构”(名称、地址、账户)")
    }

    static func traveller(_ tx: any Transaction, area: AreaCode, _ person: ID<Person>) throws -> TransferPerson {
        let record = try Enrolment.requireInsured(tx, area: area, person).person
        return TransferPerson(
            name: record.name, paperKind: record.paper.kind.rawValue, paperNumber: record.paper.number, sex: record.sex,
            birth: record.birth)
    }

    /// The contact letter of a transfer into here (联系函).
    public static func contactLetter(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, by hands: TransferHands, on day: Day
    ) throws -> ContactLetter {
        let names = try Staff.names(tx, area: area)
        return ContactLetter(
            number: transfer.number, person: try traveller(tx, area: area, transfer.person), scene: transfer.scene,
            from: transfer.from, to: transfer.to, origin: try addressee(tx, area: area, transfer.other),
            destination: try letterhead(tx, area: area), insuredFrom: transfer.insuredFrom,
            appliedOn: transfer.appliedOn, writtenOn: day, handler: names[hands.handler] ?? "",
            reviewer: names[hands.reviewer] ?? "")
    }

    // MARK: - Acceptance

    /// What is known here of a transfer that is asked for.
    public static func transferFacts(
        _ tx: any Transaction, area: AreaCode, _ direction: TransferDirection, of person: ID<Person>, from: Insurance,
        to: Insurance, insuredFrom: Day?, today: Day
    ) throws -> TransferFacts {
        let insured = try Enrolment.requireInsured(tx, area: area, person)
        let isOrigin = direction == .outgoing
        let spells = try Enrolment.allSpells(tx, area: area, of: insured.person)
            .filter { $0.insurance == (isOrigin ? from : to) }
        let current = spells.filter { $0.period.last.map { $0 >= today } ?? true }
        let open = current.first
        let ended = open == nil ? spells.compactMap(\.period.last).max() : nil
        return TransferFacts(
            direction: direction, scene: TransferAcceptance.scene(from: from, to: to) ?? .employee, from: from, to: to,
            today: today, originEnded: isOrigin ? ended : nil, knowsOrigin: isOrigin,
            destinationFrom: isOrigin ? insuredFrom : current.map(\.period.first).max(), knowsDestination: true,
            residentPaidThrough: isOrigin && from == .resident ? spells.compactMap(\.period.last).max()?.year : nil,
            openTransfer: try Portability.openTransfer(tx, area: area, of: person),
            owed: isOrigin ? owed(try payments(tx, area: area, of: person), today: today) : .zero,
            isRetired: isOrigin && spells.contains { $0.category.isRetired },
            hasDied: insured.person.died != nil,
            unsettledCare: try isOrigin && hasUnsettledCare(tx, area: area, person))
    }

    /// Visits with lines not settled, and stays not settled: what an account may still have to pay.
    private static func hasUnsettledCare(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>
    ) throws -> Bool {
        try tx.first(unsettledCare, Value(area), Value(person)) { try $0.int(0) } != nil
    }

    private static let unsettledCare: SQL = """
        SELECT e.id FROM encounter e JOIN encounter_state s ON s.area = e.area AND s.encounter_id = e.id
        WHERE e.area = ? AND e.person_id = ? AND s.status IN (2, 3) LIMIT 1
        """

    // MARK: - In

    /// Accepts a transfer into here and writes to the origin (转入受理): by message where it takes them.
    public static func acceptIncoming(
        _ tx: any Transaction, area: AreaCode, _ application: TransferApplication, by hands: TransferHands,
        _ ground: Ground
    ) throws -> Transfer {
        let peer = try Portability.peer(tx, area: area, application.other)
        _ = try addressee(tx, area: area, application.other)
        var application = application
        application.isOnPaper = peer?.isElectronic != true
        let transfer = try Portability.apply(tx, area: area, application, ground)
        try Portability.take(tx, area: area, transfer, .accepted, on: ground.at.day, ground)
        let letter = try contactLetter(tx, area: area, transfer, by: hands, on: ground.at.day)
        try Portability.send(tx, area: area, about: transfer, .contact(letter), at: ground.at)
        return transfer
    }

    /// Matches the money, puts it into the account, recognises the years and tells the origin (核对入账、办结). Without
    /// money on the form the steps of money are passed over.
    public static func finishIncoming(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, serial: String?, by hands: TransferHands,
        _ ground: Ground
    ) throws -> InformationForm {
        let form = try requireFinishable(tx, area: area, transfer, serial: serial)
        if form.money > .zero, let serial {
            let notice = try Portability.matchMoney(tx, area: area, transfer, serial: serial, ground)
            let outcome = try Contributions.transferIn(
                tx, area: area, of: transfer.person, notice.total, ground)
            try post(tx, area: area, [outcome], by: ground.actor, at: ground.at)
            try enter(
                tx, area: area, "关系转入 \(transfer.number)", notice.total, debit: .fiscalAccount, credit: "transferIn",
                by: hands, at: ground.at)
            try Portability.take(tx, area: area, transfer, .credited, on: ground.at.day, ground)
        }
        try Portability.recognise(tx, area: area, transfer, form, ground)
        try Portability.take(tx, area: area, transfer, .done, on: ground.at.day, ground)
        try Portability.send(tx, area: area, about: transfer, .done(day: ground.at.day), at: ground.at)
        return form
    }

    /// The form of a transfer that can be finished with the receipt of a serial; otherwise the problem that says what is
    /// missing.
    @discardableResult
    static func requireFinishable(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, serial: String?
    ) throws -> InformationForm {
        guard let form = try Portability.form(tx, area: area, of: transfer.id) else {
            throw Problem("transfer.form.absent", field: "number", "还没有收到 \(transfer.number) 的信息表,请等待转出地或登记纸质信息表")
        }
        guard form.money > .zero else { return form }
        guard let serial, !serial.isEmpty else {
            throw Problem("transfer.receipt.needed", field: "serial", "信息表有账户资金 \(form.money) 元,请填写到账的银行流水号")
        }
        try Portability.requireMatch(tx, area: area, transfer, serial: serial)
        return form
    }

    /// Sends a form back to be corrected (退回更正).
    public static func returnForm(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, reason: String, _ ground: Ground
    ) throws {
        try Portability.take(tx, area: area, transfer, .returned, on: ground.at.day, ground)
        try Portability.send(tx, area: area, about: transfer, .returned(reason: reason), at: ground.at)
    }

    /// How a transfer into here is withdrawn: by letter at once, by message when the origin has answered.
    static func withdrawal(of transfer: Transfer) -> TransferState { transfer.isOnPaper ? .withdrawn : .withdrawing }

    /// Withdraws a transfer into here for which no form has come yet (转入撤回), and tells the origin. Answers how it
    /// stands then.
    public static func withdrawIncoming(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, reason: String, _ ground: Ground
    ) throws -> TransferState {
        // Where not even the letter went out, nobody elsewhere has to be told.
        let isUnknown = try Portability.isLetterUntried(tx, area: area, of: transfer.id)
        let act = isUnknown ? .withdrawn : withdrawal(of: transfer)
        try Portability.take(tx, area: area, transfer, act, on: ground.at.day, ground)
        if isUnknown { return act }
        try Portability.send(tx, area: area, about: transfer, .withdrawn(reason: reason), at: ground.at)
        return act
    }

    /// Writes down what came of sending a message (发送结果). A withdrawal that the origin has taken, or a letter that it will
    /// not take, ends the transfer: the months that it let stand count no longer, and the counter must know it at once.
    public static func recordDelivery(
        _ tx: any Transaction, area: AreaCode, _ outcome: DeliveryOutcome, of message: OutgoingMessage, at: Moment
    ) throws {
        guard let changed = try Portability.record(tx, area: area, outcome, of: message, at: at) else { return }
        try refreshCover(tx, area: area, of: [changed.person], by: .system, at: at)
    }

    // MARK: - Out

    /// Accepts a transfer out of here (转出受理) and tells the destination by when the form will come.
    public static func acceptOutgoing(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, calendar: WorkCalendar, _ ground: Ground
    ) throws -> Day {
        let course = try Portability.take(tx, area: area, transfer, .accepted, on: ground.at.day, ground)
        let limits = try TransferLimits(try law(tx, area: area), on: ground.at.day, calendar: calendar)
        let due = try limits.due(course.limit ?? TransferLimit(kind: .origin, since: ground.at.day))
        try Portability.send(tx, area: area, about: transfer, .accepted(due: due), at: ground.at)
        return due
    }

    /// Refuses a transfer out of here (不予受理) and says why.
    public static func rejectOutgoing(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, reason: String, _ ground: Ground
    ) throws {
        try Portability.take(tx, area: area, transfer, .rejected, on: ground.at.day, ground)
        try Portability.send(tx, area: area, about: transfer, .rejected(reason: reason), at: ground.at)
    }

    /// Makes the information form (生成信息表): settles the account's interest, takes the whole account out, and sends
    /// the form. Accepts the transfer first where that was not done. A form that came back is made anew with the
    /// money it had.
    ///
    /// - Parameter deemed: 视同缴费月数 as the person's papers show it; nil where what is known here counts.
    public static func prepareOutgoing(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, deemed: Int64? = nil, note: String,
        by hands: TransferHands, _ ground: Ground
    ) throws -> InformationForm {
        let course = try Portability.course(tx, area: area, of: transfer)
        if course.state == .applied {
            try Portability.take(tx, area: area, transfer, .accepted, on: ground.at.day, ground)
        }
        let earlier = try Portability.form(tx, area: area, of: transfer.id)
        let money = try earlier.map { ($0.principal, $0.interest) } ?? takeOut(tx, area: area, transfer, ground)
        let names = try Staff.names(tx, area: area)
        var record = try insuranceRecord(tx, area: area, transfer.person, today: ground.at.day)
        if let deemed { record.deemedMonths = deemed }
        let form = InformationForm(
            number: transfer.number, person: try traveller(tx, area: area, transfer.person), insurance: transfer.from,
            origin: try letterhead(tx, area: area), destination: try addressee(tx, area: area, transfer.other),
            record: record, principal: money.0, interest: money.1, handler: names[hands.handler] ?? "",
            reviewer: names[hands.reviewer] ?? "",
            sealedOn: ground.at.day, note: note)
        try Portability.record(tx, area: area, form, .made, for: transfer, ground)
        try Portability.send(tx, area: area, about: transfer, .information(form), at: ground.at)
        return form
    }

    private static func takeOut(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, _ ground: Ground
    ) throws -> (Money, Money) {
        guard transfer.from == .employee else { return (.zero, .zero) }
        let out = try Contributions.transferOut(
            tx, area: area, of: transfer.person, on: ground.at.day, try law(tx, area: area), ground)
        try post(tx, area: area, out.runs, by: ground.actor, at: ground.at)
        return (out.principal, out.interest)
    }

    static func enter(
        _ tx: any Transaction, area: AreaCode, _ summary: String, _ amount: Money, debit: AccountKey,
        credit: AccountKey, by hands: TransferHands, at: Moment
    ) throws {
        let draft = VoucherDraft(
            book: .employee, day: at.day, summary: summary, attachments: 1,
            lines: [VoucherLine(.debit, debit, amount), VoucherLine(.credit, credit, amount)])
        let chart = try FundDesk.chart(tx, area: area)
        try Vouchers.enter(
            tx, area: area, draft, chart: chart, preparedBy: hands.handler, reviewedBy: hands.reviewer, at: at)
    }

    // MARK: - Messages

    /// Carries out a message of another agency, once (电子往来). A contact letter opens a transfer out of here for the
    /// person it names; staff then accept or refuse it.
    public static func receive(
        _ tx: any Transaction, area: AreaCode, _ message: PortabilityMessage, messageID: String, body: [UInt8],
        at: Moment
    ) throws -> Transfer {
        guard message.to == area else {
            throw Problem("transfer.message.notForUs", field: "to", "报文是给 \(message.to) 的,本机构是 \(area),请核对地址")
        }
        if case .repeated(let id) = try Portability.arrive(
            tx, area: area, from: message.from, messageID: messageID, body)
        {
            return try Portability.require(tx, area: area, id)
        }
        let ground = Ground("\(message.from) 电子报文 \(messageID)", by: .system, at: at)
        let transfer: Transfer
        if case .contact(let letter) = message.content {
            transfer = try open(tx, area: area, letter, from: message.from, ground)
        } else {
            transfer = try Portability.follow(tx, area: area, message, ground)
        }
        // Elsewhere the months were counted on; refused, they are not, and the counter must know it at once.
        if message.kind == .rejected {
            try refreshCover(tx, area: area, of: [transfer.person], by: ground.actor, at: at)
        }
        try Portability.keep(
            tx, area: area, from: message.from, messageID: messageID, message.kind, body, about: transfer.id, at: at)
        return transfer
    }

    private static func open(
        _ tx: any Transaction, area: AreaCode, _ letter: ContactLetter, from other: AreaCode, _ ground: Ground
    ) throws -> Transfer {
        guard letter.origin.area == area, letter.destination.area == other else {
            throw Problem("transfer.message.otherAgency", field: "letter", "联系函的转出地、转入地与收发双方不一致,请核对")
        }
        let person = try traveller(tx, area: area, letter.person)
        // Its paper was registered at the counter before the message came: the same letter, and the same transfer.
        let known = try Portability.find(tx, area: area, .outgoing, number: letter.number)
        if let known, known.other == other, known.person == person { return known }
        return try Portability.apply(
            tx, area: area,
            TransferApplication(
                .outgoing, scene: letter.scene, person: person, from: letter.from, to: letter.to, other: other,
                applicant: .platform, appliedOn: letter.appliedOn, insuredFrom: letter.insuredFrom, isOnPaper: false,
                number: letter.number), ground)
    }

    /// The person a letter names, by paper and name.
    static func traveller(
        _ tx: any Transaction, area: AreaCode, _ named: TransferPerson
    ) throws -> ID<Person> {
        guard let kind = IdentityPaperKind(rawValue: named.paperKind),
            let id = try Enrolment.find(
                tx, area: area, paper: IdentityPaper(kind: kind, checked: named.paperNumber.uppercased()))
        else {
            throw Problem(
                "transfer.person.unknown", field: "letter.person", "本地没有证件号码 \(named.paperNumber) 的参保人,请核对证件和转出地")
        }
        let name = try Enrolment.requireInsured(tx, area: area, id).person.name
        guard NameKey(name) == NameKey(named.name) else {
            throw Problem("transfer.person.name", field: "letter.person", "证件号码在本地登记的姓名与联系函不同,请核对后重发")
        }
        return id
    }
}
