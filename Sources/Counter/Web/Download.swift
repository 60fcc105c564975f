import Hummingbird
import Sheets

extension Sheet {
    enum Format: Sendable {
        case csv, excel
    }

    /// The table as a file that the browser saves under the table's name.
    func download(_ format: Format) throws -> Response {
        let (type, suffix, body) =
            switch format {
            case .csv: ("text/csv; charset=utf-8", "csv", csv())
            case .excel: ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", try excel())
            }
        return Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: "no-store",
                .contentDisposition: "attachment; filename*=UTF-8''\(Query.encode(name)).\(suffix)",
            ], body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}
