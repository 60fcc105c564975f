import Basics
import Foundation

/// The report (审核报告) as one page of HTML in Chinese: charts are inline SVG, nothing is loaded from elsewhere, and it
/// prints well.
struct ReportPage {
    let run: ScreeningRun
    let rules: CompiledRules

    private var summary: Summary { run.summary }

    func html() -> String {
        """
        <!DOCTYPE html>
        <html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <title>智能审核报告</title><style>\(ReportPage.style)</style></head><body>
        <header><h1>智能审核报告</h1><p class="sub">数据:\(escape(run.options.extract.lastPathComponent)) · 批次:\(escape(run.options.runID)) · 规则 \(rules.knowledge.rules.count) 条,知识点 \(rules.knowledge.points.count + rules.knowledge.pairs.count) 条 · 参数版本 \(rules.parameters.version)</p></header>
        <nav><a href="#rules">按规则</a><a href="#institutions">按机构</a><a href="#doctors">按医师</a><a href="#months">按月</a><a href="#top">最大疑点</a><a href="#clues">疑点明细</a><a href="#undecided">未能判定</a></nav>
        <main>
        \(tiles())
        \(ruleSection())
        \(institutionSection())
        \(doctorSection())
        \(monthSection())
        \(topSection())
        \(clueSection())
        \(undecidedSection())
        </main>
        <footer>违规为明确违反规定;可疑须人工核实。疑点不改变任何数据。完整清单见 findings.csv,读不出的行见 rejected.csv。</footer>
        <script>\(ReportPage.script)</script></body></html>
        """
    }

    private func tiles() -> String {
        let total = summary.total
        let tiles = [
            ("审核费用明细", grouped(run.result.lines), "行"), ("就诊", grouped(run.result.encounters), "次"),
            ("参保人", grouped(run.result.persons), "人"), ("疑点", grouped(total.findings), "条"),
            ("疑点金额", yuan(total.amount), "元"), ("其中基金支付", yuan(total.fund), "元"),
            ("读不出的行", grouped(run.result.rejected), "行"),
        ]
        return "<section class=\"tiles\">"
            + tiles.map { "<div class=\"tile\"><b>\($0.1)<i>\($0.2)</i></b><span>\($0.0)</span></div>" }.joined()
            + "</section>"
    }

    // MARK: Sections

    private func ruleSection() -> String {
        let rows = summary.byRule.sorted { ($1.value.amount, $0.key) < ($0.value.amount, $1.key) }
        let chart = bars(rows.prefix(15).map { (rules.knowledge.rules[Int($0.key)].name, $0.value.amount) })
        let table = rows.map { rule, sum in
            let register = rules.knowledge.rules[Int(rule)]
            return
                "<tr><td>\(register.sequence.map(String.init) ?? "")</td><td><a href=\"#rule-\(rule)\">\(escape(register.name))</a></td>"
                + "<td>\(register.code)</td><td>\(badge(register.strength))</td>" + cells(sum) + "</tr>"
        }
        return section(
            "rules", "按规则", chart + tableHTML(["序号", "规则", "编码", "强度", "疑点", "明细行", "金额(元)", "基金支付(元)"], table))
    }

    private func institutionSection() -> String {
        let rows = summary.byInstitution.sorted { a, b in
            a.value.amount != b.value.amount ? a.value.amount > b.value.amount : code(a.key) < code(b.key)
        }
        let chart = bars(rows.prefix(15).map { (institutionName($0.key), $0.value.amount) })
        let table = rows.prefix(100).map { number, sum in
            "<tr><td>\(escape(code(number)))</td><td>\(escape(institutionName(number)))</td>" + cells(sum) + "</tr>"
        }
        return section(
            "institutions", "按机构(前 100 家)", chart + tableHTML(["机构编码", "机构", "疑点", "明细行", "金额(元)", "基金支付(元)"], table))
    }

