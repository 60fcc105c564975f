import Basics
import Benefits
import Control
import Enrolment
import Policy
import Providers
import Settlement
import Storage

extension EventKind {
    /// 待遇备案
    public static let filed: EventKind = "settlement.filed"
    /// 备案撤销
    public static let filingWithdrawn: EventKind = "settlement.filingWithdrawn"
}

extension Agency {
    /// 2501 转院备案, 2503 慢特病备案, 2505 定点备案: answered with the filing's number (`trt_dcla_detl_sn`).
    public func file(_ request: FilingRequest, _ head: MessageHead) async throws -> ID<Filing> {
        try await once(head, .filed) { work in
            let id = try work.file(request)
            return (.filing(id), id)
        } again: { _, answer in
            guard case .filing(let id) = answer else { throw StoreError.damaged("message.answer") }
            return id
        }
    }

    /// 2502, 2504, 2506 备案撤销
    public func withdrawFiling(_ request: FilingWithdrawalRequest, _ head: MessageHead) async throws {
        try await once(head, .filingWithdrawn) { work in
            try work.withdraw(request)
            return (.filing(request.filing), ())
        } again: { _, _ in
        }
    }
}

extension Work {
    func file(_ request: FilingRequest) throws -> ID<Filing> {
        var problems = Problems()
        let person = try Enrolment.requireInsured(tx, area: area, request.person)
        guard let period = Period(from: request.first, through: request.last) else {
            throw Problems(Problem("settlement.filing.period", field: "enddate", "结束日期早于开始日期,请核对"))
        }
        let entitlement = person.entitlement(on: request.first, under: request.insurance)
        if case .refused(let refusal) = entitlement { problems.all.append(refusal.problem) }
        if request.kind == .chronicDisease, request.code.isEmpty {
            problems.add("settlement.filing.disease", field: "opsp_dise_code", "请填写慢特病病种编码")
        }
        try refuseUnknownDisease(request, entitlement, &problems)
        if request.kind == .designatedProvider, providers[request.providerCode] == nil {
            problems.add(
                "settlement.filing.provider", field: "fixmedins_code",
                "没有编号为 \(request.providerCode) 的定点医药机构,请核对编号")
        }
        try refuseOverlap(request, period, &problems)
        try problems.throwIfAny()
        let id = try tx.nextID(Filing.self, "filing")
        let filing = FilingRecord(
            area: area, id: id, kind: request.kind, person: request.person,
            insurance: try entitlement.require().insurance, filedBy: provider.id, providerCode: request.providerCode,
            providerName: request.providerName, code: request.code, name: request.name, period: period,
            order: request.order, filedAt: at, actor: head.operatorCode, extra: request.extra)
        try SettlementDesk.file(filing, tx, &written)
        references.filing = id
        return id
    }

    /// What is filed must be a disease for which the area gives something today (门诊慢特病、两病病种目录).
    private func refuseUnknownDisease(
        _ request: FilingRequest, _ entitlement: Entitlement, _ problems: inout Problems
    ) throws {
        guard request.kind == .chronicDisease, !request.code.isEmpty, case .covered(let coverage) = entitlement
        else { return }
        let scheme = try agency.shelf.terms(agency.policies.area(area), coverage.insurance, on: at.day).scheme(
            coverage.insurance)
        let code = DiseaseCode(request.code)
        let isKnown = code.map { scheme?.chronic?.disease($0) != nil || scheme?.twoDiseases?.disease($0) != nil }
        guard isKnown != true else { return }
        problems.add(
            "settlement.filing.diseaseUnknown", field: "opsp_dise_code",
            "病种 \(request.code) 不在本统筹区\(coverage.insurance.name)的慢特病、两病病种目录内,请核对病种编码")
    }

    /// The same disease, the same referral or the same provider is filed once at a time.
    private func refuseOverlap(_ request: FilingRequest, _ period: Period, _ problems: inout Problems) throws {
        let standing = try filings(of: numbers(of: request.person), kind: request.kind)
        let same = standing.first { filing in
            filing.period.overlaps(period)
                && (request.kind == .chronicDisease
                    ? filing.code == request.code : filing.providerCode == request.providerCode)
        }
        if let same {
            problems.add(
                "settlement.filing.overlap", field: "begndate",
                "已有\(same.kind.name) \(same.id)(\(same.period)),期间重叠;请先撤销原备案或改期")
        }
    }

    func withdraw(_ request: FilingWithdrawalRequest) throws {
        guard let filing = try SettlementDesk.filing(area, request.filing, tx), filing.kind == request.kind,
            try isSame(filing.person, as: request.person)
        else {
            throw Problems(
                Problem(
                    "settlement.filing.unknown", field: "trt_dcla_detl_sn",
                    "此人没有编号 \(request.filing) 的\(request.kind.name),请核对流水号"))
        }
        if let earlier = try SettlementDesk.withdrawal(of: request.filing, area, tx) {
            throw Problems(
                Problem(
                    "settlement.filing.withdrawn", field: "trt_dcla_detl_sn", "该备案已于 \(earlier.at) 撤销,无需再办"))
        }
        let withdrawal = FilingWithdrawal(
            area: area, filing: request.filing, at: at, actor: head.operatorCode, ground: request.ground)
        try SettlementDesk.withdraw(withdrawal, tx, &written)
        references.filing = request.filing
        references.withdrawsFiling = true
    }
}
