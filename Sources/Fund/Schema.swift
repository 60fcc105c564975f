import Storage

/// The tables of the fund's books.
///
/// Debit equals credit by shape, not by a sum checked afterwards: one row of a ledger names the account in debit
/// and the account in credit of one amount (一借一贷), so that SQL itself leaves no way to write half an entry.
/// A voucher of many lines becomes several such rows. What remains to be compared across rows — a head's total
/// with its entries — is checked in Swift when it is written and by `FundDesk.verify` ever after.
enum FundSchema {
    static let migrations: [Migration] = [
        chart, periods, payables, vouchers, FundDesk.accountLedger,
    ]

    static let chart = Migration(
        "fund.1",
        [
            // What an account is never changes; its number and title may (account_label, the latest load counts).
            """
            CREATE TABLE account (
                area {int} NOT NULL,
                id {int} NOT NULL CHECK (id > 0),
                key {text} NOT NULL,
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 5),
                ledger {int} NOT NULL CHECK (ledger IN (1, 2)),
                load {int} NOT NULL,
                PRIMARY KEY (area, id),
                UNIQUE (area, key)
            ) {clustered}
            """,
            "{append-only account}",
            """
            CREATE TABLE account_label (
                area {int} NOT NULL,
                account {int} NOT NULL,
                load {int} NOT NULL,
                number {text} NOT NULL CHECK (length(number) BETWEEN 1 AND 20),
                name {text} NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
                PRIMARY KEY (area, account, load),
                FOREIGN KEY (area, account) REFERENCES account (area, id)
            ) {clustered}
            """,
            "{append-only account_label}",
        ])

    static let periods = Migration(
        "fund.2",
        [
            // A month is opened once (1) and closed once (2); what comes too late is posted in an open month.
            """
            CREATE TABLE fund_period (
                area {int} NOT NULL,
                month {int} NOT NULL,
                act {int} NOT NULL CHECK (act IN (1, 2)),
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, month, act)
            ) {clustered}
            """,
            "{append-only fund_period}",
            // What each account took in a closed month: balances need not add up all entries since the beginning.
            """
            CREATE TABLE fund_period_total (
                area {int} NOT NULL,
                month {int} NOT NULL,
                ledger {int} NOT NULL CHECK (ledger IN (1, 2)),
                book {int} NOT NULL,
                account {int} NOT NULL,
                debit_fen {int} NOT NULL,
                credit_fen {int} NOT NULL,
                PRIMARY KEY (area, month, ledger, book, account),
                FOREIGN KEY (area, account) REFERENCES account (area, id)
            ) {clustered}
            """,
            "{append-only fund_period_total}",
        ])

    static let payables = Migration(
        "fund.3",
        [
            // One head a settlement: what 3201 compares. Red heads are the exact negative of their original.
            """
            CREATE TABLE payable (
                area {int} NOT NULL,
                settlement {int} NOT NULL,
                original {int},
                provider {int} NOT NULL,
                insurance {int} NOT NULL,
                care_type {int} NOT NULL,
                clearing_type {int} NOT NULL,
                day {int} NOT NULL,
                total_fen {int} NOT NULL,
                fund_fen {int} NOT NULL,
                account_fen {int} NOT NULL,
                shared_account_fen {int} NOT NULL,
                cash_fen {int} NOT NULL,
                hospital_fen {int} NOT NULL,
                PRIMARY KEY (area, settlement),
                FOREIGN KEY (area, original) REFERENCES payable (area, settlement),
                CHECK (total_fen = fund_fen + account_fen + cash_fen + hospital_fen),
                CHECK (original IS NOT NULL OR (total_fen >= 0 AND fund_fen >= 0 AND account_fen >= 0)),
                CHECK (original IS NULL OR (total_fen <= 0 AND fund_fen <= 0 AND account_fen <= 0)),
                CHECK (original IS NOT NULL OR shared_account_fen BETWEEN 0 AND account_fen),
                CHECK (original IS NULL OR shared_account_fen BETWEEN account_fen AND 0)
            ) {clustered}
            """,
            "CREATE INDEX payable_by_day ON payable (area, day, provider)",
            "CREATE UNIQUE INDEX payable_reversed_once ON payable (area, original) WHERE original IS NOT NULL",
            "{append-only payable}",
            """
            CREATE TABLE payable_entry (
                area {int} NOT NULL,
                settlement {int} NOT NULL,
                line {int} NOT NULL CHECK (line > 0),
                fund {int} NOT NULL,
                debit_account {int} NOT NULL,
                credit_account {int} NOT NULL,
                amount_fen {int} NOT NULL CHECK (amount_fen <> 0),
                PRIMARY KEY (area, settlement, line),
                FOREIGN KEY (area, settlement) REFERENCES payable (area, settlement),
                FOREIGN KEY (area, debit_account) REFERENCES account (area, id),
                FOREIGN KEY (area, credit_account) REFERENCES account (area, id),
                CHECK (debit_account <> credit_account)
            ) {clustered}
            """,
            "{append-only payable_entry}",
        ])

    static let vouchers = Migration(
        "fund.4",
        [
            """
            CREATE TABLE voucher (
                area {int} NOT NULL,
                id {int} NOT NULL,
                book {int} NOT NULL,
                month {int} NOT NULL,
                number {int} NOT NULL CHECK (number > 0),
                day {int} NOT NULL,
                original {int},
                summary {text} NOT NULL CHECK (length(summary) BETWEEN 1 AND 120),
                attachments {int} NOT NULL CHECK (attachments >= 0),
                total_fen {int} NOT NULL CHECK (total_fen <> 0),
                prepared_by {int} NOT NULL,
                reviewed_by {int} NOT NULL,
                entered_at {int} NOT NULL,
                PRIMARY KEY (area, id),
                UNIQUE (area, book, month, number),
                FOREIGN KEY (area, original) REFERENCES voucher (area, id),
                FOREIGN KEY (area, prepared_by) REFERENCES staff (area, id),
                FOREIGN KEY (area, reviewed_by) REFERENCES staff (area, id),
                CHECK (prepared_by <> reviewed_by)
            ) {strict}
            """,
            "CREATE UNIQUE INDEX voucher_reversed_once ON voucher (area, original) WHERE original IS NOT NULL",
            "{append-only voucher}",
            """
            CREATE TABLE voucher_entry (
                area {int} NOT NULL,
                voucher {int} NOT NULL,
                line {int} NOT NULL CHECK (line > 0),
                debit_account {int} NOT NULL,
                credit_account {int} NOT NULL,
                amount_fen {int} NOT NULL CHECK (amount_fen <> 0),
                PRIMARY KEY (area, voucher, line),
                FOREIGN KEY (area, voucher) REFERENCES voucher (area, id),
                FOREIGN KEY (area, debit_account) REFERENCES account (area, id),
                FOREIGN KEY (area, credit_account) REFERENCES account (area, id),
                CHECK (debit_account <> credit_account)
            ) {clustered}
            """,
            "{append-only voucher_entry}",
        ])
}
