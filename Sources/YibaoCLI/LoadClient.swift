import Basics
import Demonstration
import Foundation
import Seals

/// Writes and signs 2102A messages as a pharmacy's system would.
struct PurchaseWriter {
    let house: SampleHouse
    let linesCount: Int
    let round: Int
    let now: Moment
    private let signer: HMACSM3

    init(house: SampleHouse, linesCount: Int, round: Int, now: Moment) {
        self.house = house
        self.linesCount = linesCount
        self.round = round
        self.now = now
        signer = HMACSM3(key: house.pharmacy.key)
    }

    /// The whole HTTP request of the n-th message of the round.
    func request(_ number: Int, port: Int) -> [UInt8] {
        let stamp = now.description.filter(\.isNumber)
        // Four digits of sequence are few for a load: the minutes of the message's own time carry the rest.
        let minute = number / 10_000 + (round - 1) * 10
        let sequence = String(10_000 + number % 10_000).dropFirst()
        let moment = (now + Int64(-60 * minute)).description.filter(\.isNumber)
        let messageID = house.pharmacy.code + moment + sequence
        let body = body(messageID, house.people[number % house.people.count])
        let digest = Hex.encode(SM3.hash(body))
        let code = signer.code(for: "POST\n/gateway/2102A\n\(stamp)\n\(messageID)\n\(digest)")
        let head = """
            POST /gateway/2102A HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Content-Type: application/json\r
            X-Yibao-Provider: \(house.pharmacy.code)\r
            X-Yibao-Time: \(stamp)\r
            X-Yibao-Msgid: \(messageID)\r
            X-Yibao-Signature: HMAC-SM3 \(Hex.encode(code))\r
            Content-Length: \(body.count)\r
            \r\n
            """
        return Array(head.utf8) + body
    }

    private func body(_ messageID: String, _ person: SampleHouse.Insured) -> [UInt8] {
        let items = (0..<linesCount).map { house.items[$0 % 20] }
        let amounts = items.map { $0.price * Quantity(2) }
        var json = JSONWriter(capacity: 8192)
        json.object { json in
            json.field("infno", "2102A")
            json.field("msgid", messageID)
            json.field("mdtrtarea_admvs", house.area.description)
            json.field("insuplc_admdvs", house.area.description)
            json.field("recer_sys_code", "YBXT")
            json.field("infver", "V1.0")
            json.field("opter_type", "1")
            json.field("opter", "0001")
            json.field("opter_name", "示例店员")
            json.field("inf_time", now)
            json.field("fixmedins_code", house.pharmacy.code)
            json.field("fixmedins_name", house.pharmacy.name)
            json.object("input") { json in
                json.object("druginfo") { json in
                    json.field("psn_no", person.id)
                    json.field("mdtrt_cert_type", "02")
                    json.field("mdtrt_cert_no", person.certificate)
                    json.field("begntime", now)
                    json.field("medfee_sumamt", amounts.total())
                    json.field("insutype", String(person.insurance.rawValue))
                    json.field("acct_used_flag", "1")
                    json.field("med_type", "41")
                }
                json.array("drugdetail") { json in
                    for (index, item) in items.enumerated() {
                        json.object { json in
                            json.field("feedetl_sn", "F\(index + 1)")
                            json.field("rx_circ_flag", "0")
                            json.field("fee_ocur_time", now)
                            json.field("med_list_codg", item.code)
                            json.field("medins_list_codg", "HIS\(item.code)")
                            json.field("det_item_fee_sumamt", amounts[index])
                            json.field("cnt", Quantity(2))
                            json.field("pric", item.price)
                            json.field("bilg_dept_codg", "A01")
                            json.field("bilg_dept_name", "药店柜台")
                            json.field("bilg_dr_codg", "D990100000001")
                            json.field("bilg_dr_name", "示例药师")
                            json.field("hosp_appr_flag", "0")
                        }
                    }
                }
            }
        }
        return json.bytes
    }
}

/// Keep-alive connections over loopback, all served by one thread, so that the client takes little of the cores that
/// it shares with the server.
struct LoadClient {
    struct Failure: Error { let what: String }

    struct Result {
        var micros: [Int]
        var succeeded: Int
        var firstRefusal: String?
        var elapsedMicros: Int

        func row(round: Int, memoryMB: Int, cpuMicros: [Int]) -> String {
            func part(_ permille: Int) -> String { FixedPoint.format(Int64(taken(permille) / 10), decimals: 2) }
            let cells = [
                "\(round)", "\(rate)", part(500), part(950), part(990), part(1000), "\(memoryMB)",
                "\(cpuMicros[0])", "\(cpuMicros[1])", "\(micros.count - succeeded)",
            ]
            let widths = [4, 9, 9, 9, 9, 10, 9, 17, 7, 8]
            return zip(cells, widths).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined()
        }

