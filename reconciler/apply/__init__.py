"""All that changes the world: one plan's actions, sent, recorded, looked at again, and settled after a crash."""
