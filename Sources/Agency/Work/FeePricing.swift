import Basics
import Benefits
import Catalogue
import Settlement

/// Fee lines with what the catalogue says of each on its day (费用明细定价): all that can be known of them before
/// the store is asked.
struct PricedLines: Sendable {
    /// What decides a line's split.
    struct Price: Sendable {
        var listType: ListType?
        var chargeType: ChargeType
        var feeClass: FeeClass
        var cap: UnitPrice?
        var selfPayRatio: Rate
        var flags: FeeLineFlags
    }

    let given: [FeeLineGiven]
    /// The same lines, as the checks inside the transaction read them.
    let lines: [LineGiven]
    let prices: [Price]

    /// Checks the form of the lines, looks every item up and compares it with the provider's own code; all problems come
    /// together.
    init(
        _ given: [FeeLineGiven], _ catalogue: CatalogueIndex, _ mapping: MappingCheck?, tier: Tier, isInpatient: Bool,
        tolerance: Money
    ) throws(Problems) {
        let lines = given.map(\.line)
        var problems = LineChecks.form(lines, tolerance: tolerance)
        var prices: [Price] = []
        prices.reserveCapacity(given.count)
        for line in given {
            do throws(Problem) {
                let item = try catalogue.requireItem(
                    line.line.itemCode, on: line.line.occurredAt.day, field: line.line.place)
                prices.append(Price(item, tier: tier, isInpatient: isInpatient, given: line.flags))
            } catch {
                problems.all.append(error)
            }
            if let objection = mapping?.objection(to: line) { problems.all.append(objection) }
        }
        try problems.throwIfAny()
        self.given = given
        self.lines = lines
        self.prices = prices
    }

    /// A pharmacy sells drugs and materials; services are given and charged by institutions (药店不得结算医疗服务项目).
    func requireGoods() throws(Problems) {
        var problems = Problems()
        for (line, price) in zip(given, prices) where price.listType == .service {
            problems.add(
                "settlement.purchase.service", field: line.line.place,
                "\(line.line.itemCode) 是医疗服务项目,不能在药店结算,请删去这一行")
        }
        try problems.throwIfAny()
    }

    /// The lines as they are kept: numbered, and split by Benefits. A refund takes over the price of its original,
    /// so that giving back is the exact negative whatever the catalogue says today.
    func records(
        area: AreaCode, encounter: ID<Encounter>, after last: Int64, refunds: [Int64?],
        originals: [Int64: FeeLineRecord], at: Moment
    ) -> [FeeLineRecord] {
        var kept: [FeeLineRecord] = []
        kept.reserveCapacity(given.count)
        for index in given.indices {
            var price = prices[index]
            if let number = refunds[index] {
                let original = number > last ? kept[Int(number - last) - 1] : originals[number]
                if let original { price = Price(of: original) }
            }
            kept.append(
                FeeLineRecord(
                    given[index], price, area: area, encounter: encounter, number: last + Int64(index) + 1,
                    refunds: refunds[index], at: at))
        }
        return kept
    }
}

extension PricedLines.Price {
    init(_ item: PricedItem, tier: Tier, isInpatient: Bool, given flags: FeeLineFlags) {
        listType = item.listType
        chargeType = item.chargeType
        feeClass = item.feeClass
        cap = item.cap(for: tier)
        selfPayRatio = item.firstSelfPay
        self.flags = flags
        let traits = item.terms.traits
        for (trait, flag) in Self.marks where traits.contains(trait) { self.flags.insert(flag) }
        let unmet =
            traits.contains(.restricted) && !flags.contains(.approved)
            || traits.contains(.inpatientOnly) && !isInpatient
            || item.terms.lowestTier.map { tier < $0 } ?? false
        if unmet { self.flags.insert(.restrictionUnmet) }
    }

    private static let marks: [(ItemTraits, FeeLineFlags)] = [
        (.essential, .essentialDrug), (.negotiated, .negotiatedDrug), (.forChildren, .childDrug),
        (.special, .specialItem), (.restricted, .limitedUse),
    ]

    init(of line: FeeLineRecord) {
        chargeType = line.chargeType
        feeClass = line.feeClass
        cap = line.priceCap
        selfPayRatio = line.selfPayRatio
        flags = line.flags
    }
}

extension FeeLineRecord {
    init(
        _ given: FeeLineGiven, _ price: PricedLines.Price, area: AreaCode, encounter: ID<Encounter>, number: Int64,
        refunds: Int64?, at: Moment
    ) {
        let line = given.line
        self.init(
            area: area, encounter: encounter, number: number, serial: line.serial, refunds: refunds,
            batch: given.batch, orderNumber: given.orderNumber, diseaseCode: given.diseaseCode,
            occurredAt: line.occurredAt, uploadedAt: at, itemCode: line.itemCode,
            providerItemCode: given.providerItemCode, chargeType: price.chargeType, feeClass: price.feeClass,
            quantity: line.quantity, price: line.price, amount: line.amount, priceCap: price.cap,
            selfPayRatio: price.selfPayRatio, fullSelfPay: .zero, overLimit: .zero, preSelfPay: .zero,
            inScope: .zero, flags: price.flags, departmentCode: given.departmentCode,
            departmentName: given.departmentName, doctorCode: given.doctorCode, doctorName: given.doctorName,
            extra: given.extra)
        let split = Benefits.split(billLine)
        fullSelfPay = split.fullSelfPay
        overLimit = split.overLimit
        preSelfPay = split.preSelfPay
        inScope = split.inScope
    }

    /// The line as the benefit calculation reads it.
    var billLine: BillLine {
        var marks: LineFlags = []
        if flags.contains(.restrictionUnmet) { marks.insert(.restrictionUnmet) }
        if flags.contains(.negotiatedDrug) { marks.insert(.dualChannelDrug) }
        if flags.contains(.maternity) { marks.insert(.maternity) }
        if flags.contains(.circulatedPrescription) { marks.insert(.prescribed) }
        return BillLine(
            price: price, quantity: quantity, amount: amount, feeClass: feeClass, priceCap: priceCap,
            selfPayRatio: selfPayRatio, chargeType: chargeType, day: occurredAt.day, flags: marks)
    }
}
