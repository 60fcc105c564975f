import HTTPTypes
import Hummingbird
import NIOCore

/// A request as it comes through the house's door, with the address it came from (来访地址).
public struct DoorContext: RequestContext, RemoteAddressRequestContext {
    public var coreContext: CoreRequestContextStorage
    public let remoteAddress: SocketAddress?

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}

/// Where a request came from, for the record of sign-ins.
enum Caller {
    /// The address of the other end of the connection. Only a proxy on this very machine is believed when it names
    /// somebody else: anybody can write the header.
    static func address(peer: String?, forwarded: String?) -> String {
        guard let peer else { return "" }
        guard isThisMachine(peer), let last = forwarded?.split(separator: ",").last else { return peer }
        let named = last.filter { !$0.isWhitespace }
        return named.isEmpty ? peer : named
    }

    private static func isThisMachine(_ address: String) -> Bool {
        address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    }
}
