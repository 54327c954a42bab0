"""The account as it truly is: a small model of the openapi contract and of the refresh endpoints, pure over true time.
`marketing.py` and `smart_account.py` beside it have what the other contracts do otherwise.

It knows what was committed when and by whom, when each version of an object becomes visible in a listing, and what
every write of ours made. It shares nothing with the product but the names of the calls, which are the documents'.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.simulation.wire import ABOVE, Write, joined, meant

ADVERTISER = "7000000000000000001"
UPLOAD = "file/video/ad/upload/"
SUBMIT = "creative/aigc/refresh_video/task/create/"
TASKS = "creative/aigc/video/task/list/"
VIDEOS = "creative/aigc/video/list/"
SEARCH = "file/video/ad/search/"
PREVIEW_SECONDS = 6 * 3600


@dataclass
class Profile:
    """How this server behaves where the documents are silent. Seconds are true ones."""

    name_guard: bool = False
    integer_ids: bool = False
    page_size: int = 1000
    most_lag: float = 30.0
    """Until a listing shows a commit; a stale page may add as much again."""
    latest_commit: float = 110.0
    """After the request was sent."""
    four_tasks: bool = False
    renews: bool = False
    task_fails: float = 0.0
    ignores: frozenset[str] = frozenset()
    """marketing: kinds whose create does not look at operation_status: they are born ENABLE."""
    replaces: bool = False
    """marketing: an update that is no patch sets back what it does not name."""
    answers: str = "ids"
    """marketing: how a create of an ad tells its id: `ids`, `creatives`, `flat` or `all`."""
    transcoding: float = 0.0
    """marketing: the most seconds until a video can be used."""
    suggests: bool = True
    """marketing: whether covers are suggested; else there is only a frame to upload."""
    array: bool = True
    """marketing: an upload is answered with an array."""
    window: float = 10.0
    """smart_plus: seconds for which a `request_id` is known again."""
    first_answer: bool = False
    """smart_plus: what such a create is answered with: the first one's object, or code 40050."""
    gap: float = 5.0
    """smart_plus: seconds from a write to one ad to the next."""
    wakes: bool = False
    """smart_plus: a list of creatives that is written wakes what was paused in it."""
    new_materials: bool = False
    """smart_plus: and gives all of them new ids."""


@dataclass(eq=False)
class Thing:
    """One object of the account. `address`: the logical one it was made for, None for a stranger's."""

    kind: str
    id: str
    parent: str | None
    address: str | None
    created: float
    fields: dict[str, Any]
    versions: list[tuple[float, dict[str, Any] | None]] = field(default_factory=list)
    """(visible from, fields); None: deleted."""
    foreign: bool = False
    """A stranger has touched it."""
    twin_of: Thing | None = None
    """What a stranger has made it after."""
    smart: bool = False
    """Whether it is of Smart+."""

    @property
    def live(self) -> bool:
        """Whether it is there, paused or not."""
        return bool(self.fields["status"] != "DELETE")

    def at(self, moment: float) -> dict[str, Any] | None:
        """What a listing of that moment shows."""
        seen = None
        for visible, fields in self.versions:
            if visible <= moment:
                seen = fields
        return seen


@dataclass(eq=False)
class Sent:
    """One write as the server saw it, whatever became of it."""

    number: int
    at: float
    path: str
    body: dict[str, Any]
    address: str | None
    intent: tuple[str, int] | None
    """Run and seq of the intent in the journal."""
    fate: str = "ok"
    committed: float | None = None
    idle: bool = False
    """Answered with code 0, although nothing was done."""
    made: list[str] = field(default_factory=list)
    """Ids of what it made: object, stock video or tasks."""
    begun: float = 0.0
    """When the process that sent it began."""
    attached: bytes | None = None
    """The file that came with it."""
    replaced: str | None = None
    """The object that what it makes is to stand in for."""
    source: tuple[str, tuple[object, ...]] = ("", ())
    """Of a submit: the refresh it is for, and the inputs of that."""
    slots: tuple[int, ...] = ()
    """Of a submit: what it fills."""


@dataclass(eq=False)
class Task:
    """One refresh task of anybody."""

    id: str
    ends: float
    visible: float
    videos: list[str]
    sent: Sent | None


