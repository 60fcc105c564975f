import Basics

/// What goes back to the sender (响应信封), with the status of HTTP beside it.
public struct Answer: Sendable {
    public var status: Int
    public var code: InfCode
    /// 错误信息: all problems together
    public var error = ""
    /// 提示信息
    public var warning = ""
    /// The JSON of `output`; empty for `{}`.
    public var output: [UInt8] = []

    static func success(_ output: [UInt8], warning: String = "") -> Answer {
        Answer(status: 200, code: .success, warning: warning, output: output)
    }

    /// A refusal in the words of its problems; the first decides the code.
    static func refusal(_ problems: Problems) -> Answer {
        let code = problems.all.first.map { InfCode(problem: $0.code) } ?? .internalError
        let text = problems.all.map { problem in
            problem.field.map { "\($0):\(problem.message)" } ?? problem.message
        }
        return Answer(status: code.status, code: code, error: text.joined(separator: ";"))
    }

    static func refusal(_ problem: Problem) -> Answer { refusal(Problems(problem)) }

    /// Something broke that is not the sender's doing: the log has the details, the sender a number to name.
    static let broken = Answer(
        status: 500, code: .internalError, error: "系统内部错误,本次交易没有生效;请稍后用同一报文ID重发,仍失败请联系医保经办机构")

    /// The envelope as JSON.
    func bytes(reference: String, receivedAt: Moment, answeredAt: Moment) -> [UInt8] {
        var json = JSONWriter(capacity: output.count + 320)
        json.object {
            $0.field("infcode", Int64(code.number))
            $0.field("inf_refmsgid", reference)
            $0.field("refmsg_time", receivedAt)
            $0.field("respond_time", answeredAt)
            $0.field("err_msg", error)
            $0.field("warn_msg", warning)
            $0.field("cainfo", "")
            $0.field("signtype", "")
            $0.name("output")
            if output.isEmpty { $0.object { _ in } } else { $0.raw(output) }
        }
        return json.bytes
    }
}
