import Basics

/// `docs/openapi.yaml`, written from the same table that messages are checked against.
public enum OpenAPI {
    /// The whole document as YAML.
    public static func yaml() -> String {
        var lines = heading
        for form in MessageForm.all { lines += path(of: form) }
        lines += components
        return lines.joined(separator: "\n") + "\n"
    }

    private static let heading = """
        # 由 `yibao openapi` 生成,请勿手改:字段表在 Sources/Gateway/Forms。
        openapi: 3.0.3
        info:
          title: 医保结算接口(定点医药机构)
          description: 国家医保信息平台定点医药机构接口的报文信封;签名与错误码见 docs/gateway.md。
          version: "1.0"
        servers:
          - url: http://127.0.0.1:8080
        security:
          - provider: []
            time: []
            message: []
            signature: []
        paths:
        """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)

    private static func path(of form: MessageForm) -> [String] {
        [
            "  /gateway/\(form.infno):",
            "    post:",
            "      operationId: infno\(form.infno)",
            "      summary: \(form.infno) \(form.name)",
            "      requestBody:",
            "        required: true",
            "        content:",
            "          application/json:",
            "            schema:",
            "              allOf:",
            "                - $ref: '#/components/schemas/Envelope'",
            "                - type: object",
            "                  required: [input]",
            "                  properties:",
            "                    input:",
        ] + nodes(form.inputs, indent: 22) + [
            "      responses:",
            "        '200':",
            "          description: 交易应答,infcode 为 0 即成功",
            "          content:",
            "            application/json:",
            "              schema:",
            "                allOf:",
            "                  - $ref: '#/components/schemas/Answer'",
            "                  - type: object",
            "                    properties:",
            "                      output:",
        ] + nodes(form.outputs, indent: 24)
    }

    private static func nodes(_ nodes: [NodeForm], indent: Int) -> [String] {
        let pad = String(repeating: " ", count: indent)
        var lines = [pad + "type: object"]
        if nodes.isEmpty { return lines }
        lines.append(pad + "required: [" + nodes.map(\.name).joined(separator: ", ") + "]")
        lines.append(pad + "properties:")
        for node in nodes {
            lines.append(pad + "  \(node.name):")
            if node.isList {
                lines += [pad + "    type: array", pad + "    items:"]
                lines += object(node.fields, indent: indent + 6)
            } else {
                lines += object(node.fields, indent: indent + 4)
            }
        }
        return lines
    }

    private static func object(_ fields: [FieldForm], indent: Int) -> [String] {
        let pad = String(repeating: " ", count: indent)
        let required = fields.filter(\.isRequired).map(\.name)
        var lines = [pad + "type: object"]
        if !required.isEmpty {
            lines.append(pad + "required:")
            lines += required.map { pad + "  - \($0)" }
        }
        lines.append(pad + "properties:")
        for field in fields { lines.append(pad + "  \(field.name): { \(schema(of: field)) }") }
        return lines
    }

    private static func schema(of field: FieldForm) -> String {
        var parts: [String]
        switch field.type {
        case .text(let limit): parts = ["type: string", "maxLength: \(limit)"]
        case .number(_, let decimals): parts = ["type: number"] + (decimals > 0 ? ["x-decimals: \(decimals)"] : [])
        case .day: parts = ["type: string", "x-form: yyyy-MM-dd"]
        case .moment: parts = ["type: string", "x-form: 'yyyy-MM-dd HH:mm:ss'"]
        case .extensions: parts = ["type: object"]
        }
        if let dictionary = field.dictionary {
            parts.append("enum: [" + dictionary.values.map { "'\($0)'" }.joined(separator: ", ") + "]")
        }
        parts.append("description: '\(field.title)'")
        return parts.joined(separator: ", ")
    }

    private static var components: [String] {
        var lines = ["components:", "  securitySchemes:"]
        for (name, header) in [
            ("provider", "X-Yibao-Provider"), ("time", "X-Yibao-Time"), ("message", "X-Yibao-Msgid"),
            ("signature", "X-Yibao-Signature"),
        ] {
            lines.append("    \(name): { type: apiKey, in: header, name: \(header) }")
        }
        lines += ["  schemas:", "    Envelope:"] + object(MessageForm.envelope.fields, indent: 6)
        lines += [
            "    Answer:", "      type: object", "      required: [infcode, inf_refmsgid, err_msg, output]",
            "      properties:", "        infcode: { type: integer, description: '0 成功,其他见错误码表' }",
            "        inf_refmsgid: { type: string, description: '接收方报文ID' }",
            "        refmsg_time: { type: string, description: '接收报文时间' }",
            "        respond_time: { type: string, description: '响应报文时间' }",
            "        err_msg: { type: string, description: '错误信息' }",
            "        warn_msg: { type: string, description: '提示信息' }",
            "        output: { type: object, description: '交易输出' }",
        ]
        return lines
    }
}
