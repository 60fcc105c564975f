import Basics
import Foundation

extension WorkCalendar {
    public static let fileName = "calendar.csv"

    /// The calendar of a policies folder; nil when there is none.
    static func find(in folder: String) throws(Problems) -> WorkCalendar? {
        let path = folder + "/" + fileName
        return FileManager.default.fileExists(atPath: path) ? try load(path) : nil
    }

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
