"""Which store and which archive a workspace's file names; their packages are loaded only where they are named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reconciler.manifest.workspace import WorkspaceFile
from reconciler.state.archive import Archive
from reconciler.state.folder import SharedFolder
from reconciler.state.store import LocalStore, StateStore
from reconciler.world import World


def store_of(file: WorkspaceFile, root: Path, world: World, told: Callable[[str], None]) -> StateStore:
    """Lockfile, journal and run lock. Raises Invalid."""
    local = LocalStore(world.files, root)
    if file.state.backend == "local":
        return local
    from reconciler.state.shared import SharedStore

    # As long as between two looks at what is settled: a run that lost the lock sends nothing after it. A look at a
    # database costs so little that there is one before every write.
    fence = 0.0 if file.state.backend == "postgres" else file.recovery.quiet_period / 12
    return SharedStore(world, local, shared_folder(file, root, world), fence, told)


def shared_folder(file: WorkspaceFile, root: Path, world: World) -> SharedFolder:
    """What machines share where the backend is not local. Raises Invalid."""
    state, quiet = file.state, file.recovery.quiet_period
    if state.backend == "git":
        from reconciler.state.git.branch import Branch
        from reconciler.state.git.command import Git

        return Branch(Git(root, state.remote), world, state.ref, _folder(file))
    if state.backend == "postgres":
        from reconciler.postgres.connection import opened as database
        from reconciler.postgres.folder import LEASE, PostgresFolder

        # In tests, where nothing can be under way for long, nobody waits for long either.
        return PostgresFolder(database(state.dsn.env), _folder(file), world, min(LEASE, max(1.0, quiet)))
    from reconciler.state.bucket.folder import BucketFolder
    from reconciler.state.bucket.objects import opened

    # Longer than a write may be under way, and than anything that is waited for without a sign of life.
    return BucketFolder(opened(state.url), _folder(file), world, 2 * quiet)


def archive_of(file: WorkspaceFile, root: Path, world: World) -> Archive | None:
    """Where all machines find variants; None where the state is this machine's, too. Raises Invalid."""
    url = file.artifacts_url or (f"{file.state.url}/artifacts" if file.state.backend == "bucket" else None)
    if url:
        from reconciler.state.bucket.objects import opened
        from reconciler.state.bucket.vault import BucketVault

        return Archive(BucketVault(opened(url)))
    if file.state.backend == "local":
        return None
    from reconciler.state.git.vault import LIMITS, GitVault

    if file.state.backend == "postgres":
        from reconciler.postgres.connection import opened as database
        from reconciler.postgres.vault import PostgresVault

        return Archive(PostgresVault(database(file.state.dsn.env), _folder(file)), LIMITS)
    from reconciler.state.git.command import Git

    return Archive(GitVault(Git(root, file.state.remote), world, _folder(file)), LIMITS)


def _folder(file: WorkspaceFile) -> str:
    """The workspace's own, wherever several may lie."""
    return file.state.path or file.account.advertiser_id
