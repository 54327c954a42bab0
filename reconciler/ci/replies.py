"""What a comment with decisions is told: what was written and what is next, or why not and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.ci.advice import inputs
from reconciler.ci.verdict import Ruling
from reconciler.errors import ReconcilerError
from reconciler.render.deciding import numbered
from reconciler.render.markdown import code

if TYPE_CHECKING:
    from reconciler.state.signed import Approval


@dataclass(frozen=True, slots=True)
class Landed:
    """Where decisions were written. `url`: of the repository. `commit`: None where an earlier run has made it.
    `branch`: the `default` one where they are merged already."""

    url: str
    branch: str
    default: str
    commit: str | None
    number: int | None
    """The pull request that was opened for them."""
    is_head: bool
    """Whether the branch is that of the pull request where the comment stands."""
    starts_workflows: bool
    """Whether GitHub starts workflows for the commit by itself."""


def addressed(author: str, url: str) -> str:
    """Whom a reply is for."""
    return f"To {code(author)}, about [this comment]({url}):"


def refused(problems: Sequence[str]) -> str:
    """Nothing is written."""
    return "⛔ **Nothing was decided.**\n\n" + "".join(f"- {one}\n" for one in problems)


def failed(error: ReconcilerError, run: str) -> str:
    """The job broke off."""
    findings = "".join(
        f"- **{one.code}** {code(inputs(one.message))}" + (f"; {code(inputs(one.hint))}" if one.hint else "") + "\n"
        for one in error.findings[:5]
    )
    again = f"Run the job again from [its page]({run}): what is written already stays, and is not written twice."
    return f"❌ **The decision could not be written.**\n\n{findings}\n{again}\n"


def written(files: Mapping[str, tuple[int, Approval]], kept: Mapping[str, Approval], where: Landed) -> str:
    """Every decision with its file, and the next step. `files`: path → number and decision."""
    lines = []
    for path, (number, one) in files.items():
        if there := kept.get(path):
            what = f"is {there.decision} already, by {code(there.by)} at {code(there.at)}; that stays"
        else:
            what = f"**{one.decision}**" + (f", {code(one.note)}" if one.note else "")
        lines.append(f"- {code(one.refresh)} {number}: {what} ({code(path)})\n")
    is_new = len(kept) < len(files)
    head, end = (_where(where), _next(where)) if is_new else ("**Nothing had to be written.**", "Next: nothing.")
    return f"✅ {head}\n\n{''.join(lines)}\n{end}\n"


def _where(where: Landed) -> str:
    commit = f" as [{where.commit[:7]}]({where.url}/commit/{where.commit})" if where.commit else ""
    return f"**Decided**{commit} on the branch {code(where.branch)}."


def _next(where: Landed) -> str:
    if where.branch == where.default:
        return "Next: nothing, it is merged."
    held = (
        ""
        if where.starts_workflows
        else " GitHub holds workflows back for what its own token writes: press *Approve workflows to run* in the "
        "pull request, or close it and open it again."
    )
    if where.is_head:
        return f"Next: the plan is made again for this commit, and then shows what the decision changes.{held}"
    if where.number is None:
        link = f"{where.url}/compare/{where.default}...{where.branch}?expand=1"
        return (
            f"Next: [open the pull request]({link}) and merge it. This repository does not let workflows open one; "
            "allow it in the settings, *Actions*, *Allow GitHub Actions to create and approve pull requests*."
        )
    return f"Next: look at the plan of #{where.number} and merge it; the apply then shows what is approved.{held}"


def title(rulings: Iterable[Ruling]) -> str:
    """Of a commit or a pull request, on one line."""
    orders = tuple(dict.fromkeys(one.order for one in rulings))
    if len(orders) > 1:
        return f"Decide on variants of {', '.join(dict.fromkeys(one.refresh for one in orders))}"
    (one,) = orders
    variants = f"variant{'s' if len(one.numbers) > 1 else ''} {numbered(one.numbers)}"
    return f"{'Approve' if one.decision == 'approved' else 'Reject'} {variants} of {one.refresh}"


def pull(rulings: Iterable[Ruling], author: str, url: str) -> str:
    """The text of a pull request."""
    lines = [
        f"- {code(one.refresh)} {numbered(one.numbers)}: {one.decision}" + (f", {code(one.note)}" if one.note else "")
        for one in dict.fromkeys(each.order for each in rulings)
    ]
    return f"Decided by {code(author)} in [this comment]({url}).\n\n" + "\n".join(lines) + "\n"
