"""The decision, as values: what is wanted, what was applied and what is live become a plan. Pure."""
