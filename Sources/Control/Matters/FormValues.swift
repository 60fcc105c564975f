import Basics
import Seals

/// A form as it was filled in (表单内容): canonical texts by field name, blank ones left out.
///
/// The engine has validated every value by its field's kind before a desk sees it; so `try form.day("from")` throws
/// only for a field that was left blank (or was never declared).
///
/// ```swift
/// let name = form.text("name")
/// let from = try form.month("from")
/// let until = form.dayIfGiven("until")
/// ```
public struct FormValues: Sendable, Hashable {
    public let texts: [String: String]

    /// Values that are valid by construction: a desk's own, or a test's. What people type goes through
    /// `MatterKind.read`.
    public init(_ texts: [String: String]) { self.texts = texts.filter { !$0.value.isEmpty } }

    public func isGiven(_ name: String) -> Bool { texts[name] != nil }

    /// The text of any field as it is kept; empty when blank.
    public func text(_ name: String) -> String { texts[name] ?? "" }
    public func textIfGiven(_ name: String) -> String? { texts[name] }
    /// False when blank.
    public func isYes(_ name: String) -> Bool { texts[name] == "1" }

    public func dayIfGiven(_ name: String) -> Day? { texts[name].flatMap { Day($0) } }
    public func monthIfGiven(_ name: String) -> Month? { texts[name].flatMap { Month($0) } }
    public func moneyIfGiven(_ name: String) -> Money? { texts[name].flatMap { try? Money($0) } }
    public func wholeIfGiven(_ name: String) -> Int64? { texts[name].flatMap { Int64($0) } }
    public func personIfGiven(_ name: String) -> ID<Person>? { wholeIfGiven(name).map { ID($0) } }
    public func employerIfGiven(_ name: String) -> ID<Employer>? { wholeIfGiven(name).map { ID($0) } }
    public func staffIfGiven(_ name: String) -> ID<StaffMember>? { wholeIfGiven(name).map { ID($0) } }
    public func postIfGiven(_ name: String) -> PostCode? { texts[name].map { PostCode($0) } }
    public func nationalIDIfGiven(_ name: String) -> NationalID? { texts[name].flatMap { try? NationalID($0) } }
    public func creditCodeIfGiven(_ name: String) -> CreditCode? { texts[name].flatMap { try? CreditCode($0) } }
    /// The content hash of an uploaded file.
    public func attachmentIfGiven(_ name: String) -> ContentHash? { texts[name].flatMap { ContentHash($0) } }
    /// A choice whose codes are a national dictionary's: `form.codeIfGiven("insutype", Insurance.self)`.
    public func codeIfGiven<Code: RawRepresentable<Int64>>(_ name: String, _: Code.Type = Code.self) -> Code? {
        wholeIfGiven(name).flatMap { Code(rawValue: $0) }
    }

    public func day(_ name: String) throws -> Day { try given(name, dayIfGiven(name)) }
    public func month(_ name: String) throws -> Month { try given(name, monthIfGiven(name)) }
    public func year(_ name: String) throws -> Int { Int(try whole(name)) }
    public func money(_ name: String) throws -> Money { try given(name, moneyIfGiven(name)) }
    public func whole(_ name: String) throws -> Int64 { try given(name, wholeIfGiven(name)) }
    public func person(_ name: String) throws -> ID<Person> { try given(name, personIfGiven(name)) }
    public func employer(_ name: String) throws -> ID<Employer> { try given(name, employerIfGiven(name)) }
    public func staff(_ name: String) throws -> ID<StaffMember> { try given(name, staffIfGiven(name)) }
    public func post(_ name: String) throws -> PostCode { try given(name, postIfGiven(name)) }
    public func nationalID(_ name: String) throws -> NationalID { try given(name, nationalIDIfGiven(name)) }
    public func creditCode(_ name: String) throws -> CreditCode { try given(name, creditCodeIfGiven(name)) }
    public func attachment(_ name: String) throws -> ContentHash { try given(name, attachmentIfGiven(name)) }
    public func code<Code: RawRepresentable<Int64>>(_ name: String, _: Code.Type = Code.self) throws -> Code {
        try given(name, codeIfGiven(name, Code.self))
    }

    private func given<Value>(_ name: String, _ value: Value?) throws -> Value {
        guard let value else { throw FormValues.missing(name, title: name) }
        return value
    }

    static func missing(_ name: String, title: String) -> Problem {
        Problem("matter.form.missing", field: name, "请填写“\(title)”")
    }

    // MARK: Kept

    /// One text for one content, whatever the order of filling in: `{"code":"…","name":"…"}`.
    var canonical: String {
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
                writer.name(name)
                writer.text(text)
            }
        }
        return writer.text
    }

    init(canonical text: String) throws {
        var texts: [String: String] = [:]
        for (name, value) in try JSON.parse(text).members { texts[name] = value.text }
        self.init(texts)
    }
}

/// The SM3 of a file's bytes (内容指纹): by it an attachment is kept, found and proven unchanged.
public struct ContentHash: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(of content: [UInt8]) { bytes = SM3.hash(content) }

    /// 64 hexadecimal digits; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let bytes = Hex.decode(text), bytes.count == SM3.length else { return nil }
        self.bytes = bytes
    }

    /// As a row keeps it.
    init(kept bytes: [UInt8]) { self.bytes = bytes }

    public var description: String { Hex.encode(bytes) }
}
