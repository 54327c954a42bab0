"""Contract `smart_plus`: campaigns, ad groups and ads of Upgraded Smart+."""
