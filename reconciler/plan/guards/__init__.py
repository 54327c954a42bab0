"""Guard rails: pure functions over a plan and the live account. A violation stops an apply before its first write."""
