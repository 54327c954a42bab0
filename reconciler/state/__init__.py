"""What we remember: the lockfile, the journal behind it, and the store they live in."""
