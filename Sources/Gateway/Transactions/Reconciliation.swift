import Agency
import Basics
import Settlement
import Storage

/// Reconciliation: 3201 totals, 3202 details by file.
enum ReconciliationMessages {
    static func totals(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        guard let clearing = fields.code("clr_type", ClearingType.self) else {
            throw Problem("gateway.field.dictionary", field: "clr_type", "清算类别不在字典内,请核对")
        }
        let statement = TotalsStatement(
            insurance: try fields.insurance(), clearingType: clearing, first: try fields.requiredDay("stmt_begndate"),
            last: try fields.requiredDay("stmt_enddate"), total: fields.money("medfee_sumamt") ?? .zero,
            funds: fields.money("fund_pay_sumamt") ?? .zero, account: fields.money("acct_pay") ?? .zero,
            count: fields.whole("fixmedins_setl_cnt") ?? 0,
            reversals: fields.isBlank("refd_setl_flag") ? nil : fields.flag("refd_setl_flag"))
        let finding = try await agency.reconcileTotals(statement, message.head)
        return Outputs.object { json in
            json.object("stmtinfo") {
                $0.field("setl_optins", message.head.area.description)
                $0.field("stmt_rslt", finding.isEqual ? "0" : "1")
                $0.field("stmt_rslt_dscr", finding.description)
            }
        }
    }

    /// 3202: reads the uploaded file, compares it line by line, and leaves the findings as a file to fetch (9102).
    static func details(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let head = message.head
        let now = message.receivedAt
        let number = fields.text("file_qury_no")
        let (earlier, upload) = try await agency.store.read { tx in
            (
                try? ExchangeFiles.require(head.messageID, of: head.provider, area: head.area, now: now, tx),
                try ExchangeFiles.require(number, of: head.provider, area: head.area, now: now, tx)
            )
        }
        if let earlier { return fileInformation(earlier) }
        let lines = try DetailFile.read(upload.content)
        try requireSums(lines, fields)
        let findings = try await agency.reconcileDetails(
            lines, first: try fields.requiredDay("stmt_begndate"), last: try fields.requiredDay("stmt_enddate"),
            clearingType: fields.code("clr_type"), head)
        let result = ExchangeFile(
            area: head.area, number: head.messageID, provider: head.provider, name: "3202-\(head.messageID).txt",
            content: DetailFile.write(findings), madeAt: now)
        return fileInformation(try await agency.store.write { tx in try ExchangeFiles.keep(result, tx) })
    }

    /// The message's totals must be those of its own file, or one of the two is not what was meant.
    private static func requireSums(_ lines: [DetailStatement], _ fields: Fields) throws(Problem) {
        let total = lines.map(\.total).total()
        let funds = lines.map(\.funds).total()
        guard total == fields.money("medfee_sumamt"), funds == fields.money("fund_pay_sumamt"),
            Int64(lines.count) == fields.whole("fixmedins_setl_cnt")
        else {
            throw Problem(
                "settlement.reconciliation.file", field: "file_qury_no",
                "文件共 \(lines.count) 笔、总额 \(total)、基金 \(funds),与报文所报合计不符,请核对后重传")
        }
    }

    private static func fileInformation(_ file: ExchangeFile) -> [UInt8] {
        Outputs.object { json in
            json.object("fileinfo") {
                $0.field("file_qury_no", file.number)
                $0.field("filename", file.name)
                $0.field("dld_endtime", file.expiresAt)
            }
        }
    }
}

/// The file of 3202: a heading in the national names, then a settlement a line, fields parted by tabs.
enum DetailFile {
    static let columns = [
        "psn_no", "mdtrt_id", "setl_id", "msgid", "stmt_rslt", "refd_setl_flag", "memo", "medfee_sumamt",
        "fund_pay_sumamt", "acct_pay",
    ]
    /// Lines of one file: a busy hospital's month.
    static let linesMax = 200_000

    static func read(_ content: [UInt8]) throws(Problems) -> [DetailStatement] {
        var rows = content.split(separator: UInt8(ascii: "\n")).map { line in
            line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { field in
                String(decoding: field.last == UInt8(ascii: "\r") ? field.dropLast() : field, as: UTF8.self)
            }
        }
        guard rows.first == columns else {
            throw Problems(
                Problem(
                    "gateway.file.heading", field: "file_qury_no", "对账文件第一行应为:\(columns.joined(separator: "、")),以制表符分隔")
            )
        }
        rows.removeFirst()
        guard rows.count <= linesMax else {
            throw Problems(Problem("gateway.file.tooLong", field: "file_qury_no", "对账文件最多 \(linesMax) 行,请按日期分开对账"))
        }
        var problems = Problems()
        let lines = rows.enumerated().compactMap { index, row in
            let line = statement(row)
            if line == nil, problems.all.count < 20 {
                problems.add("gateway.file.line", field: "第 \(index + 2) 行", "这一行的列数、编号或金额不对,请按格式重新导出")
            }
            return line
        }
        try problems.throwIfAny()
        return lines
    }

    private static func statement(_ row: [String]) -> DetailStatement? {
        guard row.count == columns.count, let person = Int64(row[0]), let encounter = Int64(row[1]),
            let settlement = Int64(row[2]), let total = try? Money(row[7]), let funds = try? Money(row[8]),
            let account = try? Money(row[9])
        else { return nil }
        return DetailStatement(
            settlement: ID(settlement), encounter: ID(encounter), person: ID(person), messageID: row[3],
            isReversal: row[5] == "1", total: total, funds: funds, account: account)
    }

    static func write(_ findings: [DetailFinding]) -> [UInt8] {
        var text = columns.joined(separator: "\t") + "\n"
        for finding in findings {
            guard let line = finding.stated ?? finding.ours else { continue }
            let fields = [
                line.person.description, line.encounter.description, line.settlement.description, line.messageID,
                String(finding.result.rawValue), line.isReversal ? "1" : "0", finding.memo, line.total.description,
                line.funds.description, line.account.description,
            ]
            text += fields.joined(separator: "\t") + "\n"
        }
        return Array(text.utf8)
    }
}
