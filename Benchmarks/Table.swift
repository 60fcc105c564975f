import Foundation

/// A row of the printed result: what was measured, what came out, and the bound it is held against.
struct Measured {
    var what: String
    var value: String
    var bound: String
    /// Nil where nothing is promised.
    var holds: Bool?
}

/// Collects rows and prints them as one table, with the machine at the top.
struct Report {
    private(set) var rows: [Measured] = []

    mutating func add(_ what: String, _ value: String, bound: String = "", holds: Bool? = nil) {
        let row = Measured(what: what, value: value, bound: bound, holds: holds)
        rows.append(row)
        print(Report.line(row))
        fflush(nil)
    }

    static func header() {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model =
            info.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? "unknown"
        let cores = ProcessInfo.processInfo.activeProcessorCount
        print("machine: \(cores) cores,\(model), \(ProcessInfo.processInfo.physicalMemory >> 30) GiB")
        print(line(Measured(what: "what", value: "measured", bound: "bound", holds: nil)))
    }

    static func line(_ row: Measured) -> String {
        func pad(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        return pad(row.what, 58) + pad(row.value, 30) + pad(row.bound, 34)
            + (row.holds.map { $0 ? "holds" : "BROKEN" } ?? "")
    }
}

/// Seconds that some work took, by the monotonic clock.
func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try work()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

func seconds(_ work: () async throws -> Void) async rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try await work()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

func perSecond(_ count: Int, _ seconds: Double) -> String { "\(Int(Double(count) / seconds)) a second" }

/// Resident memory of this process, in MiB.
func residentMiB() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
}
