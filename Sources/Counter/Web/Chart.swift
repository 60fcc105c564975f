import Basics

/// The figures of a chart as the page carries them; drawn by charts.js, and always beside a table of the same.
struct Chart: Sendable {
    enum Kind: String, Sendable {
        case line, bar, doughnut
    }

    struct Series: Sendable {
        var name: String
        /// Whole numbers, or amounts in fen when `inYuan` says so.
        var values: [Int64]
        var inYuan = false
    }

    var kind: Kind
    var labels: [String]
    var series: [Series]
    var isSideways = false

    /// JSON for the `data-chart` attribute.
    var json: String {
        func quoted(_ text: String) -> String {
            "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : $0.isNewline ? [" "] : [$0] } + "\""
        }
        let sets = series.map { series in
            let values = series.values.map { series.inYuan ? Money(fen: $0).description : String($0) }
            return "{\"name\":\(quoted(series.name)),\"values\":[\(values.joined(separator: ","))]}"
        }
        return "{\"type\":\"\(kind.rawValue)\",\"sideways\":\(isSideways),"
            + "\"labels\":[\(labels.map(quoted).joined(separator: ","))],\"series\":[\(sets.joined(separator: ","))]}"
    }
}
