import Storage

/// The Settlement desk's tables. Clustered by (area, encounter …) so that a bill's lines lie together and the
/// busy end of each table stays small however large the year grows.
extension SettlementDesk {
    public static let migrations = [first, rulings]

    private static let first = Migration(
        "settlement.1",
        encounters + lines + settlements + messages + filings
            + [
                "{append-only encounter}", "{append-only encounter_act}", "{append-only diagnosis}",
                "{append-only fee_line}", "{append-only fee_withdrawal}", "{append-only settlement}",
                "{append-only message}", "{append-only filing}", "{append-only filing_withdrawal}",
            ])

    private static let information = """
        care_type {int} NOT NULL,
        begun_at {int} NOT NULL,
        disease_code {text} NOT NULL,
        disease_name {text} NOT NULL,
        doctor_code {text} NOT NULL,
        doctor_name {text} NOT NULL,
        department_code {text} NOT NULL,
        department_name {text} NOT NULL,
        bed {text} NOT NULL,
        diagnosis_code {text} NOT NULL,
        diagnosis_name {text} NOT NULL,
        extra {text}
        """

    private static let encounters = [
        """
        CREATE TABLE encounter (
            area {int} NOT NULL,
            id {int} NOT NULL,
            person_id {int} NOT NULL,
            provider_id {int} NOT NULL,
            setting {int} NOT NULL CHECK (setting IN (1, 2, 3)),
            insurance {int} NOT NULL,
            category {int} NOT NULL,
            visit_number {text} NOT NULL,
            certificate_kind {int} NOT NULL CHECK (certificate_kind IN (1, 2, 3)),
            certificate_number {text} NOT NULL,
            registered_at {int} NOT NULL,
            actor {text} NOT NULL,
            \(information),
            PRIMARY KEY (area, id)
        ) {clustered}
        """,
        "CREATE INDEX encounter_by_person ON encounter (area, person_id, id)",
        // The running row: where the encounter stands and how far its numbers go. Everything in it follows from acts.
        """
        CREATE TABLE encounter_state (
            area {int} NOT NULL,
            encounter_id {int} NOT NULL,
            version {int} NOT NULL CHECK (version >= 1),
            status {int} NOT NULL CHECK (status BETWEEN 1 AND 6),
            discharged_at {int},
            settled_by {int},
            settlements {int} NOT NULL CHECK (settlements >= 0),
            last_line_no {int} NOT NULL CHECK (last_line_no >= 0),
            last_act_no {int} NOT NULL CHECK (last_act_no >= 0),
            information_act_no {int} NOT NULL CHECK (information_act_no BETWEEN 0 AND last_act_no),
            last_diagnosis_no {int} NOT NULL CHECK (last_diagnosis_no >= 0),
            PRIMARY KEY (area, encounter_id),
            FOREIGN KEY (area, encounter_id) REFERENCES encounter (area, id)
        ) {clustered}
        """,
        """
        CREATE TABLE encounter_act (
            area {int} NOT NULL,
            encounter_id {int} NOT NULL,
            no {int} NOT NULL CHECK (no >= 1),
            kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 6),
            at {int} NOT NULL,
            actor {text} NOT NULL,
            ended_at {int},
            leaving_way {text} NOT NULL,
            \(information),
            PRIMARY KEY (area, encounter_id, no),
            FOREIGN KEY (area, encounter_id) REFERENCES encounter (area, id)
        ) {clustered}
        """,
        """
        CREATE TABLE diagnosis (
            area {int} NOT NULL,
            encounter_id {int} NOT NULL,
            no {int} NOT NULL CHECK (no >= 1),
            act_no {int} NOT NULL CHECK (act_no >= 0),
            kind {text} NOT NULL,
            is_main {int} NOT NULL CHECK (is_main IN (0, 1)),
            sort_no {int} NOT NULL,
            code {text} NOT NULL,
            name {text} NOT NULL,
            condition {text} NOT NULL,
            department {text} NOT NULL,
            doctor_code {text} NOT NULL,
            doctor_name {text} NOT NULL,
            at {int} NOT NULL,
            PRIMARY KEY (area, encounter_id, no),
            FOREIGN KEY (area, encounter_id) REFERENCES encounter (area, id)
        ) {clustered}
        """,
    ]

