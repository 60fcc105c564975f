import Basics
import Control
import Enrolment
import Sheets
import Storage

/// Goals, lists of people, and what is handed to the towns (目标任务与名单移交).
enum TargetMatters {
    static let kinds = [towns, targets, population, missing, burdens]

    private static let review = [
        RouteStep("reception", "受理", post: "enrolment.reception", limit: 1),
        RouteStep("review", "复核", post: "enrolment.review", limit: 3),
    ]
    private static let approval = review + [RouteStep("chief", "审批", post: "enrolment.chief", limit: 3)]

    /// 乡镇名录维护
    static let towns = MatterKind(
        code: "enrolment.towns.set", name: "乡镇名录维护", section: .enrolment,
        basis: "社会保险经办条例第三条",
        fields: [
            FormField(
                "sheet", "乡镇名录",
                .sheet(
                    SheetTemplate(
                        "乡镇名录",
                        [
                            .init("乡镇代码", example: "990100001"), .init("乡镇名称", example: "示范镇"),
                            .init("包片科室", isRequired: false, example: "参保登记科"),
                        ])), help: "只写新增和变更的乡镇")
        ], steps: review,
        check: { tx, draft in
            try problems { _ = try readTowns(draft.file(tx, "sheet")) }
        },
        effect: .atOnce { tx, approved in
            let sheet = try readTowns(approved.file(tx, "sheet"))
            let count = try Enrolment.setTowns(tx, sheet.lines.map(\.row), on: TargetGround(approved))
            return Carried([], "乡镇名录共 \(sheet.lines.count) 行,新增或变更 \(count) 个")
        })

    /// 下达目标任务
    static let targets = MatterKind(
        code: "enrolment.targets.set", name: "下达目标任务", section: .enrolment,
        basis: "国办发〔2024〕38号第四条",
        fields: [
            FormField(
                "sheet", "目标任务分解表",
                .sheet(
                    SheetTemplate(
                        "目标任务分解表",
                        [
                            .init("年度", example: "2026"), .init("指标", example: "居民参保人数"),
                            .init("乡镇代码", isRequired: false, example: "990100001"),
                            .init("科室", isRequired: false, example: ""), .init("目标", example: "12000"),
                        ])), help: "乡镇代码和科室都不填的是全县目标;征缴收入以元计")
        ], steps: approval,
        check: { tx, draft in
            try problems {
                let sheet = try readTargets(draft.file(tx, "sheet"))
                try Problems(Enrolment.objections(tx, to: sheet.lines.map(\.row), area: draft.area)).throwIfAny()
            }
        },
        effect: .atOnce { tx, approved in
            let sheet = try readTargets(approved.file(tx, "sheet"))
            let count = try Enrolment.setTargets(tx, sheet.lines.map(\.row), on: TargetGround(approved))
            return Carried([], "目标任务共 \(sheet.lines.count) 项,新增或变更 \(count) 项")
        })

    /// 名单导入
    static let population = MatterKind(
        code: "enrolment.population.import", name: "人口和救助对象名单导入", section: .enrolment,
        basis: "国办发〔2024〕38号第四条",
        fields: [
            FormField("kind", "名单类别", .choice(PopulationKind.allCases.map { ("\($0.rawValue)", $0.name) })),
            FormField("name", "名单名称", .text(max: 50), help: "如:2026年公安户籍人口"),
            FormField("asOf", "名单日期", .day),
            FormField(
                "sheet", "名单",
                .sheet(
                    SheetTemplate(
                        "人口和救助对象名单",
                        [
                            .init("证件号码", example: "身份证号"), .init("姓名", example: "张三"),
                            .init("乡镇代码", example: "990100001"), .init("证件类型", isRequired: false, example: "01"),
                            .init("出生日期", isRequired: false, example: "1980-01-31"),
                            .init("救助类别", isRequired: false, example: "低保对象"),
                            .init("联系电话", isRequired: false, example: ""),
                        ]))),
        ], steps: review,
        check: { tx, draft in
            try problems {
                let (text, name) = try text(draft.file(tx, "sheet"))
                let sheet = try Enrolment.readPopulation(text, file: name)
                try Enrolment.requireTowns(tx, area: draft.area, of: sheet.lines.map(\.row))
                let digest = Enrolment.digest(ofPopulation: text, kind: try draft.form.code("kind"))
                _ = try Enrolment.populationFile(
                    tx, area: draft.area, digest: digest, name: draft.form.text("name"), asOf: draft.form.day("asOf"))
            }
        },
        effect: .job(chunk: { tx, approved, _ in try takePopulation(tx, approved) }))

