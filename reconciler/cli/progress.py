"""Progress of an apply on stderr: a bar with counts and ETA on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from reconciler.cli.output import Output

if TYPE_CHECKING:
    from reconciler.plan.sending import Action

_PLAIN_EVERY = 10.0
"""Seconds between plain lines."""


class Progress:
    """Hears of every action; shows nothing with --quiet."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bar: Any = None
        self._task: Any = None
        self._last = time.monotonic()
        self._live = sys.stderr.isatty() and not output.quiet and not output.json

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            with suppress(Exception):
                self._bar.stop()

    def action(self, ended: int, total: int, action: Action, eta: float) -> None:
        """One effect ended; `eta`: at least how many seconds are left, by the rate limit."""
        left = f", at least {eta:.0f} s left" if eta >= 1 else ""
        if self._live:
            try:
                self._draw(ended, total, f"{action.verb} {action.address}{left}")
            except Exception:  # what a terminal does to the bar must not reach the run
                self._live = False
            return
        now = time.monotonic()
        if ended == total or now - self._last >= _PLAIN_EVERY:
            self._last = now
            self._output.note(f"{ended} of {total} effects: {action.verb} {action.address} done{left}")

    def note(self, text: str) -> None:
        """Why the run waits."""
        if self._bar is not None:
            from reconciler.text import clean

            with suppress(Exception):
                self._bar.console.print(clean(text), markup=False, highlight=False)
        else:
            self._output.note(text)

    def _draw(self, ended: int, total: int, text: str) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
            from rich.progress import Progress as Bar

            console = Console(stderr=True, no_color=not self._output.color)
            columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
            self._bar = Bar(*columns, console=console, transient=True)
            self._task = self._bar.add_task("", total=total)
            self._bar.start()
        self._bar.update(self._task, completed=ended, description=text)
