import Basics

/// Who sends a message, and under which number (报文头): what every flow needs beside its own request.
public struct MessageHead: Hashable, Sendable {
    /// 统筹区
    public var area: AreaCode
    /// 定点医药机构编号 `fixmedins_code`
    public var provider: String
    /// 发送方报文 ID `msgid`: the same id with the same content is answered the same, once
    public var messageID: String
    /// 交易编号 `infno`
    public var transaction: String
    /// Digest of what is asked, without the parts that change when a message is sent again.
    public var digest: [UInt8]
    /// 经办人 `opter`
    public var operatorCode: String

    public init(
        area: AreaCode, provider: String, messageID: String, transaction: String, digest: [UInt8],
        operatorCode: String = ""
    ) {
        self.area = area
        self.provider = provider
        self.messageID = messageID
        self.transaction = transaction
        self.digest = digest
        self.operatorCode = operatorCode
    }
}
