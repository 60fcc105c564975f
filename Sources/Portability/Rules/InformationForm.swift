import Basics

/// An agency as letters and forms name it (经办机构).
public struct TransferAgency: Hashable, Sendable {
    /// 统筹区划
    public var area: AreaCode
    public var name: String
    public var address: String
    public var phone: String
    /// 开户银行、户名账号, into which account money is sent
    public var bank: String
    public var account: String

    public init(area: AreaCode, name: String, address: String, phone: String, bank: String, account: String) {
        self.area = area
        self.name = name
        self.address = address
        self.phone = phone
        self.bank = bank
        self.account = account
    }
}

/// Whom a transfer concerns (转移人员).
public struct TransferPerson: Hashable, Sendable {
    public var name: String
    /// `psn_cert_type`
    public var paperKind: Int64
    public var paperNumber: String
    public var sex: Sex
    public var birth: Day

    public init(name: String, paperKind: Int64, paperNumber: String, sex: Sex, birth: Day) {
        self.name = name
        self.paperKind = paperKind
        self.paperNumber = paperNumber
        self.sex = sex
        self.birth = birth
    }
}

/// The contact letter (基本医疗保险关系转移接续联系函): the destination asks the origin for the form and the money.
public struct ContactLetter: Hashable, Sendable {
    /// 转移业务编号, given by the destination and kept by both
    public var number: String
    public var person: TransferPerson
    public var scene: TransferScene
    public var from: Insurance
    public var to: Insurance
    public var origin: TransferAgency
    public var destination: TransferAgency
    /// 参加转入地医保的起始日
    public var insuredFrom: Day
    public var appliedOn: Day
    public var writtenOn: Day
    /// 经办人、复核人
    public var handler: String
    public var reviewer: String

    public init(
        number: String, person: TransferPerson, scene: TransferScene, from: Insurance, to: Insurance,
        origin: TransferAgency, destination: TransferAgency, insuredFrom: Day, appliedOn: Day, writtenOn: Day,
        handler: String, reviewer: String
    ) {
        self.number = number
        self.person = person
        self.scene = scene
        self.from = from
        self.to = to
        self.origin = origin
        self.destination = destination
        self.insuredFrom = insuredFrom
        self.appliedOn = appliedOn
        self.writtenOn = writtenOn
        self.handler = handler
        self.reviewer = reviewer
    }
}

/// What a person has behind him at the origin (参保缴费情况).
public struct InsuranceRecord: Hashable, Sendable {
    /// 首次参保年月
    public var firstEver: Month?
    /// 参保起止年月 of the insurance transferred
    public var first: Month?
    public var last: Month?
    /// 实际缴费月数(职工)
    public var paidMonths: Int64
    /// 视同缴费月数(职工)
    public var deemedMonths: Int64
    /// 居民参保年度, in order
    public var residentYears: [Int]
    /// 最近缴费年月
    public var lastPaid: Month?
    /// 末期缴费基数
    public var lastBase: Money
    /// 中断月数 between first and last
    public var gapMonths: Int64
    /// 是否退休
    public var isRetired: Bool

    public init(
        firstEver: Month? = nil, first: Month? = nil, last: Month? = nil, paidMonths: Int64 = 0,
        deemedMonths: Int64 = 0, residentYears: [Int] = [], lastPaid: Month? = nil, lastBase: Money = .zero,
        gapMonths: Int64 = 0, isRetired: Bool = false
    ) {
        self.firstEver = firstEver
        self.first = first
        self.last = last
        self.paidMonths = paidMonths
        self.deemedMonths = deemedMonths
        self.residentYears = residentYears
        self.lastPaid = lastPaid
        self.lastBase = lastBase
        self.gapMonths = gapMonths
        self.isRetired = isRetired
    }

    /// The record that some paid months make (职工): first, last and the months between that were not paid.
    public init(paid months: Set<Month>, deemed: Int64, residentYears: Set<Int>, lastBase: Money, isRetired: Bool) {
        let first = months.min()
        let last = months.max()
        let span = first.flatMap { first in last.map { Int64($0 - first) + 1 } } ?? 0
        let earliestYear = residentYears.min().map { Month(year: $0, month: 1) }
        self.init(
            firstEver: [first, earliestYear].compactMap(\.self).min(), first: first, last: last,
            paidMonths: Int64(months.count), deemedMonths: deemed, residentYears: residentYears.sorted(),
            lastPaid: last, lastBase: lastBase, gapMonths: span - Int64(months.count), isRetired: isRetired)
    }
}

/// The information form (参保人员基本医疗保险信息表), which the origin makes within ten working days.
public struct InformationForm: Hashable, Sendable {
    /// 转移业务编号
    public var number: String
    public var person: TransferPerson
    public var insurance: Insurance
    public var origin: TransferAgency
    public var destination: TransferAgency
    public var record: InsuranceRecord
    /// 个人账户余额:本金、利息
    public var principal: Money
    public var interest: Money
    /// 经办人、复核人、签章日期
    public var handler: String
    public var reviewer: String
    public var sealedOn: Day
    public var note: String

    /// 合计
    public var money: Money { principal + interest }

    public init(
        number: String, person: TransferPerson, insurance: Insurance, origin: TransferAgency,
        destination: TransferAgency, record: InsuranceRecord, principal: Money, interest: Money, handler: String,
        reviewer: String, sealedOn: Day, note: String = ""
    ) {
        self.number = number
        self.person = person
        self.insurance = insurance
        self.origin = origin
        self.destination = destination
        self.record = record
        self.principal = principal
        self.interest = interest
        self.handler = handler
        self.reviewer = reviewer
        self.sealedOn = sealedOn
        self.note = note
    }

    /// What contradicts itself in a form that came from outside; all at once.
    public func problems() -> [Problem] {
        var problems = Problems()
        if principal.isNegative || interest.isNegative {
            problems.add("transfer.form.money", field: "principal", "信息表的账户金额不能为负,请退回转出地更正")
        }
        if record.paidMonths < 0 || record.deemedMonths < 0 || record.gapMonths < 0 {
            problems.add("transfer.form.months", field: "paid_months", "信息表的月数不能为负,请退回转出地更正")
        }
        if let first = record.first, let last = record.last {
            let span = Int64(last - first) + 1
            if span <= 0 {
                problems.add("transfer.form.period", field: "last", "参保终止年月 \(last) 早于起始年月 \(first),请退回转出地更正")
            } else if record.paidMonths > span {
                problems.add(
                    "transfer.form.months", field: "paid_months",
                    "实际缴费 \(record.paidMonths) 个月,多于 \(first) 至 \(last) 的 \(span) 个月,请退回转出地更正")
            }
        } else if record.paidMonths > 0 {
            problems.add("transfer.form.period", field: "first", "有缴费月数而没有参保起止年月,请退回转出地更正")
        }
        if insurance == .resident, money > .zero {
            problems.add("transfer.form.residentMoney", field: "principal", "居民医保没有个人账户,信息表不应有账户金额,请退回转出地更正")
        }
        return problems.all
    }

    /// The months that count here towards the years of an employee's insurance (年限累计互认). Years paid as a
    /// resident never count as an employee's: 社会保险法 第三十二条 speaks of the same insurance.
    public func recognisedMonths(into insurance: Insurance) -> Int64 {
        insurance == .employee && self.insurance == .employee ? record.paidMonths + record.deemedMonths : 0
    }
}
