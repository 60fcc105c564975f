import Agency
import Basics
import Control
import Hummingbird
import Logging
import Policy

/// The counter (柜台): the web pages at which the agency's staff work.
///
///     let counter = try await Counter(agency: agency, area: AreaCode(990_100), log: log)
///     counter.addRoutes(to: router)
///
/// Works without JavaScript, charts aside; every page behind the sign-in needs a session.
public struct Counter: Sendable {
    private let site: Site
    private let files: PublicFiles

    /// Reads views and public files; throws a sentence when the installation lacks them.
    public init(agency: Agency, area: AreaCode, rules: SignInRules = SignInRules(), log: Logger) async throws {
        let name = try agency.policies.area(area).name
        let files = try PublicFiles()
        site = Site(
            agency: agency, area: area, areaName: name, renderer: try await Renderer(), rules: rules,
            files: files, figures: FigureCache(), log: log)
        self.files = files
    }

    public func addRoutes(to router: some RouterMethods<DoorContext>) {
        let open = router.group("", context: CounterContext.self).add(middleware: ErrorPages(site: site))
        files.addRoutes(to: open)
        let door = SignInPages(site: site)
        door.addOpenRoutes(to: open)
        CertificateCheckPage(site: site).addOpenRoutes(to: open)
        let inside = open.group().add(middleware: SessionMiddleware(site: site))
        door.addRoutes(to: inside)
        DashboardPages(site: site).addRoutes(to: inside.needing(.overview))
        SettlementPages(site: site).addRoutes(to: inside.needing(.settlements))
        PeoplePages(site: site).addRoutes(to: inside.needing(.people))
        PersonPage(site: site).addRoutes(to: inside.needing(.people))
        PersonContributions(site: site).addRoutes(to: inside.needing(.people))
        EmployerPages(site: site).addRoutes(to: inside.needing(.employers))
        ListPages(site: site).addRoutes(to: inside.needing(.people))
        TargetPages(site: site).addRoutes(to: inside.needing(.people))
        PopulationPages(site: site).addRoutes(to: inside.needing(.people))
        AccountPages(site: site).addRoutes(to: inside.needing(.people))
        UnbilledPages(site: site).addRoutes(to: inside.needing(.contributions))
        BillPages(site: site).addRoutes(to: inside.needing(.contributions))
        ReceiptPages(site: site).addRoutes(to: inside.needing(.contributions))
        RefundPages(site: site).addRoutes(to: inside.needing(.contributions))
        PeriodPages(site: site).addRoutes(to: inside.needing(.fund))
        ReconciliationPages(site: site).addRoutes(to: inside.needing(.contributions))
        TransferPages(site: site).addRoutes(to: inside.needing(.portability))
        TransferMoneyPages(site: site).addRoutes(to: inside.needing(.portability))
        TransferStatisticsPage(site: site).addRoutes(to: inside.needing(.portability))
        TransferPrints(site: site).addRoutes(to: inside.needing(.portability))
        ProviderPages(site: site).addRoutes(to: inside.needing(.providers))
        PolicyPages(site: site).addRoutes(to: inside.needing(.policies))
        let matters = inside.needing(.matters)
        WorkPages(site: site).addRoutes(to: inside)
        MatterFormPages(site: site).addRoutes(to: matters)
        MatterPages(site: site).addRoutes(to: matters)
        ListResultPages(site: site).addRoutes(to: matters)
        MatterPrints(site: site).addRoutes(to: matters)
        MatterEditPages(site: site).addRoutes(to: matters)
        OrganisationPages(site: site).addRoutes(to: inside.needing(.organisation))
        DailyPages(site: site).addRoutes(to: inside.needing(.organisation))
        RiskPages(site: site).addRoutes(to: inside.needing(.risk))
        EventPages(site: site).addRoutes(to: inside.needing(.events))
        // Stands after all routes, and so before what none of them answers.
        _ = router.add(middleware: NoSuchPage(pages: ErrorPages(site: site)))
    }
}
