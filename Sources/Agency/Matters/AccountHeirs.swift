import Basics
import Contributions
import Control
import Enrolment
import Sheets
import Storage

/// To whom a closed account is paid (清退去向), as the form of the matter says it: one payee in its fields, several heirs
/// on a list.
struct AccountHeirs {
    var shares: [AccountShare]
    /// Nil where there is one payee.
    var manner: InheritanceManner?

    private typealias Columns = (
        name: String, paperKind: String, paper: String, relation: String, parts: String, proof: String, way: String,
        account: String
    )
    private static let columns: Columns = (
        "姓名", "证件类型", "证件号码", "与死者关系", "份额", "继承关系证明", "去向", "开户银行和账号"
    )

    static let template = SheetTemplate(
        "继承人分配名单",
        [
            .init(columns.name, example: "张三"), .init(columns.paperKind, isRequired: false, example: "01"),
            .init(columns.paper, example: "990100199001011234"),
            .init(columns.relation, example: HeirRelation.child.name), .init(columns.parts, example: "1"),
            .init(columns.proof, example: "公证书(2026)示证字第12号"), .init(columns.way, example: Way.bank.rawValue),
            .init(columns.account, isRequired: false, example: "示例银行 6222000000000000"),
        ])

    private enum Way: String, CaseIterable {
        case bank = "银行账户"
        case account = "个人账户"
    }

    /// Reads the form; what is missing or wrong in it is thrown at once.
    init(_ tx: any Transaction, _ area: AreaCode, _ form: FormValues, list: AttachedFile?) throws {
        let diesNot = form.text("reason") == "2"
        switch form.text("payee") {
        case "bank":
            guard form.isGiven("payee_name"), form.isGiven("payee_account") else {
                throw Problem("contributions.account.payee", field: "payee_account", "请填写收款人姓名、银行和账号")
            }
            shares = [AccountShare(.bank(name: form.text("payee_name"), account: form.text("payee_account")))]
        case _ where diesNot:
            throw Problem(
                "contributions.account.payeeAlive", field: "payee", "出境定居的余额退给本人,没有继承人,去向请选择划入银行账户")
        case "heirs":
            guard let list else { throw Problem("contributions.heirs.list", field: "sheet", "请上传继承人分配名单,一行一人") }
            guard let manner: InheritanceManner = form.codeIfGiven("manner") else {
                throw Problem("contributions.heirs.manner", field: "manner", "几位继承人分配的,请选择继承方式")
            }
            self.manner = manner
            shares = try Self.read(tx, area, list, owner: form.person("person"))
        default:
            guard let heir = form.personIfGiven("heir") else {
                throw Problem("contributions.account.heir", field: "heir", "请选择继承人")
            }
            shares = [AccountShare(.heir(heir, name: try Self.requireLiving(tx, area, heir)))]
        }
    }

    // MARK: The list

    private struct Line {
        var name: String
        var paper: IdentityPaper
        var share: AccountShare
        var way: Way
    }

    private static func read(
        _ tx: any Transaction, _ area: AreaCode, _ file: AttachedFile, owner: ID<Person>
    ) throws -> [AccountShare] {
        let own = try Enrolment.requireInsured(tx, area: area, owner).person.paper
        let required = template.columns.filter(\.isRequired).map(\.name)
        let sheet = try ImportSheet(
            SheetText.read(file.bytes, name: file.name), file: file.name, required: required, read: line)
        var problems = Problems()
        let shares = try sheet.lines.map { number, line -> AccountShare in
            do {
                guard line.paper != own, !own.namesakes.contains(line.paper) else {
                    throw Problem("contributions.account.heirSelf", "继承人不能是账户所有人本人,请核对证件号码")
                }
                var share = line.share
                if line.way == .account { share.payee = try heir(tx, area, line) }
                return share
            } catch let problem as Problem {
                problems.add(problem.code, field: "\(sheet.place(number)) \(columns.paper)", problem.message)
                return line.share
            }
        }
        try problems.throwIfAny()
        return shares
    }

