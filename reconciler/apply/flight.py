"""Creates that are under way at once: at most four, each with an intent of its own.

Only the calls run beside: what is written down, read and decided is so in the one thread that begins them. What has
come back is recorded before anything more is begun, and how it ended is told in the order of the plan.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from reconciler.apply.reply import Reading
from reconciler.apply.send import Effect, Sender, Sending
from reconciler.canonical import normal_text
from reconciler.plan.sending import Action
from reconciler.state.fold import Intent
from reconciler.world import AT_ONCE
from reconciler.world.coming import Coming, NoThread

MOST = AT_ONCE
_CLOSING = ("unknown", "credentials", "throttled", "unsent")
"""Verdicts after which nothing more is begun before everything else is back."""


class _Closed(Exception):
    """Something has come back for which no more is to be begun now."""


@dataclass(eq=False, slots=True)
class _UnderWay:
    action: Action
    sending: Sending
    readings: list[Reading] | None = None
    """What came of it, once it is back."""


@dataclass(slots=True)
class Flight:
    """The creates of one run. `may_begin` is asked just before each; `look` and `ended` hear of it as of one sent
    alone. Every method may raise ReconcilerError: then `rescue` is to follow."""

    sender: Sender
    may_begin: Callable[[Action], bool]
    look: Callable[[Action, Intent], bool]
    ended: Callable[[Action, Reading], None]
    _ready: deque[tuple[Action, Effect]] = field(default_factory=deque)
    """What is to be begun, in order."""
    _begun: deque[_UnderWay] = field(default_factory=deque)
    """What was begun and is not told yet, in order."""
    _is_alone: bool = False
    """The machine has no thread to send beside: one is sent after the other."""

    def is_apart(self, action: Action) -> bool:
        """Whether it waits for none of them, and cannot be mistaken for one: it has a name or a parent of its own."""
        others = [action for action, _ in self._ready] + [one.action for one in self._begun]
        addresses = {one.address for one in others}
        known = addresses.isdisjoint((action.address, *action.after))
        return known and self._name(action) not in [self._name(one) for one in others]

    def add(self, action: Action, effect: Effect, *, more: bool) -> None:
        """Begin it, with what waits to be begun; with `more` only when there are four of them."""
        self._ready.append((action, effect))
        if not more or len(self._ready) >= MOST:
            self._begin()

    def await_all(self) -> None:
        """Until all that was begun is back, what was in vain is done, and all is told."""
        while self._coming:
            self._take()
        self.sender.heed()
        self._tell()

    def land(self) -> None:
        """The same, for what waits to be begun as well."""
        self._begin()
        self.await_all()

    def rescue(self, *, waits: bool = True) -> None:
        """After an error: nothing more is begun, and what is under way is recorded if it can be; unless it `waits` for
        that, what is back already. Who is interrupted meanwhile waits no longer, and is told all the same."""
        self._ready.clear()
        with suppress(KeyboardInterrupt):
            for one in self._begun:
                if waits or one.sending.coming.is_there:
                    self._save(one)
        self._begun.clear()

    def _save(self, one: _UnderWay) -> None:
        with suppress(Exception):
            one.readings = one.readings or self.sender.receive(one.sending)
        # What came of it may be known although something went wrong after that.
        one.readings = one.readings or one.sending.readings
        self._end(one)

    @property
    def _coming(self) -> list[Coming[Any]]:
        return [one.sending.coming for one in self._begun if one.readings is None]

    def _begin(self) -> None:
        while self._ready:
            self._record()
            action, effect = self._ready[0]
            if self._is_closed() or self.sender.gap(effect) > 0:
                self.await_all()
            if not self.may_begin(action):
                self._ready.popleft()
            elif len(self._coming) >= MOST:
                self._take()
            else:
                self._send(action, effect)

    def _send(self, action: Action, effect: Effect) -> None:
        try:
            beside = None if self._is_alone else self.sender.run.world.at_once
            sending = self.sender.begin([effect], beside, self._take)
        except _Closed:
            return
        except NoThread:
            self.await_all()
            self._is_alone = True
            return
        self._ready.popleft()
        one = _UnderWay(action, sending)
        self._begun.append(one)
        if self._is_alone:
            one.readings = self.sender.receive(sending)

    def _take(self, seconds: float | None = None) -> None:
        """Wait until one is back, at most so long, and record it. Raises _Closed to end the wait for a place."""
        self.sender.run.world.first(self._coming, seconds)
        self._record()
        if seconds is not None and self._is_closed():
            raise _Closed

    def _record(self) -> None:
        """What is back is recorded, whichever it is, and told as far as nothing before it is still under way."""
        for one in self._begun:
            if one.readings is None and one.sending.coming.is_there:
                one.readings = self.sender.receive(one.sending)
        while self._begun and self._begun[0].readings and not self._closes(self._begun[0]):
            self._end(self._begun.popleft())

    def _is_closed(self) -> bool:
        return any(self._closes(one) for one in self._begun)

    def _closes(self, one: _UnderWay) -> bool:
        return self._was_in_vain(one) or (one.readings is not None and one.readings[0].verdict in _CLOSING)

    def _tell(self) -> None:
        """Nothing is under way: what was in vain is sent again, alone, if all that came of the others lets it."""
        every, self._begun = self._begun, deque(one for one in self._begun if self._was_in_vain(one))
        for one in every:
            if one not in self._begun:
                self._end(one)
        while self._begun:
            one = self._begun.popleft()
            if one.readings and self.may_begin(one.action):
                one.readings = self.sender.finish(one.sending, one.readings, partial(self.look, one.action))
                self._end(one)

    def _was_in_vain(self, one: _UnderWay) -> bool:
        return one.readings is not None and self.sender.in_vain(one.sending, one.readings[0]) is not None

    def _end(self, one: _UnderWay) -> None:
        if one.readings:
            self.ended(one.action, one.readings[0])

    def _name(self, action: Action) -> tuple[Any, ...]:
        binding = self.sender.run.contracts.binding(action.contract, action.address.kind)
        return action.address.kind, action.parent, normal_text(str(action.sent.get(binding.name_field))).casefold()
