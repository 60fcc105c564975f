import Basics

extension Reckoning {
    /// What the patient bears: own account, family members' account, cash. Roundings end in the cash.
    mutating func payByPatient(_ terms: AccountTerms?, _ accounts: Accounts) {
        if let terms, accounts.isUsed {
            balanceLeft -= payFromAccount(balanceLeft, .account, terms.covers, terms.clause)
            if terms.sharing {
                sharedLeft -= payFromAccount(sharedLeft, .sharedAccount, terms.sharedCovers, terms.clause)
            }
        }
        parts.accountBalance = balanceLeft
        parts.cash =
            parts.totalFee - parts.fundsWithoutAccounts - parts.hospital - parts.account - parts.sharedAccount
        note(.cash, result: parts.cash)
    }

    private mutating func payFromAccount(
        _ balance: Money, _ kind: Step.Kind, _ covers: AccountScope, _ clause: ClauseRef
    ) -> Money {
        let coverable = coverable(covers)
        let paid = min(balance, coverable)
        guard paid > .zero else { return .zero }
        note(kind, clause, base: coverable, value: balance.fen, result: paid)
        // An account that pays again reckons on what it left of the same burden, out of the same balance.
        let again = funds.contains { $0.fund == .personalAccount }
        addShare(
            FundShare(
                fund: .personalAccount, inScope: again ? .zero : coverable,
                payable: again && kind == .account ? .zero : balance, amount: paid))
        if kind == .account { parts.account += paid } else { parts.sharedAccount += paid }
        takeFromBurden(paid, covers)
        return paid
    }

    /// What of the patient's burden an account may pay.
    private func coverable(_ covers: AccountScope) -> Money {
        var amount = Money.zero
        if covers.contains(.inScope) { amount += inScopeLeft + outsideLeft }
        if covers.contains(.preSelfPay) { amount += preSelfLeft }
        if covers.contains(.overLimit) { amount += overLimitLeft }
        if covers.contains(.fullSelfPay) { amount += fullSelfLeft }
        return amount
    }

    private mutating func takeFromBurden(_ paid: Money, _ covers: AccountScope) {
        var rest = paid
        func take(_ from: inout Money, _ scope: AccountScope) {
            guard covers.contains(scope) else { return }
            let part = min(rest, from)
            from -= part
            rest -= part
        }
        take(&inScopeLeft, .inScope)
        take(&outsideLeft, .inScope)
        take(&preSelfLeft, .preSelfPay)
        take(&overLimitLeft, .overLimit)
        take(&fullSelfLeft, .fullSelfPay)
    }

    /// The totals in the area's own way of counting accounts.
    mutating func total(_ settlement: SettlementTerms) {
        let accounts = parts.account + parts.sharedAccount
        let funds = parts.fundsWithoutAccounts
        parts.fundTotal = settlement.fundTotalIncludesAccount ? funds + accounts : funds
        parts.personal = settlement.fundTotalIncludesAccount ? parts.cash : parts.cash + accounts
    }
}

extension Parts {
    /// All identities of the national `setlinfo` hold, in the area's way of counting accounts.
    public func isBalanced(fundTotalIncludesAccount: Bool) -> Bool {
        let accounts = account + sharedAccount
        let funds = fundsWithoutAccounts
        return totalFee == fullSelfPay + overLimitSelfPay + preSelfPay + inScope
            && totalFee == fundTotal + personal + hospital
            && fundTotal == (fundTotalIncludesAccount ? funds + accounts : funds)
            && personal == (fundTotalIncludesAccount ? cash : cash + accounts)
    }
}
