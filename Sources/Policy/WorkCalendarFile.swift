import Basics
import Foundation

extension WorkCalendar {
    /// Reads `calendar.csv` of a policies folder.
    public static func load(_ path: String) throws(Problems) -> WorkCalendar {
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(validating: data, as: UTF8.self)
        else {
            throw Problems(Problem("calendar.unreadable", field: path, "工作日历打不开或不是 UTF-8 文本,请检查文件"))
        }
        return try WorkCalendar(csv: text, file: path)
    }
}
