"""Asking the person at the terminal."""

from __future__ import annotations

import sys

from reconciler.workflow.signals import Signals


def said_yes(signals: Signals, question: str) -> bool:
    """Whether the answer is `yes`, in full. A signal while it waits ends the run: nothing is under way."""
    sys.stderr.write(f"{question} Only `yes` will be accepted: ")
    signals.asking = True
    try:
        answer = sys.stdin.readline().strip()
    except (OSError, ValueError):
        answer = ""  # the terminal has gone, or sent what is no text
    signals.asking = False
    return answer == "yes"
