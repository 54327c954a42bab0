"""The review page of generated videos: one HTML file, without a server, to watch variants and to decide on them.

The page holds names that others chose, so it is closed three times: every text passes `clean` and is escaped, its
policy lets nothing run but the page's own script, and that script writes text only, never markup. It loads the videos
it was given and nothing else, and it sends nothing: decisions leave it as commands and files that a person takes away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reconciler.render import html, sparkline

SUPERSEDED = "superseded"
_TEMPLATE = "gallery.html.j2"
_ENUM = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_REMOTE = re.compile(r"https?://", re.IGNORECASE)
_EMBEDDED = re.compile(r"data:video/", re.IGNORECASE)
_RELATIVE = re.compile(r"(?![/\\])[^:?#]+")


@dataclass(frozen=True, slots=True)
class GalleryFigures:
    """How a variant does, where somebody asked; `why_not` stands in the place of figures that there are not."""

    rows: tuple[tuple[str, str], ...] = ()
    """What stands under the video: ("Hook", "31.0 %")."""
    verdict: str | None = None
    hooks: tuple[Decimal | None, ...] = ()
    """Hook rate by day, for the line; None: nothing was shown on that day."""
    why_not: str | None = None

    @property
    def line(self) -> str:
        """The line's path; empty with fewer than two days."""
        return sparkline.path(self.hooks) if len([one for one in self.hooks if one is not None]) > 1 else ""


@dataclass(frozen=True, slots=True)
class GalleryItem:
    """One variant, downloaded."""

    refresh: str
    """Its address: `refresh/hero-hooks`."""
    generation: int
    variant: int
    name: str
    """The platform's own name of the video, which anybody may have chosen."""
    strategies: tuple[str, ...]
    hook_type: str | None
    task_id: str | None
    video_id: str | None
    media: str
    """A URL relative to the page, or a `data:` URL."""
    sha256: str
    bytes: int
    duration_seconds: float | None
    state: str
    approval: str
    """`none`, `approved` or `rejected`."""
    ads: tuple[str, ...] = ()
    """Addresses of the ads that show it now."""
    figures: GalleryFigures | None = None


@dataclass(frozen=True, slots=True)
class GalleryRefresh:
    """A source and what was made of it."""

    address: str
    source: str | None
    """The URL of the source video; None when only its id is known."""
    items: tuple[GalleryItem, ...]
    description: str | None = None
    """What the product is, as hooks are made for it."""

    @property
    def name(self) -> str:
        return self.address.partition("/")[2] or self.address

    @property
    def generation(self) -> int:
        """The running one: the only one whose variants a command can name by their number."""
        running = [item.generation for item in self.items if item.state != SUPERSEDED]
        return max(running or (item.generation for item in self.items), default=0)

    @property
    def groups(self) -> list[tuple[bool, list[tuple[int, GalleryItem]]]]:
        """Numbered variants: those of the running generation, what is still to decide first, then (True) older ones."""
        older = [one for one in self.items if one.generation != self.generation or one.state == SUPERSEDED]
        running = [one for one in self.items if one not in older]
        running.sort(key=lambda one: (one.approval != "none", one.variant))
        older.sort(key=lambda one: (-one.generation, one.variant))
        numbered = [*enumerate([*running, *older], 1)]
        parts = ((False, numbered[: len(running)]), (True, numbered[len(running) :]))
        return [(folded, part) for folded, part in parts if part]


def page(
    refreshes: Sequence[GalleryRefresh], *, made_at: str, by: str | None, figures: tuple[str, str] | None = None
) -> str:
    """The whole page. `by` is the name the field for it starts with, `figures` the first and last day of figures."""
    made = html.environment()
    made.filters.update(length=_length, size=_size, words=_capitalized)
    made.tests["playable"] = _playable
    return made.from_string(html.source(_TEMPLATE)).render(
        refreshes=refreshes, made_at=made_at, by=by or "", figures=figures
    )


def _playable(url: str | None) -> bool:
    """Whether a browser may load it: `https:`, `http:`, an embedded video, or a path below the page."""
    return url is not None and bool(_REMOTE.match(url) or _EMBEDDED.match(url) or _RELATIVE.fullmatch(url))


def _capitalized(text: str) -> str:
    """`ADD_HOOK` as "Add hook"; anything else as it is."""
    return text.replace("_", " ").capitalize() if _ENUM.fullmatch(text) else text


def _length(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    if count < 999_500:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e6:.1f} MB"
