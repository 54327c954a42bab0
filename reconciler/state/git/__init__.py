"""Backend `git`: lockfile, journal and lock on a branch of the repository the workspace lies in."""
