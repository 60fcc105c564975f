import Storage

extension Contributions {
    /// The desk's tables, subject by subject, in the order in which they stand on one another.
    public static let migrations: [Migration] = accountMigrations + levyMigrations
}
