import Basics
import Foundation
import Synchronization

/// 智能审核: screens every fee line of an extract against the national rules in one pass.
///
/// ```swift
/// let knowledge = try KnowledgeBase(folder: KnowledgeBase.standardFolder())
/// let result = try Screening(extract: folder, out: out, knowledge: knowledge).run()
/// print(result.findings, result.lines)
/// ```
public struct Screening: Sendable {
    /// Folder of the extract's tables.
    public var extract: URL
    /// Folder of the results; made when missing.
    public var out: URL
    public var knowledge: KnowledgeBase
    public var threads = 2
    /// Bound of memory in bytes; what does not fit is spilled to disk.
    public var memory = 2 << 30
    /// Forces an encoding; by default UTF-8 where the text is, else GB18030.
    public var encoding: TextEncoding?
    /// Folder of temporary files; by default the result folder.
    public var work: URL?
    public var runID: String
    public var writesWorkbook = true
    /// Number of parts by person; by default by the extract's size.
    public var partitions: Int?
    public var progress: ScreeningProgress

    public init(
        extract: URL, out: URL, knowledge: KnowledgeBase, runID: String = "1",
        progress: ScreeningProgress = ScreeningProgress()
    ) {
        self.extract = extract
        self.out = out
        self.knowledge = knowledge
        self.runID = runID
        self.progress = progress
    }

    /// What a run did.
    public struct Result: Sendable {
        public var rows = 0
        public var lines = 0
        public var persons = 0
        public var encounters = 0
        public var findings = 0
        public var amount = Money(fen: 0)
        public var rejected = 0
        public var bytes = 0
        public var partitions = 0
        public var spilledBytes = 0
        /// Seconds of the clock for reading, for preparing and screening, and for writing.
        public var readSeconds = 0.0
        public var screenSeconds = 0.0
        public var writeSeconds = 0.0
        /// Thread seconds of the rules: the pass, its findings made into rows and kept, and the rules across persons.
        public var rulesSeconds = 0.0
        /// Of these, the pass over the lines alone.
        public var passSeconds = 0.0
        /// Thread seconds of sorting, refunds and columns.
        public var buildSeconds = 0.0
    }

    /// Reads, screens and writes all results into `out`.
    public func run() throws -> Result {
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        let temporary = (work ?? out).appending(path: ".yibao-screen-\(getpid())")
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: temporary) }
        var run = ScreeningRun(options: self, temporary: temporary.path)
        try run.read()
        try run.screen()
        try run.write()
        return run.result
    }
}

/// One run in its three steps.
struct ScreeningRun {
    let options: Screening
    let temporary: String
    let books: CodeBooks
    let rejections: Rejections
    /// What codes and rejected rows may take of the memory bound.
    let share: MemoryShare
    private(set) var result = Screening.Result()
    private(set) var files: [TableIngest.FileReport] = []
    private(set) var dropped = Batch.Dropped()
    private(set) var undecided: UndecidedCounts
    private(set) var summary = Summary()
    private(set) var began = Date()
    /// SM3 of `findings.csv`.
    private(set) var findingsDigest: [UInt8] = []
    private var store: PartitionStore?
    private var rules: CompiledRules?
    private var findings: FindingStore?
    private var columns = CompiledRules.Columns()
    private var stock: StockAccounts?

    init(options: Screening, temporary: String) {
        self.options = options
        self.temporary = temporary
        share = MemoryShare(max(options.memory / 8, MemoryShare.least))
        books = CodeBooks(share)
        rejections = Rejections(share)
        undecided = UndecidedCounts(rules: options.knowledge.rules.count)
    }

    private static func seconds(since start: DispatchTime) -> Double {
        Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9
    }

    // MARK: Reading

