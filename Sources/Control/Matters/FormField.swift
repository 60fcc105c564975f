import Basics

/// One field of a matter's form (表单项).
public struct FormField: Sendable {
    /// Stable within its kind, as the page posts it: `credit_code`.
    public let name: String
    /// 统一社会信用代码
    public let title: String
    public let kind: Kind
    public let isRequired: Bool
    /// A sentence beside the field, for whoever fills it in.
    public let help: String
    /// Whether the matter is about the person, employer or member of staff that the field names, so that whoever is
    /// close to them keeps out of it (回避).
    public let isConcerned: Bool

    public init(
        _ name: String, _ title: String, _ kind: Kind, isRequired: Bool = true, help: String = "",
        isConcerned: Bool = true
    ) {
        self.name = name
        self.title = title
        self.kind = kind
        self.isRequired = isRequired
        self.help = help
        self.isConcerned = isConcerned
    }

    /// What may stand in a field. The engine checks it before any desk sees the form.
    public enum Kind: Sendable {
        /// One line of at most so many characters.
        case text(max: Int)
        /// Several lines of at most so many characters together.
        case lines(max: Int)
        case choice([(code: String, title: String)])
        case day
        case month
        case year
        /// Not negative.
        case money
        case whole(ClosedRange<Int64>)
        case yesNo
        /// The number of a person on the register; whether there is such a person is the desk's to check.
        case person
        case employer
        case staff
        case post
        case nationalID
        case creditCode
        /// An uploaded table; the value is its content hash.
        case sheet(SheetTemplate)
        /// An uploaded file; the value is its content hash.
        case file

        /// What the number in the field stands for; nil where it names nobody.
        var concern: MatterConcern.Kind? {
            switch self {
            case .person: .person
            case .employer: .employer
            case .staff: .staff
            default: nil
            }
        }

        /// An uploaded file stands behind the value.
        public var isAttachment: Bool {
            switch self {
            case .sheet, .file: true
            default: false
            }
        }
    }
}

/// The table that a `sheet` field asks for (导入模板): what the page offers for download, and what the desk reads.
public struct SheetTemplate: Sendable, Hashable {
    public struct Column: Sendable, Hashable {
        /// The heading in the file.
        public let name: String
        public let isRequired: Bool
        /// How the column is filled in: `2026-03-01`.
        public let example: String

        public init(_ name: String, isRequired: Bool = true, example: String) {
            self.name = name
            self.isRequired = isRequired
            self.example = example
        }
    }

    /// The file's name without its ending: 单位批量增员.
    public let name: String
    public let columns: [Column]

    public init(_ name: String, _ columns: [Column]) {
        self.name = name
        self.columns = columns
    }
}
