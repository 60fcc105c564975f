import Basics
import Portability

/// The lines of an information form (信息表) as page and paper show them.
struct InformationFormView: Sendable {
    let form: InformationForm

    var facts: [(label: String, value: String)] {
        let record = form.record
        return [
            ("险种", form.insurance.name), ("首次参保年月", record.firstEver.words), ("参保起始年月", record.first.words),
            ("参保终止年月", record.last.words), ("实际缴费月数", "\(record.paidMonths)"), ("视同缴费月数", "\(record.deemedMonths)"),
            ("居民参保年度", record.residentYears.map(String.init).joined(separator: "、")),
            ("最近缴费年月", record.lastPaid.words), ("末期缴费基数", "\(record.lastBase.grouped) 元"),
            ("中断月数", "\(record.gapMonths)"), ("是否退休", record.isRetired ? "是" : "否"),
            ("个人账户本金", "\(form.principal.grouped) 元"), ("个人账户利息", "\(form.interest.grouped) 元"),
            ("账户资金合计", "\(form.money.grouped) 元"), ("备注", form.note),
        ].filter { !$0.1.isEmpty }
    }

    /// The same in two columns, for paper.
    var pairs: [Model] { Self.paired(facts) }

    /// Facts two in a row.
    static func paired(_ all: [(label: String, value: String)]) -> [Model] {
        stride(from: 0, to: all.count, by: 2).map { index in
            let right = index + 1 < all.count ? all[index + 1] : ("", "")
            return ["leftName": all[index].label, "left": all[index].value, "rightName": right.0, "right": right.1]
        }
    }
}

extension Month? {
    fileprivate var words: String { self?.description ?? "" }
}
