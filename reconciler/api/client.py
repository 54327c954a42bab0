"""The API's envelope and its listings, over a transport. Reads are retried here; a write is sent exactly once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from msgspec import Struct, field

from reconciler.api import replies
from reconciler.api.form import Attached
from reconciler.api.limits import Places, never
from reconciler.api.phrases import advice as advice_on
from reconciler.api.replies import Envelope
from reconciler.api.transport import Failure, Reply, Request, Transport
from reconciler.contracts.lookups import ROWS_OF
from reconciler.contracts.refresh import SUBMIT, TASKS, UPLOAD, VIDEOS
from reconciler.errors import ApiError, Credentials, Finding, Interrupted
from reconciler.world import World
from reconciler.world.coming import nothing

_READ_ATTEMPTS = 6
_LISTING_ATTEMPTS = 4
_PAGES_AHEAD = 32
"""How many pages are asked for before it is looked whether they bring anything: their number is the server's word."""
LISTING_SECONDS = 600.0
"""How long one listing may take, all readings of it together."""
_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
# No token, an expired one, or one that is not known.
TOKEN_CODES = frozenset({40102, 40104, 40105})
_FIRST_WAIT = 0.25
"""Seconds before a read is sent again; doubled each time."""


class Whole(NamedTuple):
    """Every row of a listing."""

    rows: list[Mapping[str, Any]]
    at: float
    """Monotonic seconds when it was read."""
    log_id: str | None
    """The request_id of its first page."""


