"""A gallery for each account in which variants wait for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import Services
from reconciler.workflow.gallery import gallery


def waits(status: Mapping[str, Any] | None) -> bool:
    """Whether anything does, as `status` tells of an account."""
    slots = [slot for one in (status or {}).get("refreshes", ()) for slot in one["variants"]]
    return any(one["file"] and one["state"] == "ready" and one["approval"] == "none" for one in slots)


def write_gallery(services: Services, account: FleetAccount, out: Path) -> ReconcilerError | None:
    """The page and its videos; they are brought from where they are kept, if they are not here. What went wrong."""
    try:
        gallery(services.session(account, online=False), out, single_file=False)
    except ReconcilerError as error:
        return error
    return None
