"""A plan as one HTML file, to send to people who decide about money: no script, nothing loaded, nothing sent."""

from __future__ import annotations

from reconciler.model import Plan
from reconciler.plan.guards import wording
from reconciler.render import html, plain
from reconciler.render.facts import Audience, facts
from reconciler.render.rows import counts, no_changes, rows, short_digest

_TEMPLATE = "plan.html.j2"
_TONES = {"create": "good", "refresh": "good", "upload": "good", "disable": "off", "delete": "bad", "forget": "off",
          "blocked": "bad"}  # fmt: skip
"""Op → the colour of its badge; the word in it says the same."""


def page(made: Plan, *, audience: Audience, made_at: str) -> str:
    """The whole page. `made_at`: UTC."""
    return html.environment().from_string(html.source(_TEMPLATE)).render(
        plan=made,
        engineer=audience == "engineer",
        counts=counts(made).removeprefix("Plan: ").removesuffix(".") if audience == "engineer" else plain.summary(made),
        no_changes=no_changes(made) if audience == "engineer" else plain.no_changes(made),
        facts=facts(made),
        rows=list(rows(made)) if audience == "engineer" else list(plain.rows(made)),
        digest=short_digest(made),
        tones=_TONES,
        words=wording.words,
        option=wording.option,
        refusal=plain.refusal,
        made_at=made_at,
    )  # fmt: skip
