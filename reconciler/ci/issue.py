"""The one issue of an account about drift: opened, updated in place, closed when nothing is left, reopened.

A run that failed touches nothing: only an account that was read completely can be called clean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.ci import marker
from reconciler.ci.advice import inputs
from reconciler.ci.service import Forge, JobFacts
from reconciler.render.edit import edit
from reconciler.render.inline import code
from reconciler.render.rows import value
from reconciler.workflow.drift import Drifted
from reconciler.workflow.sources import Proposal

LABEL = "reconciler-drift"
"""By it the issue is found without reading all of them."""
_LIMIT = 58_000


def keep(forge: Forge, place: JobFacts, advertiser_id: str, currency: str | None, found: Sequence[Drifted]) -> None:
    """Make the issue say what there is."""
    login = forge.login()
    mine = [one for one in forge.issues(LABEL) if marker.ours(one, login, "drift", advertiser_id)]
    open_ = next((one for one in mine if one["state"] == "open"), None)
    if not found:
        if open_:
            said = f"The account matches what was last applied, says [this run]({place.run_url})."
            forge.close_issue(open_["number"], said)
        return
    title = f"Drift: account {advertiser_id} differs from what was last applied"
    body = _body(place, advertiser_id, currency, found)
    last = open_ or next(iter(mine), None)
    if last:
        forge.change_issue(last["number"], title, body)
    else:
        forge.open_issue(title, body, LABEL)


def _body(place: JobFacts, advertiser_id: str, currency: str | None, found: Sequence[Drifted]) -> str:
    gone = sum(one.gone for one in found)
    head = (
        f"{marker.line('drift', advertiser_id)}\n"
        f"Others changed the account since the last apply: {len(found) - gone} changed, {gone} gone. "
        f"Read by [this run]({place.run_url}); this text is kept up to date, and the issue is closed when nothing is "
        "left.\n\n"
    )
    tail = (
        "\n**What to do:** any apply puts everything back that the manifests set: run *ads apply* by hand with the "
        "digest of the plan. To keep what somebody changed, or to leave it to others, write the line above in a pull "
        "request.\n"
    )
    return head + "".join(_fitting((_item(one, currency) for one in found), len(found))) + tail


def _fitting(items: Iterable[str], total: int) -> Iterable[str]:
    room = _LIMIT
    for shown, item in enumerate(items):
        room -= len(item)
        if room < 0:
            yield f"\n**{total - shown} more of {total} are not shown here;** `reconciler drift` shows all of them.\n"
            return
        yield item


def _item(one: Drifted, currency: str | None) -> str:
    name = f"{code(str(one.address))} (id {code(one.id)})"
    when = f", modified {code(one.modified_at)} UTC" if one.modified_at else ""
    lines = [f"- {name} is gone\n" if one.gone else f"- {name}{when}\n"]
    for field, take_over, ignore in zip(one.fields, one.take_over, one.ignore, strict=True):
        # The lockfile keeps an amount as text; beside a live one it is shown as one.
        kind = type(field.live) if isinstance(field.live, str) and field.applied else None
        before = kind(field.applied) if kind else field.applied
        applied, live, wanted = (code(value(given, currency)) for given in (before, field.live, field.desired))
        lines.append(f"  - {code(field.path)}: applied {applied}, live {live}, the manifests say {wanted}\n")
        lines.append(f"    - to take it over: {_way(take_over)}\n")
        lines.append(f"    - to leave it to others: {_way(ignore)}\n")
    back = inputs(one.revert.command) if one.revert.command else f"not possible; {code(one.revert.why or '')}"
    lines.append(f"  - to {'make it anew' if one.gone else 'put it back'}: {back}\n")
    return "".join(lines)


def _way(one: Proposal) -> str:
    return code(edit(one.edit)) if one.edit else f"not possible; {code(one.why or '')}"
