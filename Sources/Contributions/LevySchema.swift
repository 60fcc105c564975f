import Storage

extension Contributions {
    static let levyMigrations = [levies, levyCare]

    /// Bases, bills, receipts: every row carries the act that wrote it, and the act's event vouches for all of them.
    static let levies = Migration(
        "contributions.levies.1",
        [
            // One act of collecting: a month's bills of some employers, a file of receipts, a correction.
            """
            CREATE TABLE levy_act (
                area {int} NOT NULL,
                id {int} NOT NULL,
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 20),
                period {int} NOT NULL,
                policy_version {text} NOT NULL CHECK (length(policy_version) IN (0, 64)),
                ground {text} NOT NULL CHECK (length(ground) <= 400),
                matter {int},
                batch {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, id),
                FOREIGN KEY (area, batch) REFERENCES import_batch (area, id)
            ) {strict}
            """,
            // An act is booked once: the booking's period is the number of the act it books.
            "CREATE UNIQUE INDEX levy_act_booked ON levy_act (area, period) WHERE kind = 16",
            "{append-only levy_act}",
            // From a month on, until a later one of the same year; of two for one month the later act counts.
            // Employer 0: the person pays himself.
            """
            CREATE TABLE contribution_base (
                area {int} NOT NULL,
                employer {int} NOT NULL CHECK (employer >= 0),
                base_year {int} NOT NULL,
                person {int} NOT NULL,
                from_month {int} NOT NULL,
                act {int} NOT NULL,
                wage_fen {int} NOT NULL CHECK (wage_fen >= 0),
                base_fen {int} NOT NULL CHECK (base_fen > 0),
                low_tier {int} NOT NULL CHECK (low_tier = 0 OR low_tier = 1 AND employer = 0),
                PRIMARY KEY (area, employer, base_year, person, from_month, act),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {clustered}
            """,
            "CREATE INDEX contribution_base_by_person ON contribution_base (area, person, base_year)",
            "CREATE INDEX contribution_base_by_act ON contribution_base (area, act)",
            "{append-only contribution_base}",
            // Payer kind 1 employer, 2 person. Purpose 1 regular, 2 supplementary, 3 back-payment, 4 declared to the
            // tax office, 5 corrected, 6 red. Fiscal and aid are claims on others, not on the payer. Decision: which of the
            // payer's decisions on retirement a sum owed once (一次性补缴) is for; those decisions are the register's.
            """
            CREATE TABLE levy_bill (
                area {int} NOT NULL,
                id {int} NOT NULL,
                act {int} NOT NULL,
                purpose {int} NOT NULL CHECK (purpose BETWEEN 1 AND 6),
                insurance {int} NOT NULL,
                payer_kind {int} NOT NULL CHECK (payer_kind IN (1, 2)),
                payer {int} NOT NULL,
                first_month {int} NOT NULL,
                last_month {int} NOT NULL CHECK (last_month >= first_month),
                due_day {int} NOT NULL,
                payable_fen {int} NOT NULL CHECK (payable_fen >= 0 OR purpose = 6),
                fiscal_fen {int} NOT NULL CHECK (fiscal_fen >= 0 OR purpose = 6),
                aid_fen {int} NOT NULL CHECK (aid_fen >= 0 OR purpose = 6),
                aid_payer {int} CHECK (aid_payer IN (1, 2)),
                aid_group {int},
                line_count {int} NOT NULL CHECK (line_count > 0),
                reverses {int} CHECK ((reverses IS NOT NULL) = (purpose = 6)),
                decision {int} CHECK (decision > 0),
                CHECK (decision IS NULL OR payer_kind = 2 AND insurance = 310 AND purpose IN (2, 5, 6)),
                CHECK ((aid_fen <> 0) = (aid_payer IS NOT NULL)),
                PRIMARY KEY (area, id),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id),
                FOREIGN KEY (area, reverses) REFERENCES levy_bill (area, id)
            ) {strict}
            """,
            "CREATE INDEX levy_bill_by_payer ON levy_bill (area, payer_kind, payer, first_month)",
            "CREATE INDEX levy_bill_by_act ON levy_bill (area, act)",
            "CREATE INDEX levy_bill_of_decision ON levy_bill (area, payer) WHERE decision IS NOT NULL",
            "CREATE INDEX levy_bill_by_month ON levy_bill (area, insurance, first_month, id)",
            // A payer has one regular bill of an insurance and month, however often the run is repeated.
            """
            CREATE UNIQUE INDEX levy_bill_regular ON levy_bill (area, insurance, first_month, payer_kind, payer)
            WHERE purpose = 1
            """,
            "CREATE UNIQUE INDEX levy_bill_reversed ON levy_bill (area, reverses) WHERE reverses IS NOT NULL",
            "{append-only levy_bill}",
            """
            CREATE TABLE levy_line (
                area {int} NOT NULL,
                bill {int} NOT NULL,
                person {int} NOT NULL,
                insurance {int} NOT NULL,
                base_fen {int} NOT NULL CHECK (base_fen >= 0),
                employer_fen {int} NOT NULL,
                personal_fen {int} NOT NULL,
                PRIMARY KEY (area, bill, person, insurance),
                FOREIGN KEY (area, bill) REFERENCES levy_bill (area, id)
            ) {clustered}
            """,
            "{append-only levy_line}",
            // Source 1 tax office, 2 bank, 3 POS terminal, 4 school or village agent, 5 finance. A serial is known once,
            // and once more after each 更正 that took all of it back. A negative receipt is money that went back; several
            // may take back parts of one.
            """
            CREATE TABLE receipt (
                area {int} NOT NULL,
                id {int} NOT NULL,
                act {int} NOT NULL,
                receipt_year {int} NOT NULL,
                number {int} NOT NULL CHECK (number > 0),
                source {int} NOT NULL CHECK (source BETWEEN 1 AND 5),
                serial {text} NOT NULL CHECK (length(serial) BETWEEN 1 AND 60),
                payer_code {text} NOT NULL,
                payer_name {text} NOT NULL,
                paid_day {int} NOT NULL,
                arrived_day {int} NOT NULL,
                amount_fen {int} NOT NULL CHECK (amount_fen <> 0),
                reverses {int} CHECK (reverses IS NULL OR amount_fen < 0),
                entry {int} NOT NULL CHECK (entry > 0),
                PRIMARY KEY (area, id),
                UNIQUE (area, source, serial, entry),
                UNIQUE (area, receipt_year, number),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id),
                FOREIGN KEY (area, reverses) REFERENCES receipt (area, id)
            ) {strict}
            """,
            "CREATE INDEX receipt_by_act ON receipt (area, act)",
            "CREATE INDEX receipt_by_day ON receipt (area, arrived_day, source)",
            "CREATE INDEX receipt_by_paid_day ON receipt (area, source, paid_day)",
            "CREATE INDEX receipt_reversed ON receipt (area, reverses) WHERE reverses IS NOT NULL",
            "{append-only receipt}",
            """
            CREATE TABLE receipt_counter (
                area {int} NOT NULL,
                receipt_year {int} NOT NULL,
                last {int} NOT NULL CHECK (last >= 0),
                PRIMARY KEY (area, receipt_year)
            ) {clustered}
            """,
            // Use 1 of a bill, 2 in suspense (暂收), 3 given back (退费), 4 fiscal subsidy, 5 aid. What a receipt brought
            // is what its uses add up to; moving money is a red row beside a black one. Book: in which insurance's books
            // money waits that is in suspense.
            """
            CREATE TABLE receipt_use (
                area {int} NOT NULL,
                receipt {int} NOT NULL,
                seq {int} NOT NULL CHECK (seq > 0),
                act {int} NOT NULL,
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 5),
                bill {int} CHECK ((bill IS NOT NULL) = (kind = 1)),
                rule {int} NOT NULL CHECK (rule BETWEEN 0 AND 9),
                principal_fen {int} NOT NULL,
                late_fee_fen {int} NOT NULL CHECK (late_fee_fen = 0 OR kind = 1),
                day {int} NOT NULL,
                book {int} CHECK ((book IS NOT NULL) = (kind = 2)),
                PRIMARY KEY (area, receipt, seq),
                CHECK (principal_fen <> 0 OR late_fee_fen <> 0),
                FOREIGN KEY (area, receipt) REFERENCES receipt (area, id),
                FOREIGN KEY (area, bill) REFERENCES levy_bill (area, id),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {clustered}
            """,
            "CREATE INDEX receipt_use_by_bill ON receipt_use (area, bill) WHERE bill IS NOT NULL",
            "CREATE INDEX receipt_use_by_act ON receipt_use (area, act)",
            "CREATE INDEX receipt_use_suspense ON receipt_use (area, receipt) WHERE kind = 2",
            "{append-only receipt_use}",
        ])

