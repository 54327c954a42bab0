"""Refusals and exit codes: what stops before the first write, what it says, and that nothing reached the server."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign, family
from tests.stories.workspace import Workspace

DAILY = "max_daily_spend"


def refused(work: Workspace, account: Account) -> dict[str, str]:
    """An apply that must be refused with nothing sent; the violation of its only row."""
    planned = work.plan()
    (violation,) = planned.json["violations"]
    assert work.run("plan", "--detailed-exitcode", "--json").code == 2
    applied = work.apply(code=5)
    assert applied.json["outcomes"] == []
    assert applied.json["summary"] == dict.fromkeys(("done", "failed", "skipped", "unknown", "pending"), 0)
    assert applied.codes == ["R801"]
    assert account.posts() == []
    found: dict[str, str] = violation
    return found


def test_nothing_is_enabled_without_a_daily_limit(work: Workspace, account: Account) -> None:
    """`max_daily_spend` unset and something ENABLE: refused, exit 5, `outcomes` empty, no write at the server."""
    work.configure(guardrails="{}")
    work.manifest(*family(status="ENABLE"))
    violation = refused(work, account)
    assert violation["rule"] == DAILY
    assert violation["address"] == "campaign/spring"
    assert violation["limit"] is None


def test_what_is_born_paused_needs_no_limit(work: Workspace) -> None:
    """Guards hold raises of what is or becomes ENABLED only."""
    work.configure(guardrails="{}")
    work.manifest(*family())
    work.apply()
    assert work.in_sync()


def test_a_limit_is_exceeded_by_a_cent_and_met_exactly(work: Workspace, account: Account) -> None:
    """500.01 above 500.00 is refused with both amounts; 500.00 is not."""
    work.configure(guardrails="{max_daily_spend: 500}")
    work.manifest(campaign(status="ENABLE", budget="500.01"))
    violation = refused(work, account)
    assert (violation["value"], violation["limit"]) == ("500.01", "500.00")
    work.replace("500.01", "500.00")
    assert work.plan().json["violations"] == []
    work.apply()


def test_budgets_add_up_exactly(work: Workspace) -> None:
    """0.1 + 0.2 is 0.30 and no more, so a limit of 0.3 holds."""
    work.configure(guardrails="{max_daily_spend: 0.3}")
    work.manifest(campaign("a", status="ENABLE", budget="0.1"), campaign("b", status="ENABLE", budget="0.2"))
    assert work.plan().json["violations"] == []
    assert work.plan().json["worst_case"]["after"] == "0.30"
    work.apply()


def test_unmanaged_campaigns_count(work: Workspace, account: Account) -> None:
    """What strangers run is part of the worst case: 600 of theirs and 500 of ours is above 1000."""
    account.load(campaigns=[{"campaign_name": "theirs", "budget": 600, "budget_mode": "BUDGET_MODE_DAY"}])
    work.manifest(campaign(status="ENABLE"))
    assert refused(work, account)["value"] == "1100.00"


def test_pausing_and_lowering_always_pass(work: Workspace, account: Account) -> None:
    """Above the limit already: lowering, pausing and going back to what was applied are never refused."""
    work.manifest(campaign("a", status="ENABLE"), campaign("b", status="ENABLE"))
    work.apply()
    account.load(campaigns=[{"campaign_name": "theirs", "budget": 9000, "budget_mode": "BUDGET_MODE_DAY"}])
    account.edit("campaign", "b", budget=1)
    work.manifest(campaign("a", status="ENABLE", budget="400"), campaign("b", status="ENABLE"))
    assert work.plan().json["violations"] == []
    work.apply()
    work.manifest(campaign("a", status="DISABLE", budget="400"), campaign("b", status="ENABLE"))
    work.apply()
    work.manifest(campaign("a", status="DISABLE", budget="400"), campaign("b", status="ENABLE", budget="500.01"))
    assert work.run("apply", "--auto-approve", "--json").code == 5


def test_one_raise_can_be_allowed_by_name_and_with_a_reason(work: Workspace, account: Account) -> None:
    """`--allow RULE=ADDRESS` needs `--reason`; it enters the digest, so an approval without it does not fit."""
    work.manifest(campaign(status="ENABLE", budget="5000"))
    allow = ["--allow", "max_daily_spend=campaign/spring"]
    assert work.run("plan", *allow).code == 3
    before = work.plan().json["digest"]
    planned = work.plan(*allow, "--reason", "launch week")
    assert planned.json["violations"] == []
    assert planned.json["digest"] != before
    work.apply(*allow, "--reason", "launch week")
    assert account.one("campaign", "spring")["status"] == "ENABLE"


@pytest.mark.parametrize("rule", ["max_daily_spend=campaign/spring", "vanished_share=campaign"])
def test_an_allowance_that_lifts_nothing_is_a_warning(work: Workspace, rule: str) -> None:
    """Nothing stands in the way of a cheap paused campaign, so what was allowed for it is told to be idle."""
    work.manifest(campaign())
    planned = work.plan("--allow", rule, "--reason", "to be sure").json
    assert (planned["allowances"], planned["warnings"]) == ([], [f"--allow {rule} lifts nothing here"])


def test_a_campaign_without_a_budget_is_as_dear_as_its_ad_groups(work: Workspace, account: Account) -> None:
    """Its worst case is the sum of its ad groups' budgets, at the plan and again before it is enabled."""
    account.faults({"path": "adgroup/create/", "delay": 1.2})
    work.manifest(campaign(status="ENABLE", budget=None), adgroup())
    planned = work.plan()
    assert planned.json["violations"] == []
    assert planned.json["worst_case"]["after"] == "50.00"
    applied = work.run("apply", "--auto-approve", "--json")
    assert set(applied.ended.values()) == {"done"}, applied.text
    assert account.one("campaign", "spring")["status"] == "ENABLE"


