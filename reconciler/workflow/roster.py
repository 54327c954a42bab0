"""What the platform says of the accounts of one token, asked for many at a time: a fleet has hundreds, and one limit.

`advertiser/info/` takes a list of ids. What one call tells of an account counts for a minute; what it does not tell, or
refuses, each account asks for by itself, so that its errors are its own.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Iterable

from reconciler.account.facts import REFUSED, Facts, facts_in, read_facts
from reconciler.api.client import Client
from reconciler.contracts.contract import Contract
from reconciler.errors import ApiError, Credentials, ReconcilerError

_IDS_A_CALL = 100
_FRESH_SECONDS = 60.0
_PATIENCE = 10.0
"""Seconds for which an account waits for a call of another one, before it asks for itself."""


class Roster:
    """Shared by the threads that work for these accounts. All of them are the token's, as far as anybody knows."""

    def __init__(self, advertisers: Iterable[str], patience: float = _PATIENCE) -> None:
        """`advertisers`: ids, in the order in which their turns may come."""
        self._advertisers, self._patience = list(dict.fromkeys(advertisers)), patience
        self._known: dict[str, tuple[Facts, float]] = {}
        self._alone_until = -math.inf
        """Monotonic seconds until which each is asked for by itself: a call for many did not tell what it was for."""
        self._lock = threading.Lock()

    def facts(self, client: Client, contract: Contract, advertiser: str) -> Facts:
        """Those of one account, at most a minute old; raises as `read_facts` does."""
        path, found = contract.reports.account_path, self._known_of(client, advertiser)
        # A call that hangs, or is throttled for minutes, is waited for by who has made it.
        if path and found is None and self._lock.acquire(timeout=self._patience):
            try:
                if self._known_of(client, advertiser) is None and client.world.monotonic() >= self._alone_until:
                    self._read(client, contract, path, advertiser)
                found = self._known_of(client, advertiser)
            finally:
                self._lock.release()
        return found or read_facts(client, contract, advertiser)

    def _known_of(self, client: Client, advertiser: str) -> Facts | None:
        found, at = self._known.get(advertiser, (None, 0.0))
        return found if client.world.monotonic() - at <= _FRESH_SECONDS else None

    def _read(self, client: Client, contract: Contract, path: str, advertiser: str) -> None:
        """It and those whose turn comes next. The others wait for a while: most of them for just this."""
        began = client.world.monotonic()
        try:
            data = client.read(path, contract.reports.account_query(*self._next(client, advertiser))).data
        except ReconcilerError as error:
            self._alone_until = client.world.monotonic() + _FRESH_SECONDS
            if not isinstance(error, ApiError | Credentials) or error.findings[0].code not in REFUSED:
                raise
            return
        told = facts_in(data)
        if advertiser not in told:
            self._alone_until = client.world.monotonic() + _FRESH_SECONDS
        self._known |= {one: (found, began) for one, found in told.items()}

    def _next(self, client: Client, advertiser: str) -> list[str]:
        after = self._advertisers.index(advertiser) if advertiser in self._advertisers else 0
        turns = (*self._advertisers[after:], *self._advertisers[:after])
        unknown = (one for one in turns if one != advertiser and self._known_of(client, one) is None)
        return [advertiser, *itertools.islice(unknown, _IDS_A_CALL - 1)]
