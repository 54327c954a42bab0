"""Benchmarks: what a plan, a start and an apply cost, as ratios to a yardstick that runs in turn with them."""