def test_a_campaign_that_nothing_limits_is_refused(work: Workspace, account: Account) -> None:
    """No budget on the campaign and none on one ad group: the worst case has no amount."""
    work.manifest(campaign(status="ENABLE", budget=None), adgroup(budget=None, budget_mode=None))
    refused(work, account)


def test_a_strangers_raise_while_we_apply_holds_the_enable_back(work: Workspace, account: Account) -> None:
    """The guard is checked again on live values before anything is enabled."""
    account.load(campaigns=[{"campaign_name": "theirs", "budget": 100, "budget_mode": "BUDGET_MODE_DAY"}])
    work.manifest(campaign(status="ENABLE"), adgroup())
    # The first listing is the plan's; those after it show a budget that was raised meanwhile.
    account.faults(
        {"path": "campaign/get/", "from": 2, "edit": {"data.list.0.budget": 900}},
        {"path": "adgroup/create/", "delay": 1.2},
    )
    applied = work.apply(code=9)
    assert applied.rows["campaign/spring"]["error"]["code"] == "R801"
    assert account.one("campaign", "spring")["status"] == "DISABLE"


def test_a_digest_that_was_not_reviewed_is_refused(work: Workspace, account: Account) -> None:
    """--expect-digest of another plan: exit 6, nothing written; with the right one it applies without asking."""
    work.manifest(campaign())
    digest = work.plan().json["digest"]
    wrong = "sha256:" + "0" * 64
    ended = work.run("apply", "--json", "--expect-digest", wrong)
    assert (ended.code, ended.codes, ended.json["outcomes"]) == (6, ["R803"], [])
    work.replace("500.00", "400.00")
    assert work.run("apply", "--expect-digest", digest).code == 6
    assert account.posts() == []
    work.replace("400.00", "500")
    assert work.run("apply", "--expect-digest", digest).code == 0
    assert work.in_sync()


def test_an_apply_that_nobody_can_approve_is_refused(work: Workspace, account: Account) -> None:
    """Without a terminal, or with --no-input: exit 3, no request at all."""
    work.manifest(campaign())
    for more in ([], ["--no-input"]):
        ended = work.run("apply", "--json", *more)
        assert (ended.code, ended.codes) == (3, ["R802"])
    assert account.calls() == []


