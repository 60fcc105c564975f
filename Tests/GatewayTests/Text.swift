import Seals

/// Files inside messages are base64.
enum Text {
    static func decode(_ base64: String?) -> String? {
        base64.flatMap { Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    static func encode(_ text: String) -> String { Base64.encode(Array(text.utf8)) }
}
