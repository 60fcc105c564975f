import Basics

/// Holds a message's `input` against its form and collects everything that is wrong with it.
struct FormCheck {
    /// More than this many problems help nobody; the rest is left out.
    static let problemsMax = 20
    /// Elements of one list node.
    static let elementsMax = 500

    private(set) var problems = Problems()

    /// `input` must be an object with the form's nodes; unknown nodes and fields are ignored, as the specification
    /// asks of receivers.
    static func check(_ input: JSON, against form: MessageForm) throws(Problems) {
        var check = FormCheck()
        for node in form.inputs { check.node(input[node.key], form: node) }
        try check.problems.throwIfAny()
    }

    private mutating func node(_ json: JSON?, form: NodeForm) {
        guard let json, !json.isNull else {
            add("gateway.field.missing", form.name, "缺少节点“\(form.name)”,请补上")
            return
        }
        guard form.isList else { return object(json, form: form, place: form.name) }
        // A single line may stand without its list's brackets, as many systems send it.
        guard json.kind == .array else { return object(json, form: form, place: form.name) }
        if json.count == 0 { add("gateway.field.missing", form.name, "节点“\(form.name)”没有内容,请至少给一条") }
        if json.count > FormCheck.elementsMax {
            return add("gateway.field.tooLong", form.name, "节点“\(form.name)”最多 \(FormCheck.elementsMax) 条,请分批上传")
        }
        var ordinal = 0
        for element in json.elements {
            object(element, form: form, place: nil, ordinal: ordinal)
            ordinal += 1
            if problems.all.count >= FormCheck.problemsMax { return }
        }
    }

    private mutating func object(_ json: JSON, form: NodeForm, place: String?, ordinal: Int = 0) {
        // The place of a list element is put into words only when something is wrong there.
        func here() -> String { place ?? "\(form.name)[\(ordinal)]" }
        guard json.kind == .object else {
            return add("gateway.field.type", here(), "节点“\(here())”应为 JSON 对象,请按接口规范组织")
        }
        var reader = json.reader
        for field in form.fields {
            let value = reader.find(field.key)
            if let problem = FormCheck.problem(with: value, field: field) {
                add(problem.code, "\(here()).\(field.name)", problem.message)
            }
        }
    }

    private mutating func add(_ code: String, _ place: String, _ message: String) {
        if problems.all.count < FormCheck.problemsMax { problems.add(code, field: place, message) }
    }

    /// Nil when the value fits the field.
    static func problem(with value: JSON?, field: FieldForm) -> (code: String, message: String)? {
        guard let value, !value.isNull else { return field.isRequired ? missing(field) : nil }
        switch field.type {
        case .text(let limit): return text(value, field, limit)
        case .number(let digits, let decimals): return number(value, field, digits: digits, decimals: decimals)
        case .day, .moment: return time(value, field)
        case .extensions:
            return value.kind == .object || isEmpty(value) ? nil : wrongType(field, "JSON 对象")
        }
    }

    private static func text(_ value: JSON, _ field: FieldForm, _ limit: Int) -> (code: String, message: String)? {
        guard value.kind == .text else { return wrongType(field, "字符串") }
        return value.withBytes { bytes in
            if bytes.isEmpty { return field.isRequired ? missing(field) : nil }
            // Raw control characters are no JSON; here are the escaped ones, which no store and no form wants.
            if bytes.contains(UInt8(ascii: "\\")), value.text?.unicodeScalars.contains(where: isControl) ?? true {
                return ("gateway.field.type", "“\(field.title)”含有控制字符,请删去")
            }
            // Bytes are counted first: the characters are at most as many.
            if bytes.count > limit, value.text.map({ $0.unicodeScalars.count > limit }) ?? true {
                return ("gateway.field.tooLong", "“\(field.title)”最多 \(limit) 个字符,请缩短")
            }
            if let dictionary = field.dictionary, !dictionary.contains(bytes) {
                let known = dictionary.values.prefix(12).joined(separator: "、")
                return (
                    "gateway.field.dictionary", "“\(field.title)”的值“\(value.text ?? "")”不在字典内,可填:\(known)"
                )
            }
            return nil
        }
    }

    private static func number(
        _ value: JSON, _ field: FieldForm, digits: Int, decimals: Int
    ) -> (code: String, message: String)? {
        if isEmpty(value) { return field.isRequired ? missing(field) : nil }
        guard value.kind == .number || value.kind == .text else { return wrongType(field, "数值") }
        do throws(FixedPoint.Failure) {
            guard let scaled = try value.fixed(decimals: decimals) else { return wrongType(field, "数值") }
            // 16 digits reach 10¹⁶ − 1 units; what 64 bits hold is checked by the reading itself.
            if scaled.magnitude >= powers[min(digits, 18)] {
                return ("gateway.field.tooLong", "“\(field.title)”超出 \(digits) 位数字,请核对")
            }
            return nil
        } catch .tooFine {
            return ("gateway.field.tooFine", "“\(field.title)”最多 \(decimals) 位小数,请按接口规范保留")
        } catch .tooLarge {
            return ("gateway.field.tooLong", "“\(field.title)”超出 \(digits) 位数字,请核对")
        } catch {
            return wrongType(field, "数值")
        }
    }

    private static func time(_ value: JSON, _ field: FieldForm) -> (code: String, message: String)? {
        if isEmpty(value) { return field.isRequired ? missing(field) : nil }
        let isDay = field.type == .day
        guard value.kind == .text, value.withBytes({ Moment(utf8: $0) }) != nil else {
            return wrongType(field, isDay ? "日期(2026-03-01)" : "时间(2026-03-01 08:30:00)")
        }
        return nil
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 && scalar != "\n" && scalar != "\r" && scalar != "\t" || scalar.value == 0x7F
    }

    private static func isEmpty(_ value: JSON) -> Bool { value.kind == .text && value.withBytes { $0.isEmpty } }

    private static func missing(_ field: FieldForm) -> (code: String, message: String) {
        ("gateway.field.missing", "“\(field.title)”必填,请补上")
    }

    private static func wrongType(_ field: FieldForm, _ expected: String) -> (code: String, message: String) {
        ("gateway.field.type", "“\(field.title)”应为\(expected),请按接口规范填写")
    }

    private static let powers: [UInt64] = (0...18).reduce(into: []) { powers, _ in
        powers.append((powers.last ?? 0) == 0 ? 1 : powers.last! * 10)
    }
}
