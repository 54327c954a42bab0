"""A lease is renewed by a thread that does nothing else, so that a run that waits keeps its lock and a frozen one loses
it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from reconciler.errors import ReconcilerError
from reconciler.postgres.connection import Database
from reconciler.state.folder import PushRefused, Unreachable

_RENEW = """
UPDATE fleet_state SET lease_until = clock_timestamp() + make_interval(secs => %s)
WHERE folder = %s AND epoch = %s AND lease_until IS NOT NULL"""


@contextlib.contextmanager
def renewed(database: Database, folder: str, epoch: int, lease: float) -> Iterator[None]:
    """Each third of the lease while the block runs; no more once the lock is another's, or nobody's."""
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(database, (lease, folder, epoch), ended), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()


def _keep(database: Database, what: tuple[float, str, int], ended: threading.Event) -> None:
    while not ended.wait(max(what[0] / 3, 0.05)):
        # Whoever sends finds out by itself that the server is away.
        with contextlib.suppress(Unreachable, PushRefused, ReconcilerError), database.transaction() as connection:
            if connection.execute(_RENEW, what).rowcount == 0:
                return
