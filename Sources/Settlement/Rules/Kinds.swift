import Basics

/// The voucher a person showed at the window (就诊凭证类型 `mdtrt_cert_type`).
public enum CertificateKind: Int64, Sendable, CaseIterable {
    /// 医保电子凭证
    case electronic = 1
    /// 居民身份证
    case identityCard = 2
    /// 社会保障卡
    case socialSecurityCard = 3

    /// `"01"`.
    public var code: String { "0\(rawValue)" }
}

/// An act on an encounter after its beginning (就诊行为).
public enum EncounterActKind: Int64, Sendable, CaseIterable {
    /// 就诊信息上传
    case visitInformation = 1
    /// 住院信息变更
    case admissionChanged = 2
    /// 出院办理
    case discharged = 3
    /// 出院撤销
    case dischargeWithdrawn = 4
    /// 挂号撤销
    case registrationWithdrawn = 5
    /// 入院撤销
    case admissionCancelled = 6

    public var name: String {
        switch self {
        case .visitInformation: "上传就诊信息"
        case .admissionChanged: "变更住院信息"
        case .discharged: "办理出院"
        case .dischargeWithdrawn: "撤销出院"
        case .registrationWithdrawn: "撤销挂号"
        case .admissionCancelled: "撤销入院"
        }
    }
}

/// A filing that opens a benefit (待遇备案).
public enum FilingKind: Int64, Sendable, CaseIterable {
    /// 转院备案
    case referral = 1
    /// 门诊慢特病备案
    case chronicDisease = 2
    /// 人员定点备案
    case designatedProvider = 3

    public var name: String {
        switch self {
        case .referral: "转院备案"
        case .chronicDisease: "门诊慢特病备案"
        case .designatedProvider: "人员定点备案"
        }
    }
}

/// What one settlement row is.
public enum SettlementKind: Int64, Sendable, CaseIterable {
    /// 正常结算
    case regular = 1
    /// 红字冲正: names the settlement that it takes back
    case reversal = 2
    /// 冲正后重算: made again after an earlier settlement of the person was reversed; names the one it replaces
    case recomputation = 3
}
