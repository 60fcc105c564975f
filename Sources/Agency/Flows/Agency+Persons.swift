import Basics
import Benefits
import Contributions
import Control
import Enrolment
import Providers
import Settlement
import Storage

extension Agency {
    /// 1101 人员信息获取: who the person is, what he is insured for, and the balance of his account.
    public func personInformation(_ request: PersonInquiry, _ head: MessageHead) async throws -> PersonInformation {
        try await consult(head) { work in
            let id = try work.person(request.key)
            let insured = try Enrolment.requireInsured(work.tx, area: work.area, id)
            if let name = request.name, !name.isEmpty, name != insured.person.name {
                throw Problems(Problem("enrolment.person.otherName", field: "psn_name", "姓名与证件登记的不一致,请核对证件"))
            }
            let day = request.day ?? work.at.day
            return PersonInformation(
                insured: insured, age: insured.person.birth.age(on: day),
                spells: try insured.spells.map { try work.information(of: $0, insured, on: day) },
                accountBalance: try Contributions.balance(work.tx, area: work.area, of: id) ?? .zero)
        }
    }

    /// 2001 人员待遇享受检查: whether the fund answers for this care on this day, and if not, why.
    public func checkEntitlement(
        _ request: EntitlementInquiry, _ head: MessageHead
    ) async throws -> [EntitlementFinding] {
        try await consult(head) { work in try work.findings(request) }
    }
}

extension Work {
    func person(_ key: PersonInquiry.Key) throws -> ID<Person> {
        switch key {
        case .number(let id): return id
        case .paper(let kind, let number):
            let paper: IdentityPaper
            do throws(NationalID.Failure) {
                paper = try IdentityPaper(kind: kind, number: number)
            } catch {
                throw Problems(Problem("enrolment.person.paper", field: "certno", "证件号码 \(number) 不正确,请核对后重试"))
            }
            if let id = try Enrolment.find(tx, area: area, paper: paper) { return id }
            throw Problems(
                Problem("enrolment.person.unknownPaper", field: "certno", "没有持此证件的参保人,请核对证件号码和参保地"))
        case .card(let card):
            if let id = try Enrolment.find(tx, area: area, card: card) { return id }
            throw Problems(
                Problem("enrolment.person.unknownCard", field: "mdtrt_cert_no", "没有登记此凭证,请核对凭证编号或改用身份证"))
        }
    }

    func information(of spell: Spell, _ insured: InsuredPerson, on day: Day) throws -> SpellInformation {
        let suspended = spell.suspension(on: day)
        let ended = spell.period.last.map { $0 < day } ?? false
        let employer = try spell.employer.flatMap { try Enrolment.employer(tx, area: area, $0) }
        return SpellInformation(
            spell: spell, status: ended ? 4 : suspended == nil ? 1 : 2, suspendedSince: suspended,
            isCivilServant: insured.has(.civilServantSubsidy, on: day), employerName: employer?.name ?? "")
    }

    func findings(_ request: EntitlementInquiry) throws -> [EntitlementFinding] {
        let person = try Enrolment.requireInsured(tx, area: area, request.person)
        let day = request.begins
        if let objection = provider.objection(on: day) { return [.refused(objection, on: day)] }
        switch person.entitlement(on: day, under: request.insurance) {
        case .refused(let refusal): return [.refused(refusal.problem, on: day)]
        case .covered(let coverage):
            if let missing = try missingFiling(request) { return [.refused(missing, on: day)] }
            return [
                EntitlementFinding(
                    kind: 1, fund: coverage.insurance.pool, isEntitled: true, first: day, last: nil, ground: "")
            ]
        }
    }

    private func missingFiling(_ request: EntitlementInquiry) throws -> Problem? {
        guard request.careType == .chronicDisease || request.careType == .twoDiseases else { return nil }
        let filings = try self.filings(of: numbers(of: request.person), kind: .chronicDisease, on: request.begins)
        if filings.contains(where: { request.diseaseCode.isEmpty || $0.code == request.diseaseCode }) { return nil }
        return Problem(
            "settlement.filing.none", field: "dise_codg", "此人当日没有该病种的有效备案,请先办理慢特病备案(2503)")
    }
}

extension EntitlementFinding {
    static func refused(_ problem: Problem, on day: Day) -> EntitlementFinding {
        EntitlementFinding(kind: 1, fund: nil, isEntitled: false, first: day, last: nil, ground: problem.message)
    }
}