    mutating func read() throws {
        let start = DispatchTime.now()
        let extract = try ExtractFiles(options.extract)
        let bytes = extract.estimatedBytes
        options.progress.plan(bytes: bytes)
        let store = PartitionStore(
            partitions: options.partitions ?? partitionCount(bytes), budget: rowBudget,
            writerBudget: options.memory / 8 / options.threads, folder: temporary)
        self.store = store
        result.partitions = store.partitionCount
        let (books, knowledge) = (books, options.knowledge)
        let herbs = try ItemCompiler.herbNumbers(knowledge)
        for table in ExtractTable.allCases {
            let ingest = TableIngest(
                files: extract, table: table, encoding: options.encoding, threads: options.threads,
                rejections: rejections,
                rejectedLimit: knowledge.parameters.rejectedShareLimit, share: share, progress: options.progress)
            // Each reader under its own type, for which reading is compiled: a row costs no call through a table.
            let reports =
                switch table {
                case .encounters: try ingest.run { _ in EncounterReader(store, books) }
                case .settlements: try ingest.run { _ in SettlementReader(store) }
                case .diagnoses: try ingest.run { _ in DiagnosisReader(store, .diagnoses, books.diagnoses) }
                case .procedures: try ingest.run { _ in DiagnosisReader(store, .procedures, books.procedures) }
                case .lines:
                    try ingest.run { present in
                        LineReader(
                            store, books,
                            LineVocabulary(
                                knowledge, herbNumbers: herbs, hasScope: present.contains("inscp_amt"),
                                hasLevel: present.contains("chrgitm_lv")))
                    }
                }
            if table == .lines { columns.charge = reports.contains { !$0.missingColumns.contains("med_chrgitm_type") } }
            files += reports
        }
        stock = try StockAccounts(options.extract, encoding: options.encoding, rejections)
        result.bytes = files.reduce(0) { $0 + $1.bytes }
        (result.rejected, result.rows) = rejections.counts
        result.spilledBytes = store.spilledBytes
        result.readSeconds = ScreeningRun.seconds(since: start)
    }

    /// Bytes of rows that may stay in memory. Of the rest, an eighth is for the readers' open buffers, one for building and
    /// one for codes; the program with its knowledge takes some 48 MiB, whatever the bound.
    private var rowBudget: Int { max(options.memory / 4, options.memory / 8 * 5 - 48 << 20) }

    /// About 256 parts as the trial found best, more when a part would not fit the caches or its share of memory.
    private func partitionCount(_ bytes: Int) -> Int {
        // A partition takes about as much as its share of the text while it is built; an eighth of the memory is for that,
        // and half as much again for persons whose lines are many. At 40 million lines parts of 12 MiB were built a third
        // faster than parts of 45.
        let room = options.memory / (8 * max(1, options.threads))
        let wanted = max(bytes * 3 / 2 / max(1, room), bytes / (12 << 20))
        var count = bytes < 8 << 20 ? 16 : 256
        while count < wanted, count < 8192 { count *= 2 }
        return count
    }

    // MARK: Screening

    mutating func screen() throws {
        guard let store else { return }
        let start = DispatchTime.now()
        options.progress.begin("screen")
        let rules = try CompiledRules(options.knowledge, books, columns: columns)
        self.rules = rules
        let findings = try FindingStore(folder: temporary)
        self.findings = findings
        let gathered = try Gathered(rules: rules, institutions: books.institutions.count, folder: temporary)
        let next = Atomic<Int>(0)
        let (books, progress) = (books, options.progress)
        try Workers.run(options.threads) {
            let renderer = FindingRenderer(rules: rules, books: books)
            var pass = Pass(rules, institutions: books.institutions.count)
            let scratch = BatchScratch()
            defer { gathered.finish(&pass) }
            while true {
                let partition = next.add(1, ordering: .relaxed).oldValue
                if partition >= store.partitionCount { return }
                let begin = ThreadClock.nanoseconds
                var builder = BatchBuilder(store, rules, books, scratch, partition: partition)
                let batch = try builder.build()
                let built = ThreadClock.nanoseconds
                pass.run(batch)
                let passed = ThreadClock.nanoseconds
                try gathered.add(pass, batch)
                try findings.add(renderer.rows(pass.found, batch))
                gathered.add(
                    build: built - begin, pass: passed - built, rules: ThreadClock.nanoseconds - built)
                progress.partitions(done: partition + 1, of: store.partitionCount)
            }
        }
        dropped = gathered.dropped
        undecided.merge(gathered.undecided)
        let begin = ThreadClock.nanoseconds
        try findings.add(acrossPersons(gathered, rules))
        result.rulesSeconds = Double(gathered.rulesNanoseconds + ThreadClock.nanoseconds - begin) / 1e9
        result.lines = dropped.kept
        result.persons = gathered.persons
        result.encounters = gathered.encounters
        result.buildSeconds = Double(gathered.buildNanoseconds) / 1e9
        result.passSeconds = Double(gathered.passNanoseconds) / 1e9
        result.screenSeconds = ScreeningRun.seconds(since: start)
    }

