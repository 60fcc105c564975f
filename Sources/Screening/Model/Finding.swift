/// One finding (疑点) before it is written: numbers of rule, point and encounter, the lines, the figures that decided.
struct Finding {
    var rule: Int32
    /// Index into the compiled point ids; -1 without a point.
    var point: Int32
    /// -1 when the finding is about an institution.
    var encounter: Int32
    var institution: UInt32
    /// `.min` without a day.
    var day: Int32
    /// Ten-thousandths; `.min` without a quantity.
    var quantity: Int64
    /// Fen.
    var amount: Int64
    /// Fen; `.min` without a settlement.
    var fund: Int64
    var lines: Range<Int>
    var evidence: Range<Int>
}

/// Findings of a batch: small records over two shared pools.
struct FindingBuffer {
    private(set) var findings: [Finding] = []
    private(set) var lines: [Int32] = []
    private(set) var evidence: [UInt8] = []

    mutating func clear() {
        findings.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
        evidence.removeAll(keepingCapacity: true)
    }

    mutating func add(_ finding: Finding, lines own: some Sequence<Int32>, evidence text: String) {
        var finding = finding
        let (start, from) = (lines.count, evidence.count)
        lines.append(contentsOf: own)
        evidence.append(contentsOf: text.utf8)
        finding.lines = start..<lines.count
        finding.evidence = from..<evidence.count
        findings.append(finding)
    }
}
