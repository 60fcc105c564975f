import Agency
import Basics
import Settlement

/// Fee lines: 2204, 2205, 2301, 2302, and the lines inside a purchase.
enum FeeMessages {
    static func upload(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let elements = message.elements("feedetail")
        let upload = FeeUpload(reference: try reference(of: elements), lines: elements.map(line))
        let lines = try await agency.uploadLines(upload, message.head)
        return Outputs.object { $0.splits("result", lines) }
    }

    /// 2205: one charging batch, `0000` for all that are open.
    static func withdrawBatch(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let batch = fields.text("chrg_bchno")
        let request = FeeWithdrawalRequest(
            reference: try fields.reference(), scope: batch == allLines ? .all : .batch(batch))
        try await agency.withdrawLines(request, message.head)
        return Outputs.none
    }

    /// 2302: one line, `0000` for all that are open.
    static func withdrawLine(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let serial = fields.text("feedetl_sn")
        let request = FeeWithdrawalRequest(
            reference: try fields.reference(), scope: serial == allLines ? .all : .serial(serial))
        try await agency.withdrawLines(request, message.head)
        return Outputs.none
    }

    /// What the specification writes for "every line".
    private static let allLines = "0000"

    /// All lines of a message belong to one encounter of one person.
    private static func reference(of elements: [Fields]) throws -> EncounterReference {
        guard let first = elements.first else {
            throw Problem("gateway.field.missing", field: "feedetail", "没有费用明细,请至少上传一条")
        }
        let reference = try first.reference()
        let encounter = first.text("mdtrt_id")
        let person = first.text("psn_no")
        guard elements.allSatisfy({ $0.text("mdtrt_id") == encounter && $0.text("psn_no") == person }) else {
            throw Problem("settlement.line.encounters", field: "feedetail", "一次只能上传同一次就诊的明细,请按就诊ID分开上传")
        }
        return reference
    }

    // Keys of the hot path are made once.
    private enum Key {
        static let serial: JSON.Key = "feedetl_sn"
        static let original: JSON.Key = "init_feedetl_sn"
        static let item: JSON.Key = "med_list_codg"
        static let quantity: JSON.Key = "cnt"
        static let price: JSON.Key = "pric"
        static let amount: JSON.Key = "det_item_fee_sumamt"
        static let occurred: JSON.Key = "fee_ocur_time"
        static let batch: JSON.Key = "chrg_bchno"
        static let prescription: JSON.Key = "rxno"
        static let order: JSON.Key = "drord_no"
        static let disease: JSON.Key = "dise_codg"
        static let ownItem: JSON.Key = "medins_list_codg"
        static let departmentCode: JSON.Key = "bilg_dept_codg"
        static let departmentName: JSON.Key = "bilg_dept_name"
        static let doctorCode: JSON.Key = "bilg_dr_codg"
        static let doctorName: JSON.Key = "bilg_dr_name"
        static let approval: JSON.Key = "hosp_appr_flag"
        static let external: JSON.Key = "etip_flag"
        static let takeHome: JSON.Key = "dscg_tkdrug_flag"
        static let maternity: JSON.Key = "matn_fee_flag"
        static let circulated: JSON.Key = "rx_circ_flag"
        static let extensions: JSON.Key = "exp_content"
        static let emergency: JSON.Key = "er_flag"
        static let extras: [JSON.Key] = [
            "sin_dos_dscr", "used_frqu_dscr", "prd_days", "medc_way_dscr", "acord_dept_codg", "acord_dept_name",
            "orders_dr_code", "orders_dr_name", "tcmdrug_used_way", "etip_hosp_code", "memo", "exp_content",
        ]
    }

    /// A fee line; the form has seen to types and required fields.
    static func line(_ fields: Fields) -> FeeLineGiven {
        let given = LineGiven(
            serial: fields.text(Key.serial), original: fields.optional(Key.original), itemCode: fields.text(Key.item),
            quantity: fields.quantity(Key.quantity) ?? Quantity(0),
            price: fields.price(Key.price) ?? UnitPrice(microYuan: 0), amount: fields.money(Key.amount) ?? .zero,
            occurredAt: fields.moment(Key.occurred) ?? Moment(seconds: 0))
        return FeeLineGiven(
            line: given, batch: fields.text(Key.batch),
            orderNumber: fields.optional(Key.prescription) ?? fields.text(Key.order),
            diseaseCode: fields.text(Key.disease), providerItemCode: fields.text(Key.ownItem), flags: flags(fields),
            departmentCode: fields.text(Key.departmentCode), departmentName: fields.text(Key.departmentName),
            doctorCode: fields.text(Key.doctorCode), doctorName: fields.text(Key.doctorName),
            extra: fields.extra(Key.extras))
    }

    private static func flags(_ fields: Fields) -> FeeLineFlags {
        var flags: FeeLineFlags = []
        switch fields.optional(Key.approval) {
        case "1": flags.insert(.approved)
        case "2": flags.insert(.notApproved)
        default: break
        }
        if fields.flag(Key.external) { flags.insert(.externalExamination) }
        if fields.flag(Key.takeHome) { flags.insert(.takeHome) }
        if fields.flag(Key.maternity) { flags.insert(.maternity) }
        if fields.flag(Key.circulated) { flags.insert(.circulatedPrescription) }
        if fields.json[Key.extensions]?[Key.emergency]?.text == "1" { flags.insert(.emergency) }
        return flags
    }
}
