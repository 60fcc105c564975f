import Basics

/// A random sample that anyone can draw again (随机抽取): from the seed, the frame's size and the method's version come the
/// same places in the same order.
public struct RandomDraw: Hashable, Sendable {
    /// The way of drawing. A new way gets a new number, so that old samples can still be repeated.
    public static let method: Int64 = 1

    public let seed: UInt64
    public let frameCount: Int
    public let sampleCount: Int

    /// - Parameter percent: at least so much of the frame, rounded up: one of a few is still one.
    public init(seed: UInt64, frameCount: Int, percent: Int) {
        self.seed = seed
        self.frameCount = frameCount
        sampleCount = min(frameCount, (frameCount * percent + 99) / 100)
    }

    /// Places in the frame, from 0, in the order they were drawn: each equally likely, none twice (Fisher–Yates).
    public var places: [Int] {
        var random = SeededRandom(seed: seed)
        var frame = Array(0..<frameCount)
        for drawn in 0..<sampleCount { frame.swapAt(drawn, drawn + random.below(frameCount - drawn)) }
        return Array(frame[..<sampleCount])
    }
}
