import Basics
import Policy

/// What the area decides about the catalogues (目录管理参数), as the policy files state it.
public enum CatalogueParameters {
    /// 上传明细与目录对照核对
    static let mappingRule = Parameter<MappingRule>("catalogue.mappingRule", title: "上传明细与目录对照核对")

    /// Every key of the desk, for the check.
    public static let declarations: [Declaration] = [mappingRule.declaration]
}

extension MappingRule: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .unchecked: "不核对"
        case .checked: "有对照的须一致"
        case .required: "必须有对照"
        }
    }
}

extension Catalogue {
    /// How the lines of a day are compared with the mappings; an area that says nothing compares nothing.
    public static func mappingRule(_ view: PolicyView) throws(Problem) -> MappingRule {
        try view.optional(CatalogueParameters.mappingRule) ?? .unchecked
    }
}