class Client(Struct):
    """One account's API. `throttle_wait`: seconds of the first pause after a throttle."""

    transport: Transport
    limiters: Mapping[str, Places]
    world: World
    rate_class: Callable[[str], str]
    throttle_wait: float = 15.0
    stopped: Callable[[], bool] = never
    """Whether the run was asked to end: then nothing waits for its turn."""
    on_wait: Callable[[str], None] = field(default=lambda _: None)
    on_left: Callable[[], None] = nothing
    """Called after a call: what came back from it is recorded by then."""
    log_id: str | None = None
    """The request_id of the last reply that was read, for errors about what it holds."""

    @contextmanager
    def place(self, path: str) -> Iterator[None]:
        """A place under the rate limit, to be held around one call."""
        try:
            with self._limiter(path).place(self.stopped):
                yield
        finally:
            self.on_left()

    def enter(self, path: str, wait: Callable[[float], None] | None = None) -> None:
        """Take a place for a write, whose `leave` may come from another thread; see `Places.enter`."""
        self._limiter(path).enter(self.stopped, wait)

    def leave(self, path: str) -> None:
        """The reply to that write is here, or it is not sent. Raises ReconcilerError where nobody can be told."""
        self._limiter(path).leave()

    def write(
        self, path: str, body: str, attached: Attached | None = None, ready: Callable[[], None] | None = None
    ) -> Reply:
        """Send one POST, once, between `enter` and `leave`. Raises Failure; the reply is not looked at."""
        return self.transport.send(Request("POST", path, body=body, attached=attached, ready=ready))

    def read(self, path: str, query: Mapping[str, str]) -> Envelope:
        """One GET, sent again while the answer is unusable or says to slow down. Raises ApiError or Credentials."""
        found: Envelope | None = None
        why, advice = "", None
        for attempt in range(_READ_ATTEMPTS):
            if attempt:
                self._pause(attempt, found, path)
            try:
                with self.place(path):
                    reply = self.transport.send(Request("GET", path, query))
            except Failure as failure:
                if self.stopped():
                    message = f"interrupted while {path} was read"
                    raise Interrupted(Finding("R710", message, hint="run the command again")) from None
                found, why, advice = None, failure.why, failure.hint
                continue
            found = replies.read(reply, get=True)
            self.log_id = found.request_id
            if found.verdict == "done":
                return found
            if found.verdict == "credentials":
                raise credentials(found, path)
            if found.verdict == "rejected":
                raise refused(found, f"GET {path}")
            why = described(found)
        if found is None:
            advice = advice or "check the network and `api.base_url`, then run again"
            raise ApiError(Finding("R603", f"GET {path} failed {_READ_ATTEMPTS} times: {why}", hint=advice))
        if found.verdict == "throttled":
            message = f"GET {path} was throttled {_READ_ATTEMPTS} times: {why}"
            raise ApiError(
                Finding("R607", message, hint="wait a few minutes, then run again", request_id=found.request_id)
            )
        message = f"GET {path} got no usable answer: {why}"
        advice = advice_on(found.code, found.message, "run again; if it stays, report it to the API's support")
        raise ApiError(Finding("R604", message, hint=advice, request_id=found.request_id))

    def listing(
        self, path: str, query: Mapping[str, str], id_key: str, page_size: int, *, videos: bool = False
    ) -> list[Mapping[str, Any]]:
        """Every row of a paged listing, once, in page order; complete, or ApiError.

        Complete means: every page came, each page but the last is full, every row has an id, and the number of
        distinct ids is the total that the pages agree on. Rows that shift between pages while they are read make a
        listing incomplete; it is then read again from the start. `videos`: ids need not be digits, and
        `{}` is an answer of no rows.
        """
        return self.pages(path, query, page_size, _identity(id_key, digits=not videos), nothing=videos)[0]

    def listed(self, path: str, query: Mapping[str, str], id_key: str, page_size: int) -> Whole:
        """As `listing`, with when it ended: it may have been read beside something else."""
        rows, first = self.pages(path, query, page_size, _identity(id_key, digits=True))
        return Whole(rows, self.world.monotonic(), first.request_id)

    def pages(
        self,
        path: str,
        query: Mapping[str, str],
        page_size: int,
        identify: Callable[[Mapping[str, Any]], str | None],
        *,
        nothing: bool = False,
    ) -> tuple[list[Mapping[str, Any]], Envelope]:
        """As `listing`, for rows that `identify` tells apart (None: not a row of this list); with the first page's
        envelope. `nothing`: `{}` is an answer of no rows."""
        trouble, log_id = "", None
        until = self.world.monotonic() + LISTING_SECONDS
        for attempt in range(_LISTING_ATTEMPTS):
            if attempt:
                self.world.sleep(_FIRST_WAIT * 2**attempt * (0.5 + self.world.random() / 2))
            rows = _Rows(identify, ROWS_OF.get(path, "list"))
            first = self.read(path, {**query, "page": "1", "page_size": str(page_size)})
            if nothing and first.data == {}:
                return [], first
            if rows.add(first) and rows.pages > 1:
                self._rest(path, {**query, "page_size": str(page_size)}, rows, until)
            trouble, log_id = rows.trouble(), rows.log_id
            if not trouble:
                return list(rows.rows.values()), first
            if self.world.monotonic() > until:
                break
        raise _incomplete(path, attempt + 1, trouble, log_id)

    def whole(
        self, path: str, query: Mapping[str, str], identify: Callable[[Mapping[str, Any]], str | None]
    ) -> list[Mapping[str, Any]]:
        """Every row of a listing that knows no pages, once, in its order; ApiError where it may not be whole."""
        key, trouble = ROWS_OF.get(path, "list"), ""
        for attempt in range(_LISTING_ATTEMPTS):
            if attempt:
                self.world.sleep(_FIRST_WAIT * 2**attempt * (0.5 + self.world.random() / 2))
            data = self.read(path, query).data
            rows = data.get(key) if isinstance(data, dict) else None
            if not isinstance(rows, list):
                trouble = f"it came without its {key}"
                continue
            found = {identify(row) if isinstance(row, dict) else None: row for row in rows}
            info = data.get("page_info")
            told = info.get("total_number") if isinstance(info, dict) else len(found)
            if None not in found and told == len(found):
                return list(found.values())
            trouble = "a row came without an id" if None in found else f"it says {told} rows and shows {len(found)}"
        raise _incomplete(path, _LISTING_ATTEMPTS, trouble, self.log_id)

    def _rest(self, path: str, query: Mapping[str, str], rows: _Rows, until: float) -> None:
        """Every page after the first: as many as it says, but no more than bring rows, and no longer than `until`."""
        last = rows.pages
        for start in range(2, last + 1, _PAGES_AHEAD):
            numbers = range(start, min(start + _PAGES_AHEAD, last + 1))
            before = len(rows.rows)
            coming = [self.world.beside(partial(self.read, path, {**query, "page": str(one)})) for one in numbers]
            try:
                for one in coming:
                    rows.add(one.take())
            finally:
                for one in coming:
                    one.drop()
            if self.world.monotonic() > until:
                rows.fault(f"it did not end within {LISTING_SECONDS:.0f} s, after {numbers[-1]} of {last} pages")
            if rows.broken or len(rows.rows) == before:
                return

    def back_off(self, path: str, attempt: int) -> None:
        """Wait after the `attempt`-th throttle (from 1) of a write, longer each time, with jitter."""
        # After the per-minute limit the platform asks for a pause of five minutes.
        if self._limiter(path).throttled(self.throttle_wait * 20):
            wait = self.throttle_wait * 20
        else:
            wait = min(self.throttle_wait * 2 ** (attempt - 1), self.throttle_wait * 20) * (
                0.5 + self.world.random() / 2
            )
        self.on_wait(f"throttled; waiting {wait:.0f} s")
        self.world.sleep(wait)

    def _pause(self, attempt: int, found: Envelope | None, path: str) -> None:
        if found is not None and found.verdict == "throttled":
            self.back_off(path, attempt)
        else:
            self.world.sleep(_FIRST_WAIT * 2 ** (attempt - 1) * (0.5 + self.world.random() / 2))

    def _limiter(self, path: str) -> Places:
        return self.limiters[self.rate_class(path)]


