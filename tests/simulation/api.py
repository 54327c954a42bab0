"""The API in memory: every call has a fate drawn from the seed, or given by a script; only the account knows the truth.

Pages after the first are cut from what the first one saw: they draw nothing and take no time, so that the product's
parallel page reads come out the same in any order.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from reconciler.api.fetch import FetchFailed
from reconciler.api.transport import Failure, Reply, Request
from tests.simulation.account import SEARCH, UPLOAD, VIDEOS, Account, Sent
from tests.simulation.files import Disk
from tests.simulation.wire import joined, split
from tests.simulation.world import Clock, Endless

WRITE_FATES: dict[str, float] = {
    "lost": 3, "unsent": 1, "committed-lost": 4, "late": 4, "throttled": 2, "token": 0.3, "refused": 0.7,
    "5xx": 1, "5xx-committed": 1, "5xx-late": 1, "code": 1, "code-committed": 1, "garbage": 1, "garbage-committed": 1,
    "cut": 1, "nameless": 0.7, "unsaid": 1, "interrupt": 0.2, "interrupt-committed": 0.2,
}  # fmt: skip
READ_FATES = {
    "lost": 2, "unsent": 1, "5xx": 1, "garbage": 1, "cut": 1, "throttled": 1, "token": 0.1, "empty": 2, "total": 2,
    "stale": 4, "pageless": 1, "short": 2, "double": 1, "shift": 2,
}  # fmt: skip
_UNKNOWN_CODES = (20001, 40050, 40202, 40987, 50000, 50002, 51010, 52002, 60001, 99999)
_GARBAGE = (b"", b"<html>503</html>", b"null", b"[]", b'{"code":"0"}', b'{"code":0', b'{"message":"OK"}', b"\xff\xfe{}",
            b'{"code":0.0,"data":{}}', b'{"code":0,"code":50000}', b'{"code":true}', b"0")  # fmt: skip
_THROTTLES = (40100, 40132, 40133, 40016, 61000)
REFUSALS = {UPLOAD: (40002, 40902, 40913)}
MOST_DOUBTS = 4
"""How often a listing is read again before it is given up."""
LEAD = 25.0
"""The most seconds a stale page lies behind."""


@dataclass
class Faults:
    """Rates from 0 to 1 of calls that go wrong, and of strangers' acts at a call."""

    writes: float = 0.0
    reads: float = 0.0
    downloads: float = 0.0
    strangers: float = 0.0
    shared: float = 0.0
    """Of calls for several objects, where more of them go wrong than of the others."""
    slow: float = 0.2
    """The most seconds a reply takes."""

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.writes = self.reads = self.downloads = self.strangers = self.shared = 0.0


