"""The studio behind the refresh calls: the stock library, the tasks, and the videos that come of them.

*Pure* over the moments, the seed and the notes of the world, which keep it durable. A task's whole life is drawn when
it is born; what a client sees of it is a matter of the moment. All tokens share one studio.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from reconciler.simulator import films
from reconciler.simulator.clock import stamp
from reconciler.simulator.records import Task, Upload, Video
from reconciler.simulator.wire import Json, decode
from reconciler.simulator.world import World

PREVIEW = "/preview/"
RECOMMENDED = ("EMOTIONAL", "COMMENT", "BILLO", "TEXT_TO_VIDEO")
"""The four hooks that RECOMMENDED stands for."""
FAIL = "[fail]"
"""A product_description that holds this text makes its tasks end FAILED."""
NAME_ZONE = 8 * 3600
"""The zone of the stamp in a name is not documented: this one is not UTC, so whoever decides by it is found out."""
FIRST_TASK = 7_500_000_000_000_000_000
SUBMITS = "refresh/submits"


@dataclass(frozen=True)
class Plan:
    """What a task create asks for: its parameters, and the moment its tasks are over where that is fixed."""

    asked: Mapping[str, Json]
    done: float | None = None
    stranger: bool = False


class Studio:
    """Not thread-safe: the application holds one lock around every call. `origin` is the address of this server."""

    def __init__(self, world: World, seed: int) -> None:
        self.origin = ""
        self.uploads: dict[str, Upload] = {}
        self.tasks: dict[str, Task] = {}
        self._world = world
        self._seed = seed
        self._videos: list[tuple[float, int, Video, Task]] = []
        self._by_path: dict[str, tuple[Video, Task]] = {}
        for text in self._noted("upload"):
            upload = Upload.read(text)
            self.uploads[upload.id] = upload
        for text in self._noted("task"):
            self._enter(Task.read(text))

    # --- reading -----------------------------------------------------------------------------------------------------

    def slice(self, start: int, count: int, now: float) -> tuple[list[tuple[Video, Task]], int]:
        """`count` videos of the list from the one at `start` (counted from 0), and how many the whole list holds."""
        total = bisect_right(self._videos, now - self._world.settings.list_lag, key=lambda one: one[0])
        if self._world.settings.list_order == "newest":
            found = self._videos[max(total - start - count, 0) : max(total - start, 0)][::-1]
        else:
            found = self._videos[start : min(start + count, total)]
        return [(video, task) for _, _, video, task in found], total

    def preview_url(self, video: Video, task: Task, now: float) -> str:
        """The address of a video's film, as a list at this moment gives it."""
        settings = self._world.settings
        expires = int((now if settings.preview_renewed else task.done) + settings.preview_seconds)
        path = self._path(video)
        return f"{self.origin}{path}?expires={expires}&signature={self._signature(path, str(expires))}"

    def film(self, path: str, query: Mapping[str, str], now: float) -> bytes | int:
        """The bytes that an address leads to, or the HTTP status it is refused with."""
        if path not in self._by_path:
            return 404
        expires, signature = query.get("expires", ""), query.get("signature", "")
        if not hmac.compare_digest(signature.encode(), self._signature(path, expires).encode()):
            return 403
        video, task = self._by_path[path]
        if now >= int(expires):
            return int(self._world.settings.preview_expired)
        return video.film() if now >= task.done else 404

    def alive(self, url: str, now: float) -> bool | None:
        """Whether a preview_url can still be fetched; None for any other URL."""
        if not url.startswith(self.origin + PREVIEW):
            return None
        parts = urlsplit(url)
        return isinstance(self.film(parts.path, dict(parse_qsl(parts.query)), now), bytes)

    def bytes_of(self, url: str, now: float) -> bytes | None:
        """What a URL of this server leads to, nothing where it is over; None for any other URL."""
        if url == f"{self.origin}/source/{films.SOURCE}.mp4":
            return films.template(films.SOURCE)
        if not url.startswith(self.origin + PREVIEW):
            return None
        parts = urlsplit(url)
        found = self.film(parts.path, dict(parse_qsl(parts.query)), now)
        return found if isinstance(found, bytes) else b""

    def truth(self, now: float) -> dict[str, Json]:
        """The ground truth: uploads, tasks, and the videos there are by now, whether or not a list shows them."""
        finished = bisect_right(self._videos, now, key=lambda one: one[0])
        return {
            "uploads": [upload.truth() for upload in self.uploads.values()],
            "tasks": [task.truth(now) for task in self.tasks.values()],
            "videos": [
                {**video.truth(task), "preview_url": self.preview_url(video, task, now)}
                for _, _, video, task in self._videos[:finished]
            ],
        }

    # --- writing -----------------------------------------------------------------------------------------------------

    def upload(self, url: str, now: float, *, usable: bool, upload_id: str | None = None) -> Upload:
        """A new video in the stock library, with an id of its own however often its URL has been uploaded."""
        number = len(self.uploads) + 1
        upload = Upload(upload_id or self._video_id(f"upload/{number}"), number, url, usable, now)
        self.uploads[upload.id] = upload
        self._world.note({f"refresh/upload/{number}": upload.write(), "clock": repr(now)})
        return upload

    def submit(self, plan: Plan, now: float) -> list[Task]:
        """The tasks that a task create gives."""
        settings = self._world.settings
        submits = int(self._world.notes.get(SUBMITS, "0")) + (not plan.stranger)
        hook = plan.asked.get("add_hook", {})
        fails = submits in settings.fail_tasks or FAIL in hook.get("product_description", "")
        kinds: Sequence[str | None] = [hook.get("hook_type")]
        if kinds == ["RECOMMENDED"]:
            kinds = RECOMMENDED
        groups = [kinds] if settings.recommended == "one_id" else [[kind] for kind in kinds]
        tasks = [
            self._draw(plan, group, len(self.tasks) + number, now, fails=fails and not plan.stranger)
            for number, group in enumerate(groups, 1)
        ]
        for task in tasks:
            self._enter(task)
        notes = {f"refresh/task/{task.number}": task.write() for task in tasks}
        self._world.note({**notes, SUBMITS: str(submits), "clock": repr(now)})
        return tasks

    def top_up(self, now: float) -> None:
        """Adds strangers' videos until there are as many as the switch `strangers` wants, a minute apart."""
        wanted = self._world.settings.strangers - sum(task.stranger for task in self.tasks.values())
        asked = {"video_id": "", "video_refresh_strategy_list": ["SWAP_MUSIC"]}
        for number in range(wanted, 0, -1):
            self.submit(Plan(asked, now - 60 * number, stranger=True), now)

    def _draw(self, plan: Plan, hooks: Sequence[str | None], number: int, now: float, *, fails: bool) -> Task:
        draw = random.Random(f"{self._seed}/task/{number}")
        settings = self._world.settings
        seconds, share, chance = draw.uniform(*settings.task_seconds), draw.uniform(0.1, 0.4), draw.random()
        done = now + seconds if plan.done is None else plan.done
        created = min(now, done)
        videos = [self._video(plan, hook, f"video/{number}/{place}", created) for place, hook in enumerate(hooks)]
        return Task(
            id=str(FIRST_TASK + number * 10**6 + draw.randrange(10**6)),
            number=number,
            asked=dict(plan.asked),
            created=created,
            processing=created + share * (done - created),
            done=done,
            failed=fails or (not plan.stranger and chance < settings.fail_probability),
            stranger=plan.stranger,
            videos=tuple(videos),
        )

    def _video(self, plan: Plan, hook: str | None, key: str, created: float) -> Video:
        digest = self._digest(f"name/{key}")
        if "ADD_HOOK" in plan.asked["video_refresh_strategy_list"]:
            template = films.HOOKS.get(hook or "", "text-to-video")
        else:
            template = films.MUSIC[int(digest, 16) % len(films.MUSIC)]
        written = "".join(filter(str.isdigit, stamp(created + NAME_ZONE)))
        return Video(self._video_id(key), f"refresh_video-{written}-{digest[:3]}", template, hook)

    def _enter(self, task: Task) -> None:
        self.tasks[task.id] = task
        for place, video in enumerate(task.videos if not task.failed else ()):
            insort(self._videos, (task.done, task.number * 10 + place, video, task), key=lambda one: one[:2])
            self._by_path[self._path(video)] = video, task

    # --- names -------------------------------------------------------------------------------------------------------

    def _noted(self, kind: str) -> list[dict[str, Json]]:
        prefix = f"refresh/{kind}/"
        found = {
            int(name.removeprefix(prefix)): text for name, text in self._world.notes.items() if name.startswith(prefix)
        }
        return [decode(found[number].encode()) for number in sorted(found)]

    def _digest(self, key: str) -> str:
        return hashlib.blake2b(f"{self._seed}/{key}".encode(), digest_size=16).hexdigest()

    def _video_id(self, key: str) -> str:
        return f"v10033g50000{self._digest(key)[:20]}"

    def _path(self, video: Video) -> str:
        return f"{PREVIEW}{self._digest(f'preview/{video.id}')}.mp4"

    def _signature(self, path: str, expires: str) -> str:
        return self._digest(f"signature/{path}/{expires}")