    /// Findings that need all persons: `together`, `indicator`, `stock`.
    private mutating func acrossPersons(_ gathered: Gathered, _ rules: CompiledRules) throws -> [FindingRow] {
        let renderer = FindingRenderer(rules: rules, books: books)
        var rows = try TogetherGroups.findings(gathered.together, memory: options.memory / 8, renderer)
        rows += IndicatorFindings.rows(gathered.institutions, renderer, &undecided, hasCharges: columns.charge)
        if let stock { rows += StockFindings.rows(stock, renderer) }
        return rows
    }

    // MARK: Writing

    mutating func write() throws {
        guard let findings, let rules else { return }
        let start = DispatchTime.now()
        options.progress.begin("write")
        // The rows are given back to the system, which takes its time, while a single thread merges the findings.
        DispatchQueue.global().async { [store] in withExtendedLifetime(store) {} }
        store = nil
        try writeFindings(findings)
        result.findings = findings.total
        result.amount = Money(fen: summary.total.amount)
        try ResultFiles(run: self, rules: rules).writeAll()
        result.writeSeconds = ScreeningRun.seconds(since: start)
        try ResultFiles(run: self, rules: rules).writeRun()
    }

    private mutating func writeFindings(_ findings: FindingStore) throws {
        let csv = try FileWriter(options.out.appending(path: "findings.csv").path, digesting: true)
        try csv.line(FindingRenderer.header)
        let sheet =
            options.writesWorkbook
            ? try Spreadsheet(options.out.appending(path: "findings.xlsx").path, temporary: temporary) : nil
        sheet?.write(FindingRenderer.header.split(separator: ","))
        let runID = Array((options.runID + ",").utf8)
        try findings.merged(memory: options.memory / 8) { row in
            try csv.write(runID)
            try csv.write(row.text)
            try csv.write([0x0A])
            summary.add(row)
            if let sheet, !sheet.isFull {
                let cells = CSVLine.cells(String(decoding: row.text, as: UTF8.self))
                sheet.write([options.runID[...]] + cells, numbers: [12, 13, 14])
            }
        }
        try csv.flush()
        findingsDigest = csv.digest()
        sheet?.close()
    }
}

/// Processor time of the calling thread: what the rules cost, whoever else runs on the machine.
enum ThreadClock {
    static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// What the threads gather beside the findings.
final class Gathered: @unchecked Sendable {
    private let lock = Mutex(())
    private(set) var dropped = Batch.Dropped()
    private(set) var undecided: UndecidedCounts
    private(set) var institutions: InstitutionSums
    let together: TogetherStore
    private(set) var persons = 0
    private(set) var encounters = 0
    private(set) var buildNanoseconds: UInt64 = 0
    private(set) var passNanoseconds: UInt64 = 0
    private(set) var rulesNanoseconds: UInt64 = 0

    init(rules: CompiledRules, institutions count: Int, folder: String) throws {
        together = try TogetherStore(folder: folder)
        undecided = UndecidedCounts(rules: rules.knowledge.rules.count)
        institutions = InstitutionSums(count: count)
    }

    func add(_ pass: Pass, _ batch: Batch) throws {
        try together.add(pass.together)
        lock.withLock { _ in
            dropped += batch.dropped
            undecided.merge(batch.undecided)
            persons += batch.persons.count
            encounters += batch.encounters.count
        }
    }

    /// What one batch cost its thread.
    func add(build: UInt64, pass: UInt64, rules: UInt64) {
        lock.withLock { _ in
            buildNanoseconds += build
            passNanoseconds += pass
            rulesNanoseconds += rules
        }
    }

    /// What a thread's pass counted over all its batches.
    func finish(_ pass: inout Pass) {
        let begin = ThreadClock.nanoseconds
        pass.finish()
        lock.withLock { _ in
            rulesNanoseconds += ThreadClock.nanoseconds - begin
            undecided.merge(pass.undecided)
            institutions.merge(pass.institutions)
        }
    }
}

/// One CSV line into its fields.
enum CSVLine {
    static func cells(_ line: String) -> [Substring] {
        if !line.utf8.contains(0x22) { return line.split(separator: ",", omittingEmptySubsequences: false) }
        var cells: [Substring] = []
        var field: [UInt8] = []
        var quoted = false
        for byte in line.utf8 {
            if byte == 0x22 {
                quoted.toggle()
            } else if byte == 0x2C, !quoted {
                cells.append(Substring(String(decoding: field, as: UTF8.self)))
                field.removeAll(keepingCapacity: true)
            } else {
                field.append(byte)
            }
        }
        cells.append(Substring(String(decoding: field, as: UTF8.self)))
        return cells
    }
}
