import Basics
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
            let (status, problems) = explain(error, request)
            let heading =
                switch status {
                case .notFound: "没有找到"
                case .forbidden: "没有权限"
                case .internalServerError: "系统出了问题"
                default: "请检查后再试"
                }
            return site.renderer.page(
                "problem-alone",
                [
                    "agency": site.areaName + "医疗保障经办中心", "heading": heading,
                    "problems": problems.map {
                        ["message": $0.message, "code": $0.code, "field": $0.field ?? ""] as Model
                    },
                ], status: status)
        }
    }

    private func explain(_ error: any Error, _ request: Request) -> (HTTPResponse.Status, [Problem]) {
        switch error {
        case let problem as Problem: return (status(of: problem), [problem])
        case let problems as Problems: return (problems.all.first.map(status) ?? .badRequest, problems.all)
        case let error as HTTPError where error.status == .notFound:
            return (.notFound, [Problem("counter.noSuchPage", "没有找到这个页面,请从上方菜单进入")])
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
