import Basics

/// Steps as bytes, to be kept with each settlement (步骤编码): variable-length integers, most steps in some
/// ten bytes. A first byte names the version of the form.
public enum StepCoding {
    static let version: UInt8 = 1

    public static func encode(_ steps: [Step]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(2 + steps.count * 12)
        out.append(version)
        append(UInt64(steps.count), to: &out)
        for step in steps {
            out.append(step.kind.rawValue)
            append(step.clause == .none ? 0 : UInt64(step.clause.index) + 1, to: &out)
            append(zigzag(step.mark), to: &out)
            append(zigzag(step.base), to: &out)
            append(zigzag(step.value), to: &out)
            append(zigzag(step.result), to: &out)
        }
        return out
    }

    /// Throws when the bytes are damaged or of a later version.
    public static func decode(_ bytes: [UInt8]) throws(Problems) -> [Step] {
        var reader = ByteReader(bytes: bytes)
        guard reader.byte() == version, let count = reader.varint(), count <= UInt64(bytes.count) else {
            throw damaged
        }
        var steps: [Step] = []
        steps.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let kind = reader.byte().flatMap(Step.Kind.init(rawValue:)), let clause = reader.varint(),
                clause <= UInt64(UInt16.max), let mark = reader.signed(), let base = reader.signed(),
                let value = reader.signed(), let result = reader.signed()
            else { throw damaged }
            var step = Step(
                kind, clause: clause == 0 ? .none : ClauseRef(UInt16(clause - 1)), mark: mark,
                base: Money(fen: base), value: value, result: Money(fen: result))
            step.mark = mark
            steps.append(step)
        }
        guard reader.isAtEnd else { throw damaged }
        return steps
    }

    private static var damaged: Problems {
        Problems(Problem("benefits.steps.damaged", "结算步骤的存储内容不完整或版本较新,请运行 yibao verify 核查数据库"))
    }

    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

    static func append(_ value: UInt64, to out: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(rest))
    }
}

/// Reads variable-length integers; nil at the end or on a number that is too long.
struct ByteReader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func byte() -> UInt8? {
        guard index < bytes.count else { return nil }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let next = byte() {
            guard shift < 63 || (shift == 63 && next <= 1) else { return nil }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    mutating func signed() -> Int64? {
        varint().map { Int64(bitPattern: ($0 >> 1) ^ (0 &- ($0 & 1))) }
    }
}

extension YearToDate {
    /// The figures as bytes, in the order of `Accumulator`; figures of nought at the end are left out.
    public var encoded: [UInt8] {
        var out: [UInt8] = [StepCoding.version]
        var count = figures.count
        while count > 0, figures[count - 1] == 0 { count -= 1 }
        StepCoding.append(UInt64(count), to: &out)
        for index in 0..<count { StepCoding.append(StepCoding.zigzag(figures[index]), to: &out) }
        StepCoding.append(UInt64(diseases.count), to: &out)
        for use in diseases {
            StepCoding.append(StepCoding.zigzag(use.disease.packed), to: &out)
            StepCoding.append(StepCoding.zigzag(Int64(use.period.number)), to: &out)
            StepCoding.append(StepCoding.zigzag(use.used.fen), to: &out)
        }
        return out
    }

    public init(encoded bytes: [UInt8]) throws(Problems) {
        self.init()
        let damaged = Problems(
            Problem("benefits.year.damaged", "年度累计的存储内容不完整或版本较新,请运行 yibao verify 核查数据库"))
        var reader = ByteReader(bytes: bytes)
        guard reader.byte() == StepCoding.version, let count = reader.varint(), count <= UInt64(figures.count) else {
            throw damaged
        }
        for index in 0..<Int(count) {
            guard let figure = reader.signed() else { throw damaged }
            figures[index] = figure
        }
        guard let uses = reader.varint(), uses <= UInt64(bytes.count) else { throw damaged }
        for _ in 0..<uses {
            guard let disease = reader.signed(), let month = reader.signed().flatMap(Int32.init(exactly:)),
                let used = reader.signed()
            else { throw damaged }
            diseases.append(
                DiseaseUse(
                    disease: DiseaseCode(packed: disease), period: Month(number: month), used: Money(fen: used)))
        }
        guard reader.isAtEnd else { throw damaged }
    }
}
