"""A team's Smart+ ads in a repository: reviewed creative by creative, merged, applied; the lockfile comes back."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitops.forge import Forge, git
from tests.gitops.machine import Machine
from tests.gitops.story import Story
from tests.stories.account import Account
from tests.stories.smart_plus.scene import ad, adgroup, campaign, creatives, smart

ON = {"status": "ENABLE"}
FILE = "manifests/spring.yaml"
CREATIVE = "creatives[video:"


@pytest.fixture
def account() -> Iterator[Account]:
    """An account that takes Smart+, with three videos in its library."""
    with Account.of_production("smart_plus") as one:
        upright = {"width": 540, "height": 960}
        one.load(
            library_videos=[{"video_id": f"v{number}", "file_name": f"film {number}", **upright} for number in "123"],
            images=[{"image_id": f"i{number}", **upright} for number in "123"],
        )
        yield one


@pytest.fixture
def team(tmp_path: Path, forge: Forge, account: Account, tools: Path) -> Story:
    """A repository with the shipped workflows in the contract `smart_plus`, where an applied lockfile is a pull
    request."""
    tokens = {name: {"TIKTOK_ACCESS_TOKEN": f"token-of-{name}"} for name in ("ads-plan", "ads-production")}
    story = Story(forge, account, Machine(forge, tmp_path / "runner", tokens, tools), "smart_plus")
    path = ".github/workflows/ads-apply.yml"
    text = (forge.desk / path).read_text("utf-8")
    forge.commit({path: text.replace("command: apply\n", "command: apply\n      commit: pr\n")}, "The lockfile, too")
    return story


def launch(shown: str, **fields: object) -> dict[str, str]:
    """The manifests of a family whose ad shows these."""
    return {FILE: "---\n".join((campaign(**ON), adgroup(**ON), ad(creatives=shown, **{**ON, **fields})))}


def test_from_a_pull_request_to_the_lockfile(team: Story) -> None:
    """Pull request → comment → merge → apply → lockfile back; then one creative is paused, one taken out and one put
    in, each of which the comment shows; somebody edits by hand, and an issue tells it."""
    number = team.propose(launch('[{video_id: "v1"}, {video_id: "v2"}]'))
    plan = team.jobs["plan"]
    assert not plan.failed, plan.log
    assert team.account.posts() == []
    assert (plan.outputs["plan"]["to_create"], plan.outputs["plan"]["budget_delta_day"]) == ("3", "62.50")
    comment = team.forge.comment_of(number)
    assert all(f"{CREATIVE}{one}]" in comment for one in ("v1", "v2")), comment
    applied = team.merge(number)
    assert not applied.failed, applied.log
    assert "**Applied**" in team.forge.comment_of(number)
    assert creatives(team.account) == {"v1": "ENABLE", "v2": "ENABLE"}
    assert smart(team.account)[0]["status"] == "ENABLE"

    (pull,) = [one for one in team.forge.pulls.values() if one["state"] == "open"]
    lock = json.loads(git(team.forge.remote, "show", f"{pull['head']['ref']}:reconciler.lock"))["resources"]
    assert {one["key"] for one in lock["ad/us-hero"]["creatives"]} == {"video:v1", "video:v2"}
    again = team.merge(pull["number"])
    assert not again.failed, again.log
    assert again.outputs["apply"]["changes"] == "false"

    team.account.operate("clock", {"advance": 6})
    team.account.forget_calls()
    number = team.propose(launch('[{video_id: "v1", status: DISABLE}, {video_id: "v3"}]'), "second")
    comment = team.forge.comment_of(number)
    assert "Show 1 change" in comment
    for one in (f"{CREATIVE}v1].status", f"{CREATIVE}v2]", f"{CREATIVE}v3]"):
        assert one in comment, comment
    assert not team.merge(number).failed
    assert creatives(team.account) == {"v1": "DISABLE", "v3": "ENABLE"}

    team.account.operate("edit", {"id": smart(team.account)[0]["smart_plus_ad_id"], "ad_text_list": [
        {"ad_text": "Not ours."},
    ]})  # fmt: skip
    assert not team.run("drift").failed
    (issue,) = team.forge.issues
    assert "ad_texts" in issue["body"]


def test_a_creative_that_changed_after_the_review(team: Story) -> None:
    """Somebody pauses a creative between review and merge: nothing is written, and the new digest can be approved."""
    team.merge(team.propose(launch('[{video_id: "v1"}, {video_id: "v2"}]')))
    team.account.operate("clock", {"advance": 6})
    number = team.propose(launch('[{video_id: "v1"}, {video_id: "v3"}]'), "second")
    (row,) = [one for one in team.account.objects("ad") if one.get("video_id") == "v1"]
    team.account.operate("edit", {"id": row["ad_id"], "status": "DISABLE"})
    team.account.forget_calls()
    refused = team.merge(number)
    assert refused.failed
    assert team.account.posts() == []
    assert refused.outputs["apply"]["failure_reason"] == "plan-changed"
    assert f"{CREATIVE}v1].status" in team.forge.comment_of(number)
    again = team.run("apply", expect_digest=refused.outputs["apply"]["plan_digest"])
    assert not again.failed, again.log
    assert creatives(team.account) == {"v1": "ENABLE", "v3": "ENABLE"}


def test_a_buyer_can_read_the_comment(team: Story) -> None:
    """Account, places and people by their names, each object where it belongs with its line at the commit, and what is
    alike once; the page holds the same, and a place that has no name keeps its id."""
    spec = '{location_ids: ["6252001", "2921044"], age_groups: [AGE_18_24, AGE_25_34], gender: GENDER_FEMALE}'
    more = [ad(name, creatives='[{video_id: "v1"}]') for name in ("hook-a", "hook-b", "hook-c")]
    group = adgroup(targeting_spec=spec, targeting_optimization_mode="MANUAL", **ON)
    number = team.propose({FILE: "---\n".join((campaign(**ON), group, *more))})
    head = team.forge.sha("edit")
    comment = team.forge.comment_of(number)
    assert "`Advertiser 0001` 7000000000000000001" in comment
    tree = comment.partition("<details>")[0]
    for said in (
        f"[`manifests/spring.yaml:1`](https://forge.example/acme/ads/blob/{head}/manifests/spring.yaml#L1)",
        "- Campaign `campaign/spring` **will be created and will start**",
        "\n  - Ad group `adgroup/us` **will be created and will start**",
        "\n    - 3 ads `ad/hook-a`, `ad/hook-b`, `ad/hook-c` **will be created**",
        "ages: `18–34` · gender: `women` · locations: `Germany, United States`",
        "budget per day on average: `50.00\N{NO-BREAK SPACE}USD`",
    ):
        assert said in tree
    assert not re.search("AGE_|GENDER_|6252001|ads.tiktok.com", tree)
    assert re.search(r"\[The plan as a page\]\(https://forge.example/acme/ads/actions/runs/\d+#artifacts\)", tree)
    pages = [one for one in team.forge.artifacts if one["name"].endswith(".html")]
    with zipfile.ZipFile(io.BytesIO(pages[0]["packed"])) as packed:
        (shown,) = (packed.read(one).decode() for one in packed.namelist())
    assert "Germany, United States" in shown


def test_a_place_without_a_name_keeps_its_id(team: Story) -> None:
    """Where the account does not tell what its places are called the plan is made all the same."""
    team.account.faults({"path": "tool/region/", "code": 40001, "message": "no permission"})
    number = team.propose(launch('[{video_id: "v1"}]'))
    assert not team.jobs["plan"].failed
    assert "locations: `6252001`" in team.forge.comment_of(number)
