import Basics

/// Where a part of a closed account goes (清退去向). Principal and interest are the person's own and are inherited:
/// 国发〔1998〕44号 第四条, 社会保险法 第十四条 in its spirit.
public enum AccountPayee: Hashable, Sendable {
    /// To a bank account, of the person who emigrates or of an heir (划入银行账户).
    case bank(name: String, account: String)
    /// To an heir's own personal account (划入继承人个人账户).
    case heir(ID<Person>, name: String)

    public var name: String {
        switch self {
        case .bank(let name, _), .heir(_, let name): name
        }
    }

    var columns: (kind: Int64, person: ID<Person>?, name: String, account: String) {
        switch self {
        case .bank(let name, let account): (1, nil, name, account)
        case .heir(let person, let name): (2, person, name, "")
        }
    }
}

/// How an heir stands to the dead (与死者关系), as the law knows them: 民法典 第一千一百二十七条至第一千一百二十九条.
public enum HeirRelation: Int64, Sendable, CaseIterable {
    /// 配偶
    case spouse = 1
    /// 子女
    case child = 2
    /// 父母
    case parent = 3
    /// 代位继承的子女的晚辈直系血亲
    case grandchild = 4
    /// 尽了主要赡养义务的丧偶儿媳、女婿
    case supporter = 5
    /// 兄弟姐妹
    case sibling = 6
    /// 祖父母、外祖父母
    case grandparent = 7
    /// 代位继承的兄弟姐妹的子女
    case nephew = 8
    /// 遗嘱继承人、受遗赠人 who is none of these
    case named = 9

    public var name: String {
        switch self {
        case .spouse: "配偶"
        case .child: "子女"
        case .parent: "父母"
        case .grandchild: "代位继承的孙辈"
        case .supporter: "尽主要赡养义务的丧偶儿媳女婿"
        case .sibling: "兄弟姐妹"
        case .grandparent: "祖父母外祖父母"
        case .nephew: "代位继承的侄甥"
        case .named: "遗嘱受益人"
        }
    }

    /// 继承顺序; nil for whom only a will names.
    public var order: Int? {
        switch self {
        case .spouse, .child, .parent, .grandchild, .supporter: 1
        case .sibling, .grandparent, .nephew: 2
        case .named: nil
        }
    }
}

/// By what the heirs take (继承方式).
public enum InheritanceManner: Int64, Sendable, CaseIterable {
    /// 法定继承
    case statutory = 1
    /// 遗嘱继承、遗赠
    case will = 2
    /// 继承协议、人民法院裁判
    case settled = 3

    public var name: String {
        switch self {
        case .statutory: "法定继承"
        case .will: "遗嘱继承或遗赠"
        case .settled: "继承协议或法院裁判"
        }
    }
}

/// One of those who take what an account leaves (清退分配).
public struct AccountShare: Hashable, Sendable {
    public var payee: AccountPayee
    /// Parts of the whole (份额): 1 and 1 are halves, 60 and 40 are three fifths and two.
    public var parts: Int64
    /// Nil of whoever is paid what is his own.
    public var relation: HeirRelation?
    /// 证件, by its kind and number; empty where one payee takes all.
    public var paper: String
    /// 继承关系证明, by its kind and number.
    public var proof: String

    public init(
        _ payee: AccountPayee, parts: Int64 = 1, relation: HeirRelation? = nil, paper: String = "", proof: String = ""
    ) {
        self.paper = paper
        self.payee = payee
        self.parts = parts
        self.relation = relation
        self.proof = proof
    }
}

/// Sharing what the dead have left (遗产分配).
public enum Inheritance {
    public static let heirsMax = 50

    /// What the law or arithmetic says against a list of heirs; all at once.
    public static func problems(_ shares: [AccountShare], _ manner: InheritanceManner) -> [Problem] {
        var problems = Problems()
        if shares.isEmpty || shares.count > heirsMax {
            problems.add("contributions.heirs.count", field: "sheet", "继承人应为 1 至 \(heirsMax) 人,请核对分配名单")
        }
        if shares.contains(where: { $0.parts <= 0 }) {
            problems.add("contributions.heirs.parts", field: "sheet", "份额应大于 0,不分给的人不写入名单")
        }
        let papers = shares.map(\.paper).filter { !$0.isEmpty }
        if Set(shares.map(\.payee)).count < shares.count || Set(papers).count < papers.count {
            problems.add("contributions.heirs.twice", field: "sheet", "同一继承人出现两次,请合并为一行")
        }
        if let twice = shares.compactMap(\.relation).first(where: { $0 == .spouse }),
            shares.filter({ $0.relation == twice }).count > 1
        {
            problems.add("contributions.heirs.spouse", field: "sheet", "配偶只能有一人,请核对与死者关系")
        }
        if manner == .statutory { order(shares, &problems) }
        return problems.all
    }

    /// 民法典 第一千一百二十七条: while there is an heir of the first order, none of the second inherits; others inherit
    /// only by a will.
    private static func order(_ shares: [AccountShare], _ problems: inout Problems) {
        let orders = shares.map { $0.relation?.order }
        if orders.contains(nil) {
            problems.add(
                "contributions.heirs.named", field: "manner", "法定继承人以外的人只凭遗嘱、遗赠、协议或裁判继承,请改选继承方式并核对材料")
        }
        if Set(orders.compactMap(\.self)).count > 1 {
            problems.add(
                "contributions.heirs.order", field: "sheet",
                "有第一顺序继承人的,第二顺序继承人(兄弟姐妹、祖父母、外祖父母)不继承(民法典第一千一百二十七条),请核对名单或改选继承方式")
        }
    }

    /// What each takes of an amount: together the whole of it, to the fen.
    public static func amounts(of total: Money, _ shares: [AccountShare]) -> [Money] {
        Apportionment(shares.map { Money(fen: $0.parts) }).shares(from: .zero, to: total)
    }
}
