import ArgumentParser
import Basics
import Foundation
import Screening

/// `yibao screen-generate FOLDER`: an invented extract with planted violations, for demonstration and measurement.
struct ScreenGenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen-generate", abstract: "生成虚构的数据提取(演示和测速用)", shouldDisplay: false)

    @Argument(help: "写到哪个文件夹") var folder: String
    @Option(help: "约多少行费用明细") var lines = 100_000
    @Option(help: "随机种子") var seed: UInt64 = 1
    @Option(help: "带有违规的人,百万分之几") var planted = 10_000
    @Flag(help: "不掺退费、更正等杂行") var clean = false

    func run() async throws {
        var generator = ExtractGenerator(lines: lines, seed: seed)
        generator.planted = planted
        generator.awkward = !clean
        try generator.write(
            to: URL(fileURLWithPath: folder), knowledge: KnowledgeBase(folder: KnowledgeBase.standardFolder()))
    }
}