    private static func line(_ fields: inout FieldReader) -> Line? {
        let name = fields.text(columns.name, upTo: 50)
        let paper = paper(&fields)
        let relation = choice(&fields, columns.relation, HeirRelation.allCases, \.name)
        let parts = parts(&fields)
        let proof = fields.text(columns.proof, upTo: 100)
        let way = choice(&fields, columns.way, Way.allCases, \.rawValue)
        let account = fields.optionalText(columns.account, upTo: 80)
        if way == .bank, account?.isEmpty == true {
            fields.reject("contributions.account.payee", columns.account, "划入银行账户的,请填写开户银行和账号")
        }
        guard let name, let paper, let relation, let parts, let proof, let way, let account else { return nil }
        return Line(
            name: name, paper: paper,
            share: AccountShare(
                .bank(name: name, account: account), parts: parts, relation: relation, paper: paper.description,
                proof: proof), way: way)
    }

    /// An identity card unless the column of kinds says otherwise.
    private static func paper(_ fields: inout FieldReader) -> IdentityPaper? {
        let kind =
            fields.isBlank(columns.paperKind)
            ? .residentID : fields.optionalCode(columns.paperKind, IdentityPaperKind.self)
        guard let number = fields.text(columns.paper, upTo: 50), let kind else { return nil }
        do { return try IdentityPaper(kind: kind, number: number) } catch {
            fields.reject("contributions.heirs.paper", columns.paper, "“\(number)”不是有效的身份证号码,请核对;其他证件请填证件类型")
            return nil
        }
    }

    private static func parts(_ fields: inout FieldReader) -> Int64? {
        guard let text = fields.text(columns.parts, upTo: 9) else { return nil }
        if let parts = Int64(text), (1...1_000_000).contains(parts) { return parts }
        fields.reject("contributions.heirs.parts", columns.parts, "“\(text)”不是份额,请填大于 0 的整数,例如两人平分各填 1")
        return nil
    }

    private static func choice<Value>(
        _ fields: inout FieldReader, _ column: String, _ all: [Value], _ name: (Value) -> String
    ) -> Value? {
        guard let text = fields.text(column, upTo: 30) else { return nil }
        if let value = all.first(where: { name($0) == text }) { return value }
        fields.reject(
            "contributions.heirs.choice", column, "“\(text)”不能识别,可填:\(all.map(name).joined(separator: "、"))")
        return nil
    }

    /// The heir on the register, by paper and name, under the register's own name.
    private static func heir(_ tx: any Transaction, _ area: AreaCode, _ line: Line) throws -> AccountPayee {
        var found: ID<Person>?
        for known in [line.paper] + line.paper.namesakes where found == nil {
            found = try Enrolment.find(tx, area: area, paper: known)
        }
        guard let found else {
            throw Problem(
                "contributions.heirs.unknown", "本地没有证件号码 \(line.paper.number) 的人,不能划入个人账户,请改为划入银行账户")
        }
        let name = try requireLiving(tx, area, found)
        guard NameKey(name) == NameKey(line.name) else {
            throw Problem("contributions.heirs.name", "证件号码 \(line.paper.number) 登记的姓名与名单不同,请核对")
        }
        return .heir(found, name: name)
    }

    /// The name of an heir who is alive.
    private static func requireLiving(
        _ tx: any Transaction, _ area: AreaCode, _ person: ID<Person>
    ) throws -> String {
        let record = try Enrolment.requireInsured(tx, area: area, person).person
        guard record.died == nil else {
            throw Problem("contributions.heirs.died", field: "heir", "继承人\(record.name)已登记死亡,请按代位继承或转继承另列继承人")
        }
        return record.name
    }

    // MARK: In words

    /// What each takes, for whoever reviews it (分配试算).
    func sentences(of total: Money) -> [String] {
        guard manner != nil else { return [] }
        let amounts = Inheritance.amounts(of: total, shares)
        let lines = zip(shares, amounts).map { share, amount in
            "\(share.payee.name)(\(share.relation?.name ?? ""),份额 \(share.parts)):\(amount) 元,\(share.way)"
        }
        let isEqual = Set(shares.map(\.parts)).count == 1
        let uneven =
            manner == .statutory && !isEqual
            ? ["份额不等:同一顺序一般均等,不等的请核对继承人协商同意的书面材料(民法典第一千一百三十条)"] : []
        return ["\(manner?.name ?? ""),共 \(shares.count) 人分配 \(total) 元"] + lines + uneven
    }
}

extension AccountShare {
    /// 划入个人账户, or into which bank's.
    public var way: String {
        switch payee {
        case .bank(_, let account): "划入 \(account)"
        case .heir: "划入个人账户"
        }
    }
}
