import Basics
import Seals
import Storage

/// What a proof found: figures for the report, and every broken place as a problem, the first one first.
public struct Verification: Sendable {
    public var events: Int64 = 0
    public var seals: Int64 = 0
    /// Events after the last seal: they are proven by their rows, not yet by the chain.
    public var unsealed: Int64 = 0
    public var headsChecked = 0
    public var problems = Problems()

    public var isSound: Bool { problems.all.isEmpty }

    public init() {}
}

/// Proves an area's database against itself and against heads kept outside.
///
/// Everything happens in one reading transaction, on one snapshot, in memory that does not grow with the
/// database.
///
/// ```swift
/// let result = try await store.read { tx in
///     try Verifier(area: area, sources: Agency.evidence, books: [Fund.verify]).run(tx, heads: file)
/// }
/// print(result.isSound ? "核验通过" : result.problems.all[0].message)
/// ```
public struct Verifier: Sendable {
    /// A desk's own proof: the books' balance, the sums of a ledger. Answers what it found broken.
    public typealias Check = @Sendable (any Transaction, AreaCode) throws -> [Problem]

    public let area: AreaCode
    let sources: [EvidenceSource]
    let checks: [Check]

    public init(area: AreaCode, sources: [EvidenceSource], checks: [Check] = []) {
        self.area = area
        self.sources = ControlEvidence.sources + sources
        self.checks = [PolicyVersions.verify] + checks
    }

    public func run(_ tx: any Transaction, heads: HeadFile? = nil) throws -> Verification {
        var result = Verification()
        try proveChain(tx, &result)
        try proveHeads(tx, heads, &result)
        var rows = RowProof(area: area, sources: sources)
        try rows.run(tx, &result)
        for check in checks {
            do { result.problems.all += try check(tx, area) } catch {
                result.problems.all.append(Verifier.unreadable("勾稽关系", error))
            }
        }
        return result
    }

    /// What cannot even be read was changed as well: a finding like the others, and the proof goes on.
    static func unreadable(_ place: String, _ error: any Error) -> Problem {
        let said =
            switch error {
            case let problems as Problems: problems.all.first.map { "\($0.field ?? "") \($0.message)" } ?? ""
            case let problem as Problem: "\(problem.field ?? "") \(problem.message)"
            default: "\(error)"
            }
        return Problem("control.verify.unreadable", field: place, "有记录读不出来,被改动过或已损坏,请用备份比对:\(said)")
    }

    // MARK: The chain

    private func proveChain(_ tx: any Transaction, _ result: inout Verification) throws {
        var previous: Seal?
        while true {
            let seals = try Seal.after(previous?.seal ?? 0, limit: 50, area: area, tx)
            if seals.isEmpty { break }
            for seal in seals {
                if let broken = try SealProof(seal: seal, previous: previous).firstBroken(tx) {
                    result.problems.all.append(broken)
                    // Every later head builds on this one: what follows could only repeat the same finding.
                    return
                }
                result.seals += 1
                result.events += seal.batchCount
                previous = seal
            }
        }
        result.unsealed = try countAfter(previous?.last ?? .beginning, tx)
        result.events += result.unsealed
    }

    private func countAfter(_ place: EventPlace, _ tx: any Transaction) throws -> Int64 {
        try tx.first(
            "SELECT count(*) FROM event WHERE area = ? AND (mark, id) > (?, ?)", Value(area), .int(place.mark),
            .int(place.id)
        ) { try $0.int(0) } ?? 0
    }

    // MARK: Heads, the database's own and the supervisor's

    private func proveHeads(_ tx: any Transaction, _ file: HeadFile?, _ result: inout Verification) throws {
        let own = try HeadFile(tx, area: area)
        for head in own.heads { try prove(head, keys: own.keys, from: "库内链头", tx, &result) }
        guard let file else { return }
        for head in file.heads where head.area == area {
            try prove(head, keys: file.keys, from: "外部链头", tx, &result)
        }
    }

    private func prove(
        _ head: SignedHead, keys: [HeadFile.Key], from place: String, _ tx: any Transaction,
        _ result: inout Verification
    ) throws {
        result.headsChecked += 1
        let field = "\(place) \(head.day)"
        let key = keys.first { $0.area == head.area && $0.fingerprint == head.fingerprint }
        guard let key = key.flatMap({ try? SM2PublicKey(pem: $0.pem) }), key.fingerprint == head.fingerprint,
            head.isSigned(by: key)
        else {
            result.problems.add(
                "control.verify.signature", field: field,
                "\(head.day) 的链头签名不成立,链头或公钥被改动过,请核对当日报表上打印的链头")
            return
        }
        let seal = try tx.one(
            Seal.self, "SELECT \(Seal.columns) FROM event_seal WHERE area = ? AND seal = ?", Value(area),
            .int(head.seal))
        guard let seal else {
            result.problems.add(
                "control.verify.truncated", field: field,
                "\(head.day) 签名时有第 \(head.seal) 号封条,现在库里没有:事件链末尾被截去,请用备份比对")
            return
        }
        guard seal.head == head.head, seal.totalCount == head.totalCount else {
            result.problems.add(
                "control.verify.rewritten", field: field,
                "第 \(head.seal) 号封条与 \(head.day) 签名的链头不符:此前的事件链被整体重写过,请用备份比对")
            return
        }
    }
}

/// The proof of one seal: its batch is recomputed from the events as they stand in the table.
private struct SealProof {
    let seal: Seal
    let previous: Seal?

