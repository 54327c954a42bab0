"""One call's way through the simulator: route, token, rate, fault, checks, handler, reply.

Everything that touches the world happens under one lock; waiting never does.
"""

from __future__ import annotations

import heapq
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from reconciler.simulator import damage
from reconciler.simulator.arrivals import Arrival, Log
from reconciler.simulator.clock import Clock
from reconciler.simulator.contracts import Contract
from reconciler.simulator.envelope import Answer, refused
from reconciler.simulator.failure import (
    BAD_PARAMETER,
    NO_PERMISSION,
    TOKEN_INVALID,
    TOKEN_MISSING,
    TOO_FREQUENT,
    ApiFailure,
)
from reconciler.simulator.faults import Fault, Faults
from reconciler.simulator.fetch import Finding
from reconciler.simulator.library import Library
from reconciler.simulator.limits import Limits
from reconciler.simulator.messages import DROPPED, NOT_JSON, Reply, Request, text_reply
from reconciler.simulator.rules import Call, Endpoint, check
from reconciler.simulator.settings import Settings
from reconciler.simulator.studio import Studio
from reconciler.simulator.wire import Json
from reconciler.simulator.world import World

BASE = "/open_api/v1.3/"
FAULT_NOTE = "fault/"
PAUSE = 300.0
"""Seconds that an app is kept out after a call past a limit of a minute, with the switch `minute_pause`."""


@dataclass(frozen=True)
class Visit:
    """A call that has found its endpoint. `raw` holds its parameters; when it is None, `unreadable` says why."""

    endpoint: Endpoint
    raw: Mapping[str, Json] | None
    unreadable: str
    token: str
    arrival: Arrival
    found: Finding | None = None
    """What the endpoint's `look` has brought."""


@dataclass(order=True)
class Pending:
    """A visit that is carried out later: its moment, and its place among those of the same moment."""

    due: float
    sequence: int
    visit: Visit = field(compare=False)