    /// Arrears, custody, reconciliation and the thread to the fund's vouchers.
    static let levyCare = Migration(
        "contributions.levies.2",
        [
            """
            CREATE TABLE levy_deferral (
                area {int} NOT NULL,
                act {int} NOT NULL,
                payer_kind {int} NOT NULL CHECK (payer_kind IN (1, 2)),
                payer {int} NOT NULL,
                first_month {int} NOT NULL,
                last_month {int} NOT NULL CHECK (last_month >= first_month),
                pay_by {int} NOT NULL,
                PRIMARY KEY (area, act),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "CREATE INDEX levy_deferral_by_payer ON levy_deferral (area, payer_kind, payer)",
            "{append-only levy_deferral}",
            """
            CREATE TABLE levy_instalment (
                area {int} NOT NULL,
                act {int} NOT NULL,
                seq {int} NOT NULL CHECK (seq > 0),
                payer_kind {int} NOT NULL CHECK (payer_kind IN (1, 2)),
                payer {int} NOT NULL,
                due_day {int} NOT NULL,
                amount_fen {int} NOT NULL CHECK (amount_fen > 0),
                PRIMARY KEY (area, act, seq),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "CREATE INDEX levy_instalment_by_payer ON levy_instalment (area, payer_kind, payer)",
            "{append-only levy_instalment}",
            // By when a bill is paid under instalments; of several agreements the last counts.
            """
            CREATE TABLE levy_delay (
                area {int} NOT NULL,
                bill {int} NOT NULL,
                act {int} NOT NULL,
                agreed_day {int} NOT NULL,
                due_day {int} NOT NULL CHECK (due_day >= agreed_day),
                stops_fee {int} NOT NULL CHECK (stops_fee IN (0, 1)),
                PRIMARY KEY (area, bill, act),
                FOREIGN KEY (area, bill) REFERENCES levy_bill (area, id),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "CREATE INDEX levy_delay_by_act ON levy_delay (area, act)",
            "{append-only levy_delay}",
            """
            CREATE TABLE levy_dunning (
                area {int} NOT NULL,
                act {int} NOT NULL,
                payer_kind {int} NOT NULL CHECK (payer_kind IN (1, 2)),
                payer {int} NOT NULL,
                day {int} NOT NULL,
                pay_by {int} NOT NULL CHECK (pay_by > day),
                bill_count {int} NOT NULL CHECK (bill_count > 0),
                principal_fen {int} NOT NULL CHECK (principal_fen >= 0),
                late_fee_fen {int} NOT NULL CHECK (late_fee_fen >= 0),
                PRIMARY KEY (area, act),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "CREATE INDEX levy_dunning_by_payer ON levy_dunning (area, payer_kind, payer, act)",
            "CREATE INDEX levy_act_of_dunning ON levy_act (area, matter) WHERE kind = 17",
            "CREATE INDEX levy_act_of_receipts ON levy_act (area, matter) WHERE kind = 7",
            "{append-only levy_dunning}",
            """
            CREATE TABLE late_fee_waiver (
                area {int} NOT NULL,
                bill {int} NOT NULL,
                act {int} NOT NULL,
                amount_fen {int} NOT NULL CHECK (amount_fen > 0),
                PRIMARY KEY (area, bill, act),
                FOREIGN KEY (area, bill) REFERENCES levy_bill (area, id),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "CREATE INDEX late_fee_waiver_by_act ON late_fee_waiver (area, act)",
            "{append-only late_fee_waiver}",
            // A refund that was approved, and what became of it: 1 paid, 2 not paid.
            """
            CREATE TABLE refund_order (
                area {int} NOT NULL,
                act {int} NOT NULL,
                receipt {int} NOT NULL,
                amount_fen {int} NOT NULL CHECK (amount_fen > 0),
                payee {text} NOT NULL CHECK (length(payee) BETWEEN 1 AND 60),
                account {text} NOT NULL CHECK (length(account) BETWEEN 1 AND 60),
                PRIMARY KEY (area, act),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id),
                FOREIGN KEY (area, receipt) REFERENCES receipt (area, id)
            ) {strict}
            """,
            "CREATE INDEX refund_order_by_receipt ON refund_order (area, receipt)",
            "{append-only refund_order}",
            """
            CREATE TABLE refund_result (
                area {int} NOT NULL,
                refund_order {int} NOT NULL,
                act {int} NOT NULL,
                outcome {int} NOT NULL CHECK (outcome IN (1, 2)),
                answer {text} NOT NULL CHECK (length(answer) BETWEEN 1 AND 200),
                day {int} NOT NULL,
                PRIMARY KEY (area, refund_order),
                FOREIGN KEY (area, refund_order) REFERENCES refund_order (area, act),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "CREATE INDEX refund_result_by_act ON refund_result (area, act)",
            "{append-only refund_result}",
            // Movement 1 入库, 2 领用, 3 交回, 4 作废, 5 使用.
            """
            CREATE TABLE blank_receipt_act (
                area {int} NOT NULL,
                act {int} NOT NULL,
                series {text} NOT NULL CHECK (length(series) BETWEEN 1 AND 20),
                movement {int} NOT NULL CHECK (movement BETWEEN 1 AND 5),
                first_number {int} NOT NULL CHECK (first_number > 0),
                last_number {int} NOT NULL CHECK (last_number >= first_number),
                custodian {text} NOT NULL CHECK (length(custodian) BETWEEN 1 AND 60),
                PRIMARY KEY (area, act),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "CREATE INDEX blank_receipt_by_series ON blank_receipt_act (area, series, act)",
            "{append-only blank_receipt_act}",
            // Seen: the last number given to a receipt when it was made. What was numbered later it has not looked at.
            """
            CREATE TABLE levy_reconciliation (
                area {int} NOT NULL,
                act {int} NOT NULL,
                source {int} NOT NULL CHECK (source BETWEEN 1 AND 5),
                first_day {int} NOT NULL,
                last_day {int} NOT NULL CHECK (last_day >= first_day),
                stated_count {int} NOT NULL,
                stated_fen {int} NOT NULL,
                own_count {int} NOT NULL,
                own_fen {int} NOT NULL,
                seen_year {int} NOT NULL,
                seen_number {int} NOT NULL CHECK (seen_number >= 0),
                PRIMARY KEY (area, act),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "{append-only levy_reconciliation}",
            // Kind 1 they have it, we do not; 2 we have it, they do not; 3 amounts differ; 4 days differ.
            """
            CREATE TABLE levy_difference (
                area {int} NOT NULL,
                act {int} NOT NULL,
                line {int} NOT NULL CHECK (line > 0),
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 4),
                serial {text} NOT NULL,
                stated_fen {int} NOT NULL,
                own_fen {int} NOT NULL,
                PRIMARY KEY (area, act, line),
                FOREIGN KEY (area, act) REFERENCES levy_reconciliation (area, act)
            ) {strict}
            """,
            "{append-only levy_difference}",
            """
            CREATE TABLE levy_explanation (
                area {int} NOT NULL,
                reconciliation {int} NOT NULL,
                act {int} NOT NULL,
                PRIMARY KEY (area, reconciliation),
                UNIQUE (area, act),
                FOREIGN KEY (area, reconciliation) REFERENCES levy_reconciliation (area, act),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "{append-only levy_explanation}",
            // What an act put into the books, by book and part, and on which voucher it stands.
            """
            CREATE TABLE levy_booking (
                area {int} NOT NULL,
                booked {int} NOT NULL,
                line {int} NOT NULL CHECK (line > 0),
                act {int} NOT NULL,
                book {int} NOT NULL,
                part {int} NOT NULL CHECK (part BETWEEN 1 AND 6),
                source {int} NOT NULL CHECK (source BETWEEN 1 AND 5),
                amount_fen {int} NOT NULL CHECK (amount_fen <> 0),
                voucher {int} NOT NULL,
                PRIMARY KEY (area, booked, line),
                FOREIGN KEY (area, booked) REFERENCES levy_act (area, id),
                FOREIGN KEY (area, act) REFERENCES levy_act (area, id)
            ) {strict}
            """,
            "CREATE INDEX levy_booking_by_act ON levy_booking (area, act)",
            "{append-only levy_booking}",
        ])
}
