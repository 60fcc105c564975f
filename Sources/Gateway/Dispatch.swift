import Agency
import Settlement

/// Carries a message out and answers the JSON of `output`.
typealias Carrier = @Sendable (Message, Agency) async throws -> [UInt8]

/// Which flow carries out which transaction.
enum Dispatch {
    static let carriers: [String: Carrier] = [
        "9001": HouseMessages.signOn, "9002": HouseMessages.signOff, "9101": HouseMessages.upload,
        "9102": HouseMessages.download,

        "1101": PersonMessages.information, "2001": PersonMessages.entitlement,

        "1301": CatalogueFile.announce, "1305": CatalogueFile.announce, "1306": CatalogueFile.announce,
        "1307": CatalogueFile.announce, "1308": CatalogueFile.announce,
        "1312": CatalogueMessages.items, "1316": CatalogueMessages.nationalMappings,
        "1317": CatalogueMessages.ownMappings, "1318": CatalogueMessages.priceCaps,
        "1319": CatalogueMessages.firstSelfPayments, "3301": CatalogueMessages.submitMappings,
        "3302": CatalogueMessages.withdrawMapping,

        "2201": EncounterMessages.register, "2202": EncounterMessages.withdrawRegistration,
        "2203": EncounterMessages.giveVisitInformation, "2203A": EncounterMessages.giveVisitInformation,
        "2204": FeeMessages.upload,
        "2205": FeeMessages.withdrawBatch, "2206": SettlementMessages.presettle,
        "2207": SettlementMessages.settle, "2208": SettlementMessages.reverse,

        "2401": EncounterMessages.admit, "2402": EncounterMessages.discharge,
        "2403": EncounterMessages.changeAdmission, "2404": EncounterMessages.cancelAdmission,
        "2405": EncounterMessages.withdrawDischarge, "2301": FeeMessages.upload, "2302": FeeMessages.withdrawLine,
        "2303": SettlementMessages.presettle, "2304": SettlementMessages.settle,
        "2305": SettlementMessages.reverse,

        "2101A": SettlementMessages.previewPurchase, "2102A": SettlementMessages.purchase,
        "2103A": SettlementMessages.reverse,

        "2501": FilingMessages.referral, "2502": FilingMessages.withdrawal(of: .referral),
        "2503": FilingMessages.chronicDisease, "2504": FilingMessages.withdrawal(of: .chronicDisease),
        "2505": FilingMessages.designatedProvider, "2506": FilingMessages.withdrawal(of: .designatedProvider),
        "2601": SettlementMessages.reverseMessage,

        "3201": ReconciliationMessages.totals, "3202": ReconciliationMessages.details,

        "5201": RecordMessages.encounters, "5202": RecordMessages.diagnoses, "5203": RecordMessages.settlement,
        "5204": RecordMessages.feeLines, "5205": RecordMessages.chronicDrugs, "5206": RecordMessages.yearFigures,
        "5301": RecordMessages.chronicFilings, "5302": RecordMessages.designatedProviders,
        "5303": RecordMessages.staysUnderWay, "5304": RecordMessages.referrals,
    ]
}
