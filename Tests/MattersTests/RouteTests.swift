import Basics
@testable import Control
import Storage
import StoreKit
import Testing

@Suite("A matter goes its way")
struct RouteTests {
    @Test("The amount raises the level of approval", arguments: StoreKind.allCases)
    func amounts(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let small = try await office.open(amount: "99999.99")
            #expect(try await office.act(small, .agree("同意"), by: "丙").isCarriedOut)
            let large = try await office.open(amount: "100000")
            #expect(try await office.act(large, .agree("同意"), by: "丙").state == .underWay)
            #expect(try await office.step(large) == "审批")
            #expect(try await office.entries(large) == 0)
            #expect(try await office.act(large, .agree("同意"), by: "戊").isCarriedOut)
        }
    }

    @Test("Returned to an earlier step, each step is the same person's again", arguments: StoreKind.allCases)
    func returned(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(amount: "200000", by: "乙")
            try await office.act(matter, .agree("同意"), by: "丁")
            #expect(
                try await office.refusal(matter, .giveBack(to: "reception", reason: " "), by: "戊") == [
                    "matter.reason.missing"
                ])
            #expect(
                try await office.refusal(matter, .giveBack(to: "chief", reason: "错"), by: "戊") == [
                    "matter.return.target"
                ])
            try await office.act(matter, .giveBack(to: "reception", reason: "名称有误"), by: "戊")
            #expect(try await office.state(matter) == .draft)
            // It is 乙's, not any receptionist's.
            #expect(try await office.todo("乙") == [matter])
            #expect(try await office.todo("甲").isEmpty)
            #expect(try await office.refusal(matter, .accept(""), by: "甲") == ["matter.act.notYours"])
            try await office.act(matter, .revise(form: ["name": "更正", "amount": "200000"], papers: []), by: "乙")
            try await office.act(matter, .accept("已更正"), by: "乙")
            #expect(try await office.todo("丁") == [matter])
            #expect(try await office.todo("丙").isEmpty)
            try await office.act(matter, .agree("同意"), by: "丁")
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
            let view = try await office.view(matter, for: "乙")
            #expect(
                view.acts.contains {
                    $0.kind == .returned && $0.opinion == "名称有误" && $0.target == "受理" && $0.name == "戊"
                })
            #expect(view.formVersion == 2)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Returned to one who has left the post, the step is any holder's", arguments: StoreKind.allCases)
    func returnedToLeaver(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(amount: "200000")
            try await office.act(matter, .agree("同意"), by: "丁")
            try await office.take("review", from: "丁")
            try await office.act(matter, .giveBack(to: "review", reason: "再核一次"), by: "戊")
            #expect(try await office.todo("丙") == [matter])
            try await office.act(matter, .agree("已再核"), by: "丙")
            #expect(try await office.act(matter, .agree("同意"), by: "戊").isCarriedOut)
        }
    }

    @Test("Time limits are working days, and missing papers stop the clock", arguments: StoreKind.allCases)
    func clock(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            // Accepted on Thursday 2 April; Monday the 6th is a holiday: three working days end on Wednesday the 8th.
            let thursday = Moment(Day("2026-04-02")!, hour: 9)
            let matter = try await office.open(at: thursday)
            var due = try await office.file(matter).openTasks[0].dueDay
            #expect(due == Day("2026-04-08"))
            // Asked for papers on Friday with two working days left, supplied the Friday after: due on the Tuesday.
            try await office.act(matter, .askForPapers("缺营业执照"), by: "丙", at: thursday + 86_400)
            #expect(try await office.state(matter) == .supplying)
            #expect(try await office.todo("丙", at: thursday + 86_400).isEmpty)
            #expect(try await office.todo("甲", at: thursday + 86_400) == [matter])
            let friday = Moment(Day("2026-04-10")!, hour: 9)
            #expect(
                try await office.refusal(matter, .supply(form: nil, papers: [], note: "已补"), by: "甲", at: friday) == [
                    "matter.supply.nothing"
                ])
            let paper = try await AttachmentTests.paper(office, "licence", "执照.pdf")
            try await office.act(matter, .supply(form: nil, papers: [paper], note: "已补"), by: "甲", at: friday)
            due = try await office.file(matter).openTasks[0].dueDay
            #expect(due == Day("2026-04-14"))
            #expect(try await office.todo("丙", at: friday) == [matter])
            #expect(try await office.act(matter, .agree("同意"), by: "丙", at: friday).isCarriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Papers that never come end the matter", arguments: StoreKind.allCases)
    func expired(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            try await office.act(matter, .askForPapers("缺执照"), by: "丙")
            // Five working days after Monday 2 March: Monday the 9th is the last.
            #expect(try await upkeep(office, Day("2026-03-09")!).isEmpty)
            #expect(try await upkeep(office, Day("2026-03-10")!) == [matter])
            #expect(try await office.state(matter) == .expired)
            #expect(try await upkeep(office, Day("2026-03-11")!).isEmpty)
            #expect(
                try await office.refusal(matter, .supply(form: ["name": "x"], papers: [], note: ""), by: "甲") == [
                    "matter.state"
                ])
            #expect(try await office.verify().isEmpty)
        }
    }

    private func upkeep(_ office: Office, _ day: Day) async throws -> [ID<Matter>] {
        try await office.store.write { [matters = office.matters] tx in try matters.upkeep(tx, at: Moment(day, hour: 8))
        }
    }

    @Test("Withdrawn by whoever opened it, until it is approved", arguments: StoreKind.allCases)
    func withdrawn(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            #expect(try await office.refusal(matter, .withdraw("错了"), by: "丙") == ["matter.withdraw.notYours"])
            #expect(try await office.act(matter, .withdraw("申请人撤回"), by: "甲").state == .withdrawn)
            #expect(try await office.todo("丙").isEmpty)
            #expect(try await office.refusal(matter, .agree(""), by: "丙") == ["matter.state"])
            let done = try await office.open()
            try await office.act(done, .agree(""), by: "丙")
            #expect(try await office.refusal(done, .withdraw("错了"), by: "甲") == ["matter.state"])
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Disagreeing in a step of one person ends the matter with the reason", arguments: StoreKind.allCases)
    func rejected(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open()
            #expect(try await office.refusal(matter, .disagree(""), by: "丙") == ["matter.reason.missing"])
            #expect(try await office.refusal(matter, .abstain("不便表态"), by: "丙") == ["matter.vote.abstain"])
            #expect(try await office.act(matter, .disagree("不符合条件"), by: "丙").state == .rejected)
            #expect(try await office.entries(matter) == 0)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("A kind of one step is carried out by its acceptance", arguments: StoreKind.allCases)
    func single(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let matter = try await office.open(Office.single)
            #expect(try await office.state(matter) == .carriedOut)
            #expect(try await office.verify().isEmpty)
        }
    }

    @Test("Statistics count what an inspection asks, and lead to the matters behind", arguments: StoreKind.allCases)
    func statistics(_ kind: StoreKind) async throws {
        try await Office.with(kind) { office in
            let single = try await office.open(Office.single)
            let slow = try await office.open()
            try await office.act(slow, .agree(""), by: "丙", at: Moment(Day("2026-03-20")!, hour: 9))
            let back = try await office.open(amount: "200000")
            try await office.act(back, .agree(""), by: "丙")
            try await office.act(back, .giveBack(to: "review", reason: "再核"), by: "戊")
            try await office.act(back, .agree(""), by: "丙")
            try await office.act(back, .agree(""), by: "戊")
            let failed = try await office.open(Office.simple, "失败")
            try await office.act(failed, .agree(""), by: "丙")
            try await office.act(failed, .withdraw("不办了"), by: "甲")
            // Neither of these has ended: a return and a late step count all the same.
            let waiting = try await office.open()
            let handed = try await office.open()
            try await office.act(handed, .giveBack(to: "reception", reason: "缺页"), by: "丙")
            let (first, last) = (Day("2026-03-01")!, Day("2026-03-31")!)
            func behind(_ figure: MatterFigure) async throws -> [ID<Matter>] {
                try await office.store.read { tx in
                    let lines = try Matters.behind(
                        tx, area: Office.area, figure, from: first, through: last, today: last)
                    let count = try Matters.count(
                        tx, area: Office.area, figure, from: first, through: last, today: last)
                    #expect(lines.count == count, "\(figure)")
                    return lines.map(\.matter)
                }
            }
            #expect(try await behind(.carriedOut) == [back, slow, single])
            #expect(try await behind(.unreviewed) == [single])
            #expect(try await behind(.reviewed) == [handed, back, slow])
            #expect(try await behind(.returned) == [handed, back])
            #expect(try await behind(.overdue) == [handed, waiting, slow])
            #expect(try await behind(.failed) == [failed])
            #expect(try await behind(.approved(by: "chief")) == [back])
            let (march, april) = try await office.store.read { tx in
                (
                    try Matters.punctuality(tx, area: Office.area, from: first, through: last, today: last),
                    try Matters.punctuality(tx, area: Office.area, from: first + 31, through: last + 30, today: last)
                )
            }
            #expect(march.doneLate == 1 && march.openLate == 2)
            #expect(april.done == 0 && april.doneLate == 0)
        }
    }
}
