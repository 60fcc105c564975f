/// How codes are written in tables and parameters (编码书写): one that is misspelt, or a list pasted into one cell, would
/// match nothing and nobody would miss it.
enum CodeForm {
    /// 项目、药品、耗材编码, or the beginning of one.
    case item
    /// 疾病诊断编码 (ICD-10), or the beginning of one.
    case diagnosis
    /// 手术操作编码 (ICD-9-CM-3), or the beginning of one.
    case procedure
    /// 科室编码, as the institutions write it.
    case department
    /// ATC classes, as far as level 4.
    case drugClass
    case medType
    case chargeType

    /// As screening compares it: national codes are capitals, in the extract as in the tables.
    func folded(_ code: String) -> String {
        switch self {
        case .item, .diagnosis, .procedure, .drugClass: code.uppercased()
        case .department, .medType, .chargeType: code
        }
    }

    /// Whether a folded code may stand here.
    func fits(_ code: String) -> Bool {
        let bytes = Array(code.utf8)
        guard let first = bytes.first else { return false }
        switch self {
        case .item: return bytes.count <= 50 && bytes.allSatisfy { Self.isWord($0) || Self.isJoint($0) }
        case .diagnosis:
            return Self.isCapital(first) && bytes.count <= 30
                && bytes.dropFirst().allSatisfy { Self.isWord($0) || Self.isJoint($0) }
        case .procedure:
            return Self.isDigit(first) && bytes.count <= 30
                && bytes.allSatisfy { Self.isWord($0) || Self.isJoint($0) }
        case .department:
            return bytes.count <= 60 && !code.contains { $0.isWhitespace || ",,、;;|".contains($0) }
        case .drugClass:
            return Self.isCapital(first) && bytes.count <= 5
                && bytes.allSatisfy { Self.isCapital($0) || Self.isDigit($0) }
        case .medType: return bytes.count <= 6 && bytes.allSatisfy(Self.isWord)
        case .chargeType: return bytes.count == 2 && bytes.allSatisfy(Self.isDigit)
        }
    }

    var chinese: String {
        switch self {
        case .item: "项目编码,只用字母、数字和 . - _"
        case .diagnosis: "诊断编码或其开头,以字母开始,例如 I10"
        case .procedure: "手术操作编码或其开头,以数字开始,例如 47.0"
        case .department: "科室编码,不含空格和标点"
        case .drugClass: "ATC 类别或其开头,例如 B05"
        case .medType: "医疗类别,例如 11"
        case .chargeType: "两位收费类别,例如 01"
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    private static func isCapital(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }
    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || isCapital(byte) || byte >= 0x61 && byte <= 0x7A
    }
    private static func isJoint(_ byte: UInt8) -> Bool { ".-_+*/".utf8.contains(byte) }
}
