"""The second half of a story in an account of production: somebody changes many objects at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation import ads
from tests.simulation.ads import Ads

if TYPE_CHECKING:
    from tests.simulation.story import Story

_RATE = 0.6
"""Of calls for several objects that go wrong: there are few of them."""


def at_once(story: Story) -> None:
    """Pause, enable or pay for all of a kind, twice; the calls for several objects go wrong; then it heals."""
    machine, random = story.machine, story.random
    if not story.ads or machine.judge.broken:
        return
    machine.faults.shared = 0.0 if story.calm else _RATE
    for _ in range(2):
        manifests = machine.manifests
        story.say(f"edit: {ads.at_once(manifests, random) if isinstance(manifests, Ads) else 'nothing'}")
        trouble = story.trouble() if random.random() < 0.3 else None
        ended = machine.apply(trouble=trouble)
        story.say(f"{ended} {trouble or ''}")
        if ended.code is None:
            story.crashed()
        if machine.judge.broken:
            return
    story.heal()
