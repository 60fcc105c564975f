import Basics
import Control
import HTTPTypes
import Hummingbird
import Logging
import Storage

/// Turns whatever goes wrong into a page that says what to do next; nobody sees a raw error.
struct ErrorPages: RouterMiddleware {
    typealias Context = CounterContext
    let site: Site

    func handle(
        _ request: Request, context: CounterContext, next: (Request, CounterContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return await page(for: error, request, context)
        }
    }

    /// Within the menu for whoever is signed in: from there one goes on.
    func page(for error: any Error, _ request: Request, _ context: CounterContext) async -> Response {
        let (status, problems) = explain(error, request)
        var model: Model = [
            "heading": heading(status), "back": ErrorPages.back(request),
            "problems": problems.map {
                ["message": $0.message, "code": $0.code, "field": $0.field ?? ""] as Model
            },
        ]
        if let session = try? await site.session(of: request), !session.mustChangePassword {
            var context = context
            context.session = session
            if let page = try? site.page("problem", model, at: request.uri.path, context, status: status) {
                return page
            }
        }
        model["agency"] = site.agencyName
        return site.renderer.page("problem-alone", model, status: status)
    }

    private func heading(_ status: HTTPResponse.Status) -> String {
        switch status {
        case .notFound: "没有找到"
        case .forbidden: "没有权限"
        case .internalServerError: "系统出了问题"
        default: "请检查后再试"
        }
    }

    /// The page of this site that one came from; empty when it is unknown or the one that failed.
    static func back(_ request: Request) -> String {
        guard let from = request.headers[.referer], let host = request.head.authority,
            let site = ["http://\(host)", "https://\(host)"].first(where: { from.hasPrefix($0 + "/") })
        else { return "" }
        let path = String(from.dropFirst(site.count))
        return path == request.uri.string || path.hasPrefix("//") || path.hasPrefix("/sign-") ? "" : path
    }

    private func explain(_ error: any Error, _ request: Request) -> (HTTPResponse.Status, [Problem]) {
        switch error {
        case let problem as Problem: return (status(of: problem), [problem])
        case let problems as Problems: return (problems.all.first.map(status) ?? .badRequest, problems.all)
        case let error as HTTPError where error.status == .notFound:
            return (.notFound, [Problem("counter.noSuchPage", "没有找到这个页面,请核对网址,或从菜单进入")])
        case let error as HTTPError where error.status.code < 500:
            return (error.status, [Problem("counter.request", "提交的内容无法读取,请返回上一页重试")])
        case StoreError.diskFull:
            return (.internalServerError, [Problem("counter.diskFull", "服务器磁盘已满,本次没有保存。请联系系统管理员清理后再试")])
        default:
            site.log.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return (.internalServerError, [Problem("counter.failed", "系统出了问题,本次操作没有生效。请稍后再试;仍不行请把时间告诉系统管理员")])
        }
    }

    private func status(of problem: Problem) -> HTTPResponse.Status {
        if problem.code == "counter.forbidden" { return .forbidden }
        return problem.code.hasSuffix(".unknown") || problem.code.hasSuffix("noSuchPage") ? .notFound : .badRequest
    }
}

/// An address that nobody answers is told so by a page, not by an empty answer.
struct NoSuchPage: RouterMiddleware {
    typealias Context = DoorContext
    let pages: ErrorPages

    func handle(
        _ request: Request, context: DoorContext, next: (Request, DoorContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && request.method == .get {
            return await pages.page(for: error, request, try CounterContext(context: context))
        }
    }
}
