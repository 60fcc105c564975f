// swift-tools-version: 6.2
import PackageDescription

// The tree names the agency's desks; docs/architecture.md draws the direction of imports,
// and HouseRulesTests keeps it. Targets are listed in that direction.

func external(_ product: String, _ package: String) -> Target.Dependency {
    .product(name: product, package: package)
}

let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

func house(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource]? = nil
) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: settings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: settings)
}

func system(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let ground: [Target.Dependency] = ["Basics", "Seals", "Sheets", "Policy", "Storage", "Control"]
let desks: [Target.Dependency] = [
    "Enrolment", "Contributions", "Portability", "Catalogue", "Providers", "Benefits", "Settlement", "Fund",
    "Screening",
]

let package = Package(
    name: "yibao",
    products: [.executable(name: "yibao", targets: ["YibaoCLI"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        system("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
        system("CSQLiteSettings", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        system("CCrypt", pkgConfig: "libcrypt", apt: "libcrypt-dev"),
        system("CXlsxWriter", pkgConfig: "xlsxwriter", apt: "libxlsxwriter-dev"),
        system("CZip", pkgConfig: "libzip", apt: "libzip-dev"),
        system("CXML", pkgConfig: "libxml-2.0", apt: "libxml2-dev"),

        // The ground: values, seals, tables of people's files, law, storage.
        house("Basics"),
        house("Seals", ["Basics", "CCrypto", "CCrypt"]),
        house("Sheets", ["Basics", "CXlsxWriter", "CZip", "CXML"]),
        house("Policy", ["Basics", "Seals", external("Yams", "Yams")]),
        house(
            "Storage",
            [
                "Basics", "CPostgres", "CSQLiteSettings", external("GRDB", "GRDB.swift"),
                external("GRDBSQLite", "GRDB.swift"),
                external("Logging", "swift-log"),
            ]),
        house("Control", ["Basics", "Seals", "Sheets", "Policy", "Storage"]),

        // The desks. None imports another.
        house("Enrolment", ground),
        house("Contributions", ground),
        house("Portability", ground),
        house("Catalogue", ground),
        house("Providers", ground),
        house("Benefits", ["Basics", "Policy"]),
        house("Settlement", ground),
        house("Fund", ground),
        house(
            "Screening",
            ground + [
                "CZip", "CXlsxWriter", external("Yams", "Yams"), external("Subprocess", "swift-subprocess"),
                external("SystemPackage", "swift-system"),
            ]),

        // What crosses desks, and the house's doors.
        house("Agency", ground + desks),
        house(
            "Gateway",
            ground + desks + [
                "Agency", external("Hummingbird", "hummingbird"), external("HTTPTypes", "swift-http-types"),
                external("Logging", "swift-log"),
            ]),
        house(
            "Counter",
            ground + desks + [
                "Agency", external("Hummingbird", "hummingbird"),
                external("HTTPTypes", "swift-http-types"), external("Mustache", "swift-mustache"),
                external("Logging", "swift-log"), external("NIOCore", "swift-nio"),
            ],
            resources: [.copy("Views"), .copy("Public")]),
        house("Demonstration", ground + desks + ["Agency"]),
        .executableTarget(
            name: "YibaoCLI",
            dependencies: ground + desks + [
                "Agency", "Gateway", "Counter", "Demonstration", external("ArgumentParser", "swift-argument-parser"),
                external("Hummingbird", "hummingbird"), external("HTTPTypes", "swift-http-types"),
                external("Logging", "swift-log"),
                external("ServiceLifecycle", "swift-service-lifecycle"),
                external("UnixSignals", "swift-service-lifecycle"),
            ],
            swiftSettings: settings),

        .target(
            name: "StoreKit", dependencies: ["Basics", "Storage"], path: "Tests/StoreKit", swiftSettings: settings),
        .target(
            name: "TestKit",
            dependencies: ground + desks + [
                "StoreKit", "Agency", "Gateway", "Counter", "Demonstration", external("Hummingbird", "hummingbird"),
                external("HTTPTypes", "swift-http-types"),
                external("Logging", "swift-log"),
            ],
            path: "Tests/TestKit", swiftSettings: settings),
        tests("BasicsTests", ["Basics"]),
        tests("SealsTests", ["Seals", "Basics"]),
        tests("SheetsTests", ["Sheets", "Basics"]),
        tests("PolicyTests", ["Policy", "Basics"]),
        tests("StorageTests", ["Storage", "Basics", "StoreKit", external("GRDBSQLite", "GRDB.swift")]),
        tests("ControlTests", ground + ["StoreKit"]),
        tests("MattersTests", ground + ["StoreKit"]),
        tests("EnrolmentTests", ground + ["Enrolment", "StoreKit", external("Yams", "Yams")]),
        tests("ContributionsTests", ground + ["Contributions", "StoreKit", external("Yams", "Yams")]),
        tests("CollectionTests", ground + desks + ["Agency", "StoreKit"]),
        tests("DesksTests", ground + desks + ["StoreKit"]),
        tests("BenefitsTests", ["Benefits", "Policy", "Basics"]),
        tests(
            "ScenarioTests",
            ["Benefits", "Enrolment", "Contributions", "Policy", "Basics", external("Yams", "Yams")]),
        tests("CoverTests", ground + desks + ["Agency", "StoreKit"]),
        tests("AccountTests", ground + ["Contributions", "StoreKit"]),
        tests("PortabilityTests", ground + ["Portability", "StoreKit"]),
        tests("ScreeningTests", ground + ["Screening", "StoreKit"]),
        tests("AgencyTests", ground + desks + ["Agency", "StoreKit", "TestKit"]),
        tests(
            "GatewayTests",
            ground + desks + [
                "Agency", "Gateway", "Demonstration", "TestKit", external("Hummingbird", "hummingbird"),
                external("HTTPTypes", "swift-http-types"), external("NIOCore", "swift-nio"),
            ], exclude: ["Messages"]),
        tests(
            "CounterTests",
            ground + desks + [
                "Agency", "Counter", "Demonstration", "TestKit", external("Hummingbird", "hummingbird"),
                external("HTTPTypes", "swift-http-types"),
                external("Logging", "swift-log"), external("NIOCore", "swift-nio"),
                external("NIOEmbedded", "swift-nio"),
            ]),
        tests("CommandTests", ground + desks + ["Agency", "Demonstration", "TestKit", "YibaoCLI"]),
        tests("HouseRulesTests", []),
    ],
    swiftLanguageModes: [.v6]
)

// Benchmarks are built only when asked for (scripts/bench): no test and no user needs them.
if Context.environment["YIBAO_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "yibao-bench",
            dependencies: ground + desks + [
                "Agency", "Demonstration", external("ArgumentParser", "swift-argument-parser"),
                external("GRDBSQLite", "GRDB.swift"),
            ],
            path: "Benchmarks", swiftSettings: settings))
}
