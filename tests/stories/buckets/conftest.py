"""The fixtures of these stories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.buckets.machines import Machines
from tests.stories.buckets.server import S3
from tests.stories.git_state.clones import Remote, pattern


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every repository starts as."""
    return pattern(tmp_path_factory.mktemp("git"))


@pytest.fixture(scope="session")
def one_s3() -> Iterator[S3]:
    """The server."""
    server = S3()
    yield server
    server.stop()


@pytest.fixture
def s3(one_s3: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The server as this machine's environment names it."""
    for name, value in one_s3.environment.items():
        monkeypatch.setenv(name, value)
    one_s3.asked.clear()
    one_s3.faults.clear()
    return one_s3


@pytest.fixture(params=rotating(["git", "git and bucket", "bucket", "postgres"], 4))
def machines(request: pytest.FixtureRequest, tmp_path: Path, market: Account, s3: S3, made: Path) -> Machines:
    """Machines that share a workspace in each of the ways there are."""
    if request.param == "postgres":
        request.getfixturevalue("dsn")
    return sharing(request.param, tmp_path, market, s3, made)


@pytest.fixture(params=rotating(["git", "git and bucket", "bucket"], 3))
def unsure(request: pytest.FixtureRequest, tmp_path: Path, market: Account, s3: S3, made: Path) -> Machines:
    """Those where what was kept may be there though nobody has heard so: not in one transaction."""
    return sharing(request.param, tmp_path, market, s3, made)


@pytest.fixture
def bucketed(tmp_path: Path, market: Account, s3: S3, made: Path) -> Machines:
    """Machines that share a bucket alone."""
    return sharing("bucket", tmp_path, market, s3, made)


@pytest.fixture
def branched(tmp_path: Path, market: Account, s3: S3, made: Path) -> Machines:
    """Machines that share a remote alone."""
    return sharing("git", tmp_path, market, s3, made)


def sharing(kind: str, folder: Path, market: Account, s3: S3, made: Path) -> Machines:
    """Each has a bucket of its own."""
    bucket = s3.bucket("b" + "".join(one for one in folder.name.lower() if one.isalnum())[-40:] + str(id(market)))
    return Machines(kind, folder, market, s3, bucket, Remote(folder, market.url, made))