    private func doctorSection() -> String {
        let book = run.books.doctors
        let rows = summary.byDoctor.sorted { a, b in
            a.value.amount != b.value.amount ? a.value.amount > b.value.amount : book.code(a.key) < book.code(b.key)
        }
        if rows.isEmpty { return section("doctors", "按医师", "<p>数据没有医师编码(bilg_dr_code),或没有涉及医师的疑点。</p>") }
        let chart = bars(
            rows.prefix(15).map { (book.name($0.key).isEmpty ? book.code($0.key) : book.name($0.key), $0.value.amount) }
        )
        let table = rows.prefix(100).map { number, sum in
            "<tr><td>\(escape(book.code(number)))</td><td>\(escape(book.name(number)))</td>" + cells(sum) + "</tr>"
        }
        return section(
            "doctors", "按医师(前 100 名)", chart + tableHTML(["医师编码", "姓名", "疑点", "明细行", "金额(元)", "基金支付(元)"], table))
    }

    private func monthSection() -> String {
        let rows = summary.byMonth.sorted { $0.key < $1.key }
        let chart = columns(rows.suffix(36).map { (Month(number: $0.key).description, $0.value.amount) })
        let table = rows.map { "<tr><td>\(Month(number: $0.key).description)</td>" + cells($0.value) + "</tr>" }
        return section("months", "按月", chart + tableHTML(["月份", "疑点", "明细行", "金额(元)", "基金支付(元)"], table))
    }

    /// The greatest findings of all rules: where an auditor begins.
    private func topSection() -> String {
        let all = summary.top.flatMap { rule, rows in rows.enumerated().map { (rule, $0, $1) } }
        let rows = all.sorted { ($1.2.amount, $0.0, $0.1) < ($0.2.amount, $1.0, $1.1) }.prefix(Summary.topCount)
        let table = rows.map { rule, _, row -> String in
            let register = rules.knowledge.rules[Int(rule)]
            return "<tr><td><a href=\"#rule-\(rule)\">\(escape(register.name))</a> \(badge(register.strength))</td>"
                + clueCells(row) + "</tr>"
        }
        return section("top", "金额最大的疑点", tableHTML(["规则"] + ReportPage.clueHeads, table))
    }

    private static let clueHeads = ["人员编号", "就诊号", "机构", "日期", "明细", "数量", "金额(元)", "证据"]

    /// The greatest findings of each rule, down to the lines.
    private func clueSection() -> String {
        let blocks = summary.top.sorted { $0.key < $1.key }.map { rule, rows -> String in
            let register = rules.knowledge.rules[Int(rule)]
            let all = summary.byRule[rule]?.findings ?? 0
            let shown = rows.count < all ? ",列金额最大的 \(rows.count) 条" : ""
            return
                "<details class=\"clue\" id=\"rule-\(rule)\"><summary>\(escape(register.name)) \(badge(register.strength))<i>\(grouped(all)) 条\(shown)</i></summary>"
                + "<p class=\"def\">\(escape(register.definition))</p>"
                + tableHTML(ReportPage.clueHeads, rows.map { "<tr>\(clueCells($0))</tr>" }) + "</details>"
        }
        return section("clues", "疑点明细", blocks.joined())
    }

    /// A finding from its person to its evidence. After run_id the text holds: seq, code, name, kind, point, strength,
    /// person, encounter, institution, day, lines, quantity, amount, fund, evidence.
    private func clueCells(_ row: FindingRow) -> String {
        let texts = CSVLine.cells(String(decoding: row.text, as: UTF8.self))
        let cells = texts.map { escape(String($0)) }
        // Parted before they are escaped: an escaped sign ends in the sign that parts.
        let lines = texts[10].split(separator: ";").map { escape(String($0)) }
        let shown = lines.prefix(6).joined(separator: "<br>")
        let more =
            lines.count > 6
            ? "<details><summary>共 \(lines.count) 行</summary>\(lines.dropFirst(6).prefix(200).joined(separator: "<br>"))</details>"
            : ""
        return cells[6...9].map { "<td class=\"k\">\($0)</td>" }.joined()
            + "<td class=\"ids\">\(shown)\(more)</td><td class=\"n\">\(cells[11])</td><td class=\"n\">\(yuan(row.amount))</td><td>\(cells[14])</td>"
    }