    private static let lines = [
        """
        CREATE TABLE fee_line (
            area {int} NOT NULL,
            encounter_id {int} NOT NULL,
            line_no {int} NOT NULL CHECK (line_no >= 1),
            serial {text} NOT NULL,
            refunds_no {int} CHECK (refunds_no < line_no),
            batch {text} NOT NULL,
            order_number {text} NOT NULL,
            disease_code {text} NOT NULL,
            occurred_at {int} NOT NULL,
            uploaded_at {int} NOT NULL,
            item_code {text} NOT NULL,
            provider_item_code {text} NOT NULL,
            charge_type {int} NOT NULL,
            fee_class {int} NOT NULL CHECK (fee_class IN (1, 2, 3)),
            quantity_e4 {int} NOT NULL CHECK (quantity_e4 <> 0),
            price_e6 {int} NOT NULL CHECK (price_e6 >= 0),
            amount_fen {int} NOT NULL,
            price_cap_e6 {int},
            self_pay_ppm {int} NOT NULL CHECK (self_pay_ppm BETWEEN 0 AND 1000000),
            full_self_pay_fen {int} NOT NULL,
            over_limit_fen {int} NOT NULL,
            pre_self_pay_fen {int} NOT NULL,
            in_scope_fen {int} NOT NULL,
            flags {int} NOT NULL,
            department_code {text} NOT NULL,
            department_name {text} NOT NULL,
            doctor_code {text} NOT NULL,
            doctor_name {text} NOT NULL,
            extra {text},
            PRIMARY KEY (area, encounter_id, line_no),
            FOREIGN KEY (area, encounter_id) REFERENCES encounter (area, id),
            CHECK (amount_fen = full_self_pay_fen + over_limit_fen + pre_self_pay_fen + in_scope_fen),
            CHECK ((quantity_e4 < 0) = (refunds_no IS NOT NULL))
        ) {clustered}
        """,
        """
        CREATE TABLE fee_withdrawal (
            area {int} NOT NULL,
            encounter_id {int} NOT NULL,
            line_no {int} NOT NULL,
            at {int} NOT NULL,
            actor {text} NOT NULL,
            PRIMARY KEY (area, encounter_id, line_no),
            FOREIGN KEY (area, encounter_id, line_no) REFERENCES fee_line (area, encounter_id, line_no)
        ) {clustered}
        """,
    ]

    private static let settlements = [
        """
        CREATE TABLE settlement (
            area {int} NOT NULL,
            id {int} NOT NULL,
            kind {int} NOT NULL CHECK (kind IN (1, 2, 3)),
            original_id {int} CHECK (original_id <> id),
            encounter_id {int} NOT NULL,
            person_id {int} NOT NULL,
            provider_id {int} NOT NULL,
            insurance {int} NOT NULL,
            category {int} NOT NULL,
            care_type {int} NOT NULL,
            disease_code {text} NOT NULL,
            settled_at {int} NOT NULL,
            settled_day {int} NOT NULL,
            cost_day {int} NOT NULL,
            year {int} NOT NULL,
            is_interim {int} NOT NULL CHECK (is_interim IN (0, 1)),
            batch {text} NOT NULL,
            lines {text} NOT NULL,
            message_id {text} NOT NULL,
            invoice {text} NOT NULL,
            clearing_type {int} NOT NULL,
            clearing_way {int} NOT NULL,
            \(amountColumns.map { "\($0) {int} NOT NULL," }.joined(separator: "\n    "))
            pool_ratio_ppm {int} NOT NULL CHECK (pool_ratio_ppm BETWEEN 0 AND 1000000),
            account_balance_fen {int} NOT NULL,
            person_name {text} NOT NULL,
            policy_version {blob} NOT NULL,
            facts {blob} NOT NULL,
            funds {blob} NOT NULL,
            steps {blob} NOT NULL,
            before {blob} NOT NULL,
            after {blob} NOT NULL,
            previous_id {int},
            elsewhere {text} NOT NULL,
            actor {text} NOT NULL,
            PRIMARY KEY (area, id),
            FOREIGN KEY (area, encounter_id) REFERENCES encounter (area, id),
            CHECK ((kind = 1) = (original_id IS NULL)),
            CHECK (total_fen = full_self_pay_fen + over_limit_fen + pre_self_pay_fen + in_scope_fen),
            CHECK (total_fen = pool_fen + civil_servant_fen + enterprise_fen + critical_illness_fen
                + large_amount_fen + assistance_fen + other_fen + account_fen + shared_account_fen + cash_fen
                + hospital_fen)
        ) {clustered}
        """,
        // A settlement is taken back at most once, and made again at most once.
        "CREATE UNIQUE INDEX settlement_by_original ON settlement (area, original_id, kind) WHERE original_id IS NOT NULL",
        "CREATE INDEX settlement_by_encounter ON settlement (area, encounter_id)",
        "CREATE INDEX settlement_by_day ON settlement (area, settled_day, id)",
        "CREATE INDEX settlement_by_provider ON settlement (area, provider_id, settled_day, id)",
        // The running row of a person's year (年度累计): the last settlement's `after`, guarded by its version.
        """
        CREATE TABLE accumulator (
            area {int} NOT NULL,
            person_id {int} NOT NULL,
            insurance {int} NOT NULL,
            year {int} NOT NULL,
            version {int} NOT NULL CHECK (version >= 1),
            last_settlement_id {int} NOT NULL,
            totals {blob} NOT NULL,
            PRIMARY KEY (area, person_id, insurance, year)
        ) {clustered}
        """,
    ]

