"""Documents become resources; every mistake in them is collected, with its code and its path."""

from __future__ import annotations

import pytest

from reconciler.codes import CODES
from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.registry import Contracts
from reconciler.kinds.registry import KINDS
from reconciler.manifest.desired import resources
from reconciler.manifest.problems import Problem
from reconciler.model import Address, Number, Resource, Source
from tests.unit.builders import at, documents

CAMPAIGN = """kind: Campaign
name: spring
spec:
  objective_type: TRAFFIC
  budget_mode: BUDGET_MODE_DAY
  budget: 50
"""
GROUP = """kind: AdGroup
name: us
spec:
  campaign: spring
  placement_type: PLACEMENT_TYPE_AUTOMATIC
"""
AD = """kind: Ad
name: hero
spec:
  adgroup: us
  ad_format: SINGLE_VIDEO
  landing_page_url: https://example.com/
"""


def read(*texts: str, bound: tuple[str, ...] = ()) -> tuple[dict[Address, Resource], list[Problem]]:
    """What these documents declare."""
    return resources(documents("---\n".join(texts)), Contracts(OPENAPI), "USD", {at(one): {} for one in bound})


def problems(*texts: str, bound: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Code and path of every mistake."""
    return [(one.code, ".".join(str(step) for step in one.path)) for one in read(*texts, bound=bound)[1]]


def test_a_tree() -> None:
    """Fields in normal form, the reference taken out of them, the place remembered."""
    found, wrong = read(CAMPAIGN, GROUP, AD)
    assert wrong == []
    campaign = found[at("campaign/spring")]
    assert campaign.fields == {
        "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": Number("50.00"),
    }  # fmt: skip
    assert (campaign.name, campaign.parent, campaign.source) == ("spring", None, Source("manifests/a.yaml", 1))
    assert found[at("adgroup/us")].parent == at("campaign/spring")
    assert "campaign" not in found[at("adgroup/us")].fields
    assert found[at("ad/hero")].parent == at("adgroup/us")


def test_the_api_name_is_the_specs_or_the_manifests() -> None:
    """Set, it is a field like any other; unset, it is used once and never compared."""
    found, _ = read(CAMPAIGN + "  campaign_name: Spring 2026\n", GROUP)
    assert found[at("campaign/spring")].name == found[at("campaign/spring")].fields["campaign_name"] == "Spring 2026"
    assert found[at("adgroup/us")].name == "us"
    assert "adgroup_name" not in found[at("adgroup/us")].fields


def test_lifecycle_labels_and_extra() -> None:
    """Everything beside the spec, and API fields we do not know."""
    text = CAMPAIGN + "  extra: {special_industries: [HOUSING], po_number: 'x'}\n"
    text += "labels: {team: growth}\nlifecycle: {on_remove: keep, protect: true, ignore: [budget]}\n"
    found, wrong = read(text)
    assert wrong == []
    one = found[at("campaign/spring")]
    assert one.labels == {"team": "growth"}
    assert (one.lifecycle.on_remove, one.lifecycle.protect, one.lifecycle.ignore) == (
        "keep",
        True,
        frozenset({"budget"}),
    )
    assert (one.fields["special_industries"], one.fields["po_number"]) == (("HOUSING",), "x")


def test_ignore_may_say_why() -> None:
    """The long form means the same."""
    found, wrong = read(CAMPAIGN + "lifecycle: {ignore: [{field: budget, reason: they tune it}]}\n")
    assert wrong == []
    assert found[at("campaign/spring")].lifecycle.ignore == {"budget"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("kind: Campaign", "kind: Campain"), ("R210", "kind")),
        (("kind: Campaign", "kind: [Campaign]"), ("R215", "kind")),
        (("kind: Campaign\n", ""), ("R202", "")),
        (("name: spring\n", ""), ("R202", "")),
        (("name: spring", "name: Spring"), ("R209", "name")),
        (("  objective_type: TRAFFIC\n", ""), ("R202", "spec")),
        (("TRAFFIC", "TRAFIC"), ("R204", "spec.objective_type")),
        (("TRAFFIC", "[TRAFFIC]"), ("R215", "spec.objective_type")),
        (("TRAFFIC", "WEB_CONVERSIONS"), ("R214", "spec.objective_type")),
        (("BUDGET_MODE_DAY", "BUDGET_MODE_INFINITE"), ("R214", "spec.budget_mode")),
        (("budget: 50", "budget: 5O"), ("R205", "spec.budget")),
        (("budget: 50", "budgets: 50"), ("R201", "spec.budgets")),
        (("budget: 50", "operation_status: ENABLE"), ("R214", "spec.operation_status")),
        (("budget: 50", "status: DELETE"), ("R204", "spec.status")),
        (("budget: 50", "campaign_name: 5"), ("R203", "spec.campaign_name")),
        (("budget: 50", "extra: {budget: 5}"), ("R201", "spec.extra.budget")),
        (("budget: 50", "extra: 5"), ("R215", "spec.extra")),
        (("spec:", "labels: {a: 5}\nspec:"), ("R203", "labels.a")),
        (("spec:", "labels: []\nspec:"), ("R215", "labels")),
        (("spec:", "lifecycle: {on_remove: destroy}\nspec:"), ("R204", "lifecycle.on_remove")),
        (("spec:", "lifecycle: {protect: yes}\nspec:"), ("R207", "lifecycle.protect")),
        (("spec:", "lifecycle: {ignore: [status]}\nspec:"), ("R201", "lifecycle.ignore.0")),
        (("spec:", "lifecycle: {ignore: [{field: budget}]}\nspec:"), ("R202", "lifecycle.ignore.0")),
        (("spec:", "owner: me\nspec:"), ("R201", "owner")),
    ],
)
def test_one_mistake(change: tuple[str, str], expected: tuple[str, str]) -> None:
    """Found alone, with its code, at its path, with something to do."""
    _, wrong = read(CAMPAIGN.replace(*change))
    assert [(one.code, ".".join(str(step) for step in one.path)) for one in wrong] == [expected]
    assert wrong[0].code in CODES
    assert wrong[0].hint or wrong[0].code in ("R213", "R215")


def test_a_misspelt_kind_is_told_from_a_missing_one() -> None:
    """The hint names the key that was meant for it."""
    assert [read(CAMPAIGN.replace("kind:", key))[1][0].hint for key in ("knd:", "Kinds:")] == [
        "write `kind` for `knd`",
        "write `kind` for `Kinds`",
    ]


def test_what_this_contract_cannot_take_names_the_next_step() -> None:
    """A status of an ad group or ad, and a video of an ad."""
    assert problems(CAMPAIGN, GROUP + "  status: ENABLE\n") == [("R213", "spec.status")]
    assert problems(CAMPAIGN, GROUP, AD + "  status: ENABLE\n") == [("R213", "spec.status")]
    assert [code for code, _ in problems(CAMPAIGN, GROUP, AD + "  video: {video_id: '1'}\n")] == ["R213"]


def test_all_mistakes_at_once() -> None:
    """One run shows all there is to correct; what refers to a broken manifest is no second mistake."""
    text = CAMPAIGN.replace("TRAFFIC", "X").replace("50", "-1") + "  nonsense: 1\n"
    lost = GROUP.replace("name: us", "name: lost").replace("campaign: spring", "campaign: nowhere")
    found = [code for code, _ in problems(text, "kind: Nothing\n", GROUP, lost)]
    assert sorted(found) == ["R201", "R204", "R205", "R210", "R302"]


def test_an_address_stands_once() -> None:
    """The second names the first's place."""
    _, wrong = read(CAMPAIGN, CAMPAIGN)
    assert [one.code for one in wrong] == ["R301"]
    assert "manifests/a.yaml:1" in wrong[0].message


def test_a_reference_that_leads_nowhere() -> None:
    """With the name that was probably meant."""
    _, wrong = read(CAMPAIGN, GROUP.replace("campaign: spring", "campaign: sprig"))
    assert [(one.code, one.path) for one in wrong] == [("R302", ("spec", "campaign"))]
    assert wrong[0].hint == "did you mean `spring`?"


def test_two_of_one_name_under_one_parent() -> None:
    """They could not be told apart after a lost reply; when both are bound they can."""
    other = CAMPAIGN.replace("name: spring", "name: summer") + "  campaign_name: spring\n"
    assert problems(CAMPAIGN, other) == [("R303", "spec.campaign_name")]
    assert problems(CAMPAIGN, other, bound=("campaign/spring",)) == [("R303", "spec.campaign_name")]
    assert problems(CAMPAIGN, other, bound=("campaign/spring", "campaign/summer")) == []


def test_one_name_under_two_parents_is_fine() -> None:
    """Names are compared inside one parent and kind only."""
    second = CAMPAIGN.replace("name: spring", "name: summer")
    group = GROUP.replace("name: us", "name: us-2").replace("spring", "summer")
    assert problems(CAMPAIGN, second, GROUP + "  adgroup_name: US\n", group + "  adgroup_name: US\n") == []


def test_every_kind_has_a_manifest_with_a_spec() -> None:
    """The registry is explicit, in the order of plans, and parents come first."""
    order = list(KINDS)
    for kind in KINDS.values():
        assert kind.manifest.spec_model().model_fields
        assert kind.parent is None or order.index(kind.parent) < order.index(kind.short)
