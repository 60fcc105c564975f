import Agency
import Basics
import Hummingbird
import Portability
import Storage

/// Whether a certificate is genuine (凭证查验): for anybody who holds one, without signing in. Whoever has number and
/// code has the sheet itself, and is shown what the agency printed on it, to be compared word for word.
struct CertificateCheckPage: Sendable {
    let site: Site

    func addOpenRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/verify") { _, _ in page([:]) }
        router.post("/verify", use: check)
    }

    @Sendable private func check(_ request: Request, _ context: CounterContext) async throws -> Response {
        let form = try await Form(request)
        let (number, code) = (form["number"], form["code"])
        let asked: Model = ["number": number, "code": code]
        guard !number.isEmpty, !code.isEmpty else {
            return page(asked.merging(["problem": "请填写凭证上的编号和查验码,两项都要填"]) { $1 }, status: .badRequest)
        }
        let today = site.agency.clock().day
        let answer = try await site.agency.store.read { [area = site.area] tx in
            try Portability.check(tx, area: area, number: number, code: code, today: today)
        }
        return page(asked.merging(words(answer)) { $1 })
    }

    private func words(_ answer: CertificateCheck) -> Model {
        switch answer {
        case .unknown:
            return ["problem": "查验不符:没有这个编号的凭证,或者查验码不是它的。请对照凭证重新填写;仍不符的,请向 \(site.agencyName) 核实"]
        case .genuine(let content, _, let validThrough, let hasExpired):
            let judgement =
                hasExpired
                ? "查验属实,但有效期已于 \(validThrough) 届满,请持证人重新开具" : "查验属实,有效期至 \(validThrough)。请逐项核对纸面内容"
            return CertificateView.sheet(content).merging(["judgement": judgement, "isFound": true]) { $1 }
        }
    }

    private func page(_ model: Model, status: HTTPResponse.Status = .ok) -> Response {
        let blank: Model = [
            "agency": site.agencyName, "number": "", "code": "", "problem": "", "judgement": "", "isFound": false,
            "title": "", "facts": [Model](), "spells": [Model](), "hasSpells": false, "hasTakenOver": false,
        ]
        return site.renderer.page("verify", blank.merging(model) { $1 }, status: status)
    }
}
