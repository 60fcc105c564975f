import Basics
import Demonstration
import TestKit
import Testing

@Suite("A day's bills held against the agency's, one by one (3202)")
struct ReconciliationTests {
    /// A purchase as both sides keep it.
    private struct Sale {
        let encounter: String
        let settlement: String
        let message: String
        let total: Money
        let funds: Money
        let account: Money

        /// A line of the pharmacy's file; `more` is what it states beyond what the fund paid.
        func line(of person: SampleHouse.Insured, more: Money = .zero) -> String {
            "\(person.id)\t\(encounter)\t\(settlement)\t\(message)\t\t0\t\t\(total)\t\(funds + more)\t\(account)\n"
        }
    }

    private static let heading =
        "psn_no\tmdtrt_id\tsetl_id\tmsgid\tstmt_rslt\trefd_setl_flag\tmemo\tmedfee_sumamt\tfund_pay_sumamt\tacct_pay\n"

    private func buy(_ house: TestHouse, _ units: Int64) async throws -> Sale {
        let line = Write.line("Y1", house.house.items[0], Quantity(units), at: "2026-03-02 08:20:00")
        let total = house.house.items[0].price * Quantity(units)
        let info = try #require(
            try await house.pharmacy.ask("2102A", Write.purchase(house.employee, [line], total: total))["setlinfo"])
        return Sale(
            encounter: info["mdtrt_id"]?.text ?? "", settlement: info["setl_id"]?.text ?? "",
            message: info["medins_setl_id"]?.text ?? "", total: total,
            funds: try #require(info.money("fund_pay_sumamt")), account: try #require(info.money("acct_pay")))
    }

    /// 9101, 3202, 9102: sends a file and fetches what was found in it.
    private func compare(_ house: TestHouse, _ lines: String, count: Int, total: Money, funds: Money) async throws
        -> String
    {
        let pharmacy = house.pharmacy
        let file = Text.encode(Self.heading + lines)
        let code = pharmacy.sender.code
        let upload = #"{"fsUploadIn":{"in":"\#(file)","filename":"day.txt","fixmedins_code":"\#(code)"}}"#
        let number = try await pharmacy.ask("9101", upload)["fsUploadOut"]?["file_qury_no"]?.text ?? ""
        let found = try #require(
            try await pharmacy.ask(
                "3202",
                """
                {"data":{"clr_type":"41","setl_optins":"990100","file_qury_no":"\(number)","stmt_begndate":"2026-03-02",\
                "stmt_enddate":"2026-03-02","medfee_sumamt":\(total),"fund_pay_sumamt":\(funds),"cash_payamt":0,\
                "fixmedins_setl_cnt":\(count)}}
                """)["fileinfo"])
        let fetched = try await pharmacy.ask(
            "9102",
            """
            {"fsDownloadIn":{"file_qury_no":"\(found["file_qury_no"]?.text ?? "")",\
            "filename":"\(found["filename"]?.text ?? "")","fixmedins_code":"\(code)"}}
            """)
        return try #require(Text.decode(fetched["fsDownloadOut"]?["in"]?.text))
    }

    @Test(
        "What the agency does not know is 101, what the pharmacy left out 102, other amounts 103; the rest is not listed",
        arguments: StoreKind.allCases)
    func findings(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let person = house.employee
            let (right, leftOut, wrong) = (
                try await buy(house, 2), try await buy(house, 3), try await buy(house, 5)
            )
            let invented = Sale(
                encounter: "777", settlement: "888888", message: house.pharmacy.messageID(9001),
                total: Money(fen: 1200),
                funds: .zero, account: Money(fen: 1200))
            let fen = Money(fen: 1)
            let text = try await compare(
                house, right.line(of: person) + wrong.line(of: person, more: fen) + invented.line(of: person), count: 3,
                total: right.total + wrong.total + invented.total, funds: right.funds + wrong.funds + fen)
            let rows = text.split(separator: "\n").dropFirst().map {
                $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            }
            #expect(rows.map { $0[2] } == [wrong.settlement, "888888", leftOut.settlement])
            #expect(rows.map { $0[4] } == ["103", "101", "102"])
            #expect(rows[0][6].contains("金额不符") && rows[0][6].contains("\(wrong.account)"))
            #expect(rows[1][6].contains("中心没有这笔结算") && rows[1][7] == "12.00")
            #expect(rows[2][6].contains("上传明细没有") && rows[2][7] == leftOut.total.description)
        }
    }

    @Test("Where both sides agree the answer is a heading alone", arguments: StoreKind.allCases)
    func agreed(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house async throws in
            let sales = [try await buy(house, 2), try await buy(house, 3)]
            let lines = sales.map { $0.line(of: house.employee) }.joined()
            let text = try await compare(
                house, lines, count: 2, total: sales.map(\.total).total(), funds: sales.map(\.funds).total())
            #expect(text == Self.heading)
        }
    }
}