@pytest.mark.parametrize(
    "command", [["plan"], ["apply", "--auto-approve"], ["drift"], ["adopt", "campaign/spring", "1"]]
)
def test_without_a_token_commands_that_need_the_api_stop(work: Workspace, account: Account, command: list[str]) -> None:
    """Exit 4 and no request: nothing falls back to the simulator by itself."""
    work.manifest(campaign())
    ended = work.run(*command, "--json", token=None)
    assert (ended.code, ended.codes) == (4, ["R601"])
    assert account.calls() == []


def test_commands_without_a_network_need_no_token(work: Workspace) -> None:
    """validate, status, state list and explain answer without one."""
    work.manifest(campaign())
    for command in (["validate"], ["status"], ["state", "list"], ["explain", "R701"]):
        assert work.run(*command, "--json", token=None).code == 0


def test_a_token_file_serves_as_well(work: Workspace, monkeypatch: pytest.MonkeyPatch, isolated: object) -> None:
    """TIKTOK_ACCESS_TOKEN_FILE names it; one that cannot be read is exit 4."""
    work.manifest(campaign())
    path = work.root.parent / "token"
    monkeypatch.setenv("TIKTOK_ACCESS_TOKEN_FILE", str(path))
    assert work.run("plan", token=None).code == 4
    path.write_text("from-a-file\n", "utf-8")
    assert work.run("plan", token=None).code == 0


@pytest.mark.parametrize("switches", [{"tokens": "another"}, {"advertisers": "7000000000000000009"}])
def test_a_refused_token_or_account_is_exit_4(work: Workspace, account: Account, switches: dict[str, str]) -> None:
    """A wrong token and a missing permission, with the API's own log id in the answer."""
    account.switch(**switches)
    work.manifest(campaign())
    ended = work.run("plan", "--json")
    assert (ended.code, ended.codes) == (4, ["R602"])
    assert ended.json["errors"][0]["request_id"]


def test_a_token_revoked_in_the_middle_stops_the_run(work: Workspace, account: Account) -> None:
    """The second create is refused for its token: nothing is sent after it, exit 4, the rest is skipped."""
    account.faults({"path": "*/create/", "nth": 2, "code": 40105, "message": "revoked"})
    work.manifest(campaign("a"), campaign("b"), campaign("c"))
    applied = work.apply(code=4)
    assert list(applied.ended.values()) == ["done", "failed", "skipped"]
    assert account.names("campaign") == ["a"]
    assert set(work.apply().ended.values()) == {"done"}


def test_another_advertiser_with_a_lockfile_that_knows_something_is_refused(work: Workspace, account: Account) -> None:
    """The account is pinned: exit 3, no request."""
    work.manifest(campaign())
    work.apply()
    account.forget_calls()
    work.configure(advertiser="7000000000000000002")
    for command in (["plan"], ["apply", "--auto-approve"], ["validate"], ["status"], ["drift"], ["state", "list"]):
        assert work.run(*command, "--json").code == 3
    assert account.calls() == []


def test_another_advertiser_while_a_write_is_open_is_refused(work: Workspace, account: Account) -> None:
    """The lockfile is still empty, but the journal holds a write to the first account whose outcome is not known."""
    account.faults({"path": "campaign/create/", "nth": 1, "lose_reply": True})
    work.configure(quiet=600)
    work.manifest(campaign())
    work.apply(code=8)
    account.forget_calls()
    work.configure(quiet=0, advertiser="7000000000000000002")
    for command in (["plan"], ["apply", "--auto-approve"]):
        assert work.run(*command, "--json").code == 3
    assert account.calls() == []


def test_a_currency_that_changes_under_a_lockfile_is_refused(work: Workspace, account: Account) -> None:
    """The same digits would be another amount of money."""
    work.manifest(campaign(budget="500"))
    work.apply()
    account.forget_calls()
    work.configure(currency="JPY", guardrails="{max_daily_spend: 1000}")
    ended = work.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes) == (3, ["R507"])
    assert "correct `account.currency`" in ended.json["errors"][0]["hint"]
    assert account.calls() == []