class Api:
    """The transport of every process, and its fetcher of previews."""

    def __init__(self, account: Account, clock: Clock, disk: Disk, random: Random, faults: Faults) -> None:
        self.account, self.clock, self.disk, self.random, self.faults = account, clock, disk, random, faults
        self.calls = 0
        self.most_calls = 4000
        self.log: list[str] = []
        self.arriving: Callable[[str, str], None] = lambda method, path: None
        self.writing: Callable[[Request], list[Sent]] = lambda one: [
            Sent(0, 0, one.path, json.loads(one.body or ""), None, None)
        ]
        self.doubted: Callable[[str], None] = lambda _: None
        self.delivered: Callable[[Sent], None] = lambda _: None
        self.stranger: Callable[[], None] = lambda: None
        self.script: Callable[[int, Request], str | None] | None = None
        self.write_fates: dict[str, float] = WRITE_FATES
        self.blank = ""
        """The path of a listing that comes back well formed, complete, and empty."""
        self._doubtful, self._doubts = "", 0
        """The listing that was answered with a part of it just now, and how often in a row."""
        self._pages: dict[str, tuple[list[Any], int, str]] = {}

    def begin(self) -> None:
        """A new process: it has seen nothing yet."""
        self.calls, self._doubtful, self._doubts = 0, "", 0

    def plague(self) -> None:
        """From some call on, every write or every read of this process meets with the same."""
        method, fate = self.random.choice(
            [("POST", one) for one in ("unsent", "throttled", "lost", "committed-lost", "code", "token")]
            + [("GET", one) for one in ("short", "lost", "throttled", "garbage", "stale")]
        )
        begins = self.random.randint(1, 40)
        self.script = lambda number, request: fate if number >= begins and request.method == method else None
        self.log.append(f"every {method} from call {begins} → {fate}")

    # ------------------------------------------------------------------ the seam

    def send(self, request: Request) -> Reply:
        """One call."""
        self.disk.read(self.disk.root)  # a dead process sends nothing
        if request.method == "GET" and int(request.query.get("page", "1")) > 1:
            return self._page(request.path, int(request.query["page"]))
        self.calls += 1
        if self.calls > self.most_calls:
            raise Endless(f"more than {self.most_calls} calls")
        self._pass(self.random.uniform(0.01, self.faults.slow))
        self.arriving(request.method, request.path)
        if self._doubtful not in ("", request.path) and self._doubts < MOST_DOUBTS:
            self.doubted(f"{request.method} {request.path} after only a part of {self._doubtful}")
        self._doubtful = ""
        if self.random.random() < self.faults.strangers:
            self.stranger()
        fate = self._fate(request)
        if fate == "crash":
            self.log.append(f"{request.method} {request.path} → crash")
            self.disk.die()
        if request.method == "GET":
            return self._read(request, fate)
        return self._write(request, fate)

    def _fate(self, request: Request) -> str:
        if self.script is not None:
            given = self.script(self.calls, request)
            if given is not None:
                return given
        rate, fates = (
            (self.faults.reads, READ_FATES) if request.method == "GET" else (self.faults.writes, self.write_fates)
        )
        shared = request.method == "POST" and len(split(request.path, json.loads(request.body or ""))) > 1
        if self.random.random() >= (max(rate, self.faults.shared) if shared else rate):
            return "ok"
        return self.random.choices(list(fates), list(fates.values()))[0]

    def _pass(self, seconds: float) -> None:
        self.clock.pass_by(seconds)
        self.account.settle(self.clock.moment)

    # ------------------------------------------------------------------ writes

    def _write(self, request: Request, fate: str) -> Reply:
        account, begun = self.account, self.clock.moment
        parts = self.writing(request)
        crash, fate = fate.startswith("crash-"), fate.removeprefix("crash-")
        partly = self._partly(parts, begun) if fate == "partly" else None
        fate = "ok" if fate == "partly" and partly is None else fate
        for one in parts:
            one.fate = fate
        self.log.append(f"POST {request.path} {request.body} → {fate}")
        if fate == "unsent":
            raise Failure("connection refused", sent=False)
        if fate == "late" or fate == "5xx-late":
            account.later(parts, begun + self.random.uniform(0, account.profile.latest_commit))
        answer: tuple[int, str, Any] = (0, "OK", {})
        if fate == "ok" or fate.endswith("committed") or fate in ("committed-lost", "cut", "nameless", "unsaid"):
            answer = account.commit_all(parts, begun)
        if crash:
            self.disk.die()
        if fate.startswith("interrupt"):
            raise KeyboardInterrupt
        if fate in ("lost", "late", "committed-lost"):
            self._pass(30.0 if fate == "late" or self.random.random() < 0.5 else self.random.uniform(0, 5))
            raise Failure("no reply within the time limit", sent=True)
        self._pass(self.random.uniform(0.01, self.faults.slow))
        if fate.startswith("5xx"):
            return Reply(self.random.choice((500, 502, 503, 504)), b"<html>bad gateway</html>")
        if fate.startswith("garbage"):
            return Reply(200, self.random.choice(_GARBAGE))
        if fate == "cut":
            whole = _envelope(*answer).body
            return Reply(200, whole[: self.random.randrange(len(whole))])
        if fate == "nameless":
            answer = (answer[0], answer[1], {})
        if fate == "unsaid":
            # Of several objects the answer says nothing of one.
            answer = (
                *answer[:2],
                _without_one(answer[2], self.random.randrange(len(parts))) if parts[1:] else answer[2],
            )
        if fate.startswith("code"):
            answer = (self.random.choice(_UNKNOWN_CODES), "busy", {})
        if fate == "throttled":
            answer = (self.random.choice(_THROTTLES), "too frequent", {})
        if fate == "token":
            answer = (40105, "the access token is not valid", {})
        if fate == "refused":
            answer = (self.random.choice(REFUSALS.get(request.path, (40002,))), "the field is not valid", {})
        reply = _envelope(*(partly or answer))
        if fate == "ok":
            for one in parts:
                self.delivered(one)
        return reply

    def _partly(self, parts: list[Sent], now: float) -> tuple[int, str, Any] | None:
        """Of one object, or of some of several, nothing is done, and the answer says so with code 0."""
        left = [one for one in parts if len(parts) == 1 or self.random.random() < 0.5] or parts[:1]
        answers = [self.account.partly(one) if one in left else None for one in parts]
        if not any(answers):
            return None
        return joined([told or self.account.commit(one, now) for told, one in zip(answers, parts, strict=True)])

    # ------------------------------------------------------------------ reads

    def _read(self, request: Request, fate: str) -> Reply:
        path, query = request.path, request.query
        if fate != "ok":
            self.log.append(f"GET {path} → {fate}")
        if fate == "unsent":
            raise Failure("connection refused", sent=False)
        self._pass(self.random.uniform(0.01, self.faults.slow))
        if fate == "lost":
            raise Failure("no reply within the time limit", sent=True)
        if fate == "crash-after":
            self.disk.die()
        if fate == "5xx":
            return Reply(502, b"<html>bad gateway</html>")
        if fate == "garbage":
            return Reply(200, self.random.choice(_GARBAGE))
        if fate in ("throttled", "token"):
            return _envelope(40100 if fate == "throttled" else 40105, fate, {})
        now = self.clock.moment
        moment = now - self.random.uniform(0, LEAD) if fate == "stale" else now
        rows = self.account.unpaged(path, query, moment)
        if rows is not None:
            reply = _envelope(0, "OK", {"list": rows})
        else:
            rows = [] if path == self.blank else self.account.listed(path, query, moment)
            if path in (VIDEOS, SEARCH):
                if not rows:
                    return _envelope(0, "OK", {})
                fate = "stale" if fate == "empty" else fate
            size = min(self.account.profile.page_size, int(query["page_size"]))
            self._doubt(path, fate, len(rows), size)
            self._pages[path] = (rows, size, fate)
            if fate == "empty":
                return _envelope(0, "OK", {})
            reply = self._page(path, 1)
        return Reply(200, reply.body[: self.random.randrange(len(reply.body))]) if fate == "cut" else reply

    def _doubt(self, path: str, fate: str, rows: int, size: int) -> None:
        """Whether the product must see that this answer is not the whole listing."""
        least = {"total": 0, "pageless": 0, "empty": 1, "short": 1, "double": 2, "shift": size + 1}
        part = fate in least and rows >= least[fate] and (fate != "shift" or rows % size == 0)
        self._doubtful, self._doubts = (path, self._doubts + 1) if part else ("", 0)

    def _page(self, path: str, number: int) -> Reply:
        rows, size, fate = self._pages[path]
        total, pages = len(rows), max(1, -(-len(rows) // size))
        start = (number - 1) * size
        if fate == "shift" and number > 1:
            start -= 1  # somebody's new object has pushed every row down by one
        shown = rows[start : start + size]
        if fate == "total":
            total += 1
        if fate == "short":
            shown = shown[:-1]
        if fate == "double" and shown:
            shown = [*shown[:-1], shown[0]]
        info = {"page": number, "page_size": size, "total_number": total, "total_page": pages}
        data = {"list": shown, "page_info": info}
        if fate == "pageless":
            del data["page_info"]
        return _envelope(0, "OK", data)

    # ------------------------------------------------------------------ previews

    def fetch(self, url: str, sink: Callable[[bytes], None]) -> object:
        """Instead of the product's fetcher: the film behind a preview."""
        self.disk.read(self.disk.root)
        self._pass(self.random.uniform(0.05, 2))
        video, _, dies = url.removeprefix("https://preview.example/").partition("?dies=")
        if self.clock.moment > float(dies):
            raise FetchFailed("the host answered HTTP 403", expired=True)
        film = film_of(video)
        if self.random.random() < self.faults.downloads:
            how = self.random.choice(("again", "cut", "page", "gone"))
            if how == "again":
                raise FetchFailed("the connection broke", again=True)
            if how == "gone":
                raise FetchFailed("the host answered HTTP 404", expired=True)
            sink(film[: self.random.randrange(len(film))] if how == "cut" else b"<html>sign in</html>")
            return None
        sink(film)
        return None


def film_of(video: str) -> bytes:
    """A whole MP4 file of 20 seconds that names its video."""
    mvhd = bytes(12) + (1000).to_bytes(4, "big") + (20_000).to_bytes(4, "big") + bytes(80)
    return _box(b"ftyp", b"isom" + bytes(4)) + _box(b"moov", _box(b"mvhd", mvhd)) + _box(b"mdat", video.encode())


def _box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def _without_one(data: Any, number: int) -> Any:
    """Every list of an answer without its element of this number."""
    if not isinstance(data, dict):
        return data
    return {key: one[:number] + one[number + 1 :] if isinstance(one, list) else one for key, one in data.items()}


def _envelope(code: int, message: str, data: Any) -> Reply:
    text = json.dumps({"code": code, "message": message, "request_id": "2026", "data": data})
    return Reply(200, text.encode())
