import Basics

extension MatterKind {
    /// Reads what was typed into a form (录入校验): canonical values, and every problem at once, by field.
    ///
    /// Fields the kind does not declare are refused: a form cannot smuggle in who acts, or anything else that nobody
    /// looks at.
    ///
    /// - Parameter complete: false for a form that is put by for later: what was typed must be right, but fields may
    ///   still be blank.
    public func read(_ typed: [String: String], complete: Bool = true) -> (form: FormValues, problems: [Problem]) {
        var texts: [String: String] = [:]
        var problems: [Problem] = []
        for field in fields {
            let text = FormReading.trimmed(typed[field.name] ?? "")
            if text.isEmpty {
                if complete, field.isRequired {
                    problems.append(FormValues.missing(field.name, title: field.title))
                }
                continue
            }
            do { texts[field.name] = try FormReading.canonical(text, field) } catch { problems.append(error) }
        }
        for name in typed.keys.sorted() where field(name) == nil {
            problems.append(
                Problem("matter.form.unknown", field: name, "“\(self.name)”没有“\(name)”这一项,请从系统的页面重新填写"))
        }
        return (FormValues(texts), problems)
    }
}

/// One typed text against its field's kind.
enum FormReading {
    /// Without the white space of either end; pasted texts have full-width spaces too.
    static func trimmed(_ text: String) -> String {
        let inner = text.drop(while: \.isWhitespace)
        guard let last = inner.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(inner[...last])
    }

    /// The form in which the value is kept, or what is wrong with it.
    static func canonical(_ text: String, _ field: FormField) throws(Problem) -> String {
        guard !text.utf8.contains(0) else { throw field.problem("characters", "含有不能保存的字符,请重新填写") }
        switch field.kind {
        case .text(let max), .lines(let max): return try worded(text, field, max)
        case .choice(let choices): return try chosen(text, field, choices)
        case .day, .month, .year: return try dated(text, field)
        case .money, .whole: return try counted(text, field)
        case .yesNo: return try answered(text, field)
        case .person, .employer, .staff: return try numbered(text, field)
        case .post:
            guard text.utf8.count <= 40 else { throw field.problem("post", "请从列表中选择岗位") }
            return text
        case .nationalID: return try identity(text, field)
        case .creditCode: return try credit(text, field)
        case .sheet, .file:
            guard let hash = ContentHash(text) else { throw field.problem("file", "请重新上传文件") }
            return hash.description
        }
    }

    private static func worded(_ text: String, _ field: FormField, _ max: Int) throws(Problem) -> String {
        guard text.count <= max else {
            throw field.problem("tooLong", "有 \(text.count) 个字,最多 \(max) 个,请缩短")
        }
        if case .text = field.kind, text.contains(where: \.isNewline) {
            throw field.problem("lines", "只能写一行,请去掉换行")
        }
        return text
    }

    private static func chosen(
        _ text: String, _ field: FormField, _ choices: [(code: String, title: String)]
    ) throws(Problem) -> String {
        guard choices.contains(where: { $0.code == text }) else {
            let known = choices.prefix(12).map(\.title).joined(separator: "、")
            throw field.problem("choice", "“\(text)”不在可选项内,请选择:\(known)")
        }
        return text
    }

    private static func dated(_ text: String, _ field: FormField) throws(Problem) -> String {
        switch field.kind {
        case .day:
            guard let day = Day(text) else { throw field.problem("day", "“\(text)”不是日期,请写成 2026-03-01") }
            return day.description
        case .month:
            guard let month = Month(text) else { throw field.problem("month", "“\(text)”不是月份,请写成 2026-03") }
            return month.description
        default:
            guard let year = Int(text), (1900...2200).contains(year) else {
                throw field.problem("year", "“\(text)”不是年份,请写成 2026")
            }
            return String(year)
        }
    }

    private static func counted(_ text: String, _ field: FormField) throws(Problem) -> String {
        if case .whole(let range) = field.kind {
            guard let number = Int64(text), range.contains(number) else {
                throw field.problem("whole", "“\(text)”不对,请填 \(range.lowerBound) 到 \(range.upperBound) 的整数")
            }
            return String(number)
        }
        guard let money = try? Money(text.filter { $0 != "," }) else {
            throw field.problem("money", "“\(text)”不是金额(最多两位小数),请写成 1234.50")
        }
        guard !money.isNegative else { throw field.problem("negative", "金额不能是负数,请核对") }
        guard money <= moneyMax else { throw field.problem("large", "金额过大,最多 \(moneyMax.grouped) 元,请核对") }
        return money.description
    }

    /// A trillion yuan is more than the funds of the country hold, and sums of it are still numbers.
    private static let moneyMax = Money(yuan: 1_000_000_000_000)

    private static func answered(_ text: String, _ field: FormField) throws(Problem) -> String {
        switch text {
        case "1", "是", "yes", "on", "true": return "1"
        case "0", "否", "no", "off", "false": return "0"
        default: throw field.problem("yesNo", "请选择“是”或“否”")
        }
    }

    private static func numbered(_ text: String, _ field: FormField) throws(Problem) -> String {
        guard let number = Int64(text), number > 0 else { throw field.problem("number", "请从查找结果中选择") }
        return String(number)
    }

    private static func identity(_ text: String, _ field: FormField) throws(Problem) -> String {
        do { return try NationalID(text).description } catch {
            switch error {
            case .length: throw field.problem("idLength", "身份证号应当是 18 位,收到 \(text.count) 位,请核对")
            case .characters: throw field.problem("idCharacters", "身份证号前 17 位应当是数字,末位是数字或 X,请核对")
            case .birthDate: throw field.problem("idBirthDate", "身份证号中的出生日期不存在,请核对第 7 至 14 位")
            case .checkDigit: throw field.problem("idCheckDigit", "身份证号的校验位不对,可能有一位写错了,请对照证件核对")
            }
        }
    }

    private static func credit(_ text: String, _ field: FormField) throws(Problem) -> String {
        do { return try CreditCode(text).description } catch {
            switch error {
            case .length: throw field.problem("creditLength", "统一社会信用代码应当是 18 位,收到 \(text.count) 位,请核对")
            case .characters: throw field.problem("creditCharacters", "统一社会信用代码含有不该出现的字符,请对照证照核对")
            case .checkDigit: throw field.problem("creditCheckDigit", "统一社会信用代码的校验位不对,可能有一位写错了,请对照证照核对")
            }
        }
    }
}

extension FormField {
    /// What is wrong with what was typed here.
    func problem(_ code: String, _ message: String) -> Problem {
        Problem("matter.form.\(code)", field: name, "“\(title)”\(message)")
    }
}
