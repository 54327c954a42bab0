"""What the one pull request of an account about renewing says."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.ci import marker

_LIMIT = 58_000


def title(advertiser_id: str, due: Sequence[str]) -> str:
    """One line."""
    return f"Renew: {len(due)} of account {advertiser_id} due for new variants"


def body(run_url: str, advertiser_id: str, due: Sequence[str]) -> str:
    """Markdown. `due`: what is, a few lines each."""
    fence = "```"
    shown = "\n".join(due).replace(fence, "'''")[:_LIMIT]
    return (
        f"{marker.line('renew', advertiser_id)}\n"
        f"Read by [this run]({run_url}); kept up to date, and closed when nothing is due.\n\n"
        f"{fence}text\n{shown}\n{fence}\n\n"
        "**What to do:** look at the figures in the files, and at the plan of this pull request. Merging says yes to "
        "the step; each variant is approved for itself where its refresh asks for it. Closing says no until the next "
        "run; to say no for good, change `spec.renew`.\n"
    )


def closed(run_url: str) -> str:
    """Why it is closed."""
    return f"Nothing is due any more, says [this run]({run_url})."
