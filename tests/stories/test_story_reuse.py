"""Many objects from few lines: what a matrix and modules make is planned and applied like what is written out."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign
from tests.stories.workspace import Workspace

MATRIX = """\
kind: Ad
name: us-${hook}-${text}
matrix:
  hook: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
  text: [a, b, c, d, e, f, g, h, i, j]
labels: {hook: "h${hook}"}
spec:
  adgroup: spring-us
  ad_name: Hook ${hook}, text ${text}
  ad_format: SINGLE_VIDEO
  landing_page_url: https://example.com/spring?hook=${hook}&text=${text}
"""
MODULE = """\
kind: Campaign
name: main
spec: {campaign_name: "${title}", objective_type: TRAFFIC, budget_mode: BUDGET_MODE_DAY, budget: 50.00}
---
kind: AdGroup
name: broad
spec:
  campaign: main
  placement_type: PLACEMENT_TYPE_AUTOMATIC
  budget_mode: BUDGET_MODE_DAY
  budget: ${budget}
"""
INPUTS = "inputs: {title: {type: text}, budget: {type: money, max: 100.00, default: 50.00}}\n"
USE = "kind: Use\nname: gb\nmodule: modules/launch\ninputs: {title: Spring GB}\n"


@pytest.fixture
def launch(work: Workspace) -> Workspace:
    """A workspace that uses one module."""
    work.write("modules/launch/module.yaml", INPUTS)
    work.write("modules/launch/launch.yaml", MODULE)
    work.manifest(USE)
    return work


def test_200_ads_from_20_lines_are_the_same_plan_as_written_out(work: Workspace, account: Account) -> None:
    """The digest is that of the manifests which `render` prints; applied, nothing is left to do in either form."""
    work.manifest(campaign(), adgroup(), MATRIX)
    short = work.plan().json
    assert short["summary"]["create"] == 202
    written = work.run("render").stdout
    assert written.count("kind: Ad\n") == 200
    work.write("manifests/a.yaml", written)
    assert work.plan().json["digest"] == short["digest"]
    work.apply("--expect-digest", short["digest"])
    assert len(account.objects("ad")) == 200
    work.manifest(campaign(), adgroup(), MATRIX)
    assert work.in_sync()


def test_a_module_is_planned_and_applied_as_its_documents(launch: Workspace, account: Account) -> None:
    """Rows name the line of the module and the use, in JSON, in text and in a pull request's words."""
    rows = launch.plan().rows
    assert set(rows) == {"campaign/gb-main", "adgroup/gb-broad"}
    assert rows["adgroup/gb-broad"]["source"] == {
        "file": "modules/launch/launch.yaml",
        "line": 5,
        "use": {"file": "manifests/a.yaml", "line": 1},
    }
    lines = launch.run("plan").stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.endswith("modules/launch/launch.yaml:5"))
    assert lines[at + 1].strip() == "used at manifests/a.yaml:1"
    assert "used at manifests/a.yaml:1" in launch.run("plan", "--format", "markdown").stdout
    launch.apply()
    assert account.names("campaign") == ["Spring GB"]
    assert launch.lock["campaign/gb-main"]["source"]["use"] == {"file": "manifests/a.yaml", "line": 1}
    assert launch.in_sync()


def test_a_saved_plan_keeps_the_use(launch: Workspace) -> None:
    """What is shown later is what was saved."""
    launch.plan("--out", "saved.json")
    assert "used at manifests/a.yaml:1" in launch.run("show", "saved.json").stdout
    assert launch.run("apply", "saved.json", "--json").code == 0


def test_what_a_module_takes_out_is_disabled(launch: Workspace, account: Account) -> None:
    """A use that goes away removes what it made, like any manifest; below a campaign the campaign takes it along."""
    launch.manifest(USE, USE.replace("gb", "us").replace("Spring GB", "Spring US"))
    launch.apply()
    launch.manifest(USE)
    assert launch.plan().ops == {"campaign/us-main": "disable"}