    /// Keeps the next part of a list. A file whose import was ended half-way is taken up where it stopped; one that another
    /// matter has brought meanwhile is refused.
    private static func takePopulation(_ tx: any Transaction, _ approved: Approved) throws -> JobStep {
        let (text, file) = try text(approved.file(tx, "sheet"))
        let lines = try Enrolment.readPopulation(text, file: file).lines.map(\.row)
        let ground = TargetGround(approved)
        let kind: PopulationKind = try approved.form.code("kind")
        let (name, asOf) = (approved.form.text("name"), try approved.form.day("asOf"))
        let list: ID<PopulationList>
        var kept = 0
        switch try Enrolment.populationFile(
            tx, area: approved.area, digest: Enrolment.digest(ofPopulation: text, kind: kind), name: name, asOf: asOf,
            by: approved.matter)
        {
        case .unfinished(let begun): (list, kept) = (begun.id, Int(begun.keptCount))
        case .new(let digest):
            list = try Enrolment.beginList(
                tx, lines, kind: kind, name: name, asOf: asOf, digest: digest, on: ground)
        }
        if kept < lines.count { kept = try Enrolment.keepNext(tx, lines, of: list, after: kept, on: ground) }
        if kept < lines.count { return .more(next: Int64(kept), done: kept, of: lines.count) }
        return .finished(Carried([("population", list.raw)], "名单共 \(lines.count) 人,编号 \(list)"))
    }

    /// 应保未保名单移交
    static let missing = MatterKind(
        code: "enrolment.missing.handOver", name: "应保未保名单移交乡镇", section: .enrolment,
        basis: "国办发〔2024〕38号第四条",
        fields: [FormField("list", "名单编号", .whole(1...Int64.max), help: "人口和救助对象名单导入后的编号")], steps: approval,
        check: { tx, draft in
            try problems { try Enrolment.requireWhole(tx, area: draft.area, list: ID(draft.form.whole("list"))) }
        },
        effect: handOver { .missing(ID(try $0.whole("list"))) })

    /// 防返贫名单移交
    static let burdens = MatterKind(
        code: "enrolment.burden.handOver", name: "个人负担较重人员移交乡镇", section: .enrolment,
        basis: "国办发〔2021〕42号第五条",
        fields: [FormField("month", "监测月份", .month, help: "统计到这个月底为止")], steps: approval,
        check: { _, draft in
            let month = try draft.form.month("month")
            if month.last < draft.today { return [] }
            return [Problem("enrolment.burden.month", field: "month", "\(month) 还没有结束,请在月末以后办理")]
        },
        effect: handOver { .burdened(try $0.month("month")) })

    /// People are looked for and handed over step by step: the counter waits for none of them.
    private static func handOver(
        _ scope: @escaping @Sendable (FormValues) throws -> HandOverRun.Scope
    ) -> MatterEffect {
        .job(chunk: { tx, approved, cursor in
            let run = HandOverRun(
                scope: try scope(approved.form), matter: approved.matter, ground: TargetGround(approved))
            return try run.step(tx, from: cursor, on: approved.at.day)
        })
    }

    // MARK: Reading

    private static func text(_ file: AttachedFile?) throws -> (text: String, name: String) {
        guard let file else { throw Problem("matter.form.missing", field: "sheet", "请上传表格") }
        return (try SheetText.read(file.bytes, name: file.name), file.name)
    }

    private static func readTowns(_ file: AttachedFile?) throws -> ImportSheet<Town> {
        let (text, name) = try text(file)
        return try Enrolment.readTowns(text, file: name)
    }

    private static func readTargets(_ file: AttachedFile?) throws -> ImportSheet<Target> {
        let (text, name) = try text(file)
        return try Enrolment.readTargets(text, file: name)
    }

    /// A check answers with problems where a use case throws them.
    private static func problems(_ work: () throws -> Void) throws -> [Problem] {
        do { try work() } catch let problems as Problems { return problems.all } catch let problem as Problem {
            return [problem]
        }
        return []
    }
}

extension TargetGround {
    /// The ground of a matter's effect.
    init(_ approved: Approved) {
        self.init(area: approved.area, actor: approved.actor, at: approved.at, matter: approved.matter)
    }
}
