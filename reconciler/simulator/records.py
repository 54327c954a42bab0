"""What the studio keeps: uploads, tasks and videos, and how each is written down. *Pure*."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from reconciler.simulator import films
from reconciler.simulator.clock import stamp
from reconciler.simulator.wire import Json, encode


@dataclass(frozen=True)
class Upload:
    """A video of the stock library. Moments are seconds since the epoch."""

    id: str
    number: int
    """Counted from 1, in the order of uploads."""
    url: str
    usable: bool
    """Whether a task can be made of it."""
    created: float

    def write(self) -> str:
        """As a text."""
        return encode(asdict(self))

    @classmethod
    def read(cls, told: Mapping[str, Json]) -> Upload:
        """The upload of a text that has been decoded."""
        number, created = int(told["number"].text), float(told["created"].text)
        return cls(told["id"], number, told["url"], told["usable"], created)

    def truth(self) -> dict[str, Json]:
        """The ground truth about it."""
        return {"video_id": self.id, "video_url": self.url, "usable": self.usable, "create_time": stamp(self.created)}


@dataclass(frozen=True)
class Video:
    """A refreshed video: which film it is, and the hook it has."""

    id: str
    name: str
    template: str
    hook: str | None

    def film(self) -> bytes:
        """Its MP4 file: no two videos have the same bytes."""
        return films.film(self.template, self.id)

    def truth(self, task: Task) -> dict[str, Json]:
        """The ground truth about it."""
        data = self.film()
        return {
            "video_id": self.id,
            "video_name": self.name,
            "task_id": task.id,
            "hook_type": self.hook,
            "create_time": stamp(task.done),
            "seconds": films.seconds(self.template),
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "stranger": task.stranger,
        }


@dataclass(frozen=True)
class Task:
    """A refresh task: its whole life, from its birth on. Moments are seconds since the epoch."""

    id: str
    number: int
    """Counted from 1, in the order of tasks."""
    asked: Mapping[str, Json]
    """The parameters of the task create."""
    created: float
    processing: float
    done: float
    failed: bool
    stranger: bool
    """Whether the operator made it, not a client."""
    videos: tuple[Video, ...]
    """What comes of it, or would have, had it not failed."""

    def status(self, now: float) -> str:
        """What a client is told at a moment."""
        if now < self.processing:
            return "SUBMITTED"
        if now < self.done:
            return "PROCESSING"
        return "FAILED" if self.failed else "SUCCESS"

    def write(self) -> str:
        """As a text."""
        return encode({**asdict(self), "videos": [asdict(video) for video in self.videos]})

    @classmethod
    def read(cls, told: Mapping[str, Json]) -> Task:
        """The task of a text that has been decoded."""
        moments = {name: float(told[name].text) for name in ("created", "processing", "done")}
        videos = tuple(Video(**video) for video in told["videos"])
        return cls(**{**told, **moments, "number": int(told["number"].text), "videos": videos})

    def truth(self, now: float) -> dict[str, Json]:
        """The ground truth about it."""
        succeeds = not self.failed
        return {
            "task_id": self.id,
            "status": self.status(now),
            "asked": dict(self.asked),
            "create_time": stamp(self.created),
            "done_time": stamp(self.done),
            "created": self.created,
            "fails": self.failed,
            "stranger": self.stranger,
            "video_ids": [video.id for video in self.videos] if succeeds else [],
        }
