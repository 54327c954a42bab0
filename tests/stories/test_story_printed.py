"""Every command prints every plan: whatever a plan holds, no renderer and no explanation fails at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rotation import rotating
from tests.stories import manifests as plain
from tests.stories.account import Account
from tests.stories.marketing import scene
from tests.stories.refresh.scene import consent, refresh, video
from tests.stories.workspace import Workspace

SHOWN = (
    "--json", "--format text", "--format markdown", "--format html", "--format text --audience marketer",
    "--format markdown --audience marketer", "--format html --audience marketer",
)  # fmt: skip
OTHERS = ("drift", "drift --json", "status", "status --json", "history", "history --json", "state list", "doctor")
Stage = tuple[Workspace, Account]


def nothing(stage: Stage) -> None:
    """What is declared is new."""


def applied(stage: Stage) -> None:
    """Everything is there."""
    stage[0].run("apply", "--auto-approve")


def edited(stage: Stage) -> None:
    """The manifests say something else."""
    applied(stage)
    stage[0].replace("budget: ", "budget: 1")


def drifted(stage: Stage) -> None:
    """A stranger changed, renamed and paused things."""
    applied(stage)
    stage[1].edit("campaign", "spring", budget=77.5, campaign_name="hello|`<b>")


def gone(stage: Stage) -> None:
    """A stranger deleted the campaign."""
    applied(stage)
    key = "operation_status" if "marketing" in (stage[0].root / "reconciler.yaml").read_text("utf-8") else "status"
    stage[1].edit("campaign", "spring", **{key: "DELETE"})


def removed(stage: Stage) -> None:
    """Only another campaign is declared any more."""
    applied(stage)
    marketing = "marketing" in (stage[0].root / "reconciler.yaml").read_text("utf-8")
    stage[0].manifest((scene if marketing else plain).campaign("other"))


def twins(stage: Stage) -> None:
    """Objects of these names are there already."""
    stage[1].load(campaigns=[{"campaign_name": "spring"}, {"campaign_name": "spring"}])


def unknown(stage: Stage) -> None:
    """A write has no known outcome."""
    stage[0].replace("quiet_period: 2", "quiet_period: 600", "reconciler.yaml")
    stage[1].faults({"path": "campaign/create/", "nth": 1, "lose_reply": True})
    applied(stage)


STAGES: tuple[Callable[[Stage], None], ...] = (nothing, applied, edited, drifted, gone, removed, twins, unknown)


def printed(work: Workspace, *choices: str) -> None:
    """Every format of the plan, every other command that prints it, and every address explained, twice."""
    made = work.run("plan", "--json", *choices)
    assert made.code == 0, made.text
    kept = {one["address"] for one in work.run("state", "list", "--json").json["resources"]}
    for form in SHOWN:
        ended = work.run("plan", *form.split(), *choices)
        assert ended.code == 0, (form, ended.text)
        assert ended.stdout.strip(), form
    assert work.run("plan", "--out", "plan.json", *choices).code == 0
    for form in SHOWN:
        assert work.run("show", "plan.json", *form.split()).code == 0, form
    for command in OTHERS:
        ended = work.run(*command.split())
        assert ended.code not in (3, 70), (command, ended.text)
    for address in sorted({*made.ops, *kept}):
        for more in ([], ["--json"]):
            ended = work.run("explain", address, *more)
            assert ended.code == 0, (address, ended.text)
            assert address in ended.stdout


@pytest.mark.parametrize("stage", rotating(list(STAGES), 3, lambda one: str(one.__name__)))
def test_a_family_of_openapi(work: Workspace, account: Account, stage: Callable[[Stage], None]) -> None:
    """Campaign, ad group, ad, video and refresh."""
    work.manifest(*plain.family(), video(), refresh(variants=1))
    consent(work)
    account.switch(task_seconds="0")
    stage((work, account))
    printed(work)


@pytest.mark.parametrize("stage", rotating(list(STAGES), 3, lambda one: str(one.__name__)))
def test_a_family_of_marketing(tmp_path: Path, stage: Callable[[Stage], None]) -> None:
    """Ads of a library's video, of a Video and of a variant, with covers that are suggested and ids in lists."""
    with Account.of_production() as market:
        shop = scene.settle_in(tmp_path / "shop", market)
        shop.manifest(
            *scene.family(),
            video(),
            refresh(variants=1),
            scene.ad("of-a-video", video="{video: hero}"),
            scene.ad("of-a-variant", video="{refresh: hooks, variant: 1}"),
        )
        consent(shop)
        stage((shop, market))
        printed(shop)


def test_what_is_replaced_is_printed(tmp_path: Path) -> None:
    """A new object stands for the old one, and everything below it."""
    with Account.of_production() as market:
        shop = scene.settle_in(tmp_path / "shop", market)
        shop.manifest(*scene.family())
        shop.apply()
        shop.replace('location_ids: ["6252001"]', 'location_ids: ["2635167"]')
        printed(shop)
        printed(shop, "--replace", "adgroup/spring-us")