class Account:
    """Everything the platform knows."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self.profile, self.random = profile, random
        self.things: dict[str, Thing] = {}
        self.tasks: dict[str, Task] = {}
        self.stock: dict[str, str] = {}
        self.sent: list[Sent] = []
        self.on_commit: Callable[[Sent, float], None] = lambda sent, now: None
        self._late: list[tuple[float, int, Sequence[Sent]]] = []
        self._next = 1_700_000_000_000_000_000

    def new_id(self) -> str:
        """As long as the platform's."""
        self._next += 7919
        return str(self._next)

    def settle(self, now: float) -> None:
        """Commit what was accepted earlier and is due."""
        while self._late and self._late[0][0] <= now:
            moment, _, parts = heapq.heappop(self._late)
            self.commit_all(parts, moment)

    def later(self, parts: Sequence[Sent], moment: float) -> None:
        """Commit them then, although the client has given up."""
        heapq.heappush(self._late, (moment, parts[0].number, parts))

    @property
    def quiet(self) -> bool:
        """Whether nothing is still to be committed."""
        return not self._late

    def partly(self, sent: Sent) -> tuple[int, str, Any] | None:
        """The answer to a write of several items of which none was done, with code 0; None where no call has that."""
        return None

    def commit(self, sent: Sent, now: float) -> tuple[int, str, Any]:
        """(code, message, data) of a write that is carried out now."""
        code, message, data = self.carry_out(sent, now)
        if code == 0 and not sent.idle:
            sent.committed = now
            self.on_commit(sent, now)
        return code, message, data

    def commit_all(self, parts: Sequence[Sent], now: float) -> tuple[int, str, Any]:
        """The same for a call of several objects: where it is done as a whole or not at all, one stops the others."""
        refused = self.refusal(parts, now) if len(parts) > 1 else None
        return refused or joined([self.commit(one, now) for one in parts])

    def refusal(self, parts: Sequence[Sent], now: float) -> tuple[int, str, Any] | None:
        """Why none of them is changed."""
        for write in (meant(one.path, one.body) for one in parts):
            thing = self.things.get(write.id or "") if write else None
            if write is not None and (thing is None or not thing.live):
                return 40002, f"{write.kind} does not exist", {}
        return None

    def carry_out(self, sent: Sent, now: float) -> tuple[int, str, Any]:
        """What becomes of it."""
        write = meant(sent.path, sent.body)
        if sent.path == UPLOAD:
            made = self.new_id()
            self.stock[made] = sent.body["video_url"]
            sent.made = [made]
            return 0, "OK", {"video_id": made}
        if sent.path == SUBMIT:
            return self._submit(sent, now)
        assert write is not None, sent.path
        if write.verb == "create":
            return self._create(sent, write, now)
        return self._update(write, now)

    def _create(self, sent: Sent, write: Write, now: float) -> tuple[int, str, Any]:
        parent, name = write.parent, f"{write.kind}_name"
        if parent is not None and (parent not in self.things or not self.things[parent].live):
            return 40002, f"{ABOVE[write.kind]} does not exist", {}
        if self._is_taken(write.kind, parent, write.fields[name]):
            return 40002, f"{write.kind} name already exists", {}
        fields = {**write.fields, "status": self.born(write)}
        thing = Thing(write.kind, self.new_id(), parent, sent.address, now, fields)
        self.add(thing, now)
        sent.made = [thing.id]
        return 0, "OK", self.told(thing)

    def born(self, write: Write) -> str:
        """The status of what is made."""
        return "ENABLE"

    def told(self, thing: Thing) -> dict[str, Any]:
        """The answer to a create."""
        return {"campaign_id": self.shown(thing.id)} if thing.kind == "campaign" else {}

    def _is_taken(self, kind: str, parent: str | None, name: object, but: Thing | None = None) -> bool:
        return self.profile.name_guard and any(
            one is not but and one.kind == kind and one.parent == parent and one.fields[f"{kind}_name"] == name
            for one in self.live()
        )

    def add(self, thing: Thing, now: float) -> None:
        """A new object, ours or not."""
        self.things[thing.id] = thing
        self._version(thing, now)

    def _update(self, write: Write, now: float) -> tuple[int, str, Any]:
        thing = self.things.get(write.id or "")
        if thing is None or not thing.live:
            return 40002, f"{write.kind} does not exist", {}
        self.change(thing, write.fields, now)
        return 0, "OK", {}

    def change(self, thing: Thing, fields: dict[str, Any], now: float) -> None:
        """Set fields; what belongs to a deleted object is deleted with it."""
        thing.fields = {**thing.fields, **fields}
        self._version(thing, now)
        if not thing.live:
            for one in [one for one in self.live() if one.parent == thing.id]:
                self.change(one, {"status": "DELETE"}, now)

    def _version(self, thing: Thing, now: float) -> None:
        visible = max(now + self.random.uniform(0, self.profile.most_lag), *(one for one, _ in thing.versions), 0.0)
        thing.versions.append((visible, {**thing.fields, "changed": now}))

    def live(self) -> Iterator[Thing]:
        """What is there, whoever made it."""
        return (one for one in self.things.values() if one.live)

    def _submit(self, sent: Sent, now: float) -> tuple[int, str, Any]:
        if sent.body["video_id"] not in self.stock:
            return 40002, "video_id is not valid", {}
        four = sent.body.get("add_hook", {}).get("hook_type") == "RECOMMENDED"
        tasks, films = (4, 1) if four and self.profile.four_tasks else (1, 4 if four else 1)
        sent.made = [self.start(sent, films, now).id for _ in range(tasks)]
        return 0, "OK", {"task_ids": list(sent.made)}

    def start(self, sent: Sent | None, films: int, now: float) -> Task:
        """A refresh task; `sent` None: a stranger's."""
        ends = now + self.random.uniform(15, 90)
        failed = sent is not None and self.random.random() < self.profile.task_fails
        videos = [] if failed else [f"v{self.new_id()}" for _ in range(films)]
        task = Task(f"t{self.new_id()}", ends, ends + self.random.uniform(0, self.profile.most_lag), videos, sent)
        self.tasks[task.id] = task
        return task

    def unpaged(self, path: str, query: Mapping[str, str], moment: float) -> list[dict[str, Any]] | None:
        """The list of a call without pages; None: it has pages."""
        return self.task_rows(json.loads(query["task_ids"]), moment) if path == TASKS else None

    def listed(self, path: str, query: Mapping[str, str], moment: float) -> list[dict[str, Any]]:
        """Every row of a call with pages."""
        if path == VIDEOS:
            return self.video_rows(moment)
        kind = path.partition("/")[0]
        assert query["advertiser_id"] == ADVERTISER
        narrow = self.narrowed(kind, query)
        return [row for row in self.rows(kind, moment) if all(str(row[key]) in ids for key, ids in narrow.items())]

    def narrowed(self, kind: str, query: Mapping[str, str]) -> dict[str, list[str]]:
        """Keys of a row with the ids that are wanted."""
        above = f"{ABOVE[kind]}_id"
        found = {above: [query[above]]} if above in query else {}
        return found | ({"campaign_id": query["campaign_ids"].split(",")} if "campaign_ids" in query else {})

    def touched(self, thing: Thing | None) -> bool:
        """Whether a stranger has touched it, or what is above it."""
        return thing is not None and (thing.foreign or self.touched(self.things.get(thing.parent or "")))

    def shown(self, identity: str) -> Any:
        """An id as this server writes ids."""
        return int(identity) if self.profile.integer_ids else identity

    def rows(self, kind: str, moment: float) -> list[dict[str, Any]]:
        """What a listing of that moment shows."""
        found = []
        above = ABOVE[kind]
        for thing in self.things.values():
            fields = thing.at(moment) if thing.kind == kind else None
            if fields is None:
                continue
            row = {f"{kind}_id": self.shown(thing.id), "advertiser_id": ADVERTISER, **fields}
            if above:
                row[f"{above}_id"] = self.shown(thing.parent or "0")
            if kind != "ad":
                row["create_time"] = stamp(thing.created)
            if kind == "campaign":
                row["modify_time"] = stamp(row["changed"])
            del row["changed"]
            row.pop("landing_page_url", None)
            found.append(row)
        return found

    def task_rows(self, ids: list[str], now: float) -> list[dict[str, Any]]:
        """The state of tasks."""
        rows = []
        for one in ids:
            task = self.tasks.get(one)
            if task is None:
                continue
            row = {"task_id": one, "aigc_video_type": "REFRESH_VIDEO", "video_name": "refresh_video-x"}
            if now < task.ends:
                rows.append({**row, "status": "SUBMITTED" if now < task.ends - 10 else "PROCESSING"})
            elif not task.videos:
                rows.append({**row, "status": "FAILED"})
            rows += [
                {**row, "status": "SUCCESS", "video_id": video, "preview_url": self.url(video, task, now)}
                for video in task.videos
                if now >= task.ends
            ]
        return rows

    def video_rows(self, moment: float) -> list[dict[str, Any]]:
        """Every refreshed video that the list shows."""
        return [
            {
                "aigc_video_type": "REFRESH_VIDEO",
                "video_name": "refresh_video-x",
                "video_id": video,
                "create_time": stamp(task.ends),
                "preview_url": self.url(video, task, moment),
            }
            for task in self.tasks.values()
            for video in task.videos
            if task.visible <= moment
        ]

    def url(self, video: str, task: Task, now: float) -> str:
        """A preview; what it names dies then."""
        dies = (now if self.profile.renews else task.ends) + PREVIEW_SECONDS
        return f"https://preview.example/{video}?dies={dies:.0f}"


def stamp(seconds: float) -> str:
    """As listings tell time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
