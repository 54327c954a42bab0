"""A plan as one HTML file, to send to people who decide about money: no script, nothing loaded, nothing sent."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model import Address, Plan
from reconciler.plan.about import About
from reconciler.plan.guards import wording
from reconciler.render import alike, html, plain
from reconciler.render.alerts import variants
from reconciler.render.facts import Audience, facts
from reconciler.render.inline import is_amount, unbroken
from reconciler.render.links import NOWHERE, Links
from reconciler.render.plain import PlainField
from reconciler.render.rows import FieldRow, counts, no_changes, rows, short_digest
from reconciler.render.tree import TreeRow, tree

_TEMPLATE = "plan.html.j2"
_TONES = {"create": "good", "refresh": "good", "upload": "good", "disable": "off", "delete": "bad", "forget": "off",
          "blocked": "bad"}  # fmt: skip
"""Op → the colour of its badge; the word in it says the same."""


def page(made: Plan, *, audience: Audience, made_at: str, links: Links = NOWHERE) -> str:
    """The whole page. `made_at`: UTC."""
    template = html.environment()
    template.filters["unbroken"] = unbroken
    template.tests["amount"] = is_amount
    engineer = audience == "engineer"
    told = {(row.address, row.op): row for row in rows(made)} if engineer else {}

    known = made.about.objects if isinstance(made.about, About) else {}

    def name_of(text: str) -> str:
        """Of an address: what it is called in Ads Manager, for engineers the address itself."""
        address = Address.parse(text)
        return known[address].name if address in known and not engineer else text

    def lines(one: TreeRow) -> Sequence[FieldRow | PlainField]:
        """An engineer reads the API's names and values."""
        if not engineer:
            return one.fields
        return told[str(one.address), one.change.op].fields if one.change else ()

    return template.from_string(html.source(_TEMPLATE)).render(
        plan=made,
        engineer=engineer,
        counts=counts(made).removeprefix("Plan: ").removesuffix(".") if engineer else plain.summary(made),
        no_changes=no_changes(made) if engineer else plain.no_changes(made),
        facts=facts(made),
        # Rows that are alike in plain words may differ in the API's.
        tree=tree(made, gather=not engineer),
        lines=lines,
        name_of=name_of,
        told=told,
        asked=made.about.asked if isinstance(made.about, About) else (),
        variants=variants,
        warnings=alike.sentences(made.warnings),
        links=links,
        digest=short_digest(made),
        tones=_TONES,
        words=wording.words,
        option=wording.option,
        refusal=plain.refusal,
        made_at=made_at,
    )