    private func undecidedSection() -> String {
        let rows = run.undecided.rows.map { row -> String in
            let rule = row.rule.map { rules.knowledge.rules[$0] }
            return
                "<tr><td>\(rule.map { escape($0.name) } ?? "全部规则")</td><td>\(row.reason.chinese)</td><td class=\"n\">\(grouped(row.count))</td></tr>"
        }
        return section("undecided", "未能判定", tableHTML(["规则", "原因", "次数"], rows))
    }

    // MARK: Pieces

    private func section(_ id: String, _ title: String, _ body: String) -> String {
        "<section id=\"\(id)\"><h2>\(title)</h2>\(body)</section>"
    }

    private func tableHTML(_ heads: [String], _ rows: [String]) -> String {
        if rows.isEmpty { return "<p>没有。</p>" }
        return
            "<div class=\"scroll\"><table><thead><tr>\(heads.map(head).joined())</tr></thead><tbody>\(rows.joined())</tbody></table></div>"
    }

    /// Figures stand at the right, and so do their headings.
    private func head(_ text: String) -> String {
        let isFigure = ["疑点", "明细行", "数量", "次数", "金额(元)", "基金支付(元)"].contains(text)
        return isFigure ? "<th class=\"n\">\(text)</th>" : "<th>\(text)</th>"
    }

    private func cells(_ sum: Summary.Sum) -> String {
        "<td class=\"n\">\(grouped(sum.findings))</td><td class=\"n\">\(grouped(sum.lines))</td><td class=\"n\">\(yuan(sum.amount))</td><td class=\"n\">\(yuan(sum.fund))</td>"
    }

    private func badge(_ strength: Strength?) -> String {
        "<em class=\"\(strength == .breach ? "breach" : "suspicion")\">\(strength?.rawValue ?? "")</em>"
    }

    private func code(_ institution: UInt32) -> String { run.books.institutions.code(institution) }
    private func institutionName(_ institution: UInt32) -> String {
        let name = run.books.institutions.name(institution)
        return name.isEmpty ? code(institution) : name
    }

    /// Horizontal bars, longest first.
    private func bars(_ rows: [(String, Int64)]) -> String {
        let most = max(1, rows.map(\.1).max() ?? 1)
        if rows.isEmpty { return "" }
        let height = rows.count * 26 + 6
        let body = rows.enumerated().map { index, row in
            let y = index * 26 + 6
            let width = max(1, Int(row.1 * 420 / most))
            let label = row.0.count > 20 ? row.0.prefix(19) + "…" : row.0[...]
            return
                "<text x=\"250\" y=\"\(y + 14)\" text-anchor=\"end\">\(escape(String(label)))</text><rect x=\"258\" y=\"\(y)\" width=\"\(width)\" height=\"18\" rx=\"2\"/><text x=\"\(264 + width)\" y=\"\(y + 14)\" class=\"v\">\(yuan(row.1))</text>"
        }
        return
            "<div class=\"scroll\"><svg viewBox=\"0 0 820 \(height)\" role=\"img\" aria-label=\"金额条形图\">\(body.joined())</svg></div>"
    }

    /// Columns by month.
    private func columns(_ rows: [(String, Int64)]) -> String {
        if rows.isEmpty { return "" }
        let most = max(1, rows.map(\.1).max() ?? 1)
        let step = max(22, min(60, 760 / rows.count))
        let body = rows.enumerated().map { index, row in
            let x = 30 + index * step
            let height = max(1, Int(row.1 * 150 / most))
            return
                "<rect x=\"\(x)\" y=\"\(170 - height)\" width=\"\(step - 6)\" height=\"\(height)\" rx=\"2\"><title>\(row.0):\(yuan(row.1)) 元</title></rect><text x=\"\(x + (step - 6) / 2)\" y=\"186\" text-anchor=\"middle\" class=\"m\">\(row.0.suffix(5))</text>"
        }
        return
            "<div class=\"scroll\"><svg viewBox=\"0 0 \(60 + rows.count * step) 196\" role=\"img\" aria-label=\"按月金额柱形图\"><line x1=\"24\" x2=\"\(36 + rows.count * step)\" y1=\"170\" y2=\"170\"/>\(body.joined())</svg></div>"
    }

