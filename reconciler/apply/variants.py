"""Drives generated variants: uploads, submits under the rate limit, polls on one common tick, downloads at once.

One loop does it all, because what is rare (a place to submit) and what is urgent (a preview that dies) must not wait
for each other. The step function says what is next; everything that is learnt goes through the ledger before it counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from reconciler.account.videos import recent_videos
from reconciler.api.client import described
from reconciler.api.fetch import FetchFailed, PreviewFetcher
from reconciler.api.limits import SharedPlaces
from reconciler.apply import artifact
from reconciler.apply.keeping import Keeping
from reconciler.apply.mp4 import NotAMovie
from reconciler.apply.outcomes import Outcomes
from reconciler.apply.run import Run
from reconciler.apply.send import Effect, Sender
from reconciler.contracts import refresh as calls
from reconciler.manifest.paths import refusal
from reconciler.model import Address, Change, RefreshEntry, RefreshWork
from reconciler.state import variants as step
from reconciler.state.archive import Away
from reconciler.state.variants import Fetch, Seen

_DAY = 86400.0
_UPLOAD_ATTEMPTS = 3
_DOWNLOAD_ATTEMPTS = 3
_LOST = "`reconciler recover` shows what it may have made; nothing is submitted again on faith"
_HINTED = {"unknown": _LOST}
"""Verdicts of a submit whose next step is another than that of other writes."""


@dataclass(slots=True)
class Driver:
    """One run over all refreshes. `told` hears of progress."""

    run: Run
    sender: Sender
    outcomes: Outcomes
    window: SharedPlaces
    fetcher: PreviewFetcher
    keeping: Keeping
    poll_seconds: float
    halted: bool = False
    """Nothing more is submitted: credentials, throttling, or an unknown outcome."""
    _slots: dict[tuple[Address, int], tuple[str, str]] = field(default_factory=dict)
    """Previews that could not be kept, each with code and why, until they are."""
    _given_up: set[str] = field(default_factory=set)
    """Videos that are not tried again in this run."""
    _last_poll: dict[str, float] = field(default_factory=dict)
    _tick: float = 0.0
    """When all tasks are asked for next."""
    _downloads: dict[tuple[Address, int], int] = field(default_factory=dict)
    _baseline: tuple[str, ...] = ()
    """Videos that were there before this run's submits."""
    _queue: deque[tuple[Address, RefreshWork, tuple[int, ...]]] = field(default_factory=deque)

    def upload(self, changes: Sequence[Change]) -> None:
        """Put source videos into the stock library. An upload is free: one that got lost is sent again."""
        for change in changes:
            if self.halted or self.run.stopped():
                self.outcomes.end(change.address, "skipped", "R710", "the run stopped before its turn")
                continue
            meta = {one.path: one.new for one in change.fields}
            effect = Effect(change.address, "upload", calls.UPLOAD, calls.upload_body(meta["url"]), meta=meta)
            for attempt in range(_UPLOAD_ATTEMPTS):
                reading = self.sender.send(effect)
                if reading.verdict != "unknown" or self.run.stopped():
                    break
                self.run.world.sleep(2.0**attempt)
            if reading.verdict == "unknown":
                text = f"the reply was lost {_UPLOAD_ATTEMPTS} times: {described(reading.envelope)}"
                self.outcomes.end(change.address, "failed", "R719", text, request_id=reading.envelope.request_id)
            elif reading.verdict != "done":
                self.halted = reading.verdict in ("credentials", "unsent", "throttled")
                self.outcomes.refused(change.address, reading, described(reading.envelope), path=calls.SUBMIT)

    def make(self, changes: Sequence[Change], *, wait_seconds: float) -> None:
        """Submit what the rows ask for, then wait for tasks at most `wait_seconds` after the last submit."""
        self._sweep()
        for change in changes:
            self._enqueue(change)
        if self._queue:
            self._refuse_while_unknown()
            self._look_before_submits()
        self._fetch_taskless()
        deadline: float | None = None
        while not self.run.stopped():
            self.run.ledger.checkpoint()
            if self._queue and self.window.wait() <= 0:
                self._submit(*self._queue.popleft())
                continue
            due, wake = self._due()
            if due:
                self.run.ledger.require_running()
                self._poll(due)
                continue
            if not self._queue:
                deadline = self.run.world.now() + wait_seconds if deadline is None else deadline
                if wake is None or self.run.world.now() >= deadline:
                    break
            self.run.world.sleep(self._pause(wake, deadline))
        if not self.run.stopped():
            self.keeping.settle(self.run.ledger.lock.refreshes.values())

    def _sweep(self) -> None:
        """Remove half downloads of runs that are gone; this run holds the workspace. One that stays harms nobody."""
        for address in self.run.ledger.lock.refreshes:
            root, below = self.keeping.root, f"{self.keeping.folder}/{address.name}"
            if refusal(root, below):
                continue
            folder = root / below
            with suppress(OSError):
                for name in self.run.world.files.names(folder):
                    if name.endswith(".mp4.part"):
                        self.run.world.files.remove(folder / name)

    def _pause(self, wake: float | None, deadline: float | None) -> float:
        now = self.run.world.now()
        times = [wake - now] if wake is not None else []
        if self._queue:
            times.append(self.window.wait())
        if deadline is not None:
            times.append(deadline - now)
        return max(0.0, min(times))

    def _enqueue(self, change: Change) -> None:
        work = change.work
        if work is None:
            return
        video = self.run.ledger.lock.videos.get(work.video) if work.video else None
        uploaded = (video.url, video.sha256) if video and video.stock_video_id else None
        if work.submits and work.video and uploaded != work.uploaded:
            text = f"it depends on {work.video}, which is not uploaded"
            self.outcomes.end(change.address, "skipped", "R707", text)
            return
        before = self.run.ledger.lock.refreshes.get(change.address)
        if before is not None and not work.submits:
            self.run.ledger.change({change.address: step.begun(before, work)}, "refresh")
        self._queue.extend((change.address, work, slots) for slots in work.submits)

    def _refuse_while_unknown(self) -> None:
        """At most one submit may be unknown in the account: what two of them made could not be told apart."""
        lost = next((intent for intent in self.run.ledger.intents.values() if intent.verb == "submit"), None)
        if lost is None:
            return
        self.halted = True
        for address, _, _ in list(self._queue):
            text = f"an earlier submit of {lost.address} has no known outcome"
            self.outcomes.end(address, "skipped", "R703", text, hint=_LOST)

    def _look_before_submits(self) -> None:
        """Remember which videos are there already, so that what a lost submit makes can be told from them.

        Where the journal or its end was lost, an unclaimed video of the last day may come of a lost submit: refuse.
        """
        now = self.run.world.now()
        recent = recent_videos(self.run.client, now - _DAY)
        self._baseline = tuple(sorted(row.video_id for row in recent))
        lost_at = self.run.ledger.lost_at
        if lost_at is None or now - lost_at > _DAY:
            return
        # A known task that has ended since is no stranger; asked after the list, so that none falls between the two.
        records = self.run.ledger.lock.refreshes
        self._poll([task.task_id for one in records.values() for task in step.open_tasks(one)])
        mine = set().union(*(step.claimed(record) for record in records.values()))
        strangers = [row.video_id for row in recent if row.video_id not in mine | self.run.ledger.ignored]
        if strangers:
            self.halted = True
            text = f"the journal or its end was lost, and {', '.join(strangers[:5])} may be what a lost submit made"
            for address, _, _ in list(self._queue):
                self.outcomes.end(address, "failed", "R718", text)

    def _fetch_taskless(self) -> None:
        """Videos that a person has assigned: no task tells their URL, the video list does."""
        for address, record in list(self.run.ledger.lock.refreshes.items()):
            for variant in step.taskless(record):
                video_id, number = variant.video_id or "", record.current.generation
                url = self._listed_url(video_id)
                if url is None:
                    self._expired(address, Fetch(variant.slot, None, video_id, "", number), renewed=True)
                else:
                    self._fetch(address, Fetch(variant.slot, None, video_id, url, number), renewed=True)

    def _submit(self, address: Address, work: RefreshWork, slots: tuple[int, ...]) -> None:
        if self.halted or not self.outcomes.going_well(address):
            self.outcomes.end(address, "skipped", "R710", "nothing more is submitted in this run")
            return
        video_id = (
            work.video_id or (self.run.ledger.lock.videos[work.video].stock_video_id if work.video else None) or ""
        )
        body = calls.submit_body(video_id, work.fields)
        meta = step.meta_of(work, slots)
        effect = Effect(address, "submit", calls.SUBMIT, body, self._baseline, meta=meta)
        # One by one, and its reply right after: a task whose id is lost costs money.
        try:
            self.sender.announce([effect])
            reading = self.sender.send(effect)
        finally:
            # Where it never came to be sent, nobody is asked what came of it.
            self.run.ledger.withdraw()
        self.run.ledger.publish()
        if reading.verdict == "done":
            if not self._queue:
                # Nothing else sets the pace now: the tick follows the last submit.
                self._tick = self.run.world.now() + self.poll_seconds
            self.run.told(f"{address}: submitted slot {', '.join(map(str, slots))}; {len(self._queue)} submits to go")
            return
        # At most one submit may be unknown: what comes out of it could not be told apart.
        self.halted = reading.verdict != "rejected"
        self.outcomes.refused(address, reading, described(reading.envelope), _HINTED.get(reading.verdict), calls.SUBMIT)

    def _due(self) -> tuple[list[str], float | None]:
        """Every task to ask for now, on one tick for all; and when the next one is due."""
        now = self.run.world.now()
        due: list[str] = []
        wake: float | None = None
        for record in self.run.ledger.lock.refreshes.values():
            result = step.step(record, now, self.poll_seconds, self._last_poll, self._given_up)
            due += result.polls
            if result.wake is not None:
                wake = result.wake if wake is None else min(wake, result.wake)
        if wake is None or now < self._tick:
            return [], wake if wake is None else max(wake, self._tick)
        if due:
            self._tick = now + self.poll_seconds
        return due, wake

    def _poll(self, due: list[str]) -> None:
        """Ask for the due tasks, five a call."""
        for start in range(0, len(due), calls.TASKS_A_CALL):
            ids = due[start : start + calls.TASKS_A_CALL]
            envelope = self.run.client.read(calls.TASKS, calls.tasks_query(ids))
            now = self.run.world.now()
            self._last_poll.update(dict.fromkeys(ids, now))
            rows = [_seen(row) for row in _rows(envelope.data)]
            for address, record in list(self.run.ledger.lock.refreshes.items()):
                if {task.task_id for task in step.open_tasks(record)} & set(ids):
                    after, fetches = step.absorb(record, rows, now)
                    if after != record:
                        self.run.ledger.change({address: after}, "tasks")
                    for fetch in fetches:
                        self._fetch(address, fetch)
            if self.run.stopped():
                return

    def _fetch(self, address: Address, fetch: Fetch, *, renewed: bool = False) -> None:
        """Download one preview, check it, give it its name; an expired one is looked for once in the video list."""
        name = artifact.name_of(address.name, fetch.generation, fetch.slot)
        key = (address, fetch.slot)
        self._downloads[key] = self._downloads.get(key, 0) + 1
        folder = self.keeping.folder
        try:
            made = artifact.save(
                self.run.world.files,
                self.keeping.root / folder,
                name,
                lambda sink: self.fetcher.fetch(fetch.url, sink),
            )
            made = replace(made, file=f"{folder}/{made.file}")
            # Before it is recorded: what is recorded is never downloaded again, on whatever machine.
            self.keeping.put(made)
        except FetchFailed as failure:
            if failure.expired:
                self._expired(address, fetch, renewed)
            else:
                self._not_kept(address, fetch, failure.why)
        except (NotAMovie, artifact.Unsafe) as failure:
            self._not_kept(address, fetch, failure.why)
        except Away as failure:
            self._not_kept(address, fetch, str(failure), "R729")
        except OSError as error:
            self._not_kept(address, fetch, f"it cannot be written: {error.strerror or error}")
        else:
            self._slots.pop(key, None)
            record = step.fetched(self.run.ledger.lock.refreshes[address], fetch.slot, made, fetch.generation)
            self.run.ledger.change({address: record}, "artifact")
            self.run.told(f"{address}: variant {fetch.slot} is {made.file}")

    def _expired(self, address: Address, fetch: Fetch, renewed: bool) -> None:
        url = None if renewed else self._listed_url(fetch.video_id)
        if url is not None:
            self._fetch(address, replace(fetch, url=url), renewed=True)
            return
        record = step.expired(self.run.ledger.lock.refreshes[address], fetch.slot, fetch.generation)
        self.run.ledger.change({address: record}, "expired")
        text = f"the preview of slot {fetch.slot} is gone; task {fetch.task_id} would have to be paid again"
        self._slots[address, fetch.slot] = ("R714", text)

    def _listed_url(self, video_id: str) -> str | None:
        rows = self.run.client.listing(calls.VIDEOS, calls.videos_query(), "video_id", calls.VIDEOS_A_PAGE, videos=True)
        found = next((row.get("preview_url") for row in rows if row.get("video_id") == video_id), None)
        return found if isinstance(found, str) else None

    def _not_kept(self, address: Address, fetch: Fetch, why: str, code: str = "R717") -> None:
        if self._downloads[address, fetch.slot] < _DOWNLOAD_ATTEMPTS:
            # The next tick asks for the task again and gets a URL with it.
            return
        text = f"slot {fetch.slot}: {why}; if its preview dies, task {fetch.task_id} would have to be paid again"
        self._slots[address, fetch.slot] = (code, text)
        self._given_up.add(fetch.video_id)

    def close(self, address: Address) -> None:
        """End the row of one refresh, as it stands at the end of the run."""
        record = self.run.ledger.lock.refreshes.get(address)
        self._close(address, record)
        self.outcomes.ran(address, tuple(task.task_id for task in record.current.tasks) if record else ())

    def _close(self, address: Address, record: RefreshEntry | None) -> None:
        trouble = next((row for (one, _), row in self._slots.items() if one == address), None)
        if not self.outcomes.going_well(address):
            return
        if trouble is not None:
            self.outcomes.end(address, "failed", *trouble)
            return
        if any(intent.address == address for intent in self.run.ledger.intents.values()):
            self.outcomes.end(address, "unknown", "R709", "the run ended before its reply was read", hint=_LOST)
            return
        if record is None or any(one == address for one, _, _ in self._queue):
            self.outcomes.end(address, "skipped", "R710", "the run stopped before its turn")
            return
        slots = [one for one in record.current.variants if one.slot <= record.wanted]
        failed = [one for one in slots if one.state == "failed"]
        if step.open_tasks(record) or any(one.state == "pending" for one in slots):
            self.outcomes.end(address, "pending")
        elif failed:
            text = ", ".join(f"slot {one.slot} (task {one.task_id})" for one in failed)
            grouped = any(len(task.slots) > 1 for task in record.current.tasks)
            again = not grouped and all(one.failures < 2 for one in failed)
            hint = "the next plan asks for it once more" if again else "raise `revision`, or `recover --resubmit`"
            self.outcomes.end(address, "failed", "R716", f"failed: {text}", hint=hint)
        else:
            self.outcomes.end(address, "done")


def _rows(data: Any) -> list[Mapping[str, Any]]:
    listed = data.get("list") if isinstance(data, dict) else None
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []


def _seen(row: Mapping[str, Any]) -> Seen:
    def text(key: str) -> str | None:
        value = row.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return value if isinstance(value, str) and value else None

    return Seen(text("task_id"), text("status") or "", text("video_id"), text("video_name") or "", text("preview_url"))