def test_drift_in_a_module_points_into_it_and_names_the_use(launch: Workspace, account: Account) -> None:
    """No line for one use alone: the place, and what can be written at the use."""
    launch.apply()
    account.edit("campaign", "Spring GB", budget=80)
    (row,) = launch.run("drift", "--json").json["drift"]
    (way,) = row["take_over"]
    assert (way["file"], way["line"], way["text"]) == ("modules/launch/launch.yaml", 3, None)
    assert way["use"] == {"file": "manifests/a.yaml", "line": 1}
    assert "`patch` at manifests/a.yaml:1" in way["why"]
    launch.manifest(USE + "patch: [{address: campaign/gb-main, spec: {budget: 90.00}}]\n")
    (row,) = launch.run("drift", "--json").json["drift"]
    assert (row["take_over"][0]["file"], row["take_over"][0]["line"]) == ("manifests/a.yaml", 5)
    assert (
        "modules/launch/launch.yaml:1 (used at manifests/a.yaml:1)" in launch.run("explain", "campaign/gb-main").stdout
    )


def test_drift_in_a_matrix_points_at_its_line(work: Workspace, account: Account) -> None:
    """The line speaks for every document of the matrix, and says so."""
    work.manifest(campaign("spring-${m}", top="matrix: {m: [a, b]}"))
    work.apply()
    account.edit("campaign", "spring-a", budget=650)
    (row,) = work.run("drift", "--json").json["drift"]
    (way,) = row["take_over"]
    assert (way["file"], way["line"], way["use"]) == ("manifests/a.yaml", 7, None)
    assert "every document of the matrix" in way["why"]


def test_drift_of_what_a_var_or_a_default_says(work: Workspace, account: Account) -> None:
    """Of a var the line is not proposed, it would be lost; over a default the manifest's own line goes."""
    work.configure(
        more='vars: {budget: "60.00", title: Spring}\ndefaults: {Campaign: {campaign_name: "${var.title}"}}\n'
    )
    work.manifest(campaign(budget="${var.budget}"))
    work.apply()
    account.edit("campaign", "Spring", budget=650, campaign_name="Summer ${x}")
    (row,) = work.run("drift", "--json").json["drift"]
    ways = {one["path"]: one for one in row["take_over"]}
    assert "takes it from elsewhere" in ways["budget"]["why"]
    assert ways["campaign_name"]["text"].strip() == 'campaign_name: "Summer $${x}"'
    shown = work.run("explain", "campaign/spring", "--json").json["fields"]
    places = {one["path"]: (one["file"], one["line"]) for one in shown}
    assert places["campaign_name"] == ("reconciler.yaml", 7)
    assert places["budget"] == ("manifests/a.yaml", 6)


def test_a_live_name_with_dollars_is_written_with_two(work: Workspace, account: Account) -> None:
    """`$${` is a literal `${`: it goes to the account as it is meant, and is in sync."""
    work.manifest(campaign(campaign_name="Spring $${HOME}"))
    work.apply()
    assert account.names("campaign") == ["Spring ${HOME}"]
    assert work.in_sync()


def test_render_prints_what_results(launch: Workspace) -> None:
    """Without network or token; the spec typed as YAML would, decimals as text; its mistakes are exit 3."""
    shown = launch.run("render", "--json", token=None)
    (first, second) = shown.json["documents"]
    assert (first["address"], first["kind"], first["name"]) == ("campaign/gb-main", "Campaign", "gb-main")
    assert second["spec"]["budget"] == "50.00"
    assert second["source"]["use"] == {"file": "manifests/a.yaml", "line": 1}
    assert launch.run("render", token=None).stdout.startswith(
        "# modules/launch/launch.yaml:1 (used at manifests/a.yaml:1)\nkind: Campaign\n"
    )
    launch.manifest(USE.replace("title", "tilte"))
    assert launch.run("render", "--json").codes == ["R202", "R201"]


def test_a_mistake_in_a_module_stops_a_plan_at_its_place(work: Workspace) -> None:
    """An amount that is none, in a document that is written into the module as it is."""
    work.manifest(USE)
    work.write("modules/launch/module.yaml", INPUTS)
    work.write("modules/launch/launch.yaml", MODULE.replace("${budget}", "1e5"))
    ended = work.run("plan", "--json")
    (found,) = ended.json["errors"]
    assert (ended.code, found["file"], found["line"], found["use"]["line"]) == (3, "modules/launch/launch.yaml", 11, 1)


