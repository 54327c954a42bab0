"""`gallery --performance`: the review page with what the ads of every variant have brought."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.stories.account import Account
from tests.stories.figures.scene import figures, today
from tests.stories.workspace import TOKEN, Workspace

if TYPE_CHECKING:
    from tests.stories.conftest import Pass


def made(work: Workspace, *more: str) -> str:
    """The page."""
    ended = work.run("gallery", "--out", "page", *more)
    assert ended.code == 0, ended.text
    return (work.root / "page" / "index.html").read_text("utf-8")


def test_the_page_tells_how_variants_do(hooks: Workspace, market: Account, days: Pass) -> None:
    """Figures and a line where there are some, the reason where not, and of which days; nothing but GET is sent."""
    hooks.replace("{refresh: hooks, variant: 2}", '{video_id: "v1"}')
    hooks.apply()
    days(4)
    for ago in (1, 2, 3):
        figures(hooks, market, "hook-1", ago, impressions=1000, video_watched_2s=310 - ago, spend=5, conversion=1)
    market.forget_calls()
    page = made(hooks, "--performance", "--days", "3")
    assert f"figures of {today(market) - timedelta(days=3)} to {today(market) - timedelta(days=1)}" in page
    for text in (
        "30.8 %",
        "3 at 5.00 USD",
        "15.00 USD",
        "3,000 times on 3 days",
        'class="spark"',
        "<code>ad/hook-1</code>",
    ):
        assert text in page
    assert page.count("No figures: no ad has shown it for a whole day of these.") == 1
    assert TOKEN not in page
    assert market.posts() == []


def test_without_figures_the_page_asks_nothing(hooks: Workspace, market: Account, days: Pass) -> None:
    """The ads that show a variant are known from the lockfile; old generations are folded, the product is named."""
    days(3)
    hooks.replace("variants: 2", "variants: 2\n  revision: 2")
    hooks.apply()
    market.forget_calls()
    page = made(hooks)
    assert market.calls() == []
    assert 'id="figures"' not in page
    assert "No figures" not in page
    assert page.count("<code>ad/hook-1</code>") == 1
    assert "Earlier generations: 2 variants" in page
    assert page.index("Variant 1</h3>") < page.index("Variant 1, generation 1</h3>")


def test_a_page_is_not_written_over_by_half(hooks: Workspace, market: Account, days: Pass) -> None:
    """Figures that cannot be read leave the page of before as it is."""
    days(3)
    before = made(hooks, "--performance")
    market.faults({"path": "report/integrated/get/", "empty_data": True})
    ended = hooks.run("gallery", "--out", "page", "--performance", "--json")
    assert (ended.code, ended.codes) == (1, ["R605"])
    assert (hooks.root / "page" / "index.html").read_text("utf-8") == before
    assert hooks.run("gallery", "--days", "7").code == 3
