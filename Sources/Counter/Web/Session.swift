import Agency
import Basics
import Control
import Hummingbird
import Logging

/// A request at the counter: who acts comes from the session, never from the form.
struct CounterContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    /// Set by `SessionMiddleware` on every page behind the sign-in.
    var visitor: Visitor?

    init(context: BasicRequestContext) throws {
        coreContext = context.coreContext
    }

    var maxUploadSize: Int { 8 * 1024 * 1024 }

    /// The signed-in person; a page behind the sign-in that has none is a mistake of the route table.
    func signedIn() throws -> Visitor {
        guard let visitor else { throw HTTPError(.unauthorized) }
        return visitor
    }
}
