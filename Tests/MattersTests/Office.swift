import Basics
@testable import Control
import Policy
import Storage
import StoreKit

/// A small office with its posts and people, and four kinds of matters whose effects write to a table of the test's own.
struct Office {
    static let area = AreaCode(990100)
    /// A Monday.
    static let morning = Moment(Day("2026-03-02")!, hour: 9)
    static let today = morning.day

    let store: any Store
    let people: [String: ID<StaffMember>]
    let matters = Matters(area: area, catalogue: MatterCatalogue(kinds), calendar: calendar) { _, _, concern in
        Office.registers[concern]
    }

    /// Whom the registers of this office know.
    static let registers: [MatterConcern: SubjectName] = [
        .person(ID(7)): SubjectName("示范甲", paper: "99010019800101001X", hint: "990100********001X"),
        .employer(ID(3)): SubjectName("示范公司", paper: "91990100MA0YBYB01X"),
    ]

    static let calendar = try! WorkCalendar(
        csv: """
            day,kind,name,basis
            2026-01-01,off,元旦,测试
            2026-04-06,off,清明节,测试
            2027-01-01,off,元旦,测试
            """, file: "calendar.csv")

    // MARK: Posts

    static let plan = OrganisationPlan(
        sections: [Section(code: "s", name: "经办科"), Section(code: "t", name: "征缴科")],
        posts: [
            post("reception", "受理岗"), post("review", "复核岗"),
            post("chief", "科长", [.matters, .organisation]), post("deputy", "分管领导"),
            post("committee", "合议岗"), post("office", "办公室"), post("audit", "稽核岗", [.matters, .everyMatter]),
            post("levy", "征缴岗", section: "t"),
        ],
        incompatible: [
            IncompatiblePosts("reception", "review", .samePerson, basis: "录入与复核不得一人"),
            IncompatiblePosts("chief", "deputy", .sameMatter, basis: "同一办件的两级审批不得一人"),
        ],
        limits: ControlLimit.Code.allCases.map { ControlLimit($0, 90, name: $0.rawValue, basis: "测试") })

    private static func post(
        _ code: PostCode, _ name: String, _ opens: Set<Permission> = [.matters], section: String = "s"
    ) -> Post {
        Post(code: code, name: name, section: section, permissions: opens)
    }

    /// Who holds what: `甲` opens, `乙` could as well; `丙` and `丁` review.
    static let staffing: [(name: String, login: String, post: PostCode)] = [
        ("甲", "jia", "reception"), ("乙", "yi", "reception"), ("丙", "bing", "review"), ("丁", "ding", "review"),
        ("戊", "wu", "chief"), ("己", "ji", "deputy"), ("庚", "geng", "office"), ("辛", "xin", "audit"),
        ("一", "m1", "committee"), ("二", "m2", "committee"), ("三", "m3", "committee"), ("四", "m4", "committee"),
        ("五", "m5", "committee"), ("子", "zi", "levy"),
    ]

    static let setUp = Ground("测试", by: .system, at: morning)

    // MARK: Kinds

    static let kinds = [simple, joint, job, single, about, jointAbout, list, recorded, between]

    /// 受理 → 复核 → 科长 from 100,000 yuan on.
    static let simple = MatterKind(
        code: "test.simple", name: "登记", section: .enrolment, basis: "测试",
        fields: [
            FormField("name", "名称", .text(max: 50)), FormField("amount", "金额", .money, isRequired: false),
            FormField("file", "名单", .file, isRequired: false),
        ],
        papers: [
            PaperKind("proof", "证明", basis: "测试", isRequired: false),
            PaperKind("licence", "执照", basis: "测试", isRequired: false),
        ],
        steps: [
            RouteStep("reception", "受理", post: "reception", limit: 1),
            RouteStep("review", "复核", post: "review", limit: 3),
            RouteStep("chief", "审批", post: "chief", limit: 3, from: Money(yuan: 100_000)),
        ],
        supplyLimit: 5, amount: { $0.moneyIfGiven("amount") },
        check: { _, draft in
            draft.form.text("name") == "不合" ? [Problem("test.check", field: "name", "名称不合规定,请更换")] : []
        },
        effect: .atOnce { tx, approved in
            try write(tx, approved, 1)
            if approved.form.text("name") == "失败" {
                throw Problem("test.effect", "对方账户已销户,请先更正账户")
            }
            if approved.form.text("name") == "重复" { try write(tx, approved, 1) }
            return Carried([("entry", approved.matter.raw)], "已登记")
        },
        prints: [PrintKind("receipt", "回执")])

