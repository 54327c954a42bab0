"""What every test starts with: nobody's home folder, nobody's token, no way off this machine; the story fixtures.

And what a run starts with: its share of the long tests (`rotation.py`), memory for a disk, no deadlines.
"""

from __future__ import annotations

import compileall
import contextlib
import gc
import importlib
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

import reconciler
import tests.guard.sitecustomize  # noqa: F401 - guards this process
from tests import rotation
from tests.stories.account import Account
from tests.stories.workspace import Workspace

if TYPE_CHECKING:
    from tests.postgres import Server

# How long an example takes says how busy the machine is, nothing else.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

MEMORY = Path("/dev/shm")
ROOM = 2 << 30
"""Bytes that must be free there: a container may have hardly any."""
TESTS = Path(__file__).resolve().parent
GUARD = TESTS / "guard"
TAKEN_AWAY = re.compile(
    "TIKTOK_.*|.*_PROXY|REQUESTS_CA_BUNDLE|SSL_CERT_.*|NO_COLOR|FORCE_COLOR|COLUMNS|CI|(GITHUB|GITLAB|CI|RUNNER|GH|GIT|AWS|AZURE|GOOGLE)_.*",
    re.IGNORECASE,
)
"""What the machine of a job or a hook sets, and the product or git would read."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Five workers for two cores: at any moment most of them wait for a process, a lease, a limit or a reply."""
    return max(1, (os.cpu_count() or 1) * 5 // 2)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the product once, in the process that starts the others."""
    if not hasattr(session.config, "workerinput"):
        compileall.compile_dir(Path(reconciler.__file__).parent, quiet=2)


def pytest_configure(config: pytest.Config) -> None:
    """Whoever runs this, chooses the share of the long tests, and makes temporary files where fsync costs nothing."""
    for name in filter(TAKEN_AWAY.fullmatch, [*os.environ]):
        del os.environ[name]
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell that starts us in the background has it ignored, and so would every process of ours.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    rotation.begin(config.option.markexpr)
    if in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before marks are looked at."""
    rotation.share_out(items, [Path(one.partition("::")[0]).resolve() for one in config.args])
    items.sort(key=lambda one: not one.nodeid.startswith(rotation.FIRST))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What was collected stays to the end: garbage is looked for once, and not in it again."""
    gc.disable()
    begin_elsewhere(session.config)
    done = yield
    gc.collect()
    gc.freeze()
    gc.enable()
    return done


def begin_elsewhere(config: pytest.Config) -> None:
    """Each worker loads all tests, but begins at another of them: so pytest's compilation of what has changed, which
    takes longer than the rest, is shared among them."""
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker is None or [Path(one).resolve() for one in config.args] != [TESTS]:
        return
    names = [".".join(one.relative_to(TESTS.parent).with_suffix("").parts) for one in sorted(TESTS.rglob("test_*.py"))]
    first = len(names) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for name in (*names[first:], *names[:first]):
        # One that cannot be loaded is reported where it is collected.
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def pytest_report_header() -> str:
    """How to play the same again."""
    return rotation.header()


def in_memory() -> bool:
    """Whether there is a folder in memory that we may use: one to write in, with room, where programs can run."""
    try:
        forbids = os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
        return not forbids and os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    except (OSError, AttributeError):
        # No such folder; or no such flag, on a system without one.
        return False


@pytest.fixture(scope="session")
def one_postgres() -> Iterator[Server]:
    """A server for all tests of this process."""
    from tests.postgres import Server

    server = Server()
    yield server
    server.stop()


@pytest.fixture
def dsn(one_postgres: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database of the test's own, which the environment names."""
    address = one_postgres.database()
    monkeypatch.setenv("RECONCILER_FLEET_DSN", address)
    return address


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home and an own folder for temporary files, which is the answer."""
    home = tmp_path_factory.mktemp("home")
    scratch = home / "tmp"
    scratch.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("PYTHONPATH", f"{GUARD.parents[1]}:{GUARD}")
    yield scratch
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def account() -> Iterator[Account]:
    """A simulated ad account on a server of its own."""
    with Account() as one:
        yield one


@pytest.fixture
def work(tmp_path: Path, account: Account) -> Workspace:
    """An empty workspace for that account: money in USD, limits of the calls out of the way."""
    workspace = Workspace(tmp_path / "workspace", account.url)
    workspace.configure()
    return workspace
