import Basics
import Seals
import Storage

/// A drawing of matters for inspection (办件抽查), with all that is needed to draw it again.
public struct MatterSampling: Hashable, Sendable {
    public let id: Int64
    public let period: Period
    public let percent: Int
    public let seed: UInt64
    public let method: Int64
    public let frameCount: Int
    /// SM3 over the numbers of the frame's matters, in order.
    public let frameHash: [UInt8]
    public let ground: Ground
}

/// A drawn matter, and what was found (抽查结论).
public struct SampledMatter: Hashable, Sendable {
    public enum Finding: Int64, Sendable, CaseIterable {
        /// 未发现问题
        case sound = 1
        /// 有差错
        case faulty = 2

        public var name: String { self == .sound ? "未发现问题" : "有差错" }
    }

    public let sampling: Int64
    public let matter: ID<Matter>
    public let kind: String
    public let title: String
    public let finding: Finding?
    public let opinion: String
    public let inspectedAt: Moment?
}

/// Drawing matters at random and inspecting them (办件抽查).
///
/// The frame is every matter carried out in a period, be it in part; the seed is recorded with the frame's hash and the method, so that
/// anyone can draw the same matters again.
public enum Sampling {
    /// Draws at least a share of the matters carried out in a period.
    @discardableResult
    public static func draw(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day, percent: Int, seed: UInt64,
        on ground: Ground
    ) throws -> MatterSampling {
        try Problems(
            try drawProblems(tx, area: area, from: first, through: last, percent: percent, on: ground)
        ).throwIfAny()
        guard let period = Period(from: first, through: last) else { throw badPeriod }
        let frame = try SamplingRecords.frame(tx, area: area, period, before: ground.at)
        let draw = RandomDraw(seed: seed, frameCount: frame.count, percent: percent)
        let sampling = MatterSampling(
            id: try tx.nextNumber("matter_sampling"), period: period, percent: percent, seed: seed,
            method: RandomDraw.method, frameCount: frame.count, frameHash: hash(frame), ground: ground)
        try SamplingRecords.write(tx, area: area, sampling, drawn: draw.places.map { frame[$0] })
        return sampling
    }

    /// Everything that speaks against this drawing.
    public static func drawProblems(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day, percent: Int, on ground: Ground
    ) throws -> [Problem] {
        var problems = ground.problems
        if !(1...100).contains(percent) {
            problems.append(Problem("control.sampling.percent", field: "percent", "抽查比例请写 1 到 100 的整数"))
        }
        guard let period = Period(from: first, through: last), last <= ground.at.day else {
            return problems + [badPeriod]
        }
        if try SamplingRecords.frame(tx, area: area, period, before: ground.at).isEmpty {
            problems.append(Problem("control.sampling.empty", field: "from", "这段时间没有办结的办件,请改期间"))
        }
        return problems
    }

    private static let badPeriod = Problem(
        "control.sampling.period", field: "through", "抽查期间应当先起后止,且不晚于今天,请改正日期")

    /// Records what the inspection of a drawn matter found, once. Nobody inspects what they acted in.
    public static func inspect(
        _ tx: any Transaction, area: AreaCode, sampling: Int64, matter: ID<Matter>, _ finding: SampledMatter.Finding,
        on ground: Ground
    ) throws {
        try Problems(
            try inspectionProblems(tx, area: area, sampling: sampling, matter: matter, on: ground)
        ).throwIfAny()
        try SamplingRecords.write(tx, area: area, sampling: sampling, matter, finding, on: ground)
    }

    /// Everything that speaks against this inspection.
    public static func inspectionProblems(
        _ tx: any Transaction, area: AreaCode, sampling: Int64, matter: ID<Matter>, on ground: Ground
    ) throws -> [Problem] {
        guard
            let drawn = try SamplingRecords.sampled(tx, area: area, sampling: sampling).first(where: {
                $0.matter == matter
            })
        else {
            return [Problem("control.sampling.notDrawn", field: "matter", "办件 \(matter) 不在抽查 \(sampling) 之中,请核对编号")]
        }
        var problems = ground.problems
        if drawn.finding != nil {
            problems.append(Problem("control.sampling.done", field: "matter", "办件 \(matter) 已有抽查结论,不能重复登记"))
        }
        if case .staff(let staff) = ground.actor, try SamplingRecords.acted(tx, area: area, in: matter, staff) {
            problems.append(Problem("control.sampling.own", field: "matter", "办件 \(matter) 由本人经办,请回避,由他人抽查"))
        }
        return problems
    }

    /// The drawings that touch a period, newest first.
    public static func samplings(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> [MatterSampling] {
        try SamplingRecords.samplings(tx, area: area, from: first, through: last)
    }

    /// The matters of a drawing, in the order they were drawn.
    public static func sampled(_ tx: any Transaction, area: AreaCode, sampling: Int64) throws -> [SampledMatter] {
        try SamplingRecords.sampled(tx, area: area, sampling: sampling)
    }

    /// What was drawn of the matters carried out in a period, with what was found.
    public static func drawn(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> [SampledMatter] {
        try SamplingRecords.drawn(tx, area: area, from: first, through: last)
    }

    /// How many of the matters carried out in a period were drawn and inspected.
    public static func inspectedCount(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> Int {
        try SamplingRecords.inspectedCount(tx, area: area, from: first, through: last)
    }

    /// How `yibao verify` comes to the digests of drawings and inspections.
    public static let evidence = SamplingRecords.evidence

    static func hash(_ frame: [ID<Matter>]) -> [UInt8] {
        var bytes = CanonicalBytes(capacity: frame.count * 4)
        for matter in frame { bytes.append(.int(matter.raw)) }
        return SM3.hash(bytes.bytes)
    }

    /// Every drawing comes out again from its seed and its frame. A frame is what was carried out before the drawing.
    public static func verify(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try SamplingRecords.samplings(tx, area: area, from: Day(number: 0), through: Day(number: .max - 1)).compactMap {
            sampling in
            let frame = try SamplingRecords.frame(tx, area: area, sampling.period, before: sampling.ground.at)
            let draw = RandomDraw(seed: sampling.seed, frameCount: frame.count, percent: sampling.percent)
            let drawn = try SamplingRecords.sampled(tx, area: area, sampling: sampling.id).map(\.matter)
            guard hash(frame) == sampling.frameHash, draw.places.map({ frame[$0] }) == drawn else {
                return Problem("control.verify.sampling", field: "抽查 \(sampling.id)", "用记录的种子重抽,结果与记录不符,请核对办件和抽查记录")
            }
            return nil
        }
    }
}