    /// 受理 → five members, 67 %.
    static let joint = MatterKind(
        code: "test.joint", name: "合议", section: .office, basis: "测试",
        fields: [FormField("name", "名称", .text(max: 50))],
        steps: [
            RouteStep("reception", "受理", post: "reception", limit: 1),
            RouteStep("committee", "合议", post: "committee", limit: 5, signing: .percent(67)),
        ],
        effect: .atOnce { tx, approved in
            try write(tx, approved, 1)
            if approved.form.text("name") == "失败" { throw Problem("test.effect", "对方账户已销户,请先更正账户") }
            return Carried([], "已通过")
        })

    /// Writes a hundred entries, ten a chunk; a stone in the way stops it.
    static let job = MatterKind(
        code: "test.job", name: "批量", section: .contributions, basis: "测试",
        fields: [FormField("name", "名称", .text(max: 50))],
        steps: [
            RouteStep("reception", "受理", post: "reception", limit: 1),
            RouteStep("review", "复核", post: "review", limit: 3),
        ],
        effect: .job { tx, approved, cursor in
            for no in cursor + 1...cursor + 10 { try write(tx, approved, no) }
            if try tx.first("SELECT id FROM stone WHERE id = ?", .int(cursor), read: { try $0.int(0) }) != nil {
                throw Problem("test.stone", "第 \(cursor + 1) 行起的数据有误,请更正后恢复")
            }
            let done = cursor + 10
            guard done < 100 else { return .finished(Carried([("run", approved.matter.raw)], "已写入 100 行")) }
            return .more(next: done, done: Int(done), of: 100)
        })

    /// Accepted and carried out by one person.
    static let single = MatterKind(
        code: "test.single", name: "查询回执", section: .office, basis: "测试",
        fields: [FormField("name", "名称", .text(max: 50))],
        steps: [RouteStep("reception", "受理", post: "reception", limit: 1)],
        effect: .atOnce { _, _ in Carried([], "已出具") })

    /// About a person, an employer or a colleague; 受理 → 复核 → 科长 from 100,000 yuan on.
    static let about = MatterKind(
        code: "test.about", name: "更正", section: .enrolment, basis: "测试",
        fields: [
            FormField("name", "名称", .text(max: 50)), FormField("amount", "金额", .money, isRequired: false),
            FormField("person", "参保人", .person, isRequired: false),
            FormField("employer", "单位", .employer, isRequired: false),
            FormField("staff", "同事", .staff, isRequired: false),
            FormField("witness", "见证人", .staff, isRequired: false, isConcerned: false),
        ],
        papers: [PaperKind("proof", "证明", basis: "测试", isRequired: false)], steps: simple.steps,
        amount: { $0.moneyIfGiven("amount") },
        effect: .atOnce { tx, approved in
            try write(tx, approved, 1)
            return Carried(approved.form.personIfGiven("person").map { [("person", $0.raw)] } ?? [], "已更正")
        })

    /// 受理 → five members, all of them, about the person behind a number.
    static let jointAbout = MatterKind(
        code: "test.jointAbout", name: "合议", section: .office, basis: "测试",
        fields: [FormField("name", "名称", .text(max: 50))],
        steps: [
            RouteStep("reception", "受理", post: "reception", limit: 1),
            RouteStep("committee", "合议", post: "committee", limit: 5, signing: .all),
        ],
        effect: .atOnce { tx, approved in
            try write(tx, approved, 1)
            return Carried([], "已通过")
        }
    ).concerning { _, _, form in form.text("name") == "某人的事" ? [.person(ID(7))] : [] }

    /// People in the lines of a table.
    static let list = MatterKind(
        code: "test.list", name: "名单", section: .enrolment, basis: "测试",
        fields: [
            FormField("name", "批次", .text(max: 50), isRequired: false),
            FormField("employer", "单位", .employer, isRequired: false),
            FormField(
                "sheet", "名单", .sheet(SheetTemplate("名单", [.init("姓名", example: "示范甲"), .init("证件号码", example: "")]))),
            FormField("ground", "办理依据", .text(max: 100), isRequired: false),
        ],
        steps: [
            RouteStep("reception", "受理", post: "reception", limit: 1),
            RouteStep("review", "复核", post: "review", limit: 3),
        ],
        effect: .atOnce { _, _ in Carried([], "已办理") })

