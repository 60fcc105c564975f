import Agency
import ArgumentParser
import Basics
import Control
import Foundation
import Providers
import Seals
import Storage

/// `yibao provider-key`: gives a provider the key with which its messages are signed.
struct ProviderKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider-key", abstract: "给定点机构发签名密钥(HMAC-SM3),或登记它的 SM2 公钥")

    @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
    var db: String

    @Option(help: "政策文件夹")
    var policies = "policies"

    @Option(help: "统筹区")
    var area = "990100"

    @Option(help: "定点机构编号")
    var code: String

    @Option(help: "机构的 SM2 公钥文件(PEM);不给则新生成一个 HMAC-SM3 密钥")
    var sm2: String?

    func run() async throws {
        let agency = try await House.open(db: db, policies: policies)
        do {
            let key = try key()
            try await give(key, agency)
            try await agency.close()
            // The secret is shown this once; the agency hands it over on paper or a sealed medium.
            print(key.kind == .hmac ? Hex.encode(key.bytes) : "已登记 SM2 公钥")
        } catch {
            try? await agency.close()
            throw House.sentence(for: error)
        }
    }

    private func key() throws -> ProviderKey {
        guard let sm2 else { return ProviderKey(kind: .hmac, bytes: SecureRandom.bytes(32)) }
        guard let pem = try? String(contentsOfFile: sm2, encoding: .utf8), (try? SM2PublicKey(pem: pem)) != nil else {
            throw Problem("providers.key.pem", field: sm2, "这不是 SM2 公钥文件,请提供 PEM 格式的 SM2 公钥")
        }
        return ProviderKey(kind: .sm2, bytes: Array(pem.utf8))
    }

    private func give(_ key: ProviderKey, _ agency: Agency) async throws {
        guard let area = AreaCode(area) else {
            throw Problem("providers.key.area", field: "--area", "统筹区应是六位区划代码,请改正")
        }
        let now = agency.clock()
        let code = code
        try await agency.store.write { tx in
            guard let institution = try? InstitutionCode(code),
                let id = try Providers.providerID(tx, area: area, code: institution)
            else { throw Problem("providers.unknown", field: "--code", "没有编号为 \(code) 的定点机构,请先导入定点机构") }
            try Providers.setKey(tx, area: area, provider: id, key, by: .system, at: now)
        }
    }
}