    private static let messages = [
        """
        CREATE TABLE message (
            area {int} NOT NULL,
            provider_id {int} NOT NULL,
            message_id {text} NOT NULL,
            code {text} NOT NULL,
            digest {blob} NOT NULL,
            at {int} NOT NULL,
            actor {text} NOT NULL,
            answer_kind {int} NOT NULL CHECK (answer_kind BETWEEN 0 AND 5),
            answer_id {int} NOT NULL,
            answer_first {int} NOT NULL,
            answer_last {int} NOT NULL,
            PRIMARY KEY (area, provider_id, message_id)
        ) {clustered}
        """
    ]

    private static let filings = [
        """
        CREATE TABLE filing (
            area {int} NOT NULL,
            id {int} NOT NULL,
            kind {int} NOT NULL CHECK (kind IN (1, 2, 3)),
            person_id {int} NOT NULL,
            insurance {int} NOT NULL,
            filed_by {int} NOT NULL,
            provider_code {text} NOT NULL,
            provider_name {text} NOT NULL,
            code {text} NOT NULL,
            name {text} NOT NULL,
            begin_day {int} NOT NULL,
            end_day {int} CHECK (end_day >= begin_day),
            sort_no {int} NOT NULL,
            filed_at {int} NOT NULL,
            actor {text} NOT NULL,
            extra {text},
            PRIMARY KEY (area, id)
        ) {clustered}
        """,
        "CREATE INDEX filing_by_person ON filing (area, person_id, id)",
        """
        CREATE TABLE filing_withdrawal (
            area {int} NOT NULL,
            filing_id {int} NOT NULL,
            at {int} NOT NULL,
            actor {text} NOT NULL,
            ground {text} NOT NULL,
            PRIMARY KEY (area, filing_id),
            FOREIGN KEY (area, filing_id) REFERENCES filing (area, id)
        ) {clustered}
        """,
    ]

    private static let rulings = Migration(
        "settlement.2",
        [
            """
            CREATE TABLE ruling (
                area {int} NOT NULL,
                id {int} NOT NULL,
                kind {int} NOT NULL CHECK (kind IN (1, 2)),
                person_id {int} NOT NULL,
                begin_day {int} NOT NULL,
                end_day {int} CHECK (end_day >= begin_day),
                division {int} CHECK ((division IS NOT NULL) = (kind = 1)),
                share_ppm {int} CHECK ((share_ppm IS NOT NULL) = (kind = 2) AND share_ppm BETWEEN 0 AND 1000000),
                is_unpaid {int} NOT NULL CHECK (is_unpaid IN (0, 1)),
                matter {int} NOT NULL,
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, id)
            ) {clustered}
            """,
            "CREATE INDEX ruling_by_person ON ruling (area, person_id, id)",
            "{append-only ruling}",
            """
            CREATE TABLE ruling_withdrawal (
                area {int} NOT NULL,
                ruling_id {int} NOT NULL,
                ground {text} NOT NULL,
                matter {int} NOT NULL,
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, ruling_id),
                FOREIGN KEY (area, ruling_id) REFERENCES ruling (area, id)
            ) {clustered}
            """,
            "{append-only ruling_withdrawal}",
        ])

    static let amountColumns = [
        "total_fen", "full_self_pay_fen", "over_limit_fen", "pre_self_pay_fen", "in_scope_fen", "deductible_fen",
        "pool_fen", "civil_servant_fen", "enterprise_fen", "critical_illness_fen", "large_amount_fen",
        "assistance_fen", "other_fen", "account_fen", "shared_account_fen", "cash_fen", "hospital_fen",
    ]
}
