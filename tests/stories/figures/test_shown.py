"""The lockfile says which variant an ad shows, and since when."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.stories.dying import dies
from tests.stories.workspace import Workspace

if TYPE_CHECKING:
    from tests.stories.conftest import Pass


def shown(work: Workspace, name: str = "hook-1") -> list[dict[str, Any]]:
    """What an ad shows and has shown, newest first, without the moments."""
    told = work.run("state", "show", f"ad/{name}", "--json").json.get("shown", [])
    return [{key: value for key, value in one.items() if key != "since"} for one in told]


def variant(slot: int, generation: int = 1) -> dict[str, Any]:
    """A variant as the lockfile names it."""
    return {"refresh": "refresh/hooks", "generation": generation, "variant": slot}


NOTHING = {"refresh": None, "generation": None, "variant": None}


def test_an_ad_shows_its_variant_from_its_birth_on(hooks: Workspace) -> None:
    """With the moment of the call, in UTC; what is no ad of a variant has none."""
    (one,) = hooks.lock["ad/hook-1"]["shown"]
    assert one.pop("since").endswith("Z")
    assert one == variant(1)
    assert shown(hooks, "hook-2") == [variant(2)]
    assert "shown" not in hooks.lock["adgroup/spring-us"]


def test_every_change_of_video_is_noted_and_nothing_else(hooks: Workspace, days: Pass) -> None:
    """A new generation, another slot, a video that is no variant and back; a new text is none. Five are kept."""
    hooks.replace("landing_page_url: https://example.com/spring", "landing_page_url: https://example.com/summer")
    hooks.apply()
    assert shown(hooks) == [variant(1)]
    days(1)
    hooks.replace("variants: 2", "variants: 2\n  revision: 2")
    hooks.apply()
    assert shown(hooks) == [variant(1, 2), variant(1)]
    first, second = hooks.lock["ad/hook-1"]["shown"]
    assert first["since"] > second["since"]
    steps = ['{video_id: "v1"}', "{refresh: hooks, variant: 2}", '{video_id: "v2"}', "{refresh: hooks, variant: 1}"]
    text = (hooks.root / "manifests" / "a.yaml").read_text()
    for step in steps:
        days(1)
        hooks.write("manifests/a.yaml", text.replace("{refresh: hooks, variant: 1}", step))
        hooks.apply()
    assert shown(hooks) == [variant(1, 2), NOTHING, variant(2, 2), NOTHING, variant(1, 2)]
    assert hooks.in_sync()


def test_a_replay_of_the_journal_tells_the_same(hooks: Workspace) -> None:
    """A lockfile of before the run and the journal, in whatever order the machine died."""
    before = (hooks.root / "reconciler.lock").read_text()
    hooks.replace("variants: 2", "variants: 2\n  revision: 2")
    hooks.apply()
    after = hooks.lock["ad/hook-1"]["shown"]
    hooks.write("reconciler.lock", before)
    assert hooks.run("state", "show", "ad/hook-1", "--json").json["shown"] == after


@pytest.mark.parametrize(("writes", "last"), [(2, "intent"), (3, "reply")])
def test_what_the_next_run_finds_out_counts_from_when_it_was_sent(
    hooks: Workspace, days: Pass, writes: int, last: str
) -> None:
    """The run died before the reply was written down, or before it was read; days later it is no later for that."""
    hooks.replace("{refresh: hooks, variant: 1}", "{refresh: hooks, variant: 2}")
    assert dies(hooks, writes, "apply", "--auto-approve")
    records = [json.loads(line) for line in hooks.journal.read_text().splitlines()]
    sent = next(one for one in reversed(records) if one["kind"] == "intent")
    assert (records[-1]["kind"], sent["path"]) == (last, "ad/update/")
    days(3)
    hooks.apply()
    first, second = (datetime.fromisoformat(one["since"]) for one in hooks.lock[sent["address"]]["shown"])
    assert first - second < timedelta(days=1)


def test_a_refresh_that_is_called_otherwise_is_shown_by_its_new_name(hooks: Workspace) -> None:
    """`state mv` renames what is shown with it."""
    assert hooks.run("state", "mv", "refresh/hooks", "refresh/better").code == 0
    assert shown(hooks) == [{**variant(1), "refresh": "refresh/better"}]


def test_an_old_lockfile_is_read(hooks: Workspace) -> None:
    """Without `shown` nothing is known, nothing changes, and the next change of video begins the record."""
    path = hooks.root / "reconciler.lock"
    document = json.loads(path.read_text())
    document.pop("checksum")
    for name in ("hook-1", "hook-2"):
        del document["resources"][f"ad/{name}"]["shown"]
    path.write_text(json.dumps(document))
    assert hooks.in_sync()
    hooks.replace("variants: 2", "variants: 2\n  revision: 2")
    hooks.apply()
    assert shown(hooks) == [variant(1, 2)]