class Application:
    """The API over a world. `handle` may be called from many threads. `die` ends the server, for that fault."""

    def __init__(
        self,
        world: World,
        studio: Studio,
        library: Library,
        clock: Clock,
        seed: int,
        contract: Contract,
        die: Callable[[], object],
    ) -> None:
        self.world = world
        self.studio = studio
        self.library = library
        self.clock = clock
        self.seed = seed
        self.log = Log()
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self.pending: list[Pending] = []
        self.contract = contract
        self._routes = contract.routes()
        self.die = die
        self._limits = Limits()
        self._latency = random.Random(f"{seed}/latency")
        self._requests = 0
        self._faults = Faults((), seed, {})

    @property
    def settings(self) -> Settings:
        """The switches in force."""
        return self.world.settings

    def set_faults(self, faults: list[Fault], *, resume: bool = False) -> None:
        """Puts a fault list in force. With `resume` a fault goes on counting where a killed server stopped."""
        with self.lock:
            notes = self.world.notes if resume else {}
            counts = {fault.key: int(notes.get(FAULT_NOTE + fault.key, "0")) for fault in faults}
            self._faults = Faults(faults, self.seed, counts)

    def settle(self) -> float:
        """Carries out what is due by now, in order, and returns the moment."""
        with self.lock:
            now = self.clock.now()
            while self.pending and self.pending[0].due <= now:
                late = heapq.heappop(self.pending)
                self._carry_out(late.visit, late.due)
            return now

    def handle(self, request: Request) -> Reply:
        """The reply to a call below /open_api/v1.3/."""
        path = request.path.removeprefix(BASE)
        methods = self._routes.get(path) if request.path.startswith(BASE) else None
        if methods is None:
            return text_reply(404, "404 page not found")
        endpoint = methods.get(request.method)
        if endpoint is None:
            return replace(text_reply(405, "405 method not allowed"), headers={"Allow": ", ".join(sorted(methods))})
        query: dict[str, Json] = dict(parse_qsl(request.query, keep_blank_values=True))
        body, unreadable = (None, "") if request.method == "GET" else request.read()
        if endpoint.other is not None and body is not None and endpoint.is_other(body):
            endpoint = endpoint.other
        if body is not None and not endpoint.form and request.is_form:
            body, unreadable = None, NOT_JSON
        with self.lock:
            logged = {**query, **({"secret": "***"} if "secret" in query else {})}
            arrival = self.log.open(self.settle(), request, path, logged, body, keep=self.settings.log)
            raw = query if request.method == "GET" else body
            visit = Visit(endpoint, raw, unreadable, request.headers.get("access-token", ""), arrival)
            refusal = self._refusal(visit)
            fault = None if refusal else self.pick_fault(request.method, path, raw or {})
        if refusal:
            arrival.code = refusal.code
            arrival.replied = True
            return self._reply(refusal)
        self.wait(fault, before=True)
        if endpoint.look and raw is not None:
            visit = replace(visit, found=endpoint.look(raw, self.settings, self.studio.origin))
        if fault is None:
            arrival.replied = True
            return self._reply(self._answer(visit))
        arrival.fault = fault.action
        reply = self._struck(fault, visit)
        self.wait(fault, before=False)
        return reply

    # --- before the handler ------------------------------------------------------------------------------------------

    def _refusal(self, visit: Visit) -> Answer | None:
        settings, kind = self.settings, visit.endpoint.rate
        if not visit.token:
            return refused(TOKEN_MISSING, "Access token is empty")
        if settings.tokens is not None and visit.token not in settings.tokens:
            return refused(TOKEN_INVALID, "Access token is incorrect or has been revoked")
        who = "" if visit.endpoint.per_app else visit.token
        limit, fixed = settings.rate_limit(kind), settings.rate_window == "fixed"
        pause = PAUSE if settings.minute_pause else 0
        if settings.rate and not self._limits.admit(who, kind, limit, visit.arrival.time, fixed=fixed, pause=pause):
            return refused(TOO_FREQUENT, "Too many requests. Please retry in some time.")
        return None

    def pick_fault(self, method: str, path: str, raw: Mapping[str, Json]) -> Fault | None:
        """The fault that strikes a call; asking counts the call."""
        fault, counts = self._faults.pick(method, path, raw)
        if counts:
            # Durable, or else a server that a fault has killed would be killed again at the same place.
            self.world.note({FAULT_NOTE + key: str(count) for key, count in counts.items()})
        return fault

    def wait(self, fault: Fault | None, *, before: bool) -> None:
        """Holds a call back, before its handler or after it: the latency, and what a fault adds."""
        seconds = 0.0
        low, high = self.settings.latency_ms
        if before and high:
            with self.lock:
                seconds += self._latency.uniform(low, high) / 1000
        if fault and fault.delay and before != (fault.action == "delay" and fault.commits):
            seconds += fault.delay
        if seconds:
            self.clock.wait(seconds, self.stopping)

    # --- the handler and its reply -----------------------------------------------------------------------------------

    def _answer(self, visit: Visit) -> Answer:
        with self.lock:
            answer = self._carry_out(visit, self.settle())
        visit.arrival.code = answer.code
        return answer

    def _carry_out(self, visit: Visit, now: float) -> Answer:
        if visit.raw is None:
            return refused(BAD_PARAMETER, visit.unreadable)
        try:
            params = check(visit.endpoint, visit.raw, self.settings)
            owner, owned = params.get("advertiser_id"), self.settings.advertisers
            if owner is not None and owned is not None and owner not in owned:
                raise ApiFailure(NO_PERMISSION, f"advertiser_id: no permission for advertiser {owner}")
            call = Call(self.world, self.studio, self.library, params, now, self.seed, visit.found)
            data = visit.endpoint.handler(call)
        except ApiFailure as failure:
            return refused(failure.code, failure.message)
        visit.arrival.committed |= visit.endpoint.method == "POST"
        return data if isinstance(data, Answer) else Answer(0, "OK", data)

    def _reply(self, answer: Answer) -> Reply:
        return answer.reply(self._envelope(answer), self.settings)

    def _envelope(self, answer: Answer) -> dict[str, Json]:
        if not self.settings.request_id:
            return answer.envelope(None)
        with self.lock:
            self._requests += 1
            return answer.envelope(f"{int(self.clock.now())}{self.seed % 10**6:06d}{self._requests:012X}")

    # --- faults ------------------------------------------------------------------------------------------------------

    def _struck(self, fault: Fault, visit: Visit) -> Reply:
        """The reply of a call that a fault strikes, once the call is carried out as far as the fault allows."""
        if fault.action in ("lose_reply", "late_commit") or (fault.commits and fault.action != "delay"):
            seconds = fault.value if fault.action == "late_commit" else self.settings.late_commit
            # A process that dies would take what it postponed with it.
            if seconds and fault.action != "die":
                self._postpone(visit, seconds)
            else:
                self._answer(visit)
        if fault.action == "die":
            self.die()
        if fault.action in ("lose_request", "lose_reply", "late_commit", "die"):
            return DROPPED
        made_up = damage.made_up(fault, visit.token)
        if isinstance(made_up, Answer):
            return self._reply(made_up)
        if made_up is not None:
            return made_up
        return self._spoilt(fault, visit)

    def _spoilt(self, fault: Fault, visit: Visit) -> Reply:
        """The handler's own answer, spoilt afterwards or given late or after a second run."""
        asked = visit
        if fault.action == "duplicate":
            self._answer(visit)
        if fault.action == "repeat_page" and visit.raw is not None:
            asked = replace(visit, raw={**visit.raw, "page": damage.page_before(visit.raw)})
        answer = self._answer(asked)
        with self.lock:
            envelope = damage.spoil(fault, self._envelope(answer), visit.raw or {}, self.world)
        visit.arrival.replied = fault.action in damage.HARMLESS
        return damage.on_the_wire(fault, answer.reply(envelope, self.settings))

    def _postpone(self, visit: Visit, seconds: float) -> None:
        with self.lock:
            heapq.heappush(self.pending, Pending(self.settle() + seconds, visit.arrival.sequence, visit))
