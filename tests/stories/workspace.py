"""A workspace in a folder of its own, and the real command in it: in this process, or in one of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest

from reconciler.cli.main import main
from tests.stories.account import ADVERTISER
from tests.stories.copies import POSSIBLE, Copy
from tests.stories.hurry import world_of

TOKEN = "story-token/4b2f9c7e"
FAST = "{per_second: 100000, per_minute: 1000000}"


class Run(NamedTuple):
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.stdout)

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The rows of a plan, or the outcomes of an apply, by address."""
        document = self.json
        found: list[dict[str, Any]] = document["changes"] if "changes" in document else document["outcomes"]
        return {row["address"]: row for row in found}

    @property
    def ops(self) -> dict[str, str]:
        """The op of every row, by address."""
        return {address: row["op"] for address, row in self.rows.items()}

    @property
    def ended(self) -> dict[str, str]:
        """The outcome of every row, by address."""
        return {address: row["outcome"] for address, row in self.rows.items()}

    @property
    def codes(self) -> list[str]:
        """The codes of the errors, in order."""
        return [one["code"] for one in self.json["errors"]]

    @property
    def text(self) -> str:
        """Everything a person sees."""
        return self.stdout + self.stderr


class Workspace:
    """A folder with `reconciler.yaml`, and the command run in it."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.url = root, url
        root.mkdir(parents=True, exist_ok=True)
        (root / "manifests").mkdir(exist_ok=True)

    def configure(
        self,
        *,
        quiet: float = 2,
        guardrails: str = "{max_daily_spend: 1000.00}",
        currency: str = "USD",
        advertiser: str = ADVERTISER,
        rate: str = f"{{default: {FAST}, ad_create: {FAST}}}",
        timeout: str = "{connect: 5, read: 30}",
        more: str = "",
    ) -> None:
        """Writes `reconciler.yaml`."""
        self.write(
            "reconciler.yaml",
            f"version: 1\naccount: {{advertiser_id: \"{advertiser}\", currency: {currency}}}\n"
            f"api: {{contract: openapi, base_url: {self.url}, rate: {rate}, timeout: {timeout}}}\n"
            f"recovery: {{quiet_period: {quiet}}}\nguardrails: {guardrails}\n{more}",
        )  # fmt: skip

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the workspace."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def manifest(self, *documents: str, file: str = "a.yaml") -> None:
        """Writes one manifest file with these documents."""
        self.write(f"manifests/{file}", "---\n".join(documents))

    def replace(self, old: str, new: str, file: str = "manifests/a.yaml") -> None:
        """Edits a file of the workspace: every `old` becomes `new`; it must be there."""
        text = (self.root / file).read_text("utf-8")
        assert old in text
        self.write(file, text.replace(old, new))

    @property
    def lock(self) -> dict[str, Any]:
        """The lockfile's resources."""
        found: dict[str, Any] = json.loads((self.root / "reconciler.lock").read_text("utf-8"))["resources"]
        return found

    def edit_lock(self, old: str, new: str) -> None:
        """Edits the lockfile as somebody who means it: its checksum is taken out."""
        self.replace(old, new, "reconciler.lock")
        text = (self.root / "reconciler.lock").read_text("utf-8")
        self.write("reconciler.lock", re.sub(r' "checksum": "[^"]*",\n', "", text))

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.root / ".reconciler" / "journal.jsonl"

    @property
    def records(self) -> list[dict[str, Any]]:
        """What every journal holds, those that were set aside first."""
        kept = sorted(self.journal.parent.glob("journal-[0-9]*.jsonl"), key=lambda one: int(one.stem[8:]))
        lines = [line for one in (*kept, self.journal) if one.exists() for line in one.read_bytes().splitlines()]
        return [json.loads(line) for line in lines]

    def forget_that_it_was_set_aside(self) -> None:
        """The journal as the last run left it, had it been killed a moment before it set it aside."""
        kept = sorted(self.journal.parent.glob("journal-[0-9]*.jsonl"), key=lambda one: int(one.stem[8:]))
        kept[-1].replace(self.journal)

    def files(self) -> dict[str, bytes]:
        """Everything in the folder, by path."""
        paths = [path for path in self.root.rglob("*") if path.is_file()]
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}

    def run(self, *arguments: str, token: str | None = TOKEN, chdir: bool = True) -> Run:
        """The real command in this process. Where the account is a simulated one, waiting takes no time."""
        place = ["-C", str(self.root)] if chdir else []
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with (
            in_environment(token),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            mock.patch.object(sys, "stdin", io.StringIO()),
            pytest.raises(SystemExit) as end,
        ):
            main([*arguments, *place], world_of(self.url))
        code = int(end.value.code or 0)
        return Run(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))

    def start(
        self, *arguments: str, token: str | None = TOKEN, anew: bool = not POSSIBLE, **how: Any
    ) -> subprocess.Popen[str]:
        """The real command in a process of its own, which the caller ends. `anew`: one that loads it, as a shell starts
        it; so is one that is given anything but files to write to."""
        environment = _environment(token)
        files = how.keys() <= {"stdout", "stderr"} and not any(isinstance(one, int) for one in how.values())
        if files and not anew:
            return Copy(arguments, self.root, environment, how.get("stdout"), how.get("stderr"))
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        given = {"cwd": self.root, "env": environment, **streams, **how}
        return subprocess.Popen([sys.executable, "-m", "reconciler", *arguments], text=True, errors="replace", **given)

    def process(self, *arguments: str, token: str | None = TOKEN, **how: Any) -> Run:
        """The real command in a process of its own, to its end."""
        return finish(self.start(*arguments, token=token, **how))

    def plan(self, *arguments: str) -> Run:
        """`plan --json`, which must come out well."""
        ended = self.run("plan", "--json", *arguments)
        assert ended.code == 0, ended.text
        return ended

    def apply(self, *arguments: str, code: int = 0) -> Run:
        """`apply --auto-approve --json`, which must end with this code."""
        ended = self.run("apply", "--auto-approve", "--json", *arguments)
        assert ended.code == code, ended.text
        return ended

    def in_sync(self) -> bool:
        """Whether a plan finds nothing to do."""
        made = self.plan()
        return not made.rows and not made.json["violations"]


def _environment(token: str | None) -> dict[str, str]:
    """That of a process. Ours stays as it is: another thread may read it, or run a command in this process."""
    ours = {name: value for name in [*os.environ] if (value := os.environ.get(name)) is not None}
    # They find what `tests/conftest.py` has compiled: one that dies, or may not write, leaves no half of it.
    return {**ours, "PYTHONDONTWRITEBYTECODE": "1", **({} if token is None else {"TIKTOK_ACCESS_TOKEN": token})}


@contextlib.contextmanager
def in_environment(token: str | None) -> Iterator[None]:
    """Meanwhile it is ours. At no moment is it empty: another thread may be starting a process."""
    before = {**os.environ}
    os.environ.update(_environment(token))
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def finish(process: subprocess.Popen[str]) -> Run:
    """Waits for a process and tells how it ended."""
    out, err = process.communicate(timeout=60)
    return Run(process.returncode, out or "", err or "")


def until(true: Callable[[], object]) -> None:
    """Waits for what another process does; the limit only guards against a hang. To look may cost as much as a command
    does: the first looks follow soon upon each other."""
    begun = time.monotonic()
    while not true():
        waited = time.monotonic() - begun
        assert waited < 30, "it never happened"
        time.sleep(0.01 + min(waited / 10, 0.04))
