import Basics
import Benefits

/// The values a coded field may take (字典). Codes are at most eight characters and kept packed in one word, so that
/// looking one up compares integers.
public struct CodeDictionary: Sendable {
    public let name: String
    public let values: [String]
    private let packed: [UInt64]

    init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = values
        packed = values.map { value in
            precondition(value.utf8.count <= 8)
            var value = value
            return value.withUTF8 { CodeDictionary.pack($0) }
        }
    }

    func contains(_ code: UnsafeBufferPointer<UInt8>) -> Bool {
        code.count <= 8 && packed.contains(CodeDictionary.pack(code))
    }

    private static func pack(_ code: UnsafeBufferPointer<UInt8>) -> UInt64 {
        code.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// 超限处理方式 1: 超限价部分由个人自付.
    static let paidByPerson = "1"
    /// 自付比例人员类别 0: 不分人员类别.
    static let everyPerson = "0"
    /// 自付比例类别 1: 先行自付.
    static let firstSelfPayment = "1"

    static let all: [String: CodeDictionary] = {
        var all: [String: CodeDictionary] = [:]
        func add(_ name: String, _ values: [String]) { all[name] = CodeDictionary(name, values) }
        add("flag", ["0", "1"])
        add("gend", ["0", "1", "2", "9"])
        add("insutype", Insurance.allCases.map { String($0.rawValue) })
        add("med_type", CareType.allCases.map { String($0.rawValue) })
        add("chrgitm_lv", FeeClass.allCases.map(\.code))
        add("list_type", ListType.allCases.map { String($0.rawValue) })
        add("med_chrgitm_type", ChargeType.allCases.map(\.code))
        add("clr_type", ClearingType.allCases.map { String($0.rawValue) })
        // 01 医保电子凭证, 02 居民身份证, 03 社会保障卡
        add("mdtrt_cert_type", ["01", "02", "03"])
        add("psn_cert_type", (1...17).map { $0 < 10 ? "0\($0)" : "\($0)" } + ["90", "99"])
        // 01 按项目结算, 02 按定额结算
        add("psn_setlway", ["01", "02"])
        // 1 西医诊断, 2 中医主病, 3 中医主证
        add("diag_type", ["1", "2", "3"])
        // 1 医嘱离院, 2 医嘱转院, 3 医嘱转社区, 4 非医嘱离院, 5 死亡, 9 其他
        add("dscg_way", ["1", "2", "3", "4", "5", "9"])
        // 0 无须审批, 1 审批通过, 2 审批不通过
        add("hosp_appr_flag", ["0", "1", "2"])
        add("matn_type", BirthKind.allCases.map { String($0.rawValue) })
        // A cap holds for the institutions of a tier; what lies above it is the person's own.
        add("hilist_lmtpric_type", Tier.allCases.filter { $0 != .unrated }.map { String($0.rawValue) })
        add("overlmt_dspo_way", [CodeDictionary.paidByPerson])
        // One first self-payment holds for every person.
        add("selfpay_prop_psn_type", [CodeDictionary.everyPerson])
        add("selfpay_prop_type", [CodeDictionary.firstSelfPayment])
        // 1 经办人, 2 自助终端, 3 移动终端
        add("opter_type", ["1", "2", "3"])
        // 0 平, 1 不平
        add("stmt_rslt", ["0", "1"])
        return all
    }()
}