    func firstBroken(_ tx: any Transaction) throws -> Problem? {
        guard seal.seal == (previous?.seal ?? 0) + 1 else {
            return broken("control.verify.sealMissing", "第 \((previous?.seal ?? 0) + 1) 号封条不见了,请用备份比对")
        }
        guard seal.totalCount == (previous?.totalCount ?? 0) + seal.batchCount,
            let members = SealMembers.read(seal.members), members.count == Int(seal.batchCount),
            members.last?.place == seal.last
        else { return sealChanged }
        let found = try events(tx)
        if let broken = compare(members, with: found) { return broken }
        return Seal.over(found, after: previous, area: seal.area, at: seal.sealedAt).head == seal.head
            ? nil : sealChanged
    }

    private func events(_ tx: any Transaction) throws -> [Event] {
        let first = previous?.last ?? .beginning
        return try tx.all(
            Event.self, SealProof.batch, Value(seal.area), .int(first.mark), .int(first.id), .int(seal.last.mark),
            .int(seal.last.id))
    }

    private static let batch: SQL = """
        SELECT \(EventLog.columns) FROM event
        WHERE area = ? AND (mark, id) > (?, ?) AND (mark, id) <= (?, ?) ORDER BY mark, id
        """

    /// Walks members and events side by side to the first difference.
    private func compare(_ members: [SealMembers.Member], with events: [Event]) -> Problem? {
        var chain = Chain(head: previous?.head ?? Seal.origin)
        for (index, member) in members.enumerated() {
            guard index < events.count, events[index].place <= member.place else {
                return broken(
                    "control.verify.eventDeleted", "事件 \(member.place.id) 不见了:它已封入第 \(seal.seal) 号封条,请用备份比对")
            }
            let event = events[index]
            guard event.place == member.place else { return inserted(event) }
            guard SealMembers.short(chain.link(event)) == member.link else {
                return broken(
                    "control.verify.eventChanged",
                    "事件 \(event.id)(\(event.kind),\(event.at))的内容与第 \(seal.seal) 号封条不符,它被改动过")
            }
        }
        return events.count > members.count ? inserted(events[members.count]) : nil
    }

    private func inserted(_ event: Event) -> Problem {
        broken(
            "control.verify.eventInserted", "事件 \(event.id)(\(event.kind))不在第 \(seal.seal) 号封条里,是封存以后插进来的")
    }

    private var sealChanged: Problem {
        broken("control.verify.sealChanged", "第 \(seal.seal) 号封条本身被改动过,它与所封的事件不符,请用备份比对")
    }

    private func broken(_ code: String, _ message: String) -> Problem {
        Problem(code, field: "事件链 第 \(seal.seal) 号封条", message)
    }
}

/// The proof of the rows behind the events: every digest is recomputed from the tables.
private struct RowProof {
    let area: AreaCode
    let sources: [EvidenceSource]
    private var vouched: [Int64]
    private let sourceOf: [EventKind: Int]

    /// A table damaged through and through would give one line an event; so many are enough to begin with.
    private static let problemsMax = 100
    private static let batchMax = 500

    init(area: AreaCode, sources: [EvidenceSource]) {
        self.area = area
        self.sources = sources
        vouched = [Int64](repeating: 0, count: sources.count)
        var sourceOf: [EventKind: Int] = [:]
        for (index, source) in sources.enumerated() {
            for kind in source.kinds { sourceOf[kind] = index }
        }
        self.sourceOf = sourceOf
    }

    mutating func run(_ tx: any Transaction, _ result: inout Verification) throws {
        var place = EventPlace.beginning
        while true {
            let events = try EventLog.after(place, before: .max, limit: RowProof.batchMax, area: area, tx)
            guard let last = events.last else { break }
            try prove(events, tx, &result)
            place = last.place
        }
        try compareCounts(tx, &result)
    }

    private mutating func prove(_ events: [Event], _ tx: any Transaction, _ result: inout Verification) throws {
        var bySource: [Int: [Event]] = [:]
        for event in events {
            if let source = sourceOf[event.kind] {
                bySource[source, default: []].append(event)
                vouched[source] += 1
            } else if !event.rowsDigest.isEmpty {
                result.problems.add(
                    "control.verify.noEvidence", field: "事件 \(event.id)",
                    "没有程序认得“\(event.kind)”类事件的记录,请用写下它的那个版本核验")
            }
        }
        for (index, source) in sources.enumerated() {
            guard let batch = bySource[index] else { continue }
            let digests: [Int64: [UInt8]]
            do { digests = try source.recompute(tx, batch) } catch {
                result.problems.all.append(Verifier.unreadable("\(source.subject) \(batch[0].record) 起", error))
                continue
            }
            for event in batch where digests[event.id] ?? [] != event.rowsDigest {
                guard result.problems.all.count < RowProof.problemsMax else { return }
                result.problems.add(
                    "control.verify.rows", field: "\(source.subject) \(event.record)",
                    "\(source.subject) \(event.record) 的记录与 \(event.at) 的事件 \(event.id) 不符:记录被改动、删去或添加过")
            }
        }
    }

    /// Rows that no event vouches for were put in beside the program.
    private func compareCounts(_ tx: any Transaction, _ result: inout Verification) throws {
        for (index, source) in sources.enumerated() {
            guard let rowCount = source.rowCount else { continue }
            let rows = try tx.first(rowCount, Value(area)) { try $0.int(0) } ?? 0
            if rows != vouched[index] {
                result.problems.add(
                    "control.verify.rowCount", field: source.subject,
                    "\(source.subject)有 \(rows) 条记录,事件链只见证了 \(vouched[index]) 条:有记录绕过程序被写入或删去")
            }
        }
    }
}
