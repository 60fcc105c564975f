import Basics

/// Where an encounter (就诊) stands. The acts that led here are rows of their own; this is their sum.
public enum EncounterState: Hashable, Sendable {
    /// 已挂号: an outpatient visit that takes lines and settles them batch by batch.
    case registered(settlements: Int)
    /// 在院: a stay under way; interim settlements (中途结算) may stand.
    case admitted(settlements: Int)
    /// 已出院待结算
    case discharged(at: Moment, settlements: Int)
    /// 已结算: a stay or a purchase that is settled to its end.
    case settled(by: ID<SettlementRecord>, dischargedAt: Moment?, settlements: Int)
    /// 挂号已撤销
    case withdrawn
    /// 入院登记或购药已撤销
    case cancelled

    /// Settlements that stand, interim ones included.
    public var settlements: Int {
        switch self {
        case .registered(let count), .admitted(let count), .discharged(_, let count), .settled(_, _, let count): count
        case .withdrawn, .cancelled: 0
        }
    }

    public var name: String {
        switch self {
        case .registered: "已挂号"
        case .admitted: "在院"
        case .discharged: "已出院待结算"
        case .settled: "已结算"
        case .withdrawn: "挂号已撤销"
        case .cancelled: "登记已撤销"
        }
    }

    public var dischargedAt: Moment? {
        switch self {
        case .discharged(let at, _): at
        case .settled(_, let at, _): at
        default: nil
        }
    }

    public var isInHospital: Bool {
        switch self {
        case .admitted, .discharged: true
        default: false
        }
    }
}

/// The kind of encounter, which decides its life cycle.
public enum EncounterSetting: Int64, Sendable, CaseIterable {
    /// 门(急)诊: registered, then settled batch by batch.
    case outpatient = 1
    /// 住院: admitted, discharged, settled once at the end.
    case inpatient = 2
    /// 药店购药: one message.
    case pharmacy = 3
}

/// What a message wants to do with an encounter.
public enum EncounterStep: Hashable, Sendable {
    case giveVisitInformation
    case changeAdmission
    case uploadLines
    case withdrawLines
    case presettle
    case settle(interim: Bool)
    case reverseSettlement
    case discharge
    case withdrawDischarge
    case withdrawRegistration
    case cancelAdmission

    var name: String {
        switch self {
        case .giveVisitInformation: "上传就诊信息"
        case .changeAdmission: "变更住院信息"
        case .uploadLines: "上传费用明细"
        case .withdrawLines: "撤销费用明细"
        case .presettle: "预结算"
        case .settle(let interim): interim ? "中途结算" : "结算"
        case .reverseSettlement: "撤销结算"
        case .discharge: "办理出院"
        case .withdrawDischarge: "撤销出院"
        case .withdrawRegistration: "撤销挂号"
        case .cancelAdmission: "撤销入院"
        }
    }
}

extension EncounterState {
    /// Throws a problem that says what to do instead, when the step does not fit the state.
    public func admit(_ step: EncounterStep) throws(Problems) {
        if let advice = refusal(of: step) {
            throw Problems(
                Problem("settlement.encounter.state", field: "mdtrt_id", "本次就诊\(name),不能\(step.name);\(advice)"))
        }
    }

    /// Nil when the step is allowed; otherwise what to do next.
    private func refusal(of step: EncounterStep) -> String? {
        switch (self, step) {
        case (.withdrawn, _), (.cancelled, _): "请重新办理登记后再做"

        case (.registered, .giveVisitInformation), (.registered, .uploadLines), (.registered, .withdrawLines),
            (.registered, .presettle), (.registered, .settle(interim: false)), (.registered, .reverseSettlement):
            nil
        case (.registered, .settle(interim: true)): "门诊没有中途结算,请将 mid_setl_flag 置 0"
        case (.registered(let count), .withdrawRegistration): count == 0 ? nil : "请先撤销已有的结算"
        case (.registered, _): "这是门诊就诊,请使用门诊交易"

        case (.admitted, .settle(interim: false)): "请先办理出院(2402),或按中途结算办理"
        case (.admitted, .uploadLines), (.admitted, .withdrawLines), (.admitted, .presettle),
            (.admitted, .settle(interim: true)), (.admitted, .reverseSettlement), (.admitted, .changeAdmission),
            (.admitted, .discharge):
            nil
        case (.admitted(let count), .cancelAdmission): count == 0 ? nil : "请先撤销已有的中途结算"
        case (.admitted, .withdrawDischarge): "尚未办理出院,无需撤销"
        case (.admitted, _): "这是住院就诊,请使用住院交易"

        case (.discharged, .settle(interim: true)): "已经出院,请将 mid_setl_flag 置 0 办理出院结算"
        case (.discharged, .uploadLines), (.discharged, .withdrawLines), (.discharged, .presettle),
            (.discharged, .settle(interim: false)), (.discharged, .reverseSettlement),
            (.discharged, .withdrawDischarge):
            nil
        case (.discharged, .discharge): "出院已经办理,如需更改请先撤销出院(2405)"
        case (.discharged, .changeAdmission), (.discharged, .cancelAdmission): "请先撤销出院(2405)"
        case (.discharged, _): "这是住院就诊,请使用住院交易"

        case (.settled, .reverseSettlement): nil
        case (.settled, .settle), (.settled, .presettle): "结算已经完成,如需重新结算请先撤销原结算"
        case (.settled, _): "请先撤销结算"
        }
    }

    /// The state after a settlement.
    public func settled(by id: ID<SettlementRecord>, interim: Bool, in setting: EncounterSetting) -> EncounterState {
        switch self {
        case .registered(let count) where setting == .outpatient: .registered(settlements: count + 1)
        case .registered(let count): .settled(by: id, dischargedAt: nil, settlements: count + 1)
        case .admitted(let count): .admitted(settlements: count + 1)
        case .discharged(let at, let count): .settled(by: id, dischargedAt: at, settlements: count + 1)
        case .settled, .withdrawn, .cancelled: self
        }
    }

    /// The state after a settlement was reversed (红冲): a stay waits again to be settled; a purchase is undone.
    public func reversed(in setting: EncounterSetting) -> EncounterState {
        switch self {
        case .registered(let count): .registered(settlements: count - 1)
        case .admitted(let count): .admitted(settlements: count - 1)
        case .discharged(let at, let count): .discharged(at: at, settlements: count - 1)
        case .settled(_, let at?, let count): .discharged(at: at, settlements: count - 1)
        case .settled where setting == .pharmacy: .cancelled
        case .settled(_, nil, let count): .registered(settlements: count - 1)
        case .withdrawn, .cancelled: self
        }
    }
}
