"""A refresh with a policy, the ads that show it, and figures that do what a story needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import yaml

from tests.stories.account import Account
from tests.stories.figures.scene import today
from tests.stories.marketing.scene import ad, adgroup, campaign
from tests.stories.refresh.scene import refresh, video
from tests.stories.workspace import Run, Workspace

HOOK = "{hook_type: EMOTIONAL, product_category: GAMES}"
TIRED = "{when: {tired: {metric: hook}}, next: [COMMENT, BILLO]}"


def declared(count: int = 2, *, renew: str = TIRED, others: int = 0, **fields: Any) -> tuple[str, ...]:
    """A refresh with a policy, an ad of each of its variants, and others beside them; everything runs."""
    hooked = {"strategies": "[ADD_HOOK]", "add_hook": HOOK, **fields}
    ads = [
        ad(f"hook-{slot}", video=f"{{refresh: hooks, variant: {slot}}}", status="ENABLE")
        for slot in range(1, count + 1)
    ]
    plain = [ad(f"plain-{one}", status="ENABLE") for one in range(1, others + 1)]
    above = (campaign(status="ENABLE"), adgroup(status="ENABLE"))
    return (video(), refresh(variants=count, renew=renew, **hooked), *above, *ads, *plain)


def curve(account: Account, name: str, metric: str, **told: Any) -> None:
    """What a metric of an ad does: from today on, unless told."""
    given = {"from": today(account).isoformat(), "to": 1, **told}
    account.operate("curve", {"id": account.one("ad", name)["ad_id"], "metric": metric, **given})


def steady(account: Account, *names: str, volume: int = 10_000) -> None:
    """These ads deliver so many impressions a day, of which 30 % watch on."""
    for name in names:
        curve(account, name, "impressions", base=volume)
        curve(account, name, "video_watched_2s", base=0.3, noise=0.05)


def falls(account: Account, *names: str, to: float = 0.6, after: int = 0) -> None:
    """Their hooks lose what is not left, from so many days on."""
    start = (today(account) + timedelta(days=after)).isoformat()
    for name in names:
        curve(account, name, "video_watched_2s", **{"from": start, "to": to})


def renewals(work: Workspace) -> dict[str, Any]:
    """Every Renewal, read as texts, by file."""
    return {
        name: yaml.load(data, yaml.BaseLoader)  # noqa: S506 - texts only
        for name, data in work.files().items()
        if name.startswith("renewals/")
    }


def asked(work: Workspace, *arguments: str, code: int = 0) -> dict[str, Any]:
    """`renew --json` of the only refresh."""
    ended: Run = work.run("renew", "--json", *arguments)
    assert ended.code == code, ended.text
    (found,) = ended.json["refreshes"]
    return dict(found)
