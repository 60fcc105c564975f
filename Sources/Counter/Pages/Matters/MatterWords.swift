import Basics
import Control

extension MatterState {
    var badge: Table.Cell { .badge(name, tone) }

    var tone: Table.Tone {
        switch self {
        case .draft, .underWay, .carrying, .carriedOut: .fine
        case .supplying, .stopped, .rejected: .warn
        case .withdrawn, .expired, .terminated: .grey
        }
    }
}

extension MatterConcern {
    /// The page that shows them.
    var href: String { Carried.Subject(kind: kind.subject, id: number).href }
}

extension Carried.Subject {
    /// The page that shows it; empty where it has none.
    var href: String {
        switch kind {
        case "person": "/people/\(id)"
        case "employer": "/employers/\(id)"
        case "staff": "/organisation/staff/\(id)"
        case "transfer": "/transfers/\(id)"
        case "bill": "/bills/\(id)"
        case "receipt": "/receipts/\(id)"
        case "transferOrder": "/transfers/orders/\(id)"
        case "reconciliation": "/reconciliations/\(id)"
        case "refund": "/refunds/\(id)/print"
        case "population": "/population/\(id)"
        default: ""
        }
    }

    var words: String {
        let names = [
            "person": "参保人", "employer": "单位", "staff": "经办人员", "transfer": "关系转移", "voucher": "凭证",
            "bill": "应缴", "receipt": "到账", "spell": "参保记录", "post": "任职", "grant": "任职",
            "transferOrder": "付款单", "reconciliation": "对账", "population": "名单",
            "handOver": "移交单", "refund": "退费",
        ]
        return "\(names[kind] ?? kind) \(id)"
    }
}
