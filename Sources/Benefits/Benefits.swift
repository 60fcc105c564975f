import Basics

/// The benefit calculation (待遇计算): pure functions of a bill, an area's terms, and what the year has seen.
///
///     let terms = try BenefitTerms(policyView)
///     let outcome = try Benefits.settle(bill, terms: terms, soFar: yearToDate)
///     outcome.parts.pool        // 统筹基金支付
///     outcome.parts.cash        // 个人现金支付
///
/// Nothing here knows a database, a clock or a message.
public enum Benefits {}
