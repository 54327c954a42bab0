"""Progress of an apply on stderr: a bar with counts and ETA on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from reconciler.cli.output import Output

if TYPE_CHECKING:
    from reconciler.workflow.apply import EffectEnded

_PLAIN_EVERY = 10.0
"""Seconds between plain lines."""


class Progress:
    """Hears of every effect; shows nothing with --quiet."""

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

    def step(self, step: EffectEnded) -> None:
        """One effect ended. On a terminal a line stays of every object that is done."""
        left = f", about {step.left:.0f} s left" if step.left >= 1 else ""
        if self._live:
            try:
                if step.is_last:
                    known = f"id {step.id}, " if step.id else ""
                    self._say(f"{step.action.address} done: {known}{step.seconds:.1f} s")
                self._draw(step.number, step.of, f"{step.action.verb} {step.action.address}{left}")
            except Exception:  # what a terminal does to the bar must not reach the run
                self._live = False
            return
        now = time.monotonic()
        if step.number == step.of or now - self._last >= _PLAIN_EVERY:
            self._last = now
            told = f"{step.action.verb} {step.action.address} done{left}"
            self._output.note(f"{step.number} of {step.of} effects: {told}")

    def note(self, text: str) -> None:
        """Why the run waits."""
        with suppress(Exception):
            self._say(text)

    def _say(self, text: str) -> None:
        """A line that stays, above the bar where there is one."""
        if self._bar is not None:
            from reconciler.text import clean

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
