"""What every test starts with: nobody's home folder, nobody's token, no way off this machine; the story fixtures."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.guard.sitecustomize  # noqa: F401 - guards this process
from tests.stories.account import Account
from tests.stories.workspace import Workspace

GUARD = Path(__file__).parent / "guard"
TAKEN_AWAY = (
    "TIKTOK_ACCESS_TOKEN", "TIKTOK_ACCESS_TOKEN_FILE", "NO_COLOR", "FORCE_COLOR", "HTTP_PROXY", "HTTPS_PROXY",
    "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "GITHUB_ACTIONS",
    "GITLAB_CI",
)  # fmt: skip


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home and an own folder for temporary files, which is the answer."""
    home = tmp_path_factory.mktemp("home")
    scratch = home / "tmp"
    scratch.mkdir()
    for name in TAKEN_AWAY:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("PYTHONPATH", f"{GUARD.parents[1]}:{GUARD}")
    return scratch


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
