import Agency
import ArgumentParser
import Basics

/// `yibao cover sweep --db county.sqlite --area 990100`: stops the cover of arrears; `refresh` reckons it all anew.
struct CoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cover", abstract: "待遇享受核算:月初停欠费人员的待遇,年初重新核算全部人员",
        subcommands: [Sweep.self, Refresh.self])

    struct Place: ParsableArguments {
        @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
        var db: String

        @Option(help: "政策文件夹")
        var policies = "policies"

        @Option(help: "统筹区代码")
        var area: String

        func run(_ work: (Agency, AreaCode) async throws -> Int, done: String) async throws {
            guard let area = AreaCode(area) else {
                throw House.sentence(for: Problem("cover.area", field: "--area", "“\(area)”不是六位统筹区代码,请核对"))
            }
            let agency = try await House.open(db: db, policies: policies)
            do {
                let count = try await work(agency, area)
                try await agency.close()
                print("\(done) \(count) 人")
            } catch {
                throw House.sentence(for: error)
            }
        }
    }

    struct Sweep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "欠费停保:应缴日已过而未缴足的,按规定停止待遇")
        @OptionGroup var place: Place

        func run() async throws { try await place.run({ try await $0.sweepCover($1) }, done: "待遇有变化") }
    }

    struct Refresh: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "重新核算已核算过的全部人员")
        @OptionGroup var place: Place

        func run() async throws { try await place.run({ try await $0.refreshAllCover($1) }, done: "待遇有变化") }
    }
}