    /// 受理 → 复核 → 科长 from 100,000 yuan on → 分管, by what the office's account holds; overdrawn, it is not carried out.
    static let recorded = MatterKind(
        code: "test.recorded", name: "清退", section: .accounts, basis: "测试",
        fields: [FormField("name", "名称", .text(max: 50)), FormField("file", "名单", .file, isRequired: false)],
        papers: [PaperKind("proof", "证明", basis: "测试", isRequired: false)],
        steps: [
            RouteStep("reception", "受理", post: "reception", limit: 1),
            RouteStep("review", "复核", post: "review", limit: 3),
            RouteStep("chief", "审批", post: "chief", limit: 3, from: Money(yuan: 100_000)),
            RouteStep("deputy", "分管", post: "deputy", limit: 3),
        ],
        check: { tx, _ in
            try held(tx) < .zero ? [Problem("test.overdrawn", field: "name", "账户透支,请先补足")] : []
        },
        effect: .atOnce { tx, approved in
            try write(tx, approved, 1)
            return Carried([], "已付 \(try held(tx)) 元")
        }
    ).measuring { tx, _, _, _ in try held(tx) }

    /// 受理 → five members, all of them → 科长; overdrawn, it is not carried out.
    static let between = MatterKind(
        code: "test.between", name: "例外", section: .control, basis: "测试",
        fields: [FormField("name", "名称", .text(max: 50))],
        steps: [
            RouteStep("reception", "受理", post: "reception", limit: 1),
            RouteStep("committee", "合议", post: "committee", limit: 5, signing: .all),
            RouteStep("chief", "审批", post: "chief", limit: 3),
        ],
        check: recorded.check,
        effect: .atOnce { tx, approved in
            try write(tx, approved, 1)
            return Carried([], "已批准")
        })

    /// What the office's account holds.
    private static func held(_ tx: any Transaction) throws -> Money {
        try tx.first("SELECT fen FROM held ORDER BY no DESC LIMIT 1") { try $0.money(0) } ?? .zero
    }

    func hold(_ yuan: Int64) async throws {
        try await store.write { tx in
            let no = try tx.first("SELECT count(*) FROM held") { try $0.int(0) } ?? 0
            try tx.execute("INSERT INTO held (no, fen) VALUES (?, ?)", .int(no), Value(Money(yuan: yuan)))
        }
    }

    private static func write(_ tx: any Transaction, _ approved: Approved, _ no: Int64) throws {
        try tx.execute(
            "INSERT INTO entry (matter, no, actor, at) VALUES (?, ?, ?, ?)", Value(approved.matter), .int(no),
            .int(approved.actor.columns.number), Value(approved.at))
    }

    static let migrations =
        ControlSchema.migrations + MatterSchema.migrations + SamplingSchema.migrations + [
            Migration(
                "office.1",
                [
                    """
                    CREATE TABLE entry (
                        matter {int} NOT NULL, no {int} NOT NULL, actor {int} NOT NULL, at {int} NOT NULL,
                        PRIMARY KEY (matter, no)) {strict}
                    """,
                    "CREATE TABLE stone (id {int} NOT NULL, PRIMARY KEY (id)) {strict}",
                    "CREATE TABLE held (no {int} NOT NULL, fen {int} NOT NULL, PRIMARY KEY (no)) {strict}",
                ])
        ]

    // MARK: The house

    static func with(_ kind: StoreKind, _ body: (Office) async throws -> Void) async throws {
        try await withStore(kind, migrations) { store in
            let people = try await store.write { tx in
                try Organisation.establish(tx, area: area, plan, on: setUp)
                var people: [String: ID<StaffMember>] = [:]
                for (name, login, post) in staffing {
                    let id = try Staff.open(tx, area: area, login: login, displayName: name, on: setUp)
                    try Organisation.grant(tx, area: area, post, to: id, from: today, on: setUp)
                    people[name] = id
                }
                return people
            }
            try await body(Office(store: store, people: people))
        }
    }

    func id(_ name: String) -> ID<StaffMember> { people[name]! }

    static func ground(_ at: Moment) -> Ground { Ground("测试", by: .system, at: at) }

    func grant(_ post: PostCode, to name: String) async throws {
        let person = id(name)
        try await store.write { tx in
            _ = try Organisation.grant(
                tx, area: Office.area, post, to: person, from: Office.today, on: Office.setUp)
        }
    }

    /// `name` stands in for `absent` for thirty days.
    func substitute(_ post: PostCode, for absent: String, by name: String) async throws {
        let (absent, person) = (id(absent), id(name))
        try await store.write { tx in
            _ = try Organisation.substitute(
                tx, area: Office.area, post, for: absent, by: person, from: Office.today, through: Office.today + 30,
                on: Office.setUp)
        }
    }

