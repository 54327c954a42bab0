"""The plans of many accounts in a folder: one file an account, and what they come to together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.errors import Finding, Invalid, ReconcilerError
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import Services, failed
from reconciler.fleet.run import Result
from reconciler.manifest.whole import put
from reconciler.plan.digest import digest, summary
from reconciler.workflow import saved, status

WHOLE = "fleet-plan.json"
_EACH = "plans"
_AGAIN = "make them again: reconciler fleet plan --out DIR"


def write_plans(services: Services, folder: Path, document: Mapping[str, Any]) -> None:
    """Raises Invalid (R807)."""
    try:
        (folder / _EACH).mkdir(parents=True, exist_ok=True)
        for account in services.fleet.accounts:
            if account.name in services.plans:
                session = services.session(account, online=_is_here(services))
                saved.write(session, services.plans[account.name], folder / _EACH / f"{account.name}.json")
            else:
                # One of an earlier run, which this document does not show.
                (folder / _EACH / f"{account.name}.json").unlink(missing_ok=True)
        put(services.world.files, folder / WHOLE, (json.dumps(document, indent=1) + "\n").encode())
    except OSError as error:
        message = f"cannot save the plans to {folder}: {error.strerror or error}"
        raise Invalid(Finding("R807", message, hint="name another folder")) from None


def read_plans(services: Services, folder: Path, chosen: Sequence[FleetAccount]) -> list[Result]:
    """What was planned for the chosen accounts, as `plan` told it. Raises Invalid (R806)."""
    try:
        whole = json.loads((folder / WHOLE).read_text(encoding="utf-8"))
        known = {one["name"]: (one["exit_code"], one["digest"]) for one in whole["accounts"]}
    except (OSError, ValueError, LookupError, TypeError):
        message = f"{folder} holds no plans of a fleet"
        raise Invalid(Finding("R806", message, hint="make them: reconciler fleet plan --out DIR")) from None
    return [_read(services, folder, one, *known[one.name]) for one in chosen if one.name in known]


def _is_here(services: Services) -> bool:
    """Whether the tokens are here: else workers have them, and nothing here needs one."""
    return services.fleet.file.engine.driver == "local"


def _read(services: Services, folder: Path, account: FleetAccount, code: int, shown: str | None) -> Result:
    """`code`, `shown`: how its plan ended in the document that people looked at, and its digest there."""
    try:
        session = services.session(account, online=_is_here(services))
        if code != 0:
            raise Invalid(Finding("R806", f"{folder} holds no plan of it: planning ended with {code}", hint=_AGAIN))
        found = saved.read(session.root, folder / _EACH / f"{account.name}.json")
        if digest(found.plan) != shown:
            raise Invalid(Finding("R806", f"its plan in {folder} is not the one that {WHOLE} shows", hint=_AGAIN))
        going = status.has_work(session)
    except ReconcilerError as error:
        return failed(services, account, error)
    services.plans[account.name] = found
    work = sum(one.op != "blocked" for one in found.plan.changes)
    counts = {**summary(found.plan), "violations": len(found.plan.violations)}
    rows = len(found.plan.changes) + len(found.plan.violations)
    plan = found.plan
    made = Result(account.name, plan.advertiser_id, 0, digest(plan), counts, work, rows)
    return replace(made, going=going, worst_case=plan.worst_case, currency=plan.currency)
