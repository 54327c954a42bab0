"""What the stories of both contracts say in the words of each."""

from __future__ import annotations

from tests.stories.account import Account
from tests.stories.marketing import scene as marketing
from tests.stories.smart_plus import scene as smart_plus
from tests.stories.workspace import Workspace

SCENES = {"marketing": marketing, "smart_plus": smart_plus}


def limit(work: Workspace, market: Account, rails: str) -> None:
    """Beside a daily limit that is no obstacle."""
    guardrails = f"{{max_daily_spend: 1000000, {rails}}}"
    marketing.configure(work, contract=market.contract, guardrails=guardrails)