    func take(_ post: PostCode, from name: String, at: Moment = morning + 60) async throws {
        let person = id(name)
        try await store.write { tx in
            for held in try Organisation.standing(tx, area: Office.area, of: person, from: at.day)
            where held.post == post {
                try Organisation.withdraw(tx, area: Office.area, held.grant, on: Office.ground(at))
            }
        }
    }

    // MARK: Acting

    @discardableResult
    func open(
        _ kind: MatterKind = simple, _ name: String = "示例公司", amount: String? = nil, more: [String: String] = [:],
        papers: [AttachedPaper] = [], by person: String = "甲", at: Moment = morning, accept: Bool = true
    ) async throws -> ID<Matter> {
        var form = ["name": name].merging(more) { $1 }
        form["amount"] = amount
        let (typed, staff) = (form, id(person))
        return try await store.write { [matters] tx in
            try matters.open(tx, kind.code, form: typed, papers: papers, by: staff, at: at, accept: accept).matter
        }
    }

    /// A list of these papers, handed in for an employer.
    func open(list papers: [String], for employer: String = "", by person: String = "甲") async throws -> ID<Matter> {
        let text = "姓名,证件号码\n" + papers.map { "示范,\($0)\n" }.joined()
        let hash = try await store.write { tx in
            try Attachments.keep(
                tx, area: Office.area, name: "增员.csv", bytes: Array(text.utf8), at: Office.morning)
        }
        let more = ["sheet": "\(hash)", "employer": employer, "ground": "解除劳动合同证明"]
        return try await open(Office.list, "", more: more, by: person)
    }

    /// Acts on the matter as it stands now, unless an older version is named.
    @discardableResult
    func act(
        _ matter: ID<Matter>, _ verb: MatterVerb, by person: String, seen: Int64? = nil, at: Moment = morning + 3600
    ) async throws -> MatterOutcome {
        let staff = id(person)
        return try await store.write { [matters] tx in
            let version = try seen ?? MatterFile.load(tx, area: Office.area, matter)!.status.version
            return try matters.act(tx, matter, verb, seen: version, by: staff, at: at)
        }
    }

    /// The codes with which an act is refused; nil when it was not.
    func refusal(
        _ matter: ID<Matter>, _ verb: MatterVerb, by person: String, seen: Int64? = nil, at: Moment = morning + 3600
    ) async throws -> [String]? {
        try await Office.codes { try await act(matter, verb, by: person, seen: seen, at: at) }
    }

    static func codes(_ body: () async throws -> Void) async throws -> [String]? {
        do {
            try await body()
            return nil
        } catch let problem as Problem {
            return [problem.code]
        } catch let problems as Problems {
            return problems.all.map(\.code)
        }
    }

    // MARK: Looking

    func file(_ matter: ID<Matter>) async throws -> MatterFile {
        try await store.read { tx in try MatterFile.load(tx, area: Office.area, matter)! }
    }

    func state(_ matter: ID<Matter>) async throws -> MatterState { try await file(matter).status.state }

    /// The name of the step the matter stands in.
    func step(_ matter: ID<Matter>) async throws -> String {
        let file = try await file(matter)
        return file.stage(at: file.status.position)!.name
    }

    func view(_ matter: ID<Matter>, for person: String, at: Moment = morning + 3600) async throws -> MatterView {
        let staff = id(person)
        return try await store.read { [matters] tx in try matters.view(tx, matter, for: staff, at: at) }
    }

    func todo(_ person: String, at: Moment = morning + 3600) async throws -> [ID<Matter>] {
        let staff = id(person)
        return try await store.read { [matters] tx in try matters.todo(tx, of: staff, at: at).map(\.matter) }
    }

    /// How many entries the effect of a matter has written.
    func entries(_ matter: ID<Matter>) async throws -> Int64 {
        try await store.read { tx in
            try tx.first("SELECT count(*) FROM entry WHERE matter = ?", Value(matter)) { try $0.int(0) } ?? 0
        }
    }

    /// Everything that `yibao verify` would find wrong.
    func verify() async throws -> [Problem] {
        try await store.read { tx in
            try Verifier(
                area: Office.area, sources: Matters.evidence,
                checks: [{ tx, area in try Matters.verify(tx, area: area) }]
            ).run(tx).problems.all
        }
    }
}
