import Benefits
import Catalogue
import Contributions
import Enrolment
import Policy
import Portability

extension Agency {
    /// Every parameter that some desk asks the law for: what a policy file may state, and `yibao policy check` knows.
    public static let declarations: [Declaration] =
        BenefitParameters.declarations + EntitlementParameters.declarations + EnrolmentParameters.declarations
        + AccountParameters.declarations + PortabilityParameters.declarations
        + LevyParameters.declarations + CatalogueParameters.declarations
}
