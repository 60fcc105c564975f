import ArgumentParser
import Gateway

/// `yibao openapi`: the gateway's description, from the table its messages are checked against.
struct OpenAPICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "输出医保结算接口的 OpenAPI 说明(docs/openapi.yaml)")

    func run() { print(OpenAPI.yaml(), terminator: "") }
}
