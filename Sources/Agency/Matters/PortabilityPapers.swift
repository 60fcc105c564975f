import Basics
import Control
import Enrolment
import Policy
import Portability
import Seals
import Storage

/// Matters of transfers that come on paper, of the agencies written to, and of certificates.
extension PortabilityMatters {
    /// 登记纸质信息表: what the scanned form says, typed in, with the scan beside it.
    static let receiveForm = MatterKind(
        code: "portability.in.receive", name: "登记纸质信息表", section: .portability,
        basis: "医保办发〔2021〕43号《基本医疗保险关系转移接续暂行办法》",
        fields: [
            number, FormField("scan", "信息表扫描件", .file), FormField("first", "参保起始年月", .month, isRequired: false),
            FormField("last", "参保终止年月", .month, isRequired: false),
            FormField("paid_months", "实际缴费月数(职工)", .whole(0...1_200)),
            FormField("deemed_months", "视同缴费月数(职工)", .whole(0...1_200)),
            FormField("resident_first", "居民参保首年", .year, isRequired: false),
            FormField("resident_last", "居民参保末年", .year, isRequired: false),
            FormField("last_base", "末期缴费基数", .money, isRequired: false),
            FormField("principal", "个人账户本金", .money), FormField("interest", "个人账户利息", .money),
            FormField("sealed_on", "签章日期", .day), FormField("handler", "转出地经办人", .text(max: 50), isRequired: false),
            FormField("note", "备注", .lines(max: 300), isRequired: false),
        ], steps: route(),
        check: { tx, draft in
            var problems = try mayTake(tx, draft, .incoming, .infoReceived)
            guard problems.isEmpty else { return problems }
            problems = try paperForm(tx, draft.area, draft.form).problems()
            return problems
        },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .incoming, approved.form)
            let form = try paperForm(tx, approved.area, approved.form)
            try Portability.record(
                tx, area: approved.area, form, .paper, for: transfer, scan: approved.form.textIfGiven("scan"),
                approved.ground("纸质信息表"))
            return Carried([("transfer", transfer.id.raw)], "信息表已登记,账户资金 \(form.money) 元")
        })

    private static func paperForm(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> InformationForm {
        let transfer = try transfer(tx, area, .incoming, form)
        let years = form.wholeIfGiven("resident_first").map { first in
            (first...max(first, form.wholeIfGiven("resident_last") ?? first)).map { Int($0) }
        }
        let first = form.monthIfGiven("first")
        let last = form.monthIfGiven("last")
        let paid = try form.whole("paid_months")
        let span = first.flatMap { first in last.map { Int64($0 - first) + 1 } } ?? paid
        let record = InsuranceRecord(
            firstEver: first, first: first, last: last, paidMonths: paid, deemedMonths: try form.whole("deemed_months"),
            residentYears: years ?? [], lastPaid: last, lastBase: form.moneyIfGiven("last_base") ?? .zero,
            gapMonths: max(0, span - paid))
        return InformationForm(
            number: transfer.number, person: try Agency.traveller(tx, area: area, transfer.person),
            insurance: transfer.from, origin: try Agency.addressee(tx, area: area, transfer.other),
            destination: try Agency.letterhead(tx, area: area), record: record, principal: try form.money("principal"),
            interest: try form.money("interest"), handler: form.text("handler"), reviewer: "",
            sealedOn: try form.day("sealed_on"), note: form.text("note"))
    }

    /// 登记到账
    static let recordReceipt = MatterKind(
        code: "portability.receipt.record", name: "登记转移资金到账", section: .portability,
        basis: "医保办发〔2021〕43号《基本医疗保险关系转移接续暂行办法》",
        fields: [
            FormField("serial", "银行流水号", .text(max: 60)), FormField("day", "到账日期", .day),
            FormField("payer", "付款方", .text(max: 100)), FormField("amount", "金额", .money),
            FormField("note", "摘要", .text(max: 200), isRequired: false),
        ], papers: [PaperKind("bank", "银行回单", basis: "医保办发〔2021〕43号", isRequired: false)], steps: route(),
        amount: { $0.moneyIfGiven("amount") },
        check: { tx, draft in
            guard let known = try Portability.receipt(tx, area: draft.area, serial: draft.form.text("serial")) else {
                return []
            }
            return [Problem("transfer.receipt.known", field: "serial", "流水 \(known.serial) 已登记,不必再登")]
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let line = ReceiptLine(
                serial: form.text("serial"), day: try form.day("day"), payer: form.text("payer"),
                amount: try form.money("amount"), note: form.text("note"))
            let id = try Portability.recordReceipt(
                tx, area: approved.area, line, approved.ground("银行到账"))
            return Carried([("receipt", id.raw)], "到账 \(line.amount) 元已登记,请匹配转入业务")
        })

    /// 登记对方经办机构
    static let registerPeer = MatterKind(
        code: "portability.peer.register", name: "登记经办机构(函头、对方)", section: .portability,
        basis: "医保办发〔2021〕43号《基本医疗保险关系转移接续暂行办法》",
        fields: [
            FormField("area", "统筹区划", .text(max: 6), help: "填本区划代码即登记本机构的函头"), FormField("name", "名称", .text(max: 100)),
            FormField("address", "地址", .text(max: 200)), FormField("phone", "电话", .text(max: 50)),
            FormField("bank", "开户银行", .text(max: 100)), FormField("account", "户名和账号", .text(max: 100)),
            FormField("url", "电子往来地址", .text(max: 200), isRequired: false, help: "只往来纸质函件的不填"),
            FormField("public_key", "对方 SM2 公钥(PEM)", .lines(max: 1_000), isRequired: false),
            FormField("secret", "共享密钥(十六进制)", .text(max: 200), isRequired: false),
        ], steps: route() + [RouteStep("approval", "审批", post: "enrolment.chief", limit: 2)],
        check: { tx, draft in
            do {
                _ = try peer(draft.form)
                return []
            } catch let problem as Problem { return [problem] }
        },
        effect: .atOnce { tx, approved in
            let peer = try peer(approved.form)
            try Portability.register(tx, area: approved.area, peer, approved.ground("登记经办机构"))
            return Carried([("peer", peer.agency.area.raw)], "已登记 \(peer.agency.name)")
        })

    private static func peer(_ form: FormValues) throws -> PortabilityPeer {
        let agency = TransferAgency(
            area: try area(form, "area"), name: form.text("name"), address: form.text("address"),
            phone: form.text("phone"), bank: form.text("bank"), account: form.text("account"))
        return PortabilityPeer(agency: agency, url: form.text("url"), key: try key(form))
    }

    private static func key(_ form: FormValues) throws -> PortabilityPeer.Key {
        switch (form.textIfGiven("public_key"), form.textIfGiven("secret")) {
        case (nil, nil): return .none
        case (let pem?, nil):
            guard (try? SM2PublicKey(pem: pem)) != nil else {
                throw Problem("transfer.peer.key", field: "public_key", "这不是 SM2 公钥的 PEM 文本,请向对方索取")
            }
            return .sm2(pem)
        case (nil, let secret?):
            guard let bytes = Hex.decode(secret) else {
                throw Problem("transfer.peer.key", field: "secret", "共享密钥应为十六进制数字,请向对方核对")
            }
            return .hmac(bytes)
        default: throw Problem("transfer.peer.key", field: "secret", "公钥和共享密钥只填一项")
        }
    }

    /// 出具凭证
    static let issueCertificate = MatterKind(
        code: "portability.certificate.issue", name: "出具参保凭证、缴费证明", section: .portability,
        basis: "社会保险法第七十四条;医保办发〔2021〕43号",
        fields: [
            FormField("person", "参保人", .person),
            FormField("kind", "凭证", .choice(Certificate.Kind.allCases.map { (String($0.rawValue), $0.name) })),
        ], steps: route(1, 1),
        check: { tx, draft in
            do {
                _ = try Agency.certificateDraft(
                    tx, area: draft.area, try draft.form.code("kind"), of: try draft.form.person("person"),
                    today: draft.today)
                return []
            } catch let problem as Problem { return [problem] }
        },
        effect: .atOnce { tx, approved in
            let person = try approved.form.person("person")
            let draft = try Agency.certificateDraft(
                tx, area: approved.area, try approved.form.code("kind"), of: person, today: approved.at.day)
            let certificate = try Portability.issue(tx, area: approved.area, draft, approved.ground("出具凭证"))
            return Carried(
                [("person", person.raw)],
                "\(certificate.kind.name) \(certificate.number),有效期至 \(certificate.validThrough),查验码见凭证"
            )
        }, prints: [PrintKind("certificate", "参保凭证、缴费证明")])
}
