import Demonstration
import Foundation
import Synchronization

/// Tells how far a long run has come (进度): a bar with rate and time left on a terminal, plain lines elsewhere.
final class ProgressMeter: Sendable {
    private let isQuiet: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Mutex(State())

    private struct State {
        var began: ContinuousClock.Instant?
        var shown: ContinuousClock.Instant?
    }

    private static let barWidth = 24

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func show(_ progress: Demonstration.Progress) {
        if isQuiet { return }
        switch progress {
        case .step(let what): write("\(what)…\n")
        case .day(let day, let done, let total, let tally):
            guard let seconds = due(isLast: done == total) else { return }
            let rate = seconds > 0 ? Int64(tally.settlements) * 1000 / max(1, seconds) : 0
            let left = done > 0 ? seconds * Int64(total - done) / Int64(done) / 1000 : 0
            let words = "\(day)  结算 \(tally.settlements) 笔,每秒 \(rate) 笔,还需 \(left / 60) 分 \(left % 60) 秒"
            let full = Self.barWidth * done / total
            let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.barWidth - full)
            write(
                isTerminal ? "\r\u{1B}[K\(bar) \(done * 100 / total)%  \(words)" : "\(done * 100 / total)%  \(words)\n")
        }
    }

    func finish() {
        if !isQuiet && isTerminal { write("\n") }
    }

    /// Milliseconds since the first day, when it is time to show something again; nil otherwise.
    private func due(isLast: Bool) -> Int64? {
        state.withLock { state in
            let now = ContinuousClock.now
            let began = state.began ?? now
            state.began = began
            let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
            if let shown = state.shown, shown.duration(to: now) < pause, !isLast { return nil }
            state.shown = now
            let (seconds, attoseconds) = began.duration(to: now).components
            return seconds * 1000 + attoseconds / 1_000_000_000_000_000
        }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