def test_a_document_of_a_module_may_move(launch: Workspace, account: Account) -> None:
    """`moved` names it as the module did before: each use moves its own, and nothing is made anew."""
    launch.apply()
    launch.replace("name: main\n", "name: top\nmoved: {from: main}\n", "modules/launch/launch.yaml")
    launch.replace("campaign: main", "campaign: top", "modules/launch/launch.yaml")
    assert launch.plan().ops["campaign/gb-top"] == "move"
    account.forget_calls()
    launch.apply()
    assert account.posts() == []
    assert launch.in_sync()


def test_a_use_that_has_moved_takes_every_address_along(launch: Workspace, account: Account) -> None:
    """Another prefix: a move for each object, nothing sent, nothing made anew; without `moved` both are held back."""
    launch.apply()
    before = {one["campaign_id"] for one in account.objects("campaign")}
    renamed = USE.replace("name: gb", "name: uk")
    launch.manifest(renamed)
    assert set(launch.plan().ops.values()) == {"blocked"}
    launch.manifest(renamed + "moved: {from: gb}\n")
    plan = launch.plan()
    assert plan.ops == {"campaign/uk-main": "move", "adgroup/uk-broad": "move"}
    assert {one["from"] for one in plan.rows.values()} == {"campaign/gb-main", "adgroup/gb-broad"}
    account.forget_calls()
    launch.apply()
    assert account.posts() == []
    assert {one["campaign_id"] for one in account.objects("campaign")} == before
    assert launch.in_sync()


def test_a_use_and_a_document_of_its_module_may_both_have_moved(launch: Workspace, account: Account) -> None:
    """The old prefix with the old name, where the module gave the document another one meanwhile."""
    launch.apply()
    launch.replace("name: broad", "name: wide\nmoved: {from: broad}", "modules/launch/launch.yaml")
    launch.manifest(USE.replace("name: gb", "name: uk") + "moved: {from: [en, gb]}\n")
    rows = launch.plan().rows
    assert {address: row.get("from") for address, row in rows.items()} == {
        "campaign/uk-main": "campaign/gb-main", "adgroup/uk-wide": "adgroup/gb-broad",
    }  # fmt: skip
    launch.apply()
    assert launch.in_sync()


def test_a_use_cannot_have_moved_from_itself(launch: Workspace) -> None:
    """The mistake stands at the use, not in the module."""
    launch.manifest(USE + "moved: {from: gb}\n")
    (error, *_) = launch.run("validate", "--json").json["errors"]
    assert (error["code"], error["file"]) == ("R310", "manifests/a.yaml")


MARKETS = """\
kind: Campaign
name: s-${market}
matrix: {market: [gb, us]}
spec: {campaign_name: "Spring ${market}", objective_type: TRAFFIC, budget_mode: BUDGET_MODE_DAY, budget: 50.00}
"""


def test_a_renamed_matrix_is_told_what_works_there(work: Workspace, account: Account) -> None:
    """`moved` with one name would take that object for every document of it: the command alone is proposed."""
    work.manifest(MARKETS)
    work.apply()
    work.manifest(MARKETS.replace("name: s-", "name: t-"))
    made = work.plan()
    assert set(made.ops.values()) == {"blocked"}
    hints = {address: row["hint"] for address, row in made.rows.items()}
    assert "moved" not in str(hints)
    for market in ("gb", "us"):
        command = f"reconciler state mv campaign/s-{market} campaign/t-{market}"
        assert f"`{command}`" in hints[f"campaign/t-{market}"]
        assert work.run(*command.split()[1:]).code == 0
    assert work.in_sync()


def test_a_twin_of_a_matrix_is_told_what_works_there(work: Workspace, account: Account) -> None:
    """`adopt` would claim one object for all; where the matrix makes one document alone, it is that one's."""
    work.manifest(MARKETS)
    work.apply()
    live = account.one("campaign", "Spring us")["campaign_id"]
    (work.root / "reconciler.lock").unlink()
    work.journal.unlink()
    hint = work.plan().rows["campaign/s-us"]["hint"]
    assert (f"`reconciler adopt campaign/s-us {live}`" in hint, "adopt:" in hint) == (True, False)
    work.manifest(MARKETS.replace("gb, ", ""))
    hint = work.plan().rows["campaign/s-us"]["hint"]
    assert f'`adopt: "{live}"` beside its name' in hint
    work.manifest(MARKETS.replace("gb, ", "") + f'adopt: "{live}"\n')
    work.apply()
    assert work.in_sync()