    private func yuan(_ fen: Int64) -> String {
        let text = FixedPoint.format(fen, decimals: 2)
        let parts = text.split(separator: ".")
        return grouped(String(parts[0])) + "." + parts[1]
    }

    private func grouped(_ number: Int) -> String { grouped(String(number)) }
    private func grouped(_ digits: String) -> String {
        let negative = digits.hasPrefix("-")
        let plain = Array(negative ? digits.dropFirst() : digits[...])
        var out = ""
        for (index, digit) in plain.enumerated() {
            if index > 0, (plain.count - index) % 3 == 0 { out.append(",") }
            out.append(digit)
        }
        return negative ? "-" + out : out
    }

    private func escape(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "\"": out += "&quot;"
            default: out.append(character)
            }
        }
        return out
    }

    /// A link to a rule opens its findings; a print shows them all.
    private static let script = """
        function show(){var e=document.getElementById(location.hash.slice(1));if(e&&e.tagName==="DETAILS")e.open=true}
        addEventListener("hashchange",show);show();
        addEventListener("beforeprint",function(){document.querySelectorAll("details").forEach(function(e){e.open=true})})
        """

    private static let style = """
        :root{--ink:#1c2733;--soft:#5b6b7b;--line:#dfe5ec;--bar:#2f6f9f;--bg:#f5f7fa}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--ink);font:14px/1.6 "Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif}
        header,main,footer,nav{max-width:1120px;margin:0 auto;padding:0 24px}header{padding-top:32px}
        h1{margin:0;font-size:26px}h2{font-size:18px;margin:0 0 12px}
        .sub,footer{color:var(--soft)}footer{padding:24px}
        nav{position:sticky;top:0;background:var(--bg);padding-top:8px;padding-bottom:8px;z-index:1}
        nav a{display:inline-block;margin-right:18px;text-decoration:none}a{color:var(--bar)}
        td a{text-decoration:none}td a:hover{text-decoration:underline}section,details{scroll-margin-top:44px}
        section{background:#fff;border:1px solid var(--line);border-radius:6px;padding:20px;margin:14px 0}
        .tiles{display:flex;flex-wrap:wrap;gap:10px;background:none;border:0;padding:0}.tile{flex:1 1 auto;min-width:120px;background:#fff;border:1px solid var(--line);border-radius:6px;padding:14px}.tile b{display:block;font-size:19px;white-space:nowrap}.tile i{font-style:normal;font-weight:400;font-size:13px;color:var(--soft);margin-left:4px}.tile span{color:var(--soft)}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
        th,td{border-bottom:1px solid var(--line);padding:5px 8px;text-align:left;vertical-align:top}
        th{color:var(--soft);font-weight:600;white-space:nowrap}
        .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .ids{font-family:monospace;font-size:12px}.ids,.k,em{white-space:nowrap}
        em{font-style:normal;font-size:12px;border-radius:3px;padding:1px 6px}
        .breach{background:#fbe3e1;color:#9d2a20}.suspicion{background:#fdf1d8;color:#855b09}
        svg{width:100%;height:auto;max-height:420px;margin-bottom:10px}svg text{font-size:12px;fill:var(--ink)}
        svg .v,svg .m{fill:var(--soft);font-size:11px}svg rect{fill:var(--bar)}svg line{stroke:var(--line)}
        .clue{border-top:1px solid var(--line);padding:8px 0}.clue>summary{cursor:pointer;font-weight:600}
        .clue i{font-style:normal;font-weight:400;color:var(--soft);margin-left:10px}
        .def{color:var(--soft);margin:6px 0}
        @media screen and (max-width:760px){header,main,footer,nav{padding-left:12px;padding-right:12px}section{padding:14px}
        svg{min-width:640px}table{width:max-content;min-width:100%}td{max-width:15rem}}
        @media print{body{background:#fff;font-size:11px}nav{display:none}
        section{border:0;padding:8px 0;break-inside:auto}.tile{border-color:#999}tr,svg{break-inside:avoid}h2,.clue>summary{break-after:avoid}.scroll{overflow:visible}a{color:inherit}
        details.clue{break-inside:auto}thead{display:table-header-group}@page{size:A4;margin:14mm}}
        """
}