        /// Settlements a second.
        var rate: Int { elapsedMicros > 0 ? succeeded * 1_000_000 / elapsedMicros : 0 }

        /// The microseconds within which so many of a thousand requests were answered.
        func taken(_ permille: Int) -> Int {
            let sorted = micros.sorted()
            return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * permille / 1000)]
        }
    }

    private let connections: [Connection]

    init(port: Int, clients: Int) throws { connections = try (0..<clients).map { _ in try Connection(port: port) } }

    /// Sends each request once, as many at a time as there are connections.
    func run(_ requests: [[UInt8]]) throws -> Result {
        var result = Result(micros: [], succeeded: 0, firstRefusal: nil, elapsedMicros: 0)
        result.micros.reserveCapacity(requests.count)
        let start = ContinuousClock.now
        var next = 0
        var waiting = 0
        for connection in connections where next < requests.count {
            try connection.send(requests[next])
            next += 1
            waiting += 1
        }
        var polls = connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while waiting > 0 {
            guard poll(&polls, nfds_t(polls.count), 30_000) > 0 else { throw Failure(what: "30 秒没有应答") }
            for index in polls.indices where polls[index].revents != 0 {
                let connection = connections[index]
                guard try connection.receive() else { continue }
                result.micros.append(connection.microsTaken)
                if connection.succeeded {
                    result.succeeded += 1
                } else if result.firstRefusal == nil {
                    result.firstRefusal = connection.text
                }
                waiting -= 1
                if next < requests.count {
                    try connection.send(requests[next])
                    next += 1
                    waiting += 1
                }
            }
        }
        result.elapsedMicros = Connection.micros(start.duration(to: .now))
        for connection in connections { connection.close() }
        return result
    }
}

/// One keep-alive connection with at most one request under way.
final class Connection {
    let descriptor: Int32
    private var answer: [UInt8] = []
    private var scratch = [UInt8](repeating: 0, count: 64 << 10)
    private var sentAt = ContinuousClock.now
    private(set) var microsTaken = 0

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard connected == 0 else {
            close()
            throw LoadClient.Failure(what: String(cString: strerror(errno)))
        }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    func close() { _ = Glibc.close(descriptor) }

    /// A port that nobody listens on just now.
    static func freePort() throws -> Int {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { _ = Glibc.close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, size) == 0 && getsockname(probe, $0, &size) == 0
            }
        }
        guard bound else { throw LoadClient.Failure(what: String(cString: strerror(errno))) }
        return Int(in_port_t(bigEndian: address.sin_port))
    }

    func send(_ request: [UInt8]) throws {
        answer.removeAll(keepingCapacity: true)
        sentAt = .now
        var offset = 0
        while offset < request.count {
            let sent = request.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + offset, $0.count - offset, 0)
            }
            guard sent > 0 else { throw LoadClient.Failure(what: String(cString: strerror(errno))) }
            offset += sent
        }
    }

    /// Takes what has arrived; true when the answer is whole.
    func receive() throws -> Bool {
        let count = recv(descriptor, &scratch, scratch.count, 0)
        guard count > 0 else { throw LoadClient.Failure(what: "服务器关闭了连接") }
        answer.append(contentsOf: scratch[..<count])
        guard let head = headEnd, answer.count >= head + contentLength(head) else { return false }
        microsTaken = Connection.micros(sentAt.duration(to: .now))
        return true
    }

    var succeeded: Bool { answer.starts(with: Array("HTTP/1.1 200".utf8)) && holds("\"infcode\":0,") }
    var text: String { String(decoding: answer.suffix(600), as: UTF8.self) }

    private var headEnd: Int? {
        guard answer.count >= 4 else { return nil }
        for index in 0...(answer.count - 4)
        where answer[index] == 13 && answer[index + 1] == 10 && answer[index + 2] == 13 && answer[index + 3] == 10 {
            return index + 4
        }
        return nil
    }

    private func contentLength(_ head: Int) -> Int {
        let lines = String(decoding: answer[..<head], as: UTF8.self).split(separator: "\r\n")
        let line = lines.first { $0.lowercased().hasPrefix("content-length:") }
        return line.flatMap { Int($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) } ?? 0
    }

    private func holds(_ text: String) -> Bool {
        let needle = Array(text.utf8)
        guard let head = headEnd else { return false }
        return answer[head...].prefix(64).firstRange(of: needle) != nil
    }

    static func micros(_ duration: Duration) -> Int {
        let parts = duration.components
        return Int(parts.seconds) * 1_000_000 + Int(parts.attoseconds / 1_000_000_000_000)
    }
}
