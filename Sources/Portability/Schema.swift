import Storage

extension Portability {
    public static let migrations: [Migration] = []
}
