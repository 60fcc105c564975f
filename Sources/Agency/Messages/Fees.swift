import Basics
import Settlement

/// A fee line as a message gives it (费用明细 `feedetail`).
public struct FeeLineGiven: Hashable, Sendable {
    public var line: LineGiven
    /// 收费批次号 `chrg_bchno`; empty for stays
    public var batch: String
    /// 处方号、医嘱号
    public var orderNumber: String
    public var diseaseCode: String
    /// 医药机构目录编码
    public var providerItemCode: String
    /// Marks that the hospital sets: approval, emergency, take-home, maternity, external examination.
    public var flags: FeeLineFlags
    public var departmentCode: String
    public var departmentName: String
    public var doctorCode: String
    public var doctorName: String
    /// Further national fields as they were given, as JSON.
    public var extra: String?

    public init(
        line: LineGiven, batch: String = "", orderNumber: String = "", diseaseCode: String = "",
        providerItemCode: String = "", flags: FeeLineFlags = [], departmentCode: String = "",
        departmentName: String = "", doctorCode: String = "", doctorName: String = "", extra: String? = nil
    ) {
        self.line = line
        self.batch = batch
        self.orderNumber = orderNumber
        self.diseaseCode = diseaseCode
        self.providerItemCode = providerItemCode
        self.flags = flags
        self.departmentCode = departmentCode
        self.departmentName = departmentName
        self.doctorCode = doctorCode
        self.doctorName = doctorName
        self.extra = extra
    }
}

/// 2204 门诊费用明细上传, 2301 住院费用明细上传
public struct FeeUpload: Hashable, Sendable {
    public var reference: EncounterReference
    public var lines: [FeeLineGiven]

    public init(reference: EncounterReference, lines: [FeeLineGiven]) {
        self.reference = reference
        self.lines = lines
    }
}

/// 2205 门诊费用明细撤销, 2302 住院费用明细撤销
public struct FeeWithdrawalRequest: Hashable, Sendable {
    public enum Scope: Hashable, Sendable {
        /// Every line that is not settled (`0000`).
        case all
        /// The lines of a charging batch (收费批次号).
        case batch(String)
        /// One line by its serial (费用明细流水号).
        case serial(String)
        /// The lines that one upload brought (冲正).
        case numbers(ClosedRange<Int64>)
    }
    public var reference: EncounterReference
    public var scope: Scope

    public init(reference: EncounterReference, scope: Scope) {
        self.reference = reference
        self.scope = scope
    }
}
