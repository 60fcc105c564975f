import Control

extension Agency {
    /// Every kind of matter that staff can open (办件目录): one line a desk's list.
    public static let matterKinds: [MatterKind] = [
        ControlMatters.kinds,
        enrolmentMatters.map(\.refreshingCover),
        AccountMatters.kinds,
        PortabilityMatters.kinds.map(\.refreshingCover),
        ContributionMatters.kinds.map(\.refreshingCover),
        SettlementMatters.kinds,
        TargetMatters.kinds,
        CatalogueMatters.kinds,
        FundMatters.kinds,
    ].flatMap(\.self).map(\.concerningPayers)

    /// The same, by code.
    public static let matterCatalogue = MatterCatalogue(matterKinds)
}
