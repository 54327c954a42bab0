"""A fleet's folder: accounts of one module, and the real command in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.stories.account import Account
from tests.stories.workspace import FAST, TOKEN, Run, Workspace

FLEET = """\
version: 1
app: {{name: agency}}
api: {{contract: marketing, base_url: "{url}", rate: {{default: {default}, ad_create: {fast}}}}}
accounts: [accounts]
recovery: {{quiet_period: 2}}
groups:
{groups}
{more}"""
GROUP = "  - {token: {env: TIKTOK_ACCESS_TOKEN}, guardrails: {max_daily_spend: 100000.00}}"
MODULE = "inputs:\n  budget: {type: money, max: 500.00}\n  label: {type: text, default: evergreen}\n"
CAMPAIGN = """\
kind: Campaign
name: main
spec: {objective_type: TRAFFIC, budget_mode: BUDGET_MODE_DAY, budget: "${budget}", campaign_name: "${label}"}
"""
FIRST = 7_000_000_000_000_000_001


def advertiser(number: int) -> str:
    """The id of the account of this number, from 0."""
    return str(FIRST + number)


class Fleet(Workspace):
    """A fleet with so many accounts, `a0`, `a1`, …, each with one campaign of 60 a day."""

    def __init__(self, root: Path, url: str, count: int) -> None:
        self.root, self.url = root, url
        root.mkdir(parents=True)
        self.settings()
        self.write("modules/evergreen/module.yaml", MODULE)
        self.write("modules/evergreen/campaign.yaml", CAMPAIGN)
        for number in range(count):
            self.account(number)

    def settings(self, groups: str = GROUP, more: str = "", default: str = FAST) -> None:
        """Writes `fleet.yaml`."""
        self.write("fleet.yaml", FLEET.format(url=self.url, groups=groups, more=more, default=default, fast=FAST))

    def account(self, number: int, budget: str = "60.00", labels: str = "{}", more: str = "") -> None:
        """Writes an account's file."""
        self.write(
            f"accounts/a{number}.yaml",
            f'version: 1\nname: a{number}\naccount: {{advertiser_id: "{advertiser(number)}", currency: USD}}\n'
            f"labels: {labels}\nuses:\n  - {{module: evergreen, name: ev, inputs: {{budget: {budget}}}}}\n{more}",
        )

    def fleet(self, *arguments: str, code: int = 0, token: str | None = TOKEN) -> Any:
        """`fleet … --json`, which must end so: its document."""
        ended = self.run("fleet", *arguments, "--json", token=token)
        assert ended.code == code, ended.text
        return json.loads(ended.stdout)

    def shell(self, *command: str) -> int:
        """Another program in the folder."""
        return subprocess.run(command, cwd=self.root, check=False, capture_output=True).returncode

    def shown(self, *arguments: str, code: int = 0) -> Run:
        """The same for people."""
        ended = self.run("fleet", *arguments)
        assert ended.code == code, ended.text
        return ended


def budgets(account: Account) -> dict[str, list[str]]:
    """By advertiser the budgets of the campaigns that live there."""
    found: dict[str, list[str]] = {}
    for one in account.operate("state")["campaigns"]:
        if one["status"] != "DELETE":
            found.setdefault(one["advertiser_id"], []).append(one["budget"].removesuffix(".00"))
    return found
