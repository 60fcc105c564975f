import Foundation
import Seals
import Testing

@Suite("SM2 keys and signatures")
struct KeyTests {
    let message = Array("二〇二六年三月一日链头".utf8)

    @Test("What a key signs, its public half accepts; a changed message or signature it does not")
    func signAndVerify() throws {
        let key = try SM2PrivateKey.generate()
        let signature = try key.sign(message)
        #expect(key.publicKey.accepts(signature, for: message))
        #expect(!key.publicKey.accepts(signature, for: message + [0]))
        #expect(!key.publicKey.accepts([], for: message))
        for index in signature.indices {
            var damaged = signature
            damaged[index] ^= 1
            #expect(!key.publicKey.accepts(damaged, for: message))
        }
        #expect(!(try SM2PrivateKey.generate().publicKey.accepts(signature, for: message)))
    }

    @Test("The signer's identity is part of what is signed")
    func identity() throws {
        let key = try SM2PrivateKey.generate()
        let signature = try key.sign(message, identity: Array("990100".utf8))
        #expect(key.publicKey.accepts(signature, for: message, identity: Array("990100".utf8)))
        #expect(!key.publicKey.accepts(signature, for: message))
    }

    @Test("Keys survive the way through PEM")
    func pem() throws {
        let key = try SM2PrivateKey.generate()
        let again = try SM2PrivateKey(pem: key.pem())
        let publicAgain = try SM2PublicKey(pem: key.publicKey.pem())
        #expect(publicAgain.accepts(try again.sign(message), for: message))
        #expect(publicAgain.fingerprint == key.publicKey.fingerprint)
        #expect(publicAgain.fingerprint.count == 16)
    }

    @Test("Text that is no key, and a key of another algorithm, are told apart")
    func foreignKeys() throws {
        #expect(throws: SealError.notAKey) { try SM2PrivateKey(pem: "不是密钥") }
        #expect(throws: SealError.notAKey) { try SM2PublicKey(pem: try SM2PrivateKey.generate().pem()) }
        let ed25519 = """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
            -----END PUBLIC KEY-----
            """
        #expect(throws: SealError.notSM2) { try SM2PublicKey(pem: ed25519) }
    }

    @Test("OpenSSL's own program accepts our signature, and we accept its")
    func agreesWithOpenSSL() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "yibao-seals-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = try SM2PrivateKey.generate()
        func file(_ name: String) -> String { folder.appending(path: name).path }
        try key.pem().write(toFile: file("key.pem"), atomically: true, encoding: .utf8)
        try key.publicKey.pem().write(toFile: file("pub.pem"), atomically: true, encoding: .utf8)
        try Data(message).write(to: URL(filePath: file("message")))
        try Data(key.sign(message)).write(to: URL(filePath: file("ours.sig")))
        let identity = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]

        try #expect(
            openssl(
                ["pkeyutl", "-verify", "-in", file("message"), "-pubin", "-inkey", file("pub.pem")]
                    + ["-sigfile", file("ours.sig")] + identity) == 0)
        try #expect(
            openssl(
                ["pkeyutl", "-sign", "-in", file("message"), "-inkey", file("key.pem"), "-out", file("theirs.sig")]
                    + identity) == 0)
        let theirs = try [UInt8](Data(contentsOf: URL(filePath: file("theirs.sig"))))
        #expect(key.publicKey.accepts(theirs, for: message))
    }

    private func openssl(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

@Suite("Passwords and random bytes")
struct PasswordTests {
    @Test("A hash accepts its password alone, and two hashes of one password differ")
    func passwords() {
        let hash = PasswordHash.make("春江潮水连海平", cost: 1)
        #expect(hash.hasPrefix("$y$"))
        #expect(PasswordHash.accepts("春江潮水连海平", hash))
        #expect(!PasswordHash.accepts("春江潮水连海天", hash))
        #expect(!PasswordHash.accepts("", hash))
        #expect(PasswordHash.make("春江潮水连海平", cost: 1) != hash)
    }

    @Test("A damaged hash accepts nothing")
    func damagedHash() {
        #expect(!PasswordHash.accepts("x", ""))
        #expect(!PasswordHash.accepts("x", "$y$"))
        #expect(!PasswordHash.accepts("x", "*0"))
        #expect(!PasswordHash.accepts("x", "$1$abcdefgh$irWbblnpmw.5z7wgBnprh0"))
    }

    @Test("Random bytes do not repeat, and comparison looks at every byte")
    func randomAndComparison() {
        let token = SecureRandom.bytes(32)
        #expect(token.count == 32)
        #expect(token != SecureRandom.bytes(32))
        #expect(constantTimeEqual(token, token))
        #expect(constantTimeEqual([], []))
        for index in token.indices {
            var other = token
            other[index] ^= 0x80
            #expect(!constantTimeEqual(token, other))
        }
    }
}