def _identity(id_key: str, *, digits: bool) -> Callable[[Mapping[str, Any]], str | None]:
    def identify(row: Mapping[str, Any]) -> str | None:
        found = row.get(id_key)
        if isinstance(found, int) and not isinstance(found, bool):
            found = str(found)
        ok = isinstance(found, str) and found and (not digits or _DIGITS.fullmatch(found))
        return str(found) if ok else None

    return identify


class _Rows:
    """The pages of one listing, and what is wrong with them."""

    def __init__(self, identify: Callable[[Mapping[str, Any]], str | None], key: str) -> None:
        self._identify, self._key = identify, key
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.pages = 0
        self._totals: set[int] = set()
        self._faults: list[str] = []
        self.log_id: str | None = None
        """Of the first page that is wrong, or of the last."""

    def add(self, envelope: Envelope) -> bool:
        """Take one page; False when it is not one."""
        if not self._faults:
            self.log_id = envelope.request_id
        data = envelope.data
        rows = data.get(self._key) if isinstance(data, dict) else None
        info = data.get("page_info") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not isinstance(info, dict):
            self._faults.append(f"a page came without its {self._key} or page_info")
            return False
        numbers = [info.get(key) for key in ("page", "page_size", "total_number", "total_page")]
        whole = [number for number in numbers if type(number) is int and number >= 0]
        if len(whole) < len(numbers):
            self._faults.append("a page came with a page_info that is not whole numbers")
            return False
        # page_info tells the page size in force, whatever was asked for.
        page, size, total, pages = whole
        self.pages = max(self.pages, pages)
        self._totals.add(total)
        if pages > max(1, total):
            self._faults.append(f"it says {pages} pages for {total} rows")
            return False
        if len(rows) < size and page < pages:
            self._faults.append(f"page {page} holds {len(rows)} rows, not {size}")
        before = len(self.rows)
        for row in rows:
            identity = self._identify(row) if isinstance(row, dict) else None
            if identity is None:
                self._faults.append("a row came without an id")
                continue
            self.rows[identity] = row
        if len(self.rows) == before and 1 < page <= pages and before < total:
            self._faults.append(f"page {page} of {pages} brings no row that was not there before")
        return True

    def fault(self, why: str) -> None:
        """Note why it cannot become complete any more."""
        self._faults.append(why)

    @property
    def broken(self) -> bool:
        """Whether it cannot become complete any more."""
        return bool(self._faults)

    def trouble(self) -> str:
        """Why the listing is not complete, or nothing."""
        if self._faults:
            return self._faults[0]
        if len(self._totals) != 1:
            return "its total changed between pages"
        total = next(iter(self._totals))
        if len(self.rows) != total:
            return f"it says {total} rows and shows {len(self.rows)} distinct ones"
        return ""


def _incomplete(path: str, readings: int, trouble: str, log_id: str | None) -> ApiError:
    message = f"the listing {path} stayed incomplete after {readings} readings: {trouble}"
    return ApiError(Finding("R605", message, hint="nothing was decided on it; run again", request_id=log_id))


def described(envelope: Envelope) -> str:
    """Code and message as one text."""
    code = f"code {envelope.code}" if envelope.code is not None else ""
    return ": ".join(part for part in (code, envelope.message[:500]) if part)


def credentials(envelope: Envelope, path: str) -> Credentials:
    """The error for a refused token or a missing permission."""
    message = f"the API refused the credentials ({described(envelope)})"
    advice = credentials_hint(envelope.code, path)
    return Credentials(Finding("R602", message, hint=advice, request_id=envelope.request_id))


def credentials_hint(code: int | None, path: str) -> str:
    """What to do about refused credentials. The refresh calls need a permission and an allow list of their own."""
    if code not in TOKEN_CODES and path in (UPLOAD, SUBMIT, TASKS, VIDEOS):
        return (
            "the developer app needs the permission Generative AI Tool > Video Generation, and the allow list: "
            "ask your TikTok representative"
        )
    otherwise = "check that this token may manage the advertiser_id of the workspace, and the app's permissions"
    return advice_on(code, "", otherwise)


def refused(envelope: Envelope, what: str) -> ApiError:
    """The error for a request that was looked at and refused."""
    message = f"{what} was refused ({described(envelope)})"
    return ApiError(Finding("R606", message, hint=refused_hint(envelope), request_id=envelope.request_id))


def refused_hint(envelope: Envelope) -> str:
    """What to do about a request that was looked at and refused."""
    return advice_on(envelope.code, envelope.message, "correct what the message names, then run again")
